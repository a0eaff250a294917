/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of bad addresses, as their publishers write them, as a cut download leaves them, and as somebody forges them. */
#include "codec/feed_text.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

#define ROOM 64

static struct listed_entry room[ROOM];
static struct feed_result result;

static int read_bytes(const void *text, size_t len, enum feed_format format)
{
	const struct feed_opts o = { .format = format, .list = 7 };

	return feed_read((struct slice){ text, len }, &o, room, ROOM, &result);
}

static int read_text(const char *text)
{
	return read_bytes(text, strlen(text), FEED_AUTO);
}

static void took(const char *const *prefixes, size_t n)
{
	char text[PREFIX_TEXT];

	ck_assert_uint_eq(result.n, n);
	for (size_t i = 0; i < n; i++) {
		prefix_format(&room[i].prefix, text, sizeof(text));
		ck_assert_str_eq(text, prefixes[i]);
		ck_assert_uint_eq(room[i].list, 7);
	}
}

START_TEST(a_plain_list_has_addresses_prefixes_and_comments)
{
	static const char *const want[] = { "192.0.2.1", "198.51.100.0/24", "2001:db8::/32", "203.0.113.9", "192.0.2.7" };

	ck_assert_int_eq(read_text("# mine\r\n\r\n192.0.2.1\r\n 198.51.100.0/24 ; SBL1\n\n2001:db8::/32#six\n"
		"; other\n203.0.113.9\t# tab\n::ffff:192.0.2.7"), 0);
	took(want, 5);
	ck_assert_int_eq(result.format, FEED_PLAIN);
	ck_assert_uint_eq(result.records, 5);
	ck_assert_uint_eq(result.refused, 0);
}
END_TEST

static const char netset[] =
	"#\n# firehol_level1\n#\n# ipv4 hash:net ipset\n#\n# Maintainer      : FireHOL\n"
	"# Entries         : 4 subnets, 4096 unique IPs\n#\n0.0.0.0/8\n192.0.2.0/24\n198.51.100.0/24\n203.0.113.1\n";

START_TEST(a_netset_is_known_by_its_head_and_held_against_it)
{
	static const char *const want[] = { "192.0.2.0/24", "198.51.100.0/24", "203.0.113.1" };

	ck_assert_int_eq(read_text(netset), 0);
	ck_assert_int_eq(result.format, FEED_NETSET);
	ck_assert_uint_eq(result.promised, 4);
	ck_assert_uint_eq(result.refusals[FEED_RESERVED], 1); /* bogons are in it */
	took(want, 3);
	ck_assert_int_eq(read_bytes(netset, strlen(netset) - strlen("203.0.113.1\n"), FEED_AUTO), ERR_TRUNCATED);
	ck_assert_uint_eq(result.records, 3);
}
END_TEST

static const char drop[] =
	"{\"cidr\":\"192.0.2.0/24\",\"sblid\":\"SBL256894\",\"rir\":\"apnic\"}\n"
	"{\"cidr\":\"2001:db8::/32\",\"sblid\":\"SBL434604\",\"rir\":\"ripencc\"}\n"
	"{\"type\":\"metadata\",\"timestamp\":1761000000,\"size\":170,\"records\":2,\"copyright\":\"(c) 2026\"}\n";

START_TEST(spamhaus_drop_is_known_and_held_against_its_metadata)
{
	static const char *const want[] = { "192.0.2.0/24", "2001:db8::/32" };
	char more[512];

	ck_assert_int_eq(read_text(drop), 0);
	ck_assert_int_eq(result.format, FEED_SPAMHAUS);
	took(want, 2);
	ck_assert_uint_eq(result.promised, 2);
	ck_assert(!result.endless);
	ck_assert_int_eq(read_bytes(drop, (size_t)(strchr(drop, '\n') - drop), FEED_AUTO), 0);
	ck_assert(result.endless); /* its metadata are not there (yet) */
	ck_assert_int_eq(read_text(strchr(drop, '\n') + 1), ERR_TRUNCATED);
	snprintf(more, sizeof(more), "%s{\"asn\":64496}\n{\"cidr\":5}\n{\"cidr\":\"192.0.2.0/24\"\n[]\nnope\n", drop);
	ck_assert_int_eq(read_text(more), 0);
	ck_assert_uint_eq(result.refusals[FEED_NO_RECORD], 5);
	ck_assert_uint_eq(result.told[0].line, 4);
	ck_assert_str_eq(result.told[0].text, "{\\x22asn\\x22:64496}");
}
END_TEST

/* As cscli 1.6 writes it, shortened; the values of "source" and "meta" are no decisions. */
static const char decisions[] =
	"[\n {\n  \"capacity\": 0,\n  \"created_at\": \"2026-11-21T20:00:00Z\",\n  \"decisions\": [\n"
	"   {\"duration\":\"3h59m\",\"id\":1,\"origin\":\"cscli\",\"scenario\":\"manual [x] \\\"]\\\"\",\"scope\":\"Ip\","
	"\"simulated\":false,\"type\":\"ban\",\"value\":\"192.0.2.1\"},\n"
	"   {\"id\":2,\"scope\":\"Range\",\"type\":\"ban\",\"value\":\"198.51.100.0/24\"},\n"
	"   {\"id\":3,\"scope\":\"Country\",\"type\":\"ban\",\"value\":\"XX\"},\n"
	"   {\"id\":4,\"scope\":\"Ip\",\"type\":\"captcha\",\"value\":\"192.0.2.2\"},\n"
	"   {\"id\":5,\"scope\":\"Ip\",\"type\":\"ban\",\"simulated\":true,\"value\":\"192.0.2.3\"}\n  ],\n"
	"  \"events\": [{\"value\":\"203.0.113.65\",\"meta\":[{\"key\":\"decisions\",\"value\":\"203.0.113.66\"}]}],\n"
	"  \"source\": {\"ip\":\"203.0.113.67\",\"scope\":\"ip\",\"value\":\"203.0.113.67\"}\n },\n"
	" {\"decisions\":null,\"source\":{\"value\":\"203.0.113.68\"}}\n]\n";

START_TEST(crowdsec_decisions_are_found_in_their_alerts)
{
	static const char *const want[] = { "192.0.2.1", "198.51.100.0/24" };

	ck_assert_int_eq(read_text(decisions), 0);
	ck_assert_int_eq(result.format, FEED_CROWDSEC);
	took(want, 2);
	ck_assert_uint_eq(result.refusals[FEED_NO_BAN], 3);
	ck_assert_uint_eq(result.refused, 3);
	ck_assert_uint_eq(result.told[0].line, 8);
	ck_assert_str_eq(result.told[0].text, "XX");
	for (size_t len = 1; len < strlen(decisions) - 2; len++)
		ck_assert_msg(read_bytes(decisions, len, FEED_AUTO) == ERR_TRUNCATED, "cut at %zu", len);
}
END_TEST

START_TEST(crowdsec_decisions_alone_are_taken_too)
{
	static const char *const want[] = { "192.0.2.1", "2001:db8::1" };

	ck_assert_int_eq(read_text("[{\"scope\":\"ip\",\"type\":\"ban\",\"value\":\"192.0.2.1\"},{\"value\":\"2001:db8::1\"}]"), 0);
	took(want, 2);
	ck_assert_int_eq(read_text("[]\n"), 0);
	ck_assert_uint_eq(result.n, 0);
	ck_assert_int_eq(read_text(" null\n"), 0);
	ck_assert_int_eq(result.format, FEED_CROWDSEC);
}
END_TEST

START_TEST(a_crowdsec_table_is_read_by_its_head)
{
	static const char *const want[] = { "192.0.2.1", "2001:db8::/48" };
	static const char *const values[] = { "192.0.2.5", "192.0.2.6" };

	ck_assert_int_eq(read_text("id,source,ip,reason,action,country,as,events_count,expiration,simulated,alert_id\n"
		"1,cscli,Ip:192.0.2.1,\"manual, by hand\",ban,,,1,3h59m,false,1\n"
		"2,cscli,Range:2001:db8::/48,x,ban,,,1,3h59m,false,2\n"
		"3,cscli,Country:XX,x,ban,,,1,3h59m,false,2\n"
		"4,cscli,Ip:192.0.2.3,x,captcha,,,1,3h59m,false,2\n"
		"5,cscli,Ip:192.0.2.4,x,ban,,,1,3h59m,true,2\n"), 0);
	ck_assert_int_eq(result.format, FEED_CROWDSEC);
	took(want, 2);
	ck_assert_uint_eq(result.refusals[FEED_NO_BAN], 3);
	ck_assert_int_eq(read_text("value\n192.0.2.5\n192.0.2.6\n"), 0);
	took(values, 2);
}
END_TEST

START_TEST(brackets_that_do_not_match_are_no_list)
{
	static const char *const wrong[] = { "[}", "[] []", "[{]}", "x", "{\"value\":\"192.0.2.1\"}", "[]x", "\"a\"", ",[]", "" };
	char deep[200];

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_msg(read_bytes(wrong[i], strlen(wrong[i]), FEED_CROWDSEC) == ERR_INVALID, "'%s'", wrong[i]);
	memset(deep, '[', sizeof(deep));
	ck_assert_int_eq(read_bytes(deep, sizeof(deep), FEED_AUTO), ERR_INVALID);
}
END_TEST

START_TEST(nobody_can_list_the_internet_or_a_home)
{
	ck_assert_int_eq(read_text("0.0.0.0/0\n::/0\n128.0.0.0/7\n2000::/15\n10.1.2.3\n172.16.0.0/12\n192.168.0.0/16\n"
		"100.64.1.1\n169.254.1.1\nfc00::1\nfe80::1\n127.0.0.1\n224.0.0.1\n255.255.255.255\n0.0.0.0\n::1\n::\nff02::1\n"
		"192.0.0.0/8\n::ffff:10.0.0.0/104\n10.0.0.1/8\n"), 0);
	ck_assert_uint_eq(result.n, 0);
	ck_assert_uint_eq(result.refusals[FEED_WIDE], 4);
	ck_assert_uint_eq(result.refusals[FEED_PRIVATE], 9); /* 192.0.0.0/8 has a private network in it */
	ck_assert_uint_eq(result.refusals[FEED_RESERVED], 7);
	ck_assert_uint_eq(result.refusals[FEED_HOST_BITS], 1);
	ck_assert_uint_eq(result.refused, 21);
	ck_assert_uint_eq(result.n_told, FEED_TOLD);
	ck_assert_uint_eq(feed_nonsense(&result), 0);
	ck_assert_int_eq(read_text("128.0.0.0/8\n2a00::/16\n"), 0);
	ck_assert_uint_eq(result.n, 2);
}
END_TEST

START_TEST(private_networks_are_taken_where_that_is_wished_for_and_loopback_never)
{
	const struct feed_opts o = { .keep_private = true };
	const char *const text = "10.1.2.3\nfc00::/32\n127.0.0.1\nff02::1\n";

	ck_assert_int_eq(feed_read((struct slice){ (const uint8_t *)text, strlen(text) }, &o, room, ROOM, &result), 0);
	ck_assert_uint_eq(result.n, 2);
	ck_assert_uint_eq(result.refusals[FEED_RESERVED], 2);
}
END_TEST

START_TEST(a_page_that_is_no_list_is_told_by_its_first_lines)
{
	ck_assert_int_eq(read_text("<html>\n<h1>404 \x1b[31mNot Found</h1>\n</html>\n1.2.3.4 5.6.7.8\n1.2.3\n1.2.3.4-1.2.3.9\n"), 0);
	ck_assert_uint_eq(result.n, 0);
	ck_assert_uint_eq(feed_nonsense(&result), 6);
	ck_assert_uint_eq(result.n_told, FEED_TOLD);
	ck_assert_uint_eq(result.told[1].line, 2);
	ck_assert_int_eq(result.told[1].why, FEED_NO_ADDRESS);
	ck_assert_str_eq(result.told[1].text, "<h1>404 \\x1b[31mNot Found</h1>"); /* harmless to a terminal */
}
END_TEST

START_TEST(huge_lines_and_nul_bytes_are_refused_one_by_one)
{
	static char text[3 * FEED_LINE];
	static const char nul[] = "192.0.2.1\n192.0.2.2\0\n# a\0b\n192.0.2.3\n";

	memset(text, '1', sizeof(text));
	memcpy(text + 2 * FEED_LINE, "\n192.0.2.1\n#", 12);
	ck_assert_int_eq(read_bytes(text, 2 * FEED_LINE + 12, FEED_AUTO), 0);
	ck_assert_uint_eq(result.refusals[FEED_LONG], 1);
	ck_assert_uint_eq(result.n, 1);
	ck_assert_int_eq(read_bytes(nul, sizeof(nul) - 1, FEED_AUTO), 0);
	ck_assert_uint_eq(result.refusals[FEED_NUL], 2);
	ck_assert_uint_eq(result.n, 2);
}
END_TEST

START_TEST(more_than_there_is_room_for_is_no_list_at_all)
{
	char text[ROOM * 16 + 16];
	size_t len = 0;

	for (int i = 0; i < ROOM; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "192.0.2.%d\n", i);
	ck_assert_int_eq(read_text(text), 0);
	ck_assert_uint_eq(result.n, ROOM);
	snprintf(text + len, sizeof(text) - len, "192.0.2.99\n");
	ck_assert_int_eq(read_text(text), ERR_FULL);
	ck_assert_int_eq(read_bytes(text, FEED_BYTES + 1, FEED_AUTO), ERR_RANGE); /* nothing of it is looked at */
	ck_assert_int_eq(read_text("[{\"value\":\"192.0.2.1\"}]"), 0);
}
END_TEST

START_TEST(a_format_that_was_named_is_not_guessed)
{
	ck_assert_int_eq(read_bytes(drop, strlen(drop), FEED_PLAIN), 0);
	ck_assert_uint_eq(result.n, 0);
	ck_assert_uint_eq(result.refusals[FEED_NO_ADDRESS], 3);
	ck_assert_int_eq(read_bytes("192.0.2.1\n", 10, FEED_CROWDSEC), ERR_INVALID);
	ck_assert_int_eq(read_bytes("\xef\xbb\xbf" "192.0.2.1\n", 13, FEED_PLAIN), 0);
	ck_assert_uint_eq(result.n, 1);
	ck_assert_int_eq(read_text(""), 0);
	ck_assert_uint_eq(result.n, 0);
}
END_TEST

START_TEST(each_format_and_each_refusal_has_a_word)
{
	for (int i = 0; i < FEED_FORMATS; i++)
		ck_assert_str_ne(feed_format_name((enum feed_format)i), "?");
	for (int i = 0; i < FEED_REFUSALS; i++)
		ck_assert_ptr_nonnull(feed_refusal_text((enum feed_refusal)i));
	ck_assert_str_eq(feed_format_name(FEED_FORMATS), "?");
	ck_assert_str_eq(feed_refusal_text(FEED_REFUSALS), "?");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("feed_text");
	TCase *t = tcase_create("codec");
	int failed;

	tcase_add_test(t, a_plain_list_has_addresses_prefixes_and_comments);
	tcase_add_test(t, a_netset_is_known_by_its_head_and_held_against_it);
	tcase_add_test(t, spamhaus_drop_is_known_and_held_against_its_metadata);
	tcase_add_test(t, crowdsec_decisions_are_found_in_their_alerts);
	tcase_add_test(t, crowdsec_decisions_alone_are_taken_too);
	tcase_add_test(t, a_crowdsec_table_is_read_by_its_head);
	tcase_add_test(t, brackets_that_do_not_match_are_no_list);
	tcase_add_test(t, nobody_can_list_the_internet_or_a_home);
	tcase_add_test(t, private_networks_are_taken_where_that_is_wished_for_and_loopback_never);
	tcase_add_test(t, a_page_that_is_no_list_is_told_by_its_first_lines);
	tcase_add_test(t, huge_lines_and_nul_bytes_are_refused_one_by_one);
	tcase_add_test(t, more_than_there_is_room_for_is_no_list_at_all);
	tcase_add_test(t, a_format_that_was_named_is_not_guessed);
	tcase_add_test(t, each_format_and_each_refusal_has_a_word);
	suite_add_tcase(suite, t);
	SRunner *r = srunner_create(suite);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
