/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pile that grows. Called by detect_hold alone.
 */
#include "core/hold_pile.h"

#define FIFTHS 5
#define SLOW_FIFTHS 15 /* numbers that come and go have lows that climb five times in a row now and then, not fifteen */
#define SLOW_RISES 5

/* A fifth is over. */
static void end_fifth(struct hold_pile *p)
{
	if (p->low < p->last) {
		p->held = p->rose = 0;
		p->start = p->low;
	} else {
		p->held = (uint8_t)(p->held + (p->held < UINT8_MAX));
		p->rose = (uint8_t)(p->rose + (p->low > p->last && p->rose < UINT8_MAX));
	}
	p->last = p->low;
	p->low = UINT32_MAX;
}

static bool climbs(const struct hold_pile *p)
{
	if (p->held >= FIFTHS && p->last - p->start >= p->last / 8 && p->rose)
		return true;
	return p->held >= SLOW_FIFTHS && p->rose >= SLOW_RISES;
}

bool hold_pile_look(struct hold_pile *p, uint32_t count, uint32_t least, int64_t window_ns, mono_t now)
{
	if (!p->begun)
		*p = (struct hold_pile){ .begun = true, .fifth = now, .low = count, .last = count,
			.start = count };
	if (count < p->low)
		p->low = count;
	if (p->raised && count < least / 2)
		p->raised = false;
	if (mono_since(now, p->fifth) < window_ns / FIFTHS)
		return false;
	p->fifth = now;
	end_fifth(p);
	if (p->raised || p->last < least || !climbs(p))
		return false;
	p->raised = true;
	return true;
}
