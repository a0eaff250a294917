/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the host does now, collected once a second on a thread of its own, and only while somebody watches: the thread is
 * made by the first look, and some seconds after the last one it gives back its memory, its sockets and its walk. Looks
 * come from the control thread, and never wait for a walk.
 */
#ifndef TIDEGATE_APP_LIVE_H
#define TIDEGATE_APP_LIVE_H

#include <stdint.h>

#include "core/live.h"

struct live;

int live_create(struct live **out); /* ERR_MEMORY; makes no thread and opens nothing */

/* False: the thread is inside the kernel and did not end in two seconds: then it and all that it uses stay. NULL: true. */
bool live_destroy(struct live *l);

/* Goes on collecting for that long from now, at least. */
void live_watch(struct live *l, int64_t for_ns);

/* The newest snapshot and its rates, both valid during the call. */
typedef void (*live_fn)(void *ctx, const struct live_snapshot *s, const struct live_view *v);

/* Waits up to that long for the first snapshot after a while unwatched. 0; ERR_AGAIN: there is none yet; ERR_IO, ERR_MEMORY:
 * it cannot be collected, and why is a sentence. */
#define LIVE_WHY 160
int live_look(struct live *l, int64_t wait_ns, live_fn fn, void *ctx, char why[LIVE_WHY]);

#endif
