/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine's time of a frame. A capture has any times in any order, and several are merged; an engine's clock begins at
 * some hour of uptime, never steps back, and must not overflow. For replay alone.
 */
#ifndef TIDEGATE_APP_REPLAY_CLOCK_H
#define TIDEGATE_APP_REPLAY_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/time.h"
#include "codec/stamp.h"

#define REPLAY_START_NS (3600 * NS_PER_S) /* the engine's time at the first frame; only differences count */
/* 146 years from the first frame, either way: what is farther is no time, and counts as that far. No sum overflows. */
#define REPLAY_LONGEST_NS (INT64_MAX / 2 - 2 * REPLAY_START_NS)

struct replay_clock {
	bool begun;
	struct stamp stamp;       /* of the first frame: the engine's time and the capture's */
	mono_t latest;
	wall_t first, last;
	uint64_t back_steps;      /* times that stepped back, and counted as the latest */
	int64_t farthest_back_ns;
};

/* at is within half of all times, as edge/capture.h gives them; start_ns counts with the first frame alone, 0 .. 1 s more. */
mono_t replay_clock_time(struct replay_clock *c, wall_t at, int64_t start_ns);

#endif
