/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The oracle of listening ports.
 */
#include "core/listen.h"

#include <check.h>
#include <stdlib.h>

#include "core/packet.h"

#define AT(s) ((mono_t){ .ns = (s) * NS_PER_S })

static struct listen *oracle(void)
{
	struct listen *l;

	listen_create(&l, malloc(listen_bytes()), 600 * NS_PER_S);
	return l;
}

static struct listen_snapshot snapshot(uint16_t tcp_port)
{
	struct listen_snapshot s = { .known = { true, true, false } };

	if (tcp_port)
		listen_snapshot_add(&s, LISTEN_TCP, tcp_port);
	return s;
}

START_TEST(nothing_is_closed_before_the_first_snapshot)
{
	struct listen *l = oracle();

	ck_assert_int_eq(listen_ask(l, PROTO_TCP, 22, AT(1000)), LISTEN_UNKNOWN);
	free(l);
}
END_TEST

START_TEST(what_listens_is_open_and_all_else_closed)
{
	struct listen *l = oracle();
	struct listen_snapshot s = snapshot(22);

	listen_snapshot_add(&s, LISTEN_UDP, 65535);
	listen_update(l, &s, AT(1000));
	ck_assert_int_eq(listen_ask(l, PROTO_TCP, 22, AT(1000)), LISTEN_OPEN);
	ck_assert_int_eq(listen_ask(l, PROTO_TCP, 23, AT(1000)), LISTEN_CLOSED);
	ck_assert_int_eq(listen_ask(l, PROTO_UDP, 22, AT(1000)), LISTEN_CLOSED);
	ck_assert_int_eq(listen_ask(l, PROTO_UDP, 65535, AT(1000)), LISTEN_OPEN);
	free(l);
}
END_TEST

START_TEST(a_protocol_nobody_asked_about_stays_unknown)
{
	struct listen *l = oracle();
	struct listen_snapshot s = snapshot(22);

	listen_update(l, &s, AT(1000));
	ck_assert_int_eq(listen_ask(l, PROTO_SCTP, 22, AT(1000)), LISTEN_UNKNOWN);
	ck_assert_int_eq(listen_ask(l, PROTO_ICMP, 0, AT(1000)), LISTEN_UNKNOWN);
	ck_assert_int_eq(listen_ask(l, 47, 22, AT(1000)), LISTEN_UNKNOWN);
	free(l);
}
END_TEST

START_TEST(a_restarting_service_is_never_closed)
{
	struct listen *l = oracle();
	struct listen_snapshot up = snapshot(443), down = snapshot(0);

	listen_update(l, &up, AT(1000));
	listen_update(l, &down, AT(1001));
	ck_assert_int_eq(listen_ask(l, PROTO_TCP, 443, AT(1001)), LISTEN_RECENT);
	ck_assert_int_eq(listen_ask(l, PROTO_TCP, 443, AT(1599)), LISTEN_RECENT);
	listen_update(l, &up, AT(1600));
	ck_assert_int_eq(listen_ask(l, PROTO_TCP, 443, AT(1600)), LISTEN_OPEN);
	free(l);
}
END_TEST

START_TEST(a_service_gone_for_good_closes_after_ten_minutes)
{
	struct listen *l = oracle();
	struct listen_snapshot up = snapshot(443), down = snapshot(0);

	listen_update(l, &up, AT(1000));
	for (int t = 1001; t < 1700; t++)
		listen_update(l, &down, AT(t));
	ck_assert_int_eq(listen_ask(l, PROTO_TCP, 443, AT(1601)), LISTEN_RECENT);
	ck_assert_int_eq(listen_ask(l, PROTO_TCP, 443, AT(1602)), LISTEN_CLOSED);
	free(l);
}
END_TEST

START_TEST(a_question_that_failed_keeps_what_was_known)
{
	struct listen *l = oracle();
	struct listen_snapshot up = snapshot(22), failed = { .known = { false } };

	listen_update(l, &up, AT(1000));
	listen_update(l, &failed, AT(1001));
	ck_assert_int_eq(listen_ask(l, PROTO_TCP, 22, AT(1001)), LISTEN_OPEN);
	ck_assert_int_eq(listen_ask(l, PROTO_TCP, 23, AT(1001)), LISTEN_CLOSED);
	free(l);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("listen");
	TCase *t = tcase_create("listen");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(t, nothing_is_closed_before_the_first_snapshot);
	tcase_add_test(t, what_listens_is_open_and_all_else_closed);
	tcase_add_test(t, a_protocol_nobody_asked_about_stays_unknown);
	tcase_add_test(t, a_restarting_service_is_never_closed);
	tcase_add_test(t, a_service_gone_for_good_closes_after_ten_minutes);
	tcase_add_test(t, a_question_that_failed_keeps_what_was_known);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
