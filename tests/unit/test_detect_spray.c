/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Many sources at closed ports, a few contacts each.
 */
#include "core/detect_spray.h"

#include <check.h>
#include <stdlib.h>

#include "core/packet.h"

#define AT(s) ((mono_t){ .ns = (int64_t)(s) * NS_PER_S })

static const struct spray_opts opts = {
	.rule = { .name = "spray.hosts", .enabled = true },
	.tick_ns = 10 * NS_PER_S,
	.allowance = 10,
	.threshold = 120,
	.min_sources = 16,
	.level_half_life_ns = 3600 * NS_PER_S,
};

struct host {
	struct spray *spray;
	struct spray_opts o;
	int64_t now; /* s */
	unsigned raised;
	struct finding found;
	uint64_t seed;
};

static struct host host(uint64_t seed)
{
	struct host h = { .o = opts, .now = 1000, .seed = seed };
	struct hash_key key;

	hash_key_from_seed(&key, seed);
	spray_create(&h.spray, malloc(spray_bytes()), &key);
	spray_tick(h.spray, &h.o, AT(h.now), &h.found);
	return h;
}

/* A second in which contacts come, each from one of so many sources, at random ports. */
static void second(struct host *h, unsigned contacts, unsigned sources)
{
	for (unsigned i = 0; i < contacts; i++)
		spray_count(h->spray, random_next(&h->seed) % sources, PROTO_TCP,
			(uint16_t)(random_next(&h->seed) >> 48));
	h->raised += spray_tick(h->spray, &h->o, AT(++h->now), &h->found);
}

START_TEST(four_thousand_sources_with_a_port_each_are_a_spray)
{
	struct host h = host(1);

	for (unsigned i = 0; i < 10; i++)
		second(&h, 100, 4096);
	ck_assert_uint_eq(h.raised, 1);
	ck_assert(spray_raised(h.spray));
	ck_assert_int_eq(h.found.kind, FINDING_SPRAY);
	ck_assert_int_eq(h.found.subject.kind, SUBJECT_HOST);
	ck_assert_int_eq(h.found.proof, PROOF_CLAIMED);
	ck_assert_int_ge(h.found.score, h.found.threshold);
	ck_assert_int_eq(h.found.threshold, 12000);
	ck_assert_uint_ge(h.found.count, 130);
	ck_assert_int_eq(h.found.first.ns, AT(1000).ns);
	ck_assert_int_le(h.found.at.ns, AT(1002).ns); /* the tick's end is not waited for */
	ck_assert_uint_eq(h.found.n_ports, FINDING_PORTS);
	ck_assert_uint_eq(h.found.proto, PROTO_TCP);
	ck_assert_int_eq(h.found.src.family, FAMILY_NONE);
	free(h.spray);
}
END_TEST

START_TEST(a_slow_spray_is_found_within_minutes)
{
	struct host h = host(1);

	for (unsigned i = 0; i < 180; i++) /* three a second */
		second(&h, 3, 100000);
	ck_assert_uint_eq(h.raised, 1);
	free(h.spray);
}
END_TEST

START_TEST(one_fast_scanner_is_no_spray)
{
	struct host h = host(1);

	for (unsigned i = 0; i < 3600; i++)
		second(&h, 1000, 1);
	ck_assert_uint_eq(h.raised, 0);
	free(h.spray);
}
END_TEST

START_TEST(one_fast_scanner_over_background_is_no_spray)
{
	for (uint64_t seed = 1; seed < 6; seed++) {
		struct host h = host(seed);

		for (unsigned i = 0; i < 7200; i++) {
			second(&h, i % 2, 20);
			for (unsigned n = 0; n < 50; n++)
				spray_count(h.spray, 12345, PROTO_TCP, (uint16_t)n);
		}
		ck_assert_uint_eq(h.raised, 0);
		free(h.spray);
	}
}
END_TEST

START_TEST(background_radiation_is_no_spray)
{
	for (uint64_t seed = 1; seed < 6; seed++) {
		struct host h = host(seed);

		for (unsigned i = 0; i < 86400; i++) /* 30 a minute, by chance */
			second(&h, random_next(&h.seed) % 2, 20);
		ck_assert_uint_eq(h.raised, 0);
		free(h.spray);
	}
}
END_TEST

START_TEST(a_level_that_was_learned_slowly_is_usual)
{
	struct host h = host(1);

	for (unsigned i = 0; i < 6 * 3600; i++) /* grows to five a second over six hours */
		second(&h, 5 * i / (6 * 3600) + (i % 10 < i / 2160), 1000);
	h.raised = 0;
	for (unsigned i = 0; i < 6 * 3600; i++)
		second(&h, 4 + (unsigned)(random_next(&h.seed) % 3), 1000);
	ck_assert_uint_eq(h.raised, 0);
	for (unsigned i = 0; i < 60; i++)
		second(&h, 50, 1000);
	ck_assert_uint_eq(h.raised, 1);
	free(h.spray);
}
END_TEST

START_TEST(the_alarm_falls_minutes_after_the_end_and_may_rise_again)
{
	struct host h = host(1);

	for (unsigned i = 0; i < 600; i++)
		second(&h, 100, 4096);
	ck_assert_uint_eq(h.raised, 1);
	for (unsigned i = 0; i < 300; i++)
		second(&h, 0, 1);
	ck_assert(!spray_raised(h.spray));
	for (unsigned i = 0; i < 30; i++)
		second(&h, 100, 4096);
	ck_assert_uint_eq(h.raised, 2);
	ck_assert_int_ge(h.found.first.ns, AT(1800).ns);
	free(h.spray);
}
END_TEST

START_TEST(what_never_ends_becomes_usual)
{
	struct host h = host(1);

	for (unsigned i = 0; i < 86400; i++)
		second(&h, 5, 100000);
	ck_assert_uint_ge(h.raised, 1);
	ck_assert(!spray_raised(h.spray));
	free(h.spray);
}
END_TEST

START_TEST(few_sources_are_never_enough)
{
	for (uint64_t seed = 1; seed < 20; seed++) {
		struct host h = host(seed);

		for (unsigned i = 0; i < 600; i++)
			second(&h, 100, 8);
		ck_assert_uint_eq(h.raised, 0);
		free(h.spray);
	}
}
END_TEST

START_TEST(ticks_that_nobody_asked_for_are_made_up)
{
	struct host h = host(1);

	for (unsigned i = 0; i < 300; i++)
		spray_count(h.spray, i, PROTO_TCP, 23);
	/* 300 in an hour is less than is borne, 300 in 10 s more */
	ck_assert(!spray_tick(h.spray, &h.o, AT(1000 + 3600), &h.found));
	for (unsigned i = 0; i < 300; i++)
		spray_count(h.spray, i, PROTO_UDP, 23);
	ck_assert(spray_tick(h.spray, &h.o, AT(1000 + 3610), &h.found));
	ck_assert_uint_eq(h.found.n_ports, 1);
	ck_assert_uint_eq(h.found.ports[0], 23);
	ck_assert_uint_eq(h.found.proto, PROTO_UDP);
	free(h.spray);
}
END_TEST

START_TEST(a_disabled_rule_finds_nothing)
{
	struct host h = host(1);

	h.o.rule.enabled = false;
	for (unsigned i = 0; i < 100; i++)
		second(&h, 100, 4096);
	ck_assert_uint_eq(h.raised, 0);
	ck_assert(!spray_raised(h.spray));
	free(h.spray);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("detect_spray");
	TCase *t = tcase_create("detect_spray");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(t, four_thousand_sources_with_a_port_each_are_a_spray);
	tcase_add_test(t, a_slow_spray_is_found_within_minutes);
	tcase_add_test(t, one_fast_scanner_is_no_spray);
	tcase_add_test(t, one_fast_scanner_over_background_is_no_spray);
	tcase_add_test(t, background_radiation_is_no_spray);
	tcase_add_test(t, a_level_that_was_learned_slowly_is_usual);
	tcase_add_test(t, the_alarm_falls_minutes_after_the_end_and_may_rise_again);
	tcase_add_test(t, what_never_ends_becomes_usual);
	tcase_add_test(t, few_sources_are_never_enough);
	tcase_add_test(t, ticks_that_nobody_asked_for_are_made_up);
	tcase_add_test(t, a_disabled_rule_finds_nothing);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
