/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables of verbs and options hold together. */
#include "app/ctl.h"

#include <check.h>
#include <string.h>

START_TEST(no_two_options_share_a_bit_a_name_or_a_letter)
{
	const struct ctl_option_row *a, *b;

	for (size_t i = 0; (a = ctl_option_at(i)) != NULL; i++)
		for (size_t j = 0; j < i; j++) {
			b = ctl_option_at(j);
			ck_assert_msg(!(a->bit & b->bit), "--%s and --%s share a bit", a->name, b->name);
			ck_assert_str_ne(a->name, b->name);
			ck_assert_msg(!a->letter || a->letter != b->letter, "--%s and --%s share -%c", a->name, b->name, a->letter);
		}
}
END_TEST

START_TEST(each_option_of_a_verb_has_a_row)
{
	const struct ctl_option_row *r;
	const struct ctl_verb *v;
	ctl_option known = 0;

	for (size_t i = 0; (r = ctl_option_at(i)) != NULL; i++)
		known |= r->bit;
	for (size_t i = 0; (v = ctl_verb_at(i)) != NULL; i++)
		ck_assert_msg(!(v->options & ~known), "%s takes an option without a row", v->name);
}
END_TEST

START_TEST(each_option_is_for_some_verb_or_for_all)
{
	const struct ctl_option_row *r;
	const struct ctl_verb *v;
	ctl_option taken = 0;

	for (size_t i = 0; (v = ctl_verb_at(i)) != NULL; i++)
		taken |= v->options;
	for (size_t i = 0; (r = ctl_option_at(i)) != NULL; i++)
		ck_assert_msg(!r->bit || taken & r->bit, "--%s is for no verb", r->name);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ctl_options");
	TCase *tc = tcase_create("ctl_options");

	tcase_add_test(tc, no_two_options_share_a_bit_a_name_or_a_letter);
	tcase_add_test(tc, each_option_of_a_verb_has_a_row);
	tcase_add_test(tc, each_option_is_for_some_verb_or_for_all);
	suite_add_tcase(s, tc);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
