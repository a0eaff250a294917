/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events as lines for people: what is said, that it says "would" in detect mode, and that
 * no string from outside reaches the terminal raw.
 */
#include "codec/event_text.h"

#include <check.h>
#include <string.h>

#include "base/err.h"

static const struct event_world world = {
	.stamp = { .mono = { 100 * NS_PER_S },
		.wall = { INT64_C(1790000000) * NS_PER_S },
		.utc_offset_s = 7200 },
	.host = "web-1",
};

static struct event rate_event(void)
{
	struct event e = { .kind = EVENT_FINDING, .at = { 100 * NS_PER_S } };
	struct finding *f = &e.finding;

	f->kind = FINDING_RATE;
	f->proof = PROOF_ANSWERED;
	strcpy(f->rule.name, "rate.ssh");
	f->subject.kind = SUBJECT_SOURCE;
	ck_assert_int_eq(prefix_parse("198.51.100.7", &f->subject.source), 0);
	f->count = 31;
	f->window_ns = 60 * NS_PER_S;
	e.decision.response = RESPONSE_DROP;
	e.decision.ttl_ns = 3600 * NS_PER_S;
	return e;
}

static const char *line_of(const struct event *e, char line[EVENT_TEXT])
{
	size_t n = event_text(e, &world, line, EVENT_TEXT);
	ck_assert_uint_eq(n, strlen(line));
	ck_assert_ptr_null(strchr(line, '\n'));
	return line;
}

START_TEST(a_finding_in_detect_mode_says_would)
{
	char line[EVENT_TEXT];
	struct event e = rate_event();

	ck_assert_str_eq(line_of(&e, line),
		"16:13:20 finding   198.51.100.7  rate.ssh: 31 connections in "
		"60 s, answered; would be: drop for 1h");
}
END_TEST

START_TEST(a_finding_in_enforce_mode_says_what_is_done)
{
	char line[EVENT_TEXT];
	struct event e = rate_event();

	e.enforce = true;
	ck_assert_ptr_null(strstr(line_of(&e, line), "would"));
	ck_assert_ptr_nonnull(strstr(line, "; drop for 1h"));
}
END_TEST

START_TEST(news_of_the_host_accuses_nobody)
{
	char line[EVENT_TEXT];
	struct event e = rate_event();

	e.finding.kind = FINDING_VOLUME;
	e.finding.subject.kind = SUBJECT_HOST;
	strcpy(e.finding.rule.name, "volume.surge");
	strcpy(e.finding.about, "link eth0 bytes-in, usual 120");
	e.finding.count = 52340;
	e.finding.window_ns = 15 * NS_PER_S;
	e.decision.response = RESPONSE_OBSERVE;
	ck_assert_str_eq(line_of(&e, line), "16:13:20 finding   this host  volume.surge: "
		"link eth0 bytes-in 52340 KiB/s over 15 s, usual 120; observed");
}
END_TEST

START_TEST(what_leaves_says_by_whom)
{
	char line[EVENT_TEXT];
	struct event e = rate_event();

	e.finding.kind = FINDING_EGRESS;
	e.finding.proof = PROOF_LOCAL;
	e.finding.subject.kind = SUBJECT_DESTINATION;
	e.finding.window_ns = 0;
	e.finding.count = 2;
	strcpy(e.finding.rule.name, "egress");
	strcpy(e.finding.about, "new and listed");
	e.decision.response = RESPONSE_EGRESS_LIMIT;
	e.decision.limit_rate = 5;
	e.egress = (struct egress_facts){ .any = true, .known_s = -1,
		.blame = { .owner = { .uid = 33 }, .pid = 812, .comm = "curl", .unit = "app.service" } };
	ck_assert_ptr_nonnull(strstr(line_of(&e, line), "198.51.100.7  egress: "));
	ck_assert_ptr_nonnull(strstr(line, "new and listed, local, by curl (pid 812, uid 33, app.service); "
		"would be: egress-limit to 5/s for 1h"));
}
END_TEST

START_TEST(a_guarded_finding_says_which_guard)
{
	char line[EVENT_TEXT];
	struct event e = rate_event();

	e.guard = GUARD_GATEWAY;
	ck_assert_ptr_nonnull(strstr(line_of(&e, line), "not touched: guard gateway"));
}
END_TEST

START_TEST(a_measure_in_force_says_how_fast_it_came)
{
	char line[EVENT_TEXT];
	struct event e = { .kind = EVENT_APPLIED, .at = { 100 * NS_PER_S } };

	e.measure.subject.kind = SUBJECT_SOURCE;
	ck_assert_int_eq(prefix_parse("2001:db8::/64", &e.measure.subject.source), 0);
	e.measure.response = RESPONSE_SHIELD;
	e.measure.until = (mono_t){ 700 * NS_PER_S };
	e.measure.trigger = (mono_t){ 99 * NS_PER_S };
	e.measure.applied = (mono_t){ 99 * NS_PER_S + 850000 };
	ck_assert_str_eq(line_of(&e, line),
		"16:13:20 block     2001:db8::/64  shield for 10m, "
		"in force 850 us after the packet");
}
END_TEST

START_TEST(a_refusal_says_why)
{
	char line[EVENT_TEXT];
	struct event e = { .kind = EVENT_REFUSED, .at = { 100 * NS_PER_S } };

	e.measure.response = RESPONSE_DROP;
	e.measure.error = ERR_FULL;
	ck_assert_ptr_nonnull(strstr(line_of(&e, line), err_text(ERR_FULL)));
}
END_TEST

START_TEST(strings_from_outside_cannot_move_the_cursor)
{
	char line[EVENT_TEXT];
	struct event e = rate_event();

	strcpy(e.finding.rule.name, "\033[2Jx");
	strcpy(e.text, "y\nz");
	ck_assert_ptr_null(strchr(line_of(&e, line), '\033'));
	ck_assert_ptr_nonnull(strstr(line, "y\\x0az"));
}
END_TEST

START_TEST(paint_adds_nothing_but_colour)
{
	char line[EVENT_TEXT];
	char painted[EVENT_TEXT];
	char bare[EVENT_TEXT];
	struct event e = rate_event();
	size_t n = 0;

	line_of(&e, line);
	event_text_paint(line, painted, sizeof(painted));
	ck_assert_ptr_nonnull(strstr(painted, "\033[33mfinding\033[0m"));
	for (const char *p = painted; *p; p++) {
		if (*p == '\033')
			p = strchr(p, 'm');
		else
			bare[n++] = *p;
	}
	bare[n] = '\0';
	ck_assert_str_eq(bare, line);
}
END_TEST

START_TEST(paint_leaves_other_lines_alone)
{
	char out[64];

	event_text_paint("short", out, sizeof(out));
	ck_assert_str_eq(out, "short");
	event_text_paint("03:04:05 whatever else", out, sizeof(out));
	ck_assert_str_eq(out, "03:04:05 whatever else");
}
END_TEST

START_TEST(an_alarm_says_what_for_in_bold_red)
{
	char line[EVENT_TEXT];
	char painted[EVENT_TEXT];
	struct event e = { .kind = EVENT_ALARM, .text = "600 measures in a minute" };

	line_of(&e, line);
	ck_assert_ptr_nonnull(strstr(line, " alarm     600 measures in a minute"));
	event_text_paint(line, painted, sizeof(painted));
	ck_assert_ptr_nonnull(strstr(painted, "\033[1;31malarm\033[0m"));
}
END_TEST

START_TEST(spans_have_a_unit_that_fits)
{
	static const struct {
		int64_t ns;
		const char *text;
	} cases[] = {
		{ 0, "0 us" },
		{ 999999, "999 us" },
		{ 1250000, "1.2 ms" },
		{ 45 * NS_PER_MS, "45 ms" },
		{ 1200 * NS_PER_MS, "1.2 s" },
		{ 60 * NS_PER_S, "60 s" },
		{ 600 * NS_PER_S, "10m" },
		{ 3600 * NS_PER_S, "1h" },
	};
	char out[32];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		span_format(cases[i].ns, out, sizeof(out));
		ck_assert_str_eq(out, cases[i].text);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("event_text");
	TCase *c = tcase_create("event_text");

	tcase_add_test(c, a_finding_in_detect_mode_says_would);
	tcase_add_test(c, a_finding_in_enforce_mode_says_what_is_done);
	tcase_add_test(c, news_of_the_host_accuses_nobody);
	tcase_add_test(c, what_leaves_says_by_whom);
	tcase_add_test(c, a_guarded_finding_says_which_guard);
	tcase_add_test(c, a_measure_in_force_says_how_fast_it_came);
	tcase_add_test(c, a_refusal_says_why);
	tcase_add_test(c, strings_from_outside_cannot_move_the_cursor);
	tcase_add_test(c, paint_adds_nothing_but_colour);
	tcase_add_test(c, paint_leaves_other_lines_alone);
	tcase_add_test(c, an_alarm_says_what_for_in_bold_red);
	tcase_add_test(c, spans_have_a_unit_that_fits);
	suite_add_tcase(s, c);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
