/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One series as bars: by slots, hours, days, months or years; or the busiest of them. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/ctl_history.h"
#include "app/ctl_offline.h"
#include "base/err.h"
#include "base/text.h"
#include "codec/json_put.h"

#define BAR 30
#define TOP 10
#define ROWS_MOST 20000 /* two months of slots */

/* ---- words that all of tidegate history shares ---- */

static struct tm civil(int64_t local_s)
{
	time_t s = (time_t)local_s;
	struct tm tm = { .tm_mday = 1 };

	gmtime_r(&s, &tm);
	return tm;
}

void ctl_history_when(enum period p, int64_t local_s, char out[FORMAT_TEXT])
{
	const struct tm tm = civil(local_s);

	out[0] = '\0';
	switch (p) {
	case PERIOD_SLOT:
	case PERIOD_HOUR:
		strftime(out, FORMAT_TEXT, "%a %F %R", &tm);
		break;
	case PERIOD_DAY:
		strftime(out, FORMAT_TEXT, "%a %F", &tm);
		break;
	case PERIOD_MONTH:
		strftime(out, FORMAT_TEXT, "%B %Y", &tm);
		break;
	case PERIOD_YEAR:
		strftime(out, FORMAT_TEXT, "%Y", &tm);
		break;
	case PERIODS:
		break;
	}
}

const char *ctl_history_iso(enum period p, int64_t local_s, char out[FORMAT_TEXT])
{
	static const size_t lengths[PERIODS] = { 16, 16, 10, 7, 4 }; /* of a date that is cut behind what it is about */
	const struct tm tm = civil(local_s);

	out[0] = '\0';
	strftime(out, FORMAT_TEXT, "%FT%R", &tm);
	if (strlen(out) > lengths[p])
		out[lengths[p]] = '\0';
	if (p == PERIOD_SLOT)
		text_copy(out + strlen(out), 2, "Z");
	return out;
}

void ctl_history_name(const struct series_id *id, char out[SERIES_TEXT])
{
	char text[SERIES_TEXT];
	const char *space;

	series_format(id, text, sizeof(text));
	space = strchr(text, ' ');
	text_copy(out, SERIES_TEXT, id->kind != SERIES_HOST && space ? space + 1 : text);
}

int ctl_history_file_error(const struct history_view *v, int err)
{
	return ctl_complain(ctl_state_code(err), "%s: %s", v->path, history_error(v->h));
}

/* ---- bars ---- */

static int cells(uint64_t value, uint64_t most, int width)
{
	int n = most ? (int)((double)value * width / (double)most + 0.5) : 0;

	return value && !n ? 1 : n;
}

static void print_cells(const struct history_view *v, enum ctl_colour c, const char *cell, int n)
{
	if (n <= 0)
		return;
	fputs(ctl_sgr(v->tool, c), stdout);
	for (int i = 0; i < n; i++)
		fputs(cell, stdout);
	fputs(ctl_sgr(v->tool, CTL_NORMAL), stdout);
}

void ctl_history_bar(const struct history_view *v, uint64_t in, uint64_t out, uint64_t most, int width)
{
	const int all = cells(in + out, most, width), first = cells(in, most, width);

	print_cells(v, CTL_GREEN, v->utf8 ? "█" : "#", first < all || !out ? first : all - 1);
	print_cells(v, CTL_CYAN, v->utf8 ? "░" : "-", first < all ? all - first : out ? 1 : 0);
}

void ctl_history_legend(const struct history_view *v, const char *longest)
{
	fputs("  ", stdout);
	print_cells(v, CTL_GREEN, v->utf8 ? "█" : "#", 1);
	fputs(" received  ", stdout);
	print_cells(v, CTL_CYAN, v->utf8 ? "░" : "-", 1);
	printf(" sent   the longest bar is %s\n", longest);
}

/* ---- rows ---- */

struct rows {
	struct history_view *v;
	struct history_total *at;
	size_t n, most;
	bool cut;
};

static void take_row(void *ctx, const struct history_total *t)
{
	struct rows *r = ctx;

	if (r->n == r->most) {
		r->cut = true;
		return;
	}
	r->at[r->n++] = *t;
}

/* What the bars are of: bytes, else packets, else connections. */
enum unit { UNIT_BYTES = 0, UNIT_PACKETS, UNIT_CONNECTIONS };

static const struct {
	enum measure_of in, out;
} measures[] = { { OF_BYTES_IN, OF_BYTES_OUT }, { OF_PACKETS_IN, OF_PACKETS_OUT },
	{ OF_CONNECTIONS, OF_MEASURES } };

static uint64_t in_of(const struct history_total *t, enum unit u)
{
	return t->value[measures[u].in];
}

static uint64_t out_of(const struct history_total *t, enum unit u)
{
	return u == UNIT_CONNECTIONS ? 0 : t->value[measures[u].out];
}

static uint64_t weight_of(const struct history_total *t, enum unit u)
{
	return in_of(t, u) + out_of(t, u);
}

static bool is_known(const struct history_total *t, enum unit u)
{
	return t->known & (1U << measures[u].in | (u == UNIT_CONNECTIONS ? 0 : 1U << measures[u].out));
}

static enum unit unit_of(const struct rows *r)
{
	for (int u = UNIT_BYTES; u < UNIT_CONNECTIONS; u++)
		for (size_t i = 0; i < r->n; i++)
			if (is_known(&r->at[i], (enum unit)u))
				return (enum unit)u;
	return UNIT_CONNECTIONS;
}

/* One series has the same unit in most of its rows; where it has not, bytes come before packets. */
static int by_weight(const void *a, const void *b)
{
	const struct history_total *x = a, *y = b;

	for (int u = UNIT_BYTES; u <= UNIT_CONNECTIONS; u++) {
		const uint64_t left = weight_of(x, (enum unit)u), right = weight_of(y, (enum unit)u);

		if (left != right)
			return left < right ? 1 : -1;
	}
	return x->begin < y->begin ? -1 : 1;
}

/* Slots begin in UTC; they are shown on the wall's clock of today. */
static int64_t shift_of(const struct history_view *v)
{
	return v->by == PERIOD_SLOT ? v->offset_s : 0;
}

static int64_t length_of(enum period p, int64_t begin)
{
	return period_move(p, begin, 1) - begin;
}

/* Less than nine tenths were watched, though it is over. */
static bool is_part(const struct history_view *v, const struct history_total *t)
{
	const int64_t begin = t->begin + shift_of(v), length = length_of(v->by, begin);

	return begin + length <= v->local_s && (int64_t)t->seconds < length / 10 * 9;
}

static void label_of(const struct history_view *v, const struct history_total *t, bool top, char out[FORMAT_TEXT])
{
	const int64_t begin = t->begin + shift_of(v);

	ctl_history_when(v->by, begin, out);
	if (v->by <= PERIOD_HOUR && !top && strlen(out) > 5)
		memmove(out, out + strlen(out) - 5, 6);
}

static const char *amount(enum unit u, uint64_t n, char out[FORMAT_TEXT])
{
	return u == UNIT_BYTES ? format_bytes(n, out) : format_short((int64_t)n, out);
}

/* Lines for people are as wide as a terminal of 80: with the whole date before it, a bar is shorter. */
static bool is_wide(const struct history_view *v, bool top)
{
	return top && v->by <= PERIOD_HOUR;
}

static void print_row(const struct history_view *v, const struct history_total *t, enum unit u, bool top, uint64_t most)
{
	char label[FORMAT_TEXT], in[FORMAT_TEXT] = "-", out[FORMAT_TEXT] = "-", all[FORMAT_TEXT] = "-";

	label_of(v, t, top, label);
	if (is_known(t, u)) {
		amount(u, in_of(t, u), in);
		amount(u, out_of(t, u), out);
		amount(u, weight_of(t, u), all);
	}
	printf("  %-*s%c", is_wide(v, top) ? 20 : 14, label, is_part(v, t) ? '~' : ' ');
	if (u == UNIT_CONNECTIONS)
		printf(" %11s  ", all);
	else
		printf(" %8s  %8s  %8s  ", in, out, all);
	ctl_history_bar(v, in_of(t, u), out_of(t, u), most, is_wide(v, top) ? BAR - 6 : BAR);
	putchar('\n');
}

static void print_heading(const struct history_view *v, const struct series_id *id, enum unit u, bool top)
{
	char name[SERIES_TEXT], title[SERIES_TEXT + 32];

	ctl_history_name(id, name);
	snprintf(title, sizeof(title), "%s%s%s", name, top ? ", top 10" : "", u == UNIT_PACKETS ? ", packets" : "");
	printf("%s%-*s", ctl_sgr(v->tool, CTL_BOLD), is_wide(v, top) ? 23 : 17, title);
	if (u == UNIT_CONNECTIONS)
		printf(" %11s", "connections");
	else
		printf(" %8s  %8s  %8s", "received", "sent", "total");
	printf("%s\n", ctl_sgr(v->tool, CTL_NORMAL));
}

static void print_table(const struct rows *r, const struct series_id *id, bool top)
{
	const enum unit u = unit_of(r);
	char day[FORMAT_TEXT], last[FORMAT_TEXT] = "", text[FORMAT_TEXT];
	uint64_t most = 0;
	bool part = false;

	for (size_t i = 0; i < r->n; i++) {
		const uint64_t w = weight_of(&r->at[i], u);

		most = w > most ? w : most;
		part |= is_part(r->v, &r->at[i]);
	}
	print_heading(r->v, id, u, top);
	for (size_t i = 0; i < r->n; i++) {
		ctl_history_when(PERIOD_DAY, r->at[i].begin + shift_of(r->v), day);
		if (r->v->by <= PERIOD_HOUR && !top && strcmp(day, last) != 0)
			printf("  %s%s%s\n", ctl_sgr(r->v->tool, CTL_DIM), day, ctl_sgr(r->v->tool, CTL_NORMAL));
		text_copy(last, sizeof(last), day);
		print_row(r->v, &r->at[i], u, top, most);
	}
	if (u == UNIT_CONNECTIONS)
		printf("  the longest bar is %s connections\n", format_count((int64_t)most, text));
	else
		ctl_history_legend(r->v, amount(u, most, text));
	if (part)
		puts("  ~ not all of it was watched");
}

/* ---- for programs ---- */

static void put_measures(json_t *o, const struct history_total *t)
{
	for (int m = 0; m < OF_MEASURES; m++) {
		const bool states = m >= OF_ESTABLISHED && m <= OF_CLOSE_WAIT;
		char name[32], most[40];

		if (!(t->known & 1U << m))
			continue;
		text_copy(name, sizeof(name), measure_of_name((enum measure_of)m));
		for (char *c = name; *c; c++)
			*c = *c == '-' ? '_' : *c;
		snprintf(most, sizeof(most), "%s_most", name);
		if (states)
			put_hundredths(o, name, (int32_t)(t->value[m] > INT32_MAX ? INT32_MAX : t->value[m]));
		else
			put_count(o, name, t->value[m]);
		if (states)
			put_hundredths(o, most, (int32_t)(t->most[m] > INT32_MAX ? INT32_MAX : t->most[m]));
		else if (history_has_mean((enum measure_of)m))
			put_count(o, most, t->most[m]);
	}
}

static void print_json(const struct rows *r)
{
	char series[SERIES_TEXT], begin[FORMAT_TEXT];

	for (size_t i = 0; i < r->n; i++) {
		json_t *o = json_object();

		series_format(&r->at[i].id, series, sizeof(series));
		put_int(o, "v", 1);
		put_text(o, "series", series);
		put_text(o, "by", period_name(r->v->by));
		put_text(o, "begin", ctl_history_iso(r->v->by, r->at[i].begin, begin));
		put_count(o, "seconds", r->at[i].seconds);
		put_measures(o, &r->at[i]);
		json_dumpf(o, stdout, JSON_COMPACT | JSON_REAL_PRECISION(10));
		putchar('\n');
		json_decref(o);
	}
}

static void print_plain(const struct rows *r)
{
	char series[SERIES_TEXT], begin[FORMAT_TEXT];

	for (size_t i = 0; i < r->n; i++) {
		const struct history_total *t = &r->at[i];

		series_format(&t->id, series, sizeof(series));
		printf("%s\t%s\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\n", series,
			ctl_history_iso(r->v->by, t->begin, begin), t->seconds, t->value[OF_BYTES_IN],
			t->value[OF_BYTES_OUT], t->value[OF_CONNECTIONS]);
	}
}

/* ---- all of it ---- */

/* As many as fit on a screen, the one that runs included. */
static int64_t from_of(const struct history_view *v)
{
	static const int back[PERIODS] = { 23, 23, 29, 13, 200 };
	const int64_t now = v->local_s - shift_of(v);

	if (v->since_given)
		return period_begin(v->by, v->since_s - shift_of(v));
	if (v->tool->given & CTL_TOP)
		return -INT64_C(400) * 366 * 86400;
	return period_begin(v->by, period_move(v->by, now, -back[v->by]));
}

static void print_rows(struct rows *r, const struct series_id *id)
{
	const bool top = r->v->tool->given & CTL_TOP;

	if (top) {
		qsort(r->at, r->n, sizeof(*r->at), by_weight);
		r->n = r->n > TOP ? TOP : r->n;
	}
	switch (r->v->tool->output) {
	case CTL_TABLE:
		print_table(r, id, top);
		break;
	case CTL_JSON:
		print_json(r);
		break;
	case CTL_PLAIN:
		print_plain(r);
		break;
	}
}

int ctl_history_graph(struct history_view *v, const struct series_id *id)
{
	const struct history_query q = { .period = v->by, .kind = -1, .series = id, .from = from_of(v),
		.until = INT64_MAX };
	struct rows r = { .v = v, .most = ROWS_MOST };
	char name[SERIES_TEXT];
	int err, code = CTL_OK;

	r.at = calloc(r.most, sizeof(*r.at));
	if (!r.at)
		return ctl_complain(CTL_INTERNAL, "no memory");
	err = history_totals(v->h, &q, take_row, &r);
	ctl_history_name(id, name);
	if (err)
		code = ctl_history_file_error(v, err);
	else if (!r.n)
		code = ctl_complain(CTL_NONE, "nothing is known of %s by %s in that time", name, period_name(v->by));
	else if (!v->tool->quiet)
		print_rows(&r, id);
	if (r.cut)
		ctl_complain(CTL_OK, "only the first %d are shown: say --since", ROWS_MOST);
	free(r.at);
	return code;
}
