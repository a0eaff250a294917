/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a capture's flows carried, told once each, when they end and as the socket's word has it.
 */
#include "core/flow_count.h"

#include "../support/flow_lab.h"

#define FIN_ACK (TCP_FIN | TCP_ACK)
#define PSH_ACK (TCP_PSH | TCP_ACK)
#define MOST 8192

static struct flow_count *count;
static void *room;
static struct flow_end told[MOST];
static mono_t told_at[MOST];
static size_t n_told;

static void setup(void)
{
	struct hash_key key;

	lab_setup_flows(10000);
	hash_key_from_seed(&key, 7);
	room = malloc(flow_count_bytes());
	ck_assert_int_eq(flow_count_create(&count, room, &key), 0);
	n_told = 0;
}

static void teardown(void)
{
	free(room);
	lab_teardown();
}

static void hear(void *ctx, const struct flow_end *f, mono_t at)
{
	(void)ctx;
	ck_assert_uint_lt(n_told, MOST);
	told_at[n_told] = at;
	told[n_told++] = *f;
}

static void pass(bool ours, uint8_t flags, uint32_t seq, uint32_t ack, uint32_t len, uint16_t sport)
{
	struct packet p = lab_packet(ours, PROTO_TCP);

	*(ours ? &p.dport : &p.sport) = sport;
	p.tcp_flags = flags;
	p.seq = seq;
	p.ack = ack;
	p.payload_len = len;
	lab_send(&p, ours);
	flow_count_packet(count, t, &p, flow_refer(t, &p), ours, 52 + len, now, hear, NULL);
	lab_pass_ms(100);
}

static void begins(uint16_t sport)
{
	pass(false, TCP_SYN, PEER_SEQ, 0, 0, sport);
	pass(true, TCP_SYN | TCP_ACK, OUR_SEQ, PEER_SEQ + 1, 0, sport);
	pass(false, TCP_ACK, PEER_SEQ + 1, OUR_SEQ + 1, 0, sport);
}

static void talks(uint16_t sport)
{
	pass(false, PSH_ACK, PEER_SEQ + 1, OUR_SEQ + 1, 100, sport);
	pass(true, PSH_ACK, OUR_SEQ + 1, PEER_SEQ + 101, 300, sport);
}

static void closes(uint16_t sport)
{
	pass(false, FIN_ACK, PEER_SEQ + 101, OUR_SEQ + 301, 0, sport);
	pass(true, FIN_ACK, OUR_SEQ + 301, PEER_SEQ + 102, 0, sport);
	pass(false, TCP_ACK, PEER_SEQ + 102, OUR_SEQ + 302, 0, sport);
}

static void after(int64_t seconds)
{
	lab_pass(seconds);
	flow_count_until(count, now, hear, NULL);
}

START_TEST(a_session_is_told_once_with_all_that_it_carried)
{
	begins(40000);
	talks(40000);
	closes(40000);
	ck_assert_uint_eq(n_told, 0);
	after(2);
	ck_assert_uint_eq(n_told, 1);
	ck_assert_uint_eq(told[0].packets[FLOW_THERE], 5);
	ck_assert_uint_eq(told[0].packets[FLOW_BACK], 3);
	ck_assert_uint_eq(told[0].bytes[FLOW_THERE], 5 * 52 + 100);
	ck_assert_uint_eq(told[0].bytes[FLOW_BACK], 3 * 52 + 300);
	ck_assert_int_eq(told[0].lasted_ns, 700 * NS_PER_MS);
	ck_assert_int_eq(told[0].proof, PROOF_ANSWERED);
	ck_assert_int_eq(told[0].direction, FLOW_IN);
	ck_assert_int_eq(told[0].teller, TELLER_CAPTURE);
	ck_assert_uint_eq(told[0].tuple.dport, 443);
	ck_assert_uint_eq(told[0].weight, 1);
	after(10000);
	ck_assert_uint_eq(n_told, 1);
	ck_assert_int_eq(flow_count_due(count).ns, INT64_MAX);
}
END_TEST

START_TEST(what_was_reset_after_a_word_is_answered_all_the_same)
{
	begins(40000);
	talks(40000);
	pass(false, TCP_RST | TCP_ACK, PEER_SEQ + 101, OUR_SEQ + 301, 0, 40000);
	after(2);
	ck_assert_uint_eq(n_told, 1);
	ck_assert_int_eq(told[0].proof, PROOF_ANSWERED);
}
END_TEST

START_TEST(a_forged_acknowledgement_proves_nothing)
{
	pass(false, TCP_SYN, PEER_SEQ, 0, 0, 40000);
	pass(true, TCP_SYN | TCP_ACK, OUR_SEQ, PEER_SEQ + 1, 0, 40000);
	pass(false, PSH_ACK, PEER_SEQ + 1, OUR_SEQ - 4000, 3000, 40000);
	pass(false, TCP_RST, PEER_SEQ + 3001, 0, 0, 40000);
	after(2);
	ck_assert_uint_eq(n_told, 1);
	ck_assert_int_eq(told[0].proof, PROOF_CLAIMED);
}
END_TEST

START_TEST(a_flow_met_in_its_middle_is_not_told)
{
	talks(40000);
	closes(40000);
	after(10000);
	ck_assert_uint_eq(n_told, 0);
}
END_TEST

START_TEST(a_syn_that_is_sent_again_begins_nothing)
{
	pass(false, TCP_SYN, PEER_SEQ, 0, 0, 40000);
	begins(40000);
	talks(40000);
	closes(40000);
	after(2);
	ck_assert_uint_eq(n_told, 1);
	ck_assert_uint_eq(told[0].packets[FLOW_THERE], 6);
}
END_TEST

START_TEST(the_same_ports_again_are_another_session)
{
	begins(40000);
	talks(40000);
	closes(40000);
	begins(40000);
	ck_assert_uint_eq(n_told, 1);
	talks(40000);
	closes(40000);
	after(2);
	ck_assert_uint_eq(n_told, 2);
	ck_assert_uint_eq(told[0].bytes[FLOW_BACK], told[1].bytes[FLOW_BACK]);
}
END_TEST

START_TEST(silence_ends_a_session_and_talk_does_not)
{
	begins(40000);
	talks(40000);
	after(800);
	talks(40000);
	after(800);
	ck_assert_uint_eq(n_told, 0);
	after(200);
	ck_assert_uint_eq(n_told, 1);
	ck_assert_int_gt(told[0].lasted_ns, 800 * NS_PER_S);
	ck_assert_int_lt(told[0].lasted_ns, 802 * NS_PER_S);
}
END_TEST

START_TEST(sessions_are_told_in_the_order_of_their_ends)
{
	begins(40000);
	begins(40001);
	begins(40002);
	talks(40002);
	closes(40002);
	talks(40000);
	closes(40000);
	after(3000);
	ck_assert_uint_eq(n_told, 3);
	ck_assert_uint_eq(told[0].tuple.sport, 40002);
	ck_assert_uint_eq(told[1].tuple.sport, 40000);
	ck_assert_uint_eq(told[2].tuple.sport, 40001);
	ck_assert_int_lt(told_at[0].ns, told_at[1].ns);
	ck_assert_int_lt(told_at[1].ns, told_at[2].ns);
}
END_TEST

START_TEST(where_there_is_no_room_the_longest_silent_one_goes_untold)
{
	for (uint32_t i = 0; i <= FLOW_COUNTS; i++)
		pass(false, TCP_SYN, PEER_SEQ, 0, 0, (uint16_t)(10000 + i));
	ck_assert_uint_eq(flow_count_crowded(count), 1);
	after(10000);
	ck_assert_uint_eq(n_told, FLOW_COUNTS);
	ck_assert_uint_eq(told[0].tuple.sport, 10001);
	n_told = 0;
	begins(40000);
	after(10000);
	ck_assert_uint_eq(n_told, 1);
}
END_TEST

/* ---- of our own ---- */

#define STEP 100000

static void we_begin(uint16_t sport)
{
	pass(true, TCP_SYN, OUR_SEQ, 0, 0, sport);
	pass(false, TCP_SYN | TCP_ACK, PEER_SEQ, OUR_SEQ + 1, 0, sport);
	pass(true, TCP_ACK, OUR_SEQ + 1, PEER_SEQ + 1, 0, sport);
}

static void we_send(unsigned times, uint16_t sport)
{
	for (unsigned i = 0; i < times; i++)
		pass(true, PSH_ACK, OUR_SEQ + 1, PEER_SEQ + 1, STEP / 4 - 52, sport);
}

START_TEST(a_great_flow_of_ours_is_told_while_it_lives_and_whole_at_its_end)
{
	flow_count_step(count, STEP);
	we_begin(40000);
	we_send(3, 40000);
	ck_assert_uint_eq(n_told, 0);
	we_send(6, 40000);
	ck_assert_uint_eq(n_told, 2);
	ck_assert(told[0].so_far && told[1].so_far);
	ck_assert_uint_eq(told[0].direction, FLOW_OUT);
	ck_assert_uint_ge(told[0].bytes[FLOW_THERE], STEP);
	ck_assert_uint_ge(told[1].bytes[FLOW_THERE], told[0].bytes[FLOW_THERE] + STEP);
	pass(false, TCP_RST, PEER_SEQ + 1, 0, 0, 40000);
	after(3000);
	ck_assert_uint_eq(n_told, 3);
	ck_assert(!told[2].so_far);
	ck_assert_uint_gt(told[2].bytes[FLOW_THERE], told[1].bytes[FLOW_THERE]);
}
END_TEST

START_TEST(without_a_step_and_of_who_called_us_nothing_is_told_before_the_end)
{
	we_begin(40000);
	we_send(20, 40000);
	ck_assert_uint_eq(n_told, 0);
	flow_count_step(count, STEP);
	begins(40001);
	for (unsigned i = 0; i < 20; i++)
		pass(false, PSH_ACK, PEER_SEQ + 1, OUR_SEQ + 1, STEP, 40001);
	ck_assert_uint_eq(n_told, 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("flow_count");
	TCase *c = tcase_create("flow_count");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, a_session_is_told_once_with_all_that_it_carried);
	tcase_add_test(c, what_was_reset_after_a_word_is_answered_all_the_same);
	tcase_add_test(c, a_forged_acknowledgement_proves_nothing);
	tcase_add_test(c, a_flow_met_in_its_middle_is_not_told);
	tcase_add_test(c, a_syn_that_is_sent_again_begins_nothing);
	tcase_add_test(c, the_same_ports_again_are_another_session);
	tcase_add_test(c, silence_ends_a_session_and_talk_does_not);
	tcase_add_test(c, sessions_are_told_in_the_order_of_their_ends);
	tcase_add_test(c, where_there_is_no_room_the_longest_silent_one_goes_untold);
	tcase_add_test(c, a_great_flow_of_ours_is_told_while_it_lives_and_whole_at_its_end);
	tcase_add_test(c, without_a_step_and_of_who_called_us_nothing_is_told_before_the_end);
	suite_add_tcase(s, c);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
