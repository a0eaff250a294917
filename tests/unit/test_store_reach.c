/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records of whom this host reaches: into the file, and out of one that somebody has been at. */
#include "edge/store_reach.h"

#include <check.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/chronicle_reach.h"
#include "base/err.h"
#include "base/ring.h"

#define NOW INT64_C(1793600000)
#define DAY INT64_C(86400)

static char path[64];
static struct history *h;
static struct reach_record read_back[64];
static size_t n_read, most_read;
static uint64_t odd;

static void open_file(uint64_t max_bytes)
{
	const struct history_opts opts = { .make = true, .max_bytes = max_bytes };
	char aside[STORE_PATH], why[WHY_TEXT];

	ck_assert_int_eq(history_open(&h, path, &opts, aside, why), 0);
}

static void set_up(void)
{
	int fd;

	strcpy(path, "/tmp/tidegate-reach-XXXXXX");
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	close(fd);
	unlink(path);
	open_file(256 << 20);
	n_read = 0;
	odd = 0;
	most_read = 64;
}

static void tear_down(void)
{
	history_close(h);
	unlink(path);
}

static struct reach_record record(unsigned host, const char *unit)
{
	struct reach_record x = { .actor = { .kind = ACTOR_GROUP, .cgroup = 77, .level = 2 }, .uid = 33, .port = 443,
		.proto = 6, .count = 12, .bytes = { 1000, 2000 }, .day_bytes = 10, .day_most = 400, .first_s = NOW - 9 * DAY,
		.last_s = NOW, .days = 3, .name = "a.example.net" };

	x.to = addr_v4((const uint8_t[]){ 203, (uint8_t)(host >> 16), (uint8_t)(host >> 8), (uint8_t)host });
	snprintf(x.unit, sizeof(x.unit), "%s", unit);
	return x;
}

static void put(const struct reach_record *x, int expected)
{
	ck_assert_int_eq(history_begin(h), 0);
	ck_assert_int_eq(history_put_reach(h, x), expected);
	ck_assert_int_eq(history_commit(h), 0);
}

static bool keep(void *ctx, const struct reach_record *x)
{
	(void)ctx;
	read_back[n_read++] = *x;
	return n_read < most_read;
}

static void read_all(void)
{
	n_read = 0;
	ck_assert_int_eq(history_each_reach(h, keep, NULL, &odd), 0);
}

static void run(const char *sql)
{
	sqlite3 *db;
	char *said = NULL;

	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_exec(db, sql, NULL, NULL, &said);
	ck_assert_msg(!said, "%s", said);
	sqlite3_close(db);
}

/* Not as bytes: there is padding. */
static void check_same(const struct reach_record *a, const struct reach_record *b)
{
	ck_assert(actor_equal(&a->actor, &b->actor) && a->actor.level == b->actor.level);
	ck_assert(addr_equal(&a->to, &b->to));
	ck_assert_uint_eq(a->uid, b->uid);
	ck_assert_uint_eq(a->port, b->port);
	ck_assert_uint_eq(a->proto, b->proto);
	ck_assert_uint_eq(a->count, b->count);
	ck_assert_mem_eq(a->bytes, b->bytes, sizeof(a->bytes));
	ck_assert_uint_eq(a->day_bytes, b->day_bytes);
	ck_assert_uint_eq(a->day_most, b->day_most);
	ck_assert_int_eq(a->first_s, b->first_s);
	ck_assert_int_eq(a->last_s, b->last_s);
	ck_assert_uint_eq(a->days, b->days);
	ck_assert_str_eq(a->unit, b->unit);
	ck_assert_str_eq(a->name, b->name);
}

START_TEST(what_is_put_comes_out)
{
	struct reach_record x = record(1, "a.service"), y = record(2, "");

	y.uid = OWNER_UNKNOWN;
	y.actor = (struct actor){ .kind = ACTOR_HOST };
	memset(y.name, 0, sizeof(y.name));
	y.port = 0;
	y.proto = 47;
	y.last_s -= DAY;
	ck_assert_int_eq(addr_parse("2001:db8::7", &y.to), 0);
	put(&y, 0);
	put(&x, 0);
	read_all();
	ck_assert_uint_eq(n_read, 2);
	x.actor.cgroup = 0;
	check_same(&read_back[0], &x);
	check_same(&read_back[1], &y);
	ck_assert_uint_eq(odd, 0);
}
END_TEST

START_TEST(who_was_forgotten_in_between_goes_on_from_there)
{
	struct reach_record x = record(1, "a.service");

	put(&x, 0);
	x.count = 1;
	x.days = 1;
	x.bytes[FLOW_THERE] = 5000;
	x.first_s = NOW + 5;
	x.last_s = NOW + 60;
	x.day_most = 0;
	x.name[0] = '\0';
	put(&x, 0);
	read_all();
	ck_assert_uint_eq(n_read, 1);
	ck_assert_uint_eq(read_back[0].count, 12);
	ck_assert_uint_eq(read_back[0].days, 3);
	ck_assert_uint_eq(read_back[0].bytes[FLOW_THERE], 5000);
	ck_assert_uint_eq(read_back[0].day_most, 400);
	ck_assert_int_eq(read_back[0].first_s, NOW - 9 * DAY);
	ck_assert_int_eq(read_back[0].last_s, NOW + 60);
	ck_assert_str_eq(read_back[0].name, "a.example.net");
}
END_TEST

START_TEST(numbers_without_end_stay_at_the_end)
{
	struct reach_record x = record(1, "a.service");

	x.count = x.bytes[FLOW_THERE] = x.bytes[FLOW_BACK] = UINT64_MAX;
	put(&x, 0);
	read_all();
	ck_assert_uint_eq(n_read, 1);
	ck_assert_uint_eq(read_back[0].count, INT64_MAX);
}
END_TEST

START_TEST(what_could_not_be_read_again_is_not_put)
{
	for (int i = 0; i < 6; i++) {
		struct reach_record x = record(1, "a.service");

		x.days = i == 0 ? 0 : x.days;
		x.first_s = i == 1 ? x.last_s + 1 : x.first_s;
		x.to.family = i == 2 ? FAMILY_NONE : x.to.family;
		x.name[0] = i == 3 ? '\033' : x.name[0];
		if (i == 4)
			memset(x.unit, 'u', sizeof(x.unit));
		x.actor.kind = i == 5 ? ACTOR_KINDS : x.actor.kind;
		put(&x, ERR_RANGE);
	}
	read_all();
	ck_assert_uint_eq(n_read, 0);
}
END_TEST

START_TEST(rows_that_somebody_has_been_at_are_passed_over_and_counted)
{
	static const char *const damage[] = { "addr = x'01'", "addr = 'text'", "port = 70000", "port = 'x'", "days = 0",
		"days = -1", "first = 9999999999", "last = -5", "kind = 9", "uid = -1", "contacts = 1.5",
		"name = char(27) || '[2J'", "name = printf('%0100d', 0)", "unit = x'6100620063'" };
	const size_t n = sizeof(damage) / sizeof(damage[0]);
	char sql[160];

	for (unsigned i = 0; i <= n; i++) {
		struct reach_record x = record(i + 1, "a.service");

		put(&x, 0);
	}
	for (unsigned i = 0; i < n; i++) {
		snprintf(sql, sizeof(sql), "UPDATE reach SET %s WHERE id = %u", damage[i], i + 1);
		run(sql);
	}
	read_all();
	ck_assert_uint_eq(n_read, 1);
	ck_assert_uint_eq(odd, n);
}
END_TEST

START_TEST(a_file_of_before_gets_the_table)
{
	struct reach_record x = record(1, "a.service");

	history_close(h);
	run("DROP TABLE reach; PRAGMA user_version = 1");
	open_file(256 << 20);
	put(&x, 0);
	read_all();
	ck_assert_uint_eq(n_read, 1);
}
END_TEST

START_TEST(in_a_small_file_the_least_worthy_rows_go)
{
	history_close(h);
	open_file(UINT64_C(2048) * 100);
	ck_assert_int_eq(history_begin(h), 0);
	for (unsigned i = 0; i < 200; i++) {
		struct reach_record x = record(i, "a.service");

		x.days = (uint16_t)(1 + i);
		x.last_s = NOW - 100 * DAY * (i % 2);
		x.first_s = x.last_s;
		ck_assert_int_eq(history_put_reach(h, &x), 0);
	}
	ck_assert_int_eq(history_prune_reach(h), 0);
	ck_assert_int_eq(history_commit(h), 0);
	most_read = 64;
	read_all();
	for (size_t i = 0; i < n_read; i++)
		ck_assert_int_eq(read_back[i].last_s, NOW);
	run("CREATE TABLE said AS SELECT 1 WHERE (SELECT count(*) FROM reach) = 100 AND (SELECT count(*) FROM reach "
		"WHERE last < 1793000000) = 0");
	run("CREATE TABLE once (a CHECK (a = 1)); INSERT INTO once SELECT count(*) FROM said");
}
END_TEST

START_TEST(who_reads_may_stop)
{
	for (unsigned i = 0; i < 20; i++) {
		struct reach_record x = record(i, "a.service");

		put(&x, 0);
	}
	most_read = 5;
	read_all();
	ck_assert_uint_eq(n_read, 5);
}
END_TEST

/* ---- on the way ---- */

static size_t visits, let_in = 1000;

static bool visit(void *ctx, door_fn fn, void *arg)
{
	(void)ctx;
	if (visits == let_in)
		return false;
	visits++;
	fn(arg, NULL, (mono_t){ 0 });
	return true;
}

static size_t learned;

static void learn(struct engine *e, const struct reach_record *x, mono_t now)
{
	(void)e;
	(void)now;
	ck_assert_uint_eq(x->count, 12);
	learned++;
}

static void fill_file(unsigned n)
{
	ck_assert_int_eq(history_begin(h), 0);
	for (unsigned i = 0; i < n; i++) {
		struct reach_record x = record(i, "a.service");

		ck_assert_int_eq(history_put_reach(h, &x), 0);
	}
	ck_assert_int_eq(history_commit(h), 0);
}

START_TEST(what_is_stored_is_taught_in_slices_and_once)
{
	struct reach_box *b;

	visits = learned = 0;
	let_in = 1000;
	fill_file(3 * DOOR_SLICE + 5);
	ck_assert_int_eq(reach_box_create(&b), 0);
	ck_assert_int_eq(reach_box_teach(b, h, visit, NULL), 0);
	ck_assert_uint_eq(learned, 0); /* nobody to learn yet */
	b->fn = learn;
	ck_assert_int_eq(reach_box_teach(b, h, visit, NULL), 0);
	ck_assert_int_eq(reach_box_teach(b, h, visit, NULL), 0);
	ck_assert_uint_eq(learned, 3 * DOOR_SLICE + 5);
	ck_assert_uint_eq(visits, 4);
	ck_assert_uint_eq(atomic_load(&b->lessons), learned);
	reach_box_destroy(b);
}
END_TEST

START_TEST(a_door_that_stays_shut_ends_the_lesson)
{
	struct reach_box *b;

	visits = learned = 0;
	let_in = 1;
	fill_file(3 * DOOR_SLICE + 5);
	ck_assert_int_eq(reach_box_create(&b), 0);
	b->fn = learn;
	ck_assert_int_eq(reach_box_teach(b, h, visit, NULL), 0);
	ck_assert_uint_eq(learned, DOOR_SLICE);
	ck_assert_uint_eq(atomic_load(&b->lessons), DOOR_SLICE);
	reach_box_destroy(b);
}
END_TEST

START_TEST(what_waits_is_written_once_a_minute_or_when_there_is_much_of_it)
{
	const mono_t first = { 100 * NS_PER_S }, soon = { 110 * NS_PER_S }, later = { 160 * NS_PER_S };
	struct reach_record x = record(1, "a.service");
	struct reach_box *b;

	ck_assert_int_eq(reach_box_create(&b), 0);
	ck_assert(ring_put(b->ring, &x));
	ck_assert_int_eq(reach_box_write(b, h, first, false), 0);
	ck_assert_uint_eq(atomic_load(&b->written), 1);
	ck_assert(ring_put(b->ring, &x));
	ck_assert_int_eq(reach_box_write(b, h, soon, false), 0);
	ck_assert_uint_eq(atomic_load(&b->written), 1);
	ck_assert_int_eq(reach_box_write(b, h, later, false), 0);
	ck_assert_uint_eq(atomic_load(&b->written), 2);
	for (unsigned i = 0; i < REACH_BATCH + 7; i++) {
		x = record(i, "b.service");
		ck_assert(ring_put(b->ring, &x));
	}
	ck_assert_int_eq(reach_box_write(b, h, later, false), 0);
	ck_assert_uint_eq(atomic_load(&b->written), 2 + REACH_BATCH + 7);
	reach_box_destroy(b);
}
END_TEST

START_TEST(a_file_that_cannot_be_written_costs_nothing_that_waits)
{
	struct reach_record x = record(1, "a.service"), no = record(2, "a.service");
	struct reach_box *b;

	no.days = 0; /* no record: left out, and in nobody's way */
	ck_assert_int_eq(reach_box_create(&b), 0);
	ck_assert(ring_put(b->ring, &no));
	ck_assert(ring_put(b->ring, &x));
	run("ALTER TABLE reach RENAME TO away");
	ck_assert_int_ne(reach_box_write(b, h, (mono_t){ 0 }, true), 0);
	ck_assert_uint_eq(atomic_load(&b->written), 0);
	run("ALTER TABLE away RENAME TO reach");
	ck_assert_int_eq(reach_box_write(b, h, (mono_t){ 0 }, true), 0);
	ck_assert_uint_eq(atomic_load(&b->written), 1);
	read_all();
	ck_assert_uint_eq(n_read, 1);
	reach_box_destroy(b);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("store_reach");
	TCase *c = tcase_create("store_reach");
	SRunner *runner;
	int failed;

	tcase_set_timeout(c, 60);
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, what_is_put_comes_out);
	tcase_add_test(c, who_was_forgotten_in_between_goes_on_from_there);
	tcase_add_test(c, numbers_without_end_stay_at_the_end);
	tcase_add_test(c, what_could_not_be_read_again_is_not_put);
	tcase_add_test(c, rows_that_somebody_has_been_at_are_passed_over_and_counted);
	tcase_add_test(c, a_file_of_before_gets_the_table);
	tcase_add_test(c, in_a_small_file_the_least_worthy_rows_go);
	tcase_add_test(c, who_reads_may_stop);
	tcase_add_test(c, what_is_stored_is_taught_in_slices_and_once);
	tcase_add_test(c, a_door_that_stays_shut_ends_the_lesson);
	tcase_add_test(c, what_waits_is_written_once_a_minute_or_when_there_is_much_of_it);
	tcase_add_test(c, a_file_that_cannot_be_written_costs_nothing_that_waits);
	suite_add_tcase(suite, c);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed;
}
