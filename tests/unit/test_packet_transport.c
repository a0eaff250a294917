/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the transport headers say: ports, flags, options and payload, and what no honest
 * stack writes there.
 */
#include "core/packet_parts.h"

#include "../support/one_packet.h"

START_TEST(icmp_of_both_families_has_type_and_code)
{
	struct craft c = v4(PROTO_ICMP);

	c.icmp_type = 3;
	c.icmp_code = 9;
	c.payload = 28;
	make(c);
	ck_assert_int_eq(parse(), PACKET_FINE);
	ck_assert_uint_eq(seen.icmp_type, 3);
	ck_assert_uint_eq(seen.icmp_code, 9);
	ck_assert_uint_eq(seen.sport, 0);
	ck_assert_uint_eq(seen.payload_len, 28);
	c = v6(PROTO_ICMP6);
	c.icmp_type = 128;
	make(c);
	ck_assert_int_eq(parse(), PACKET_FINE);
	ck_assert_uint_eq(seen.icmp_type, 128);
}
END_TEST

START_TEST(icmp_of_the_other_family_is_just_payload)
{
	make(v4(PROTO_ICMP6));
	bytes[20] = 129;
	ck_assert_int_eq(parse(), PACKET_FINE);
	ck_assert_uint_eq(seen.icmp_type, 0);
	ck_assert_uint_eq(seen.payload_len, 8);
	ck_assert(!packet_is_answer(&seen));
}
END_TEST

START_TEST(sctp_has_ports_and_chunks_behind_them)
{
	struct craft c = v4(PROTO_SCTP);

	c.payload = 20;
	make(c);
	ck_assert_int_eq(parse(), PACKET_FINE);
	ck_assert_uint_eq(seen.sport, 40000);
	ck_assert_uint_eq(seen.dport, 443);
	ck_assert_uint_eq(seen.payload_len, 20);
}
END_TEST

START_TEST(an_unknown_protocol_is_payload)
{
	struct craft c = v4(47);

	c.payload = 9;
	make(c);
	ck_assert_int_eq(parse(), PACKET_FINE);
	ck_assert_uint_eq(seen.proto, 47);
	ck_assert_uint_eq(seen.sport, 0);
	ck_assert_uint_eq(seen.payload_len, 9);
}
END_TEST

START_TEST(padding_of_the_link_is_no_payload)
{
	make(v4(PROTO_TCP));
	memset(bytes + length, 0xee, 6);
	length += 6;
	ck_assert_int_eq(parse(), PACKET_FINE);
	ck_assert_uint_eq(seen.payload_len, 0);
	ck_assert_uint_eq(seen.payload.len, 0);
	ck_assert_uint_eq(seen.odd, 0); /* no data on the SYN */
}
END_TEST

START_TEST(a_cut_copy_keeps_the_stated_payload_length)
{
	struct craft c = v4(PROTO_UDP);

	c.payload = 1000;
	make(c);
	ck_assert_int_eq(parse_cut(128, (uint32_t)length), PACKET_FINE);
	ck_assert_uint_eq(seen.payload_len, 1000);
	ck_assert_uint_eq(seen.payload.len, 100);
	ck_assert_int_eq(parse_cut(28, (uint32_t)length), PACKET_FINE);
	ck_assert_uint_eq(seen.payload_len, 1000);
	ck_assert_uint_eq(seen.payload.len, 0);
}
END_TEST

START_TEST(a_packet_that_ends_before_its_transport_is_short)
{
	make(v4(PROTO_TCP));
	length = bytes[3] = 39;
	ck_assert_int_eq(parse(), PACKET_SHORT_TRANSPORT);
	make(v6(PROTO_UDP));
	length = 47;
	bytes[5] = 7;
	ck_assert_int_eq(parse(), PACKET_SHORT_TRANSPORT);
}
END_TEST

START_TEST(a_tcp_offset_below_5_or_over_the_segment_is_bad)
{
	make(v4(PROTO_TCP));
	bytes[32] = 0x40;
	ck_assert_int_eq(parse(), PACKET_BAD_TRANSPORT);
	bytes[32] = 0x60;
	ck_assert_int_eq(parse(), PACKET_BAD_TRANSPORT);
}
END_TEST

START_TEST(a_udp_length_below_8_or_over_the_datagram_is_bad)
{
	struct craft c = v4(PROTO_UDP);

	c.payload = 4;
	make(c);
	bytes[25] = 7;
	ck_assert_int_eq(parse(), PACKET_BAD_TRANSPORT);
	bytes[25] = 13;
	ck_assert_int_eq(parse(), PACKET_BAD_TRANSPORT);
	bytes[25] = 11; /* less than there is: the rest is not the datagram's */
	ck_assert_int_eq(parse(), PACKET_FINE);
	ck_assert_uint_eq(seen.payload_len, 3);
	ck_assert_uint_eq(seen.payload.len, 3);
}
END_TEST

static const uint8_t linux_options[20] = {
	2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7,
};

START_TEST(a_first_fragment_that_ends_in_its_tcp_options_is_odd)
{
	struct craft c = v4(PROTO_TCP);

	c.options = linux_options;
	c.n_options = sizeof(linux_options);
	make(c);
	length = 48;
	bytes[3] = 48;
	fragment(0, true);
	ck_assert_int_eq(parse(), PACKET_FINE);
	ck_assert_uint_eq(seen.odd, ODD_TINY_FRAGMENT);
}
END_TEST

static uint16_t odd_of_flags(uint8_t flags)
{
	struct craft c = v4(PROTO_TCP);

	c.tcp_flags = flags;
	make(c);
	ck_assert_int_eq(parse(), PACKET_FINE);
	return seen.odd;
}

START_TEST(flags_that_no_honest_stack_sends_are_named)
{
	ck_assert_uint_eq(odd_of_flags(0), ODD_NULL);
	ck_assert_uint_eq(odd_of_flags(TCP_ECE | TCP_CWR), ODD_NULL);
	ck_assert_uint_eq(odd_of_flags(TCP_FIN | TCP_PSH | TCP_URG), ODD_XMAS);
	ck_assert_uint_eq(odd_of_flags(TCP_FIN), ODD_FIN);
	ck_assert_uint_eq(odd_of_flags(TCP_FIN | TCP_PSH), ODD_FIN);
	ck_assert_uint_eq(odd_of_flags(TCP_SYN | TCP_FIN), ODD_SYN_FIN);
	ck_assert_uint_eq(odd_of_flags(TCP_SYN | TCP_FIN | TCP_ACK), ODD_SYN_FIN);
	ck_assert_uint_eq(odd_of_flags(TCP_SYN | TCP_RST), ODD_SYN_RST);
	ck_assert_uint_eq(odd_of_flags(0xff), ODD_SYN_FIN | ODD_SYN_RST);
}
END_TEST

START_TEST(flags_of_honest_stacks_are_not_odd)
{
	static const uint8_t fine[] = {
		TCP_SYN, TCP_SYN | TCP_ACK, TCP_ACK, TCP_RST, TCP_RST | TCP_ACK,
		TCP_FIN | TCP_ACK, TCP_FIN | TCP_PSH | TCP_ACK, TCP_PSH | TCP_ACK,
		TCP_SYN | TCP_ECE | TCP_CWR, TCP_SYN | TCP_ACK | TCP_ECE,
		TCP_URG | TCP_ACK,
	};

	for (size_t i = 0; i < sizeof(fine); i++)
		ck_assert_uint_eq(odd_of_flags(fine[i]), 0);
}
END_TEST

START_TEST(port_zero_is_odd_on_either_side)
{
	static const uint8_t protos[] = { PROTO_TCP, PROTO_UDP, PROTO_SCTP };

	for (size_t i = 0; i < sizeof(protos); i++) {
		struct craft c = v4(protos[i]);

		c.sport = 0;
		make(c);
		ck_assert_int_eq(parse(), PACKET_FINE);
		ck_assert_uint_eq(seen.odd, ODD_PORT_ZERO);
		c.sport = 1;
		c.dport = 0;
		make(c);
		ck_assert_int_eq(parse(), PACKET_FINE);
		ck_assert_uint_eq(seen.odd, ODD_PORT_ZERO);
	}
}
END_TEST

START_TEST(a_land_packet_needs_both_address_and_port)
{
	struct craft c = v4(PROTO_TCP);

	c.sport = c.dport;
	make(c);
	ck_assert_int_eq(parse(), PACKET_FINE);
	ck_assert_uint_eq(seen.odd, 0);
	c.src = c.dst;
	make(c);
	ck_assert_int_eq(parse(), PACKET_FINE);
	ck_assert_uint_eq(seen.odd, ODD_LAND);
	c.sport++;
	make(c);
	ck_assert_int_eq(parse(), PACKET_FINE);
	ck_assert_uint_eq(seen.odd, 0);
}
END_TEST

START_TEST(data_on_a_syn_is_odd_but_for_fast_open)
{
	static const uint8_t cookie[12] = { 34, 10, 1, 2, 3, 4, 5, 6, 7, 8, 1, 1 };
	static const uint8_t early[4] = { 254, 4, 0xf9, 0x89 };
	static const uint8_t other[4] = { 254, 4, 0xf9, 0x88 };
	struct craft c = v4(PROTO_TCP);

	c.payload = 10;
	make(c);
	ck_assert_int_eq(parse(), PACKET_FINE);
	ck_assert_uint_eq(seen.odd, ODD_SYN_DATA);
	c.options = cookie;
	c.n_options = sizeof(cookie);
	make(c);
	ck_assert_int_eq(parse(), PACKET_FINE);
	ck_assert_uint_eq(seen.odd, 0);
	c.options = early;
	c.n_options = sizeof(early);
	make(c);
	ck_assert_int_eq(parse(), PACKET_FINE);
	ck_assert_uint_eq(seen.odd, 0);
	c.options = other;
	make(c);
	ck_assert_int_eq(parse(), PACKET_FINE);
	ck_assert_uint_eq(seen.odd, ODD_SYN_DATA);
}
END_TEST

static uint32_t stack_of(struct craft c)
{
	make(c);
	ck_assert_int_eq(parse(), PACKET_FINE);
	return seen.stack;
}

START_TEST(a_stack_is_known_again_by_its_syns)
{
	uint8_t later[20];
	struct craft c = v4(PROTO_TCP);
	uint32_t mark;

	c.options = linux_options;
	c.n_options = sizeof(linux_options);
	mark = stack_of(c);
	ck_assert_uint_ne(mark, 0);
	memcpy(later, linux_options, sizeof(later));
	later[11] = 99; /* its clock went on */
	c.options = later;
	c.sport++;
	c.seq++;
	c.ttl--;
	ck_assert_uint_eq(stack_of(c), mark);
	later[19] = 8; /* another window scale */
	ck_assert_uint_ne(stack_of(c), mark);
	later[19] = 7;
	c.ttl = 128;
	ck_assert_uint_ne(stack_of(c), mark);
	c.tcp_flags = TCP_SYN | TCP_ACK;
	ck_assert_uint_eq(stack_of(c), 0);
}
END_TEST

START_TEST(malformed_options_end_the_list_and_nothing_else)
{
	static const uint8_t zero[4] = { 8, 0, 0, 0 };
	static const uint8_t over[4] = { 1, 1, 8, 10 };
	static const uint8_t last[4] = { 1, 1, 1, 2 };
	const uint8_t *const lists[] = { zero, over, last };
	struct craft c = v4(PROTO_TCP);

	c.n_options = 4;
	for (size_t i = 0; i < 3; i++) {
		c.options = lists[i];
		ck_assert_uint_ne(stack_of(c), 0);
		ck_assert_uint_eq(seen.dport, 443);
	}
}
END_TEST

START_TEST(an_echo_has_its_identifier)
{
	make(v4(PROTO_ICMP));
	bytes[24] = 0x12;
	bytes[25] = 0x34;
	ck_assert_int_eq(parse(), PACKET_FINE);
	ck_assert_uint_eq(seen.icmp_id, 0x1234);
}
END_TEST

START_TEST(a_syn_and_its_answer_offer_a_scale_and_nobody_else)
{
	static const uint8_t scale[4] = { 3, 3, 7, 1 }, huge[4] = { 3, 3, 200, 1 };
	struct craft c = v4(PROTO_TCP);

	ck_assert_uint_ne(stack_of(c), 0);
	ck_assert_uint_eq(seen.scale, 0);
	c.options = scale;
	c.n_options = sizeof(scale);
	ck_assert_uint_ne(stack_of(c), 0);
	ck_assert_uint_eq(seen.scale, 8);
	c.tcp_flags = TCP_SYN | TCP_ACK;
	ck_assert_uint_eq(stack_of(c), 0);
	ck_assert_uint_eq(seen.scale, 8);
	ck_assert_uint_ne(seen.window, 0);
	c.options = huge;
	stack_of(c);
	ck_assert_uint_eq(seen.scale, 15);
	c.tcp_flags = TCP_ACK;
	stack_of(c);
	ck_assert_uint_eq(seen.scale, 0);
}
END_TEST

static TCase *headers(void)
{
	TCase *t = tcase_create("headers");

	tcase_add_test(t, icmp_of_both_families_has_type_and_code);
	tcase_add_test(t, an_echo_has_its_identifier);
	tcase_add_test(t, a_syn_and_its_answer_offer_a_scale_and_nobody_else);
	tcase_add_test(t, icmp_of_the_other_family_is_just_payload);
	tcase_add_test(t, sctp_has_ports_and_chunks_behind_them);
	tcase_add_test(t, an_unknown_protocol_is_payload);
	tcase_add_test(t, padding_of_the_link_is_no_payload);
	tcase_add_test(t, a_cut_copy_keeps_the_stated_payload_length);
	tcase_add_test(t, a_packet_that_ends_before_its_transport_is_short);
	tcase_add_test(t, a_tcp_offset_below_5_or_over_the_segment_is_bad);
	tcase_add_test(t, a_udp_length_below_8_or_over_the_datagram_is_bad);
	tcase_add_test(t, a_first_fragment_that_ends_in_its_tcp_options_is_odd);
	return t;
}

static TCase *oddities(void)
{
	TCase *t = tcase_create("oddities");

	tcase_add_test(t, flags_that_no_honest_stack_sends_are_named);
	tcase_add_test(t, flags_of_honest_stacks_are_not_odd);
	tcase_add_test(t, port_zero_is_odd_on_either_side);
	tcase_add_test(t, a_land_packet_needs_both_address_and_port);
	tcase_add_test(t, data_on_a_syn_is_odd_but_for_fast_open);
	return t;
}

static TCase *stack(void)
{
	TCase *t = tcase_create("stack");

	tcase_add_test(t, a_stack_is_known_again_by_its_syns);
	tcase_add_test(t, malformed_options_end_the_list_and_nothing_else);
	return t;
}

int main(void)
{
	Suite *s = suite_create("packet_transport");
	SRunner *r;
	int failed;

	suite_add_tcase(s, headers());
	suite_add_tcase(s, oddities());
	suite_add_tcase(s, stack());
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
