/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who has to leave when too many came, and when. */
#include "app/exporter_seats.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct seats s;
static struct addr peers[4];

static mono_t at(int64_t seconds)
{
	return (mono_t){ .ns = 1000 * NS_PER_S + seconds * NS_PER_S };
}

static void set_up(void)
{
	static const char *const names[] = { "127.0.0.1", "::1", "127.0.0.2", "192.0.2.1" };

	memset(&s, 0, sizeof(s));
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(addr_parse(names[i], &peers[i]), 0);
}

/* Full, half and half of two peers; descriptors 0, 1, 2 ... */
static void fill(void)
{
	for (int fd = 0; fd < SEATS; fd++)
		ck_assert_int_eq(seats_take(&s, fd, &peers[fd % 2], at(0)), -1);
	ck_assert_uint_eq(s.n, SEATS);
}

START_TEST(up_to_its_bound_nobody_has_to_leave)
{
	fill();
	ck_assert_uint_eq(s.taken, SEATS);
	ck_assert_uint_eq(s.crowded, 0);
}
END_TEST

START_TEST(a_peer_with_too_many_loses_its_own_oldest)
{
	for (int fd = 0; fd < SEATS_OF_PEER; fd++)
		ck_assert_int_eq(seats_take(&s, fd, &peers[0], at(fd)), -1);
	ck_assert_int_eq(seats_take(&s, 100, &peers[1], at(90)), -1);
	ck_assert_int_eq(seats_take(&s, 101, &peers[0], at(90)), 0);
	ck_assert_int_eq(seats_take(&s, 102, &peers[0], at(90)), 1);
	ck_assert_uint_eq(s.n, SEATS_OF_PEER + 1);
	ck_assert_uint_eq(s.crowded, 2);
}
END_TEST

START_TEST(where_all_is_full_a_newcomer_is_let_in_for_one_that_never_asked)
{
	fill();
	for (int fd = 0; fd < SEATS; fd++)
		if (fd != 7)
			seats_asked(&s, fd, at(1));
	ck_assert_int_eq(seats_take(&s, 100, &peers[2], at(2)), 7);
	ck_assert_uint_eq(s.n, SEATS);
}
END_TEST

/* Thirty seconds to read, a hundred and twenty to wait between two requests, ten to ask. */
START_TEST(who_has_used_up_most_of_their_time_goes_first)
{
	fill();
	for (int fd = 0; fd < SEATS; fd++)
		seats_asked(&s, fd, at(20));
	seats_asked(&s, 30, at(10));
	seats_served(&s, 9, at(12));
	ck_assert_int_eq(seats_take(&s, 100, &peers[2], at(25)), 30);
	ck_assert_int_eq(seats_take(&s, 101, &peers[2], at(26)), 0);
	ck_assert_int_eq(seats_take(&s, 102, &peers[2], at(80)), 100);
}
END_TEST

/* Twenty that do not read must not make those who come leave for each other. */
START_TEST(who_does_not_read_leaves_before_who_has_just_come)
{
	for (int fd = 0; fd < SEATS_OF_PEER; fd++) {
		seats_take(&s, fd, &peers[0], at(0));
		seats_asked(&s, fd, at(0));
	}
	for (int fd = 100; fd < 100 + SEATS_OF_PEER; fd++)
		ck_assert_int_lt(seats_take(&s, fd, &peers[0], at(2)), SEATS_OF_PEER);
}
END_TEST

START_TEST(a_request_that_does_not_come_is_waited_for_so_long_only)
{
	seats_take(&s, 5, &peers[0], at(0));
	ck_assert_int_eq(seats_overdue(&s, at(10)), -1);
	ck_assert_int_eq(seats_overdue(&s, at(11)), 5);
	ck_assert_int_eq(seats_overdue(&s, at(11)), -1);
	ck_assert_uint_eq(s.n, 0);
	ck_assert_uint_eq(s.slow, 1);
}
END_TEST

START_TEST(each_state_has_its_own_time)
{
	seats_take(&s, 5, &peers[0], at(0));
	seats_asked(&s, 5, at(9));
	ck_assert_int_eq(seats_overdue(&s, at(39)), -1);
	seats_served(&s, 5, at(39));
	ck_assert_int_eq(seats_overdue(&s, at(159)), -1);
	ck_assert_int_eq(seats_overdue(&s, at(160)), 5);
}
END_TEST

START_TEST(who_left_is_not_told_to_leave_again)
{
	seats_take(&s, 5, &peers[0], at(0));
	seats_leave(&s, 5);
	seats_leave(&s, 5);
	seats_asked(&s, 5, at(1));
	seats_served(&s, 6, at(1));
	ck_assert_int_eq(seats_overdue(&s, at(1000)), -1);
	ck_assert_uint_eq(s.n, 0);
}
END_TEST

static Suite *suite(void)
{
	Suite *suite = suite_create("exporter_seats");
	TCase *t = tcase_create("exporter_seats");

	tcase_add_checked_fixture(t, set_up, NULL);
	tcase_add_test(t, up_to_its_bound_nobody_has_to_leave);
	tcase_add_test(t, a_peer_with_too_many_loses_its_own_oldest);
	tcase_add_test(t, where_all_is_full_a_newcomer_is_let_in_for_one_that_never_asked);
	tcase_add_test(t, who_has_used_up_most_of_their_time_goes_first);
	tcase_add_test(t, who_does_not_read_leaves_before_who_has_just_come);
	tcase_add_test(t, a_request_that_does_not_come_is_waited_for_so_long_only);
	tcase_add_test(t, each_state_has_its_own_time);
	tcase_add_test(t, who_left_is_not_told_to_leave_again);
	suite_add_tcase(suite, t);
	return suite;
}

int main(void)
{
	SRunner *r = srunner_create(suite());

	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
