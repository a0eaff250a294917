/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The chronicle thread: puts each five minutes of traffic, and whom this host reaches, into the history
 * (edge/store_history.h, edge/store_reach.h), and at the start teaches the engine what was normal before. The disk may take its time: whoever has a slot to tell never waits for it.
 */
#ifndef TIDEGATE_APP_CHRONICLE_H
#define TIDEGATE_APP_CHRONICLE_H

#include <stdbool.h>
#include <stdint.h>

#include "app/door.h"
#include "base/time.h"
#include "conf/conf.h"
#include "core/reach.h"
#include "core/slot.h"

struct chronicle;

/* *out stays NULL where no history is wished for. ERR_MEMORY. */
int chronicle_create(struct chronicle **out, const char *state_dir, const struct conf_history *conf);

/* Opens the file, goes on with what it knows, teaches through the door. Where the file cannot be opened that is said, and
 * tried again. NULL does nothing. */
int chronicle_start(struct chronicle *c, struct door *door);

/* False: the thread waits for the disk, and all it can reach must stay. NULL is done at once. */
bool chronicle_destroy(struct chronicle *c);

/* engine_opts.slot; from one thread. A slot that finds no room is counted. */
void chronicle_slot(void *chronicle, const struct slot *s);

/* reach_put_fn; from one thread. False: no room now. */
bool chronicle_reach(void *chronicle, const struct reach_record *x);

/* Gets each record that is stored, on the packet thread, some at a time. To be told before the start; else none is read. */
typedef void (*chronicle_reach_fn)(struct engine *e, const struct reach_record *x, mono_t now);
void chronicle_teaches_reach(struct chronicle *c, chronicle_reach_fn fn);

struct chronicle_stats {
	uint64_t written, failed, lost; /* slots; failed ones are tried again */
	uint64_t taught;                /* to the engine, at the start */
	bool teaching;                  /* that is not over yet */
	bool open;                      /* the file is there */
	uint64_t reach_written, reach_taught; /* records of whom this host reaches */
	uint64_t reach_odd;             /* that made no sense when they were read */
};

void chronicle_stats(struct chronicle *c, struct chronicle_stats *out);

#endif
