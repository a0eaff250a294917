/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When the service manager is told that the threads live, and when not. */
#include "core/pulse.h"

#include <check.h>

static struct pulse p;

static void set_up(void)
{
	p = (struct pulse){ .stood = { 0 } };
}

static void look(uint64_t packets, uint64_t worker, uint64_t control)
{
	const uint64_t rounds[PULSE_THREADS] = { packets, worker, control };

	pulse_look(&p, rounds);
}

START_TEST(threads_that_come_round_feed)
{
	look(1, 1, 1);
	ck_assert(pulse_feeds(&p));
	look(2, 900, 2);
	ck_assert(pulse_feeds(&p));
}
END_TEST

START_TEST(threads_that_never_began_do_not_feed)
{
	look(0, 0, 0);
	ck_assert(!pulse_feeds(&p));
	look(5, 0, 0);
	ck_assert(!pulse_feeds(&p));
}
END_TEST

START_TEST(a_packet_loop_that_stands_ends_the_feeding)
{
	look(7, 1, 1);
	look(7, 2, 2);
	ck_assert(!pulse_feeds(&p));
	ck_assert_uint_eq(p.stood[PULSE_PACKETS], 1);
	look(7, 3, 3);
	ck_assert(!pulse_feeds(&p));
	ck_assert_uint_eq(p.stood[PULSE_PACKETS], 2);
}
END_TEST

START_TEST(an_nftables_loop_that_stands_ends_the_feeding)
{
	look(1, 7, 1);
	look(2, 7, 2);
	ck_assert(!pulse_feeds(&p));
	ck_assert_uint_eq(p.stood[PULSE_WORKER], 1);
}
END_TEST

START_TEST(one_that_moves_again_feeds_again)
{
	look(1, 7, 1);
	look(2, 7, 2);
	look(3, 8, 3);
	ck_assert(pulse_feeds(&p));
	ck_assert_uint_eq(p.stood[PULSE_WORKER], 0);
}
END_TEST

START_TEST(two_that_take_turns_at_standing_never_feed)
{
	look(1, 1, 1);
	for (uint64_t i = 1; i < 20; i++) {
		look(1 + (i + 1) / 2, 1 + i / 2, i);
		ck_assert(!pulse_feeds(&p));
	}
}
END_TEST

START_TEST(a_control_loop_that_stands_is_known_and_kills_nobody)
{
	look(1, 1, 7);
	look(2, 2, 7);
	ck_assert(pulse_feeds(&p));
	ck_assert_uint_eq(p.stood[PULSE_CONTROL], 1);
}
END_TEST

START_TEST(a_counter_that_wraps_is_a_counter_that_moves)
{
	look(UINT64_MAX, UINT64_MAX, 1);
	look(0, 3, 2);
	ck_assert(pulse_feeds(&p));
}
END_TEST

START_TEST(who_stands_for_ever_does_not_begin_anew)
{
	look(1, 1, 1);
	p.stood[PULSE_WORKER] = UINT32_MAX;
	look(2, 1, 2);
	ck_assert_uint_eq(p.stood[PULSE_WORKER], UINT32_MAX);
	ck_assert(!pulse_feeds(&p));
}
END_TEST

START_TEST(each_thread_has_a_name)
{
	ck_assert_str_eq(pulse_name(PULSE_PACKETS), "packets");
	ck_assert_str_eq(pulse_name(PULSE_WORKER), "worker");
	ck_assert_str_eq(pulse_name(PULSE_CONTROL), "control");
	ck_assert_str_eq(pulse_name(PULSE_THREADS), "unknown");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("pulse");
	TCase *t = tcase_create("pulse");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, set_up, NULL);
	tcase_add_test(t, threads_that_come_round_feed);
	tcase_add_test(t, threads_that_never_began_do_not_feed);
	tcase_add_test(t, a_packet_loop_that_stands_ends_the_feeding);
	tcase_add_test(t, an_nftables_loop_that_stands_ends_the_feeding);
	tcase_add_test(t, one_that_moves_again_feeds_again);
	tcase_add_test(t, two_that_take_turns_at_standing_never_feed);
	tcase_add_test(t, a_control_loop_that_stands_is_known_and_kills_nobody);
	tcase_add_test(t, a_counter_that_wraps_is_a_counter_that_moves);
	tcase_add_test(t, who_stands_for_ever_does_not_begin_anew);
	tcase_add_test(t, each_thread_has_a_name);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
