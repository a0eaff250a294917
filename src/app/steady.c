/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One offset for all who tell times. Two threads that find it stale at once both write what is right. */
#include "app/steady.h"

#include "edge/clock.h"

struct stamp steady_now(struct steady *s)
{
	struct stamp now = { .mono = clock_mono(), .wall = clock_wall() };
	int64_t is = now.wall.ns - now.mono.ns, was = atomic_load(&s->wall_ns);

	if (was && is - was < STEADY_NS && was - is < STEADY_NS)
		is = was;
	else
		atomic_store(&s->wall_ns, is);
	now.wall.ns = now.mono.ns + is;
	return now;
}

int64_t steady_offset(struct steady *s)
{
	return atomic_load(&s->wall_ns);
}
