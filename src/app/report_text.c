/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text report from top to bottom. What is not known comes first: the rest is read in its light. */
#include "app/report_text.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/ctl.h"
#include "app/report_text_parts.h"
#include "base/err.h"
#include "base/text.h"

#define LIFE_SHOWN 12

static const char *counted(uint64_t n, char out[FORMAT_TEXT])
{
	return format_count(n > INT64_MAX ? INT64_MAX : (int64_t)n, out);
}

static const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

static void put_day(int64_t at_s, int32_t offset_s, char out[FORMAT_TEXT])
{
	time_t local = (time_t)(at_s + offset_s);
	struct tm tm;

	out[0] = '\0';
	if (gmtime_r(&local, &tm))
		strftime(out, FORMAT_TEXT, "%a %F %H:%M", &tm);
}

static void tell_head(const struct sheet *s)
{
	const struct report_about *a = &s->r->about;
	char from[FORMAT_TEXT], until[FORMAT_TEXT], span[FORMAT_TEXT], detect[FORMAT_TEXT], enforce[FORMAT_TEXT],
		unknown[FORMAT_TEXT];

	put_day(a->from_s, s->r->buckets[0].utc_offset_s, from);
	put_day(a->until_s, a->utc_offset_s, until);
	fprintf(s->out, "%stidegate report%s  ", s->look.colour ? "\033[1m" : "", s->look.colour ? "\033[0m" : "");
	sheet_cell(s, a->host, SHEET_COLUMNS - 17, false);
	fputc('\n', s->out);
	sheet_line(s, "%s to %s %s (%s)", from, until, a->zone, format_seconds(a->until_s - a->from_s, span));
	sheet_line(s, "mode: %s detect, %s enforce, %s not known; now %s", format_seconds(a->detect_s, detect),
		format_seconds(a->enforce_s, enforce), format_seconds(a->unknown_s, unknown), report_mode_name(a->last));
	if (a->config[0])
		sheet_line(s, "configuration %s, policy %s, rules %s", a->config, a->policy, a->digest);
	else
		sheet_line(s, "configuration: none could be read");
	if (a->ran_digest[0] && a->digest[0] && strcmp(a->ran_digest, a->digest) != 0)
		sheet_line(s, "the daemon runs with other rules than that file has: %s", a->ran_digest);
	if (a->rules_changed)
		sheet_line(s, "the rules changed within this span");
}

static void tell_losses(const struct sheet *s)
{
	const struct report_losses *l = &s->r->losses;
	const int64_t span_s = s->r->about.until_s - s->r->about.from_s;
	char n[FORMAT_TEXT], of[FORMAT_TEXT];
	bool any = false;

	sheet_head(s, "Not known");
	for (size_t i = 0; i < l->n_troubles; i++, any = true)
		sheet_line(s, "%s", l->troubles[i]);
	if (!l->counted)
		sheet_line(s, "no daemon noted its counters: whether anything was lost is not known");
	else if (l->counted_s < span_s - 2 * s->r->width_s && l->counted_s < span_s * 99 / 100)
		sheet_line(s, "losses are counted for %s of %s alone", format_seconds(l->counted_s, n),
			format_seconds(span_s, of));
	for (int i = 0; i < REPORT_LOSSES; i++)
		if (l->lost[i])
			sheet_line(s, "%s %s", counted(l->lost[i], n), report_loss_text((enum report_loss)i));
	for (int i = 0; i < REPORT_LOSSES; i++)
		any |= l->lost[i] > 0;
	if (l->odd_rows)
		sheet_line(s, "%s row%s of the record made no sense", counted(l->odd_rows, n), plural(l->odd_rows));
	if (l->unwatched_s > (uint64_t)span_s / 50)
		sheet_line(s, "traffic was measured for %s of %s", format_seconds((int64_t)s->r->totals.watched_s, n),
			format_seconds(span_s, of));
	else if (!any && l->counted && !l->odd_rows)
		sheet_line(s, "nothing was lost, as far as the daemon counted");
}

static void tell_totals(const struct sheet *s)
{
	const struct report_totals *t = &s->r->totals;
	char a[FORMAT_TEXT], b[FORMAT_TEXT], c[FORMAT_TEXT], d[FORMAT_TEXT], e[FORMAT_TEXT];

	sheet_head(s, "Summary");
	if (!s->r->about.record_known) {
		sheet_line(s, "findings and measures are not known");
		return;
	}
	sheet_line(s, "%s finding%s in %s incident%s; %s decided upon, %s kept from harm by a guard", counted(t->findings, a),
		plural(t->findings), counted(t->incidents, b), plural(t->incidents), counted(t->decided, c),
		counted(t->guarded, d));
	sheet_line(s, "%s measure%s in force, %s ended (%s unblocked), %s stand now, %s refused by the kernel",
		counted(t->applied, a), plural(t->applied), counted(t->expired + t->unblocked + t->stepped_down, b),
		counted(t->unblocked, c), counted(t->standing, d), counted(t->refused, e));
	sheet_line(s, "%s packet%s dropped%s%s", counted(t->packets_dropped, a), plural(t->packets_dropped),
		t->bytes_known ? ", of which the kernel counted " : "", t->bytes_known ? format_bytes(t->bytes_dropped, b) : "");
	sheet_line(s, "%s connection%s, %s in, %s out", counted(t->connections, a), plural(t->connections),
		format_bytes(t->bytes_in, b), format_bytes(t->bytes_out, c));
	if (t->alarms || t->reloads)
		sheet_line(s, "%s alarm%s, %s reload%s, %s of them failed", counted(t->alarms, a), plural(t->alarms),
			counted(t->reloads, b), plural(t->reloads), counted(t->reloads_failed, c));
}

/* ---- time ---- */

enum line { LINE_FINDINGS = 0, LINE_BEGUN, LINE_IN, LINE_OUT, LINE_CONNECTIONS, LINES };

static uint64_t value_of(const struct report_bucket *b, enum line l)
{
	switch (l) {
	case LINE_FINDINGS:
		return b->findings;
	case LINE_BEGUN:
		return b->begun;
	case LINE_IN:
		return b->bytes_in;
	case LINE_OUT:
		return b->bytes_out;
	case LINE_CONNECTIONS:
		return b->connections;
	case LINES:
		break;
	}
	return 0;
}

/* What is older than the record, or was never read, was perhaps more than none. */
static bool is_recorded(const struct report_data *r, const struct report_bucket *b)
{
	return r->about.record_known && (!r->about.record_from_s || b->begin_s + r->width_s > r->about.record_from_s);
}

static void tell_timeline(const struct sheet *s)
{
	static const char *const labels[LINES] = { "findings", "measures", "traffic in", "traffic out", "connections" };
	const struct report_data *r = s->r;
	uint64_t values[REPORT_BUCKETS];
	bool missing[REPORT_BUCKETS], unsure = false;

	sheet_head(s, "Timeline");
	for (int l = 0; l < LINES; l++) {
		const bool traffic = l >= LINE_IN;

		for (size_t i = 0; i < r->n_buckets; i++) {
			values[i] = value_of(&r->buckets[i], (enum line)l);
			missing[i] = traffic ? !r->buckets[i].traffic : !is_recorded(r, &r->buckets[i]);
			unsure |= r->buckets[i].unsure;
		}
		sheet_row(s, &(struct sheet_row){ .label = labels[l], .values = values, .missing = missing,
			.n = r->n_buckets, .sum = true, .bytes = l == LINE_IN || l == LINE_OUT });
	}
	sheet_axis(s);
	if (unsure)
		sheet_line(s, "something was lost in this time: there was more than is drawn");
}

static void tell_life(const struct sheet *s)
{
	const struct report_data *r = s->r;
	const size_t from = r->n_life > LIFE_SHOWN ? r->n_life - LIFE_SHOWN : 0;
	char when[48];

	if (!r->n_life)
		return;
	sheet_head(s, "What was done, and what befell it");
	for (size_t i = from; i < r->n_life; i++)
		sheet_line(s, "%s %s: %s%s", sheet_when(s, r->life[i].at_s, when), r->life[i].word, r->life[i].text,
			r->life[i].ok ? "" : " (failed)");
	if (from + r->more_life)
		sheet_line(s, "and %llu before these", (unsigned long long)from + r->more_life);
}

int report_text(const struct report_data *r, const struct report_look *look, FILE *out)
{
	const struct sheet s = { .r = r, .look = *look, .out = out };

	tell_head(&s);
	tell_losses(&s);
	tell_totals(&s);
	tell_timeline(&s);
	sheet_baseline(&s);
	sheet_tops(&s);
	sheet_measures(&s);
	sheet_suspects(&s);
	sheet_detect(&s);
	sheet_egress(&s);
	tell_life(&s);
	return ferror(out) || fflush(out) ? ERR_IO : 0;
}
