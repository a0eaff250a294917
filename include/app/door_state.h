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
	struct keeper *keeper;
	struct recorder *recorder;
	struct feeds *feeds;
	struct nfq *nfq, *answers;
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
	bool begun_enforcing;
	bool reload_ok;
	wall_t reload_at;

	struct conf *trial;      /* on trial beside conf; NULL: none. Under 'changes' */
	struct door_tried tried; /* what it is about, where it is an allowlist; else "" */
	atomic_bool trial_waits; /* there is one, for who does not want to lock */
};

/* door_conf.c, under 'changes'. */
/* Loads, says what a restart alone changes, and tells of a failure; *out is to be freed. */
int door_load(struct door *d, struct conf **out, struct text *why);
void door_keep(struct door *d, const struct conf *c); /* in force from now on */
void door_reloaded(struct door *d, bool ok);          /* now, for who asks when */
void door_mirror(struct door *d);                     /* the guards, to the kernel */

/* door_trial.c; the first on the packet thread. other may be NULL. */
void door_put_never_block(struct engine *e, const struct conf_guards *one,
	const struct conf_guards *other, mono_t now);
void door_trial_drop(struct door *d); /* forgets the configuration on trial */

#endif
