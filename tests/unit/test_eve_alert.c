/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "codec/eve_alert.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

#define HEAD "{\"timestamp\":\"2026-11-22T01:02:03.500000+0100\",\"event_type\":\"alert\","
#define ENDS "\"src_ip\":\"198.51.100.7\",\"src_port\":4242,\"dest_ip\":\"192.0.2.1\",\"dest_port\":80,\"proto\":\"TCP\","
#define ALERT "\"alert\":{\"action\":\"allowed\",\"gid\":1,\"signature_id\":2019401,\"rev\":2," \
	"\"signature\":\"ET SCAN x\",\"category\":\"c\",\"severity\":2}}"

static struct eve_alert a;
static char why[EVE_WHY];

static int read_line(const char *line)
{
	memset(&a, 0x5a, sizeof(a));
	strcpy(why, "?");
	return eve_alert_read((struct slice){ (const uint8_t *)line, strlen(line) }, &a, why);
}

static bool caller_is(const char *ip)
{
	char text[ADDR_TEXT];

	addr_format(&a.alert.tuple.src, text, sizeof(text));
	return strcmp(text, ip) == 0;
}

START_TEST(an_alert_says_who_called_whom_and_what_was_seen)
{
	ck_assert_int_eq(read_line(HEAD ENDS ALERT), 0);
	ck_assert(caller_is("198.51.100.7"));
	ck_assert_uint_eq(a.alert.tuple.sport, 4242);
	ck_assert_uint_eq(a.alert.tuple.dport, 80);
	ck_assert_uint_eq(a.alert.tuple.proto, PROTO_TCP);
	ck_assert_uint_eq(a.alert.gid, 1);
	ck_assert_uint_eq(a.alert.sid, 2019401);
	ck_assert_uint_eq(a.alert.severity, 2);
	ck_assert_str_eq(a.alert.text, "ET SCAN x");
	ck_assert_int_eq(a.at.ns, INT64_C(1795305723) * NS_PER_S + NS_PER_S / 2);
}
END_TEST

START_TEST(an_answer_that_alarms_is_about_who_called)
{
	ck_assert_int_eq(read_line(HEAD ENDS "\"direction\":\"to_client\"," ALERT), 0);
	ck_assert(caller_is("192.0.2.1"));
	ck_assert_uint_eq(a.alert.tuple.dport, 4242);
	ck_assert_int_eq(read_line(HEAD ENDS "\"direction\":\"to_server\"," ALERT), 0);
	ck_assert(caller_is("198.51.100.7"));
}
END_TEST

START_TEST(the_flow_knows_best_who_began)
{
	ck_assert_int_eq(read_line(HEAD ENDS "\"direction\":\"to_server\",\"flow\":{\"src_ip\":\"192.0.2.1\",\"src_port\":80,"
		"\"dest_ip\":\"198.51.100.7\",\"dest_port\":4242}," ALERT), 0);
	ck_assert(caller_is("192.0.2.1"));
	ck_assert_int_eq(read_line(HEAD ENDS "\"flow\":{\"pkts_toserver\":3}," ALERT), 0);
	ck_assert(caller_is("198.51.100.7"));
}
END_TEST

START_TEST(other_events_and_our_own_are_none)
{
	ck_assert_int_eq(read_line("{\"event_type\":\"flow\"}"), ERR_ABSENT);
	ck_assert_int_eq(read_line("{}"), ERR_ABSENT);
	ck_assert_int_eq(read_line(HEAD ENDS "\"tidegate\":{\"v\":1}," ALERT), ERR_ABSENT);
}
END_TEST

START_TEST(what_is_missing_is_named)
{
	static const struct {
		const char *line, *why;
	} wrong[] = {
		{ "", "no JSON, at its byte 0" },
		{ "[1]", "no JSON object" },
		{ "nonsense", "no JSON, at its byte 8" },
		{ HEAD ENDS "\"alert\":7}", "an alert without a signature_id" },
		{ HEAD ENDS "\"alert\":{}}", "an alert without a signature_id" },
		{ HEAD ALERT, "an alert without two addresses of one family" },
		{ HEAD "\"src_ip\":\"198.51.100.7\",\"dest_ip\":\"2001:db8::1\"," ALERT,
			"an alert without two addresses of one family" },
		{ "{\"event_type\":\"alert\"," ENDS ALERT, "an alert without a time" },
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		ck_assert_int_eq(read_line(wrong[i].line), ERR_INVALID);
		ck_assert_str_eq(why, wrong[i].why);
	}
}
END_TEST

START_TEST(a_name_is_printable_and_cut)
{
	char line[4096], name[200];

	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	snprintf(line, sizeof(line), HEAD ENDS "\"alert\":{\"signature_id\":1,\"signature\":\"\\u001b[2J\\n\\u202e%s\"}}", name);
	ck_assert_int_eq(read_line(line), 0);
	ck_assert_uint_eq(strlen(a.alert.text), FINDING_ABOUT - 1);
	ck_assert_int_eq(strncmp(a.alert.text, "?[2J????xxx", 11), 0); /* three bytes of UTF-8 */
	for (const char *c = a.alert.text; *c; c++)
		ck_assert(*c >= ' ' && *c <= '~');
	ck_assert_uint_eq(a.alert.severity, 3);
}
END_TEST

START_TEST(numbers_out_of_range_are_nothing)
{
	ck_assert_int_eq(read_line(HEAD "\"src_ip\":\"198.51.100.7\",\"src_port\":99999,\"dest_ip\":\"192.0.2.1\",\"dest_port\":-1,"
		"\"alert\":{\"signature_id\":99999999999,\"gid\":-4,\"severity\":400}}"), 0);
	ck_assert_uint_eq(a.alert.tuple.sport, 0);
	ck_assert_uint_eq(a.alert.tuple.dport, 0);
	ck_assert_uint_eq(a.alert.sid, 0);
	ck_assert_uint_eq(a.alert.gid, 0);
	ck_assert_uint_eq(a.alert.severity, 3);
}
END_TEST

START_TEST(a_line_that_is_longer_than_any_event_is_refused)
{
	char *line = malloc(EVE_LINE + 2);

	memset(line, ' ', EVE_LINE + 1);
	line[EVE_LINE + 1] = '\0';
	ck_assert_int_eq(read_line(line), ERR_INVALID);
	ck_assert_str_eq(why, "longer than 256 KiB");
	free(line);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("eve_alert");
	TCase *c = tcase_create("eve_alert");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(c, an_alert_says_who_called_whom_and_what_was_seen);
	tcase_add_test(c, an_answer_that_alarms_is_about_who_called);
	tcase_add_test(c, the_flow_knows_best_who_began);
	tcase_add_test(c, other_events_and_our_own_are_none);
	tcase_add_test(c, what_is_missing_is_named);
	tcase_add_test(c, a_name_is_printable_and_cut);
	tcase_add_test(c, numbers_out_of_range_are_nothing);
	tcase_add_test(c, a_line_that_is_longer_than_any_event_is_refused);
	suite_add_tcase(s, c);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
