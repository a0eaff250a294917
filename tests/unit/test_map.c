/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fixed index: what was stored is found, through any mixture of stores and removals.
 */
#include "base/map.h"

#include <check.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/err.h"

static void *memory;
static struct map *map;

static void create(size_t entries)
{
	const size_t bytes = map_bytes(entries);
	struct hash_key k;

	hash_key_from_seed(&k, 11);
	memory = malloc(bytes);
	ck_assert_ptr_nonnull(memory);
	ck_assert_int_eq(map_create(&map, memory, bytes, entries, &k), 0);
}

static void destroy(void)
{
	free(memory);
}

START_TEST(what_was_stored_is_found_and_replaced)
{
	create(4);
	ck_assert_uint_eq(map_get(map, 7), MAP_NONE);
	ck_assert_int_eq(map_set(map, 7, 70), 0);
	ck_assert_uint_eq(map_get(map, 7), 70);
	ck_assert_int_eq(map_set(map, 7, 71), 0);
	ck_assert_uint_eq(map_get(map, 7), 71);
	ck_assert_uint_eq(map_count(map), 1);
	destroy();
}
END_TEST

START_TEST(zero_is_a_key_and_a_value_as_any_other)
{
	create(4);
	ck_assert_uint_eq(map_get(map, 0), MAP_NONE);
	ck_assert_int_eq(map_set(map, 0, 0), 0);
	ck_assert_uint_eq(map_get(map, 0), 0);
	ck_assert_int_eq(map_remove(map, 0), 0);
	ck_assert_uint_eq(map_get(map, 0), MAP_NONE);
	destroy();
}
END_TEST

START_TEST(beyond_its_entries_it_is_full_and_unchanged)
{
	create(3);
	for (uint32_t i = 0; i < 3; i++)
		ck_assert_int_eq(map_set(map, i, i), 0);
	ck_assert_int_eq(map_set(map, 3, 3), ERR_FULL);
	ck_assert_uint_eq(map_get(map, 3), MAP_NONE);
	ck_assert_int_eq(map_set(map, 2, 9), 0);
	ck_assert_uint_eq(map_count(map), 3);
	ck_assert_int_eq(map_remove(map, 1), 0);
	ck_assert_int_eq(map_set(map, 3, 3), 0);
	destroy();
}
END_TEST

START_TEST(the_value_that_means_none_cannot_be_stored)
{
	create(2);
	ck_assert_int_eq(map_set(map, 1, MAP_NONE), ERR_RANGE);
	ck_assert_uint_eq(map_count(map), 0);
	destroy();
}
END_TEST

START_TEST(what_is_not_there_cannot_be_removed)
{
	create(2);
	ck_assert_int_eq(map_remove(map, 5), ERR_ABSENT);
	ck_assert_int_eq(map_set(map, 5, 1), 0);
	ck_assert_int_eq(map_remove(map, 5), 0);
	ck_assert_int_eq(map_remove(map, 5), ERR_ABSENT);
	ck_assert_uint_eq(map_count(map), 0);
	destroy();
}
END_TEST

/* Against a plain array as the truth. A small map makes long runs, so that removals
 * shift. */
START_TEST(any_mixture_of_stores_and_removals_keeps_the_truth)
{
	enum { KEYS = 96, ENTRIES = 64 };
	uint32_t truth[KEYS];
	uint64_t random = 3;
	size_t count = 0;

	create(ENTRIES);
	for (size_t i = 0; i < KEYS; i++)
		truth[i] = MAP_NONE;
	for (uint32_t step = 0; step < 40000; step++) {
		const uint64_t r = random_next(&random);
		const size_t key = r % KEYS;
		const bool had = truth[key] != MAP_NONE;

		if (r >> 32 & 1) {
			ck_assert_int_eq(map_remove(map, key), had ? 0 : ERR_ABSENT);
			count -= had;
			truth[key] = MAP_NONE;
		} else if (map_set(map, key, step) == 0) {
			count += !had;
			truth[key] = step;
		} else {
			ck_assert_uint_eq(count, ENTRIES);
		}
		ck_assert_uint_eq(map_count(map), count);
		if (step % 64)
			continue;
		for (size_t i = 0; i < KEYS; i++)
			ck_assert_uint_eq(map_get(map, i), truth[i]);
	}
	destroy();
}
END_TEST

START_TEST(too_little_or_crooked_memory_is_refused)
{
	_Alignas(64) static uint8_t room[4096];
	struct hash_key k = { { 0 } };
	struct map *m;

	ck_assert_uint_lt(map_bytes(8), sizeof(room));
	ck_assert_int_eq(map_create(&m, room, map_bytes(8) - 1, 8, &k), ERR_RANGE);
	ck_assert_int_eq(map_create(&m, room + 1, map_bytes(8), 8, &k), ERR_INVALID);
	ck_assert_int_eq(map_create(&m, room, sizeof(room), 0, &k), ERR_RANGE);
	ck_assert_int_eq(map_create(&m, room, SIZE_MAX, SIZE_MAX, &k), ERR_RANGE);
	ck_assert_int_eq(map_create(&m, room, map_bytes(8), 8, &k), 0);
}
END_TEST

static TCase *storing(void)
{
	TCase *t = tcase_create("storing");

	tcase_add_test(t, what_was_stored_is_found_and_replaced);
	tcase_add_test(t, zero_is_a_key_and_a_value_as_any_other);
	tcase_add_test(t, beyond_its_entries_it_is_full_and_unchanged);
	tcase_add_test(t, the_value_that_means_none_cannot_be_stored);
	tcase_add_test(t, what_is_not_there_cannot_be_removed);
	tcase_add_test(t, any_mixture_of_stores_and_removals_keeps_the_truth);
	return t;
}

static TCase *bounds(void)
{
	TCase *t = tcase_create("bounds");

	tcase_add_test(t, too_little_or_crooked_memory_is_refused);
	return t;
}

int main(void)
{
	Suite *s = suite_create("map");
	SRunner *r;
	int failed;

	suite_add_tcase(s, storing());
	suite_add_tcase(s, bounds());
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
