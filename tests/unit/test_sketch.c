/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Estimates: how far from the truth they may be, and that no rhythm of touches moves
 * them.
 */
#include "base/sketch.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "base/hash.h"

static double truth(uint32_t value, double ticks, double half_life)
{
	return value * exp2(-ticks / half_life);
}

START_TEST(a_half_life_halves)
{
	ck_assert_uint_eq(decay_u32(1000, 0, 80), 1000);
	ck_assert_uint_eq(decay_u32(1000, 80, 80), 500);
	ck_assert_uint_eq(decay_u32(1000, 160, 80), 250);
	ck_assert_uint_eq(decay_u32(1000, 800, 80), 0);
	ck_assert_uint_eq(decay_u32(UINT32_MAX, 80, 80), UINT32_MAX / 2);
	ck_assert_uint_eq(decay_u32(UINT32_MAX, UINT32_MAX, 1), 0);
	ck_assert_uint_eq(decay_u32(1000, 1, 0), 0);
}
END_TEST

START_TEST(decay_is_never_more_than_4_4_percent_off)
{
	for (uint32_t half = 1; half < 3000; half = half * 3 + 1) {
		for (uint32_t ticks = 0; ticks < 4 * half; ticks++) {
			const double want = truth(1U << 24, ticks, half);
			const double got = decay_u32(1U << 24, ticks, half);

			ck_assert(got >= want * 0.9999 && got <= want * 1.0443);
		}
	}
}
END_TEST

START_TEST(decay_between_cares_only_for_the_whole_time)
{
	static const uint32_t rhythms[] = { 1, 2, 3, 7, 50, 333 };

	for (size_t i = 0; i < 6; i++) {
		const uint32_t start = 12345, end = start + 3 * 960;
		uint32_t value = 1U << 24, at = start;

		while (at < end) {
			const uint32_t left = end - at;
			const uint32_t step = left < rhythms[i] ? left : rhythms[i];

			value = decay_between(value, at, at + step, 960);
			at += step;
		}
		/* three half-lives, whatever the rhythm */
		ck_assert_uint_le(value, (1U << 21) + 1000);
		ck_assert_uint_ge(value, (1U << 21) - 1000);
	}
}
END_TEST

START_TEST(a_clock_that_stands_or_runs_back_is_no_time)
{
	ck_assert_uint_eq(decay_between(1000, 500, 500, 16), 1000);
	ck_assert_uint_eq(decay_between(1000, 500, 499, 16), 1000);
	ck_assert_uint_eq(decay_between(1000, 1, 2, 0), 0);
}
END_TEST

START_TEST(decay_between_survives_the_wrap_of_the_ticks)
{
	ck_assert_uint_eq(decay_between(1000, UINT32_MAX - 7, 8, 16), 500);
	ck_assert_uint_eq(decay_between(1000, UINT32_MAX - 90, UINT32_MAX - 74, 16), 500);
}
END_TEST

START_TEST(a_thing_is_new_once)
{
	uint64_t bitmap = 0;

	ck_assert(bitmap64_add(&bitmap, UINT64_C(0xfc00000000000000)));
	ck_assert(!bitmap64_add(&bitmap, UINT64_C(0xfc00000000000001)));
	ck_assert_uint_eq(bitmap, UINT64_C(1) << 63);
	ck_assert(bitmap64_add(&bitmap, 0));
	ck_assert_uint_eq(bitmap64_count(bitmap), 2);
}
END_TEST

START_TEST(the_bitmap_counts_distinct_things)
{
	ck_assert_uint_eq(bitmap64_count(0), 0);
	ck_assert_uint_eq(bitmap64_count(UINT64_MAX), 266);
	for (uint32_t n = 1; n <= 128; n *= 2) {
		double sum = 0;

		for (uint64_t trial = 0; trial < 200; trial++) {
			struct hash_key k;
			uint64_t bitmap = 0;

			hash_key_from_seed(&k, trial);
			for (uint64_t i = 0; i < n; i++)
				(void)bitmap64_add(&bitmap, hash_u64(&k, i));
			sum += bitmap64_count(bitmap);
		}
		ck_assert_double_gt(sum / 200, n * 0.93);
		ck_assert_double_lt(sum / 200, n * 1.07);
	}
}
END_TEST

START_TEST(each_bit_is_counted)
{
	uint64_t bitmap = 0;

	for (unsigned bits = 1; bits < 64; bits++) {
		bitmap = bitmap << 1 | 1;
		ck_assert_uint_eq(bitmap64_count(bitmap),
			(uint32_t)lround(64 * log(64.0 / (64 - bits))));
	}
}
END_TEST

START_TEST(hyperloglog_counts_within_its_error)
{
	ck_assert_uint_eq(hll16_count(0), 0);
	for (uint32_t n = 1; n <= 100000; n *= 10) {
		double sum = 0, squares = 0;

		for (uint64_t trial = 0; trial < 60; trial++) {
			struct hash_key k;
			uint64_t registers = 0;
			double off;

			hash_key_from_seed(&k, trial);
			for (uint64_t i = 0; i < n; i++)
				(void)hll16_add(&registers, hash_u64(&k, i));
			off = hll16_count(registers) / (double)n - 1;
			sum += off;
			squares += off * off;
		}
		ck_assert_double_lt(fabs(sum / 60), 0.15);
		ck_assert_double_lt(sqrt(squares / 60), 0.36);
	}
}
END_TEST

START_TEST(duplicates_grow_no_register)
{
	uint64_t registers = 0;

	ck_assert(hll16_add(&registers, 0x123450));
	ck_assert(!hll16_add(&registers, 0x123450));
	ck_assert_uint_eq(hll16_count(registers), 1);
}
END_TEST

START_TEST(a_hash_of_zeros_fills_one_register_and_no_more)
{
	uint64_t registers = 0;

	ck_assert(hll16_add(&registers, 0));
	ck_assert_uint_eq(registers, 15);
	ck_assert(hll16_add(&registers, 15));
	ck_assert_uint_eq(registers, UINT64_C(0xf00000000000000f));
}
END_TEST

static TCase *decay(void)
{
	TCase *t = tcase_create("decay");

	tcase_add_test(t, a_half_life_halves);
	tcase_add_test(t, decay_is_never_more_than_4_4_percent_off);
	tcase_add_test(t, decay_between_cares_only_for_the_whole_time);
	tcase_add_test(t, a_clock_that_stands_or_runs_back_is_no_time);
	tcase_add_test(t, decay_between_survives_the_wrap_of_the_ticks);
	return t;
}

static TCase *bitmap(void)
{
	TCase *t = tcase_create("bitmap");

	tcase_add_test(t, a_thing_is_new_once);
	tcase_add_test(t, the_bitmap_counts_distinct_things);
	tcase_add_test(t, each_bit_is_counted);
	return t;
}

static struct hll64 count_to(uint64_t from, uint64_t to)
{
	struct hll64 h = { { 0 } };
	struct hash_key k;

	hash_key_from_seed(&k, 9);
	for (uint64_t i = from; i < to; i++)
		hll64_add(&h, hash_u64(&k, i));
	return h;
}

START_TEST(sixty_four_registers_are_a_third_off_at_most)
{
	struct hll64 nobody = count_to(0, 0);

	ck_assert_uint_eq(hll64_count(&nobody), 0);
	for (uint64_t n = 1; n < 3000000; n = n * 3 + 1) {
		struct hll64 h = count_to(0, n);

		ck_assert_uint_ge(hll64_count(&h), n * 2 / 3);
		ck_assert_uint_le(hll64_count(&h), n * 4 / 3 + 1);
	}
}
END_TEST

START_TEST(merged_they_know_whom_either_knew)
{
	struct hll64 a = count_to(0, 600), b = count_to(300, 900), all = count_to(0, 900);

	hll64_merge(&a, &b);
	ck_assert_mem_eq(&a, &all, sizeof(a));
	hll64_merge(&a, &b);
	ck_assert_mem_eq(&a, &all, sizeof(a));
}
END_TEST

START_TEST(registers_from_a_damaged_file_still_give_a_number)
{
	struct hll64 h;

	memset(&h, 0xff, sizeof(h));
	ck_assert_uint_ge(hll64_count(&h), 1u << 31);
}
END_TEST

static TCase *hll(void)
{
	TCase *t = tcase_create("hll");

	tcase_add_test(t, hyperloglog_counts_within_its_error);
	tcase_add_test(t, duplicates_grow_no_register);
	tcase_add_test(t, a_hash_of_zeros_fills_one_register_and_no_more);
	tcase_add_test(t, sixty_four_registers_are_a_third_off_at_most);
	tcase_add_test(t, merged_they_know_whom_either_knew);
	tcase_add_test(t, registers_from_a_damaged_file_still_give_a_number);
	return t;
}

int main(void)
{
	Suite *s = suite_create("sketch");
	SRunner *r;
	int failed;

	suite_add_tcase(s, decay());
	suite_add_tcase(s, bitmap());
	suite_add_tcase(s, hll());
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
