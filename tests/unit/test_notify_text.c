/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stored events into what decides and into lines: whatever is in them, a line stays one line of harmless letters. */
#include "codec/notify_text.h"

#include <check.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *parse(const char *text)
{
	json_error_t why;
	json_t *o = json_loads(text, 0, &why);

	ck_assert_msg(o != NULL, "%s: %s", text, why.text);
	return o;
}

static struct notify_event decide(const char *text)
{
	json_t *o = parse(text);
	struct notify_event e = { .severity = 99 };

	ck_assert_msg(notify_of_json(o, &e), "%s", text);
	json_decref(o);
	return e;
}

START_TEST(findings_have_their_severity)
{
	struct notify_event e = decide("{\"event_type\":\"alert\",\"alert\":{\"severity\":2},"
		"\"tidegate\":{\"incident\":\"T-1\"}}");

	ck_assert_int_eq(e.kind, NOTIFY_FINDING);
	ck_assert_uint_eq(e.severity, 2);
	/* What it does not say is taken for grave. */
	ck_assert_uint_eq(decide("{\"event_type\":\"alert\"}").severity, 1);
	ck_assert_uint_eq(decide("{\"event_type\":\"alert\",\"alert\":{\"severity\":-5}}").severity, 1);
	ck_assert_uint_eq(decide("{\"event_type\":\"alert\",\"alert\":{\"severity\":256}}").severity, 255);
}
END_TEST

START_TEST(every_word_of_an_event_has_its_kind)
{
	static const struct {
		const char *word;
		enum notify_kind kind;
	} all[] = { { "block", NOTIFY_BLOCK }, { "refuse", NOTIFY_REFUSE }, { "unblock", NOTIFY_END },
		{ "expire", NOTIFY_END }, { "step-down", NOTIFY_END }, { "mode", NOTIFY_MODE },
		{ "reload", NOTIFY_RELOAD }, { "notice", NOTIFY_NOTICE }, { "alarm", NOTIFY_ALARM } };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		char text[128];

		snprintf(text, sizeof(text), "{\"event_type\":\"tidegate\",\"tidegate\":{\"event\":\"%s\"}}", all[i].word);
		ck_assert_int_eq(decide(text).kind, all[i].kind);
		ck_assert_uint_eq(decide(text).severity, 0);
	}
}
END_TEST

START_TEST(one_incident_has_one_key_for_each_kind)
{
	const char *finding = "{\"event_type\":\"alert\",\"timestamp\":\"a\",\"tidegate\":{\"incident\":\"T-1\"}}";
	const char *later = "{\"event_type\":\"alert\",\"timestamp\":\"b\",\"tidegate\":{\"incident\":\"T-1\"}}";
	const char *other = "{\"event_type\":\"alert\",\"tidegate\":{\"incident\":\"T-2\"}}";
	const char *block = "{\"event_type\":\"tidegate\",\"tidegate\":{\"event\":\"block\",\"incident\":\"T-1\"}}";
	const char *disk = "{\"event_type\":\"tidegate\",\"tidegate\":{\"event\":\"alarm\",\"text\":\"disk\"}}";
	const char *budget = "{\"event_type\":\"tidegate\",\"tidegate\":{\"event\":\"alarm\",\"text\":\"budget\"}}";
	const char *mode = "{\"event_type\":\"tidegate\",\"tidegate\":{\"event\":\"mode\",\"text\":\"now enforce\"}}";

	ck_assert_uint_eq(decide(finding).key, decide(later).key);
	ck_assert_uint_ne(decide(finding).key, decide(other).key);
	ck_assert_uint_ne(decide(finding).key, decide(block).key);
	ck_assert_uint_ne(decide(disk).key, decide(budget).key);
	ck_assert_uint_eq(decide(mode).key, 0); /* each is told */
	ck_assert_uint_le(decide(finding).key, INT64_MAX);
}
END_TEST

START_TEST(what_is_no_event_of_ours_is_none)
{
	static const char *const others[] = { "{}", "[]", "[1]", "{\"event_type\":7}", "{\"event_type\":\"flow\"}",
		"{\"event_type\":\"tidegate\"}", "{\"event_type\":\"tidegate\",\"tidegate\":[]}",
		"{\"event_type\":\"tidegate\",\"tidegate\":{\"event\":\"dance\"}}",
		"{\"event_type\":\"tidegate-message\",\"tidegate\":{\"event\":\"block\"}}" };

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		json_t *o = parse(others[i]);
		struct notify_event e;

		ck_assert_msg(!notify_of_json(o, &e), "%s", others[i]);
		json_decref(o);
	}
}
END_TEST

static bool harmless(const char *s)
{
	for (; *s; s++)
		if (!isprint((unsigned char)*s) || *s == '"')
			return false;
	return true;
}

START_TEST(no_word_from_outside_ends_a_line_or_quotes)
{
	json_t *o = parse("{\"timestamp\":\"now\\nBcc: all@example.net\",\"event_type\":\"alert\","
		"\"alert\":{\"severity\":1,\"signature\":\"x\\r\\n.\\r\\nMAIL FROM\"},"
		"\"tidegate\":{\"subject\":\"\\\"; reboot; \\\"\",\"text\":\"\\u001b]0;title\\u0007 \\u202e\","
		"\"served_by\":\"evil\\nname\",\"decision\":\"drop\",\"incident\":\"T-1\"}}");
	char line[NOTIFY_LINE];
	size_t len = notify_line(o, line);

	ck_assert_uint_eq(len, strlen(line));
	ck_assert_msg(harmless(line), "%s", line);
	ck_assert_ptr_nonnull(strstr(line, "\\x0aBcc"));
	ck_assert_ptr_nonnull(strstr(line, "decision drop"));
	json_decref(o);
}
END_TEST

START_TEST(a_line_is_bounded_whatever_is_in_it)
{
	json_t *o = json_object(), *ours = json_object();
	char line[NOTIFY_LINE], *big = malloc(9000);

	memset(big, '\n', 8999);
	big[8999] = '\0';
	json_object_set_new(o, "event_type", json_string("tidegate"));
	json_object_set_new(ours, "text", json_string(big));
	json_object_set_new(ours, "event", json_string(big));
	json_object_set_new(o, "tidegate", ours);
	ck_assert_uint_lt(notify_line(o, line), NOTIFY_LINE);
	ck_assert(harmless(line));
	json_decref(o);
	free(big);
}
END_TEST

START_TEST(a_name_for_the_environment_is_letters_alone)
{
	char out[12];

	notify_plain("web-1.ex ample\n$(id)`", out, sizeof(out));
	ck_assert_str_eq(out, "web-1.examp");
	notify_plain("\n", out, sizeof(out));
	ck_assert_str_eq(out, "");
}
END_TEST

START_TEST(the_first_line_tells_what_the_bounds_cost)
{
	struct notify_head h = { .host = "web\n1", .timestamp = "t", .cursor = "ab:7", .number = 3, .missed = 1,
		.counts = { .events = 2, .repeated = 5, .left_out = 9, .severity = 1 } };
	json_t *o = notify_head_json(&h), *ours = json_object_get(o, "tidegate");
	char *text = json_dumps(o, JSON_COMPACT);

	ck_assert_str_eq(json_string_value(json_object_get(ours, "cursor")), "ab:7");
	ck_assert_int_eq(json_integer_value(json_object_get(ours, "events")), 2);
	ck_assert_int_eq(json_integer_value(json_object_get(ours, "repeated")), 5);
	ck_assert_int_eq(json_integer_value(json_object_get(ours, "left_out")), 9);
	ck_assert_int_eq(json_integer_value(json_object_get(ours, "missed")), 1);
	ck_assert_ptr_null(strchr(text, '\n'));
	free(text);
	json_decref(o);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("notify_text");
	TCase *t = tcase_create("events");
	SRunner *r;
	int failed;

	tcase_add_test(t, findings_have_their_severity);
	tcase_add_test(t, every_word_of_an_event_has_its_kind);
	tcase_add_test(t, one_incident_has_one_key_for_each_kind);
	tcase_add_test(t, what_is_no_event_of_ours_is_none);
	tcase_add_test(t, no_word_from_outside_ends_a_line_or_quotes);
	tcase_add_test(t, a_line_is_bounded_whatever_is_in_it);
	tcase_add_test(t, a_name_for_the_environment_is_letters_alone);
	tcase_add_test(t, the_first_line_tells_what_the_bounds_cost);
	suite_add_tcase(suite, t);
	r = srunner_create(suite);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
