/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was done, what would have been, and what of it may have been wrong. */
#include "app/ctl.h"
#include "app/report_text_parts.h"
#include "base/text.h"
#include "core/finding.h"

#define MEASURES_SHOWN 12
#define SUSPECTS_SHOWN 10
#define WOULD_SHOWN 12

static const char *number(uint64_t n, char out[FORMAT_TEXT])
{
	return format_short(n > INT64_MAX ? INT64_MAX : (int64_t)n, out);
}

static const char *held(const struct sheet *s, const struct report_measure *m, char out[FORMAT_TEXT])
{
	const int64_t end_s = m->ended_s ? m->ended_s : s->r->about.until_s;

	if (!m->begun_s || end_s < m->begun_s)
		return "?";
	return format_seconds(end_s - m->begun_s, out);
}

void sheet_measures(const struct sheet *s)
{
	const struct report_measures *m = &s->r->measures;
	const size_t shown = m->n < MEASURES_SHOWN ? m->n : MEASURES_SHOWN;
	char a[FORMAT_TEXT], time[FORMAT_TEXT];

	sheet_head(s, "Measures");
	if (!m->n) {
		sheet_line(s, s->r->about.record_known ? "none was in force" : "not known");
		return;
	}
	fprintf(s->out, "%*s%-26s %-14s %-13s %-9s %9s\n", SHEET_INDENT, "", "", "", "end", "held", "packets");
	for (size_t i = 0; i < shown; i++) {
		const struct report_measure *x = &m->list[i];

		fprintf(s->out, "%*s", SHEET_INDENT, "");
		sheet_cell(s, x->subject, 26, true);
		fputc(' ', s->out);
		sheet_cell(s, x->response, 14, true);
		fprintf(s->out, " %-13s ", x->wronged ? "taken back" : report_end_name(x->end));
		sheet_cell(s, held(s, x, time), 9, true);
		fprintf(s->out, " %9s\n", number(x->packets, a));
	}
	if (m->n - shown + m->more)
		sheet_line(s, "and %llu more", (unsigned long long)(m->n - shown) + m->more);
}

static void tell_suspect(const struct sheet *s, const struct report_suspect *x)
{
	char line[2 * REPORT_SENTENCE], n[FORMAT_TEXT];
	struct text t = text_over(line, sizeof(line));
	const char *between = ": ";

	text_addf(&t, "%s%s%s", x->subject, x->rule[0] ? " by " : "", x->rule);
	for (int d = 0; d < REPORT_DOUBTS; d++) {
		if (!(x->doubts & 1U << d))
			continue;
		text_addf(&t, "%s%s", between, report_doubt_text((enum report_doubt)d));
		between = "; ";
	}
	if (x->dropped)
		text_addf(&t, "; %s packets were dropped", number(x->dropped, n));
	sheet_line(s, "%s", line);
}

void sheet_suspects(const struct sheet *s)
{
	const struct report_suspects *x = &s->r->suspects;
	const size_t shown = x->n < SUSPECTS_SHOWN ? x->n : SUSPECTS_SHOWN;

	sheet_head(s, "Perhaps wrong");
	if (!x->n)
		sheet_line(s, s->r->about.record_known ? "nothing speaks for it" : "not known");
	for (size_t i = 0; i < shown; i++)
		tell_suspect(s, &x->list[i]);
	if (x->n - shown + x->more)
		sheet_line(s, "and %llu more", (unsigned long long)(x->n - shown) + x->more);
}

void sheet_detect(const struct sheet *s)
{
	const struct report_detect *d = &s->r->detect;
	const size_t shown = d->n < WOULD_SHOWN ? d->n : WOULD_SHOWN;
	char n[FORMAT_TEXT], of[FORMAT_TEXT], time[FORMAT_TEXT];

	if (!d->decisions && !s->r->about.detect_s)
		return;
	sheet_head(s, "What enforce would have done");
	if (!d->decisions)
		sheet_line(s, "nothing, to anybody");
	else
		sheet_line(s, "%s decisions about %s", number(d->decisions, n), number(d->subjects, of));
	for (size_t i = 0; i < shown; i++)
		sheet_line(s, "%s: %s, %s times, %s different, for %s at most", d->list[i].rule, d->list[i].response,
			number(d->list[i].decisions, n), number(d->list[i].subjects, of),
			format_seconds(d->list[i].longest_s, time));
	if (d->n - shown + d->more)
		sheet_line(s, "and %llu more kinds", (unsigned long long)(d->n - shown) + d->more);
}
