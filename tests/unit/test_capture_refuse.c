/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is no capture, and how that is said.
 */
#include <stdlib.h>
#include <sys/stat.h>

#include "support/capture_lab.h"

START_TEST(a_file_that_is_not_there_is_absent)
{
	refused(open_n(1, NULL), ERR_ABSENT, "No such file");
	ck_assert_ptr_nonnull(strstr(why, paths[0]));
}
END_TEST

START_TEST(a_directory_is_refused)
{
	refused(open_path(folder), ERR_INVALID, "is a directory");
}
END_TEST

START_TEST(an_empty_file_is_refused)
{
	struct file f = { .len = 0 };

	save(&f, 0);
	refused(open_n(1, NULL), ERR_INVALID, "is empty");
}
END_TEST

START_TEST(garbage_is_refused)
{
	struct file f = { .len = 200 };

	memset(f.at, 'x', f.len);
	save(&f, 0);
	refused(open_n(1, NULL), ERR_INVALID, "unknown file format");
}
END_TEST

START_TEST(a_compressed_file_gets_advice)
{
	struct file f = { .at = { 0x1f, 0x8b, 8 }, .len = 100 };

	save(&f, 0);
	refused(open_n(1, NULL), ERR_INVALID, "gunzip");
}
END_TEST

START_TEST(a_head_that_is_cut_is_refused)
{
	struct file f = { .len = 0 };

	put_head(&f, MAGIC_US, 1);
	f.len = (size_t)_i;
	save(&f, 0);
	refused(open_n(1, NULL), ERR_INVALID, "truncated dump file");
}
END_TEST

START_TEST(a_link_type_that_nobody_knows_is_named)
{
	struct file f = { .len = 0 };

	put_head(&f, MAGIC_US, 195);
	save(&f, 0);
	refused(open_n(1, NULL), ERR_INVALID, "link type is 195, IEEE802_15_4");
}
END_TEST

START_TEST(a_link_type_without_a_name_is_refused)
{
	struct file f = { .len = 0 };

	put_head(&f, MAGIC_US, 160);
	save(&f, 0);
	refused(open_n(1, NULL), ERR_INVALID, "link type is 160");
}
END_TEST

/* Root may read everything, so the test gives that up; each test is a process of its own. */
START_TEST(a_file_that_we_may_not_read_is_said)
{
	save_one_frame(0, 1, 0);
	ck_assert_int_eq(chmod(paths[0], 0), 0);
	if (!geteuid()) {
		ck_assert_int_eq(chmod(folder, 0711), 0);
		ck_assert_int_eq(seteuid(65534), 0);
	}
	refused(open_n(1, NULL), ERR_PERMISSION, "Permission denied");
	if (!getuid())
		ck_assert_int_eq(seteuid(0), 0);
}
END_TEST

START_TEST(one_bad_file_among_good_ones_is_named)
{
	struct file f = { .len = 0 };

	save_one_frame(0, 1, 0);
	save(&f, 1);
	refused(open_n(2, NULL), ERR_INVALID, paths[1]);
}
END_TEST

START_TEST(too_many_or_no_files_are_refused)
{
	const char *many[CAPTURE_FILES + 1];

	save_one_frame(0, 1, 0);
	for (size_t i = 0; i < CAPTURE_FILES + 1; i++)
		many[i] = paths[0];
	refused(capture_open(&capture, many, 0, NULL, why), ERR_INVALID, "no capture");
	refused(capture_open(&capture, many, CAPTURE_FILES + 1, NULL, why), ERR_RANGE, "64");
	ck_assert_int_eq(capture_open(&capture, many, CAPTURE_FILES, NULL, why), 0);
	for (size_t i = 0; i < CAPTURE_FILES; i++)
		next_is(1, 0, 20, 0);
	next_is_end();
}
END_TEST

START_TEST(a_path_longer_than_the_reason_leaves_room_for_it)
{
	char path[CAPTURE_WHY * 2];

	memset(path, 'x', sizeof(path) - 1);
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	ck_assert_int_ne(open_path(path), 0);
	ck_assert_ptr_nonnull(strstr(why, "name too long"));
}
END_TEST

static TCase *refusals(void)
{
	TCase *c = tcase_create("refusals");

	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, a_file_that_is_not_there_is_absent);
	tcase_add_test(c, a_directory_is_refused);
	tcase_add_test(c, an_empty_file_is_refused);
	tcase_add_test(c, garbage_is_refused);
	tcase_add_test(c, a_compressed_file_gets_advice);
	tcase_add_loop_test(c, a_head_that_is_cut_is_refused, 1, 24);
	tcase_add_test(c, a_link_type_that_nobody_knows_is_named);
	tcase_add_test(c, a_link_type_without_a_name_is_refused);
	tcase_add_test(c, a_file_that_we_may_not_read_is_said);
	tcase_add_test(c, one_bad_file_among_good_ones_is_named);
	tcase_add_test(c, too_many_or_no_files_are_refused);
	tcase_add_test(c, a_path_longer_than_the_reason_leaves_room_for_it);
	return c;
}

int main(void)
{
	Suite *s = suite_create("capture_refuse");
	SRunner *r;
	int failed;

	suite_add_tcase(s, refusals());
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
