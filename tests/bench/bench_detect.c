/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The detectors alone: ns for each update of one of a million records, met in random order and
 * prefetched a batch ahead as the engine does. No table and no packets; bench_engine has the
 * sum of all. The clock is this thread's own. Prints "NAME VALUE" lines, in about 2 s.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/detect_odd.h"
#include "core/detect_rate.h"
#include "core/detect_scan.h"

#define RECORDS 1000000
#define UPDATES 2000000 /* a measurement: each record is met twice, on average */
#define BATCH 32
#define GAP_NS 1000     /* simulated time between updates: a million a second */

struct bench {
	struct source *sources;
	struct rate_record *rates;
	struct scan_opts scan;
	struct odd_opts odd;
	struct rate_rule rate;
	struct source_half_lives half_lives;
	mono_t now;
	uint64_t random;
	uint64_t raised; /* printed, so that no compiler leaves the work out */
};

typedef bool (*update)(struct bench *b, size_t record, uint64_t random);

static int64_t clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * NS_PER_S + t.tv_nsec;
}

/* What every case pays: the loop, its random numbers, one cache line of a record. */
static bool nothing(struct bench *b, size_t record, uint64_t random)
{
	return b->sources[record].key == random;
}

static bool touch(struct bench *b, size_t record, uint64_t random)
{
	struct source *s = &b->sources[record];

	(void)random;
	source_touch(&b->half_lives, s, b->now);
	source_new_flow(s);
	return false;
}

static bool scan(struct bench *b, size_t record, uint64_t random)
{
	struct scan_contact c = { .outcome = CONTACT_CLOSED, .target = random };
	struct source *s = &b->sources[record];
	struct finding found;
	bool fresh;

	source_touch(&b->half_lives, s, b->now);
	return scan_count(&b->scan, s, &c, b->now, &fresh, &found);
}

static bool odd(struct bench *b, size_t record, uint64_t random)
{
	struct packet p = { .odd = (uint16_t)(random & 0x3ff) };
	struct source *s = &b->sources[record];
	struct finding found;

	source_touch(&b->half_lives, s, b->now);
	return odd_count(&b->odd, s, &p, b->now, &found);
}

static bool claimed(struct bench *b, size_t record, uint64_t random)
{
	struct finding found;
	bool ask;

	(void)random;
	return rate_claimed(&b->rate, &b->rates[record], b->now, &ask, &found);
}

static bool answered(struct bench *b, size_t record, uint64_t random)
{
	struct finding found;

	(void)random;
	return rate_answered(&b->rate, &b->rates[record], ANSWER_SOCKET, b->now, &found);
}

static void batch(struct bench *b, update f)
{
	uint64_t random[BATCH];
	size_t at[BATCH];

	for (size_t i = 0; i < BATCH; i++) {
		random[i] = random_next(&b->random);
		at[i] = (size_t)((random[i] >> 32) * RECORDS >> 32);
		__builtin_prefetch(&b->sources[at[i]], 1);
		__builtin_prefetch(&b->rates[at[i]], 1);
	}
	for (size_t i = 0; i < BATCH; i++) {
		b->now = mono_add(b->now, GAP_NS);
		b->raised += f(b, at[i], random[i]);
	}
}

static void measure(struct bench *b, const char *name, update f)
{
	int64_t start = clock_ns();

	for (size_t i = 0; i < UPDATES / BATCH; i++)
		batch(b, f);
	printf("%s %.1f\n", name, (double)(clock_ns() - start) / UPDATES);
	b->now = mono_add(b->now, 60 * NS_PER_S); /* so that the next one finds all decayed */
}

static void set_rules(struct bench *b)
{
	b->scan = (struct scan_opts){
		.fast_rule.enabled = true, .slow_rule.enabled = true,
		.weight_closed = NAT(2.77), .weight_weak = NAT(1.4),
		.weight_completed = NAT(-1.56),
		.fast_threshold = NAT(15.2), .slow_threshold = NAT(20.7),
		.fast_half_life_ns = 600 * NS_PER_S, .slow_half_life_ns = 86400 * NS_PER_S,
		.neighbour_factor = 2,
	};
	b->odd = (struct odd_opts){ .rule.enabled = true, .kinds = UINT16_MAX, .limit = 5,
		.half_life_ns = 600 * NS_PER_S };
	b->rate = (struct rate_rule){ .rule.enabled = true, .window_ns = 60 * NS_PER_S,
		.limit = 30, .ask_share = 50 };
	source_half_lives_set(&b->half_lives, b->scan.fast_half_life_ns,
		b->scan.slow_half_life_ns, b->odd.half_life_ns);
}

int main(void)
{
	struct bench b = { .now = { .ns = 3600 * NS_PER_S }, .random = 1 };

	b.sources = aligned_alloc(64, RECORDS * sizeof(*b.sources));
	b.rates = aligned_alloc(64, RECORDS * sizeof(*b.rates));
	if (!b.sources || !b.rates) {
		fprintf(stderr, "bench_detect: no memory for a million records\n");
		return 1;
	}
	memset(b.sources, 0, RECORDS * sizeof(*b.sources));
	memset(b.rates, 0, RECORDS * sizeof(*b.rates));
	set_rules(&b);
	measure(&b, "ns_loop_alone", nothing);
	measure(&b, "ns_touch", touch);
	measure(&b, "ns_touch_and_scan", scan);
	measure(&b, "ns_touch_and_odd", odd);
	measure(&b, "ns_rate_claimed", claimed);
	measure(&b, "ns_rate_answered", answered);
	printf("findings %llu\n", (unsigned long long)b.raised);
	free(b.sources);
	free(b.rates);
	return 0;
}
