/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A host's baseline, slot by slot: who is judged and who is learned, what a gap is, and who must go where there is no
 * room.
 */
#include "core/baseline.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "core/flow_end.h"

#define DAYS(d) ((d) * SLOTS_A_DAY)
#define MONDAY (INT64_C(1772409600)) /* 2026-03-02 00:00 UTC */

static const struct baseline_opts opts = {
	.rule.enabled = true, .deviations = 4, .windows = 3, .learning_days = 7, .slow_windows = 12, .growth_percent = 300,
};

static struct baseline *b;
static struct slot_series web, host;
static struct slot now;

struct heard {
	unsigned n, rising;
	struct departure last;
};

static void hear(void *ctx, const struct departure *d)
{
	struct heard *h = ctx;

	h->n++;
	h->rising += d->rising;
	h->last = *d;
}

static struct slot_series named(const char *text)
{
	struct slot_series s = { .known = 1U << OF_CONNECTIONS };

	ck_assert_int_eq(series_parse(text, &s.id), 0);
	return s;
}

static void setup(void)
{
	void *memory = malloc(baseline_bytes());

	ck_assert_ptr_nonnull(memory);
	memset(memory, 0xa5, baseline_bytes());
	baseline_create(&b, memory);
	web = named("service 443/tcp in");
	host = named("host");
	now = (struct slot){ .start_s = MONDAY, .watched_s = SLOT_S, .series = &web, .n = 1 };
}

static void teardown(void)
{
	free(b);
}

/* So many slots of that value; a little unsteady, as all is. */
static struct heard slots(unsigned n, uint64_t value)
{
	struct heard h = { 0 };

	while (n--) {
		web.value[OF_CONNECTIONS] = value + (uint64_t)(now.start_s / SLOT_S % 7);
		baseline_slot(b, &opts, &now, hear, &h);
		now.start_s += SLOT_S;
	}
	return h;
}

static struct band band_of(const struct slot_series *s)
{
	struct band out;

	ck_assert(baseline_band(b, &opts, &s->id, OF_CONNECTIONS, now.start_s, now.utc_offset_s, &out));
	return out;
}

START_TEST(three_slots_far_above_are_a_departure_and_two_are_none)
{
	struct heard h;

	ck_assert_uint_eq(slots(DAYS(8), 1000).n, 0);
	ck_assert_uint_eq(slots(2, 9000).n, 0);
	ck_assert_uint_eq(slots(20, 1000).n, 0);
	h = slots(3, 9000);
	ck_assert_uint_eq(h.n, 1);
	ck_assert(h.last.rising);
	ck_assert(series_equal(&h.last.id, &web.id));
	ck_assert_uint_eq(h.last.measure, OF_CONNECTIONS);
	ck_assert_uint_eq(h.last.slots, 3);
	ck_assert_uint_ge(h.last.value, 9000);
	ck_assert_uint_gt(h.last.deviations, 400);
	ck_assert_uint_gt(h.last.limit, h.last.expected);
	h = slots(2, 9000);
	ck_assert_uint_eq(h.n, 2);
	ck_assert_uint_eq(h.rising, 0);
	ck_assert(band_of(&web).above);
	slots(3, 1000);
	ck_assert(!band_of(&web).above);
}
END_TEST

START_TEST(nothing_is_unusual_while_it_is_learned)
{
	slots(DAYS(6), 1000);
	ck_assert(!band_of(&web).known);
	ck_assert_uint_eq(slots(6, 90000).n, 0);
	slots(DAYS(1), 1000);
	ck_assert(band_of(&web).known);
	ck_assert_uint_eq(band_of(&web).slots, DAYS(7) + 6);
	ck_assert_int_eq(band_of(&web).since_s, MONDAY);
}
END_TEST

START_TEST(what_is_nearly_always_nothing_makes_no_news_of_a_little)
{
	slots(DAYS(9), 0);
	ck_assert_uint_eq(slots(6, 20).n, 0);
	ck_assert_uint_gt(slots(6, 500).n, 0);
}
END_TEST

START_TEST(a_frozen_slot_is_judged_and_not_learned)
{
	struct band before, after;

	slots(DAYS(8), 1000);
	before = band_of(&web);
	now.frozen = true;
	ck_assert_uint_eq(slots(DAYS(1), 9000).rising, 1);
	after = band_of(&web);
	ck_assert_uint_eq(after.slots, before.slots);
	ck_assert_uint_eq(after.limit, before.limit);
	ck_assert_uint_eq(after.yesterday, 0); /* nothing of yesterday was believed */
	now.frozen = false;
	ck_assert_uint_gt(slots(3, 9000).n, 0);
}
END_TEST

START_TEST(a_frozen_slot_begins_no_series)
{
	struct baseline_stats stats;

	now.frozen = true;
	slots(3, 9000);
	baseline_stats(b, &stats);
	ck_assert_uint_eq(stats.models, 0);
	ck_assert_uint_eq(stats.frozen, 3);
}
END_TEST

START_TEST(the_same_hour_of_yesterday_is_no_news_today)
{
	slots(DAYS(8) + 168, 1000);
	ck_assert_uint_eq(slots(8, 9000).rising, 1);
	slots(SLOTS_A_DAY - 8, 1000);
	ck_assert_uint_eq(slots(8, 9000).n, 0);
	slots(SLOTS_A_DAY - 8, 1000);
	ck_assert_uint_gt(slots(8, 30000).n, 0); /* but three times that is */
}
END_TEST

START_TEST(what_comes_each_week_is_told_once)
{
	unsigned told = 0;

	slots(DAYS(13), 1000);
	for (unsigned week = 0; week < 4; week++) {
		told += slots(24, 6000).rising;
		slots(DAYS(7) - 24, 1000);
	}
	ck_assert_uint_eq(told, 1);
}
END_TEST

START_TEST(a_ramp_that_the_band_follows_is_stopped_by_the_weeks)
{
	struct heard h = { 0 };
	uint64_t value = 1000;

	slots(DAYS(28), 1000);
	for (unsigned hour = 0; hour < 72 && !h.n; hour++) { /* 5 % an hour: 33 times in three days */
		h = slots(12, value);
		value = value * 105 / 100;
	}
	ck_assert_uint_gt(h.n, 0);
	ck_assert(h.last.slow);
	ck_assert_uint_lt(value, 4000);
	ck_assert_uint_ge(h.last.usual, 1000);
	ck_assert_uint_le(h.last.usual, 1010);
}
END_TEST

START_TEST(a_gap_breaks_the_row_and_teaches_nothing)
{
	struct baseline_stats stats;
	struct band before;

	slots(DAYS(8), 1000);
	slots(2, 9000);
	before = band_of(&web);
	now.start_s += 10 * SLOT_S;
	ck_assert_uint_eq(band_of(&web).slots, before.slots);
	ck_assert_uint_eq(slots(2, 9000).n, 0);
	baseline_stats(b, &stats);
	ck_assert_uint_eq(stats.gaps, 10);
	now.watched_s = 100;
	slots(1, 9000);
	now.watched_s = SLOT_S;
	baseline_stats(b, &stats);
	ck_assert_uint_eq(stats.gaps, 11);
	now.start_s -= 20 * SLOT_S; /* a clock that was set back */
	ck_assert_uint_eq(slots(5, 9000).n, 0);
	baseline_stats(b, &stats);
	ck_assert_uint_eq(stats.gaps, 16);
}
END_TEST

/* A clock that came up years ahead and was put right: what was judged meanwhile must not be the last word for years. */
START_TEST(a_clock_that_was_far_ahead_costs_what_it_lasted)
{
	struct heard h;
	int64_t right;

	slots(DAYS(8), 1000);
	right = now.start_s;
	now.start_s += INT64_C(10) * 365 * 86400;
	slots(2, 1000);
	now.start_s = right;
	ck_assert_uint_eq(slots(DAYS(1), 1000).n, 0);
	ck_assert_uint_eq(band_of(&web).slots, DAYS(9) + 2);
	h = slots(3, 9000);
	ck_assert_uint_eq(h.rising, 1);
}
END_TEST

/* Who was met first while the clock was ahead learns, is judged, and gives its place like others. */
START_TEST(who_was_met_in_the_future_is_as_old_as_now)
{
	int64_t right = now.start_s;

	slots(1, 1000);
	now.start_s += INT64_C(10) * 365 * 86400;
	host.value[OF_CONNECTIONS] = 1000;
	now.series = &host;
	baseline_slot(b, &opts, &now, NULL, NULL);
	now.start_s = right + SLOT_S;
	for (unsigned i = 0; i < DAYS(8); i++, now.start_s += SLOT_S)
		baseline_slot(b, &opts, &now, NULL, NULL);
	ck_assert(band_of(&host).known);
	ck_assert_int_eq(band_of(&host).since_s, right + SLOT_S);
}
END_TEST

START_TEST(a_service_that_is_not_named_had_nothing_and_a_link_is_not_known)
{
	struct slot_series both[2];
	struct band band;

	both[0] = web;
	both[1] = named("link eth0");
	both[1].known = 1U << OF_BYTES_IN;
	both[0].value[OF_CONNECTIONS] = both[1].value[OF_BYTES_IN] = 400;
	now.series = both;
	now.n = 2;
	baseline_slot(b, &opts, &now, NULL, NULL);
	now.start_s += SLOT_S;
	now.n = 0;
	baseline_slot(b, &opts, &now, NULL, NULL);
	ck_assert_uint_eq(band_of(&web).slots, 2);
	ck_assert(baseline_band(b, &opts, &both[1].id, OF_BYTES_IN, now.start_s, 0, &band));
	ck_assert_uint_eq(band.slots, 1);
}
END_TEST

START_TEST(what_is_not_known_is_not_nothing)
{
	struct band band;

	web.known |= 1U << OF_HALF_OPEN | 1U << OF_TIME_WAIT;
	slots(1, 5);
	web.known = 1U << OF_CONNECTIONS;
	slots(3, 5);
	ck_assert(baseline_band(b, &opts, &web.id, OF_HALF_OPEN, now.start_s, 0, &band));
	ck_assert_uint_eq(band.slots, 1);
	ck_assert(!baseline_band(b, &opts, &web.id, OF_TIME_WAIT, now.start_s, 0, &band)); /* not learned at all */
	ck_assert(!baseline_band(b, &opts, &host.id, OF_CONNECTIONS, now.start_s, 0, &band));
}
END_TEST

START_TEST(the_clocks_change_and_the_day_keeps_its_shape)
{
	struct heard h = { 0 };

	for (unsigned t = 0; t < DAYS(15); t++) {
		unsigned of_day;

		if (t == DAYS(10))
			now.utc_offset_s = 3600;
		if (t == DAYS(12))
			now.utc_offset_s = 0;
		of_day = slot_of_day(now.start_s, now.utc_offset_s);
		web.value[OF_CONNECTIONS] = of_day >= 96 && of_day < 216 ? 9000 : 300;
		baseline_slot(b, &opts, &now, hear, &h);
		now.start_s += SLOT_S;
	}
	ck_assert_uint_eq(h.n, 0);
}
END_TEST

START_TEST(a_rule_that_is_off_learns_in_silence)
{
	struct baseline_opts off = opts;
	struct heard h = { 0 };

	off.rule.enabled = false;
	slots(DAYS(8), 1000);
	web.value[OF_CONNECTIONS] = 9000;
	for (unsigned i = 0; i < 5; i++, now.start_s += SLOT_S)
		baseline_slot(b, &off, &now, hear, &h);
	ck_assert_uint_eq(h.n, 0);
	ck_assert_uint_eq(band_of(&web).slots, DAYS(8) + 5);
}
END_TEST

/* As many services as there are models; port i + 1. */
static void crowd(unsigned n, uint64_t value)
{
	static struct slot_series many[BASELINE_MODELS];

	for (unsigned i = 0; i < n; i++) {
		many[i] = web;
		many[i].id.port = (uint16_t)(i + 1);
		many[i].value[OF_CONNECTIONS] = value;
	}
	now.series = many;
	now.n = n;
	baseline_slot(b, &opts, &now, NULL, NULL);
	now.start_s += SLOT_S;
	now.series = &web;
	now.n = 1;
}

START_TEST(a_new_series_takes_the_place_of_one_that_was_silent_for_a_day)
{
	struct baseline_stats stats;
	struct band band;

	crowd(BASELINE_MODELS, 5);
	web.id.port = 40000;
	slots(1, 5);
	baseline_stats(b, &stats);
	ck_assert_uint_eq(stats.models, BASELINE_MODELS);
	ck_assert_uint_eq(stats.crowded, 1);
	crowd(BASELINE_MODELS - 1, 5); /* the last one stays silent */
	now.start_s += DAYS(1) * SLOT_S - 2 * SLOT_S;
	slots(1, 5);
	baseline_stats(b, &stats);
	ck_assert_uint_eq(stats.models, BASELINE_MODELS);
	ck_assert_uint_eq(stats.replaced, 1);
	ck_assert_uint_eq(band_of(&web).slots, 1);
	web.id.port = BASELINE_MODELS;
	ck_assert(!baseline_band(b, &opts, &web.id, OF_CONNECTIONS, now.start_s, 0, &band));
	web.id.port = 1;
	ck_assert(baseline_band(b, &opts, &web.id, OF_CONNECTIONS, now.start_s, 0, &band));
}
END_TEST

START_TEST(where_all_is_taken_nothing_pushes_nobody_out)
{
	struct baseline_stats stats;

	crowd(BASELINE_MODELS, 5);
	now.start_s += DAYS(3) * SLOT_S;
	web.id.port = 40000;
	web.value[OF_CONNECTIONS] = 0;
	baseline_slot(b, &opts, &now, NULL, NULL);
	baseline_stats(b, &stats);
	ck_assert_uint_eq(stats.replaced, 0);
	ck_assert_uint_eq(stats.crowded, 1);
}
END_TEST

static void in_order(void *ctx, const struct series_id *id, enum measure_of m)
{
	struct heard *h = ctx;

	if (h->n++) {
		int way = series_compare(&h->last.id, id);

		ck_assert(way < 0 || (way == 0 && h->last.measure < m));
	}
	h->last.id = *id;
	h->last.measure = m;
}

START_TEST(each_comes_in_order_and_forgetting_leaves_nothing)
{
	struct slot_series mixed[4] = { named("service 80/tcp in"), named("proto udp out"), named("host"), web };
	struct heard h = { 0 };
	struct baseline_stats stats;

	for (unsigned i = 0; i < 4; i++)
		mixed[i].known = (1U << OF_MEASURES) - 1;
	now.series = mixed;
	now.n = 4;
	baseline_slot(b, &opts, &now, NULL, NULL);
	baseline_each(b, in_order, &h);
	ck_assert_uint_eq(h.n, 8 + 3 + 7 + 8);
	baseline_forget(b);
	memset(&h, 0, sizeof(h));
	baseline_each(b, in_order, &h);
	baseline_stats(b, &stats);
	ck_assert_uint_eq(h.n, 0);
	ck_assert_uint_eq(stats.slots, 0);
}
END_TEST

START_TEST(hostile_numbers_do_no_harm)
{
	struct band band;

	for (unsigned i = 0; i < 1000; i++) {
		web.value[OF_CONNECTIONS] = i % 3 ? UINT64_MAX : 0;
		now.utc_offset_s = i % 2 ? INT32_MAX : INT32_MIN;
		baseline_slot(b, &opts, &now, NULL, NULL);
		now.start_s += SLOT_S;
	}
	now.start_s = INT64_MAX;
	baseline_slot(b, &opts, &now, NULL, NULL);
	now.start_s = INT64_MIN;
	baseline_slot(b, &opts, &now, NULL, NULL);
	ck_assert(!baseline_band(b, &opts, &web.id, OF_CONNECTIONS, now.start_s, 0, &band));
	now.start_s = MONDAY;
	ck_assert_uint_le(band_of(&web).limit, UINT64_C(1) << 48);
}
END_TEST

START_TEST(it_costs_less_than_four_mebibytes)
{
	ck_assert_uint_le(baseline_bytes(), 4 << 20);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("baseline");
	TCase *tc = tcase_create("baseline");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, three_slots_far_above_are_a_departure_and_two_are_none);
	tcase_add_test(tc, nothing_is_unusual_while_it_is_learned);
	tcase_add_test(tc, what_is_nearly_always_nothing_makes_no_news_of_a_little);
	tcase_add_test(tc, a_frozen_slot_is_judged_and_not_learned);
	tcase_add_test(tc, a_frozen_slot_begins_no_series);
	tcase_add_test(tc, the_same_hour_of_yesterday_is_no_news_today);
	tcase_add_test(tc, what_comes_each_week_is_told_once);
	tcase_add_test(tc, a_ramp_that_the_band_follows_is_stopped_by_the_weeks);
	tcase_add_test(tc, a_gap_breaks_the_row_and_teaches_nothing);
	tcase_add_test(tc, a_clock_that_was_far_ahead_costs_what_it_lasted);
	tcase_add_test(tc, who_was_met_in_the_future_is_as_old_as_now);
	tcase_add_test(tc, a_service_that_is_not_named_had_nothing_and_a_link_is_not_known);
	tcase_add_test(tc, what_is_not_known_is_not_nothing);
	tcase_add_test(tc, the_clocks_change_and_the_day_keeps_its_shape);
	tcase_add_test(tc, a_rule_that_is_off_learns_in_silence);
	tcase_add_test(tc, a_new_series_takes_the_place_of_one_that_was_silent_for_a_day);
	tcase_add_test(tc, where_all_is_taken_nothing_pushes_nobody_out);
	tcase_add_test(tc, each_comes_in_order_and_forgetting_leaves_nothing);
	tcase_add_test(tc, hostile_numbers_do_no_harm);
	tcase_add_test(tc, it_costs_less_than_four_mebibytes);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
