/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A ring of slots, the newest of which is counted. A slot's first series stand at fixed places (one for each direction and
 * protocol, one for each direction's other ports), so that totals always have room; services fill what is left, found by
 * an index that belongs to the newest slot alone.
 */
#include "core/tally.h"

#include <string.h>

#define SLOT_NS (TALLY_SLOT_S * NS_PER_S)
#define INDEX 1024 /* a power of two, twice the series: never more than half full */

enum class {
	CLASS_TCP = 0,
	CLASS_UDP,
	CLASS_SCTP, /* up to here with ports */
	CLASS_ICMP,
	CLASS_ICMP6,
	CLASS_REST,
	CLASSES,
};

#define PORTED (CLASS_SCTP + 1)
#define FIRST_OTHER (TALLY_DIRECTIONS * CLASSES)
#define FIRST_SERVICE (FIRST_OTHER + TALLY_DIRECTIONS * PORTED)

static const uint8_t protos[CLASSES] = { PROTO_TCP, PROTO_UDP, PROTO_SCTP, PROTO_ICMP, PROTO_ICMP6,
	TALLY_PROTO_REST };

struct held {
	int64_t start_s;
	wall_t from, until;
	bool frozen;
	size_t n;
	struct tally_series series[TALLY_SERIES];
};

struct tally {
	struct hash_key key;
	tally_slot_fn fn;
	void *ctx;
	wall_t now, frozen_until;
	size_t head, n; /* the oldest is at head */
	struct tally_stats stats;
	uint16_t index[INDEX]; /* of a service in the newest slot, plus 1 */
	struct held held[TALLY_HELD];
};

const char *tally_direction_name(enum tally_direction d)
{
	static const char *const names[TALLY_DIRECTIONS] = { "in", "out", "forward" };

	return names[d];
}

size_t tally_bytes(void)
{
	return sizeof(struct tally);
}

void tally_create(struct tally **out, void *memory, const struct hash_key *key, tally_slot_fn fn, void *ctx)
{
	struct tally *t = memory;

	/* Slots are written when they begin. */
	memset(t, 0, offsetof(struct tally, held));
	t->key = *key;
	t->fn = fn;
	t->ctx = ctx;
	t->now.ns = t->frozen_until.ns = INT64_MIN;
	*out = t;
}

/* ---- slots ---- */

static struct held *held_at(struct tally *t, size_t i)
{
	return &t->held[(t->head + i) % TALLY_HELD];
}

static struct held *newest(struct tally *t)
{
	return held_at(t, t->n - 1);
}

/* Rounded down, before 1970 too. */
static int64_t start_of(wall_t at)
{
	int64_t s = at.ns / NS_PER_S - (at.ns % NS_PER_S < 0);

	return s - ((s % TALLY_SLOT_S) + TALLY_SLOT_S) % TALLY_SLOT_S;
}

static wall_t end_of(const struct held *h)
{
	return (wall_t){ (h->start_s + TALLY_SLOT_S) * NS_PER_S };
}

static void add(struct tally_series *to, const struct tally_series *s)
{
	to->connections += s->connections;
	for (int way = 0; way < 2; way++) {
		to->packets[way] += s->packets[way];
		to->bytes[way] += s->bytes[way];
	}
	hll64_merge(&to->peers, &s->peers);
}

static bool is_service(const struct tally_series *s)
{
	return s->answered || s->packets[TALLY_THERE] + s->packets[TALLY_BACK] >= TALLY_SOUGHT;
}

static unsigned class_of(uint8_t proto)
{
	unsigned c = 0;

	while (c < CLASS_REST && protos[c] != proto)
		c++;
	return c;
}

static struct tally_series *other_of(struct held *h, unsigned direction, unsigned class)
{
	return &h->series[FIRST_OTHER + direction * PORTED + class];
}

/* Leaves services and what is not empty, side by side. */
static void tidy(struct held *h)
{
	size_t kept = 0;

	for (size_t i = FIRST_SERVICE; i < h->n; i++) {
		const struct tally_series *s = &h->series[i];

		if (!is_service(s))
			add(other_of(h, s->direction, class_of(s->proto)), s);
	}
	for (size_t i = 0; i < h->n; i++) {
		const struct tally_series *s = &h->series[i];

		if (s->scope == TALLY_SERVICE ? is_service(s) : s->packets[TALLY_THERE] + s->packets[TALLY_BACK] > 0)
			h->series[kept++] = *s;
	}
	h->n = kept;
}

static void let_out(struct tally *t)
{
	struct held *h = held_at(t, 0);
	struct tally_slot s;

	tidy(h);
	s = (struct tally_slot){ .start_s = h->start_s, .from = h->from, .until = h->until, .frozen = h->frozen,
		.series = h->series, .n = h->n };
	t->head = (t->head + 1) % TALLY_HELD;
	t->n--;
	t->fn(t->ctx, &s);
}

static void begin(struct tally *t, int64_t start_s, wall_t from)
{
	struct held *h;

	if (t->n == TALLY_HELD)
		let_out(t);
	t->n++;
	h = newest(t);
	h->start_s = start_s;
	h->from = h->until = from;
	h->frozen = t->frozen_until.ns > start_s * NS_PER_S;
	h->n = FIRST_SERVICE;
	memset(h->series, 0, FIRST_SERVICE * sizeof(h->series[0]));
	for (unsigned i = 0; i < FIRST_OTHER; i++) {
		h->series[i].direction = (uint8_t)(i / CLASSES);
		h->series[i].proto = protos[i % CLASSES];
	}
	for (unsigned i = FIRST_OTHER; i < FIRST_SERVICE; i++) {
		h->series[i].direction = (uint8_t)((i - FIRST_OTHER) / PORTED);
		h->series[i].proto = protos[(i - FIRST_OTHER) % PORTED];
		h->series[i].scope = TALLY_OTHER;
	}
	memset(t->index, 0, sizeof(t->index));
}

void tally_finish(struct tally *t)
{
	while (t->n)
		let_out(t);
}

/* To the slot of that time. */
static void move_on(struct tally *t, wall_t at)
{
	const int64_t start_s = start_of(at);

	if (t->n && at.ns / SLOT_NS - t->now.ns / SLOT_NS > TALLY_HELD)
		tally_finish(t);
	if (!t->n)
		begin(t, start_s, at);
	while (newest(t)->start_s < start_s) {
		struct held *h = newest(t);

		h->until = end_of(h);
		begin(t, h->start_s + TALLY_SLOT_S, h->until);
	}
	newest(t)->until = at;
	t->now = at;
}

void tally_freeze(struct tally *t, wall_t from, wall_t until)
{
	if (until.ns > t->frozen_until.ns)
		t->frozen_until = until;
	if (t->n && from.ns < held_at(t, 0)->start_s * NS_PER_S)
		t->stats.missed++;
	for (size_t i = 0; i < t->n; i++) {
		struct held *h = held_at(t, i);

		h->frozen |= from.ns < end_of(h).ns && until.ns >= h->start_s * NS_PER_S;
	}
}

/* ---- packets ---- */

struct place {
	enum tally_direction direction;
	enum tally_way way;
	uint16_t port;
};

static struct place called_at(enum tally_direction d, enum tally_way way, const struct packet *p)
{
	return (struct place){ d, way, way == TALLY_THERE ? p->dport : p->sport };
}

static bool serves(const struct tally_packet *p, uint16_t port)
{
	static const enum listen_proto of[PORTED] = { LISTEN_TCP, LISTEN_UDP, LISTEN_SCTP };
	const unsigned class = class_of(p->packet->proto);

	return class < PORTED && p->listening && listen_snapshot_has(p->listening, of[class], port);
}

/* Nobody saw who called: the middle of a connection, an error, what belongs to no flow. */
static struct place guess_place(const struct tally_packet *p)
{
	const struct packet *k = p->packet;
	const bool to_lower = k->dport <= k->sport;

	if (p->within)
		return called_at(TALLY_IN, to_lower ? TALLY_THERE : TALLY_BACK, k);
	switch (p->hook) {
	case HOOK_INPUT:
		if (class_of(k->proto) >= PORTED || serves(p, k->dport))
			return called_at(TALLY_IN, TALLY_THERE, k);
		return called_at(TALLY_OUT, TALLY_BACK, k);
	case HOOK_OUTPUT:
		if (serves(p, k->sport))
			return called_at(TALLY_IN, TALLY_BACK, k);
		return called_at(TALLY_OUT, TALLY_THERE, k);
	case HOOK_FORWARD:
	case HOOK_COUNT:
		break;
	}
	return called_at(TALLY_FORWARD, to_lower ? TALLY_THERE : TALLY_BACK, k);
}

static bool begins(const struct tally_packet *p)
{
	return p->word == FLOW_NEW && (p->packet->proto != PROTO_TCP || p->packet->tcp_flags & TCP_SYN);
}

static struct place place_of(const struct tally_packet *p)
{
	const bool known = begins(p) || p->from != FLOW_FROM_UNKNOWN;
	const bool there = begins(p) || p->from == FLOW_FROM_CALLER;
	const enum tally_way way = there ? TALLY_THERE : TALLY_BACK;

	if (!known)
		return guess_place(p);
	if (p->hook == HOOK_FORWARD)
		return called_at(TALLY_FORWARD, way, p->packet);
	if (p->within || there == (p->hook == HOOK_INPUT))
		return called_at(TALLY_IN, way, p->packet);
	return called_at(TALLY_OUT, way, p->packet);
}

/* The service's series in the newest slot; NULL where there is no room. */
static struct tally_series *service_of(struct tally *t, const struct place *where, uint8_t proto)
{
	struct held *h = newest(t);
	const uint64_t name = (uint64_t)where->direction << 24 | (uint64_t)proto << 16 | where->port;
	size_t at = hash_u64(&t->key, name) % INDEX;
	struct tally_series *s;

	for (; t->index[at]; at = (at + 1) % INDEX) {
		s = &h->series[t->index[at] - 1];
		if (s->port == where->port && s->proto == proto && s->direction == where->direction)
			return s;
	}
	if (h->n == TALLY_SERIES)
		return NULL;
	s = &h->series[h->n++];
	*s = (struct tally_series){ .direction = (uint8_t)where->direction, .scope = TALLY_SERVICE, .proto = proto,
		.port = where->port };
	t->index[at] = (uint16_t)h->n;
	return s;
}

static void count(struct tally_series *s, const struct tally_packet *p, const struct place *where, uint64_t peer)
{
	s->connections += begins(p);
	s->packets[where->way]++;
	s->bytes[where->way] += p->wire_len;
	/* An answer that nobody asked for is no service: it may be the echo of somebody's forgeries. */
	s->answered |= where->way == TALLY_BACK && p->word == FLOW_ESTABLISHED &&
		!(p->packet->proto == PROTO_TCP && p->packet->tcp_flags & TCP_RST);
	hll64_add(&s->peers, peer);
}

static uint64_t peer_of(const struct tally *t, const struct packet *p, const struct place *where)
{
	const bool sender = (where->way == TALLY_THERE) != (where->direction == TALLY_OUT);
	const struct addr *a = sender ? &p->src : &p->dst;

	return hash_u64(&t->key, source_key(a));
}

void tally_packet(struct tally *t, const struct tally_packet *p)
{
	const struct place where = place_of(p);
	const unsigned class = class_of(p->packet->proto);
	const uint64_t peer = peer_of(t, p->packet, &where);
	struct tally_series *all, *service;

	t->stats.packets++;
	t->stats.back_steps += p->at.ns < t->now.ns;
	move_on(t, p->at.ns < t->now.ns ? t->now : p->at);
	all = &newest(t)->series[where.direction * CLASSES + class];
	count(all, p, &where, peer);
	if (class >= PORTED)
		return;
	hll64_add(&all->ports, hash_u64(&t->key, where.port));
	service = service_of(t, &where, p->packet->proto);
	if (!service) {
		t->stats.crowded++;
		service = other_of(newest(t), where.direction, class);
	}
	count(service, p, &where, peer);
}

void tally_stats(const struct tally *t, struct tally_stats *out)
{
	*out = t->stats;
}
