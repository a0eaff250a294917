/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The inside of the recorder, shared by its files: recorder.c (life, thread, numbers), recorder_ring.c (into the ring, on
 * the packet thread, and out of it), recorder_write.c (entries for the log).
 */
#ifndef TIDEGATE_APP_RECORDER_STATE_H
#define TIDEGATE_APP_RECORDER_STATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "app/recorder.h"
#include "base/bytering.h"
#include "edge/obslog.h"

#define RECORDER_RING ((size_t)4 << 20)   /* a flood of a million packets a second for 40 ms */
#define RECORDER_SPARE ((size_t)256 << 10) /* of it for what sets a state: losing that would cost more than itself */
#define RECORDER_LINKS 64

struct recorder_link {
	uint32_t index;
	char name[16];
	mono_t asked;
};

struct recorder_mark {
	mono_t at;
	uint64_t written;
};

struct recorder {
	char folder[OBSLOG_PATH];
	struct steady *steady;
	struct bytering *ring;
	void *ring_memory;
	int wake_fd;
	atomic_bool asleep, stop;
	pthread_t thread;
	bool running;
	uint64_t missed;        /* the packet thread's: lost and not yet said in the ring */
	_Atomic uint64_t lost;  /* all of them */

	pthread_mutex_t lock;   /* what follows up to the gap; held for copies only */
	struct recorder_stats stats;
	struct log_entry rules; /* to be said next; LOG_NOTHING: none */
	pthread_cond_t synced;
	uint64_t sync_wanted, sync_done;

	/* The thread's own. */
	struct obslog *log;
	struct observation_room *room;
	mono_t last;            /* of the last entry */
	mono_t idle;            /* of the last tick that did nothing and is not in the log; 0: none since the last entry */
	mono_t alive;           /* when a tick was last written */
	int64_t wall_ns;        /* as the log says */
	struct recorder_link links[RECORDER_LINKS];
	size_t n_links;
	uint64_t written;       /* observations */
	struct recorder_mark marks[2]; /* of it, the older one first */
	mono_t said_at, lost_told;
	uint64_t lost_said;
	bool failing;
};

/* recorder_ring.c: the next observation of the ring, which stands until recorder_drop; or a number of lost ones. */
bool recorder_take(struct recorder *r, struct observation *o, uint64_t *lost);
void recorder_drop(struct recorder *r);

/* recorder_write.c */
/* All that waits in the ring, into the log; false where there was nothing. */
bool recorder_drain(struct recorder *r);
/* The block that is old enough. All of it: at the end. */
void recorder_flush(struct recorder *r, bool all);

#endif
