/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opening the store: a file that is damaged, foreign, newer, overwritten while it is open
 * or full ends nothing, and what cannot be used is kept under another name.
 */
#include "edge/store.h"

#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "../support/store_lab.h"

static size_t n_read;

static void count(void *ctx, const struct measure *m)
{
	(void)ctx;
	(void)m;
	n_read++;
}

static void read_all(void)
{
	struct lease_moment now = { .mono = { 11 * H }, .wall = { WALL } };
	int64_t at = INT64_MAX;
	uint64_t odd = 0;

	n_read = 0;
	while (store_measures(s, &at, 3, &now, count, NULL, &odd) > 0)
		;
}

static void change(const char *sql)
{
	sqlite3 *db;

	store_close(s, false);
	s = NULL;
	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

START_TEST(nobody_else_may_read_the_file)
{
	struct stat st;

	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0640);
}
END_TEST

START_TEST(no_file_is_mapped_that_somebody_could_cut_short)
{
	char shm[128];

	snprintf(shm, sizeof(shm), "%s-shm", path);
	put(&(struct measure){ .subject = { .kind = SUBJECT_HOST } });
	ck_assert_int_ne(access(shm, F_OK), 0);
	store_close(s, false);
	ck_assert_int_eq(open_as("boot-a", 0), 0); /* it has a log by now */
	put(&(struct measure){ .subject = { .kind = SUBJECT_HOST } });
	ck_assert_int_ne(access(shm, F_OK), 0);
}
END_TEST

START_TEST(a_second_one_is_told_that_it_is_taken)
{
	struct store_opts o = { .max_bytes = 0 };
	struct store *other = NULL;

	put(&(struct measure){ .subject = { .kind = SUBJECT_HOST } });
	ck_assert_int_eq(store_open(&other, path, &o, aside, why), ERR_BUSY);
	ck_assert_str_eq(aside, "");
	ck_assert_ptr_null(other);
}
END_TEST

/* ---- damage ---- */

static void fill_store(size_t events)
{
	char json[1000];

	memset(json, 'x', sizeof(json) - 1);
	json[sizeof(json) - 1] = '\0';
	ck_assert_int_eq(store_begin(s), 0);
	for (size_t i = 0; i < events; i++)
		ck_assert_int_eq(store_put_event(s, (wall_t){ 1 }, "finding", json), 0);
	ck_assert_int_eq(store_commit(s), 0);
}

static void overwrite(off_t from, size_t n)
{
	int fd = open(path, O_WRONLY);
	char junk[4096];

	ck_assert_int_ge(fd, 0);
	memset(junk, 0x5a, sizeof(junk));
	for (size_t at = 0; at < n; at += sizeof(junk))
		ck_assert_int_eq(pwrite(fd, junk, sizeof(junk), from + (off_t)at), 4096);
	close(fd);
}

static void comes_up_new(void)
{
	struct stat st;

	ck_assert_int_eq(open_as("boot-a", 0), 0);
	ck_assert_int_eq(strncmp(aside, path, strlen(path)), 0);
	ck_assert_ptr_nonnull(strstr(aside, ".damaged-2"));
	ck_assert_int_eq(stat(aside, &st), 0);
	ck_assert_str_ne(why, "");
	read_all();
	ck_assert_uint_eq(n_read, 0);
	put(&(struct measure){ .subject = { .kind = SUBJECT_HOST } });
}

START_TEST(garbage_is_set_aside)
{
	store_close(s, false);
	overwrite(0, 40960);
	comes_up_new();
}
END_TEST

START_TEST(a_file_cut_short_is_set_aside)
{
	struct measure m = measure("192.0.2.1");
	struct stat st;

	put(&m);
	fill_store(100);
	store_close(s, false);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(truncate(path, st.st_size / 3), 0);
	comes_up_new();
}
END_TEST

START_TEST(a_file_with_damaged_measures_is_set_aside)
{
	struct measure m = measure("192.0.2.1");

	put(&m);
	store_close(s, false);
	overwrite(2 * 4096, 8 * 4096); /* the header and the schema stay */
	comes_up_new();
}
END_TEST

START_TEST(another_programs_database_is_set_aside)
{
	change("PRAGMA application_id = 7");
	comes_up_new();
}
END_TEST

START_TEST(damage_in_the_record_alone_is_found_by_the_long_check)
{
	struct stat st;

	fill_store(100);
	store_close(s, false);
	ck_assert_int_eq(stat(path, &st), 0);
	overwrite(st.st_size - 40960, 40960);
	ck_assert_int_eq(open_as("boot-a", 0), 0);
	ck_assert_str_eq(aside, "");
	ck_assert_int_eq(store_verify(s), ERR_INVALID);
	ck_assert_str_ne(store_error(s), "");
}
END_TEST

START_TEST(a_whole_file_passes_the_long_check)
{
	fill_store(100);
	ck_assert_int_eq(store_verify(s), 0);
	ck_assert_int_eq(store_look(s), 0);
}
END_TEST

START_TEST(a_file_that_is_overwritten_while_open_is_noticed)
{
	fill_store(10);
	overwrite(0, 4096);
	ck_assert_int_eq(store_look(s), ERR_INVALID);
}
END_TEST

START_TEST(a_file_that_is_replaced_while_open_is_noticed)
{
	fill_store(10);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(store_look(s), ERR_INVALID);
	store_close(s, true);
	ck_assert_int_eq(open_as("boot-a", 0), 0);
	ck_assert_int_eq(store_look(s), 0);
}
END_TEST

START_TEST(a_newer_schema_is_left_alone)
{
	change("PRAGMA user_version = 999");
	ck_assert_int_eq(open_as("boot-a", 0), ERR_UNSUPPORTED);
	ck_assert_str_eq(aside, "");
	ck_assert_ptr_nonnull(strstr(why, "newer"));
	ck_assert_int_eq(access(path, F_OK), 0);
}
END_TEST

START_TEST(a_folder_that_is_not_there_is_an_error)
{
	snprintf(path, sizeof(path), "/nowhere/at/all/tidegate.db");
	ck_assert_int_eq(open_as("boot-a", 0), ERR_IO);
	ck_assert_str_ne(why, "");
}
END_TEST

/* ---- size ---- */

#define CAP (1024 * 1024)

START_TEST(beyond_the_cap_it_is_full_and_trimming_makes_room)
{
	struct measure m = measure("192.0.2.1");
	struct prefix p = prefix("192.0.2.9");
	struct store_size size;
	uint64_t removed;
	int err = 0;

	store_close(s, false);
	ck_assert_int_eq(open_as("boot-a", CAP), 0);
	put(&m);
	store_put_allowed(s, &p);
	fill_store(400);
	ck_assert_int_eq(store_begin(s), 0);
	for (int i = 0; i < 1500 && !err; i++)
		err = store_put_incident(s, (uint64_t)i + 1, "s", (wall_t){ i },
			"0123456789012345678901234567890123456789"
			"0123456789012345678901234567890123456789"
			"0123456789012345678901234567890123456789");
	ck_assert_int_eq(err, 0);
	ck_assert_int_eq(store_commit(s), 0);
	for (int batch = 0; batch < 400 && !err; batch++) {
		ck_assert_int_eq(store_begin(s), 0);
		for (int i = 0; i < 100 && !err; i++)
			err = store_put_event(s, (wall_t){ 1 }, "finding", "{}......");
		if (!err)
			err = store_commit(s);
	}
	ck_assert_int_eq(err, ERR_FULL);
	store_rollback(s);
	ck_assert_int_eq(store_trim(s, (wall_t){ INT64_MAX }, &removed), 0);
	ck_assert_uint_ge(removed, 400);
	ck_assert_int_eq(store_measure_size(s, &size), 0);
	ck_assert_uint_le(size.used, CAP / 8 * 7);
	ck_assert_uint_le(size.bytes, CAP);
	ck_assert_uint_eq(size.measures, 1);
	ck_assert_uint_eq(size.allowed, 1);
	put(&m);
}
END_TEST

START_TEST(below_the_mark_nothing_is_trimmed)
{
	uint64_t removed = 7;

	store_close(s, false);
	ck_assert_int_eq(open_as("boot-a", CAP), 0);
	fill_store(400);
	ck_assert_int_eq(store_trim(s, (wall_t){ INT64_MAX }, &removed), 0);
	ck_assert_uint_eq(removed, 0);
}
END_TEST

START_TEST(an_incident_with_news_is_not_trimmed)
{
	struct store_size size;
	uint64_t removed;
	char *json;
	char big[200000];

	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	store_close(s, false);
	ck_assert_int_eq(open_as("boot-a", CAP), 0);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(store_put_incident(s, (uint64_t)i + 1, "s",
			(wall_t){ i }, big), 0);
	fill_store(120);
	ck_assert_int_eq(store_trim(s, (wall_t){ 3 }, &removed), 0);
	ck_assert_int_eq(store_incident_by_id(s, 4, &json), 0);
	free(json);
	ck_assert_int_eq(store_measure_size(s, &size), 0);
	ck_assert_uint_ge(size.incidents, 1);
}
END_TEST

START_TEST(a_smaller_cap_makes_the_file_smaller)
{
	struct store_size size;
	uint64_t removed;

	fill_store(4500);
	store_close(s, false);
	ck_assert_int_eq(open_as("boot-a", CAP), 0);
	ck_assert_int_eq(store_trim(s, (wall_t){ INT64_MAX }, &removed), 0);
	ck_assert_int_eq(store_measure_size(s, &size), 0);
	ck_assert_uint_gt(size.events, 0);
	ck_assert_uint_le(size.bytes, CAP);
}
END_TEST

static TCase *files(void)
{
	TCase *t = tcase_create("files");

	tcase_add_checked_fixture(t, make_store, remove_folder);
	tcase_add_test(t, nobody_else_may_read_the_file);
	tcase_add_test(t, no_file_is_mapped_that_somebody_could_cut_short);
	tcase_add_test(t, a_second_one_is_told_that_it_is_taken);
	tcase_add_test(t, garbage_is_set_aside);
	tcase_add_test(t, a_file_cut_short_is_set_aside);
	tcase_add_test(t, a_file_with_damaged_measures_is_set_aside);
	tcase_add_test(t, another_programs_database_is_set_aside);
	tcase_add_test(t, damage_in_the_record_alone_is_found_by_the_long_check);
	tcase_add_test(t, a_whole_file_passes_the_long_check);
	tcase_add_test(t, a_file_that_is_overwritten_while_open_is_noticed);
	tcase_add_test(t, a_file_that_is_replaced_while_open_is_noticed);
	tcase_add_test(t, a_newer_schema_is_left_alone);
	return t;
}

static TCase *sizes(void)
{
	TCase *t = tcase_create("sizes");

	tcase_add_checked_fixture(t, make_store, remove_folder);
	tcase_add_test(t, beyond_the_cap_it_is_full_and_trimming_makes_room);
	tcase_add_test(t, below_the_mark_nothing_is_trimmed);
	tcase_add_test(t, an_incident_with_news_is_not_trimmed);
	tcase_add_test(t, a_smaller_cap_makes_the_file_smaller);
	return t;
}

static TCase *nowhere(void)
{
	TCase *t = tcase_create("nowhere");

	tcase_add_checked_fixture(t, make_folder, remove_folder);
	tcase_add_test(t, a_folder_that_is_not_there_is_an_error);
	return t;
}

int main(void)
{
	Suite *suite = suite_create("store_open");
	SRunner *r;
	int failed;

	suite_add_tcase(suite, files());
	suite_add_tcase(suite, sizes());
	suite_add_tcase(suite, nowhere());
	r = srunner_create(suite);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
