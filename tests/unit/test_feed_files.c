/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists on disk: what is read whole, what is not read at all, and a copy that is there or not. */
#include "edge/feed_files.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"

static char folder[64], path[128], why[WHY_TEXT];
static struct feed_stamp stamp;

static void setup(void)
{
	strcpy(folder, "/tmp/tidegate-feed-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/list", folder);
}

static void teardown(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -r %s", folder);
	ck_assert_int_eq(system(command), 0);
}

static void put(const char *text)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

START_TEST(a_file_is_read_whole_or_not_at_all)
{
	char *bytes = NULL;
	size_t len = 0;

	put("192.0.2.1\n");
	ck_assert_int_eq(feed_file_read(path, 10, &bytes, &len, &stamp, why), 0);
	ck_assert_uint_eq(len, 10);
	ck_assert_mem_eq(bytes, "192.0.2.1\n", 10);
	ck_assert_uint_eq(stamp.bytes, 10);
	free(bytes);
	bytes = NULL;
	ck_assert_int_eq(feed_file_read(path, 9, &bytes, &len, &stamp, why), ERR_RANGE);
	ck_assert_ptr_null(bytes);
}
END_TEST

START_TEST(another_content_has_another_stamp)
{
	struct feed_stamp other;

	put("192.0.2.1\n");
	ck_assert_int_eq(feed_file_look(path, &stamp, why), 0);
	ck_assert_int_eq(feed_file_look(path, &other, why), 0);
	ck_assert_mem_eq(&stamp, &other, sizeof(stamp));
	put("192.0.2.100\n");
	ck_assert_int_eq(feed_file_look(path, &other, why), 0);
	ck_assert_mem_ne(&stamp, &other, sizeof(stamp));
}
END_TEST

START_TEST(a_pipe_a_folder_and_nothing_are_no_files)
{
	char *bytes = NULL;
	size_t len = 0;

	ck_assert_int_eq(feed_file_read(path, 10, &bytes, &len, &stamp, why), ERR_ABSENT);
	ck_assert_int_eq(feed_file_look(path, &stamp, why), ERR_ABSENT);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(feed_file_read(path, 10, &bytes, &len, &stamp, why), ERR_INVALID); /* and does not wait for it */
	ck_assert_int_eq(feed_file_look(path, &stamp, why), ERR_INVALID);
	ck_assert_int_eq(feed_file_read(folder, 10, &bytes, &len, &stamp, why), ERR_INVALID);
	ck_assert_int_eq(feed_file_read("/dev/zero", 10, &bytes, &len, &stamp, why), ERR_INVALID);
	ck_assert_ptr_null(bytes);
}
END_TEST

START_TEST(a_copy_is_a_netset_that_says_its_length_for_root_alone)
{
	struct listed_entry e[2];
	char kept[FEED_PATH], *bytes = NULL;
	struct stat st;
	size_t len = 0;

	ck_assert_int_eq(prefix_parse("192.0.2.0/24", &e[0].prefix), 0);
	ck_assert_int_eq(prefix_parse("2001:db8::1", &e[1].prefix), 0);
	ck_assert_msg(feed_file_keep(folder, "drop", e, 2, why) == 0, "%s", why);
	feed_file_kept(folder, "drop", kept);
	ck_assert_int_eq(feed_file_read(kept, 1000, &bytes, &len, &stamp, why), 0);
	bytes[len] = '\0'; /* there is room for it */
	ck_assert_ptr_nonnull(strstr(bytes, "# Entries : 2\n192.0.2.0/24\n2001:db8::1\n"));
	ck_assert_int_eq(stat(kept, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	free(bytes);
}
END_TEST

START_TEST(a_copy_that_cannot_be_written_leaves_the_one_before)
{
	struct listed_entry e;
	char kept[FEED_PATH], beside[FEED_PATH + 8];

	ck_assert_int_eq(prefix_parse("192.0.2.0/24", &e.prefix), 0);
	ck_assert_int_eq(feed_file_keep(folder, "drop", &e, 1, why), 0);
	feed_file_kept(folder, "drop", kept);
	ck_assert_int_eq(feed_file_look(kept, &stamp, why), 0);
	snprintf(beside, sizeof(beside), "%s.new", kept);
	ck_assert_int_eq(mkdir(beside, 0700), 0); /* in its way */
	ck_assert_int_ne(feed_file_keep(folder, "drop", &e, 1, why), 0);
	ck_assert_ptr_nonnull(strstr(why, "drop.netset.new"));
	struct feed_stamp after;
	ck_assert_int_eq(feed_file_look(kept, &after, why), 0);
	ck_assert_mem_eq(&stamp, &after, sizeof(stamp));
	ck_assert_int_eq(feed_file_keep("/nowhere/at/all", "drop", &e, 1, why), ERR_ABSENT);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("feed_files");
	TCase *t = tcase_create("edge");
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_file_is_read_whole_or_not_at_all);
	tcase_add_test(t, another_content_has_another_stamp);
	tcase_add_test(t, a_pipe_a_folder_and_nothing_are_no_files);
	tcase_add_test(t, a_copy_is_a_netset_that_says_its_length_for_root_alone);
	tcase_add_test(t, a_copy_that_cannot_be_written_leaves_the_one_before);
	suite_add_tcase(suite, t);
	SRunner *r = srunner_create(suite);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
