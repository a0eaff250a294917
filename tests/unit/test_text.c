/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bounded text: cut, escaped, matched, guessed.
 */
#include "base/text.h"

#include <check.h>
#include <string.h>

static struct slice of(const char *s)
{
	return (struct slice){ .at = (const uint8_t *)s, .len = strlen(s) };
}

START_TEST(what_fits_is_whole)
{
	char out[16];
	struct text t = text_over(out, sizeof(out));

	text_add(&t, "port ");
	text_addf(&t, "%d/%s", 443, "tcp");
	ck_assert_str_eq(out, "port 443/tcp");
	ck_assert_uint_eq(t.len, 12);
	ck_assert(!t.cut);
}
END_TEST

START_TEST(what_does_not_fit_is_cut_and_known_as_cut)
{
	char out[6];
	struct text t = text_over(out, sizeof(out));

	text_add(&t, "abc");
	text_addf(&t, "%s", "defg");
	ck_assert_str_eq(out, "abcde");
	ck_assert(t.cut);
	text_add(&t, "x");
	text_addf(&t, "%d", 1);
	ck_assert_str_eq(out, "abcde");
	ck_assert_uint_eq(t.len, 5);
}
END_TEST

START_TEST(exactly_full_is_not_cut)
{
	char out[4];
	struct text t = text_over(out, sizeof(out));

	text_addf(&t, "%s", "abc");
	ck_assert(!t.cut);
	t = text_over(out, sizeof(out));
	text_add(&t, "abc");
	ck_assert(!t.cut);
	ck_assert_str_eq(out, "abc");
}
END_TEST

START_TEST(room_for_the_terminator_alone_is_enough_to_be_safe)
{
	char out[1] = { 'x' };
	struct text t = text_over(out, 1);

	text_add(&t, "");
	ck_assert(!t.cut);
	text_add(&t, "a");
	text_addf(&t, "%d", 7);
	text_add_escaped(&t, of("\n"));
	ck_assert(t.cut);
	ck_assert_int_eq(out[0], '\0');
}
END_TEST

START_TEST(bytes_from_outside_are_escaped)
{
	static const uint8_t raw[] = {
		'a', '\n', 0, 0x1b, '[', '"', '\\', 0x7f, 0xff, '~',
	};
	char out[64];
	struct text t = text_over(out, sizeof(out));

	text_add_escaped(&t, (struct slice){ .at = raw, .len = sizeof(raw) });
	ck_assert_str_eq(out, "a\\x0a\\x00\\x1b[\\x22\\x5c\\x7f\\xff~");
	ck_assert(!t.cut);
}
END_TEST

START_TEST(half_an_escape_is_never_written)
{
	char out[6];
	struct text t = text_over(out, sizeof(out));

	text_add_escaped(&t, of("ab\ncd"));
	ck_assert_str_eq(out, "ab");
	ck_assert(t.cut);
}
END_TEST

START_TEST(nothing_in_words_moves_a_terminal)
{
	char room[64];
	struct text t = text_over(room, sizeof(room));

	text_add_visible(&t, "a \"b\" \\ \xc3\xa9: \x1b[31m\n\x7f\xc2\x9bK");
	ck_assert_str_eq(room, "a \"b\" \\ \xc3\xa9: \\x1b[31m\\x0a\\x7f\xc2\\x9bK");
	ck_assert(!t.cut);
}
END_TEST

START_TEST(a_copy_is_terminated_and_says_whether_it_was_cut)
{
	char out[4];

	ck_assert(text_copy(out, sizeof(out), "abc"));
	ck_assert_str_eq(out, "abc");
	ck_assert(!text_copy(out, sizeof(out), "abcd"));
	ck_assert_str_eq(out, "abc");
}
END_TEST

START_TEST(a_star_stands_for_anything_and_nothing)
{
	ck_assert(text_glob("*", ""));
	ck_assert(text_glob("*", "scan.fast"));
	ck_assert(text_glob("scan.*", "scan.fast"));
	ck_assert(text_glob("scan.*", "scan."));
	ck_assert(!text_glob("scan.*", "scan"));
	ck_assert(text_glob("*.ssh", "rate.ssh"));
	ck_assert(!text_glob("*.ssh", "rate.sshd"));
	ck_assert(text_glob("r*.s*h", "rate.ssh"));
	ck_assert(text_glob("**a**", "bab"));
	ck_assert(text_glob("*ab*ab", "abab"));
	ck_assert(!text_glob("*ab*ab", "ab"));
	ck_assert(!text_glob("a*a", "a"));
}
END_TEST

START_TEST(without_a_star_only_the_same_matches)
{
	ck_assert(text_glob("rate.ssh", "rate.ssh"));
	ck_assert(!text_glob("rate.ssh", "rate.ss"));
	ck_assert(!text_glob("rate.ss", "rate.ssh"));
	ck_assert(text_glob("", ""));
	ck_assert(!text_glob("", "a"));
	ck_assert(!text_glob("rate.?sh", "rate.ssh"));
}
END_TEST

/* Backtracking would take longer than the universe. */
START_TEST(many_stars_cost_no_time)
{
	static char pattern[2001], s[5001];

	for (size_t i = 0; i < 2000; i++)
		pattern[i] = i % 2 ? 'a' : '*';
	pattern[1999] = 'b';
	memset(s, 'a', 5000);
	ck_assert(!text_glob(pattern, s));
	s[4999] = 'b';
	ck_assert(text_glob(pattern, s));
}
END_TEST

START_TEST(a_slip_is_led_to_the_nearest_word)
{
	static const char *const words[] = {
		"shield", "limit", "refuse", "drop", "observe",
	};

	ck_assert_str_eq(text_nearest("sheild", words, 5), "shield");
	ck_assert_str_eq(text_nearest("limits", words, 5), "limit");
	ck_assert_str_eq(text_nearest("dorp", words, 5), "drop");
	ck_assert_str_eq(text_nearest("refuse", words, 5), "refuse");
}
END_TEST

START_TEST(what_is_near_nothing_gets_no_suggestion)
{
	static const char *const words[] = { "shield", "limit", "no" };
	char long_one[200];

	memset(long_one, 'a', sizeof(long_one));
	long_one[199] = '\0';
	ck_assert_ptr_null(text_nearest("banana", words, 3));
	ck_assert_ptr_null(text_nearest("xy", words, 3));
	ck_assert_ptr_null(text_nearest("", words, 3));
	ck_assert_ptr_null(text_nearest(long_one, words, 3));
	ck_assert_ptr_null(text_nearest("limit", words, 0));
}
END_TEST

START_TEST(the_first_of_equally_near_words_is_suggested)
{
	static const char *const words[] = { "port1", "port2" };

	ck_assert_str_eq(text_nearest("port", words, 2), "port1");
}
END_TEST

static TCase *appending(void)
{
	TCase *t = tcase_create("appending");

	tcase_add_test(t, what_fits_is_whole);
	tcase_add_test(t, what_does_not_fit_is_cut_and_known_as_cut);
	tcase_add_test(t, exactly_full_is_not_cut);
	tcase_add_test(t, room_for_the_terminator_alone_is_enough_to_be_safe);
	tcase_add_test(t, bytes_from_outside_are_escaped);
	tcase_add_test(t, half_an_escape_is_never_written);
	tcase_add_test(t, nothing_in_words_moves_a_terminal);
	tcase_add_test(t, a_copy_is_terminated_and_says_whether_it_was_cut);
	return t;
}

static TCase *matching(void)
{
	TCase *t = tcase_create("matching");

	tcase_add_test(t, a_star_stands_for_anything_and_nothing);
	tcase_add_test(t, without_a_star_only_the_same_matches);
	tcase_add_test(t, many_stars_cost_no_time);
	tcase_add_test(t, a_slip_is_led_to_the_nearest_word);
	tcase_add_test(t, what_is_near_nothing_gets_no_suggestion);
	tcase_add_test(t, the_first_of_equally_near_words_is_suggested);
	return t;
}

int main(void)
{
	Suite *s = suite_create("text");
	SRunner *r;
	int failed;

	suite_add_tcase(s, appending());
	suite_add_tcase(s, matching());
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
