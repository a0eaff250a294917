/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One counter, step by step.
 */
#include "core/surge.h"

#include <check.h>
#include <stdlib.h>

static struct surge s;
static struct surge_step step;
static uint64_t counter;
static unsigned rises;

static void set_up(void)
{
	s = (struct surge){ .before = 0 };
	step = (struct surge_step){ .deviations = 8, .steps = 3, .least = 2000, .elapsed_ns = 5 * NS_PER_S,
		.now = { 1000 * NS_PER_S } };
	counter = 0;
	rises = 0;
}

/* Each of five seconds at that rate. */
static void run(unsigned steps, uint64_t rate)
{
	while (steps-- > 0) {
		counter += rate * 5;
		step.age_ns += step.elapsed_ns;
		step.now = mono_add(step.now, step.elapsed_ns);
		step.learning = step.age_ns < 600 * NS_PER_S;
		rises += surge_step(&s, &step, counter);
	}
}

START_TEST(a_counter_that_went_back_counts_from_zero)
{
	uint64_t before = 100;

	ck_assert_uint_eq(surge_since(&before, 150), 50);
	ck_assert_uint_eq(surge_since(&before, 150), 0);
	ck_assert_uint_eq(surge_since(&before, 7), 7);
	ck_assert_uint_eq(before, 7);
}
END_TEST

START_TEST(the_rate_and_what_is_usual_are_a_second_s)
{
	run(500, 10000);
	ck_assert_uint_eq(s.rate, 10000);
	ck_assert_uint_ge(surge_usual(&s), 9990);
	ck_assert_uint_le(surge_usual(&s), 10000);
	ck_assert_int_eq(surge_deviations(&s), 0);
}
END_TEST

/* A sixteenth of the root for each deviation: (1 + 8 / 16)^2. */
START_TEST(it_takes_two_and_a_quarter_times_the_usual_however_steady_that_was)
{
	run(500, 10000);
	run(100, 22000);
	ck_assert_uint_eq(rises, 0);
	set_up();
	run(500, 10000);
	run(3, 24000);
	ck_assert_uint_eq(rises, 1);
	ck_assert_int_ge(surge_deviations(&s), 800);
	ck_assert_int_le(surge_deviations(&s), 900);
}
END_TEST

/* One step of any height moves the level no further than one at the limit. */
START_TEST(what_is_learned_has_an_end)
{
	int64_t once, limit;

	run(500, 10000);
	once = s.level;
	limit = once + 8 * (once / 16);
	run(1, UINT64_C(1) << 50);
	ck_assert_int_gt(s.level, once);
	ck_assert_int_lt(s.level - once, (limit - once) / 50);
}
END_TEST

/* A crowd that doubles within the hour is followed, and one that doubles again. */
START_TEST(the_level_follows_in_minutes)
{
	run(500, 10000);
	run(60, 20000);
	ck_assert_uint_ge(surge_usual(&s), 14000);
	ck_assert_uint_le(surge_usual(&s), 15500);
	run(300, 20000);
	run(300, 40000);
	ck_assert_uint_eq(rises, 0);
}
END_TEST

START_TEST(while_it_stands_nothing_is_learned)
{
	int64_t level, deviation;

	run(500, 10000);
	run(3, 100000);
	level = s.level;
	deviation = s.deviation;
	run(600, 100000);
	ck_assert(s.raised);
	ck_assert_int_eq(s.level, level);
	ck_assert_int_eq(s.deviation, deviation);
	run(SURGE_QUIET_STEPS, 10000);
	ck_assert(!s.raised);
}
END_TEST

START_TEST(a_second_surge_is_news_after_half_an_hour_or_with_twice_the_rate)
{
	run(500, 10000);
	run(3, 100000);
	ck_assert(surge_is_news(&s, step.now));
	s.told = s.root;
	run(SURGE_QUIET_STEPS, 10000);
	run(3, 150000);
	ck_assert(s.raised);
	ck_assert(!surge_is_news(&s, step.now));
	run(1, 210000);
	ck_assert(!surge_is_news(&s, step.now)); /* it belongs to the one that stands */
	s.told = 0;
	run(SURGE_QUIET_STEPS, 10000);
	s.told = (int64_t)316 << 16; /* 100000 a second */
	run(3, 210000);
	ck_assert(surge_is_news(&s, step.now));
	s.told = s.root;
	run(SURGE_QUIET_STEPS, 10000);
	run(400, 10000);
	run(3, 100000);
	ck_assert(surge_is_news(&s, step.now));
}
END_TEST

START_TEST(rates_beyond_all_measure_overflow_nothing)
{
	run(300, UINT64_C(1) << 60);
	ck_assert_int_gt(s.level, 0);
	ck_assert_uint_gt(surge_usual(&s), UINT64_C(1) << 45);
	step.elapsed_ns = 0;
	run(3, UINT64_C(1) << 60);
	ck_assert_int_ge(surge_deviations(&s), 0);
}
END_TEST

int main(void)
{
	Suite *su = suite_create("surge");
	TCase *t = tcase_create("surge");
	SRunner *r = srunner_create(su);
	int failed;

	tcase_add_checked_fixture(t, set_up, NULL);
	tcase_add_test(t, a_counter_that_went_back_counts_from_zero);
	tcase_add_test(t, the_rate_and_what_is_usual_are_a_second_s);
	tcase_add_test(t, it_takes_two_and_a_quarter_times_the_usual_however_steady_that_was);
	tcase_add_test(t, what_is_learned_has_an_end);
	tcase_add_test(t, the_level_follows_in_minutes);
	tcase_add_test(t, while_it_stands_nothing_is_learned);
	tcase_add_test(t, a_second_surge_is_news_after_half_an_hour_or_with_twice_the_rate);
	tcase_add_test(t, rates_beyond_all_measure_overflow_nothing);
	suite_add_tcase(su, t);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
