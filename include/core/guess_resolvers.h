/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whom did the host of a capture ask for names? Its configuration cannot be read any more, so those are taken for its
 * resolvers that it asked at least a tenth as often as the one that it asked most. A server that a tool asks now and then
 * so names nothing; one that a program asks more than the host asks its own does, which live it would not. Pure; of more
 * than 64 servers those that were asked least are forgotten.
 */
#ifndef TIDEGATE_CORE_GUESS_RESOLVERS_H
#define TIDEGATE_CORE_GUESS_RESOLVERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/names.h"
#include "core/packet.h"

#define RESOLVER_VOTES 64

struct resolver_votes { /* zeroed by the caller */
	struct resolver_vote {
		struct addr addr;
		uint32_t asked;
	} list[RESOLVER_VOTES];
	size_t n;
	uint32_t questions;
};

/* One packet that this host sent, in the order of the capture. True where guess_resolvers may say something else than
 * before. */
bool guess_resolvers_packet(struct resolver_votes *v, const struct packet *p);

/* Those whom it asks most first; returns how many. */
size_t guess_resolvers(const struct resolver_votes *v, struct addr out[NAMES_RESOLVERS]);

#endif
