/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pressure: said where clients are turned away or far more is open than ever, and not of a moment's burst.
 */
#include "core/hold_gate.h"

#include <check.h>
#include <stdlib.h>

static const struct hold_opts opts = { .queue_percent = 70, .least_open = 128, .peer_floor = 64, .slow_floor = 32 };

static uint8_t look(struct hold_gate *g, uint32_t open, uint32_t queue, uint32_t backlog)
{
	struct service_census c = { .established = open, .accept_queue = queue, .backlog = backlog };

	return hold_gate_look(g, &opts, &c, 0, false, NS_PER_S);
}

static uint8_t looks(struct hold_gate *g, unsigned n, uint32_t open)
{
	uint8_t bits = 0;

	for (unsigned i = 0; i < n; i++)
		bits |= look(g, open, 0, 128);
	return bits;
}

START_TEST(a_queue_that_fills_twice_in_a_row_is_pressure)
{
	struct hold_gate g = { 0 };

	ck_assert_uint_eq(look(&g, 10, 90, 128), 0);
	ck_assert_uint_eq(look(&g, 10, 90, 128), HOLD_QUEUE);
	ck_assert_uint_eq(look(&g, 10, 89, 128), 0); /* 69.5 percent */
}
END_TEST

START_TEST(a_burst_of_one_second_is_none)
{
	struct hold_gate g = { 0 };

	for (unsigned i = 0; i < 60; i++)
		ck_assert_uint_eq(look(&g, 10, i % 2 ? 128 : 0, 128), 0);
}
END_TEST

START_TEST(a_service_without_a_backlog_has_no_full_queue)
{
	struct hold_gate g = { 0 };

	for (unsigned i = 0; i < 5; i++)
		ck_assert_uint_eq(look(&g, 10, 100, 0), 0);
}
END_TEST

START_TEST(far_above_its_own_usual_three_times_in_a_row_is_pressure)
{
	struct hold_gate g = { 0 };

	ck_assert_uint_eq(looks(&g, 1200, 1000), 0);
	ck_assert_uint_eq(hold_gate_limit(&g, &opts), 2128);
	ck_assert_uint_eq(looks(&g, 60, 2000), 0);
	ck_assert_uint_eq(looks(&g, 2, 3000), 0);
	ck_assert_uint_eq(looks(&g, 1, 3000), HOLD_OPEN);
	ck_assert_uint_eq(looks(&g, 1, 900), 0);
}
END_TEST

START_TEST(a_small_service_may_grow_to_the_least)
{
	struct hold_gate g = { 0 };

	look(&g, 0, 0, 128);
	ck_assert_uint_eq(looks(&g, 10, 128), 0);
}
END_TEST

START_TEST(what_is_open_when_we_begin_is_taken_as_usual)
{
	struct hold_gate g = { 0 };

	ck_assert_uint_eq(looks(&g, 600, 50000), 0);
}
END_TEST

START_TEST(growth_of_a_day_is_never_pressure)
{
	struct hold_gate g = { 0 };
	uint8_t bits = 0;

	for (uint32_t open = 100; open < 6000; open++) /* tenfold and more in ten hours */
		bits |= looks(&g, 6, open);
	ck_assert_uint_eq(bits, 0);
}
END_TEST

START_TEST(an_attack_is_not_learned_where_it_is_frozen_and_little_where_it_is_not)
{
	struct hold_gate g = { 0 }, other = { 0 };
	struct service_census c = { .established = 1000000 };

	looks(&g, 60, 100);
	looks(&other, 60, 100);
	for (unsigned i = 0; i < 600; i++) {
		hold_gate_look(&g, &opts, &c, 0, true, NS_PER_S);
		hold_gate_look(&other, &opts, &c, 0, false, NS_PER_S);
	}
	ck_assert_uint_eq(hold_gate_limit(&g, &opts), 328);
	ck_assert_uint_lt(hold_gate_limit(&other, &opts), 1500); /* of a million, after ten minutes */
}
END_TEST

START_TEST(a_full_connection_table_presses_those_who_have_much_open)
{
	struct hold_gate g = { 0 }, small = { 0 };
	struct service_census c = { .established = 200 }, few = { .established = 3 };

	ck_assert_uint_eq(hold_gate_look(&g, &opts, &c, 79, false, NS_PER_S), 0);
	ck_assert_uint_eq(hold_gate_look(&g, &opts, &c, 80, false, NS_PER_S), HOLD_TRACKS);
	ck_assert_uint_eq(hold_gate_look(&small, &opts, &few, 99, false, NS_PER_S), 0);
}
END_TEST

START_TEST(numbers_at_their_end_are_borne)
{
	struct hold_gate g = { 0 };

	for (unsigned i = 0; i < 10; i++)
		look(&g, UINT32_MAX, UINT32_MAX, UINT32_MAX);
	ck_assert_uint_eq(look(&g, UINT32_MAX, UINT32_MAX, UINT32_MAX) & HOLD_QUEUE, HOLD_QUEUE);
	ck_assert_uint_ge(hold_gate_limit(&g, &opts), 128);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("hold_gate");
	TCase *t = tcase_create("hold_gate");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(t, a_queue_that_fills_twice_in_a_row_is_pressure);
	tcase_add_test(t, a_burst_of_one_second_is_none);
	tcase_add_test(t, a_service_without_a_backlog_has_no_full_queue);
	tcase_add_test(t, far_above_its_own_usual_three_times_in_a_row_is_pressure);
	tcase_add_test(t, a_small_service_may_grow_to_the_least);
	tcase_add_test(t, what_is_open_when_we_begin_is_taken_as_usual);
	tcase_add_test(t, growth_of_a_day_is_never_pressure);
	tcase_add_test(t, an_attack_is_not_learned_where_it_is_frozen_and_little_where_it_is_not);
	tcase_add_test(t, a_full_connection_table_presses_those_who_have_much_open);
	tcase_add_test(t, numbers_at_their_end_are_borne);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
