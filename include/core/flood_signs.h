/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The second, independent sign of a SYN flood out of what arrives: the rate has risen within the last seconds, and
 * unfinished handshakes have risen by as many at the same time; or most of all that comes stays unfinished. Seconds are
 * held against those right before them, so that a small flood is told from a busy service's own unevenness, and a way
 * back that broke a while ago from a flood, whatever the day does to the rates meanwhile.
 */
#ifndef TIDEGATE_CORE_FLOOD_SIGNS_H
#define TIDEGATE_CORE_FLOOD_SIGNS_H

#include <stdbool.h>
#include <stdint.h>

struct flood_opts;

#define FLOOD_SIGNS 32 /* seconds that are remembered; a power of two */

/* What came in one second, and by how many the unfinished of it let the pile grow. */
struct flood_second {
	uint32_t syns, newcomers;
	int32_t grown;
};

struct flood_signs {
	struct flood_second ring[FLOOD_SIGNS];
	uint32_t pile; /* of unfinished ones, now */
	uint8_t at, n;
};

void flood_signs_add(struct flood_signs *g, const struct flood_second *s, uint32_t pile);

/* They do not complete: half of all, or as many as came beyond what came before. */
bool flood_signs_unfinished(const struct flood_signs *g, const struct flood_opts *o);

/* What came beyond it are strangers, and the pile has grown with them. */
bool flood_signs_strangers(const struct flood_signs *g, const struct flood_opts *o);

#endif
