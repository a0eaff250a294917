/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sources that `tidegate top` shows: those with the most traffic now, and those nearest to one of their limits. The
 * former come from the live flows; the latter are looked for in the engine's table, a part of it at each refresh, for it
 * may hold a million and belongs to the packet thread. For the control thread.
 */
#ifndef TIDEGATE_APP_LIVE_SOURCES_H
#define TIDEGATE_APP_LIVE_SOURCES_H

#include <jansson.h>

#include "app/door.h"
#include "core/live.h"

struct live_sources;

int live_sources_create(struct live_sources **out); /* ERR_MEMORY */
void live_sources_destroy(struct live_sources *s);

/* Adds up who has called us in a snapshot; loopback left out. Forgets what was added before. */
void live_sources_fold(struct live_sources *s, const struct live_snapshot *now, const struct live_view *v);

/* Asks the engine about them: some dozen visits of the packet thread, 30 us each. Then gives the rows, the nearest to a
 * limit first. ERR_AGAIN: the packet thread did not come by; the rows lack what it knows. */
int live_sources_rows(struct live_sources *s, struct door *d, size_t most, json_t *out);

#endif
