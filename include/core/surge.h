/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One counter against its own level: an exponential average and deviation of the square root of its rate, on which counts'
 * noise is as wide at a high level as at a low one. What is learned is winsorised: never more than the limit is believed.
 * A deviation is never taken as less than a sixteenth of the level, so that nothing under two and a quarter times the
 * usual is a surge, however steady it was. While one stands nothing is learned; after an hour it is how things are.
 * Pure; core/detect_volume.h feeds it.
 */
#ifndef TIDEGATE_CORE_SURGE_H
#define TIDEGATE_CORE_SURGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/time.h"

#define SURGE_QUIET_STEPS 12 /* that end it */

struct surge { /* zeroed at first, but before: where its counter stands then */
	uint64_t before;          /* the counter at the last step */
	uint64_t rate;            /* of the last step, a second */
	int64_t level, deviation; /* of the root of a rate, Q16 */
	int64_t root;             /* of this step's, Q16 */
	int64_t told;             /* the highest root of the last surge that was told; 0: none was */
	uint8_t above, quiet;     /* steps in a row */
	bool raised;
	mono_t since, ended;
};

struct surge_step {
	uint8_t deviations, steps;
	uint64_t least;      /* a second, under which nothing is a surge */
	bool learning;       /* it is not judged yet */
	int64_t elapsed_ns;  /* that the step took */
	int64_t age_ns;      /* since its first one: the younger, the faster it learns */
	mono_t now;
};

/* One step. True: it rises now. A counter that went back began anew at 0. */
bool surge_step(struct surge *s, const struct surge_step *t, uint64_t counter);

/* It is over, or cannot be seen any more. */
void surge_end(struct surge *s, mono_t now);

/* One that rises now is to be told: it came half an hour after the last one ended, or with twice its rate. */
bool surge_is_news(const struct surge *s, mono_t now);

/* How far above it is, in hundredths of a deviation; what is usual, a second. */
int32_t surge_deviations(const struct surge *s);
uint64_t surge_usual(const struct surge *s);

/* What a counter grew by; *before becomes now. */
uint64_t surge_since(uint64_t *before, uint64_t now);

#endif
