/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the clocks. Called by the loop once a wake-up, and by main() for the wall time.
 */
#include "edge/clock.h"

#include <time.h>

static int64_t read_ns(clockid_t id)
{
	struct timespec ts = { 0 };

	clock_gettime(id, &ts); /* cannot fail: all of them are older than 2.6.40 */
	return (int64_t)ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

mono_t clock_mono(void)
{
	return (mono_t){ .ns = read_ns(CLOCK_BOOTTIME) };
}

wall_t clock_wall(void)
{
	return (wall_t){ .ns = read_ns(CLOCK_REALTIME) };
}

int64_t clock_asleep_ns(void)
{
	int64_t with = read_ns(CLOCK_BOOTTIME);

	return with - read_ns(CLOCK_MONOTONIC);
}

int64_t clock_spent_ns(void)
{
	return read_ns(CLOCK_THREAD_CPUTIME_ID);
}

int64_t clock_process_ns(void)
{
	return read_ns(CLOCK_PROCESS_CPUTIME_ID);
}

bool clock_joined(pthread_t thread, int64_t most_ns)
{
	int64_t end = clock_wall().ns + most_ns; /* POSIX knows no other clock here, and musl not pthread_clockjoin_np */
	struct timespec ts = { .tv_sec = end / NS_PER_S, .tv_nsec = end % NS_PER_S };

	return pthread_timedjoin_np(thread, NULL, &ts) == 0;
}
