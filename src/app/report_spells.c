/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Measures from their beginning to their end. One that goes down a rung ends, and the next begins; what verdicts dropped is
 * counted through all rungs by the daemon, so the part of each is a difference.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/ctl.h"
#include "app/report_state.h"
#include "base/text.h"
#include "codec/json_put.h"
#include "core/incident.h"

static void name_of(json_t *ours, char out[REPORT_NAME])
{
	snprintf(out, REPORT_NAME, "%.72s\n%.16s", field_text(ours, "subject"), field_text(ours, "scope"));
}

/* Those that dropped most, then the latest. */
static int by_weight(const void *a, const void *b)
{
	const struct report_measure *x = a, *y = b;
	const int64_t left = x->ended_s ? x->ended_s : INT64_MAX, right = y->ended_s ? y->ended_s : INT64_MAX;

	if (x->packets != y->packets)
		return x->packets < y->packets ? 1 : -1;
	if (left != right)
		return left < right ? 1 : -1;
	if (x->begun_s != y->begun_s)
		return x->begun_s < y->begun_s ? 1 : -1;
	return strcmp(x->subject, y->subject);
}

static void keep(struct report_work *w, const struct report_measure *m)
{
	if (w->n_closed == 2 * REPORT_MEASURES) {
		qsort(w->closed, w->n_closed, sizeof(w->closed[0]), by_weight);
		w->r->measures.more += w->n_closed - REPORT_MEASURES;
		w->n_closed = REPORT_MEASURES;
	}
	w->closed[w->n_closed++] = *m;
}

static uint64_t added(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* Its effect goes where it belongs, once, when nothing more can come. */
static void close_spell(struct report_work *w, struct report_spell *s, enum report_end end, int64_t at_s)
{
	struct report_totals *t = &w->r->totals;
	char name[REPORT_NAME];
	struct prefix p;
	bool address = report_address_of(s->m.subject, name, &p);
	struct report_subject *subject = report_table_at(w->subjects, name);
	struct report_row *row = address ? report_table_find(w->sources, name) : NULL;

	s->m.end = end;
	s->m.ended_s = end == REPORT_STANDS ? 0 : at_s;
	t->packets_dropped = added(t->packets_dropped, s->m.packets);
	t->bytes_dropped = added(t->bytes_dropped, s->m.bytes);
	t->bytes_known |= s->m.counted;
	subject->dropped = added(subject->dropped, s->m.packets);
	if (!row && address)
		row = report_table_find(w->destinations, name);
	if (row)
		row->dropped = added(row->dropped, s->m.packets);
	keep(w, &s->m);
	s->open = false;
}

static struct report_spell *spell_of(struct report_work *w, json_t *ours)
{
	char name[REPORT_NAME];

	name_of(ours, name);
	return report_table_at(w->spells, name);
}

static void describe(struct report_work *w, struct report_spell *s, json_t *ours, int64_t begun_s)
{
	const struct report_subject *subject;
	char name[REPORT_NAME];
	struct prefix p;

	report_address_of(field_text(ours, "subject"), name, &p);
	subject = report_table_find(w->subjects, name);

	s->m = (struct report_measure){ .begun_s = begun_s, .ttl_s = field_int(ours, "ttl_s") };
	text_copy(s->m.subject, sizeof(s->m.subject), field_text(ours, "subject"));
	text_copy(s->m.response, sizeof(s->m.response), field_text(ours, "decision"));
	text_copy(s->m.scope, sizeof(s->m.scope), field_text(ours, "scope"));
	text_copy(s->m.incident, sizeof(s->m.incident), field_text(ours, "incident"));
	if (!s->m.incident[0]) {
		text_copy(s->m.rule, sizeof(s->m.rule), "by hand");
	} else if (subject) {
		text_copy(s->m.rule, sizeof(s->m.rule), subject->rule);
		text_copy(s->m.policy, sizeof(s->m.policy), subject->policy);
	}
	s->open = true;
}

void report_spell_begin(struct report_work *w, json_t *ours, int64_t at_s, bool refused)
{
	struct report_spell *s = spell_of(w, ours);
	struct report_bucket *b = report_bucket_at(w->r, at_s);

	if (refused) {
		struct report_spell never = { .before = 0 };

		w->r->totals.refused++;
		describe(w, &never, ours, at_s);
		close_spell(w, &never, REPORT_REFUSED, at_s);
		return;
	}
	/* A stronger one, or the same for longer, without an end between: it goes on as this one. */
	if (s->open)
		close_spell(w, s, REPORT_STEPPED, at_s);
	w->r->totals.applied++;
	if (b)
		b->begun++;
	describe(w, s, ours, at_s);
}

static void take_effect(struct report_spell *s, json_t *ours, bool goes_on)
{
	uint64_t hits = (uint64_t)field_int(ours, "packets_dropped");

	s->m.packets = added(hits > s->before ? hits - s->before : 0, (uint64_t)field_int(ours, "kernel_packets"));
	s->m.bytes = (uint64_t)field_int(ours, "kernel_bytes");
	s->m.counted = json_object_get(ours, "kernel_packets") != NULL;
	s->before = goes_on ? hits : 0;
}

void report_spell_end(struct report_work *w, json_t *ours, const char *word, int64_t at_s)
{
	const bool stepped = strcmp(word, "step-down") == 0, expired = strcmp(word, "expire") == 0;
	struct report_bucket *b = report_bucket_at(w->r, at_s);
	struct report_spell *s = spell_of(w, ours);
	int64_t held_s = field_int(ours, "held_s");

	if (!s->open && strcmp(field_text(ours, "mode"), "detect") == 0)
		return; /* a shadow's: nothing was done to anybody */
	if (!s->open)
		describe(w, s, ours, json_object_get(ours, "held_s") && held_s >= 0 && held_s < at_s ? at_s - held_s : 0);
	take_effect(s, ours, stepped);
	w->r->totals.stepped_down += stepped;
	w->r->totals.expired += expired;
	w->r->totals.unblocked += !stepped && !expired;
	if (b)
		b->ended++;
	close_spell(w, s, stepped ? REPORT_STEPPED : expired ? REPORT_EXPIRED : REPORT_UNBLOCKED, at_s);
}

/* A row of those that stand. Its beginning may be long before the span, or the record. */
void report_spell_stands(struct report_work *w, const struct measure *m, int64_t since_s, int64_t until_s)
{
	char subject[SUBJECT_TEXT], name[REPORT_NAME];
	struct report_spell *s;

	subject_format(&m->subject, subject);
	snprintf(name, sizeof(name), "%.72s\n%.16s", subject, scope_name(m->scope));
	s = report_table_at(w->spells, name);
	if (!s->open) {
		s->m = (struct report_measure){ .begun_s = since_s, .ttl_s = until_s - since_s };
		text_copy(s->m.subject, sizeof(s->m.subject), subject);
		text_copy(s->m.response, sizeof(s->m.response), response_name(m->response));
		text_copy(s->m.scope, sizeof(s->m.scope), scope_name(m->scope));
		if (m->incident)
			incident_id_format(m->incident, s->m.incident);
		if (m->origin == ORIGIN_MANUAL)
			text_copy(s->m.rule, sizeof(s->m.rule), "by hand");
		s->open = true;
	}
	s->m.packets = added(m->hits > s->before ? m->hits - s->before : 0, m->kernel_packets);
	s->m.bytes = m->kernel_bytes;
	s->m.counted = m->looked.ns != 0;
	s->m.end = REPORT_STANDS;
	w->r->totals.standing++;
	close_spell(w, s, REPORT_STANDS, 0);
}

void report_spells_tell(struct report_work *w)
{
	struct report_measures *out = &w->r->measures;
	uint64_t gone, worth;

	/* What is open still is not among those that stand. */
	for (size_t i = 0; i < report_table_count(w->spells); i++) {
		struct report_spell *s = report_table_row(w->spells, i);

		if (s->open)
			close_spell(w, s, REPORT_UNTOLD, s->m.begun_s + s->m.ttl_s);
	}
	gone = report_table_gone(w->spells, &worth);
	out->more += worth - gone; /* each that was open is worth one more (report.c) */
	qsort(w->closed, w->n_closed, sizeof(w->closed[0]), by_weight);
	out->n = w->n_closed < REPORT_MEASURES ? w->n_closed : REPORT_MEASURES;
	out->more += w->n_closed - out->n;
	memcpy(out->list, w->closed, out->n * sizeof(out->list[0]));
}
