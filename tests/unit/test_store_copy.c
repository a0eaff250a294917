/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The record is read while somebody has it open for himself alone, and nothing of it is changed by that. */
#include "edge/store_copy.h"

#include <check.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../support/store_lab.h"
#include "base/err.h"

static struct store *copy;
static size_t n_events;
static char last_kind[32];

static int open_copy(void)
{
	struct store_opts o = { .boot = "boot-a" };

	store_close(copy, true);
	copy = NULL;
	return store_open_copy(&copy, path, &o, why);
}

static void tear_down(void)
{
	store_close(copy, true);
	copy = NULL;
	remove_folder();
}

static bool take(void *ctx, wall_t at, const char *kind, const char *json)
{
	(void)ctx;
	(void)at;
	(void)json;
	n_events++;
	snprintf(last_kind, sizeof(last_kind), "%s", kind);
	return true;
}

static size_t events(int64_t from_s, int64_t until_s)
{
	n_events = 0;
	ck_assert_int_eq(store_each_event(copy, (wall_t){ from_s * NS_PER_S }, (wall_t){ until_s * NS_PER_S }, take, NULL), 0);
	return n_events;
}

static void write_events(int64_t from_s, int n)
{
	ck_assert_int_eq(store_begin(s), 0);
	for (int i = 0; i < n; i++)
		ck_assert_int_eq(store_put_event(s, (wall_t){ (from_s + i) * NS_PER_S }, "finding", "{}"), 0);
	ck_assert_int_eq(store_commit(s), 0);
}

START_TEST(what_was_committed_is_read_beside_its_writer)
{
	write_events(1000, 10);
	ck_assert_int_eq(open_copy(), 0);
	ck_assert_uint_eq(events(0, 5000), 10);
	write_events(2000, 1);
	ck_assert_uint_eq(events(0, 5000), 10); /* it is as of then */
	ck_assert_int_eq(open_copy(), 0);
	ck_assert_uint_eq(events(0, 5000), 11);
	ck_assert_str_eq(last_kind, "finding");
}
END_TEST

START_TEST(many_pages_are_read_across_what_went_into_the_file_already)
{
	for (int i = 0; i < 40; i++)
		write_events(1000 + i * 1000, 500); /* some megabytes: the log is written back on the way */
	ck_assert_int_eq(open_copy(), 0);
	ck_assert_uint_eq(events(0, 100000), 40 * 500);
	ck_assert_int_eq(store_verify(copy), 0);
}
END_TEST

START_TEST(a_span_has_its_beginning_and_not_its_end)
{
	wall_t oldest;

	write_events(1000, 10);
	ck_assert_int_eq(open_copy(), 0);
	ck_assert_uint_eq(events(1003, 1005), 2);
	ck_assert_int_eq(store_oldest_event(copy, &oldest), 0);
	ck_assert_int_eq(oldest.ns, 1000 * NS_PER_S);
}
END_TEST

START_TEST(the_files_stay_as_they_are)
{
	struct stat before, after;

	write_events(1000, 10);
	ck_assert_int_eq(stat(path, &before), 0);
	ck_assert_int_eq(open_copy(), 0);
	ck_assert_int_eq(store_begin(copy), 0);
	ck_assert_int_eq(store_put_event(copy, (wall_t){ 1 }, "ours", "{}"), 0);
	ck_assert_int_eq(store_commit(copy), 0);
	ck_assert_int_eq(stat(path, &after), 0);
	ck_assert_int_eq(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
	ck_assert_int_eq(open_copy(), 0);
	ck_assert_uint_eq(events(0, 5000), 10);
}
END_TEST

static void kept(void *ctx, const struct measure *m)
{
	*(struct measure *)ctx = *m;
}

/* As the release before this one left it. */
START_TEST(an_older_schema_is_brought_up_in_the_copy_alone)
{
	struct measure m = measure("192.0.2.1"), got = { .id = 0 };
	int64_t at = INT64_MAX;
	uint64_t odd = 0;
	sqlite3 *db;
	sqlite3_stmt *st;

	put(&m);
	store_close(s, false);
	s = NULL;
	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, "ALTER TABLE measure DROP COLUMN kernel_packets; ALTER TABLE measure DROP COLUMN "
		"kernel_bytes; DROP TABLE identity; PRAGMA user_version = 1", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	ck_assert_int_eq(open_copy(), 0);
	ck_assert_int_eq(store_measures(copy, &at, 10, &then, kept, &got, &odd), 1);
	ck_assert_uint_eq(got.hits, m.hits);
	ck_assert_int_eq(got.looked.ns, 0); /* nobody had looked, as far as it knows */
	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &st, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(st), SQLITE_ROW);
	ck_assert_int_eq(sqlite3_column_int(st, 0), 1);
	sqlite3_finalize(st);
	sqlite3_close(db);
	ck_assert_int_eq(open_as("boot-a", 0), 0); /* and the daemon brings up its own */
}
END_TEST

START_TEST(what_an_element_dropped_is_kept)
{
	struct measure m = measure("192.0.2.1"), got = { .id = 0 };
	int64_t at = INT64_MAX;
	uint64_t odd = 0;

	m.looked = then.mono;
	m.kernel_packets = 70000000000;
	m.kernel_bytes = 9000000000000;
	put(&m);
	ck_assert_int_eq(open_copy(), 0);
	ck_assert_int_eq(store_measures(copy, &at, 10, &then, kept, &got, &odd), 1);
	ck_assert_uint_eq(got.kernel_packets, 70000000000);
	ck_assert_uint_eq(got.kernel_bytes, 9000000000000);
	ck_assert_int_ne(got.looked.ns, 0);
}
END_TEST

START_TEST(what_cannot_be_read_is_an_error_with_its_reason)
{
	ck_assert_int_eq(store_begin(s), 0);
	store_rollback(s);
	store_close(s, false);
	s = NULL;
	ck_assert_int_eq(truncate(path, 700), 0);
	ck_assert_int_eq(open_copy(), ERR_INVALID);
	ck_assert_uint_gt(strlen(why), 0);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(open_copy(), ERR_ABSENT);
	ck_assert_int_eq(symlink("/etc/passwd", path), 0);
	ck_assert_int_ne(open_copy(), 0); /* whoever owns the folder names no file of others for us to read */
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(open_copy(), ERR_INVALID); /* and waits for nobody */
}
END_TEST

START_TEST(a_newer_schema_is_refused)
{
	sqlite3 *db;

	store_close(s, false);
	s = NULL;
	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, "PRAGMA user_version = 999", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	ck_assert_int_eq(open_copy(), ERR_UNSUPPORTED);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("store_copy");
	TCase *t = tcase_create("copy");
	SRunner *r = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(t, make_store, tear_down);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, what_was_committed_is_read_beside_its_writer);
	tcase_add_test(t, many_pages_are_read_across_what_went_into_the_file_already);
	tcase_add_test(t, a_span_has_its_beginning_and_not_its_end);
	tcase_add_test(t, the_files_stay_as_they_are);
	tcase_add_test(t, an_older_schema_is_brought_up_in_the_copy_alone);
	tcase_add_test(t, what_an_element_dropped_is_kept);
	tcase_add_test(t, what_cannot_be_read_is_an_error_with_its_reason);
	tcase_add_test(t, a_newer_schema_is_refused);
	suite_add_tcase(suite, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
