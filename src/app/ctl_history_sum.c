/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sums over the file of history: the periods that run, and what they are compared with. */
#include "app/ctl_history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/err.h"
#include "base/text.h"

#define HOUR_S 3600
#define DAY_S 86400
#define WEEK_S (7 * DAY_S)
#define YOUNG_S 1800  /* of it nothing is foretold */
#define WEEKS 4
#define WEEKS_LEAST 3 /* a median of fewer says nothing */

static void add_row(void *ctx, const struct history_total *t)
{
	struct history_span *s = ctx;

	s->seconds += t->seconds;
	s->in += t->value[OF_BYTES_IN];
	s->out += t->value[OF_BYTES_OUT];
	s->connections += t->value[OF_CONNECTIONS];
	s->n++;
}

static int add_rows(struct history_view *v, const struct series_id *id, enum period p, int64_t from, int64_t until,
	struct history_span *s)
{
	const struct history_query q = { .period = p, .kind = -1, .series = id, .from = from, .until = until };

	return from < until ? history_totals(v->h, &q, add_row, s) : 0;
}

static uint64_t cut(uint64_t value, int64_t part, int64_t whole)
{
	return (uint64_t)((double)value * (double)part / (double)whole);
}

static int add_hours(struct history_view *v, const struct series_id *id, int64_t from, int64_t until,
	struct history_span *s)
{
	const int64_t last = period_begin(PERIOD_HOUR, until);
	struct history_span rest = { .n = 0 };
	int err = add_rows(v, id, PERIOD_HOUR, from, last, s);

	if (!err && last < until)
		err = add_rows(v, id, PERIOD_HOUR, last, last + 1, &rest);
	if (err || !rest.n)
		return err;
	s->seconds += cut(rest.seconds, until - last, HOUR_S);
	s->in += cut(rest.in, until - last, HOUR_S);
	s->out += cut(rest.out, until - last, HOUR_S);
	s->connections += cut(rest.connections, until - last, HOUR_S);
	s->n++;
	return 0;
}

int history_span_of(struct history_view *v, const struct series_id *id, enum period p, int64_t from, int64_t until,
	struct history_span *out)
{
	const int64_t last = period_begin(PERIOD_DAY, until);
	struct history_span s = { .n = 0 }, rest = { .n = 0 };
	int err;

	if (p == PERIOD_HOUR) {
		err = add_hours(v, id, from, until, &s);
	} else {
		err = add_rows(v, id, PERIOD_DAY, from, last, &s);
		if (!err)
			err = add_hours(v, id, last, until, &rest);
		s.seconds += rest.seconds;
		s.in += rest.in;
		s.out += rest.out;
		s.connections += rest.connections;
		s.n += rest.n > 0;
	}
	if (!err)
		*out = s;
	return err;
}

/* ---- what runs ---- */

static int64_t monday_of(int64_t day_s)
{
	return day_s - (int64_t)(hour_of_week(day_s, 0) / 24) * DAY_S;
}

static int fill_run(struct history_view *v, const struct series_id *id, struct history_run *r)
{
	const int64_t until = r->end < v->local_s ? r->end : v->local_s + 1;
	int err = add_rows(v, id, PERIOD_DAY, r->begin, until, &r->span);

	if (!err && r->end > v->local_s && r->span.seconds >= YOUNG_S)
		r->estimated = cut(r->span.in + r->span.out, r->end - r->begin, (int64_t)r->span.seconds);
	return err;
}

int history_runs(struct history_view *v, const struct series_id *id, struct history_run runs[HISTORY_RUNS])
{
	const int64_t today = period_begin(PERIOD_DAY, v->local_s), monday = monday_of(today);
	const int64_t month = period_begin(PERIOD_MONTH, today), year = period_begin(PERIOD_YEAR, today);
	const struct history_run wanted[HISTORY_RUNS] = {
		{ .name = "yesterday", .begin = today - DAY_S, .end = today },
		{ .name = "today", .begin = today, .end = today + DAY_S },
		{ .name = "this week", .begin = monday, .end = monday + WEEK_S },
		{ .name = "this month", .begin = month, .end = period_move(PERIOD_MONTH, month, 1) },
		{ .name = "this year", .begin = year, .end = period_move(PERIOD_YEAR, year, 1) },
	};
	int err = 0;

	for (size_t i = 0; i < HISTORY_RUNS && !err; i++) {
		runs[i] = wanted[i];
		err = fill_run(v, id, &runs[i]);
	}
	return err;
}

/* ---- growth ---- */

static double rate(const struct history_span *s)
{
	return s->seconds ? (double)(s->in + s->out) / (double)s->seconds : 0;
}

struct growths {
	struct history_view *v;
	const struct series_id *id;
	struct history_growth *at;
	size_t n;
	struct history_span now; /* of what is compared: today, this month, this year */
	const char *of, *unit;
};

/* What was hardly watched then is nothing to compare with. */
static void note(struct growths *g, int64_t begin, double before, uint64_t seconds, uint64_t then, unsigned n)
{
	struct history_growth *at = &g->at[g->n];

	if (before <= 0 || seconds < g->now.seconds / 2 || g->n == HISTORY_GROWTHS)
		return;
	at->of = g->of;
	at->unit = g->unit;
	at->begin = begin;
	at->then = then;
	at->now = g->now.in + g->now.out;
	at->percent = (rate(&g->now) / before - 1) * 100;
	at->n = n;
	g->n++;
}

static int compare(struct growths *g, enum period p, int64_t from, int64_t until, const char *word)
{
	struct history_span then = { .n = 0 };
	const size_t n = g->n;
	int err = history_span_of(g->v, g->id, p, from, until, &then);

	if (err)
		return err;
	note(g, from, rate(&then), then.seconds, then.in + then.out, then.n);
	if (g->n > n)
		text_copy(g->at[n].against, sizeof(g->at[n].against), word);
	return 0;
}

static void name_day(int64_t day_s, char out[40])
{
	char day[FORMAT_TEXT];

	ctl_history_when(PERIOD_DAY, day_s, day);
	text_copy(out, 40, day);
}

static int ascending(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static int compare_median(struct growths *g, int64_t today, int64_t passed)
{
	static const char *const days[] = { "Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays",
		"Sundays" };
	double rates[WEEKS];
	unsigned n = 0;

	for (int week = 1; week <= WEEKS; week++) {
		const int64_t day = today - week * WEEK_S;
		struct history_span then = { .n = 0 };
		int err = history_span_of(g->v, g->id, PERIOD_HOUR, day, day + passed, &then);

		if (err)
			return err;
		if (then.seconds)
			rates[n++] = rate(&then);
	}
	if (n < WEEKS_LEAST)
		return 0;
	qsort(rates, n, sizeof(rates[0]), ascending);
	const double median = n % 2 ? rates[n / 2] : (rates[n / 2 - 1] + rates[n / 2]) / 2;
	const size_t at = g->n;

	g->unit = "days";
	note(g, today - WEEKS * WEEK_S, median, g->now.seconds, (uint64_t)(median * (double)g->now.seconds), n);
	g->unit = "h";
	if (g->n > at)
		snprintf(g->at[at].against, sizeof(g->at[at].against), "%u %s, median", n,
			days[hour_of_week(today, 0) / 24]);
	return 0;
}

static int compare_day(struct growths *g, int64_t today, int64_t passed)
{
	/* The same day of the week: a Saturday is compared with Saturdays. */
	const int64_t days[] = { today - WEEK_S, today - 4 * WEEK_S, today - 52 * WEEK_S };
	char word[40];
	int err;

	g->of = "today";
	g->unit = "h";
	err = add_rows(g->v, g->id, PERIOD_DAY, today, today + 1, &g->now);
	if (err || !g->now.seconds)
		return err;
	err = compare(g, PERIOD_HOUR, today - DAY_S, today - DAY_S + passed, "yesterday");
	for (size_t i = 0; i < 3 && !err; i++) {
		if (i == 1)
			err = compare_median(g, today, passed);
		name_day(days[i], word);
		if (!err)
			err = compare(g, PERIOD_HOUR, days[i], days[i] + passed, word);
	}
	return err;
}

/* As far as this one has come, of that many periods ago. */
static int compare_part(struct growths *g, enum period p, int back)
{
	const int64_t begin = period_begin(p, g->v->local_s);
	const int64_t before = period_move(p, begin, -back), end = period_move(p, before, 1);
	const int64_t until = before + (period_begin(PERIOD_SLOT, g->v->local_s) - begin);
	char word[40], text[FORMAT_TEXT];

	ctl_history_when(p, before, text);
	snprintf(word, sizeof(word), "%.16s, as far", text);
	return compare(g, PERIOD_DAY, before, until < end ? until : end, word);
}

static int compare_long(struct growths *g, enum period p, const char *of)
{
	int err;

	g->now = (struct history_span){ .n = 0 };
	err = add_rows(g->v, g->id, PERIOD_DAY, period_begin(p, g->v->local_s), g->v->local_s + 1, &g->now);
	g->of = of;
	g->unit = "d";
	if (err || !g->now.seconds)
		return err;
	err = compare_part(g, p, 1);
	return !err && p == PERIOD_MONTH ? compare_part(g, p, 12) : err;
}

int history_growths(struct history_view *v, const struct series_id *id, struct history_growth out[HISTORY_GROWTHS],
	size_t *n)
{
	const int64_t today = period_begin(PERIOD_DAY, v->local_s);
	struct growths g = { .v = v, .id = id, .at = out };
	int err = compare_day(&g, today, period_begin(PERIOD_SLOT, v->local_s) - today);

	if (!err)
		err = compare_long(&g, PERIOD_MONTH, "this month");
	if (!err)
		err = compare_long(&g, PERIOD_YEAR, "this year");
	*n = g.n;
	return err;
}
