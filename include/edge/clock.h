/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two clocks, read in one place. Who needs the time of an event takes the loop's
 * stamp instead (edge/loop.h), so that all handlers of one wake-up agree.
 */
#ifndef TIDEGATE_EDGE_CLOCK_H
#define TIDEGATE_EDGE_CLOCK_H

#include <pthread.h>
#include <stdbool.h>

#include "base/time.h"

mono_t clock_mono(void); /* CLOCK_BOOTTIME: goes on during suspend, never back */
wall_t clock_wall(void); /* CLOCK_REALTIME: for people */

/* For how long this machine has been suspended since it booted: what the kernel's own
 * timeouts, which stand still meanwhile, lag behind clock_mono. Never too much, and too
 * little by no more than the time that the call took. */
int64_t clock_asleep_ns(void);

/* Time of a processor that the calling thread has had, in the kernel and out of it. */
int64_t clock_spent_ns(void);
int64_t clock_process_ns(void); /* the same of all threads, ended ones too */

/* Waits for the end of a thread, for so long at most (longer where the wall clock is set back meanwhile). False: it lives
 * still, and so must all that it can reach. */
bool clock_joined(pthread_t thread, int64_t most_ns);

#endif
