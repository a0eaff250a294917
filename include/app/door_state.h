/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The inside of the door, shared by door.c (visits, events, numbers) and door_conf.c (reload, guards). */
#ifndef TIDEGATE_APP_DOOR_STATE_H
#define TIDEGATE_APP_DOOR_STATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "app/door_serve.h"
#include "base/ring.h"
#include "base/text.h"

struct door {
	struct packets *packets;
	struct worker *worker;
	struct nfq *nfq;
	const char *mechanism;
	mono_t start;

	pthread_mutex_t visitors; /* one at a time; never taken by the packet thread */
	atomic_int visit;
	atomic_bool shut;
	door_fn fn;
	void *ctx;
	int done_fd;

	struct ring *events;
	void *events_memory;
	int event_fd;
	bool events_new; /* the packet thread's alone */

	/* One reload and one list of guards at a time, so that what was read last is in
	 * force last. Taken before conf_lock. */
	pthread_mutex_t changes;
	pthread_mutex_t conf_lock; /* what follows; never taken by the packet thread */
	struct conf conf;
	struct conf_source source;
	struct guards found;
	bool reload_ok;
	wall_t reload_at;
};

#endif
