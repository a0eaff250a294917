/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ghosts of evicted records. They carry no time of their own: a line is decayed as a
 * whole when it is touched, so that an old suspicion does not come back as if it were of
 * today.
 */
#include "base/table_ghost.h"

#include <stddef.h>

#include "base/sketch.h"

#define SCORE_BITS 8
#define SCORE_MASK UINT32_C(0xff)

/* Bits 8..31: the bucket is chosen by those above. */
static uint32_t fingerprint(uint64_t hash)
{
	return (uint32_t)hash & ~SCORE_MASK;
}

static void fade(struct ghost_line *l, uint32_t tick)
{
	const uint32_t one = UINT32_C(1) << 16;
	const uint32_t factor = decay_between(one, l->faded, tick, GHOST_HALF_LIFE);

	l->faded = tick;
	if (factor == one)
		return;
	for (size_t i = 0; i < GHOSTS_A_LINE; i++) {
		const uint32_t score = (l->ghosts[i] & SCORE_MASK) * factor >> 16;

		l->ghosts[i] = score ? (l->ghosts[i] & ~SCORE_MASK) | score : 0;
	}
}

/* The place of this fingerprint, or GHOSTS_A_LINE. */
static size_t find(struct ghost_line *l, uint64_t hash, uint32_t tick)
{
	size_t i = 0;

	if (l->faded != tick)
		fade(l, tick);
	while (i < GHOSTS_A_LINE && (fingerprint(l->ghosts[i]) != fingerprint(hash) ||
		l->ghosts[i] == 0))
		i++;
	return i;
}

void ghost_put(struct ghost_line *l, uint64_t hash, uint8_t score, uint32_t tick)
{
	size_t at = find(l, hash, tick);

	if (at == GHOSTS_A_LINE) {
		at = 0;
		for (size_t i = 1; i < GHOSTS_A_LINE; i++) {
			if ((l->ghosts[i] & SCORE_MASK) < (l->ghosts[at] & SCORE_MASK))
				at = i;
		}
	}
	if (score && score >= (l->ghosts[at] & SCORE_MASK))
		l->ghosts[at] = fingerprint(hash) | score;
}

uint8_t ghost_look(struct ghost_line *l, uint64_t hash, uint32_t tick)
{
	const size_t at = find(l, hash, tick);

	return at < GHOSTS_A_LINE ? (uint8_t)(l->ghosts[at] & SCORE_MASK) : 0;
}

uint8_t ghost_take(struct ghost_line *l, uint64_t hash, uint32_t tick)
{
	const size_t at = find(l, hash, tick);
	uint8_t score;

	if (at == GHOSTS_A_LINE)
		return 0;
	score = (uint8_t)(l->ghosts[at] & SCORE_MASK);
	l->ghosts[at] = 0;
	return score;
}
