/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/unit.h"

#include <check.h>
#include <stdbool.h>
#include <string.h>

START_TEST(what_is_drawn_anew_is_left_out)
{
	static const struct {
		const char *one, *other;
		bool same;
	} rows[] = {
		{ "session-3.scope", "session-c12.scope", true },
		{ "run-u17.service", "run-u18.service", true },
		{ "app-firefox-1234.scope", "app-firefox-99.scope", true },
		{ "app-firefox-1234.scope", "app-thunderbird-1234.scope", false },
		{ "ssh@3-192.0.2.1:22-198.51.100.7:4711.service", "ssh@4-192.0.2.1:22-203.0.113.1:80.service", true },
		{ "ssh@3.service", "ssh.service", false },
		{ "docker-0123456789abcdef0123456789.scope", "docker-f00dfeedf00dfeedf00dfeed01.scope", true },
		{ "backup.service", "backups.service", false },
		{ "user@1000.service/app.slice", "user@1000.service/background.slice", false },
		{ "", "a.service", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char one[UNIT_NAME], other[UNIT_NAME];

		unit_steady(rows[i].one, one);
		unit_steady(rows[i].other, other);
		ck_assert_msg((strcmp(one, other) == 0) == rows[i].same, "%s, %s", one, other);
	}
}
END_TEST

START_TEST(people_still_know_it)
{
	char out[UNIT_NAME];

	unit_steady("ssh@3-192.0.2.1:22.service", out);
	ck_assert_str_eq(out, "ssh@*.service");
	unit_steady("session-c2.scope", out);
	ck_assert_str_eq(out, "session-*.scope");
	unit_steady("apache2.service", out);
	ck_assert_str_eq(out, "apache2.service");
	unit_steady("", out);
	ck_assert_str_eq(out, "");
}
END_TEST

START_TEST(a_name_without_an_end_is_cut)
{
	char unit[300], out[UNIT_NAME];

	memset(unit, '@', sizeof(unit) - 1);
	unit[sizeof(unit) - 1] = '\0';
	unit_steady(unit, out);
	ck_assert_uint_lt(strlen(out), UNIT_NAME);
	memset(unit, '1', sizeof(unit) - 1);
	unit_steady(unit, out);
	ck_assert_str_eq(out, "*");
	memset(unit, 'u', sizeof(unit) - 1);
	unit_steady(unit, out);
	ck_assert_uint_eq(strlen(out), UNIT_NAME - 1);
}
END_TEST

START_TEST(a_user_and_his_unit_are_one_key)
{
	struct hash_key key;
	char long_name[2 * UNIT_NAME];

	hash_key_from_seed(&key, 1);
	memset(long_name, 'u', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	ck_assert_uint_eq(unit_hash(&key, 33, "ssh.service"), unit_hash(&key, 33, "ssh.service"));
	ck_assert_uint_ne(unit_hash(&key, 33, "ssh.service"), unit_hash(&key, 34, "ssh.service"));
	ck_assert_uint_ne(unit_hash(&key, 33, "ssh.service"), unit_hash(&key, 33, ""));
	ck_assert_uint_eq(unit_hash(&key, 0, long_name), unit_hash(&key, 0, long_name + UNIT_NAME));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("unit");
	TCase *c = tcase_create("unit");
	SRunner *runner;
	int failed;

	tcase_add_test(c, what_is_drawn_anew_is_left_out);
	tcase_add_test(c, people_still_know_it);
	tcase_add_test(c, a_name_without_an_end_is_cut);
	tcase_add_test(c, a_user_and_his_unit_are_one_key);
	suite_add_tcase(suite, c);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed;
}
