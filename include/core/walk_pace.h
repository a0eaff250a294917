/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When to walk over the sockets next: each second, as long as that costs no more than a hundredth of a processor; of very
 * many sockets more rarely, a minute at most. Pure.
 */
#ifndef TIDEGATE_CORE_WALK_PACE_H
#define TIDEGATE_CORE_WALK_PACE_H

#include <stdint.h>

#include "base/time.h"

#define WALK_SHARE 100 /* one part in so many of a processor */
#define WALK_LEAST_NS NS_PER_S
#define WALK_MOST_NS (60 * NS_PER_S)

struct walk_pace {
	int64_t cost_ns; /* of a walk, as of late; 0 at the beginning */
};

/*
 * A walk took so much of the processor: how long after its begin the next one is due. Rises at once with the cost; falls
 * by quarters, so that one cheap walk (that named no holders) does not bring the next dear one early.
 */
int64_t walk_pace_next(struct walk_pace *p, int64_t spent_ns);

#endif
