/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is normal, and who was there most. */
#include <string.h>

#include "app/ctl.h"
#include "app/report_text_parts.h"

#define SHOWN 8
#define SERIES_SHOWN 4
#define DEPARTURES_SHOWN 8
#define NAME 34
#define BAR 12

static const char *number(uint64_t n, char out[FORMAT_TEXT])
{
	return format_short(n > INT64_MAX ? INT64_MAX : (int64_t)n, out);
}

static bool is_bytes(enum measure_of m)
{
	return m == OF_BYTES_IN || m == OF_BYTES_OUT;
}

/* States are kept as hundredths. */
static const char *level(uint64_t n, enum measure_of m, char out[FORMAT_TEXT])
{
	return is_bytes(m) ? format_bytes(n, out) : number(m >= OF_ESTABLISHED ? n / 100 : n, out);
}

static void tell_series(const struct sheet *s, const struct report_series *x)
{
	uint64_t values[REPORT_BUCKETS], low = UINT64_MAX, high = 0;
	bool missing[REPORT_BUCKETS];
	char name[SERIES_TEXT + 32], a[FORMAT_TEXT], b[FORMAT_TEXT];

	for (size_t i = 0; i < s->r->n_buckets; i++) {
		const struct report_point *p = &x->at[i];

		values[i] = x->measure >= OF_ESTABLISHED ? p->value / 100 : p->value;
		missing[i] = !p->known;
		if (!p->banded)
			continue;
		low = p->expected < low ? p->expected : low;
		high = p->limit > high ? p->limit : high;
	}
	snprintf(name, sizeof(name), "%s %s", x->name, measure_of_name(x->measure));
	if (low <= high)
		sheet_line(s, "%s, in five minutes: usual from %s, band up to %s%s", name, level(low, x->measure, a),
			level(high, x->measure, b), x->departures ? "; it left its band" : "");
	else
		sheet_line(s, "%s, in five minutes: what is usual is not known yet", name);
	sheet_row(s, &(struct sheet_row){ .label = "", .values = values, .missing = missing, .n = s->r->n_buckets,
		.bytes = is_bytes(x->measure) });
}

static void tell_departures(const struct sheet *s)
{
	const struct report_baseline *b = &s->r->baseline;
	const size_t from = b->n_departures > DEPARTURES_SHOWN ? b->n_departures - DEPARTURES_SHOWN : 0;
	char when[48], value[FORMAT_TEXT], limit[FORMAT_TEXT], held[FORMAT_TEXT];

	for (size_t i = from; i < b->n_departures; i++) {
		const struct report_departure *d = &b->departures[i];

		sheet_line(s, "%s %s %s: %s, band up to %s%s, for %s", sheet_when(s, d->at_s, when), d->name,
			measure_of_name(d->measure), level(d->value, d->measure, value), level(d->limit, d->measure, limit),
			d->slow ? " by the weeks before" : "", format_seconds((int64_t)d->slots * SLOT_S, held));
	}
	if (from + b->more_departures)
		sheet_line(s, "and %llu before these", (unsigned long long)from + b->more_departures);
}

void sheet_baseline(const struct sheet *s)
{
	const struct report_baseline *b = &s->r->baseline;
	size_t shown = b->n < SERIES_SHOWN ? b->n : SERIES_SHOWN;
	char slots[FORMAT_TEXT];

	sheet_head(s, "Baseline");
	if (!b->known) {
		sheet_line(s, "there is no history to tell what is normal");
		return;
	}
	sheet_line(s, "learned from %s slots of five minutes; %llu of %llu series have a band (it takes %u days); %s",
		number(b->slots, slots), (unsigned long long)b->judged, (unsigned long long)b->series, b->learning_days,
		b->n_departures ? "what left it:" : "nothing left it");
	tell_departures(s);
	for (size_t i = 0; i < shown; i++)
		tell_series(s, &b->list[i]);
	if (shown)
		sheet_axis(s);
}

/* ---- tops ---- */

static void tell_top(const struct sheet *s, const char *title, const struct report_top *t, bool traffic)
{
	const size_t shown = t->n < SHOWN ? t->n : SHOWN;
	uint64_t most = 0;
	char a[FORMAT_TEXT], b[FORMAT_TEXT];

	if (!t->n)
		return;
	sheet_head(s, title);
	for (size_t i = 0; i < shown; i++)
		most = t->list[i].findings > most ? t->list[i].findings : most;
	fprintf(s->out, "%*s%-*s %*s %9s %8s %10s\n", SHEET_INDENT, "", NAME, "", BAR, "", "findings", "measures",
		traffic ? "traffic" : "dropped");
	for (size_t i = 0; i < shown; i++) {
		const struct report_row *r = &t->list[i];

		fprintf(s->out, "%*s", SHEET_INDENT, "");
		sheet_cell(s, r->name, NAME, true);
		fputc(' ', s->out);
		sheet_bar(s, r->findings, most, BAR);
		fprintf(s->out, " %9s", number(r->findings, a));
		fprintf(s->out, " %8s", number(r->measures, a));
		fprintf(s->out, " %10s\n", traffic ? format_bytes(r->bytes_in > UINT64_MAX - r->bytes_out ? UINT64_MAX :
			r->bytes_in + r->bytes_out, b) : number(r->dropped, b));
	}
	if (t->n - shown + t->more)
		sheet_line(s, "and %llu more", (unsigned long long)(t->n - shown) + t->more);
}

void sheet_tops(const struct sheet *s)
{
	const struct report_data *r = s->r;

	tell_top(s, "Sources", &r->sources, true);
	tell_top(s, "Ports", &r->ports, false);
	tell_top(s, "Rules", &r->rules, false);
	tell_top(s, "Destinations", &r->destinations, true);
	tell_top(s, "Programs of this host", &r->processes, true);
	tell_top(s, "Users of this host", &r->users, true);
	tell_top(s, "Units of this host", &r->units, true);
}

void sheet_egress(const struct sheet *s)
{
	const struct report_egress *e = &s->r->egress;

	if (!e->signals && !e->confirmed && !e->n_lists && !e->measures)
		return;
	sheet_head(s, "What leaves");
	sheet_line(s, "%llu signals, %llu confirmed by a second one, %llu measures", (unsigned long long)e->signals,
		(unsigned long long)e->confirmed, (unsigned long long)e->measures);
	for (size_t i = 0; i < e->n_lists; i++)
		sheet_line(s, "allowlist %s: %llu flows elsewhere, %llu of them refused", e->lists[i].title,
			(unsigned long long)e->lists[i].outside, (unsigned long long)e->lists[i].refused);
}
