/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The clocks, as far as a test can hold them to anything.
 */
#include "edge/clock.h"

#include <check.h>
#include <stdlib.h>
#include <time.h>

START_TEST(monotonic_time_never_goes_back)
{
	mono_t last = clock_mono();

	for (int i = 0; i < 10000; i++) {
		mono_t now = clock_mono();

		ck_assert_int_ge(mono_since(now, last), 0);
		last = now;
	}
}
END_TEST

START_TEST(wall_time_is_what_the_system_says)
{
	int64_t before = (int64_t)time(NULL) - 1; /* time() may lag by a tick */
	int64_t now = clock_wall().ns / NS_PER_S;

	ck_assert_int_ge(now, before);
	ck_assert_int_le(now, (int64_t)time(NULL) + 1);
}
END_TEST

START_TEST(sleep_is_what_the_two_clocks_differ_by)
{
	struct timespec up, awake;
	int64_t asleep = clock_asleep_ns();

	clock_gettime(CLOCK_MONOTONIC, &awake);
	clock_gettime(CLOCK_BOOTTIME, &up);
	ck_assert_int_le(asleep, (up.tv_sec - awake.tv_sec) * NS_PER_S +
		up.tv_nsec - awake.tv_nsec);
	ck_assert_int_ge(asleep, -10 * NS_PER_S);
}
END_TEST

START_TEST(time_spent_is_of_work_and_not_of_waiting)
{
	struct timespec nap = { .tv_nsec = 30 * NS_PER_MS };
	int64_t start = clock_spent_ns(), all = clock_process_ns(), rested;
	mono_t begun = clock_mono();

	nanosleep(&nap, NULL);
	rested = clock_spent_ns();
	ck_assert_int_lt(rested - start, mono_since(clock_mono(), begun) / 2);
	while (clock_spent_ns() - rested < 2 * NS_PER_MS)
		;
	ck_assert_int_ge(clock_process_ns() - all, 2 * NS_PER_MS); /* of this thread, the only one */
	ck_assert_int_ge(mono_since(clock_mono(), begun), 32 * NS_PER_MS);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("clock");
	TCase *t = tcase_create("clock");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_test(t, monotonic_time_never_goes_back);
	tcase_add_test(t, wall_time_is_what_the_system_says);
	tcase_add_test(t, time_spent_is_of_work_and_not_of_waiting);
	tcase_add_test(t, sleep_is_what_the_two_clocks_differ_by);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
