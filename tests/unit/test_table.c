/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of sources under friendly and hostile arrivals: who stays, who goes, what is
 * left.
 */
#include "base/table.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/time.h"

#define RECORDS 1024
#define SPRAY UINT64_C(1000000000) /* keys from here on are strangers that come once */

static void *memory;
static struct table *table;

static void create(size_t records, uint64_t seed)
{
	const size_t bytes = (table_bytes(records) + 63) / 64 * 64;
	struct hash_key k;

	hash_key_from_seed(&k, seed);
	memory = aligned_alloc(64, bytes);
	ck_assert_ptr_nonnull(memory);
	ck_assert_int_eq(table_create(&table, memory, bytes, records, &k), 0);
}

static void destroy(void)
{
	free(memory);
}

static mono_t second(double s)
{
	return (mono_t){ .ns = (int64_t)(s * 1e9) };
}

static uint64_t hash(uint64_t key)
{
	return table_prefetch(table, key);
}

static uint64_t *find(uint64_t key)
{
	return table_find(table, key, hash(key));
}

static uint64_t *admit(uint64_t key, mono_t now, bool *fresh, uint8_t *ghost)
{
	return table_admit(table, key, hash(key), now, fresh, ghost);
}

/* True where the source came in. */
static bool arrive(uint64_t key, mono_t now)
{
	bool fresh;
	uint8_t ghost;

	return admit(key, now, &fresh, &ghost) != NULL;
}

static void rate(uint64_t key, enum table_class class, uint8_t score, mono_t now)
{
	table_rate(table, key, hash(key), class, score, now);
}

static struct table_stats stats(void)
{
	struct table_stats s;

	table_stats(table, &s);
	return s;
}

/* n strangers, evenly over the seconds from start on; how many came in. */
static size_t spray(uint64_t first, size_t n, double start, double seconds)
{
	size_t in = 0;

	for (size_t i = 0; i < n; i++)
		in += arrive(SPRAY + first + i,
			second(start + seconds * (double)i / (double)n));
	return in;
}

static size_t present(uint64_t first, uint64_t n)
{
	size_t there = 0;

	for (uint64_t key = first; key < first + n; key++)
		there += find(key) != NULL;
	return there;
}

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

static TCase *records(void)
{
	TCase *t = tcase_create("records");

	tcase_add_test(t, a_record_is_made_once_and_found_again);
	tcase_add_test(t, key_zero_is_a_key_as_any_other);
	tcase_add_test(t, records_share_no_memory_and_are_aligned);
	tcase_add_test(t, a_walk_meets_each_record_once);
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
	Suite *s = suite_create("table");
	SRunner *r;
	int failed;

	suite_add_tcase(s, records());
	suite_add_tcase(s, eviction());
	suite_add_tcase(s, admission());
	suite_add_tcase(s, ghosts());
	suite_add_tcase(s, collisions());
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
