/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a host's traffic was, slot by slot of five minutes of wall time: for each direction and service the connections
 * begun, packets and bytes both ways, and how many peers there were. What is normal is learned from this. Pure; bounded;
 * fed packet by packet with the flow tracker's word; finished slots come out as values, and nothing here is ever asked
 * while it counts.
 *
 * A slot stays here for an hour before it comes out, so that an incident that is known only later can still take it back
 * (tally_freeze): nobody shall teach us an attack as normal by being found late.
 *
 * A service is the port of whoever was called. Where nobody saw the beginning of a connection, it is the port of ours that
 * is served, else the peer's; of what is forwarded, the lower one. A port is a service of a slot once it answered with
 * anything but a refusal, or had TALLY_SOUGHT packets; what is less is summed up as "other", or every scanned port would
 * be a row.
 */
#ifndef TIDEGATE_CORE_TALLY_H
#define TIDEGATE_CORE_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/sketch.h"
#include "base/time.h"
#include "core/flow.h"
#include "core/listen.h"
#include "core/packet.h"

#define TALLY_SLOT_S 300     /* starts at whole multiples since 1970: each hour has twelve, whatever the zone */
#define TALLY_HELD 12        /* slots that are not out yet, the one that is being counted included */
#define TALLY_SERIES 512     /* of a slot; ports beyond go to "other", and are counted */
#define TALLY_SOUGHT 16
#define TALLY_PROTO_REST 255 /* stands for every protocol that has no series of its own */

/* These two stand in files: never renumbered. */
enum tally_direction {
	TALLY_IN = 0,  /* we were called */
	TALLY_OUT,
	TALLY_FORWARD, /* between others */
	TALLY_DIRECTIONS,
};

const char *tally_direction_name(enum tally_direction d); /* "in", "out", "forward" */

enum tally_scope {
	TALLY_ALL = 0, /* of a protocol: everything, services included */
	TALLY_SERVICE,
	TALLY_OTHER,   /* ports that are no services of this slot */
};

enum tally_way { TALLY_THERE = 0, TALLY_BACK }; /* from who called; from who was called */

struct tally_series {
	uint8_t direction, scope; /* enum tally_direction, enum tally_scope */
	uint8_t proto;            /* TCP, UDP, SCTP, ICMP, ICMP6 or TALLY_PROTO_REST */
	bool answered;
	uint16_t port;            /* of a service, else 0 */
	uint64_t connections;     /* begun, answered or not; a SYN sent again begins nothing */
	uint64_t packets[2], bytes[2]; /* by enum tally_way; bytes of the IP packet as it was on the wire */
	struct hll64 peers;       /* sources (base/addr.h: IPv6 by its /64) that called; going out: who was called */
	struct hll64 ports;       /* TALLY_ALL: that were called */
};

struct tally_slot {
	int64_t start_s;          /* since 1970 */
	wall_t from, until;       /* what of it was watched: less at both ends of a capture */
	bool frozen;              /* belongs to an incident: not to be learned */
	const struct tally_series *series; /* borrowed; all-zero ones are left out */
	size_t n;
};

typedef void (*tally_slot_fn)(void *ctx, const struct tally_slot *s);

struct tally; /* about 1.1 MiB, in the caller's memory, aligned as malloc does */

size_t tally_bytes(void);

/* Peers are counted under that key: sketches of two tallies may be merged where it was the same. */
void tally_create(struct tally **out, void *memory, const struct hash_key *key, tally_slot_fn fn, void *ctx);

struct tally_packet {
	const struct packet *packet;
	enum hook hook;
	enum flow_word word;
	enum flow_from from;
	bool within;     /* both ends are this host's: it called itself */
	uint32_t wire_len;
	wall_t at;
	const struct listen_snapshot *listening; /* or NULL: nothing is known to be served */
};

/*
 * Times that step back count as the latest one. Quiet of up to an hour is silence, and its slots come out empty; longer
 * quiet is no knowledge: nobody says that anything was watched (two captures of a Monday and a Friday are no idle week).
 */
void tally_packet(struct tally *t, const struct tally_packet *p);

/* An incident from then until then, which may be in the future. What has come out already is counted as missed. */
void tally_freeze(struct tally *t, wall_t from, wall_t until);

/* All that is held comes out. Counting may go on afterwards, with a later time. */
void tally_finish(struct tally *t);

struct tally_stats {
	uint64_t packets;
	uint64_t back_steps;
	uint64_t crowded; /* packets to ports that found no room in their slot */
	uint64_t missed;  /* freezes that reached back behind what is held */
};

void tally_stats(const struct tally *t, struct tally_stats *out);

#endif
