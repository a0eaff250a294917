/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the network headers say: options, extension headers, fragments, and lengths that
 * do not hold.
 */
#include "core/packet_parts.h"

#include "../support/one_packet.h"

START_TEST(ipv4_options_are_passed_over)
{
	struct craft c = v4(PROTO_UDP);

	make(c);
	memmove(bytes + 60, bytes + 20, length - 20);
	memset(bytes + 20, 1, 40);
	length += 40;
	bytes[0] = 0x4f;
	bytes[3] = (uint8_t)length;
	ck_assert_int_eq(parse(), PACKET_FINE);
	ck_assert_uint_eq(seen.dport, 443);
}
END_TEST

START_TEST(each_kind_of_extension_header_is_passed_over)
{
	static const uint8_t numbers[] = { 0, 43, 51, 60 };

	for (size_t i = 0; i < sizeof(numbers); i++) {
		make(v6(PROTO_TCP));
		extend(numbers[i], 3);
		ck_assert_int_eq(parse(), PACKET_FINE);
		ck_assert_uint_eq(seen.proto, PROTO_TCP);
		ck_assert_uint_eq(seen.dport, 443);
	}
}
END_TEST

START_TEST(an_authentication_header_counts_in_words_of_four_bytes)
{
	uint8_t header[12] = { 0, 1 }; /* (1 + 2) * 4 = 12 bytes */

	make(v6(PROTO_UDP));
	length = craft_extend(bytes, length, SIZE, 51, header, sizeof(header));
	ck_assert_int_eq(parse(), PACKET_FINE);
	ck_assert_uint_eq(seen.proto, PROTO_UDP);
	ck_assert_uint_eq(seen.dport, 443);
}
END_TEST

START_TEST(a_chain_of_unlike_headers_leads_to_the_transport)
{
	make(v6(PROTO_TCP));
	extend(60, 1);
	extend(51, 2);
	extend_fragment(0, false);
	extend(43, 4);
	extend(60, 2);
	extend(0, 1);
	ck_assert_int_eq(parse(), PACKET_FINE);
	ck_assert_uint_eq(seen.proto, PROTO_TCP);
	ck_assert_uint_eq(seen.sport, 40000);
	ck_assert_uint_eq(seen.fragment, FRAGMENT_NONE);
	ck_assert_uint_eq(seen.odd, 0);
}
END_TEST

START_TEST(an_unknown_next_header_ends_the_chain_as_a_protocol)
{
	make(v6(59));
	extend(60, 1);
	ck_assert_int_eq(parse(), PACKET_FINE);
	ck_assert_uint_eq(seen.proto, 59);
	ck_assert_uint_eq(seen.payload_len, 0);
	make(v6(PROTO_TCP));
	extend(135, 1);
	ck_assert_int_eq(parse(), PACKET_FINE);
	ck_assert_uint_eq(seen.proto, 135);
	ck_assert_uint_eq(seen.dport, 0);
}
END_TEST

START_TEST(eight_extension_headers_pass_and_nine_do_not)
{
	make(v6(PROTO_TCP));
	for (int i = 0; i < 8; i++)
		extend(60, 1);
	ck_assert_int_eq(parse(), PACKET_FINE);
	ck_assert_uint_eq(seen.dport, 443);
	extend(60, 1);
	ck_assert_int_eq(parse(), PACKET_EXTENSION_CHAIN);
}
END_TEST

START_TEST(extension_headers_of_256_bytes_pass_and_of_more_do_not)
{
	make(v6(PROTO_TCP));
	extend(60, 16);
	extend(60, 16);
	ck_assert_int_eq(parse(), PACKET_FINE);
	extend(60, 1);
	ck_assert_int_eq(parse(), PACKET_EXTENSION_CHAIN);
	make(v6(PROTO_TCP));
	extend(60, 33);
	ck_assert_int_eq(parse(), PACKET_EXTENSION_CHAIN);
}
END_TEST

START_TEST(an_extension_header_past_the_end_is_a_cut_chain)
{
	make(v6(PROTO_TCP));
	extend(60, 1);
	bytes[41] = 9; /* 80 bytes where 28 are */
	ck_assert_int_eq(parse(), PACKET_EXTENSION_CHAIN);
	make(v6(60)); /* no byte of it */
	ck_assert_int_eq(parse(), PACKET_EXTENSION_CHAIN);
}
END_TEST

/* At each length up to 'ip' the IP header is short, up to 'transport' the transport's. */
static void cut_everywhere(size_t ip, size_t transport, enum packet_fault between)
{
	for (size_t n = 1; n <= length; n++) {
		enum packet_fault want = PACKET_FINE;

		if (n < ip)
			want = PACKET_SHORT_HEADER;
		else if (n < transport)
			want = between;
		ck_assert_int_eq(parse_cut(n, (uint32_t)length), want);
	}
}

START_TEST(a_copy_cut_within_the_chain_is_a_cut_chain)
{
	make(v6(59));
	extend(60, 2);
	extend(43, 3);
	extend(0, 1);
	cut_everywhere(40, length, PACKET_EXTENSION_CHAIN);
}
END_TEST

START_TEST(no_byte_is_empty)
{
	ck_assert_int_eq(packet_parse((struct slice){ 0 }, 0, &seen), PACKET_EMPTY);
	ck_assert_int_eq(parse_cut(0, 60), PACKET_EMPTY);
}
END_TEST

START_TEST(another_version_is_named)
{
	make(v4(PROTO_TCP));
	for (unsigned v = 0; v < 16; v++) {
		bytes[0] = (uint8_t)(v << 4 | 5);
		if (v != 4 && v != 6)
			ck_assert_int_eq(parse(), PACKET_VERSION);
	}
}
END_TEST

START_TEST(a_header_length_below_5_or_over_the_total_is_bad)
{
	make(v4(PROTO_TCP));
	bytes[0] = 0x44;
	ck_assert_int_eq(parse(), PACKET_BAD_HEADER_LENGTH);
	bytes[0] = 0x4b; /* 44 bytes of header in 40 of packet */
	ck_assert_int_eq(parse(), PACKET_BAD_HEADER_LENGTH);
	bytes[0] = 0x4a; /* all header */
	ck_assert_int_eq(parse(), PACKET_SHORT_TRANSPORT);
}
END_TEST

START_TEST(a_total_length_over_the_wire_or_below_a_header_is_bad)
{
	make(v4(PROTO_TCP));
	bytes[3] = 41;
	ck_assert_int_eq(parse(), PACKET_BAD_TOTAL_LENGTH);
	bytes[3] = 19;
	ck_assert_int_eq(parse(), PACKET_BAD_TOTAL_LENGTH);
	make(v6(PROTO_TCP));
	bytes[5] = 21;
	ck_assert_int_eq(parse(), PACKET_BAD_TOTAL_LENGTH);
}
END_TEST

START_TEST(a_first_fragment_has_ports_and_a_later_one_none)
{
	struct craft c = v4(PROTO_UDP);

	c.payload = 100;
	make(c);
	bytes[25] = 200; /* the whole datagram's length, as the first fragment has it */
	fragment(0, true);
	ck_assert_int_eq(parse(), PACKET_FINE);
	ck_assert_uint_eq(seen.fragment, FRAGMENT_FIRST);
	ck_assert_uint_eq(seen.dport, 443);
	ck_assert_uint_eq(seen.payload_len, 100);
	fragment(1480, false);
	ck_assert_int_eq(parse(), PACKET_FINE);
	ck_assert_uint_eq(seen.fragment, FRAGMENT_LATER);
	ck_assert_uint_eq(seen.proto, PROTO_UDP);
	ck_assert_uint_eq(seen.dport, 0);
	ck_assert_uint_eq(seen.payload_len, 108);
	ck_assert_uint_eq(seen.odd, 0);
}
END_TEST

START_TEST(fragments_of_ipv6_are_told_apart)
{
	struct craft c = v6(PROTO_TCP);

	c.payload = 40;
	make(c);
	extend_fragment(0, true);
	ck_assert_int_eq(parse(), PACKET_FINE);
	ck_assert_uint_eq(seen.fragment, FRAGMENT_FIRST);
	ck_assert_uint_eq(seen.dport, 443);
	ck_assert_uint_eq(seen.ip_id, 0xabcd);
	make(c);
	extend_fragment(1232, false);
	ck_assert_int_eq(parse(), PACKET_FINE);
	ck_assert_uint_eq(seen.fragment, FRAGMENT_LATER);
	ck_assert_uint_eq(seen.proto, PROTO_TCP);
	ck_assert_uint_eq(seen.dport, 0);
	ck_assert_uint_eq(seen.payload_len, 60);
}
END_TEST

START_TEST(behind_a_later_fragment_no_chain_is_read)
{
	make(v6(PROTO_TCP));
	extend(60, 30); /* its first 8 bytes would be another header's */
	extend_fragment(1232, true);
	ck_assert_int_eq(parse(), PACKET_FINE);
	ck_assert_uint_eq(seen.proto, 60);
	ck_assert_uint_eq(seen.payload_len, 260);
}
END_TEST

START_TEST(a_fragment_past_65535_is_an_overrun)
{
	struct craft c = v4(PROTO_ICMP);

	c.payload = 0;
	make(c);
	fragment(65528, false); /* and 8 bytes: one too many */
	ck_assert_int_eq(parse(), PACKET_FRAGMENT_OVERRUN);
	fragment(65520, false);
	ck_assert_int_eq(parse(), PACKET_FINE);
	make(v6(PROTO_UDP));
	extend_fragment(65528, false);
	ck_assert_int_eq(parse(), PACKET_FRAGMENT_OVERRUN);
}
END_TEST

START_TEST(a_first_fragment_without_its_transport_header_is_odd)
{
	make(v4(PROTO_TCP));
	length = 28;
	bytes[3] = 28;
	fragment(0, true);
	ck_assert_int_eq(parse(), PACKET_FINE);
	ck_assert_uint_eq(seen.odd, ODD_TINY_FRAGMENT);
	ck_assert_uint_eq(seen.dport, 0);
	ck_assert_uint_eq(seen.payload_len, 8);
}
END_TEST

START_TEST(a_first_fragment_that_ends_in_its_extension_chain_is_odd)
{
	make(v6(PROTO_TCP));
	extend(60, 4);
	extend_fragment(0, true);
	length = 40 + 8 + 8; /* of 32 bytes of options only 8 */
	bytes[5] = 16;
	ck_assert_int_eq(parse(), PACKET_FINE);
	ck_assert_uint_eq(seen.odd, ODD_TINY_FRAGMENT);
}
END_TEST

START_TEST(a_tcp_fragment_at_byte_eight_betrays_a_tiny_first_one)
{
	make(v4(PROTO_TCP));
	fragment(8, false);
	ck_assert_int_eq(parse(), PACKET_FINE);
	ck_assert_uint_eq(seen.odd, ODD_TINY_FRAGMENT);
	make(v4(PROTO_UDP));
	fragment(8, false);
	ck_assert_int_eq(parse(), PACKET_FINE);
	ck_assert_uint_eq(seen.odd, 0);
}
END_TEST

START_TEST(a_copy_cut_within_a_first_fragment_is_short_not_odd)
{
	make(v4(PROTO_TCP));
	fragment(0, true);
	ck_assert_int_eq(parse_cut(30, (uint32_t)length), PACKET_SHORT_TRANSPORT);
	ck_assert_uint_eq(seen.odd, 0);
}
END_TEST

static TCase *headers(void)
{
	TCase *t = tcase_create("headers");

	tcase_add_test(t, ipv4_options_are_passed_over);
	tcase_add_test(t, each_kind_of_extension_header_is_passed_over);
	tcase_add_test(t, an_authentication_header_counts_in_words_of_four_bytes);
	tcase_add_test(t, a_chain_of_unlike_headers_leads_to_the_transport);
	tcase_add_test(t, an_unknown_next_header_ends_the_chain_as_a_protocol);
	tcase_add_test(t, eight_extension_headers_pass_and_nine_do_not);
	tcase_add_test(t, extension_headers_of_256_bytes_pass_and_of_more_do_not);
	tcase_add_test(t, an_extension_header_past_the_end_is_a_cut_chain);
	tcase_add_test(t, a_copy_cut_within_the_chain_is_a_cut_chain);
	tcase_add_test(t, no_byte_is_empty);
	tcase_add_test(t, another_version_is_named);
	tcase_add_test(t, a_header_length_below_5_or_over_the_total_is_bad);
	tcase_add_test(t, a_total_length_over_the_wire_or_below_a_header_is_bad);
	return t;
}

static TCase *fragments(void)
{
	TCase *t = tcase_create("fragments");

	tcase_add_test(t, a_first_fragment_has_ports_and_a_later_one_none);
	tcase_add_test(t, fragments_of_ipv6_are_told_apart);
	tcase_add_test(t, behind_a_later_fragment_no_chain_is_read);
	tcase_add_test(t, a_fragment_past_65535_is_an_overrun);
	tcase_add_test(t, a_first_fragment_without_its_transport_header_is_odd);
	tcase_add_test(t, a_first_fragment_that_ends_in_its_extension_chain_is_odd);
	tcase_add_test(t, a_tcp_fragment_at_byte_eight_betrays_a_tiny_first_one);
	tcase_add_test(t, a_copy_cut_within_a_first_fragment_is_short_not_odd);
	return t;
}

int main(void)
{
	Suite *s = suite_create("packet_ip");
	SRunner *r;
	int failed;

	suite_add_tcase(s, headers());
	suite_add_tcase(s, fragments());
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
