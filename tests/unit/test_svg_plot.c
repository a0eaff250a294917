/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Plots: round numbers, places that fit, gaps, bounds, and markup that is well-formed whatever is plotted. */
#include "codec/svg_plot.h"

#include <check.h>
#include <inttypes.h>
#include <string.h>

#include "codec/svg_scale.h"
#include "support/markup.h"

static char room[200000];
static struct text page;

static const char *label(enum plot_unit unit, uint64_t value)
{
	static char out[PLOT_LABEL];

	plot_label(unit, value, out);
	return out;
}

static void begin(void)
{
	page = text_over(room, sizeof(room));
}

static void must_be_whole(void)
{
	char why[160] = "";

	ck_assert(!page.cut);
	ck_assert_msg(markup_read(page.at, page.len, NULL, NULL, why), "%s", why);
}

static struct plot_frame frame_of(size_t n)
{
	return (struct plot_frame){ .id = 1, .title = "A <title>", .about = "\"about\" & more", .height = 124,
		.begin_s = 1790000000 - 1790000000 % 86400, .step_s = 900, .n = n };
}

static unsigned count(const char *what)
{
	unsigned n = 0;

	for (const char *at = room; (at = strstr(at, what)); at++)
		n++;
	return n;
}

START_TEST(labels_have_three_digits_at_most_and_a_unit)
{
	ck_assert_str_eq(label(PLOT_COUNT, 0), "0");
	ck_assert_str_eq(label(PLOT_COUNT, 999), "999");
	ck_assert_str_eq(label(PLOT_COUNT, 1000), "1k");
	ck_assert_str_eq(label(PLOT_COUNT, 1249), "1.2k");
	ck_assert_str_eq(label(PLOT_COUNT, 1250), "1.3k");
	ck_assert_str_eq(label(PLOT_COUNT, 999999), "1M");
	ck_assert_str_eq(label(PLOT_COUNT, 123456789), "123M");
	ck_assert_str_eq(label(PLOT_COUNT, UINT64_MAX), "18.4E");
	ck_assert_str_eq(label(PLOT_BYTES, 0), "0 B");
	ck_assert_str_eq(label(PLOT_BYTES, 999), "999 B");
	ck_assert_str_eq(label(PLOT_BYTES, 64000), "64 kB");
	ck_assert_str_eq(label(PLOT_BYTES, 1500000000), "1.5 GB");
}
END_TEST

START_TEST(an_axis_has_round_lines_and_reaches_over_what_is_highest)
{
	for (uint64_t most = 0, next; most < UINT64_MAX / 3; most = next) {
		uint64_t ticks[PLOT_TICKS];
		const size_t n = plot_ticks(most, ticks);

		next = most + most / 7 + 1;
		ck_assert(n >= 1 && n <= PLOT_TICKS);
		ck_assert(ticks[n - 1] >= (most > PLOT_MOST ? PLOT_MOST : most));
		ck_assert_msg(most < 4 || n >= 2, "%" PRIu64 " has %zu lines", most, n);
		for (size_t i = 0; i < n; i++) {
			uint64_t lead = ticks[0];

			ck_assert_uint_eq(ticks[i], ticks[0] * (i + 1));
			while (lead % 10 == 0)
				lead /= 10;
			ck_assert(lead == 1 || lead == 2 || lead == 5);
		}
	}
}
END_TEST

START_TEST(values_stand_where_they_belong)
{
	struct plot_scale s;

	plot_scale_make(&s, 87, false);
	ck_assert_uint_eq(s.top, 100);
	ck_assert_uint_eq(plot_scale_at(&s, 0, 1000), 0);
	ck_assert_uint_eq(plot_scale_at(&s, 50, 1000), 500);
	ck_assert_uint_eq(plot_scale_at(&s, 100, 1000), 1000);
	ck_assert_uint_eq(plot_scale_at(&s, 101, 1000), 1000);
	ck_assert_uint_eq(plot_scale_at(&s, UINT64_MAX, 1000), 1000);
	plot_scale_make(&s, 10000, true);
	ck_assert_uint_eq(s.top, 10000);
	ck_assert_uint_eq(plot_scale_at(&s, 2500, 1000), 500);
	ck_assert_uint_eq(plot_scale_at(&s, 1, 1000), 10);
	plot_scale_make(&s, UINT64_MAX, true);
	ck_assert_uint_le(plot_scale_at(&s, s.top / 4, 1000), 501);
	ck_assert_uint_ge(plot_scale_at(&s, s.top / 4, 1000), 499);
}
END_TEST

START_TEST(places_never_fall_where_values_rise)
{
	for (int root = 0; root < 2; root++) {
		struct plot_scale s;
		uint64_t last = 0;

		plot_scale_make(&s, UINT64_MAX / 9, root);
		for (uint64_t v = 0; v < UINT64_MAX / 9; v += v / 3 + 1) {
			const uint64_t at = plot_scale_at(&s, v, UINT64_C(1) << 32);

			ck_assert_uint_ge(at, last);
			ck_assert_uint_le(at, UINT64_C(1) << 32);
			last = at;
		}
	}
}
END_TEST

START_TEST(a_time_axis_is_labelled_in_hours_days_or_weeks)
{
	ck_assert_int_eq(plot_time_step(3600), 600);
	ck_assert_int_eq(plot_time_step(86400), 10800);
	ck_assert_int_eq(plot_time_step(7 * 86400), 86400);
	ck_assert_int_eq(plot_time_step(30 * 86400), 604800);
	ck_assert_int_ge(plot_time_step(INT64_MAX), INT64_MAX / 10);
	ck_assert_int_eq(plot_floor(-1, 86400), -86400);
	ck_assert_int_eq(plot_floor(-86400, 86400), -86400);
}
END_TEST

START_TEST(columns_stand_on_each_other)
{
	const uint64_t low[] = { 1, 0, 3 }, high[] = { 1, 0, PLOT_UNKNOWN };
	const struct plot_columns c = { .frame = frame_of(3), .kinds = 2, .names = { "a<b", "c" }, .values = { low, high } };

	begin();
	svg_plot_columns(&page, &c);
	must_be_whole();
	/* 80 pixels for three: the first is 1 below, 1 above it; the second is none; the third is one piece. */
	ck_assert_ptr_nonnull(strstr(room, "<rect class=\"k0\" x=\"1\" y=\"534\" width=\"8\" height=\"266\"/>"
					   "<rect class=\"k1\" x=\"1\" y=\"267\" width=\"8\" height=\"267\"/>"));
	ck_assert_ptr_nonnull(strstr(room, "<rect class=\"k0\" x=\"21\" y=\"0\" width=\"8\" height=\"800\"/></g>"));
	ck_assert_uint_eq(count("<rect"), 3);
	ck_assert_ptr_nonnull(strstr(room, ": 1 a&lt;b, 1 c</title>"));
}
END_TEST

START_TEST(a_single_event_is_seen_beside_a_million)
{
	const uint64_t values[] = { 1, 1000000 };
	const struct plot_columns c = { .frame = frame_of(2), .kinds = 1, .names = { "n" }, .values = { values } };

	begin();
	svg_plot_columns(&page, &c);
	ck_assert_ptr_nonnull(strstr(room, "x=\"1\" y=\"780\" width=\"8\" height=\"20\""));
}
END_TEST

START_TEST(a_line_has_gaps_and_a_lone_point_is_a_dash)
{
	const uint64_t values[] = { 4, PLOT_UNKNOWN, 2, 2 };
	const struct plot_lines l = { .frame = frame_of(4), .kinds = 1, .values = { values } };

	begin();
	svg_plot_lines(&page, &l);
	must_be_whole();
	ck_assert_ptr_nonnull(strstr(room, "d=\"M1 0h8M25 400L35 400\""));
}
END_TEST

START_TEST(what_left_the_band_is_marked_where_it_stands)
{
	const uint64_t values[] = { 1, 4 }, limit[] = { 2, 2 }, middle[] = { 1, PLOT_UNKNOWN };
	const bool marked[] = { false, true };
	const struct plot_lines l = { .frame = frame_of(2), .kinds = 1, .values = { values }, .limit = limit,
		.middle = middle, .marked = marked };

	begin();
	svg_plot_lines(&page, &l);
	must_be_whole();
	ck_assert_uint_eq(count("<circle"), 1);
	ck_assert_ptr_nonnull(strstr(room, "cy=\"20\" cx=\"75.00%\""));
	ck_assert_ptr_nonnull(strstr(room, "class=\"band\" d=\"M0 800V400h10V800zM10 800V400h10V800z\""));
	ck_assert_ptr_nonnull(strstr(room, "class=\"mid\" vector-effect=\"non-scaling-stroke\" d=\"M1 600h8\""));
}
END_TEST

START_TEST(a_tower_makes_the_axis_one_of_square_roots_and_says_so)
{
	uint64_t values[24];
	struct plot_lines l = { .frame = frame_of(24), .kinds = 1, .values = { values } };

	for (size_t i = 0; i < 24; i++)
		values[i] = 10 + i % 3;
	begin();
	svg_plot_lines(&page, &l);
	ck_assert(!plot_is_rooted(&l));
	ck_assert_uint_eq(count("square-root axis"), 0);
	values[7] = 5000;
	begin();
	svg_plot_lines(&page, &l);
	ck_assert(plot_is_rooted(&l));
	ck_assert_uint_eq(count("square-root axis"), 1);
}
END_TEST

START_TEST(it_says_what_it_is_to_who_cannot_see_it)
{
	const uint64_t values[] = { 1 };
	const struct plot_lines l = { .frame = frame_of(1), .kinds = 1, .values = { values } };

	begin();
	svg_plot_lines(&page, &l);
	ck_assert_ptr_nonnull(strstr(room, "role=\"img\" aria-labelledby=\"p1t p1d\""));
	ck_assert_ptr_nonnull(strstr(room, "<title id=\"p1t\">A &lt;title&gt;</title>"));
	ck_assert_ptr_nonnull(strstr(room, "<desc id=\"p1d\">&#34;about&#34; &amp; more</desc>"));
}
END_TEST

START_TEST(midnight_is_a_day_and_other_hours_are_hours)
{
	uint64_t values[96] = { 0 };
	const struct plot_lines l = { .frame = frame_of(96), .kinds = 1, .values = { values } };

	begin();
	svg_plot_lines(&page, &l);
	must_be_whole();
	ck_assert_uint_eq(count(">21 Sep<"), 1);
	ck_assert_uint_eq(count(">03:00<"), 1);
	ck_assert_uint_eq(count(">22 Sep<"), 1);
	ck_assert_uint_eq(count("lab odd"), 4);
	ck_assert_ptr_nonnull(strstr(room, "text-anchor=\"end\" x=\"100.00%\">22 Sep<"));
}
END_TEST

START_TEST(a_bar_is_as_long_as_its_share)
{
	begin();
	svg_plot_bar(&page, 1, 3);
	ck_assert_uint_eq(count("width=\"33.33%\""), 1);
	svg_plot_bar(&page, 1, 1000000);
	ck_assert_uint_eq(count("width=\"1.00%\""), 1);
	begin();
	svg_plot_bar(&page, 0, 0);
	must_be_whole();
	ck_assert_uint_eq(count("<rect"), 0);
	svg_plot_bar(&page, UINT64_MAX, UINT64_MAX);
	ck_assert_uint_eq(count("width=\"100.00%\""), 1);
}
END_TEST

START_TEST(nothing_to_plot_is_still_a_plot)
{
	const struct plot_lines l = { .frame = frame_of(0), .kinds = 1, .values = { NULL } };
	const struct plot_columns c = { .frame = frame_of(0), .kinds = 1, .values = { NULL }, .names = { "" } };

	begin();
	svg_plot_lines(&page, &l);
	must_be_whole();
	begin();
	svg_plot_columns(&page, &c);
	must_be_whole();
	begin();
	svg_plot_spark(&page, NULL, 0);
	must_be_whole();
}
END_TEST

START_TEST(no_plot_is_longer_than_its_bound)
{
	static uint64_t values[PLOT_KINDS][2 * PLOT_POINTS];
	static bool marked[2 * PLOT_POINTS];
	struct plot_columns c = { .frame = frame_of(2 * PLOT_POINTS), .kinds = PLOT_KINDS,
		.names = { "n", "n", "n", "n" } };
	struct plot_lines l = { .frame = frame_of(2 * PLOT_POINTS), .kinds = 1, .marked = marked };

	for (size_t k = 0; k < PLOT_KINDS; k++) {
		c.values[k] = l.values[k] = values[k];
		for (size_t i = 0; i < 2 * PLOT_POINTS; i++) {
			values[k][i] = UINT64_MAX - 1 - i;
			marked[i] = true;
		}
	}
	l.limit = l.middle = values[1];
	c.frame.unsure = l.frame.unsure = marked;
	begin();
	svg_plot_lines(&page, &l);
	must_be_whole();
	ck_assert_uint_eq(count("<circle"), PLOT_POINTS);
	ck_assert_uint_le(page.len, PLOT_POINTS * 120);
	begin();
	svg_plot_columns(&page, &c);
	must_be_whole();
	ck_assert_uint_le(page.len, PLOT_POINTS * 90 * (PLOT_KINDS + 1));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("svg_plot");
	TCase *tc = tcase_create("svg_plot");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, labels_have_three_digits_at_most_and_a_unit);
	tcase_add_test(tc, an_axis_has_round_lines_and_reaches_over_what_is_highest);
	tcase_add_test(tc, values_stand_where_they_belong);
	tcase_add_test(tc, places_never_fall_where_values_rise);
	tcase_add_test(tc, a_time_axis_is_labelled_in_hours_days_or_weeks);
	tcase_add_test(tc, columns_stand_on_each_other);
	tcase_add_test(tc, a_single_event_is_seen_beside_a_million);
	tcase_add_test(tc, a_line_has_gaps_and_a_lone_point_is_a_dash);
	tcase_add_test(tc, what_left_the_band_is_marked_where_it_stands);
	tcase_add_test(tc, a_tower_makes_the_axis_one_of_square_roots_and_says_so);
	tcase_add_test(tc, it_says_what_it_is_to_who_cannot_see_it);
	tcase_add_test(tc, midnight_is_a_day_and_other_hours_are_hours);
	tcase_add_test(tc, a_bar_is_as_long_as_its_share);
	tcase_add_test(tc, nothing_to_plot_is_still_a_plot);
	tcase_add_test(tc, no_plot_is_longer_than_its_bound);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
