/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What reaches the engine, held against the chains of rules/nft/tidegate.nft. */
#include <check.h>
#include <stdlib.h>

#include "core/diversion.h"

static struct packet tcp(uint8_t flags)
{
	return (struct packet){ .proto = PROTO_TCP, .tcp_flags = flags, .sport = 1, .dport = 2 };
}

static struct packet of(uint8_t proto)
{
	return (struct packet){ .proto = proto };
}

START_TEST(a_new_connection_is_held_and_so_is_its_syn_sent_again)
{
	struct packet p = tcp(TCP_SYN);

	ck_assert_int_eq(diversion_of(&p, HOOK_INPUT, FLOW_NEW, true), DIVERSION_HOLD);
	ck_assert_int_eq(diversion_of(&p, HOOK_INPUT, FLOW_NEW_AGAIN, true), DIVERSION_HOLD);
	ck_assert_int_eq(diversion_of(&p, HOOK_FORWARD, FLOW_NEW, true), DIVERSION_HOLD);
}
END_TEST

START_TEST(what_is_established_never_comes_here)
{
	struct packet p = tcp(TCP_ACK), odd = tcp(TCP_SYN | TCP_FIN);

	ck_assert_int_eq(diversion_of(&p, HOOK_INPUT, FLOW_ESTABLISHED, true), DIVERSION_PASS);
	ck_assert_int_eq(diversion_of(&p, HOOK_INPUT, FLOW_RELATED, true), DIVERSION_PASS);
	ck_assert_int_eq(diversion_of(&p, HOOK_FORWARD, FLOW_ESTABLISHED, true), DIVERSION_PASS);
	ck_assert_int_eq(diversion_of(&odd, HOOK_INPUT, FLOW_ESTABLISHED, true), DIVERSION_PASS);
}
END_TEST

START_TEST(invalid_packets_come_only_with_flags_that_nobody_sends)
{
	static const uint8_t odd[] = { 0, TCP_FIN, TCP_FIN | TCP_PSH | TCP_URG, TCP_SYN | TCP_FIN, TCP_SYN | TCP_RST };
	struct packet rst = tcp(TCP_RST), answer = tcp(TCP_SYN | TCP_ACK);

	for (size_t i = 0; i < sizeof(odd); i++) {
		struct packet p = tcp(odd[i]);

		ck_assert_int_eq(diversion_of(&p, HOOK_INPUT, FLOW_INVALID, true), DIVERSION_HOLD);
	}
	ck_assert_int_eq(diversion_of(&rst, HOOK_INPUT, FLOW_INVALID, true), DIVERSION_PASS);
	ck_assert_int_eq(diversion_of(&answer, HOOK_INPUT, FLOW_INVALID, true), DIVERSION_PASS);
}
END_TEST

START_TEST(of_one_way_datagrams_the_first_is_enough)
{
	struct packet p = of(PROTO_UDP);

	ck_assert_int_eq(diversion_of(&p, HOOK_INPUT, FLOW_NEW, true), DIVERSION_HOLD);
	ck_assert_int_eq(diversion_of(&p, HOOK_INPUT, FLOW_NEW_AGAIN, true), DIVERSION_PASS);
}
END_TEST

START_TEST(icmp_is_copied_and_never_held)
{
	struct packet v4 = of(PROTO_ICMP), v6 = of(PROTO_ICMP6);

	ck_assert_int_eq(diversion_of(&v4, HOOK_INPUT, FLOW_NEW, true), DIVERSION_COPY);
	ck_assert_int_eq(diversion_of(&v6, HOOK_INPUT, FLOW_INVALID, true), DIVERSION_COPY);
}
END_TEST

START_TEST(what_is_for_a_group_is_for_nobody)
{
	struct packet p = of(PROTO_UDP), odd = tcp(0);

	ck_assert_int_eq(diversion_of(&p, HOOK_INPUT, FLOW_NEW, false), DIVERSION_PASS);
	ck_assert_int_eq(diversion_of(&odd, HOOK_INPUT, FLOW_INVALID, false), DIVERSION_PASS);
}
END_TEST

START_TEST(what_this_host_begins_is_copied_once)
{
	struct packet p = tcp(TCP_SYN), group = of(PROTO_UDP);

	ck_assert_int_eq(diversion_of(&p, HOOK_OUTPUT, FLOW_NEW, true), DIVERSION_COPY);
	ck_assert_int_eq(diversion_of(&p, HOOK_OUTPUT, FLOW_NEW_AGAIN, true), DIVERSION_PASS);
	ck_assert_int_eq(diversion_of(&p, HOOK_OUTPUT, FLOW_ESTABLISHED, true), DIVERSION_PASS);
	ck_assert_int_eq(diversion_of(&p, HOOK_OUTPUT, FLOW_INVALID, true), DIVERSION_PASS);
	ck_assert_int_eq(diversion_of(&group, HOOK_OUTPUT, FLOW_NEW, false), DIVERSION_COPY);
}
END_TEST

static struct packet to_port(uint8_t proto, uint16_t port)
{
	return (struct packet){ .proto = proto, .tcp_flags = proto == PROTO_TCP ? TCP_SYN : 0, .sport = 40000, .dport = port };
}

START_TEST(of_what_this_host_begins_the_first_packet_waits_where_it_is_queued)
{
	struct packet p = to_port(PROTO_TCP, 443), datagram = to_port(PROTO_UDP, 123);

	ck_assert(diversion_holds_own(&p, FLOW_NEW, true));
	ck_assert(diversion_holds_own(&datagram, FLOW_NEW, true));
	ck_assert(!diversion_holds_own(&datagram, FLOW_NEW_AGAIN, true));
	ck_assert(!diversion_holds_own(&p, FLOW_ESTABLISHED, true));
	ck_assert(!diversion_holds_own(&p, FLOW_INVALID, true));
}
END_TEST

START_TEST(names_addresses_neighbours_and_groups_never_wait)
{
	struct packet never[] = { to_port(PROTO_UDP, 53), to_port(PROTO_TCP, 53), to_port(PROTO_UDP, 67),
		to_port(PROTO_UDP, 547), of(PROTO_ICMP), of(PROTO_ICMP6) };
	struct packet group = to_port(PROTO_UDP, 5353), other = to_port(PROTO_TCP, 67);

	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
		ck_assert(!diversion_holds_own(&never[i], FLOW_NEW, true));
		ck_assert_int_eq(diversion_of(&never[i], HOOK_OUTPUT, FLOW_NEW, true), DIVERSION_COPY);
	}
	ck_assert(!diversion_holds_own(&group, FLOW_NEW, false));
	ck_assert(diversion_holds_own(&other, FLOW_NEW, true));
}
END_TEST

START_TEST(questions_for_names_are_copied_where_they_leave_and_answers_where_they_arrive)
{
	struct packet ask = to_port(PROTO_UDP, 53), answer = { .proto = PROTO_UDP, .sport = 53, .dport = 40000 };
	struct packet tcp_ask = to_port(PROTO_TCP, 53);

	ck_assert(diversion_copies_dns(&ask, HOOK_OUTPUT, FLOW_NEW));
	ck_assert(diversion_copies_dns(&ask, HOOK_OUTPUT, FLOW_ESTABLISHED)); /* each, not only the first */
	ck_assert(diversion_copies_dns(&answer, HOOK_INPUT, FLOW_ESTABLISHED));
	ck_assert(!diversion_copies_dns(&answer, HOOK_INPUT, FLOW_NEW)); /* nobody asked */
	ck_assert(!diversion_copies_dns(&ask, HOOK_INPUT, FLOW_NEW));    /* others ask us */
	ck_assert(!diversion_copies_dns(&answer, HOOK_OUTPUT, FLOW_ESTABLISHED));
	ck_assert(!diversion_copies_dns(&answer, HOOK_FORWARD, FLOW_ESTABLISHED));
	ck_assert(!diversion_copies_dns(&tcp_ask, HOOK_OUTPUT, FLOW_NEW));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("diversion");
	TCase *c = tcase_create("diversion");
	SRunner *r;
	int failed;

	tcase_add_test(c, a_new_connection_is_held_and_so_is_its_syn_sent_again);
	tcase_add_test(c, what_is_established_never_comes_here);
	tcase_add_test(c, invalid_packets_come_only_with_flags_that_nobody_sends);
	tcase_add_test(c, of_one_way_datagrams_the_first_is_enough);
	tcase_add_test(c, icmp_is_copied_and_never_held);
	tcase_add_test(c, what_is_for_a_group_is_for_nobody);
	tcase_add_test(c, what_this_host_begins_is_copied_once);
	tcase_add_test(c, of_what_this_host_begins_the_first_packet_waits_where_it_is_queued);
	tcase_add_test(c, names_addresses_neighbours_and_groups_never_wait);
	tcase_add_test(c, questions_for_names_are_copied_where_they_leave_and_answers_where_they_arrive);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
