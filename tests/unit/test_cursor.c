/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading front to back: numbers, slices, and the end that is never overrun.
 */
#include "base/cursor.h"

#include <check.h>

static const uint8_t wire[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };

static struct cursor over(size_t len)
{
	return cursor_over((struct slice){ .at = wire, .len = len });
}

START_TEST(numbers_are_read_big_endian)
{
	struct cursor c = over(7);

	ck_assert_uint_eq(cursor_u8(&c), 1);
	ck_assert_uint_eq(cursor_be16(&c), 0x0203);
	ck_assert_uint_eq(cursor_be32(&c), 0x04050607);
	ck_assert_uint_eq(cursor_left(&c), 0);
	ck_assert(!c.failed);
}
END_TEST

START_TEST(a_read_past_the_end_gives_zero_and_fails)
{
	struct cursor c = over(3);

	ck_assert_uint_eq(cursor_be32(&c), 0);
	ck_assert(c.failed);
	ck_assert_uint_eq(cursor_left(&c), 3);
}
END_TEST

START_TEST(a_failure_lasts)
{
	struct cursor c = over(4);
	uint8_t out[2] = { 7, 7 };

	cursor_skip(&c, 1);
	(void)cursor_be32(&c);
	ck_assert(c.failed);
	ck_assert_uint_eq(cursor_u8(&c), 0);
	ck_assert_uint_eq(cursor_be16(&c), 0);
	cursor_bytes(&c, out, 1);
	ck_assert_uint_eq(out[0], 0);
	ck_assert_ptr_null(cursor_slice(&c, 1).at);
	ck_assert_uint_eq(cursor_rest(&c).len, 0);
	ck_assert_ptr_null(cursor_peek(&c, 1));
}
END_TEST

START_TEST(bytes_are_copied_or_zeroed)
{
	struct cursor c = over(4);
	uint8_t out[3] = { 9, 9, 9 };

	cursor_bytes(&c, out, 3);
	ck_assert_mem_eq(out, wire, 3);
	cursor_bytes(&c, out, 3);
	ck_assert_mem_eq(out, "\0\0\0", 3);
	ck_assert(c.failed);
}
END_TEST

START_TEST(a_slice_borrows_from_the_same_owner)
{
	struct cursor c = over(9);
	struct slice s;

	cursor_skip(&c, 2);
	s = cursor_slice(&c, 3);
	ck_assert_ptr_eq(s.at, wire + 2);
	ck_assert_uint_eq(s.len, 3);
	s = cursor_rest(&c);
	ck_assert_ptr_eq(s.at, wire + 5);
	ck_assert_uint_eq(s.len, 4);
	ck_assert_uint_eq(cursor_left(&c), 0);
	ck_assert(!c.failed);
}
END_TEST

START_TEST(a_peek_stays_where_it_is)
{
	struct cursor c = over(4);

	ck_assert_ptr_eq(cursor_peek(&c, 4), wire);
	ck_assert_ptr_null(cursor_peek(&c, 5));
	ck_assert(!c.failed);
	ck_assert_uint_eq(cursor_left(&c), 4);
}
END_TEST

START_TEST(nothing_can_be_read_of_nothing)
{
	struct cursor c = cursor_over((struct slice){ .at = NULL, .len = 0 });

	ck_assert_uint_eq(cursor_left(&c), 0);
	ck_assert_uint_eq(cursor_rest(&c).len, 0);
	cursor_skip(&c, 0);
	ck_assert(!c.failed);
	ck_assert_uint_eq(cursor_u8(&c), 0);
	ck_assert(c.failed);
}
END_TEST

START_TEST(a_huge_length_does_not_wrap)
{
	struct cursor c = over(4);

	cursor_skip(&c, SIZE_MAX);
	ck_assert(c.failed);
	ck_assert_uint_eq(cursor_left(&c), 4);
}
END_TEST

static TCase *reading(void)
{
	TCase *t = tcase_create("reading");

	tcase_add_test(t, numbers_are_read_big_endian);
	tcase_add_test(t, a_read_past_the_end_gives_zero_and_fails);
	tcase_add_test(t, a_failure_lasts);
	tcase_add_test(t, bytes_are_copied_or_zeroed);
	tcase_add_test(t, a_slice_borrows_from_the_same_owner);
	tcase_add_test(t, a_peek_stays_where_it_is);
	tcase_add_test(t, nothing_can_be_read_of_nothing);
	tcase_add_test(t, a_huge_length_does_not_wrap);
	return t;
}

int main(void)
{
	Suite *s = suite_create("cursor");
	SRunner *r;
	int failed;

	suite_add_tcase(s, reading());
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
