/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The feeds' life: a thread that looks at their files, and what other threads ask of it. */
#include "app/feeds.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "app/feeds_state.h"
#include "base/err.h"
#include "base/text.h"
#include "edge/clock.h"

#define SOON_NS (2 * NS_PER_S) /* what could not be done now is tried again */
#define END_NS (3 * NS_PER_S)

int feeds_create(struct feeds **out, const struct feeds_opts *o)
{
	struct feeds *f = calloc(1, sizeof(*f));

	if (!f)
		return ERR_MEMORY;
	text_copy(f->state_dir, sizeof(f->state_dir), o->state_dir);
	f->put = o->put;
	f->guards = *o->guards;
	f->fresh = *o->conf;
	f->fresh_new = true;
	pthread_mutex_init(&f->box, NULL);
	pthread_mutex_init(&f->lock, NULL);
	f->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (f->wake_fd < 0) {
		feeds_destroy(f);
		return ERR_MEMORY;
	}
	*out = f;
	return 0;
}

static void wake(struct feeds *f)
{
	const uint64_t one = 1;

	if (write(f->wake_fd, &one, sizeof(one)) < 0 && errno != EAGAIN)
		log_die("the feeds' bell");
}

void feeds_configure(struct feeds *f, const struct conf_feeds *conf)
{
	if (!f)
		return;
	pthread_mutex_lock(&f->box);
	f->fresh = *conf;
	f->fresh_new = true;
	pthread_mutex_unlock(&f->box);
	wake(f);
}

/* ---- a new configuration: feeds of the same name keep what they have ---- */

static struct feed *find(struct feed *list, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i].info.conf.name, name) == 0)
			return &list[i];
	return NULL;
}

static void adopt(struct feeds *f, const struct conf_feeds *conf)
{
	static const struct feed none;
	struct feed *old = malloc(sizeof(f->list));
	size_t n = f->n;

	if (!old) {
		log_at(LOG_LEVEL_ERROR, "feeds: no memory; they stay as they were");
		return;
	}
	memcpy(old, f->list, sizeof(f->list));
	f->n = conf->n;
	for (size_t i = 0; i < conf->n; i++) {
		struct feed *was = find(old, n, conf->list[i].name);

		f->list[i] = was ? *was : none;
		f->list[i].info.conf = conf->list[i];
		f->list[i].seen = none.seen; /* its file is read anew */
		f->list[i].absent[0] = '\0';
		if (was)
			was->entries = NULL;
		else
			feed_restore(f, &f->list[i]);
	}
	for (size_t i = 0; i < n; i++)
		free(old[i].entries);
	free(old);
	f->dirty = true;
}

static void take_configuration(struct feeds *f)
{
	struct conf_feeds *conf = malloc(sizeof(*conf));
	bool fresh = false;

	if (!conf)
		return;
	pthread_mutex_lock(&f->box);
	if (f->fresh_new) {
		*conf = f->fresh;
		f->fresh_new = false;
		fresh = true;
	}
	pthread_mutex_unlock(&f->box);
	if (fresh)
		adopt(f, conf);
	free(conf);
}

/* Work is done: what came of it, for who may not wait for the next. */
static void tell(struct feeds *f)
{
	f->stats.feeds = f->n;
	f->stats.failing = 0;
	for (size_t i = 0; i < f->n; i++)
		f->stats.failing += f->list[i].info.error[0] != '\0';
	pthread_mutex_lock(&f->box);
	for (size_t i = 0; i < f->n; i++) {
		const struct feed_info *info = &f->list[i].info;

		f->briefs[i] = (struct feed_brief){ .entries = info->entries, .failing = info->error[0] != '\0',
			.accepted = info->accepted };
		text_copy(f->briefs[i].name, sizeof(f->briefs[i].name), info->conf.name);
	}
	f->told = f->stats;
	pthread_mutex_unlock(&f->box);
}

/* ---- the thread ---- */

/* False: something is left to do soon. */
static bool turn(struct feeds *f)
{
	bool done = true;

	pthread_mutex_lock(&f->lock);
	take_configuration(f);
	if (f->dirty)
		done = feeds_make(f); /* what was kept is in force while the files are read */
	for (size_t i = 0; i < f->n && !atomic_load(&f->stop); i++)
		done = feed_look(f, &f->list[i]) && done;
	done = feeds_make(f) && done;
	tell(f);
	pthread_mutex_unlock(&f->lock);
	return done;
}

static void *run(void *ctx)
{
	struct feeds *f = ctx;
	struct pollfd p = { .fd = f->wake_fd, .events = POLLIN };
	uint64_t n;

	pthread_setname_np(pthread_self(), "feeds");
	while (!atomic_load(&f->stop)) {
		int64_t wait = turn(f) ? FEEDS_LOOK_NS : SOON_NS;

		if (poll(&p, 1, (int)(wait / NS_PER_MS)) > 0 && read(f->wake_fd, &n, sizeof(n)) < 0 && errno != EAGAIN)
			log_die("the feeds' bell");
	}
	return NULL;
}

int feeds_start(struct feeds *f, struct door *door)
{
	f->door = door;
	f->running = true;
	if (pthread_create(&f->thread, NULL, run, f) == 0)
		return 0;
	f->running = false;
	return ERR_MEMORY;
}

bool feeds_destroy(struct feeds *f)
{
	if (!f)
		return true;
	atomic_store(&f->stop, true);
	if (f->running) {
		wake(f);
		if (!clock_joined(f->thread, END_NS)) {
			log_at(LOG_LEVEL_ERROR, "feeds: the disk does not answer");
			return false;
		}
	}
	for (size_t i = 0; i < f->n; i++)
		free(f->list[i].entries);
	free(f->memory);
	if (f->wake_fd >= 0)
		close(f->wake_fd);
	pthread_mutex_destroy(&f->box);
	pthread_mutex_destroy(&f->lock);
	free(f);
	return true;
}

/* ---- who asks ---- */

size_t feeds_refresh(struct feeds *f)
{
	size_t refused = 0;

	pthread_mutex_lock(&f->lock);
	take_configuration(f);
	for (size_t i = 0; i < f->n; i++)
		refused += feed_load(f, &f->list[i], f->list[i].info.conf.file, false) != 0;
	if (!feeds_make(f))
		wake(f);
	tell(f);
	pthread_mutex_unlock(&f->lock);
	return refused;
}

int feeds_load(struct feeds *f, const char *name, const char *file, bool force, char why[FEEDS_WHY])
{
	struct feed *d;
	int err = ERR_ABSENT;

	pthread_mutex_lock(&f->lock);
	take_configuration(f);
	d = find(f->list, f->n, name);
	if (d)
		err = feed_load(f, d, file ? file : d->info.conf.file, force);
	text_copy(why, FEEDS_WHY, !d ? "there is no such feed" : err ? d->info.error : "");
	if (d && err == ERR_ABSENT)
		err = ERR_IO; /* the file, not the feed */
	if (!feeds_make(f))
		wake(f);
	tell(f);
	pthread_mutex_unlock(&f->lock);
	return err;
}

bool feeds_info(struct feeds *f, size_t i, struct feed_info *out)
{
	bool there;

	pthread_mutex_lock(&f->lock);
	there = i < f->n;
	if (there)
		*out = f->list[i].info;
	pthread_mutex_unlock(&f->lock);
	return there;
}

uint16_t feeds_find(struct feeds *f, const struct addr *a, char told[LISTED_NAME])
{
	const char *name = NULL;
	uint16_t lists = 0;

	pthread_mutex_lock(&f->lock);
	if (f->listed) {
		name = listed_find(f->listed, a);
		lists = listed_lists(f->listed, a);
	}
	text_copy(told, LISTED_NAME, name ? name : "");
	pthread_mutex_unlock(&f->lock);
	return lists;
}

void feeds_stats(struct feeds *f, struct feeds_stats *out)
{
	pthread_mutex_lock(&f->box);
	*out = f->told;
	pthread_mutex_unlock(&f->box);
}

size_t feeds_briefs(struct feeds *f, struct feed_brief out[CONF_FEEDS])
{
	size_t n;

	pthread_mutex_lock(&f->box);
	n = f->told.feeds;
	memcpy(out, f->briefs, n * sizeof(out[0]));
	pthread_mutex_unlock(&f->box);
	return n;
}
