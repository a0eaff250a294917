/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The word on each packet but TCP's, as conntrack would have said it, and the bounds of the table.
 */
#include <string.h>

#include "base/err.h"
#include "../support/flow_lab.h"

START_TEST(datagrams_are_new_until_they_are_answered)
{
	struct packet p = lab_packet(false, PROTO_UDP), back = lab_packet(true, PROTO_UDP);

	ck_assert_int_eq(lab_send(&p, false), FLOW_NEW);
	ck_assert_int_eq(lab_send(&p, false), FLOW_NEW_AGAIN);
	ck_assert_int_eq(lab_send(&back, true), FLOW_ESTABLISHED);
	ck_assert_int_eq(lab_send(&p, false), FLOW_ESTABLISHED);
	lab_pass(31);
	ck_assert_int_eq(lab_send(&p, false), FLOW_NEW);
}
END_TEST

START_TEST(a_stream_of_datagrams_is_remembered_longer)
{
	struct packet p = lab_packet(false, PROTO_UDP), back = lab_packet(true, PROTO_UDP);

	lab_send(&p, false);
	lab_send(&back, true);
	lab_pass(3);
	lab_send(&p, false);
	lab_pass(119);
	ck_assert_int_eq(lab_send(&p, false), FLOW_ESTABLISHED);
	lab_pass(121);
	ck_assert_int_eq(lab_send(&p, false), FLOW_NEW);
}
END_TEST

static struct packet icmp(bool ours, uint8_t type, uint16_t id)
{
	struct packet p = lab_packet(ours, PROTO_ICMP);

	p.sport = p.dport = 0;
	p.icmp_type = type;
	p.icmp_id = id;
	return p;
}

START_TEST(an_echo_is_known_by_its_identifier)
{
	struct packet ask = icmp(false, 8, 7), answer = icmp(true, 0, 7), other = icmp(true, 0, 8);

	ck_assert_int_eq(lab_send(&ask, false), FLOW_NEW);
	ck_assert_int_eq(lab_send(&ask, false), FLOW_NEW_AGAIN);
	ck_assert_int_eq(lab_send(&other, true), FLOW_INVALID);
	ck_assert_int_eq(lab_send(&answer, true), FLOW_ESTABLISHED);
	ck_assert_int_eq(lab_send(&ask, false), FLOW_ESTABLISHED);
}
END_TEST

START_TEST(a_request_in_the_other_direction_is_another_flow)
{
	struct packet ask = icmp(false, 8, 7), theirs = icmp(true, 8, 7);

	lab_send(&ask, false);
	ck_assert_int_eq(lab_send(&theirs, true), FLOW_NEW);
}
END_TEST

START_TEST(icmp_that_is_no_request_begins_nothing)
{
	struct packet p = icmp(false, 9, 0);

	ck_assert_int_eq(lab_send(&p, false), FLOW_INVALID);
}
END_TEST

START_TEST(neighbour_discovery_is_left_alone)
{
	struct packet p = icmp(false, 135, 0);

	p.proto = PROTO_ICMP6;
	p.src = craft_addr("fe80::1");
	p.dst = craft_addr("ff02::1:ff00:1");
	ck_assert_int_eq(lab_send(&p, false), FLOW_ESTABLISHED);
	p.icmp_type = 128;
	ck_assert_int_eq(lab_send(&p, false), FLOW_NEW);
}
END_TEST

/* An error about one of our packets to the peer, cut after 8 bytes of its transport. */
static struct packet error_about(const struct craft *quoted, uint8_t *bytes, size_t size)
{
	struct packet p = icmp(false, 3, 0);

	ck_assert_uint_gt(craft_packet(quoted, bytes, size), 28);
	p.src = craft_addr("203.0.113.1"); /* a router on the way */
	p.payload = (struct slice){ .at = bytes, .len = 28 };
	p.payload_len = 28;
	return p;
}

static struct craft our_syn(void)
{
	struct craft c = { .src = craft_addr("198.51.100.9"), .dst = craft_addr("192.0.2.7"), .proto = PROTO_TCP,
		.sport = 443, .dport = 40000, .tcp_flags = TCP_SYN | TCP_ACK };

	return c;
}

START_TEST(an_error_about_a_flow_is_related_to_it)
{
	struct craft c = our_syn();
	uint8_t bytes[128];
	struct packet p = error_about(&c, bytes, sizeof(bytes));

	p.dst = c.src;
	ck_assert_int_eq(lab_send(&p, false), FLOW_INVALID);
	lab_syn();
	ck_assert_int_eq(lab_send(&p, false), FLOW_RELATED);
	ck_assert_int_eq(lab_syn(), FLOW_NEW_AGAIN); /* and no answer of the other side */
}
END_TEST

START_TEST(an_error_that_is_told_to_a_stranger_is_invalid)
{
	struct craft c = our_syn();
	uint8_t bytes[128];
	struct packet p = error_about(&c, bytes, sizeof(bytes));

	p.dst = craft_addr("198.51.100.10");
	lab_syn();
	ck_assert_int_eq(lab_send(&p, false), FLOW_INVALID);
}
END_TEST

START_TEST(an_error_with_a_cut_quotation_is_invalid)
{
	struct craft c = our_syn();
	uint8_t bytes[128];
	struct packet p = error_about(&c, bytes, sizeof(bytes));

	p.dst = c.src;
	lab_syn();
	for (size_t len = 0; len < 28; len++) {
		p.payload.len = len;
		ck_assert_int_eq(lab_send(&p, false), FLOW_INVALID);
	}
}
END_TEST

static enum flow_word sctp(bool ours, uint8_t chunk)
{
	const uint8_t bytes[4] = { chunk, 0, 0, 4 };
	struct packet p = lab_packet(ours, PROTO_SCTP);

	p.payload = (struct slice){ .at = bytes, .len = sizeof(bytes) };
	p.payload_len = sizeof(bytes);
	return lab_send(&p, ours);
}

START_TEST(an_association_is_proven_by_our_cookie_ack)
{
	bool silent;

	ck_assert_int_eq(sctp(false, 0), FLOW_INVALID); /* data */
	ck_assert_int_eq(sctp(false, 6), FLOW_INVALID); /* abort */
	ck_assert_int_eq(sctp(false, 1), FLOW_NEW);
	ck_assert_int_eq(lab_fate_at(HOOK_INPUT, PROTO_SCTP, &silent), FATE_GONE);
	ck_assert_int_eq(sctp(true, 2), FLOW_ESTABLISHED);
	ck_assert_int_eq(lab_fate_at(HOOK_INPUT, PROTO_SCTP, &silent), FATE_HALF_OPEN);
	ck_assert_int_eq(sctp(false, 10), FLOW_ESTABLISHED);
	ck_assert_int_eq(lab_fate_at(HOOK_INPUT, PROTO_SCTP, &silent), FATE_HALF_OPEN);
	ck_assert_int_eq(sctp(true, 11), FLOW_ESTABLISHED);
	ck_assert_int_eq(lab_fate_at(HOOK_INPUT, PROTO_SCTP, &silent), FATE_TRACKED);
	ck_assert_int_eq(sctp(true, 6), FLOW_ESTABLISHED);
	ck_assert_int_eq(lab_fate_at(HOOK_INPUT, PROTO_SCTP, &silent), FATE_GONE);
}
END_TEST

static enum flow_from from_of(const struct packet *p)
{
	return flow_from(t, flow_refer(t, p));
}

START_TEST(who_began_is_known_in_both_directions)
{
	struct packet there = lab_packet(false, PROTO_UDP), back = lab_packet(true, PROTO_UDP);

	ck_assert_int_eq(from_of(&there), FLOW_FROM_UNKNOWN);
	lab_send(&back, true);
	ck_assert_int_eq(from_of(&back), FLOW_FROM_CALLER);
	ck_assert_int_eq(from_of(&there), FLOW_FROM_CALLED);
	lab_pass(31);
	lab_send(&there, false);
	ck_assert_int_eq(from_of(&there), FLOW_FROM_CALLER);
	ck_assert_int_eq(from_of(&back), FLOW_FROM_CALLED);
}
END_TEST

START_TEST(who_began_what_was_met_in_its_middle_is_unknown)
{
	struct packet p = lab_packet(false, PROTO_TCP);

	ck_assert_int_eq(lab_tcp(false, TCP_ACK, PEER_SEQ, OUR_SEQ, 10), FLOW_NEW);
	ck_assert_int_eq(from_of(&p), FLOW_FROM_UNKNOWN);
}
END_TEST

START_TEST(who_sends_an_error_is_of_no_flow)
{
	struct craft c = our_syn();
	uint8_t bytes[128];
	struct packet p = error_about(&c, bytes, sizeof(bytes));

	p.dst = c.src;
	lab_syn();
	ck_assert_int_eq(from_of(&p), FLOW_FROM_UNKNOWN);
}
END_TEST

START_TEST(families_and_protocols_do_not_meet)
{
	struct packet udp = lab_packet(true, PROTO_UDP);

	lab_syn();
	ck_assert_int_eq(lab_send(&udp, true), FLOW_NEW);
}
END_TEST

START_TEST(a_flow_of_six_is_one_in_both_directions)
{
	struct packet p = lab_packet(false, PROTO_UDP), back;

	p.src = craft_addr("2001:db8::7");
	p.dst = craft_addr("2001:db8::9");
	back = p;
	back.src = p.dst;
	back.dst = p.src;
	back.sport = p.dport;
	back.dport = p.sport;
	ck_assert_int_eq(lab_send(&p, false), FLOW_NEW);
	ck_assert_int_eq(lab_send(&back, true), FLOW_ESTABLISHED);
}
END_TEST

START_TEST(a_packet_to_oneself_has_one_direction)
{
	struct packet p = lab_packet(false, PROTO_UDP);

	p.dst = p.src;
	p.dport = p.sport;
	ck_assert_int_eq(lab_send(&p, false), FLOW_NEW);
	ck_assert_int_eq(lab_send(&p, false), FLOW_NEW_AGAIN);
}
END_TEST

START_TEST(a_later_fragment_begins_nothing_and_is_not_invalid)
{
	struct packet p = lab_packet(false, PROTO_UDP);
	struct flow_stats s;

	p.fragment = FRAGMENT_LATER;
	p.sport = p.dport = 0;
	ck_assert_int_eq(lab_send(&p, false), FLOW_ESTABLISHED);
	flow_stats(t, &s);
	ck_assert_uint_eq(s.flows, 0);
}
END_TEST

START_TEST(time_that_steps_back_is_the_latest_one)
{
	lab_syn();
	lab_pass(121);
	ck_assert_int_eq(lab_syn(), FLOW_NEW);
	lab_pass(-121);
	ck_assert_int_eq(lab_syn(), FLOW_NEW_AGAIN);
	lab_pass(121 + 119);
	ck_assert_int_eq(lab_syn(), FLOW_NEW_AGAIN);
}
END_TEST

static enum flow_word syn_from(uint32_t n)
{
	struct packet p = lab_packet(false, PROTO_TCP);

	p.tcp_flags = TCP_SYN;
	memcpy(p.src.bytes, &n, sizeof(n));
	return lab_send(&p, false);
}

START_TEST(a_spray_pushes_out_no_connection_that_was_answered)
{
	struct flow_stats s;

	lab_teardown();
	lab_setup_flows(64);
	lab_connect();
	for (uint32_t n = 1; n < 20000; n++)
		ck_assert_int_ne(syn_from(n), FLOW_INVALID);
	ck_assert_int_eq(lab_ack(), FLOW_ESTABLISHED);
	flow_stats(t, &s);
	ck_assert_uint_le(s.flows, s.capacity);
	ck_assert_uint_gt(s.evicted, 0);
	ck_assert_uint_eq(s.begun[0], 20000);
}
END_TEST

START_TEST(what_has_expired_makes_room_without_being_evicted)
{
	struct flow_stats s;

	lab_teardown();
	lab_setup_flows(64);
	for (uint32_t n = 1; n < 2000; n++) {
		syn_from(n);
		lab_pass(10);
	}
	flow_stats(t, &s);
	ck_assert_uint_eq(s.evicted, 0);
}
END_TEST

START_TEST(nearly_all_flows_that_were_asked_for_have_room)
{
	struct flow_stats s;

	lab_teardown();
	lab_setup_flows(10000);
	for (uint32_t n = 1; n <= 10000; n++)
		syn_from(n);
	flow_stats(t, &s);
	ck_assert_uint_ge(s.capacity, 10000);
	ck_assert_uint_eq(s.flows + s.evicted, 10000);
	ck_assert_uint_lt(s.evicted, 10000 / 25);
}
END_TEST

START_TEST(a_table_in_too_little_memory_is_refused)
{
	struct hash_key key = { 0 };
	struct flow_tracker *none;

	ck_assert_int_eq(flow_create(&none, memory, flow_bytes(1000) - 1, 1000, &key), ERR_RANGE);
	ck_assert_int_eq(flow_create(&none, memory, flow_bytes(1000), 0, &key), ERR_RANGE);
	ck_assert_int_eq(flow_create(&none, (uint8_t *)memory + 8, flow_bytes(1000), 1000, &key), ERR_INVALID);
}
END_TEST

static TCase *others(void)
{
	TCase *c = tcase_create("others");

	tcase_add_checked_fixture(c, lab_setup, lab_teardown);
	tcase_add_test(c, datagrams_are_new_until_they_are_answered);
	tcase_add_test(c, a_stream_of_datagrams_is_remembered_longer);
	tcase_add_test(c, an_echo_is_known_by_its_identifier);
	tcase_add_test(c, a_request_in_the_other_direction_is_another_flow);
	tcase_add_test(c, icmp_that_is_no_request_begins_nothing);
	tcase_add_test(c, neighbour_discovery_is_left_alone);
	tcase_add_test(c, an_error_about_a_flow_is_related_to_it);
	tcase_add_test(c, an_error_that_is_told_to_a_stranger_is_invalid);
	tcase_add_test(c, an_error_with_a_cut_quotation_is_invalid);
	tcase_add_test(c, an_association_is_proven_by_our_cookie_ack);
	tcase_add_test(c, who_began_is_known_in_both_directions);
	tcase_add_test(c, who_began_what_was_met_in_its_middle_is_unknown);
	tcase_add_test(c, who_sends_an_error_is_of_no_flow);
	tcase_add_test(c, families_and_protocols_do_not_meet);
	tcase_add_test(c, a_flow_of_six_is_one_in_both_directions);
	tcase_add_test(c, a_packet_to_oneself_has_one_direction);
	tcase_add_test(c, a_later_fragment_begins_nothing_and_is_not_invalid);
	return c;
}

static TCase *bounds(void)
{
	TCase *c = tcase_create("bounds");

	tcase_add_checked_fixture(c, lab_setup, lab_teardown);
	tcase_add_test(c, time_that_steps_back_is_the_latest_one);
	tcase_add_test(c, a_spray_pushes_out_no_connection_that_was_answered);
	tcase_add_test(c, what_has_expired_makes_room_without_being_evicted);
	tcase_add_test(c, nearly_all_flows_that_were_asked_for_have_room);
	tcase_add_test(c, a_table_in_too_little_memory_is_refused);
	return c;
}

int main(void)
{
	Suite *s = suite_create("flow");
	SRunner *r;
	int failed;

	suite_add_tcase(s, others());
	suite_add_tcase(s, bounds());
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
