/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How much of a measure's time is left, after a restart of the daemon or of the machine.
 * An end is a time since boot, and means nothing after another boot; so whoever stores one
 * also stores, again and again, a moment on both clocks of the same boot. Pure: the
 * clocks' readings are arguments. Called for each stored row.
 */
#ifndef TIDEGATE_CORE_LEASE_H
#define TIDEGATE_CORE_LEASE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/time.h"

/* One moment, on the clock since boot and on the wall. */
struct lease_moment {
	mono_t mono;
	wall_t wall;
};

/* No time that is read from a file is taken from beyond these bounds: about 146 years. */
#define LEASE_MOST (INT64_MAX / 2)

/*
 * Nanoseconds from 'now' to 'until', below 0 where it has been over for so long; 'until'
 * is of the boot of 'last', which is the latest moment that is known of that boot. Within
 * LEASE_MOST either way.
 *
 *   the same boot     the wall clock has no say: a step of it changes nothing
 *   another boot      what was left at 'last', less what the wall clock has gone since.
 *                     A wall clock that stands before 'last' (no battery, a step back)
 *                     does not know how long the machine was off: then nothing is
 *                     taken off. Never more than what was left at 'last'.
 */
int64_t lease_left_ns(mono_t until, const struct lease_moment *last, bool same_boot,
	const struct lease_moment *now);

#endif
