/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Allowlists as the engine has them come into force and out of it, and actors that a policy shuts in.
 */
#include "support/egress_lab.h"

static void add_list(bool enforce)
{
	struct allowlists *l = &conf.rules.allow;
	const struct addr good = craft_addr("203.0.113.1");
	struct allow_entry entry = { .prefix = prefix_of(&good, 32), .port_first = 443, .port_last = 443, .proto = PROTO_TCP };
	size_t at;

	memset(l, 0, sizeof(*l));
	ck_assert_int_eq(allowlist_begin(l, "jobs", &at), 0);
	l->lists[at].actor = (struct actor){ .kind = ACTOR_USER, .uid = 1000 };
	l->lists[at].enforce = enforce;
	ck_assert_int_eq(allowlist_add(l, at, &entry), 0);
	engine_swap_rules(e, &conf.rules);
}

static void allow_setup(void)
{
	setup();
	allowed = 0;
	held = stranded = false;
}

START_TEST(nobody_is_held_before_the_kernel_has_what_he_may_reach)
{
	add_list(true);
	pass_with(5 * NS_PER_S, ERR_AGAIN);
	ck_assert(!held);
	pass(20 * NS_PER_S);
	ck_assert_uint_eq(allowed, 1);
	ck_assert(held);
}
END_TEST

START_TEST(a_list_in_shadow_holds_nobody)
{
	add_list(false);
	pass(10 * NS_PER_S);
	ck_assert(!allowed && !held);
}
END_TEST

START_TEST(a_reload_without_the_list_lets_go)
{
	add_list(true);
	pass(5 * NS_PER_S);
	ck_assert(held);
	if (_i)
		add_list(false);
	else
		memset(&conf.rules.allow, 0, sizeof(conf.rules.allow));
	engine_swap_rules(e, &conf.rules);
	pass(5 * NS_PER_S);
	ck_assert(!held);
	ck_assert(!stranded);
}
END_TEST

START_TEST(detect_mode_lets_go_and_enforce_holds_again)
{
	add_list(true);
	pass(5 * NS_PER_S);
	engine_set_mode(e, false, now);
	pass(5 * NS_PER_S);
	ck_assert(!held);
	ck_assert(!stranded);
	engine_set_mode(e, true, now);
	pass(5 * NS_PER_S);
	ck_assert(held);
}
END_TEST

START_TEST(a_panic_hands_out_no_allowance_and_its_end_holds_again)
{
	struct allow_change a;
	struct change c;

	add_list(true);
	pass(5 * NS_PER_S);
	engine_panic(e, true, now);
	allowed = 0;
	held = false; /* the table is gone with all that stood in it */
	for (int i = 0; i < 50; i++) {
		now = mono_add(now, NS_PER_S / 10);
		engine_tick(e, now);
		ck_assert(!engine_take_allowance(e, now, &a));
		while (engine_take_change(e, &c)) {
			ck_assert(!c.add);
			engine_applied(e, &c, 0, now);
		}
	}
	engine_panic(e, false, now);
	pass(5 * NS_PER_S);
	ck_assert_uint_eq(allowed, 1);
	ck_assert(held);
}
END_TEST

START_TEST(a_measure_of_a_list_is_renewed_while_the_list_is_in_force)
{
	add_list(true);
	for (int minute = 0; minute < 150; minute++)
		pass(60 * NS_PER_S);
	ck_assert(held);
}
END_TEST

/* ---- shut in by the policy ---- */

static void teach(const char *to)
{
	int64_t wall = (WALL + now.ns) / NS_PER_S;
	const struct reach_record r = { .actor = { .kind = ACTOR_USER, .uid = 1000 }, .uid = 1000, .to = craft_addr(to),
		.port = 443, .proto = PROTO_TCP, .count = 9, .first_s = wall - 9 * 86400, .last_s = wall - 60, .days = 9 };

	engine_teach_reach(e, &r, now);
}

/* Two signals, twice: the second time the policy of databases leaves its user what he is known to reach. */
static void offend(uint16_t sport)
{
	leave("203.0.113.9", sport, 443);
	owned("203.0.113.9", sport, 443, 1000);
	moved(sport, 80, false);
	pass(2 * NS_PER_S);
}

static bool stands(void)
{
	const struct subject s = { .kind = SUBJECT_ACTOR, .actor = { .kind = ACTOR_USER, .uid = 1000 } };
	const struct measure *m = ledger_find(engine_ledger(e), &s, SCOPE_SOURCE);

	return m && m->state != MEASURE_FREE && m->response == RESPONSE_EGRESS_ALLOWLIST;
}

/* 203.0.113.1 is all that the user may reach now. */
static void is_shut_in(void)
{
	const struct addr bad = craft_addr("203.0.113.9");

	teach("203.0.113.1");
	engine_listed(e, &bad, "drop", false, now);
	offend(40000);
	for (int minute = 0; minute < 61; minute++)
		pass(60 * NS_PER_S);
	offend(40001);
	ck_assert(held);
	ck_assert_uint_eq(allowed, 1);
}

static uint32_t elements(void)
{
	struct allow_want_stats w;

	allow_want_stats(engine_allow_want(e), &w);
	return w.elements;
}

START_TEST(whom_a_policy_has_shut_in_keeps_that_after_a_reload)
{
	is_shut_in();
	engine_swap_rules(e, &conf.rules);
	pass(5 * NS_PER_S);
	ck_assert(stands() && held);
	ck_assert_uint_eq(elements(), 1);
}
END_TEST

START_TEST(whom_a_policy_has_shut_in_has_it_again_after_a_panic)
{
	is_shut_in();
	engine_panic(e, true, now);
	held = false;
	allowed = 0;
	for (int i = 0; i < 20; i++) {
		now = mono_add(now, NS_PER_S / 10);
		engine_tick(e, now);
	}
	engine_panic(e, false, now);
	pass(20 * NS_PER_S);
	ck_assert(stands() && held);
	ck_assert_uint_eq(allowed, 1);
	ck_assert_uint_eq(elements(), 1);
}
END_TEST

START_TEST(whom_a_policy_shuts_in_keeps_what_he_is_known_to_reach_and_is_let_out)
{
	is_shut_in();
	ck_assert(stands());
	for (int minute = 0; minute < 130; minute++)
		pass(60 * NS_PER_S); /* the kernel's element ends by itself */
	ck_assert(!stands());
	ck_assert_uint_eq(elements(), 0);
}
END_TEST

START_TEST(a_jail_of_an_earlier_run_is_not_adopted)
{
	struct measure m = { .subject = { .kind = SUBJECT_ACTOR, .actor = { .kind = ACTOR_USER, .uid = 1000 } },
		.response = RESPONSE_EGRESS_ALLOWLIST, .until = mono_add(now, 3600 * NS_PER_S) };

	ck_assert_int_eq(engine_adopt(e, &m, now), ERR_UNSUPPORTED);
	pass(5 * NS_PER_S);
	ck_assert(!held);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("engine_allow");
	TCase *c = tcase_create("engine_allow");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_set_timeout(c, 60);
	tcase_add_checked_fixture(c, allow_setup, teardown);
	tcase_add_test(c, nobody_is_held_before_the_kernel_has_what_he_may_reach);
	tcase_add_test(c, a_list_in_shadow_holds_nobody);
	tcase_add_loop_test(c, a_reload_without_the_list_lets_go, 0, 2);
	tcase_add_test(c, detect_mode_lets_go_and_enforce_holds_again);
	tcase_add_test(c, a_panic_hands_out_no_allowance_and_its_end_holds_again);
	tcase_add_test(c, a_measure_of_a_list_is_renewed_while_the_list_is_in_force);
	tcase_add_test(c, whom_a_policy_has_shut_in_keeps_that_after_a_reload);
	tcase_add_test(c, whom_a_policy_has_shut_in_has_it_again_after_a_panic);
	tcase_add_test(c, whom_a_policy_shuts_in_keeps_what_he_is_known_to_reach_and_is_let_out);
	tcase_add_test(c, a_jail_of_an_earlier_run_is_not_adopted);
	suite_add_tcase(s, c);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
