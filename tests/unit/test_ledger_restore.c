/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an earlier run remembered, what the kernel has lost, and what is told of both. */
#include <check.h>
#include <stdio.h>

#include "base/err.h"
#include "support/ledger_lab.h"

#define FORGET (24 * 60 * MINUTE)

static struct ledger_lab lab;

/* A drop of the third offence, an hour old, with half an hour left. */
static struct measure remembered(const char *who)
{
	return (struct measure){ .subject = lab_source(who), .response = RESPONSE_DROP,
		.state = MEASURE_APPLIED, .since = mono_add(lab.now, -60 * MINUTE),
		.until = mono_add(lab.now, 30 * MINUTE), .base_ttl_ns = 15 * MINUTE,
		.ladder = { RESPONSE_LIMIT, RESPONSE_DROP }, .rungs = 2, .rung = 1,
		.offences = 3, .incident = 77, .limit_rate = 20, .limit_burst = 40 };
}

static void start(void)
{
	lab = lab_open(64);
	lab.now = (mono_t){ 100000 * NS_PER_S };
}

START_TEST(a_restored_measure_is_wanted_for_what_is_left_of_it)
{
	struct measure m;
	const struct measure *is;

	start();
	m = remembered("192.0.2.1");
	ck_assert_int_eq(ledger_restore(lab.l, &m, FORGET, lab.now), 0);
	is = lab_find(&lab, "192.0.2.1");
	ck_assert_int_eq(is->state, MEASURE_WANTED);
	ck_assert_int_eq(is->until.ns, m.until.ns);
	ck_assert_int_eq(is->since.ns, m.since.ns);
	ck_assert_uint_eq(is->offences, 3);
	ck_assert_uint_eq(is->incident, 77);
	ck_assert_uint_eq(is->rung, 1);
	ck_assert_uint_eq(lab_answer_all(&lab, 0), 1);
	lab_pass(&lab, 31 * MINUTE); /* and it goes down its ladder as it would have */
	ck_assert_int_eq(lab_find(&lab, "192.0.2.1")->response, RESPONSE_LIMIT);
	lab_close(&lab);
}
END_TEST

START_TEST(an_adopted_measure_keeps_its_time_and_learns_its_story)
{
	struct decision d;
	struct measure m;
	const struct measure *is;

	start();
	d = lab_decision(lab_source("192.0.2.1"), RESPONSE_DROP, 29 * MINUTE);
	ck_assert_int_eq(ledger_want(lab.l, &d, ORIGIN_ADOPTED, 0, false, (mono_t){ 0 }, lab.now, NULL), 0);
	m = remembered("192.0.2.1");
	ck_assert_int_eq(ledger_restore(lab.l, &m, FORGET, lab.now), ERR_EXISTS);
	is = lab_find(&lab, "192.0.2.1");
	ck_assert_int_eq(is->state, MEASURE_APPLIED);
	ck_assert_int_eq(is->until.ns, mono_add(lab.now, 29 * MINUTE).ns);
	ck_assert_uint_eq(is->incident, 77);
	ck_assert_uint_eq(is->offences, 3);
	ck_assert_int_eq(is->origin, ORIGIN_DETECTOR);
	ck_assert_uint_eq(lab_answer_all(&lab, 0), 0);
	lab_close(&lab);
}
END_TEST

START_TEST(a_memory_of_offences_comes_back_without_a_measure)
{
	struct subject who = lab_source("192.0.2.1");
	struct measure m;

	start();
	m = remembered("192.0.2.1");
	m.state = MEASURE_FREE;
	m.forget_at = mono_add(lab.now, 60 * MINUTE);
	ck_assert_int_eq(ledger_restore(lab.l, &m, FORGET, lab.now), 0);
	ck_assert_uint_eq(ledger_offences(lab.l, &who, lab.now), 3);
	ck_assert_uint_eq(lab_answer_all(&lab, 0), 0);
	ledger_tick(lab.l, mono_add(lab.now, 61 * MINUTE), 16, FORGET, NULL, NULL);
	ck_assert_uint_eq(ledger_offences(lab.l, &who, lab.now), 2);
	lab_close(&lab);
}
END_TEST

/* What was drop until 'until', of three rungs of a quarter of an hour each, stands now. */
static struct measure caught_up(int64_t ago)
{
	struct measure m = remembered("192.0.2.1");

	m.ladder[0] = RESPONSE_SHIELD;
	m.ladder[1] = RESPONSE_LIMIT;
	m.ladder[2] = RESPONSE_DROP;
	m.rungs = 3;
	m.rung = 2;
	m.until = mono_add(lab.now, -ago);
	ledger_catch_up(&m, FORGET, lab.now);
	return m;
}

START_TEST(a_measure_that_goes_on_has_nothing_to_catch_up_with)
{
	struct measure m, was;

	start();
	m = caught_up(-1);
	was = remembered("192.0.2.1");
	ck_assert_int_eq(m.response, RESPONSE_DROP);
	ck_assert_int_eq(m.until.ns, lab.now.ns + 1);
	ck_assert_int_eq(m.since.ns, was.since.ns);
	lab_close(&lab);
}
END_TEST

START_TEST(what_ended_meanwhile_has_gone_down_its_ladder_by_its_own_ends)
{
	struct measure m;

	start();
	m = caught_up(0);
	ck_assert_int_eq(m.response, RESPONSE_LIMIT);
	ck_assert_int_eq(m.until.ns, lab.now.ns + 15 * MINUTE);
	m = caught_up(5 * MINUTE);
	ck_assert_int_eq(m.response, RESPONSE_LIMIT);
	ck_assert_uint_eq(m.rung, 1);
	ck_assert_int_eq(m.since.ns, lab.now.ns - 5 * MINUTE);
	ck_assert_int_eq(m.until.ns, lab.now.ns + 10 * MINUTE);
	m = caught_up(29 * MINUTE);
	ck_assert_int_eq(m.response, RESPONSE_SHIELD);
	ck_assert_int_eq(m.until.ns, lab.now.ns + MINUTE);
	ck_assert_int_eq(ledger_restore(lab.l, &m, FORGET, lab.now), 0);
	ck_assert_int_eq(lab_find(&lab, "192.0.2.1")->response, RESPONSE_SHIELD);
	ck_assert_uint_eq(lab_answer_all(&lab, 0), 1);
	lab_pass(&lab, MINUTE); /* the foot of it */
	ck_assert_int_eq(lab_find(&lab, "192.0.2.1")->state, MEASURE_FREE);
	lab_close(&lab);
}
END_TEST

START_TEST(what_ended_altogether_leaves_the_offences_that_are_not_forgotten)
{
	struct measure m;

	start();
	m = caught_up(31 * MINUTE);
	ck_assert_int_eq(m.state, MEASURE_FREE);
	ck_assert_uint_eq(m.offences, 3);
	ck_assert_int_eq(m.forget_at.ns, lab.now.ns - MINUTE + FORGET);
	m = caught_up(30 * MINUTE + FORGET);
	ck_assert_uint_eq(m.offences, 2);
	ck_assert_int_eq(m.forget_at.ns, lab.now.ns + FORGET);
	m = caught_up(30 * MINUTE + 2 * FORGET + 1); /* before this boot */
	ck_assert_int_lt(m.until.ns, 0);
	ck_assert_uint_eq(m.offences, 1);
	ck_assert_int_eq(ledger_restore(lab.l, &m, FORGET, lab.now), 0);
	ck_assert_uint_eq(ledger_offences(lab.l, &m.subject, lab.now), 1);
	m = caught_up(30 * MINUTE + 100 * FORGET);
	ck_assert_uint_eq(m.offences, 0);
	m.subject = lab_source("192.0.2.2");
	ck_assert_int_eq(ledger_restore(lab.l, &m, FORGET, lab.now), ERR_RANGE);
	lab_close(&lab);
}
END_TEST

START_TEST(a_memory_goes_on_from_where_it_was)
{
	struct measure m;

	start();
	m = remembered("192.0.2.1");
	m.state = MEASURE_FREE;
	m.forget_at = mono_add(lab.now, -1);
	ledger_catch_up(&m, FORGET, lab.now);
	ck_assert_uint_eq(m.offences, 2);
	ck_assert_int_eq(m.forget_at.ns, lab.now.ns - 1 + FORGET);
	m.forget_at = (mono_t){ 0 };
	ledger_catch_up(&m, FORGET, lab.now);
	ck_assert_uint_eq(m.offences, 2);
	ck_assert_int_eq(m.forget_at.ns, lab.now.ns + FORGET);
	lab_close(&lab);
}
END_TEST

START_TEST(what_is_over_or_makes_no_sense_is_not_restored)
{
	struct measure m;

	start();
	m = remembered("192.0.2.1");
	m.until = lab.now;
	ck_assert_int_eq(ledger_restore(lab.l, &m, FORGET, lab.now), ERR_RANGE);
	m = remembered("192.0.2.1");
	m.rung = 2;
	ck_assert_int_eq(ledger_restore(lab.l, &m, FORGET, lab.now), ERR_INVALID);
	m = remembered("192.0.2.1");
	m.response = RESPONSE_SERVICE_LIMIT;
	ck_assert_int_eq(ledger_restore(lab.l, &m, FORGET, lab.now), ERR_INVALID);
	ck_assert_ptr_null(lab_find(&lab, "192.0.2.1"));
	lab_close(&lab);
}
END_TEST

START_TEST(a_lost_element_is_wanted_again_once_and_counted)
{
	struct ledger_stats s;
	struct measure was;
	char text[64];
	struct change c;

	start();
	was = *lab_applied(&lab, "192.0.2.1", RESPONSE_DROP, 30 * MINUTE);
	ck_assert(ledger_lost(lab.l, &was));
	ck_assert(!ledger_lost(lab.l, &was)); /* old news */
	ledger_stats(lab.l, &s);
	ck_assert_uint_eq(s.lost, 1);
	ck_assert_double_lt(ledger_enforced_ratio(&s), 0.01);
	snprintf(text, sizeof(text), "%s", lab_take(&lab, &c));
	ck_assert_str_eq(text, "add drop 192.0.2.1");
	ledger_answer(lab.l, &c, 0, lab.now);
	ledger_stats(lab.l, &s);
	ck_assert_double_gt(ledger_enforced_ratio(&s), 0.99);
	lab_close(&lab);
}
END_TEST

START_TEST(a_look_is_noted_where_it_is_of_that_very_version)
{
	const struct ledger_look k = { .packets = 12, .bite = 1 };
	struct measure was;

	start();
	was = *lab_applied(&lab, "192.0.2.1", RESPONSE_DROP, 30 * MINUTE);
	ledger_looked(lab.l, &was, &k, lab.now);
	ck_assert_uint_eq(lab_find(&lab, "192.0.2.1")->kernel_packets, 12);
	was.version--;
	ledger_looked(lab.l, &was, &(const struct ledger_look){ .packets = 99 }, lab.now);
	ck_assert_uint_eq(lab_find(&lab, "192.0.2.1")->kernel_packets, 12);
	lab_close(&lab);
}
END_TEST

START_TEST(the_walk_goes_round_in_bounded_steps)
{
	const struct measure *m;
	size_t at = 0, seen = 0;

	start();
	lab_applied(&lab, "192.0.2.1", RESPONSE_DROP, 30 * MINUTE);
	lab_applied(&lab, "192.0.2.2", RESPONSE_DROP, 30 * MINUTE);
	for (int round = 0; round < 8; round++)
		for (size_t left = 16; (m = ledger_walk(lab.l, &at, &left));)
			seen++;
	ck_assert_uint_eq(at, 128);
	ck_assert_uint_eq(seen, 4); /* twice round a ledger of 64 */
	lab_close(&lab);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ledger_restore");
	TCase *t = tcase_create("ledger_restore");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(t, a_restored_measure_is_wanted_for_what_is_left_of_it);
	tcase_add_test(t, an_adopted_measure_keeps_its_time_and_learns_its_story);
	tcase_add_test(t, a_memory_of_offences_comes_back_without_a_measure);
	tcase_add_test(t, a_measure_that_goes_on_has_nothing_to_catch_up_with);
	tcase_add_test(t, what_ended_meanwhile_has_gone_down_its_ladder_by_its_own_ends);
	tcase_add_test(t, what_ended_altogether_leaves_the_offences_that_are_not_forgotten);
	tcase_add_test(t, a_memory_goes_on_from_where_it_was);
	tcase_add_test(t, what_is_over_or_makes_no_sense_is_not_restored);
	tcase_add_test(t, a_lost_element_is_wanted_again_once_and_counted);
	tcase_add_test(t, a_look_is_noted_where_it_is_of_that_very_version);
	tcase_add_test(t, the_walk_goes_round_in_bounded_steps);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
