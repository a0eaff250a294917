/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How old connections are, by the walk that met them first. */
#include "core/held_since.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct held_since *h;
static void *memory;
static mono_t now;

static void make(void)
{
	struct hash_key key;

	hash_key_from_seed(&key, 3);
	memory = malloc(held_since_bytes());
	ck_assert_ptr_nonnull(memory);
	memset(memory, 0xa5, held_since_bytes());
	held_since_create(&h, memory, &key);
	now = (mono_t){ .ns = 1000 * NS_PER_S };
}

static void drop(void)
{
	free(memory);
}

static void later(int64_t ms)
{
	now = mono_add(now, ms * NS_PER_MS);
	held_since_begin(h, now);
}

START_TEST(a_socket_is_as_old_as_its_first_meeting)
{
	later(0);
	ck_assert_uint_eq(held_since_age_ms(h, 11), 0);
	held_since_end(h);
	later(1000);
	ck_assert_uint_eq(held_since_age_ms(h, 11), 1000);
	ck_assert_uint_eq(held_since_age_ms(h, 12), 0);
	held_since_end(h);
	later(2500);
	ck_assert_uint_eq(held_since_age_ms(h, 12), 2500);
	ck_assert_uint_eq(held_since_age_ms(h, 11), 3500);
	held_since_end(h);
	ck_assert_uint_eq(held_since_count(h), 2);
}
END_TEST

START_TEST(a_socket_that_is_gone_is_forgotten)
{
	later(0);
	for (uint64_t c = 1; c <= 100; c++)
		held_since_age_ms(h, c);
	held_since_end(h);
	later(1000);
	for (uint64_t c = 2; c <= 100; c += 2)
		ck_assert_uint_eq(held_since_age_ms(h, c), 1000);
	held_since_end(h);
	ck_assert_uint_eq(held_since_count(h), 50);
	later(1000);
	for (uint64_t c = 1; c <= 100; c++)
		ck_assert_uint_eq(held_since_age_ms(h, c), c % 2 ? 0 : 2000);
	held_since_end(h);
	later(1000);
	held_since_end(h);
	ck_assert_uint_eq(held_since_count(h), 0);
}
END_TEST

START_TEST(a_walk_that_is_cut_short_forgets_nobody)
{
	later(0);
	held_since_age_ms(h, 1);
	held_since_age_ms(h, 2);
	held_since_end(h);
	later(1000);
	held_since_age_ms(h, 1); /* and no end */
	later(1000);
	ck_assert_uint_eq(held_since_age_ms(h, 2), 2000);
}
END_TEST

START_TEST(what_finds_no_room_is_young_and_counted)
{
	later(0);
	for (uint64_t c = 1; c <= HELD_SINCE_SOCKETS + 5; c++)
		held_since_age_ms(h, c);
	held_since_end(h);
	ck_assert_uint_eq(held_since_full(h), 5);
	ck_assert_uint_eq(held_since_count(h), HELD_SINCE_SOCKETS);
	later(1000);
	ck_assert_uint_eq(held_since_age_ms(h, HELD_SINCE_SOCKETS), 1000);
	ck_assert_uint_eq(held_since_age_ms(h, HELD_SINCE_SOCKETS + 5), 0);
	held_since_end(h);
	later(1000); /* there is room again */
	held_since_age_ms(h, HELD_SINCE_SOCKETS + 5);
	held_since_end(h);
	later(1000);
	ck_assert_uint_eq(held_since_age_ms(h, HELD_SINCE_SOCKETS + 5), 1000);
}
END_TEST

START_TEST(an_age_never_leaves_its_type_nor_goes_below_zero)
{
	later(0);
	held_since_age_ms(h, 1);
	later((int64_t)60 * 24 * 3600 * 1000);
	ck_assert_uint_eq(held_since_age_ms(h, 1), UINT32_MAX - 1);
	now = (mono_t){ 0 };
	held_since_begin(h, now);
	ck_assert_uint_eq(held_since_age_ms(h, 1), 0);
}
END_TEST

/* Against a list that is searched: years of comings and goings. */
START_TEST(a_thousand_walks_agree_with_a_plain_list)
{
	int64_t first[64] = { 0 };
	uint64_t luck = 9;

	for (int walk = 0; walk < 1000; walk++) {
		later(1000);
		for (uint64_t c = 0; c < 64; c++) {
			if (random_next(&luck) % 8 == 0) {
				first[c] = 0;
				continue;
			}
			if (!first[c])
				first[c] = now.ns;
			ck_assert_uint_eq(held_since_age_ms(h, c), (now.ns - first[c]) / NS_PER_MS);
		}
		held_since_end(h);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("held_since");
	TCase *t = tcase_create("held_since");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, make, drop);
	tcase_add_test(t, a_socket_is_as_old_as_its_first_meeting);
	tcase_add_test(t, a_socket_that_is_gone_is_forgotten);
	tcase_add_test(t, a_walk_that_is_cut_short_forgets_nobody);
	tcase_add_test(t, what_finds_no_room_is_young_and_counted);
	tcase_add_test(t, an_age_never_leaves_its_type_nor_goes_below_zero);
	tcase_add_test(t, a_thousand_walks_agree_with_a_plain_list);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
