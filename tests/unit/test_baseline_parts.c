/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts of a baseline's model: what the season follows and what it does not, what the weeks believe, and when the
 * watch over both says something.
 */
#include "core/baseline_parts.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "core/flow_end.h"

#define HOUR INT64_C(3600)
#define MONDAY (INT64_C(1772409600)) /* 2026-03-02 00:00 UTC */
#define Q16(x) ((int64_t)((x) * 65536))

static const struct baseline_opts opts = {
	.rule.enabled = true, .deviations = 4, .windows = 3, .learning_days = 7, .slow_windows = 12, .growth_percent = 300,
};

START_TEST(roots_and_squares_meet_over_the_whole_range)
{
	for (unsigned bits = 0; bits < 46; bits++) {
		uint64_t value = (UINT64_C(1) << bits) + bits, back = square_q16(root_q16(value));

		ck_assert_uint_le(back > value ? back - value : value - back, value >> 12);
	}
	ck_assert_int_eq(root_q16(0), 0);
	ck_assert_int_eq(root_q16(9), Q16(3));
	ck_assert_uint_eq(square_q16(Q16(3)), 9);
	ck_assert_uint_eq(square_q16(-5), 0);
	ck_assert_int_eq(root_q16(UINT64_MAX), root_q16(VALUE_MOST));
	ck_assert_uint_le(square_q16(INT64_MAX), VALUE_MOST);
}
END_TEST

START_TEST(percent_of_small_values_is_not_cut_to_nothing)
{
	ck_assert_uint_eq(percent_of(20, 150), 30);
	ck_assert_uint_eq(percent_of(VALUE_MOST, 300), VALUE_MOST / 100 * 300);
}
END_TEST

/* By day 100, by night (the first 72 slots) 25. */
static int64_t steady(unsigned slot)
{
	return slot < 72 ? Q16(5) : Q16(10);
}

static void live(struct season *s, unsigned days, int64_t (*root)(unsigned))
{
	for (unsigned t = 0; t < days * SLOTS_A_DAY; t++)
		season_learn(s, t % SLOTS_A_DAY, root(t % SLOTS_A_DAY), 4, false);
}

START_TEST(a_season_knows_day_and_night_apart)
{
	static struct season s;
	struct season_view night, day;

	memset(&s, 0, sizeof(s));
	season_look(&s, 10, &night);
	ck_assert_uint_eq(night.seen, 0);
	ck_assert_int_gt(night.width, 0);
	live(&s, 8, steady);
	season_look(&s, 10, &night);
	season_look(&s, 200, &day);
	ck_assert_uint_eq(square_q16(night.middle), 25);
	ck_assert_uint_eq(square_q16(day.middle), 100);
	ck_assert_uint_eq(day.seen, 8);
	ck_assert_int_eq(night.width, Q16(0.5)); /* never narrower than a Poisson count is wide */
	ck_assert_int_eq(day.width, Q16(10) / 12);
}
END_TEST

START_TEST(one_slot_is_believed_to_the_bands_edge_and_no_further)
{
	static struct season far, edge;
	struct season_view v;

	memset(&far, 0, sizeof(far));
	live(&far, 8, steady);
	edge = far;
	season_look(&far, 0, &v);
	season_learn(&far, 0, root_q16(VALUE_MOST), 4, false);
	season_learn(&edge, 0, v.middle + 4 * v.width, 4, false);
	ck_assert_int_eq(far.level, edge.level);
	ck_assert_int_eq(far.middle[0], edge.middle[0]);
	ck_assert_uint_eq(far.width[0], edge.width[0]);
	season_learn(&far, 1, 0, 4, false); /* nor downwards */
	season_look(&edge, 1, &v);
	season_learn(&edge, 1, v.middle - 4 * v.width, 4, false);
	ck_assert_int_eq(far.level, edge.level);
}
END_TEST

START_TEST(a_surge_each_day_does_not_widen_its_own_band)
{
	static struct season s;
	struct season_view before, after;

	memset(&s, 0, sizeof(s));
	live(&s, 8, steady);
	season_look(&s, 150, &before);
	for (unsigned t = 0; t < 14 * SLOTS_A_DAY; t++) {
		unsigned slot = t % SLOTS_A_DAY;

		season_learn(&s, slot, slot >= 148 && slot < 154 ? Q16(40) : steady(slot), 4, false);
	}
	season_look(&s, 150, &after);
	ck_assert_int_le(after.width, before.width * 2);
	ck_assert_int_lt(after.middle + 4 * after.width, Q16(40));
}
END_TEST

START_TEST(what_is_beyond_its_gates_moves_the_level_and_not_the_season)
{
	static struct season s, before, within;

	memset(&s, 0, sizeof(s));
	live(&s, 8, steady);
	before = within = s;
	season_learn(&s, 100, Q16(40), 4, true);
	season_learn(&within, 100, Q16(40), 4, false);
	ck_assert_int_le(llabs(2 * (s.level - before.level) - (within.level - before.level)), 2); /* at half the pace */
	ck_assert_int_gt(s.level, before.level);
	ck_assert_int_eq(s.middle[100], before.middle[100]);
	ck_assert_uint_eq(s.width[100], before.width[100]);
}
END_TEST

START_TEST(a_new_level_is_followed_within_hours)
{
	static struct season s;
	struct season_view v;

	memset(&s, 0, sizeof(s));
	live(&s, 8, steady);
	for (unsigned t = 100; t < 100 + 48; t++)
		season_learn(&s, t, Q16(14), 4, false);
	season_look(&s, 148, &v);
	ck_assert_int_gt(v.middle, Q16(12.5));
	ck_assert_int_lt(v.middle, Q16(15));
}
END_TEST

START_TEST(slots_that_were_never_met_take_the_level_with_them)
{
	static struct season s;
	struct season_view v;

	memset(&s, 0, sizeof(s));
	for (unsigned t = 0; t < 4 * SLOTS_A_DAY; t++) /* a host that is up from 08:00 to 20:00 */
		season_learn(&s, 96 + t % 144, Q16(10), 4, false);
	season_look(&s, 20, &v);
	ck_assert_uint_eq(v.seen, 0);
	season_learn(&s, 20, Q16(3), 4, false);
	season_look(&s, 20, &v);
	ck_assert_uint_eq(v.seen, 1);
	ck_assert_uint_eq(square_q16(v.middle), 9);
	season_look(&s, 100, &v);
	ck_assert_uint_eq(square_q16(v.middle), 100);
}
END_TEST

static void hours(struct weeks *w, int64_t from_s, int64_t to_s, int32_t offset_s, uint64_t value)
{
	for (int64_t t = from_s; t < to_s; t += SLOT_S)
		weeks_learn(w, t, offset_s, value, 50);
}

START_TEST(the_median_of_an_hour_of_the_week_goes_over_the_last_four)
{
	static struct weeks w;
	struct weeks_view v;
	const uint64_t values[] = { 1000, 1010, 990, 1020, 1100 };

	memset(&w, 0, sizeof(w));
	for (unsigned week = 0; week < 5; week++) {
		int64_t from = MONDAY + week * 7 * 24 * HOUR;

		weeks_look(&w, from, 0, &v);
		ck_assert_uint_eq(v.weeks, week < 4 ? week : 4);
		hours(&w, from, from + HOUR, 0, values[week]);
		hours(&w, from + HOUR, from + 2 * HOUR, 0, 7);
	}
	weeks_look(&w, MONDAY, 0, &v);
	ck_assert_uint_le(v.median - 1014, 2); /* of 1010, 990, 1020, 1100: the mean of the two in the middle */
	weeks_look(&w, MONDAY + HOUR, 0, &v);
	ck_assert_uint_eq(v.weeks, 4); /* the fifth is not over */
	ck_assert_uint_eq(v.median, 7);
	weeks_look(&w, MONDAY + 24 * HOUR, 0, &v);
	ck_assert_uint_eq(v.weeks, 0);
	ck_assert_uint_eq(v.median, 0);
}
END_TEST

START_TEST(an_hour_teaches_no_more_than_thirty_percent_a_week)
{
	static struct weeks w;
	struct weeks_view v;

	memset(&w, 0, sizeof(w));
	for (unsigned week = 0; week < 3; week++)
		hours(&w, MONDAY + week * 168 * HOUR, MONDAY + week * 168 * HOUR + HOUR + SLOT_S, 0, 1000);
	for (unsigned week = 3; week < 7; week++)
		hours(&w, MONDAY + week * 168 * HOUR, MONDAY + week * 168 * HOUR + HOUR + SLOT_S, 0, 100000);
	weeks_look(&w, MONDAY, 0, &v);
	ck_assert_uint_gt(v.median, 1250);
	ck_assert_uint_lt(v.median, 1700);
}
END_TEST

START_TEST(a_small_hour_grows_freely_to_what_is_worth_a_word)
{
	static struct weeks w;
	struct weeks_view v;

	memset(&w, 0, sizeof(w));
	for (unsigned week = 0; week < 8; week++)
		hours(&w, MONDAY + week * 168 * HOUR, MONDAY + week * 168 * HOUR + HOUR + SLOT_S, 0, week < 3 ? 0 : 40);
	weeks_look(&w, MONDAY, 0, &v);
	ck_assert_uint_eq(v.median, 40);
}
END_TEST

START_TEST(half_an_hour_at_least_must_have_been_watched)
{
	static struct weeks w;
	struct weeks_view v;

	memset(&w, 0, sizeof(w));
	hours(&w, MONDAY, MONDAY + 5 * SLOT_S, 0, 1000);
	hours(&w, MONDAY + HOUR, MONDAY + HOUR + SLOT_S, 0, 1000);
	weeks_look(&w, MONDAY, 0, &v);
	ck_assert_uint_eq(v.weeks, 0);
	weeks_look(&w, MONDAY + 24 * HOUR, 0, &v);
	ck_assert_uint_eq(v.yesterday, 0);
}
END_TEST

START_TEST(yesterday_is_what_stood_for_three_slots_and_so_is_last_week)
{
	static struct weeks w;
	struct weeks_view v;
	const uint64_t values[12] = { 10, 10, 9000, 9000, 10, 500, 600, 700, 10, 10, 10, 10 };

	memset(&w, 0, sizeof(w));
	for (unsigned i = 0; i < 12; i++)
		weeks_learn(&w, MONDAY + i * SLOT_S, 0, values[i], 50);
	weeks_learn(&w, MONDAY + HOUR, 0, 10, 50);
	weeks_look(&w, MONDAY + 24 * HOUR, 0, &v);
	ck_assert_uint_eq(v.yesterday, 500); /* a burst of two slots is none of it */
	ck_assert_uint_eq(v.last_week, 0);
	weeks_look(&w, MONDAY + 168 * HOUR, 0, &v);
	ck_assert_uint_eq(v.last_week, 500);
	ck_assert_uint_eq(v.yesterday, 0);
	weeks_look(&w, MONDAY + 48 * HOUR, 0, &v);
	ck_assert_uint_eq(v.yesterday, 0);
	weeks_look(&w, MONDAY + 25 * HOUR, 0, &v);
	ck_assert_uint_eq(v.yesterday, 0);
	weeks_look(&w, MONDAY + 2 * 168 * HOUR, 0, &v);
	ck_assert_uint_eq(v.last_week, 0);
}
END_TEST

START_TEST(an_hour_that_the_clocks_repeat_is_one_hour)
{
	static struct weeks w;
	struct weeks_view v;
	const int64_t back = MONDAY + 6 * 24 * HOUR + HOUR; /* Sunday 01:00 UTC: 03:00 is 02:00 */

	memset(&w, 0, sizeof(w));
	hours(&w, back - HOUR, back, 7200, 100);
	hours(&w, back, back + HOUR, 3600, 300);
	hours(&w, back + HOUR, back + HOUR + SLOT_S, 3600, 1);
	weeks_look(&w, back, 3600, &v);
	ck_assert_uint_eq(v.weeks, 1);
	ck_assert_uint_le(v.median - 199, 2);
}
END_TEST

static struct gates gates_at(uint64_t limit, uint64_t slow)
{
	return (struct gates){ .known = limit > 0, .slow_known = slow > 0, .limit = limit, .slow_limit = slow };
}

static enum watch_says steps(struct watch *w, const struct gates *g, unsigned n, uint64_t value, bool *rising)
{
	enum watch_says says = WATCH_QUIET;

	*rising = false;
	while (n--)
		says = watch_slot(w, &opts, g, value, rising);
	return says;
}

START_TEST(the_third_slot_in_a_row_rises_and_the_next_lasts)
{
	struct gates g = gates_at(100, 0);
	struct watch w = { 0 };
	bool rising;

	ck_assert_uint_eq(steps(&w, &g, 2, 101, &rising), WATCH_QUIET);
	ck_assert_uint_eq(steps(&w, &g, 1, 101, &rising), WATCH_FAST);
	ck_assert(rising);
	ck_assert_uint_eq(steps(&w, &g, 1, 101, &rising), WATCH_FAST);
	ck_assert(!rising);
	ck_assert_uint_eq(steps(&w, &g, 2, 100, &rising), WATCH_QUIET); /* a dip of two is the same departure */
	ck_assert_uint_eq(steps(&w, &g, 1, 101, &rising), WATCH_FAST);
	ck_assert(!rising);
	steps(&w, &g, 3, 100, &rising);
	ck_assert_uint_eq(steps(&w, &g, 2, 101, &rising), WATCH_QUIET);
	ck_assert_uint_eq(steps(&w, &g, 1, 101, &rising), WATCH_FAST);
	ck_assert(rising);
}
END_TEST

START_TEST(two_and_a_gap_and_one_are_not_three)
{
	struct gates g = gates_at(100, 0), unknown = gates_at(0, 0);
	struct watch w = { 0 };
	bool rising;

	steps(&w, &g, 2, 500, &rising);
	watch_gap(&w);
	ck_assert_uint_eq(steps(&w, &g, 2, 500, &rising), WATCH_QUIET);
	ck_assert_uint_eq(steps(&w, &g, 1, 500, &rising), WATCH_FAST);
	memset(&w, 0, sizeof(w));
	ck_assert_uint_eq(steps(&w, &unknown, 100, 500, &rising), WATCH_QUIET);
}
END_TEST

START_TEST(the_slow_gate_rises_after_an_hour_and_falls_after_a_day)
{
	struct gates g = gates_at(1000, 100);
	struct watch w = { 0 };
	bool rising;

	ck_assert_uint_eq(steps(&w, &g, 11, 500, &rising), WATCH_QUIET);
	ck_assert_uint_eq(steps(&w, &g, 1, 500, &rising), WATCH_SLOW);
	ck_assert(rising);
	steps(&w, &g, SLOTS_A_DAY - 1, 50, &rising);
	ck_assert_uint_eq(steps(&w, &g, 1, 500, &rising), WATCH_SLOW);
	ck_assert(!rising);
	steps(&w, &g, SLOTS_A_DAY, 50, &rising);
	ck_assert_uint_eq(steps(&w, &g, 11, 500, &rising), WATCH_QUIET);
	ck_assert_uint_eq(steps(&w, &g, 1, 500, &rising), WATCH_SLOW);
	ck_assert(rising);
}
END_TEST

START_TEST(what_the_band_has_told_the_slow_gate_does_not_tell_again)
{
	struct gates g = gates_at(100, 90), used_to_it = gates_at(1000, 90);
	struct watch w = { 0 };
	bool rising;

	ck_assert_uint_eq(steps(&w, &g, 12, 500, &rising), WATCH_FAST);
	ck_assert_uint_eq(steps(&w, &used_to_it, 1, 500, &rising), WATCH_SLOW);
	ck_assert(!rising);
	steps(&w, &used_to_it, 20, 500, &rising);
	ck_assert(!rising);
}
END_TEST

static struct gates set(enum measure_of m, int64_t middle, const struct weeks_view *weeks)
{
	struct season_view season = { .middle = middle, .width = Q16(0.5), .seen = 9 };
	struct gates_input in = { &season, weeks, m, true };
	struct gates g;

	gates_set(&opts, &in, &g);
	return g;
}

START_TEST(the_limit_is_the_highest_of_band_floor_week_and_yesterday)
{
	struct weeks_view none = { 0 }, sunday = { .weeks = 1, .median = 5000 };
	struct weeks_view yesterday = { .yesterday = 3000, .last_week = 2000 }, full = { .weeks = 3, .median = 100 };

	ck_assert_uint_eq(set(OF_CONNECTIONS, Q16(20), &none).limit, 484); /* (20 + 4 / 2)^2 */
	ck_assert_uint_eq(set(OF_CONNECTIONS, 0, &none).limit, baseline_least(OF_CONNECTIONS));
	ck_assert_uint_eq(set(OF_CONNECTIONS, Q16(20), &sunday).limit, 7500);
	ck_assert(!set(OF_CONNECTIONS, Q16(20), &sunday).slow_known);
	ck_assert_uint_eq(set(OF_CONNECTIONS, Q16(20), &yesterday).limit, 4500);
	ck_assert(set(OF_CONNECTIONS, Q16(20), &full).slow_known);
	ck_assert_uint_eq(set(OF_CONNECTIONS, Q16(20), &full).slow_limit, 300);
}
END_TEST

START_TEST(each_measure_that_is_learned_has_a_floor)
{
	const char *texts[] = { "host", "link eth0", "proto tcp in", "service 80/tcp in", "service 80/tcp out" };
	unsigned learned = 0;

	for (unsigned i = 0; i < 5; i++) {
		struct series_id id;

		ck_assert_int_eq(series_parse(texts[i], &id), 0);
		for (unsigned m = 0; m < OF_MEASURES; m++) {
			if (!baseline_learns(&id, m))
				continue;
			learned++;
			ck_assert_uint_gt(baseline_least(m), 3);
		}
		ck_assert(!baseline_learns(&id, OF_MEASURES));
	}
	/* 8 links, 40 services, 20 called outside, all protocols: what 512 models are said to hold */
	ck_assert_uint_eq(learned, 7 + 4 + 3 + 8 + 3);
	ck_assert_uint_le(7 + 8 * 4 + 8 * 3 + 40 * 8 + 20 * 3, BASELINE_MODELS);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("baseline_parts");
	TCase *tc = tcase_create("baseline_parts");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, roots_and_squares_meet_over_the_whole_range);
	tcase_add_test(tc, percent_of_small_values_is_not_cut_to_nothing);
	tcase_add_test(tc, a_season_knows_day_and_night_apart);
	tcase_add_test(tc, one_slot_is_believed_to_the_bands_edge_and_no_further);
	tcase_add_test(tc, a_surge_each_day_does_not_widen_its_own_band);
	tcase_add_test(tc, what_is_beyond_its_gates_moves_the_level_and_not_the_season);
	tcase_add_test(tc, a_new_level_is_followed_within_hours);
	tcase_add_test(tc, slots_that_were_never_met_take_the_level_with_them);
	tcase_add_test(tc, the_median_of_an_hour_of_the_week_goes_over_the_last_four);
	tcase_add_test(tc, an_hour_teaches_no_more_than_thirty_percent_a_week);
	tcase_add_test(tc, a_small_hour_grows_freely_to_what_is_worth_a_word);
	tcase_add_test(tc, half_an_hour_at_least_must_have_been_watched);
	tcase_add_test(tc, yesterday_is_what_stood_for_three_slots_and_so_is_last_week);
	tcase_add_test(tc, an_hour_that_the_clocks_repeat_is_one_hour);
	tcase_add_test(tc, the_third_slot_in_a_row_rises_and_the_next_lasts);
	tcase_add_test(tc, two_and_a_gap_and_one_are_not_three);
	tcase_add_test(tc, the_slow_gate_rises_after_an_hour_and_falls_after_a_day);
	tcase_add_test(tc, what_the_band_has_told_the_slow_gate_does_not_tell_again);
	tcase_add_test(tc, the_limit_is_the_highest_of_band_floor_week_and_yesterday);
	tcase_add_test(tc, each_measure_that_is_learned_has_a_floor);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
