/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who of a service's peers holds too much of it, and what one usually holds: the measure that an office behind one
 * address, a proxy or a balancer is known by.
 */
#ifndef TIDEGATE_CORE_HOLD_PEERS_H
#define TIDEGATE_CORE_HOLD_PEERS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/detect_hold.h"
#include "core/holders.h"

#define HOLD_CROWD 8 /* peers from which on the one in the middle says what is usual */

/* Of the peer that holds most while there is no pressure, Q16. Rises within minutes, falls within hours. */
struct hold_calm {
	int64_t open, slow;
	bool begun;       /* else the first look is taken as the usual: how it began is not known */
	uint32_t seconds; /* that were calm */
};

void hold_calm_learn(struct hold_calm *c, const struct service_holders *s, int64_t elapsed_ns);

/* The same where so little is open that nobody has asked who holds it. */
void hold_calm_quiet(struct hold_calm *c, uint32_t open, int64_t elapsed_ns);

/*
 * How many connections of one peer are too many, or UINT32_MAX where nobody can be blamed: above the floor, its share,
 * twice what one holds in calm, and so many times the peer in the middle. Of a handful of peers the middle says nothing:
 * there what one holds in calm stands for it, where clients are turned away and calm is known.
 */
uint32_t hold_open_limit(const struct hold_opts *o, const struct service_holders *s, const struct hold_calm *c,
	uint8_t pressure);

/*
 * The same of its slow ones, which must be the greater part of what it holds. A program of few workers never has as many
 * as the floor: where its queue is full and half of all is this peer's, a quarter of the floor is enough.
 */
uint32_t hold_slow_limit(const struct hold_opts *o, const struct service_holders *s, const struct hold_calm *c,
	uint8_t pressure, const struct holder *h);

#endif
