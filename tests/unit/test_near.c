/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/near.h"

#include <check.h>
#include <stdlib.h>

static struct nears s;

static void set_up(void)
{
	s = (struct nears){ .n = 0 };
}

static void add(uint32_t sid, int32_t score, int32_t threshold)
{
	near_add(&s, &(struct near){ .rule = { .sid = sid, .enabled = true }, .score = score, .threshold = threshold });
}

START_TEST(the_nearest_stands_first_whatever_its_unit)
{
	add(1, 10, 100);
	add(2, 900, 1000);
	add(3, 1, 2);
	ck_assert_uint_eq(s.n, 3);
	ck_assert_uint_eq(s.list[0].rule.sid, 2);
	ck_assert_uint_eq(s.list[1].rule.sid, 3);
	ck_assert_uint_eq(s.list[2].rule.sid, 1);
}
END_TEST

START_TEST(what_is_beyond_its_threshold_is_nearer_still)
{
	add(1, 100, 100);
	add(2, 250, 100);
	ck_assert_uint_eq(s.list[0].rule.sid, 2);
}
END_TEST

START_TEST(no_score_no_threshold_and_a_rule_that_is_off_are_left_out)
{
	add(1, 0, 100);
	add(2, -5, 100);
	add(3, 5, 0);
	near_add(&s, &(struct near){ .rule = { .sid = 4 }, .score = 5, .threshold = 5 });
	ck_assert_uint_eq(s.n, 0);
}
END_TEST

START_TEST(a_full_list_loses_the_farthest)
{
	for (uint32_t i = 1; i <= 3 * NEARS; i++)
		add(i, (int32_t)(i * 7 % (3 * NEARS + 1)), 100);
	ck_assert_uint_eq(s.n, NEARS);
	for (size_t i = 1; i < NEARS; i++)
		ck_assert_int_ge(s.list[i - 1].score, s.list[i].score);
	ck_assert_int_eq(s.list[0].score, 3 * NEARS);
	ck_assert_int_eq(s.list[NEARS - 1].score, 2 * NEARS + 1);
}
END_TEST

START_TEST(the_greatest_scores_are_compared_without_overflow)
{
	add(1, INT32_MAX, INT32_MAX);
	add(2, INT32_MAX, INT32_MAX - 1);
	ck_assert_uint_eq(s.list[0].rule.sid, 2);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("near");
	TCase *c = tcase_create("near");
	SRunner *r = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(c, set_up, NULL);
	tcase_add_test(c, the_nearest_stands_first_whatever_its_unit);
	tcase_add_test(c, what_is_beyond_its_threshold_is_nearer_still);
	tcase_add_test(c, no_score_no_threshold_and_a_rule_that_is_off_are_left_out);
	tcase_add_test(c, a_full_list_loses_the_farthest);
	tcase_add_test(c, the_greatest_scores_are_compared_without_overflow);
	suite_add_tcase(suite, c);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
