/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One series at a glance: the periods that run, and how it grows. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "app/ctl_history.h"
#include "codec/json_put.h"

struct glance {
	struct history_run runs[HISTORY_RUNS];
	struct history_growth growths[HISTORY_GROWTHS];
	size_t n_growths;
};

static const char *rate_text(const struct history_span *s, char out[FORMAT_TEXT])
{
	char bytes[FORMAT_TEXT];

	format_bytes(s->seconds ? (s->in + s->out) * 8 / s->seconds : 0, bytes);
	bytes[strcspn(bytes, "B")] = '\0';
	snprintf(out, FORMAT_TEXT, "%.32sbit/s", bytes);
	return out;
}

static void print_run(const struct history_run *r)
{
	char in[FORMAT_TEXT], out[FORMAT_TEXT], all[FORMAT_TEXT], rate[FORMAT_TEXT], end[FORMAT_TEXT] = "";

	if (!r->span.n)
		return;
	if (r->estimated)
		format_bytes(r->estimated, end);
	printf("  %-14s  %9s  %9s  %9s  %12s  %10s\n", r->name, format_bytes(r->span.in, in),
		format_bytes(r->span.out, out), format_bytes(r->span.in + r->span.out, all),
		rate_text(&r->span, rate), end);
}

/* "+3.1 %"; what is many times as much, as that. */
static const char *percent_text(double percent, char out[FORMAT_TEXT])
{
	if (percent >= 999.5)
		snprintf(out, FORMAT_TEXT, "x %.*f", percent < 9900 ? 1 : 0, percent / 100 + 1);
	else
		snprintf(out, FORMAT_TEXT, "%+.*f %%", percent > -10 && percent < 10 ? 1 : 0, percent);
	return out;
}

static void print_growth(const struct history_view *v, const struct history_growth *g, bool first)
{
	char then[FORMAT_TEXT], now[FORMAT_TEXT], percent[FORMAT_TEXT], n[FORMAT_TEXT];
	char of[FORMAT_TEXT], clock[FORMAT_TEXT];

	ctl_history_iso(PERIOD_HOUR, period_begin(PERIOD_SLOT, v->local_s), clock);
	if (strcmp(g->of, "today") == 0)
		snprintf(of, sizeof(of), "today to %.5s", clock + 11);
	else
		snprintf(of, sizeof(of), "%s", g->of);
	snprintf(n, sizeof(n), "%u %s", g->n, g->unit);
	printf("  %-14s  %-22s %9s  %9s  %9s  %6s\n", first ? of : "", g->against, format_bytes(g->then, then),
		format_bytes(g->now, now), percent_text(g->percent, percent), n);
}

static void print_glance(const struct history_view *v, const struct series_id *id, const struct glance *g)
{
	char name[SERIES_TEXT];

	ctl_history_name(id, name);
	printf("%s%-16s  %9s  %9s  %9s  %12s  %10s%s\n", ctl_sgr(v->tool, CTL_BOLD), name, "received", "sent", "total",
		"mean", "by its end", ctl_sgr(v->tool, CTL_NORMAL));
	for (size_t i = 0; i < HISTORY_RUNS; i++)
		print_run(&g->runs[i]);
	if (!g->n_growths)
		return;
	printf("%s  %-14s  %-22s %9s  %9s  %9s  %6s%s\n", ctl_sgr(v->tool, CTL_BOLD), "growth of", "against", "then",
		"now", "change", "n", ctl_sgr(v->tool, CTL_NORMAL));
	for (size_t i = 0; i < g->n_growths; i++)
		print_growth(v, &g->growths[i], i == 0 || g->growths[i].of != g->growths[i - 1].of);
}

static json_t *run_value(const struct history_run *r)
{
	json_t *o = json_object();
	char day[FORMAT_TEXT];

	put_text(o, "name", r->name);
	put_text(o, "begin", ctl_history_iso(PERIOD_DAY, r->begin, day));
	put_text(o, "end", ctl_history_iso(PERIOD_DAY, r->end, day));
	put_count(o, "seconds", r->span.seconds);
	put_count(o, "bytes_in", r->span.in);
	put_count(o, "bytes_out", r->span.out);
	put_count(o, "connections", r->span.connections);
	if (r->estimated)
		put_count(o, "bytes_estimated", r->estimated);
	return o;
}

static json_t *growth_value(const struct history_growth *g)
{
	json_t *o = json_object();
	char day[FORMAT_TEXT];

	put_text(o, "of", g->of);
	put_text(o, "against", g->against);
	put_text(o, "begin", ctl_history_iso(PERIOD_DAY, g->begin, day));
	put_count(o, "bytes_then", g->then);
	put_count(o, "bytes_now", g->now);
	put_hundredths(o, "percent", (int32_t)(g->percent > 1e7 ? 1e9 : g->percent * 100));
	put_int(o, "n", g->n);
	put_text(o, "n_of", g->unit[0] == 'h' ? "hours" : "days");
	return o;
}

static void print_json(const struct series_id *id, const struct glance *g)
{
	json_t *o = json_object(), *runs = json_array(), *growths = json_array();
	char series[SERIES_TEXT];

	series_format(id, series, sizeof(series));
	for (size_t i = 0; i < HISTORY_RUNS; i++)
		if (g->runs[i].span.n)
			json_array_append_new(runs, run_value(&g->runs[i]));
	for (size_t i = 0; i < g->n_growths; i++)
		json_array_append_new(growths, growth_value(&g->growths[i]));
	put_int(o, "v", 1);
	put_text(o, "series", series);
	put_value(o, "periods", runs);
	put_value(o, "growth", growths);
	json_dumpf(o, stdout, JSON_COMPACT | JSON_REAL_PRECISION(10));
	putchar('\n');
	json_decref(o);
}

static void print_plain(const struct series_id *id, const struct glance *g)
{
	char series[SERIES_TEXT];

	series_format(id, series, sizeof(series));
	for (size_t i = 0; i < HISTORY_RUNS; i++)
		printf("%s\t%s\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\n", series, g->runs[i].name,
			g->runs[i].span.seconds, g->runs[i].span.in, g->runs[i].span.out, g->runs[i].estimated);
}

int ctl_history_summary(struct history_view *v, const struct series_id *id)
{
	struct glance g;
	int err = history_runs(v, id, g.runs);

	if (!err)
		err = history_growths(v, id, g.growths, &g.n_growths);
	if (err)
		return ctl_history_file_error(v, err);
	if (v->tool->quiet)
		return CTL_OK;
	switch (v->tool->output) {
	case CTL_TABLE:
		print_glance(v, id, &g);
		break;
	case CTL_JSON:
		print_json(id, &g);
		break;
	case CTL_PLAIN:
		print_plain(id, &g);
		break;
	}
	return CTL_OK;
}
