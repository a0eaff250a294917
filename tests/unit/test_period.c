/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The calendar of totals: where days, months and years begin, leap days and the time before 1970 included. */
#include "core/period.h"

#include <check.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/time.h"

#define DAY 86400

static int64_t day(int64_t year, unsigned month, unsigned d)
{
	return days_from_civil(year, month, d) * DAY;
}

START_TEST(every_day_of_eight_centuries_is_found_again)
{
	int64_t year;
	unsigned month, d;

	for (int64_t i = -146097; i < 146097; i++) {
		civil_from_days(i, &year, &month, &d);
		ck_assert_int_eq(days_from_civil(year, month, d), i);
	}
	ck_assert_int_eq(days_from_civil(1970, 1, 1), 0);
	ck_assert_int_eq(days_from_civil(2000, 3, 1), 11017);
}
END_TEST

START_TEST(a_moment_belongs_to_the_period_that_holds_it)
{
	const int64_t s = day(2024, 2, 29) + 23 * 3600 + 59 * 60 + 59;

	ck_assert_int_eq(period_begin(PERIOD_SLOT, s), day(2024, 2, 29) + 23 * 3600 + 55 * 60);
	ck_assert_int_eq(period_begin(PERIOD_HOUR, s), day(2024, 2, 29) + 23 * 3600);
	ck_assert_int_eq(period_begin(PERIOD_DAY, s), day(2024, 2, 29));
	ck_assert_int_eq(period_begin(PERIOD_MONTH, s), day(2024, 2, 1));
	ck_assert_int_eq(period_begin(PERIOD_YEAR, s), day(2024, 1, 1));
	ck_assert_int_eq(period_begin(PERIOD_MONTH, s + 1), day(2024, 3, 1));
	ck_assert_int_eq(period_begin(PERIOD_YEAR, day(2025, 1, 1) - 1), day(2024, 1, 1));
	ck_assert_int_eq(period_begin(PERIOD_YEAR, day(2025, 1, 1)), day(2025, 1, 1));
}
END_TEST

START_TEST(before_1970_periods_begin_earlier_not_later)
{
	ck_assert_int_eq(period_begin(PERIOD_SLOT, -1), -300);
	ck_assert_int_eq(period_begin(PERIOD_DAY, -1), -DAY);
	ck_assert_int_eq(period_begin(PERIOD_YEAR, -1), day(1969, 1, 1));
}
END_TEST

START_TEST(the_last_day_of_a_long_month_is_the_last_of_a_short_one)
{
	ck_assert_int_eq(period_move(PERIOD_MONTH, day(2026, 3, 31) + 7, -1), day(2026, 2, 28) + 7);
	ck_assert_int_eq(period_move(PERIOD_YEAR, day(2024, 2, 29), 1), day(2025, 2, 28));
	ck_assert_int_eq(period_move(PERIOD_MONTH, day(2026, 1, 15), -1), day(2025, 12, 15));
	ck_assert_int_eq(period_move(PERIOD_MONTH, day(2026, 12, 1), 1), day(2027, 1, 1));
	ck_assert_int_eq(period_move(PERIOD_DAY, day(2026, 3, 1), -1), day(2026, 2, 28));
}
END_TEST

START_TEST(a_period_is_read_by_its_name_alone)
{
	enum period p = PERIOD_SLOT;

	for (int i = 0; i < PERIODS; i++) {
		ck_assert_int_eq(period_parse(period_name((enum period)i), &p), 0);
		ck_assert_int_eq(p, i);
	}
	ck_assert_int_eq(period_parse("days", &p), ERR_INVALID);
	ck_assert_int_eq(period_parse("", &p), ERR_INVALID);
	ck_assert_int_eq(p, PERIOD_YEAR);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("period");
	TCase *tc = tcase_create("period");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(tc, every_day_of_eight_centuries_is_found_again);
	tcase_add_test(tc, a_moment_belongs_to_the_period_that_holds_it);
	tcase_add_test(tc, before_1970_periods_begin_earlier_not_later);
	tcase_add_test(tc, the_last_day_of_a_long_month_is_the_last_of_a_short_one);
	tcase_add_test(tc, a_period_is_read_by_its_name_alone);
	suite_add_tcase(s, tc);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
