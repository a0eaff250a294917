/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The times of captures, and what damaged ones make of them. */
#include "app/replay_clock.h"

#include <check.h>

#define FAR (INT64_MAX / 2) /* as far as edge/capture.h has times */

static struct replay_clock c;

static void setup(void)
{
	c = (struct replay_clock){ .begun = false };
}

static int64_t at(int64_t ns)
{
	return replay_clock_time(&c, (wall_t){ ns }, 0).ns - REPLAY_START_NS;
}

START_TEST(time_goes_as_it_does_in_the_capture)
{
	ck_assert_int_eq(at(1700000000 * NS_PER_S), 0);
	ck_assert_int_eq(at(1700000007 * NS_PER_S), 7 * NS_PER_S);
	ck_assert_int_eq(c.first.ns, 1700000000 * NS_PER_S);
	ck_assert_int_eq(c.last.ns, 1700000007 * NS_PER_S);
	ck_assert_uint_eq(c.back_steps, 0);
}
END_TEST

START_TEST(a_step_back_counts_as_the_latest)
{
	at(100 * NS_PER_S);
	at(110 * NS_PER_S);
	ck_assert_int_eq(at(40 * NS_PER_S), 10 * NS_PER_S);
	ck_assert_int_eq(at(108 * NS_PER_S), 10 * NS_PER_S);
	ck_assert_int_eq(at(111 * NS_PER_S), 11 * NS_PER_S);
	ck_assert_uint_eq(c.back_steps, 2);
	ck_assert_int_eq(c.farthest_back_ns, 70 * NS_PER_S);
}
END_TEST

START_TEST(a_note_moves_the_beginning)
{
	ck_assert_int_eq(replay_clock_time(&c, (wall_t){ 5 }, 62).ns, REPLAY_START_NS + 62);
	ck_assert_int_eq(replay_clock_time(&c, (wall_t){ 6 }, 900).ns, REPLAY_START_NS + 63);
}
END_TEST

START_TEST(from_one_end_of_time_to_the_other_nothing_overflows)
{
	ck_assert_int_eq(at(-FAR), 0);
	ck_assert_int_eq(at(FAR), REPLAY_LONGEST_NS);
	ck_assert_int_eq(at(FAR - 1), REPLAY_LONGEST_NS);
	ck_assert_int_eq(at(-FAR), REPLAY_LONGEST_NS);
	setup();
	ck_assert_int_eq(at(FAR), 0);
	ck_assert_int_eq(at(-FAR), 0);
	ck_assert_int_eq(c.farthest_back_ns, REPLAY_LONGEST_NS);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("replay_clock");
	TCase *t = tcase_create("times");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, time_goes_as_it_does_in_the_capture);
	tcase_add_test(t, a_step_back_counts_as_the_latest);
	tcase_add_test(t, a_note_moves_the_beginning);
	tcase_add_test(t, from_one_end_of_time_to_the_other_nothing_overflows);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
