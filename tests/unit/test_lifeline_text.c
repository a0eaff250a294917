/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses out of other programs' files: each format as its program writes it.
 */
#include "codec/lifeline_text.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOUND 48

static struct guard list[FOUND];
static size_t n;
static struct lifeline_sink sink;

static void note(void *ctx, const struct addr *a, enum guard_kind kind)
{
	(void)ctx;
	ck_assert_uint_lt(n, FOUND);
	list[n].prefix = prefix_of(a, 128);
	list[n++].kind = kind;
}

static void set_up(void)
{
	n = 0;
	sink = (struct lifeline_sink){ .each = note };
}

/* 2026-11-21T12:00:00Z */
static const wall_t noon = { .ns = INT64_C(1795262400) * NS_PER_S };

static void read_text(enum lifeline_format f, const char *text)
{
	lifeline_read(f, (struct slice){ (const uint8_t *)text, strlen(text) }, noon, &sink);
}

static void is(size_t i, const char *text, enum guard_kind kind)
{
	struct prefix p;

	ck_assert_int_eq(prefix_parse(text, &p), 0);
	ck_assert_uint_lt(i, n);
	ck_assert_msg(prefix_equal(&list[i].prefix, &p), "%zu is not %s", i, text);
	ck_assert_int_eq((int)list[i].kind, (int)kind);
}

START_TEST(resolvers_come_from_their_lines)
{
	read_text(LIFELINE_RESOLV, "# nameserver 192.0.2.9\nsearch example.org\n"
		"nameserver 192.0.2.53\r\n  nameserver\t2001:db8::53 # second\n"
		"nameserver fe80::1%eth0\nnameserver not-an-address\nnameserver\n"
		"nameserver ::ffff:192.0.2.54");
	ck_assert_uint_eq(n, 4);
	is(0, "192.0.2.53", GUARD_RESOLVER);
	is(1, "2001:db8::53", GUARD_RESOLVER);
	is(2, "fe80::1", GUARD_RESOLVER);
	is(3, "192.0.2.54", GUARD_RESOLVER);
	ck_assert_uint_eq(sink.names, 1);
}
END_TEST

START_TEST(a_resolver_on_loopback_is_counted_and_needs_no_guard)
{
	read_text(LIFELINE_RESOLV, "nameserver 127.0.0.53\nnameserver ::1\n"
		"nameserver 0.0.0.0\nnameserver ff02::fb\n");
	ck_assert_uint_eq(n, 0);
	ck_assert_uint_eq(sink.loopback, 2);
}
END_TEST

START_TEST(time_servers_of_chrony_ntp_and_openntpd)
{
	read_text(LIFELINE_SERVERS, "pool 2.debian.pool.ntp.org iburst\n"
		"server 192.0.2.1 iburst\nPeer 2001:db8::1 key 1\n"
		"server -4 192.0.2.2 prefer\nservers 192.0.2.3 weight 5\n"
		"server 127.127.1.0\n#server 192.0.2.4\n! server 192.0.2.5\n"
		"bindaddress 192.0.2.6\nallow 192.0.2.0/24\nserver\nserver -4\n");
	ck_assert_uint_eq(n, 4);
	is(0, "192.0.2.1", GUARD_TIME);
	is(1, "2001:db8::1", GUARD_TIME);
	is(2, "192.0.2.2", GUARD_TIME);
	is(3, "192.0.2.3", GUARD_TIME);
	ck_assert_uint_eq(sink.names, 1);
	ck_assert_uint_eq(sink.loopback, 1);
}
END_TEST

START_TEST(time_servers_of_timesyncd_also_on_continued_lines)
{
	read_text(LIFELINE_TIMESYNCD, "[Time]\n#NTP=192.0.2.9\nNTP = 192.0.2.1 ntp.example \\\n"
		"  2001:db8::1\nFallbackNTP=192.0.2.2\nRootDistanceMaxSec=5 \\\n192.0.2.3\n");
	ck_assert_uint_eq(n, 3);
	is(0, "192.0.2.1", GUARD_TIME);
	is(1, "2001:db8::1", GUARD_TIME);
	is(2, "192.0.2.2", GUARD_TIME);
	ck_assert_uint_eq(sink.names, 1);
}
END_TEST

START_TEST(a_lease_of_networkd)
{
	read_text(LIFELINE_NETWORKD, "# This is private data. Do not parse.\n"
		"ADDRESS=192.0.2.77\nNETMASK=255.255.255.0\nROUTER=192.0.2.254\n"
		"SERVER_ADDRESS=192.0.2.250\nNEXT_SERVER=192.0.2.249\nT1=5min\n"
		"DNS=192.0.2.53 2001:db8::53%2#dns.example\nNTP=192.0.2.123\nDOMAINNAME=x\n"
		"NTP=\n");
	ck_assert_uint_eq(n, 4);
	is(0, "192.0.2.250", GUARD_DHCP);
	is(1, "192.0.2.53", GUARD_RESOLVER);
	is(2, "2001:db8::53", GUARD_RESOLVER);
	is(3, "192.0.2.123", GUARD_TIME);
}
END_TEST

#define LEASE(server, end) "lease {\n  interface \"eth0\";\n  fixed-address 192.0.2.77;\n" \
	"  option subnet-mask 255.255.255.0;\n  option routers 192.0.2.254;\n" \
	"  option domain-name-servers 192.0.2.53,192.0.2.54;\n" \
	"  option dhcp-server-identifier " server ";\n  option ntp-servers 192.0.2.123;\n" \
	"  option domain-name \"example\";\n  renew 6 2026/11/21 09:00:00;\n" end "}\n"

START_TEST(a_lease_of_dhclient_that_still_runs)
{
	read_text(LIFELINE_DHCLIENT, LEASE("192.0.2.250", "  expire 6 2026/11/21 12:00:01;\n"));
	ck_assert_uint_eq(n, 4);
	is(0, "192.0.2.53", GUARD_RESOLVER);
	is(1, "192.0.2.54", GUARD_RESOLVER);
	is(2, "192.0.2.250", GUARD_DHCP);
	is(3, "192.0.2.123", GUARD_TIME);
}
END_TEST

START_TEST(leases_that_are_over_guard_nobody)
{
	read_text(LIFELINE_DHCLIENT, LEASE("192.0.2.1", "  expire 6 2026/11/21 11:59:59;\n")
		LEASE("192.0.2.2", "  expire 0 2024/02/29 23:59:60;\n")
		LEASE("192.0.2.3", "  expire epoch 1795262399; # Sat Nov 21\n"));
	ck_assert_uint_eq(n, 0);
}
END_TEST

START_TEST(leases_without_an_end_or_with_a_strange_one_hold)
{
	read_text(LIFELINE_DHCLIENT, LEASE("192.0.2.1", "  expire never;\n")
		LEASE("192.0.2.2", "") LEASE("192.0.2.3", "  expire 6 2026/13/01 00:00:00;\n")
		LEASE("192.0.2.4", "  expire epoch 1795262400;\n")
		LEASE("192.0.2.5", "  expire 1 1/1/99999999999999 0:0:0;\n"));
	ck_assert_uint_eq(n, 20);
	is(2, "192.0.2.1", GUARD_DHCP);
	is(6, "192.0.2.2", GUARD_DHCP);
	is(10, "192.0.2.3", GUARD_DHCP);
	is(14, "192.0.2.4", GUARD_DHCP);
	is(18, "192.0.2.5", GUARD_DHCP);
}
END_TEST

START_TEST(a_lease_that_is_cut_guards_nobody_and_outside_of_leases_nothing_counts)
{
	read_text(LIFELINE_DHCLIENT, "option dhcp-server-identifier 192.0.2.1;\n}\n"
		"lease6 {\n  option dhcp6.name-servers 2001:db8::53;\n}\n"
		"lease {\n  option dhcp-server-identifier 192.0.2.2;\n");
	ck_assert_uint_eq(n, 0);
}
END_TEST

START_TEST(a_lease_of_very_many_addresses_is_cut)
{
	static char text[8192];
	char *at = text;

	at += sprintf(at, "lease {\n  option domain-name-servers 192.0.2.1");
	for (int i = 2; i < 200; i++)
		at += sprintf(at, ",192.0.2.%d", i);
	sprintf(at, ";\n}\n");
	read_text(LIFELINE_DHCLIENT, text);
	ck_assert_uint_eq(n, 32);
}
END_TEST

static uint8_t message[300] = { 2, 1, 6, [236] = 0x63, 0x82, 0x53, 0x63, 53, 1, 5, 0, 0,
	54, 4, 192, 0, 2, 250, 6, 8, 192, 0, 2, 53, 192, 0, 2, 54, 42, 4, 192, 0, 2, 123,
	255, 54, 4, 192, 0, 2, 1 };

START_TEST(a_message_that_dhcpcd_kept)
{
	lifeline_read(LIFELINE_DHCPCD, (struct slice){ message, sizeof(message) }, noon, &sink);
	ck_assert_uint_eq(n, 4);
	is(0, "192.0.2.250", GUARD_DHCP);
	is(1, "192.0.2.53", GUARD_RESOLVER);
	is(2, "192.0.2.54", GUARD_RESOLVER);
	is(3, "192.0.2.123", GUARD_TIME);
}
END_TEST

START_TEST(a_message_cut_anywhere_gives_whole_options_only)
{
	for (size_t len = 0; len < sizeof(message); len++) {
		uint8_t *copy = malloc(len ? len : 1);

		ck_assert_ptr_nonnull(copy);
		memcpy(copy, message, len);
		set_up();
		lifeline_read(LIFELINE_DHCPCD, (struct slice){ copy, len }, noon, &sink);
		ck_assert_uint_eq(n, (len >= 251) + (len >= 261) * 2u + (len >= 267));
		free(copy);
	}
}
END_TEST

START_TEST(bytes_without_sense_are_harmless_in_each_format)
{
	static const uint8_t bytes[] = "\0\xff=\n\n\\\nserver \0\x80\nDNS=\0 1.2.3.\0\n"
		"NTP=\x01\nlease {\n}\n}\nexpire\nnameserver 1..2.3.4.5.6.7.8.9.0.1.2.3.4.5.6.7"
		".8.9.0.1.2.3.4.5.6.7.8.9.0.1.2.3.4.5.6.7.8.9\nnameserver 1.2.3.4\0";

	for (int f = 0; f <= LIFELINE_FORMATS; f++)
		for (size_t len = 0; len < sizeof(bytes) - 9; len++)
			lifeline_read((enum lifeline_format)f, (struct slice){ bytes, len }, noon,
				&sink);
	ck_assert_uint_eq(n, 0);
	for (int f = 0; f <= LIFELINE_FORMATS; f++)
		lifeline_read((enum lifeline_format)f, (struct slice){ NULL, 0 }, noon, &sink);
	ck_assert_uint_eq(n, 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("lifeline_text");
	TCase *t = tcase_create("lifeline_text");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, set_up, NULL);
	tcase_add_test(t, resolvers_come_from_their_lines);
	tcase_add_test(t, a_resolver_on_loopback_is_counted_and_needs_no_guard);
	tcase_add_test(t, time_servers_of_chrony_ntp_and_openntpd);
	tcase_add_test(t, time_servers_of_timesyncd_also_on_continued_lines);
	tcase_add_test(t, a_lease_of_networkd);
	tcase_add_test(t, a_lease_of_dhclient_that_still_runs);
	tcase_add_test(t, leases_that_are_over_guard_nobody);
	tcase_add_test(t, leases_without_an_end_or_with_a_strange_one_hold);
	tcase_add_test(t, a_lease_that_is_cut_guards_nobody_and_outside_of_leases_nothing_counts);
	tcase_add_test(t, a_lease_of_very_many_addresses_is_cut);
	tcase_add_test(t, a_message_that_dhcpcd_kept);
	tcase_add_test(t, a_message_cut_anywhere_gives_whole_options_only);
	tcase_add_test(t, bytes_without_sense_are_harmless_in_each_format);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
