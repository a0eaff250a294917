/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is remembered of one source: exactly one 64-byte record of base/table. The
 * detectors write here and nowhere else. Scores are Q9.6 natural-log units (nats),
 * floor 0; counters are Q8 events, decayed when touched.
 *
 * One clock for all: 'last' is the tick up to which every decaying field stands, so all
 * of them are brought forward together, by source_touch, and by nobody else. Whoever
 * holds a record calls it first, with the time of the packet or of the answer, before
 * scan_touch, scan_count, odd_count, source_new_flow, and before he reads or shows a
 * score.
 */
#ifndef TIDEGATE_CORE_SOURCE_H
#define TIDEGATE_CORE_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/time.h"
#include "core/fixed.h"

enum source_flag {
	SOURCE_RAISED_FAST = 1 << 0,   /* scan, fast memory; cleared below half of it */
	SOURCE_RAISED_SLOW = 1 << 1,
	SOURCE_RAISED_ODD = 1 << 2,
	SOURCE_RAISED_PROVEN = 1 << 3, /* scan found on answered evidence alone */
	SOURCE_PROVEN = 1 << 4,        /* has completed a connection: evicted last */
	SOURCE_STEALTH = 1 << 5,       /* NULL, FIN, XMAS, SYN+FIN among its contacts */
	SOURCE_MEASURED = 1 << 6,      /* a measure stands against it: never evicted */
	SOURCE_TRACKED = 1 << 7,       /* conntrack alone has vouched for it once: the next word counts */
	SOURCE_SHARED = 1 << 8,        /* several stacks answer behind this address, this hour or the last */
};

struct source {
	uint64_t key;
	uint32_t last;      /* tick (1/16 s) up to which everything below is decayed */
	uint32_t first;     /* tick of the first packet */
	uint64_t seen_now;  /* keyed bitmap of (proto, daddr, dport): this hour */
	uint64_t seen_before; /* and before (see detect_scan) */
	uint32_t rate_5s;   /* new connections, half-lives 5 s, 60 s, 1 h */
	uint32_t rate_60s;
	uint32_t rate_1h;
	int16_t fast;       /* all evidence, half-life 10 min */
	int16_t slow;       /* all evidence, half-life 24 h */
	int16_t proven;     /* answered evidence alone, half-life 1 h */
	uint16_t closed;    /* distinct contacts that spoke against it, since first */
	uint16_t open;      /* distinct open ones */
	uint16_t odd;       /* odd packets, Q8, half-life 10 min */
	uint16_t flags;     /* enum source_flag */
	uint16_t generation; /* hour of seen_now */
	uint8_t good;       /* slots of ten minutes with a connection that was served, by the socket's word */
	uint8_t good_slot;  /* the latest of them, modulo 256 */
	uint16_t stacks;    /* fingerprints of stacks that have proven themselves in this hour, one bit each */
};

_Static_assert(sizeof(struct source) == 64, "a source is one cache line");

#define NAT(x) ((int16_t)((x) * 64)) /* nats to Q9.6 */

/* All half-lives of a record, prepared once for each set of rules. */
struct source_half_lives {
	struct half_life fast, slow, proven, odd;
	struct half_life rate_5s, rate_60s, rate_1h;
};

/* fast and slow from scan_opts, odd from odd_opts; the others are the record's own. */
void source_half_lives_set(struct source_half_lives *h, int64_t fast_ns, int64_t slow_ns,
	int64_t odd_ns);

/*
 * Decays the whole record to now. Idempotent, and the same for one call or ten thousand
 * over the same time; a time before the last one changes nothing. A record that is all
 * zero but for its key begins now.
 */
void source_touch(const struct source_half_lives *h, struct source *s, mono_t now);

/*
 * One new connection (or datagram) of this source, in its three rates. After
 * source_touch.
 */
void source_new_flow(struct source *s);

/*
 * History. A peer is known to be good when it was served in ten different slots of ten
 * minutes: not to be had in a hurry, whatever the rate. Half of it is lost with each week
 * without a packet, all of it with a proven offence. source_owes_history: nothing is
 * known of the present slot.
 */
#define SOURCE_GOOD 10
bool source_owes_history(const struct source *s, mono_t now);
bool source_served(struct source *s, mono_t now); /* true where it has become good by it */

static inline bool source_is_good(const struct source *s)
{
	return s->good >= SOURCE_GOOD;
}

/*
 * One more connection of the source was proven, from a stack with this fingerprint (0 ..
 * 15). Four different ones within an hour are people who share the address (NAT, proxy).
 * Only what is proven counts, so nobody can be made one of many, nor hide among forged
 * ones.
 */
#define SOURCE_STACKS 4
void source_stack(struct source *s, uint8_t stack);

#endif
