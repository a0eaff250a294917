/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The figures of the table, and what is done with them. */
#ifndef TIDEGATE_TESTS_BENCH_RIVALS_FIGURES_H
#define TIDEGATE_TESTS_BENCH_RIVALS_FIGURES_H

#include "rival.h"

#define SEEDS 20
#define RIVALS 11

extern const struct rival *const rivals[RIVALS]; /* ours is the first */

struct figures {
	uint32_t probes;          /* the median; 0: most were not found */
	uint32_t recall[ATTACKS]; /* percent of the seeds */
	double decoys_harmed;     /* of DECOYS, the mean */
	double reported, harmed;  /* benign sources (or services, or the host), for 1000 source-days */
	double refused;           /* of REAL_CONNECTIONS, the mean */
	bool accused[ROLES];      /* which kinds of benign sources were reported */
};

/* Of seeds seed .. seed + SEEDS - 1. */
void figures_measure(uint64_t seed, struct figures out[RIVALS]);

void table_print(const struct figures f[RIVALS]);
/* Print "NAME: N passed, N failed"; false where one failed. */
bool claims_hold(const struct figures f[RIVALS]);
bool selftest(void);

#endif
