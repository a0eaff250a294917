/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Remaining time across boots: three subtractions, of numbers that a damaged file may
 * have made up. Called by the reader of the store.
 */
#include "core/lease.h"

static int64_t bound(int64_t ns)
{
	if (ns < -LEASE_MOST)
		return -LEASE_MOST;
	return ns > LEASE_MOST ? LEASE_MOST : ns;
}

/* later - earlier, 0 where it would be negative; cannot overflow. */
static int64_t gone_by(int64_t later, int64_t earlier)
{
	int64_t ns = bound(later) - bound(earlier);

	return ns > 0 ? ns : 0;
}

int64_t lease_left_ns(mono_t until, const struct lease_moment *last, bool same_boot,
	const struct lease_moment *now)
{
	int64_t left, off;

	if (same_boot)
		return bound(bound(until.ns) - bound(now->mono.ns));
	left = bound(bound(until.ns) - bound(last->mono.ns));
	off = bound(gone_by(now->wall.ns, last->wall.ns));
	return bound(left - off);
}
