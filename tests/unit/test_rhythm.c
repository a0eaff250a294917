/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/rhythm.h"

#include <check.h>
#include <stdlib.h>

#include "base/hash.h"

static struct rhythm of(const uint64_t *values, size_t n)
{
	struct rhythm r = { .n = 0 };

	for (size_t i = 0; i < n; i++)
		rhythm_add(&r, values[i]);
	return r;
}

/* Uniform between two values, n of them. */
static struct rhythm between(uint64_t low, uint64_t high, size_t n, uint64_t seed)
{
	struct rhythm r = { .n = 0 };

	for (size_t i = 0; i < n; i++)
		rhythm_add(&r, low + random_next(&seed) % (high - low + 1));
	return r;
}

START_TEST(a_clock_is_even_whatever_its_pace)
{
	for (uint64_t pace = 1; pace < UINT64_C(1) << 41; pace *= 3) {
		struct rhythm r = between(pace, pace, 32, 1);

		ck_assert_uint_eq(rhythm_evenness(&r), 1000);
		ck_assert_uint_le(rhythm_median(&r), pace);
		ck_assert_uint_ge(rhythm_median(&r), pace - pace / 1024);
	}
}
END_TEST

START_TEST(small_values_are_exact)
{
	for (uint64_t v = 0; v < 4096; v++) {
		struct rhythm r = of(&v, 1);

		ck_assert_uint_eq(rhythm_median(&r), v < 2048 ? v : v & ~UINT64_C(1));
	}
}
END_TEST

START_TEST(a_uniform_spread_is_as_uneven_as_it_should_be)
{
	/* Of [.5, 1]: deviation .144 of mean .75, so .81 untrimmed; without the ends a little more. */
	for (uint64_t seed = 1; seed < 50; seed++) {
		struct rhythm r = between(30000, 60000, 32, seed);

		ck_assert_uint_ge(rhythm_evenness(&r), 780);
		ck_assert_uint_le(rhythm_evenness(&r), 920);
	}
}
END_TEST

START_TEST(what_is_lost_and_what_comes_twice_is_left_out)
{
	uint64_t v[32];
	struct rhythm r;

	for (int i = 0; i < 32; i++)
		v[i] = 60000;
	v[3] = v[9] = 120000;
	v[17] = 8 * 3600 * UINT64_C(1000);
	v[20] = v[21] = 1000;
	r = of(v, 32);
	ck_assert_uint_eq(rhythm_evenness(&r), 1000);
	ck_assert_uint_ge(rhythm_median(&r), 59900);
}
END_TEST

START_TEST(two_paces_are_uneven)
{
	uint64_t v[32];
	struct rhythm r;

	for (int i = 0; i < 32; i++)
		v[i] = i % 2 ? 10 : 1000;
	r = of(v, 32);
	ck_assert_uint_lt(rhythm_evenness(&r), 200);
}
END_TEST

START_TEST(few_values_and_none_are_not_even)
{
	uint64_t v[4] = { 7, 7, 7, 7 };
	struct rhythm r = of(v, 2);

	ck_assert_uint_eq(rhythm_evenness(&r), 0);
	r = of(v, 0);
	ck_assert_uint_eq(rhythm_evenness(&r), 0);
	ck_assert_uint_eq(rhythm_median(&r), 0);
	r = of(v, 3);
	ck_assert_uint_eq(rhythm_evenness(&r), 1000);
}
END_TEST

START_TEST(nothing_at_all_is_not_even)
{
	struct rhythm r = between(0, 0, 32, 1);

	ck_assert_uint_eq(rhythm_evenness(&r), 0);
}
END_TEST

START_TEST(the_greatest_values_do_not_overflow)
{
	uint64_t v[32];
	struct rhythm r;

	for (int i = 0; i < 32; i++)
		v[i] = i % 2 ? UINT64_MAX : UINT64_C(1) << 40;
	r = of(v, 32);
	ck_assert_uint_ge(rhythm_evenness(&r), 300); /* as of 1 and 4 */
	ck_assert_uint_le(rhythm_evenness(&r), 450);
	ck_assert_uint_ge(rhythm_median(&r), UINT64_C(1) << 40);
}
END_TEST

START_TEST(only_the_last_32_count)
{
	struct rhythm r = between(1, 1000000, 100, 5);

	for (int i = 0; i < 32; i++)
		rhythm_add(&r, 500);
	ck_assert_uint_eq(rhythm_evenness(&r), 1000);
	ck_assert_uint_eq(rhythm_median(&r), 500);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("rhythm");
	TCase *t = tcase_create("rhythm");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(t, a_clock_is_even_whatever_its_pace);
	tcase_add_test(t, small_values_are_exact);
	tcase_add_test(t, a_uniform_spread_is_as_uneven_as_it_should_be);
	tcase_add_test(t, what_is_lost_and_what_comes_twice_is_left_out);
	tcase_add_test(t, two_paces_are_uneven);
	tcase_add_test(t, few_values_and_none_are_not_even);
	tcase_add_test(t, nothing_at_all_is_not_even);
	tcase_add_test(t, the_greatest_values_do_not_overflow);
	tcase_add_test(t, only_the_last_32_count);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
