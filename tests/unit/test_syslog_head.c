/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Heads of syslog messages, in both forms. */
#include "codec/syslog_head.h"

#include <check.h>
#include <string.h>

#define AT INT64_C(1790000000000006000) /* 2026-09-21T14:13:20.000006Z */

static char out[SYSLOG_HEAD];

START_TEST(as_linux_daemons_read_it_with_local_time)
{
	struct syslog_sender s = { .facility = 10, .host = "web-1", .pid = 812 };

	ck_assert_uint_eq(syslog_head(&s, 4, "finding", (wall_t){ AT }, 7200, out), strlen(out));
	ck_assert_str_eq(out, "<84>Sep 21 16:13:20 tidegated[812]: ");
	syslog_head(&s, 6, "finding", (wall_t){ 0 }, -3600, out);
	ck_assert_str_eq(out, "<86>Dec 31 23:00:00 tidegated[812]: ");
	syslog_head(&s, 6, "finding", (wall_t){ 86400 * NS_PER_S }, 0, out);
	ck_assert_str_eq(out, "<86>Jan  2 00:00:00 tidegated[812]: ");
}
END_TEST

START_TEST(rfc_5424_with_utc)
{
	struct syslog_sender s = { .form = SYSLOG_5424, .facility = 23, .host = "web-1", .pid = 812 };

	syslog_head(&s, 2, "alarm", (wall_t){ AT }, 7200, out);
	ck_assert_str_eq(out, "<186>1 2026-09-21T14:13:20.000006Z web-1 tidegated 812 alarm - ");
}
END_TEST

START_TEST(a_strange_host_name_moves_no_field)
{
	struct syslog_sender s = { .form = SYSLOG_5424, .host = "a b\nc", .pid = 1 };
	char longest[300];

	syslog_head(&s, 6, "notice", (wall_t){ AT }, 0, out);
	ck_assert_ptr_nonnull(strstr(out, "Z abc tidegated "));
	s.host = "\n";
	syslog_head(&s, 6, "notice", (wall_t){ AT }, 0, out);
	ck_assert_ptr_nonnull(strstr(out, "Z - tidegated "));
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	s.host = longest;
	ck_assert_uint_lt(syslog_head(&s, 6, "step-down", (wall_t){ AT }, 0, out), SYSLOG_HEAD - 1);
	ck_assert_ptr_nonnull(strstr(out, "x tidegated 1 step-down - "));
}
END_TEST

START_TEST(what_is_graver_has_the_smaller_number)
{
	struct event alarm = { .kind = EVENT_ALARM }, light = { .kind = EVENT_FINDING }, end = { .kind = EVENT_ENDED };

	light.finding.rule.severity = 3;
	ck_assert_uint_eq(syslog_severity(&alarm), 2);
	ck_assert_uint_eq(syslog_severity(&light), 5);
	light.finding.rule.severity = 1;
	ck_assert_uint_eq(syslog_severity(&light), 4);
	ck_assert_uint_eq(syslog_severity(&end), 6);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("syslog_head");
	TCase *t = tcase_create("forms");
	SRunner *r;
	int failed;

	tcase_add_test(t, as_linux_daemons_read_it_with_local_time);
	tcase_add_test(t, rfc_5424_with_utc);
	tcase_add_test(t, a_strange_host_name_moves_no_field);
	tcase_add_test(t, what_is_graver_has_the_smaller_number);
	suite_add_tcase(suite, t);
	r = srunner_create(suite);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
