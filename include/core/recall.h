/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bounded memory of what this host sent lately: (proto, peer, peer port, own port),
 * kept at least 'keep' and at most twice that, in two Bloom generations (Bloom 1970; 4
 * keyed bits each). A packet that mirrors one of them is a late answer (a resolver
 * after conntrack forgot, a RST after a timeout) and never evidence.
 */
#ifndef TIDEGATE_CORE_RECALL_H
#define TIDEGATE_CORE_RECALL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/hash.h"
#include "base/time.h"
#include "core/packet.h"

struct recall;

/* 1 MiB: 100,000 tuples a generation at one false match in 10,000. */
size_t recall_bytes(void);
void recall_create(struct recall **out, void *memory, const struct hash_key *key,
	int64_t keep_ns);

/*
 * What is an answer itself (our RST, our SYN-ACK) asks for none, and is not remembered.
 */
void recall_sent(struct recall *r, const struct packet *outgoing, mono_t now);
bool recall_answers(struct recall *r, const struct packet *incoming, mono_t now);

#endif
