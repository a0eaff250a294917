/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file of what is normal: slots add up, a capture is recognised by its content, and nothing that can happen to a file
 * costs what it knew without a word.
 */
#include "edge/store_lessons.h"

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

#define MONDAY (INT64_C(1700000000) / 604800 * 604800 + 4 * 86400) /* 00:00 UTC */

static char folder[64], path[96], aside[STORE_PATH], why[WHY_TEXT];
static struct lessons *l;

static int open_file(uint64_t max_bytes)
{
	const struct lessons_opts o = { .make = true, .max_bytes = max_bytes };

	return lessons_open(&l, path, &o, aside, why);
}

static void setup(void)
{
	strcpy(folder, "/tmp/tidegate-lessons-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/%s", folder, LESSONS_FILE);
	ck_assert_int_eq(open_file(0), 0);
	ck_assert_str_eq(aside, "");
}

static void teardown(void)
{
	DIR *d = opendir(folder);
	char name[512];

	lessons_close(l);
	for (const struct dirent *e; (e = readdir(d));) {
		snprintf(name, sizeof(name), "%s/%s", folder, e->d_name);
		unlink(name);
	}
	closedir(d);
	rmdir(folder);
}

static void shut(void)
{
	lessons_close(l);
	l = NULL;
}

static struct tally_series series(uint16_t port, uint64_t connections)
{
	return (struct tally_series){ .direction = TALLY_IN, .scope = TALLY_SERVICE, .proto = PROTO_TCP, .port = port,
		.connections = connections, .packets = { 10, 20 }, .bytes = { 1000, 2000 } };
}

static struct tally_slot slot(int64_t start_s, const struct tally_series *s, size_t n)
{
	return (struct tally_slot){ .start_s = start_s, .from = { start_s * NS_PER_S },
		.until = { (start_s + TALLY_SLOT_S) * NS_PER_S }, .series = s, .n = n };
}

static void teach(int64_t start_s, const struct tally_series *s, size_t n)
{
	const struct tally_slot t = slot(start_s, s, n);

	ck_assert_int_eq(lessons_begin(l), 0);
	ck_assert_int_eq(lessons_add(l, &t), 0);
	ck_assert_int_eq(lessons_commit(l), 0);
}

static struct lessons_series found[16];
static size_t n_found;

static void collect(void *ctx, const struct lessons_series *s)
{
	(void)ctx;
	if (n_found < 16)
		found[n_found] = *s;
	n_found++;
}

static void find_services(void)
{
	n_found = 0;
	ck_assert_int_eq(lessons_each_series(l, TALLY_SERVICE, 16, collect, NULL), 0);
}

static uint64_t slots_known(void)
{
	struct lessons_known k;

	ck_assert_int_eq(lessons_known(l, &k), 0);
	return k.slots;
}

static int64_t ask(const char *sql)
{
	sqlite3_stmt *st;
	sqlite3 *db;
	int64_t value;

	shut();
	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(st), SQLITE_ROW);
	value = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	sqlite3_close(db);
	return value;
}

static void change(const char *sql)
{
	sqlite3 *db;

	shut();
	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

/* ---- adding up ---- */

START_TEST(a_slot_that_is_learned_twice_is_the_sum_of_both)
{
	struct tally_series s = series(443, 7);

	teach(MONDAY, &s, 1);
	teach(MONDAY, &s, 1);
	find_services();
	ck_assert_uint_eq(n_found, 1);
	ck_assert_uint_eq(found[0].connections, 14);
	ck_assert_uint_eq(found[0].packets[TALLY_BACK], 40);
	ck_assert_uint_eq(found[0].bytes[TALLY_THERE], 2000);
	ck_assert_uint_eq(found[0].slots, 1);
	ck_assert_uint_eq(slots_known(), 1);
}
END_TEST

START_TEST(what_was_learned_is_there_after_a_restart_and_goes_on)
{
	struct tally_series s = series(443, 7);

	teach(MONDAY, &s, 1);
	shut();
	ck_assert_int_eq(open_file(0), 0);
	teach(MONDAY + TALLY_SLOT_S, &s, 1);
	find_services();
	ck_assert_uint_eq(found[0].connections, 14);
	ck_assert_uint_eq(found[0].slots, 2);
}
END_TEST

START_TEST(peers_that_both_have_seen_are_counted_once)
{
	struct tally_series s = series(443, 1);
	uint8_t before[HLL64_REGISTERS];

	for (uint64_t i = 0; i < 50; i++)
		hll64_add(&s.peers, hash_u64(lessons_key(l), i));
	memcpy(before, s.peers.rank, sizeof(before));
	teach(MONDAY, &s, 1);
	shut();
	ck_assert_int_eq(open_file(0), 0);
	memset(&s.peers, 0, sizeof(s.peers));
	for (uint64_t i = 0; i < 50; i++)
		hll64_add(&s.peers, hash_u64(lessons_key(l), i)); /* under the key that the file kept */
	ck_assert_mem_eq(before, s.peers.rank, sizeof(before));
	teach(MONDAY, &s, 1);
	ck_assert_int_eq(ask("SELECT length(peers) FROM series"), HLL64_REGISTERS);
	ck_assert_int_eq(ask("SELECT count(*) FROM series"), 1);
}
END_TEST

START_TEST(two_halves_of_a_slot_make_a_whole_one)
{
	struct tally_series s = series(80, 1);
	struct tally_slot first = slot(MONDAY, &s, 1), second = first;
	struct lessons_known k;

	first.until.ns = second.from.ns = (MONDAY + 100) * NS_PER_S;
	ck_assert_int_eq(lessons_begin(l), 0);
	ck_assert_int_eq(lessons_add(l, &second), 0);
	ck_assert_int_eq(lessons_known(l, &k), 0);
	ck_assert_uint_eq(k.seconds, 200);
	ck_assert_int_eq(lessons_add(l, &first), 0);
	ck_assert_int_eq(lessons_commit(l), 0);
	ck_assert_int_eq(lessons_known(l, &k), 0);
	ck_assert_uint_eq(k.seconds, 300);
}
END_TEST

START_TEST(a_frozen_slot_is_not_learned)
{
	struct tally_series s = series(80, 1);
	struct tally_slot t = slot(MONDAY, &s, 1);

	t.frozen = true;
	ck_assert_int_eq(lessons_begin(l), 0);
	ck_assert_int_eq(lessons_add(l, &t), ERR_INVALID);
	ck_assert_int_eq(lessons_commit(l), 0);
	ck_assert_uint_eq(slots_known(), 0);
}
END_TEST

START_TEST(a_lesson_that_is_broken_off_leaves_nothing)
{
	struct tally_series s = series(80, 1);
	struct tally_slot t = slot(MONDAY, &s, 1);

	ck_assert_int_eq(lessons_begin(l), 0);
	ck_assert_int_eq(lessons_add(l, &t), 0);
	shut();
	ck_assert_int_eq(open_file(0), 0);
	ck_assert_uint_eq(slots_known(), 0);
}
END_TEST

START_TEST(sums_that_leave_63_bits_stay_at_the_end)
{
	struct tally_series s = series(80, UINT64_MAX);

	teach(MONDAY, &s, 1);
	teach(MONDAY, &s, 1);
	find_services();
	ck_assert_uint_eq(found[0].connections, INT64_MAX);
}
END_TEST

/* ---- the week ---- */

START_TEST(hours_of_the_week_begin_on_monday_in_utc)
{
	struct tally_series s = series(80, 1);
	struct lessons_known k;

	teach(MONDAY, &s, 1);
	teach(MONDAY + 7 * 86400, &s, 1);
	teach(MONDAY - 1 + 1 - TALLY_SLOT_S, &s, 1); /* the last one of Sunday */
	teach(MONDAY + TALLY_SLOT_S, NULL, 0);       /* silence is knowledge, too */
	ck_assert_int_eq(lessons_known(l, &k), 0);
	ck_assert_uint_eq(k.slots, 4);
	ck_assert_uint_eq(k.hour_weeks[0], 2);
	ck_assert_uint_eq(k.hour_s[0], 900);
	ck_assert_uint_eq(k.hour_weeks[LESSONS_HOURS - 1], 1);
	ck_assert_uint_eq(k.hour_weeks[1], 0);
	ck_assert_int_eq(k.since.ns, (MONDAY - TALLY_SLOT_S) * NS_PER_S);
	ck_assert_int_eq(k.until.ns, (MONDAY + 7 * 86400 + TALLY_SLOT_S) * NS_PER_S);
}
END_TEST

START_TEST(hours_before_1970_are_hours_too)
{
	struct lessons_known k;

	teach(-TALLY_SLOT_S, NULL, 0); /* Wednesday, 31 December 1969, 23:55 */
	ck_assert_int_eq(lessons_known(l, &k), 0);
	ck_assert_uint_eq(k.hour_weeks[2 * 24 + 23], 1);
}
END_TEST

START_TEST(the_busiest_service_stands_first_and_no_more_come_than_were_asked_for)
{
	struct tally_series s[3] = { series(22, 5), series(80, 9), series(443, 7) };

	teach(MONDAY, s, 3);
	n_found = 0;
	ck_assert_int_eq(lessons_each_series(l, TALLY_SERVICE, 2, collect, NULL), 0);
	ck_assert_uint_eq(n_found, 2);
	ck_assert_uint_eq(found[0].port, 80);
	ck_assert_uint_eq(found[1].port, 443);
}
END_TEST

/* ---- captures ---- */

static void write_file(const char *name, const char *text)
{
	FILE *f = fopen(name, "w");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

static void learn_capture(const struct lesson_capture *c)
{
	ck_assert_int_eq(lessons_begin(l), 0);
	ck_assert_int_eq(lessons_sum_up(l, &(struct lesson){ .at = { 5 }, .packets = 3, .slots = 1, .frozen = 2 }), 0);
	ck_assert_int_eq(lessons_put_capture(l, c), 0);
	ck_assert_int_eq(lessons_commit(l), 0);
}

START_TEST(a_capture_is_known_again_by_its_content_under_any_name)
{
	struct lesson_capture c, again;
	char one[128], two[128];

	snprintf(one, sizeof(one), "%s/one", folder);
	snprintf(two, sizeof(two), "%s/two", folder);
	write_file(one, "the same");
	write_file(two, "the same");
	ck_assert_int_eq(lessons_digest(l, one, &c, why), 0);
	ck_assert_uint_eq(c.bytes, 8);
	ck_assert_int_eq(lessons_find_capture(l, &c), ERR_ABSENT);
	learn_capture(&c);
	shut();
	ck_assert_int_eq(open_file(0), 0);
	ck_assert_int_eq(lessons_digest(l, two, &again, why), 0);
	ck_assert_int_eq(lessons_find_capture(l, &again), 0);
	ck_assert_str_eq(again.name, one);
	ck_assert_int_eq(again.at.ns, 5);
	write_file(two, "the Same");
	ck_assert_int_eq(lessons_digest(l, two, &again, why), 0);
	ck_assert_int_eq(lessons_find_capture(l, &again), ERR_ABSENT);
}
END_TEST

START_TEST(what_is_no_file_has_no_digest)
{
	struct lesson_capture c;

	ck_assert_int_eq(lessons_digest(l, folder, &c, why), ERR_UNSUPPORTED);
	ck_assert_int_eq(lessons_digest(l, "/nonexistent", &c, why), ERR_ABSENT);
	ck_assert_str_ne(why, "");
}
END_TEST

START_TEST(a_reset_forgets_everything_and_the_key)
{
	struct tally_series s = series(80, 1);
	struct lesson_capture c = { .digest = 1, .bytes = 2, .name = "x" };
	const uint64_t before = hash_u64(lessons_key(l), 1);
	struct lessons_known k;

	teach(MONDAY, &s, 1);
	learn_capture(&c);
	ck_assert_int_eq(lessons_reset(l), 0);
	ck_assert_int_eq(lessons_known(l, &k), 0);
	ck_assert_uint_eq(k.slots + k.captures + k.packets + k.frozen, 0);
	ck_assert_int_eq(lessons_find_capture(l, &c), ERR_ABSENT);
	ck_assert_uint_ne(hash_u64(lessons_key(l), 1), before);
}
END_TEST

/* ---- the file ---- */

START_TEST(nobody_else_may_read_or_hold_the_file)
{
	const struct lessons_opts o = { .make = true };
	struct lessons *other = NULL;
	struct stat st;

	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0640);
	ck_assert_int_eq(lessons_open(&other, path, &o, aside, why), ERR_BUSY);
	ck_assert_ptr_null(other);
}
END_TEST

START_TEST(to_look_makes_no_file)
{
	const struct lessons_opts o = { .make = false };

	shut();
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(lessons_open(&l, path, &o, aside, why), ERR_ABSENT);
	ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

START_TEST(a_damaged_file_is_set_aside_and_said)
{
	struct tally_series s = series(80, 1);
	char junk[4096];
	int fd;

	teach(MONDAY, &s, 1);
	shut();
	fd = open(path, O_WRONLY);
	memset(junk, 0x5a, sizeof(junk));
	for (off_t at = 4096; at < 5 * 4096; at += 4096)
		ck_assert_int_eq(pwrite(fd, junk, sizeof(junk), at), sizeof(junk));
	close(fd);
	ck_assert_int_eq(open_file(0), 0);
	ck_assert_ptr_nonnull(strstr(aside, ".damaged-2"));
	ck_assert_int_eq(access(aside, F_OK), 0);
	ck_assert_str_ne(why, "");
	ck_assert_uint_eq(slots_known(), 0);
}
END_TEST

START_TEST(a_file_of_the_daemons_history_is_not_taken_for_one_of_lessons)
{
	change("PRAGMA application_id = 1952737140"); /* store_open.c: "tdgt" */
	ck_assert_int_eq(open_file(0), 0);
	ck_assert_str_ne(aside, "");
}
END_TEST

START_TEST(a_file_of_a_newer_schema_is_left_as_it_is)
{
	change("PRAGMA user_version = 99");
	ck_assert_int_eq(open_file(0), ERR_UNSUPPORTED);
	ck_assert_str_eq(aside, "");
	ck_assert_ptr_nonnull(strstr(why, "newer"));
	ck_assert_int_eq(ask("PRAGMA user_version"), 99);
}
END_TEST

START_TEST(a_full_file_takes_no_half_lesson)
{
	struct tally_series s[64];
	int err = 0;

	shut();
	ck_assert_int_eq(open_file(192 * 1024), 0);
	teach(MONDAY, NULL, 0);
	for (uint16_t i = 0; i < 64; i++)
		s[i] = series(i, 1);
	ck_assert_int_eq(lessons_begin(l), 0);
	for (int64_t i = 1; i < 100 && !err; i++) {
		const struct tally_slot t = slot(MONDAY + i * TALLY_SLOT_S, s, 64);

		err = lessons_add(l, &t);
	}
	ck_assert_int_eq(err, ERR_FULL);
	lessons_rollback(l);
	ck_assert_uint_eq(slots_known(), 1);
	ck_assert_int_eq(lessons_reset(l), 0);
	teach(MONDAY, s, 64);
}
END_TEST

static TCase *adding(void)
{
	TCase *c = tcase_create("adding");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, a_slot_that_is_learned_twice_is_the_sum_of_both);
	tcase_add_test(c, what_was_learned_is_there_after_a_restart_and_goes_on);
	tcase_add_test(c, peers_that_both_have_seen_are_counted_once);
	tcase_add_test(c, two_halves_of_a_slot_make_a_whole_one);
	tcase_add_test(c, a_frozen_slot_is_not_learned);
	tcase_add_test(c, a_lesson_that_is_broken_off_leaves_nothing);
	tcase_add_test(c, sums_that_leave_63_bits_stay_at_the_end);
	tcase_add_test(c, hours_of_the_week_begin_on_monday_in_utc);
	tcase_add_test(c, hours_before_1970_are_hours_too);
	tcase_add_test(c, the_busiest_service_stands_first_and_no_more_come_than_were_asked_for);
	tcase_add_test(c, a_capture_is_known_again_by_its_content_under_any_name);
	tcase_add_test(c, what_is_no_file_has_no_digest);
	tcase_add_test(c, a_reset_forgets_everything_and_the_key);
	return c;
}

static TCase *file(void)
{
	TCase *c = tcase_create("file");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, nobody_else_may_read_or_hold_the_file);
	tcase_add_test(c, to_look_makes_no_file);
	tcase_add_test(c, a_damaged_file_is_set_aside_and_said);
	tcase_add_test(c, a_file_of_the_daemons_history_is_not_taken_for_one_of_lessons);
	tcase_add_test(c, a_file_of_a_newer_schema_is_left_as_it_is);
	tcase_add_test(c, a_full_file_takes_no_half_lesson);
	return c;
}

int main(void)
{
	Suite *s = suite_create("store_lessons");
	SRunner *r;
	int failed;

	suite_add_tcase(s, adding());
	suite_add_tcase(s, file());
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
