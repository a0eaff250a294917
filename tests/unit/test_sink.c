/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The event file: appended, opened again, and a disk that is full survived.
 */
#include "edge/sink.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"

static char folder[32];
static char path[64];
static char moved[64];

static void make_folder(void)
{
	log_set_level((enum log_level)0); /* what it says is not looked at here */
	strcpy(folder, "/tmp/tidegate-sink-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/eve.json", folder);
	snprintf(moved, sizeof(moved), "%s/eve.json.1", folder);
}

static void remove_folder(void)
{
	unlink(path);
	unlink(moved);
	rmdir(folder);
}

static const char *content(const char *of)
{
	static char bytes[256];
	FILE *f = fopen(of, "r");

	ck_assert_ptr_nonnull(f);
	size_t n = fread(bytes, 1, sizeof(bytes) - 1, f);
	bytes[n] = '\0';
	fclose(f);
	return bytes;
}

START_TEST(lines_are_appended_to_what_is_there)
{
	struct sink *s;

	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(sink_open(&s, path, NULL), 0);
		ck_assert_int_eq(sink_write(s, "one\n", 4), 0);
		sink_close(s);
	}
	ck_assert_str_eq(content(path), "one\none\n");
}
END_TEST

START_TEST(after_a_rotation_the_new_file_is_written)
{
	struct sink *s;

	ck_assert_int_eq(sink_open(&s, path, NULL), 0);
	sink_write(s, "old\n", 4);
	ck_assert_int_eq(rename(path, moved), 0);
	sink_write(s, "late\n", 5);
	ck_assert_int_eq(sink_reopen(s), 0);
	sink_write(s, "new\n", 4);
	sink_close(s);
	ck_assert_str_eq(content(moved), "old\nlate\n");
	ck_assert_str_eq(content(path), "new\n");
}
END_TEST

START_TEST(a_full_disk_loses_lines_and_counts_them)
{
	struct sink *s;
	struct sink_stats stats;

	ck_assert_int_eq(sink_open(&s, "/dev/full", NULL), 0);
	ck_assert_int_eq(sink_write(s, "a\n", 2), ERR_IO);
	ck_assert_int_eq(sink_write(s, "b\n", 2), ERR_IO);
	sink_stats(s, &stats);
	ck_assert_uint_eq(stats.lost, 2);
	ck_assert_uint_eq(stats.written, 0);
	ck_assert(stats.failing);
	sink_close(s);
}
END_TEST

START_TEST(a_file_that_cannot_be_opened_is_refused_with_a_reason)
{
	struct sink *s = NULL;
	char why[WHY_TEXT] = "";

	ck_assert_int_eq(sink_open(&s, "/nonexistent/folder/eve.json", why), ERR_IO);
	ck_assert_ptr_null(s);
	ck_assert_ptr_nonnull(strstr(why, "/nonexistent/folder/eve.json"));
}
END_TEST

START_TEST(a_pipe_is_never_waited_for)
{
	static char line[4096];
	struct sink *s = NULL;
	struct sink_stats stats;
	int reader;

	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(sink_open(&s, path, NULL), ERR_IO);
	reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ck_assert_int_ge(reader, 0);
	ck_assert_int_eq(sink_open(&s, path, NULL), 0);
	for (int i = 0; i < 64; i++)
		sink_write(s, line, sizeof(line));
	sink_stats(s, &stats);
	ck_assert_uint_gt(stats.written, 0);
	ck_assert_uint_gt(stats.lost, 0);
	sink_close(s);
	close(reader);
}
END_TEST

START_TEST(a_reopening_that_fails_keeps_the_old_file)
{
	struct sink *s;

	ck_assert_int_eq(sink_open(&s, path, NULL), 0);
	ck_assert_int_eq(rename(path, moved), 0);
	/* Now the name leads to where nothing can be created. */
	ck_assert_int_eq(symlink("/nonexistent/folder/x", path), 0);
	ck_assert_int_eq(sink_reopen(s), ERR_IO);
	ck_assert_int_eq(sink_write(s, "still\n", 6), 0);
	sink_close(s);
	ck_assert_str_eq(content(moved), "still\n");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("sink");
	TCase *c = tcase_create("sink");

	tcase_add_checked_fixture(c, make_folder, remove_folder);
	tcase_add_test(c, lines_are_appended_to_what_is_there);
	tcase_add_test(c, after_a_rotation_the_new_file_is_written);
	tcase_add_test(c, a_full_disk_loses_lines_and_counts_them);
	tcase_add_test(c, a_file_that_cannot_be_opened_is_refused_with_a_reason);
	tcase_add_test(c, a_pipe_is_never_waited_for);
	tcase_add_test(c, a_reopening_that_fails_keeps_the_old_file);
	suite_add_tcase(s, c);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
