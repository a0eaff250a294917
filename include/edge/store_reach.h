/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whom this host's actors reach (core/reach.h), in the file of history, so that a restart makes nothing new. Rows are
 * bounded: what was used on fewest days and longest ago goes first. Results are those of edge/store.h.
 */
#ifndef TIDEGATE_EDGE_STORE_REACH_H
#define TIDEGATE_EDGE_STORE_REACH_H

#include <stdbool.h>
#include <stdint.h>

#include "core/reach.h"
#include "edge/store_history.h"

#define HISTORY_REACH (2 * REACH_RECORDS) /* rows; in a small file fewer */

/* To be called between history_begin and history_commit. What is stored of the same one never becomes less: whoever was
 * forgotten in between counts on from there. ERR_RANGE: no record that could be read again. */
int history_put_reach(struct history *h, const struct reach_record *x);

/* Within the same bounds of a transaction; cheap where there is nothing to do. */
int history_prune_reach(struct history *h);

/* The most worthy first, REACH_RECORDS at most; control groups have no id. fn returns false to stop. Rows that make no
 * sense are passed over, and counted in *odd. */
typedef bool (*history_reach_fn)(void *ctx, const struct reach_record *x);
int history_each_reach(struct history *h, history_reach_fn fn, void *ctx, uint64_t *odd);

#endif
