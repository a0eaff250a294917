/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shares of protocols, step by step.
 */
#include "core/mix.h"

#include <check.h>
#include <stdlib.h>

#include "base/hash.h"

static struct mix m;
static const struct mix_opts o = { .threshold = 300, .least = 1000, .steps = 3, .learn_ns = 600 * NS_PER_S };
static mono_t now;
static struct mix_rise rise;
static unsigned rises;

static void set_up(void)
{
	m = (struct mix){ .begun = false };
	now = (mono_t){ .ns = 1000 * NS_PER_S };
	rises = 0;
}

static void run(unsigned steps, uint64_t tcp, uint64_t udp, uint64_t icmp)
{
	const uint64_t packets[HOST_PROTOS] = { [HOST_TCP] = tcp, [HOST_UDP] = udp, [HOST_ICMP] = icmp };

	while (steps-- > 0) {
		now = mono_add(now, 5 * NS_PER_S);
		rises += mix_step(&m, &o, packets, 5 * NS_PER_S, now, &rise);
	}
}

START_TEST(what_takes_over_is_named_with_its_share_before_and_now)
{
	run(200, 9500, 450, 50);
	ck_assert_uint_eq(rises, 0);
	run(3, 9500, 20000, 50);
	ck_assert_uint_eq(rises, 1);
	ck_assert_int_eq((int)rise.proto, HOST_UDP);
	ck_assert_uint_eq(rise.share, 68);
	ck_assert_uint_ge(rise.usual, 4);
	ck_assert_uint_le(rise.usual, 6);
	ck_assert_int_gt(rise.score, rise.threshold);
}
END_TEST

START_TEST(more_of_everything_is_no_other_mix)
{
	run(200, 9500, 450, 50);
	run(200, 950000, 45000, 5000);
	ck_assert_uint_eq(rises, 0);
}
END_TEST

START_TEST(a_busy_host_is_held_to_no_smaller_shift)
{
	run(200, 9500000, 450000, 50000);
	run(200, 9000000, 900000, 100000);
	ck_assert_uint_eq(rises, 0);
}
END_TEST

START_TEST(two_steps_are_not_enough)
{
	run(200, 9500, 450, 50);
	for (unsigned i = 0; i < 50; i++) {
		run(2, 9500, 20000, 50);
		run(20, 9500, 450, 50);
	}
	ck_assert_uint_eq(rises, 0);
}
END_TEST

/* By turns all TCP and all UDP: that is its mix. */
START_TEST(shares_that_always_wander_are_no_news)
{
	uint64_t state = 7;

	for (unsigned i = 0; i < 200; i++)
		run(1 + (unsigned)(random_next(&state) % 12), i % 2 ? 9500 : 500, i % 2 ? 500 : 9500, 0);
	rises = 0;
	for (unsigned i = 0; i < 500; i++)
		run(1 + (unsigned)(random_next(&state) % 12), i % 2 ? 9500 : 500, i % 2 ? 500 : 9500, 0);
	ck_assert_uint_eq(rises, 0);
}
END_TEST

START_TEST(a_handful_of_packets_says_nothing)
{
	run(200, 9500, 450, 50);
	run(100, 10, 900, 0);
	ck_assert_uint_eq(rises, 0);
	run(100, 0, 0, 0);
	ck_assert_uint_eq(rises, 0);
}
END_TEST

START_TEST(while_it_stands_it_is_told_once_and_not_learned)
{
	run(200, 9500, 450, 50);
	run(300, 9500, 20000, 50);
	ck_assert_uint_eq(rises, 1);
	run(50, 9500, 450, 50);
	run(3, 9500, 20000, 50);
	ck_assert_uint_eq(rises, 2);
}
END_TEST

START_TEST(after_an_hour_it_is_how_things_are)
{
	run(200, 9500, 450, 50);
	run(2000, 9500, 20000, 50);
	ck_assert_uint_eq(rises, 1);
	ck_assert(!m.raised);
	run(200, 20000, 400, 50);
	ck_assert_uint_eq(rises, 2);
}
END_TEST

START_TEST(a_silence_ends_it)
{
	run(200, 9500, 450, 50);
	run(10, 9500, 20000, 50);
	ck_assert(m.raised);
	run(12, 0, 0, 0);
	ck_assert(!m.raised);
}
END_TEST

START_TEST(counts_beyond_all_measure_overflow_nothing)
{
	run(200, 9500, 450, 50);
	run(3, UINT64_MAX, 5, UINT64_MAX);
	ck_assert_uint_eq(rises, 1);
	ck_assert_int_eq((int)rise.proto, HOST_ICMP);
	ck_assert_uint_eq(rise.share, 50);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("mix");
	TCase *t = tcase_create("mix");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(t, set_up, NULL);
	tcase_add_test(t, what_takes_over_is_named_with_its_share_before_and_now);
	tcase_add_test(t, more_of_everything_is_no_other_mix);
	tcase_add_test(t, a_busy_host_is_held_to_no_smaller_shift);
	tcase_add_test(t, two_steps_are_not_enough);
	tcase_add_test(t, shares_that_always_wander_are_no_news);
	tcase_add_test(t, a_handful_of_packets_says_nothing);
	tcase_add_test(t, while_it_stands_it_is_told_once_and_not_learned);
	tcase_add_test(t, after_an_hour_it_is_how_things_are);
	tcase_add_test(t, a_silence_ends_it);
	tcase_add_test(t, counts_beyond_all_measure_overflow_nothing);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
