/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Beacons: contacts of one actor with one destination and port that come as by the clock, with like sizes; and connections
 * that stay for hours and say next to nothing. Timing alone is no offence (mail, monitoring and updates come by the clock
 * too): the finding is one signal (core/signals.h).
 */
#ifndef TIDEGATE_CORE_DETECT_BEACON_H
#define TIDEGATE_CORE_DETECT_BEACON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/hash.h"
#include "core/contact.h"
#include "core/finding.h"
#include "core/flow_end.h"
#include "core/rule.h"

struct beacon_opts {
	struct rule rule;     /* egress.beacon */
	uint32_t timing;      /* thousandths: 830, the least evenness of intervals (core/rhythm.h); with all 32, 30 less */
	uint32_t size;        /* thousandths: 800, of bytes sent; half way from timing to a clock asks for no size at all */
	uint32_t least;       /* contacts: 16 */
	int64_t long_ns;      /* that a quiet connection lasts: 4 h */
};

struct beacon_stats {
	uint64_t records;
	uint64_t evicted;     /* records that made room while they were still called */
};

struct beacon;

size_t beacon_bytes(void); /* 2 MiB at most */
void beacon_create(struct beacon **out, void *memory, const struct hash_key *key);

typedef void (*beacon_raise_fn)(void *ctx, const struct finding *f);

/*
 * Who has a name is known by it, so that addresses may change behind it; else by its address (IPv6: its /64). What comes
 * within a second is one call. A record is raised once a day at most.
 */
void beacon_contact(struct beacon *b, const struct beacon_opts *o, const struct contact *c, beacon_raise_fn raise, void *ctx);
/* The end of such a flow, with what it carried; actor as the contact had it. */
void beacon_end(struct beacon *b, const struct beacon_opts *o, const struct flow_end *f, const struct actor *a, mono_t now,
	beacon_raise_fn raise, void *ctx);
/* What stood against it has ended: the next call may be found again. */
void beacon_rearm(struct beacon *b, const struct prefix *destination);

void beacon_stats(const struct beacon *b, struct beacon_stats *out);

#endif
