/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One offset for all who tell times. Two threads that find it stale at once both write what is right. */
#include "app/steady.h"

#include "edge/clock.h"

#define TRIES 8
#define APART_NS (STEADY_NS / 10)

/* Both clocks at one moment: who is put to sleep between the two reads would take his nap for a clock that was set. */
static struct stamp read_clocks(int64_t *apart_ns)
{
	struct stamp now = { .mono = { 0 } };

	for (int i = 0; i < TRIES; i++) {
		now.mono = clock_mono();
		now.wall = clock_wall();
		*apart_ns = mono_since(clock_mono(), now.mono);
		if (*apart_ns < APART_NS)
			break;
	}
	return now;
}

struct stamp steady_now(struct steady *s)
{
	int64_t apart_ns, was = atomic_load(&s->wall_ns);
	struct stamp now = read_clocks(&apart_ns);
	int64_t is = now.wall.ns - now.mono.ns;

	if (was && is - was < STEADY_NS + apart_ns && was - is < STEADY_NS + apart_ns)
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
