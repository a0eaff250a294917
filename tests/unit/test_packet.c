/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets as a whole: the view of sound ones, copies cut at each byte, sources that
 * cannot be, and what counts as an answer.
 */
#include "core/packet.h"

#include "../support/one_packet.h"

START_TEST(a_tcp_syn_of_ipv4_is_read_whole)
{
	struct craft c = v4(PROTO_TCP);

	make(c);
	ck_assert_int_eq(parse(), PACKET_FINE);
	ck_assert(addr_equal(&seen.src, &c.src));
	ck_assert(addr_equal(&seen.dst, &c.dst));
	ck_assert_uint_eq(seen.proto, PROTO_TCP);
	ck_assert_uint_eq(seen.ttl, 57);
	ck_assert_uint_eq(seen.ip_id, 0x1234);
	ck_assert_uint_eq(seen.sport, 40000);
	ck_assert_uint_eq(seen.dport, 443);
	ck_assert_uint_eq(seen.tcp_flags, TCP_SYN);
	ck_assert_uint_eq(seen.seq, 0x01020304);
	ck_assert_uint_eq(seen.ack, 0x0a0b0c0d);
	ck_assert_uint_eq(seen.fragment, FRAGMENT_NONE);
	ck_assert_uint_eq(seen.odd, 0);
	ck_assert_uint_eq(seen.payload_len, 0);
}
END_TEST

START_TEST(a_udp_datagram_of_ipv6_is_read_whole)
{
	struct craft c = v6(PROTO_UDP);

	c.payload = 5;
	make(c);
	ck_assert_int_eq(parse(), PACKET_FINE);
	ck_assert(addr_equal(&seen.src, &c.src));
	ck_assert(addr_equal(&seen.dst, &c.dst));
	ck_assert_uint_eq(seen.proto, PROTO_UDP);
	ck_assert_uint_eq(seen.ttl, 57);
	ck_assert_uint_eq(seen.sport, 40000);
	ck_assert_uint_eq(seen.dport, 443);
	ck_assert_uint_eq(seen.payload_len, 5);
	ck_assert_uint_eq(seen.payload.len, 5);
	ck_assert_mem_eq(seen.payload.at, "abcde", 5);
	ck_assert_uint_eq(seen.stack, 0);
}
END_TEST

static const uint8_t linux_options[20] = {
	2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7,
};

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

START_TEST(a_copy_cut_at_any_byte_is_named_and_never_overread)
{
	static const uint8_t protos[] = { PROTO_TCP, PROTO_UDP, PROTO_SCTP, PROTO_ICMP };
	static const size_t headers[] = { 40, 8, 12, 8 };

	for (size_t i = 0; i < 4; i++) {
		struct craft c = v4(protos[i]);

		c.payload = 12;
		c.options = linux_options;
		c.n_options = sizeof(linux_options);
		make(c);
		cut_everywhere(20, 20 + headers[i], PACKET_SHORT_TRANSPORT);
		c.src = craft_addr("2001:db8::7");
		c.dst = craft_addr("2001:db8::8");
		c.proto = protos[i] == PROTO_ICMP ? PROTO_ICMP6 : protos[i];
		make(c);
		cut_everywhere(40, 40 + headers[i], PACKET_SHORT_TRANSPORT);
	}
}
END_TEST

static const char *odd_name(int bit)
{
	return packet_odd_name((enum packet_odd)(1 << bit));
}

START_TEST(every_fault_and_every_oddity_has_its_own_name)
{
	for (int i = 0; i < PACKET_FAULTS; i++) {
		const char *name = packet_fault_name((enum packet_fault)i);

		ck_assert_str_ne(name, "unknown");
		for (int j = 0; j < i; j++)
			ck_assert_str_ne(name, packet_fault_name((enum packet_fault)j));
	}
	for (int i = 0; i < 10; i++) {
		const char *name = odd_name(i);

		ck_assert_str_ne(name, "unknown");
		for (int j = 0; j < i; j++)
			ck_assert_str_ne(name, odd_name(j));
	}
	ck_assert_str_eq(packet_fault_name(PACKET_SHORT_HEADER), "short-header");
	ck_assert_str_eq(packet_fault_name((enum packet_fault)99), "unknown");
}
END_TEST

static uint16_t odd_from(const char *src, const char *dst)
{
	struct craft c = v4(PROTO_UDP);

	c.src = craft_addr(src);
	c.dst = craft_addr(dst);
	make(c);
	ck_assert_int_eq(parse(), PACKET_FINE);
	return seen.odd;
}

START_TEST(sources_that_cannot_be_are_martians)
{
	ck_assert_uint_eq(odd_from("224.0.0.1", "192.0.2.1"), ODD_MARTIAN);
	ck_assert_uint_eq(odd_from("255.255.255.255", "192.0.2.1"), ODD_MARTIAN);
	ck_assert_uint_eq(odd_from("127.0.0.1", "192.0.2.1"), ODD_MARTIAN);
	ck_assert_uint_eq(odd_from("0.0.0.0", "192.0.2.1"), ODD_MARTIAN);
	ck_assert_uint_eq(odd_from("ff02::1", "2001:db8::1"), ODD_MARTIAN);
	ck_assert_uint_eq(odd_from("::1", "2001:db8::1"), ODD_MARTIAN);
	ck_assert_uint_eq(odd_from("::", "2001:db8::1"), ODD_MARTIAN);
	ck_assert_uint_eq(odd_from("fe80::1", "2001:db8::1"), 0);
	ck_assert_uint_eq(odd_from("223.255.255.255", "192.0.2.1"), 0);
}
END_TEST

START_TEST(who_has_no_address_yet_may_speak_to_a_group)
{
	ck_assert_uint_eq(odd_from("0.0.0.0", "255.255.255.255"), 0);
	ck_assert_uint_eq(odd_from("::", "ff02::1:ff00:1"), 0);
}
END_TEST

START_TEST(a_mapped_source_on_the_wire_is_a_martian_and_no_ipv4_source)
{
	static const uint8_t head[12] = { [10] = 0xff, [11] = 0xff };

	make(v6(PROTO_UDP));
	memcpy(bytes + 8, head, sizeof(head));
	ck_assert_int_eq(parse(), PACKET_FINE);
	ck_assert_uint_eq(seen.odd, ODD_MARTIAN);
	ck_assert_uint_eq(seen.src.family, FAMILY_V6);
}
END_TEST

START_TEST(a_martian_is_odd_also_where_its_transport_is_broken)
{
	struct craft c = v4(PROTO_TCP);

	c.src = craft_addr("127.0.0.1");
	make(c);
	bytes[32] = 0;
	ck_assert_int_eq(parse(), PACKET_BAD_TRANSPORT);
	ck_assert_uint_eq(seen.odd, ODD_MARTIAN);
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

static bool answers_with_flags(uint8_t flags)
{
	(void)odd_of_flags(flags);
	return packet_is_answer(&seen);
}

START_TEST(an_answer_of_tcp_is_a_syn_ack_or_a_reset)
{
	ck_assert(answers_with_flags(TCP_SYN | TCP_ACK));
	ck_assert(answers_with_flags(TCP_SYN | TCP_ACK | TCP_ECE));
	ck_assert(answers_with_flags(TCP_RST));
	ck_assert(answers_with_flags(TCP_RST | TCP_ACK));
	ck_assert(!answers_with_flags(TCP_SYN));
	ck_assert(!answers_with_flags(TCP_ACK));
	ck_assert(!answers_with_flags(TCP_SYN | TCP_RST));
	ck_assert(!answers_with_flags(TCP_SYN | TCP_ACK | TCP_FIN));
	ck_assert(!answers_with_flags(0));
}
END_TEST

static bool answers_with(struct craft c, uint8_t type)
{
	c.icmp_type = type;
	make(c);
	if (c.proto == PROTO_SCTP)
		bytes[32] = type; /* the first chunk's */
	ck_assert_int_eq(parse(), PACKET_FINE);
	return packet_is_answer(&seen);
}

START_TEST(errors_and_replies_of_icmp_are_answers_and_requests_are_none)
{
	struct craft c4 = v4(PROTO_ICMP), c6 = v6(PROTO_ICMP6);

	ck_assert(answers_with(c4, 0));
	ck_assert(answers_with(c4, 3));
	ck_assert(answers_with(c4, 11));
	ck_assert(!answers_with(c4, 8));
	ck_assert(!answers_with(c4, 13));
	ck_assert(answers_with(c6, 1));
	ck_assert(answers_with(c6, 129));
	ck_assert(!answers_with(c6, 128));
	ck_assert(!answers_with(c6, 135));
}
END_TEST

START_TEST(an_sctp_abort_is_an_answer_and_an_init_is_none)
{
	struct craft c = v4(PROTO_SCTP);

	ck_assert(!answers_with(c, 6)); /* no chunk at all */
	c.payload = 20;
	ck_assert(answers_with(c, 2));
	ck_assert(answers_with(c, 6));
	ck_assert(!answers_with(c, 1));
}
END_TEST

START_TEST(a_later_fragment_is_no_answer)
{
	struct craft c = v4(PROTO_ICMP);

	c.icmp_type = 0;
	make(c);
	fragment(64, false);
	ck_assert_int_eq(parse(), PACKET_FINE);
	ck_assert(!packet_is_answer(&seen));
}
END_TEST

static TCase *views(void)
{
	TCase *t = tcase_create("views");

	tcase_add_test(t, a_tcp_syn_of_ipv4_is_read_whole);
	tcase_add_test(t, a_udp_datagram_of_ipv6_is_read_whole);
	tcase_add_test(t, a_copy_cut_at_any_byte_is_named_and_never_overread);
	tcase_add_test(t, every_fault_and_every_oddity_has_its_own_name);
	return t;
}

static TCase *sources(void)
{
	TCase *t = tcase_create("sources");

	tcase_add_test(t, sources_that_cannot_be_are_martians);
	tcase_add_test(t, who_has_no_address_yet_may_speak_to_a_group);
	tcase_add_test(t, a_mapped_source_on_the_wire_is_a_martian_and_no_ipv4_source);
	tcase_add_test(t, a_martian_is_odd_also_where_its_transport_is_broken);
	return t;
}

static TCase *answers(void)
{
	TCase *t = tcase_create("answers");

	tcase_add_test(t, an_answer_of_tcp_is_a_syn_ack_or_a_reset);
	tcase_add_test(t, errors_and_replies_of_icmp_are_answers_and_requests_are_none);
	tcase_add_test(t, an_sctp_abort_is_an_answer_and_an_init_is_none);
	tcase_add_test(t, a_later_fragment_is_no_answer);
	return t;
}

int main(void)
{
	Suite *s = suite_create("packet");
	SRunner *r;
	int failed;

	suite_add_tcase(s, views());
	suite_add_tcase(s, sources());
	suite_add_tcase(s, answers());
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
