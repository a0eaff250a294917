/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pause between walks over the sockets, from what they cost. */
#include "core/walk_pace.h"

int64_t walk_pace_next(struct walk_pace *p, int64_t spent_ns)
{
	if (spent_ns < 0)
		spent_ns = 0;
	if (spent_ns >= p->cost_ns)
		p->cost_ns = spent_ns;
	else
		p->cost_ns -= (p->cost_ns - spent_ns + 3) / 4; /* rounded up, so that it arrives */
	if (p->cost_ns <= WALK_LEAST_NS / WALK_SHARE)
		return WALK_LEAST_NS;
	if (p->cost_ns >= WALK_MOST_NS / WALK_SHARE)
		return WALK_MOST_NS;
	return p->cost_ns * WALK_SHARE;
}
