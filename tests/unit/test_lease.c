/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Remaining time after a restart, a reboot, a suspend and a clock that lies.
 */
#include "core/lease.h"

#include <check.h>
#include <stdlib.h>

#define S NS_PER_S
#define H (3600 * NS_PER_S)
#define WALL (INT64_C(1790000000) * NS_PER_S) /* the autumn of 2026 */

/* At 5 h since boot, 2 h before the end. */
static const struct lease_moment last = { .mono = { 5 * H }, .wall = { WALL } };
static const mono_t until = { 7 * H };

static int64_t left(bool same_boot, int64_t mono, int64_t wall)
{
	struct lease_moment now = { .mono = { mono }, .wall = { wall } };

	return lease_left_ns(until, &last, same_boot, &now);
}

START_TEST(in_the_same_boot_an_end_stands_as_it_is)
{
	ck_assert_int_eq(left(true, 5 * H + 10 * S, WALL + 10 * S), 2 * H - 10 * S);
	ck_assert_int_eq(left(true, 7 * H - 1, WALL + 2 * H - 1), 1);
	ck_assert_int_eq(left(true, 7 * H, WALL + 2 * H), 0);
	ck_assert_int_eq(left(true, 9 * H, WALL + 4 * H), -2 * H);
}
END_TEST

START_TEST(in_the_same_boot_a_step_of_the_wall_clock_means_nothing)
{
	ck_assert_int_eq(left(true, 5 * H + S, WALL + H), 2 * H - S);
	ck_assert_int_eq(left(true, 5 * H + S, WALL - H), 2 * H - S);
	ck_assert_int_eq(left(true, 5 * H + S, 0), 2 * H - S);
	ck_assert_int_eq(left(true, 5 * H + S, WALL + 90000 * H), 2 * H - S);
}
END_TEST

START_TEST(time_asleep_counts_for_it_counts_since_boot)
{
	/* Suspended for an hour: both clocks went on. */
	ck_assert_int_eq(left(true, 6 * H, WALL + H), H);
}
END_TEST

START_TEST(after_a_reboot_the_time_off_counts)
{
	ck_assert_int_eq(left(false, 30 * S, WALL + 5 * 60 * S), 2 * H - 5 * 60 * S);
	ck_assert_int_eq(left(false, 30 * S, WALL + 2 * H), 0);
	ck_assert_int_eq(left(false, 30 * S, WALL + 3 * H), -H);
}
END_TEST

START_TEST(after_a_reboot_the_new_time_since_boot_has_no_say)
{
	ck_assert_int_eq(left(false, 1, WALL + 60 * S), 2 * H - 60 * S);
	ck_assert_int_eq(left(false, 600 * H, WALL + 60 * S), 2 * H - 60 * S);
}
END_TEST

START_TEST(a_wall_clock_behind_the_last_moment_takes_nothing_and_adds_nothing)
{
	ck_assert_int_eq(left(false, 30 * S, WALL - H), 2 * H);
	ck_assert_int_eq(left(false, 30 * S, WALL - 1), 2 * H);
	ck_assert_int_eq(left(false, 30 * S, WALL), 2 * H);
}
END_TEST

START_TEST(a_machine_without_a_clock_boots_in_1970_and_frees_nobody)
{
	ck_assert_int_eq(left(false, 30 * S, 30 * S), 2 * H);
	ck_assert_int_eq(left(false, 30 * S, 0), 2 * H);
}
END_TEST

START_TEST(what_was_over_at_the_last_moment_stays_over_and_for_longer)
{
	struct lease_moment late = { .mono = { 8 * H }, .wall = { WALL } };
	struct lease_moment now = { .mono = { 0 }, .wall = { 0 } };

	ck_assert_int_eq(lease_left_ns(until, &late, false, &now), -H);
	now.wall.ns = WALL + H;
	ck_assert_int_eq(lease_left_ns(until, &late, false, &now), -2 * H);
}
END_TEST

START_TEST(numbers_that_no_clock_ever_showed_do_not_overflow)
{
	static const int64_t odd[] = { INT64_MIN, INT64_MIN + 1, -1, 0, INT64_MAX };

	for (size_t i = 0; i < 5 * 5 * 5; i++) {
		struct lease_moment then = { .mono = { odd[i % 5] },
			.wall = { odd[i / 5 % 5] } };
		struct lease_moment now = { .mono = { odd[i / 25] },
			.wall = { odd[i / 5 % 5] } };
		mono_t end = { odd[4 - i % 5] };

		int64_t ns = lease_left_ns(end, &then, i & 1, &now);

		ck_assert_int_le(ns, LEASE_MOST);
		ck_assert_int_ge(ns, -LEASE_MOST);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("lease");
	TCase *t = tcase_create("left");
	SRunner *r;
	int failed;

	tcase_add_test(t, in_the_same_boot_an_end_stands_as_it_is);
	tcase_add_test(t, in_the_same_boot_a_step_of_the_wall_clock_means_nothing);
	tcase_add_test(t, time_asleep_counts_for_it_counts_since_boot);
	tcase_add_test(t, after_a_reboot_the_time_off_counts);
	tcase_add_test(t, after_a_reboot_the_new_time_since_boot_has_no_say);
	tcase_add_test(t,
		a_wall_clock_behind_the_last_moment_takes_nothing_and_adds_nothing);
	tcase_add_test(t, a_machine_without_a_clock_boots_in_1970_and_frees_nobody);
	tcase_add_test(t, what_was_over_at_the_last_moment_stays_over_and_for_longer);
	tcase_add_test(t, numbers_that_no_clock_ever_showed_do_not_overflow);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
