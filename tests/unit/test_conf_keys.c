/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What --print-keys says of the schema. */
#include "conf/conf.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct conf scratch;
static char *text;

static void print(void)
{
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	ck_assert_ptr_nonnull(f);
	conf_print_keys(&scratch, f);
	fclose(f);
}

static void forget(void)
{
	free(text);
	text = NULL;
}

START_TEST(each_line_has_ten_fields)
{
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		size_t tabs = 0;

		for (const char *c = line; *c; c++)
			tabs += *c == '\t';
		ck_assert_msg(tabs == 9, "%s", line);
		ck_assert_msg(line[strlen(line) - 1] != '\t', "%s: it does not say what it means", line);
	}
}
END_TEST

START_TEST(numbers_times_and_words_come_as_files_write_them)
{
	ck_assert_ptr_nonnull(strstr(text, "\ndivert\tdead_man\ttime\t\t\"2s\"\t1s\t30s\t\t0\t"));
	ck_assert_ptr_nonnull(strstr(text, "\nstore\tmax_size_mib\tnumber\tMiB\t256\t1\t1048576\t\t0\t"));
	ck_assert_ptr_nonnull(strstr(text, "\nscan\tweight_completed\treal\tnats\t-1.56\t-20\t0\t\t0\t"));
	ck_assert_ptr_nonnull(strstr(text, "\tdivert\tsection\t"));
	ck_assert_ptr_nonnull(strstr(text, "\ndivert\tfail\tword\t\t\"open\"\t\t\topen|closed\t0\t"));
	ck_assert_ptr_nonnull(strstr(text, "\nguards\tnever_block\tprefix[]\t\t[]\t\t\t\t256\t"));
	ck_assert_ptr_nonnull(strstr(text, "\nreactions\tfor\ttime\t\t\"10m\"\t10s\t52w\tforever\t0\t"));
}
END_TEST

START_TEST(rules_come_by_name_with_what_is_theirs)
{
	ck_assert_ptr_nonnull(strstr(text, "\nrule scan.fast\tthreshold\treal\tnats\t15.2\t1\t500\t\t0\t"));
	ck_assert_ptr_nonnull(strstr(text, "\nrule\tsid\t"));
	ck_assert_ptr_nonnull(strstr(text, "\nrule rate.*\tports\tnumber[]\t"));
	ck_assert_ptr_null(strstr(text, "\nrule rate.*\tsid\t"));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("conf_keys");
	TCase *tc = tcase_create("conf_keys");

	tcase_add_checked_fixture(tc, print, forget);
	tcase_add_test(tc, each_line_has_ten_fields);
	tcase_add_test(tc, numbers_times_and_words_come_as_files_write_them);
	tcase_add_test(tc, rules_come_by_name_with_what_is_theirs);
	suite_add_tcase(s, tc);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
