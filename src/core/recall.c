/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What this host sent lately, in two Bloom generations: the older one is thrown away
 * whole when the younger has reached the age for which things are kept, or is full.
 */
#include "core/recall.h"

#include <stdint.h>
#include <string.h>

/*
 * A full generation has a quarter of its bits set, and 0.25^6 is one false match in 4,000;
 * both full, one in 2,000. Four bits for each tuple would be cheaper, but come to one in
 * 550 then.
 */
#define BITS (UINT32_C(1) << 23)
#define PROBES 6

struct generation {
	uint64_t words[BITS / 64];
};

struct recall {
	struct hash_key key;
	int64_t keep_ns;
	mono_t since;     /* when the younger generation began */
	mono_t known;     /* what was sent after this is remembered */
	uint32_t n;       /* different tuples of the younger generation */
	uint64_t early;   /* generations that ended full */
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
		r->since = r->known = now;
		return;
	}
	if (age < r->keep_ns && r->n < RECALL_FULL)
		return;
	r->early += age < r->keep_ns;
	r->known = r->since;
	if (age >= 2 * r->keep_ns)
		memset(&r->generations[r->younger], 0, sizeof(r->generations[0]));
	r->younger ^= 1;
	memset(&r->generations[r->younger], 0, sizeof(r->generations[0]));
	r->since = now;
	r->n = 0;
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
	struct generation *g;
	bool fresh = false;
	uint64_t hash;

	/*
	 * Our RST to a probe asks for nothing: remembered, it would excuse the next
	 * probe.
	 */
	if (packet_is_answer(outgoing))
		return;
	turn(r, now);
	g = &r->generations[r->younger];
	hash = mark(r, outgoing->proto, &outgoing->dst, outgoing->dport, outgoing->sport);
	for (uint32_t i = 0; i < PROBES; i++) {
		uint32_t at = position(hash, i);
		uint64_t bit = UINT64_C(1) << (at & 63);

		fresh |= !(g->words[at >> 6] & bit);
		g->words[at >> 6] |= bit;
	}
	r->n += fresh;
}

bool recall_answers(struct recall *r, const struct packet *incoming, mono_t now)
{
	uint64_t hash = mark(r, incoming->proto, &incoming->src, incoming->sport,
		incoming->dport);

	turn(r, now);
	return holds(&r->generations[0], hash) || holds(&r->generations[1], hash);
}

/* After a long silence 'known' is old, but so is what came after it: no more than keep. */
int64_t recall_kept_ns(const struct recall *r, mono_t now)
{
	int64_t kept = r->begun ? mono_since(now, r->known) : 0;

	return kept < r->keep_ns ? kept : r->keep_ns;
}

uint64_t recall_early_ends(const struct recall *r)
{
	return r->early;
}
