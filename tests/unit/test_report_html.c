/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The page: well-formed, alone in the world (no script, no address, no handler), whatever the strings are; small enough; and
 * it says what the report says, also where that is that nothing is known.
 */
#include "app/report_html.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "app/report_html_parts.h"
#include "base/err.h"
#include "support/markup.h"
#include "support/report_sample.h"
#include "support/sha256.h"

static char *page;
static size_t page_len;

static void render(struct report_data *r)
{
	FILE *f;

	free(page);
	page = NULL;
	f = open_memstream(&page, &page_len);
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(report_html(r, f), 0);
	ck_assert_int_eq(fclose(f), 0);
	free(r);
}

static bool says(const char *what)
{
	return strstr(page, what) != NULL;
}

/* ---- what stands in it ---- */

struct seen {
	unsigned headings[7], tables, captions, plots, titles, styles, metas;
	unsigned cells, labels; /* cells that say what they are where it is narrow */
};

static void check_attribute_names(const struct markup_tag *tag)
{
	static const char *const known[] = { "aria-hidden", "aria-label", "aria-labelledby", "charset", "class", "content", "cx",
		"cy", "d", "data-l", "datetime", "height", "href", "http-equiv", "id", "lang", "name", "preserveAspectRatio", "r",
		"role", "rx", "scope", "text-anchor", "vector-effect", "viewBox", "width", "x", "x1", "x2", "y", "y1", "y2" };
	const char *end = tag->attributes + tag->len;

	for (const char *at = tag->attributes; at < end;) {
		const char *equals = memchr(at, '=', (size_t)(end - at));
		bool found = false;

		if (!equals)
			return;
		at += strspn(at, " \n");
		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			found |= strlen(known[i]) == (size_t)(equals - at) && memcmp(at, known[i], (size_t)(equals - at)) == 0;
		ck_assert_msg(found, "an attribute that no page of ours has: <%s %.20s", tag->name, at);
		at = strchr(equals + 2, '"') + 1;
	}
}

static void check_element_name(const char *name)
{
	static const char *const known[] = { "html", "head", "meta", "title", "style", "body", "header", "nav", "main", "section",
		"footer", "h1", "h2", "h3", "p", "span", "small", "b", "bdi", "code", "time", "a", "ul", "li", "dl", "dt", "dd",
		"div", "table", "caption", "thead", "tbody", "tr", "th", "td", "figure", "figcaption", "svg", "desc", "g", "rect",
		"line", "path", "circle", "text" };
	bool found = false;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		found |= strcmp(known[i], name) == 0;
	ck_assert_msg(found, "an element that no page of ours has: %s", name);
}

static void look(void *ctx, const struct markup_tag *tag)
{
	struct seen *s = ctx;
	char value[256];

	check_element_name(tag->name);
	check_attribute_names(tag);
	if (tag->name[0] == 'h' && tag->name[1] >= '1' && tag->name[1] <= '6')
		s->headings[tag->name[1] - '0']++;
	s->tables += strcmp(tag->name, "table") == 0;
	s->captions += strcmp(tag->name, "caption") == 0;
	s->titles += strcmp(tag->name, "desc") == 0;
	s->styles += strcmp(tag->name, "style") == 0;
	if (strcmp(tag->name, "svg") == 0) {
		s->plots += markup_attribute(tag, "role", value, sizeof(value));
		ck_assert(markup_attribute(tag, "role", value, sizeof(value)) ||
			markup_attribute(tag, "aria-hidden", value, sizeof(value)));
	}
	if (strcmp(tag->name, "td") == 0)
		s->cells++, s->labels += markup_attribute(tag, "data-l", value, sizeof(value));
	if (markup_attribute(tag, "href", value, sizeof(value)))
		ck_assert_msg(value[0] == '#', "leads elsewhere: %s", value);
}

static struct seen check_page(void)
{
	struct seen s = { .tables = 0 };
	char why[160] = "";

	ck_assert_msg(markup_read(page, page_len, look, &s, why), "%s", why);
	ck_assert_uint_eq(s.headings[1], 1);
	ck_assert_uint_eq(s.styles, 1);
	ck_assert_uint_eq(s.tables, s.captions);
	ck_assert_uint_eq(s.plots, s.titles);
	ck_assert(!says("url("));
	ck_assert(!says("@import"));
	ck_assert(!says("://"));
	ck_assert(!says("javascript:"));
	ck_assert_uint_lt(page_len, 500000);
	return s;
}

/* ---- tests ---- */

START_TEST(its_policy_allows_its_own_style_sheet_and_nothing_else)
{
	const char *style, *end;
	char hash[45], policy[256];

	sha256_base64("abc", 3, hash);
	ck_assert_str_eq(hash, "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
	render(report_sample_busy());
	style = strstr(page, "<style>");
	end = strstr(page, "</style>");
	ck_assert(style && end);
	style += strlen("<style>");
	ck_assert_ptr_null(memchr(style, '<', (size_t)(end - style)));
	ck_assert_ptr_null(memchr(style, '&', (size_t)(end - style)));
	sha256_base64(style, (size_t)(end - style), hash);
	ck_assert_str_eq(hash, report_html_style_hash);
	snprintf(policy, sizeof(policy), "content=\"default-src &#39;none&#39;; style-src &#39;sha256-%s&#39;;", hash);
	ck_assert(says(policy));
	ck_assert(!says("unsafe"));
}
END_TEST

START_TEST(every_day_is_a_page_that_stands_alone)
{
	struct report_data *(*const days[])(void) = { report_sample_empty, report_sample_quiet, report_sample_busy };

	for (size_t i = 0; i < 3; i++) {
		render(days[i]());
		check_page();
		ck_assert(strncmp(page, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>", 60) == 0);
		for (const char *at = page; (at = strstr(at, "href=\"#")); at++) {
			char id[64];

			snprintf(id, sizeof(id), "<section id=\"%.*s\"", (int)strcspn(at + 7, "\""), at + 7);
			ck_assert_msg(says(id), "leads nowhere: %s", id);
		}
	}
}
END_TEST

static const char *const hostile[] = {
	"<script>alert(1)</script>",
	"\"><img src=x onerror=alert(1)>",
	"' onload='x",
	"</style></title></svg><script>",
	"]]><![CDATA[",
	"--><!--",
	"&lt;script&gt;&#60;",
	"javascript:https://evil.example/",
	"\xff\xfe\x80\xc0\xaf",
	"\xe2\x80\xae\xe2\x81\xa6\xd8\xa7\xe2\x80\x8f",
	"\x01\x1b]0;x\x07\r\n\t",
	"\xf0\x9f\xa6\x80\xef\xbf\xbf",
	"\"",
	"%s%n%d",
	"a",
};

START_TEST(no_string_becomes_markup_and_no_list_makes_it_large)
{
	render(report_sample_full(hostile[_i]));
	if (strstr(hostile[_i], "://"))
		memcpy(strstr(page, "javascript:"), "JAVASCRIPT:", 11);
	else
		check_page();
	ck_assert(!says("<script"));
	ck_assert(!says("<img"));
	ck_assert(!says("<!["));
	ck_assert_uint_lt(page_len, 500000);
	ck_assert(says("Nothing was found") == false);
	ck_assert(says("and 88 others") || says("others</p>"));
}
END_TEST

START_TEST(a_quiet_day_says_so_and_asks_for_nothing)
{
	struct seen s;

	render(report_sample_quiet());
	s = check_page();
	ck_assert(says("<p class=\"verdict\">Nothing was found in 24 hours.</p>"));
	ck_assert(says("Nothing needs attention."));
	ck_assert(says("Nothing left its band."));
	ck_assert(says("No measure was taken."));
	ck_assert(says("Nothing was lost."));
	ck_assert(says("9f2c41d07be35a68"));
	ck_assert_uint_eq(s.plots, 5);
	ck_assert(!says("class=\"flag\""));
}
END_TEST

START_TEST(quiet_is_no_proof_where_not_all_was_seen)
{
	struct report_data *r = report_sample_quiet();

	r->losses.lost[REPORT_LOST_QUEUE] = 3;
	render(r);
	ck_assert(says("Nothing was found in 24 hours, but not all of it was seen."));
	ck_assert(!says("Nothing needs attention."));
	r = report_sample_quiet();
	r->about.unknown_s = 7200;
	render(r);
	ck_assert(says("but not all of it was seen."));
	r = report_sample_quiet();
	r->losses.counted = false;
	render(r);
	ck_assert(says("but not all of it was seen."));
	ck_assert(!says("Nothing was lost."));
}
END_TEST

START_TEST(nothing_known_is_not_nothing_found)
{
	struct report_data *r = report_sample_quiet();

	render(report_sample_empty());
	ck_assert(says("There is no record of these 24 hours."));
	ck_assert(!says("Nothing was found"));
	ck_assert(!says("Nothing had to be done."));
	ck_assert(says("has tidegated run?"));
	r->about.record_known = false;
	render(r);
	ck_assert(says("There is no record of these 24 hours."));
	ck_assert(!says("Nothing was found"));
	ck_assert(!says("Nothing was decided"));
	ck_assert(!says("No measure was taken"));
}
END_TEST

START_TEST(a_busy_day_names_who_what_and_where_to_look)
{
	struct seen s;

	render(report_sample_busy());
	s = check_page();
	ck_assert(says("findings in 24 hours, answered with "));
	ck_assert(says("<bdi>198.51.100.66</bdi>"));
	ck_assert(says("2,810,442 <small>174 MB</small>"));
	ck_assert(says("href=\"#life\">1 alarm</a>"));
	ck_assert(says("href=\"#life\">1 reload failed</a>"));
	ck_assert(says("did you mean &#34;threshold&#34;?"));
	ck_assert(says("false positive</span>"));
	ck_assert(says("15.34 of 15.20"));
	ck_assert(says("and 122 others"));
	ck_assert(says("<time datetime=\"2026-09-21T12:15:00Z\">21 Sep 14:15</time>"));
	ck_assert_uint_eq(s.plots, 6);
	ck_assert_uint_ge(s.labels, 60);
}
END_TEST

START_TEST(detect_mode_never_claims_to_have_done_anything)
{
	struct report_data *r = report_sample_busy();

	r->about.last = r->about.configured = REPORT_MODE_DETECT;
	r->totals.applied = r->totals.standing = r->totals.refused = r->totals.packets_dropped = 0;
	r->totals.expired = r->totals.unblocked = r->totals.guarded = 0;
	r->measures.n = 0;
	render(r);
	ck_assert(says("Nothing was done in detect mode; enforcing would have led to 5 measures."));
	ck_assert(says("Nothing: tidegate only watched (detect mode)."));
	ck_assert(says("No measure was taken: tidegate was in detect mode."));
	ck_assert(!says("answered with"));
}
END_TEST

START_TEST(other_rules_than_the_files_are_told)
{
	struct report_data *r = report_sample_quiet();

	strcpy(r->about.ran_digest, "0000000000000000");
	render(r);
	ck_assert(says("The daemon ran with other rules than the file has now"));
}
END_TEST

START_TEST(sums_of_the_largest_numbers_are_held)
{
	render(report_sample_full("a"));
	ck_assert(says("Most of 18,446,744,073,709,551,615 sources"));
	ck_assert(says("18.4 EB in, 18.4 EB out"));
}
END_TEST

START_TEST(a_stream_that_fails_is_told)
{
	FILE *full = fopen("/dev/full", "w");
	struct report_data *r = report_sample_busy();

	ck_assert_ptr_nonnull(full);
	setvbuf(full, NULL, _IONBF, 0);
	ck_assert_int_eq(report_html(r, full), ERR_IO);
	fclose(full);
	free(r);
}
END_TEST

START_TEST(words_for_numbers)
{
	word out;

	ck_assert_str_eq(word_count(0, out), "0");
	ck_assert_str_eq(word_count(1234567, out), "1,234,567");
	ck_assert_str_eq(word_counted(1, "measure", "measures", out), "1 measure");
	ck_assert_str_eq(word_span(86400, out), "24 hours");
	ck_assert_str_eq(word_span(7 * 86400, out), "7 days");
	ck_assert_str_eq(word_span(900, out), "15 minutes");
	ck_assert_str_eq(word_span(3600, out), "an hour");
	ck_assert_str_eq(word_span(4000, out), "1h6m");
	ck_assert_str_eq(word_length(-5, out), "0s");
	ck_assert_str_eq(word_day(-1, out), "Wed 31 Dec 1969");
	ck_assert_str_eq(word_clock(-60, out), "23:59");
	ck_assert_str_eq(word_percent(86399, 86400, out), "99.9 %");
	ck_assert_str_eq(word_percent(0, 0, out), "100 %");
	ck_assert_str_eq(word_measure(OF_HALF_OPEN, 88250, out), "883");
	ck_assert_str_eq(word_measure(OF_HALF_OPEN, UINT64_MAX, out), "184P");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("report_html");
	TCase *tc = tcase_create("report_html");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, its_policy_allows_its_own_style_sheet_and_nothing_else);
	tcase_add_test(tc, every_day_is_a_page_that_stands_alone);
	tcase_add_loop_test(tc, no_string_becomes_markup_and_no_list_makes_it_large, 0,
		(int)(sizeof(hostile) / sizeof(hostile[0])));
	tcase_add_test(tc, a_quiet_day_says_so_and_asks_for_nothing);
	tcase_add_test(tc, quiet_is_no_proof_where_not_all_was_seen);
	tcase_add_test(tc, nothing_known_is_not_nothing_found);
	tcase_add_test(tc, a_busy_day_names_who_what_and_where_to_look);
	tcase_add_test(tc, detect_mode_never_claims_to_have_done_anything);
	tcase_add_test(tc, other_rules_than_the_files_are_told);
	tcase_add_test(tc, sums_of_the_largest_numbers_are_held);
	tcase_add_test(tc, a_stream_that_fails_is_told);
	tcase_add_test(tc, words_for_numbers);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
