/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What-if for programs: an object a line for each subject and a last one of totals, or tabs. */
#include <inttypes.h>
#include <stdio.h>

#include "app/whatif_tell_parts.h"
#include "codec/json_put.h"

static const char *const sides[WHATIF_SIDES] = { [WHATIF_PRESENT] = "present", [WHATIF_NEW] = "new" };

static const char *difference_name(enum whatif_difference d)
{
	static const char *const names[WHATIF_DIFFERENCES] = {
		[WHATIF_SAME] = "same", [WHATIF_ONLY_NEW] = "only-new", [WHATIF_HARDER] = "harder",
		[WHATIF_LONGER] = "longer", [WHATIF_ONLY_PRESENT] = "only-present", [WHATIF_SOFTER] = "softer",
		[WHATIF_SHORTER] = "shorter",
	};
	return names[d];
}

static void put_wall(json_t *o, const char *name, wall_t at)
{
	char room[48];

	wall_format(at, room, sizeof(room));
	put_text(o, name, room);
}

static void put_line(json_t *o)
{
	json_dumpf(o, stdout, JSON_COMPACT | JSON_REAL_PRECISION(10));
	putchar('\n');
	json_decref(o);
}

static json_t *did_value(const struct whatif_did *d)
{
	json_t *o = json_object();

	put_text(o, "response", response_name(d->response));
	put_text(o, "proof", proof_name(d->proof));
	put_text(o, "rule", d->rule);
	put_text(o, "rule_origin", d->rule_origin);
	put_text(o, "reaction", d->reaction);
	put_wall(o, "first", d->first);
	put_seconds(o, "for_s", d->for_ns);
	put_bool(o, "before", d->before);
	put_bool(o, "stands", d->stands);
	put_bool(o, "known_good", d->known_good);
	put_count(o, "decisions", d->decisions);
	put_count(o, "dropped", d->dropped);
	return o;
}

static void put_row(const struct whatif_tale *t, const struct whatif_row *row)
{
	json_t *o = json_object();
	char who[SUBJECT_TEXT];

	subject_format(&row->subject, who);
	put_text(o, "subject", who);
	if (t->compare)
		put_text(o, "difference", difference_name(whatif_difference(row)));
	put_bool(o, "known_good", whatif_row_good(row));
	for (size_t side = 0; side < WHATIF_SIDES; side++)
		if (row->did[side].stopped)
			put_value(o, sides[side], did_value(&row->did[side]));
	put_line(o);
}

static json_t *responses_value(const uint64_t by[RESPONSES])
{
	json_t *o = json_object();

	for (unsigned r = 0; r < RESPONSES; r++)
		if (by[r])
			put_count(o, response_name((enum response)r), by[r]);
	return o;
}

static json_t *sum_value(const struct whatif_tale *t, const struct whatif_list *l, enum whatif_side side,
	const struct whatif_stats *s)
{
	const struct whatif_sum *sum = whatif_rows_sum(whatif_get_rows(t->whatif), side);
	uint64_t by[RESPONSES] = { 0 };
	json_t *o = json_object();

	put_text(o, "policy", t->policy[side]);
	put_text(o, "file", t->file[side]);
	put_bool(o, "enforce", side == WHATIF_NEW ? t->new_enforce : s->enforced);
	put_count(o, "alerts", sum->alerts);
	put_value(o, "alerts_by_decision", responses_value(sum->by_response));
	put_count(o, "stopped", whatif_count(l, side, by));
	put_value(o, "stopped_by_response", responses_value(by));
	put_count(o, "guarded", sum->guarded);
	put_count(o, "held_back", sum->held_back);
	put_count(o, "accepted_packets", s->accepted[side]);
	put_count(o, "dropped_packets", s->dropped[side]);
	put_count(o, "without_row", sum->no_row);
	if (sum->alarms) {
		put_text(o, "alarm", sum->alarm);
		put_wall(o, "alarm_at", sum->alarm_at);
	}
	if (side == WHATIF_NEW) {
		put_count(o, "questions", s->asked[side].asked);
		put_count(o, "questions_unknown", s->asked[side].unknown);
	}
	return o;
}

static void put_totals(const struct whatif_tale *t, const struct whatif_list *l, const struct whatif_stats *s)
{
	json_t *o = json_object(), *c = json_object();
	size_t good = 0;

	for (size_t i = 0; i < l->n; i++)
		good += whatif_row_good(l->told[i].row);
	put_wall(c, "first", s->first);
	put_wall(c, "last", s->last);
	put_seconds(c, "asked_s", t->asked_ns);
	put_bool(c, "whole_period", t->covered_ns >= t->asked_ns);
	put_bool(c, "from_start", s->from_start);
	put_count(c, "runs", s->runs);
	put_count(c, "packets", s->packets);
	put_count(c, "observations", s->entries);
	put_count(c, "lost", s->lost);
	put_count(c, "gaps", s->gaps);
	put_count(c, "damaged", t->log.damaged);
	put_count(c, "unknown_rules", s->other_rules);
	put_count(c, "stopped_known_good", good);
	put_value(c, sides[WHATIF_PRESENT], sum_value(t, l, WHATIF_PRESENT, s));
	if (t->compare)
		put_value(c, sides[WHATIF_NEW], sum_value(t, l, WHATIF_NEW, s));
	put_value(o, "totals", c);
	put_line(o);
}

void whatif_tell_json(const struct whatif_tale *t, const struct whatif_list *l, const struct whatif_stats *s)
{
	for (size_t i = 0; i < l->n; i++)
		put_row(t, l->told[i].row);
	put_totals(t, l, s);
}

static void put_plain(const struct whatif_did *d)
{
	if (!d->stopped)
		printf("\t-\t0\t-\t-");
	else
		printf("\t%s\t%" PRId64 "\t%s\t%s", response_name(d->response), d->for_ns / NS_PER_S, d->rule, d->reaction);
}

void whatif_tell_plain(const struct whatif_tale *t, const struct whatif_list *l)
{
	char who[SUBJECT_TEXT];

	for (size_t i = 0; i < l->n; i++) {
		const struct whatif_row *row = l->told[i].row;

		subject_format(&row->subject, who);
		printf("%s\t%s\t%s", who, t->compare ? difference_name(whatif_difference(row)) : "-",
			whatif_row_good(row) ? "known-good" : "-");
		put_plain(&row->did[WHATIF_PRESENT]);
		put_plain(&row->did[WHATIF_NEW]);
		putchar('\n');
	}
}
