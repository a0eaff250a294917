/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the words of sockets and of conntrack prove about one connection. */
#include <check.h>
#include <stdlib.h>

#include "core/ask.h"
#include "core/packet.h"

static enum ask_fate of(enum entry_phase phase, bool replied, bool ended, bool spoken)
{
	struct entry_word w = { .phase = phase, .replied = replied, .ended = ended, .spoken = spoken };

	return entry_fate(&w);
}

static struct tuple tuple(const char *src, uint16_t sport)
{
	struct tuple t = { .sport = sport, .dport = 22, .proto = PROTO_TCP };

	ck_assert_int_eq(addr_parse(src, &t.src), 0);
	ck_assert_int_eq(addr_parse("192.0.2.1", &t.dst), 0);
	return t;
}

START_TEST(an_open_entry_proves_nothing_by_itself)
{
	ck_assert_int_eq(of(ENTRY_OPEN, true, false, true), FATE_UNKNOWN);
	ck_assert_int_eq(of(ENTRY_OPEN, false, false, true), FATE_GONE);
}
END_TEST

START_TEST(the_fin_of_who_was_called_does_where_packets_went_both_ways)
{
	ck_assert_int_eq(of(ENTRY_OPEN, true, true, false), FATE_TRACKED);
	ck_assert_int_eq(of(ENTRY_RESET, true, true, false), FATE_TRACKED);
	ck_assert_int_eq(of(ENTRY_OPEN, false, true, false), FATE_GONE);
	ck_assert_int_eq(of(ENTRY_RESET, false, true, true), FATE_GONE);
}
END_TEST

START_TEST(a_reset_is_a_refusal_unless_it_ended_a_conversation)
{
	ck_assert_int_eq(of(ENTRY_RESET, true, false, false), FATE_GONE);
	ck_assert_int_eq(of(ENTRY_RESET, true, false, true), FATE_UNKNOWN);
}
END_TEST

START_TEST(what_nobody_answered_is_gone_and_a_handshake_is_half_open)
{
	ck_assert_int_eq(of(ENTRY_NEW, true, true, true), FATE_GONE);
	ck_assert_int_eq(of(ENTRY_HALF_OPEN, true, true, true), FATE_HALF_OPEN);
}
END_TEST

START_TEST(a_socket_knows_best)
{
	bool silent = true;

	ck_assert_int_eq(fate_of_both(FATE_SOCKET, FATE_UNKNOWN, &silent), FATE_SOCKET);
	ck_assert(!silent); /* it may still speak */
	silent = true;
	ck_assert_int_eq(fate_of_both(FATE_SOCKET, FATE_TRACKED, &silent), FATE_SOCKET);
	ck_assert(silent);
	ck_assert_int_eq(fate_of_both(FATE_HALF_OPEN, FATE_TRACKED, &silent), FATE_HALF_OPEN);
	ck_assert(!silent);
}
END_TEST

START_TEST(a_socket_of_an_older_connection_does_not_vouch_for_a_new_syn)
{
	bool silent = false;

	ck_assert_int_eq(fate_of_both(FATE_SOCKET, FATE_HALF_OPEN, &silent), FATE_HALF_OPEN);
	ck_assert_int_eq(fate_of_both(FATE_SOCKET, FATE_GONE, &silent), FATE_GONE);
}
END_TEST

START_TEST(without_a_socket_the_entry_is_asked)
{
	bool silent = true;

	ck_assert_int_eq(fate_of_both(FATE_GONE, FATE_TRACKED, &silent), FATE_TRACKED);
	ck_assert(silent);
	ck_assert_int_eq(fate_of_both(FATE_UNKNOWN, FATE_UNKNOWN, &silent), FATE_UNKNOWN);
}
END_TEST

START_TEST(connections_are_told_apart_by_each_of_their_parts)
{
	struct tuple a = tuple("198.51.100.7", 1000), b = tuple("198.51.100.7", 1000), c = tuple("198.51.100.7", 1001),
		d = tuple("198.51.100.8", 1000), e = a;
	struct hash_key k, other;

	hash_key_from_seed(&k, 1);
	hash_key_from_seed(&other, 2);
	e.proto = PROTO_SCTP;
	ck_assert(tuple_equal(&a, &b) && !tuple_equal(&a, &c) && !tuple_equal(&a, &d) && !tuple_equal(&a, &e));
	ck_assert_uint_eq(tuple_hash(&k, &a), tuple_hash(&k, &b));
	ck_assert_uint_ne(tuple_hash(&k, &a), tuple_hash(&k, &c));
	ck_assert_uint_ne(tuple_hash(&k, &a), tuple_hash(&k, &d));
	ck_assert_uint_ne(tuple_hash(&k, &a), tuple_hash(&k, &e));
	ck_assert_uint_ne(tuple_hash(&k, &a), tuple_hash(&other, &a));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ask");
	TCase *c = tcase_create("ask");
	SRunner *r;
	int failed;

	tcase_add_test(c, an_open_entry_proves_nothing_by_itself);
	tcase_add_test(c, the_fin_of_who_was_called_does_where_packets_went_both_ways);
	tcase_add_test(c, a_reset_is_a_refusal_unless_it_ended_a_conversation);
	tcase_add_test(c, what_nobody_answered_is_gone_and_a_handshake_is_half_open);
	tcase_add_test(c, a_socket_knows_best);
	tcase_add_test(c, a_socket_of_an_older_connection_does_not_vouch_for_a_new_syn);
	tcase_add_test(c, without_a_socket_the_entry_is_asked);
	tcase_add_test(c, connections_are_told_apart_by_each_of_their_parts);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
