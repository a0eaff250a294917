/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cursors of stored events: what is given back is what was given, and nothing else is one. */
#include "codec/event_cursor.h"

#include <check.h>
#include <string.h>

#include "base/err.h"

START_TEST(what_is_formatted_parses_to_the_same)
{
	static const int64_t ids[] = { 0, 1, 1042, INT64_MAX };

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		struct event_cursor c = { .name = "9f86d081884c7d65", .id = ids[i] }, back;
		char text[EVENT_CURSOR_TEXT];

		event_cursor_format(&c, text);
		ck_assert_int_eq(event_cursor_parse(text, &back), 0);
		ck_assert_str_eq(back.name, c.name);
		ck_assert_int_eq(back.id, c.id);
	}
}
END_TEST

START_TEST(the_cursor_of_no_file_is_the_empty_text)
{
	struct event_cursor c = { .name = "ab", .id = 7 };
	char text[EVENT_CURSOR_TEXT];

	ck_assert_int_eq(event_cursor_parse("", &c), 0);
	ck_assert_str_eq(c.name, "");
	event_cursor_format(&c, text);
	ck_assert_str_eq(text, "");
}
END_TEST

START_TEST(nothing_else_is_a_cursor)
{
	static const char *const wrong[] = { ":1", "ab", "ab:", "ab:x", "ab:-1", "ab: 1", "ab:1 ", "AB:1", "zz:1",
		"ab:9223372036854775808", "ab:1:2", "0123456789abcdef0123456789abcdef:1", "ab\n:1" };

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct event_cursor c = { .id = 5 };

		ck_assert_msg(event_cursor_parse(wrong[i], &c) == ERR_INVALID, "%s", wrong[i]);
		ck_assert_int_eq(c.id, 5);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("event_cursor");
	TCase *t = tcase_create("text");
	SRunner *r;
	int failed;

	tcase_add_test(t, what_is_formatted_parses_to_the_same);
	tcase_add_test(t, the_cursor_of_no_file_is_the_empty_text);
	tcase_add_test(t, nothing_else_is_a_cursor);
	suite_add_tcase(suite, t);
	r = srunner_create(suite);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
