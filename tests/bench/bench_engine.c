/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine alone, with the shipped rules, policy and sizes: ns for each packet with a million sources in its table, its
 * memory, and findings a second. No kernel; packets are made beforehand where the clock does not see it, and the
 * clock is this thread's own, for others share the machine. Prints "NAME VALUE" lines.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "conf/conf.h"
#include "core/engine.h"

#define PACKET 40
#define ROUNDS 5
#define RUN (16 * ENGINE_BURST) /* timed as one: a look at the clock costs as much as several packets */
#define PACKETS 1048576         /* a round; a multiple of RUN */
#define START_NS (3600 * NS_PER_S)
#define SOURCES 1000000
#define STRANGERS (8 * SOURCES) /* so many at most until the table holds SOURCES: a full bucket takes no other */
#define FLOOD_NS 1000           /* simulated time between packets: a million a second ... */
#define CALM_NS NS_PER_MS       /* ... or a thousand, at which the table admits whoever comes */

struct bench {
	struct engine *engine;
	uint8_t *bytes;    /* PACKETS of PACKET bytes */
	uint32_t *tracked; /* numbers of sources that the table holds */
	size_t n_tracked;
	int64_t gap_ns;
	mono_t now;
	uint64_t findings;
	uint64_t random;
};

static void count_event(void *ctx, const struct event *e)
{
	struct bench *b = ctx;

	b->findings += e->kind == EVENT_FINDING;
}

static int64_t clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * NS_PER_S + t.tv_nsec;
}

/* A SYN of source number n (10.0.0.0/8) to that port of this host. */
static void make_syn(uint8_t *p, uint32_t n, uint16_t port)
{
	static const uint8_t head[PACKET] = {
		0x45, 0, 0, PACKET, 0, 1, 0x40, 0, 64, PROTO_TCP, 0, 0, 10, 0, 0, 0, 192, 0, 2, 1,
		0x9c, 0x40, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, TCP_SYN, 0xfa, 0xf0, 0, 0, 0, 0,
	};

	memcpy(p, head, PACKET);
	p[13] = (uint8_t)(n >> 16);
	p[14] = (uint8_t)(n >> 8);
	p[15] = (uint8_t)n;
	p[22] = (uint8_t)(port >> 8);
	p[23] = (uint8_t)port;
}

/* What the daemon does between bursts: it takes what the engine wants and says that all went well. */
static void answer_all(struct bench *b)
{
	struct change c;
	struct ask a;

	while (engine_take_change(b->engine, &c))
		engine_applied(b->engine, &c, 0, b->now);
	while (engine_take_ask(b->engine, b->now, &a)) {
		struct ask_answer answer = { .ask = a, .fate = FATE_SOCKET };

		engine_answer(b->engine, &answer, b->now);
	}
}

/* The next RUN packets as the queue would hand them over, each at its simulated time. */
static void make_inputs(struct bench *b, size_t at, struct engine_input *in)
{
	for (size_t i = 0; i < RUN; i++) {
		b->now = mono_add(b->now, b->gap_ns);
		in[i] = (struct engine_input){
			.meta = { .at = b->now, .wire_len = PACKET, .held = true, .state_known = true },
			.bytes = { .at = b->bytes + (at + i) * PACKET, .len = PACKET },
		};
	}
}

/* Sends the first n packets; returns how many ns of real time the engine took. */
static int64_t send_packets(struct bench *b, size_t n)
{
	struct engine_input in[RUN];
	uint8_t verdicts[ENGINE_BURST];
	int64_t spent = 0;

	for (size_t at = 0; at < n; at += RUN) {
		int64_t begun;

		make_inputs(b, at, in);
		begun = clock_ns();
		for (size_t i = 0; i < RUN; i += ENGINE_BURST)
			engine_packets(b->engine, in + i, ENGINE_BURST, verdicts);
		if (at % (RUN * 64) == 0)
			engine_tick(b->engine, b->now);
		spent += clock_ns() - begun;
		answer_all(b);
	}
	return spent;
}

static int make_engine(struct bench *b, size_t *bytes)
{
	static struct conf conf;
	static struct conf_report report;
	static struct listen_snapshot listening;
	struct conf_source src = { .file = "policies/tidegate.conf" };
	struct engine_opts o = { .start = { START_NS }, .emit = count_event, .emit_ctx = b, .enforce = true };
	void *memory;

	if (conf_load(&src, &conf, &report)) {
		conf_check_print(&report, stderr);
		return -1;
	}
	o.sizes = conf.sizes;
	o.rules = conf.rules;
	o.rules.spray.rule.enabled = false; /* a host-wide shield would end the scans of findings_per_second unseen */
	hash_key_from_seed(&o.key, 1);
	*bytes = engine_bytes(&o.sizes);
	/* As the daemon takes it: huge pages where the kernel gives them. */
	memory = mmap(NULL, *bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return -1;
	madvise(memory, *bytes, MADV_HUGEPAGE);
	if (engine_create(&b->engine, memory, *bytes, &o))
		return -1;
	listening.known[LISTEN_TCP] = listening.known[LISTEN_UDP] = true;
	listen_snapshot_add(&listening, LISTEN_TCP, 80);
	engine_listening(b->engine, &listening, o.start);
	b->now = o.start;
	return 0;
}

static size_t records(const struct bench *b)
{
	struct table_stats stats;

	engine_source_stats(b->engine, &stats);
	return (size_t)stats.records;
}

/* New sources until the table holds as many as are wanted; then asks which of them it holds. */
static void fill(struct bench *b)
{
	uint32_t n = 0;

	b->gap_ns = CALM_NS;
	for (; n < STRANGERS && records(b) < SOURCES; n += PACKETS) {
		for (size_t i = 0; i < PACKETS; i++)
			make_syn(b->bytes + i * PACKET, n + (uint32_t)i, 80);
		send_packets(b, PACKETS);
	}
	for (uint32_t i = 0; i < n && b->n_tracked < SOURCES; i++) {
		struct addr a = addr_v4((const uint8_t[]){ 10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i });

		if (engine_source(b->engine, &a, b->now))
			b->tracked[b->n_tracked++] = i;
	}
	b->gap_ns = FLOOD_NS;
}

/* SYNs of tracked sources at random to a live service: the least of the rounds. */
static double per_packet(struct bench *b)
{
	double best = 1e9;

	for (int round = 0; round < ROUNDS; round++) {
		double ns;

		for (size_t i = 0; i < PACKETS; i++)
			make_syn(b->bytes + i * PACKET, b->tracked[random_next(&b->random) % b->n_tracked], 80);
		ns = (double)send_packets(b, PACKETS) / PACKETS;
		best = ns < best ? ns : best;
	}
	return best;
}

/* Scanners one after the other, ten closed ports each, none of them seen before. */
static double findings_per_second(struct bench *b)
{
	uint64_t before = b->findings;
	int64_t spent;

	b->gap_ns = CALM_NS;
	for (size_t i = 0; i < PACKETS; i++)
		make_syn(b->bytes + i * PACKET, (uint32_t)(STRANGERS + i / 10), (uint16_t)(2000 + i % 10));
	spent = send_packets(b, PACKETS);
	return (double)(b->findings - before) * 1e9 / (double)spent;
}

int main(void)
{
	struct bench b = { .random = 1, .gap_ns = CALM_NS };
	size_t bytes;

	b.bytes = malloc((size_t)PACKETS * PACKET);
	b.tracked = malloc(SOURCES * sizeof(*b.tracked));
	if (!b.bytes || !b.tracked || make_engine(&b, &bytes)) {
		fprintf(stderr, "bench_engine: the engine cannot be made\n");
		return 70;
	}
	fill(&b);
	if (b.n_tracked == 0) {
		fprintf(stderr, "bench_engine: the table holds nobody\n");
		return 70;
	}
	printf("sources %zu\n", b.n_tracked);
	printf("memory_mib %.1f\n", (double)bytes / 1048576);
	printf("ns_per_packet %.1f\n", per_packet(&b));
	/* With an empty table: a full one keeps most strangers out, so there would be little to find. */
	if (make_engine(&b, &bytes))
		return 70;
	printf("findings_per_second %.0f\n", findings_per_second(&b));
	return 0;
}
