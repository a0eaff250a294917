/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which rows are shown, and in which order; and what tells one from the others.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/top.h"
#include "base/text.h"

struct keyed {
	json_t *row;
	double number;
	char word[TOP_CELL];
	bool numbers, reverse, as_it_came;
	size_t place;
};

static int in_order(const void *a, const void *b)
{
	const struct keyed *x = a, *y = b;
	int order = 0;

	if (x->numbers && x->number < y->number)
		order = 1;
	else if (x->numbers && x->number > y->number)
		order = -1;
	else if (!x->numbers)
		order = strcmp(x->word, y->word);
	if (x->reverse)
		order = -order;
	if (order)
		return order;
	order = x->place < y->place ? -1 : x->place > y->place;
	return x->as_it_came && x->reverse ? -order : order;
}

static void take_key(enum top_view v, size_t column, struct keyed *k)
{
	const char *field = top_column_field(v, column);
	json_t *value = json_object_get(k->row, field);
	enum top_order order = top_column_order(v, column);

	k->as_it_came = false;
	k->numbers = order == TOP_BY_NUMBER;
	k->number = value ? json_number_value(value) : -1;
	if (order == TOP_BY_TIME) {
		k->reverse = !k->reverse; /* the latest first */
		text_copy(k->word, sizeof(k->word), field_text(k->row, field));
	} else {
		top_cell(v, column, k->row, k->word);
	}
}

static bool has_word(enum top_view v, json_t *row, const char *filter)
{
	char cell[TOP_CELL];

	if (!*filter)
		return true;
	for (size_t i = 0; i < top_columns(v); i++) {
		top_cell(v, i, row, cell);
		if (strcasestr(cell, filter))
			return true;
	}
	return false;
}

json_t *top_sorted(enum top_view v, json_t *rows, size_t column, bool reverse, const char *filter)
{
	size_t all = json_array_size(rows), n = 0, i;
	struct keyed *keyed = calloc(all ? all : 1, sizeof(*keyed));
	json_t *out = json_array();
	json_t *row;

	if (!keyed)
		return out;
	json_array_foreach(rows, i, row) {
		if (!has_word(v, row, filter))
			continue;
		keyed[n] = (struct keyed){ .row = row, .reverse = reverse, .as_it_came = true, .place = i };
		if (column < top_columns(v))
			take_key(v, column, &keyed[n]);
		n++;
	}
	qsort(keyed, n, sizeof(keyed[0]), in_order);
	for (i = 0; i < n; i++)
		json_array_append(out, keyed[i].row);
	free(keyed);
	return out;
}

void top_identity(enum top_view v, json_t *row, char out[TOP_CELL])
{
	char name[TOP_CELL];

	switch (v) {
	case TOP_FLOWS:
		snprintf(out, TOP_CELL, "%.8s %.46s %" PRId64 " %.46s %" PRId64, field_text(row, "proto"),
			field_text(row, "local"), field_int(row, "local_port"), field_text(row, "remote"),
			field_int(row, "remote_port"));
		return;
	case TOP_PROCESSES:
		top_cell(v, 2, row, name);
		snprintf(out, TOP_CELL, "%" PRId64 " %.80s", field_int(row, "pid"), name);
		return;
	case TOP_SOURCES:
	case TOP_SERVICES:
	case TOP_INTERFACES:
	case TOP_STATES:
	case TOP_INCIDENTS:
	case TOP_VIEWS:
		break;
	}
	top_cell(v, 0, row, out);
}

void top_subject(enum top_view v, json_t *row, char out[TOP_CELL])
{
	const char *field = v == TOP_SOURCES ? "address" : v == TOP_FLOWS ? "remote" : v == TOP_INCIDENTS ? "incident" : "";

	text_copy(out, TOP_CELL, field_text(row, field));
}
