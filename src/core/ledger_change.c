/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel is told, and what its answers mean. For each slot three sets of bits
 * say what the kernel has (held), will have (asked) and will lose (gone); what is to be
 * told follows from these and from what is wanted, at any time anew. So an answer that
 * comes after the wish has changed needs no case of its own.
 *
 *   asked              -> nothing, its answer comes first
 *   held, not wanted   -> remove
 *   WANTED             -> add, unless its place is being removed or a neighbour is in it
 */
#include <string.h>

#include "base/err.h"
#include "core/ledger_state.h"

#define RETRY_NS NS_PER_S
#define RETRIES_MOST 256   /* a second */
#define RETRY_SLOTS 4096   /* that one search looks at */

uint16_t ledger_place(const struct slot *s, enum response r)
{
	if (r == RESPONSE_EGRESS_REFUSE)
		r = RESPONSE_EGRESS_LIMIT; /* of a destination: likewise */
	if (r == RESPONSE_REFUSE && !ledger_is_listed_kind(s))
		r = RESPONSE_LIMIT; /* one element, with a limit or without */
	return (uint16_t)(1u << r);
}

/* The places that the kernel is to keep. What it refused to renew stays as it is until it
 * lapses, but for prefixes, which would keep their neighbours out. */
static uint16_t kept(const struct slot *s)
{
	switch (s->m.state) {
	case MEASURE_WANTED:
	case MEASURE_SENT:
	case MEASURE_APPLIED:
		return ledger_place(s, s->m.response);
	case MEASURE_REFUSED:
		return ledger_is_listed_kind(s) ? 0 : ledger_place(s, s->m.response);
	case MEASURE_FREE:
	case MEASURE_SHADOW:
	case MEASURE_COVERED:
		break;
	}
	return 0;
}

bool ledger_has_work(const struct slot *s)
{
	return s->m.state == MEASURE_WANTED || (s->held & ~kept(s) & ~s->gone);
}

void ledger_queue_put(struct ledger *l, struct slot_fifo *f, struct slot *s)
{
	s->queued = true;
	s->queue_next = SLOT_NONE;
	if (f->head == SLOT_NONE)
		f->head = s->m.id;
	else
		l->slots[f->tail].queue_next = s->m.id;
	f->tail = s->m.id;
}

void ledger_queue_later(struct ledger *l)
{
	for (uint32_t at = l->later.head; at != SLOT_NONE; at = l->slots[at].queue_next)
		l->slots[at].patient = false;
	if (l->later.head == SLOT_NONE)
		return;
	if (l->queue.head == SLOT_NONE)
		l->queue.head = l->later.head;
	else
		l->slots[l->queue.tail].queue_next = l->later.head;
	l->queue.tail = l->later.tail;
	l->later = (struct slot_fifo){ .head = SLOT_NONE, .tail = SLOT_NONE };
}

static enum response lowest(uint16_t places)
{
	unsigned r = 0;

	while (!(places >> r & 1))
		r++;
	return (enum response)r;
}

static void remove_of(struct slot *s, uint16_t places, struct change *out)
{
	enum response r = lowest(places);

	s->gone |= (uint16_t)(1u << r);
	if (ledger_place(s, (enum response)s->added) == 1u << r)
		r = (enum response)s->added;
	*out = (struct change){ .add = false, .measure = s->m };
	out->measure.response = r;
}

static void add_of(struct ledger *l, struct slot *s, struct change *out)
{
	ledger_slot_restate(l, s, MEASURE_SENT);
	s->asked = ledger_place(s, s->m.response);
	s->added = (uint8_t)s->m.response;
	*out = (struct change){
		.add = true,
		.fresh = !((s->held | s->gone) & s->asked),
		.measure = s->m,
	};
}

static bool next_change(struct ledger *l, struct slot *s, struct change *out)
{
	uint16_t stale = s->held & (uint16_t)~kept(s) & (uint16_t)~s->gone;

	if (s->asked || s->patient)
		return false; /* its answer, or the tick, will bring it back */
	if (stale) {
		remove_of(s, stale, out);
		return true;
	}
	if (s->m.state != MEASURE_WANTED || s->gone & kept(s))
		return false;
	if (ledger_prefix_blocked(l, s))
		return false;
	add_of(l, s, out);
	return true;
}

/* After a remove its subject stays in front, so that what follows reaches the kernel with
 * it. */
static void pop(struct ledger *l, struct slot *s, bool took)
{
	if (took && !s->asked && ledger_has_work(s))
		return;
	l->queue.head = s->queue_next;
	s->queued = false;
	if (s->patient)
		ledger_queue_put(l, &l->later, s);
	ledger_slot_retire(l, s);
}

bool ledger_take_change(struct ledger *l, struct change *out)
{
	bool took = false;

	while (!took && l->queue.head != SLOT_NONE) {
		struct slot *s = &l->slots[l->queue.head];

		took = next_change(l, s, out);
		pop(l, s, took);
	}
	return took;
}

/* What the kernel holds ends there at the same time as here; but prefixes are removed. */
void ledger_lapse(struct slot *s, mono_t now)
{
	if (s->lapse.ns <= now.ns && !ledger_is_listed_kind(s))
		s->held = 0;
}

static void put_off(struct ledger *l, struct slot *s)
{
	s->patient = true;
	if (!s->queued)
		ledger_queue_put(l, &l->later, s);
}

/* The table may come back, the kernel may find time, and an overlap is a neighbour that
 * lapses a moment late. */
static bool may_pass(const struct slot *s, int result)
{
	return result == ERR_AGAIN || result == ERR_ABSENT ||
		(result == ERR_EXISTS && ledger_is_listed_kind(s));
}

static void added(struct ledger *l, struct slot *s, const struct change *c, int result,
	mono_t now)
{
	uint16_t place = s->asked;

	s->asked = 0;
	if (!result) {
		if (!(s->held & (uint16_t)~place) || s->lapse.ns < c->measure.until.ns)
			s->lapse = c->measure.until;
		s->held |= place;
	}
	if (s->m.state != MEASURE_SENT)
		return; /* overtaken: what is wanted now is said next */
	s->m.error = result;
	if (s->retried)
		l->retries = result ? 1 : l->retries < RETRIES_MOST ? l->retries + 3 : RETRIES_MOST;
	s->retried = false;
	if (!result) {
		ledger_slot_restate(l, s, MEASURE_APPLIED);
		s->m.applied = now;
	} else if (may_pass(s, result)) {
		ledger_slot_restate(l, s, MEASURE_WANTED);
		s->m.version++;
		put_off(l, s);
	} else {
		ledger_slot_restate(l, s, MEASURE_REFUSED);
		l->stats.refused++;
	}
}

/* A remove that failed is tried again until the element has lapsed anyhow. */
static void removed(struct ledger *l, struct slot *s, uint16_t place, int result,
	mono_t now)
{
	s->gone &= (uint16_t)~place;
	if (!result || result == ERR_ABSENT || s->lapse.ns <= now.ns)
		s->held &= (uint16_t)~place;
	else if (s->held & place)
		put_off(l, s);
}

void ledger_answer(struct ledger *l, const struct change *c, int result, mono_t now)
{
	struct slot *s;
	uint16_t place;

	if (c->measure.id >= l->capacity)
		return;
	s = &l->slots[c->measure.id];
	place = ledger_place(s, c->measure.response);
	if (!s->used || !((c->add ? s->asked : s->gone) & place))
		return; /* not asked, or answered before */
	if (c->add)
		added(l, s, c, result, now);
	else
		removed(l, s, place, result, now);
	ledger_lapse(s, now);
	ledger_slot_wake(l, s);
	ledger_prefix_review(l, s);
}

/* Merges two chains of slots, the younger measure first. */
static uint32_t merge(struct ledger *l, uint32_t a, uint32_t b)
{
	uint32_t first = SLOT_NONE, *end = &first;

	while (a != SLOT_NONE && b != SLOT_NONE) {
		uint32_t *from = l->slots[a].m.since.ns >= l->slots[b].m.since.ns ?
			&a : &b;

		*end = *from;
		end = &l->slots[*from].queue_next;
		*from = *end;
	}
	*end = a != SLOT_NONE ? a : b;
	return first;
}

/* Merge sort in place, bottom up: runs[i] is a sorted chain of 2^i slots, or none. */
static void youngest_first(struct ledger *l)
{
	uint32_t runs[32], at = l->queue.head, all = SLOT_NONE;

	memset(runs, 0xff, sizeof(runs));
	while (at != SLOT_NONE) {
		uint32_t run = at;
		size_t i = 0;

		at = l->slots[at].queue_next;
		l->slots[run].queue_next = SLOT_NONE;
		for (; runs[i] != SLOT_NONE; runs[i++] = SLOT_NONE)
			run = merge(l, runs[i], run);
		runs[i] = run;
	}
	for (size_t i = 0; i < 32; i++)
		all = merge(l, runs[i], all);
	l->queue.head = all;
	for (at = all; at != SLOT_NONE; at = l->slots[at].queue_next)
		l->queue.tail = at;
}

static void rewant(struct ledger *l, struct slot *s)
{
	enum measure_state was = s->m.state;

	s->held = 0;
	s->m.again |= was == MEASURE_APPLIED;
	if (was == MEASURE_SENT || was == MEASURE_APPLIED || was == MEASURE_REFUSED) {
		ledger_slot_restate(l, s, MEASURE_WANTED);
		s->m.applied = (mono_t){ 0 };
		s->m.version++;
	}
	ledger_slot_wake(l, s);
}

bool ledger_lost(struct ledger *l, const struct measure *m)
{
	struct slot *s;

	if (m->id >= l->capacity)
		return false;
	s = &l->slots[m->id];
	if (!s->used || s->m.version != m->version || s->m.state != MEASURE_APPLIED)
		return false;
	l->stats.lost++;
	rewant(l, s);
	ledger_prefix_review(l, s);
	return true;
}

/* What no time and no room will ever change is not tried again. */
static bool may_heal(int error)
{
	return error != ERR_UNSUPPORTED && error != ERR_INVALID;
}

/*
 * A full set may have room again, another owner of the table may have gone. Each refusal
 * costs the kernel's other users milliseconds, so a single one is sent to see, and more
 * only while that goes well.
 */
void ledger_retry(struct ledger *l, mono_t now)
{
	uint32_t left = l->retries;

	if (!l->stats.by_state[MEASURE_REFUSED] || mono_since(now, l->retry_at) < RETRY_NS)
		return;
	l->retry_at = now;
	for (size_t i = 0; left && i < RETRY_SLOTS && i < l->capacity; i++) {
		struct slot *s = &l->slots[l->retry_from++ % l->capacity];

		if (!s->used || s->m.state != MEASURE_REFUSED || !may_heal(s->m.error))
			continue;
		ledger_slot_restate(l, s, MEASURE_WANTED);
		s->m.version++;
		s->retried = true;
		ledger_slot_wake(l, s);
		ledger_prefix_review(l, s);
		left--;
	}
}

/* A restore of many takes a while; those who attack now are wanted first. */
void ledger_rewant(struct ledger *l)
{
	ledger_queue_later(l);
	for (size_t i = 0; i < l->capacity; i++)
		if (l->slots[i].used)
			rewant(l, &l->slots[i]);
	for (size_t i = 0; i < l->n_prefixes; i++)
		ledger_prefix_review(l, &l->slots[l->prefixes[i].slot]);
	youngest_first(l);
}
