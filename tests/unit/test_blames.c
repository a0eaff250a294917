/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/blames.h"

#include <check.h>
#include <stdio.h>

static struct blame process(uint32_t pid)
{
	struct blame b = { .owner = { .uid = 1000 }, .pid = pid, .comm = "curl" };

	snprintf(b.exe, sizeof(b.exe), "/usr/bin/curl");
	return b;
}

START_TEST(a_process_is_kept_once_whatever_sockets_it_opens)
{
	static struct blames b;
	struct blame x = process(7), y = process(8);
	uint32_t first = blames_keep(&b, &x);

	ck_assert_uint_ne(first, 0);
	ck_assert_uint_ne(blames_keep(&b, &y), first);
	x.owner.inode = 4711;
	ck_assert_uint_eq(blames_keep(&b, &x), first);
	ck_assert_uint_eq(blames_get(&b, first)->pid, 7);
	ck_assert_uint_eq(b.n, 2);
}
END_TEST

START_TEST(who_made_room_is_not_taken_for_another)
{
	static struct blames b;
	struct blame x = process(1);
	uint32_t first = blames_keep(&b, &x), last = 0;

	for (uint32_t i = 2; i <= BLAMES + 1; i++) {
		struct blame y = process(i);

		last = blames_keep(&b, &y);
	}
	ck_assert_ptr_null(blames_get(&b, first));
	ck_assert_uint_eq(blames_get(&b, last)->pid, BLAMES + 1);
	ck_assert_uint_ne(blames_keep(&b, &x), first);
}
END_TEST

START_TEST(no_number_is_nobody)
{
	static struct blames b;

	ck_assert_ptr_null(blames_get(&b, 0));
	ck_assert_ptr_null(blames_get(&b, 1));
	ck_assert_ptr_null(blames_get(&b, UINT32_MAX));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("blames");
	TCase *c = tcase_create("blames");
	SRunner *r;
	int failed;

	tcase_add_test(c, a_process_is_kept_once_whatever_sockets_it_opens);
	tcase_add_test(c, who_made_room_is_not_taken_for_another);
	tcase_add_test(c, no_number_is_nobody);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
