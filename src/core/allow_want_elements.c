/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Elements on their way into the kernel and out of it. One that is on its way is left alone until the answer has come;
 * then it is seen whether it is still wanted.
 *
 *   OUT -take-> ADDING -0-> IN -take-> EXTENDING -any-> IN     a failure leads back to where it was, and a wait
 *                            IN -take-> REMOVING  -0-> OUT
 */
#include "core/allow_want_parts.h"

#include <string.h>

#include "base/err.h"

#define RETRY_NS NS_PER_S  /* doubled with each failure, to a minute */
#define RETRY_DOUBLINGS 6
#define SIXTEENTH (ALLOW_WANT_ELEMENTS / 16)
#define EXTEND_NS (NAMES_LINGER_S / 2 * NS_PER_S) /* before its end, so that a name that is asked for each second costs a
						     change in a minute or two */

static uint64_t element_key(const struct allow_want *w, const struct allowance *a)
{
	struct {
		uint64_t who;
		uint8_t kind, proto, len, family;
		uint16_t first, last;
		uint8_t bytes[16];
	} k;

	memset(&k, 0, sizeof(k));
	k.kind = a->actor.kind;
	k.who = a->actor.kind == ACTOR_GROUP ? a->actor.cgroup : a->actor.kind == ACTOR_USER ? a->actor.uid : 0;
	k.proto = a->proto;
	k.len = a->to.len;
	k.family = a->to.addr.family;
	k.first = a->port_first;
	k.last = a->port_last;
	memcpy(k.bytes, a->to.addr.bytes, sizeof(k.bytes));
	return hash_bytes(&w->key, &k, sizeof(k));
}

void allow_elements_create(struct allow_want *w)
{
	w->pending_first = w->pending_last = ALLOW_NONE;
	w->free_element = 0;
	for (size_t i = 0; i < ALLOW_WANT_ELEMENTS; i++)
		w->elements[i].next = i + 1 < ALLOW_WANT_ELEMENTS ? (uint16_t)(i + 1) : ALLOW_NONE;
}

static struct allow_element *find(struct allow_want *w, const struct allowance *a)
{
	uint32_t i = map_get(w->by_element, element_key(w, a));

	return i == MAP_NONE ? NULL : &w->elements[i];
}

static bool flies(const struct allow_element *e)
{
	return e->state == ALLOW_ADDING || e->state == ALLOW_EXTENDING || e->state == ALLOW_REMOVING;
}

static bool wants_longer(const struct allow_element *e, mono_t now)
{
	if (!e->told.ns)
		return false;
	return !e->what.until.ns || (e->what.until.ns > e->told.ns && mono_since(e->told, now) < EXTEND_NS);
}

/* What is to be done with it; false: nothing. */
static bool due(const struct allow_element *e, mono_t now, enum allow_op *op)
{
	if (e->state == ALLOW_OUT) {
		*op = ALLOW_ADD;
		return e->wanted;
	}
	if (e->state != ALLOW_IN)
		return false;
	*op = e->wanted ? ALLOW_EXTEND : ALLOW_REMOVE;
	return !e->wanted || wants_longer(e, now);
}

static void release(struct allow_want *w, struct allow_element *e)
{
	map_remove(w->by_element, element_key(w, &e->what));
	memset(e, 0, sizeof(*e));
	e->next = w->free_element;
	w->free_element = (uint16_t)(e - w->elements);
	w->stats.elements--;
}

static void enqueue(struct allow_want *w, struct allow_element *e)
{
	uint16_t i = (uint16_t)(e - w->elements);

	if (e->queued)
		return;
	e->queued = true;
	e->next = ALLOW_NONE;
	if (w->pending_last == ALLOW_NONE)
		w->pending_first = i;
	else
		w->elements[w->pending_last].next = i;
	w->pending_last = i;
}

/* After anything that happened to it: it is forgotten, or waits in the queue, or is as it should be. */
static void settle(struct allow_want *w, struct allow_element *e, mono_t now)
{
	enum allow_op op;

	if (e->queued)
		return;
	if (e->state == ALLOW_OUT && !e->wanted)
		release(w, e);
	else if (mono_since(now, e->retry) >= 0 && due(e, now, &op))
		enqueue(w, e);
}

void allow_elements_claim(struct allow_want *w, const struct allowance *a, mono_t now)
{
	struct allow_element *e = find(w, a);

	if (!e) {
		if (w->free_element == ALLOW_NONE) {
			w->stats.elements_full++;
			return;
		}
		e = &w->elements[w->free_element];
		w->free_element = e->next;
		memset(e, 0, sizeof(*e));
		e->used = true;
		e->what = *a;
		map_set(w->by_element, element_key(w, a), (uint32_t)(e - w->elements));
		w->stats.elements++;
	} else if (!e->wanted || !a->until.ns || (e->what.until.ns && a->until.ns > e->what.until.ns)) {
		e->what.until = a->until;
	}
	e->what.actor.level = a->actor.level;
	e->wanted = true;
	if (!w->changing)
		settle(w, e, now);
}

void allow_elements_look(struct allow_want *w, size_t part, mono_t now)
{
	struct allow_element *e = &w->elements[part * SIXTEENTH], *end = e + SIXTEENTH;

	for (; e < end; e++) {
		if (!e->used)
			continue;
		if (e->what.until.ns && e->what.until.ns <= now.ns)
			e->wanted = false;
		settle(w, e, now);
	}
}

void allow_elements_begin(struct allow_want *w)
{
	w->changing = true;
	for (size_t i = 0; i < ALLOW_WANT_ELEMENTS; i++)
		w->elements[i].wanted = false;
}

void allow_elements_end(struct allow_want *w, mono_t now)
{
	w->changing = false;
	for (int wanted = 0; wanted <= 1; wanted++)
		for (size_t i = 0; i < ALLOW_WANT_ELEMENTS; i++)
			if (w->elements[i].used && w->elements[i].wanted == wanted)
				settle(w, &w->elements[i], now);
}

static struct allow_element *dequeue(struct allow_want *w)
{
	struct allow_element *e = &w->elements[w->pending_first];

	w->pending_first = e->next;
	if (w->pending_first == ALLOW_NONE)
		w->pending_last = ALLOW_NONE;
	e->queued = false;
	return e;
}

bool allow_want_take(struct allow_want *w, mono_t now, struct allow_change *out)
{
	static const uint8_t under_way[] = {
		[ALLOW_ADD] = ALLOW_ADDING, [ALLOW_EXTEND] = ALLOW_EXTENDING, [ALLOW_REMOVE] = ALLOW_REMOVING,
	};

	while (w->pending_first != ALLOW_NONE) {
		struct allow_element *e = dequeue(w);
		enum allow_op op;

		if (e->what.until.ns && e->what.until.ns <= now.ns)
			e->wanted = false;
		if (mono_since(now, e->retry) < 0 || !due(e, now, &op)) {
			settle(w, e, now);
			continue;
		}
		e->state = under_way[op];
		e->version++;
		*out = (struct allow_change){ .op = op, .version = e->version, .what = e->what };
		w->stats.changes++;
		return true;
	}
	return false;
}

static bool worked(const struct allow_change *c, int result)
{
	switch (c->op) {
	case ALLOW_ADD:
		return result == 0 || result == ERR_EXISTS;
	case ALLOW_REMOVE:
		return result == 0 || result == ERR_ABSENT;
	case ALLOW_EXTEND:
		break;
	}
	return result == 0;
}

static void failed(struct allow_want *w, struct allow_element *e, mono_t now)
{
	w->stats.failed++;
	e->retry = mono_add(now, RETRY_NS << e->failures);
	if (e->failures < RETRY_DOUBLINGS)
		e->failures++;
}

void allow_want_answer(struct allow_want *w, const struct allow_change *c, int result, mono_t now)
{
	struct allow_element *e = find(w, &c->what);
	bool good = worked(c, result);

	if (!e || e->version != c->version || !flies(e))
		return;
	if (good) {
		e->failures = 0;
		e->retry = (mono_t){ 0 };
		/* Of one that somebody else has put there, or we in another life, the end is not known. */
		e->told = result == ERR_EXISTS ? now : c->what.until;
	} else {
		failed(w, e, now);
	}
	switch (c->op) {
	case ALLOW_ADD:
		e->state = good ? ALLOW_IN : ALLOW_OUT;
		break;
	case ALLOW_EXTEND:
		/* What was to be extended and is not there is to be added. */
		e->state = result == ERR_ABSENT ? ALLOW_OUT : ALLOW_IN;
		break;
	case ALLOW_REMOVE:
		e->state = good ? ALLOW_OUT : ALLOW_IN;
		break;
	}
	settle(w, e, now);
}

void allow_want_lost(struct allow_want *w, mono_t now)
{
	for (size_t i = 0; i < ALLOW_WANT_ELEMENTS; i++) {
		struct allow_element *e = &w->elements[i];

		if (!e->used)
			continue;
		e->state = ALLOW_OUT;
		e->failures = 0;
		e->retry = (mono_t){ 0 };
		settle(w, e, now);
	}
}

bool allow_want_settled(const struct allow_want *w, const struct actor *a)
{
	for (size_t i = 0; i < ALLOW_WANT_ELEMENTS; i++) {
		const struct allow_element *e = &w->elements[i];

		if (e->used && e->wanted && e->state != ALLOW_IN && e->state != ALLOW_EXTENDING &&
		    actor_equal(&e->what.actor, a))
			return false;
	}
	return true;
}

void allow_want_counts(const struct allow_want *w, struct allow_want_stats *out)
{
	*out = w->stats;
	out->pending = 0;
}

void allow_want_stats(const struct allow_want *w, struct allow_want_stats *out)
{
	allow_want_counts(w, out);
	for (size_t i = 0; i < ALLOW_WANT_ELEMENTS; i++) {
		const struct allow_element *e = &w->elements[i];

		out->pending += e->used && (e->wanted ? e->state < ALLOW_IN || e->state == ALLOW_REMOVING : true);
	}
}
