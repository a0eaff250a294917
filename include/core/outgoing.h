/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The flows that this host has begun lately: whose each is, and how much of what it carried has been told. So the bytes of
 * its end go to the one who opened it. Bounded; the one that began longest ago makes room.
 */
#ifndef TIDEGATE_CORE_OUTGOING_H
#define TIDEGATE_CORE_OUTGOING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "core/actor.h"
#include "core/ask.h"
#include "core/flow_end.h"

#define OUTGOING_FLOWS 8192

struct outgoing_flow {
	struct tuple tuple;
	struct socket_owner owner;
	uint64_t told[FLOW_WAYS]; /* bytes that somebody was told of already */
	mono_t at;                /* its first packet; 0: this place is free */
	uint32_t seq;             /* how many began before it */
	uint32_t blame;           /* core/blames.h; 0: none */
	uint8_t level;            /* of its control group */
	uint8_t list;             /* index of its allowlist, plus one; 0: it has none */
	bool refused;             /* the kernel did not let it leave */
	bool settled;             /* its owner is known, or was waited for in vain */
	bool asked;               /* somebody waits for whether it was answered */
	bool over;                /* it has ended before that is known */
	bool named;               /* its process is known */
};

struct outgoing;

size_t outgoing_bytes(void);
void outgoing_create(struct outgoing **out, void *memory, const struct hash_key *key);

/* A flow begins; one with the same tuple is begun anew. */
struct outgoing_flow *outgoing_begin(struct outgoing *o, const struct tuple *t, uint32_t uid, mono_t at);
struct outgoing_flow *outgoing_find(struct outgoing *o, const struct tuple *t); /* NULL */
void outgoing_end(struct outgoing *o, struct outgoing_flow *f);

/* Who opened most of this user's named flows to that port, or to that destination (core/blames.h); 0: no single one. */
uint32_t outgoing_most(const struct outgoing *o, uint32_t uid, const struct tuple *t);

/* The next one that waits for its owner since that long or longer; NULL: none. The caller settles it. */
struct outgoing_flow *outgoing_overdue(struct outgoing *o, mono_t now, int64_t wait_ns);

struct outgoing_stats {
	uint64_t begun;
	uint64_t crowded; /* made room before they had ended */
	uint32_t known;
};

void outgoing_stats(const struct outgoing *o, struct outgoing_stats *out);

#endif
