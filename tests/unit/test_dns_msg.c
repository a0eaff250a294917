/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DNS messages that servers and programs send.
 */
#include "../support/dns_lab.h"

#include "base/err.h"

/* As "dig +qr deb.debian.org" sends it, EDNS and a cookie included. */
static const uint8_t dig[] = {
	0x9a, 0x0f, 0x01, 0x20, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, /* RD AD, one question, one OPT */
	3, 'd', 'e', 'b', 6, 'd', 'e', 'b', 'i', 'a', 'n', 3, 'o', 'r', 'g', 0, 0x00, 0x01, 0x00, 0x01,
	0, 0x00, 0x29, 0x04, 0xd0, 0, 0, 0, 0, 0x00, 0x0c, 0x00, 0x0a, 0x00, 0x08, 0x3b, 0x7d, 0x9c, 0x50, 0xe0, 0x6c, 0x51, 0x38,
};

/* What came back: an alias to a CDN, that one's four addresses, OPT. */
static const uint8_t cdn[] = {
	0x9a, 0x0f, 0x81, 0x80, 0x00, 0x01, 0x00, 0x05, 0x00, 0x00, 0x00, 0x01,
	3, 'd', 'e', 'b', 6, 'd', 'e', 'b', 'i', 'a', 'n', 3, 'o', 'r', 'g', 0, 0x00, 0x01, 0x00, 0x01,
	0xc0, 0x0c, 0x00, 0x05, 0x00, 0x01, 0x00, 0x00, 0x0c, 0x50, 0x00, 0x1a, /* CNAME, 3152 s */
	6, 'd', 'e', 'b', 'i', 'a', 'n', 3, 'm', 'a', 'p', 9, 'f', 'a', 's', 't', 'l', 'y', 'd', 'n', 's', 3, 'n', 'e', 't', 0,
	0xc0, 0x2c, 0x00, 0x01, 0x00, 0x01, 0x00, 0x00, 0x00, 0x1e, 0x00, 0x04, 151, 101, 2, 132,
	0xc0, 0x2c, 0x00, 0x01, 0x00, 0x01, 0x00, 0x00, 0x00, 0x1e, 0x00, 0x04, 151, 101, 66, 132,
	0xc0, 0x2c, 0x00, 0x01, 0x00, 0x01, 0x00, 0x00, 0x00, 0x1e, 0x00, 0x04, 151, 101, 130, 132,
	0xc0, 0x2c, 0x00, 0x01, 0x00, 0x01, 0x00, 0x00, 0x00, 0x1e, 0x00, 0x04, 151, 101, 194, 132,
	0, 0x00, 0x29, 0x04, 0xd0, 0, 0, 0, 0, 0x00, 0x00,
};

START_TEST(a_question_says_who_asks_for_what)
{
	ck_assert_int_eq(dns_msg_parse((struct slice){ dig, sizeof(dig) }, &m), 0);
	ck_assert(!m.answer && !m.truncated);
	ck_assert_uint_eq(m.id, 0x9a0f);
	ck_assert_uint_eq(m.type, DNS_TYPE_A);
	ck_assert_str_eq(m.name, "deb.debian.org");
	ck_assert_uint_eq(m.question_bytes, 16);
	ck_assert_uint_eq(m.answer_bytes, 0);
	ck_assert_uint_eq(m.n_addresses, 0);
	ck_assert_uint_eq(m.client.family, FAMILY_NONE);
}
END_TEST

START_TEST(an_answer_by_an_alias_gives_the_addresses_behind_it)
{
	const struct addr first = addr_v4((const uint8_t[]){ 151, 101, 2, 132 });

	ck_assert_int_eq(dns_msg_parse((struct slice){ cdn, sizeof(cdn) }, &m), 0);
	ck_assert(m.answer && !m.truncated);
	ck_assert_str_eq(m.name, "deb.debian.org");
	ck_assert_uint_eq(m.n_addresses, 4);
	ck_assert(addr_equal(&m.addresses[0].addr, &first));
	ck_assert_uint_eq(m.addresses[3].ttl_s, 30);
	ck_assert_uint_eq(m.answer_bytes, sizeof(cdn));
	ck_assert_uint_ne(m.answer_digest, 0);
}
END_TEST

START_TEST(both_families_are_read)
{
	static const uint8_t six[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 9 };
	const struct addr want = addr_v6(six);

	begin(0x8180, 1);
	question("example.net", DNS_TYPE_AAAA);
	pointer(12);
	record(DNS_TYPE_AAAA, 300, six, 16);
	ck_assert_int_eq(parse(), 0);
	ck_assert_uint_eq(m.n_addresses, 1);
	ck_assert(addr_equal(&m.addresses[0].addr, &want));
}
END_TEST

START_TEST(a_chain_of_aliases_lives_as_long_as_its_shortest_link)
{
	size_t second, third;

	begin(0x8180, 4);
	question("www.example.com", DNS_TYPE_A);
	pointer(12);
	second = alias(3600, "www.cdn.example");
	pointer(second);
	third = alias(20, "edge.cdn.example");
	pointer(third);
	a(60, 1);
	pointer(third);
	a(10, 2);
	ck_assert_int_eq(parse(), 0);
	ck_assert_uint_eq(m.n_addresses, 2);
	is_v4(0, 1, 20);
	is_v4(1, 2, 10);
}
END_TEST

START_TEST(aliases_may_stand_in_any_order)
{
	begin(0x8180, 3);
	question("a.example", DNS_TYPE_A);
	name("c.example");
	a(60, 7);
	name("b.example");
	alias(60, "c.example");
	pointer(12);
	alias(60, "b.example");
	ck_assert_int_eq(parse(), 0);
	ck_assert_uint_eq(m.n_addresses, 1);
	is_v4(0, 7, 60);
}
END_TEST

START_TEST(what_a_dname_leads_to_is_read_from_the_alias_that_the_server_adds)
{
	begin(0x8180, 3);
	question("www.old.example", DNS_TYPE_A);
	pointer(16); /* old.example */
	record(39, 600, "\3new\7example", 13);
	pointer(12);
	alias(600, "www.new.example");
	name("www.new.example");
	a(60, 3);
	ck_assert_int_eq(parse(), 0);
	ck_assert_uint_eq(m.n_addresses, 1);
	is_v4(0, 3, 60);
}
END_TEST

START_TEST(failures_say_their_code_and_no_address)
{
	static const uint8_t codes[] = { 2, 3, 5 }; /* SERVFAIL, NXDOMAIN, REFUSED */

	for (size_t i = 0; i < sizeof(codes); i++) {
		begin(0x8180 | codes[i], 0);
		question("nosuch.example", DNS_TYPE_A);
		ck_assert_int_eq(parse(), 0);
		ck_assert_uint_eq(m.rcode, codes[i]);
		ck_assert_uint_eq(m.n_addresses, 0);
	}
}
END_TEST

START_TEST(letters_of_any_case_are_the_same_letters)
{
	begin(0x8180, 1);
	question("dEb.DeBiAn.oRG", DNS_TYPE_A);
	name("DEB.debian.ORG");
	a(60, 1);
	ck_assert_int_eq(parse(), 0);
	ck_assert_str_eq(m.name, "deb.debian.org");
	ck_assert_uint_eq(m.n_addresses, 1);
}
END_TEST

START_TEST(the_root_has_the_empty_name)
{
	begin(0x0100, 0);
	question("", DNS_TYPE_NS);
	ck_assert_int_eq(parse(), 0);
	ck_assert_str_eq(m.name, "");
	ck_assert_uint_eq(m.question_bytes, 1);
	ck_assert_uint_eq(m.type, DNS_TYPE_NS);
}
END_TEST

START_TEST(other_types_are_questions_too)
{
	static const struct {
		const char *name;
		unsigned type;
	} asked[] = {
		{ "4.3.2.1.in-addr.arpa", 12 }, { "_http._tcp.deb.debian.org", DNS_TYPE_SRV }, { "example.net", DNS_TYPE_HTTPS },
		{ "s1._domainkey.example.net", DNS_TYPE_TXT }, { "xn--bcher-kva.example", DNS_TYPE_A },
	};

	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
		begin(0x0100, 0);
		question(asked[i].name, asked[i].type);
		ck_assert_int_eq(parse(), 0);
		ck_assert_str_eq(m.name, asked[i].name);
		ck_assert_uint_eq(m.type, asked[i].type);
	}
}
END_TEST

START_TEST(hints_of_https_records_are_no_addresses)
{
	/* priority 1, target ".", ipv4hint 192.0.2.1 */
	static const uint8_t data[] = { 0, 1, 0, 0, 4, 0, 4, 192, 0, 2, 1 };

	begin(0x8180, 1);
	question("example.net", DNS_TYPE_HTTPS);
	pointer(12);
	record(DNS_TYPE_HTTPS, 300, data, sizeof(data));
	ck_assert_int_eq(parse(), 0);
	ck_assert_uint_eq(m.n_addresses, 0);
	ck_assert_uint_ne(m.answer_digest, 0);
}
END_TEST

START_TEST(bytes_that_are_no_letters_are_written_as_numbers)
{
	begin(0x0100, 0);
	put("\x05" "a.b\\\xff" "\x01*\x03net\0\0\1\0\1", 17);
	ck_assert_int_eq(parse(), 0);
	ck_assert_str_eq(m.name, "a\\046b\\092\\255.\\042.net");
	ck_assert_uint_eq(m.question_bytes, 13);
}
END_TEST

START_TEST(the_longest_name_is_whole)
{
	begin(0x0100, 0);
	longest('q', 61);
	ck_assert_int_eq(parse(), 0);
	ck_assert_uint_eq(m.question_bytes, 255);
	ck_assert_uint_eq(strlen(m.name), 253);

	begin(0x0100, 0);
	longest(0xfe, 61);
	ck_assert_int_eq(parse(), 0);
	ck_assert_uint_eq(strlen(m.name), DNS_NAME - 1);
	ck_assert_str_eq(m.name + DNS_NAME - 5, "\\254");
}
END_TEST

START_TEST(lifetimes_with_the_first_bit_set_are_over)
{
	begin(0x8180, 1);
	question("a.example", DNS_TYPE_A);
	pointer(12);
	a(UINT32_C(0x80000001), 1);
	ck_assert_int_eq(parse(), 0);
	is_v4(0, 1, 0);
}
END_TEST

START_TEST(the_bit_of_a_cut_answer_is_told)
{
	begin(0x8380, 0);
	question("a.example", DNS_TYPE_TXT);
	ck_assert_int_eq(parse(), 0);
	ck_assert(m.truncated);
}
END_TEST

static uint64_t digest_of(unsigned first, unsigned second, uint32_t ttl_s)
{
	begin(0x8180, 2);
	question("a.example", DNS_TYPE_A);
	pointer(12);
	a(ttl_s, first);
	pointer(12);
	a(ttl_s, second);
	ck_assert_int_eq(parse(), 0);
	return m.answer_digest;
}

START_TEST(answers_that_say_the_same_have_one_digest)
{
	ck_assert_uint_eq(digest_of(1, 2, 60), digest_of(2, 1, 59));
	ck_assert_uint_ne(digest_of(1, 2, 60), digest_of(1, 3, 60));
	ck_assert_uint_ne(digest_of(1, 4, 60), digest_of(2, 3, 60));
}
END_TEST

START_TEST(ports_say_who_asks_whom)
{
	struct packet p;

	begin(0x0100, 0);
	question("a.example", DNS_TYPE_A);
	p = datagram(40000, 53);
	ck_assert(dns_message_of_packet(&p, &m));
	ck_assert(addr_equal(&m.client, &p.src) && addr_equal(&m.server, &p.dst));
	ck_assert_uint_eq(m.client_port, 40000);
	p = datagram(53, 40000); /* a question is no answer */
	ck_assert(!dns_message_of_packet(&p, &m));

	begin(0x8180, 0);
	question("a.example", DNS_TYPE_A);
	p = datagram(53, 40000);
	p.payload_len = 512; /* of which a part is here */
	ck_assert(dns_message_of_packet(&p, &m));
	ck_assert(addr_equal(&m.client, &p.dst) && addr_equal(&m.server, &p.src));
	ck_assert_uint_eq(m.client_port, 40000);
	ck_assert_uint_eq(m.answer_bytes, 512);
	p = datagram(40000, 53);
	ck_assert(!dns_message_of_packet(&p, &m));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("dns_msg");
	TCase *t = tcase_create("dns_msg");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_test(t, a_question_says_who_asks_for_what);
	tcase_add_test(t, an_answer_by_an_alias_gives_the_addresses_behind_it);
	tcase_add_test(t, both_families_are_read);
	tcase_add_test(t, a_chain_of_aliases_lives_as_long_as_its_shortest_link);
	tcase_add_test(t, aliases_may_stand_in_any_order);
	tcase_add_test(t, what_a_dname_leads_to_is_read_from_the_alias_that_the_server_adds);
	tcase_add_test(t, failures_say_their_code_and_no_address);
	tcase_add_test(t, letters_of_any_case_are_the_same_letters);
	tcase_add_test(t, the_root_has_the_empty_name);
	tcase_add_test(t, other_types_are_questions_too);
	tcase_add_test(t, hints_of_https_records_are_no_addresses);
	tcase_add_test(t, bytes_that_are_no_letters_are_written_as_numbers);
	tcase_add_test(t, the_longest_name_is_whole);
	tcase_add_test(t, lifetimes_with_the_first_bit_set_are_over);
	tcase_add_test(t, the_bit_of_a_cut_answer_is_told);
	tcase_add_test(t, answers_that_say_the_same_have_one_digest);
	tcase_add_test(t, ports_say_who_asks_whom);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
