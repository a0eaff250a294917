/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What became of a connection: as sockets and conntrack would have told.
 */
#include "../support/flow_lab.h"

#define FIN_ACK (TCP_FIN | TCP_ACK)
#define PSH_ACK (TCP_PSH | TCP_ACK)

START_TEST(a_completed_handshake_is_a_socket)
{
	lab_connect();
	ck_assert_int_eq(lab_fate(), FATE_SOCKET);
	lab_pass(3600 - 1);
	ck_assert_int_eq(lab_fate(), FATE_SOCKET);
}
END_TEST

START_TEST(a_syn_without_an_answer_is_gone)
{
	lab_syn();
	ck_assert_int_eq(lab_fate(), FATE_GONE);
}
END_TEST

START_TEST(what_was_never_seen_is_gone)
{
	ck_assert_int_eq(lab_fate(), FATE_GONE);
}
END_TEST

START_TEST(a_syn_ack_without_an_answer_is_half_open_until_the_stack_gives_up)
{
	lab_syn();
	lab_syn_ack();
	ck_assert_int_eq(lab_fate(), FATE_HALF_OPEN);
	lab_pass(59);
	ck_assert_int_eq(lab_fate(), FATE_HALF_OPEN);
	lab_pass(5);
	ck_assert_int_eq(lab_fate(), FATE_GONE);
}
END_TEST

START_TEST(a_forged_acknowledgement_completes_nothing)
{
	lab_syn();
	lab_syn_ack();
	/* conntrack believes each of the last 66000. */
	ck_assert_int_eq(lab_tcp(false, TCP_ACK, PEER_SEQ + 1, OUR_SEQ - 5000, 0), FLOW_ESTABLISHED);
	ck_assert_int_eq(lab_fate(), FATE_HALF_OPEN);
	ck_assert_int_eq(lab_tcp(false, PSH_ACK, PEER_SEQ + 1, OUR_SEQ, 10), FLOW_ESTABLISHED);
	ck_assert_int_eq(lab_fate(), FATE_HALF_OPEN);
	ck_assert_int_eq(lab_tcp(false, TCP_ACK, PEER_SEQ + 1, OUR_SEQ + 2, 0), FLOW_INVALID);
	ck_assert_int_eq(lab_fate(), FATE_HALF_OPEN);
	lab_pass(64);
	ck_assert_int_eq(lab_fate(), FATE_UNKNOWN);
}
END_TEST

START_TEST(data_with_the_right_number_completes_a_handshake)
{
	lab_syn();
	lab_syn_ack();
	lab_tcp(false, PSH_ACK, PEER_SEQ + 1, OUR_SEQ + 1, 10);
	ck_assert_int_eq(lab_fate(), FATE_SOCKET);
}
END_TEST

START_TEST(a_reset_after_the_handshake_leaves_nothing)
{
	lab_connect();
	lab_tcp(false, TCP_RST, PEER_SEQ + 1, 0, 0);
	ck_assert_int_eq(lab_fate(), FATE_GONE);
}
END_TEST

START_TEST(a_reset_after_our_fin_leaves_what_conntrack_remembers)
{
	lab_connect();
	lab_tcp(true, FIN_ACK, OUR_SEQ + 1, PEER_SEQ + 1, 0);
	ck_assert_int_eq(lab_fate(), FATE_SOCKET);
	lab_tcp(false, TCP_RST | TCP_ACK, PEER_SEQ + 1, OUR_SEQ + 2, 0);
	ck_assert_int_eq(lab_fate(), FATE_TRACKED);
	lab_pass(11);
	ck_assert_int_eq(lab_fate(), FATE_GONE);
}
END_TEST

static void peer_closes_first(void)
{
	lab_connect();
	lab_tcp(false, FIN_ACK, PEER_SEQ + 1, OUR_SEQ + 1, 0);
	ck_assert_int_eq(lab_fate(), FATE_SOCKET);
	lab_tcp(true, FIN_ACK, OUR_SEQ + 1, PEER_SEQ + 2, 0);
	ck_assert_int_eq(lab_fate(), FATE_SOCKET);
	lab_tcp(false, TCP_ACK, PEER_SEQ + 2, OUR_SEQ + 2, 0);
}

START_TEST(where_the_peer_closes_first_conntrack_alone_remembers)
{
	peer_closes_first();
	ck_assert_int_eq(lab_fate(), FATE_TRACKED);
	lab_pass(119);
	ck_assert_int_eq(lab_fate(), FATE_TRACKED);
	lab_pass(2);
	ck_assert_int_eq(lab_fate(), FATE_GONE);
}
END_TEST

START_TEST(where_we_close_first_our_socket_waits_a_minute)
{
	lab_connect();
	lab_tcp(true, FIN_ACK, OUR_SEQ + 1, PEER_SEQ + 1, 0);
	lab_tcp(false, FIN_ACK, PEER_SEQ + 1, OUR_SEQ + 2, 0);
	lab_tcp(true, TCP_ACK, OUR_SEQ + 2, PEER_SEQ + 2, 0);
	ck_assert_int_eq(lab_fate(), FATE_SOCKET);
	lab_pass(59);
	ck_assert_int_eq(lab_fate(), FATE_SOCKET);
	lab_pass(2);
	ck_assert_int_eq(lab_fate(), FATE_TRACKED);
	lab_pass(60);
	ck_assert_int_eq(lab_fate(), FATE_GONE);
}
END_TEST

START_TEST(a_forged_syn_over_a_socket_in_time_wait_proves_nothing)
{
	lab_connect();
	lab_tcp(true, FIN_ACK, OUR_SEQ + 1, PEER_SEQ + 1, 0);
	lab_tcp(false, FIN_ACK, PEER_SEQ + 1, OUR_SEQ + 2, 0);
	lab_tcp(true, TCP_ACK, OUR_SEQ + 2, PEER_SEQ + 2, 0);
	ck_assert_int_eq(lab_tcp(false, TCP_SYN, 500000, 0, 0), FLOW_NEW);
	ck_assert_int_eq(lab_fate(), FATE_GONE);
}
END_TEST

START_TEST(a_refused_connection_is_gone)
{
	lab_syn();
	ck_assert_int_eq(lab_tcp(true, TCP_RST | TCP_ACK, 0, PEER_SEQ + 1, 0), FLOW_ESTABLISHED);
	ck_assert_int_eq(lab_fate(), FATE_GONE);
}
END_TEST

START_TEST(a_capture_of_the_peers_side_alone_never_shows_a_socket)
{
	lab_syn();
	ck_assert_int_eq(lab_ack(), FLOW_INVALID);
	lab_tcp(false, PSH_ACK, PEER_SEQ + 1, OUR_SEQ + 1, 100);
	ck_assert_int_eq(lab_fate(), FATE_GONE);
}
END_TEST

START_TEST(a_connection_older_than_the_capture_is_a_socket_once_we_speak)
{
	ck_assert_int_eq(lab_tcp(false, PSH_ACK, 50, 90, 10), FLOW_NEW);
	ck_assert_int_eq(lab_fate(), FATE_GONE);
	ck_assert_int_eq(lab_tcp(true, PSH_ACK, 90, 60, 10), FLOW_ESTABLISHED);
	ck_assert_int_eq(lab_fate(), FATE_SOCKET);
}
END_TEST

START_TEST(a_bare_ack_that_is_reset_shows_no_socket)
{
	ck_assert_int_eq(lab_tcp(false, TCP_ACK, 50, 90, 0), FLOW_NEW);
	ck_assert_int_eq(lab_tcp(true, TCP_RST, 90, 0, 0), FLOW_ESTABLISHED);
	ck_assert_int_eq(lab_fate(), FATE_GONE);
	ck_assert_int_eq(lab_tcp(false, TCP_ACK, 50, 90, 0), FLOW_NEW);
}
END_TEST

START_TEST(behind_a_router_there_is_no_socket_but_what_is_tracked)
{
	bool silent;

	lab_connect();
	ck_assert_int_eq(lab_fate_at(HOOK_FORWARD, PROTO_TCP, &silent), FATE_UNKNOWN);
	lab_tcp(true, FIN_ACK, OUR_SEQ + 1, PEER_SEQ + 1, 0);
	ck_assert_int_eq(lab_fate_at(HOOK_FORWARD, PROTO_TCP, &silent), FATE_TRACKED);
}
END_TEST

START_TEST(behind_a_router_a_reset_after_a_word_is_no_refusal)
{
	bool silent;

	lab_connect();
	lab_tcp(false, PSH_ACK, PEER_SEQ + 1, OUR_SEQ + 1, 12);
	lab_tcp(true, TCP_RST, OUR_SEQ + 1, 0, 0);
	ck_assert_int_eq(lab_fate_at(HOOK_FORWARD, PROTO_TCP, &silent), FATE_UNKNOWN);
}
END_TEST

START_TEST(silent_is_who_sent_no_byte_and_is_over)
{
	bool silent;

	lab_connect();
	lab_fate_at(HOOK_INPUT, PROTO_TCP, &silent);
	ck_assert(!silent); /* it lives: nobody can say yet */
	lab_tcp(true, FIN_ACK, OUR_SEQ + 1, PEER_SEQ + 1, 0);
	ck_assert_int_eq(lab_fate_at(HOOK_INPUT, PROTO_TCP, &silent), FATE_SOCKET);
	ck_assert(silent);
}
END_TEST

START_TEST(one_byte_breaks_the_silence)
{
	bool silent;

	lab_connect();
	lab_tcp(false, PSH_ACK, PEER_SEQ + 1, OUR_SEQ + 1, 1);
	lab_tcp(true, FIN_ACK, OUR_SEQ + 1, PEER_SEQ + 2, 0);
	lab_fate_at(HOOK_INPUT, PROTO_TCP, &silent);
	ck_assert(!silent);
}
END_TEST

START_TEST(our_data_does_not_break_the_peers_silence)
{
	bool silent;

	lab_connect();
	lab_tcp(true, PSH_ACK, OUR_SEQ + 1, PEER_SEQ + 1, 100);
	lab_tcp(true, FIN_ACK, OUR_SEQ + 101, PEER_SEQ + 1, 0);
	lab_fate_at(HOOK_INPUT, PROTO_TCP, &silent);
	ck_assert(silent);
}
END_TEST

START_TEST(datagrams_are_at_best_half_open)
{
	struct packet p = lab_packet(false, PROTO_UDP);
	struct packet back = lab_packet(true, PROTO_UDP);
	bool silent;

	lab_send(&p, false);
	ck_assert_int_eq(lab_fate_at(HOOK_INPUT, PROTO_UDP, &silent), FATE_GONE);
	lab_send(&back, true);
	ck_assert_int_eq(lab_fate_at(HOOK_INPUT, PROTO_UDP, &silent), FATE_HALF_OPEN);
	ck_assert(!silent);
}
END_TEST

START_TEST(icmp_cannot_be_asked_for)
{
	bool silent;

	ck_assert_int_eq(lab_fate_at(HOOK_INPUT, PROTO_ICMP, &silent), FATE_UNKNOWN);
}
END_TEST

static void half_open(uint16_t port, uint16_t peer_port)
{
	struct packet p = lab_packet(false, PROTO_TCP), back = lab_packet(true, PROTO_TCP);

	p.sport = back.dport = peer_port;
	p.dport = back.sport = port;
	p.tcp_flags = TCP_SYN;
	p.seq = PEER_SEQ;
	back.tcp_flags = TCP_SYN | TCP_ACK;
	back.seq = OUR_SEQ;
	back.ack = PEER_SEQ + 1;
	lab_send(&p, false);
	lab_send(&back, true);
}

START_TEST(the_census_counts_half_open_handshakes_by_port_and_age)
{
	struct service_census rows[4];

	half_open(80, 1);
	half_open(80, 2);
	lab_pass_ms(1100);
	half_open(80, 3);
	half_open(22, 4);
	ck_assert_uint_eq(flow_census(t, now, rows, 4), 2);
	ck_assert_uint_eq(rows[0].port, 80);
	ck_assert_uint_eq(rows[0].half_open, 3);
	ck_assert_uint_eq(rows[0].half_open_old, 2);
	ck_assert_uint_eq(rows[1].port, 22);
	ck_assert_uint_eq(rows[1].half_open, 1);
	ck_assert_uint_eq(rows[1].half_open_old, 0);
}
END_TEST

START_TEST(a_completed_handshake_leaves_the_census)
{
	struct service_census rows[4];

	lab_syn();
	lab_syn_ack();
	ck_assert_uint_eq(flow_census(t, now, rows, 4), 1);
	lab_ack();
	ck_assert_uint_eq(flow_census(t, now, rows, 4), 0);
}
END_TEST

START_TEST(a_reset_or_given_up_handshake_leaves_the_census)
{
	struct service_census rows[4];

	half_open(80, 1);
	lab_syn();
	lab_syn_ack();
	lab_tcp(false, TCP_RST, PEER_SEQ + 1, 0, 0);
	ck_assert_uint_eq(flow_census(t, now, rows, 4), 1);
	ck_assert_uint_eq(rows[0].port, 80);
	lab_pass(64);
	ck_assert_uint_eq(flow_census(t, now, rows, 4), 0);
}
END_TEST

START_TEST(a_repeated_syn_does_not_make_a_half_open_handshake_young)
{
	struct service_census rows[4];

	lab_syn();
	lab_syn_ack();
	lab_pass(2);
	lab_syn();
	lab_syn_ack();
	ck_assert_uint_eq(flow_census(t, now, rows, 4), 1);
	ck_assert_uint_eq(rows[0].half_open, 1);
	ck_assert_uint_eq(rows[0].half_open_old, 1);
}
END_TEST

START_TEST(a_census_without_room_keeps_the_ports_that_fit)
{
	struct service_census rows[1];

	half_open(80, 1);
	half_open(22, 2);
	ck_assert_uint_eq(flow_census(t, now, rows, 1), 1);
	ck_assert_uint_eq(rows[0].port, 80);
	ck_assert_uint_eq(flow_census(t, now, rows, 0), 0);
}
END_TEST

static TCase *fates(void)
{
	TCase *c = tcase_create("fates");

	tcase_add_checked_fixture(c, lab_setup, lab_teardown);
	tcase_add_test(c, a_completed_handshake_is_a_socket);
	tcase_add_test(c, a_syn_without_an_answer_is_gone);
	tcase_add_test(c, what_was_never_seen_is_gone);
	tcase_add_test(c, a_syn_ack_without_an_answer_is_half_open_until_the_stack_gives_up);
	tcase_add_test(c, a_forged_acknowledgement_completes_nothing);
	tcase_add_test(c, data_with_the_right_number_completes_a_handshake);
	tcase_add_test(c, a_reset_after_the_handshake_leaves_nothing);
	tcase_add_test(c, a_reset_after_our_fin_leaves_what_conntrack_remembers);
	tcase_add_test(c, where_the_peer_closes_first_conntrack_alone_remembers);
	tcase_add_test(c, where_we_close_first_our_socket_waits_a_minute);
	tcase_add_test(c, a_forged_syn_over_a_socket_in_time_wait_proves_nothing);
	tcase_add_test(c, a_refused_connection_is_gone);
	tcase_add_test(c, a_capture_of_the_peers_side_alone_never_shows_a_socket);
	tcase_add_test(c, a_connection_older_than_the_capture_is_a_socket_once_we_speak);
	tcase_add_test(c, a_bare_ack_that_is_reset_shows_no_socket);
	tcase_add_test(c, behind_a_router_there_is_no_socket_but_what_is_tracked);
	tcase_add_test(c, behind_a_router_a_reset_after_a_word_is_no_refusal);
	tcase_add_test(c, silent_is_who_sent_no_byte_and_is_over);
	tcase_add_test(c, one_byte_breaks_the_silence);
	tcase_add_test(c, our_data_does_not_break_the_peers_silence);
	tcase_add_test(c, datagrams_are_at_best_half_open);
	tcase_add_test(c, icmp_cannot_be_asked_for);
	return c;
}

static TCase *census(void)
{
	TCase *c = tcase_create("census");

	tcase_add_checked_fixture(c, lab_setup, lab_teardown);
	tcase_add_test(c, the_census_counts_half_open_handshakes_by_port_and_age);
	tcase_add_test(c, a_completed_handshake_leaves_the_census);
	tcase_add_test(c, a_reset_or_given_up_handshake_leaves_the_census);
	tcase_add_test(c, a_repeated_syn_does_not_make_a_half_open_handshake_young);
	tcase_add_test(c, a_census_without_room_keeps_the_ports_that_fit);
	return c;
}

int main(void)
{
	Suite *s = suite_create("flow_fate");
	SRunner *r;
	int failed;

	suite_add_tcase(s, fates());
	suite_add_tcase(s, census());
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
