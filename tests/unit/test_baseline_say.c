/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Departures as findings: whom they are about, and in which unit they are scored.
 */
#include "core/baseline_say.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static const struct baseline_opts opts = {
	.rule = { .name = "baseline.above", .sid = 1990110, .severity = 3, .enabled = true },
	.deviations = 4, .windows = 3, .growth_percent = 300,
};

static struct finding said(const char *series, enum measure_of m, uint64_t value, bool slow)
{
	struct departure d = {
		.measure = m, .value = value, .expected = 100, .limit = 400, .usual = 130, .deviations = 1234, .slots = 3,
		.slow = slow, .rising = true,
	};
	struct finding f;

	ck_assert_int_eq(series_parse(series, &d.id), 0);
	memset(&f, 0xa5, sizeof(f));
	baseline_say(&d, &opts, (mono_t){ 100 * NS_PER_S }, (mono_t){ 1000 * NS_PER_S }, &f);
	return f;
}

START_TEST(a_service_of_ours_is_the_subject_of_its_series)
{
	struct finding f = said("service 443/tcp in", OF_CONNECTIONS, 5000, false);

	ck_assert_uint_eq(f.kind, FINDING_BASELINE);
	ck_assert_uint_eq(f.proof, PROOF_CLAIMED);
	ck_assert_uint_eq(f.subject.kind, SUBJECT_SERVICE);
	ck_assert_uint_eq(f.subject.proto, PROTO_TCP);
	ck_assert_uint_eq(f.subject.port, 443);
	ck_assert_str_eq(f.about, "service 443/tcp in connections, usual 0-400");
	ck_assert_str_eq(f.rule.name, "baseline.above");
	ck_assert_int_eq(f.score, 1234);
	ck_assert_int_eq(f.threshold, 400);
	ck_assert_uint_eq(f.count, 5000);
	ck_assert_int_eq(f.window_ns, 900 * NS_PER_S);
	ck_assert_int_eq(f.first.ns, 100 * NS_PER_S);
	ck_assert_int_eq(f.at.ns, 1000 * NS_PER_S);
	ck_assert_uint_eq(f.n_ports, 1);
	ck_assert_uint_eq(f.src.family, FAMILY_NONE);
}
END_TEST

START_TEST(all_else_is_about_the_host)
{
	const char *texts[] = { "host", "link eth0", "proto udp in", "service 53/udp out", "service 80/tcp forward" };

	for (unsigned i = 0; i < 5; i++) {
		struct finding f = said(texts[i], OF_PACKETS_IN, 5000, false);

		ck_assert_uint_eq(f.subject.kind, SUBJECT_HOST);
		ck_assert_uint_eq(f.subject.port, 0);
		ck_assert_uint_eq(f.n_ports, 0);
	}
	ck_assert_str_eq(said("link eth0", OF_PACKETS_IN, 1, false).about, "link eth0 packets-in, usual 0-400");
}
END_TEST

START_TEST(by_the_slow_gate_the_score_is_a_multiple_of_the_usual)
{
	struct finding f = said("link eth0", OF_PACKETS_IN, 800, true);

	ck_assert_int_eq(f.score, 600); /* twice the gate, which stands at three times */
	ck_assert_int_eq(f.threshold, 300);
	ck_assert_str_eq(f.about, "link eth0 packets-in, usual 130 over weeks");
	ck_assert_int_eq(said("link eth0", OF_BYTES_IN, UINT64_MAX, true).score, INT32_MAX);
}
END_TEST

START_TEST(the_band_is_told_as_wide_below_as_above)
{
	struct departure d = { .measure = OF_CONNECTIONS, .value = 5210, .expected = 1089, .limit = 1369, .slots = 3 };
	struct finding f;

	ck_assert_int_eq(series_parse("service 443/tcp in", &d.id), 0);
	baseline_say(&d, &opts, (mono_t){ 100 * NS_PER_S }, (mono_t){ 1000 * NS_PER_S }, &f);
	ck_assert_str_eq(f.about, "service 443/tcp in connections, usual 841-1369");
	d.measure = OF_BYTES_OUT;
	d.value = d.expected = d.limit = UINT64_MAX;
	ck_assert_int_eq(series_parse("service 65535/sctp forward", &d.id), 0);
	baseline_say(&d, &opts, (mono_t){ 100 * NS_PER_S }, (mono_t){ 1000 * NS_PER_S }, &f);
	ck_assert_str_eq(f.about, "service 65535/sctp forward bytes-out, usual 999999999-999999999");
}
END_TEST

START_TEST(counts_stop_at_their_end_and_states_are_whole_sockets)
{
	ck_assert_uint_eq(said("link eth0", OF_BYTES_IN, UINT64_MAX, false).count, UINT32_MAX);
	ck_assert_uint_eq(said("link eth0", OF_BYTES_IN, 4096, false).count, 4); /* KiB */
	ck_assert_uint_eq(said("host", OF_ESTABLISHED, 12345, false).count, 123);
	ck_assert_uint_eq(said("host", OF_CLOSE_WAIT, 12345, false).count, 123);
	ck_assert_uint_eq(said("host", OF_SOURCES, 12345, false).count, 12345);
}
END_TEST

START_TEST(a_name_that_does_not_fit_is_cut_and_ends)
{
	struct finding f = said("link \\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff", OF_BYTES_IN, 1, true);

	ck_assert_uint_lt(strlen(f.about), FINDING_ABOUT);
	ck_assert_int_eq(strncmp(f.about, "link \\xff", 9), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("baseline_say");
	TCase *tc = tcase_create("baseline_say");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, a_service_of_ours_is_the_subject_of_its_series);
	tcase_add_test(tc, all_else_is_about_the_host);
	tcase_add_test(tc, by_the_slow_gate_the_score_is_a_multiple_of_the_usual);
	tcase_add_test(tc, the_band_is_told_as_wide_below_as_above);
	tcase_add_test(tc, counts_stop_at_their_end_and_states_are_whole_sockets);
	tcase_add_test(tc, a_name_that_does_not_fit_is_cut_and_ends);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
