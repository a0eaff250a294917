/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counts of a capture's flows. Two lists in order of time, of those that live and those that are closing: the oldest of
 * either is the next to end. Called by whoever replays a capture.
 */
#include "core/flow_count.h"

#include <string.h>

#include "base/map.h"

#define SILENT_NS (900 * NS_PER_S)
#define LINGER_NS NS_PER_S
#define ROOM_ALIGNED(bytes) (((bytes) + 63) / 64 * 64)
#define REF_MARKS UINT64_C(15) /* of flow_refer: which end, and what kind */
#define NOBODY UINT32_MAX

enum list { LIVING = 0, CLOSING, LISTS };

struct counted {
	uint64_t key;
	struct tuple tuple;
	mono_t first, last;
	uint64_t packets[FLOW_WAYS], bytes[FLOW_WAYS];
	uint64_t told;   /* of bytes[FLOW_THERE], with the last step */
	uint32_t older, newer;
	uint8_t list;
	bool answered, fin[FLOW_WAYS], in;
};

struct flow_count {
	struct map *map; /* key -> place */
	uint32_t oldest[LISTS], newest[LISTS];
	uint32_t free;   /* the first of those that are free, by newer */
	uint64_t crowded, step;
	struct counted at[FLOW_COUNTS];
};

size_t flow_count_bytes(void)
{
	return ROOM_ALIGNED(sizeof(struct flow_count)) + map_bytes(FLOW_COUNTS);
}

int flow_count_create(struct flow_count **out, void *memory, const struct hash_key *key)
{
	struct flow_count *c = memory;
	int err;

	memset(c, 0, sizeof(*c));
	err = map_create(&c->map, (uint8_t *)memory + ROOM_ALIGNED(sizeof(*c)), map_bytes(FLOW_COUNTS), FLOW_COUNTS, key);
	if (err)
		return err;
	for (uint32_t i = 0; i < FLOW_COUNTS; i++)
		c->at[i].newer = i + 1 < FLOW_COUNTS ? i + 1 : NOBODY;
	for (int l = 0; l < LISTS; l++)
		c->oldest[l] = c->newest[l] = NOBODY;
	*out = c;
	return 0;
}

static void link_two(struct flow_count *c, enum list l, uint32_t older, uint32_t newer)
{
	*(older == NOBODY ? &c->oldest[l] : &c->at[older].newer) = newer;
	*(newer == NOBODY ? &c->newest[l] : &c->at[newer].older) = older;
}

static void enter(struct flow_count *c, uint32_t i, enum list l)
{
	c->at[i].list = (uint8_t)l;
	link_two(c, l, c->newest[l], i);
	link_two(c, l, i, NOBODY);
}

static void leave(struct flow_count *c, uint32_t i)
{
	link_two(c, (enum list)c->at[i].list, c->at[i].older, c->at[i].newer);
}

static void forget(struct flow_count *c, uint32_t i)
{
	leave(c, i);
	(void)map_remove(c->map, c->at[i].key);
	c->at[i].newer = c->free;
	c->free = i;
}

static void tell(const struct counted *f, bool so_far, mono_t at, flow_end_fn fn, void *ctx)
{
	const struct flow_end end = {
		.tuple = f->tuple,
		.direction = f->in ? FLOW_IN : FLOW_OUT,
		.teller = TELLER_CAPTURE,
		.proof = f->answered ? PROOF_ANSWERED : PROOF_CLAIMED,
		.so_far = so_far,
		.weight = 1,
		.packets = { f->packets[FLOW_THERE], f->packets[FLOW_BACK] },
		.bytes = { f->bytes[FLOW_THERE], f->bytes[FLOW_BACK] },
		.lasted_ns = mono_since(f->last, f->first),
		.owner.uid = OWNER_UNKNOWN,
	};

	fn(ctx, &end, at);
}

static mono_t due_of(const struct flow_count *c, enum list l)
{
	if (c->oldest[l] == NOBODY)
		return (mono_t){ INT64_MAX };
	return mono_add(c->at[c->oldest[l]].last, l == LIVING ? SILENT_NS : LINGER_NS);
}

mono_t flow_count_due(const struct flow_count *c)
{
	mono_t living = due_of(c, LIVING), closing = due_of(c, CLOSING);

	return living.ns < closing.ns ? living : closing;
}

void flow_count_until(struct flow_count *c, mono_t now, flow_end_fn fn, void *ctx)
{
	mono_t due;

	while ((due = flow_count_due(c)).ns <= now.ns) {
		enum list l = due_of(c, CLOSING).ns <= due.ns ? CLOSING : LIVING;
		uint32_t i = c->oldest[l];

		tell(&c->at[i], false, due, fn, ctx);
		forget(c, i);
	}
}

static uint32_t begin(struct flow_count *c, const struct packet *p, uint64_t key, bool ours, mono_t at)
{
	uint32_t i;

	if (c->free == NOBODY) {
		c->crowded++;
		forget(c, c->oldest[LIVING] != NOBODY ? c->oldest[LIVING] : c->oldest[CLOSING]);
	}
	i = c->free;
	c->free = c->at[i].newer;
	c->at[i] = (struct counted){ .key = key, .first = at, .last = at, .in = !ours,
		.tuple = { .src = p->src, .dst = p->dst, .sport = p->sport, .dport = p->dport, .proto = p->proto } };
	(void)map_set(c->map, key, i); /* as many places as the map has entries */
	enter(c, i, LIVING);
	return i;
}

/* Asked while it lives: of what was reset nobody can tell any more. */
static void ask(const struct flow_tracker *t, struct counted *f, mono_t at)
{
	const struct ask a = { .tuple = f->tuple, .due = at, .hook = HOOK_INPUT };
	enum ask_fate fate;
	bool silent;

	flow_fate(t, &a, at, &fate, &silent);
	f->answered = fate == FATE_SOCKET || fate == FATE_TRACKED;
}

static void move(struct flow_count *c, uint32_t i, const struct packet *p, enum flow_way way, mono_t at)
{
	struct counted *f = &c->at[i];
	bool over;

	f->fin[way] = f->fin[way] || p->tcp_flags & TCP_FIN;
	over = p->tcp_flags & TCP_RST || (f->fin[FLOW_THERE] && f->fin[FLOW_BACK]) || f->list == CLOSING;
	if (at.ns > f->last.ns)
		f->last = at;
	leave(c, i);
	enter(c, i, over ? CLOSING : LIVING);
}

/* How far it has come, live as the socket's walk tells it. */
static void step(const struct flow_count *c, struct counted *f, mono_t at, flow_end_fn fn, void *ctx)
{
	if (!c->step || f->in || f->bytes[FLOW_THERE] - f->told < c->step)
		return;
	f->told = f->bytes[FLOW_THERE];
	tell(f, true, at, fn, ctx);
}

void flow_count_packet(struct flow_count *c, const struct flow_tracker *t, const struct packet *p, uint64_t ref, bool ours,
	uint32_t bytes, mono_t at, flow_end_fn fn, void *ctx)
{
	bool opens = (p->tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN)) == TCP_SYN;
	uint64_t key = ref & ~REF_MARKS;
	uint32_t i = map_get(c->map, key);
	enum flow_way way;

	/* Sent again, a SYN begins nothing. */
	if (i != MAP_NONE && opens && (c->at[i].packets[FLOW_BACK] > 1 || c->at[i].list == CLOSING)) {
		tell(&c->at[i], false, at, fn, ctx);
		forget(c, i);
		i = MAP_NONE;
	}
	if (i == MAP_NONE && !opens)
		return;
	if (i == MAP_NONE)
		i = begin(c, p, key, ours, at);
	way = ours == c->at[i].in ? FLOW_BACK : FLOW_THERE;
	c->at[i].packets[way]++;
	c->at[i].bytes[way] += bytes;
	if (!c->at[i].answered && way == FLOW_THERE && c->at[i].in && p->payload_len)
		ask(t, &c->at[i], at);
	move(c, i, p, way, at);
	step(c, &c->at[i], at, fn, ctx);
}

void flow_count_step(struct flow_count *c, uint64_t bytes)
{
	c->step = bytes;
}

uint64_t flow_count_crowded(const struct flow_count *c)
{
	return c->crowded;
}
