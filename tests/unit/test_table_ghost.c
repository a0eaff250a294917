/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ghosts: found again by their fingerprint, fading, the least of them gone first.
 */
#include "base/table_ghost.h"

#include <check.h>

/* Hashes whose fingerprints differ. */
static uint64_t hash(uint64_t n)
{
	return (n + 1) << 8;
}

START_TEST(a_ghost_is_given_back_once)
{
	struct ghost_line l = { 0 };

	ghost_put(&l, hash(1), 40, 0);
	ck_assert_uint_eq(ghost_look(&l, hash(2), 0), 0);
	ck_assert_uint_eq(ghost_look(&l, hash(1), 0), 40);
	ck_assert_uint_eq(ghost_take(&l, hash(1), 0), 40);
	ck_assert_uint_eq(ghost_take(&l, hash(1), 0), 0);
}
END_TEST

START_TEST(a_score_of_zero_is_nothing_to_remember)
{
	struct ghost_line l = { 0 };

	ghost_put(&l, hash(1), 0, 0);
	for (unsigned i = 0; i < GHOSTS_A_LINE; i++)
		ck_assert_uint_eq(l.ghosts[i], 0);
}
END_TEST

START_TEST(a_hash_whose_fingerprint_is_zero_is_no_free_place)
{
	struct ghost_line l = { 0 };

	ck_assert_uint_eq(ghost_take(&l, 0, 0), 0);
	ghost_put(&l, 0, 9, 0);
	ck_assert_uint_eq(ghost_take(&l, 0, 0), 9);
}
END_TEST

START_TEST(a_full_line_gives_up_its_least)
{
	struct ghost_line l = { 0 };

	for (uint8_t i = 0; i < GHOSTS_A_LINE; i++)
		ghost_put(&l, hash(i), (uint8_t)(10 + i), 0);
	ghost_put(&l, hash(50), 9, 0);
	ck_assert_uint_eq(ghost_look(&l, hash(50), 0), 0);
	ck_assert_uint_eq(ghost_look(&l, hash(0), 0), 10);
	ghost_put(&l, hash(51), 30, 0);
	ck_assert_uint_eq(ghost_look(&l, hash(51), 0), 30);
	ck_assert_uint_eq(ghost_look(&l, hash(0), 0), 0);
	ck_assert_uint_eq(ghost_look(&l, hash(1), 0), 11);
}
END_TEST

START_TEST(the_same_source_has_one_ghost)
{
	struct ghost_line l = { 0 };

	ghost_put(&l, hash(1), 40, 0);
	ghost_put(&l, hash(1), 60, 0);
	ck_assert_uint_eq(ghost_take(&l, hash(1), 0), 60);
	ck_assert_uint_eq(ghost_take(&l, hash(1), 0), 0);
}
END_TEST

START_TEST(a_ghost_fades_to_its_half_in_half_an_hour_and_to_nothing)
{
	struct ghost_line l = { 0 };

	ghost_put(&l, hash(1), 200, 1000);
	ck_assert_uint_eq(ghost_look(&l, hash(1), 1000 + GHOST_HALF_LIFE), 100);
	ck_assert_uint_eq(ghost_look(&l, hash(1), 1000 + 3 * GHOST_HALF_LIFE), 25);
	ck_assert_uint_eq(ghost_take(&l, hash(1), 1000 + 9 * GHOST_HALF_LIFE), 0);
	for (unsigned i = 0; i < GHOSTS_A_LINE; i++)
		ck_assert_uint_eq(l.ghosts[i], 0);
}
END_TEST

static TCase *ghosts(void)
{
	TCase *t = tcase_create("ghosts");

	tcase_add_test(t, a_ghost_is_given_back_once);
	tcase_add_test(t, a_score_of_zero_is_nothing_to_remember);
	tcase_add_test(t, a_hash_whose_fingerprint_is_zero_is_no_free_place);
	tcase_add_test(t, a_full_line_gives_up_its_least);
	tcase_add_test(t, the_same_source_has_one_ghost);
	tcase_add_test(t, a_ghost_fades_to_its_half_in_half_an_hour_and_to_nothing);
	return t;
}

int main(void)
{
	Suite *s = suite_create("table_ghost");
	SRunner *r;
	int failed;

	suite_add_tcase(s, ghosts());
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
