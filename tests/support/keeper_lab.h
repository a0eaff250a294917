/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A daemon around a keeper under test: a door whose thread owns a real engine, runs what
 * visitors bring, and plays the kernel; a disk that can be lost. It takes the place of
 * app/door.c for a program that links it. One test at a time.
 */
#ifndef TESTS_SUPPORT_KEEPER_LAB_H
#define TESTS_SUPPORT_KEEPER_LAB_H

#include <check.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "app/keeper.h"

#define LAB_SUBJECTS 8192
#define LAB_EVENTS 16384
#define LAB_WAIT_MS 20000 /* for another thread; far more than it ever takes */

struct door {
	pthread_mutex_t visitors, lock;
	pthread_cond_t come, gone;
	pthread_t thread;
	door_fn fn; /* NULL: nobody visits */
	void *ctx;
	bool open;
	/* The thread's own while it runs. */
	struct engine *engine;
	void *memory;
	size_t kernel_takes; /* changes after each visit; 0: it takes nothing */
	uint64_t most_waiting;
	/* Under lock. */
	struct event events[LAB_EVENTS];
	size_t n_events;
};

extern struct door door;
extern struct keeper *k;

/* What another thread is to bring about. */
#define wait_until(condition) do { \
	int left = LAB_WAIT_MS; \
	while (!(condition) && left--) \
		poll(NULL, 0, 1); \
	ck_assert_msg(left > 0, "in vain: %s", #condition); \
} while (0)

/* The folder for the file; the disk below it goes (not even root can make a file) and
 * comes back. */
void lab_make_folder(void);
void lab_remove_folder(void);
void lab_lose_disk(void);
void lab_find_disk(void);

/* A daemon's life: all but the keeper's thread; that thread; the end, in which the
 * engine's thread is the first to go (lab_shut_door). */
void lab_begin(void);
void lab_start(void);
void lab_shut_door(void);
void lab_end(void);

struct keeper_stats lab_stats(void);
/* What is in the file, when nobody has it open. */
struct store_size lab_written(void);

/* The administrator's hand upon source n: 198.18.0.0 + n. */
struct prefix lab_address(size_t n);
void lab_ban(size_t n);
void lab_allow(size_t n);

/* For door_call; ctx is a prefix, and guards to be filled. */
void lab_unban_now(void *ctx, struct engine *e, mono_t now);
void lab_wrong_now(void *ctx, struct engine *e, mono_t now);
void lab_copy_guards(void *ctx, struct engine *e, mono_t now);

#endif
