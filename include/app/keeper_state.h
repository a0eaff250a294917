/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The inside of the keeper, shared by its files: keeper.c (life, thread, questions),
 * keeper_batch.c (what is written), keeper_open.c (opening, failing, set aside),
 * keeper_walk.c (restoring, and walking the ledger).
 */
#ifndef TIDEGATE_APP_KEEPER_STATE_H
#define TIDEGATE_APP_KEEPER_STATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "app/keeper.h"
#include "base/ring.h"
#include "codec/stamp.h"
#include "core/excuses.h"

#define KEEPER_BATCH 512      /* events, or measures of a walk, in one transaction */
#define KEEPER_INCIDENTS 32   /* that one visit copies: as many bytes as 400 measures */

struct keeper_who {
	struct subject subject;
	enum scope scope;
};

/* What the ledger says of one of them. */
struct keeper_row {
	struct keeper_who who;
	struct measure measure;
	bool keep; /* else its row goes */
};

/* Of one transaction. Kept until it is written. */
struct keeper_batch {
	struct event events[KEEPER_BATCH];
	struct keeper_row rows[KEEPER_BATCH];
	uint64_t ids[KEEPER_BATCH];
	struct incident incidents[KEEPER_BATCH];
	size_t n_events, n_rows, n_ids, n_incidents;
	bool sweep; /* it is the last one of a walk */
};

/* A list that is written whole where its version is newer than what was written. */
struct keeper_allowed {
	struct prefix list[GUARDS];
	size_t n;
	uint64_t version, written;
};

enum keeper_walk {
	WALK_NONE = 0,
	WALK_MEASURES,
	WALK_INCIDENTS,
};

struct keeper {
	char path[STORE_PATH], state_dir[STORE_PATH];
	struct store_opts opts;
	char host[65];
	struct door *door;
	_Atomic(struct engine *) engine; /* the packet thread has ended: without the door */
	atomic_bool stop;
	int wake_fd;
	pthread_t thread;
	bool running;
	struct ring *ring;
	void *ring_memory;

	pthread_mutex_t store_lock; /* held for a transaction at most */
	struct store *store;        /* NULL: none, tried again at retry_at */

	pthread_mutex_t lock;       /* what follows up to the gap; held for copies only */
	struct keeper_allowed allowed;
	char *note;                 /* waits to be written; NULL: none */
	struct keeper_stats stats;

	/* The thread's own. */
	struct keeper_batch *batch;
	mono_t retry_at, moment_at, size_at, walk_at, damaged_at, said_at;
	bool failing, said, verified;
	bool size_old;              /* written to since its rows were counted */
	bool lists_read, restored;  /* what the file had at first is in the engine */
	struct keeper_allowed late; /* allowed by a file that opened after the start */
	bool follows;               /* the measures in the file follow the ledger */
	bool keep_rows;             /* some found no room in the ledger: no sweep */
	enum keeper_walk walk;
	bool walk_wanted, walk_all; /* all: incidents too */
	size_t walk_at_slot;
	uint64_t lost_seen;
	uint64_t false_positives;   /* of the engine's counters, as seen last */
	struct excuses excuses;
	bool excuses_new;
};

/* Through the door, or directly where nobody is behind it any more. ERR_AGAIN. */
int keeper_visit(struct keeper *k, door_fn fn, void *ctx);
struct lease_moment keeper_now(void);
/* The engine's guards have changed: for the kernel, while there is one, and for the file. */
void keeper_tell_guards(struct keeper *k);

/* keeper_open.c */
int keeper_open(struct keeper *k);
/* A batch or an opening failed: says so once, and when it is tried again. */
void keeper_fail(struct keeper *k, int err, const char *why);
void keeper_recover(struct keeper *k);
/* Sets the file aside and begins a new one, which the walk then fills. */
int keeper_replace(struct keeper *k, const char *why);

void keeper_add_allowed(struct keeper *k, const struct prefix *p); /* k->lock is held */

/* keeper_batch.c */
/* Takes, asks, writes. True where there is more to do at once. */
bool keeper_turn(struct keeper *k);

/* keeper_walk.c */
void keeper_restore(struct keeper *k);
void keeper_walk_begin(struct keeper *k);
/* The next rows of a walk that is under way, into the batch. */
int keeper_walk_fill(struct keeper *k);
void keeper_row_of(struct keeper_row *r, const struct measure *m, int64_t forget_ns,
	mono_t now);

#endif
