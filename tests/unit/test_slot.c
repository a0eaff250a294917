/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Series by name, in one order, and the local time that a slot belongs to.
 */
#include "core/slot.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "core/flow_end.h"
#include "core/packet.h"

#define HOURS(h) ((h) * 3600)

static struct series_id parsed(const char *text)
{
	struct series_id id;

	ck_assert_msg(series_parse(text, &id) == 0, "'%s' is refused", text);
	return id;
}

START_TEST(what_is_written_is_read_again)
{
	const char *texts[] = {
		"host", "link eth0", "link wg-home.7", "link 0123456789abcde", "proto tcp in", "proto udp out",
		"proto icmp in", "proto other out", "service 443/tcp in", "service 53/udp out", "service 65535/sctp forward",
		"service 0/icmp in", "service 0/icmp6 out", "service 0/47 forward", "service 0/255 in",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct series_id id = parsed(texts[i]);
		char out[SERIES_TEXT];

		series_format(&id, out, sizeof(out));
		ck_assert_str_eq(out, texts[i]);
	}
}
END_TEST

START_TEST(each_word_means_its_field)
{
	struct series_id service = parsed("service 8443/tcp forward"), proto = parsed("proto udp out");

	ck_assert_uint_eq(service.kind, SERIES_SERVICE);
	ck_assert_uint_eq(service.port, 8443);
	ck_assert_uint_eq(service.proto, PROTO_TCP);
	ck_assert_uint_eq(service.direction, FLOW_FORWARD);
	ck_assert_uint_eq(proto.kind, SERIES_PROTO);
	ck_assert_uint_eq(proto.proto, HOST_UDP);
	ck_assert_uint_eq(proto.direction, FLOW_OUT);
	ck_assert_str_eq(parsed("link br0").link, "br0");
	ck_assert_uint_eq(parsed("service 1/6 in").proto, PROTO_TCP); /* a number is taken also where there is a name */
}
END_TEST

START_TEST(names_of_links_from_outside_are_shown_harmless_and_come_back)
{
	struct series_id id = { .kind = SERIES_LINK, .link = "a\x1b[31m\\\"\xc3\xa9\x7f" }, back;
	char out[SERIES_TEXT];

	series_format(&id, out, sizeof(out));
	ck_assert_str_eq(out, "link a\\x1b[31m\\x5c\\x22\\xc3\\xa9\\x7f");
	ck_assert_int_eq(series_parse(out, &back), 0);
	ck_assert(series_equal(&id, &back));
	memset(id.link, 0xff, LINK_NAME - 1); /* the longest there is */
	series_format(&id, out, sizeof(out));
	ck_assert_int_eq(series_parse(out, &back), 0);
	ck_assert(series_equal(&id, &back));
}
END_TEST

START_TEST(other_texts_are_refused_and_nothing_is_written)
{
	const char *texts[] = {
		"", " ", "host ", " host", "HOST", "hosts", "link", "link ", "link eth 0", "link a/b", "link a:b", "link .",
		"link ..", "link 0123456789abcdef", "link a\\", "link a\\x", "link a\\x1", "link a\\x00b", "link a\\x20",
		"link a\\x2f", "link a\\xg0", "link a\nb", "proto", "proto tcp", "proto tcp ", "proto sctp in", "proto tcp in ",
		"proto  tcp in", "proto tcp up", "service", "service 443 in", "service 443/tcp", "service 443/tcp ",
		"service 65536/tcp in", "service 0443/tcp in", "service +443/tcp in", "service -1/tcp in", "service /tcp in",
		"service 443/ in", "service 443/256 in", "service 443/tcp in x", "service 99999999999999999999/tcp in",
		"service 4294967739/tcp in", "protocol tcp in", "link\teth0",
	};
	struct series_id id, before;

	memset(&before, 0x5a, sizeof(before));
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		id = before;
		ck_assert_msg(series_parse(texts[i], &id) == ERR_INVALID, "'%s' is taken", texts[i]);
		ck_assert_mem_eq(&id, &before, sizeof(id));
	}
}
END_TEST

START_TEST(ids_that_mean_nothing_have_a_text_and_no_room_is_overrun)
{
	struct series_id kind = { .kind = 200 }, proto = { .kind = SERIES_PROTO, .proto = 99, .direction = 77 };
	struct series_id full = { .kind = SERIES_LINK };
	char out[SERIES_TEXT], small[8];

	series_format(&kind, out, sizeof(out));
	ck_assert_str_eq(out, "unknown");
	series_format(&proto, out, sizeof(out));
	ck_assert_str_eq(out, "proto unknown unknown");
	memset(full.link, 'x', sizeof(full.link)); /* without its end */
	series_format(&full, out, sizeof(out));
	ck_assert_str_eq(out, "link xxxxxxxxxxxxxxxx");
	series_format(&full, small, sizeof(small));
	ck_assert_str_eq(small, "link xx");
}
END_TEST

static int by_series(const void *a, const void *b)
{
	return series_compare(a, b);
}

START_TEST(the_order_is_total_and_by_kind_direction_protocol_port_name)
{
	const char *sorted[] = {
		"host", "link eth0", "link eth1", "link eth10", "proto tcp in", "proto udp in", "proto tcp out",
		"service 22/tcp in", "service 443/tcp in", "service 53/udp in", "service 22/tcp out", "service 22/tcp forward",
	};
	enum { N = sizeof(sorted) / sizeof(sorted[0]) };
	struct series_id ids[N];

	for (size_t i = 0; i < N; i++)
		ids[(i * 5) % N] = parsed(sorted[i]); /* 5 and 12 share no factor */
	qsort(ids, N, sizeof(ids[0]), by_series);
	for (size_t i = 0; i < N; i++) {
		char out[SERIES_TEXT];

		series_format(&ids[i], out, sizeof(out));
		ck_assert_str_eq(out, sorted[i]);
		for (size_t j = 0; j < N; j++) {
			int there = series_compare(&ids[i], &ids[j]), back = series_compare(&ids[j], &ids[i]);

			ck_assert_int_eq((there > 0) - (there < 0), (i > j) - (i < j));
			ck_assert_int_eq((there > 0) - (there < 0), (back < 0) - (back > 0));
			ck_assert(series_equal(&ids[i], &ids[j]) == (i == j));
		}
	}
}
END_TEST

START_TEST(measures_have_names_of_their_own_that_are_read_again)
{
	enum measure_of m = OF_PORTS;

	for (unsigned i = 0; i < OF_MEASURES; i++) {
		enum measure_of back;

		ck_assert_str_ne(measure_of_name((enum measure_of)i), "unknown");
		ck_assert_int_eq(measure_of_parse(measure_of_name((enum measure_of)i), &back), 0);
		ck_assert_uint_eq(back, i);
	}
	ck_assert_str_eq(measure_of_name(OF_MEASURES), "unknown");
	ck_assert_int_eq(measure_of_parse("unknown", &m), ERR_INVALID);
	ck_assert_int_eq(measure_of_parse("", &m), ERR_INVALID);
	ck_assert_uint_eq(m, OF_PORTS);
}
END_TEST

START_TEST(the_local_day_goes_by_the_offset)
{
	const int64_t noon = 1795262400; /* Saturday 2026-11-21 12:00 UTC */

	ck_assert_uint_eq(slot_of_day(noon, 0), 144);
	ck_assert_uint_eq(hour_of_week(noon, 0), 5 * 24 + 12);
	ck_assert_uint_eq(slot_of_day(noon, HOURS(-8)), 48);
	ck_assert_uint_eq(slot_of_day(noon, HOURS(14)), 24); /* Kiritimati: tomorrow */
	ck_assert_uint_eq(hour_of_week(noon, HOURS(14)), 6 * 24 + 2);
	ck_assert_uint_eq(hour_of_week(noon, HOURS(-12)), 5 * 24);
	ck_assert_uint_eq(hour_of_week(noon, HOURS(-12) - 1), 4 * 24 + 23);
	ck_assert_uint_eq(slot_of_day(noon, 5 * 3600 + 45 * 60), 144 + 69); /* Nepal: quarters */
	ck_assert_uint_eq(slot_of_day(noon + 299, 0), 144);
	ck_assert_uint_eq(slot_of_day(noon + 300, 0), 145);
}
END_TEST

START_TEST(a_change_of_the_clocks_skips_an_hour_or_repeats_it)
{
	const int64_t spring = 1774746000; /* Sunday 2026-03-29 01:00 UTC: Berlin 02:00 is 03:00 */
	const int64_t autumn = 1792890000; /* Sunday 2026-10-25 01:00 UTC: Berlin 03:00 is 02:00 */

	ck_assert_uint_eq(slot_of_day(spring - SLOT_S, HOURS(1)), 23);
	ck_assert_uint_eq(slot_of_day(spring, HOURS(2)), 36);
	ck_assert_uint_eq(hour_of_week(spring, HOURS(2)), 6 * 24 + 3);
	ck_assert_uint_eq(slot_of_day(autumn - HOURS(1), HOURS(2)), 24);
	ck_assert_uint_eq(slot_of_day(autumn - SLOT_S, HOURS(2)), 35);
	ck_assert_uint_eq(slot_of_day(autumn, HOURS(1)), 24);
	ck_assert_uint_eq(hour_of_week(autumn, HOURS(1)), 6 * 24 + 2);
}
END_TEST

START_TEST(before_1970_and_at_the_ends_of_time_the_clock_is_right)
{
	ck_assert_uint_eq(hour_of_week(0, 0), 3 * 24); /* a Thursday */
	ck_assert_uint_eq(hour_of_week(-1, 0), 2 * 24 + 23);
	ck_assert_uint_eq(slot_of_day(-1, 0), SLOTS_A_DAY - 1);
	ck_assert_uint_eq(slot_of_day(0, HOURS(-5)), 19 * 12);
	ck_assert_uint_eq(hour_of_week(-HOURS(24) * 3, 0), 0);
	ck_assert_uint_eq(hour_of_week(-HOURS(24) * 3 - 1, 0), 167);
	ck_assert_uint_lt(slot_of_day(INT64_MAX, INT32_MAX), SLOTS_A_DAY);
	ck_assert_uint_lt(hour_of_week(INT64_MIN, INT32_MIN), 168);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("slot");
	TCase *tc = tcase_create("slot");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, what_is_written_is_read_again);
	tcase_add_test(tc, each_word_means_its_field);
	tcase_add_test(tc, names_of_links_from_outside_are_shown_harmless_and_come_back);
	tcase_add_test(tc, other_texts_are_refused_and_nothing_is_written);
	tcase_add_test(tc, ids_that_mean_nothing_have_a_text_and_no_room_is_overrun);
	tcase_add_test(tc, the_order_is_total_and_by_kind_direction_protocol_port_name);
	tcase_add_test(tc, measures_have_names_of_their_own_that_are_read_again);
	tcase_add_test(tc, the_local_day_goes_by_the_offset);
	tcase_add_test(tc, a_change_of_the_clocks_skips_an_hour_or_repeats_it);
	tcase_add_test(tc, before_1970_and_at_the_ends_of_time_the_clock_is_right);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
