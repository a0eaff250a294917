/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words for how a measure fares.
 */
#include "core/bite.h"

#include <check.h>
#include <string.h>

START_TEST(what_no_packet_tested_is_not_said_to_hold)
{
	enum bite nothing = { 0 };

	ck_assert_str_eq(bite_name(nothing), "not yet tested");
	ck_assert_str_eq(bite_name(BITE_HOLDS), "holds");
	ck_assert_str_eq(bite_name(BITE_LEAKS), "leaks");
	ck_assert_str_eq(bite_name((enum bite)9), "unknown");
}
END_TEST

START_TEST(each_way_around_has_a_word_and_a_text_of_its_own)
{
	for (int i = LEAK_NONE; i <= LEAK_UNKNOWN; i++)
		for (int k = LEAK_NONE; k < i; k++) {
			ck_assert_str_ne(leak_name((enum leak)i), leak_name((enum leak)k));
			ck_assert_str_ne(leak_text((enum leak)i), leak_text((enum leak)k));
		}
	ck_assert_str_eq(leak_name((enum leak)99), "unknown");
	ck_assert_str_eq(leak_text((enum leak)99), leak_text(LEAK_UNKNOWN));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("bite");
	TCase *c = tcase_create("bite");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(c, what_no_packet_tested_is_not_said_to_hold);
	tcase_add_test(c, each_way_around_has_a_word_and_a_text_of_its_own);
	suite_add_tcase(s, c);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
