/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the kernel's sockets, counters and names to one snapshot of core/live.h. It walks every socket and may read /proc:
 * for a thread that nobody waits for, and only while somebody watches. For app/live.c alone.
 */
#ifndef TIDEGATE_APP_LIVE_WALK_H
#define TIDEGATE_APP_LIVE_WALK_H

#include "base/hash.h"
#include "core/live.h"
#include "edge/log.h"

struct live_walk;

/* Opens what it needs of the kernel. What it cannot open it goes without (and says so in the log), but the sockets and
 * memory: ERR_IO, ERR_MEMORY. */
int live_walk_open(struct live_walk **out, const struct hash_key *key, char why[WHY_TEXT]);
void live_walk_close(struct live_walk *w);

/* before: the snapshot that was taken last, or NULL; who held a socket then is not asked again. */
void live_walk_take(struct live_walk *w, const struct live_snapshot *before, struct live_snapshot *out);

#endif
