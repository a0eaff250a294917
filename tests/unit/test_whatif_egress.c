/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What-if of what left a daemon's host: the same rules decide the same again, others tell of each destination and each user
 * apart.
 */
#include "app/whatif.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/whatif_lab.h"

#define LISTED_A "198.51.100.9"
#define LISTED_B "198.51.100.109"

static struct lab lab;
static struct lab_alerts again; /* what the present side says */
static struct whatif *w;
static struct conf changed;

static const struct conf *rules(void *ctx, uint64_t digest, const char *policy, bool *same)
{
	struct lab *l = ctx;

	(void)policy;
	*same = digest == LAB_RULES;
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
	w = NULL;
}

static void tear_down(void)
{
	stage_destroy(lab.live);
	whatif_destroy(w);
}

static void ask(const struct conf *other, bool enforce)
{
	struct whatif_opts o = { .rules = rules, .rules_ctx = &lab, .compare = true, .changed = other,
		.changed_enforce = enforce, .emit = on_event, .emit_ctx = &again };

	hash_key_from_seed(&o.key, 11);
	ck_assert_int_eq(whatif_create(&w, &o), 0);
}

static void finish(void)
{
	lab_stop(&lab);
	whatif_end(w);
}

static void the_same_alerts(void)
{
	ck_assert_uint_ge(lab.decided.n, 3);
	ck_assert_uint_eq(again.n, lab.decided.n);
	ck_assert_str_eq(again.text, lab.decided.text);
	ck_assert_uint_eq(whatif_rows_sum(whatif_get_rows(w), WHATIF_PRESENT)->alerts, lab.decided.n);
}

static const struct whatif_row *row_of_destination(const char *address)
{
	const struct whatif_row *row;
	struct addr a = craft_addr(address);

	for (size_t at = 0; (row = whatif_rows_next(whatif_get_rows(w), &at));)
		if (row->subject.kind == SUBJECT_DESTINATION && prefix_holds(&row->subject.source, &a))
			return row;
	return NULL;
}

static const struct whatif_row *row_of_user(uint32_t uid)
{
	const struct whatif_row *row;

	for (size_t at = 0; (row = whatif_rows_next(whatif_get_rows(w), &at));)
		if (row->subject.kind == SUBJECT_ACTOR && row->subject.actor.kind == ACTOR_USER && row->subject.actor.uid == uid)
			return row;
	return NULL;
}

/* Two listed destinations are called by the clock, and two users search for open ports. */
static void leaves(void)
{
	const struct addr a = craft_addr(LISTED_A), b = craft_addr(LISTED_B);
	struct engine *e;
	char to[32];

	lab_start(&lab);
	e = stage_engine(lab.live);
	engine_listed(e, &a, "drop", false, lab.now);
	engine_listed(e, &b, "drop", false, lab.now);
	for (uint16_t i = 0; i < 20; i++) {
		lab_leave(&lab, LISTED_A, (uint16_t)(30000 + i), 443, 1000);
		lab_leave(&lab, LISTED_B, (uint16_t)(31000 + i), 443, OWNER_UNKNOWN);
		lab_pass(&lab, 60 * NS_PER_S);
	}
	for (uint16_t i = 0; i < 80; i++) {
		snprintf(to, sizeof(to), "203.0.113.%u", i + 1U);
		lab_leave(&lab, to, (uint16_t)(40000 + i), 445, i % 2 ? 1001 : 1002);
		lab_pass(&lab, NS_PER_S / 5);
	}
	lab_pass(&lab, 10 * NS_PER_S);
}

START_TEST(what_left_is_decided_again_as_it_was)
{
	ask(NULL, false);
	leaves();
	finish();
	ck_assert_ptr_nonnull(strstr(lab.decided.text, "egress.sweep"));
	ck_assert_ptr_nonnull(strstr(lab.decided.text, "egress.confirmed"));
	the_same_alerts();
}
END_TEST

START_TEST(each_destination_and_each_user_has_a_row_of_its_own)
{
	const struct whatif_row *a, *b;

	ask(&changed, true);
	leaves();
	finish();
	a = row_of_destination(LISTED_A);
	b = row_of_destination(LISTED_B);
	ck_assert(a && b && a != b);
	ck_assert(a->did[WHATIF_NEW].stopped && b->did[WHATIF_NEW].stopped);
	ck_assert_int_eq(a->did[WHATIF_NEW].response, RESPONSE_EGRESS_LIMIT);
	ck_assert_int_gt(a->did[WHATIF_NEW].for_ns, 0);
	ck_assert(row_of_user(1001) && row_of_user(1002));
	ck_assert_ptr_nonnull(strstr(row_of_user(1001)->did[WHATIF_NEW].rule, "egress.sweep"));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("whatif_egress");
	TCase *c = tcase_create("whatif_egress");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_set_timeout(c, 60);
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, what_left_is_decided_again_as_it_was);
	tcase_add_test(c, each_destination_and_each_user_has_a_row_of_its_own);
	suite_add_tcase(s, c);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
