/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two clocks, read in one place. Who needs the time of an event takes the loop's
 * stamp instead (edge/loop.h), so that all handlers of one wake-up agree.
 */
#ifndef TIDEGATE_EDGE_CLOCK_H
#define TIDEGATE_EDGE_CLOCK_H

#include "base/time.h"

mono_t clock_mono(void); /* CLOCK_BOOTTIME: goes on during suspend, never back */
wall_t clock_wall(void); /* CLOCK_REALTIME: for people */

#endif
