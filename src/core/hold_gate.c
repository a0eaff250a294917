/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pressure on one service: its accept queue and its own usual number of open connections, beside the host's connection
 * table. Called by detect_hold alone.
 */
#include "core/hold_gate.h"

#include "core/fixed.h"

#define QUEUE_LOOKS 2 /* a burst fills a queue for a moment; a program that keeps up has emptied it a second later */
#define OPEN_LOOKS 3
#define TRACKS_PERCENT 80 /* of conntrack: it begins to drop at 100, and what it needs is room for all services */
#define HALF_LIFE (600 * NS_PER_S)
#define Q16(x) ((int64_t)(x) << 16)
#define MOST_OPEN 10000000 /* that is learned: far beyond any host, and its Q16 fits */

uint32_t hold_gate_limit(const struct hold_gate *g, const struct hold_opts *o)
{
	/* Twice: days have hours of that; and the least, or a service that sleeps could not wake. */
	return add_sat_u32((uint32_t)(2 * g->usual >> 16), o->least_open);
}

static void count_look(uint8_t *looks, bool so, uint8_t most)
{
	if (!so)
		*looks = 0;
	else if (*looks < most)
		++*looks;
}

static void learn(struct hold_gate *g, uint32_t open, uint32_t limit, int64_t elapsed_ns)
{
	uint32_t believed = open < limit ? open : limit;

	if (believed > MOST_OPEN)
		believed = MOST_OPEN;
	g->usual = level_learn(g->usual, Q16(believed), elapsed_ns, HALF_LIFE);
}

uint8_t hold_gate_look(struct hold_gate *g, const struct hold_opts *o, const struct service_census *c,
	unsigned conntrack_percent, bool frozen, int64_t elapsed_ns)
{
	uint64_t queued = (uint64_t)c->accept_queue * 100;
	uint32_t limit;
	uint8_t bits = 0;

	if (!g->born)
		g->usual = Q16(c->established < MOST_OPEN ? c->established : MOST_OPEN);
	g->born = true;
	limit = hold_gate_limit(g, o);
	count_look(&g->queue_looks, c->backlog && queued > (uint64_t)c->backlog * o->queue_percent, QUEUE_LOOKS);
	count_look(&g->open_looks, c->established > limit, OPEN_LOOKS);
	if (g->queue_looks == QUEUE_LOOKS)
		bits |= HOLD_QUEUE;
	if (g->open_looks == OPEN_LOOKS)
		bits |= HOLD_OPEN;
	/* The table is everybody's: a service with next to nothing open is not what fills it. */
	if (conntrack_percent >= TRACKS_PERCENT && c->established >= o->least_open)
		bits |= HOLD_TRACKS;
	if (!frozen)
		learn(g, c->established, limit, elapsed_ns);
	return bits;
}
