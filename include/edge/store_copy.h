/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The record (tidegate.db) as it is now, in memory, for who only reads: the daemon has the file open for itself alone, and is
 * neither asked nor held up. The file and its log are read as they are; where the daemon wrote into the file meanwhile they
 * are read again. What is in the copy is brought up to our schema there, and nothing of it ever goes back.
 */
#ifndef TIDEGATE_EDGE_STORE_COPY_H
#define TIDEGATE_EDGE_STORE_COPY_H

#include "edge/store.h"

#define STORE_FILE "tidegate.db"
#define STORE_COPY_MOST (UINT64_C(1) << 30) /* bytes of the file and its log together */

/*
 * o->boot as store_open. ERR_ABSENT, ERR_PERMISSION, ERR_INVALID (damaged, or no file of ours), ERR_UNSUPPORTED (newer),
 * ERR_FULL (more than STORE_COPY_MOST), ERR_AGAIN (it changed at each of some tries), ERR_IO, ERR_MEMORY. store_close as ever.
 */
int store_open_copy(struct store **out, const char *path, const struct store_opts *o, char why[WHY_TEXT]);

/* ---- what is read of the record alone ---- */

/* False ends it. The texts are valid for the call. */
typedef bool (*store_record_fn)(void *ctx, wall_t at, const char *kind, const char *json);

/* All of that time, in the order in which they were written. */
int store_each_event(struct store *s, wall_t from, wall_t until, store_record_fn fn, void *ctx);

typedef bool (*store_incident_fn)(void *ctx, uint64_t id, wall_t last, const char *json);

/* With news in that time, the oldest first. */
int store_each_incident(struct store *s, wall_t from, wall_t until, store_incident_fn fn, void *ctx);

/* The time of the oldest event that is left; ERR_ABSENT. */
int store_oldest_event(struct store *s, wall_t *out);

#endif
