/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Histograms of durations: buckets that meet without a gap, quantiles within their
 * promised error.
 */
#include "base/histogram.h"

#include <check.h>

START_TEST(bounds_rise_from_a_microsecond_to_seconds)
{
	ck_assert_int_eq(histogram_bound(0), 1024);
	for (size_t i = 1; i < HISTOGRAM_BUCKETS; i++)
		ck_assert(histogram_bound(i) > histogram_bound(i - 1));
	ck_assert(histogram_bound(HISTOGRAM_BUCKETS - 2) == INT64_C(1) << 34);
	ck_assert(histogram_bound(HISTOGRAM_BUCKETS - 1) == INT64_MAX);
}
END_TEST

START_TEST(a_value_lies_under_its_bound_and_not_under_the_one_before)
{
	for (size_t i = 0; i + 1 < HISTOGRAM_BUCKETS; i++) {
		struct histogram h = { .count = 0 };
		histogram_note(&h, histogram_bound(i));
		ck_assert_uint_eq(h.buckets[i + 1], 1);
		histogram_note(&h, histogram_bound(i) - 1);
		ck_assert_uint_eq(h.buckets[i], 1);
	}
}
END_TEST

START_TEST(quantiles_are_within_a_quarter_octave)
{
	struct histogram h = { .count = 0 };
	for (int64_t us = 1; us <= 1000; us++)
		histogram_note(&h, us * 1000);
	int64_t p50 = histogram_quantile(&h, 5000);
	int64_t p99 = histogram_quantile(&h, 9900);
	ck_assert(p50 >= 500000 && p50 <= 500000 * 5 / 4);
	ck_assert(p99 >= 990000 && p99 <= 1000000);
}
END_TEST

START_TEST(one_value_is_every_quantile)
{
	struct histogram h = { .count = 0 };
	histogram_note(&h, 777777);
	ck_assert_int_eq(histogram_quantile(&h, 1), 777777);
	ck_assert_int_eq(histogram_quantile(&h, 9999), 777777);
}
END_TEST

START_TEST(many_at_once_are_many_of_one)
{
	struct histogram one = { .count = 0 }, many = { .count = 0 };

	for (int i = 0; i < 64; i++)
		histogram_note(&one, 5000);
	histogram_note_many(&many, 5000, 64);
	histogram_note_many(&many, 9000000, 0);
	ck_assert_mem_eq(&one, &many, sizeof(one));
	ck_assert_uint_eq(many.sum_ns, 64 * 5000);
}
END_TEST

START_TEST(what_is_below_a_bound_is_summed_up)
{
	struct histogram h = { .count = 0 };

	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
		histogram_note(&h, histogram_bound(i) - 1);
	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
		ck_assert_uint_eq(histogram_below(&h, i), i + 1);
	ck_assert_uint_eq(histogram_below(&h, HISTOGRAM_BUCKETS + 7), h.count);
}
END_TEST

START_TEST(none_gives_zero_and_negative_counts_as_zero)
{
	struct histogram h = { .count = 0 };
	ck_assert_int_eq(histogram_quantile(&h, 5000), 0);
	histogram_note(&h, -5);
	ck_assert_uint_eq(h.buckets[0], 1);
	ck_assert_int_eq(h.max_ns, 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("histogram");
	TCase *c = tcase_create("histogram");
	tcase_add_test(c, bounds_rise_from_a_microsecond_to_seconds);
	tcase_add_test(c, a_value_lies_under_its_bound_and_not_under_the_one_before);
	tcase_add_test(c, quantiles_are_within_a_quarter_octave);
	tcase_add_test(c, one_value_is_every_quantile);
	tcase_add_test(c, many_at_once_are_many_of_one);
	tcase_add_test(c, what_is_below_a_bound_is_summed_up);
	tcase_add_test(c, none_gives_zero_and_negative_counts_as_zero);
	suite_add_tcase(s, c);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
