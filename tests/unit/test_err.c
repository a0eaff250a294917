/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words of the results.
 */
#include "base/err.h"

#include <check.h>
#include <string.h>

START_TEST(each_result_has_its_own_words)
{
	for (int i = 0; i >= ERR_GUARDED; i--) {
		ck_assert_str_ne(err_text(i), "unknown error");
		for (int j = 0; j > i; j--)
			ck_assert_str_ne(err_text(i), err_text(j));
	}
}
END_TEST

START_TEST(a_number_that_is_no_result_has_words_too)
{
	ck_assert_str_eq(err_text(1), "unknown error");
	ck_assert_str_eq(err_text(ERR_GUARDED - 1), "unknown error");
	ck_assert_str_eq(err_text(-2147483647 - 1), "unknown error");
}
END_TEST

static TCase *words(void)
{
	TCase *t = tcase_create("words");

	tcase_add_test(t, each_result_has_its_own_words);
	tcase_add_test(t, a_number_that_is_no_result_has_words_too);
	return t;
}

int main(void)
{
	Suite *s = suite_create("err");
	SRunner *r;
	int failed;

	suite_add_tcase(s, words());
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
