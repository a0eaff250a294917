/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The spray matrix: 10,000, 100,000 and 1,000,000 packets a second from forged sources, each source new, half of them
 * to a live service and half to closed ports, for twelve minutes of simulated time. Whoever has proven himself before
 * must be as well known at the end as without them: a slow scanner is found, a client keeps his good name. In detect
 * mode, where nothing shields the engine from what it sees.
 *
 * Table and rate are both a sixteenth, so that each bucket sees as much as it would; SPRAY_DIVISOR=1 in the environment
 * does it in full, and a sanitizer's build takes a larger one. Run by hand it prints what it counted.
 */
#include "core/engine.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"

#define PACKET 40
#define START_S 3600
#define MINUTES 12
#define DIVISOR 16
#define SERVICE 80
#define PROVE_GAP_NS (NS_PER_S / 640) /* in full: so slowly that no question about them is lost */

/* Of 10.g.0.0/16, g being the group; forged ones are of other networks. */
enum group {
	SCANNERS = 0, /* proven, then one closed port a minute */
	CLIENTS,      /* proven, then back every fourth minute */
	SHY,          /* never proven, one closed port a minute */
	NEWCOMERS,    /* unknown before the spray, a connection a minute */
	GROUPS,
};

static const unsigned members[GROUPS] = { 500, 2000, 200, 200 };

struct spray_run {
	struct engine *engine;
	uint8_t *memory;
	size_t size;
	mono_t now;
	uint64_t random;
	size_t divisor;
	uint8_t bytes[ENGINE_BURST][PACKET];
	struct engine_input in[ENGINE_BURST];
	size_t n;
	bool found[GROUPS][2000];
};

static const uint64_t rates[] = { 10000, 100000, 1000000 };
static struct spray_run run;

static void note_finding(void *ctx, const struct event *v)
{
	const uint8_t *a = v->finding.src.bytes;
	struct spray_run *r = ctx;
	unsigned number = (unsigned)a[2] << 8 | a[3];

	if (v->kind == EVENT_FINDING && v->finding.kind == FINDING_SCAN && a[0] == 10 && a[1] < GROUPS &&
		number < members[a[1]])
		r->found[a[1]][number] = true;
}

static size_t divisor(void)
{
	const char *said = getenv("SPRAY_DIVISOR");
	long n = said ? strtol(said, NULL, 10) : DIVISOR;

	return n >= 1 && n <= 1024 ? (size_t)n : DIVISOR;
}

static void start(struct spray_run *r, size_t by)
{
	static struct conf conf;
	static struct conf_report report;
	static struct listen_snapshot listening;
	struct conf_source src = { .file = "policies/tidegate.conf" };
	struct engine_opts o = { .start = { START_S * NS_PER_S }, .emit = note_finding, .emit_ctx = r };

	memset(r, 0, sizeof(*r));
	ck_assert_int_eq(conf_load(&src, &conf, &report), 0);
	o.rules = conf.rules;
	o.sizes = conf.sizes;
	o.sizes.sources /= by;
	o.sizes.rates /= by;
	o.sizes.asks /= by;
	hash_key_from_seed(&o.key, 20);
	r->size = engine_bytes(&o.sizes);
	r->memory = aligned_alloc(64, (r->size + 127) / 64 * 64);
	ck_assert_ptr_nonnull(r->memory);
	memset(r->memory + r->size, 0x5a, 64);
	ck_assert_int_eq(engine_create(&r->engine, r->memory, r->size, &o), 0);
	listening.known[LISTEN_TCP] = true;
	listen_snapshot_add(&listening, LISTEN_TCP, SERVICE);
	engine_listening(r->engine, &listening, o.start);
	r->now = o.start;
	r->random = 20;
	r->divisor = by;
}

static void flush(struct spray_run *r)
{
	uint8_t verdicts[ENGINE_BURST];

	engine_packets(r->engine, r->in, r->n, verdicts);
	r->n = 0;
}

static void send_syn(struct spray_run *r, uint32_t from, uint16_t port)
{
	static const uint8_t head[PACKET] = {
		0x45, 0, 0, PACKET, 0, 1, 0x40, 0, 64, PROTO_TCP, 0, 0, 0, 0, 0, 0, 192, 0, 2, 1,
		0x9c, 0x40, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, TCP_SYN, 0xfa, 0xf0, 0, 0, 0, 0,
	};
	uint8_t *p = r->bytes[r->n];

	memcpy(p, head, PACKET);
	for (size_t i = 0; i < 4; i++)
		p[12 + i] = (uint8_t)(from >> (24 - 8 * i));
	p[22] = (uint8_t)(port >> 8);
	p[23] = (uint8_t)port;
	r->in[r->n++] = (struct engine_input){
		.meta = { .at = r->now, .wire_len = PACKET, .held = true, .state_known = true },
		.bytes = { .at = p, .len = PACKET },
	};
	if (r->n == ENGINE_BURST)
		flush(r);
}

static uint32_t member(enum group g, unsigned i)
{
	return UINT32_C(10) << 24 | (uint32_t)g << 16 | i;
}

static uint16_t closed_port(uint64_t random)
{
	return (uint16_t)(1024 + random % 60000);
}

/* Members of the lab completed their connections, and nobody else did. */
static void answer(struct spray_run *r)
{
	struct change c;
	struct ask a;

	engine_tick(r->engine, r->now);
	while (engine_take_change(r->engine, &c))
		engine_applied(r->engine, &c, 0, r->now);
	while (engine_take_ask(r->engine, r->now, &a)) {
		struct ask_answer said = { .ask = a,
			.fate = a.tuple.src.bytes[0] == 10 ? FATE_SOCKET : FATE_GONE };

		engine_answer(r->engine, &said, r->now);
	}
}

static void prove(struct spray_run *r, enum group g)
{
	for (unsigned i = 0; i < members[g]; i++) {
		send_syn(r, member(g, i), SERVICE);
		r->now = mono_add(r->now, PROVE_GAP_NS * (int64_t)r->divisor);
		flush(r);
		answer(r);
	}
	r->now = mono_add(r->now, 5 * NS_PER_S);
	answer(r);
}

/* Those whose turn it is in that second, spread over their period. */
static void members_move(struct spray_run *r, unsigned second)
{
	static const unsigned period[GROUPS] = { 60, 240, 60, 60 };

	for (unsigned g = 0; g < GROUPS; g++) {
		bool knocks = g == SCANNERS || g == SHY;

		for (unsigned i = second % period[g]; i < members[g]; i += period[g])
			send_syn(r, member(g, i), knocks ? closed_port(random_next(&r->random)) : SERVICE);
	}
}

static void forged_second(struct spray_run *r, uint64_t rate)
{
	const mono_t begun = r->now;

	for (uint64_t i = 0; i < rate; i++) {
		uint64_t n = random_next(&r->random);
		uint32_t from = (uint32_t)n % (UINT32_C(96) << 24) + (UINT32_C(128) << 24); /* 128/8 to 223/8 */

		r->now = mono_add(begun, (int64_t)(i * (uint64_t)NS_PER_S / rate));
		send_syn(r, from, n >> 63 ? SERVICE : closed_port(n >> 32));
		if (i % (rate / 10 + 1) == 0)
			answer(r);
	}
	flush(r);
	r->now = mono_add(begun, NS_PER_S);
	answer(r);
}

static unsigned still_proven(struct spray_run *r, enum group g)
{
	unsigned n = 0;

	for (unsigned i = 0; i < members[g]; i++) {
		const struct addr a = addr_v4((const uint8_t[]){ 10, (uint8_t)g, (uint8_t)(i >> 8), (uint8_t)i });
		const struct source *s = engine_source(r->engine, &a, r->now);

		n += s && s->flags & SOURCE_PROVEN;
	}
	return n;
}

static unsigned all_found(const struct spray_run *r, enum group g)
{
	unsigned n = 0;

	for (unsigned i = 0; i < members[g]; i++)
		n += r->found[g][i];
	return n;
}

static void tell(struct spray_run *r, uint64_t rate)
{
	struct table_stats t;

	engine_source_stats(r->engine, &t);
	printf("spray %7llu/s (table and rate 1/%zu), %u min, %.1f MiB: proven slow scanners found %u of %u, proven "
		"clients kept %u of %u\n", (unsigned long long)rate, r->divisor, MINUTES, (double)r->size / 1048576,
		all_found(r, SCANNERS), members[SCANNERS], still_proven(r, CLIENTS), members[CLIENTS]);
	printf("  for information: slow scanners never proven found %u of %u, newcomers proven amid it %u of %u; "
		"table: %llu of %llu, evicted %llu, refused %llu\n", all_found(r, SHY), members[SHY],
		still_proven(r, NEWCOMERS), members[NEWCOMERS], (unsigned long long)t.records,
		(unsigned long long)t.capacity, (unsigned long long)t.evicted, (unsigned long long)t.refused);
}

START_TEST(who_has_proven_himself_is_known_whatever_is_sprayed)
{
	struct table_stats t;
	size_t by = divisor();

	start(&run, by);
	prove(&run, SCANNERS);
	prove(&run, CLIENTS);
	ck_assert_uint_eq(still_proven(&run, SCANNERS), members[SCANNERS]);
	ck_assert_uint_eq(still_proven(&run, CLIENTS), members[CLIENTS]);
	for (unsigned second = 0; second < 60 * MINUTES; second++) {
		members_move(&run, second);
		forged_second(&run, rates[_i] / by);
	}
	tell(&run, rates[_i]);
	engine_source_stats(run.engine, &t);
	ck_assert_uint_ge(t.admitted + t.refused, rates[_i] / by * 60 * MINUTES / 2); /* it was a spray */
	ck_assert_uint_eq(t.evicted_proven, 0);
	ck_assert_uint_eq(all_found(&run, SCANNERS), members[SCANNERS]);
	ck_assert_uint_eq(still_proven(&run, CLIENTS), members[CLIENTS]);
	ck_assert_uint_eq(all_found(&run, CLIENTS), 0);
	ck_assert_uint_eq(all_found(&run, NEWCOMERS), 0);
	for (size_t i = 0; i < 64; i++)
		ck_assert_uint_eq(run.memory[run.size + i], 0x5a);
	free(run.memory);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("spray_matrix");
	TCase *t = tcase_create("spray_matrix");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_set_timeout(t, 600);
	tcase_add_loop_test(t, who_has_proven_himself_is_known_whatever_is_sprayed, 0,
		sizeof(rates) / sizeof(rates[0]));
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
