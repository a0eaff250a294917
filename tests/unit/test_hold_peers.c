/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How much one peer may hold: an office, a balancer and a browser are spared, a hoarder is not.
 */
#include "core/hold_peers.h"

#include <check.h>
#include <stdlib.h>

#include "core/hold_gate.h"

static const struct hold_opts opts = { .queue_percent = 70, .least_open = 128, .peer_floor = 64, .peer_percent = 5,
	.peer_medians = 10, .slow_floor = 32 };

static struct service_holders service(uint32_t open, uint32_t peers, uint32_t median, uint32_t top)
{
	return (struct service_holders){ .open = open, .peers = peers, .median = median, .top = { { .open = top } },
		.n_top = 1 };
}

static struct hold_calm calm(uint32_t open, uint32_t slow)
{
	struct service_holders s = service(open, 1, open, open);
	struct hold_calm c = { 0 };

	s.top[0].slow = slow;
	for (unsigned i = 0; i < 600; i++)
		hold_calm_learn(&c, &s, NS_PER_S);
	return c;
}

START_TEST(without_pressure_nobody_holds_too_much)
{
	struct service_holders s = service(100000, 400, 1, 90000);
	struct hold_calm c = calm(1, 0);
	struct holder h = { .open = 90000, .slow = 90000 };

	ck_assert_uint_eq(hold_open_limit(&opts, &s, &c, 0), UINT32_MAX);
	ck_assert_uint_eq(hold_slow_limit(&opts, &s, &c, 0, &h), UINT32_MAX);
}
END_TEST

START_TEST(floor_share_and_median_each_raise_the_limit)
{
	struct hold_calm c = calm(6, 0);
	struct service_holders few = service(400, 40, 2, 200), much = service(10000, 400, 6, 900),
			       busy = service(1000, 40, 20, 300);

	ck_assert_uint_eq(hold_open_limit(&opts, &few, &c, HOLD_OPEN), 64);
	ck_assert_uint_eq(hold_open_limit(&opts, &much, &c, HOLD_OPEN), 500);
	ck_assert_uint_eq(hold_open_limit(&opts, &busy, &c, HOLD_OPEN), 200);
}
END_TEST

START_TEST(an_office_behind_one_address_holds_what_it_holds_in_calm)
{
	struct hold_calm c = calm(300, 0);
	struct service_holders s = service(2000, 100, 3, 500);

	ck_assert_uint_eq(hold_open_limit(&opts, &s, &c, HOLD_QUEUE), 600);
}
END_TEST

START_TEST(of_a_handful_of_peers_nobody_is_named_for_much_alone)
{
	struct hold_calm known = calm(2, 0), balancer = calm(200, 0), unknown = { 0 };
	struct service_holders s = service(600, 2, 1, 599);

	ck_assert_uint_eq(hold_open_limit(&opts, &s, &known, HOLD_OPEN), UINT32_MAX);
	ck_assert_uint_eq(hold_open_limit(&opts, &s, &unknown, HOLD_QUEUE), UINT32_MAX);
	ck_assert_uint_eq(hold_open_limit(&opts, &s, &known, HOLD_QUEUE), 64);
	ck_assert_uint_eq(hold_open_limit(&opts, &s, &balancer, HOLD_QUEUE), 2000);
}
END_TEST

START_TEST(slow_ones_must_be_the_greater_part)
{
	struct hold_calm c = calm(6, 0);
	struct service_holders s = service(600, 40, 2, 200);
	struct holder office = { .open = 200, .slow = 100 }, slowloris = { .open = 200, .slow = 101 };

	ck_assert_uint_eq(hold_slow_limit(&opts, &s, &c, HOLD_OPEN, &office), UINT32_MAX);
	ck_assert_uint_eq(hold_slow_limit(&opts, &s, &c, HOLD_OPEN, &slowloris), 32);
}
END_TEST

START_TEST(a_pool_that_is_opened_ahead_of_need_is_known_from_calm)
{
	struct hold_calm c = calm(50, 50);
	struct service_holders s = service(120, 3, 1, 90);
	struct holder pool = { .open = 90, .slow = 90 };

	ck_assert_uint_eq(hold_slow_limit(&opts, &s, &c, HOLD_TRACKS | HOLD_OPEN, &pool), 100);
	ck_assert_uint_eq(hold_slow_limit(&opts, &s, &c, HOLD_OPEN, &pool), UINT32_MAX);
}
END_TEST

/* A gateway that subscribes for hundreds and says nothing, at a service that has room; and far more of them than ever. */
START_TEST(silence_of_few_is_nobodys_fault_while_there_is_room)
{
	struct hold_calm c = calm(100, 100);
	struct service_holders s = service(290, 1, 290, 290);
	struct holder gateway = { .open = 290, .slow = 290 };

	ck_assert_uint_eq(hold_slow_limit(&opts, &s, &c, HOLD_OPEN, &gateway), UINT32_MAX);
	ck_assert_uint_ne(hold_slow_limit(&opts, &s, &c, HOLD_QUEUE | HOLD_OPEN, &gateway), UINT32_MAX);
}
END_TEST

START_TEST(a_program_of_few_workers_is_held_by_few)
{
	struct hold_calm c = calm(1, 0);
	struct service_holders s = service(14, 2, 1, 12);
	struct holder h = { .open = 12, .slow = 12 }, less = { .open = 6, .slow = 6 };

	ck_assert_uint_eq(hold_slow_limit(&opts, &s, &c, HOLD_QUEUE, &h), 8);
	ck_assert_uint_eq(hold_slow_limit(&opts, &s, &c, HOLD_OPEN, &h), UINT32_MAX);
	ck_assert_uint_eq(hold_slow_limit(&opts, &s, &c, HOLD_QUEUE, &less), 32);
}
END_TEST

START_TEST(what_one_holds_in_calm_rises_in_minutes_and_falls_in_hours)
{
	struct hold_calm c = calm(1, 0);
	struct service_holders much = service(1000, 1, 1000, 1000), none = { 0 };

	for (unsigned i = 0; i < 10; i++)
		hold_calm_learn(&c, &much, NS_PER_S);
	ck_assert_int_lt(c.open >> 16, 20); /* who comes in ten seconds is not usual */
	for (unsigned i = 0; i < 1800; i++)
		hold_calm_learn(&c, &much, NS_PER_S);
	ck_assert_int_gt(c.open >> 16, 800);
	for (unsigned i = 0; i < 3600; i++)
		hold_calm_learn(&c, &none, NS_PER_S);
	ck_assert_int_gt(c.open >> 16, 700); /* an office that is closed over lunch */
}
END_TEST

START_TEST(what_comes_into_a_quiet_service_is_not_taken_for_its_usual)
{
	struct hold_calm quiet = { 0 }, seen_first = { 0 };
	struct service_holders s = service(300, 1, 300, 300);

	for (unsigned i = 0; i < 300; i++)
		hold_calm_quiet(&quiet, 12, NS_PER_S);
	ck_assert_uint_eq(quiet.seconds, 300);
	hold_calm_learn(&quiet, &s, NS_PER_S);
	hold_calm_learn(&seen_first, &s, NS_PER_S);
	ck_assert_int_lt(quiet.open >> 16, 12);
	ck_assert_int_eq(seen_first.open >> 16, 300);
}
END_TEST

START_TEST(numbers_at_their_end_are_borne)
{
	struct service_holders s = service(UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX);
	struct hold_calm c = { 0 };
	struct holder h = { .open = UINT32_MAX, .slow = UINT32_MAX };

	hold_calm_learn(&c, &s, NS_PER_S);
	ck_assert_uint_eq(hold_open_limit(&opts, &s, &c, HOLD_OPEN), UINT32_MAX - 1);
	ck_assert_uint_ge(hold_slow_limit(&opts, &s, &c, HOLD_OPEN, &h), 32);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("hold_peers");
	TCase *t = tcase_create("hold_peers");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(t, without_pressure_nobody_holds_too_much);
	tcase_add_test(t, floor_share_and_median_each_raise_the_limit);
	tcase_add_test(t, an_office_behind_one_address_holds_what_it_holds_in_calm);
	tcase_add_test(t, of_a_handful_of_peers_nobody_is_named_for_much_alone);
	tcase_add_test(t, slow_ones_must_be_the_greater_part);
	tcase_add_test(t, a_pool_that_is_opened_ahead_of_need_is_known_from_calm);
	tcase_add_test(t, silence_of_few_is_nobodys_fault_while_there_is_room);
	tcase_add_test(t, a_program_of_few_workers_is_held_by_few);
	tcase_add_test(t, what_one_holds_in_calm_rises_in_minutes_and_falls_in_hours);
	tcase_add_test(t, what_comes_into_a_quiet_service_is_not_taken_for_its_usual);
	tcase_add_test(t, numbers_at_their_end_are_borne);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
