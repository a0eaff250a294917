/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The inside of the worker, shared by its files and by nobody else: worker.c (its life, and what other threads call),
 * worker_errands.c (what it is told to do), worker_polls.c (what it looks at by itself),
 * worker_watch.c (our table), worker_report.c (the way back).
 */
#ifndef TIDEGATE_APP_WORKER_STATE_H
#define TIDEGATE_APP_WORKER_STATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "app/bite.h"
#include "app/worker.h"
#include "base/ring.h"
#include "edge/conntrack.h"
#include "edge/log.h"
#include "edge/loop.h"
#include "edge/nft.h"
#include "edge/nft_watch.h"
#include "edge/sockdiag.h"

#define RING_SLOTS 8192 /* of errands, and of reports: twice what the packet thread has under way */

struct worker {
	struct loop *loop;
	struct nft *nft;
	struct sockdiag *sockdiag;
	struct conntrack *conntrack;
	struct lookout *lookout; /* the daemon's */
	struct nft_watch *watch;
	struct nft_foreign foreign;
	bool untold; /* more was done to our table than the packet thread could be told */
	struct bite_watch *bite;
	mono_t next_check;
	struct ring *errands, *reports;
	void *errands_memory, *reports_memory;
	int report_fd;
	pthread_t thread;
	bool started;
	atomic_bool busy, paused;

	/* Handed to the packet thread while 'out' is set. */
	struct listen_snapshot listening;
	struct lookout_found found;
	atomic_bool listening_out, found_out;
	struct listen_snapshot installed; /* what the kernel's set holds */
	struct listen_snapshot asked;

	pthread_mutex_t lock; /* what others hand over: held for a copy only */
	struct guards guards;
	bool guards_new;
	struct guards mirrored; /* what the kernel has of them; this thread's own */
	struct listen_snapshot reinstalled;
	bool reinstalled_new;
	char cgroups[256]; /* where they are mounted; "": not known yet */
	struct log_gate gate;
};

/* worker_errands.c: does what waits in the ring, then what was handed over beside it. */
void worker_do_errands(struct worker *w);

/* worker_report.c: puts a report into the ring and rings the packet thread's bell. */
void worker_put_report(struct worker *w, const struct report *r);

/* The same for what nobody waits for, of which there may be any number: half of the ring is never taken by these.
 * False where there was no room. */
bool worker_spare_report(struct worker *w, const struct report *r);

/* worker_polls.c: the loop's timers; ctx is the worker. */
void worker_poll_listening(void *ctx, mono_t now);
void worker_poll_guards(void *ctx, mono_t now);

/* worker_watch.c: somebody else's changes; one element and what it does. */
void worker_on_foreign(void *ctx, mono_t now);
void worker_tell_rest(struct worker *w); /* what there was no room for then */
void worker_look(struct worker *w, const struct measure *m, mono_t now);

#endif
