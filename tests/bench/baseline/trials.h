/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is asked of a judge, and its answers. */
#ifndef TIDEGATE_TESTS_BENCH_BASELINE_TRIALS_H
#define TIDEGATE_TESTS_BENCH_BASELINE_TRIALS_H

#include "judge.h"

#define SEEDS 20
#define WEEKS 8
#define TAUGHT_WEEKS 4
#define SURGES 5
#define SURGE_5X 3
#define SURGE_10X 4
#define RAMPS 5
#define RAMP_SEEDS 3 /* these worlds are long */

extern const double surge_sizes[SURGES]; /* times the series' mean, on top */
struct ramp {
	const char *name;
	double slots; /* in which traffic grows tenfold, evenly by its logarithm */
};
extern const struct ramp ramps[RAMPS];

struct surge_figures {
	unsigned n, found;
	double slots; /* from the first full slot to the alarm: the mean of those found */
};

struct calm_figures {
	unsigned alarms;
	double weeks; /* of the whole host: five series */
	unsigned by_series[SERIES];
};

struct ramp_figures {
	unsigned n, found; /* before it had grown tenfold, or in the day after */
	double factor;     /* at which they were found: the sum of its logarithms */
	double days;       /* the sum */
};

/* An attacker adds 5 x mean for half an hour at the same time of fourteen days. */
struct lesson_figures {
	unsigned n, first, last; /* series; of these, found on the first day, and on a fifteenth */
};

/* One who knows the limit stays 3 % under it, slot after slot, four weeks long. */
struct creep_figures {
	unsigned n, found;
	double factor, days; /* how far he had come by then: the median of the series, summed over the worlds */
};

void trial_calm(const struct judge *j, uint64_t seed, struct calm_figures *out);
void trial_surges(const struct judge *j, uint64_t seed, double size, struct surge_figures *out);
void trial_ramp(const struct judge *j, uint64_t seed, const struct ramp *r, struct ramp_figures *out);
void trial_lesson(const struct judge *j, uint64_t seed, bool freeze, struct lesson_figures *out);
void trial_creep(uint64_t seed, struct creep_figures *out); /* of ours alone: he must know the limit */

#endif
