/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The share that one peer may have. Called by detect_hold alone.
 */
#include "core/hold_peers.h"

#include "core/fixed.h"
#include "core/hold_gate.h"

#define RISE (600 * NS_PER_S)
#define FALL (6 * 3600 * NS_PER_S)
#define CALM_SECONDS 300 /* until what one holds in calm is known */
#define TINY 4           /* part of the floor */
#define Q16(x) ((int64_t)(x) << 16)
#define MOST_OPEN 10000000

static int64_t follow(const struct hold_calm *c, int64_t level, uint32_t now, int64_t elapsed_ns)
{
	int64_t sample = Q16(now < MOST_OPEN ? now : MOST_OPEN);

	return c->begun ? level_learn(level, sample, elapsed_ns, sample > level ? RISE : FALL) : sample;
}

static void learn(struct hold_calm *c, uint32_t open, uint32_t slow, int64_t elapsed_ns)
{
	c->open = follow(c, c->open, open, elapsed_ns);
	c->slow = follow(c, c->slow, slow, elapsed_ns);
	c->seconds = add_sat_u32(c->seconds, (uint32_t)(elapsed_ns / NS_PER_S));
	c->begun = true;
}

void hold_calm_learn(struct hold_calm *c, const struct service_holders *s, int64_t elapsed_ns)
{
	uint32_t open = 0, slow = 0;

	for (uint32_t i = 0; i < s->n_top; i++) {
		open = s->top[i].open > open ? s->top[i].open : open;
		slow = s->top[i].slow > slow ? s->top[i].slow : slow;
	}
	learn(c, open, slow, elapsed_ns);
}

void hold_calm_quiet(struct hold_calm *c, uint32_t open, int64_t elapsed_ns)
{
	uint32_t most = (uint32_t)(c->open >> 16), slow = (uint32_t)(c->slow >> 16);

	learn(c, open < most ? open : most, open < slow ? open : slow, elapsed_ns);
}

static uint32_t larger(uint64_t a, uint64_t b)
{
	uint64_t most = a > b ? a : b;

	return most < UINT32_MAX ? (uint32_t)most : UINT32_MAX - 1;
}

static uint32_t share(const struct hold_opts *o, const struct service_holders *s)
{
	return (uint32_t)((uint64_t)s->open * o->peer_percent / 100);
}

uint32_t hold_open_limit(const struct hold_opts *o, const struct service_holders *s, const struct hold_calm *c,
	uint8_t pressure)
{
	uint64_t usual = (uint64_t)c->open >> 16, middle = s->median;
	uint32_t limit = larger(larger(o->peer_floor, share(o, s)), 2 * usual);

	if (!pressure)
		return UINT32_MAX;
	if (s->peers < HOLD_CROWD) {
		if (!(pressure & HOLD_HARD) || c->seconds < CALM_SECONDS)
			return UINT32_MAX;
		middle = usual;
	}
	return larger(limit, (middle ? middle : 1) * o->peer_medians);
}

uint32_t hold_slow_limit(const struct hold_opts *o, const struct service_holders *s, const struct hold_calm *c,
	uint8_t pressure, const struct holder *h)
{
	uint64_t usual = (uint64_t)c->slow >> 16;
	uint32_t floor = o->slow_floor;

	/* So few, and room for more: clients may be silent by trade, and one of them a gateway for all the others. */
	if (s->peers < HOLD_CROWD && !(pressure & HOLD_HARD))
		return UINT32_MAX;
	if (!pressure || (uint64_t)h->slow * 2 <= h->open)
		return UINT32_MAX;
	if (pressure & HOLD_QUEUE && (uint64_t)h->open * 2 >= s->open)
		floor /= TINY;
	return larger(larger(floor, share(o, s)), 2 * usual);
}
