/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which living sockets have sent so much since they were told of last that it is told again: a single upload of hours
 * would else be known at its end alone. Pure; bounded. Called by edge/sockdiag_walk.
 */
#ifndef TIDEGATE_CORE_UPLOADS_H
#define TIDEGATE_CORE_UPLOADS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UPLOADS_SOCKETS 256
#define UPLOADS_STEP (UINT64_C(4) << 20) /* bytes */

struct uploads {
	struct {
		uint64_t cookie; /* 0: free */
		uint64_t told;
		bool met;        /* by the walk that is under way, or was the last */
	} at[UPLOADS_SOCKETS];
	uint64_t crowded;        /* sockets that found no room, each walk anew */
};

/* A walk: begin, each socket, end. ...end forgets those that this walk did not meet: leave it out where the walk failed. */
void uploads_begin(struct uploads *u);
/* Whether it is to be told of: it has sent a step more than it had when it was told of last, or ever. */
bool uploads_grew(struct uploads *u, uint64_t cookie, uint64_t sent);
void uploads_end(struct uploads *u);

size_t uploads_count(const struct uploads *u);

#endif
