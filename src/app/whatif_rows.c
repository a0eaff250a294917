/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rows of what-if: told by whatif.c of each event, read by whatif_tell.c at the end. */
#include "app/whatif_rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/map.h"
#include "base/text.h"

struct whatif_rows {
	size_t n;
	struct map *map;
	void *map_memory;
	struct hash_key key;
	struct whatif_sum sums[WHATIF_SIDES];
	struct whatif_row rows[WHATIF_ROWS];
};

int whatif_rows_create(struct whatif_rows **out, const struct hash_key *key)
{
	struct whatif_rows *r = calloc(1, sizeof(*r));
	size_t bytes = map_bytes(WHATIF_ROWS);

	if (!r)
		return ERR_MEMORY;
	r->key = *key;
	r->map_memory = aligned_alloc(64, (bytes + 63) / 64 * 64);
	if (!r->map_memory || map_create(&r->map, r->map_memory, bytes, WHATIF_ROWS, key)) {
		whatif_rows_destroy(r);
		return ERR_MEMORY;
	}
	*out = r;
	return 0;
}

void whatif_rows_destroy(struct whatif_rows *r)
{
	if (!r)
		return;
	free(r->map_memory);
	free(r);
}

static uint64_t key_of(const struct whatif_rows *r, const struct subject *s)
{
	struct {
		uint8_t kind, len, family, proto, addr[16], port[4], actor, uid[4], cgroup[8];
	} what = { .kind = (uint8_t)s->kind, .proto = s->proto };
	uint64_t key;

	if (s->kind == SUBJECT_ACTOR) {
		what.actor = s->actor.kind;
		memcpy(what.uid, &s->actor.uid, s->actor.kind == ACTOR_USER ? sizeof(what.uid) : 0);
		memcpy(what.cgroup, &s->actor.cgroup, s->actor.kind == ACTOR_GROUP ? sizeof(what.cgroup) : 0);
	}
	if (s->kind == SUBJECT_SOURCE || s->kind == SUBJECT_DESTINATION) {
		what.family = s->source.addr.family;
		what.len = s->source.len;
		memcpy(what.addr, s->source.addr.bytes, sizeof(what.addr));
	}
	memcpy(what.port, &s->port, sizeof(s->port));
	key = hash_bytes(&r->key, &what, sizeof(what));
	return key ? key : 1;
}

/* As a measure has it: where one end's is for all of its services, it names none. */
static struct subject subject_of(const struct subject *s, enum scope scope)
{
	struct subject whole = *s;

	if (s->kind == SUBJECT_HOST || s->kind == SUBJECT_ACTOR ||
		((s->kind == SUBJECT_SOURCE || s->kind == SUBJECT_DESTINATION) && scope == SCOPE_SOURCE))
		whole.proto = 0, whole.port = 0;
	return whole;
}

static struct whatif_row *find(struct whatif_rows *r, const struct subject *s)
{
	uint32_t at = map_get(r->map, key_of(r, s));

	return at == MAP_NONE ? NULL : &r->rows[at];
}

static struct whatif_row *admit(struct whatif_rows *r, const struct subject *s)
{
	struct whatif_row *row = find(r, s);

	if (row || r->n == WHATIF_ROWS || map_set(r->map, key_of(r, s), (uint32_t)r->n))
		return row;
	row = &r->rows[r->n++];
	row->subject = *s;
	return row;
}

static bool held_back(const struct decision *d)
{
	for (size_t i = 0; i < d->n_steps; i++)
		if (d->steps[i].step == STEP_BUDGET)
			return true;
	return false;
}

static void describe(struct whatif_did *d, const struct event *e)
{
	d->response = e->decision.response;
	d->proof = e->finding.proof;
	text_copy(d->rule, sizeof(d->rule), e->finding.rule.name);
	text_copy(d->rule_origin, sizeof(d->rule_origin), e->finding.rule.origin);
	text_copy(d->reaction, sizeof(d->reaction), e->decision.origin);
}

static void stop(struct whatif_did *d, const struct event *e, const struct stamp *s)
{
	if (!d->stopped)
		d->first = stamp_wall(s, e->at);
	if (!d->stopped || e->decision.response > d->response)
		describe(d, e);
	d->stopped = true;
	d->known_good |= e->known_good;
	d->decisions++;
	if (d->stands)
		return;
	d->stands = true;
	d->since = e->at;
	d->hits = 0;
	d->scope = e->measure.scope;
}

static void on_finding(struct whatif_rows *r, enum whatif_side side, const struct event *e, const struct stamp *s)
{
	struct whatif_sum *sum = &r->sums[side];
	struct subject subject = subject_of(&e->measure.subject, e->measure.scope);
	struct whatif_row *row;

	sum->alerts++;
	sum->by_response[e->decision.response]++;
	if (e->guard) {
		sum->guarded++;
		return;
	}
	if (held_back(&e->decision)) {
		sum->held_back++;
		return;
	}
	if (e->decision.response == RESPONSE_OBSERVE || e->measure.state == MEASURE_FREE)
		return;
	row = admit(r, &subject);
	if (row)
		stop(&row->did[side], e, s);
	else
		sum->no_row++;
}

static void take_hits(struct whatif_did *d, const struct measure *m)
{
	d->dropped += m->hits >= d->hits ? m->hits - d->hits : m->hits;
	d->hits = m->hits;
}

static void on_end(struct whatif_rows *r, enum whatif_side side, const struct event *e)
{
	struct subject subject = subject_of(&e->measure.subject, e->measure.scope);
	struct whatif_row *row = find(r, &subject);
	struct whatif_did *d;

	if (!row || !row->did[side].stands)
		return;
	d = &row->did[side];
	take_hits(d, &e->measure);
	if (e->next != RESPONSE_OBSERVE)
		return; /* one rung down: it goes on */
	d->stands = false;
	if (e->at.ns > d->since.ns)
		d->for_ns += mono_since(e->at, d->since);
}

void whatif_rows_event(struct whatif_rows *r, enum whatif_side side, const struct event *e, const struct stamp *s)
{
	struct whatif_sum *sum = &r->sums[side];

	switch (e->kind) {
	case EVENT_FINDING:
		on_finding(r, side, e, s);
		break;
	case EVENT_ENDED:
		on_end(r, side, e);
		break;
	case EVENT_ALARM:
		if (!sum->alarms++) {
			text_copy(sum->alarm, sizeof(sum->alarm), e->text);
			sum->alarm_at = stamp_wall(s, e->at);
		}
		break;
	case EVENT_NONE:
	case EVENT_APPLIED:
	case EVENT_REFUSED:
	case EVENT_MODE:
	case EVENT_RELOAD:
	case EVENT_NOTICE:
		break;
	}
}

static void begin(struct whatif_did *d, const struct measure *m, const struct stamp *now)
{
	if (!d->stands) {
		*d = (struct whatif_did){ .stopped = false };
		return;
	}
	d->before = true;
	d->first = now->wall;
	d->since = now->mono;
	d->for_ns = 0;
	d->decisions = d->dropped = 0;
	d->hits = m ? m->hits : 0;
}

void whatif_rows_begin(struct whatif_rows *r, const struct ledger *const ledgers[WHATIF_SIDES], const struct stamp *now)
{
	for (size_t side = 0; side < WHATIF_SIDES; side++) {
		struct whatif_sum *sum = &r->sums[side];
		const struct ledger *l = ledgers[side];

		for (size_t i = 0; i < r->n; i++) {
			struct whatif_did *d = &r->rows[i].did[side];

			begin(d, l ? ledger_find(l, &r->rows[i].subject, d->scope) : NULL, now);
		}
		sum->alerts = sum->guarded = sum->held_back = sum->no_row = 0;
		memset(sum->by_response, 0, sizeof(sum->by_response));
	}
}

static void close_row(struct whatif_did *d, const struct measure *m, mono_t now, bool last)
{
	mono_t until = now;

	if (m && m->state != MEASURE_FREE) {
		take_hits(d, m);
		until = last ? m->until : now;
	}
	d->stands = last && until.ns > now.ns;
	if (until.ns > d->since.ns)
		d->for_ns += mono_since(until, d->since);
}

void whatif_rows_close(struct whatif_rows *r, enum whatif_side side, const struct ledger *l, mono_t now, bool last)
{
	for (size_t i = 0; i < r->n; i++) {
		struct whatif_did *d = &r->rows[i].did[side];

		if (d->stands)
			close_row(d, l ? ledger_find(l, &r->rows[i].subject, d->scope) : NULL, now, last);
	}
}

void whatif_rows_resume(struct whatif_rows *r, enum whatif_side side, const struct measure *m, mono_t now)
{
	struct subject subject = subject_of(&m->subject, m->scope);
	struct whatif_row *row = find(r, &subject);
	struct whatif_did *d = row ? &row->did[side] : NULL;

	if (!d || !d->stopped || d->stands)
		return; /* of a ban by hand nobody asks */
	d->stands = true;
	d->since = now;
	d->hits = m->hits;
	d->scope = m->scope;
}

const struct whatif_sum *whatif_rows_sum(const struct whatif_rows *r, enum whatif_side side)
{
	return &r->sums[side];
}

const struct whatif_row *whatif_rows_next(const struct whatif_rows *r, size_t *at)
{
	while (*at < r->n) {
		const struct whatif_row *row = &r->rows[(*at)++];

		if (row->did[WHATIF_PRESENT].stopped || row->did[WHATIF_NEW].stopped)
			return row;
	}
	return NULL;
}

enum whatif_difference whatif_difference(const struct whatif_row *row)
{
	const struct whatif_did *was = &row->did[WHATIF_PRESENT], *is = &row->did[WHATIF_NEW];

	if (!was->stopped)
		return WHATIF_ONLY_NEW;
	if (!is->stopped)
		return WHATIF_ONLY_PRESENT;
	if (is->response != was->response)
		return is->response > was->response ? WHATIF_HARDER : WHATIF_SOFTER;
	if (is->for_ns - was->for_ns > was->for_ns / 10)
		return WHATIF_LONGER;
	return was->for_ns - is->for_ns > was->for_ns / 10 ? WHATIF_SHORTER : WHATIF_SAME;
}
