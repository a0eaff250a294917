/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The chronicle against what happens to its file. There is no engine behind: an empty file has nothing to teach. */
#include "app/chronicle.h"

#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "edge/store_history.h"
#include "edge/store_reach.h"

#define START (INT64_C(5908032) * SLOT_S) /* 2026-03-05 */

static char folder[64], file[96];
static struct chronicle *c;
static const struct conf_history conf = { .enabled = true, .max_bytes = 8 << 20, .keep_slots_ns = INT64_C(36500) * 86400 * NS_PER_S,
	.keep_hours_ns = INT64_C(36500) * 86400 * NS_PER_S };

static void setup(void)
{
	strcpy(folder, "/tmp/tidegate-chronicle-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(file, sizeof(file), "%s/%s", folder, HISTORY_FILE);
	ck_assert_int_eq(chronicle_create(&c, folder, &conf), 0);
	ck_assert_int_eq(chronicle_start(c, NULL), 0);
}

static void teardown(void)
{
	char command[96];

	ck_assert(chronicle_destroy(c));
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
}

static void put(int n)
{
	const struct slot_series s = { .id = { .kind = SERIES_HOST }, .known = 1U << OF_CONNECTIONS };
	const struct slot slot = { .start_s = START + n * SLOT_S, .watched_s = SLOT_S, .series = &s, .n = 1 };

	chronicle_slot(c, &slot);
}

static uint64_t written(void)
{
	struct chronicle_stats s;

	chronicle_stats(c, &s);
	return s.written;
}

static void wait_written(uint64_t n)
{
	for (int i = 0; i < 300 && written() < n; i++)
		usleep(10000);
	ck_assert_uint_eq(written(), n);
}

static uint64_t kept(void)
{
	struct history_known known;
	struct history *h;
	char why[WHY_TEXT];

	ck_assert_int_eq(history_open_reading(&h, file, why), 0);
	ck_assert_int_eq(history_known(h, HISTORY_OWN, 0, &known), 0);
	history_close(h);
	return known.slots;
}

static unsigned set_aside(void)
{
	DIR *d = opendir(folder);
	unsigned n = 0;

	for (const struct dirent *e; (e = readdir(d));)
		n += strstr(e->d_name, ".damaged-") && !strstr(e->d_name, "-journal");
	closedir(d);
	return n;
}

START_TEST(a_file_that_is_damaged_while_it_is_open_costs_no_slot_after)
{
	static char noise[65536] = "no database";
	int fd;

	put(0);
	wait_written(1);
	fd = open(file, O_WRONLY);
	ck_assert_int_eq(write(fd, noise, sizeof(noise)), sizeof(noise));
	close(fd);
	put(1);
	put(2);
	wait_written(3);
	ck_assert_uint_eq(kept(), 2);
	ck_assert_uint_eq(set_aside(), 1);
}
END_TEST

START_TEST(a_file_that_is_removed_while_it_is_open_is_begun_anew)
{
	put(0);
	wait_written(1);
	unlink(file);
	put(1);
	for (int i = 0; i < 1500 && written() < 2; i++)
		usleep(10000);
	ck_assert_uint_eq(kept(), 1);
}
END_TEST

START_TEST(what_is_no_slot_is_left_out_and_the_next_is_written)
{
	struct slot odd = { .start_s = START + 1, .watched_s = SLOT_S };

	chronicle_slot(c, &odd);
	put(0);
	wait_written(1);
	ck_assert_uint_eq(kept(), 1);
	ck_assert_uint_eq(set_aside(), 0);
}
END_TEST

static bool count_one(void *ctx, const struct reach_record *x)
{
	(void)x;
	++*(unsigned *)ctx;
	return true;
}

START_TEST(whom_this_host_reaches_is_in_the_file_when_it_ends_and_none_is_lost_that_found_room)
{
	struct reach_record x = { .days = 1, .last_s = START, .to.family = FAMILY_V4, .unit = "a.service" };
	unsigned n = 0, handed = 0;
	char why[WHY_TEXT];
	struct history *h;
	uint64_t odd = 0;

	for (unsigned i = 0; i < 1500; i++) {
		x.port = (uint16_t)i;
		handed += chronicle_reach(c, &x);
	}
	ck_assert_uint_ge(handed, 1024); /* the others stay with who has them, and are handed again */
	ck_assert(chronicle_destroy(c));
	ck_assert_int_eq(history_open_reading(&h, file, why), 0);
	ck_assert_int_eq(history_each_reach(h, count_one, &n, &odd), 0);
	ck_assert_uint_eq(n, handed);
	history_close(h);
	ck_assert_int_eq(chronicle_create(&c, folder, &conf), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("chronicle");
	TCase *tc = tcase_create("chronicle");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_file_that_is_damaged_while_it_is_open_costs_no_slot_after);
	tcase_add_test(tc, a_file_that_is_removed_while_it_is_open_is_begun_anew);
	tcase_add_test(tc, what_is_no_slot_is_left_out_and_the_next_is_written);
	tcase_add_test(tc, whom_this_host_reaches_is_in_the_file_when_it_ends_and_none_is_lost_that_found_room);
	suite_add_tcase(s, tc);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
