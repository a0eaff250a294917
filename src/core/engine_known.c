/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What earlier runs knew of whom this host reaches, and when that was: the wall's time, of which core has none of its own. */
#include "core/engine_state.h"

int64_t engine_wall_s(const struct engine *e, mono_t at)
{
	return e->egress.wall_offset_s ? e->egress.wall_offset_s + at.ns / NS_PER_S : 0;
}

void engine_clock(struct engine *e, wall_t wall, mono_t now)
{
	e->egress.wall_offset_s = (wall.ns - now.ns) / NS_PER_S;
}

/* By our own clock, for the wall's may be set from 1970, or from the day of a battery's end, to now. */
int64_t engine_watched_s(const struct engine *e, mono_t at)
{
	const struct egress *g = &e->egress;
	int64_t since = g->watched_since.ns ? mono_since(at, g->watched_since) / NS_PER_S : 0, wall = engine_wall_s(e, at);

	return g->taught_since_s && wall - g->taught_since_s > since ? wall - g->taught_since_s : since;
}

void engine_egress_clock(struct engine *e, const struct host_sample *s, mono_t now)
{
	struct egress *g = &e->egress;

	engine_clock(e, s->wall, now);
	if (!g->watched_since.ns)
		g->watched_since = now;
}

void engine_teach_reach(struct engine *e, const struct reach_record *x, mono_t now)
{
	struct egress *g = &e->egress;

	if (!reach_teach(g->reach, x))
		return;
	exfil_teach(g->exfil, x, now, engine_wall_s(e, now));
	if (!g->taught_since_s || x->first_s < g->taught_since_s)
		g->taught_since_s = x->first_s;
}

void engine_hand_reach(struct engine *e, size_t most, reach_put_fn put, void *ctx)
{
	reach_hand(e->egress.reach, most, put, ctx);
}
