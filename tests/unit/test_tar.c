/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Headers as POSIX draws them; that tar itself reads them is for the lab. */
#include "codec/tar.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

START_TEST(a_header_has_name_size_and_a_sum_that_fits)
{
	uint8_t h[TAR_BLOCK];
	unsigned sum = 0;

	ck_assert_int_eq(tar_header("a/b.txt", 8 * 8 + 1, 1000, h), 0);
	ck_assert_str_eq((const char *)h, "a/b.txt");
	ck_assert_str_eq((const char *)h + 124, "00000000101");
	ck_assert(memcmp(h + 257, "ustar\00000", 8) == 0);
	for (size_t i = 0; i < TAR_BLOCK; i++)
		sum += i >= 148 && i < 156 ? ' ' : h[i];
	ck_assert_uint_eq(strtoul((const char *)h + 148, NULL, 8), sum);
}
END_TEST

START_TEST(what_does_not_fit_is_refused)
{
	uint8_t h[TAR_BLOCK];
	char name[TAR_NAME + 1];

	memset(name, 'n', sizeof(name));
	name[TAR_NAME] = '\0';
	ck_assert_int_eq(tar_header(name, 1, 1, h), ERR_RANGE);
	name[TAR_NAME - 1] = '\0';
	ck_assert_int_eq(tar_header(name, 1, 1, h), 0);
	ck_assert_int_eq(tar_header("x", UINT64_C(1) << 33, 1, h), ERR_RANGE);
}
END_TEST

START_TEST(files_are_filled_up_to_a_block)
{
	ck_assert_uint_eq(tar_fill(0), 0);
	ck_assert_uint_eq(tar_fill(1), 511);
	ck_assert_uint_eq(tar_fill(512), 0);
	ck_assert_uint_eq(tar_fill(513), 511);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("tar");
	TCase *c = tcase_create("tar");

	tcase_add_test(c, a_header_has_name_size_and_a_sum_that_fits);
	tcase_add_test(c, what_does_not_fit_is_refused);
	tcase_add_test(c, files_are_filled_up_to_a_block);
	suite_add_tcase(s, c);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
