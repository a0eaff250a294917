/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A list of measures; by the daemon's start and by what-if. */
#include "app/kept.h"

#include <stdlib.h>

void kept_add(struct kept *k, const struct measure *m)
{
	if (k->n == k->room) {
		size_t room = k->room ? 2 * k->room : 64;
		struct measure *more = realloc(k->list, room * sizeof(*more));

		if (!more)
			return;
		k->list = more;
		k->room = room;
	}
	k->list[k->n++] = *m;
}

void kept_free(struct kept *k)
{
	free(k->list);
	*k = (struct kept){ .n = 0 };
}
