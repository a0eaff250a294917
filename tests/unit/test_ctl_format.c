/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tool prints of what the daemon says: counts that fit their column, trials in
 * words, and nothing that moves a terminal's cursor.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "app/ctl.h"

START_TEST(short_counts_fit_eight_columns_and_lose_no_magnitude)
{
	static const struct {
		int64_t n;
		const char *text;
	} cases[] = {
		{ 0, "0" },
		{ 99999, "99999" },
		{ 100000, "100k" },
		{ 999999, "1000k" },
		{ 1234567, "1.23M" },
		{ 12345678, "12.3M" },
		{ 987654321098, "988G" },
		{ INT64_MAX, "9.22E" },
	};
	char out[FORMAT_TEXT];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_str_eq(format_short(cases[i].n, out), cases[i].text);
}
END_TEST

START_TEST(bytes_have_three_digits_and_a_unit)
{
	static const struct {
		uint64_t n;
		const char *text;
	} cases[] = {
		{ 0, "0 B" },
		{ 999, "999 B" },
		{ 1000, "1.00 kB" },
		{ 9994, "9.99 kB" },
		{ 9995, "10.0 kB" },
		{ 99949, "99.9 kB" },
		{ 99950, "100 kB" },
		{ 999499, "999 kB" },
		{ 999500, "1.00 MB" },
		{ UINT64_C(31200000000), "31.2 GB" },
		{ UINT64_MAX, "18.4 EB" },
	};
	char out[FORMAT_TEXT];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_str_eq(format_bytes(cases[i].n, out), cases[i].text);
}
END_TEST

START_TEST(the_first_of_the_locales_that_says_something_counts)
{
	unsetenv("LC_ALL");
	setenv("LC_CTYPE", "", 1);
	setenv("LANG", "de_AT.UTF-8", 1);
	ck_assert(ctl_utf8());
	setenv("LC_CTYPE", "C", 1);
	ck_assert(!ctl_utf8());
	setenv("LC_ALL", "en_US.utf8", 1);
	ck_assert(ctl_utf8());
}
END_TEST

START_TEST(a_trial_is_told_with_its_time_and_its_way_back)
{
	char out[2 * FORMAT_TEXT];
	json_t *o = json_pack("{s:s, s:i}", "back_to", "detect", "left_s", 492);

	ck_assert_str_eq(ctl_trial_text(o, out), "back to detect in 8m12s unless confirmed");
	json_decref(o);
}
END_TEST

/* What is no answer of ours must not overrun the line it is put into. */
START_TEST(a_trial_out_of_all_bounds_is_cut)
{
	char word[4096];
	char out[2 * FORMAT_TEXT];

	memset(word, 'x', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	json_t *o = json_pack("{s:s, s:I}", "back_to", word, "left_s",
		(json_int_t)INT32_MAX * 1000);
	ck_assert_uint_lt(strlen(ctl_trial_text(o, out)), sizeof(out));
	json_decref(o);
	ck_assert_str_eq(ctl_trial_text(NULL, out), "back to  in 0s unless confirmed");
}
END_TEST

START_TEST(strings_of_a_daemon_cannot_move_the_cursor)
{
	json_t *o = json_pack("{s:{s:[s]}}", "a", "b", "red \033[31m and \302\233 c1");

	ctl_tame(o);
	ck_assert_str_eq(json_string_value(json_array_get(field_get(o, "a.b"), 0)),
		"red ?[31m and ?? c1");
	json_decref(o);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ctl_format");
	TCase *c = tcase_create("ctl_format");

	tcase_add_test(c, short_counts_fit_eight_columns_and_lose_no_magnitude);
	tcase_add_test(c, bytes_have_three_digits_and_a_unit);
	tcase_add_test(c, the_first_of_the_locales_that_says_something_counts);
	tcase_add_test(c, a_trial_is_told_with_its_time_and_its_way_back);
	tcase_add_test(c, a_trial_out_of_all_bounds_is_cut);
	tcase_add_test(c, strings_of_a_daemon_cannot_move_the_cursor);
	suite_add_tcase(s, c);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
