/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A small event loop for one thread: descriptors by epoll, timers by timerfd, signals by
 * signalfd. The time is read once a wake-up and handed to every callback of it. After
 * them the `after` callback runs, once a wake-up: the packet thread commits its decisions
 * there. Callbacks may watch, unwatch (also themselves) and stop; they never run inside
 * each other. Not thread-safe but for loop_wake, loop_stop and loop_rounds.
 */
#ifndef TIDEGATE_EDGE_LOOP_H
#define TIDEGATE_EDGE_LOOP_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/time.h"

#define LOOP_WATCHES 256 /* descriptors, timers and signal sets of one loop */

/* What a watch waits for. An error or a hang-up of the other side calls back as
 * readable. */
enum loop_wish {
	LOOP_NOTHING = 0,
	LOOP_READ = 1,
	LOOP_WRITE = 2,
};

struct loop_stats {
	uint64_t wakeups;
	uint64_t callbacks;
	uint64_t timer_misses; /* expirations that were folded into a later callback */
};

struct loop;

typedef void (*loop_fn)(void *ctx, mono_t now);
typedef void (*loop_signal_fn)(void *ctx, int signal, mono_t now);

int loop_create(struct loop **out); /* ERR_MEMORY, ERR_IO */
void loop_destroy(struct loop *l);  /* closes its timers and signal sets, no watched fd */

/*
 * Calls fn while fd is readable (level-triggered). The descriptor stays the caller's: it
 * is unwatched before it is closed. ERR_EXISTS, ERR_FULL, ERR_IO.
 */
int loop_watch(struct loop *l, int fd, loop_fn fn, void *ctx);
int loop_wish(struct loop *l, int fd, unsigned wishes); /* bits of enum loop_wish */
int loop_unwatch(struct loop *l, int fd); /* ERR_ABSENT */

/*
 * Calls fn every period; a late wake-up calls it once and counts the misses. The first
 * call is one period from now. *timer (may be NULL) is for loop_timer_stop.
 */
int loop_timer(struct loop *l, int64_t period_ns, loop_fn fn, void *ctx, int *timer);
int loop_timer_stop(struct loop *l, int timer);

/* Blocks the set in the calling thread (before other threads are made) and calls fn
 * for each signal of it that arrives. The mask stays blocked after loop_destroy. */
int loop_signals(struct loop *l, const sigset_t *set, loop_signal_fn fn, void *ctx);

/* Runs at the end of each wake-up; NULL for none. */
void loop_after(struct loop *l, loop_fn fn, void *ctx);

/* Waits at most timeout_ms (-1: without end), calls back; the number of callbacks but for
 * `after`, or ERR_IO. A wake-up without any callback still runs `after`. */
int loop_once(struct loop *l, int timeout_ms);

/* loop_once until loop_stop; 0, or ERR_IO. */
int loop_run(struct loop *l);

/* From any thread or signal handler. loop_wake makes the loop wake up, and so run
 * `after`. */
void loop_stop(struct loop *l);
void loop_wake(struct loop *l);

void loop_stats(const struct loop *l, struct loop_stats *out);

/* Wake-ups that came to their end, `after` and all. From any thread: one that hangs in a callback stands still here. */
uint64_t loop_rounds(const struct loop *l);

#endif
