/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is wanted against whom: new decisions beside what stands, and ends before their
 * time. Each subject has one measure in force and at most one that follows it, weaker but
 * with a later end; so neither does a short drop make an administrator's long refusal
 * forgotten, nor does it last as long as that.
 */
#include "base/err.h"
#include "core/ledger_state.h"

/* The follower is kept where it still has something to add: a later end. */
static void keep_rest(struct slot *s, const struct standing *rest, mono_t after)
{
	s->rest = rest->until.ns > after.ns ? *rest : ledger_nothing;
}

/* A decision beside what stands: ERR_EXISTS, or 0 with it in force or following. */
static int beside(struct slot *s, const struct standing *n, enum measure_state state,
	mono_t now)
{
	struct standing is = ledger_standing_of_measure(&s->m);
	uint64_t ours = ledger_standing_strength(n),
		theirs = ledger_standing_strength(&is);
	bool longer = n->until.ns > is.until.ns;

	if (s->m.state == MEASURE_SHADOW && state != MEASURE_SHADOW) {
		s->rest = ledger_nothing;
		ledger_standing_put(s, n, state, now);
		return 0;
	}
	if (s->m.state != MEASURE_SHADOW && state == MEASURE_SHADOW)
		return ERR_EXISTS;
	if (ours > theirs) {
		keep_rest(s, is.until.ns > n->until.ns ? &is : &s->rest, n->until);
		ledger_standing_put(s, n, state, now);
		return 0;
	}
	if (ours == theirs && (longer || s->m.state == MEASURE_REFUSED)) {
		struct standing renewed = *n;

		renewed.until = longer ? n->until : is.until;
		keep_rest(s, &s->rest, renewed.until);
		ledger_standing_put(s, &renewed, state, now);
		return 0;
	}
	if (!longer || n->until.ns <= s->rest.until.ns)
		return ERR_EXISTS;
	s->rest = *n;
	return 0;
}

static bool possible(const struct decision *d)
{
	const struct subject *s = &d->subject;
	bool narrow = (s->kind == SUBJECT_SOURCE &&
		(d->response == RESPONSE_LIMIT || d->response == RESPONSE_REFUSE)) || s->kind == SUBJECT_DESTINATION;

	return d->ttl_ns > 0 && d->rungs <= POLICY_RUNGS &&
		ledger_fits(d->response, s->kind) &&
		(d->scope == SCOPE_SOURCE || narrow) &&
		(s->kind != SUBJECT_SOURCE || addr_bits(&s->source.addr) != 0) &&
		(s->kind != SUBJECT_DESTINATION || ledger_is_exact(&s->source)) &&
		(s->kind != SUBJECT_ACTOR || actor_valid(&s->actor));
}

/* The slot of a decision's subject, opened, with room for what it needs. */
static int slot_for(struct ledger *l, const struct decision *d,
	enum measure_origin origin, struct slot **out)
{
	bool dear = origin != ORIGIN_DETECTOR || d->response != RESPONSE_SHIELD ||
		d->subject.kind != SUBJECT_SOURCE;
	struct slot *s = ledger_slot_find(l, &d->subject, d->scope);
	int err = 0;

	if (s) {
		ledger_slot_open(l, s);
	} else {
		err = ledger_slot_admit(l, &d->subject, d->scope, dear, &s);
		if (err)
			return err;
	}
	err = ledger_prefix_list(l, s);
	if (err)
		ledger_slot_close(l, s);
	else
		*out = s;
	return err;
}

/* It was in the kernel before we were: nothing is to be told. */
static void adopt(struct slot *s, enum response r, mono_t until, mono_t now,
	bool in_force)
{
	s->held |= ledger_place(s, r);
	s->added = (uint8_t)r;
	if (s->lapse.ns < until.ns)
		s->lapse = until;
	if (!in_force)
		return;
	s->m.state = MEASURE_APPLIED;
	s->m.applied = now;
}

int ledger_want(struct ledger *l, const struct decision *d, enum measure_origin origin,
	uint64_t incident, bool shadow, mono_t trigger, mono_t now,
	const struct measure **out)
{
	struct standing n = ledger_standing_of_decision(d, origin, incident, now);
	enum measure_state state = shadow ? MEASURE_SHADOW : MEASURE_WANTED;
	struct slot *s;
	uint32_t version;
	int err;

	if (!possible(d))
		return ERR_INVALID;
	err = slot_for(l, d, origin, &s);
	if (err) {
		l->stats.full++;
		return err;
	}
	version = s->m.version;
	if (s->m.state == MEASURE_FREE) {
		s->m.hits = 0;
		ledger_standing_put(s, &n, state, now);
	} else {
		err = beside(s, &n, state, now);
	}
	if (s->m.version != version)
		s->m.trigger = trigger;
	if (!err && origin == ORIGIN_DETECTOR && s->m.offences <= d->offence)
		s->m.offences = (uint16_t)(d->offence < UINT16_MAX ?
			d->offence + 1 : UINT16_MAX);
	if (origin == ORIGIN_ADOPTED && !shadow)
		adopt(s, d->response, n.until, now, s->m.version != version);
	ledger_slot_close(l, s);
	ledger_prefix_review(l, s);
	if (out)
		*out = &s->m;
	return err;
}

static void end(struct ledger *l, struct slot *s, bool forgive, mono_t now)
{
	ledger_slot_open(l, s);
	if (s->m.state != MEASURE_FREE) {
		s->m.version++;
		s->m.state = MEASURE_FREE;
		s->m.until = s->quiet = now;
		s->rest = ledger_nothing;
	}
	if (forgive)
		s->m.offences = 0;
	ledger_slot_close(l, s);
	ledger_prefix_review(l, s);
}

static bool has_end(const struct slot *s, bool forgive)
{
	return s->m.state != MEASURE_FREE || (forgive && s->m.offences);
}

int ledger_end(struct ledger *l, const struct subject *s, enum scope scope, bool forgive,
	mono_t now)
{
	struct slot *slot = ledger_slot_find(l, s, scope);

	if (!slot || !has_end(slot, forgive))
		return ERR_ABSENT;
	end(l, slot, forgive, now);
	return 0;
}

int ledger_end_source(struct ledger *l, const struct subject *s, bool forgive, mono_t now)
{
	struct subject whole = ledger_subject(s, SCOPE_SOURCE);
	uint32_t at = map_get(l->map, ledger_key(l, &whole));
	int err = ERR_ABSENT;

	while (at != SLOT_NONE) {
		struct slot *slot = &l->slots[at];

		at = slot->next; /* its end may free the slot */
		if (!subject_equal(&slot->m.subject, &whole) || !has_end(slot, forgive))
			continue;
		end(l, slot, forgive, now);
		err = 0;
	}
	return err;
}

void ledger_end_all(struct ledger *l, mono_t now)
{
	for (size_t i = 0; i < l->capacity; i++)
		if (l->slots[i].used && l->slots[i].m.state != MEASURE_FREE)
			end(l, &l->slots[i], false, now);
}
