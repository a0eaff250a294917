/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Weeks of a host's traffic that never was: five series in slots of five minutes, by local time.
 *
 *   counts      negative binomial (dispersion 15 .. 40 by series: 16 .. 26 % beyond Poisson)
 *   day         1 + 0.7 sin, the top in mid-afternoon; Saturday 0.6, Sunday 0.55
 *   wander      the level's logarithm is AR(1), deviation 0.15, half forgotten in 4 h
 *   nightly     02:30 local, 5 min sooner or later, 25 min, + 2 x mean: of the two links
 *   bursts      about one a day, of 1 or 2 slots, an hour apart at least: mean x Pareto (alpha 1.5, from 0.5, 50 at most)
 *   shifts      twice in weeks 2 .. 7 the level goes to 1.5 or 0.67 of what it was, and stays
 *   clocks      forward after 3 weeks, back after 6 (no zone does so within eight weeks; both are to be met)
 */
#ifndef TIDEGATE_TESTS_BENCH_BASELINE_WORLD_H
#define TIDEGATE_TESTS_BENCH_BASELINE_WORLD_H

#include <stdint.h>

#include "core/slot.h"

#define SERIES 5
#define DAY SLOTS_A_DAY
#define WEEK (7 * DAY)
#define MOST_SLOTS (120 * DAY)

struct kind_of_series {
	const char *text;
	enum measure_of measure;
	double mean;       /* of a slot */
	double unit;       /* that noise is counted in: 1, a packet's bytes, or hundredths */
	double dispersion; /* of the negative binomial */
	int nightly;
};

extern const struct kind_of_series kinds[SERIES];

struct world {
	unsigned slots;
	int64_t start_s; /* a Monday, 00:00 local */
	double value[SERIES][MOST_SLOTS];
};

void world_make(struct world *w, uint64_t seed, unsigned slots);
int32_t world_offset(unsigned slot);
int64_t world_start(const struct world *w, unsigned slot);

/* Uniform in [0, 1); and what a negative binomial of that mean says. */
double world_uniform(uint64_t *state);
double world_noise(const struct kind_of_series *k, double mean, uint64_t *state);

#endif
