/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bounded memory of what this host sent lately: (proto, peer, peer port, own port),
 * kept at least 'keep' and at most twice that, in two Bloom generations (Bloom 1970; 6
 * keyed bits each). A packet that mirrors one of them is a late answer (a resolver
 * after conntrack forgot, a RST after a timeout) and never evidence.
 *
 * A generation also ends when it is full. So a host that opens more flows than fit keeps
 * them for a shorter time, and what never was sent is not taken for an answer more often
 * than else: 10,000 new flows a second are kept for 40 to 80 s.
 */
#ifndef TIDEGATE_CORE_RECALL_H
#define TIDEGATE_CORE_RECALL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/hash.h"
#include "base/time.h"
#include "core/packet.h"

struct recall;

/* Different tuples of a generation. With both full one lookup in 2,000 matches falsely. */
#define RECALL_FULL 400000

/* 2 MiB, whatever is sent. */
size_t recall_bytes(void);
void recall_create(struct recall **out, void *memory, const struct hash_key *key,
	int64_t keep_ns);

/*
 * What is an answer itself (our RST, our SYN-ACK) asks for none, and is not remembered.
 */
void recall_sent(struct recall *r, const struct packet *outgoing, mono_t now);
bool recall_answers(struct recall *r, const struct packet *incoming, mono_t now);

/*
 * Whatever was sent within so many ns before now is still known: 'keep' as a rule, less
 * after a start, and less where generations end early for being full.
 */
int64_t recall_kept_ns(const struct recall *r, mono_t now);

/* How many generations ended early: what the bound of memory has cost. */
uint64_t recall_early_ends(const struct recall *r);

#endif
