/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The packet thread: from the queue through the engine to the verdict, and at the end of each burst what was decided
 * goes into the kernel. It owns the engine; others reach it through the door. Five hops to a verdict: main,
 * daemon_run, packets_run, engine_packets, engine_judge.
 */
#ifndef TIDEGATE_APP_PACKETS_H
#define TIDEGATE_APP_PACKETS_H

#include <stddef.h>

#include "app/chronicle.h"
#include "app/door.h"
#include "app/observer.h"
#include "app/worker.h"
#include "core/engine.h"
#include "edge/nflog.h"
#include "edge/nfq.h"
#include "edge/nft.h"

/* All of them stay the caller's. */
struct packets_opts {
	struct engine *engine;
	struct worker *worker;
	struct observer *observer;
	struct chronicle *chronicle; /* NULL: whom this host reaches is not stored */
	struct nft *nft;         /* this thread's own socket */
	struct nft_opts ruleset; /* to put the table back where it was lost */
	struct nfq *nfq;         /* NULL: nothing is held */
	struct nfq *answers;     /* to our DNS queries, which wait till the kernel allows what they name; NULL */
	struct nflog *nflog;     /* NULL: nothing is copied */
	const struct listen_snapshot *listening; /* what the engine and the table begin with */
	bool panic;              /* begin without a table */
};

struct packets;

/* What only this thread counts. */
struct packets_stats {
	struct nfq_stats nfq;
	struct nfq_stats held;     /* of the queue of DNS answers */
	struct nflog_stats nflog;
	struct histogram verdict_latency, detect_to_enforce;
	uint64_t transactions, nft_errors, repairs;
	uint64_t answers, answers_late; /* DNS answers that were held; let go before what they name was allowed */
	bool alive;
	bool panic;
	bool owned;                /* the table belongs to our socket alone */
	enum nft_queue_kind kind;  /* how packets are held */
};

int packets_create(struct packets **out, const struct packets_opts *o);
void packets_destroy(struct packets *p);

/* The door is served by this thread. Before packets_run. */
void packets_set_door(struct packets *p, struct door *d);

/* The thread's main, until packets_stop; then diversion ends and what waits in the queue is let go. */
void packets_run(struct packets *p);
void packets_stop(struct packets *p); /* from any thread */
void packets_wake(struct packets *p); /* from any thread: serve the door now */
uint64_t packets_rounds(const struct packets *p); /* as loop_rounds; ten a second at least. From any thread */

/*
 * On the packet thread only (a door function): takes our table out of the kernel, with all that is in it, or puts it
 * back with what has not ended by then. ERR_EXISTS where it is so already; else as nft_remove.
 */
int packets_panic(struct packets *p, bool on, mono_t now);
bool packets_panics(const struct packets *p);

/* On the packet thread only (a door function). */
void packets_stats(const struct packets *p, struct packets_stats *out);

#endif
