/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The inside of the feeds, shared by feeds.c (life, thread, who asks), feeds_load.c (one file) and feeds_make.c (the list). */
#ifndef TIDEGATE_APP_FEEDS_STATE_H
#define TIDEGATE_APP_FEEDS_STATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "app/feeds.h"
#include "edge/feed_files.h"

struct feed {
	struct feed_info info;
	struct listed_entry *entries; /* info.entries of them */
	struct feed_stamp seen;       /* of the file that was judged last */
	char absent[WHY_TEXT];        /* why there was none to judge; "" */
};

struct feeds {
	char state_dir[CONF_PATH];
	feeds_put_fn put;
	struct door *door;
	int wake_fd;
	pthread_t thread;
	bool running;
	atomic_bool stop;

	pthread_mutex_t box; /* held for a copy only */
	struct conf_feeds fresh;
	bool fresh_new;
	struct feeds_stats told;
	struct feed_brief briefs[CONF_FEEDS]; /* and each of told.feeds */

	pthread_mutex_t lock; /* all that follows; held while the disk is waited for */
	struct feed list[CONF_FEEDS];
	size_t n;
	struct guards guards;
	struct listed *listed; /* what the packet thread has; in 'memory' */
	void *memory;
	bool dirty; /* another list should be made */
	struct feeds_stats stats;
};

/* feeds_load.c, under the lock. */
void feed_restore(struct feeds *f, struct feed *d); /* what was accepted before, from our copy */
int feed_load(struct feeds *f, struct feed *d, const char *file, bool force);
/* Loads its file where that is another one than was judged last. False: there is a change, and it is too young. */
bool feed_look(struct feeds *f, struct feed *d);

/* feeds_make.c, under the lock: guards as they are now, and a list where another one is due. False: not now. */
bool feeds_make(struct feeds *f);

#endif
