/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The word on each TCP segment, as conntrack would have said it.
 */
#include "../support/flow_lab.h"

#define FIN_ACK (TCP_FIN | TCP_ACK)

START_TEST(a_handshake_is_new_once_and_established_then)
{
	ck_assert_int_eq(lab_syn(), FLOW_NEW);
	ck_assert_int_eq(lab_syn(), FLOW_NEW_AGAIN);
	ck_assert_int_eq(lab_syn_ack(), FLOW_ESTABLISHED);
	ck_assert_int_eq(lab_ack(), FLOW_ESTABLISHED);
	ck_assert_int_eq(lab_syn(), FLOW_ESTABLISHED); /* it passes, and means nothing */
}
END_TEST

START_TEST(a_refused_port_is_new_each_time)
{
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(lab_syn(), FLOW_NEW);
		ck_assert_int_eq(lab_tcp(true, TCP_RST | TCP_ACK, 0, PEER_SEQ + 1, 0), FLOW_ESTABLISHED);
	}
}
END_TEST

START_TEST(a_forged_refusal_ends_nothing)
{
	lab_syn();
	ck_assert_int_eq(lab_tcp(true, TCP_RST | TCP_ACK, 0, PEER_SEQ + 7, 0), FLOW_INVALID);
	ck_assert_int_eq(lab_syn(), FLOW_NEW_AGAIN);
}
END_TEST

START_TEST(what_answers_nobody_is_invalid)
{
	ck_assert_int_eq(lab_syn_ack(), FLOW_INVALID);
	ck_assert_int_eq(lab_tcp(false, TCP_RST, 5, 0, 0), FLOW_INVALID);
	ck_assert_int_eq(lab_tcp(false, FIN_ACK, 5, 6, 0), FLOW_INVALID);
}
END_TEST

START_TEST(flags_that_no_stack_sends_are_invalid)
{
	static const uint8_t flags[] = { 0, TCP_FIN, TCP_FIN | TCP_PSH | TCP_URG, TCP_SYN | TCP_FIN, TCP_SYN | TCP_RST,
		TCP_SYN | TCP_FIN | TCP_ACK, TCP_URG, 0xff };

	for (size_t i = 0; i < sizeof(flags); i++) {
		ck_assert_int_eq(lab_tcp(false, flags[i], 5, 6, 0), FLOW_INVALID);
		lab_syn();
		ck_assert_int_eq(lab_tcp(false, flags[i], 5, 6, 0), FLOW_INVALID);
	}
}
END_TEST

START_TEST(marks_of_congestion_change_no_word)
{
	ck_assert_int_eq(lab_tcp(false, TCP_SYN | TCP_ECE | TCP_CWR, PEER_SEQ, 0, 0), FLOW_NEW);
	ck_assert_int_eq(lab_tcp(true, TCP_SYN | TCP_ACK | TCP_ECE, OUR_SEQ, PEER_SEQ + 1, 0), FLOW_ESTABLISHED);
}
END_TEST

START_TEST(a_bare_ack_without_a_flow_begins_one)
{
	ck_assert_int_eq(lab_tcp(false, TCP_ACK, 5, 6, 0), FLOW_NEW);
	ck_assert_int_eq(lab_tcp(false, TCP_ACK, 5, 6, 0), FLOW_NEW_AGAIN);
	ck_assert_int_eq(lab_tcp(true, TCP_ACK, 6, 5, 100), FLOW_ESTABLISHED);
}
END_TEST

START_TEST(an_ack_before_the_syn_ack_is_invalid)
{
	lab_syn();
	ck_assert_int_eq(lab_ack(), FLOW_INVALID);
}
END_TEST

START_TEST(acknowledging_what_was_never_sent_is_invalid)
{
	lab_connect();
	ck_assert_int_eq(lab_tcp(false, TCP_ACK, PEER_SEQ + 1, OUR_SEQ + 2, 0), FLOW_INVALID);
	ck_assert_int_eq(lab_tcp(true, TCP_ACK, OUR_SEQ + 1, PEER_SEQ + 2, 0), FLOW_INVALID);
}
END_TEST

START_TEST(data_beyond_the_window_is_invalid)
{
	lab_connect();
	ck_assert_int_eq(lab_tcp(false, TCP_ACK, PEER_SEQ + 1 + 60000, OUR_SEQ + 1, 1000), FLOW_ESTABLISHED);
	ck_assert_int_eq(lab_tcp(false, TCP_ACK, PEER_SEQ + 1 + 200000, OUR_SEQ + 1, 1000), FLOW_INVALID);
}
END_TEST

/* A SYN, or the SYN-ACK to it, that offers a scale; seq is the SYN's. */
static enum flow_word lab_offer(bool ours, uint32_t seq, uint8_t shift)
{
	struct packet p = lab_packet(ours, PROTO_TCP);

	p.tcp_flags = ours ? TCP_SYN | TCP_ACK : TCP_SYN;
	p.seq = ours ? OUR_SEQ : seq;
	p.ack = ours ? seq + 1 : 0;
	p.scale = 1 + shift;
	return lab_send(&p, ours);
}

/* Both sides' windows are scaled by 7 bits. */
static void lab_expect_wide(uint32_t seq)
{
	const uint32_t peer = seq + 1, our = OUR_SEQ + 1;

	ck_assert_int_eq(lab_tcp(false, TCP_ACK, peer, our, 0), FLOW_ESTABLISHED);
	ck_assert_int_eq(lab_tcp(true, TCP_ACK, our, peer, 0), FLOW_ESTABLISHED);
	ck_assert_int_eq(lab_tcp(false, TCP_ACK, peer + 1000000, our, 1000), FLOW_ESTABLISHED);
	ck_assert_int_eq(lab_tcp(false, TCP_ACK, peer + 64000 * 128 * 3, our, 1000), FLOW_INVALID);
	ck_assert_int_eq(lab_tcp(true, TCP_ACK, our + 1000000, peer, 1000), FLOW_ESTABLISHED);
	ck_assert_int_eq(lab_tcp(true, TCP_ACK, our + 64000 * 128 * 3, peer, 1000), FLOW_INVALID);
}

START_TEST(a_window_scale_that_both_offer_widens_the_window)
{
	ck_assert_int_eq(lab_offer(false, PEER_SEQ, 7), FLOW_NEW);
	ck_assert_int_eq(lab_offer(true, PEER_SEQ, 7), FLOW_ESTABLISHED);
	lab_expect_wide(PEER_SEQ);
}
END_TEST

START_TEST(a_lost_syn_ack_costs_no_window_scale)
{
	ck_assert_int_eq(lab_offer(false, PEER_SEQ, 7), FLOW_NEW);
	ck_assert_int_eq(lab_offer(true, PEER_SEQ, 7), FLOW_ESTABLISHED);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(lab_offer(false, PEER_SEQ, 7), FLOW_ESTABLISHED);
		ck_assert_int_eq(lab_offer(true, PEER_SEQ, 7), FLOW_ESTABLISHED);
	}
	lab_expect_wide(PEER_SEQ);
}
END_TEST

START_TEST(a_lost_syn_ack_does_not_invent_a_window_scale)
{
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(lab_offer(false, PEER_SEQ, 7), i ? FLOW_ESTABLISHED : FLOW_NEW);
		ck_assert_int_eq(lab_syn_ack(), FLOW_ESTABLISHED);
	}
	lab_ack();
	ck_assert_int_eq(lab_tcp(true, TCP_ACK, OUR_SEQ + 1, PEER_SEQ + 1, 0), FLOW_ESTABLISHED);
	ck_assert_int_eq(lab_tcp(false, TCP_ACK, PEER_SEQ + 1 + 200000, OUR_SEQ + 1, 1000), FLOW_INVALID);
}
END_TEST

START_TEST(a_connection_that_begins_anew_has_the_scale_of_its_own_syn)
{
	lab_connect(); /* without any */
	ck_assert_int_eq(lab_offer(false, 90000, 7), FLOW_ESTABLISHED);
	ck_assert_int_eq(lab_offer(true, 90000, 7), FLOW_ESTABLISHED);
	lab_expect_wide(90000);
}
END_TEST

START_TEST(a_closed_connection_may_be_opened_again_at_once)
{
	lab_connect();
	lab_tcp(true, FIN_ACK, OUR_SEQ + 1, PEER_SEQ + 1, 0);
	lab_tcp(false, FIN_ACK, PEER_SEQ + 1, OUR_SEQ + 2, 0);
	lab_tcp(true, TCP_ACK, OUR_SEQ + 2, PEER_SEQ + 2, 0);
	ck_assert_int_eq(lab_syn(), FLOW_NEW);
}
END_TEST

START_TEST(who_reset_a_connection_may_open_it_again_and_nobody_else)
{
	lab_connect();
	lab_tcp(false, TCP_RST, PEER_SEQ + 1, 0, 0);
	ck_assert_int_eq(lab_syn(), FLOW_NEW);
	lab_syn_ack();
	lab_ack();
	lab_tcp(true, TCP_RST, OUR_SEQ + 1, 0, 0);
	ck_assert_int_eq(lab_syn(), FLOW_ESTABLISHED);
	lab_pass(11);
	ck_assert_int_eq(lab_syn(), FLOW_NEW);
}
END_TEST

START_TEST(a_server_that_knows_of_no_connection_answers_an_ignored_syn)
{
	lab_connect();
	ck_assert_int_eq(lab_tcp(false, TCP_SYN, 90000, 0, 0), FLOW_ESTABLISHED);
	ck_assert_int_eq(lab_tcp(true, TCP_SYN | TCP_ACK, 80000, 90001, 0), FLOW_ESTABLISHED);
	ck_assert_int_eq(lab_fate(), FATE_HALF_OPEN);
	ck_assert_int_eq(lab_tcp(false, TCP_ACK, 90001, 80001, 0), FLOW_ESTABLISHED);
	ck_assert_int_eq(lab_fate(), FATE_SOCKET);
}
END_TEST

START_TEST(a_reset_that_misses_the_expected_number_is_not_believed)
{
	lab_connect();
	lab_tcp(true, TCP_ACK, OUR_SEQ + 1, PEER_SEQ + 1, 0);
	lab_tcp(false, TCP_RST, PEER_SEQ + 100, 0, 0);
	ck_assert_int_eq(lab_fate(), FATE_SOCKET);
	ck_assert_int_eq(lab_tcp(false, TCP_RST, PEER_SEQ - 100, 0, 0), FLOW_INVALID);
	lab_tcp(false, TCP_RST, PEER_SEQ + 1, 0, 0);
	ck_assert_int_eq(lab_fate(), FATE_GONE);
}
END_TEST

START_TEST(both_may_open_at_once)
{
	ck_assert_int_eq(lab_syn(), FLOW_NEW);
	ck_assert_int_eq(lab_tcp(true, TCP_SYN, OUR_SEQ, 0, 0), FLOW_ESTABLISHED);
	ck_assert_int_eq(lab_syn_ack(), FLOW_ESTABLISHED);
	ck_assert_int_eq(lab_tcp(false, TCP_SYN | TCP_ACK, PEER_SEQ, OUR_SEQ + 1, 0), FLOW_ESTABLISHED);
	ck_assert_int_eq(lab_ack(), FLOW_ESTABLISHED);
}
END_TEST

START_TEST(each_state_is_forgotten_after_its_time)
{
	lab_syn();
	lab_pass(119);
	ck_assert_int_eq(lab_syn(), FLOW_NEW_AGAIN);
	lab_pass(2); /* sending again does not keep it alive */
	ck_assert_int_eq(lab_syn(), FLOW_NEW);
	lab_syn_ack();
	lab_pass(61);
	ck_assert_int_eq(lab_ack(), FLOW_NEW);
}
END_TEST

START_TEST(an_idle_connection_is_remembered_for_days)
{
	lab_connect();
	lab_pass(4 * 86400);
	ck_assert_int_eq(lab_ack(), FLOW_ESTABLISHED);
	lab_pass(5 * 86400 + 1);
	ck_assert_int_eq(lab_ack(), FLOW_NEW);
}
END_TEST

START_TEST(unacknowledged_data_is_waited_for_five_minutes)
{
	lab_connect();
	lab_tcp(true, TCP_ACK, OUR_SEQ + 1, PEER_SEQ + 1, 100);
	lab_pass(301);
	ck_assert_int_eq(lab_syn(), FLOW_NEW);
}
END_TEST

static TCase *tcp(void)
{
	TCase *c = tcase_create("tcp");

	tcase_add_checked_fixture(c, lab_setup, lab_teardown);
	tcase_add_test(c, a_handshake_is_new_once_and_established_then);
	tcase_add_test(c, a_refused_port_is_new_each_time);
	tcase_add_test(c, a_forged_refusal_ends_nothing);
	tcase_add_test(c, what_answers_nobody_is_invalid);
	tcase_add_test(c, flags_that_no_stack_sends_are_invalid);
	tcase_add_test(c, marks_of_congestion_change_no_word);
	tcase_add_test(c, a_bare_ack_without_a_flow_begins_one);
	tcase_add_test(c, an_ack_before_the_syn_ack_is_invalid);
	tcase_add_test(c, acknowledging_what_was_never_sent_is_invalid);
	tcase_add_test(c, data_beyond_the_window_is_invalid);
	tcase_add_test(c, a_window_scale_that_both_offer_widens_the_window);
	tcase_add_test(c, a_lost_syn_ack_costs_no_window_scale);
	tcase_add_test(c, a_lost_syn_ack_does_not_invent_a_window_scale);
	tcase_add_test(c, a_connection_that_begins_anew_has_the_scale_of_its_own_syn);
	tcase_add_test(c, a_closed_connection_may_be_opened_again_at_once);
	tcase_add_test(c, who_reset_a_connection_may_open_it_again_and_nobody_else);
	tcase_add_test(c, a_server_that_knows_of_no_connection_answers_an_ignored_syn);
	tcase_add_test(c, a_reset_that_misses_the_expected_number_is_not_believed);
	tcase_add_test(c, both_may_open_at_once);
	tcase_add_test(c, each_state_is_forgotten_after_its_time);
	tcase_add_test(c, an_idle_connection_is_remembered_for_days);
	tcase_add_test(c, unacknowledged_data_is_waited_for_five_minutes);
	return c;
}

int main(void)
{
	Suite *s = suite_create("flow_tcp");
	SRunner *r;
	int failed;

	suite_add_tcase(s, tcp());
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
