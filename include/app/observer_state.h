/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The inside of the observer, shared by its files and by nobody else: observer.c (its life, and what other threads call),
 * observer_looks.c (what it does by itself).
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

/* The loop's timer and its watch; ctx is the observer. */
void observer_look(void *ctx, mono_t now);
void observer_on_flows(void *ctx, mono_t now);

#endif
