/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For src/edge/store_history*.c alone. */
#ifndef TIDEGATE_EDGE_STORE_HISTORY_PRIVATE_H
#define TIDEGATE_EDGE_STORE_HISTORY_PRIVATE_H

#include "edge/store_history.h"
#include "edge/store_private.h"

#define IMPORTED_PERIOD PERIODS /* where the table of totals has series of imported slots */
#define HISTORY_SLOT_ROWS (2 * SLOT_SERIES) /* read of one slot: two parts of it may have had others */

struct history {
	struct store *s;
	struct history_opts opts;
	struct slot_series *room[2]; /* of history_next_slot, by origin */
};

/* The row of that series; 0 where there is none. */
int history_series_row(struct history *h, const struct series_id *id, int64_t *row);

int history_note(struct history *h, const char *name, int64_t *out); /* 0 where it was never put */

#endif
