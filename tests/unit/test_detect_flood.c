/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SYN floods: found where they are, and not where a service is only busy, slow, or far away.
 */
#include "core/detect_flood.h"

#include <check.h>
#include <stdlib.h>

#define AT(s) ((mono_t){ .ns = (int64_t)(s) * NS_PER_S })
#define LIFE 63 /* seconds until a half-open socket is given up */

static const struct flood_opts opts = {
	.rule = { .name = "flood.syn", .enabled = true },
	.allowance = 5,
	.threshold = 60,
	.min_syns = 25,
	.backlog_percent = 50,
	.newcomer_percent = 80,
	.level_half_life_ns = 600 * NS_PER_S,
};

struct world {
	struct flood *flood;
	struct flood_opts o;
	int64_t now; /* s */
	unsigned raised;
	struct finding found;
	uint32_t cohorts[LIFE]; /* SYNs that were never completed, by second */
};

/* What one second brings to the service. */
struct load {
	uint32_t syns, newcomers;
	uint32_t lost;  /* of the SYNs: never completed */
	uint32_t young; /* half-open at the moment of the census, about to complete */
	uint32_t accept_queue, backlog;
	struct pressure pressure;
};

static struct world world(void)
{
	struct world w = { .o = opts, .now = 1000 };

	flood_create(&w.flood, malloc(flood_bytes()));
	return w;
}

static void raise_one(void *ctx, const struct finding *f)
{
	struct world *w = ctx;

	w->raised++;
	w->found = *f;
}

static void second(struct world *w, const struct load *l)
{
	struct service_census c = { .proto = PROTO_TCP, .port = 443,
		.accept_queue = l->accept_queue, .backlog = l->backlog ? l->backlog : 4096 };

	for (uint32_t i = 0; i < l->syns; i++)
		flood_syn(w->flood, 443, i < l->newcomers);
	for (size_t i = 0; i < LIFE; i++)
		c.half_open_old += w->cohorts[i]; /* those of this second are not old yet */
	w->cohorts[++w->now % LIFE] = l->lost;
	c.half_open = c.half_open_old + l->lost + l->young;
	if (c.half_open > c.backlog)
		c.half_open = c.backlog;
	if (c.half_open_old > c.half_open)
		c.half_open_old = c.half_open;
	flood_tick(w->flood, &w->o, &c, 1, &l->pressure, AT(w->now), raise_one, w);
}

static unsigned seconds_to_find(struct world *w, const struct load *l, unsigned most)
{
	for (unsigned s = 1; s <= most; s++) {
		second(w, l);
		if (w->raised)
			return s;
	}
	return 0;
}

START_TEST(a_flood_on_an_idle_service_is_found_within_five_seconds)
{
	const uint32_t rates[] = { 50, 100, 1000, 20000 };

	for (size_t i = 0; i < 4; i++) {
		struct world w = world();
		struct load l = { .syns = rates[i], .newcomers = rates[i], .lost = rates[i],
			.pressure.cookies_sent = rates[i] > 4096 ? rates[i] - 4096 : 0 }; /* the backlog is full */
		unsigned s = seconds_to_find(&w, &l, 10);

		ck_assert_uint_ge(s, 2);
		ck_assert_uint_le(s, 5);
		free(w.flood);
	}
}
END_TEST

START_TEST(a_flood_on_a_busy_service_is_found_within_five_seconds)
{
	struct world w = world();
	struct load busy = { .syns = 500, .newcomers = 50, .lost = 1, .young = 30 };
	struct load flood = { .syns = 600, .newcomers = 150, .lost = 101, .young = 30 };
	unsigned s;

	for (unsigned i = 0; i < 600; i++)
		second(&w, &busy);
	ck_assert_uint_eq(w.raised, 0);
	s = seconds_to_find(&w, &flood, 10);
	ck_assert_uint_ge(s, 1);
	ck_assert_uint_le(s, 5);
	free(w.flood);
}
END_TEST

START_TEST(a_finding_names_the_service_and_no_source)
{
	struct world w = world();
	struct load l = { .syns = 100, .newcomers = 100, .lost = 100 };

	seconds_to_find(&w, &l, 10);
	ck_assert_int_eq(w.found.kind, FINDING_FLOOD);
	ck_assert_int_eq(w.found.proof, PROOF_CLAIMED);
	ck_assert_int_eq(w.found.subject.kind, SUBJECT_SERVICE);
	ck_assert_uint_eq(w.found.subject.proto, PROTO_TCP);
	ck_assert_uint_eq(w.found.subject.port, 443);
	ck_assert_uint_eq(w.found.dport, 443);
	ck_assert_int_eq(w.found.src.family, FAMILY_NONE);
	ck_assert_int_ge(w.found.score, w.found.threshold);
	ck_assert_int_eq(w.found.threshold, 6000);
	ck_assert_int_gt(w.found.window_ns, 0);
	ck_assert_str_eq(w.found.rule.name, "flood.syn");
	ck_assert(flood_raised(w.flood, 443));
	ck_assert(!flood_raised(w.flood, 444));
	ck_assert_uint_eq(flood_alarms(w.flood), 1);
	free(w.flood);
}
END_TEST

START_TEST(a_broken_way_back_is_not_taken_for_a_flood)
{
	struct world w = world();
	struct load l = { .syns = 500, .newcomers = 450, .young = 30 };

	for (unsigned i = 0; i < 3600; i++)
		second(&w, &l);
	l.lost = 60; /* a carrier loses our SYN-ACKs */
	ck_assert_uint_eq(seconds_to_find(&w, &l, 600), 0);
	free(w.flood);
}
END_TEST

/* Independent clients: so many of ten times as many come in this second. */
static uint32_t uneven(uint32_t mean)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < mean * 10; i++)
		n += rand() % 10 == 0;
	return n;
}

/* Seconds until a flood of 50/s on a service of 500/s is found; 0: not within ten. */
static unsigned found_on_uneven(unsigned seed)
{
	struct world w = world();
	unsigned s = 0;

	srand(seed);
	for (unsigned i = 0; i < 60; i++)
		second(&w, &(struct load){ .syns = uneven(500), .newcomers = uneven(50), .young = 30 });
	ck_assert_uint_eq(w.raised, 0);
	while (!w.raised && s++ < 10) {
		uint32_t forged = uneven(50);

		second(&w, &(struct load){ .syns = uneven(500) + forged, .newcomers = uneven(50) + forged,
			.lost = forged, .young = 30 });
	}
	free(w.flood);
	return w.raised ? s : 0;
}

/* Chance varies the honest by half of the flood: 95 of 100 are what five seconds can have, and the rest a few seconds more. */
START_TEST(a_small_flood_on_a_busy_and_uneven_service_is_found_within_five_seconds)
{
	unsigned in_time = 0;

	for (unsigned seed = 1; seed <= 100; seed++) {
		unsigned s = found_on_uneven(seed);

		in_time += s && s <= 5;
	}
	ck_assert_uint_ge(in_time, 95);
}
END_TEST

START_TEST(a_broken_way_back_of_uneven_clients_is_not_taken_for_a_flood)
{
	struct world w = world();

	srand((unsigned)_i + 1);
	for (unsigned i = 0; i < 1200; i++) {
		uint32_t syns = uneven(400 + (i > 600 ? i % 100 / 5 : 0)); /* and the day goes on */

		second(&w, &(struct load){ .syns = syns, .newcomers = syns * 9 / 10, .young = 30,
			.lost = i > 600 ? syns / 5 : 0 });
	}
	ck_assert_uint_eq(w.raised, 0);
	free(w.flood);
}
END_TEST

START_TEST(busy_and_honest_is_never_raised)
{
	struct world w = world();
	struct load l = { .syns = 500, .newcomers = 500, .young = 25 };

	ck_assert_uint_eq(seconds_to_find(&w, &l, 3600), 0);
	free(w.flood);
}
END_TEST

START_TEST(far_away_clients_in_great_number_are_never_raised)
{
	struct world w = world();
	struct load l = { .syns = 500, .newcomers = 500, .young = 350, .backlog = 511 };

	ck_assert_uint_eq(seconds_to_find(&w, &l, 3600), 0);
	free(w.flood);
}
END_TEST

START_TEST(a_sudden_crowd_is_never_raised)
{
	struct world w = world();
	struct load quiet = { .syns = 5, .newcomers = 1 };
	struct load crowd = { .syns = 2000, .newcomers = 1900, .young = 150 };

	for (unsigned i = 0; i < 600; i++)
		second(&w, &quiet);
	ck_assert_uint_eq(seconds_to_find(&w, &crowd, 600), 0);
	free(w.flood);
}
END_TEST

START_TEST(a_few_clients_that_never_complete_are_never_raised)
{
	struct world w = world();
	struct load l = { .syns = 100, .newcomers = 10, .lost = 2 };

	ck_assert_uint_eq(seconds_to_find(&w, &l, 3600), 0);
	free(w.flood);
}
END_TEST

START_TEST(a_stalled_program_is_not_taken_for_a_flood)
{
	struct world w = world();
	struct load busy = { .syns = 500, .newcomers = 50, .young = 25, .backlog = 511 };
	struct load stalled = { .syns = 500, .newcomers = 50, .lost = 500,
		.backlog = 511, .accept_queue = 512,
		.pressure = { .listen_overflows = 400, .listen_drops = 400, .cookies_sent = 100 } };

	for (unsigned i = 0; i < 60; i++)
		second(&w, &busy);
	ck_assert_uint_eq(seconds_to_find(&w, &stalled, 60), 0);
	free(w.flood);
}
END_TEST

START_TEST(one_sign_alone_is_not_enough)
{
	struct world w = world();
	struct load lost = { .syns = 20, .newcomers = 20, .lost = 20 }; /* under min_syns */
	struct load cookies = { .syns = 500, .pressure = { .cookies_sent = 100 } };

	ck_assert_uint_eq(seconds_to_find(&w, &lost, 40), 0);
	free(w.flood);
	w = world();
	ck_assert_uint_eq(seconds_to_find(&w, &cookies, 600), 0);
	free(w.flood);
}
END_TEST

START_TEST(a_slow_flood_is_found_when_it_begins_to_hurt)
{
	struct world w = world();
	struct load slow = { .syns = 10, .newcomers = 10, .lost = 10, .backlog = 128 };

	ck_assert_uint_eq(seconds_to_find(&w, &slow, 20), 0);
	slow.pressure.cookies_sent = 3;
	ck_assert_uint_eq(seconds_to_find(&w, &slow, 3), 1);
	free(w.flood);
}
END_TEST

START_TEST(a_full_backlog_speaks_before_the_sum_does)
{
	struct world w = world();
	struct load l = { .syns = 20, .newcomers = 20, .lost = 10, .backlog = 20,
		.pressure = { .queue_full = 1 } };

	w.o.threshold = 1000;
	ck_assert_uint_ne(seconds_to_find(&w, &l, 10), 0);
	ck_assert_int_eq(w.found.threshold, 1000); /* half of 20, in hundredths */
	ck_assert_int_eq(w.found.score, 2000);
	free(w.flood);
}
END_TEST

START_TEST(the_alarm_is_raised_once_falls_after_the_end_and_rises_again)
{
	struct world w = world();
	struct load flood = { .syns = 100, .newcomers = 100, .lost = 100 };
	struct load quiet = { .syns = 1 };

	for (unsigned i = 0; i < 3600; i++)
		second(&w, &flood);
	ck_assert_uint_eq(w.raised, 1);
	ck_assert(flood_raised(w.flood, 443));
	for (unsigned i = 0; i < LIFE + 15; i++)
		second(&w, &quiet);
	ck_assert(!flood_raised(w.flood, 443));
	for (unsigned i = 0; i < 10; i++)
		second(&w, &flood);
	ck_assert_uint_eq(w.raised, 2);
	free(w.flood);
}
END_TEST

START_TEST(each_service_is_judged_by_itself)
{
	struct world w = world();
	struct service_census c[2] = {
		{ .proto = PROTO_TCP, .port = 22, .half_open = 1, .backlog = 128 },
		{ .proto = PROTO_TCP, .port = 80, .backlog = 4096 },
	};
	struct pressure p = { .cookies_sent = 10 };

	for (unsigned s = 1; s <= 5; s++) {
		flood_syn(w.flood, 22, false);
		for (unsigned i = 0; i < 100; i++)
			flood_syn(w.flood, 80, true);
		c[1].half_open_old = 100 * s;
		c[1].half_open = 100 * s + 100;
		flood_tick(w.flood, &w.o, c, 2, &p, AT(++w.now), raise_one, &w);
	}
	ck_assert_uint_eq(w.raised, 1);
	ck_assert(flood_raised(w.flood, 80));
	ck_assert(!flood_raised(w.flood, 22));
	free(w.flood);
}
END_TEST

START_TEST(sockets_of_one_port_are_one_service)
{
	struct world w = world();
	struct service_census c[2] = {
		{ .proto = PROTO_TCP, .port = 80, .half_open = 20, .half_open_old = 20 },
		{ .proto = PROTO_TCP, .port = 80, .half_open = 20, .half_open_old = 20 },
	};
	struct pressure p = { .cookies_sent = 10 };

	for (unsigned s = 1; s <= 2; s++) /* 35 over the allowance, twice */
		flood_tick(w.flood, &w.o, c, 2, &p, AT(++w.now), raise_one, &w);
	ck_assert_uint_eq(w.raised, 1);
	free(w.flood);
}
END_TEST

START_TEST(a_census_is_wanted_only_where_syns_come_or_something_stands)
{
	struct world w = world();
	struct load few = { .syns = 1 }, flood = { .syns = 100, .newcomers = 100, .lost = 100 };
	struct load none = { 0 };

	ck_assert(!flood_wants_census(w.flood, &w.o));
	second(&w, &few);
	ck_assert(!flood_wants_census(w.flood, &w.o));
	for (unsigned i = 0; i < 5; i++)
		flood_syn(w.flood, 443, false);
	ck_assert(flood_wants_census(w.flood, &w.o));
	for (unsigned i = 0; i < 10; i++)
		second(&w, &flood);
	second(&w, &none);
	ck_assert(flood_wants_census(w.flood, &w.o));
	for (unsigned i = 0; i < 600; i++)
		second(&w, &none);
	ck_assert(!flood_wants_census(w.flood, &w.o));
	free(w.flood);
}
END_TEST

START_TEST(services_are_bounded_and_idle_ones_forgotten)
{
	struct world w = world();
	struct pressure p = { 0 };

	for (unsigned port = 1; port <= 2000; port++)
		flood_syn(w.flood, (uint16_t)port, false);
	ck_assert_uint_eq(flood_untracked(w.flood), 2000 - FLOOD_SERVICES);
	for (unsigned s = 0; s < 700; s++) {
		flood_syn(w.flood, 7, false);
		flood_tick(w.flood, &w.o, NULL, 0, &p, AT(++w.now), raise_one, &w);
	}
	for (unsigned port = 2000; port < 2000 + FLOOD_SERVICES - 1; port++)
		flood_syn(w.flood, (uint16_t)port, false);
	ck_assert_uint_eq(flood_untracked(w.flood), 2000 - FLOOD_SERVICES);
	flood_syn(w.flood, 9, false); /* 7 has kept its place */
	ck_assert_uint_eq(flood_untracked(w.flood), 2000 - FLOOD_SERVICES + 1);
	ck_assert_uint_eq(w.raised, 0);
	free(w.flood);
}
END_TEST

START_TEST(a_disabled_rule_finds_nothing)
{
	struct world w = world();
	struct load l = { .syns = 100, .newcomers = 100, .lost = 100 };

	w.o.rule.enabled = false;
	ck_assert_uint_eq(seconds_to_find(&w, &l, 60), 0);
	ck_assert(!flood_raised(w.flood, 443));
	free(w.flood);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("detect_flood");
	TCase *t = tcase_create("detect_flood");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(t, a_flood_on_an_idle_service_is_found_within_five_seconds);
	tcase_add_test(t, a_flood_on_a_busy_service_is_found_within_five_seconds);
	tcase_add_test(t, a_finding_names_the_service_and_no_source);
	tcase_add_test(t, a_broken_way_back_is_not_taken_for_a_flood);
	tcase_add_test(t, a_small_flood_on_a_busy_and_uneven_service_is_found_within_five_seconds);
	tcase_add_loop_test(t, a_broken_way_back_of_uneven_clients_is_not_taken_for_a_flood, 0, 10);
	tcase_add_test(t, busy_and_honest_is_never_raised);
	tcase_add_test(t, far_away_clients_in_great_number_are_never_raised);
	tcase_add_test(t, a_sudden_crowd_is_never_raised);
	tcase_add_test(t, a_few_clients_that_never_complete_are_never_raised);
	tcase_add_test(t, a_stalled_program_is_not_taken_for_a_flood);
	tcase_add_test(t, one_sign_alone_is_not_enough);
	tcase_add_test(t, a_slow_flood_is_found_when_it_begins_to_hurt);
	tcase_add_test(t, a_full_backlog_speaks_before_the_sum_does);
	tcase_add_test(t, the_alarm_is_raised_once_falls_after_the_end_and_rises_again);
	tcase_add_test(t, each_service_is_judged_by_itself);
	tcase_add_test(t, sockets_of_one_port_are_one_service);
	tcase_add_test(t, a_census_is_wanted_only_where_syns_come_or_something_stands);
	tcase_add_test(t, services_are_bounded_and_idle_ones_forgotten);
	tcase_add_test(t, a_disabled_rule_finds_nothing);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
