/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whom this host's actors reach: one record for each (actor, destination, protocol, port), with when, how often, how much.
 * What is new there is news (D12: egress.new); egress propose and the other egress detectors ask it how well known a
 * destination is. Bounded: what was used least and longest ago goes first.
 */
#ifndef TIDEGATE_CORE_REACH_H
#define TIDEGATE_CORE_REACH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "core/contact.h"
#include "core/finding.h"
#include "core/flow_end.h"
#include "core/rule.h"

#define REACH_NAME 64

struct reach_opts {
	struct rule rule;      /* egress.new */
	int64_t learn_ns;      /* of an actor, in silence: 1 d */
	int64_t known_ns;      /* a destination is known once it was first met so long ago, on two days at least: 1 d */
};

struct reach_record {
	struct actor actor;
	struct addr to;        /* IPv6: as it is */
	uint16_t port;
	uint8_t proto;
	uint64_t count;        /* contacts */
	uint64_t bytes[FLOW_WAYS];
	int64_t first_s, last_s; /* seconds of wall time */
	uint16_t days;         /* different ones on which it was met, at most 65535 */
	char name[REACH_NAME]; /* as last looked up; "": by its address alone */
};

enum reach_news {          /* bits */
	REACH_NEW_DESTINATION = 1 << 0,
	REACH_NEW_PORT = 1 << 1,     /* this actor has never used that port, anywhere */
	REACH_NEW_PROTOCOL = 1 << 2,
};

struct reach;

size_t reach_bytes(void); /* 3 MiB at most */
void reach_create(struct reach **out, void *memory, const struct hash_key *key);

typedef void (*reach_raise_fn)(void *ctx, const struct finding *f);

/* wall_s: seconds since 1970 at c->at. Returns bits of enum reach_news (also while it learns in silence). */
unsigned reach_contact(struct reach *r, const struct reach_opts *o, const struct contact *c, int64_t wall_s,
	reach_raise_fn raise, void *ctx);
void reach_bytes_moved(struct reach *r, const struct actor *a, const struct tuple *t, const uint64_t bytes[FLOW_WAYS]);
/* NULL: never met, or forgotten. */
const struct reach_record *reach_find(const struct reach *r, const struct actor *a, const struct addr *to, uint8_t proto,
	uint16_t port);
/* How well known the destination is to the host, whoever reaches it; seconds since it was first met, or below 0. */
int64_t reach_known_s(const struct reach *r, const struct addr *to, int64_t wall_s);

/* Out of a store, and into it. Walks all: start with *at = 0; NULL at the end. */
void reach_teach(struct reach *r, const struct reach_record *x);
const struct reach_record *reach_next(const struct reach *r, size_t *at);

#endif
