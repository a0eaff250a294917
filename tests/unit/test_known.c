/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What teaches, out of two files: in order of time, each five minutes once, and none of it before a reset. */
#include "app/known.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../support/history_lab.h"
#include "base/err.h"
#include "core/packet.h"

#define T0 (INT64_C(1700000000) / 604800 * 604800 + 4 * DAY) /* a Monday, 00:00 UTC */

static struct lessons *lessons;
static char lessons_path[128];

static void begin(void)
{
	const struct lessons_opts o = { .make = true };

	setenv("TZ", "UTC", 1);
	setup();
	snprintf(lessons_path, sizeof(lessons_path), "%.80s.lessons", path);
	ck_assert_int_eq(lessons_open(&lessons, lessons_path, &o, aside, why), 0);
}

static void end(void)
{
	lessons_close(lessons);
	teardown();
}

static void teach(int64_t start_s, uint64_t connections)
{
	const struct tally_series s = { .direction = TALLY_IN, .scope = TALLY_SERVICE, .proto = PROTO_TCP, .port = 80,
		.connections = connections };
	const struct tally_slot t = { .start_s = start_s, .from = { start_s * NS_PER_S },
		.until = { (start_s + 300) * NS_PER_S }, .series = &s, .n = 1 };

	ck_assert_int_eq(lessons_begin(lessons), 0);
	ck_assert_int_eq(lessons_add(lessons, &t), 0);
	ck_assert_int_eq(lessons_commit(lessons), 0);
}

static struct {
	int64_t start_s[32];
	enum known_origin origin[32];
	uint64_t first[32]; /* value of the first series */
	size_t n, most;
} seen;

static bool see(void *ctx, enum known_origin origin, const struct slot *s)
{
	(void)ctx;
	seen.start_s[seen.n] = s->start_s;
	seen.origin[seen.n] = origin;
	seen.first[seen.n] = s->n ? s->series[0].value[OF_BYTES_IN] : 0;
	return ++seen.n < seen.most;
}

static void walk(size_t most)
{
	const struct known k = { .history = h, .lessons = lessons };
	enum known_origin failed;

	memset(&seen, 0, sizeof(seen));
	seen.most = most;
	ck_assert_int_eq(known_each_slot(&k, 0, see, NULL, &failed), 0);
}

START_TEST(slots_of_all_origins_come_in_order_of_time_and_once)
{
	teach(T0, 1);
	add(T0 + 300, 0, 11, 1);
	import(T0 + 600, 22);
	teach(T0 + 600, 1);
	import(T0 + 900, 33);
	add(T0 + 900, 0, 44, 1);
	teach(T0 + 900, 1);
	teach(T0 + 1200, 1);
	walk(32);
	ck_assert_uint_eq(seen.n, 5);
	for (size_t i = 0; i < 5; i++)
		ck_assert_int_eq(seen.start_s[i], T0 + (int64_t)i * 300);
	ck_assert_int_eq(seen.origin[0], KNOWN_CAPTURED);
	ck_assert_int_eq(seen.origin[1], KNOWN_OWN);
	ck_assert_int_eq(seen.origin[2], KNOWN_IMPORTED);
	ck_assert_uint_eq(seen.first[2], 22);
	ck_assert_int_eq(seen.origin[3], KNOWN_OWN);
	ck_assert_uint_eq(seen.first[3], 44);
	ck_assert_int_eq(seen.origin[4], KNOWN_CAPTURED);
	walk(2);
	ck_assert_uint_eq(seen.n, 2);
}
END_TEST

START_TEST(of_what_was_before_a_reset_nothing_own_comes)
{
	add(T0, 0, 1, 1);
	add(T0 + 300, 0, 2, 1);
	ck_assert_int_eq(history_reset_learning(h, T0 + 300), 0);
	walk(32);
	ck_assert_uint_eq(seen.n, 1);
	ck_assert_uint_eq(seen.first[0], 2);
}
END_TEST

START_TEST(each_file_alone_will_do)
{
	struct known k = { .history = h };
	enum known_origin failed;

	add(T0, 0, 1, 1);
	teach(T0 + 300, 1);
	memset(&seen, 0, sizeof(seen));
	seen.most = 32;
	ck_assert_int_eq(known_each_slot(&k, 0, see, NULL, &failed), 0);
	ck_assert_uint_eq(seen.n, 1);
	k = (struct known){ .lessons = lessons };
	ck_assert_int_eq(known_each_slot(&k, 0, see, NULL, &failed), 0);
	ck_assert_uint_eq(seen.n, 2);
	k.lessons = NULL;
	ck_assert_int_eq(known_each_slot(&k, 0, see, NULL, &failed), 0);
	ck_assert_uint_eq(seen.n, 2);
}
END_TEST

START_TEST(what_is_known_of_the_week_is_counted_in_local_hours)
{
	const struct known k = { .history = h, .lessons = lessons };
	static struct known_sum sum;
	enum known_origin failed;

	add(T0, -3600, 1, 1);               /* Sunday 23:00 */
	add(T0 + 7 * DAY, -3600, 1, 1);
	teach(T0 + 300, 1);                 /* Monday 00:05 */
	ck_assert_int_eq(known_add_up(&k, &sum, &failed), 0);
	ck_assert_uint_eq(known_slots(&sum), 3);
	ck_assert_uint_eq(sum.slots[KNOWN_OWN], 2);
	ck_assert_uint_eq(sum.hour_weeks[167], 2);
	ck_assert_uint_eq(sum.hour_s[167], 600);
	ck_assert_uint_eq(sum.hour_weeks[0], 1);
	ck_assert_int_eq(sum.since_s, T0);
	ck_assert_int_eq(sum.until_s, T0 + 7 * DAY + 300);
	for (size_t i = 1; i < sum.n_series; i++)
		ck_assert_int_lt(series_compare(&sum.series[i - 1].id, &sum.series[i].id), 0);
	for (size_t i = 0; i < sum.n_series; i++)
		if (series_equal(&sum.series[i].id, &eth0))
			ck_assert_uint_eq(sum.series[i].slots, 2);
}
END_TEST

START_TEST(a_frozen_slot_teaches_nothing)
{
	const struct slot_series s = link_series(1, 1);
	const struct slot slot = { .start_s = T0, .watched_s = 300, .frozen = true, .series = &s, .n = 1 };
	const struct known k = { .history = h };
	static struct known_sum sum;
	enum known_origin failed;

	ck_assert_int_eq(history_add(h, &slot), 0);
	ck_assert_int_eq(known_add_up(&k, &sum, &failed), 0);
	ck_assert_uint_eq(known_slots(&sum), 0);
	ck_assert_uint_eq(sum.frozen, 1);
	ck_assert_uint_eq(sum.n_series, 0);
}
END_TEST

START_TEST(days_are_left_until_both_time_and_slots_are_enough)
{
	struct known_series s = { .since_s = T0, .slots = 1 };

	ck_assert_uint_eq(known_days_left(&s, T0 + 300, 7), 7);
	s.slots = 7 * SLOTS_A_DAY / 2;
	ck_assert_uint_eq(known_days_left(&s, T0 + 3 * DAY, 7), 4);
	ck_assert_uint_eq(known_days_left(&s, T0 + 7 * DAY, 7), 0);
	s.slots = 7 * SLOTS_A_DAY / 2 - 1;
	ck_assert_uint_eq(known_days_left(&s, T0 + 70 * DAY, 7), 1);
	ck_assert_uint_eq(known_days_left(&s, T0 - DAY, 7), 7);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("known");
	TCase *c = tcase_create("known");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(c, begin, end);
	tcase_add_test(c, slots_of_all_origins_come_in_order_of_time_and_once);
	tcase_add_test(c, of_what_was_before_a_reset_nothing_own_comes);
	tcase_add_test(c, each_file_alone_will_do);
	tcase_add_test(c, what_is_known_of_the_week_is_counted_in_local_hours);
	tcase_add_test(c, a_frozen_slot_teaches_nothing);
	tcase_add_test(c, days_are_left_until_both_time_and_slots_are_enough);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
