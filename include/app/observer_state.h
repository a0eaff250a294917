/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The inside of the observer, shared by its files and by nobody else: observer.c (its life, and what other threads call),
 * observer_looks.c (what it does by itself), observer_owners.c (a second thread, that says whose a new flow is).
 */
#ifndef TIDEGATE_APP_OBSERVER_STATE_H
#define TIDEGATE_APP_OBSERVER_STATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "app/observer.h"
#include "base/ring.h"
#include "core/held_since.h"
#include "core/service_owner.h"
#include "core/walk_pace.h"
#include "edge/flow_ends.h"
#include "edge/host_counters.h"
#include "edge/loop.h"
#include "edge/netstat.h"
#include "edge/process.h"
#include "edge/sockdiag_walk.h"

#define OBSERVER_FLOWS 8192 /* ends that may wait for the packet thread; a power of two */
#define OBSERVER_OWNERS 1024
#define OBSERVER_OWN 256 /* addresses of this host */
#define OBSERVER_ASKED 1024 /* questions, and answers, that may wait; a power of two */
#define OBSERVER_NOTES 4096 /* sockets for flow_ends that may wait; a power of two */

struct owner_question {
	struct tuple tuple;
	mono_t at;
};

/* For flow_ends, which is the other thread's. */
struct owner_note {
	uint64_t cookie;
	struct socket_owner owner;
	mono_t at;
};

/* What the second thread uses, and the rings to it and from it. */
struct owner_desk {
	struct loop *loop;
	struct sockdiag *sockdiag;
	struct process *process;
	struct ring *questions, *answers, *notes;
	void *questions_memory, *answers_memory, *notes_memory;
	int asked_fd, answered_fd;
	pthread_t thread;
	bool started;
	atomic_uint_least64_t asked, found, named, spared;
	atomic_int_least64_t took_ns;
};

struct observer {
	struct loop *loop;
	struct host_counters *counters;
	struct sockdiag *sockdiag;
	struct netstat *netstat;
	struct process *process;
	struct flow_ends *flow_ends; /* NULL: none are listened to */
	struct conf_flows conf;
	struct held_since *since;
	struct holders *holders;
	struct ring *flows;
	void *since_memory, *holders_memory, *flows_memory;
	int fd;
	pthread_t thread;
	bool started;
	struct owner_desk owners_desk;

	struct uploads uploads;
	struct flow_end sent[UPLOADS_SOCKETS];
	mono_t sent_at;

	struct walk_pace pace;
	mono_t next_walk;
	uint32_t states[SOCKET_STATES]; /* of the last walk */
	mono_t states_at, owners_at;
	uint64_t lost_before; /* ends of flows, as of the sample before */
	struct service_owner walked[OBSERVER_OWNERS];
	struct process_who named[OBSERVER_OWNERS]; /* of these */

	atomic_bool want_holders, out; /* out: 'second' is the packet thread's to read */
	struct observed second;

	pthread_mutex_t lock; /* of what stands below */
	struct service_owner owners[OBSERVER_OWNERS];
	struct process_who who[OBSERVER_OWNERS]; /* of these */
	size_t n_owners;
	struct observer_stats stats;
	struct listen_snapshot listening; /* handed over */
	bool listening_new;
	struct addr own[OBSERVER_OWN];
	size_t n_own;

	struct log_gate gate; /* the thread's own */
};

/* Whether an address is this host's; ctx is the observer. */
bool observer_is_own(void *ctx, const struct addr *a);

/* Its life, within the observer's. Destroy bears what create left half made. */
int owner_desk_create(struct observer *o, char why[WHY_TEXT]);
int owner_desk_start(struct observer *o);
void owner_desk_destroy(struct observer *o);
void owner_desk_take_notes(struct observer *o); /* hands to flow_ends what was found out about sockets */
void owner_desk_stats(struct observer *o, struct observer_stats *out);

/* The loop's timer and its watch; ctx is the observer. */
void observer_look(void *ctx, mono_t now);
void observer_on_flows(void *ctx, mono_t now);

#endif
