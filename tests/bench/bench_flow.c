/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a packet costs the flow tracker, with a million flows that fit no cache: each stage for a batch, as a replay does.
 *
 *   bench_flow [FLOWS [small]]     small: without huge pages
 * Prints ns a packet of live connections, and of new flows that have to make room.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#include "core/flow.h"

#define BATCH 64
#define MADE 2048 /* packets between two looks at the clock, which is a system call */
#define HUGE ((size_t)2 << 20)
#define ROUNDS 4000000

/* Of this process: what else runs on the machine falls out. */
static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

static struct packet segment(uint32_t n, bool ours, uint8_t flags)
{
	struct packet p = { .proto = PROTO_TCP, .sport = (uint16_t)(1024 + n % 50000), .dport = 443, .tcp_flags = flags,
		.window = 64000, .seq = 1, .ack = flags & TCP_ACK ? 1 : 0 };
	const uint8_t src[4] = { 10, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n };

	p.src = addr_v4(src);
	p.dst = addr_v4((const uint8_t[]){ 192, 0, 2, 1 });
	if (ours) {
		const struct packet q = p;

		p.src = q.dst;
		p.dst = q.src;
		p.sport = q.dport;
		p.dport = q.sport;
	}
	if (flags & TCP_SYN)
		p.seq = 0;
	return p;
}

static void batch(struct flow_tracker *t, const struct packet *p, bool ours, mono_t now, uint64_t words[5])
{
	uint64_t refs[BATCH];

	for (size_t i = 0; i < BATCH; i++) {
		refs[i] = flow_refer(t, &p[i]);
		flow_touch(t, refs[i]);
	}
	for (size_t i = 0; i < BATCH; i++)
		flow_touch_line(t, refs[i]);
	for (size_t i = 0; i < BATCH; i++)
		words[flow_packet(t, &p[i], refs[i], ours, now)]++;
}

/* ns a packet; which gives the flow of each. The best part of ten counts: what else runs on the machine falls out. */
static double run(struct flow_tracker *t, uint64_t count, uint32_t (*which)(uint64_t i), bool ours, uint8_t flags,
	mono_t *now)
{
	static struct packet made[MADE];
	uint64_t words[5] = { 0 }, spent = 0, since = 0;
	double best = 1e9;

	for (uint64_t done = 0; done < count; done += MADE) {
		uint64_t start;

		for (size_t i = 0; i < MADE; i++)
			made[i] = segment(which(done + i), ours, flags);
		start = now_ns();
		for (size_t i = 0; i < MADE; i += BATCH) {
			*now = mono_add(*now, BATCH * 200); /* 5 million a second */
			batch(t, made + i, ours, *now, words);
		}
		spent += now_ns() - start;
		if (done + MADE - since < count / 10)
			continue;
		if ((double)spent / (double)(done + MADE - since) < best)
			best = (double)spent / (double)(done + MADE - since);
		since = done + MADE;
		spent = 0;
	}
	fprintf(stderr, "  words: %llu invalid, %llu new, %llu again, %llu established\n", (unsigned long long)words[0],
		(unsigned long long)words[1], (unsigned long long)words[2], (unsigned long long)words[3]);
	return best;
}

static uint32_t flows = 1000000;

static uint32_t in_turn(uint64_t i)
{
	return (uint32_t)(i % flows);
}

static uint32_t by_chance(uint64_t i)
{
	return (uint32_t)(random_next(&i) % flows);
}

static uint32_t never_seen(uint64_t i)
{
	return (uint32_t)(i + flows) & 0xffffff;
}

int main(int argc, char **argv)
{
	struct flow_tracker *t;
	struct hash_key key;
	mono_t now = { .ns = 1000 * NS_PER_S };
	void *memory;
	double cost;
	size_t bytes;

	if (argc > 1)
		flows = (uint32_t)strtoul(argv[1], NULL, 10);
	bytes = flow_bytes(flows);
	bytes = (bytes + HUGE - 1) / HUGE * HUGE;
	memory = flows ? aligned_alloc(HUGE, bytes) : NULL;
	if (memory && argc < 3)
		madvise(memory, bytes, MADV_HUGEPAGE);
	hash_key_from_seed(&key, 3);
	if (!memory || flow_create(&t, memory, bytes, flows, &key))
		return 71;
	run(t, flows, in_turn, false, TCP_SYN, &now);
	run(t, flows, in_turn, true, TCP_SYN | TCP_ACK, &now);
	run(t, flows, in_turn, false, TCP_ACK, &now);
	cost = run(t, ROUNDS, by_chance, false, TCP_ACK, &now);
	printf("  ns a packet of live connections by chance    %.1f   target <= 40\n", cost);
	cost = run(t, ROUNDS, never_seen, false, TCP_SYN, &now);
	printf("  ns a new flow in a full table                %.1f\n", cost);
	free(memory);
	return 0;
}
