/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Durations in log-linear buckets: the position of the highest bit chooses the octave,
 * the two bits below it the quarter. No float, so that noting one costs a handful of
 * instructions on the packet path.
 */
#include "base/histogram.h"

#define LOWEST_BIT 10  /* 1024 ns */
#define HIGHEST_BIT 34 /* 17.2 s */
#define PER_OCTAVE 4

_Static_assert(HISTOGRAM_BUCKETS == (HIGHEST_BIT - LOWEST_BIT) * PER_OCTAVE + 2,
	"every octave has its buckets");

static size_t bucket_of(uint64_t ns)
{
	if (ns >> LOWEST_BIT == 0)
		return 0;
	unsigned bit = 63 - (unsigned)__builtin_clzll(ns);
	if (bit >= HIGHEST_BIT)
		return HISTOGRAM_BUCKETS - 1;
	unsigned quarter = (unsigned)(ns >> (bit - 2)) & 3;
	return 1 + (size_t)(bit - LOWEST_BIT) * PER_OCTAVE + quarter;
}

void histogram_note_many(struct histogram *h, int64_t ns, uint64_t n)
{
	if (ns < 0)
		ns = 0;
	h->buckets[bucket_of((uint64_t)ns)] += n;
	h->count += n;
	h->sum_ns += (uint64_t)ns * n;
	if (n && ns > h->max_ns)
		h->max_ns = ns;
}

void histogram_note(struct histogram *h, int64_t ns)
{
	histogram_note_many(h, ns, 1);
}

uint64_t histogram_below(const struct histogram *h, size_t bucket)
{
	uint64_t n = 0;

	for (size_t i = 0; i <= bucket && i < HISTOGRAM_BUCKETS; i++)
		n += h->buckets[i];
	return n;
}

int64_t histogram_bound(size_t bucket)
{
	if (bucket == 0)
		return INT64_C(1) << LOWEST_BIT;
	if (bucket >= HISTOGRAM_BUCKETS - 1)
		return INT64_MAX;
	size_t octave = (bucket - 1) / PER_OCTAVE;
	size_t quarter = (bucket - 1) % PER_OCTAVE;
	int64_t base = INT64_C(1) << (LOWEST_BIT + octave);
	return base + base / PER_OCTAVE * (int64_t)(quarter + 1);
}

int64_t histogram_quantile(const struct histogram *h, unsigned per_10000)
{
	if (h->count == 0)
		return 0;
	/* Rounded up: p99 of three values is the third. Split, so that no count
	 * overflows. */
	uint64_t rank = h->count / 10000 * per_10000;
	rank += (h->count % 10000 * per_10000 + 9999) / 10000;
	uint64_t below = 0;
	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
		below += h->buckets[i];
		if (below < rank || below == 0)
			continue;
		int64_t bound = histogram_bound(i);
		return bound < h->max_ns ? bound : h->max_ns;
	}
	return h->max_ns;
}
