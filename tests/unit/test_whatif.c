/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What-if over the inputs of a daemon that is known: under its own rules it decides what was decided, byte for byte;
 * under others it tells whom they would have stopped, for how long, and what it cannot know.
 */
#include "app/whatif.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "support/whatif_lab.h"

#define FLOODER "198.51.100.66"
#define SCANNER "198.51.100.77"
#define CLIENT "203.0.113.20"
#define ADMIN "203.0.113.99"

static struct lab lab;
static struct lab_alerts again; /* what the present side says */
static struct whatif *w;
static struct conf changed;
static bool known;

static const struct conf *rules(void *ctx, uint64_t digest, const char *policy, bool *same)
{
	struct lab *l = ctx;

	(void)policy;
	*same = known && digest == LAB_RULES;
	return &l->conf;
}

static void on_event(void *ctx, const struct event *e)
{
	lab_keep_alert(ctx, e);
}

static void take(void *ctx, const struct obslog_item *item)
{
	(void)ctx;
	ck_assert_int_eq(whatif_take(w, item), 0);
}

static void set_up(void)
{
	memset(&lab, 0, sizeof(lab));
	memset(&again, 0, sizeof(again));
	lab.now = (mono_t){ LAB_START };
	lab.take = take;
	lab_load(&lab.conf, "web-server");
	lab_load(&changed, "ssh-bastion");
	lab.conf.enforce = false;
	known = true;
	w = NULL;
}

static void tear_down(void)
{
	stage_destroy(lab.live);
	whatif_destroy(w);
}

static void ask(const struct conf *other, bool enforce, int64_t from_s)
{
	struct whatif_opts o = { .rules = rules, .rules_ctx = &lab, .compare = true, .changed = other,
		.changed_enforce = enforce, .emit = on_event, .emit_ctx = &again,
		.from = { from_s ? LAB_WALL + LAB_START + from_s * NS_PER_S : 0 } };

	hash_key_from_seed(&o.key, 11);
	ck_assert_int_eq(whatif_create(&w, &o), 0);
}

static void finish(void)
{
	lab_stop(&lab);
	whatif_end(w);
}

static const struct whatif_row *row_of(const char *subject)
{
	const struct whatif_row *row;
	struct prefix p;

	ck_assert_int_eq(prefix_parse(subject, &p), 0);
	for (size_t at = 0; (row = whatif_rows_next(whatif_get_rows(w), &at));)
		if (row->subject.kind == SUBJECT_SOURCE && prefix_equal(&row->subject.source, &p))
			return row;
	return NULL;
}

static size_t count_rows(void)
{
	size_t n = 0;

	for (size_t at = 0; whatif_rows_next(whatif_get_rows(w), &at);)
		n++;
	return n;
}

/* An hour with a scanner, a flood of SSH connections, and somebody who browses. */
static void an_hour(void)
{
	for (unsigned i = 0; i < 10; i++)
		lab_connect(&lab, CLIENT, 80, 3, 2 * NS_PER_S);
	lab_scan(&lab, SCANNER, 20);
	lab_connect(&lab, FLOODER, 22, 120, NS_PER_S / 2);
	lab_connect(&lab, CLIENT, 80, 10, NS_PER_S);
	lab_pass(&lab, 1800 * NS_PER_S);
	lab_scan(&lab, SCANNER, 20);
	lab_connect(&lab, FLOODER, 22, 120, NS_PER_S / 2);
	lab_pass(&lab, 1200 * NS_PER_S);
}

static void the_same_alerts(void)
{
	ck_assert_uint_ge(lab.decided.n, 3);
	ck_assert_uint_eq(again.n, lab.decided.n);
	ck_assert_str_eq(again.text, lab.decided.text);
	ck_assert_uint_eq(whatif_rows_sum(whatif_get_rows(w), WHATIF_PRESENT)->alerts, lab.decided.n);
}

START_TEST(the_rules_of_the_log_decide_again_what_the_daemon_decided)
{
	lab.conf.enforce = _i;
	ask(&changed, true, 0);
	lab_start(&lab);
	an_hour();
	finish();
	the_same_alerts();
}
END_TEST

START_TEST(the_same_rules_asked_about_differ_in_nothing)
{
	struct whatif_stats s;
	const struct whatif_row *row;

	ask(NULL, false, 0);
	lab_start(&lab);
	an_hour();
	finish();
	the_same_alerts();
	ck_assert_uint_eq(count_rows(), 2);
	for (size_t at = 0; (row = whatif_rows_next(whatif_get_rows(w), &at));) {
		ck_assert_int_eq(whatif_difference(row), WHATIF_SAME);
		ck_assert_int_eq(row->did[0].for_ns, row->did[1].for_ns);
		ck_assert_uint_eq(row->did[0].decisions, row->did[1].decisions);
		ck_assert_int_eq(row->did[0].first.ns, row->did[1].first.ns);
	}
	whatif_stats(w, &s);
	ck_assert_uint_gt(s.asked[WHATIF_NEW].answered, 100);
	ck_assert_uint_eq(s.asked[WHATIF_NEW].unknown, 0);
	ck_assert_uint_eq(s.other_rules, 0);
	ck_assert(s.from_start && s.detected && !s.enforced);
}
END_TEST

START_TEST(a_harder_policy_is_harder_on_the_same_offender)
{
	const struct whatif_row *row;

	ask(&changed, true, 0);
	lab_start(&lab);
	lab_scan(&lab, SCANNER, 20);
	lab_connect(&lab, FLOODER, 22, 200, NS_PER_S / 2);
	lab_connect(&lab, CLIENT, 80, 10, NS_PER_S);
	finish();
	row = row_of(FLOODER);
	ck_assert_ptr_nonnull(row);
	ck_assert_int_eq(whatif_difference(row), WHATIF_HARDER);
	ck_assert_int_eq(row->did[WHATIF_NEW].response, RESPONSE_DROP);
	ck_assert_int_eq(row->did[WHATIF_NEW].proof, PROOF_ANSWERED);
	ck_assert_ptr_nonnull(strstr(row->did[WHATIF_NEW].rule, "rate.ssh"));
	ck_assert_ptr_nonnull(strstr(row->did[WHATIF_NEW].reaction, "ssh-bastion.conf:"));
	ck_assert_ptr_nonnull(strstr(row->did[WHATIF_PRESENT].reaction, "web-server.conf:"));
	ck_assert_uint_gt(row->did[WHATIF_NEW].dropped, 150);
	ck_assert_uint_eq(row->did[WHATIF_PRESENT].dropped, 0);
	ck_assert_ptr_null(row_of(CLIENT));
	ck_assert_ptr_nonnull(row_of(SCANNER));
}
END_TEST

START_TEST(a_daemon_that_only_got_copies_would_have_stopped_the_same)
{
	struct whatif_stats s;

	lab.conf.divert.input = CONF_TAKE_COPY;
	ask(&changed, true, 0);
	lab_start(&lab);
	lab_connect(&lab, FLOODER, 22, 200, NS_PER_S / 2);
	finish();
	whatif_stats(w, &s);
	ck_assert_uint_gt(s.dropped[WHATIF_NEW], 150);
	ck_assert_uint_eq(s.accepted[WHATIF_PRESENT] + s.dropped[WHATIF_PRESENT], 0);
	ck_assert_ptr_nonnull(row_of(FLOODER));
	ck_assert_uint_eq(row_of(FLOODER)->did[WHATIF_NEW].dropped, s.dropped[WHATIF_NEW]);
}
END_TEST

/* Eighteen sessions a minute: under the limit of a web server's rules, but within what they ask about. */
START_TEST(a_stricter_policy_stops_one_more)
{
	const struct whatif_row *row;
	struct whatif_stats s;

	ask(&changed, true, 0);
	lab_start(&lab);
	lab_connect(&lab, FLOODER, 22, 50, 10 * NS_PER_S / 3);
	finish();
	ck_assert_uint_eq(count_rows(), 1);
	row = row_of(FLOODER);
	ck_assert_ptr_nonnull(row);
	ck_assert_int_eq(whatif_difference(row), WHATIF_ONLY_NEW);
	ck_assert_int_eq(row->did[WHATIF_NEW].response, RESPONSE_DROP);
	whatif_stats(w, &s);
	ck_assert_uint_gt(s.dropped[WHATIF_NEW], 0);
	ck_assert_uint_eq(s.dropped[WHATIF_PRESENT], 0);
	ck_assert_uint_gt(s.asked[WHATIF_NEW].unknown, 0);
	ck_assert_uint_eq(s.asked[WHATIF_NEW].waiting, 0);
}
END_TEST

/* Eight sessions a minute are asked about by nobody there, and so never proven. */
START_TEST(questions_that_nobody_asked_are_counted_and_prove_nothing)
{
	const struct whatif_row *row;
	struct whatif_stats s;

	changed.rules.rate.rules[1].limit = 4;
	ck_assert_str_eq(changed.rules.rate.rules[1].rule.name, "rate.ssh");
	ask(&changed, true, 0);
	lab_start(&lab);
	lab_connect(&lab, FLOODER, 22, 40, 60 * NS_PER_S / 8);
	lab_pass(&lab, 20 * NS_PER_S);
	finish();
	whatif_stats(w, &s);
	ck_assert_uint_gt(s.asked[WHATIF_NEW].unknown, 20);
	row = row_of(FLOODER);
	ck_assert(!row || row->did[WHATIF_NEW].response == RESPONSE_SHIELD);
}
END_TEST

/* As a log leaves out ticks that did nothing for the daemon. */
static void take_no_idle_ticks(void *ctx, const struct obslog_item *item)
{
	const struct observation *o = &item->entry.observation;

	if (item->kind != OBSLOG_ENTRY || o->kind != OBSERVATION_TICK || !o->idle)
		take(ctx, item);
}

START_TEST(a_log_without_idle_ticks_asks_and_answers_at_the_same_times)
{
	const struct whatif_row *row;
	struct whatif_stats s;

	lab.take = take_no_idle_ticks;
	ask(NULL, false, 0);
	lab_start(&lab);
	an_hour();
	finish();
	whatif_stats(w, &s);
	ck_assert_uint_eq(s.asked[WHATIF_NEW].unknown, 0);
	ck_assert_uint_eq(count_rows(), 2);
	for (size_t at = 0; (row = whatif_rows_next(whatif_get_rows(w), &at));) {
		ck_assert_int_eq(row->did[0].first.ns, row->did[1].first.ns);
		ck_assert_int_eq(row->did[0].response, row->did[1].response);
		ck_assert_int_eq(whatif_difference(row), WHATIF_SAME);
	}
}
END_TEST

/* Served in every slot of ten minutes for two hours, and then a tool goes wild. */
START_TEST(a_peer_that_was_known_to_be_good_is_marked)
{
	const struct whatif_row *row;

	ask(&changed, true, 0);
	lab_start(&lab);
	lab_connect(&lab, ADMIN, 22, 24, 300 * NS_PER_S);
	lab_connect(&lab, ADMIN, 22, 200, NS_PER_S / 2);
	lab_connect(&lab, FLOODER, 22, 120, NS_PER_S / 2);
	finish();
	row = row_of(ADMIN);
	ck_assert_ptr_nonnull(row);
	ck_assert(row->did[WHATIF_NEW].known_good);
	row = row_of(FLOODER);
	ck_assert_ptr_nonnull(row);
	ck_assert(!row->did[WHATIF_NEW].known_good);
}
END_TEST

START_TEST(a_guard_of_the_other_configuration_spares_whom_it_names)
{
	ck_assert_int_eq(prefix_parse("198.51.100.64/28", &changed.guards.never_block[changed.guards.n_never_block++]), 0);
	ask(&changed, true, 0);
	lab_start(&lab);
	engine_guards_changed(stage_engine(lab.live), lab.now); /* as the log tells it: with nobody in it */
	an_hour();
	finish();
	ck_assert_ptr_nonnull(row_of(FLOODER));
	ck_assert_int_eq(whatif_difference(row_of(FLOODER)), WHATIF_ONLY_PRESENT);
	ck_assert_uint_gt(whatif_rows_sum(whatif_get_rows(w), WHATIF_NEW)->guarded, 0);
}
END_TEST

START_TEST(stopped_time_is_what_stood_and_what_still_stands)
{
	const struct whatif_did *did;

	ask(NULL, true, 0);
	lab_start(&lab);
	lab_scan(&lab, SCANNER, 20); /* shield, for 10m */
	lab_pass(&lab, 60 * NS_PER_S);
	finish();
	ck_assert_ptr_nonnull(row_of(SCANNER));
	did = row_of(SCANNER)->did;
	for (int side = 0; side < WHATIF_SIDES; side++) {
		ck_assert(did[side].stands);
		ck_assert_int_eq(did[side].response, RESPONSE_SHIELD);
		ck_assert_int_eq(did[side].for_ns, 600 * NS_PER_S);
	}
}
END_TEST

START_TEST(what_came_before_the_period_prepares_and_is_not_counted)
{
	struct whatif_stats s;

	ask(NULL, false, 1800);
	lab_start(&lab);
	lab_scan(&lab, "198.51.100.10", 20); /* shielded for ten minutes: over by then */
	lab_pass(&lab, 1500 * NS_PER_S);
	lab_scan(&lab, SCANNER, 20);
	lab_pass(&lab, 1000 * NS_PER_S);
	finish();
	whatif_stats(w, &s);
	ck_assert_int_ge(s.first.ns, LAB_WALL + LAB_START + 1800 * NS_PER_S);
	ck_assert_int_lt(s.first.ns, LAB_WALL + LAB_START + 1810 * NS_PER_S);
	ck_assert_uint_eq(whatif_rows_sum(whatif_get_rows(w), WHATIF_PRESENT)->alerts, 0);
	ck_assert_uint_eq(again.n, 0);
	ck_assert_uint_eq(count_rows(), 1);
	ck_assert_ptr_nonnull(row_of(SCANNER));
	ck_assert(row_of(SCANNER)->did[0].before);
	ck_assert_int_lt(row_of(SCANNER)->did[0].for_ns, 600 * NS_PER_S);
	ck_assert_int_gt(row_of(SCANNER)->did[0].for_ns, 200 * NS_PER_S);
}
END_TEST

START_TEST(what_stands_outlives_a_restart_as_the_daemon_restores_it)
{
	const struct whatif_did *did;
	struct whatif_stats s;

	ask(&changed, true, 0);
	lab_start(&lab);
	lab_connect(&lab, FLOODER, 22, 60, NS_PER_S / 2);
	lab_stop(&lab);
	lab.now = mono_add(lab.now, 30 * NS_PER_S);
	lab_start(&lab);
	lab_connect(&lab, FLOODER, 22, 10, NS_PER_S);
	finish();
	ck_assert_ptr_nonnull(row_of(FLOODER));
	did = &row_of(FLOODER)->did[WHATIF_NEW];
	whatif_stats(w, &s);
	ck_assert_uint_eq(s.runs, 2);
	ck_assert(did->stands);
	ck_assert_uint_ge(did->dropped, 10 + 30);
	/* An hour, but for the time in which there was no daemon. */
	ck_assert_int_ge(did->for_ns, 3570 * NS_PER_S);
	ck_assert_int_le(did->for_ns, 3576 * NS_PER_S);
}
END_TEST

START_TEST(rules_that_are_not_known_any_more_are_said_to_be)
{
	struct whatif_stats s;

	known = false;
	ask(&changed, true, 0);
	lab_start(&lab);
	an_hour();
	finish();
	whatif_stats(w, &s);
	ck_assert_uint_eq(s.other_rules, 1);
	ck_assert_ptr_nonnull(row_of(FLOODER)); /* the answers are matched: here they are all there */
	ck_assert(row_of(FLOODER)->did[WHATIF_PRESENT].stopped);
}
END_TEST

START_TEST(a_run_of_impossible_sizes_is_passed_over)
{
	struct obslog_item item = { .kind = OBSLOG_RUN, .run = &lab.run };
	struct whatif_stats s;

	ask(&changed, true, 0);
	lab.run.sizes.sources = SIZE_MAX / 2;
	ck_assert_int_eq(whatif_take(w, &item), ERR_RANGE);
	item = (struct obslog_item){ .kind = OBSLOG_ENTRY, .run = &lab.run, .entry = { .kind = LOG_LOSS, .lost = 3 } };
	ck_assert_int_eq(whatif_take(w, &item), 0);
	lab_start(&lab);
	lab_scan(&lab, SCANNER, 20);
	finish();
	whatif_stats(w, &s);
	ck_assert_uint_eq(s.runs_unread, 1);
	ck_assert_uint_eq(s.lost, 0);
	ck_assert_ptr_nonnull(row_of(SCANNER));
}
END_TEST

START_TEST(gaps_and_losses_are_counted_and_nothing_ends_by_them)
{
	struct whatif_stats s;

	ask(&changed, true, 0);
	lab_start(&lab);
	lab_connect(&lab, FLOODER, 22, 100, NS_PER_S / 2);
	lab.entry = (struct log_entry){ .kind = LOG_LOSS, .at = lab.now, .lost = 41 };
	lab_give(&lab, OBSLOG_ENTRY);
	lab_give(&lab, OBSLOG_GAP);
	lab_connect(&lab, FLOODER, 22, 100, NS_PER_S / 2);
	finish();
	whatif_stats(w, &s);
	ck_assert_uint_eq(s.lost, 41);
	ck_assert_uint_eq(s.gaps, 1);
	the_same_alerts();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("whatif");
	TCase *t = tcase_create("whatif");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, the_rules_of_the_log_decide_again_what_the_daemon_decided, 0, 2);
	tcase_add_test(t, the_same_rules_asked_about_differ_in_nothing);
	tcase_add_test(t, a_harder_policy_is_harder_on_the_same_offender);
	tcase_add_test(t, a_daemon_that_only_got_copies_would_have_stopped_the_same);
	tcase_add_test(t, a_stricter_policy_stops_one_more);
	tcase_add_test(t, questions_that_nobody_asked_are_counted_and_prove_nothing);
	tcase_add_test(t, a_log_without_idle_ticks_asks_and_answers_at_the_same_times);
	tcase_add_test(t, a_peer_that_was_known_to_be_good_is_marked);
	tcase_add_test(t, a_guard_of_the_other_configuration_spares_whom_it_names);
	tcase_add_test(t, stopped_time_is_what_stood_and_what_still_stands);
	tcase_add_test(t, what_came_before_the_period_prepares_and_is_not_counted);
	tcase_add_test(t, what_stands_outlives_a_restart_as_the_daemon_restores_it);
	tcase_add_test(t, rules_that_are_not_known_any_more_are_said_to_be);
	tcase_add_test(t, a_run_of_impossible_sizes_is_passed_over);
	tcase_add_test(t, gaps_and_losses_are_counted_and_nothing_ends_by_them);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
