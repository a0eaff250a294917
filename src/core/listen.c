/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The listening ports as the last snapshot had them, and when each of the others was last
 * among them. Fed by the engine from the socket census; asked for each new flow.
 */
#include "core/listen.h"

#include <string.h>

#include "core/packet.h"

#define PORTS 65536
#define TICK_NS (NS_PER_S / 16)

struct listen {
	struct listen_snapshot now; /* known: it has been answered at least once */
	uint32_t recent;            /* ticks */
	uint32_t closed[LISTEN_PROTOS][PORTS]; /* tick when it was found gone; 0 never */
};

size_t listen_bytes(void)
{
	return sizeof(struct listen);
}

void listen_create(struct listen **out, void *memory, int64_t recent_ns)
{
	struct listen *l = memory;

	memset(l, 0, sizeof(*l));
	l->recent = (uint32_t)(recent_ns / TICK_NS);
	*out = l;
}

static void note_gone(struct listen *l, size_t proto, size_t word, uint64_t gone,
	uint32_t tick)
{
	for (; gone; gone &= gone - 1) {
		size_t bit = (size_t)__builtin_ctzll(gone);

		l->closed[proto][word * 64 + bit] = tick ? tick : 1;
	}
}

void listen_update(struct listen *l, const struct listen_snapshot *s, mono_t now)
{
	for (size_t proto = 0; proto < LISTEN_PROTOS; proto++) {
		if (!s->known[proto])
			continue;
		for (size_t word = 0; word < PORTS / 64; word++)
			note_gone(l, proto, word,
				l->now.ports[proto][word] & ~s->ports[proto][word],
				mono_tick(now));
		memcpy(l->now.ports[proto], s->ports[proto], sizeof(s->ports[proto]));
		l->now.known[proto] = true;
	}
}

enum listen_proto listen_proto_of(uint8_t proto)
{
	switch (proto) {
	case PROTO_TCP:
		return LISTEN_TCP;
	case PROTO_UDP:
		return LISTEN_UDP;
	case PROTO_SCTP:
		return LISTEN_SCTP;
	}
	return LISTEN_PROTOS;
}

enum listen_state listen_ask(const struct listen *l, uint8_t proto, uint16_t port,
	mono_t now)
{
	enum listen_proto p = listen_proto_of(proto);
	uint32_t closed;

	if (p == LISTEN_PROTOS || !l->now.known[p])
		return LISTEN_UNKNOWN;
	if (listen_snapshot_has(&l->now, p, port))
		return LISTEN_OPEN;
	closed = l->closed[p][port];
	if (closed && mono_tick(now) - closed <= l->recent)
		return LISTEN_RECENT;
	return LISTEN_CLOSED;
}

bool listen_snapshot_equal(const struct listen_snapshot *a, const struct listen_snapshot *b)
{
	for (size_t p = 0; p < LISTEN_PROTOS; p++)
		if (a->known[p] != b->known[p] ||
			memcmp(a->ports[p], b->ports[p], sizeof(a->ports[p])))
			return false;
	return true;
}
