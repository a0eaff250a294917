/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lists of bad addresses: loads the files that the configuration names, keeps what it accepted of them in
 * state_dir/feeds, and hands all of it to the packet thread as one struct listed, guards cut out. It reads files only: the
 * daemon's sockets are netlink and unix, and nothing here fetches from a network. A timer of the administrator's downloads.
 *
 * A file that is broken, that is mostly no addresses, or that has grown or shrunk too much at once is refused, and what was
 * accepted last stays, over restarts too, until somebody forces it. Its thread may wait for the disk; so may whoever calls
 * feeds_load, feeds_refresh or feeds_info.
 */
#ifndef TIDEGATE_APP_FEEDS_H
#define TIDEGATE_APP_FEEDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/door.h"
#include "codec/feed_text.h"
#include "conf/conf.h"
#include "core/guard.h"
#include "core/listed.h"

#define FEEDS_WHY 256
#define FEEDS_LOOK_NS (60 * NS_PER_S) /* files are looked at so often */

struct feeds;

/* On the packet thread: this one from now on, NULL for none. What was put before is freed after it has returned. */
typedef void (*feeds_put_fn)(struct engine *e, const struct listed *l, mono_t now);

struct feeds_opts {
	const char *state_dir;         /* copied, as all here */
	const struct conf_feeds *conf;
	const struct guards *guards;   /* of the start; asked for anew through the door */
	feeds_put_fn put;              /* NULL: nobody looks at them */
};

int feeds_create(struct feeds **out, const struct feeds_opts *o); /* ERR_MEMORY */

/* Loads all, then looks after them. ERR_MEMORY. */
int feeds_start(struct feeds *f, struct door *door);

/* False: the thread waits for the disk, and all it can reach must stay. After the packet thread has ended: the last list
 * goes, too. NULL is done at once. */
bool feeds_destroy(struct feeds *f);

/* A configuration was read: its feeds from now on, and all files anew, soon. From any thread, at once. NULL does nothing. */
void feeds_configure(struct feeds *f, const struct conf_feeds *conf);

/* All files anew, now. How many were refused. */
size_t feeds_refresh(struct feeds *f);

/* This feed's file anew, or another one in its place until its own changes. ERR_ABSENT: no such feed; else with a sentence
 * in why. force: however short, strange or different it is. */
int feeds_load(struct feeds *f, const char *name, const char *file, bool force, char why[FEEDS_WHY]);

struct feed_info {
	struct conf_feed conf;
	size_t entries;              /* in force */
	size_t guarded;              /* of them: a guard is cut out of them, or all of them */
	wall_t accepted;             /* 0: never */
	bool kept;                   /* from our copy: since the start nothing of the file was accepted */
	int64_t took_ns;             /* reading, judging and keeping it */
	struct feed_result last;     /* of the last file that was read, accepted or not */
	char error[FEEDS_WHY];       /* why that was refused; "" */
	wall_t failed;
};

/* False behind the last one. */
bool feeds_info(struct feeds *f, size_t i, struct feed_info *out);

/* The feeds (bits, by index) that hold it in the list that was handed over; the narrowest one's name, "" for none. */
uint16_t feeds_find(struct feeds *f, const struct addr *a, char told[LISTED_NAME]);

struct feeds_stats {
	size_t feeds, failing; /* configured; whose file was refused, or is not there */
	size_t prefixes;  /* different ones in the list that was handed over */
	uint64_t handed;  /* lists */
	uint64_t missed;  /* times that the packet thread did not come by */
	int64_t made_ns;  /* how long the last one took to make */
};

/* A feed for who may not wait for feeds_info. */
struct feed_brief {
	char name[CONF_NAME];
	size_t entries;
	bool failing;
	wall_t accepted; /* 0: never */
};

/* As it was at the end of the last work: never waits for a disk. */
void feeds_stats(struct feeds *f, struct feeds_stats *out);
size_t feeds_briefs(struct feeds *f, struct feed_brief out[CONF_FEEDS]);

#endif
