/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One moment on both clocks. Everything inside counts from boot; people and files want
 * the wall clock, so whoever writes for them is handed such a pair, taken when it writes.
 */
#ifndef TIDEGATE_CODEC_STAMP_H
#define TIDEGATE_CODEC_STAMP_H

#include <stdint.h>

#include "base/time.h"

struct stamp {
	mono_t mono;
	wall_t wall;
	int32_t utc_offset_s; /* of the local zone, east positive; for people's lines only
			       */
};

static inline wall_t stamp_wall(const struct stamp *s, mono_t t)
{
	return (wall_t){ .ns = s->wall.ns + (t.ns - s->mono.ns) };
}

#endif
