/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which ports the host of a capture served, by what they said.
 */
#include "core/guess.h"

#include <check.h>
#include <stdlib.h>

static struct guess *g;
static void *memory;

static void setup(void)
{
	memory = malloc(guess_bytes());
	ck_assert_ptr_nonnull(memory);
	guess_create(&g, memory);
}

static void teardown(void)
{
	free(memory);
}

static bool say(bool ours, uint8_t proto, uint16_t sport, uint16_t dport, uint8_t what)
{
	const uint8_t chunk[4] = { what };
	struct packet p = { .proto = proto, .sport = sport, .dport = dport };

	if (proto == PROTO_TCP)
		p.tcp_flags = what;
	else
		p.payload = (struct slice){ .at = chunk, .len = sizeof(chunk) };
	return guess_packet(g, &p, ours);
}

static bool served(enum listen_proto proto, uint16_t port)
{
	return listen_snapshot_has(guess_listening(g), proto, port);
}

START_TEST(a_syn_ack_makes_a_port_known_once)
{
	ck_assert(!say(false, PROTO_TCP, 40000, 22, TCP_SYN));
	ck_assert(!served(LISTEN_TCP, 22));
	ck_assert(say(true, PROTO_TCP, 22, 40000, TCP_SYN | TCP_ACK));
	ck_assert(served(LISTEN_TCP, 22));
	ck_assert(!say(true, PROTO_TCP, 22, 40000, TCP_SYN | TCP_ACK));
}
END_TEST

START_TEST(a_refusal_makes_no_port_known)
{
	say(false, PROTO_TCP, 40000, 23, TCP_SYN);
	ck_assert(!say(true, PROTO_TCP, 23, 40000, TCP_RST | TCP_ACK));
	ck_assert(!served(LISTEN_TCP, 23));
}
END_TEST

START_TEST(what_the_peer_sends_makes_no_port_known)
{
	ck_assert(!say(false, PROTO_TCP, 443, 40000, TCP_SYN | TCP_ACK));
	ck_assert(!served(LISTEN_TCP, 443) && !served(LISTEN_TCP, 40000));
}
END_TEST

START_TEST(what_the_host_began_says_nothing_of_its_port)
{
	say(true, PROTO_TCP, 1050, 443, TCP_SYN);
	say(false, PROTO_TCP, 443, 1050, TCP_SYN | TCP_ACK);
	ck_assert(!say(true, PROTO_TCP, 1050, 443, TCP_ACK));
	ck_assert(!served(LISTEN_TCP, 1050));
}
END_TEST

START_TEST(a_connection_older_than_the_capture_shows_its_service)
{
	ck_assert(say(true, PROTO_TCP, 443, 40000, TCP_PSH | TCP_ACK));
	ck_assert(!say(true, PROTO_TCP, 50000, 80, TCP_PSH | TCP_ACK)); /* a client's */
	ck_assert(say(true, PROTO_TCP, 40001, 50000, TCP_ACK));
}
END_TEST

START_TEST(a_datagram_that_answers_makes_a_port_known)
{
	say(false, PROTO_UDP, 40000, 53, 0);
	ck_assert(!served(LISTEN_UDP, 53));
	ck_assert(say(true, PROTO_UDP, 53, 40000, 0));
	ck_assert(served(LISTEN_UDP, 53) && !served(LISTEN_TCP, 53));
}
END_TEST

START_TEST(a_resolvers_answer_makes_no_service_of_the_asking_port)
{
	say(true, PROTO_UDP, 51234, 53, 0);
	say(false, PROTO_UDP, 53, 51234, 0);
	ck_assert(!say(true, PROTO_UDP, 51234, 53, 0));
	ck_assert(!served(LISTEN_UDP, 51234));
}
END_TEST

START_TEST(an_init_ack_makes_a_port_known_and_an_abort_does_not)
{
	ck_assert(!say(true, PROTO_SCTP, 36412, 5000, 6));
	ck_assert(say(true, PROTO_SCTP, 36412, 5000, 2));
	ck_assert(served(LISTEN_SCTP, 36412));
}
END_TEST

START_TEST(ports_may_be_told_and_all_protocols_are_known)
{
	guess_add(g, LISTEN_TCP, 8080);
	guess_add(g, LISTEN_TCP, 0);
	ck_assert(served(LISTEN_TCP, 8080) && !served(LISTEN_TCP, 0));
	for (size_t i = 0; i < LISTEN_PROTOS; i++)
		ck_assert(guess_listening(g)->known[i]);
}
END_TEST

START_TEST(fragments_and_port_zero_say_nothing)
{
	struct packet p = { .proto = PROTO_TCP, .sport = 22, .dport = 40000, .tcp_flags = TCP_SYN | TCP_ACK,
		.fragment = FRAGMENT_LATER };

	ck_assert(!guess_packet(g, &p, true));
	ck_assert(!say(true, PROTO_TCP, 0, 40000, TCP_SYN | TCP_ACK));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("guess");
	TCase *c = tcase_create("guess");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, a_syn_ack_makes_a_port_known_once);
	tcase_add_test(c, a_refusal_makes_no_port_known);
	tcase_add_test(c, what_the_peer_sends_makes_no_port_known);
	tcase_add_test(c, what_the_host_began_says_nothing_of_its_port);
	tcase_add_test(c, a_connection_older_than_the_capture_shows_its_service);
	tcase_add_test(c, a_datagram_that_answers_makes_a_port_known);
	tcase_add_test(c, a_resolvers_answer_makes_no_service_of_the_asking_port);
	tcase_add_test(c, an_init_ack_makes_a_port_known_and_an_abort_does_not);
	tcase_add_test(c, ports_may_be_told_and_all_protocols_are_known);
	tcase_add_test(c, fragments_and_port_zero_say_nothing);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
