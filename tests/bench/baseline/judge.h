/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A rule that says, slot after slot, which of the five series are unusual. */
#ifndef TIDEGATE_TESTS_BENCH_BASELINE_JUDGE_H
#define TIDEGATE_TESTS_BENCH_BASELINE_JUDGE_H

#include <stdbool.h>

#include "core/baseline.h"
#include "world.h"

struct moment {
	int64_t start_s;
	int32_t utc_offset_s;
	bool frozen;
	const double *value; /* of each series */
};

enum alarm { CALM = 0, LASTS, RISES };

struct judge {
	const char *name;
	void (*begin)(void);
	void (*slot)(const struct moment *m, enum alarm alarm[SERIES]);
};

#define JUDGES 6
extern const struct judge *const judges[JUDGES]; /* ours is the first */
extern const struct judge judge_ours;

/* What ours has got used to: the limit of a series in the slot that begins then. False: not known yet. */
bool ours_limit(unsigned series, int64_t start_s, int32_t utc_offset_s, uint64_t *limit);
size_t ours_models(void);

#endif
