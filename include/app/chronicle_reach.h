/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How records of whom this host reaches travel from the packet thread into the history, and back at the start. Of the
 * chronicle (app/chronicle.h), which has the thread and the file.
 */
#ifndef TIDEGATE_APP_CHRONICLE_REACH_H
#define TIDEGATE_APP_CHRONICLE_REACH_H

#include <stdatomic.h>

#include "app/chronicle.h"
#include "edge/store_reach.h"

#define REACH_WAITING 1024 /* records; a power of two */
#define REACH_BATCH 256    /* of one transaction */

struct reach_box {
	struct ring *ring;
	void *memory;
	struct reach_record batch[REACH_BATCH]; /* of the thread */
	size_t n;                               /* that are not in the file yet */
	mono_t due;                             /* of the next batch that is not full */
	chronicle_reach_fn fn;
	bool taught;
	atomic_uint_least64_t written, lessons, odd;
};

int reach_box_create(struct reach_box **out);
void reach_box_destroy(struct reach_box *b); /* NULL does nothing */

/* All that waits, once a minute, or when there is a batch of it, or when all is wished for. An error leaves the batch to be
 * tried again. */
int reach_box_write(struct reach_box *b, struct history *h, mono_t now, bool all);

/* False: nobody lets us in any more. */
typedef bool (*reach_visit_fn)(void *ctx, door_fn fn, void *arg);
/* Once, however often the file is opened. */
int reach_box_teach(struct reach_box *b, struct history *h, reach_visit_fn visit, void *ctx);

#endif
