/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Held connections: the few that hoard under pressure are named and nobody else; a crowd is the service's matter.
 */
#include "core/detect_hold.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define AT(s) ((mono_t){ .ns = (int64_t)(s) * NS_PER_S })
#define PORT 443

static const struct hold_opts opts = {
	.flood_rule = { .name = "hold.connections", .enabled = true },
	.slow_rule = { .name = "hold.slow", .enabled = true },
	.wait_rule = { .name = "hold.close-wait", .enabled = true },
	.queue_percent = 70, .least_open = 128, .peer_floor = 64, .peer_percent = 5, .peer_medians = 10,
	.slow_floor = 32, .wait_least = 64, .wait_ns = 300 * NS_PER_S,
};

struct world {
	struct hold *hold;
	struct hold_opts o;
	int64_t now;
	unsigned n;
	struct finding found[64];
};

/* What one second shows of the service: so many honest peers with 'each' connections, and 'bad' that hoard. */
struct load {
	uint32_t honest, each, bad, bad_open, bad_slow;
	uint32_t queue, close_wait;
};

static struct world world(void)
{
	struct world w = { .o = opts, .now = 1000 };

	hold_create(&w.hold, malloc(hold_bytes()));
	return w;
}

static void take(void *ctx, const struct finding *f)
{
	struct world *w = ctx;

	ck_assert_uint_lt(w->n, 64);
	w->found[w->n++] = *f;
}

static struct addr peer(unsigned i)
{
	return addr_v4((const uint8_t[]){ 198, 51, (uint8_t)(i >> 8), (uint8_t)i });
}

static struct service_holders holders_of(const struct load *l)
{
	struct service_holders s = { .proto = PROTO_TCP, .port = PORT };

	s.open = l->honest * l->each + l->bad * l->bad_open;
	s.slow = l->bad * l->bad_slow;
	s.peers = l->honest + l->bad;
	s.median = l->honest >= l->bad ? l->each : l->bad_open;
	for (uint32_t i = 0; i < l->bad && s.n_top < HOLDERS_TOP; i++)
		s.top[s.n_top++] = (struct holder){ .peer = peer(i), .open = l->bad_open, .slow = l->bad_slow };
	for (uint32_t i = 0; i < l->honest && s.n_top < HOLDERS_TOP; i++)
		s.top[s.n_top++] = (struct holder){ .peer = peer(0x1000 + i), .open = l->each };
	return s;
}

static void second(struct world *w, const struct load *l)
{
	struct service_holders s = holders_of(l);
	struct service_census c = { .proto = PROTO_TCP, .port = PORT, .accept_queue = l->queue, .backlog = 128,
		.established = s.open, .close_wait = l->close_wait };

	w->now++;
	hold_census(w->hold, &w->o, &c, 1, AT(w->now), take, w);
	if (hold_wants_holders(w->hold))
		hold_holders(w->hold, &w->o, &s, 1, AT(w->now), take, w);
}

static void seconds(struct world *w, const struct load *l, unsigned n)
{
	while (n--)
		second(w, l);
}

static const struct load usual = { .honest = 40, .each = 3 };
static const struct load hoard = { .honest = 40, .each = 3, .bad = 4, .bad_open = 200 };

START_TEST(four_that_hoard_are_named_and_nobody_else)
{
	struct world w = world();

	seconds(&w, &usual, 600);
	ck_assert_uint_eq(w.n, 0);
	seconds(&w, &hoard, 5);
	ck_assert_uint_eq(w.n, 4);
	for (unsigned i = 0; i < 4; i++) {
		const struct finding *f = &w.found[i];
		struct addr a = peer(i);

		ck_assert_int_eq(f->kind, FINDING_HOLD);
		ck_assert_int_eq(f->proof, PROOF_ANSWERED);
		ck_assert_int_eq(f->subject.kind, SUBJECT_SOURCE);
		ck_assert(addr_equal(&f->subject.source.addr, &a));
		ck_assert_uint_eq(f->subject.source.len, 32);
		ck_assert_uint_eq(f->dport, PORT);
		ck_assert_uint_eq(f->proto, PROTO_TCP);
		ck_assert_uint_eq(f->count, 200);
		ck_assert_int_eq(f->score, 20000);
		ck_assert_int_lt(f->threshold, f->score);
		ck_assert_str_eq(f->rule.name, "hold.connections");
		ck_assert_ptr_nonnull(strstr(f->about, "of 920 of 44 peers"));
	}
	free(w.hold);
}
END_TEST

START_TEST(without_pressure_nobody_is_named)
{
	struct world w = world();
	struct load much = { .honest = 40, .each = 3, .bad = 1, .bad_open = 2000 };

	seconds(&w, &much, 3600); /* so it was when we came, and there is room */
	ck_assert_uint_eq(w.n, 0);
	free(w.hold);
}
END_TEST

START_TEST(a_crowd_is_the_services_matter)
{
	struct world w = world();
	struct load crowd = { .honest = 900, .each = 4, .queue = 120 };

	seconds(&w, &usual, 600);
	seconds(&w, &crowd, 60);
	ck_assert_uint_eq(w.n, 1);
	ck_assert_int_eq(w.found[0].kind, FINDING_HOLD);
	ck_assert_int_eq(w.found[0].proof, PROOF_CLAIMED);
	ck_assert_int_eq(w.found[0].subject.kind, SUBJECT_SERVICE);
	ck_assert_uint_eq(w.found[0].subject.port, PORT);
	ck_assert_int_ge(w.found[0].score, w.found[0].threshold);
	free(w.hold);
}
END_TEST

START_TEST(a_crowd_that_there_is_room_for_is_nothing)
{
	struct world w = world();
	struct load crowd = { .honest = 900, .each = 4 };

	seconds(&w, &usual, 600);
	seconds(&w, &crowd, 600);
	ck_assert_uint_eq(w.n, 0);
	free(w.hold);
}
END_TEST

START_TEST(a_program_that_stalls_is_nobodys_fault)
{
	struct world w = world();
	struct load stalled = { .honest = 40, .each = 3, .queue = 128 };

	seconds(&w, &usual, 600);
	seconds(&w, &stalled, 600);
	ck_assert_uint_eq(w.n, 0);
	free(w.hold);
}
END_TEST

START_TEST(a_balancer_in_front_is_spared_when_the_program_stalls)
{
	struct world w = world();
	struct load calm = { .honest = 2, .each = 1, .bad = 1, .bad_open = 200 };
	struct load stalled = { .honest = 2, .each = 1, .bad = 1, .bad_open = 900, .queue = 128 };

	seconds(&w, &calm, 600);
	seconds(&w, &stalled, 120);
	ck_assert_uint_eq(w.n, 0);
	free(w.hold);
}
END_TEST

START_TEST(an_office_behind_one_address_is_spared_in_a_rush)
{
	struct world w = world();
	struct load calm = { .honest = 60, .each = 2, .bad = 1, .bad_open = 150 };
	struct load rush = { .honest = 200, .each = 4, .bad = 1, .bad_open = 250, .queue = 128 };

	seconds(&w, &calm, 3600);
	seconds(&w, &rush, 60);
	for (unsigned i = 0; i < w.n; i++)
		ck_assert_int_eq(w.found[i].subject.kind, SUBJECT_SERVICE);
	free(w.hold);
}
END_TEST

START_TEST(slow_clients_are_named_as_such)
{
	struct world w = world();
	struct load calm = { .honest = 10, .each = 1 };
	struct load slowloris = { .honest = 10, .each = 1, .bad = 1, .bad_open = 100, .bad_slow = 90, .queue = 128 };

	seconds(&w, &calm, 60);
	seconds(&w, &slowloris, 5);
	ck_assert_uint_eq(w.n, 1);
	ck_assert_int_eq(w.found[0].kind, FINDING_SLOW);
	ck_assert_int_eq(w.found[0].proof, PROOF_ANSWERED);
	ck_assert_uint_eq(w.found[0].count, 90);
	ck_assert_str_eq(w.found[0].rule.name, "hold.slow");
	free(w.hold);
}
END_TEST

START_TEST(slow_clients_of_a_service_that_has_room_are_left_alone)
{
	struct world w = world();
	struct load idle = { .honest = 10, .each = 1, .bad = 1, .bad_open = 100, .bad_slow = 100 };

	seconds(&w, &idle, 3600);
	ck_assert_uint_eq(w.n, 0);
	free(w.hold);
}
END_TEST

static void end_measures(struct world *w)
{
	for (unsigned i = 0; i < w->n; i++)
		hold_rearm(w->hold, &w->found[i].subject);
}

START_TEST(who_sits_still_after_a_measure_is_named_again_while_clients_are_turned_away)
{
	struct world w = world();
	struct load hard = hoard;

	seconds(&w, &usual, 600);
	seconds(&w, &hoard, 120);
	ck_assert_uint_eq(w.n, 4);
	hard.queue = 128;
	seconds(&w, &hard, 600);
	ck_assert_uint_eq(w.n, 4); /* the measure stands */
	end_measures(&w);
	seconds(&w, &hoard, 5);
	ck_assert_uint_eq(w.n, 4); /* there is room */
	seconds(&w, &hard, 2);
	ck_assert_uint_eq(w.n, 8);
	free(w.hold);
}
END_TEST

START_TEST(who_takes_yet_more_after_a_measure_is_named_again)
{
	struct world w = world();
	struct load more = hoard;

	seconds(&w, &usual, 600);
	seconds(&w, &hoard, 60);
	end_measures(&w);
	more.bad_open = 250;
	seconds(&w, &more, 5);
	ck_assert_uint_eq(w.n, 4);
	more.bad_open = 251;
	seconds(&w, &more, 5);
	ck_assert_uint_eq(w.n, 8);
	free(w.hold);
}
END_TEST

START_TEST(who_has_let_go_for_a_minute_is_named_anew)
{
	struct world w = world();

	seconds(&w, &usual, 600);
	seconds(&w, &hoard, 5);
	seconds(&w, &usual, 30);
	seconds(&w, &hoard, 5);
	ck_assert_uint_eq(w.n, 4);
	seconds(&w, &usual, 61);
	seconds(&w, &hoard, 5);
	ck_assert_uint_eq(w.n, 8);
	free(w.hold);
}
END_TEST

START_TEST(the_end_of_a_measure_is_the_end_for_its_source_alone)
{
	struct world w = world();
	struct load hard = hoard;

	hard.queue = 128;
	seconds(&w, &usual, 600);
	seconds(&w, &hard, 5);
	hold_rearm(w.hold, &w.found[0].subject);
	seconds(&w, &hard, 5);
	ck_assert_uint_eq(w.n, 5);
	ck_assert(subject_equal(&w.found[4].subject, &w.found[0].subject));
	free(w.hold);
}
END_TEST

START_TEST(a_disabled_rule_finds_nothing_and_leaves_the_others)
{
	struct world w = world();
	struct load both = hoard;

	w.o.flood_rule.enabled = false;
	seconds(&w, &usual, 600);
	seconds(&w, &hoard, 10);
	ck_assert_uint_eq(w.n, 0);
	both.bad_slow = 180;
	seconds(&w, &both, 2);
	ck_assert_uint_eq(w.n, 4);
	ck_assert_int_eq(w.found[0].kind, FINDING_SLOW);
	free(w.hold);
}
END_TEST

START_TEST(a_leak_of_our_own_program_is_told_of_the_service)
{
	struct world w = world();

	for (uint32_t s = 0; s < 900; s++)
		second(&w, &(struct load){ .honest = 5, .each = 1, .close_wait = 50 + s });
	ck_assert_uint_eq(w.n, 1);
	ck_assert_int_eq(w.found[0].kind, FINDING_PILE);
	ck_assert_int_eq(w.found[0].proof, PROOF_LOCAL);
	ck_assert_int_eq(w.found[0].subject.kind, SUBJECT_SERVICE);
	ck_assert_uint_eq(w.found[0].subject.port, PORT);
	free(w.hold);
}
END_TEST

START_TEST(a_full_connection_table_is_pressure)
{
	struct world w = world();
	struct load many = { .honest = 40, .each = 3, .bad = 1, .bad_open = 300 };

	seconds(&w, &many, 10);
	ck_assert_uint_eq(w.n, 0);
	hold_pressure(w.hold, 92);
	second(&w, &many);
	ck_assert_uint_eq(w.n, 0); /* it held as much in calm */
	many.bad_open = 900;
	second(&w, &many);
	ck_assert_uint_eq(w.n, 1);
	ck_assert_ptr_nonnull(strstr(w.found[0].about, "conntrack"));
	free(w.hold);
}
END_TEST

START_TEST(holders_are_wanted_where_they_may_be_asked_about)
{
	struct world w = world();

	second(&w, &(struct load){ .honest = 3, .each = 1 });
	ck_assert(!hold_wants_holders(w.hold));
	second(&w, &(struct load){ .honest = 32, .each = 1 });
	ck_assert(hold_wants_holders(w.hold));
	seconds(&w, &(struct load){ .honest = 3, .each = 1, .queue = 100 }, 2);
	ck_assert(hold_wants_holders(w.hold)); /* few workers, all held */
	free(w.hold);
}
END_TEST

START_TEST(services_are_bounded_and_counted)
{
	struct world w = world();
	struct service_census c[300];

	for (unsigned i = 0; i < 300; i++)
		c[i] = (struct service_census){ .proto = PROTO_TCP, .port = (uint16_t)(i + 1), .backlog = 128 };
	hold_census(w.hold, &w.o, c, 300, AT(1), take, &w);
	ck_assert_uint_eq(hold_untracked(w.hold), 300 - HOLD_SERVICES);
	hold_census(w.hold, &w.o, NULL, 0, AT(3602), take, &w);
	hold_census(w.hold, &w.o, &c[299], 1, AT(3603), take, &w);
	ck_assert_uint_eq(hold_untracked(w.hold), 300 - HOLD_SERVICES); /* an idle one made room */
	free(w.hold);
}
END_TEST

START_TEST(holders_of_an_unknown_service_are_passed_over)
{
	struct world w = world();
	struct service_holders s = holders_of(&hoard);

	hold_holders(w.hold, &w.o, &s, 1, AT(5), take, &w);
	ck_assert_uint_eq(w.n, 0);
	free(w.hold);
}
END_TEST

static void add_tests(TCase *t)
{
	tcase_add_test(t, four_that_hoard_are_named_and_nobody_else);
	tcase_add_test(t, without_pressure_nobody_is_named);
	tcase_add_test(t, a_crowd_is_the_services_matter);
	tcase_add_test(t, a_crowd_that_there_is_room_for_is_nothing);
	tcase_add_test(t, a_program_that_stalls_is_nobodys_fault);
	tcase_add_test(t, a_balancer_in_front_is_spared_when_the_program_stalls);
	tcase_add_test(t, an_office_behind_one_address_is_spared_in_a_rush);
	tcase_add_test(t, slow_clients_are_named_as_such);
	tcase_add_test(t, slow_clients_of_a_service_that_has_room_are_left_alone);
	tcase_add_test(t, who_sits_still_after_a_measure_is_named_again_while_clients_are_turned_away);
	tcase_add_test(t, who_takes_yet_more_after_a_measure_is_named_again);
	tcase_add_test(t, who_has_let_go_for_a_minute_is_named_anew);
	tcase_add_test(t, the_end_of_a_measure_is_the_end_for_its_source_alone);
	tcase_add_test(t, a_disabled_rule_finds_nothing_and_leaves_the_others);
	tcase_add_test(t, a_leak_of_our_own_program_is_told_of_the_service);
	tcase_add_test(t, a_full_connection_table_is_pressure);
	tcase_add_test(t, holders_are_wanted_where_they_may_be_asked_about);
	tcase_add_test(t, services_are_bounded_and_counted);
	tcase_add_test(t, holders_of_an_unknown_service_are_passed_over);
}

int main(void)
{
	Suite *s = suite_create("detect_hold");
	TCase *t = tcase_create("detect_hold");
	SRunner *r = srunner_create(s);
	int failed;

	add_tests(t);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
