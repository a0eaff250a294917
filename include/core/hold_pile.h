/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A number that only ever grows: sockets that our own program leaves in CLOSE-WAIT. Looked at by its least value in each
 * fifth of a window, since what comes and goes comes down to its least again, and a leak does not.
 */
#ifndef TIDEGATE_CORE_HOLD_PILE_H
#define TIDEGATE_CORE_HOLD_PILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/time.h"

struct hold_pile {
	bool begun, raised;
	mono_t fifth;       /* the present one began then */
	uint32_t low;       /* of it so far */
	uint32_t last;      /* of the one before */
	uint32_t start;     /* of the one that the present climb began with */
	uint8_t held, rose; /* fifths of it: that did not fall, and of these those that rose */
};

/*
 * One look. True where the pile is found now: there are 'least' at least, and none of five fifths in a row fell and it
 * has grown by an eighth meanwhile, or, of a slow leak, none of fifteen fell and five rose. It is told once, and again
 * after it has fallen to half of that.
 */
bool hold_pile_look(struct hold_pile *p, uint32_t count, uint32_t least, int64_t window_ns, mono_t now);

#endif
