/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each kind of finding as people read it.
 */
#include "codec/finding_text.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static char phrase[FINDING_TEXT];

static const char *said(struct finding f, const char *about)
{
	strcpy(f.about, about);
	finding_format(&f, phrase, sizeof(phrase));
	return phrase;
}

static struct finding of(enum finding_kind kind, uint32_t count, int64_t window_s)
{
	return (struct finding){ .kind = kind, .count = count, .window_ns = window_s * NS_PER_S };
}

START_TEST(what_was_counted_comes_with_its_time)
{
	ck_assert_str_eq(said(of(FINDING_SCAN, 6, 2), ""), "6 closed ports in 2 s");
	ck_assert_str_eq(said(of(FINDING_BRUTE, 8, 600), ""), "8 short sessions in 10m");
	ck_assert_str_eq(said(of(FINDING_BRUTE_SPREAD, 540, 3600), ""), "540 short sessions in 1h");
	ck_assert_str_eq(said(of(FINDING_SCAN, 6, 0), ""), "6 closed ports");
}
END_TEST

START_TEST(who_holds_connections_is_told_with_what_is_pressed)
{
	ck_assert_str_eq(said(of(FINDING_HOLD, 300, 12), "of 420 of 60 peers; accept queue filling"),
		"300 open connections in 12 s, of 420 of 60 peers; accept queue filling");
	ck_assert_str_eq(said(of(FINDING_SLOW, 90, 31), ""), "90 silent connections in 31 s");
	ck_assert_str_eq(said(of(FINDING_PILE, 70, 300), ""), "70 connections that our program leaves open in 5m");
}
END_TEST

START_TEST(a_surge_says_what_how_much_and_what_is_usual)
{
	ck_assert_str_eq(said(of(FINDING_VOLUME, 52340, 15), "link eth0 bytes-in, usual 120"),
		"link eth0 bytes-in 52340 KiB/s over 15 s, usual 120");
	ck_assert_str_eq(said(of(FINDING_VOLUME, 90000, 15), "udp packets-in, usual 40"),
		"udp packets-in 90000/s over 15 s, usual 40");
	ck_assert_str_eq(said(of(FINDING_VOLUME, UINT32_MAX, 15), "link eth0 bytes-in, usual 120"),
		"link eth0 bytes-in at least 4294967295 KiB/s over 15 s, usual 120");
}
END_TEST

START_TEST(a_mix_says_which_share_grew)
{
	ck_assert_str_eq(said(of(FINDING_MIX, 9000, 15), "udp of packets-in 62 %, usual 4 %"),
		"udp of packets-in 62 % over 15 s, usual 4 %");
}
END_TEST

START_TEST(a_comma_in_a_name_ends_nothing)
{
	ck_assert_str_eq(said(of(FINDING_VOLUME, 7, 15), "link a,usual9 bytes-in, usual 0"),
		"link a,usual9 bytes-in 7 KiB/s over 15 s, usual 0");
}
END_TEST

/* A name that its detector has escaped stays as it is. */
START_TEST(what_is_escaped_is_not_escaped_again)
{
	ck_assert_str_eq(said(of(FINDING_VOLUME, 1, 15), "link \\xff bytes-in, usual 0"),
		"link \\xff bytes-in 1 KiB/s over 15 s, usual 0");
}
END_TEST

/* However long it has lasted: the count is of five minutes. */
START_TEST(a_departure_from_the_baseline_says_so_of_five_minutes)
{
	ck_assert_str_eq(said(of(FINDING_BASELINE, 5210, 900), "service 443/tcp in connections, usual 800-1400"),
		"service 443/tcp in connections 5210 in 5 min, usual 800-1400");
	ck_assert_str_eq(said(of(FINDING_BASELINE, 5210, 900), "link eth0 bytes-in, usual 300 over weeks"),
		"link eth0 bytes-in 5210 KiB in 5 min, usual 300 over weeks");
	ck_assert_str_eq(said(of(FINDING_BASELINE, 5210, 900), "host sources"), "host sources 5210 in 5 min");
}
END_TEST

START_TEST(what_is_new_says_so)
{
	struct finding f = of(FINDING_NOVEL, 1, 10);

	f.subject.kind = SUBJECT_SERVICE;
	ck_assert_str_eq(said(f, ""), "served for the first time");
	ck_assert_str_eq(said(f, "nginx (pid 812)"), "served for the first time, nginx (pid 812)");
	f.subject.kind = SUBJECT_HOST;
	ck_assert_str_eq(said(f, "protocol 47, gre"), "protocol 47, gre for the first time");
}
END_TEST

START_TEST(no_interface_moves_the_terminal_with_its_name)
{
	ck_assert_str_eq(said(of(FINDING_VOLUME, 1, 15), "link \x1b[2J\n bytes-in, usual 0"),
		"link \\x1b[2J\\x0a bytes-in 1 KiB/s over 15 s, usual 0");
}
END_TEST

START_TEST(what_counts_nothing_says_what_it_is_about)
{
	struct finding f = of(FINDING_EXFIL, 1, 3600);

	strcpy(f.about, "200 MiB in 1h, usually 0");
	finding_format(&f, phrase, sizeof(phrase));
	ck_assert_str_eq(phrase, "200 MiB in 1h, usually 0");
	f = of(FINDING_EGRESS, 2, 86400);
	strcpy(f.about, "volume and new");
	finding_format(&f, phrase, sizeof(phrase));
	ck_assert_str_eq(phrase, "volume and new");
}
END_TEST

START_TEST(what_fills_all_its_room_fits)
{
	struct finding f = of(FINDING_NONE, UINT32_MAX, INT64_C(86400) * 365);

	memset(f.about, '\x01', sizeof(f.about));
	for (unsigned k = 0; k < FINDING_KINDS; k++) {
		f.kind = (enum finding_kind)k;
		finding_format(&f, phrase, sizeof(phrase));
		ck_assert_uint_lt(strlen(phrase), sizeof(phrase) - 1);
		ck_assert_uint_gt(strlen(phrase), 4 * sizeof(f.about) - 1);
	}
	finding_format(&f, phrase, 1);
	ck_assert_str_eq(phrase, "");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("finding_text");
	TCase *t = tcase_create("phrases");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(t, what_was_counted_comes_with_its_time);
	tcase_add_test(t, who_holds_connections_is_told_with_what_is_pressed);
	tcase_add_test(t, a_surge_says_what_how_much_and_what_is_usual);
	tcase_add_test(t, a_mix_says_which_share_grew);
	tcase_add_test(t, a_departure_from_the_baseline_says_so_of_five_minutes);
	tcase_add_test(t, what_is_escaped_is_not_escaped_again);
	tcase_add_test(t, a_comma_in_a_name_ends_nothing);
	tcase_add_test(t, what_is_new_says_so);
	tcase_add_test(t, no_interface_moves_the_terminal_with_its_name);
	tcase_add_test(t, what_counts_nothing_says_what_it_is_about);
	tcase_add_test(t, what_fills_all_its_room_fits);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
