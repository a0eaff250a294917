/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What scenarios cannot say: that the engine is a function (same seed and inputs, same events, byte for byte), that
 * bursts change nothing, that rubbish ends nothing, and that its bounds are counted. With the shipped rules.
 */
#include "core/engine.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "conf/conf.h"
#include "core/engine_tables.h"
#include "support/craft.h"

#define PACKETS 4096
#define EVENTS 2048
#define PACKET_BYTES 96

struct run {
	struct engine *engine;
	void *memory;
	struct event *events;
	size_t n_events;
};

static uint8_t bytes[PACKETS][PACKET_BYTES];
static struct engine_input inputs[PACKETS];

static void keep(void *ctx, const struct event *e)
{
	struct run *r = ctx;

	if (r->n_events < EVENTS)
		memcpy(&r->events[r->n_events++], e, sizeof(*e));
}

static void start(struct run *r, uint64_t seed, size_t asks)
{
	static struct conf conf;
	static struct conf_report report;
	static struct listen_snapshot l;
	struct conf_source src = { .file = "policies/tidegate.conf" };
	struct engine_opts o = { .sizes = { .sources = 1024, .rates = 256, .subjects = 256,
		.incidents = 128, .asks = asks }, .enforce = true, .start = { 1000 * NS_PER_S },
		.emit = keep, .emit_ctx = r };
	size_t size;

	memset(r, 0, sizeof(*r));
	ck_assert_int_eq(conf_load(&src, &conf, &report), 0);
	o.rules = conf.rules;
	hash_key_from_seed(&o.key, seed);
	size = (engine_bytes(&o.sizes) + 63) / 64 * 64;
	r->memory = aligned_alloc(64, size);
	r->events = calloc(EVENTS, sizeof(*r->events));
	ck_assert(r->memory && r->events);
	ck_assert_int_eq(engine_create(&r->engine, r->memory, size, &o), 0);
	l.known[LISTEN_TCP] = l.known[LISTEN_UDP] = true;
	listen_snapshot_add(&l, LISTEN_TCP, 22);
	engine_listening(r->engine, &l, o.start);
}

static void end(struct run *r)
{
	free(r->memory);
	free(r->events);
}

/* Some scanners, some clients, some rubbish, in an order of their own. */
static void make_traffic(uint64_t seed)
{
	struct craft c = { .proto = PROTO_TCP, .tcp_flags = TCP_SYN };

	c.dst = craft_addr("10.0.0.1");
	c.src = craft_addr("198.51.100.0");
	for (size_t i = 0; i < PACKETS; i++) {
		uint64_t n = random_next(&seed);
		size_t len;

		c.src.bytes[3] = (uint8_t)(n % 64);
		c.dport = n >> 8 & 1 ? 22 : (uint16_t)(n >> 16);
		c.sport = (uint16_t)(n >> 32 | 1);
		len = craft_packet(&c, bytes[i], PACKET_BYTES);
		ck_assert_uint_ne(len, 0);
		if ((n >> 48 & 15) == 0)
			bytes[i][n >> 52 & 31] ^= 0x55;
		inputs[i] = (struct engine_input){
			.meta = { .at = { 1000 * NS_PER_S + (int64_t)i * NS_PER_MS },
				.wire_len = (uint32_t)len, .held = true },
			.bytes = { bytes[i], len },
		};
	}
}

static void feed(struct run *r, size_t burst, uint8_t *verdicts)
{
	for (size_t i = 0; i < PACKETS; i += burst)
		engine_packets(r->engine, &inputs[i], burst, &verdicts[i]);
}

START_TEST(same_seed_and_inputs_give_the_same_events_byte_for_byte)
{
	static uint8_t va[PACKETS], vb[PACKETS];
	struct run a, b;

	make_traffic(7);
	start(&a, 5, 64);
	feed(&a, 64, va);
	start(&b, 5, 64);
	feed(&b, 64, vb);
	ck_assert_uint_gt(a.n_events, 10);
	ck_assert_uint_eq(a.n_events, b.n_events);
	ck_assert_mem_eq(a.events, b.events, a.n_events * sizeof(*a.events));
	ck_assert_mem_eq(va, vb, sizeof(va));
	end(&a);
	end(&b);
}
END_TEST

START_TEST(a_burst_decides_what_its_packets_would_decide_alone)
{
	static uint8_t va[PACKETS], vb[PACKETS];
	struct run a, b;

	make_traffic(8);
	start(&a, 5, 64);
	feed(&a, 1, va);
	start(&b, 5, 64);
	feed(&b, 64, vb);
	ck_assert_uint_eq(a.n_events, b.n_events);
	ck_assert_mem_eq(a.events, b.events, a.n_events * sizeof(*a.events));
	ck_assert_mem_eq(va, vb, sizeof(va));
	end(&a);
	end(&b);
}
END_TEST

static void knock(struct run *r, uint16_t port, int64_t ms)
{
	struct craft c = { .proto = PROTO_TCP, .tcp_flags = TCP_SYN, .sport = 40000, .dport = port };
	uint8_t packet[PACKET_BYTES], verdict;
	struct engine_input in = { .meta = { .at = { 1000 * NS_PER_S + ms * NS_PER_MS }, .held = true } };

	c.dst = craft_addr("10.0.0.1");
	c.src = craft_addr("198.51.100.9");
	in.bytes = (struct slice){ packet, craft_packet(&c, packet, sizeof(packet)) };
	in.meta.wire_len = (uint32_t)in.bytes.len;
	engine_packets(r->engine, &in, 1, &verdict);
}

START_TEST(who_is_near_is_told_the_threshold_at_which_he_will_be_found)
{
	const struct addr a = craft_addr("198.51.100.9"), other = craft_addr("198.51.100.10");
	struct nears five, six, none;
	struct run r;

	start(&r, 5, 64);
	for (uint16_t i = 0; i < 5; i++)
		knock(&r, (uint16_t)(1000 + i), i);
	engine_near(r.engine, &a, (mono_t){ 1001 * NS_PER_S }, &five);
	ck_assert_uint_eq(r.n_events, 0);
	ck_assert_uint_ge(five.n, 2);
	ck_assert_str_eq(five.list[0].rule.name, "scan.fast");
	ck_assert_int_lt(five.list[0].score, five.list[0].threshold);
	knock(&r, 1005, 1000);
	ck_assert_uint_eq(r.n_events, 1);
	ck_assert_int_eq(r.events[0].finding.threshold, five.list[0].threshold);
	engine_near(r.engine, &a, (mono_t){ 1001 * NS_PER_S }, &six);
	ck_assert_int_eq(six.list[0].score, r.events[0].finding.score);
	engine_near(r.engine, &other, (mono_t){ 1001 * NS_PER_S }, &none);
	ck_assert_uint_eq(none.n, 0);
	end(&r);
}
END_TEST

START_TEST(rubbish_is_counted_by_name_and_accepted)
{
	uint8_t verdicts[ENGINE_BURST], noise[64];
	struct engine_input in = { .meta = { .at = { 1001 * NS_PER_S }, .held = true } };
	uint64_t seed = 3, faults = 0;
	struct run r;

	start(&r, 1, 64);
	for (size_t i = 0; i < 20000; i++) {
		size_t len = random_next(&seed) % sizeof(noise);

		for (size_t k = 0; k < len; k++)
			noise[k] = (uint8_t)random_next(&seed);
		in.bytes = (struct slice){ noise, len };
		in.meta.wire_len = (uint32_t)len;
		engine_packets(r.engine, &in, 1, verdicts);
		ck_assert_uint_eq(verdicts[0], VERDICT_ACCEPT);
	}
	for (size_t i = 0; i < PACKET_FAULTS; i++)
		faults += engine_counters(r.engine)->faults[i];
	ck_assert_uint_gt(faults, 15000);
	ck_assert_uint_eq(engine_counters(r.engine)->packets[HOOK_INPUT], 20000);
	end(&r);
}
END_TEST

START_TEST(questions_that_find_no_room_are_counted)
{
	struct craft c = { .proto = PROTO_TCP, .tcp_flags = TCP_SYN, .dport = 22, .sport = 9 };
	struct engine_input in = { .meta = { .at = { 1001 * NS_PER_S }, .held = true } };
	uint8_t buf[PACKET_BYTES], verdict;
	struct run r;

	start(&r, 1, 16);
	c.dst = craft_addr("10.0.0.1");
	c.src = craft_addr("198.51.100.0");
	for (int i = 0; i < 100; i++) {
		c.src.bytes[3] = (uint8_t)i;
		in.bytes = (struct slice){ buf, craft_packet(&c, buf, sizeof(buf)) };
		in.meta.wire_len = (uint32_t)in.bytes.len;
		engine_packets(r.engine, &in, 1, &verdict);
	}
	ck_assert_uint_eq(engine_counters(r.engine)->asks_lost, 84);
	end(&r);
}
END_TEST

static uint64_t sum(const uint64_t *n, size_t most)
{
	uint64_t all = 0;

	for (size_t i = 0; i < most; i++)
		all += n[i];
	return all;
}

/* Every third is refused by the kernel, for good. */
START_TEST(findings_are_counted_with_their_proof_and_measures_with_what_became_of_them)
{
	static uint8_t verdicts[PACKETS];
	uint64_t adds = 0, refused = 0, findings = 0;
	const struct engine_counters *c;
	struct change change;
	struct run r;

	make_traffic(7);
	start(&r, 5, 64);
	feed(&r, 64, verdicts);
	c = engine_counters(r.engine);
	for (size_t i = 0; i < r.n_events; i++)
		findings += r.events[i].kind == EVENT_FINDING;
	ck_assert_uint_gt(findings, 5);
	ck_assert_uint_eq(sum(&c->findings[0][0], FINDING_KINDS * PROOFS), findings);
	ck_assert_uint_eq(c->findings[FINDING_SCAN][PROOF_ANSWERED], 0);
	ck_assert_uint_eq(sum(c->put, RESPONSES), 0);
	while (engine_take_change(r.engine, &change)) {
		int result = change.add && adds % 3 == 0 ? ERR_INVALID : 0;

		adds += change.add;
		refused += result != 0;
		engine_applied(r.engine, &change, result, (mono_t){ 1010 * NS_PER_S });
	}
	ck_assert_uint_gt(refused, 1);
	ck_assert_uint_eq(sum(c->put, RESPONSES), adds - refused);
	ck_assert_uint_eq(sum(c->unput, RESPONSES), refused);
	end(&r);
}
END_TEST

START_TEST(in_detect_mode_no_measure_counts_as_put)
{
	static uint8_t verdicts[PACKETS];
	const struct engine_counters *c;
	struct run r;

	make_traffic(7);
	start(&r, 5, 64);
	engine_set_mode(r.engine, false, (mono_t){ 1000 * NS_PER_S });
	feed(&r, 64, verdicts);
	c = engine_counters(r.engine);
	ck_assert_uint_gt(sum(c->unput, RESPONSES), 5);
	ck_assert_uint_eq(sum(c->put, RESPONSES), 0);
	end(&r);
}
END_TEST

START_TEST(each_table_says_how_full_it_is_under_a_name_of_its_own)
{
	static uint8_t verdicts[PACKETS];
	struct engine_table_use use[ENGINE_TABLES];
	struct table_stats sources;
	struct run r;

	make_traffic(7);
	start(&r, 5, 64);
	feed(&r, 64, verdicts);
	engine_tables(r.engine, use);
	engine_source_stats(r.engine, &sources);
	ck_assert_uint_gt(use[ENGINE_TABLE_SOURCES].entries, 32);
	ck_assert_uint_eq(use[ENGINE_TABLE_SOURCES].entries, sources.records);
	ck_assert_uint_ge(use[ENGINE_TABLE_SUBJECTS].entries, 5);
	for (int a = 0; a < ENGINE_TABLES; a++) {
		ck_assert(!use[a].limit || use[a].entries <= use[a].limit);
		for (int b = 0; b < a; b++)
			ck_assert_str_ne(engine_table_name((enum engine_table)a), engine_table_name((enum engine_table)b));
	}
	ck_assert_uint_eq(engine_floods(r.engine), 0);
	end(&r);
}
END_TEST

START_TEST(sizes_without_sense_are_refused)
{
	struct engine_opts o = { .sizes = { .sources = 0 } };
	struct engine *e;
	uint64_t memory[8];

	ck_assert_int_eq(engine_create(&e, memory, sizeof(memory), &o), ERR_RANGE);
}
END_TEST

START_TEST(a_million_sources_fit_into_144_mib)
{
	const struct engine_sizes s = { .sources = 1048576, .rates = 65536, .subjects = 65536,
		.incidents = 4096, .asks = 4096 };

	ck_assert_uint_le(engine_bytes(&s), (size_t)144 << 20);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("engine");
	TCase *t = tcase_create("engine");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_set_timeout(t, 60);
	tcase_add_test(t, same_seed_and_inputs_give_the_same_events_byte_for_byte);
	tcase_add_test(t, a_burst_decides_what_its_packets_would_decide_alone);
	tcase_add_test(t, who_is_near_is_told_the_threshold_at_which_he_will_be_found);
	tcase_add_test(t, rubbish_is_counted_by_name_and_accepted);
	tcase_add_test(t, questions_that_find_no_room_are_counted);
	tcase_add_test(t, findings_are_counted_with_their_proof_and_measures_with_what_became_of_them);
	tcase_add_test(t, in_detect_mode_no_measure_counts_as_put);
	tcase_add_test(t, each_table_says_how_full_it_is_under_a_name_of_its_own);
	tcase_add_test(t, sizes_without_sense_are_refused);
	tcase_add_test(t, a_million_sources_fit_into_144_mib);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
