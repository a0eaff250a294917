/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The wall clock as it is told: mono time plus an offset that is kept until the two clocks have moved by a millisecond
 * against each other. Two reads of two clocks are never taken at once, so a pair of them taken for each event would tell
 * one moment in two ways; with this, the same moment is the same text in each event, and in a replay of it.
 */
#ifndef TIDEGATE_APP_STEADY_H
#define TIDEGATE_APP_STEADY_H

#include <stdatomic.h>
#include <stdint.h>

#include "codec/stamp.h"

#define STEADY_NS NS_PER_MS

struct steady {
	_Atomic int64_t wall_ns; /* wall minus mono; 0: not yet known */
};

/* A pair of now, and the offset brought up to date where it has moved by too much. Any thread. */
struct stamp steady_now(struct steady *s);

/* The offset as it was last brought up to date. */
int64_t steady_offset(struct steady *s);

#endif
