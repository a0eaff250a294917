/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control protocol's lines: what is taken, what is refused and why, and that every
 * line we write we can read.
 */
#include "codec/ctl_msg.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"

static char why[160];

static int decode(const char *line, struct ctl_request *r)
{
	struct slice s = { .at = (const uint8_t *)line, .len = strlen(line) };

	why[0] = '\0';
	return ctl_request_decode(s, r, why, sizeof(why));
}

START_TEST(a_request_gives_its_verb_and_typed_arguments)
{
	struct ctl_request r;

	ck_assert_int_eq(decode("{\"v\":1,\"verb\":\"ban\",\"args\":{\"address\":\"::1\","
				"\"rate\":7,\"all\":true}}",
				 &r),
		0);
	ck_assert_str_eq(r.verb, "ban");
	ck_assert_str_eq(ctl_request_text(&r, "address"), "::1");
	ck_assert_int_eq(ctl_request_number(&r, "rate", 0), 7);
	ck_assert(ctl_request_true(&r, "all"));
}
END_TEST

START_TEST(an_argument_of_another_kind_is_not_there)
{
	struct ctl_request r;

	ck_assert_int_eq(
		decode("{\"v\":1,\"verb\":\"x\",\"args\":{\"a\":1,\"b\":\"1\"}}", &r), 0);
	ck_assert_ptr_null(ctl_request_text(&r, "a"));
	ck_assert_int_eq(ctl_request_number(&r, "b", 42), 42);
	ck_assert(!ctl_request_true(&r, "a"));
}
END_TEST

START_TEST(arguments_may_be_left_out)
{
	struct ctl_request r;

	ck_assert_int_eq(decode("{\"v\":1,\"verb\":\"status\"}", &r), 0);
	ck_assert_uint_eq(r.n_args, 0);
}
END_TEST

START_TEST(what_is_no_request_is_refused_and_said)
{
	static const struct {
		const char *line;
		int err;
		const char *word;
	} cases[] = {
		{ "", ERR_INVALID, "object" },
		{ "[]", ERR_INVALID, "object" },
		{ "{\"v\":1", ERR_INVALID, "object" },
		{ "{\"verb\":\"x\"}", ERR_UNSUPPORTED, "version" },
		{ "{\"v\":2,\"verb\":\"x\"}", ERR_UNSUPPORTED, "version" },
		{ "{\"v\":1}", ERR_INVALID, "verb" },
		{ "{\"v\":1,\"verb\":5}", ERR_INVALID, "verb" },
		{ "{\"v\":1,\"verb\":\"x\",\"verb\":\"y\"}", ERR_INVALID, "object" },
		{ "{\"v\":1,\"verb\":\"aaaaaaaaaaaaaaaaaaaaaaaaa\"}", ERR_RANGE, "verb" },
		{ "{\"v\":1,\"verb\":\"x\",\"args\":[]}", ERR_INVALID, "args" },
		{ "{\"v\":1,\"verb\":\"x\",\"args\":{\"a\":{}}}", ERR_INVALID,
			"argument" },
		{ "{\"v\":1,\"verb\":\"x\",\"args\":{\"a\":null}}", ERR_INVALID,
			"argument" },
		{ "{\"v\":1,\"verb\":\"x\",\"args\":{\"a\":1.5}}", ERR_INVALID,
			"argument" },
		{ "{\"v\":1,\"verb\":\"x\",\"args\":{\"a\":\"\\u0000\"}}", ERR_INVALID,
			"object" },
		{ "{\"v\":1,\"verb\":\"\xff\"}", ERR_INVALID, "object" },
		{ "{\"v\":1,\"verb\":\"x\"} more", ERR_INVALID, "object" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ctl_request r = { .verb = "before" };
		ck_assert_int_eq(decode(cases[i].line, &r), cases[i].err);
		ck_assert_msg(strstr(why, cases[i].word), "%s: %s", cases[i].line, why);
		ck_assert_str_eq(r.verb, "before");
	}
}
END_TEST

START_TEST(too_many_or_too_long_arguments_are_refused)
{
	char line[1024] = "{\"v\":1,\"verb\":\"x\",\"args\":{\"a0\":0";
	struct ctl_request r;

	for (int i = 1; i < CTL_ARGS; i++)
		snprintf(line + strlen(line), sizeof(line) - strlen(line), ",\"a%d\":0",
			i);
	size_t len = strlen(line);
	strcpy(line + len, "}}");
	ck_assert_int_eq(decode(line, &r), 0);
	strcpy(line + len, ",\"z\":0}}");
	ck_assert_int_eq(decode(line, &r), ERR_RANGE);

	snprintf(line, sizeof(line),
		"{\"v\":1,\"verb\":\"x\",\"args\":{\"a\":\"%0255d\"}}", 0);
	ck_assert_int_eq(decode(line, &r), 0);
	snprintf(line, sizeof(line),
		"{\"v\":1,\"verb\":\"x\",\"args\":{\"a\":\"%0256d\"}}", 0);
	ck_assert_int_eq(decode(line, &r), ERR_RANGE);
}
END_TEST

START_TEST(deep_nesting_is_refused_before_it_is_parsed)
{
	static char line[CTL_LINE];
	struct ctl_request r;

	memset(line, '[', sizeof(line) - 1);
	ck_assert_int_eq(decode(line, &r), ERR_RANGE);
	ck_assert_ptr_nonnull(strstr(why, "nested"));
	/* Brackets within a string nest nothing. */
	ck_assert_int_eq(
		decode("{\"v\":1,\"verb\":\"x\",\"args\":{\"a\":\"[[[[[[[[[[\\\"[[\"}}",
			&r),
		0);
}
END_TEST

START_TEST(a_line_over_the_bound_is_refused)
{
	static char line[CTL_LINE + 1];
	struct ctl_request r;

	memset(line, ' ', CTL_LINE);
	memcpy(line, "{\"v\":1,\"verb\":\"x\"}", 18);
	ck_assert_int_eq(decode(line, &r), ERR_RANGE);
	line[CTL_LINE - 1] = '\0';
	ck_assert_int_eq(decode(line, &r), 0);
}
END_TEST

START_TEST(a_request_written_is_read_the_same)
{
	struct ctl_request r = { .verb = "ban" };
	struct ctl_request back;
	char line[CTL_LINE];

	ck_assert_int_eq(ctl_request_add_text(&r, "reason", "a \"b\" \n c"), 0);
	ck_assert_int_eq(ctl_request_add_number(&r, "rate", -3), 0);
	ck_assert_int_eq(ctl_request_add_bool(&r, "all", true), 0);
	int n = ctl_request_encode(&r, line, sizeof(line));
	ck_assert_int_gt(n, 0);
	ck_assert_int_eq(line[n - 1], '\n');
	line[n - 1] = '\0';
	ck_assert_ptr_null(strchr(line, '\n'));
	ck_assert_int_eq(decode(line, &back), 0);
	ck_assert_str_eq(ctl_request_text(&back, "reason"), "a \"b\" \n c");
	ck_assert_int_eq(ctl_request_number(&back, "rate", 0), -3);
	ck_assert(ctl_request_true(&back, "all"));
}
END_TEST

START_TEST(an_argument_that_does_not_fit_is_not_added)
{
	struct ctl_request r = { .verb = "x" };
	char text[CTL_ARG_TEXT + 1];

	memset(text, 'a', CTL_ARG_TEXT);
	text[CTL_ARG_TEXT] = '\0';
	ck_assert_int_eq(ctl_request_add_text(&r, "a", text), ERR_RANGE);
	ck_assert_uint_eq(r.n_args, 0);
	for (int i = 0; i < CTL_ARGS; i++)
		ck_assert_int_eq(ctl_request_add_number(&r, "n", i), 0);
	ck_assert_int_eq(ctl_request_add_bool(&r, "n", true), ERR_FULL);
}
END_TEST

static int decode_reply(const char *line, struct ctl_reply *r)
{
	struct slice s = { .at = (const uint8_t *)line, .len = strlen(line) };
	return ctl_reply_decode(s, r, why, sizeof(why));
}

START_TEST(the_end_carries_a_code_and_an_error)
{
	struct ctl_reply r;
	char line[256];

	int n = ctl_end_encode(CTL_PERMISSION, "not \"you\"", line, sizeof(line));
	ck_assert_int_gt(n, 0);
	line[n - 1] = '\0';
	ck_assert_int_eq(decode_reply(line, &r), 0);
	ck_assert(r.end);
	ck_assert_ptr_null(r.value);
	ck_assert_int_eq(r.code, CTL_PERMISSION);
	ck_assert_str_eq(r.error, "not \"you\"");
}
END_TEST

START_TEST(an_end_without_a_sane_code_is_refused)
{
	struct ctl_reply r;

	ck_assert_int_eq(decode_reply("{\"v\":1,\"end\":true}", &r), ERR_INVALID);
	ck_assert_int_eq(
		decode_reply("{\"v\":1,\"end\":true,\"code\":256}", &r), ERR_INVALID);
	ck_assert_int_eq(
		decode_reply("{\"v\":1,\"end\":true,\"code\":-1}", &r), ERR_INVALID);
}
END_TEST

START_TEST(a_value_is_handed_over_with_its_version)
{
	struct ctl_reply r;
	char line[256];
	json_t *o = json_pack("{s:i}", "a", 5);

	int n = ctl_reply_encode(o, line, sizeof(line));
	json_decref(o);
	ck_assert_int_gt(n, 0);
	line[n - 1] = '\0';
	ck_assert_int_eq(decode_reply(line, &r), 0);
	ck_assert(!r.end);
	ck_assert_int_eq(json_integer_value(json_object_get(r.value, "a")), 5);
	ck_assert_int_eq(json_integer_value(json_object_get(r.value, "v")), 1);
	json_decref(r.value);
}
END_TEST

START_TEST(a_value_that_does_not_fit_is_not_half_written)
{
	char line[16] = "before";
	json_t *o = json_pack("{s:s}", "a", "far too long for it");

	ck_assert_int_eq(ctl_reply_encode(o, line, sizeof(line)), ERR_FULL);
	ck_assert_str_eq(line, "");
	json_decref(o);
}
END_TEST

START_TEST(lines_are_cut_at_newlines_and_the_rest_waits)
{
	const char bytes[] = "one\n\ntwo\nthr";
	struct slice rest = { .at = (const uint8_t *)bytes, .len = sizeof(bytes) - 1 };
	struct slice line;

	ck_assert(ctl_line_next(&rest, &line));
	ck_assert_uint_eq(line.len, 3);
	ck_assert(ctl_line_next(&rest, &line));
	ck_assert_uint_eq(line.len, 0);
	ck_assert(ctl_line_next(&rest, &line));
	ck_assert_int_eq(memcmp(line.at, "two", 3), 0);
	ck_assert(!ctl_line_next(&rest, &line));
	ck_assert_uint_eq(rest.len, 3);
}
END_TEST

START_TEST(errors_become_the_exit_codes_of_sysexits)
{
	ck_assert_int_eq(ctl_code_of(0), 0);
	ck_assert_int_eq(ctl_code_of(ERR_INVALID), 64);
	ck_assert_int_eq(ctl_code_of(ERR_AGAIN), 75);
	ck_assert_int_eq(ctl_code_of(ERR_PERMISSION), 77);
	ck_assert_int_eq(ctl_code_of(ERR_GUARDED), 77);
	ck_assert_int_eq(ctl_code_of(-1000), 70);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ctl_msg");
	TCase *c = tcase_create("ctl_msg");

	tcase_add_test(c, a_request_gives_its_verb_and_typed_arguments);
	tcase_add_test(c, an_argument_of_another_kind_is_not_there);
	tcase_add_test(c, arguments_may_be_left_out);
	tcase_add_test(c, what_is_no_request_is_refused_and_said);
	tcase_add_test(c, too_many_or_too_long_arguments_are_refused);
	tcase_add_test(c, deep_nesting_is_refused_before_it_is_parsed);
	tcase_add_test(c, a_line_over_the_bound_is_refused);
	tcase_add_test(c, a_request_written_is_read_the_same);
	tcase_add_test(c, an_argument_that_does_not_fit_is_not_added);
	tcase_add_test(c, the_end_carries_a_code_and_an_error);
	tcase_add_test(c, an_end_without_a_sane_code_is_refused);
	tcase_add_test(c, a_value_is_handed_over_with_its_version);
	tcase_add_test(c, a_value_that_does_not_fit_is_not_half_written);
	tcase_add_test(c, lines_are_cut_at_newlines_and_the_rest_waits);
	tcase_add_test(c, errors_become_the_exit_codes_of_sysexits);
	suite_add_tcase(s, c);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
