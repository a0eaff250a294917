/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files are replaced whole or not at all, and nothing that is no file is. */
#include "edge/replace.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"

static char top[64], folder[96];
static char why[WHY_TEXT];

static void begin(void)
{
	strcpy(top, "/tmp/tidegate-replace-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(top));
	snprintf(folder, sizeof(folder), "%s/conf.d", top);
}

static void end(void)
{
	char line[128];

	snprintf(line, sizeof(line), "rm -rf %s", top);
	ck_assert_int_eq(system(line), 0); /* NOLINT(cert-env33-c) */
}

static const char *path(const char *name)
{
	static char out[160];

	snprintf(out, sizeof(out), "%s/%s", folder, name);
	return out;
}

static const char *held(const char *name)
{
	static char text[64];
	FILE *f = fopen(path(name), "r");

	if (!f)
		return "(none)";
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	return text;
}

static int put(const char *text)
{
	return replace_file(folder, "x.conf", text, strlen(text), why);
}

START_TEST(folder_and_file_are_made_for_all_to_read)
{
	struct stat st;
	mode_t before = umask(077);

	ck_assert_int_eq(put("one"), 0);
	umask(before);
	ck_assert_str_eq(held("x.conf"), "one");
	ck_assert_str_eq(held("x.conf.bak"), "(none)");
	ck_assert_int_eq(stat(path("x.conf"), &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0644);
}
END_TEST

START_TEST(the_old_one_stays_beside_it)
{
	ck_assert_int_eq(put("one"), 0);
	ck_assert_int_eq(put("two"), 0);
	ck_assert_int_eq(put("three"), 0);
	ck_assert_str_eq(held("x.conf"), "three");
	ck_assert_str_eq(held("x.conf.bak"), "two");
	ck_assert_str_eq(held(".x.conf.new"), "(none)");
}
END_TEST

START_TEST(what_an_interrupted_run_left_is_no_trouble)
{
	FILE *f;

	ck_assert_int_eq(put("one"), 0);
	f = fopen(path(".x.conf.new"), "w");
	fputs("half of", f);
	fclose(f);
	ck_assert_int_eq(put("two"), 0);
	ck_assert_str_eq(held("x.conf"), "two");
	ck_assert_str_eq(held(".x.conf.new"), "(none)");
}
END_TEST

START_TEST(a_link_is_neither_followed_nor_replaced)
{
	char target[160];

	ck_assert_int_eq(put("one"), 0);
	snprintf(target, sizeof(target), "%s/victim", top);
	unlink(path("x.conf"));
	ck_assert_int_eq(symlink(target, path("x.conf")), 0);
	ck_assert_int_eq(put("two"), ERR_IO);
	ck_assert_str_eq(why, "x.conf is no regular file: it is left alone");
	ck_assert_int_ne(access(target, F_OK), 0);
	ck_assert_str_eq(held(".x.conf.new"), "(none)");
	ck_assert_int_eq(symlink(target, path(".x.conf.new")), 0);
	unlink(path("x.conf"));
	ck_assert_int_eq(put("three"), 0);
	ck_assert_int_ne(access(target, F_OK), 0);
}
END_TEST

START_TEST(without_a_parent_nothing_is_made)
{
	snprintf(folder, sizeof(folder), "%s/no/conf.d", top);
	ck_assert_int_eq(put("one"), ERR_IO);
	ck_assert(strstr(why, "cannot make the folder") != NULL);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("replace");
	TCase *c = tcase_create("replace");

	tcase_add_checked_fixture(c, begin, end);

	tcase_add_test(c, folder_and_file_are_made_for_all_to_read);
	tcase_add_test(c, the_old_one_stays_beside_it);
	tcase_add_test(c, what_an_interrupted_run_left_is_no_trouble);
	tcase_add_test(c, a_link_is_neither_followed_nor_replaced);
	tcase_add_test(c, without_a_parent_nothing_is_made);
	suite_add_tcase(s, c);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
