/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * By which names this host knows addresses: learned from the answers to its own questions. Only an answer of a resolver that
 * is configured, to a question that was seen to go to it, from that port, with that id and name, within five seconds, once,
 * is believed: so nobody from outside can name an address (RFC 5452). Bounded; what was used longest ago goes first.
 */
#ifndef TIDEGATE_CORE_NAMES_H
#define TIDEGATE_CORE_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/time.h"
#include "core/dns.h"

#define NAMES_RESOLVERS 16
#define NAMES_FLOOR_S 60         /* a lifetime is never taken for shorter, nor for longer: */
#define NAMES_CEILING_S 86400
#define NAMES_LINGER_S 300       /* programs use an address for longer than they may */

struct names;

size_t names_bytes(void); /* 2 MiB at most */
void names_create(struct names **out, void *memory, const struct hash_key *key);

/* Those of /etc/resolv.conf, loopback ones (a local stub) included: the others are not believed. */
void names_resolvers(struct names *n, const struct addr *list, size_t count);

/* A new address of a name, or its lifetime renewed. */
typedef void (*names_learned_fn)(void *ctx, const char *name, const struct addr *a, mono_t until);

/* Each message; an answer that is believed tells its addresses. */
void names_message(struct names *n, const struct dns_message *m, mono_t now, names_learned_fn learned, void *ctx);

/* The name by which this address was last looked up; "" where none is known (any more). Borrowed until the next message. */
const char *names_of(const struct names *n, const struct addr *a, mono_t now);
/* All addresses of that name that are known: returns how many were put into out. */
size_t names_addresses(const struct names *n, const char *name, mono_t now, struct addr *out, mono_t *until, size_t max);

struct names_stats {
	uint64_t questions, answers, learned;
	uint64_t stray;     /* answers to nothing that was asked */
	uint64_t strangers; /* of no configured resolver */
	uint64_t evicted;
	uint32_t addresses; /* known now */
};

void names_stats(const struct names *n, struct names_stats *out);

#endif
