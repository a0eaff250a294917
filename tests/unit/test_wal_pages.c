/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A log of SQLite's own making is laid over its pages; half a tail counts for nothing, and neither does a forged head. */
#include "codec/wal_pages.h"

#include <check.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"

#define FRAME 24

static char folder[64], path[96], log_path[112];
static uint8_t db[1 << 20], log_bytes[1 << 20];
static size_t db_len, log_len;

static size_t read_file(const char *name, uint8_t *out, size_t size)
{
	FILE *f = fopen(name, "rb");
	size_t n = f ? fread(out, 1, size, f) : 0;

	if (f)
		fclose(f);
	return n;
}

/* Three commits in the log and none of them in the file, as a daemon has it that was just begun. */
static void setup(void)
{
	sqlite3 *s;

	strcpy(folder, "/tmp/tidegate-wal-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/x.db", folder);
	snprintf(log_path, sizeof(log_path), "%s-wal", path);
	ck_assert_int_eq(sqlite3_open(path, &s), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(s, "PRAGMA page_size = 1024; PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;"
		"CREATE TABLE t (x); INSERT INTO t VALUES ('first');"
		"INSERT INTO t SELECT zeroblob(4000); INSERT INTO t VALUES ('last')", NULL, NULL, NULL), SQLITE_OK);
	db_len = read_file(path, db, sizeof(db));
	log_len = read_file(log_path, log_bytes, sizeof(log_bytes));
	sqlite3_close(s);
	unlink(path);
	rmdir(folder);
	ck_assert_uint_gt(log_len, WAL_HEADER + FRAME);
}

static struct slice whole(void)
{
	return (struct slice){ .at = log_bytes, .len = log_len };
}

/* What SQLite reads of the pages that came out. */
static int rows_of(const struct wal_found *f)
{
	size_t len = (size_t)f->pages * f->page_bytes;
	unsigned char *copy = sqlite3_malloc64(len);
	sqlite3_stmt *st;
	sqlite3 *s;
	int n;

	memset(copy, 0, len);
	memcpy(copy, db, db_len < len ? db_len : len);
	wal_apply(whole(), f, copy);
	copy[18] = copy[19] = 1;
	ck_assert_int_eq(sqlite3_open(":memory:", &s), SQLITE_OK);
	ck_assert_int_eq(sqlite3_deserialize(s, "main", copy, (sqlite3_int64)len, (sqlite3_int64)len,
		SQLITE_DESERIALIZE_FREEONCLOSE), SQLITE_OK);
	ck_assert_int_eq(sqlite3_prepare_v2(s, "SELECT count(*) FROM t", -1, &st, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(st), SQLITE_ROW);
	n = sqlite3_column_int(st, 0);
	sqlite3_finalize(st);
	sqlite3_close(s);
	return n;
}

START_TEST(all_commits_of_a_log_are_seen)
{
	struct wal_found f;

	ck_assert_int_eq(wal_look(whole(), &f), 0);
	ck_assert_uint_eq(f.page_bytes, 1024);
	ck_assert_uint_eq(f.frames, (log_len - WAL_HEADER) / (FRAME + 1024));
	ck_assert_int_eq(rows_of(&f), 3);
}
END_TEST

START_TEST(a_torn_tail_ends_at_the_commit_before)
{
	struct wal_found f;

	log_len -= 1;
	ck_assert_int_eq(wal_look(whole(), &f), 0);
	ck_assert_int_eq(rows_of(&f), 2);
}
END_TEST

START_TEST(a_byte_that_rots_ends_it_there)
{
	struct wal_found all, f;

	ck_assert_int_eq(wal_look(whole(), &all), 0);
	log_bytes[log_len - 10] ^= 1;
	ck_assert_int_eq(wal_look(whole(), &f), 0);
	ck_assert_uint_lt(f.frames, all.frames);
	ck_assert_int_eq(rows_of(&f), 2);
}
END_TEST

START_TEST(frames_of_an_earlier_round_are_passed_over)
{
	struct wal_found f;

	log_bytes[WAL_HEADER + 8] ^= 1; /* its salt is not the head's */
	ck_assert_int_eq(wal_look(whole(), &f), 0);
	ck_assert_uint_eq(f.frames, 0);
}
END_TEST

START_TEST(a_head_that_is_none_is_refused_at_every_byte)
{
	struct wal_found f;

	for (size_t i = 0; i < WAL_HEADER; i++) {
		log_bytes[i] ^= 0x40;
		ck_assert_int_eq(wal_look(whole(), &f), ERR_INVALID);
		ck_assert_uint_eq(f.frames, 0);
		log_bytes[i] ^= 0x40;
	}
	for (log_len = 1; log_len < WAL_HEADER; log_len++)
		ck_assert_int_eq(wal_look(whole(), &f), ERR_INVALID);
}
END_TEST

START_TEST(no_log_is_a_log_without_commits)
{
	struct wal_found f = { .frames = 7 };

	ck_assert_int_eq(wal_look((struct slice){ .len = 0 }, &f), 0);
	ck_assert_uint_eq(f.frames, 0);
	log_len = WAL_HEADER;
	ck_assert_int_eq(wal_look(whole(), &f), 0);
	ck_assert_uint_eq(f.frames, 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("wal_pages");
	TCase *t = tcase_create("log");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, all_commits_of_a_log_are_seen);
	tcase_add_test(t, a_torn_tail_ends_at_the_commit_before);
	tcase_add_test(t, a_byte_that_rots_ends_it_there);
	tcase_add_test(t, frames_of_an_earlier_round_are_passed_over);
	tcase_add_test(t, a_head_that_is_none_is_refused_at_every_byte);
	tcase_add_test(t, no_log_is_a_log_without_commits);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
