/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A costly source is listened to within its bound, and what that cost is told.
 */
#include "core/duty.h"

#include <check.h>
#include <stdlib.h>

static mono_t at_ms(int64_t ms)
{
	return (mono_t){ 1000 * NS_PER_S + ms * NS_PER_MS };
}

/* A source of so many a second for that long, asked each 20 ms; returns what was heard. */
static uint64_t listen_to(struct duty *d, uint64_t per_s, int64_t from_ms, int64_t ms)
{
	uint64_t heard = 0;

	for (int64_t t = from_ms; t < from_ms + ms; t += 20) {
		if (duty_resume(d, at_ms(t)) || d->resting)
			continue; /* nothing has come yet */
		heard += per_s / 50;
		duty_spend(d, per_s / 50, at_ms(t));
	}
	return heard;
}

START_TEST(what_stays_under_its_bound_is_heard_whole)
{
	struct duty d;

	duty_start(&d, 4000, at_ms(0));
	ck_assert_uint_eq(listen_to(&d, 3900, 0, 60000), 3900 * 60);
	ck_assert_uint_eq(d.rests, 0);
	ck_assert_uint_eq(d.weight, 1);
	ck_assert_uint_eq(d.missed, 0);
	ck_assert_int_eq(duty_due_ns(&d, at_ms(60000)), INT64_MAX);
}
END_TEST

START_TEST(a_burst_of_a_second_is_heard_whole)
{
	struct duty d;

	duty_start(&d, 4000, at_ms(0));
	ck_assert(!duty_spend(&d, 4000, at_ms(1)));
	ck_assert(duty_spend(&d, 10, at_ms(1)));
	ck_assert(d.resting);
}
END_TEST

START_TEST(far_above_it_the_bound_is_kept_and_the_rest_is_estimated)
{
	struct duty d;
	uint64_t heard, true_number = 40000 * 60;

	duty_start(&d, 4000, at_ms(0));
	heard = listen_to(&d, 40000, 0, 60000);
	ck_assert_uint_le(heard, 4000 * 62);
	ck_assert_uint_ge(heard, 4000 * 55);
	ck_assert_uint_ge(d.weight, 7);
	ck_assert_uint_le(d.weight, 14);
	ck_assert_uint_ge(d.missed + heard, true_number * 8 / 10);
	ck_assert_uint_le(d.missed + heard, true_number * 12 / 10);
	ck_assert_int_gt(d.rested_ns, 40 * NS_PER_S);
}
END_TEST

START_TEST(a_calm_before_the_storm_does_not_belittle_it)
{
	struct duty d;
	uint64_t heard;

	duty_start(&d, 50, at_ms(0));
	ck_assert(!duty_spend(&d, 1, at_ms(0)));
	heard = listen_to(&d, 1000, 30000, 2000);
	while (!duty_resume(&d, at_ms(34000)))
		ck_assert(d.resting);
	ck_assert_uint_ge(d.missed + heard, 1500);
	ck_assert_uint_le(d.missed + heard, 4500); /* the last rest went on when there was nothing any more */
}
END_TEST

START_TEST(when_it_calms_down_one_stands_for_one_again)
{
	struct duty d;

	duty_start(&d, 4000, at_ms(0));
	listen_to(&d, 40000, 0, 10000);
	ck_assert_uint_gt(d.weight, 1);
	listen_to(&d, 100, 10000, 3000);
	ck_assert_uint_eq(d.weight, 1);
	ck_assert(!d.resting);
}
END_TEST

START_TEST(a_rest_ends_when_it_was_said_to)
{
	struct duty d;
	int64_t due;
	mono_t then;

	duty_start(&d, 1000, at_ms(0));
	ck_assert(duty_spend(&d, 1500, at_ms(0)));
	due = duty_due_ns(&d, at_ms(0));
	ck_assert_int_eq(due, 750 * NS_PER_MS);
	then = at_ms(750);
	ck_assert(!duty_resume(&d, mono_add(then, -1)));
	ck_assert_int_eq(duty_due_ns(&d, mono_add(then, -1)), 1);
	ck_assert(duty_resume(&d, then));
	ck_assert(!duty_resume(&d, then));
	ck_assert_int_eq(d.rested_ns, 750 * NS_PER_MS);
}
END_TEST

START_TEST(what_was_underway_when_the_rest_began_is_paid_but_begins_no_other)
{
	struct duty d;

	duty_start(&d, 1000, at_ms(0));
	ck_assert(duty_spend(&d, 1500, at_ms(0)));
	ck_assert(!duty_spend(&d, 500, at_ms(0)));
	ck_assert_uint_eq(d.rests, 1);
	ck_assert(!duty_resume(&d, at_ms(800)));
	ck_assert(duty_resume(&d, at_ms(1250)));
}
END_TEST

START_TEST(without_a_bound_there_is_no_rest)
{
	struct duty d;

	duty_start(&d, 0, at_ms(0));
	ck_assert(!duty_spend(&d, UINT64_MAX, at_ms(0)));
	ck_assert(!d.resting);
}
END_TEST

START_TEST(numbers_beyond_reason_and_a_clock_that_stands_break_nothing)
{
	struct duty d;

	duty_start(&d, 1, at_ms(0));
	ck_assert(duty_spend(&d, UINT64_MAX, at_ms(0)));
	ck_assert(!duty_resume(&d, at_ms(-5000)));
	ck_assert(duty_resume(&d, at_ms(70000)));
	ck_assert_uint_ge(d.weight, 1);
	duty_start(&d, UINT32_MAX, at_ms(0));
	ck_assert(!duty_spend(&d, UINT32_MAX / 2, at_ms(0)));
	ck_assert(!d.resting);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("duty");
	TCase *t = tcase_create("duty");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_test(t, what_stays_under_its_bound_is_heard_whole);
	tcase_add_test(t, a_burst_of_a_second_is_heard_whole);
	tcase_add_test(t, far_above_it_the_bound_is_kept_and_the_rest_is_estimated);
	tcase_add_test(t, a_calm_before_the_storm_does_not_belittle_it);
	tcase_add_test(t, when_it_calms_down_one_stands_for_one_again);
	tcase_add_test(t, a_rest_ends_when_it_was_said_to);
	tcase_add_test(t, what_was_underway_when_the_rest_began_is_paid_but_begins_no_other);
	tcase_add_test(t, without_a_bound_there_is_no_rest);
	tcase_add_test(t, numbers_beyond_reason_and_a_clock_that_stands_break_nothing);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
