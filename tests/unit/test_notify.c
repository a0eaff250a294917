/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who is told what, and when, in simulated time. */
#include "core/notify.h"

#include <check.h>

#define S NS_PER_S
#define NOON (INT64_C(1790000000) * NS_PER_S)

static struct notify n;
static wall_t now;

static void begin(void)
{
	static const struct notify_opts o = { .kinds = NOTIFY_FINDING | NOTIFY_BLOCK | NOTIFY_ALARM, .severity = 2,
		.per_hour = 4, .batch_ns = 60 * S, .repeat_ns = 3600 * S };

	notify_begin(&n, &o);
	now.ns = NOON;
}

static void later(int64_t s)
{
	now.ns += s * S;
}

static enum notify_fate finding(uint64_t key, uint8_t severity)
{
	struct notify_event e = { .kind = NOTIFY_FINDING, .severity = severity, .key = key };

	return notify_take(&n, &e, now);
}

static struct notify_counts sent(void)
{
	ck_assert_int_eq(notify_wait(&n, now), 0);
	return notify_send(&n, now);
}

START_TEST(the_first_event_is_told_at_once)
{
	ck_assert_int_eq(notify_wait(&n, now), INT64_MAX);
	ck_assert_int_eq(finding(1, 2), NOTIFY_WAITS);
	ck_assert_uint_eq(sent().events, 1);
	ck_assert_int_eq(notify_wait(&n, now), INT64_MAX);
}
END_TEST

START_TEST(what_comes_then_waits_for_the_end_of_the_batch_time)
{
	finding(1, 2);
	sent();
	later(10);
	finding(2, 2);
	ck_assert_int_eq(notify_wait(&n, now), 50 * S);
	later(49);
	finding(3, 1);
	ck_assert_int_eq(notify_wait(&n, now), S);
	later(1);
	struct notify_counts c = sent();
	ck_assert_uint_eq(c.events, 2);
	ck_assert_uint_eq(c.severity, 1);
}
END_TEST

START_TEST(an_hour_has_so_many_messages_and_the_rest_waits)
{
	for (uint64_t i = 1; i <= 4; i++) {
		finding(i, 2);
		sent();
		later(60);
	}
	finding(5, 2);
	ck_assert_int_eq(notify_wait(&n, now), (3600 - 240) * S);
	later(3600 - 240);
	ck_assert_uint_eq(sent().events, 1);
	/* The hour glides: the second message is now what holds the sixth. */
	finding(6, 2);
	ck_assert_int_eq(notify_wait(&n, now), 60 * S);
}
END_TEST

START_TEST(other_kinds_and_lighter_findings_are_not_wanted)
{
	struct notify_event e = { .kind = NOTIFY_NOTICE, .key = 9 };

	ck_assert_int_eq(notify_take(&n, &e, now), NOTIFY_UNWANTED);
	ck_assert_int_eq(finding(1, 3), NOTIFY_UNWANTED);
	ck_assert_int_eq(finding(1, 2), NOTIFY_WAITS);
	e.kind = NOTIFY_ALARM; /* has no severity, and needs none */
	ck_assert_int_eq(notify_take(&n, &e, now), NOTIFY_WAITS);
	ck_assert_uint_eq(sent().events, 2);
}
END_TEST

START_TEST(one_incident_is_told_once_and_again_after_the_repeat_time)
{
	finding(1, 2);
	ck_assert_int_eq(finding(1, 2), NOTIFY_REPEATED); /* it waits */
	ck_assert_uint_eq(sent().repeated, 1);
	later(600);
	ck_assert_int_eq(finding(1, 2), NOTIFY_REPEATED); /* it was told */
	ck_assert_int_eq(notify_wait(&n, now), INT64_MAX); /* that alone is no message */
	ck_assert_int_eq(finding(2, 2), NOTIFY_WAITS);
	ck_assert_uint_eq(sent().repeated, 1); /* but goes with the next one */
	later(3000);
	ck_assert_int_eq(finding(1, 2), NOTIFY_WAITS);
}
END_TEST

START_TEST(what_becomes_graver_is_told_again)
{
	finding(1, 2);
	sent();
	later(1);
	ck_assert_int_eq(finding(1, 1), NOTIFY_WAITS);
	ck_assert_int_eq(finding(1, 1), NOTIFY_REPEATED);
	later(59);
	ck_assert_uint_eq(sent().severity, 1);
	ck_assert_int_eq(finding(1, 1), NOTIFY_REPEATED);
}
END_TEST

START_TEST(a_waiting_event_becomes_as_grave_as_its_gravest)
{
	finding(1, 2);
	finding(1, 1);
	ck_assert_uint_eq(sent().severity, 1);
	ck_assert_int_eq(finding(1, 1), NOTIFY_REPEATED);
}
END_TEST

START_TEST(events_without_a_key_are_all_told)
{
	ck_assert_int_eq(finding(0, 2), NOTIFY_WAITS);
	ck_assert_int_eq(finding(0, 2), NOTIFY_WAITS);
	sent();
	ck_assert_int_eq(finding(0, 2), NOTIFY_WAITS);
}
END_TEST

START_TEST(a_flood_fills_the_slots_and_is_counted)
{
	for (uint64_t i = 1; i <= 1000; i++)
		finding(i, 2);
	struct notify_counts c = sent();
	ck_assert_uint_eq(c.events, NOTIFY_WAITING);
	ck_assert_uint_eq(c.left_out, 1000 - NOTIFY_WAITING);
	later(60);
	ck_assert_int_eq(finding(1, 2), NOTIFY_REPEATED);
	ck_assert_int_eq(finding(1000, 2), NOTIFY_WAITS); /* it was never told */
	ck_assert_uint_eq(sent().left_out, 0);
}
END_TEST

START_TEST(of_what_was_told_the_oldest_is_forgotten_first)
{
	uint64_t key = 1;

	for (int message = 0; message < 5; message++) {
		for (int i = 0; i < NOTIFY_WAITING; i++)
			ck_assert_int_eq(finding(key++, 2), NOTIFY_WAITS);
		notify_send(&n, now);
		later(60);
	}
	ck_assert_int_eq(finding(1, 2), NOTIFY_WAITS);
	ck_assert_int_eq(finding(NOTIFY_WAITING + 1, 2), NOTIFY_REPEATED);
	ck_assert_int_eq(finding(key - 1, 2), NOTIFY_REPEATED);
}
END_TEST

START_TEST(a_restart_remembers_what_was_told_and_sent)
{
	struct notify old;
	const struct notify_opts o = n.opts;

	for (uint64_t i = 1; i <= 4; i++) {
		finding(i, 2);
		sent();
		later(60);
	}
	old = n;
	notify_begin(&n, &o);
	for (size_t i = 0; i < NOTIFY_TOLD; i++)
		if (old.told[i].key)
			notify_restore_told(&n, &old.told[i]);
	for (size_t i = 0; i < NOTIFY_PER_HOUR; i++)
		if (old.sent[(old.n_sent + i) % NOTIFY_PER_HOUR].ns)
			notify_restore_sent(&n, old.sent[(old.n_sent + i) % NOTIFY_PER_HOUR]);
	ck_assert_int_eq(finding(3, 2), NOTIFY_REPEATED);
	ck_assert_int_eq(finding(5, 2), NOTIFY_WAITS);
	ck_assert_int_eq(notify_wait(&n, now), (3600 - 240) * S);
}
END_TEST

START_TEST(a_clock_that_is_set_back_silences_nobody)
{
	for (uint64_t i = 1; i <= 4; i++) {
		finding(i, 2);
		sent();
		later(60);
	}
	now.ns = NOON - 86400 * S;
	ck_assert_int_eq(finding(1, 2), NOTIFY_WAITS);
	ck_assert_uint_eq(sent().events, 1);
}
END_TEST

START_TEST(options_that_change_hold_for_what_waits)
{
	struct notify_opts o = n.opts;

	finding(1, 2);
	sent();
	finding(2, 2);
	o.batch_ns = 10 * S;
	o.per_hour = 0; /* held at one */
	notify_set(&n, &o);
	ck_assert_int_eq(notify_wait(&n, now), 3600 * S);
	o.per_hour = 100000; /* and at what there is room for */
	notify_set(&n, &o);
	ck_assert_int_eq(notify_wait(&n, now), 10 * S);
}
END_TEST

START_TEST(failures_are_tried_again_ever_more_slowly)
{
	ck_assert_int_eq(notify_backoff_ns(1), 10 * S);
	ck_assert_int_eq(notify_backoff_ns(2), 20 * S);
	ck_assert_int_eq(notify_backoff_ns(6), 320 * S);
	ck_assert_int_eq(notify_backoff_ns(7), 600 * S);
	ck_assert_int_eq(notify_backoff_ns(4000000000), 600 * S);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("notify");
	TCase *t = tcase_create("time");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, begin, NULL);
	tcase_add_test(t, the_first_event_is_told_at_once);
	tcase_add_test(t, what_comes_then_waits_for_the_end_of_the_batch_time);
	tcase_add_test(t, an_hour_has_so_many_messages_and_the_rest_waits);
	tcase_add_test(t, other_kinds_and_lighter_findings_are_not_wanted);
	tcase_add_test(t, one_incident_is_told_once_and_again_after_the_repeat_time);
	tcase_add_test(t, what_becomes_graver_is_told_again);
	tcase_add_test(t, a_waiting_event_becomes_as_grave_as_its_gravest);
	tcase_add_test(t, events_without_a_key_are_all_told);
	tcase_add_test(t, a_flood_fills_the_slots_and_is_counted);
	tcase_add_test(t, of_what_was_told_the_oldest_is_forgotten_first);
	tcase_add_test(t, a_restart_remembers_what_was_told_and_sent);
	tcase_add_test(t, a_clock_that_is_set_back_silences_nobody);
	tcase_add_test(t, options_that_change_hold_for_what_waits);
	tcase_add_test(t, failures_are_tried_again_ever_more_slowly);
	suite_add_tcase(suite, t);
	r = srunner_create(suite);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
