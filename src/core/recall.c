/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What this host sent lately, in two Bloom generations: the older one is thrown away
 * whole when the younger has reached the age for which things are kept.
 */
#include "core/recall.h"

#include <stdint.h>
#include <string.h>

#define BITS (UINT32_C(1) << 22) /* a generation: 100,000 tuples fill a tenth of it */
#define PROBES 4                 /* 0.1^4 is the one false match in 10,000 */

struct generation {
	uint64_t words[BITS / 64];
};

struct recall {
	struct hash_key key;
	int64_t keep_ns;
	mono_t since;     /* when the younger generation began */
	bool begun;
	unsigned younger; /* 0 or 1 */
	struct generation generations[2];
};

size_t recall_bytes(void)
{
	return sizeof(struct recall);
}

void recall_create(struct recall **out, void *memory, const struct hash_key *key,
	int64_t keep_ns)
{
	struct recall *r = memory;

	memset(r, 0, sizeof(*r));
	r->key = *key;
	r->keep_ns = keep_ns;
	*out = r;
}

/* Two ages without a call have made the younger generation too old as well. */
static void turn(struct recall *r, mono_t now)
{
	int64_t age = mono_since(now, r->since);

	if (!r->begun) {
		r->begun = true;
		r->since = now;
		return;
	}
	if (age < r->keep_ns)
		return;
	if (age >= 2 * r->keep_ns)
		memset(&r->generations[r->younger], 0, sizeof(r->generations[0]));
	r->younger ^= 1;
	memset(&r->generations[r->younger], 0, sizeof(r->generations[0]));
	r->since = now;
}

static uint64_t mark(const struct recall *r, uint8_t proto, const struct addr *peer,
	uint16_t peer_port, uint16_t own_port)
{
	struct {
		uint8_t peer[16];
		uint16_t peer_port, own_port;
		uint8_t family, proto;
		uint16_t zero; /* no padding: all of it is hashed */
	} bytes = { .peer_port = peer_port, .own_port = own_port, .family = peer->family,
		.proto = proto };

	memcpy(bytes.peer, peer->bytes, sizeof(bytes.peer));
	return hash_bytes(&r->key, &bytes, sizeof(bytes));
}

/*
 * Positions from two halves of one hash (Kirsch and Mitzenmacher 2006); the step is
 * odd.
 */
static uint32_t position(uint64_t hash, uint32_t probe)
{
	return ((uint32_t)hash + probe * ((uint32_t)(hash >> 32) | 1)) & (BITS - 1);
}

static bool holds(const struct generation *g, uint64_t hash)
{
	for (uint32_t i = 0; i < PROBES; i++) {
		uint32_t at = position(hash, i);

		if (!(g->words[at >> 6] >> (at & 63) & 1))
			return false;
	}
	return true;
}

void recall_sent(struct recall *r, const struct packet *outgoing, mono_t now)
{
	uint64_t hash;

	/*
	 * Our RST to a probe asks for nothing: remembered, it would excuse the next
	 * probe.
	 */
	if (packet_is_answer(outgoing))
		return;
	turn(r, now);
	hash = mark(r, outgoing->proto, &outgoing->dst, outgoing->dport, outgoing->sport);
	for (uint32_t i = 0; i < PROBES; i++) {
		uint32_t at = position(hash, i);

		r->generations[r->younger].words[at >> 6] |= UINT64_C(1) << (at & 63);
	}
}

bool recall_answers(struct recall *r, const struct packet *incoming, mono_t now)
{
	uint64_t hash = mark(r, incoming->proto, &incoming->src, incoming->sport,
		incoming->dport);

	turn(r, now);
	return holds(&r->generations[0], hash) || holds(&r->generations[1], hash);
}
