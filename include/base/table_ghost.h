/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What base/table remembers of those it evicted: for each bucket one line of fingerprints
 * with a score, all fading together. For table.c alone.
 */
#ifndef TIDEGATE_BASE_TABLE_GHOST_H
#define TIDEGATE_BASE_TABLE_GHOST_H

#include <stdint.h>

#define GHOSTS_A_LINE 15

struct ghost_line {
	uint32_t faded;                 /* tick up to which the scores are decayed */
	uint32_t ghosts[GHOSTS_A_LINE]; /* 24 bits of fingerprint, 8 of score; 0 = none */
};

_Static_assert(sizeof(struct ghost_line) == 64, "a line of ghosts is one cache line");

/* Ticks (mono_tick) in which a score fades to its half: half an hour. What is worth
 * half is half as dear, in the table as among the ghosts. */
#define GHOST_HALF_LIFE UINT32_C(28800)

/* Remembers a score; where the line is full, the least one goes, be it this one. A
 * score of 0 is nothing to remember. */
void ghost_put(struct ghost_line *l, uint64_t hash, uint8_t score, uint32_t tick);

/* Gives back what is left of the score, and forgets it; 0 where there is none. One
 * stranger in a million bears the fingerprint of somebody else's ghost. */
uint8_t ghost_take(struct ghost_line *l, uint64_t hash, uint32_t tick);

/* The same without forgetting it. */
uint8_t ghost_look(struct ghost_line *l, uint64_t hash, uint32_t tick);

#endif
