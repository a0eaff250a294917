/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Integer arithmetic of the detectors: decay that forgets the same however often it is asked.
 */
#include "core/fixed.h"

#include <check.h>
#include <stdlib.h>

#define TICKS(s) ((uint32_t)((s) * 16))

START_TEST(one_half_life_halves)
{
	struct half_life h = half_life_of(600 * NS_PER_S);

	ck_assert_uint_eq(fade_between(h, 1000, TICKS(1000), TICKS(1600)), 500);
	ck_assert_uint_eq(fade_between(h, 1000, TICKS(1000), TICKS(2200)), 250);
	ck_assert_uint_eq(fade_between(h, 1000, TICKS(1000), TICKS(1000)), 1000);
}
END_TEST

START_TEST(many_small_steps_decay_as_one_large_one)
{
	const int64_t half_lives[] = { 5, 60, 600, 3600 };

	for (size_t i = 0; i < 4; i++) {
		struct half_life h = half_life_of(half_lives[i] * NS_PER_S);
		uint32_t from = TICKS(12345), to = from + TICKS(half_lives[i]);
		uint32_t value = 1000, once = fade_between(h, value, from, to);

		for (uint32_t t = from; t < to; t++)
			value = fade_between(h, value, t, t + 1);
		ck_assert_int_le(abs((int)value - (int)once), (int)once / 20);
		ck_assert_uint_eq(once, 500);
	}
}
END_TEST

START_TEST(small_values_neither_freeze_nor_vanish_at_once)
{
	struct half_life h = half_life_of(60 * NS_PER_S);
	uint32_t value = 8;

	for (uint32_t t = 0; t < TICKS(30); t++)
		value = fade_between(h, value, t, t + 1);
	ck_assert_uint_gt(value, 0);
	for (uint32_t t = TICKS(30); t < TICKS(600); t++)
		value = fade_between(h, value, t, t + 1);
	ck_assert_uint_eq(value, 0);
}
END_TEST

START_TEST(decay_of_large_values_and_long_times_stays_in_bounds)
{
	struct half_life fast = half_life_of(0), slow = half_life_of(3000 * 86400 * NS_PER_S);

	ck_assert_uint_eq(fade_between(fast, UINT32_MAX, 0, UINT32_MAX), 0);
	ck_assert_uint_le(fade_between(slow, UINT32_MAX, 5, 6), UINT32_MAX);
	ck_assert_uint_gt(fade_between(slow, UINT32_MAX, 5, 6), UINT32_MAX / 2);
	ck_assert_uint_eq(fade(UINT32_MAX, 16), UINT32_MAX / 2);
}
END_TEST

START_TEST(time_goes_on_where_the_tick_wraps)
{
	struct half_life h = half_life_of(600 * NS_PER_S);
	uint32_t from = UINT32_MAX - TICKS(300);

	ck_assert_uint_le(abs((int)fade_between(h, 1000, from, from + TICKS(600)) - 500), 30);
}
END_TEST

START_TEST(roots_are_the_largest_that_fit)
{
	const uint64_t values[] = { 0, 1, 2, 3, 4, 99, 100, UINT32_MAX, UINT64_MAX };

	for (size_t i = 0; i < 9; i++) {
		uint64_t root = root_u64(values[i]);

		ck_assert(root * root <= values[i]);
		ck_assert(root == UINT32_MAX || (root + 1) * (root + 1) > values[i]);
	}
}
END_TEST

START_TEST(a_level_comes_halfway_in_a_half_life)
{
	int64_t level = 0, sample = 1000 << 16;

	for (int i = 0; i < 600; i++)
		level = level_learn(level, sample, NS_PER_S, 600 * NS_PER_S);
	ck_assert_int_ge(level >> 16, 490);
	ck_assert_int_le(level >> 16, 510);
	for (int i = 0; i < 6000; i++)
		level = level_learn(level, 0, NS_PER_S, 600 * NS_PER_S);
	ck_assert_int_le(level >> 16, 1);
}
END_TEST

START_TEST(hundredths_round_down_and_stop_at_their_end)
{
	ck_assert_int_eq(hundredths(972, 6), 1518);
	ck_assert_int_eq(hundredths(256, 8), 100);
	ck_assert_int_eq(hundredths(7, 0), 700);
	ck_assert_int_eq(hundredths(UINT32_MAX, 0), INT32_MAX);
	ck_assert_int_eq(hundredths(UINT64_MAX, 16), INT32_MAX);
}
END_TEST

START_TEST(sums_stop_at_their_end)
{
	ck_assert_uint_eq(add_sat_u16(65535, 1), 65535);
	ck_assert_uint_eq(add_sat_u16(65534, 1), 65535);
	ck_assert_uint_eq(add_sat_u32(UINT32_MAX - 1, 5), UINT32_MAX);
	ck_assert_uint_eq(add_sat_u32(1, 2), 3);
}
END_TEST

START_TEST(a_tick_is_a_time_before_now)
{
	mono_t now = { .ns = 5000 * NS_PER_S };

	ck_assert_int_eq(tick_time(TICKS(4000), now).ns, 4000 * NS_PER_S);
	ck_assert_int_eq(tick_time(mono_tick(now), now).ns, now.ns);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("fixed");
	TCase *t = tcase_create("fixed");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(t, one_half_life_halves);
	tcase_add_test(t, many_small_steps_decay_as_one_large_one);
	tcase_add_test(t, small_values_neither_freeze_nor_vanish_at_once);
	tcase_add_test(t, decay_of_large_values_and_long_times_stays_in_bounds);
	tcase_add_test(t, time_goes_on_where_the_tick_wraps);
	tcase_add_test(t, roots_are_the_largest_that_fit);
	tcase_add_test(t, a_level_comes_halfway_in_a_half_life);
	tcase_add_test(t, hundredths_round_down_and_stop_at_their_end);
	tcase_add_test(t, sums_stop_at_their_end);
	tcase_add_test(t, a_tick_is_a_time_before_now);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
