/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a service is short of room: the question that stands before every word about who holds its connections. All
 * of it is about us, so nobody can forge it, and nobody can be blamed by it.
 */
#ifndef TIDEGATE_CORE_HOLD_GATE_H
#define TIDEGATE_CORE_HOLD_GATE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/detect_hold.h"

enum hold_pressure {
	HOLD_QUEUE = 1 << 0,  /* its accept queue is filling, two looks in a row */
	HOLD_TRACKS = 1 << 1, /* the host's connection table is nearly full */
	HOLD_OPEN = 1 << 2,   /* far more is open than it is used to, three looks in a row */
};

/* These two turn clients away; much that is open does not by itself. */
#define HOLD_HARD (HOLD_QUEUE | HOLD_TRACKS)

struct hold_gate {
	int64_t usual;  /* open connections, Q16; half-life 10 min */
	bool born;      /* the first look is taken as the usual: how it began is not known */
	uint8_t queue_looks, open_looks;
};

/* How many may be open before it is pressure. */
uint32_t hold_gate_limit(const struct hold_gate *g, const struct hold_opts *o);

/*
 * One look, elapsed_ns after the one before; bits of enum hold_pressure. frozen: what is seen belongs to an attack, and
 * is not learned. What is beyond the limit is learned as if it were at it.
 */
uint8_t hold_gate_look(struct hold_gate *g, const struct hold_opts *o, const struct service_census *c,
	unsigned conntrack_percent, bool frozen, int64_t elapsed_ns);

#endif
