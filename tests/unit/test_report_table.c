/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A bounded table keeps those that were there most, whoever comes first, and counts what it let go. */
#include "app/report_table.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

struct row {
	char name[REPORT_NAME];
	uint64_t n;
};

static struct hash_key key;
static struct report_table *t;

static uint64_t worth(const void *row)
{
	return ((const struct row *)row)->n;
}

static void setup(void)
{
	struct report_table_opts o = { sizeof(struct row), 16, worth, &key };

	hash_key_from_seed(&key, 7);
	ck_assert_int_eq(report_table_create(&t, &o), 0);
}

static void teardown(void)
{
	report_table_destroy(t);
	report_table_destroy(NULL);
}

static void count(const char *name)
{
	struct row *r = report_table_at(t, name);

	r->n++;
}

START_TEST(the_same_name_is_one_row)
{
	count("a");
	count("b");
	count("a");
	ck_assert_uint_eq(report_table_count(t), 2);
	ck_assert_uint_eq(((struct row *)report_table_find(t, "a"))->n, 2);
	ck_assert_ptr_null(report_table_find(t, "c"));
}
END_TEST

START_TEST(most_comes_first_and_equals_by_name)
{
	count("b");
	count("a");
	count("c");
	count("c");
	report_table_sort(t);
	ck_assert_str_eq(report_table_row(t, 0), "c");
	ck_assert_str_eq(report_table_row(t, 1), "a");
	ck_assert_str_eq(report_table_row(t, 2), "b");
	ck_assert_uint_eq(((struct row *)report_table_find(t, "b"))->n, 1); /* found where it is now */
}
END_TEST

/* As a scan from a thousand forged addresses would have it. */
START_TEST(a_crowd_of_strangers_does_not_hide_who_comes_late_and_often)
{
	char name[32];
	uint64_t gone, lost;

	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "stranger %d", i);
		count(name);
		if (i >= 500)
			count("late");
	}
	report_table_sort(t);
	ck_assert_str_eq(report_table_row(t, 0), "late");
	ck_assert_uint_eq(((struct row *)report_table_row(t, 0))->n, 500);
	ck_assert_uint_le(report_table_count(t), 16);
	gone = report_table_gone(t, &lost);
	ck_assert_uint_eq(gone + report_table_count(t), 1001);
	ck_assert_uint_eq(lost, gone); /* each was seen once */
}
END_TEST

START_TEST(a_long_name_is_cut_and_stays_one_row)
{
	char name[3 * REPORT_NAME];

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	count(name);
	count(name);
	ck_assert_uint_eq(report_table_count(t), 1);
	ck_assert_uint_eq(strlen(report_table_row(t, 0)), REPORT_NAME - 1);
	ck_assert_ptr_nonnull(report_table_find(t, name));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("report_table");
	TCase *c = tcase_create("rows");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, the_same_name_is_one_row);
	tcase_add_test(c, most_comes_first_and_equals_by_name);
	tcase_add_test(c, a_crowd_of_strangers_does_not_hide_who_comes_late_and_often);
	tcase_add_test(c, a_long_name_is_cut_and_stays_one_row);
	suite_add_tcase(s, c);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
