/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of families, and the text that comes of it: as Prometheus reads it, whatever names the configuration gives. */
#include "codec/metrics.h"

#include <check.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"

static struct metrics m;
static char text[METRICS_TEXT];
static size_t len;

static void all_there(void)
{
	memset(&m, 0, sizeof(m));
	for (size_t i = 0; i < METRICS_PARTS; i++)
		m.there[i] = true;
}

static void write_text(void)
{
	ck_assert_int_eq(metrics_write(&m, text, sizeof(text), &len), 0);
	ck_assert_uint_eq(len, strlen(text));
}

static bool says(const char *line)
{
	char whole[512];

	snprintf(whole, sizeof(whole), "\n%s\n", line);
	return strstr(text, whole) != NULL;
}

static bool ends(const char *s, const char *tail)
{
	return strlen(s) >= strlen(tail) && strcmp(s + strlen(s) - strlen(tail), tail) == 0;
}

START_TEST(families_are_named_as_promtool_wants_them)
{
	const struct metrics_family *f;

	for (size_t i = 0; (f = metrics_family_at(i)) != NULL; i++) {
		const char *name = metrics_family_name(f), *help = metrics_family_help(f);

		ck_assert_msg(strncmp(name, "tidegate_", 9) == 0, "%s", name);
		ck_assert_msg(ends(name, "_total") == (metrics_family_type(f) == METRICS_COUNTER), "%s", name);
		ck_assert_msg(ends(help, ".") && !strchr(help, '\\') && !strchr(help, '\n'), "%s", help);
		for (const char *c = name; *c; c++)
			ck_assert(islower((unsigned char)*c) || *c == '_');
		for (size_t k = 0; k < i; k++)
			ck_assert_str_ne(name, metrics_family_name(metrics_family_at(k)));
	}
}
END_TEST

START_TEST(no_label_could_hold_an_address_or_a_port)
{
	static const char *const known[] = { "action", "applied", "budget", "detector", "family", "fault", "feed", "hook",
		"kind", "mode", "origin", "outcome", "policy", "proof", "queue", "reason", "rule", "state", "table", "take",
		"verdict", "version" };
	const struct metrics_family *f;

	for (size_t i = 0; (f = metrics_family_at(i)) != NULL; i++) {
		char labels[128];

		text_copy(labels, sizeof(labels), metrics_family_labels(f));
		for (char *save, *l = strtok_r(labels, ",", &save); l; l = strtok_r(NULL, ",", &save)) {
			bool is = false;

			for (size_t k = 0; k < sizeof(known) / sizeof(known[0]); k++)
				is |= strcmp(known[k], l) == 0;
			ck_assert_msg(is, "%s of %s", l, metrics_family_name(f));
		}
	}
}
END_TEST

/* A sample's labels, in order: "queue,verdict". */
static void labels_of(const char *line, char *out, size_t size)
{
	struct text t = text_over(out, size);
	const char *at = strchr(line, '{');

	while (at && *at != '}') {
		int n = (int)strcspn(at + 1, "=");

		text_addf(&t, "%s%.*s", t.len ? "," : "", n, at + 1);
		at = strchr(at + n + 3, '"') + 1;
	}
}

static void judge_sample(const char *line, const struct metrics_family *f)
{
	const char *name = metrics_family_name(f);
	char labels[128];

	ck_assert_msg(strncmp(line, name, strlen(name)) == 0, "%s under %s", line, name);
	if (metrics_family_type(f) == METRICS_HISTOGRAM)
		return;
	labels_of(line, labels, sizeof(labels));
	ck_assert_msg(strcmp(labels, metrics_family_labels(f)) == 0, "%s: %s", line, labels);
	ck_assert(strspn(strrchr(line, ' ') + 1, "-.0123456789") == strlen(strrchr(line, ' ') + 1));
}

START_TEST(each_family_is_written_once_with_the_labels_that_it_promises)
{
	const struct metrics_family *f = NULL;
	size_t n = 0, samples = 0;

	all_there();
	m.n_queues = m.n_feeds = m.n_lists = 2;
	m.queues[1].number = 4101;
	m.tables[0].limit = 1;
	text_copy(m.feeds[1].name, sizeof(m.feeds[1].name), "drop");
	text_copy(m.lists[1].name, sizeof(m.lists[1].name), "backup");
	write_text();
	for (char *save, *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char wanted[256];

		if (strncmp(line, "# HELP ", 7) == 0) {
			ck_assert(n == 0 || samples > 0);
			f = metrics_family_at(n++);
			samples = 0;
			snprintf(wanted, sizeof(wanted), "# HELP %s ", metrics_family_name(f));
			ck_assert(strncmp(line, wanted, strlen(wanted)) == 0);
		} else if (*line == '#') {
			snprintf(wanted, sizeof(wanted), "# TYPE %s %s", metrics_family_name(f),
				metrics_type_name(metrics_family_type(f)));
			ck_assert_str_eq(line, wanted);
		} else {
			judge_sample(line, f);
			samples++;
		}
	}
	ck_assert(samples > 0 && metrics_family_at(n) == NULL);
}
END_TEST

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

START_TEST(no_series_comes_twice)
{
	static char *lines[8192];
	size_t n = 0;

	all_there();
	m.n_queues = 2;
	m.queues[1].number = 1;
	write_text();
	for (char *save, *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (*line == '#')
			continue;
		*strrchr(line, ' ') = '\0';
		lines[n++] = line;
	}
	qsort(lines, n, sizeof(lines[0]), by_text);
	for (size_t i = 1; i < n; i++)
		ck_assert_str_ne(lines[i - 1], lines[i]);
}
END_TEST

START_TEST(what_is_not_known_is_left_out_and_never_zero)
{
	all_there();
	m.there[METRICS_ENGINE] = m.there[METRICS_KERNEL] = m.there[METRICS_STORE] = false;
	write_text();
	ck_assert(says("tidegate_responding 0"));
	ck_assert(!strstr(text, "tidegate_mode"));
	ck_assert(!strstr(text, "tidegate_enforced_ratio"));
	ck_assert(!strstr(text, "tidegate_queue_length_packets"));
	ck_assert(!strstr(text, "tidegate_store"));
	ck_assert(strstr(text, "tidegate_history_open"));
}
END_TEST

START_TEST(times_and_ratios_have_no_digit_too_many)
{
	all_there();
	m.at_ns = INT64_C(1700000000) * NS_PER_S + 500000000;
	m.started_ns = -1;
	m.walk_ns = 1;
	m.enforced_ratio = NS_PER_S;
	write_text();
	ck_assert(says("tidegate_gathered_timestamp_seconds 1700000000.5"));
	ck_assert(says("tidegate_start_timestamp_seconds -0.000000001"));
	ck_assert(says("tidegate_socket_walk_seconds 0.000000001"));
	ck_assert(says("tidegate_enforced_ratio 1"));
}
END_TEST

START_TEST(buckets_add_up_to_the_count)
{
	all_there();
	histogram_note_many(&m.verdict_latency, 1500, 3);
	histogram_note(&m.verdict_latency, 2 * NS_PER_S);
	histogram_note(&m.verdict_latency, 60 * NS_PER_S);
	write_text();
	ck_assert(says("tidegate_verdict_latency_seconds_bucket{le=\"0.000001024\"} 0"));
	ck_assert(says("tidegate_verdict_latency_seconds_bucket{le=\"0.000002048\"} 3"));
	ck_assert(says("tidegate_verdict_latency_seconds_bucket{le=\"1.073741824\"} 3"));
	ck_assert(says("tidegate_verdict_latency_seconds_bucket{le=\"2.147483648\"} 4"));
	ck_assert(says("tidegate_verdict_latency_seconds_bucket{le=\"17.179869184\"} 4"));
	ck_assert(says("tidegate_verdict_latency_seconds_bucket{le=\"+Inf\"} 5"));
	ck_assert(says("tidegate_verdict_latency_seconds_sum 62.0000045"));
	ck_assert(says("tidegate_verdict_latency_seconds_count 5"));
	ck_assert(says("tidegate_detect_to_enforce_seconds_bucket{le=\"+Inf\"} 0"));
}
END_TEST

START_TEST(names_of_the_configuration_cannot_break_a_line)
{
	all_there();
	m.n_lists = 1;
	m.lists[0].refused = 7;
	text_copy(m.lists[0].name, sizeof(m.lists[0].name), "a\"} 9\nb\\\xc3\xa9\xff");
	write_text();
	ck_assert(says("tidegate_egress_denied_total{rule=\"a\\\"} 9\\\\x0ab\\\\\\\\xc3\\\\xa9\\\\xff\"} 7"));
	for (size_t i = 0; i < len; i++)
		ck_assert(text[i] == '\n' || (text[i] >= ' ' && text[i] < 0x7f));
}
END_TEST

START_TEST(the_longest_text_fits_and_what_does_not_is_refused_whole)
{
	char small[1024];
	size_t n = 99;

	memset(&m, 0xff, sizeof(m));
	memset(m.there, true, sizeof(m.there));
	memset(m.version, 0x01, sizeof(m.version) - 1);
	m.version[sizeof(m.version) - 1] = m.policy[sizeof(m.policy) - 1] = '\0';
	m.n_queues = METRICS_QUEUES;
	m.n_feeds = METRICS_FEEDS;
	m.n_lists = ALLOWLISTS;
	for (size_t i = 0; i < METRICS_FEEDS; i++)
		m.feeds[i].name[METRICS_NAME - 1] = '\0';
	for (size_t i = 0; i < ALLOWLISTS; i++)
		m.lists[i].name[METRICS_NAME - 1] = '\0';
	m.enforce = m.panic = m.trial = m.host_shield = m.alive = m.responding = m.reload_ok = true;
	m.events_failing = m.store_open = m.store_failing = m.observations_failing = m.history_open = true;
	memset(m.diverts, true, sizeof(m.diverts));
	for (size_t i = 0; i < METRICS_FEEDS; i++)
		m.feeds[i].failing = true;
	write_text();
	ck_assert_uint_lt(len, METRICS_TEXT / 2);
	ck_assert_int_eq(metrics_write(&m, small, sizeof(small), &n), ERR_FULL);
	ck_assert_str_eq(small, "");
	ck_assert_uint_eq(n, 99);
}
END_TEST

START_TEST(pieces_are_whole_lines_and_make_the_text_again)
{
	size_t at = 0, pieces = 0;

	all_there();
	write_text();
	while (at < len) {
		size_t n = metrics_piece(text + at, len - at, 4096);

		ck_assert(n > 0 && n <= 4096);
		ck_assert_int_eq(text[at + n - 1], '\n');
		at += n;
		pieces++;
	}
	ck_assert_uint_eq(at, len);
	ck_assert_uint_ge(pieces, len / 4096);
	ck_assert_uint_eq(metrics_piece("no end of a line", 16, 5), 5);
	ck_assert_uint_eq(metrics_piece("short", 5, 5), 5);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("metrics");
	TCase *t = tcase_create("metrics");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(t, families_are_named_as_promtool_wants_them);
	tcase_add_test(t, no_label_could_hold_an_address_or_a_port);
	tcase_add_test(t, each_family_is_written_once_with_the_labels_that_it_promises);
	tcase_add_test(t, no_series_comes_twice);
	tcase_add_test(t, what_is_not_known_is_left_out_and_never_zero);
	tcase_add_test(t, times_and_ratios_have_no_digit_too_many);
	tcase_add_test(t, buckets_add_up_to_the_count);
	tcase_add_test(t, names_of_the_configuration_cannot_break_a_line);
	tcase_add_test(t, the_longest_text_fits_and_what_does_not_is_refused_whole);
	tcase_add_test(t, pieces_are_whole_lines_and_make_the_text_again);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
