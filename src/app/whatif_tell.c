/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of what-if for people. Known-good peers come first: a configuration that stops them is to be thought over,
 * whatever else it does. JSON and plain are whatif_json.c's.
 */
#include "app/whatif_tell.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "app/whatif_tell_parts.h"
#include "base/err.h"
#include "base/text.h"
#include "codec/json_put.h"

static int order_of(const struct whatif_row *row)
{
	static const int orders[WHATIF_DIFFERENCES] = {
		[WHATIF_ONLY_NEW] = 0, [WHATIF_HARDER] = 1, [WHATIF_LONGER] = 2, [WHATIF_ONLY_PRESENT] = 3,
		[WHATIF_SOFTER] = 4, [WHATIF_SHORTER] = 5, [WHATIF_SAME] = 6,
	};
	return orders[whatif_difference(row)];
}

bool whatif_row_good(const struct whatif_row *row)
{
	return row->did[WHATIF_PRESENT].known_good || row->did[WHATIF_NEW].known_good;
}

static int64_t first_of(const struct whatif_row *row)
{
	const struct whatif_did *was = &row->did[WHATIF_PRESENT], *is = &row->did[WHATIF_NEW];

	if (!was->stopped)
		return is->first.ns;
	return is->stopped && is->first.ns < was->first.ns ? is->first.ns : was->first.ns;
}

static int compare_told(const void *a, const void *b)
{
	const struct whatif_told *x = a, *y = b;

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	return (x->first_ns > y->first_ns) - (x->first_ns < y->first_ns);
}

static int sort_rows(const struct whatif *w, struct whatif_list *out)
{
	const struct whatif_rows *rows = whatif_get_rows(w);
	const struct whatif_row *row;
	size_t n = 0;

	for (size_t at = 0; whatif_rows_next(rows, &at);)
		n++;
	out->n = 0;
	out->told = calloc(n + 1, sizeof(*out->told));
	if (!out->told)
		return ERR_MEMORY;
	for (size_t at = 0; (row = whatif_rows_next(rows, &at));)
		out->told[out->n++] = (struct whatif_told){ row, order_of(row), first_of(row) };
	qsort(out->told, n, sizeof(*out->told), compare_told);
	return 0;
}

/* ---- the head ---- */

static void print_log(const struct whatif_tale *t, const struct whatif_stats *s)
{
	char span[FORMAT_TEXT], asked[FORMAT_TEXT], day[FORMAT_TEXT], n[FORMAT_TEXT], runs[FORMAT_TEXT];
	char room[2 * OBSLOG_WHY];
	struct text last = text_over(room, sizeof(room));

	ctl_head(t->tool, "Log");
	format_seconds((s->last.ns - s->first.ns) / NS_PER_S, span);
	format_day(s->first, day);
	printf("%s, from %s", span, day);
	if (t->covered_ns < t->asked_ns)
		printf(" (%s asked for: it has no more)", format_seconds(t->asked_ns / NS_PER_S, asked));
	puts("");
	ctl_indent();
	printf("%s packets, %s observations, %s run%s of the daemon\n", format_count((int64_t)s->packets, n),
		format_count((int64_t)s->entries, span), format_count((int64_t)s->runs, runs), s->runs == 1 ? "" : "s");
	if (s->lost) {
		ctl_indent();
		printf("%s inputs had found no room on their way into the log\n", format_count((int64_t)s->lost, n));
	}
	if (s->gaps || t->log.damaged) {
		ctl_indent();
		text_add_visible(&last, t->log.last);
		printf("%" PRIu64 " gaps, %" PRIu64 " damaged places%s%s\n", s->gaps, t->log.damaged,
			*room ? "; last: " : "", room);
	}
}

static void print_sum(const struct whatif_tale *t, const struct whatif_list *l, enum whatif_side side,
	const struct whatif_stats *s)
{
	const struct whatif_sum *sum = whatif_rows_sum(whatif_get_rows(t->whatif), side);
	const char *mode = t->new_enforce ? "enforce" : "detect";
	uint64_t by[RESPONSES] = { 0 };
	uint64_t stopped = whatif_count(l, side, by);
	char n[FORMAT_TEXT];

	if (side == WHATIF_PRESENT)
		mode = s->enforced && s->detected ? "detect and enforce" : s->enforced ? "enforce" : "detect";
	ctl_head(t->tool, side == WHATIF_PRESENT ? "Present" : "New");
	printf("%s, %s (%s)\n", t->policy[side], mode, t->file[side]);
	ctl_indent();
	printf("%" PRIu64 " alerts, %s stopped", sum->alerts, format_count((int64_t)stopped, n));
	for (unsigned r = RESPONSE_SHIELD; r < RESPONSES; r++)
		if (by[r])
			printf(", %" PRIu64 " %s", by[r], response_name((enum response)r));
	puts("");
	ctl_indent();
	printf("%s packets dropped by verdicts; limits and what the kernel drops by itself not counted\n",
		format_count((int64_t)s->dropped[side], n));
	if (sum->guarded + sum->held_back) {
		ctl_indent();
		printf("%" PRIu64 " decisions forbidden by guards, %" PRIu64 " held back by budgets\n", sum->guarded,
			sum->held_back);
	}
	if (!sum->alarms)
		return;
	format_day(sum->alarm_at, n);
	ctl_indent();
	printf("%sALARM at %s: %s%s\n", ctl_sgr(t->tool, CTL_RED), n, sum->alarm, ctl_sgr(t->tool, CTL_NORMAL));
}

static void print_bound(bool *first, const char *text)
{
	if (*first)
		ctl_indent();
	*first = true;
	ctl_wrap(text, CTL_INDENT);
}

/* What the answer does not know. */
static void print_bounds(const struct whatif_tale *t, const struct whatif_stats *s)
{
	const struct whatif_asked *a = &s->asked[WHATIF_NEW];
	char text[256];
	bool first = false;

	ctl_head(t->tool, "Bounds");
	print_bound(&first, s->from_start ? "each run of the daemon began with empty tables; what stood within "
		"the log was restored, what its store knew from before is not known" :
		"what was before the log is not known, nor who was known to be good then");
	if (s->other_rules)
		print_bound(&first, "the daemon ran under rules that these files do not say any more: 'present' is what "
			"they would have decided, not what it did (--present FILE names others)");
	if (t->compare && a->unknown) {
		snprintf(text, sizeof(text), "%" PRIu64 " of %" PRIu64 " questions of the new rules were never asked by "
			"the daemon: what they would have proven is unknown, so costly measures may be missing",
			a->unknown, a->asked);
		print_bound(&first, text);
	}
	if (t->compare && s->enforced)
		print_bound(&first, "the daemon enforced: what it stopped in the kernel is not in the log, so what milder "
			"rules would have let in is not, either");
	if (s->runs_unread)
		print_bound(&first, "runs with impossible table sizes were passed over");
}

/* ---- rows ---- */

static void print_did(const struct whatif_tale *t, const struct whatif_did *d, const char *side)
{
	char span[FORMAT_TEXT], day[FORMAT_TEXT], n[FORMAT_TEXT];

	if (!d->stopped)
		return;
	format_day(d->first, day);
	printf("    %-8s%s%s%s; %s in all%s, %s %s\n", side,
		ctl_sgr(t->tool, d->response > RESPONSE_SHIELD ? CTL_RED : CTL_YELLOW), response_name(d->response),
		ctl_sgr(t->tool, CTL_NORMAL), format_seconds(d->for_ns / NS_PER_S, span),
		d->stands ? " (it still stands)" : "", d->before ? "stood at" : "from", day);
	printf("%12s%s, %s, by %s; rule %s; %s packets dropped\n", "", d->rule, proof_name(d->proof), d->reaction,
		d->rule_origin, format_count((int64_t)d->dropped, n));
}

static void print_row(const struct whatif_tale *t, const struct whatif_row *row)
{
	char who[SUBJECT_TEXT];

	subject_format(&row->subject, who);
	printf("%s%s%s%s%s\n", ctl_sgr(t->tool, CTL_BOLD), row->subject.kind == SUBJECT_DESTINATION ? "to " : "", who,
		ctl_sgr(t->tool, CTL_NORMAL),
		whatif_row_good(row) ? " (known to be good)" : "");
	print_did(t, &row->did[WHATIF_PRESENT], t->compare ? "present" : "");
	print_did(t, &row->did[WHATIF_NEW], "new");
}

static void print_good(const struct whatif_tale *t, const struct whatif_list *l)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++)
		n += whatif_row_good(l->told[i].row);
	if (!n)
		return;
	printf("\n%sStopped, though known to be good: %zu%s\n", ctl_sgr(t->tool, CTL_RED), n,
		ctl_sgr(t->tool, CTL_NORMAL));
	for (size_t i = 0; i < l->n; i++)
		if (whatif_row_good(l->told[i].row))
			print_row(t, l->told[i].row);
}

static const char *const heads[WHATIF_DIFFERENCES] = {
	[WHATIF_ONLY_NEW] = "Stopped by the new configuration only",
	[WHATIF_HARDER] = "Harder under the new configuration",
	[WHATIF_LONGER] = "Longer under the new configuration",
	[WHATIF_ONLY_PRESENT] = "Stopped by the present configuration only",
	[WHATIF_SOFTER] = "Softer under the new configuration",
	[WHATIF_SHORTER] = "Shorter under the new configuration",
	[WHATIF_SAME] = "The same under both",
};

static void print_group(const struct whatif_tale *t, const struct whatif_list *l, size_t from, size_t n)
{
	enum whatif_difference d = whatif_difference(l->told[from].row);

	printf("\n%s: %zu\n", t->compare ? heads[d] : "Stopped", n);
	for (size_t i = from; i < from + n && (!t->compare || d != WHATIF_SAME); i++)
		print_row(t, l->told[i].row);
}

static void print_groups(const struct whatif_tale *t, const struct whatif_list *l)
{
	size_t from = 0, n;

	if (!l->n)
		puts("\nNobody stopped.");
	for (; from < l->n; from += n) {
		n = 1;
		while (from + n < l->n && l->told[from + n].group == l->told[from].group)
			n++;
		print_group(t, l, from, n);
	}
}

static void print_table(const struct whatif_tale *t, const struct whatif_list *l, const struct whatif_stats *s)
{
	char rate[FORMAT_TEXT];

	print_log(t, s);
	print_sum(t, l, WHATIF_PRESENT, s);
	if (t->compare)
		print_sum(t, l, WHATIF_NEW, s);
	print_bounds(t, s);
	ctl_head(t->tool, "Took");
	printf("%.2f s, %s packets a second\n", t->seconds,
		format_short((int64_t)((double)s->packets / (t->seconds > 0 ? t->seconds : 1)), rate));
	print_good(t, l);
	print_groups(t, l);
}

uint64_t whatif_count(const struct whatif_list *l, enum whatif_side side, uint64_t by[RESPONSES])
{
	uint64_t n = 0;

	for (size_t i = 0; i < l->n; i++) {
		const struct whatif_did *d = &l->told[i].row->did[side];

		n += d->stopped;
		by[d->response] += d->stopped;
	}
	return n;
}

int whatif_tell(const struct whatif_tale *t)
{
	struct whatif_stats s;
	struct whatif_list l;

	if (t->tool->quiet)
		return 0;
	if (sort_rows(t->whatif, &l))
		return ERR_MEMORY;
	whatif_stats(t->whatif, &s);
	switch (t->tool->output) {
	case CTL_TABLE:
		print_table(t, &l, &s);
		break;
	case CTL_JSON:
		whatif_tell_json(t, &l, &s);
		break;
	case CTL_PLAIN:
		whatif_tell_plain(t, &l);
		break;
	}
	free(l.told);
	return 0;
}
