/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whom this host's actors reach: one record for each (actor, destination, protocol, port), with when, how often, how much.
 * What is new there is news (egress.new); egress propose and the other egress detectors ask it how well known a destination
 * is. Bounded: what was used least and longest ago goes first.
 *
 * An actor here is a user and the unit that acts for him (struct contact's), for a control group's id is another one after
 * each restart. What a unit's name has of numbers that are drawn anew is left out: "session-3.scope" is "session-*.scope".
 *
 * What an actor does in his first day is learned in silence. A destination is new to him only where he has met neither its
 * /24 (IPv6: /48) nor its registered domain. Who meets many new ones a day, as a browser does, is told only of new ports
 * and protocols; who uses many new ports a day, as peers of a game or a call do, only of new ones below 1024. Ports from
 * 32768 on are one: they are drawn by dice.
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
#include "core/unit.h"

#define REACH_NAME 64
#define REACH_UNIT UNIT_NAME
#define REACH_RECORDS 8000
#define REACH_ACTORS 256
#define REACH_A_MINUTE 16 /* findings at most; the others are counted */

struct reach_opts {
	struct rule rule;      /* egress.new */
	int64_t learn_ns;      /* of an actor, in silence: 1 d */
	uint32_t many;         /* new destinations, or ports, of an actor on one of the last 16 days, above which he roams: 32 */
};

struct reach_record {
	struct actor actor;    /* as it was met last; of a group out of the store the id is 0 until then */
	uint32_t uid;          /* of its sockets; OWNER_UNKNOWN */
	char unit[REACH_UNIT]; /* "backup.service"; "": by its user alone */
	struct addr to;        /* IPv6: as it is */
	uint16_t port;         /* 0 of protocols without */
	uint8_t proto;
	uint64_t count;        /* contacts */
	uint64_t bytes[FLOW_WAYS];
	uint64_t day_bytes;    /* sent on the day of last_s ... */
	uint64_t day_most;     /* ... and on the day before it on which that was most */
	int64_t first_s, last_s; /* seconds of wall time */
	uint16_t days;         /* different ones (UTC) on which it was met, at most 65535 */
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

/* wall_s: seconds since 1970 at c->at. Returns bits of enum reach_news (also while it learns in silence). Subject
 * DESTINATION, about "new port tcp/6667 at 203.0.113.9 (irc.example.net)". */
unsigned reach_contact(struct reach *r, const struct reach_opts *o, const struct contact *c, int64_t wall_s,
	reach_raise_fn raise, void *ctx);
/* Since the last word about this flow. Of one that is not known (any more) they are lost. */
void reach_bytes_moved(struct reach *r, const struct contact *c, const uint64_t bytes[FLOW_WAYS], int64_t wall_s);
/* Of this contact's actor, destination, protocol and port. False: never met, or forgotten. */
bool reach_find(const struct reach *r, const struct contact *c, struct reach_record *out);
/* How well known the destination is to the host, whoever reaches it; seconds since it was first met, or below 0. */
int64_t reach_known_s(const struct reach *r, const struct addr *to, int64_t wall_s);

/* Out of a store: as if it had been met then. What is met already knows better. False: it makes no sense (counted). */
bool reach_teach(struct reach *r, const struct reach_record *x);
/* Walks all: start with *at = 0; false at the end. */
bool reach_next(const struct reach *r, size_t *at, struct reach_record *out);

/*
 * Into a store: looks at so many records, on from where it stopped, and hands over those that have changed since they were
 * last. put returns false where it has no room: that one is the first to be handed next time.
 */
typedef bool (*reach_put_fn)(void *ctx, const struct reach_record *x);
void reach_hand(struct reach *r, size_t most, reach_put_fn put, void *ctx);

struct reach_stats {
	uint32_t records, actors, destinations;
	uint64_t taught, refused;   /* out of a store; what made no sense there */
	uint64_t forgotten;         /* records that made room */
	uint64_t forgotten_actors;
	uint64_t told, untold;      /* findings; new ones beyond what is told in a minute */
	uint64_t roamed;            /* new ones of actors that meet many */
};

void reach_stats(const struct reach *r, struct reach_stats *out);

#endif
