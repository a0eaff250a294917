/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tidegate egress: what allowlists there are and whom they hit, lists written from what was seen, a trial of one, and what
 * has changed since.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/ctl_egress.h"
#include "base/text.h"
#include "codec/egress_json.h"

#define SHOWN 10 /* rows of a list, without --all */

struct row {
	json_t *value; /* owned */
	int64_t count;
};

struct shown {
	const char *title; /* only this; NULL: all */
	struct row *rows;
	size_t n, room;
	json_t *lists[EGRESS_LISTS];
	size_t n_lists;
};

static bool is_asked(const struct shown *s, json_t *o, const char *key)
{
	return !s->title || strcmp(s->title, field_text(o, key)) == 0;
}

static void take_list(struct ctl_tool *t, json_t *o)
{
	struct shown *s = t->work;

	if (s->n_lists < EGRESS_LISTS && is_asked(s, o, "allowlist"))
		s->lists[s->n_lists++] = json_incref(o);
}

static void take_row(struct ctl_tool *t, json_t *o)
{
	struct shown *s = t->work;

	if (!is_asked(s, o, "shadow_of"))
		return;
	if (s->n == s->room) {
		size_t room = s->room ? 2 * s->room : 64;
		struct row *rows = realloc(s->rows, room * sizeof(*rows));

		if (!rows)
			return;
		s->rows = rows;
		s->room = room;
	}
	s->rows[s->n++] = (struct row){ .value = json_incref(o), .count = field_int(o, "count") };
}

static int by_count(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return x->count < y->count ? 1 : x->count > y->count ? -1 : 0;
}

static const char *who_of(json_t *o)
{
	const char *unit = field_text(o, "unit"), *comm = field_text(o, "comm");

	return *unit ? unit : *comm ? comm : "-";
}

static const char *place_of(json_t *o)
{
	const char *name = field_text(o, "name");

	return *name ? name : field_text(o, "to");
}

static void print_row(const struct ctl_tool *t, json_t *o)
{
	char last[FORMAT_TEXT];

	if (t->output == CTL_PLAIN) {
		printf("%s\t%s\t%s\t%s\t%s\t%" PRId64 "\t%s\t%s\t%s\t%s\n", field_text(o, "shadow_of"),
			field_true(o, "refused") ? "refused" : "shadow", field_text(o, "to"), field_text(o, "name"),
			field_text(o, "ports"), field_int(o, "count"), field_text(o, "first"), field_text(o, "last"),
			field_text(o, "unit"), field_text(o, "comm"));
		return;
	}
	printf("  %7" PRId64 "  %-36s %-10s %-20s %s\n", field_int(o, "count"), place_of(o), field_text(o, "ports"), who_of(o),
		format_time(field_text(o, "last"), last));
}

static void print_sums(const struct ctl_tool *t, json_t *o)
{
	int64_t refused = field_int(o, "refused"), would = field_int(o, "would_refuse");
	char n[FORMAT_TEXT], since[FORMAT_TEXT];

	format_time(field_text(o, "since"), since);
	if (!refused && !would)
		printf("  nothing was met that it does not hold\n");
	if (refused)
		printf("  %srefused %s connections%s since %s\n", ctl_sgr(t, CTL_RED), format_count(refused, n),
			ctl_sgr(t, CTL_NORMAL), since);
	if (would)
		printf("  %swould have refused %s connections%s since %s\n", ctl_sgr(t, CTL_YELLOW), format_count(would, n),
			ctl_sgr(t, CTL_NORMAL), since);
}

static void print_list(const struct ctl_tool *t, json_t *o)
{
	bool force = field_true(o, "in_force"), enforce = strcmp(field_text(o, "mode"), "enforce") == 0;

	if (t->output == CTL_PLAIN) {
		printf("%s\t%s\t%s\t%s\t%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%s\n", field_text(o, "allowlist"),
			field_text(o, "mode"), force ? "in force" : "-", field_text(o, "about"), field_int(o, "entries"),
			field_int(o, "addresses"), field_int(o, "refused"), field_int(o, "would_refuse"), field_text(o, "origin"));
		return;
	}
	printf("%s%s%s  %s%s%s, %s (%s)\n", ctl_sgr(t, CTL_BOLD), field_text(o, "allowlist"), ctl_sgr(t, CTL_NORMAL),
		ctl_sgr(t, force ? CTL_GREEN : CTL_DIM), enforce && !force ? "enforce, but not in force now" : field_text(o, "mode"),
		ctl_sgr(t, CTL_NORMAL), field_text(o, "about"), field_text(o, "origin"));
	if (field_get(o, "present") && !field_true(o, "present"))
		printf("  there is no such control group now\n");
	printf("  entries: %" PRId64 "; addresses of names known now: %" PRId64 "\n", field_int(o, "entries"),
		field_int(o, "addresses"));
	print_sums(t, o);
}

static void print_rows(const struct ctl_tool *t, const struct shown *s, json_t *list)
{
	size_t most = t->given & CTL_ALL || t->output == CTL_PLAIN ? SIZE_MAX : SHOWN, shown = 0, all = 0;

	for (size_t i = 0; i < s->n; i++) {
		if (strcmp(field_text(s->rows[i].value, "shadow_of"), field_text(list, "allowlist")) != 0)
			continue;
		if (all++ == 0 && t->output == CTL_TABLE)
			printf("  %s%7s  %-36s %-10s %-20s %s%s\n", ctl_sgr(t, CTL_DIM), "COUNT", "DESTINATION", "PORT", "WHO", "LAST",
				ctl_sgr(t, CTL_NORMAL));
		if (shown < most) {
			print_row(t, s->rows[i].value);
			shown++;
		}
	}
	if (all > shown)
		printf("  and %zu more destinations: --all\n", all - shown);
}

static void print_shown(const struct ctl_tool *t, struct shown *s)
{
	qsort(s->rows, s->n, sizeof(s->rows[0]), by_count);
	if (s->n_lists == 0 && t->output == CTL_TABLE)
		puts("there is no allowlist: tidegate egress propose --user NAME writes one");
	for (size_t i = 0; i < s->n_lists; i++) {
		print_list(t, s->lists[i]);
		print_rows(t, s, s->lists[i]);
	}
}

static void forget(struct shown *s)
{
	for (size_t i = 0; i < s->n_lists; i++)
		json_decref(s->lists[i]);
	for (size_t i = 0; i < s->n; i++)
		json_decref(s->rows[i].value);
	free(s->rows);
}

int ctl_egress_show(struct ctl_tool *t, const char *title)
{
	struct shown s = { .title = title };
	int code;

	t->work = &s;
	code = ctl_egress_pages(t, "lists", NULL, take_list);
	if (code == CTL_OK)
		code = ctl_egress_pages(t, "shadow", NULL, take_row);
	t->work = NULL;
	if (code == CTL_OK && title && !s.n_lists && t->output != CTL_JSON && !t->quiet)
		code = ctl_complain(CTL_NONE, "there is no allowlist '%s'", title);
	else if (code == CTL_OK && t->output != CTL_JSON && !t->quiet)
		print_shown(t, &s);
	forget(&s);
	return code;
}

static void print_applied(struct ctl_tool *t, json_t *o)
{
	char text[2 * FORMAT_TEXT];

	if (t->output == CTL_PLAIN) {
		printf("%s\n", field_text(o, "applied"));
		return;
	}
	printf("%sallowlist %s%s is in force; on trial: %s\n", ctl_sgr(t, CTL_YELLOW), field_text(o, "applied"),
		ctl_sgr(t, CTL_NORMAL), ctl_trial_text(json_object_get(o, "trial"), text));
	printf("who feels it: tidegate egress show %s\nto keep it: tidegate confirm\n", field_text(o, "applied"));
}

int ctl_egress_apply(struct ctl_tool *t, const char *title)
{
	struct ctl_request r = { .verb = "egress-apply" };
	const char *lasting = ctl_value(t, CTL_TRY);

	if (!title)
		return ctl_complain(CTL_USAGE, "egress apply NAME --try 10m: which allowlist?");
	if (!lasting)
		return ctl_complain(CTL_USAGE, "egress apply is a trial: say --try 10m. For good, set mode = \"enforce\" where the "
			"list is written (tidegate egress show %s) and reload", title);
	if (ctl_request_add_text(&r, "list", title) || ctl_request_add_text(&r, "try", lasting))
		return ctl_complain(CTL_USAGE, "an argument is too long");
	return ctl_ask(t, &r, print_applied);
}

int ctl_egress(struct ctl_tool *t)
{
	static const char *const words[] = { "show", "propose", "apply", "drift" };
	const char *word = t->n_operands ? t->operands[0] : "show", *nearest;
	const char *title = t->n_operands > 1 ? t->operands[1] : NULL;

	if (strcmp(word, "show") == 0)
		return ctl_egress_show(t, title);
	if (strcmp(word, "apply") == 0)
		return ctl_egress_apply(t, title);
	if (strcmp(word, "drift") == 0)
		return ctl_egress_drift(t, title);
	if (strcmp(word, "propose") == 0)
		return ctl_egress_propose(t, title);
	nearest = text_nearest(word, words, 4);
	return ctl_complain(CTL_USAGE, "egress %s: it is show, propose, apply or drift%s%s", word,
		nearest ? "; did you mean " : "", nearest ? nearest : "");
}
