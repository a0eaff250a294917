/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ends, the way down the ladder, and forgetting.
 */
#include "core/ledger.h"

#include <check.h>
#include <string.h>

#include "../support/ledger_lab.h"

#define FORGET (60 * MINUTE) /* lab_pass ticks with it */

static const char source[] = "192.0.2.1";

/* limit, refuse, drop; a third offence: 40 minutes of drop, and 10 for each rung
 * below. */
static struct decision third_offence(void)
{
	struct decision d = lab_decision(lab_source(source), RESPONSE_DROP, 40 * MINUTE);

	d.base_ttl_ns = 10 * MINUTE;
	d.ladder[0] = RESPONSE_LIMIT;
	d.ladder[1] = RESPONSE_REFUSE;
	d.ladder[2] = RESPONSE_DROP;
	d.rungs = 3;
	d.rung = 2;
	d.offence = 2;
	return d;
}

struct told {
	enum response was[8], next[8];
	mono_t until[8];
	size_t n;
};

static void tell(void *ctx, const struct measure *m, enum response next)
{
	struct told *t = ctx;

	t->was[t->n] = m->response;
	t->until[t->n] = m->until;
	t->next[t->n++] = next;
}

START_TEST(a_subject_goes_down_rung_by_rung_until_it_is_free)
{
	struct ledger_lab lab = lab_open(8);
	struct decision d = third_offence();
	const struct measure *m;

	lab_want(&lab, &d, &m);
	lab_answer_all(&lab, 0);
	lab_pass(&lab, 40 * MINUTE);
	ck_assert_int_eq(m->response, RESPONSE_REFUSE);
	ck_assert_int_eq(m->state, MEASURE_WANTED);
	ck_assert_int_eq(m->until.ns, lab.now.ns + 10 * MINUTE);
	ck_assert_uint_eq(lab_answer_all(&lab, 0), 1);
	lab_pass(&lab, 10 * MINUTE);
	ck_assert_int_eq(m->response, RESPONSE_LIMIT);
	ck_assert_uint_eq(m->rung, 0);
	ck_assert_uint_eq(lab_answer_all(&lab, 0), 1);
	lab_pass(&lab, 10 * MINUTE);
	ck_assert_int_eq(m->state, MEASURE_FREE);
	ck_assert_uint_eq(m->offences, 3);
	ck_assert_uint_eq(lab_answer_all(&lab, 0), 0);
	lab_close(&lab);
}
END_TEST

START_TEST(each_end_is_told_with_what_comes_next)
{
	struct ledger_lab lab = lab_open(8);
	struct decision d = third_offence();
	struct told t = { .n = 0 };
	mono_t start = lab.now;

	lab_want(&lab, &d, NULL);
	lab.now = mono_add(lab.now, 24 * 60 * MINUTE);
	ledger_tick(lab.l, lab.now, 100, 100 * FORGET, tell, &t);
	ck_assert_uint_eq(t.n, 3);
	ck_assert_int_eq(t.was[0], RESPONSE_DROP);
	ck_assert_int_eq(t.next[0], RESPONSE_REFUSE);
	ck_assert_int_eq(t.next[1], RESPONSE_LIMIT);
	ck_assert_int_eq(t.next[2], RESPONSE_OBSERVE);
	ck_assert_int_eq(mono_since(t.until[2], start), 60 * MINUTE);
	lab_close(&lab);
}
END_TEST

START_TEST(a_late_tick_lengthens_nothing)
{
	struct ledger_lab lab = lab_open(8);
	struct decision d = third_offence();
	const struct measure *m;
	mono_t end;

	lab_want(&lab, &d, &m);
	end = m->until;
	lab_pass(&lab, 43 * MINUTE);
	ck_assert_int_eq(m->response, RESPONSE_REFUSE);
	ck_assert_int_eq(m->since.ns, end.ns);
	ck_assert_int_eq(m->until.ns, end.ns + 10 * MINUTE);
	lab_close(&lab);
}
END_TEST

START_TEST(who_returns_on_the_way_down_has_offended_again)
{
	struct ledger_lab lab = lab_open(8);
	struct decision d = third_offence();
	struct subject s = lab_source(source);

	lab_want(&lab, &d, NULL);
	ck_assert_uint_eq(ledger_offences(lab.l, &s, lab.now), 2);
	lab_pass(&lab, 40 * MINUTE);
	ck_assert_uint_eq(ledger_offences(lab.l, &s, lab.now), 3);
	lab_close(&lab);
}
END_TEST

START_TEST(a_rung_that_would_do_more_is_passed_over_on_the_way_down)
{
	struct ledger_lab lab = lab_open(8);
	struct decision d = third_offence();
	const struct measure *m;

	d.ladder[1] = RESPONSE_DROP;
	d.ladder[2] = d.response = RESPONSE_REFUSE;
	lab_want(&lab, &d, &m);
	lab_pass(&lab, 40 * MINUTE);
	ck_assert_int_eq(m->response, RESPONSE_LIMIT);
	lab_close(&lab);
}
END_TEST

START_TEST(a_rung_that_only_observes_is_the_foot_of_the_ladder)
{
	struct ledger_lab lab = lab_open(8);
	struct decision d = third_offence();
	const struct measure *m;

	d.ladder[1] = RESPONSE_OBSERVE;
	lab_want(&lab, &d, &m);
	lab_answer_all(&lab, 0);
	lab_pass(&lab, 40 * MINUTE);
	ck_assert_int_eq(m->state, MEASURE_FREE);
	lab_close(&lab);
}
END_TEST

START_TEST(a_longer_follower_and_the_rung_below_come_in_order_of_strength)
{
	struct ledger_lab lab = lab_open(8);
	struct decision d = third_offence(), ban;
	const struct measure *m;

	lab_want(&lab, &d, &m);
	ban = lab_decision(lab_source(source), RESPONSE_SHIELD, 100 * MINUTE);
	ck_assert_int_eq(ledger_want(lab.l, &ban, ORIGIN_MANUAL, 0, false, lab.now,
		lab.now, &m), 0);
	lab_pass(&lab, 40 * MINUTE);
	ck_assert_int_eq(m->response, RESPONSE_REFUSE);
	lab_pass(&lab, 10 * MINUTE);
	ck_assert_int_eq(m->response, RESPONSE_LIMIT);
	lab_pass(&lab, 10 * MINUTE);
	ck_assert_int_eq(m->response, RESPONSE_SHIELD);
	ck_assert_int_eq(m->until.ns, lab.now.ns + 40 * MINUTE);
	lab_close(&lab);
}
END_TEST

START_TEST(a_rung_below_that_ends_later_than_a_stronger_follower_comes_after_it)
{
	struct ledger_lab lab = lab_open(8);
	struct decision d = third_offence(), ban;
	const struct measure *m;

	d.ladder[1] = RESPONSE_SHIELD;
	d.base_ttl_ns = 60 * MINUTE;
	lab_want(&lab, &d, &m);
	ban = lab_decision(lab_source(source), RESPONSE_REFUSE, 50 * MINUTE);
	ck_assert_int_eq(ledger_want(lab.l, &ban, ORIGIN_MANUAL, 0, false, lab.now,
		lab.now, &m), 0);
	lab_pass(&lab, 40 * MINUTE);
	ck_assert_int_eq(m->response, RESPONSE_REFUSE);
	lab_pass(&lab, 10 * MINUTE);
	ck_assert_int_eq(m->response, RESPONSE_SHIELD);
	ck_assert_int_eq(m->until.ns, lab.now.ns + 50 * MINUTE);
	lab_close(&lab);
}
END_TEST

START_TEST(a_shadow_goes_down_as_a_shadow)
{
	struct ledger_lab lab = lab_open(8);
	struct decision d = third_offence();
	const struct measure *m;

	ledger_want(lab.l, &d, ORIGIN_DETECTOR, 0, true, lab.now, lab.now, &m);
	lab_pass(&lab, 40 * MINUTE);
	ck_assert_int_eq(m->state, MEASURE_SHADOW);
	ck_assert_int_eq(m->response, RESPONSE_REFUSE);
	ck_assert_uint_eq(lab_answer_all(&lab, 0), 0);
	lab_close(&lab);
}
END_TEST

START_TEST(offences_are_forgotten_one_for_each_quiet_time)
{
	struct ledger_lab lab = lab_open(8);
	struct decision d = third_offence();
	const struct measure *m;

	d.rungs = 0;
	d.rung = 0;
	lab_want(&lab, &d, &m);
	lab_answer_all(&lab, 0);
	lab_pass(&lab, 40 * MINUTE);
	ck_assert_uint_eq(m->offences, 3);
	ck_assert_int_eq(m->forget_at.ns, lab.now.ns + FORGET);
	lab_pass(&lab, FORGET - 1);
	ck_assert_uint_eq(m->offences, 3);
	lab_pass(&lab, 1);
	ck_assert_uint_eq(m->offences, 2);
	lab_pass(&lab, FORGET);
	ck_assert_uint_eq(m->offences, 1);
	lab_pass(&lab, FORGET);
	ck_assert_ptr_null(lab_find(&lab, source));
	lab_close(&lab);
}
END_TEST

START_TEST(nothing_is_forgotten_while_a_measure_stands)
{
	struct ledger_lab lab = lab_open(8);
	const struct measure *m = lab_applied(&lab, source, RESPONSE_DROP, 10 * FORGET);

	lab_pass(&lab, 10 * FORGET - 1);
	ck_assert_uint_eq(m->offences, 1);
	lab_pass(&lab, FORGET);
	ck_assert_uint_eq(m->offences, 1);
	lab_close(&lab);
}
END_TEST

START_TEST(a_tick_does_so_much_and_the_next_goes_on_in_the_order_of_ends)
{
	struct ledger_lab lab = lab_open(64);
	struct told t = { .n = 0 };

	for (unsigned n = 0; n < 50; n++) {
		const uint8_t bytes[4] = { 10, 0, 0, (uint8_t)n };
		struct addr a = addr_v4(bytes);
		struct subject s = { .kind = SUBJECT_SOURCE, .source = prefix_of(&a,
			32) };
		struct decision d = lab_decision(s, RESPONSE_DROP,
			1 + (n * 37 % 50) * NS_PER_S);

		lab_want(&lab, &d, NULL);
	}
	lab.now = mono_add(lab.now, MINUTE);
	for (unsigned n = 0; n < 10; n++) {
		t.n = 0;
		ledger_tick(lab.l, lab.now, 5, FORGET, tell, &t);
		ck_assert_uint_eq(t.n, 5);
		for (unsigned i = 0; i < 5; i++)
			ck_assert_int_eq(lab.now.ns - t.until[i].ns,
				MINUTE - 1 - (int64_t)(n * 5 + i) * NS_PER_S);
	}
	ledger_tick(lab.l, lab.now, 5, FORGET, tell, &t);
	ck_assert_uint_eq(t.n, 5);
	lab_close(&lab);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ledger_time");
	TCase *c = tcase_create("ledger_time");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(c, a_subject_goes_down_rung_by_rung_until_it_is_free);
	tcase_add_test(c, each_end_is_told_with_what_comes_next);
	tcase_add_test(c, a_late_tick_lengthens_nothing);
	tcase_add_test(c, who_returns_on_the_way_down_has_offended_again);
	tcase_add_test(c, a_rung_that_would_do_more_is_passed_over_on_the_way_down);
	tcase_add_test(c, a_rung_that_only_observes_is_the_foot_of_the_ladder);
	tcase_add_test(c, a_longer_follower_and_the_rung_below_come_in_order_of_strength);
	tcase_add_test(c,
		a_rung_below_that_ends_later_than_a_stronger_follower_comes_after_it);
	tcase_add_test(c, a_shadow_goes_down_as_a_shadow);
	tcase_add_test(c, offences_are_forgotten_one_for_each_quiet_time);
	tcase_add_test(c, nothing_is_forgotten_while_a_measure_stands);
	tcase_add_test(c, a_tick_does_so_much_and_the_next_goes_on_in_the_order_of_ends);
	suite_add_tcase(s, c);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
