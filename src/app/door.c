/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The door between the control thread and the packet thread: one visitor at a time, his function run between two
 * bursts; events the other way through a bounded ring. See app/door.h for the promises.
 */
#include "app/door.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "app/door_state.h"
#include "base/err.h"
#include "edge/clock.h"

#define EVENT_SLOTS 4096

/* One visitor's way: nobody -> waiting -> inside -> done -> nobody; waiting -> nobody where he gave up. */
enum visit {
	VISIT_NOBODY = 0,
	VISIT_WAITING,
	VISIT_INSIDE,
	VISIT_DONE,
};

static bool wait_done(struct door *d, int64_t ns)
{
	struct pollfd p = { .fd = d->done_fd, .events = POLLIN };
	mono_t end = mono_add(clock_mono(), ns);
	uint64_t n;

	while (atomic_load(&d->visit) != VISIT_DONE) {
		int64_t left = mono_since(end, clock_mono());

		if (left <= 0 || atomic_load(&d->shut))
			return false;
		if (poll(&p, 1, (int)(left / NS_PER_MS) + 1) > 0 &&
			read(d->done_fd, &n, sizeof(n)) < 0 && errno != EAGAIN)
			return false;
	}
	return true;
}

int door_call(struct door *d, door_fn fn, void *ctx)
{
	int waiting = VISIT_WAITING, err = 0;

	pthread_mutex_lock(&d->visitors);
	d->fn = fn;
	d->ctx = ctx;
	atomic_store(&d->visit, VISIT_WAITING);
	packets_wake(d->packets);
	if (!wait_done(d, DOOR_WAIT_NS)) {
		/* Either he leaves unheard, or he is inside already and it will not be long. */
		if (atomic_compare_exchange_strong(&d->visit, &waiting, VISIT_NOBODY))
			err = ERR_AGAIN;
		else
			while (!wait_done(d, DOOR_WAIT_NS))
				;
	}
	if (!err)
		atomic_store(&d->visit, VISIT_NOBODY);
	pthread_mutex_unlock(&d->visitors);
	return err;
}

static void ring_bell(int fd)
{
	uint64_t one = 1;

	/* It can fail only where the counter is full: then it is readable all the same. */
	if (write(fd, &one, sizeof(one)) < 0)
		return;
}

void door_serve(struct door *d, struct engine *e, mono_t now)
{
	int waiting = VISIT_WAITING;

	if (!d)
		return;
	if (atomic_compare_exchange_strong(&d->visit, &waiting, VISIT_INSIDE)) {
		d->fn(d->ctx, e, now);
		atomic_store(&d->visit, VISIT_DONE);
		ring_bell(d->done_fd);
	}
	if (d->events_new) {
		d->events_new = false;
		ring_bell(d->event_fd);
	}
}

void door_emit(void *ctx, const struct event *e)
{
	struct door *d = ctx;

	ring_put(d->events, e);
	d->events_new = true;
}

void door_shut(struct door *d)
{
	if (!d)
		return;
	atomic_store(&d->shut, true);
	ring_bell(d->done_fd);
}

bool door_take_event(struct door *d, struct event *out)
{
	return ring_take(d->events, out);
}

int door_event_fd(const struct door *d)
{
	return d->event_fd;
}

int door_create(struct door **out, const struct door_opts *o)
{
	size_t bytes = ring_bytes(EVENT_SLOTS, sizeof(struct event));
	struct door *d = calloc(1, sizeof(*d));

	if (!d)
		return ERR_MEMORY;
	d->packets = o->packets;
	d->worker = o->worker;
	d->keeper = o->keeper;
	d->recorder = o->recorder;
	d->feeds = o->feeds;
	d->nfq = o->nfq;
	d->answers = o->answers;
	d->conf = *o->conf;
	d->source = o->source;
	d->found = *o->found;
	d->start = clock_mono();
	d->begun_enforcing = d->conf.enforce;
	d->reload_ok = true;
	d->reload_at = clock_wall();
	pthread_mutex_init(&d->visitors, NULL);
	pthread_mutex_init(&d->changes, NULL);
	pthread_mutex_init(&d->conf_lock, NULL);
	d->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	d->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	d->events_memory = aligned_alloc(64, (bytes + 63) / 64 * 64);
	if (d->event_fd < 0 || d->done_fd < 0 || !d->events_memory ||
		ring_create(&d->events, d->events_memory, bytes, EVENT_SLOTS,
			sizeof(struct event))) {
		door_destroy(d);
		return ERR_MEMORY;
	}
	*out = d;
	return 0;
}

void door_destroy(struct door *d)
{
	if (!d)
		return;
	if (d->event_fd >= 0)
		close(d->event_fd);
	if (d->done_fd >= 0)
		close(d->done_fd);
	pthread_mutex_destroy(&d->visitors);
	pthread_mutex_destroy(&d->changes);
	pthread_mutex_destroy(&d->conf_lock);
	free(d->events_memory);
	free(d->trial);
	free(d);
}
