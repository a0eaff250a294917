/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows side by side, and an index by the hash of their names. */
#include "app/report_table.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/map.h"
#include "base/text.h"

struct report_table {
	struct report_table_opts o;
	uint8_t *rows;
	size_t n;
	struct map *map;
	void *map_memory;
	uint64_t gone, gone_worth;
};

int report_table_create(struct report_table **out, const struct report_table_opts *o)
{
	struct report_table *t = calloc(1, sizeof(*t));
	size_t bytes = map_bytes(o->most);

	if (!t)
		return ERR_MEMORY;
	t->o = *o;
	t->rows = calloc(o->most, o->row_bytes);
	t->map_memory = aligned_alloc(64, (bytes + 63) / 64 * 64);
	if (!t->rows || !t->map_memory || map_create(&t->map, t->map_memory, bytes, o->most, o->key)) {
		report_table_destroy(t);
		return ERR_MEMORY;
	}
	*out = t;
	return 0;
}

void report_table_destroy(struct report_table *t)
{
	if (!t)
		return;
	free(t->rows);
	free(t->map_memory);
	free(t);
}

void *report_table_row(const struct report_table *t, size_t i)
{
	return t->rows + i * t->o.row_bytes;
}

size_t report_table_count(const struct report_table *t)
{
	return t->n;
}

/* Two names with one hash would be one row: of 2^64 that is no case to carry code for. */
static uint64_t key_of(const struct report_table *t, const char *name)
{
	return hash_bytes(t->o.key, name, strlen(name));
}

static int by_worth(const void *a, const void *b, void *ctx)
{
	const struct report_table *t = ctx;
	uint64_t x = t->o.worth(a), y = t->o.worth(b);

	if (x != y)
		return x < y ? 1 : -1;
	return strcmp(a, b);
}

static void index_all(struct report_table *t)
{
	map_create(&t->map, t->map_memory, map_bytes(t->o.most), t->o.most, t->o.key);
	for (size_t i = 0; i < t->n; i++)
		map_set(t->map, key_of(t, report_table_row(t, i)), (uint32_t)i);
}

void report_table_sort(struct report_table *t)
{
	qsort_r(t->rows, t->n, t->o.row_bytes, by_worth, t);
	index_all(t);
}

static void make_room(struct report_table *t)
{
	size_t keep = t->n / 2;

	qsort_r(t->rows, t->n, t->o.row_bytes, by_worth, t);
	for (size_t i = keep; i < t->n; i++)
		t->gone_worth += t->o.worth(report_table_row(t, i));
	t->gone += t->n - keep;
	memset(report_table_row(t, keep), 0, (t->n - keep) * t->o.row_bytes);
	t->n = keep;
	index_all(t);
}

void *report_table_find(const struct report_table *t, const char *name)
{
	char cut[REPORT_NAME];
	uint32_t at;

	text_copy(cut, sizeof(cut), name);
	at = map_get(t->map, key_of(t, cut));
	return at == MAP_NONE ? NULL : report_table_row(t, at);
}

void *report_table_at(struct report_table *t, const char *name)
{
	char cut[REPORT_NAME];
	uint32_t at;
	void *row;

	text_copy(cut, sizeof(cut), name);
	at = map_get(t->map, key_of(t, cut));
	if (at != MAP_NONE)
		return report_table_row(t, at);
	if (t->n == t->o.most)
		make_room(t);
	row = report_table_row(t, t->n);
	memcpy(row, cut, sizeof(cut));
	map_set(t->map, key_of(t, cut), (uint32_t)t->n++);
	return row;
}

uint64_t report_table_gone(const struct report_table *t, uint64_t *worth)
{
	*worth = t->gone_worth;
	return t->gone;
}
