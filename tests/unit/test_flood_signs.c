/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The second sign: arrivals and unfinished handshakes that rise together, and nothing that looks like it.
 */
#include "core/flood_signs.h"

#include <check.h>
#include <stdlib.h>

#include "core/detect_flood.h"

static const struct flood_opts opts = { .min_syns = 25, .newcomer_percent = 80 };

static void add(struct flood_signs *g, unsigned seconds, uint32_t syns, uint32_t newcomers, int32_t grown)
{
	while (seconds--)
		flood_signs_add(g, &(struct flood_second){ syns, newcomers, grown }, 0);
}

START_TEST(a_flood_beyond_a_busy_service_shows_after_two_seconds_at_the_earliest)
{
	struct flood_signs g = { 0 };

	add(&g, 30, 500, 50, 0);
	ck_assert(!flood_signs_unfinished(&g, &opts));
	add(&g, 1, 600, 150, 100);
	ck_assert(!flood_signs_unfinished(&g, &opts));
	add(&g, 1, 600, 150, 100);
	ck_assert(flood_signs_unfinished(&g, &opts));
	ck_assert(flood_signs_strangers(&g, &opts));
}
END_TEST

START_TEST(known_sources_are_no_strangers)
{
	struct flood_signs g = { 0 };

	add(&g, 30, 500, 50, 0);
	add(&g, 3, 600, 50, 100); /* their names are forged, or their way back broke */
	ck_assert(flood_signs_unfinished(&g, &opts));
	ck_assert(!flood_signs_strangers(&g, &opts));
}
END_TEST

START_TEST(half_of_all_is_a_sign_without_any_before)
{
	struct flood_signs g = { 0 };

	add(&g, 2, 50, 50, 50);
	ck_assert(flood_signs_unfinished(&g, &opts));
}
END_TEST

START_TEST(few_are_none)
{
	struct flood_signs g = { 0 };

	add(&g, 8, 24, 24, 24);
	ck_assert(!flood_signs_unfinished(&g, &opts));
	ck_assert(!flood_signs_strangers(&g, &opts));
}
END_TEST

START_TEST(a_crowd_that_completes_is_none)
{
	struct flood_signs g = { 0 };

	add(&g, 30, 500, 50, 0);
	add(&g, 8, 2000, 1500, 0);
	ck_assert(!flood_signs_unfinished(&g, &opts));
	ck_assert(!flood_signs_strangers(&g, &opts));
}
END_TEST

START_TEST(a_way_back_that_breaks_for_usual_clients_is_none)
{
	struct flood_signs g = { 0 };

	add(&g, 30, 500, 450, 0);
	for (unsigned s = 0; s < 60; s++) {
		add(&g, 1, 500 + s / 2, 450 + s / 2, 100);
		ck_assert(!flood_signs_unfinished(&g, &opts));
		ck_assert(!flood_signs_strangers(&g, &opts));
	}
}
END_TEST

START_TEST(a_service_that_woke_a_moment_ago_is_judged_by_its_waking_hours)
{
	struct flood_signs g = { 0 };

	add(&g, 1, 0, 0, 0);
	add(&g, 1, 133, 133, 0);
	add(&g, 6, 500, 0, 0);
	add(&g, 4, 550, 50, 50);
	ck_assert(flood_signs_unfinished(&g, &opts));
}
END_TEST

START_TEST(a_service_that_slept_long_and_woke_is_too)
{
	struct flood_signs g = { 0 };

	add(&g, 20, 0, 0, 0);
	add(&g, 6, 500, 0, 0);
	add(&g, 3, 600, 0, 100);
	ck_assert(flood_signs_unfinished(&g, &opts));
}
END_TEST

START_TEST(a_burst_before_hides_no_flood)
{
	struct flood_signs g = { 0 };

	add(&g, 20, 100, 5, 0);
	add(&g, 3, 20000, 5, 0);
	add(&g, 3, 200, 105, 90);
	ck_assert(flood_signs_unfinished(&g, &opts));
}
END_TEST

START_TEST(what_a_pile_of_before_shifts_by_chance_is_none)
{
	struct flood_signs g = { 0 };

	add(&g, 24, 500, 450, 0);
	for (unsigned i = 0; i < 4; i++)
		flood_signs_add(&g, &(struct flood_second){ 530, 480, 24 }, 5000);
	ck_assert(!flood_signs_unfinished(&g, &opts));
	g.pile = 200;
	ck_assert(flood_signs_unfinished(&g, &opts)); /* the same without much of a pile */
}
END_TEST

START_TEST(numbers_at_their_end_are_borne)
{
	struct flood_signs g = { 0 };

	for (unsigned i = 0; i < 40; i++)
		flood_signs_add(&g, &(struct flood_second){ UINT32_MAX, UINT32_MAX, INT32_MAX }, UINT32_MAX);
	flood_signs_unfinished(&g, &opts);
	flood_signs_strangers(&g, &opts);
	for (unsigned i = 0; i < 40; i++)
		flood_signs_add(&g, &(struct flood_second){ UINT32_MAX, 0, INT32_MIN }, UINT32_MAX);
	ck_assert(!flood_signs_unfinished(&g, &opts));
	ck_assert(!flood_signs_strangers(&g, &opts));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("flood_signs");
	TCase *t = tcase_create("flood_signs");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(t, a_flood_beyond_a_busy_service_shows_after_two_seconds_at_the_earliest);
	tcase_add_test(t, known_sources_are_no_strangers);
	tcase_add_test(t, half_of_all_is_a_sign_without_any_before);
	tcase_add_test(t, few_are_none);
	tcase_add_test(t, a_crowd_that_completes_is_none);
	tcase_add_test(t, a_way_back_that_breaks_for_usual_clients_is_none);
	tcase_add_test(t, a_service_that_woke_a_moment_ago_is_judged_by_its_waking_hours);
	tcase_add_test(t, a_service_that_slept_long_and_woke_is_too);
	tcase_add_test(t, a_burst_before_hides_no_flood);
	tcase_add_test(t, what_a_pile_of_before_shifts_by_chance_is_none);
	tcase_add_test(t, numbers_at_their_end_are_borne);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
