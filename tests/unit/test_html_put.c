/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values stay values, whatever they hold, wherever they are cut. */
#include "codec/html_put.h"

#include <check.h>
#include <inttypes.h>
#include <stdint.h>
#include <string.h>

#include "support/markup.h"

static char room[4096];

static const char *put(const char *s)
{
	struct text t = text_over(room, sizeof(room));

	html_put(&t, "%s", s);
	ck_assert(!t.cut);
	ck_assert_uint_eq(t.len, strlen(room));
	return room;
}

static void must_be_markup(const char *page)
{
	char why[160] = "";

	ck_assert_msg(markup_read(page, strlen(page), NULL, NULL, why), "%s", why);
}

START_TEST(markup_is_copied_and_values_are_escaped)
{
	struct text t = text_over(room, sizeof(room));

	html_put(&t, "<td class=\"%s\">%s &amp; %d%%</td>", "a\"b", "<script>alert('x')</script>", -7);
	ck_assert_str_eq(room, "<td class=\"a&#34;b\">&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; -7%</td>");
	must_be_markup(room);
}
END_TEST

START_TEST(numbers_keep_their_width)
{
	struct text t = text_over(room, sizeof(room));

	html_put(&t, "%d %u %" PRId64 " %" PRIu64 " %zu %ld %lu %c", INT32_MIN, UINT32_MAX, INT64_MIN, UINT64_MAX,
		SIZE_MAX, -1L, 1UL, '<');
	ck_assert_str_eq(room, "-2147483648 4294967295 -9223372036854775808 18446744073709551615 "
			       "18446744073709551615 -1 1 &lt;");
}
END_TEST

START_TEST(no_sequence_ends_what_it_stands_in)
{
	ck_assert_str_eq(put("]]>"), "]]&gt;");
	ck_assert_str_eq(put("-->"), "--&gt;");
	ck_assert_str_eq(put("</style>"), "&lt;/style&gt;");
	ck_assert_str_eq(put("&lt;"), "&amp;lt;");
	ck_assert_str_eq(put("\" onload=\"x"), "&#34; onload=&#34;x");
}
END_TEST

START_TEST(words_of_the_world_stay_readable)
{
	ck_assert_str_eq(put("Zoë 東京 Ωμέγα 🦀"), "Zoë 東京 Ωμέγα 🦀");
	ck_assert_str_eq(put("\xee\x80\x80\xf4\x8f\xbf\xbd"), "\xee\x80\x80\xf4\x8f\xbf\xbd");
}
END_TEST

START_TEST(what_is_not_seen_is_written_out)
{
	ck_assert_str_eq(put("a\x1b[31m\n\t\x7f"), "a\\x1b[31m\\x0a\\x09\\x7f");
	ck_assert_str_eq(put("\xc2\x85"), "\\u{0085}");                        /* a control of eight bits */
	ck_assert_str_eq(put("\xe2\x80\xae" "fdp.exe"), "\\u{202e}fdp.exe");   /* right to left */
	ck_assert_str_eq(put("\xe2\x81\xa6\xe2\x81\xa9"), "\\u{2066}\\u{2069}");
	ck_assert_str_eq(put("\xe2\x80\x8b\xef\xbb\xbf"), "\\u{200b}\\u{feff}");
	ck_assert_str_eq(put("\xef\xbf\xbe\xef\xbf\xbf"), "\\u{fffe}\\u{ffff}"); /* no characters of XML */
	ck_assert_str_eq(put("\xf3\xa0\x81\x81\xf4\x8f\xbf\xbf"), "\\u{e0041}\\u{10ffff}");
}
END_TEST

START_TEST(what_is_no_utf8_is_written_out_byte_by_byte)
{
	ck_assert_str_eq(put("\xff\x80"), "\\xff\\x80");
	ck_assert_str_eq(put("\xc0\xbc"), "\\xc0\\xbc");                 /* an overlong '<' */
	ck_assert_str_eq(put("\xe0\x80\xbc"), "\\xe0\\x80\\xbc");        /* and a longer one */
	ck_assert_str_eq(put("\xed\xa0\x80"), "\\xed\\xa0\\x80");        /* half of a surrogate pair */
	ck_assert_str_eq(put("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80"); /* above the last */
	ck_assert_str_eq(put("\xc3<"), "\\xc3&lt;");                     /* begun, and the next is not swallowed */
	ck_assert_str_eq(put("\xe2\x82"), "\\xe2\\x82");
}
END_TEST

START_TEST(a_slice_ends_where_it_ends)
{
	struct text t = text_over(room, sizeof(room));

	html_put_slice(&t, (struct slice){ .at = (const uint8_t *)"a\0b\xc3\xa9", .len = 4 }, 0);
	ck_assert_str_eq(room, "a\\x00b\\xc3");
}
END_TEST

START_TEST(a_long_name_ends_with_an_ellipsis)
{
	struct text t = text_over(room, sizeof(room));

	html_put(&t, "%.4s|%.4s|%.*s|%.3s|", "abcd", "abcde", 2, "<<<", "東京東京");
	ck_assert_str_eq(room, "abcd|abc…|&lt;…|東京…|");
}
END_TEST

/* Wherever the room ends, no half of an escape is left behind that would read as something else. */
START_TEST(it_is_cut_between_two_escapes)
{
	static const char hostile[] = "<\xe2\x80\xae&\xff東\"";
	static const char whole[] = "&lt;\\u{202e}&amp;\\xff東&#34;";
	static const size_t ends[] = { 0, 4, 12, 17, 21, 24, 29 };

	for (size_t size = 1; size <= sizeof(whole); size++) {
		struct text t = text_over(room, size);
		bool known = false;

		html_put(&t, "%s", hostile);
		ck_assert(t.cut == (size < sizeof(whole)));
		ck_assert(strncmp(room, whole, t.len) == 0);
		for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
			known |= t.len == ends[i];
		ck_assert_msg(known, "cut at %zu", t.len);
	}
}
END_TEST

START_TEST(behind_a_cut_nothing_is_written)
{
	char small[8];
	struct text t = text_over(small, sizeof(small));

	html_put(&t, "<b>%s</b>", "&&&");
	ck_assert(t.cut);
	ck_assert_str_eq(small, "<b>");
	html_put(&t, "x");
	html_put(&t, "%d", 1);
	ck_assert_str_eq(small, "<b>");
}
END_TEST

/* The reader that other tests trust refuses what it should. */
START_TEST(the_reader_of_markup_refuses_what_is_none)
{
	static const char *const bad[] = { "", "<p>", "<p></q>", "<p>&</p>", "<p>&nbsp;</p>", "<p a=b/>", "<p a=\"<\"/>",
		"<p a=\"1\" a=\"2\"/>", "<p>></p>", "<p/><p/>", "<p>\xff</p>", "<p>\x01</p>", "<p a=\"1\"b=\"2\"/>",
		"<!-- --><p/>", "<p><![CDATA[]]></p>", "<p a=\"1/>", "<p>\xed\xa0\x80</p>", "x<p/>", "</p>" };
	char why[160];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!markup_read(bad[i], strlen(bad[i]), NULL, NULL, why), "taken: %s", bad[i]);
	must_be_markup("<!DOCTYPE html>\n<html lang=\"en\"><br/><p a=\"1\" b=\"&lt;\">é &amp;</p></html>\n");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("html_put");
	TCase *tc = tcase_create("html_put");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, markup_is_copied_and_values_are_escaped);
	tcase_add_test(tc, numbers_keep_their_width);
	tcase_add_test(tc, no_sequence_ends_what_it_stands_in);
	tcase_add_test(tc, words_of_the_world_stay_readable);
	tcase_add_test(tc, what_is_not_seen_is_written_out);
	tcase_add_test(tc, what_is_no_utf8_is_written_out_byte_by_byte);
	tcase_add_test(tc, a_slice_ends_where_it_ends);
	tcase_add_test(tc, a_long_name_ends_with_an_ellipsis);
	tcase_add_test(tc, it_is_cut_between_two_escapes);
	tcase_add_test(tc, behind_a_cut_nothing_is_written);
	tcase_add_test(tc, the_reader_of_markup_refuses_what_is_none);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
