/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What people and programs get of one and the same report: to the letter, in 80 columns, in plain ASCII where that is asked
 * for, and whatever a name tries to do to a terminal.
 */
#include "app/report_text.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/report_json.h"

#define FROM INT64_C(1795219200) /* Saturday 2026-11-21 00:00 UTC */

static struct report_data *r;
static char *text;
static size_t len;

static void setup(void)
{
	r = calloc(1, sizeof(*r));
	ck_assert_ptr_nonnull(r);
	snprintf(r->about.host, sizeof(r->about.host), "web-0001");
	r->about.record_known = true;
	r->about.from_s = FROM;
	r->about.until_s = r->about.made_s = FROM + 4 * 3600;
	r->about.enforce_s = 4 * 3600;
	r->about.last = REPORT_MODE_ENFORCE;
	snprintf(r->about.zone, sizeof(r->about.zone), "UTC");
	r->width_s = 3600;
	r->n_buckets = 4;
	for (size_t i = 0; i < 4; i++)
		r->buckets[i] = (struct report_bucket){ .begin_s = FROM + (int64_t)i * 3600, .findings = i, .traffic = i != 1,
			.bytes_in = 1000 * i, .watched_s = 3600 };
	r->totals = (struct report_totals){ .findings = 6, .decided = 2, .incidents = 3, .applied = 1, .unblocked = 1,
		.packets_dropped = 12345, .watched_s = 4 * 3600 };
	r->losses.counted = true;
	r->losses.counted_s = 4 * 3600;
	r->sources.n = 1;
	r->sources.list[0] = (struct report_row){ .name = "198.51.100.7", .findings = 6, .measures = 1, .bytes_in = 5000 };
	r->measures.n = 1;
	r->measures.list[0] = (struct report_measure){ .subject = "198.51.100.7", .response = "drop", .begun_s = FROM + 60,
		.ended_s = FROM + 660, .end = REPORT_UNBLOCKED, .packets = 12345, .wronged = true };
	r->suspects.n = 1;
	r->suspects.list[0] = (struct report_suspect){ .subject = "198.51.100.7", .rule = "scan.fast",
		.doubts = 1U << REPORT_WRONGED, .dropped = 12345 };
}

static void teardown(void)
{
	free(r);
	free(text);
	text = NULL;
}

static void print(bool utf8)
{
	const struct report_look look = { .utf8 = utf8 };
	FILE *f;

	free(text);
	f = open_memstream(&text, &len);
	ck_assert_int_eq(report_text(r, &look, f), 0);
	fclose(f);
}

/* Line by line: both together are more than a failure can show. */
static void is(const char *got, const char *wanted)
{
	while (*got || *wanted) {
		char a[256], b[256];
		const int n = (int)strcspn(got, "\n"), m = (int)strcspn(wanted, "\n");

		snprintf(a, sizeof(a), "%.*s", n, got);
		snprintf(b, sizeof(b), "%.*s", m, wanted);
		ck_assert_str_eq(a, b);
		got += n + (got[n] == '\n');
		wanted += m + (wanted[m] == '\n');
	}
}

START_TEST(the_report_is_this_to_the_letter)
{
	print(false);
	is(text,
		"tidegate report  web-0001\n"
		"  Sat 2026-11-21 00:00 to Sat 2026-11-21 04:00 UTC (4h)\n"
		"  mode: 0s detect, 4h enforce, 0s not known; now enforce\n"
		"  configuration: none could be read\n"
		"\n"
		"Not known\n"
		"  nothing was lost, as far as the daemon counted\n"
		"\n"
		"Summary\n"
		"  6 findings in 3 incidents; 2 decided upon, 0 kept from harm by a guard\n"
		"  1 measure in force, 1 ended (1 unblocked), 0 stand now, 0 refused by the\n"
		"    kernel\n"
		"  12,345 packets dropped\n"
		"  0 connections, 0 B in, 0 B out\n"
		"\n"
		"Timeline\n"
		"  findings      -+@                                               to 3\n"
		"  measures                                                        none\n"
		"  traffic in    ?+@                                               to 3.00 kB\n"
		"  traffic out   ?                                                 none\n"
		"  connections   ?                                                 none\n"
		"               00:00\n"
		"\n"
		"Baseline\n"
		"  there is no history to tell what is normal\n"
		"\n"
		"Sources\n"
		"                                                   findings measures    traffic\n"
		"  198.51.100.7                       ############         6        1    5.00 kB\n"
		"\n"
		"Measures\n"
		"                                            end           held        packets\n"
		"  198.51.100.7               drop           taken back    10m           12345\n"
		"\n"
		"Perhaps wrong\n"
		"  198.51.100.7 by scan.fast: taken back as a false positive; 12345 packets were\n"
		"    dropped\n");
}
END_TEST

START_TEST(a_terminal_that_can_gets_blocks)
{
	print(true);
	ck_assert_ptr_nonnull(strstr(text, "\u2588"));
	ck_assert_ptr_null(strchr(text, '#'));
}
END_TEST

static void spoil(char *name, size_t size)
{
	snprintf(name, size, "\033]0;owned\007\r\n\xc2\x9b" "31m\xe2\x80\xae\xff\xfe<b>%%s\xf0\x9f\x98\x80" "e\xcc\x81");
}

START_TEST(names_do_nothing_to_a_terminal)
{
	spoil(r->about.host, sizeof(r->about.host));
	spoil(r->sources.list[0].name, sizeof(r->sources.list[0].name));
	spoil(r->measures.list[0].subject, sizeof(r->measures.list[0].subject));
	spoil(r->suspects.list[0].rule, sizeof(r->suspects.list[0].rule));
	r->n_life = 1;
	spoil(r->life[0].text, sizeof(r->life[0].text));
	r->losses.n_troubles = 1;
	spoil(r->losses.troubles[0], sizeof(r->losses.troubles[0]));
	for (int utf8 = 0; utf8 < 2; utf8++) {
		print(utf8);
		for (size_t i = 0; i < len; i++) {
			const unsigned char c = (unsigned char)text[i];

			ck_assert(c == '\n' || (c >= 0x20 && c != 0x7f));
			ck_assert(utf8 || c < 0x7f);
		}
		ck_assert_ptr_null(strstr(text, "\xc2\x9b"));
		ck_assert_ptr_null(strstr(text, "\xe2\x80\xae"));
	}
}
END_TEST

/* Everything as long and as much as it gets. */
START_TEST(no_line_is_wider_than_80_columns)
{
	memset(r->sources.list[0].name, 'x', REPORT_NAME - 1);
	memset(r->measures.list[0].subject, 'x', REPORT_NAME - 1);
	memset(r->measures.list[0].response, 'x', REPORT_WORD - 1);
	memset(r->suspects.list[0].subject, 'x', REPORT_NAME - 1);
	memset(r->about.host, 'x', REPORT_NAME - 1);
	r->sources.list[0].findings = r->sources.list[0].bytes_in = r->sources.list[0].bytes_out = UINT64_MAX;
	r->measures.list[0].packets = r->totals.packets_dropped = r->totals.bytes_dropped = UINT64_MAX;
	r->totals.findings = r->totals.connections = r->totals.bytes_in = UINT64_MAX;
	r->totals.bytes_known = true;
	r->measures.list[0].ended_s = FROM + 399 * INT64_C(86400) + 86399;
	for (size_t i = 0; i < REPORT_LOSSES; i++)
		r->losses.lost[i] = UINT64_MAX;
	r->n_buckets = REPORT_BUCKETS;
	for (size_t i = 0; i < REPORT_BUCKETS; i++)
		r->buckets[i] = (struct report_bucket){ .begin_s = FROM + (int64_t)i * 3600, .findings = UINT64_MAX,
			.bytes_in = UINT64_MAX, .traffic = true };
	for (int utf8 = 0; utf8 < 2; utf8++) {
		size_t columns = 0;

		print(utf8);
		for (size_t i = 0; i < len; i++) {
			columns = text[i] == '\n' ? 0 : columns + (((unsigned char)text[i] & 0xc0) != 0x80);
			ck_assert_uint_le(columns, 80);
		}
	}
}
END_TEST

START_TEST(what_was_lost_is_told_before_all_else)
{
	r->losses.lost[REPORT_LOST_EVENTS] = 7;
	print(false);
	ck_assert_ptr_nonnull(strstr(text, "7 events that found no room"));
	ck_assert_ptr_null(strstr(text, "nothing was lost"));
	ck_assert_ptr_null(strstr(strstr(text, "Summary"), "found no room"));
	r->about.record_known = false;
	print(false);
	ck_assert_ptr_nonnull(strstr(text, "findings and measures are not known"));
	ck_assert_ptr_null(strstr(text, "none was in force"));
}
END_TEST

START_TEST(json_says_the_same_and_holds_any_bytes)
{
	json_t *o;

	spoil(r->sources.list[0].name, sizeof(r->sources.list[0].name));
	r->totals.bytes_in = UINT64_MAX;
	o = report_json_value(r);
	ck_assert_ptr_nonnull(o);
	ck_assert_int_eq(json_integer_value(json_object_get(o, "v")), 1);
	ck_assert_str_eq(json_string_value(json_object_get(json_object_get(o, "about"), "from")),
		"2026-11-21T00:00:00.000000+0000");
	ck_assert_uint_eq(json_array_size(json_object_get(json_object_get(o, "timeline"), "buckets")), 4);
	ck_assert_ptr_null(json_object_get(json_array_get(json_object_get(json_object_get(o, "timeline"), "buckets"), 1),
		"bytes_in")); /* not known is no 0 */
	ck_assert_int_eq(json_integer_value(json_object_get(json_object_get(o, "totals"), "bytes_in")), INT64_MAX);
	ck_assert_ptr_nonnull(json_string_value(json_object_get(json_array_get(json_object_get(json_object_get(
		json_object_get(o, "top"), "sources"), "list"), 0), "name")));
	json_decref(o);
}
END_TEST

START_TEST(a_stream_that_fails_is_an_error)
{
	const struct report_look look = { .utf8 = false };
	FILE *f = fopen("/dev/full", "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_ne(report_text(r, &look, f), 0);
	fclose(f);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("report_text");
	TCase *t = tcase_create("text");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, the_report_is_this_to_the_letter);
	tcase_add_test(t, a_terminal_that_can_gets_blocks);
	tcase_add_test(t, names_do_nothing_to_a_terminal);
	tcase_add_test(t, no_line_is_wider_than_80_columns);
	tcase_add_test(t, what_was_lost_is_told_before_all_else);
	tcase_add_test(t, json_says_the_same_and_holds_any_bytes);
	tcase_add_test(t, a_stream_that_fails_is_an_error);
	suite_add_tcase(s, t);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
