/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A leak is found, what comes and goes is not.
 */
#include "core/hold_pile.h"

#include <check.h>
#include <stdlib.h>

#define WINDOW (300 * NS_PER_S)
#define LEAST 64

struct run {
	struct hold_pile pile;
	int64_t now;
	unsigned found;
};

static void look(struct run *r, uint32_t count)
{
	r->found += hold_pile_look(&r->pile, count, LEAST, WINDOW, (mono_t){ .ns = ++r->now * NS_PER_S });
}

START_TEST(a_leak_is_found_after_five_minutes_and_told_once)
{
	struct run r = { 0 };

	for (uint32_t s = 0; s < 300; s++)
		look(&r, 100 + s);
	ck_assert_uint_eq(r.found, 0);
	for (uint32_t s = 300; s < 3600; s++)
		look(&r, 100 + s);
	ck_assert_uint_eq(r.found, 1);
}
END_TEST

START_TEST(a_leak_of_one_in_two_minutes_is_found)
{
	struct run r = { 0 };

	for (uint32_t s = 0; s < 4 * 3600; s++)
		look(&r, s / 80);
	ck_assert_uint_eq(r.found, 1);
}
END_TEST

START_TEST(a_small_pile_is_none)
{
	struct run r = { 0 };

	for (uint32_t s = 0; s < 3600; s++)
		look(&r, s / 60); /* 59 at the end */
	ck_assert_uint_eq(r.found, 0);
}
END_TEST

START_TEST(many_that_come_and_go_are_none)
{
	struct run r = { 0 };

	srand(7);
	for (uint32_t s = 0; s < 24 * 3600; s++)
		look(&r, 200 + (uint32_t)rand() % 300);
	ck_assert_uint_eq(r.found, 0);
}
END_TEST

START_TEST(many_that_stay_as_many_are_none)
{
	struct run r = { 0 };

	for (uint32_t s = 0; s < 3600; s++)
		look(&r, 5000);
	ck_assert_uint_eq(r.found, 0);
}
END_TEST

START_TEST(peaks_of_a_leak_that_is_emptied_each_three_minutes_are_none)
{
	struct run r = { 0 };

	for (uint32_t s = 0; s < 3600; s++)
		look(&r, s % 180 * 5);
	ck_assert_uint_eq(r.found, 0);
}
END_TEST

START_TEST(after_a_restart_of_the_program_it_is_told_anew)
{
	struct run r = { 0 };

	for (uint32_t s = 0; s < 600; s++)
		look(&r, 100 + s);
	for (uint32_t s = 0; s < 600; s++)
		look(&r, s);
	ck_assert_uint_eq(r.found, 2);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("hold_pile");
	TCase *t = tcase_create("hold_pile");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(t, a_leak_is_found_after_five_minutes_and_told_once);
	tcase_add_test(t, a_leak_of_one_in_two_minutes_is_found);
	tcase_add_test(t, a_small_pile_is_none);
	tcase_add_test(t, many_that_come_and_go_are_none);
	tcase_add_test(t, many_that_stay_as_many_are_none);
	tcase_add_test(t, peaks_of_a_leak_that_is_emptied_each_three_minutes_are_none);
	tcase_add_test(t, after_a_restart_of_the_program_it_is_told_anew);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
