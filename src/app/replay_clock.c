/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One time for all files of a replay, which never steps back. Called by replay.c for each frame. */
#include "app/replay_clock.h"

static int64_t bounded(int64_t ns)
{
	if (ns > REPLAY_LONGEST_NS)
		return REPLAY_LONGEST_NS;
	return ns < -REPLAY_LONGEST_NS ? -REPLAY_LONGEST_NS : ns;
}

mono_t replay_clock_time(struct replay_clock *c, wall_t at, int64_t start_ns)
{
	mono_t t;

	if (!c->begun) {
		c->begun = true;
		c->first = at;
		c->stamp = (struct stamp){ .mono = { REPLAY_START_NS + start_ns }, .wall = at };
		c->latest = c->stamp.mono;
	}
	t = mono_add(c->stamp.mono, bounded(at.ns - c->stamp.wall.ns));
	if (t.ns < c->latest.ns) {
		int64_t back = mono_since(c->latest, t);

		c->back_steps++;
		if (back > c->farthest_back_ns)
			c->farthest_back_ns = back;
		return c->latest;
	}
	c->latest = t;
	c->last = at;
	return t;
}
