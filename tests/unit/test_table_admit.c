/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who comes into a full table: strangers by luck, ghosts and proof without, and keys that
 * somebody chose.
 */
#include "base/table.h"

#include "../support/table_lab.h"

START_TEST(a_quiet_table_admits_everybody)
{
	create(RECORDS, 9);
	/* RECORDS * 0.5 / 300 s: 1.7 newcomers a second are no spray. */
	ck_assert_uint_eq(spray(0, 1000, 0, 1000), 1000);
	ck_assert_uint_eq(stats().refused, 0);
	destroy();
}
END_TEST

START_TEST(residents_outlast_a_spray_of_any_rate)
{
	static const size_t rates[] = { 100, 1000, 10000 };

	for (size_t i = 0; i < 3; i++) {
		create(RECORDS, 10);
		ck_assert_uint_eq(spray(0, RECORDS / 2, 0, 3000), RECORDS / 2);
		(void)spray(10000, rates[i] * 60, 3010, 60);
		/* a minute of about five, and the rush before the rate is known */
		ck_assert_uint_gt(present(SPRAY, RECORDS / 2), RECORDS / 4);
		(void)spray(10000000, rates[i] * 60, 3070, 60);
		ck_assert_uint_gt(present(SPRAY, RECORDS / 2), RECORDS / 5);
		destroy();
	}
}
END_TEST

START_TEST(the_harder_the_spray_the_less_of_it_comes_in)
{
	size_t in[3];

	for (size_t i = 0; i < 3; i++) {
		const size_t n = i == 0 ? 3000 : i == 1 ? 30000 : 300000;

		create(RECORDS, 11);
		(void)spray(0, RECORDS * 4, 0, 30000);
		in[i] = spray(1000000, n, 30000, 30);
		destroy();
	}
	/* 30 s of 1.7 a second, and the rush; a hundredfold spray gains no threefold */
	ck_assert_uint_lt(in[0], 300);
	ck_assert_uint_lt(in[2], 3 * in[0]);
}
END_TEST

START_TEST(the_same_seed_makes_the_same_choices)
{
	bool first[5000];

	for (int round = 0; round < 2; round++) {
		create(RECORDS, 12);
		for (uint64_t key = 0; key < 5000; key++) {
			const bool in = arrive(key, second((double)key / 1000));

			if (round == 0)
				first[key] = in;
			else
				ck_assert(in == first[key]);
		}
		ck_assert_uint_gt(stats().refused, 0);
		destroy();
	}
}
END_TEST

START_TEST(another_seed_makes_other_choices)
{
	size_t differ = 0;
	bool first[5000];

	for (int round = 0; round < 2; round++) {
		create(RECORDS, 12 + (uint64_t)round);
		for (uint64_t key = 0; key < 5000; key++) {
			const bool in = arrive(key, second((double)key / 1000));

			if (round == 0)
				first[key] = in;
			else
				differ += in != first[key];
		}
		destroy();
	}
	ck_assert_uint_gt(differ, 0);
}
END_TEST

START_TEST(the_numbers_add_up)
{
	struct table_stats s;
	size_t in;

	create(RECORDS, 13);
	in = spray(0, 20000, 0, 20);
	s = stats();
	ck_assert_uint_eq(s.capacity, RECORDS);
	ck_assert_uint_eq(s.admitted, in);
	ck_assert_uint_eq(s.admitted + s.refused, 20000);
	ck_assert_uint_eq(s.admitted - s.evicted - s.evicted_proven, s.records);
	ck_assert_uint_le(s.records, s.capacity);
	destroy();
}
END_TEST

START_TEST(who_was_evicted_with_a_score_gets_it_back)
{
	bool fresh;
	uint8_t ghost;

	create(8, 14);
	ck_assert(arrive(1, second(0)));
	rate(1, TABLE_CLAIMED, 80, second(0));
	for (uint64_t key = 10; key < 17; key++) {
		ck_assert(arrive(key, second(1)));
		rate(key, TABLE_CLAIMED, 200, second(1));
	}
	ck_assert(arrive(20, second(60)));
	ck_assert_ptr_null(find(1));
	rate(20, TABLE_CLAIMED, 10, second(60));
	ck_assert_ptr_nonnull(admit(1, second(70), &fresh, &ghost));
	ck_assert(fresh);
	ck_assert_uint_eq(ghost, 80);
	ck_assert_uint_eq(find(1)[1], 0); /* the score alone: the record is new */
	ck_assert_uint_eq(stats().ghosts_returned, 1);
	destroy();
}
END_TEST

START_TEST(a_returning_ghost_needs_no_luck_against_strangers)
{
	create(8, 15);
	for (uint64_t key = 1; key <= 8; key++) {
		ck_assert(arrive(key, second(0)));
		rate(key, key == 1 ? TABLE_CLAIMED : TABLE_PINNED, 20, second(0));
	}
	ck_assert(arrive(9, second(60))); /* takes the only way that there is */
	ck_assert_ptr_null(find(1));
	ck_assert_uint_eq(spray(0, 10000, 60, 1), 0); /* from here on luck is nil */
	ck_assert(arrive(1, second(61)));
	ck_assert_ptr_null(find(9));
	destroy();
}
END_TEST

START_TEST(who_was_evicted_without_a_score_leaves_no_ghost)
{
	bool fresh;
	uint8_t ghost;

	create(8, 16);
	for (uint64_t key = 0; key < 9; key++)
		ck_assert(arrive(key, second(100 * (double)key)));
	ck_assert_ptr_null(find(0));
	ck_assert_ptr_nonnull(admit(0, second(1000), &fresh, &ghost));
	ck_assert_uint_eq(ghost, 0);
	destroy();
}
END_TEST

/* Whoever knows an unkeyed hash can send all his keys to one bucket. Here they spread
 * as any: a full table of 8 a bucket would lose Poisson's tail, about one in seven. */
START_TEST(keys_that_collide_without_a_secret_find_room_as_any_others)
{
	enum { N = 65536 };
	/* of 2^64 over the golden ratio, with which such hashes multiply */
	const uint64_t inverse = UINT64_C(0xf1de83e19937733d);
	size_t there = 0;

	create(N, 17);
	for (uint64_t i = 0; i < N; i++)
		(void)arrive(i * inverse, second(0));
	for (uint64_t i = 0; i < N; i++)
		there += find(i * inverse) != NULL;
	ck_assert_uint_gt(there, N * 85 / 100);
	ck_assert_uint_lt(there, N * 87 / 100);
	destroy();
}
END_TEST

static TCase *admission(void)
{
	TCase *t = tcase_create("admission");

	tcase_add_test(t, a_quiet_table_admits_everybody);
	tcase_add_test(t, residents_outlast_a_spray_of_any_rate);
	tcase_add_test(t, the_harder_the_spray_the_less_of_it_comes_in);
	tcase_add_test(t, the_same_seed_makes_the_same_choices);
	tcase_add_test(t, another_seed_makes_other_choices);
	tcase_add_test(t, the_numbers_add_up);
	return t;
}

static TCase *ghosts(void)
{
	TCase *t = tcase_create("ghosts");

	tcase_add_test(t, who_was_evicted_with_a_score_gets_it_back);
	tcase_add_test(t, a_returning_ghost_needs_no_luck_against_strangers);
	tcase_add_test(t, who_was_evicted_without_a_score_leaves_no_ghost);
	return t;
}

static TCase *collisions(void)
{
	TCase *t = tcase_create("collisions");

	tcase_add_test(t, keys_that_collide_without_a_secret_find_room_as_any_others);
	return t;
}

int main(void)
{
	Suite *s = suite_create("table_admit");
	SRunner *r;
	int failed;

	suite_add_tcase(s, admission());
	suite_add_tcase(s, ghosts());
	suite_add_tcase(s, collisions());
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
