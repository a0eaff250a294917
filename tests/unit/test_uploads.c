/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which living sockets are told of again. */
#include "core/uploads.h"

#include <check.h>
#include <stdlib.h>

#define MIB (UINT64_C(1) << 20)

static struct uploads u;

static void set_up(void)
{
	u = (struct uploads){ 0 };
}

static bool walk(uint64_t cookie, uint64_t sent)
{
	bool grew;

	uploads_begin(&u);
	grew = uploads_grew(&u, cookie, sent);
	uploads_end(&u);
	return grew;
}

START_TEST(an_upload_is_told_of_at_each_step)
{
	ck_assert(!walk(7, 4 * MIB - 1));
	ck_assert_uint_eq(uploads_count(&u), 0);
	ck_assert(walk(7, 5 * MIB));
	ck_assert(!walk(7, 9 * MIB - 1));
	ck_assert(walk(7, 9 * MIB));
	ck_assert(walk(7, 900 * MIB));
	ck_assert(!walk(7, 900 * MIB));
	ck_assert(!walk(0, 900 * MIB)); /* no socket has this number */
}
END_TEST

START_TEST(who_has_gone_gives_his_place_but_not_after_a_walk_that_failed)
{
	ck_assert(walk(7, 5 * MIB));
	uploads_begin(&u); /* and no end */
	ck_assert(!walk(7, 6 * MIB));
	ck_assert(!walk(8, MIB)); /* 7 is not met */
	ck_assert_uint_eq(uploads_count(&u), 0);
	ck_assert(walk(7, 6 * MIB));
}
END_TEST

START_TEST(more_than_there_is_room_for_are_counted)
{
	uploads_begin(&u);
	for (uint64_t c = 1; c <= UPLOADS_SOCKETS; c++)
		ck_assert(uploads_grew(&u, c, 5 * MIB));
	ck_assert(!uploads_grew(&u, 1000, 500 * MIB));
	uploads_end(&u);
	ck_assert_uint_eq(u.crowded, 1);
	ck_assert_uint_eq(uploads_count(&u), UPLOADS_SOCKETS);
	ck_assert(!walk(1000, 500 * MIB));
	ck_assert(walk(1000, 500 * MIB)); /* the others have gone */
}
END_TEST

int main(void)
{
	Suite *s = suite_create("uploads");
	TCase *t = tcase_create("uploads");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(t, set_up, NULL);
	tcase_add_test(t, an_upload_is_told_of_at_each_step);
	tcase_add_test(t, who_has_gone_gives_his_place_but_not_after_a_walk_that_failed);
	tcase_add_test(t, more_than_there_is_room_for_are_counted);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
