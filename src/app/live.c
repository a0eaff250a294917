/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A thread, two snapshots and their rates, and a lock around the newer ones. The walk is made without the lock.
 */
#include "app/live.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "app/live_walk.h"
#include "base/err.h"
#include "base/text.h"
#include "edge/clock.h"

#define PERIOD_NS NS_PER_S
#define END_NS (2 * NS_PER_S)

/* All that collecting needs; gone while nobody watches. */
struct desk {
	struct live_walk *walk;
	struct live_work *work;
	struct live_snapshot *snapshots[2];
	struct live_view *views[2];
	int newer;   /* index into both */
	bool any;
};

struct live {
	pthread_t thread;
	pthread_mutex_t lock; /* of all below */
	pthread_cond_t change;
	bool running, stop;
	mono_t until;       /* watched */
	struct desk *desk;  /* NULL: nobody watches, or none could be made */
	int err;            /* why not */
	char why[LIVE_WHY];
};

static void clear_desk(struct desk *d)
{
	if (!d)
		return;
	live_walk_close(d->walk);
	free(d->work);
	for (int i = 0; i < 2; i++) {
		free(d->snapshots[i]);
		free(d->views[i]);
	}
	free(d);
}

static int lay_desk(struct desk **out, char why[LIVE_WHY])
{
	struct desk *d = calloc(1, sizeof(*d));
	char reason[WHY_TEXT] = "no memory";
	struct hash_key key;
	void *work = malloc(live_work_bytes());
	int err = d && work ? 0 : ERR_MEMORY;

	for (int i = 0; !err && i < 2; i++) {
		d->snapshots[i] = calloc(1, sizeof(*d->snapshots[i]));
		d->views[i] = calloc(1, sizeof(*d->views[i]));
		if (!d->snapshots[i] || !d->views[i])
			err = ERR_MEMORY;
	}
	if (!err && getrandom(&key, sizeof(key), 0) != (ssize_t)sizeof(key))
		err = ERR_IO;
	if (!err)
		err = live_walk_open(&d->walk, &key, reason);
	if (err) {
		text_copy(why, LIVE_WHY, reason);
		free(work);
		clear_desk(d);
		return err;
	}
	d->work = live_work_create(work, &key);
	*out = d;
	return 0;
}

/* Without the lock: only this thread changes the desk, and what it writes to is not the newer one. */
static void collect(struct desk *d)
{
	const struct live_snapshot *before = d->any ? d->snapshots[d->newer] : NULL;
	const struct live_view *seen = d->any ? d->views[d->newer] : NULL;
	int spare = !d->newer;

	live_walk_take(d->walk, before, d->snapshots[spare]);
	live_diff(d->work, before, seen, d->snapshots[spare], d->views[spare]);
}

static void wait_until(struct live *l, mono_t then)
{
	struct timespec t = { .tv_sec = then.ns / NS_PER_S, .tv_nsec = then.ns % NS_PER_S };

	pthread_cond_clockwait(&l->change, &l->lock, CLOCK_MONOTONIC, &t);
}

static int64_t monotonic_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * NS_PER_S + t.tv_nsec;
}

/* Both with the lock; they let go of it for what may take long. */
static void begin(struct live *l)
{
	struct desk *d = NULL;
	char why[LIVE_WHY] = "";
	int err;

	pthread_mutex_unlock(&l->lock);
	err = lay_desk(&d, why);
	pthread_mutex_lock(&l->lock);
	l->desk = d;
	l->err = err;
	text_copy(l->why, sizeof(l->why), why);
}

static void turn(struct live *l)
{
	struct desk *d = l->desk;

	pthread_mutex_unlock(&l->lock);
	collect(d);
	pthread_mutex_lock(&l->lock);
	d->newer = !d->newer;
	d->any = true;
	pthread_cond_broadcast(&l->change);
}

static void *live_main(void *ctx)
{
	struct live *l = ctx;
	int64_t next;

	pthread_mutex_lock(&l->lock);
	while (!l->stop) {
		if (mono_since(l->until, clock_mono()) <= 0) {
			clear_desk(l->desk);
			l->desk = NULL;
			pthread_cond_wait(&l->change, &l->lock);
			continue;
		}
		next = monotonic_ns() + PERIOD_NS;
		if (!l->desk)
			begin(l);
		if (l->desk)
			turn(l);
		else
			pthread_cond_broadcast(&l->change); /* whoever waits hears why not */
		while (!l->stop && monotonic_ns() < next)
			wait_until(l, (mono_t){ next });
	}
	clear_desk(l->desk);
	l->desk = NULL;
	pthread_mutex_unlock(&l->lock);
	return NULL;
}

int live_create(struct live **out)
{
	struct live *l = calloc(1, sizeof(*l));

	if (!l)
		return ERR_MEMORY;
	pthread_mutex_init(&l->lock, NULL);
	pthread_cond_init(&l->change, NULL);
	*out = l;
	return 0;
}

bool live_destroy(struct live *l)
{
	if (!l)
		return true;
	pthread_mutex_lock(&l->lock);
	l->stop = true;
	pthread_cond_broadcast(&l->change);
	pthread_mutex_unlock(&l->lock);
	if (l->running && !clock_joined(l->thread, END_NS))
		return false;
	pthread_cond_destroy(&l->change);
	pthread_mutex_destroy(&l->lock);
	free(l);
	return true;
}

void live_watch(struct live *l, int64_t for_ns)
{
	mono_t until = mono_add(clock_mono(), for_ns);

	pthread_mutex_lock(&l->lock);
	if (mono_since(until, l->until) > 0)
		l->until = until;
	if (!l->running) {
		l->running = pthread_create(&l->thread, NULL, live_main, l) == 0;
		if (!l->running) {
			l->err = ERR_MEMORY;
			text_copy(l->why, sizeof(l->why), "no thread can be made");
		}
	}
	pthread_cond_broadcast(&l->change);
	pthread_mutex_unlock(&l->lock);
}

static bool has_news(const struct live *l)
{
	return l->err || (l->desk && l->desk->any);
}

int live_look(struct live *l, int64_t wait_ns, live_fn fn, void *ctx, char why[LIVE_WHY])
{
	int64_t end = monotonic_ns() + wait_ns;
	int err;

	pthread_mutex_lock(&l->lock);
	while (!has_news(l) && monotonic_ns() < end)
		wait_until(l, (mono_t){ end });
	err = has_news(l) ? l->err : ERR_AGAIN;
	text_copy(why, LIVE_WHY, err == ERR_AGAIN ? "the first walk over the sockets is not done yet" : l->why);
	if (!err)
		fn(ctx, l->desk->snapshots[l->desk->newer], l->desk->views[l->desk->newer]);
	pthread_mutex_unlock(&l->lock);
	return err;
}
