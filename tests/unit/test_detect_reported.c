/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/detect_reported.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static const struct reported_opts opts = { .rule = { .name = "reported.alert", .enabled = true }, .high = 6, .medium = 2,
	.low = 1, .limit = 6, .half_life_ns = 600 * NS_PER_S };
static struct reported *r;
static void *memory;
static struct finding found;

static void set_up(void)
{
	struct hash_key key;

	hash_key_from_seed(&key, 3);
	memory = malloc(reported_bytes());
	reported_create(&r, memory, &key);
}

static void tear_down(void)
{
	free(memory);
}

static bool alert(uint64_t who, uint32_t sid, uint8_t severity, int64_t s)
{
	const struct report_alert a = { .gid = 1, .sid = sid, .severity = severity, .text = "ET TEST",
		.tuple = { .dport = 80, .proto = 6 } };

	return reported_count(r, &opts, &a, who, (mono_t){ s * NS_PER_S }, &found);
}

START_TEST(one_grave_signature_is_enough)
{
	ck_assert(alert(7, 1, 1, 1000));
	ck_assert_int_eq(found.kind, FINDING_REPORTED);
	ck_assert_int_eq(found.proof, PROOF_REPORTED);
	ck_assert_str_eq(found.about, "1:1 ET TEST");
	ck_assert_uint_eq(found.count, 1);
	ck_assert_uint_eq(found.dport, 80);
}
END_TEST

START_TEST(of_the_middle_it_takes_three_and_of_others_six)
{
	ck_assert(!alert(7, 1, 2, 1000));
	ck_assert(!alert(7, 2, 2, 1010));
	ck_assert(alert(7, 3, 2, 1020));
	for (uint32_t i = 1; i < 6; i++)
		ck_assert(!alert(8, i, 3, 1000 + i));
	ck_assert(alert(8, 6, 4, 1006));
	ck_assert_uint_eq(found.count, 6);
}
END_TEST

START_TEST(a_signature_that_repeats_itself_says_nothing_new)
{
	for (int64_t s = 1000; s < 1000 + 86400; s += 5)
		ck_assert(!alert(7, 1, 2, s));
}
END_TEST

START_TEST(addresses_are_counted_apart)
{
	for (uint64_t who = 1; who < 100; who++) {
		ck_assert(!alert(who, 1, 2, 1000));
		ck_assert(!alert(who, 2, 2, 1000));
	}
}
END_TEST

START_TEST(what_was_found_is_found_again_when_it_has_faded_or_ended)
{
	ck_assert(alert(7, 1, 1, 1000));
	ck_assert(!alert(7, 2, 1, 1001));
	ck_assert(!alert(7, 1, 1, 1600));
	ck_assert(alert(7, 1, 1, 1000 + 3600)); /* twelve points are under a half by then */
	ck_assert(!alert(7, 1, 1, 1000 + 3601));
	reported_rearm(r, 7);
	ck_assert(alert(7, 1, 1, 1000 + 3602));
	reported_rearm(r, 8); /* never heard of: nothing happens */
}
END_TEST

START_TEST(how_near_it_is_is_read_and_changes_nothing)
{
	struct nears n = { .n = 0 };

	alert(7, 1, 2, 1000);
	alert(7, 2, 2, 1000);
	reported_near(r, &opts, 7, (mono_t){ 1600 * NS_PER_S }, &n);
	ck_assert_uint_eq(n.n, 1);
	ck_assert_int_eq(n.list[0].score, 200);
	ck_assert_int_eq(n.list[0].threshold, 550);
	reported_near(r, &opts, 9, (mono_t){ 1600 * NS_PER_S }, &n);
	ck_assert_uint_eq(n.n, 1);
	ck_assert(alert(7, 3, 2, 1000)); /* the reading has not faded it */
}
END_TEST

START_TEST(a_flood_of_reported_addresses_forgets_the_oldest_and_nothing_else)
{
	unsigned kept = 0;

	ck_assert(!alert(1, 1, 2, 1000));
	for (uint64_t who = 1000; who < 101000; who++)
		ck_assert(!alert(who, 1, 2, 1000 + (int64_t)who / 100));
	for (uint64_t who = 100900; who < 101000; who++) {
		alert(who, 2, 2, 2020);
		kept += alert(who, 3, 2, 2020);
	}
	ck_assert_uint_ge(kept, 90);
}
END_TEST

START_TEST(a_rule_that_is_off_finds_nothing)
{
	struct reported_opts off = opts;
	const struct report_alert a = { .sid = 1, .severity = 1 };

	off.rule.enabled = false;
	ck_assert(!reported_count(r, &off, &a, 7, (mono_t){ NS_PER_S }, &found));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("detect_reported");
	TCase *c = tcase_create("detect_reported");
	SRunner *run = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, one_grave_signature_is_enough);
	tcase_add_test(c, of_the_middle_it_takes_three_and_of_others_six);
	tcase_add_test(c, a_signature_that_repeats_itself_says_nothing_new);
	tcase_add_test(c, addresses_are_counted_apart);
	tcase_add_test(c, what_was_found_is_found_again_when_it_has_faded_or_ended);
	tcase_add_test(c, how_near_it_is_is_read_and_changes_nothing);
	tcase_add_test(c, a_flood_of_reported_addresses_forgets_the_oldest_and_nothing_else);
	tcase_add_test(c, a_rule_that_is_off_finds_nothing);
	suite_add_tcase(s, c);
	srunner_run_all(run, CK_NORMAL);
	failed = srunner_ntests_failed(run);
	srunner_free(run);
	return failed != 0;
}
