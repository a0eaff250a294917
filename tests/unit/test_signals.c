/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/signals.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct signals *s;
static void *memory;
static struct signals_opts opts;

static void set_up(void)
{
	struct hash_key key;

	hash_key_from_seed(&key, 3);
	memory = malloc(signals_bytes());
	ck_assert_ptr_nonnull(memory);
	signals_create(&s, memory, &key);
	opts = (struct signals_opts){ .rule = { .name = "egress.confirmed", .enabled = true },
		.within_ns = 24 * 3600 * NS_PER_S };
}

static void tear_down(void)
{
	free(memory);
}

static bool note_of(enum signal kind, unsigned host, int64_t hour, struct finding *out)
{
	struct finding f = { .kind = FINDING_BEACON, .at = { hour * 3600 * NS_PER_S }, .dport = 443, .proto = 6,
		.about = "every 60 s", .dst = addr_v4((const uint8_t[]){ 203, 0, (uint8_t)(host >> 8), (uint8_t)host }) };

	f.first = f.at;
	return signals_note(s, &opts, kind, &f, out);
}

START_TEST(one_signal_is_no_anomaly_however_often_it_comes)
{
	struct finding out;

	for (int i = 1; i < 1000; i++)
		ck_assert(!note_of(SIGNAL_TIMING, 7, i, &out));
}
END_TEST

static struct nears near_to(unsigned host, int64_t hour)
{
	struct nears n = { .n = 0 };
	struct addr a = addr_v4((const uint8_t[]){ 203, 0, (uint8_t)(host >> 8), (uint8_t)host });

	signals_near(s, &opts, &a, (mono_t){ hour * 3600 * NS_PER_S }, &n);
	return n;
}

START_TEST(one_signal_is_half_way_for_a_day)
{
	struct finding out;

	note_of(SIGNAL_TIMING, 7, 1, &out);
	ck_assert_uint_eq(near_to(7, 2).n, 1);
	ck_assert_int_eq(near_to(7, 2).list[0].score, 100);
	ck_assert_int_eq(near_to(7, 2).list[0].threshold, 200);
	ck_assert_uint_eq(near_to(8, 2).n, 0);
	ck_assert_uint_eq(near_to(7, 27).n, 0);
}
END_TEST

START_TEST(two_kinds_about_one_destination_within_a_day_are)
{
	struct finding out;

	ck_assert(!note_of(SIGNAL_TIMING, 7, 1, &out));
	ck_assert(!note_of(SIGNAL_LISTED, 8, 2, &out));
	ck_assert(note_of(SIGNAL_LISTED, 7, 3, &out));
	ck_assert_int_eq(out.kind, FINDING_EGRESS);
	ck_assert_int_eq(out.proof, PROOF_LOCAL);
	ck_assert_int_eq(out.subject.kind, SUBJECT_DESTINATION);
	ck_assert_str_eq(out.about, "listed and timing: every 60 s");
	ck_assert_int_eq(out.first.ns, 3600 * NS_PER_S);
}
END_TEST

START_TEST(two_that_lie_more_than_a_day_apart_are_none)
{
	struct finding out;

	ck_assert(!note_of(SIGNAL_TIMING, 7, 1, &out));
	ck_assert(!note_of(SIGNAL_VOLUME, 7, 26, &out));
	ck_assert(note_of(SIGNAL_TIMING, 7, 27, &out));
}
END_TEST

START_TEST(it_is_said_once_and_again_with_a_further_kind_or_a_day_later)
{
	struct finding out;

	note_of(SIGNAL_TIMING, 7, 1, &out);
	ck_assert(note_of(SIGNAL_STRANGE, 7, 1, &out));
	ck_assert(!note_of(SIGNAL_TIMING, 7, 2, &out));
	ck_assert(note_of(SIGNAL_LISTED, 7, 3, &out));
	ck_assert_uint_eq(out.count, 3);
	ck_assert(!note_of(SIGNAL_STRANGE, 7, 20, &out));
	ck_assert(note_of(SIGNAL_TIMING, 7, 30, &out));
}
END_TEST

START_TEST(after_a_measure_has_ended_the_same_two_speak_again)
{
	struct finding out;
	struct prefix p = { .addr = addr_v4((const uint8_t[]){ 203, 0, 0, 7 }), .len = 32 };

	note_of(SIGNAL_TIMING, 7, 1, &out);
	ck_assert(note_of(SIGNAL_LISTED, 7, 1, &out));
	signals_rearm(s, &p);
	ck_assert(note_of(SIGNAL_LISTED, 7, 2, &out));
}
END_TEST

START_TEST(that_a_place_is_new_speaks_against_what_leaves_alone)
{
	struct finding out;

	ck_assert(!note_of(SIGNAL_NEW, 7, 1, &out));
	ck_assert(!note_of(SIGNAL_TIMING, 7, 1, &out));
	ck_assert(!note_of(SIGNAL_STRANGE, 8, 1, &out));
	ck_assert(!note_of(SIGNAL_NEW, 8, 1, &out));
	ck_assert(!note_of(SIGNAL_NEW, 9, 1, &out));
	ck_assert(note_of(SIGNAL_VOLUME, 9, 1, &out));
	ck_assert_str_eq(out.about, "volume and new: every 60 s");
}
END_TEST

START_TEST(a_rule_that_is_off_confirms_nothing)
{
	struct finding out;

	opts.rule.enabled = false;
	note_of(SIGNAL_TIMING, 7, 1, &out);
	ck_assert(!note_of(SIGNAL_LISTED, 7, 1, &out));
}
END_TEST

START_TEST(a_flood_of_destinations_costs_memories_and_is_counted)
{
	struct signals_stats stats;
	struct finding out;

	for (unsigned i = 0; i < 20000; i++)
		note_of(SIGNAL_STRANGE, i, 1, &out);
	signals_stats(s, &stats);
	ck_assert_uint_eq(stats.noted[SIGNAL_STRANGE], 20000);
	ck_assert_uint_ge(stats.crowded, 20000 - 4096);
	ck_assert_uint_eq(stats.confirmed, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("signals");
	TCase *c = tcase_create("signals");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, one_signal_is_no_anomaly_however_often_it_comes);
	tcase_add_test(c, one_signal_is_half_way_for_a_day);
	tcase_add_test(c, two_kinds_about_one_destination_within_a_day_are);
	tcase_add_test(c, two_that_lie_more_than_a_day_apart_are_none);
	tcase_add_test(c, it_is_said_once_and_again_with_a_further_kind_or_a_day_later);
	tcase_add_test(c, after_a_measure_has_ended_the_same_two_speak_again);
	tcase_add_test(c, that_a_place_is_new_speaks_against_what_leaves_alone);
	tcase_add_test(c, a_rule_that_is_off_confirms_nothing);
	tcase_add_test(c, a_flood_of_destinations_costs_memories_and_is_counted);
	suite_add_tcase(suite, c);
	r = srunner_create(suite);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
