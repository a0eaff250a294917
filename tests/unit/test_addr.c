/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses, prefixes, and the keys of sources.
 */
#include "base/addr.h"

#include <check.h>
#include <string.h>

#include "base/err.h"

static struct addr address(const char *text)
{
	struct addr a;

	ck_assert_int_eq(addr_parse(text, &a), 0);
	return a;
}

static struct prefix prefix(const char *text)
{
	struct prefix p;

	ck_assert_int_eq(prefix_parse(text, &p), 0);
	return p;
}

static bool holds(const char *outer, const char *inner)
{
	const struct prefix p = prefix(outer);
	const struct addr a = address(inner);

	return prefix_holds(&p, &a);
}

static bool covers(const char *outer, const char *inner)
{
	const struct prefix o = prefix(outer), i = prefix(inner);

	return prefix_covers(&o, &i);
}

static uint64_t key(const char *text)
{
	const struct addr a = address(text);

	return source_key(&a);
}

START_TEST(what_is_printed_parses_again)
{
	static const char *const texts[] = {
		"0.0.0.0", "192.0.2.1", "255.255.255.255", "::", "::1", "2001:db8::7",
		"fe80::1:2:3:4", "ff02::1", "2001:db8:1:2:3:4:5:6",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const struct addr a = address(texts[i]);
		char out[ADDR_TEXT];

		ck_assert_uint_eq(addr_format(&a, out, sizeof(out)), strlen(texts[i]));
		ck_assert_str_eq(out, texts[i]);
	}
}
END_TEST

START_TEST(what_is_no_address_is_refused_and_changes_nothing)
{
	static const char *const texts[] = {
		"", "1.2.3", "1.2.3.4.5", "256.0.0.1", "1.2.3.4 ", " 1.2.3.4", "01.2.3.4",
		":::", "g::1", "2001:db8::1::2", "fe80::1%eth0", "localhost",
		"1.2.3.4/32",
	};
	struct addr a = { .family = 99 };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		ck_assert_int_eq(addr_parse(texts[i], &a), ERR_INVALID);
		ck_assert_uint_eq(a.family, 99);
	}
}
END_TEST

START_TEST(a_mapped_address_is_an_ipv4_address)
{
	const struct addr a = address("::ffff:192.0.2.1"), b = address("192.0.2.1");

	ck_assert(addr_equal(&a, &b));
	ck_assert_uint_eq(addr_bits(&a), 32);
	ck_assert_uint_eq(key("::ffff:192.0.2.1"), key("192.0.2.1"));
}
END_TEST

START_TEST(a_prefix_is_printed_without_its_full_length)
{
	static const char *const pairs[][2] = {
		{ "192.0.2.1/32", "192.0.2.1" }, { "192.0.2.0/24", "192.0.2.0/24" },
		{ "0.0.0.0/0", "0.0.0.0/0" }, { "::/0", "::/0" },
		{ "2001:db8::/32", "2001:db8::/32" },
		{ "2001:db8::1/128", "2001:db8::1" },
		{ "::ffff:10.0.0.0/104", "10.0.0.0/8" },
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		const struct prefix p = prefix(pairs[i][0]);
		char out[PREFIX_TEXT];

		(void)prefix_format(&p, out, sizeof(out));
		ck_assert_str_eq(out, pairs[i][1]);
	}
}
END_TEST

START_TEST(host_bits_are_a_slip)
{
	struct prefix p = { .len = 77 };

	ck_assert_int_eq(prefix_parse("10.0.0.1/8", &p), ERR_RANGE);
	ck_assert_int_eq(prefix_parse("2001:db8::1/64", &p), ERR_RANGE);
	ck_assert_uint_eq(p.len, 77);
}
END_TEST

START_TEST(what_is_no_prefix_is_refused)
{
	static const char *const texts[] = {
		"", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/08",
		"10.0.0.0/8x", "10.0.0.0/8/8", "::/129", "::ffff:10.0.0.0/95",
		"10.0.0.0/99999999999999999999",
		"1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111/8",
	};
	struct prefix p;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		ck_assert_int_eq(prefix_parse(texts[i], &p), ERR_INVALID);
}
END_TEST

START_TEST(text_that_does_not_fit_is_cut_and_terminated)
{
	const struct addr a = address("192.0.2.1");
	char out[5];

	ck_assert_uint_eq(addr_format(&a, out, sizeof(out)), 4);
	ck_assert_str_eq(out, "192.");
}
END_TEST

START_TEST(a_prefix_holds_what_shares_its_bits)
{
	ck_assert(holds("10.0.0.0/8", "10.255.1.2"));
	ck_assert(!holds("10.0.0.0/8", "11.0.0.0"));
	ck_assert(holds("192.0.2.128/25", "192.0.2.128"));
	ck_assert(!holds("192.0.2.128/25", "192.0.2.127"));
	ck_assert(holds("0.0.0.0/0", "255.1.1.1"));
	ck_assert(!holds("0.0.0.0/0", "::1"));
	ck_assert(holds("2001:db8::/33", "2001:db8:7fff::1"));
	ck_assert(!holds("2001:db8::/33", "2001:db8:8000::1"));
	ck_assert(holds("192.0.2.1", "192.0.2.1"));
	ck_assert(!holds("192.0.2.1", "192.0.2.0"));
}
END_TEST

START_TEST(a_prefix_covers_narrower_ones_and_itself)
{
	ck_assert(covers("10.0.0.0/8", "10.1.0.0/16"));
	ck_assert(covers("10.0.0.0/8", "10.0.0.0/8"));
	ck_assert(!covers("10.1.0.0/16", "10.0.0.0/8"));
	ck_assert(!covers("10.0.0.0/8", "11.0.0.0/16"));
	ck_assert(!covers("::/0", "10.0.0.0/8"));
}
END_TEST

START_TEST(the_prefix_around_an_address_has_no_host_bits)
{
	const struct addr a = address("203.0.113.255"), b = address("2001:db8:ffff::1");
	struct prefix p = prefix_of(&a, 23), q = prefix("203.0.112.0/23");

	ck_assert(prefix_equal(&p, &q));
	p = prefix_of(&b, 36);
	q = prefix("2001:db8:f000::/36");
	ck_assert(prefix_equal(&p, &q));
	p = prefix_of(&a, 200);
	ck_assert_uint_eq(p.len, 32);
	p = prefix_of(&a, 0);
	q = prefix("0.0.0.0/0");
	ck_assert(prefix_equal(&p, &q));
}
END_TEST

START_TEST(kinds_of_addresses_are_told_apart)
{
	const struct addr lo4 = address("127.8.9.1"), lo6 = address("::1");
	const struct addr all4 = address("255.255.255.255");
	const struct addr group4 = address("239.1.1.1");
	const struct addr group6 = address("ff02::1"), host = address("223.1.1.1");
	const struct addr none4 = address("0.0.0.0"), none6 = address("::");

	ck_assert(addr_is_loopback(&lo4) && addr_is_loopback(&lo6));
	ck_assert(!addr_is_loopback(&host) && !addr_is_loopback(&none6));
	ck_assert(addr_is_multicast(&all4) && addr_is_multicast(&group4));
	ck_assert(addr_is_multicast(&group6) && !addr_is_multicast(&host));
	ck_assert(addr_is_unspecified(&none4) && addr_is_unspecified(&none6));
	ck_assert(!addr_is_unspecified(&host));
}
END_TEST

START_TEST(a_key_leads_back_to_its_source)
{
	static const char *const pairs[][2] = {
		{ "192.0.2.1", "192.0.2.1" }, { "0.0.0.0", "0.0.0.0" },
		{ "255.255.255.255", "255.255.255.255" },
		{ "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64" },
		{ "3fff:ffff:ffff:ffff::1", "3fff:ffff:ffff:ffff::/64" },
		{ "fe80::1", "fe80::/64" }, { "fd12:3456::1", "fd12:3456::/64" },
		{ "ff02::1", "ff02::/64" }, { "::1", "::/64" },
		{ "64:ff9b::1", "64:ff9b::/64" },
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		const struct prefix p = source_prefix(key(pairs[i][0]));
		char out[PREFIX_TEXT];

		(void)prefix_format(&p, out, sizeof(out));
		ck_assert_str_eq(out, pairs[i][1]);
	}
}
END_TEST

START_TEST(all_addresses_of_a_64_are_one_source)
{
	ck_assert_uint_eq(key("2001:db8::1"), key("2001:db8::ffff:1"));
	ck_assert_uint_ne(key("2001:db8::1"), key("2001:db8:0:1::1"));
}
END_TEST

START_TEST(no_ipv6_address_has_the_key_of_an_ipv4_one)
{
	/* Its upper half reads like the key of 192.0.2.1. */
	ck_assert_uint_ne(key("0:1:c000:201::"), key("192.0.2.1"));
	ck_assert_uint_ne(key("::"), 0);
	ck_assert_uint_ne(key("0.0.0.0"), 0);
}
END_TEST

static TCase *text(void)
{
	TCase *t = tcase_create("text");

	tcase_add_test(t, what_is_printed_parses_again);
	tcase_add_test(t, what_is_no_address_is_refused_and_changes_nothing);
	tcase_add_test(t, a_mapped_address_is_an_ipv4_address);
	tcase_add_test(t, a_prefix_is_printed_without_its_full_length);
	tcase_add_test(t, host_bits_are_a_slip);
	tcase_add_test(t, what_is_no_prefix_is_refused);
	tcase_add_test(t, text_that_does_not_fit_is_cut_and_terminated);
	return t;
}

static TCase *sets(void)
{
	TCase *t = tcase_create("sets");

	tcase_add_test(t, a_prefix_holds_what_shares_its_bits);
	tcase_add_test(t, a_prefix_covers_narrower_ones_and_itself);
	tcase_add_test(t, the_prefix_around_an_address_has_no_host_bits);
	tcase_add_test(t, kinds_of_addresses_are_told_apart);
	return t;
}

static TCase *keys(void)
{
	TCase *t = tcase_create("keys");

	tcase_add_test(t, a_key_leads_back_to_its_source);
	tcase_add_test(t, all_addresses_of_a_64_are_one_source);
	tcase_add_test(t, no_ipv6_address_has_the_key_of_an_ipv4_one);
	return t;
}

int main(void)
{
	Suite *s = suite_create("addr");
	SRunner *r;
	int failed;

	suite_add_tcase(s, text());
	suite_add_tcase(s, sets());
	suite_add_tcase(s, keys());
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
