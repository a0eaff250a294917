/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Slots of the ledger and the indices over them: by subject (a map to the first slot of a
 * key, the others chained to it), by time (two heaps), and the counts. Knows nothing of
 * what a measure means.
 */
#include <string.h>

#include "base/err.h"
#include "core/ledger_state.h"

struct subject ledger_subject(const struct subject *s, enum scope scope)
{
	struct subject out = { .kind = s->kind };

	if (s->kind == SUBJECT_SOURCE || s->kind == SUBJECT_DESTINATION)
		out.source = s->source;
	if (s->kind == SUBJECT_ACTOR)
		out.actor = s->actor;
	if (s->kind == SUBJECT_SERVICE ||
		((s->kind == SUBJECT_SOURCE || s->kind == SUBJECT_DESTINATION) && scope == SCOPE_SERVICE)) {
		out.proto = s->proto;
		out.port = s->port;
	}
	return out;
}

/*
 * Keys of single sources are source_key's: 1:32 bits, or the top bit set. All others are
 * hashes with 01 in front, so that they can only ever chain to each other.
 */
static uint64_t hashed(const struct ledger *l, const void *bytes, size_t len)
{
	return hash_bytes(&l->key, bytes, len) >> 2 | UINT64_C(1) << 62;
}

uint64_t ledger_prefix_key(const struct ledger *l, const struct prefix *p)
{
	uint8_t bytes[18] = { p->addr.family, p->len };

	if (ledger_is_exact(p))
		return source_key(&p->addr);
	memcpy(bytes + 2, p->addr.bytes, sizeof(p->addr.bytes));
	return hashed(l, bytes, sizeof(bytes));
}

/* Of what leaves: never where a source's key might be. */
static uint64_t egress_key(const struct ledger *l, const struct subject *s)
{
	const struct prefix *p = &s->source;
	uint64_t words[3] = { (uint64_t)s->kind };

	if (s->kind == SUBJECT_ACTOR) {
		words[0] |= (uint64_t)s->actor.kind << 8;
		words[1] = s->actor.kind == ACTOR_GROUP ? s->actor.cgroup : s->actor.uid;
	} else {
		words[0] |= (uint64_t)p->addr.family << 8 | (uint64_t)p->len << 16;
		memcpy(words + 1, p->addr.bytes, sizeof(p->addr.bytes));
	}
	return hashed(l, words, sizeof(words));
}

uint64_t ledger_key(const struct ledger *l, const struct subject *s)
{
	uint8_t bytes[4] = { (uint8_t)s->kind, s->proto, (uint8_t)(s->port >> 8),
		(uint8_t)s->port };

	if (s->kind == SUBJECT_SOURCE)
		return ledger_prefix_key(l, &s->source);
	if (s->kind == SUBJECT_DESTINATION || s->kind == SUBJECT_ACTOR)
		return egress_key(l, s);
	return hashed(l, bytes, sizeof(bytes));
}

struct slot *ledger_slot_find(const struct ledger *l, const struct subject *s,
	enum scope scope)
{
	struct subject want = ledger_subject(s, scope);
	uint32_t at = map_get(l->map, ledger_key(l, &want));

	for (; at != SLOT_NONE; at = l->slots[at].next) {
		struct slot *slot = &l->slots[at];

		if (slot->m.scope == scope && subject_equal(&slot->m.subject, &want) &&
			slot->m.subject.proto == want.proto &&
			slot->m.subject.port == want.port)
			return slot;
	}
	return NULL;
}

static int64_t due(const struct slot *s)
{
	return s->m.state == MEASURE_FREE ? s->quiet.ns : s->m.until.ns;
}

static void heap_set(struct ledger *l, struct slot_heap *h, size_t at, uint32_t slot)
{
	h->at[at] = slot;
	l->slots[slot].heap_at = (uint32_t)at;
}

static void heap_up(struct ledger *l, struct slot_heap *h, size_t at)
{
	uint32_t slot = h->at[at];
	int64_t mine = due(&l->slots[slot]);

	for (; at > 0 && due(&l->slots[h->at[(at - 1) / 2]]) > mine; at = (at - 1) / 2)
		heap_set(l, h, at, h->at[(at - 1) / 2]);
	heap_set(l, h, at, slot);
}

static void heap_down(struct ledger *l, struct slot_heap *h, size_t at)
{
	uint32_t slot = h->at[at];
	int64_t mine = due(&l->slots[slot]);

	for (size_t child; (child = 2 * at + 1) < h->n; at = child) {
		if (child + 1 < h->n &&
			due(&l->slots[h->at[child + 1]]) < due(&l->slots[h->at[child]]))
			child++;
		if (due(&l->slots[h->at[child]]) >= mine)
			break;
		heap_set(l, h, at, h->at[child]);
	}
	heap_set(l, h, at, slot);
}

static void heap_put(struct ledger *l, struct slot_heap *h, struct slot *s)
{
	heap_set(l, h, h->n++, s->m.id);
	heap_up(l, h, h->n - 1);
}

static void heap_remove(struct ledger *l, struct slot_heap *h, struct slot *s)
{
	size_t at = s->heap_at;
	uint32_t last = h->at[--h->n];

	s->heap_at = SLOT_NONE;
	if (last == s->m.id)
		return;
	heap_set(l, h, at, last);
	heap_up(l, h, at);
	heap_down(l, h, l->slots[last].heap_at);
}

struct slot *ledger_slot_due(const struct ledger *l, const struct slot_heap *h, mono_t now)
{
	struct slot *s = h->n ? &l->slots[h->at[0]] : NULL;

	return s && due(s) <= now.ns ? s : NULL;
}

static void count_enforced(struct ledger *l, const struct measure *m, uint64_t by)
{
	bool v6 = m->subject.source.addr.family == FAMILY_V6;

	l->stats.enforced[m->response] += by;
	if (m->subject.kind == SUBJECT_SOURCE && m->response != RESPONSE_LIMIT)
		(v6 ? l->stats.blocked_v6 : l->stats.blocked_v4)[m->origin] += by;
}

static void count(struct ledger *l, const struct slot *s, uint64_t by)
{
	l->stats.by_state[s->m.state] += by;
	if (s->m.state == MEASURE_APPLIED || s->m.state == MEASURE_COVERED)
		count_enforced(l, &s->m, by);
	if (s->m.state == MEASURE_FREE || s->m.state == MEASURE_REFUSED)
		return;
	l->stats.by_response[s->m.response] += by;
	if (s->m.origin == ORIGIN_DETECTOR && s->m.response >= RESPONSE_LIMIT &&
		s->m.response != RESPONSE_SERVICE_LIMIT)
		l->stats.costly += by;
}

void ledger_slot_open(struct ledger *l, struct slot *s)
{
	count(l, s, (uint64_t)-1);
	if (s->heap_at != SLOT_NONE)
		heap_remove(l, s->m.state == MEASURE_FREE ? &l->memories : &l->ends, s);
}

static void unchain(struct ledger *l, struct slot *s)
{
	uint32_t at = map_get(l->map, s->key);

	if (at == s->m.id && s->next == SLOT_NONE) {
		map_remove(l->map, s->key);
		return;
	}
	if (at == s->m.id) {
		map_set(l->map, s->key, s->next);
		return;
	}
	while (l->slots[at].next != s->m.id)
		at = l->slots[at].next;
	l->slots[at].next = s->next;
}

static void release(struct ledger *l, struct slot *s)
{
	count(l, s, (uint64_t)-1);
	l->stats.subjects--;
	unchain(l, s);
	if (s->m.subject.kind == SUBJECT_HOST)
		l->host = SLOT_NONE;
	s->used = false;
	s->next = l->free;
	l->free = s->m.id;
}

/* A slot that the kernel has still to do with keeps its place: an answer must never meet
 * another subject. */
void ledger_slot_retire(struct ledger *l, struct slot *s)
{
	bool clean = !s->queued && !s->held && !s->asked && !s->gone;

	if (s->m.state != MEASURE_FREE || !clean || s->heap_at != SLOT_NONE)
		return;
	ledger_prefix_unlist(l, s);
	if (!s->m.offences) {
		release(l, s);
		return;
	}
	s->m.forget_at = mono_add(s->quiet, l->forget_ns);
	heap_put(l, &l->memories, s);
}

void ledger_slot_wake(struct ledger *l, struct slot *s)
{
	if (ledger_has_work(s) && !s->queued)
		ledger_queue_put(l, &l->queue, s);
	ledger_slot_retire(l, s);
}

void ledger_slot_close(struct ledger *l, struct slot *s)
{
	count(l, s, 1);
	if (s->m.state != MEASURE_FREE)
		heap_put(l, &l->ends, s);
	ledger_slot_wake(l, s);
}

void ledger_slot_restate(struct ledger *l, struct slot *s, enum measure_state state)
{
	count(l, s, (uint64_t)-1);
	s->m.state = state;
	count(l, s, 1);
}

/* How many slots a key has already. */
static size_t chained(const struct ledger *l, uint64_t key)
{
	size_t n = 0;

	for (uint32_t at = map_get(l->map, key); at != SLOT_NONE; at = l->slots[at].next)
		n++;
	return n;
}

/* The subject that has been quiet for longest is forgotten, so that memories never keep a
 * new measure out. */
static void make_room(struct ledger *l)
{
	struct slot *s;

	if (l->free != SLOT_NONE || !l->memories.n)
		return;
	s = &l->slots[l->memories.at[0]];
	ledger_slot_open(l, s);
	s->m.offences = 0;
	ledger_slot_close(l, s);
	l->stats.evicted++;
}

int ledger_slot_admit(struct ledger *l, const struct subject *s, enum scope scope,
	bool dear, struct slot **out)
{
	struct subject subject = ledger_subject(s, scope);
	uint64_t key = ledger_key(l, &subject);
	uint64_t most = dear ? l->capacity : l->capacity - l->capacity / 8;
	uint32_t first, id, version;
	struct slot *slot;

	if (l->stats.subjects - l->memories.n >= most || chained(l,
		key) >= LEDGER_SERVICES)
		return ERR_FULL;
	make_room(l);
	id = l->free;
	first = map_get(l->map, key);
	if (id == SLOT_NONE || map_set(l->map, key, id))
		return ERR_FULL;
	slot = &l->slots[id];
	version = slot->m.version;
	l->free = slot->next;
	*slot = (struct slot){ .key = key, .next = first, .used = true,
		.heap_at = SLOT_NONE, .listed = SLOT_NONE,
		.m = { .id = id, .version = version, .subject = subject,
			.scope = scope } };
	if (s->kind == SUBJECT_HOST)
		l->host = id;
	l->stats.subjects++;
	*out = slot;
	return 0;
}
