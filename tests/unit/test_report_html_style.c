/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Colours of the page against their grounds, as WCAG 2.2 counts contrast (1.4.3, 1.4.11): by day, by night and on paper. */
#include "app/report_html_parts.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static char sheet[16384];
static const char *themes[8];
static size_t n_themes;

static void read_sheet(void)
{
	struct text t = text_over(sheet, sizeof(sheet));

	for (size_t i = 0; report_html_style[i]; i++)
		text_add(&t, report_html_style[i]);
	ck_assert(!t.cut);
	n_themes = 0;
	for (const char *at = sheet; (at = strstr(at, ":root{")); at++)
		themes[n_themes++] = at;
	ck_assert_uint_eq(n_themes, 3);
}

/* x to the power of 2.4, without a library of mathematics: x squared, times the fifth root's square. */
static double gamma_of(double x)
{
	double root = 1;

	for (int i = 0; i < 60; i++)
		root = (4 * root + x / (root * root * root * root)) / 5;
	return x * x * root * root;
}

static double luminance(unsigned long rgb)
{
	static const double weights[] = { 0.0722, 0.7152, 0.2126 }; /* blue, green, red */
	double sum = 0;

	for (unsigned i = 0; i < 3; i++) {
		const double c = (double)(rgb >> 8 * i & 255) / 255;

		sum += weights[i] * (c <= 0.04045 ? c / 12.92 : gamma_of((c + 0.055) / 1.055));
	}
	return sum;
}

static unsigned long colour_of(size_t theme, const char *name)
{
	char key[32];
	const char *at, *end = strchr(themes[theme], '}');
	char *stop;
	unsigned long rgb;

	snprintf(key, sizeof(key), "--%s:#", name);
	at = strstr(themes[theme], key);
	ck_assert_msg(at && at < end, "no --%s", name);
	rgb = strtoul(at + strlen(key), &stop, 16);
	if (stop - at - (long)strlen(key) == 3)
		rgb = (rgb >> 8 & 15) * 0x110000 + (rgb >> 4 & 15) * 0x1100 + (rgb & 15) * 0x11;
	return rgb;
}

static double contrast(unsigned long a, unsigned long b)
{
	const double x = luminance(a), y = luminance(b);

	return x > y ? (x + 0.05) / (y + 0.05) : (y + 0.05) / (x + 0.05);
}

START_TEST(contrast_is_counted_right)
{
	ck_assert_double_eq_tol(contrast(0x000000, 0xffffff), 21, 0.01);
	ck_assert_double_eq_tol(contrast(0x777777, 0xffffff), 4.48, 0.01);
	ck_assert_double_eq_tol(contrast(0xff0000, 0xffffff), 4.00, 0.01);
	ck_assert_double_eq_tol(contrast(0x0000ff, 0xffffff), 8.59, 0.01);
}
END_TEST

START_TEST(letters_and_shapes_stand_out_from_their_ground)
{
	static const struct {
		const char *name, *ground;
		double least;
	} pairs[] = {
		{ "ink", "paper", 4.5 }, { "ink", "card", 4.5 }, { "ink", "tag", 4.5 }, { "dim", "paper", 4.5 },
		{ "dim", "card", 4.5 }, { "link", "paper", 4.5 }, { "link", "card", 4.5 }, { "card", "link", 4.5 },
		{ "alert", "card", 4.5 }, { "k0", "card", 3 }, { "k1", "card", 3 }, { "line", "card", 3 }, { "line1", "card", 3 },
		{ "mid", "card", 3 }, { "bar", "card", 3 }, { "unsure", "card", 3 },
	};

	read_sheet();
	for (size_t theme = 0; theme < n_themes; theme++)
		for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
			const double is = contrast(colour_of(theme, pairs[i].name), colour_of(theme, pairs[i].ground));

			ck_assert_msg(is >= pairs[i].least, "theme %zu: %s on %s is %.2f", theme, pairs[i].name, pairs[i].ground, is);
		}
}
END_TEST

START_TEST(every_colour_that_is_used_is_one_of_the_theme)
{
	read_sheet();
	for (const char *at = sheet; (at = strstr(at, "var(--")); at++)
		for (size_t theme = 0; theme < n_themes; theme++) {
			char name[24];

			snprintf(name, sizeof(name), "%.*s", (int)strcspn(at + 6, ")"), at + 6);
			colour_of(theme, name);
		}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("report_html_style");
	TCase *tc = tcase_create("report_html_style");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, contrast_is_counted_right);
	tcase_add_test(tc, letters_and_shapes_stand_out_from_their_ground);
	tcase_add_test(tc, every_colour_that_is_used_is_one_of_the_theme);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
