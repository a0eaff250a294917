/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long things took: durations from 1 us to 17 s, four buckets an octave, so a
 * quantile is read with an error of at most 25 % from one kilobyte that never grows. A
 * value; copy it to look at it elsewhere.
 */
#ifndef TIDEGATE_BASE_HISTOGRAM_H
#define TIDEGATE_BASE_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

/* One below 1024 ns, four for each of 24 octaves, one from 2^34 ns on. */
#define HISTOGRAM_BUCKETS 98

struct histogram {
	uint64_t buckets[HISTOGRAM_BUCKETS];
	uint64_t count;
	uint64_t sum_ns; /* of 584 years before it wraps */
	int64_t max_ns;
};

/* Negative durations count as 0: clocks of two CPUs may disagree by a little. */
void histogram_note(struct histogram *h, int64_t ns);

/* The same for n that took equally long. */
void histogram_note_many(struct histogram *h, int64_t ns, uint64_t n);

/* How many took less than histogram_bound(bucket): this bucket and all before it. */
uint64_t histogram_below(const struct histogram *h, size_t bucket);

/* Upper bound of a bucket in ns; INT64_MAX for the last one. */
int64_t histogram_bound(size_t bucket);

/* The bound under which that many of 10,000 values lie (5000 = p50, 9900 = p99), never
 * above max_ns; 0 where there is none. */
int64_t histogram_quantile(const struct histogram *h, unsigned per_10000);

#endif
