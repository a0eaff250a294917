/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long a source is listened to whose every message costs the kernel time: up to so many messages a second without a
 * break; beyond that it is left alone for a moment and come back to, so that the cost has a bound whatever happens. A
 * bucket of one second's worth. Pure; for one thread.
 */
#ifndef TIDEGATE_CORE_DUTY_H
#define TIDEGATE_CORE_DUTY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/time.h"

struct duty {
	uint32_t most;      /* messages a second; 0: no bound */
	int64_t credit_ns;  /* of time, at `most`; below 0: owed */
	bool resting;
	mono_t at;          /* of the last call */
	mono_t since;       /* the phase began */
	uint64_t heard;     /* in this phase of listening */
	int64_t listened_ns; /* in the last whole phase */
	uint64_t last_heard; /* the same */
	uint16_t weight;    /* what one message stands for now */
	/* since the start */
	uint64_t rests;
	int64_t rested_ns;
	uint64_t missed;    /* messages while it rested, had they come as before */
};

void duty_start(struct duty *d, uint32_t most, mono_t now);

/* So many came. True: it rests from now on. */
bool duty_spend(struct duty *d, uint64_t n, mono_t now);

/* True: the rest is over. Also false where there is none. */
bool duty_resume(struct duty *d, mono_t now);

/* How long until duty_resume has to be asked; INT64_MAX: it does not rest. */
int64_t duty_due_ns(const struct duty *d, mono_t now);

#endif
