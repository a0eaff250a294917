/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Measures of an earlier run, on their way into an engine: a list that grows. Zeroed at first. */
#ifndef TIDEGATE_APP_KEPT_H
#define TIDEGATE_APP_KEPT_H

#include <stddef.h>

#include "core/ledger.h"

struct kept {
	struct measure *list; /* owned */
	size_t n, room;
};

/* Without memory it is as if the store had lost it. */
void kept_add(struct kept *k, const struct measure *m);
void kept_free(struct kept *k);

#endif
