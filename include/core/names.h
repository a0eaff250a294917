/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * By which names this host knows addresses: learned from the answers to its own questions. Only an answer of a
 * resolver that is configured, to a question that was seen to go to it, from that port, with that id and name, within
 * five seconds, once, is believed: so nobody from outside can name an address (RFC 5452). Bounded; the name that was
 * looked up longest ago goes first, with all its addresses.
 *
 * Who owns a name says which addresses it has: he can give his name to anybody's address, never somebody's name to
 * his. So what may be reached goes by name to addresses (names_addresses), and the way back (names_of) is for people
 * to read. Unspecified, loopback and group addresses are not believed, nor names that are addresses themselves.
 * Private ones are: companies name them so. Answers over TCP, DoT and DoH are not seen.
 *
 * Questions must be what this host sent, answers what it received (on loopback: what either side got); a packet that
 * is only passing through, or a question of somebody to a server of ours, must not come here: it would take room.
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
#define NAMES_LINGER_S 300       /* programs use an address for longer than they may: added to each lifetime */
#define NAMES_WAIT_NS (5 * NS_PER_S) /* for an answer; resolvers of libraries ask again after that */
#define NAMES_ASKED 1024         /* questions that wait at once */
#define NAMES_KNOWN 4096         /* names */
#define NAMES_ADDRESSES 8192     /* of all of them */
#define NAMES_PER_NAME 256       /* an address every second and a half, for as long as they linger */

struct names;

size_t names_bytes(void); /* 2 MiB at most */
void names_create(struct names **out, void *memory, const struct hash_key *key);

/* Those of /etc/resolv.conf, loopback ones (a local stub) included: the others are not believed. */
void names_resolvers(struct names *n, const struct addr *list, size_t count);

/* A new address of a name, or its lifetime renewed. until: linger included; never earlier than what was told before. */
typedef void (*names_learned_fn)(void *ctx, const char *name, const struct addr *a, mono_t until);

/* Each message; an answer that is believed tells its addresses. */
void names_message(struct names *n, const struct dns_message *m, mono_t now, names_learned_fn learned, void *ctx);

/* The name by which this address was last looked up; "" where none is known (any more). Borrowed until the next message. */
const char *names_of(const struct names *n, const struct addr *a, mono_t now);
/* All addresses of that name that are known: returns how many were put into out. Any case, with or without the last
 * dot; until may be NULL. */
size_t names_addresses(const struct names *n, const char *name, mono_t now, struct addr *out, mono_t *until, size_t max);

struct names_stats {
	uint64_t questions, answers, learned; /* that were believed; addresses learned or renewed */
	uint64_t stray;     /* answers to nothing that was asked, or too late, or for the second time */
	uint64_t strangers; /* messages to or of no configured resolver */
	uint64_t refused;   /* addresses in believed answers that are not believed */
	uint64_t unasked;   /* questions that made room for others before they were answered */
	uint64_t evicted;   /* addresses that made room before their time */
	uint32_t addresses; /* known now; those whose time is over leave a few with each message */
};

void names_stats(const struct names *n, struct names_stats *out);

#endif
