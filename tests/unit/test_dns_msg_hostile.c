/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DNS messages that somebody sends who wants to be believed, to crash, or to cost time.
 */
#include "../support/dns_lab.h"

#include <stdlib.h>

#include "base/err.h"

START_TEST(aliases_that_lead_in_a_circle_lead_nowhere)
{
	begin(0x8180, 3);
	question("a.example", DNS_TYPE_A);
	pointer(12);
	alias(60, "b.example");
	name("b.example");
	alias(60, "a.example");
	name("c.example");
	a(60, 1);
	ck_assert_int_eq(parse(), 0);
	ck_assert_uint_eq(m.n_addresses, 0);
}
END_TEST

START_TEST(addresses_of_other_names_are_nobodys)
{
	begin(0x8180, 2);
	question("evil.example", DNS_TYPE_A);
	name("bank.example");
	a(86400, 66);
	pointer(12);
	a(60, 1);
	ck_assert_int_eq(parse(), 0);
	ck_assert_uint_eq(m.n_addresses, 1);
	is_v4(0, 1, 60);
}
END_TEST

START_TEST(authority_and_additional_records_are_not_read)
{
	begin(0x8180, 0);
	bytes[9] = bytes[11] = 1;
	question("evil.example", DNS_TYPE_A);
	pointer(12);
	a(60, 1);
	pointer(12);
	a(60, 2);
	ck_assert_int_eq(parse(), 0);
	ck_assert_uint_eq(m.n_addresses, 0);
	ck_assert_uint_eq(m.answer_digest, 0);
}
END_TEST

START_TEST(an_alias_of_another_name_is_not_followed)
{
	begin(0x8180, 2);
	question("a.example", DNS_TYPE_A);
	name("x.example");
	alias(60, "b.example");
	name("b.example");
	a(60, 1);
	ck_assert_int_eq(parse(), 0);
	ck_assert_uint_eq(m.n_addresses, 0);
}
END_TEST

START_TEST(a_name_of_a_byte_more_is_none)
{
	begin(0x0100, 0);
	longest('q', 62);
	ck_assert_int_eq(parse(), ERR_INVALID);
}
END_TEST

START_TEST(pointers_forwards_to_themselves_or_into_the_header_are_refused)
{
	static const unsigned targets[] = { 12, 13, 14, 16, 0x3fff, 0, 4, 11 };

	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		begin(0x0100, 0);
		pointer(targets[i]);
		put16(1);
		put16(1);
		ck_assert_int_eq(parse(), ERR_INVALID);
	}
	/* A label before it does not help: 12 "a", 14 -> 12. */
	begin(0x0100, 0);
	put("\1a", 2);
	pointer(12);
	put16(1);
	put16(1);
	ck_assert_int_eq(parse(), ERR_INVALID);
}
END_TEST

START_TEST(pointers_that_point_at_each_other_end_the_answer)
{
	begin(0x8180, 2);
	question("a.example", DNS_TYPE_A);
	pointer(12);
	a(60, 1);
	pointer(n + 2);
	a(60, 2);
	ck_assert_int_eq(parse(), 0);
	ck_assert(m.truncated);
	ck_assert_uint_eq(m.n_addresses, 1);
}
END_TEST

START_TEST(a_chain_of_pointers_costs_its_length_once)
{
	size_t before;

	begin(0x8180, 2);
	question("a.example", DNS_TYPE_A);
	/* A record of pointers, each at the one before it, and an owner that is the last of them. */
	pointer(12);
	record(99, 0, "", 0);
	before = 12;
	for (size_t i = 0; i < 600; i++) {
		size_t here = n;

		pointer(before);
		before = here;
	}
	bytes[n - 1201] = (uint8_t)(1200 & 0xff);
	bytes[n - 1202] = 1200 >> 8;
	pointer(before);
	a(60, 1);
	ck_assert_int_eq(parse(), 0);
	ck_assert_uint_eq(m.n_addresses, 1);
}
END_TEST

START_TEST(labels_of_unknown_kinds_are_refused)
{
	static const uint8_t kinds[] = { 0x40, 0x41, 0x80, 0xbf };

	for (size_t i = 0; i < sizeof(kinds); i++) {
		begin(0x0100, 0);
		put(&kinds[i], 1);
		put("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\0\0\1\0\1", 37);
		ck_assert_int_eq(parse(), ERR_INVALID);
	}
}
END_TEST

/* Behind a copy that ends after len bytes stands memory that nobody may read: a sanitizer tells. */
static int parse_cut(size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);
	int err;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, bytes, len);
	err = dns_msg_parse((struct slice){ copy, len }, &m);
	free(copy);
	return err;
}

START_TEST(a_copy_that_is_cut_says_as_much_as_is_there)
{
	size_t question_end, first_end;

	begin(0x8180, 2);
	question("www.example.com", DNS_TYPE_A);
	question_end = n;
	pointer(12);
	a(60, 1);
	first_end = n;
	pointer(12);
	a(60, 2);
	for (size_t len = 0; len < question_end; len++)
		ck_assert_int_eq(parse_cut(len), ERR_TRUNCATED);
	for (size_t len = question_end; len <= n; len++) {
		ck_assert_int_eq(parse_cut(len), 0);
		ck_assert_str_eq(m.name, "www.example.com");
		ck_assert_uint_eq(m.n_addresses, (len >= first_end) + (len == n));
		ck_assert(m.truncated == (len < n));
	}
}
END_TEST

START_TEST(nothing_is_written_where_nothing_is_said)
{
	struct dns_message before;

	memset(&before, 0x5a, sizeof(before));
	begin(0x0100, 0);
	question("a.example", DNS_TYPE_A);
	n -= 1;
	ck_assert_int_eq(parse(), ERR_TRUNCATED);
	ck_assert_mem_eq(&m, &before, sizeof(m));
}
END_TEST

START_TEST(what_is_no_question_of_the_internet_is_left_alone)
{
	begin(0x2800, 0); /* UPDATE */
	question("a.example", DNS_TYPE_A);
	ck_assert_int_eq(parse(), ERR_UNSUPPORTED);
	begin(0x0100, 0);
	question("a.example", DNS_TYPE_A);
	bytes[5] = 2;
	ck_assert_int_eq(parse(), ERR_UNSUPPORTED);
	bytes[5] = 0;
	ck_assert_int_eq(parse(), ERR_UNSUPPORTED);
	bytes[5] = 1;
	bytes[n - 1] = 3; /* CHAOS: version.bind */
	ck_assert_int_eq(parse(), ERR_UNSUPPORTED);
}
END_TEST

START_TEST(more_addresses_than_are_kept_are_said_to_be_more)
{
	begin(0x8180, 40);
	question("a.example", DNS_TYPE_A);
	for (unsigned i = 0; i < 40; i++) {
		pointer(12);
		a(60, i);
	}
	ck_assert_int_eq(parse(), 0);
	ck_assert_uint_eq(m.n_addresses, DNS_ADDRESSES);
	ck_assert(m.truncated);
	is_v4(31, 31, 60);
}
END_TEST

START_TEST(addresses_of_the_wrong_length_or_class_are_none)
{
	begin(0x8180, 3);
	question("a.example", DNS_TYPE_A);
	pointer(12);
	record(DNS_TYPE_A, 60, "\1\2\3", 3);
	pointer(12);
	record(DNS_TYPE_AAAA, 60, "\1\2\3\4", 4);
	pointer(12);
	a(60, 1);
	bytes[n - 11] = 3;
	ck_assert_int_eq(parse(), 0);
	ck_assert_uint_eq(m.n_addresses, 0);
}
END_TEST

START_TEST(other_packets_are_no_messages)
{
	struct packet p;

	begin(0x0100, 0);
	question("a.example", DNS_TYPE_A);
	p = datagram(40000, 5353);
	ck_assert(!dns_message_of_packet(&p, &m));
	p = datagram(40000, 53);
	p.proto = PROTO_TCP;
	ck_assert(!dns_message_of_packet(&p, &m));
	p = datagram(40000, 53);
	p.fragment = FRAGMENT_LATER;
	ck_assert(!dns_message_of_packet(&p, &m));
	p = datagram(40000, 53);
	p.payload.len = 0;
	ck_assert(!dns_message_of_packet(&p, &m));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("dns_msg_hostile");
	TCase *t = tcase_create("dns_msg_hostile");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_test(t, aliases_that_lead_in_a_circle_lead_nowhere);
	tcase_add_test(t, addresses_of_other_names_are_nobodys);
	tcase_add_test(t, authority_and_additional_records_are_not_read);
	tcase_add_test(t, an_alias_of_another_name_is_not_followed);
	tcase_add_test(t, a_name_of_a_byte_more_is_none);
	tcase_add_test(t, pointers_forwards_to_themselves_or_into_the_header_are_refused);
	tcase_add_test(t, pointers_that_point_at_each_other_end_the_answer);
	tcase_add_test(t, a_chain_of_pointers_costs_its_length_once);
	tcase_add_test(t, labels_of_unknown_kinds_are_refused);
	tcase_add_test(t, a_copy_that_is_cut_says_as_much_as_is_there);
	tcase_add_test(t, nothing_is_written_where_nothing_is_said);
	tcase_add_test(t, what_is_no_question_of_the_internet_is_left_alone);
	tcase_add_test(t, more_addresses_than_are_kept_are_said_to_be_more);
	tcase_add_test(t, addresses_of_the_wrong_length_or_class_are_none);
	tcase_add_test(t, other_packets_are_no_messages);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
