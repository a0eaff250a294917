/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events of the store, for whoever reads on: numbers that are given once, and of which file they are. */
#include "edge/store.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "../support/store_lab.h"

struct seen_events {
	int64_t ids[8];
	size_t n, most;
	char last[16];
};

static bool see(void *ctx, int64_t id, const char *json)
{
	struct seen_events *to = ctx;

	to->ids[to->n++] = id;
	snprintf(to->last, sizeof(to->last), "%s", json);
	return to->n < to->most;
}

static void put_events(int n)
{
	char json[24];

	for (int i = 1; i <= n; i++) {
		snprintf(json, sizeof(json), "{\"n\":%d}", i);
		ck_assert_int_eq(store_put_event(s, (wall_t){ i }, "finding", json), 0);
	}
}

START_TEST(events_are_read_on_from_where_somebody_was)
{
	struct seen_events got = { .most = 2 };

	put_events(5);
	ck_assert_int_eq(store_events_after(s, 1, 8, see, &got), 0);
	ck_assert_uint_eq(got.n, 2); /* enough for him */
	ck_assert_int_eq(got.ids[0], 2);
	ck_assert_int_eq(got.ids[1], 3);
	got = (struct seen_events){ .most = 8 };
	ck_assert_int_eq(store_events_after(s, 3, 8, see, &got), 0);
	ck_assert_uint_eq(got.n, 2);
	ck_assert_str_eq(got.last, "{\"n\":5}");
	got.n = 0;
	ck_assert_int_eq(store_events_after(s, 5, 8, see, &got), 0);
	ck_assert_uint_eq(got.n, 0);
}
END_TEST

START_TEST(numbers_of_events_belong_to_one_file_and_outlive_a_restart)
{
	struct store_events before, after, other;
	char path_aside[STORE_PATH];

	ck_assert_int_eq(store_event_place(s, &before), 0);
	ck_assert_uint_ge(strlen(before.name), 16);
	ck_assert_int_eq(before.first, 0);
	ck_assert_int_eq(before.last, 0);
	put_events(3);
	store_close(s, false);
	s = NULL;
	ck_assert_int_eq(open_as("boot-a", 0), 0);
	ck_assert_int_eq(store_event_place(s, &after), 0);
	ck_assert_str_eq(after.name, before.name);
	ck_assert_int_eq(after.first, 1);
	ck_assert_int_eq(after.last, 3);
	store_close(s, false);
	s = NULL;
	ck_assert_int_eq(store_set_aside(path, path_aside, why), 0);
	ck_assert_int_eq(open_as("a", 0), 0);
	ck_assert_int_eq(store_event_place(s, &other), 0);
	ck_assert_str_ne(other.name, before.name);
	ck_assert_int_eq(other.last, 0);
}
END_TEST

START_TEST(the_newest_event_stays_so_that_its_number_is_given_once)
{
	static char json[180 * 1024];
	struct store_events left;
	uint64_t removed;

	store_close(s, false);
	ck_assert_int_eq(open_as("boot-a", UINT64_C(1024) * 1024), 0);
	memset(json, ' ', sizeof(json) - 1);
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(store_put_event(s, (wall_t){ 1 }, "finding", json), 0);
	ck_assert_int_eq(store_trim(s, (wall_t){ INT64_MAX }, &removed), 0);
	ck_assert_uint_eq(removed, 4);
	ck_assert_int_eq(store_event_place(s, &left), 0);
	ck_assert_int_eq(left.first, 5);
	ck_assert_int_eq(left.last, 5);
	ck_assert_int_eq(store_put_event(s, (wall_t){ 1 }, "finding", "{}"), 0);
	ck_assert_int_eq(store_event_place(s, &left), 0);
	ck_assert_int_eq(left.last, 6);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("store_events");
	TCase *t = tcase_create("numbers");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, make_store, remove_folder);
	tcase_add_test(t, events_are_read_on_from_where_somebody_was);
	tcase_add_test(t, numbers_of_events_belong_to_one_file_and_outlive_a_restart);
	tcase_add_test(t, the_newest_event_stays_so_that_its_number_is_given_once);
	suite_add_tcase(suite, t);
	r = srunner_create(suite);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
