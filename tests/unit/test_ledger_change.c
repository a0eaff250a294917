/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel is told, in which order, and what late or bad answers do.
 */
#include "core/ledger.h"

#include <check.h>
#include <stdio.h>

#include "../support/ledger_lab.h"
#include "base/err.h"

static const char source[] = "192.0.2.1";

static struct ledger_lab lab;
static struct change c;

static void want(enum response r, int64_t ttl_ns)
{
	struct decision d = lab_decision(lab_source(source), r, ttl_ns);

	ck_assert_int_eq(lab_want(&lab, &d, NULL), 0);
}

static void end_it(void)
{
	struct subject s = lab_source(source);

	ck_assert_int_eq(ledger_end(lab.l, &s, SCOPE_SOURCE, false, lab.now), 0);
}

static enum measure_state state(void)
{
	return lab_find(&lab, source)->state;
}

static void answer(const struct change *to, int result)
{
	ledger_answer(lab.l, to, result, lab.now);
}

#define TAKES(text) ck_assert_str_eq(lab_take(&lab, &c), text)

START_TEST(a_measure_goes_from_wanted_over_sent_to_applied)
{
	lab = lab_open(8);
	want(RESPONSE_DROP, MINUTE);
	TAKES("add drop 192.0.2.1");
	ck_assert_int_eq(state(), MEASURE_SENT);
	ck_assert_int_eq(c.measure.state, MEASURE_SENT);
	TAKES("");
	lab.now = mono_add(lab.now, 5);
	answer(&c, 0);
	ck_assert_int_eq(state(), MEASURE_APPLIED);
	ck_assert_int_eq(lab_find(&lab, source)->applied.ns, lab.now.ns);
	TAKES("");
	lab_close(&lab);
}
END_TEST

START_TEST(changes_come_in_the_order_in_which_they_were_first_wanted)
{
	struct decision d;

	lab = lab_open(8);
	want(RESPONSE_LIMIT, MINUTE);
	d = lab_decision(lab_service(PROTO_TCP, 80), RESPONSE_SERVICE_LIMIT, MINUTE);
	lab_want(&lab, &d, NULL);
	d = lab_decision(lab_host(), RESPONSE_SHIELD, MINUTE);
	lab_want(&lab, &d, NULL);
	want(RESPONSE_DROP, MINUTE); /* stronger, but in the old place of the queue */
	TAKES("add drop 192.0.2.1");
	TAKES("add service-limit service");
	TAKES("add shield host");
	TAKES("");
	lab_close(&lab);
}
END_TEST

START_TEST(another_kind_of_response_removes_the_old_element_first)
{
	lab = lab_open(8);
	lab_applied(&lab, source, RESPONSE_SHIELD, MINUTE);
	want(RESPONSE_DROP, MINUTE);
	TAKES("remove shield 192.0.2.1");
	TAKES("add drop 192.0.2.1");
	TAKES("");
	lab_close(&lab);
}
END_TEST

START_TEST(an_add_is_fresh_where_the_kernel_holds_nothing)
{
	lab = lab_open(8);
	want(RESPONSE_DROP, MINUTE);
	TAKES("add drop 192.0.2.1");
	ck_assert(c.fresh);
	answer(&c, 0);
	want(RESPONSE_DROP, 2 * MINUTE);
	TAKES("add drop 192.0.2.1");
	ck_assert(!c.fresh);
	answer(&c, 0);
	lab_pass(&lab, 2 * MINUTE);
	want(RESPONSE_DROP, MINUTE); /* it has lapsed there, too */
	TAKES("add drop 192.0.2.1");
	ck_assert(c.fresh);
	answer(&c, 0);
	end_it();
	TAKES("remove drop 192.0.2.1");
	ck_assert(!c.fresh);
	answer(&c, 0);
	want(RESPONSE_DROP, MINUTE);
	TAKES("add drop 192.0.2.1");
	ck_assert(c.fresh);
	lab_close(&lab);
}
END_TEST

START_TEST(an_add_is_not_fresh_in_a_place_that_another_response_has)
{
	lab = lab_open(8);
	lab_applied(&lab, source, RESPONSE_LIMIT, MINUTE);
	want(RESPONSE_REFUSE, MINUTE);
	TAKES("add refuse 192.0.2.1");
	ck_assert(!c.fresh);
	answer(&c, 0);
	want(RESPONSE_DROP, MINUTE);
	TAKES("remove refuse 192.0.2.1");
	TAKES("add drop 192.0.2.1");
	ck_assert(c.fresh); /* a place of its own */
	lab_close(&lab);
}
END_TEST

START_TEST(refuse_replaces_limit_in_the_element_that_they_share)
{
	struct subject s = lab_source(source);

	lab = lab_open(8);
	lab_applied(&lab, source, RESPONSE_LIMIT, MINUTE);
	want(RESPONSE_REFUSE, MINUTE);
	TAKES("add refuse 192.0.2.1");
	answer(&c, 0);
	TAKES("");
	ledger_end(lab.l, &s, SCOPE_SOURCE, false, lab.now);
	TAKES("remove refuse 192.0.2.1");
	answer(&c, 0);
	TAKES("");
	lab_close(&lab);
}
END_TEST

START_TEST(what_ends_by_itself_is_not_removed)
{
	lab = lab_open(8);
	lab_applied(&lab, source, RESPONSE_DROP, MINUTE);
	lab_pass(&lab, MINUTE);
	TAKES("");
	ck_assert_int_eq(state(), MEASURE_FREE);
	lab_close(&lab);
}
END_TEST

START_TEST(an_end_before_the_change_was_taken_tells_the_kernel_nothing)
{
	lab = lab_open(8);
	want(RESPONSE_DROP, MINUTE);
	end_it();
	TAKES("");
	lab_close(&lab);
}
END_TEST

START_TEST(an_end_while_the_add_is_on_its_way_removes_after_the_answer)
{
	struct change add;

	lab = lab_open(8);
	want(RESPONSE_DROP, MINUTE);
	TAKES("add drop 192.0.2.1");
	add = c;
	end_it();
	TAKES("");
	answer(&add, 0);
	ck_assert_int_eq(state(), MEASURE_FREE);
	TAKES("remove drop 192.0.2.1");
	answer(&c, 0);
	TAKES("");
	lab_close(&lab);
}
END_TEST

START_TEST(wanted_again_while_the_remove_is_on_its_way_is_added_after_it)
{
	struct change removal;

	lab = lab_open(8);
	lab_applied(&lab, source, RESPONSE_DROP, MINUTE);
	end_it();
	TAKES("remove drop 192.0.2.1");
	removal = c;
	want(RESPONSE_DROP, 2 * MINUTE);
	TAKES("");
	answer(&removal, 0);
	TAKES("add drop 192.0.2.1");
	answer(&c, 0);
	ck_assert_int_eq(state(), MEASURE_APPLIED);
	TAKES("");
	lab_close(&lab);
}
END_TEST

START_TEST(ended_and_wanted_again_under_one_add_is_added_once_more)
{
	struct change first;

	lab = lab_open(8);
	want(RESPONSE_DROP, MINUTE);
	TAKES("add drop 192.0.2.1");
	first = c;
	end_it();
	want(RESPONSE_DROP, 3 * MINUTE);
	answer(&first, 0); /* a minute is in the kernel, three are wanted */
	ck_assert_int_eq(state(), MEASURE_WANTED);
	TAKES("add drop 192.0.2.1");
	ck_assert_int_eq(c.measure.until.ns, lab.now.ns + 3 * MINUTE);
	answer(&c, 0);
	ck_assert_int_eq(state(), MEASURE_APPLIED);
	lab_close(&lab);
}
END_TEST

START_TEST(a_late_refusal_of_what_was_overtaken_refuses_nothing)
{
	struct change first;

	lab = lab_open(8);
	want(RESPONSE_LIMIT, MINUTE);
	TAKES("add limit 192.0.2.1");
	first = c;
	want(RESPONSE_DROP, MINUTE);
	answer(&first, ERR_FULL);
	ck_assert_int_eq(state(), MEASURE_WANTED);
	TAKES("add drop 192.0.2.1");
	lab_close(&lab);
}
END_TEST

START_TEST(a_measure_that_ended_before_its_answer_leaves_nothing_to_do)
{
	struct change add;

	lab = lab_open(8);
	want(RESPONSE_DROP, MINUTE);
	TAKES("add drop 192.0.2.1");
	add = c;
	lab_pass(&lab, 2 * MINUTE);
	answer(&add, 0);
	TAKES("");
	ck_assert_int_eq(state(), MEASURE_FREE);
	lab_close(&lab);
}
END_TEST

START_TEST(what_may_pass_is_tried_again_from_the_next_tick_on)
{
	static const int results[] = { ERR_AGAIN, ERR_ABSENT };
	uint32_t version;

	for (size_t i = 0; i < 2; i++) {
		lab = lab_open(8);
		want(RESPONSE_DROP, MINUTE);
		TAKES("add drop 192.0.2.1");
		version = c.measure.version;
		answer(&c, results[i]);
		ck_assert_int_eq(state(), MEASURE_WANTED);
		ck_assert_uint_gt(lab_find(&lab, source)->version, version);
		TAKES(""); /* not at once: a kernel that is busy is not asked in a loop */
		lab_pass(&lab, NS_PER_MS);
		TAKES("add drop 192.0.2.1");
		lab_close(&lab);
	}
}
END_TEST

START_TEST(a_refusal_for_good_is_counted_and_kept_with_its_reason)
{
	struct ledger_stats s;

	lab = lab_open(8);
	want(RESPONSE_DROP, MINUTE);
	lab_answer_all(&lab, ERR_UNSUPPORTED);
	lab_pass(&lab, NS_PER_S);
	TAKES("");
	ck_assert_int_eq(state(), MEASURE_REFUSED);
	ck_assert_int_eq(lab_find(&lab, source)->error, ERR_UNSUPPORTED);
	ledger_stats(lab.l, &s);
	ck_assert_uint_eq(s.refused, 1);
	ck_assert_uint_eq(s.by_state[MEASURE_REFUSED], 1);
	ck_assert_uint_eq(s.by_response[RESPONSE_DROP], 0);
	lab_close(&lab);
}
END_TEST

static void want_of(const char *who)
{
	struct decision d = lab_decision(lab_source(who), RESPONSE_DROP, 30 * MINUTE);

	lab_want(&lab, &d, NULL);
}

START_TEST(one_refused_measure_a_second_is_tried_again_and_more_while_that_goes_well)
{
	char who[32];

	lab = lab_open(64);
	for (int i = 1; i <= 40; i++) {
		snprintf(who, sizeof(who), "192.0.2.%d", i);
		want_of(who);
	}
	ck_assert_uint_eq(lab_answer_all(&lab, ERR_FULL), 40);
	for (int second = 0; second < 5; second++) {
		lab_pass(&lab, NS_PER_S);
		ck_assert_uint_eq(lab_answer_all(&lab, ERR_FULL), 1);
		lab_pass(&lab, NS_PER_S / 2);
		ck_assert_uint_eq(lab_answer_all(&lab, ERR_FULL), 0);
	}
	for (unsigned n = 1; n <= 16; n *= 4) {
		lab_pass(&lab, NS_PER_S);
		ck_assert_uint_eq(lab_answer_all(&lab, 0), n);
	}
	lab_pass(&lab, NS_PER_S);
	ck_assert_uint_eq(lab_answer_all(&lab, 0), 40 - 1 - 4 - 16);
	lab_close(&lab);
}
END_TEST

START_TEST(a_remove_that_fails_is_tried_again_until_the_element_lapses)
{
	struct subject s = lab_source(source);

	lab = lab_open(8);
	lab_applied(&lab, source, RESPONSE_DROP, MINUTE);
	ledger_end(lab.l, &s, SCOPE_SOURCE, true, lab.now);
	for (unsigned i = 0; i < 3; i++) {
		TAKES("remove drop 192.0.2.1");
		answer(&c, ERR_IO);
		TAKES("");
		lab_pass(&lab, NS_PER_S);
	}
	TAKES("remove drop 192.0.2.1");
	lab_pass(&lab, MINUTE);
	answer(&c, ERR_IO);
	lab_pass(&lab, NS_PER_S);
	TAKES("");
	lab_close(&lab);
}
END_TEST

START_TEST(an_answer_that_nobody_waits_for_changes_nothing)
{
	struct change stray;

	lab = lab_open(8);
	want(RESPONSE_DROP, MINUTE);
	TAKES("add drop 192.0.2.1");
	stray = c;
	answer(&c, 0);
	answer(&stray, ERR_FULL);
	stray.add = false;
	answer(&stray, 0);
	stray.measure.id = 12345;
	answer(&stray, 0);
	ck_assert_int_eq(state(), MEASURE_APPLIED);
	TAKES("");
	lab_close(&lab);
}
END_TEST

START_TEST(a_slot_on_whose_answer_is_waited_is_given_to_nobody_else)
{
	struct subject s = lab_source(source);
	struct change add;
	struct decision d;

	lab = lab_open(1);
	want(RESPONSE_DROP, MINUTE);
	TAKES("add drop 192.0.2.1");
	add = c;
	ledger_end(lab.l, &s, SCOPE_SOURCE, true, lab.now);
	d = lab_decision(lab_source("192.0.2.2"), RESPONSE_DROP, MINUTE);
	ck_assert_int_eq(lab_want(&lab, &d, NULL), ERR_FULL);
	answer(&add, 0);
	TAKES("remove drop 192.0.2.1");
	answer(&c, 0);
	ck_assert_int_eq(lab_want(&lab, &d, NULL), 0);
	TAKES("add drop 192.0.2.2");
	ck_assert_uint_gt(c.measure.version, add.measure.version);
	lab_close(&lab);
}
END_TEST

START_TEST(a_lost_table_is_wanted_again_youngest_first)
{
	lab = lab_open(8);
	lab_applied(&lab, "192.0.2.2", RESPONSE_DROP, 60 * MINUTE);
	lab_pass(&lab, MINUTE);
	lab_applied(&lab, "192.0.2.4", RESPONSE_DROP, 60 * MINUTE);
	lab_pass(&lab, MINUTE);
	lab_applied(&lab, source, RESPONSE_DROP, 60 * MINUTE);
	lab_pass(&lab, MINUTE);
	lab_applied(&lab, "192.0.2.3", RESPONSE_DROP, 60 * MINUTE);
	ledger_rewant(lab.l);
	ck_assert_int_eq(state(), MEASURE_WANTED);
	TAKES("add drop 192.0.2.3");
	TAKES("add drop 192.0.2.1");
	TAKES("add drop 192.0.2.4");
	TAKES("add drop 192.0.2.2");
	TAKES("");
	lab_close(&lab);
}
END_TEST

START_TEST(what_was_to_be_removed_is_gone_with_the_lost_table)
{
	lab = lab_open(8);
	lab_applied(&lab, source, RESPONSE_DROP, MINUTE);
	end_it();
	ledger_rewant(lab.l);
	TAKES("");
	lab_close(&lab);
}
END_TEST

START_TEST(an_add_that_was_on_its_way_when_the_table_was_lost_is_sent_again)
{
	struct change add;

	lab = lab_open(8);
	want(RESPONSE_DROP, MINUTE);
	TAKES("add drop 192.0.2.1");
	add = c;
	ledger_rewant(lab.l);
	TAKES("");
	answer(&add, 0);
	ck_assert_int_eq(state(), MEASURE_WANTED);
	TAKES("add drop 192.0.2.1");
	answer(&c, 0);
	ck_assert_int_eq(state(), MEASURE_APPLIED);
	lab_close(&lab);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ledger_change");
	TCase *t = tcase_create("ledger_change");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(t, a_measure_goes_from_wanted_over_sent_to_applied);
	tcase_add_test(t, changes_come_in_the_order_in_which_they_were_first_wanted);
	tcase_add_test(t, another_kind_of_response_removes_the_old_element_first);
	tcase_add_test(t, an_add_is_fresh_where_the_kernel_holds_nothing);
	tcase_add_test(t, an_add_is_not_fresh_in_a_place_that_another_response_has);
	tcase_add_test(t, refuse_replaces_limit_in_the_element_that_they_share);
	tcase_add_test(t, what_ends_by_itself_is_not_removed);
	tcase_add_test(t, an_end_before_the_change_was_taken_tells_the_kernel_nothing);
	tcase_add_test(t, an_end_while_the_add_is_on_its_way_removes_after_the_answer);
	tcase_add_test(t, wanted_again_while_the_remove_is_on_its_way_is_added_after_it);
	tcase_add_test(t, ended_and_wanted_again_under_one_add_is_added_once_more);
	tcase_add_test(t, a_late_refusal_of_what_was_overtaken_refuses_nothing);
	tcase_add_test(t, a_measure_that_ended_before_its_answer_leaves_nothing_to_do);
	tcase_add_test(t, what_may_pass_is_tried_again_from_the_next_tick_on);
	tcase_add_test(t, a_refusal_for_good_is_counted_and_kept_with_its_reason);
	tcase_add_test(t,
		one_refused_measure_a_second_is_tried_again_and_more_while_that_goes_well);
	tcase_add_test(t, a_remove_that_fails_is_tried_again_until_the_element_lapses);
	tcase_add_test(t, an_answer_that_nobody_waits_for_changes_nothing);
	tcase_add_test(t, a_slot_on_whose_answer_is_waited_is_given_to_nobody_else);
	tcase_add_test(t, a_lost_table_is_wanted_again_youngest_first);
	tcase_add_test(t, what_was_to_be_removed_is_gone_with_the_lost_table);
	tcase_add_test(t,
		an_add_that_was_on_its_way_when_the_table_was_lost_is_sent_again);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
