/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reports of files that are made here: what they say is counted where and when it was, and what they do not say is never
 * taken for nothing.
 */
#include "app/report.h"

#include <check.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../support/history_lab.h"
#include "base/err.h"
#include "core/flow_end.h"
#include "edge/store_copy.h"

#define NOW INT64_C(1795305600) /* Sunday 2026-11-22 00:00 UTC */

static char folder[96], db[128];
static struct store *s;
static struct report_data *r;
static int64_t from_s, now_s;

static void begin(void)
{
	struct store_opts o = { .boot = "boot-a" };

	setenv("TZ", "UTC", 1);
	tzset();
	setup(); /* of history_lab: path is the history's */
	snprintf(folder, sizeof(folder), "%.*s", (int)(strrchr(path, '/') - path), path);
	snprintf(db, sizeof(db), "%s/%s", folder, STORE_FILE);
	ck_assert_int_eq(store_open(&s, db, &o, aside, why), 0);
	r = NULL;
	now_s = NOW;
	from_s = NOW - DAY;
}

static void end(void)
{
	report_free(r);
	store_close(s, false);
	s = NULL;
	teardown();
}

static void put(int64_t at_s, const char *kind, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void put(int64_t at_s, const char *kind, const char *format, ...)
{
	char line[4096];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	ck_assert_int_eq(store_begin(s), 0);
	ck_assert_int_eq(store_put_event(s, (wall_t){ at_s * NS_PER_S }, kind, line), 0);
	ck_assert_int_eq(store_commit(s), 0);
}

static void put_finding(int64_t at_s, const char *source, const char *decision, const char *mode)
{
	put(at_s, "finding", "{\"src_ip\":\"%s\",\"dest_ip\":\"192.0.2.1\",\"dest_port\":22,\"proto\":\"TCP\",\"tidegate\":{"
		"\"v\":1,\"host\":\"lab\",\"incident\":\"T-1\",\"subject\":\"%s\",\"detector\":\"scan.fast\",\"score\":20,"
		"\"threshold\":10,\"served_by\":\"sshd (pid 812, root, ssh.service)\",\"policy\":\"p.conf:7\","
		"\"decision\":\"%s\",\"scope\":\"source\",\"ttl_s\":600,\"mode\":\"%s\"}}", source, source, decision, mode);
}

static void put_block(int64_t at_s, const char *source, const char *decision)
{
	put(at_s, "block", "{\"src_ip\":\"%s\",\"tidegate\":{\"v\":1,\"event\":\"block\",\"incident\":\"T-1\","
		"\"subject\":\"%s\",\"decision\":\"%s\",\"scope\":\"source\",\"ttl_s\":600,\"mode\":\"enforce\"}}", source, source,
		decision);
}

static void put_end(int64_t at_s, const char *word, const char *source, int hits, int packets, int bytes)
{
	put(at_s, word, "{\"src_ip\":\"%s\",\"tidegate\":{\"v\":1,\"event\":\"%s\",\"incident\":\"T-1\",\"subject\":\"%s\","
		"\"decision\":\"drop\",\"scope\":\"source\",\"next\":\"observe\",\"packets_dropped\":%d,\"held_s\":600,"
		"\"kernel_packets\":%d,\"kernel_bytes\":%d,\"mode\":\"enforce\"}}", source, word, source, hits, packets, bytes);
}

static void put_note(int64_t at_s, const char *run, int64_t began_s, const char *mode, int lost, int outside)
{
	put(at_s, "tally", "{\"tidegate\":{\"v\":1,\"event\":\"tally\",\"run\":\"%s\",\"began_s\":%lld,\"mode\":\"%s\","
		"\"digest\":\"abc\",\"lost\":{\"events_lost\":%d,\"packets_unjudged\":0},\"lists\":[{\"title\":\"web\","
		"\"outside\":%d,\"refused\":1}]}}", run, (long long)began_s, mode, lost, outside);
}

static int gather(void)
{
	struct report_opts o = { .state_dir = folder, .now_s = now_s, .from_s = from_s };

	report_free(r);
	r = NULL;
	return report_gather(&o, &r);
}

static bool has_trouble(const char *words)
{
	size_t i = 0;

	while (i < r->losses.n_troubles && !strstr(r->losses.troubles[i], words))
		i++;
	return i < r->losses.n_troubles;
}

/* ---- the record ---- */

START_TEST(an_empty_record_is_known_to_be_empty)
{
	ck_assert_int_eq(gather(), 0);
	ck_assert(r->about.record_known);
	ck_assert(!r->losses.counted); /* but nobody says that nothing was lost */
	ck_assert_uint_eq(r->totals.findings, 0);
	ck_assert_int_eq(r->about.unknown_s, DAY);
	ck_assert(!r->baseline.known);
}
END_TEST

START_TEST(a_finding_counts_in_its_bucket_and_everywhere_that_it_names)
{
	put_finding(NOW - 3600, "198.51.100.7", "drop", "enforce");
	put_finding(NOW - 3599, "198.51.100.7", "observe", "enforce");
	put_finding(NOW - DAY - 1, "198.51.100.8", "drop", "enforce"); /* before the span */
	ck_assert_int_eq(gather(), 0);
	ck_assert_uint_eq(r->totals.findings, 2);
	ck_assert_uint_eq(r->totals.decided, 1);
	ck_assert_int_eq(r->width_s, 900);
	ck_assert_uint_eq(r->n_buckets, 96);
	ck_assert_uint_eq(r->buckets[92].findings, 2);
	ck_assert_uint_eq(r->sources.n, 1);
	ck_assert_str_eq(r->sources.list[0].name, "198.51.100.7");
	ck_assert_uint_eq(r->sources.list[0].findings, 2);
	ck_assert_str_eq(r->ports.list[0].name, "tcp/22");
	ck_assert_str_eq(r->processes.list[0].name, "sshd");
	ck_assert_str_eq(r->users.list[0].name, "root");
	ck_assert_str_eq(r->units.list[0].name, "ssh.service");
	ck_assert_str_eq(r->about.host, "lab");
	ck_assert_uint_eq(r->detect.decisions, 0);
}
END_TEST

START_TEST(a_measure_has_its_beginning_its_end_and_its_effect)
{
	put_finding(NOW - 7200, "198.51.100.7", "drop", "enforce");
	put_block(NOW - 7200, "198.51.100.7", "drop");
	put_end(NOW - 6600, "expire", "198.51.100.7", 3, 1000, 64000);
	ck_assert_int_eq(gather(), 0);
	ck_assert_uint_eq(r->measures.n, 1);
	ck_assert_int_eq(r->measures.list[0].begun_s, NOW - 7200);
	ck_assert_int_eq(r->measures.list[0].ended_s, NOW - 6600);
	ck_assert_int_eq(r->measures.list[0].end, REPORT_EXPIRED);
	ck_assert_uint_eq(r->measures.list[0].packets, 1003);
	ck_assert_uint_eq(r->measures.list[0].bytes, 64000);
	ck_assert_str_eq(r->measures.list[0].rule, "scan.fast");
	ck_assert_str_eq(r->measures.list[0].policy, "p.conf:7");
	ck_assert_uint_eq(r->totals.packets_dropped, 1003);
	ck_assert(r->totals.bytes_known);
	ck_assert_uint_eq(r->sources.list[0].dropped, 1003);
	ck_assert_uint_eq(r->sources.list[0].measures, 1);
}
END_TEST

/* Verdicts are counted through all rungs, elements anew on each. */
START_TEST(nothing_is_counted_twice_where_a_measure_goes_down_a_rung)
{
	put_block(NOW - 7200, "198.51.100.7", "drop");
	put_end(NOW - 6600, "step-down", "198.51.100.7", 10, 100, 1);
	put_block(NOW - 6600, "198.51.100.7", "limit");
	put_end(NOW - 6000, "expire", "198.51.100.7", 15, 7, 1);
	ck_assert_int_eq(gather(), 0);
	ck_assert_uint_eq(r->measures.n, 2);
	ck_assert_uint_eq(r->totals.packets_dropped, 100 + 7 + 15);
	ck_assert_uint_eq(r->totals.stepped_down, 1);
	ck_assert_uint_eq(r->totals.expired, 1);
}
END_TEST

START_TEST(one_whose_end_nobody_wrote_is_not_said_to_stand)
{
	put_block(NOW - 7200, "198.51.100.7", "drop");
	ck_assert_int_eq(gather(), 0);
	ck_assert_int_eq(r->measures.list[0].end, REPORT_UNTOLD);
	ck_assert_uint_eq(r->totals.standing, 0);
}
END_TEST

START_TEST(one_that_began_before_the_span_is_told_with_its_end)
{
	put_end(NOW - DAY + 100, "unblock", "198.51.100.7", 5, 0, 0);
	ck_assert_int_eq(gather(), 0);
	ck_assert_uint_eq(r->measures.n, 1);
	ck_assert_int_eq(r->measures.list[0].begun_s, NOW - DAY + 100 - 600);
	ck_assert_int_eq(r->measures.list[0].end, REPORT_UNBLOCKED);
}
END_TEST

START_TEST(detect_mode_does_nothing_and_is_told_what_it_would_have_done)
{
	put_finding(NOW - 900, "198.51.100.7", "drop", "detect");
	put_finding(NOW - 800, "198.51.100.7", "drop", "detect");
	put_finding(NOW - 700, "198.51.100.8", "drop", "detect");
	put_finding(NOW - 700, "198.51.100.9", "observe", "detect");
	put(NOW - 300, "expire", "{\"tidegate\":{\"event\":\"expire\",\"subject\":\"198.51.100.7\",\"decision\":\"drop\","
		"\"scope\":\"source\",\"packets_dropped\":0,\"held_s\":600,\"mode\":\"detect\"}}"); /* a shadow's */
	ck_assert_int_eq(gather(), 0);
	ck_assert_uint_eq(r->detect.decisions, 3);
	ck_assert_uint_eq(r->detect.subjects, 2);
	ck_assert_uint_eq(r->detect.n, 1);
	ck_assert_str_eq(r->detect.list[0].rule, "scan.fast");
	ck_assert_str_eq(r->detect.list[0].response, "drop");
	ck_assert_uint_eq(r->detect.list[0].subjects, 2);
	ck_assert_int_eq(r->detect.list[0].longest_s, 600);
	ck_assert_uint_eq(r->measures.n, 0);
}
END_TEST

START_TEST(a_false_positive_is_named_and_its_measure_marked)
{
	struct prefix p;

	ck_assert_int_eq(prefix_parse("198.51.100.7", &p), 0);
	put_finding(NOW - 900, "198.51.100.7", "drop", "enforce");
	put_block(NOW - 900, "198.51.100.7", "drop");
	put_end(NOW - 800, "unblock", "198.51.100.7", 9, 0, 0);
	ck_assert_int_eq(store_begin(s), 0);
	ck_assert_int_eq(store_put_excuse(s, &p, 3, (wall_t){ (NOW - 800) * NS_PER_S }), 0);
	ck_assert_int_eq(store_commit(s), 0);
	ck_assert_int_eq(gather(), 0);
	ck_assert_uint_eq(r->suspects.n, 1);
	ck_assert_uint_eq(r->suspects.list[0].doubts, 1U << REPORT_WRONGED);
	ck_assert_uint_eq(r->suspects.list[0].times, 3);
	ck_assert_uint_eq(r->suspects.list[0].dropped, 9);
	ck_assert(r->measures.list[0].wronged);
}
END_TEST

START_TEST(whom_this_host_served_in_the_weeks_before_is_a_doubt)
{
	struct slot_peer peer = { .direction = FLOW_IN, .connections = 5, .bytes = { 90000, 800000 } };
	struct slot slot = { .start_s = NOW - 5 * DAY, .watched_s = SLOT_S, .peers = &peer, .n_peers = 1 };

	ck_assert_int_eq(addr_parse("198.51.100.7", &peer.addr), 0);
	ck_assert_int_eq(history_add(h, &slot), 0);
	put_finding(NOW - 900, "198.51.100.7", "drop", "enforce");
	put_finding(NOW - 900, "198.51.100.8", "drop", "enforce");
	ck_assert_int_eq(gather(), 0);
	ck_assert_uint_eq(r->suspects.n, 1);
	ck_assert_str_eq(r->suspects.list[0].subject, "198.51.100.7");
	ck_assert_uint_eq(r->suspects.list[0].doubts, 1U << REPORT_SERVED);
	ck_assert_uint_eq(r->suspects.list[0].served_bytes, 890000);
	ck_assert_uint_eq(r->suspects.list[0].served_connections, 5);
}
END_TEST

/* ---- notes ---- */

START_TEST(counters_are_what_they_grew_by_within_the_span)
{
	put_note(NOW - DAY - 60, "a", NOW - 3 * DAY, "detect", 1000, 50); /* where they stood */
	put_note(NOW - DAY + 240, "a", NOW - 3 * DAY, "detect", 1003, 60);
	put_note(NOW - DAY + 540, "a", NOW - 3 * DAY, "enforce", 1003, 60);
	put_note(NOW - DAY + 5000, "b", NOW - DAY + 5000, "enforce", 4, 2); /* another daemon */
	ck_assert_int_eq(gather(), 0);
	ck_assert(r->losses.counted);
	ck_assert_uint_eq(r->losses.lost[REPORT_LOST_EVENTS], 3 + 4);
	ck_assert_uint_eq(r->losses.runs, 2);
	ck_assert_int_eq(r->losses.counted_s, 540);
	ck_assert_uint_eq(r->egress.n_lists, 1);
	ck_assert_uint_eq(r->egress.lists[0].outside, 10 + 2);
	ck_assert_uint_eq(r->egress.lists[0].refused, 1);
	ck_assert(r->buckets[0].unsure);
	ck_assert(!r->buckets[50].unsure);
	ck_assert_str_eq(r->about.ran_digest, "abc");
	ck_assert_int_eq(r->about.detect_s, 540); /* until the note that says otherwise */
	ck_assert_int_eq(r->about.enforce_s, 0);
	ck_assert_int_eq(r->about.unknown_s, DAY - 540);
	ck_assert_int_eq(r->about.last, REPORT_MODE_ENFORCE);
}
END_TEST

START_TEST(a_run_that_is_older_than_its_first_note_here_counts_nothing_of_before)
{
	put_note(NOW - 3600, "a", NOW - 9 * DAY, "detect", 5000000, 70);
	put_note(NOW - 3300, "a", NOW - 9 * DAY, "detect", 5000001, 70);
	ck_assert_int_eq(gather(), 0);
	ck_assert_uint_eq(r->losses.lost[REPORT_LOST_EVENTS], 1);
	ck_assert_uint_eq(r->egress.lists[0].outside, 0);
}
END_TEST

/* ---- what cannot be read ---- */

START_TEST(rows_that_make_no_sense_are_counted)
{
	put(NOW - 10, "finding", "{\"tidegate\":");
	put(NOW - 10, "finding", "[]");
	put(NOW - 10, "finding", "{\"tidegate\":7}");
	put_finding(NOW - 5, "198.51.100.7", "drop", "enforce");
	ck_assert_int_eq(gather(), 0);
	ck_assert_uint_eq(r->losses.odd_rows, 3);
	ck_assert_uint_eq(r->totals.findings, 1);
}
END_TEST

START_TEST(huge_and_hostile_members_do_no_harm)
{
	put(NOW - 10, "finding", "{\"src_ip\":\"198.51.100.7\",\"dest_port\":99999999999,\"proto\":\"%0300d\",\"tidegate\":{"
		"\"subject\":\"%0200d\",\"detector\":\"\\u001b[31m\",\"decision\":\"drop\",\"score\":1e300,\"threshold\":-1e300,"
		"\"ttl_s\":9223372036854775807,\"mode\":\"detect\",\"served_by\":\"((((,,,,))))\"}}", 1, 2);
	put(NOW - 9, "expire", "{\"tidegate\":{\"subject\":\"x\",\"scope\":\"source\",\"packets_dropped\":9223372036854775807,"
		"\"kernel_packets\":9223372036854775807,\"held_s\":9223372036854775807,\"mode\":\"enforce\"}}");
	put(NOW - 8, "expire", "{\"tidegate\":{\"subject\":\"y\",\"scope\":\"source\",\"packets_dropped\":9223372036854775807,"
		"\"kernel_packets\":9223372036854775807,\"held_s\":-5,\"mode\":\"enforce\"}}");
	put(NOW - 7, "alarm", "{\"tidegate\":{\"text\":\"%01000d\"}}", 1);
	ck_assert_int_eq(gather(), 0);
	ck_assert_uint_eq(r->totals.findings, 1);
	ck_assert_uint_eq(r->ports.n, 0);
	ck_assert_uint_eq(r->totals.packets_dropped, UINT64_MAX); /* held, not wrapped */
	ck_assert_uint_eq(r->totals.alarms, 1);
	ck_assert_int_eq(r->measures.list[0].begun_s, 0);
}
END_TEST

START_TEST(a_damaged_record_is_a_trouble_and_nothing_is_known_of_it)
{
	int fd;

	store_close(s, false);
	s = NULL;
	fd = open(db, O_WRONLY);
	ck_assert_int_eq(pwrite(fd, "damaged!", 8, 0), 8);
	close(fd);
	ck_assert_int_eq(gather(), 0);
	ck_assert(!r->about.record_known);
	ck_assert(has_trouble(STORE_FILE));
}
END_TEST

START_TEST(a_folder_with_nothing_in_it_is_told_of_file_by_file)
{
	snprintf(folder, sizeof(folder), "/nowhere");
	ck_assert_int_eq(gather(), 0);
	ck_assert(!r->about.record_known);
	ck_assert(has_trouble(STORE_FILE));
	ck_assert(has_trouble(HISTORY_FILE));
	ck_assert_uint_eq(r->losses.unwatched_s, (uint64_t)DAY);
}
END_TEST

START_TEST(a_span_that_is_none_is_refused)
{
	from_s = now_s;
	ck_assert_int_eq(gather(), ERR_RANGE);
	from_s = now_s - 4000 * DAY;
	ck_assert_int_eq(gather(), ERR_RANGE);
}
END_TEST

START_TEST(a_record_that_begins_late_says_so)
{
	put_finding(NOW - 3600, "198.51.100.7", "drop", "enforce");
	ck_assert_int_eq(gather(), 0);
	ck_assert(r->about.record_from_s == NOW - 3600 && has_trouble("begins within"));
}
END_TEST

/* ---- time ---- */

START_TEST(a_night_of_daylight_saving_has_all_its_hours)
{
	const int64_t end_s = INT64_C(1792969200) + 3600 * 12; /* 2026-10-25 23:00 UTC + ... */
	uint64_t all = 0;

	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	now_s = end_s;
	from_s = end_s - 3 * DAY;
	put_finding(INT64_C(1792890000), "198.51.100.7", "drop", "enforce"); /* 01:00 UTC: the hour that comes twice */
	put_finding(INT64_C(1792886400), "198.51.100.7", "drop", "enforce");
	ck_assert_int_eq(gather(), 0);
	ck_assert_int_eq(r->buckets[0].utc_offset_s, 7200);
	ck_assert_int_eq(r->buckets[r->n_buckets - 1].utc_offset_s, 3600);
	for (size_t i = 0; i < r->n_buckets; i++) {
		all += r->buckets[i].findings;
		ck_assert(!i || r->buckets[i].begin_s == r->buckets[i - 1].begin_s + r->width_s);
	}
	ck_assert_uint_eq(all, 2);
	ck_assert_int_le(r->buckets[0].begin_s, from_s);
	ck_assert_int_ge(r->buckets[r->n_buckets - 1].begin_s + r->width_s, now_s);
	ck_assert_uint_le(r->n_buckets, REPORT_BUCKETS);
}
END_TEST

START_TEST(every_span_fits_its_buckets)
{
	for (int64_t span = 60; span <= 399 * DAY; span += span / 3 + 59) {
		from_s = now_s - span;
		ck_assert_int_eq(gather(), 0);
		ck_assert_uint_le(r->n_buckets, REPORT_BUCKETS);
		ck_assert_uint_ge(r->n_buckets, 1);
		ck_assert_int_le(r->buckets[0].begin_s, from_s);
	}
}
END_TEST

/* ---- traffic ---- */

START_TEST(traffic_counts_links_once_and_what_nobody_watched_is_not_nought)
{
	const struct series_id lo = { .kind = SERIES_LINK, .link = "lo" };
	struct slot_series two[2] = { link_series(1000, 50), link_series(7, 7) };

	two[1].id = lo;
	ck_assert_int_eq(add_slot(NOW - 3600, 0, two, 2), 0);
	ck_assert_int_eq(gather(), 0);
	ck_assert_uint_eq(r->totals.bytes_in, 1000);
	ck_assert_uint_eq(r->totals.bytes_out, 50);
	ck_assert(r->buckets[92].traffic);
	ck_assert_uint_eq(r->buckets[92].watched_s, SLOT_S);
	ck_assert(!r->buckets[91].traffic);
	ck_assert_uint_eq(r->losses.unwatched_s, (uint64_t)DAY - SLOT_S);
}
END_TEST

static void add_connections(int64_t at_s, uint64_t n)
{
	struct slot_series x = { .id = host, .known = 1U << OF_CONNECTIONS };

	x.value[OF_CONNECTIONS] = n;
	ck_assert_int_eq(add_slot(at_s, 0, &x, 1), 0);
}

/* Nine days alike, then an hour of twenty times as much. */
START_TEST(what_left_its_band_is_told_with_the_band)
{
	ck_assert_int_eq(history_begin(h), 0); /* one wait for the disk */
	for (int64_t at = NOW - 9 * DAY; at < NOW; at += SLOT_S)
		add_connections(at, at >= NOW - 7200 && at < NOW - 3600 ? 20000 : 1000 + (uint64_t)(at / SLOT_S % 7) * 10);
	ck_assert_int_eq(history_commit(h), 0);
	ck_assert_int_eq(gather(), 0);
	ck_assert(r->baseline.known);
	ck_assert_uint_ge(r->baseline.n_departures, 1);
	ck_assert_str_eq(r->baseline.departures[0].name, "host");
	ck_assert_int_ge(r->baseline.departures[0].at_s, NOW - 7200);
	ck_assert_uint_eq(r->baseline.departures[0].value, 20000);
	ck_assert_uint_lt(r->baseline.departures[0].limit, 20000);
	ck_assert_uint_ge(r->baseline.departures[0].slots, 3);
	ck_assert_uint_eq(r->baseline.n, 1);
	ck_assert(r->baseline.list[0].learned && r->baseline.list[0].at[10].banded);
	ck_assert_uint_gt(r->baseline.list[0].at[10].limit, r->baseline.list[0].at[10].expected);
	ck_assert(!r->baseline.list[0].at[10].above);
	ck_assert(r->baseline.list[0].at[89].above);
	ck_assert(r->totals.watched_s == (uint64_t)DAY && !r->losses.unwatched_s);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("report");
	TCase *t = tcase_create("report");
	SRunner *sr = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(t, begin, end);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, an_empty_record_is_known_to_be_empty);
	tcase_add_test(t, a_finding_counts_in_its_bucket_and_everywhere_that_it_names);
	tcase_add_test(t, a_measure_has_its_beginning_its_end_and_its_effect);
	tcase_add_test(t, nothing_is_counted_twice_where_a_measure_goes_down_a_rung);
	tcase_add_test(t, one_whose_end_nobody_wrote_is_not_said_to_stand);
	tcase_add_test(t, one_that_began_before_the_span_is_told_with_its_end);
	tcase_add_test(t, detect_mode_does_nothing_and_is_told_what_it_would_have_done);
	tcase_add_test(t, a_false_positive_is_named_and_its_measure_marked);
	tcase_add_test(t, whom_this_host_served_in_the_weeks_before_is_a_doubt);
	tcase_add_test(t, counters_are_what_they_grew_by_within_the_span);
	tcase_add_test(t, a_run_that_is_older_than_its_first_note_here_counts_nothing_of_before);
	tcase_add_test(t, rows_that_make_no_sense_are_counted);
	tcase_add_test(t, huge_and_hostile_members_do_no_harm);
	tcase_add_test(t, a_damaged_record_is_a_trouble_and_nothing_is_known_of_it);
	tcase_add_test(t, a_folder_with_nothing_in_it_is_told_of_file_by_file);
	tcase_add_test(t, a_span_that_is_none_is_refused);
	tcase_add_test(t, a_record_that_begins_late_says_so);
	tcase_add_test(t, a_night_of_daylight_saving_has_all_its_hours);
	tcase_add_test(t, every_span_fits_its_buckets);
	tcase_add_test(t, traffic_counts_links_once_and_what_nobody_watched_is_not_nought);
	tcase_add_test(t, what_left_its_band_is_told_with_the_band);
	suite_add_tcase(suite, t);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
