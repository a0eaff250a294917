/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is remembered of one source: exactly one 64-byte record of base/table. The detectors write here and nowhere
 * else. Scores are Q9.6 natural-log units (nats), floor 0; counters are Q8 events, decayed when touched.
 */
#ifndef TIDEGATE_CORE_SOURCE_H
#define TIDEGATE_CORE_SOURCE_H

#include <stdint.h>

enum source_flag {
	SOURCE_RAISED_FAST = 1 << 0,   /* scan found by the fast memory; cleared below half its threshold */
	SOURCE_RAISED_SLOW = 1 << 1,
	SOURCE_RAISED_ODD = 1 << 2,
	SOURCE_RAISED_PROVEN = 1 << 3, /* scan found on answered evidence alone */
	SOURCE_PROVEN = 1 << 4,        /* has completed a connection: kept by the table before strangers */
	SOURCE_STEALTH = 1 << 5,       /* NULL, FIN, XMAS, SYN+FIN were among its contacts */
};

struct source {
	uint64_t key;
	uint32_t last;      /* tick (1/16 s) up to which everything below is decayed */
	uint32_t first;     /* tick of the first packet */
	uint64_t seen_now;  /* keyed bitmaps of distinct (proto, daddr, dport), two generations of an hour */
	uint64_t seen_before;
	uint32_t rate_5s;   /* new connections, half-lives 5 s, 60 s, 1 h */
	uint32_t rate_60s;
	uint32_t rate_1h;
	int16_t fast;       /* all evidence, half-life 10 min */
	int16_t slow;       /* all evidence, half-life 24 h */
	int16_t proven;     /* answered evidence alone, half-life 1 h */
	uint16_t closed;    /* distinct closed contacts since first */
	uint16_t open;      /* distinct open ones */
	uint16_t odd;       /* odd packets, Q8, half-life 10 min */
	uint16_t flags;     /* enum source_flag */
	uint16_t generation; /* hour of seen_now */
};

_Static_assert(sizeof(struct source) == 64, "a source is one cache line");

#define NAT(x) ((int16_t)((x) * 64)) /* nats to Q9.6 */

#endif
