/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/domain.h"

#include <check.h>
#include <stdlib.h>

START_TEST(two_labels_are_a_domain)
{
	ck_assert_str_eq(domain_registered("www.a.example.net"), "example.net");
	ck_assert_str_eq(domain_registered("example.net"), "example.net");
}
END_TEST

START_TEST(below_a_known_suffix_it_takes_one_more)
{
	ck_assert_str_eq(domain_registered("www.example.co.uk"), "example.co.uk");
	ck_assert_str_eq(domain_registered("a.mallory.github.io"), "mallory.github.io");
	ck_assert_str_eq(domain_registered("x.bucket.s3.amazonaws.com"), "bucket.s3.amazonaws.com");
}
END_TEST

START_TEST(what_only_ends_like_a_suffix_is_none)
{
	ck_assert_str_eq(domain_registered("www.taco.uk"), "taco.uk");
	ck_assert_str_eq(domain_registered("a.notgithub.io"), "notgithub.io");
}
END_TEST

START_TEST(a_suffix_one_label_and_nothing_come_out_whole)
{
	ck_assert_str_eq(domain_registered("co.uk"), "co.uk");
	ck_assert_str_eq(domain_registered("printer"), "printer");
	ck_assert_str_eq(domain_registered(""), "");
}
END_TEST

START_TEST(dots_where_none_belong_do_no_harm)
{
	ck_assert_str_eq(domain_registered("."), ".");
	ck_assert_str_eq(domain_registered(".."), ".");
	ck_assert_str_eq(domain_registered("a..b"), ".b");
	ck_assert_str_eq(domain_registered(".co.uk"), ".co.uk");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("domain");
	TCase *c = tcase_create("domain");
	SRunner *runner;
	int failed;

	tcase_add_test(c, two_labels_are_a_domain);
	tcase_add_test(c, below_a_known_suffix_it_takes_one_more);
	tcase_add_test(c, what_only_ends_like_a_suffix_is_none);
	tcase_add_test(c, a_suffix_one_label_and_nothing_come_out_whole);
	tcase_add_test(c, dots_where_none_belong_do_no_harm);
	suite_add_tcase(suite, c);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
