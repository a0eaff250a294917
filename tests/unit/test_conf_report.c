/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The list of problems: its order, its bound, and its lines.
 */
#include "conf/report.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct conf_report report;

static void setup(void)
{
	memset(&report, 0, sizeof(report));
}

static struct conf_place at(const char *file, unsigned line)
{
	return (struct conf_place){ .file = file, .line = line };
}

/* The printed lines; the caller frees. */
static char *printed(void)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	ck_assert_ptr_nonnull(f);
	conf_check_print(&report, f);
	fclose(f);
	return text;
}

START_TEST(problems_stand_by_file_as_met_and_then_by_line)
{
	char *text;

	conf_error(&report, at("b", 7), "one");
	conf_warn(&report, at("a", 3), "two");
	conf_error(&report, at("b", 2), "three");
	conf_error(&report, at("b", 7), "four");
	conf_warn(&report, at("a", 0), "five %d", 5);
	text = printed();
	ck_assert_str_eq(text,
		"b:2: error: three\n"
		"b:7: error: one\n"
		"b:7: error: four\n"
		"a:1: warning: five 5\n"
		"a:3: warning: two\n");
	ck_assert_uint_eq(report.errors, 3);
	ck_assert_uint_eq(report.warnings, 2);
	free(text);
}
END_TEST

START_TEST(nothing_wrong_prints_nothing)
{
	char *text = printed();

	ck_assert_str_eq(text, "");
	free(text);
}
END_TEST

START_TEST(what_finds_no_room_is_counted_and_told)
{
	char *text;

	for (unsigned i = 0; i < CONF_PROBLEMS; i++)
		conf_warn(&report, at("a", i), "text");
	conf_error(&report, at("a", 1), "text");
	conf_error(&report, at("b", 1), "text");
	ck_assert_uint_eq(report.n, CONF_PROBLEMS);
	ck_assert_uint_eq(report.errors, 2); /* so that it does not load */
	text = printed();
	ck_assert_ptr_nonnull(strstr(text, "\nand 2 more problems\n"));
	free(text);
}
END_TEST

START_TEST(a_text_that_is_too_long_is_cut)
{
	char text[2 * CONF_PROBLEM_TEXT];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	conf_error(&report, at(text, 1), "%s", text);
	ck_assert_uint_eq(strlen(report.list[0].text), CONF_PROBLEM_TEXT - 1);
	ck_assert_uint_eq(strlen(report.list[0].file), CONF_PATH - 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("conf_report");
	TCase *tc = tcase_create("conf_report");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, problems_stand_by_file_as_met_and_then_by_line);
	tcase_add_test(tc, nothing_wrong_prints_nothing);
	tcase_add_test(tc, what_finds_no_room_is_counted_and_told);
	tcase_add_test(tc, a_text_that_is_too_long_is_cut);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed;
}
