/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The spool: what was written is there as a whole, for one process, and strange files do nobody harm. */
#include "edge/spool.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"

static char parent[64], folder[96], why[WHY_TEXT];
static struct spool *s;

static void begin(void)
{
	strcpy(parent, "/tmp/tidegate-spool-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(parent));
	snprintf(folder, sizeof(folder), "%s/state", parent);
	ck_assert_int_eq(spool_open(&s, folder, why), 0);
}

static void end(void)
{
	char command[128];

	spool_close(s);
	snprintf(command, sizeof(command), "rm -rf '%s'", parent);
	ck_assert_int_eq(system(command), 0);
}

static void put(uint64_t number, const char *json)
{
	ck_assert_int_eq(spool_put(s, number, json, strlen(json), "text", 4, why), 0);
}

static void range(uint64_t first, uint64_t last)
{
	uint64_t a, b;

	ck_assert_int_eq(spool_range(s, &a, &b), 0);
	ck_assert_uint_eq(a, first);
	ck_assert_uint_eq(b, last);
}

static void touch(const char *name)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fclose(f);
}

START_TEST(a_message_comes_back_with_its_text)
{
	char bytes[32] = "", path[SPOOL_PATH];
	int fd;

	range(0, 0);
	put(7, "{\"a\":1}\n");
	range(7, 7);
	ck_assert_int_eq(spool_message(s, 7, &fd), 0);
	ck_assert_int_eq(read(fd, bytes, sizeof(bytes)), 8);
	ck_assert_str_eq(bytes, "{\"a\":1}\n");
	close(fd);
	spool_text_path(s, 7, path);
	FILE *f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	ck_assert_ptr_nonnull(fgets(bytes, sizeof(bytes), f));
	ck_assert_str_eq(bytes, "text");
	fclose(f);
	spool_remove(s, 7);
	range(0, 0);
	ck_assert_int_ne(access(path, F_OK), 0);
	ck_assert_int_eq(spool_message(s, 7, &fd), ERR_ABSENT);
}
END_TEST

START_TEST(numbers_are_numbers_not_letters)
{
	put(9, "{}");
	put(10, "{}");
	put(100, "{}");
	range(9, 100);
}
END_TEST

START_TEST(strange_names_are_no_messages)
{
	touch("new");
	touch("12.json.bak");
	touch("07.json");
	touch("x7.json");
	touch(".json");
	touch("99999999999999999999999.json");
	touch("5.txt"); /* its message did not come to be */
	range(0, 0);
}
END_TEST

START_TEST(a_second_process_is_told_that_there_is_a_first)
{
	struct spool *second;

	ck_assert_int_eq(spool_open(&second, folder, why), ERR_BUSY);
	ck_assert_ptr_nonnull(strstr(why, "another tidegate notify"));
	spool_close(s);
	ck_assert_int_eq(spool_open(&s, folder, why), 0);
}
END_TEST

START_TEST(nobody_else_reads_it)
{
	struct stat st;

	ck_assert_int_eq(stat(folder, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0700);
}
END_TEST

START_TEST(state_is_what_was_written_last)
{
	char *json = NULL;

	ck_assert_int_eq(spool_read_state(s, &json), ERR_ABSENT);
	ck_assert_int_eq(spool_write_state(s, "{\"v\":1}", 7, why), 0);
	ck_assert_int_eq(spool_write_state(s, "{}", 2, why), 0);
	ck_assert_int_eq(spool_read_state(s, &json), 0);
	ck_assert_str_eq(json, "{}");
	free(json);
}
END_TEST

START_TEST(a_folder_that_cannot_be_is_named)
{
	struct spool *other;

	ck_assert_int_eq(spool_open(&other, "/tmp/tidegate-no-such/folder", why), ERR_ABSENT);
	ck_assert_ptr_nonnull(strstr(why, "/tmp/tidegate-no-such/folder"));
	ck_assert_int_eq(spool_open(&other, "/dev/null", why), ERR_ABSENT);
}
END_TEST

START_TEST(what_cannot_be_written_leaves_what_was_there)
{
	char command[256], *json = NULL;

	ck_assert_int_eq(spool_write_state(s, "{\"v\":1}", 7, why), 0);
	snprintf(command, sizeof(command), "mkdir '%s/new'", folder);
	ck_assert_int_eq(system(command), 0);
	ck_assert_int_ne(spool_write_state(s, "{\"v\":2}", 7, why), 0);
	ck_assert_int_eq(spool_read_state(s, &json), 0);
	ck_assert_str_eq(json, "{\"v\":1}");
	free(json);
	snprintf(command, sizeof(command), "rmdir '%s/new' && ln -s /dev/full '%s/new'", folder, folder);
	ck_assert_int_eq(system(command), 0);
	ck_assert_int_eq(spool_write_state(s, "{\"v\":2}", 7, why), 0); /* a link is not followed: it goes */
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("spool");
	TCase *t = tcase_create("files");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, a_message_comes_back_with_its_text);
	tcase_add_test(t, numbers_are_numbers_not_letters);
	tcase_add_test(t, strange_names_are_no_messages);
	tcase_add_test(t, a_second_process_is_told_that_there_is_a_first);
	tcase_add_test(t, nobody_else_reads_it);
	tcase_add_test(t, state_is_what_was_written_last);
	tcase_add_test(t, a_folder_that_cannot_be_is_named);
	tcase_add_test(t, what_cannot_be_written_leaves_what_was_there);
	suite_add_tcase(suite, t);
	r = srunner_create(suite);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
