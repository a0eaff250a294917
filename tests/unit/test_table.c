/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of sources: its records, and who goes where there is no room.
 */
#include "base/table.h"

#include "base/err.h"
#include "../support/table_lab.h"

START_TEST(a_record_is_made_once_and_found_again)
{
	bool fresh;
	uint8_t ghost;
	uint64_t *r;

	create(RECORDS, 1);
	ck_assert_ptr_null(find(7));
	r = admit(7, second(0), &fresh, &ghost);
	ck_assert_ptr_nonnull(r);
	ck_assert(fresh);
	ck_assert_uint_eq(ghost, 0);
	ck_assert_uint_eq(r[0], 7);
	for (size_t i = 1; i < TABLE_RECORD_BYTES / sizeof(*r); i++)
		ck_assert_uint_eq(r[i], 0);
	r[1] = 99;
	ck_assert_ptr_eq(admit(7, second(1), &fresh, &ghost), r);
	ck_assert(!fresh);
	ck_assert_ptr_eq(find(7), r);
	ck_assert_uint_eq(find(7)[1], 99);
	ck_assert_uint_eq(stats().records, 1);
	destroy();
}
END_TEST

START_TEST(key_zero_is_a_key_as_any_other)
{
	create(RECORDS, 1);
	ck_assert_ptr_null(find(0));
	ck_assert(arrive(0, second(0)));
	ck_assert_ptr_nonnull(find(0));
	ck_assert_uint_eq(stats().records, 1);
	destroy();
}
END_TEST

START_TEST(records_share_no_memory_and_are_aligned)
{
	create(RECORDS, 2);
	for (uint64_t key = 0; key < RECORDS / 2; key++) {
		bool fresh;
		uint8_t ghost;
		uint64_t *r = admit(key, second(0), &fresh, &ghost);

		ck_assert_uint_eq((uintptr_t)r % 64, 0);
		for (size_t i = 1; r && i < 8; i++)
			r[i] = key;
	}
	for (uint64_t key = 0; key < RECORDS / 2; key++) {
		const uint64_t *r = find(key);

		for (size_t i = 0; r && i < 8; i++)
			ck_assert_uint_eq(r[i], key);
	}
	destroy();
}
END_TEST

START_TEST(a_walk_meets_each_record_once)
{
	bool met[300] = { false };
	size_t at = 0, n = 0;
	const uint64_t *r;

	create(RECORDS, 3);
	for (uint64_t key = 0; key < 300; key++)
		ck_assert(arrive(key, second(0)));
	while ((r = table_next(table, &at))) {
		ck_assert(!met[r[0]]);
		met[r[0]] = true;
		n++;
	}
	ck_assert_uint_eq(n, stats().records);
	ck_assert_ptr_null(table_next(table, &at));
	destroy();
}
END_TEST

/* Who walks in parts, and how large these are, changes nothing; at the end it begins anew. */
START_TEST(a_walk_in_parts_meets_each_record_once)
{
	static const size_t parts[] = { 1, 7, 64, 100000 };

	create(RECORDS, 3);
	for (uint64_t key = 0; key < 300; key++)
		ck_assert(arrive(key, second(0)));
	for (size_t p = 0; p < sizeof(parts) / sizeof(parts[0]); p++) {
		bool met[300] = { false };
		size_t at = 0, n = 0;

		do {
			const uint64_t *r = table_next_within(table, &at, parts[p]);

			if (!r)
				continue;
			ck_assert(!met[r[0]]);
			met[r[0]] = true;
			n++;
		} while (at != 0);
		ck_assert_uint_eq(n, stats().records);
	}
	destroy();
}
END_TEST

START_TEST(the_cost_of_a_record_is_80_bytes_with_its_ghosts)
{
	const size_t bytes = table_bytes(1048576);

	ck_assert_uint_ge(bytes, (size_t)80 << 20);
	ck_assert_uint_le(bytes, ((size_t)80 << 20) + 4096);
}
END_TEST

START_TEST(too_little_or_crooked_memory_is_refused)
{
	_Alignas(64) static uint8_t room[4096];
	struct hash_key k = { { 0 } };
	struct table *t;

	ck_assert_uint_le(table_bytes(8), sizeof(room));
	ck_assert_int_eq(table_create(&t, room, table_bytes(8) - 1, 8, &k), ERR_RANGE);
	ck_assert_int_eq(table_create(&t, room + 8, table_bytes(8), 8, &k), ERR_INVALID);
	ck_assert_int_eq(table_create(&t, room, sizeof(room), 0, &k), ERR_RANGE);
	ck_assert_int_eq(table_create(&t, room, SIZE_MAX, SIZE_MAX, &k), ERR_RANGE);
	ck_assert_int_eq(table_create(&t, room, table_bytes(8), 8, &k), 0);
}
END_TEST

START_TEST(prefetching_changes_nothing)
{
	create(RECORDS, 1);
	ck_assert(arrive(7, second(0)));
	for (uint64_t key = 0; key < 1000; key++)
		table_prefetch_record(table, key, hash(key));
	ck_assert_uint_eq(stats().records, 1);
	ck_assert_uint_eq(stats().admitted, 1);
	destroy();
}
END_TEST

/* Classes, and the sources that hold them when the spray begins: a quarter of the
 * room. */
static void survives(enum table_class class)
{
	create(RECORDS, 4);
	for (uint64_t key = 0; key < RECORDS / 4; key++) {
		ck_assert(arrive(key, second(0)));
		rate(key, class, 0, second(0));
	}
	(void)spray(0, 200000, 1, 20);
	ck_assert_uint_eq(present(0, RECORDS / 4), RECORDS / 4);
	ck_assert_uint_eq(stats().evicted_proven, 0);
	ck_assert_uint_gt(stats().refused, 0);
	destroy();
}

START_TEST(no_spray_evicts_a_proven_source)
{
	survives(TABLE_PROVEN);
}
END_TEST

START_TEST(no_spray_evicts_a_pinned_source)
{
	survives(TABLE_PINNED);
}
END_TEST

START_TEST(a_pinned_source_stays_for_weeks_and_a_proven_one_for_a_day)
{
	create(8, 5); /* one bucket */
	for (uint64_t key = 0; key < 8; key++) {
		ck_assert(arrive(key, second(0)));
		rate(key, key < 4 ? TABLE_PINNED : TABLE_PROVEN, 0, second(0));
	}
	ck_assert(!arrive(100, second(23 * 3600)));
	for (int i = 0; i < 100; i++)
		(void)arrive(200 + (uint64_t)i, second(14 * 86400 + 3600.0 * i));
	ck_assert_uint_eq(present(0, 4), 4);
	ck_assert_uint_lt(present(4, 4), 4);
	ck_assert_uint_gt(stats().evicted_proven, 0);
	destroy();
}
END_TEST

START_TEST(the_least_dear_goes_first_and_of_equals_the_most_idle)
{
	create(8, 6);
	for (uint64_t key = 0; key < 8; key++) {
		ck_assert(arrive(key, second((double)key)));
		rate(key, TABLE_CLAIMED, key == 3 ? 1 : 9, second(10 - (double)key));
	}
	/* Long after the burst of arrivals, so that luck plays no part. */
	ck_assert(arrive(100, second(600)));
	ck_assert_ptr_null(find(3));
	rate(100, TABLE_CLAIMED, 200, second(600));
	ck_assert(arrive(101, second(1200)));
	ck_assert_ptr_null(find(7)); /* touched first of those with 9 */
	ck_assert_uint_eq(present(0, 8), 6);
	destroy();
}
END_TEST

START_TEST(an_old_score_weighs_less_than_a_young_one)
{
	create(8, 6);
	for (uint64_t key = 0; key < 8; key++) {
		ck_assert(arrive(key, second(0)));
		if (key == 0)
			rate(key, TABLE_CLAIMED, 100, second(0));
		else
			rate(key, TABLE_CLAIMED, 40, second(7200));
	}
	ck_assert(arrive(100, second(7200))); /* four half-lives: 100 is 6 */
	ck_assert_ptr_null(find(0));
	destroy();
}
END_TEST

START_TEST(a_source_that_proves_itself_needs_no_luck)
{
	bool fresh;
	uint8_t ghost;

	create(RECORDS, 7);
	(void)spray(0, 100000, 0, 10);
	for (uint64_t key = 0; key < RECORDS / 8; key++) {
		ck_assert_ptr_nonnull(table_admit_proven(table, key, hash(key),
			second(10), &fresh, &ghost));
		ck_assert(fresh);
	}
	(void)spray(100000, 100000, 10, 10);
	ck_assert_uint_ge(present(0, RECORDS / 8), RECORDS / 8 - 1);
	destroy();
}
END_TEST

START_TEST(a_bucket_of_proven_sources_gives_up_its_least_for_a_proven_one)
{
	bool fresh;
	uint8_t ghost;

	create(8, 8);
	for (uint64_t key = 0; key < 8; key++) {
		ck_assert(arrive(key, second(0)));
		rate(key, TABLE_PROVEN, key == 5 ? 3 : 50, second(0));
	}
	ck_assert(!arrive(100, second(1)));
	ck_assert_ptr_nonnull(table_admit_proven(table, 100, hash(100), second(1), &fresh,
		&ghost));
	ck_assert_ptr_null(find(5));
	ck_assert_uint_eq(stats().evicted_proven, 1);
	ck_assert_uint_eq(stats().records, 8);
	destroy();
}
END_TEST

START_TEST(a_proof_lifts_a_claimed_record_in_its_place)
{
	bool fresh;
	uint8_t ghost;

	create(8, 8);
	for (uint64_t key = 0; key < 8; key++)
		ck_assert(arrive(key, second(0)));
	find(2)[3] = 77;
	for (uint64_t key = 0; key < 8; key++)
		ck_assert_ptr_nonnull(table_admit_proven(table, key, hash(key), second(1),
			&fresh, &ghost));
	ck_assert(!fresh);
	ck_assert_uint_eq(find(2)[3], 77);
	ck_assert(!arrive(100, second(2)));
	destroy();
}
END_TEST

static TCase *records(void)
{
	TCase *t = tcase_create("records");

	tcase_add_test(t, a_record_is_made_once_and_found_again);
	tcase_add_test(t, key_zero_is_a_key_as_any_other);
	tcase_add_test(t, records_share_no_memory_and_are_aligned);
	tcase_add_test(t, a_walk_meets_each_record_once);
	tcase_add_test(t, a_walk_in_parts_meets_each_record_once);
	tcase_add_test(t, the_cost_of_a_record_is_80_bytes_with_its_ghosts);
	tcase_add_test(t, too_little_or_crooked_memory_is_refused);
	tcase_add_test(t, prefetching_changes_nothing);
	return t;
}

static TCase *eviction(void)
{
	TCase *t = tcase_create("eviction");

	tcase_add_test(t, no_spray_evicts_a_proven_source);
	tcase_add_test(t, no_spray_evicts_a_pinned_source);
	tcase_add_test(t, a_pinned_source_stays_for_weeks_and_a_proven_one_for_a_day);
	tcase_add_test(t, the_least_dear_goes_first_and_of_equals_the_most_idle);
	tcase_add_test(t, an_old_score_weighs_less_than_a_young_one);
	tcase_add_test(t, a_source_that_proves_itself_needs_no_luck);
	tcase_add_test(t, a_bucket_of_proven_sources_gives_up_its_least_for_a_proven_one);
	tcase_add_test(t, a_proof_lifts_a_claimed_record_in_its_place);
	return t;
}

int main(void)
{
	Suite *s = suite_create("table");
	SRunner *r;
	int failed;

	suite_add_tcase(s, records());
	suite_add_tcase(s, eviction());
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
