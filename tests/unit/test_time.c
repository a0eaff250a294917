/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Durations and wall times as text, both ways.
 */
#include "base/time.h"

#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"

static int64_t duration(const char *text)
{
	int64_t ns = -1;

	ck_assert_int_eq(duration_parse(text, &ns), 0);
	return ns;
}

static void prints(int64_t ns, const char *want)
{
	char out[64];

	ck_assert_uint_eq(duration_format(ns, out, sizeof(out)), strlen(want));
	ck_assert_str_eq(out, want);
}

static void shows(int64_t ns, const char *want)
{
	char out[64];

	(void)wall_format((wall_t){ .ns = ns }, out, sizeof(out));
	ck_assert_str_eq(out, want);
}

START_TEST(each_unit_is_known)
{
	ck_assert_int_eq(duration("250ms"), 250 * NS_PER_MS);
	ck_assert_int_eq(duration("7s"), 7 * NS_PER_S);
	ck_assert_int_eq(duration("10m"), 600 * NS_PER_S);
	ck_assert_int_eq(duration("24h"), 86400 * NS_PER_S);
	ck_assert_int_eq(duration("2d"), 2 * 86400 * NS_PER_S);
	ck_assert_int_eq(duration("1w"), 7 * 86400 * NS_PER_S);
	ck_assert_int_eq(duration("0s"), 0);
}
END_TEST

START_TEST(units_add_up_from_large_to_small)
{
	ck_assert_int_eq(duration("1h30m"), 5400 * NS_PER_S);
	ck_assert_int_eq(duration("1m1ms"), 60 * NS_PER_S + NS_PER_MS);
	ck_assert_int_eq(duration("90m"), 5400 * NS_PER_S);
}
END_TEST

START_TEST(what_is_no_duration_is_refused_and_changes_nothing)
{
	static const char *const texts[] = {
		"", "10", "s", "10 s", " 10s", "10s ", "-1s", "+1s", "1.5h", "10S",
		"10min", "30m1h", "1m1m", "1h30", "0x10s", "1mss", "1y",
	};
	int64_t ns = 42;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		ck_assert_int_eq(duration_parse(texts[i], &ns), ERR_INVALID);
		ck_assert_int_eq(ns, 42);
	}
}
END_TEST

START_TEST(more_than_100_years_is_out_of_range)
{
	int64_t ns = 42;

	ck_assert_int_eq(duration("36525d"), INT64_C(36525) * 86400 * NS_PER_S);
	ck_assert_int_eq(duration_parse("36526d", &ns), ERR_RANGE);
	ck_assert_int_eq(duration_parse("36525d1ms", &ns), ERR_RANGE);
	ck_assert_int_eq(duration_parse("99999999999999999999999999h", &ns), ERR_RANGE);
	ck_assert_int_eq(duration_parse("18446744073709551617ms", &ns), ERR_RANGE);
	ck_assert_int_eq(duration_parse("99999999999999999999h1x", &ns), ERR_INVALID);
	ck_assert_int_eq(ns, 42);
}
END_TEST

START_TEST(a_duration_is_printed_short_and_exact)
{
	prints(0, "0s");
	prints(250 * NS_PER_MS, "250ms");
	prints(5400 * NS_PER_S, "1h30m");
	prints(86400 * NS_PER_S, "1d");
	prints(8 * 86400 * NS_PER_S, "1w1d");
	prints(61 * NS_PER_S + 5 * NS_PER_MS, "1m1s5ms");
	prints(999, "0s");
	prints(-90 * NS_PER_S, "-1m30s");
}
END_TEST

START_TEST(what_is_printed_parses_again)
{
	uint64_t n = 1;

	for (int i = 0; i < 1000; i++) {
		const int64_t ns = (int64_t)(n % 3000000000000U) * NS_PER_MS;
		char out[64];

		(void)duration_format(ns, out, sizeof(out));
		ck_assert_int_eq(duration(out), ns);
		n = n * UINT64_C(6364136223846793005) + 1442695040888963407U;
	}
}
END_TEST

START_TEST(a_wall_time_is_rfc_3339_in_utc)
{
	shows(0, "1970-01-01T00:00:00.000000+0000");
	shows(INT64_C(1795143845) * NS_PER_S + 6999, "2026-11-20T03:04:05.000006+0000");
	shows(INT64_C(951782400) * NS_PER_S, "2000-02-29T00:00:00.000000+0000");
	shows(INT64_C(4107542399) * NS_PER_S, "2100-02-28T23:59:59.000000+0000");
	shows(INT64_C(4107542400) * NS_PER_S, "2100-03-01T00:00:00.000000+0000");
	shows(INT64_C(1735689599) * NS_PER_S, "2024-12-31T23:59:59.000000+0000");
}
END_TEST

START_TEST(a_wall_time_before_1970_counts_back)
{
	shows(-1000, "1969-12-31T23:59:59.999999+0000");
	shows(INT64_C(-86400) * NS_PER_S, "1969-12-31T00:00:00.000000+0000");
	shows(INT64_MIN, "1677-09-21T00:12:43.145224+0000");
	shows(INT64_MAX, "2262-04-11T23:47:16.854775+0000");
}
END_TEST

START_TEST(each_day_follows_the_one_before)
{
	static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int64_t day = 0;

	for (int y = 1970; y < 2110; y++) {
		const bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;

		for (int m = 0; m < 12; m++) {
			char want[64];

			ck_assert_int_gt(snprintf(want, sizeof(want),
				"%04d-%02d-01T00:00:00.000000+0000", y, m + 1), 0);
			shows(day * 86400 * NS_PER_S, want);
			day += lengths[m] + (m == 1 && leap);
		}
	}
}
END_TEST

START_TEST(a_tick_is_a_sixteenth_of_a_second)
{
	ck_assert_uint_eq(mono_tick((mono_t){ .ns = 62499999 }), 0);
	ck_assert_uint_eq(mono_tick((mono_t){ .ns = 62500000 }), 1);
	ck_assert_uint_eq(mono_tick((mono_t){ .ns = 3 * NS_PER_S }), 48);
	ck_assert_int_eq(mono_since((mono_t){ 5 }, (mono_t){ 7 }), -2);
	ck_assert_int_eq(mono_add((mono_t){ 5 }, 7).ns, 12);
}
END_TEST

static TCase *durations(void)
{
	TCase *t = tcase_create("durations");

	tcase_add_test(t, each_unit_is_known);
	tcase_add_test(t, units_add_up_from_large_to_small);
	tcase_add_test(t, what_is_no_duration_is_refused_and_changes_nothing);
	tcase_add_test(t, more_than_100_years_is_out_of_range);
	tcase_add_test(t, a_duration_is_printed_short_and_exact);
	tcase_add_test(t, what_is_printed_parses_again);
	return t;
}

static TCase *wall(void)
{
	TCase *t = tcase_create("wall");

	tcase_add_test(t, a_wall_time_is_rfc_3339_in_utc);
	tcase_add_test(t, a_wall_time_before_1970_counts_back);
	tcase_add_test(t, each_day_follows_the_one_before);
	tcase_add_test(t, a_tick_is_a_sixteenth_of_a_second);
	return t;
}

int main(void)
{
	Suite *s = suite_create("time");
	SRunner *r;
	int failed;

	suite_add_tcase(s, durations());
	suite_add_tcase(s, wall());
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
