/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls as by the clock, in simulated time: beacons are found whatever jitter they are given, and people are not taken for
 * clocks.
 */
#include "../support/beacon_lab.h"

#define SEEDS 40

static const struct series beacons[] = {
	{ .what = "beacon 60s", .period = 60, .spread = 0, .loss = .05, .size = 420, .padding = 40 },
	{ .what = "beacon 60s, jitter 20 %", .period = 60, .spread = .20, .loss = .05, .size = 420, .padding = 40 },
	{ .what = "beacon 60s, jitter 37 %", .period = 60, .spread = .37, .loss = .05, .size = 420, .padding = 40 },
	{ .what = "beacon 60s, jitter 50 %", .period = 60, .spread = .50, .loss = .05, .size = 420, .padding = 40 },
	{ .what = "beacon 5m, jitter 37 %", .period = 300, .spread = .37, .loss = .05, .size = 420, .padding = 40 },
	{ .what = "beacon 5m, jitter 50 %", .period = 300, .spread = .50, .loss = .05, .size = 420, .padding = 40 },
	{ .what = "beacon 30m, jitter 50 %", .period = 1800, .spread = .50, .loss = .05, .size = 420, .padding = 40 },
	{ .what = "beacon 60s, +-20 %", .pace = PACE_AROUND, .period = 60, .spread = .20, .loss = .05, .size = 420, .padding = 40 },
	{ .what = "beacon 60s, +-50 %", .pace = PACE_AROUND, .period = 60, .spread = .50, .loss = .05, .size = 420, .padding = 40 },
	{ .what = "beacon 60s, jitter 20 %, sizes padded", .period = 60, .spread = .20, .loss = .05, .size = 420, .padding = 2000 },
	{ .what = "beacon 60s, jitter 20 %, sizes unknown", .period = 60, .spread = .20, .loss = .05 },
	{ .what = "beacon 60s, jitter 20 %, a name that rotates", .period = 60, .spread = .20, .loss = .05, .size = 420,
	  .padding = 40, .name = "cdn.example", .rotates = true },
};

/* What is said of it is no promise: who draws his pauses as people do, or hides his address, is not found by the clock. */
static const struct series evasions[] = {
	{ .what = "evasion: 60s, jitter 37 %, sizes padded", .period = 60, .spread = .37, .loss = .05, .size = 420, .padding = 2000 },
	{ .what = "evasion: 60s, jitter 90 %", .period = 60, .spread = .90, .size = 420, .padding = 40 },
	{ .what = "evasion: 60s, exponential", .pace = PACE_CHANCE, .period = 60, .size = 420, .padding = 40 },
	{ .what = "evasion: 60s, addresses without a name", .period = 60, .size = 420, .padding = 40, .rotates = true },
};

static const struct series clocks[] = {
	{ .what = "ntp", .pace = PACE_AROUND, .period = 1024, .spread = .02, .size = 76, .proto = PROTO_UDP, .port = 123 },
	{ .what = "metrics pushed each 15s", .pace = PACE_AROUND, .period = 15, .spread = .01, .size = 2000, .padding = 600 },
	{ .what = "monitoring agent each 60s", .pace = PACE_AROUND, .period = 60, .spread = .01, .size = 900, .padding = 100 },
	{ .what = "mail fetched each 5m", .pace = PACE_AROUND, .period = 300, .spread = .01, .size = 800, .padding = 300, .port = 993 },
	{ .what = "mail idle, anew each 29m", .pace = PACE_AROUND, .period = 1740, .spread = .02, .size = 1500, .padding = 1500,
	  .port = 994 },
};

static const struct series others[] = {
	{ .what = "package timers, twice a day", .pace = PACE_AROUND, .period = 12 * HOUR, .spread = .9, .size = 3000,
	  .padding = 20000, .burst = 3 },
	{ .what = "update checks, each 6h and some", .pace = PACE_AROUND, .period = 6 * HOUR, .spread = .3, .size = 900, .padding = 50 },
	{ .what = "mail sent", .pace = PACE_PEOPLE, .period = HOUR, .size = 3000, .padding = 200000, .port = 587 },
	{ .what = "git and ssh by hand", .pace = PACE_PEOPLE, .period = .5 * HOUR, .size = 3000, .padding = 3000, .port = 22 },
	{ .what = "resolver", .pace = PACE_CHANCE, .period = 6, .size = 60, .padding = 30, .proto = PROTO_UDP, .port = 53 },
	{ .what = "calls by chance, of one size", .pace = PACE_CHANCE, .period = 45, .size = 500, .padding = 10 },
};

#define SITES 40

static void add_all(struct lab *l, const struct series *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		add(l, s[i]);
}

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define ADD(l, list) add_all(l, list, COUNT(list))

struct tally {
	unsigned found, calls, findings;
	char about[FINDING_ABOUT];
};

/* A day of this all on one host. */
static void day(uint64_t seed, struct tally *t)
{
	struct lab *l = lab(seed);

	ADD(l, beacons);
	ADD(l, evasions);
	ADD(l, clocks);
	ADD(l, others);
	for (unsigned i = 0; i < SITES; i++)
		add(l, (struct series){ .what = "a web site, by people", .pace = PACE_PEOPLE, .period = 400 + 200 * i,
			.size = 600, .padding = i % 2 ? 4000 : 200, .burst = 1 + i % 6, .name = "site.example" });
	run(l, DAY);
	for (size_t i = 0; i < l->n; i++) {
		t[i].found += l->series[i].raised > 0;
		t[i].calls += l->series[i].raised_calls;
		t[i].findings += l->series[i].raised;
		if (l->series[i].raised)
			memcpy(t[i].about, l->series[i].about, sizeof(t[i].about));
	}
	end(l);
}

static void print(const char *what, const struct tally *t, unsigned of)
{
	printf("%-46s %6.1f %% %6u   %s\n", what, 100.0 * t->found / of, t->found ? t->calls / t->found : 0, t->about);
}

START_TEST(beacons_are_found_and_people_are_not)
{
	static struct tally t[SERIES_MOST];
	struct tally web = { 0 };
	size_t i = 0;

	for (uint64_t seed = 1; seed <= SEEDS; seed++)
		day(seed, t);
	printf("%-46s %8s %6s   %s\n", "24 h, 40 seeds", "found", "calls", "as");
	for (size_t k = 0; k < COUNT(beacons); k++, i++) {
		print(beacons[k].what, &t[i], SEEDS);
		ck_assert_msg(t[i].found * 100 >= SEEDS * 95, "%s: %u of %u", beacons[k].what, t[i].found, SEEDS);
		ck_assert_uint_le(t[i].findings, 2 * SEEDS);
	}
	for (size_t k = 0; k < COUNT(evasions); k++, i++)
		print(evasions[k].what, &t[i], SEEDS);
	for (size_t k = 0; k < COUNT(clocks); k++, i++)
		print(clocks[k].what, &t[i], SEEDS);
	for (size_t k = 0; k < COUNT(others); k++, i++) {
		print(others[k].what, &t[i], SEEDS);
		ck_assert_msg(t[i].found == 0, "%s: %u of %u", others[k].what, t[i].found, SEEDS);
	}
	for (size_t k = 0; k < SITES; k++, i++) {
		web.found += t[i].found;
		web.calls += t[i].calls;
	}
	print("web sites, by people (each of 40)", &web, SEEDS * SITES);
	ck_assert_uint_eq(web.found, 0);
}
END_TEST

START_TEST(what_is_said_of_it)
{
	struct lab *l = lab(1);
	struct series s = clock_of(60);

	s.port = 8443;
	add(l, s);
	run(l, 3 * HOUR);
	ck_assert_uint_eq(l->raised, 1);
	ck_assert_int_eq(l->found.kind, FINDING_BEACON);
	ck_assert_int_eq(l->found.proof, PROOF_LOCAL);
	ck_assert_int_eq(l->found.subject.kind, SUBJECT_DESTINATION);
	ck_assert_uint_eq(l->found.subject.source.len, 32);
	ck_assert(addr_equal(&l->found.subject.source.addr, &l->found.dst));
	ck_assert_uint_eq(l->found.dport, 8443);
	ck_assert_uint_eq(l->found.proto, PROTO_TCP);
	ck_assert_uint_eq(l->found.actor.uid, 1000);
	ck_assert_uint_eq(l->found.count, 16);
	ck_assert_str_eq(l->found.about, "every 1m within 0 %, 16 calls in 15m");
	ck_assert_int_eq(l->found.score, 100);
	ck_assert_int_eq(l->found.threshold, 83);
	ck_assert_int_eq(l->found.window_ns, 15 * 60 * NS_PER_S);
	end(l);
}
END_TEST

START_TEST(of_ipv6_the_64_is_the_subject)
{
	struct lab *l = lab(1);
	struct contact c = { .tuple = { .dport = 443, .proto = PROTO_TCP }, .name = "", .list = "", .actor = l->actor };

	for (uint8_t i = 0; i < 16; i++) { /* another address of the same /64 each time */
		c.tuple.dst = addr_v6((const uint8_t[16]){ 0x20, 1, 0xd, 0xb8, 0, 0, 0, 7, [15] = i });
		c.at = at_of(1000 + 60 * i);
		beacon_contact(l->beacon, &l->o, &c, take, l);
	}
	ck_assert_uint_eq(l->raised, 1);
	ck_assert_uint_eq(l->found.subject.source.len, 64);
	ck_assert(prefix_holds(&l->found.subject.source, &c.tuple.dst));
	ck_assert_uint_eq(l->found.dst.bytes[15], 15);
	end(l);
}
END_TEST

START_TEST(it_is_told_once_a_day)
{
	struct lab *l = lab(1);

	add(l, clock_of(300));
	run(l, 23 * HOUR);
	ck_assert_uint_eq(l->raised, 1);
	run(l, 3 * HOUR);
	ck_assert_uint_eq(l->raised, 2);
	run(l, 46 * HOUR);
	ck_assert_uint_eq(l->raised, 3);
	end(l);
}
END_TEST

START_TEST(it_is_told_again_after_its_measure_has_ended)
{
	struct lab *l = lab(1);
	struct prefix other;

	add(l, clock_of(60));
	run(l, HOUR);
	ck_assert_uint_eq(l->raised, 1);
	ck_assert_int_eq(prefix_parse("198.51.100.7", &other), 0);
	beacon_rearm(l->beacon, &other);
	run(l, HOUR);
	ck_assert_uint_eq(l->raised, 1);
	beacon_rearm(l->beacon, &l->found.subject.source);
	run(l, HOUR);
	ck_assert_uint_eq(l->raised, 2);
	end(l);
}
END_TEST

START_TEST(fewer_calls_than_asked_for_are_none)
{
	struct lab *l = lab(1);

	l->o.least = 30;
	add(l, clock_of(60));
	run(l, 29 * MINUTE);
	ck_assert_uint_eq(l->raised, 0);
	run(l, 2 * MINUTE);
	ck_assert_uint_eq(l->raised, 1);
	end(l);
}
END_TEST

/* Where the wait between is long, connections of one call are one call. */
START_TEST(a_call_of_several_connections_is_one_call)
{
	struct lab *l = lab(1);
	struct series s = clock_of(60);

	s.burst = 4;
	add(l, s);
	run(l, 16 * MINUTE);
	ck_assert_uint_eq(l->raised, 1);
	ck_assert_uint_eq(l->found.count, 16);
	end(l);
}
END_TEST

START_TEST(a_steady_stream_of_connections_is_no_clock)
{
	struct lab *l = lab(1);

	for (int i = 0; i < 10000; i++) { /* nine a second, for eighteen minutes */
		connection(l, PROTO_TCP, 0x0a000001, 5432, NULL, 500);
		l->now += .11;
	}
	ck_assert_uint_eq(l->raised, 0);
	end(l);
}
END_TEST

START_TEST(a_long_gap_and_a_burst_hide_nothing)
{
	struct lab *l = lab(1);

	add(l, clock_of(60));
	run(l, 10 * MINUTE);
	l->series[0].next += 7 * HOUR; /* suspended */
	run(l, 7 * HOUR + 3 * MINUTE);
	for (int i = 0; i < 50; i++)
		connection(l, PROTO_TCP, l->series[0].to, l->series[0].port, NULL, 400); /* all at once */
	run(l, 10 * MINUTE);
	ck_assert_uint_eq(l->raised, 1);
	end(l);
}
END_TEST

START_TEST(actors_do_not_add_up)
{
	struct lab *l = lab(1);

	for (int i = 0; i < 600; i++) { /* each at its own chance, all of them together like a clock */
		l->actor.uid = 1000 + (uint32_t)(chance(l) * 20);
		connection(l, PROTO_TCP, 0x0a000001, 443, NULL, 400);
		l->now += 10;
	}
	ck_assert_uint_eq(l->raised, 0);
	end(l);
}
END_TEST

/* Sixty and seventy-five seconds in turn: even, and no clock. */
static void fairly_even(struct lab *l, uint32_t padding)
{
	for (int i = 0; i < 60; i++) {
		connection(l, PROTO_TCP, 0x0a000001, 443, NULL, 400 + (uint32_t)(chance(l) * padding));
		l->now += i % 2 ? 60 : 75;
	}
}

START_TEST(who_is_fairly_even_must_send_like_sizes_too)
{
	struct lab *l = lab(1);

	fairly_even(l, 20);
	ck_assert_uint_eq(l->raised, 1);
	end(l);
	l = lab(1);
	fairly_even(l, 4000);
	ck_assert_uint_eq(l->raised, 0);
	end(l);
}
END_TEST

START_TEST(padding_hides_no_clock)
{
	struct lab *l = lab(1);
	struct series s = clock_of(60);

	s.padding = 100000;
	add(l, s);
	run(l, HOUR);
	ck_assert_uint_eq(l->raised, 1);
	end(l);
}
END_TEST

static void ends_after(struct lab *l, double seconds, uint64_t there, uint64_t back)
{
	struct tuple t = { .src = address(0xc0000201), .dst = address(0x0a000001), .sport = ++l->sport, .dport = 4444,
		.proto = PROTO_TCP };
	struct flow_end f = flow_end_of(&t, 60 * there);

	f.packets[FLOW_THERE] = there;
	f.packets[FLOW_BACK] = back;
	f.lasted_ns = (int64_t)(seconds * 1e9);
	l->now += seconds;
	beacon_end(l->beacon, &l->o, &f, &l->actor, at_of(l->now), take, l);
}

START_TEST(a_connection_of_hours_that_says_next_to_nothing_is_told)
{
	struct lab *l = lab(1);

	ends_after(l, 6 * HOUR, 720, 700);
	ck_assert_uint_eq(l->raised, 1);
	ck_assert_str_eq(l->found.about, "one connection for 6h, 720 packets there, 700 back");
	ck_assert_int_eq(l->found.subject.kind, SUBJECT_DESTINATION);
	ck_assert_int_ge(l->found.score, l->found.threshold);
	ends_after(l, 6 * HOUR, 720, 700); /* the same a second time within a day */
	ck_assert_uint_eq(l->raised, 1);
	ends_after(l, 30 * HOUR, 720, 700);
	ck_assert_uint_eq(l->raised, 2);
	end(l);
}
END_TEST

START_TEST(a_connection_that_is_short_busy_one_sided_or_dead_is_not)
{
	struct lab *l = lab(1);

	ends_after(l, 3.9 * HOUR, 500, 500);
	ends_after(l, 6 * HOUR, 360 * 5, 360 * 5);
	ends_after(l, 6 * HOUR, 100, 1000);
	ends_after(l, 6 * HOUR, 3, 2);
	ends_after(l, -1e-9, 3, 2); /* nobody knows how long */
	ck_assert_uint_eq(l->raised, 0);
	end(l);
}
END_TEST

START_TEST(what_comes_in_is_nobodys_beacon)
{
	struct lab *l = lab(1);
	struct tuple t = { .src = address(0x0a000001), .dst = address(0xc0000201), .sport = 1, .dport = 22, .proto = PROTO_TCP };
	struct flow_end f = flow_end_of(&t, 1000);

	f.direction = FLOW_IN;
	f.lasted_ns = 6 * 3600 * NS_PER_S;
	f.packets[FLOW_THERE] = f.packets[FLOW_BACK] = 500;
	beacon_end(l->beacon, &l->o, &f, &l->actor, at_of(l->now), take, l);
	ck_assert_uint_eq(l->raised, 0);
	end(l);
}
END_TEST

START_TEST(a_rule_that_is_off_says_nothing)
{
	struct lab *l = lab(1);

	l->o.rule.enabled = false;
	add(l, clock_of(60));
	run(l, HOUR);
	ends_after(l, 6 * HOUR, 720, 700);
	ck_assert_uint_eq(l->raised, 0);
	end(l);
}
END_TEST

START_TEST(a_clock_that_steps_back_does_no_harm)
{
	struct lab *l = lab(1);

	for (int i = 0; i < 40; i++) {
		connection(l, PROTO_TCP, 0x0a000001, 443, NULL, 400);
		l->now += 60;
	}
	ck_assert_uint_eq(l->raised, 1);
	l->now -= HOUR;
	connection(l, PROTO_TCP, 0x0a000001, 443, NULL, 400);
	ck_assert_uint_eq(l->raised, 1); /* a day has not passed */
	end(l);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("detect_beacon");
	TCase *series = tcase_create("series"), *tells = tcase_create("tells"), *holds = tcase_create("holds");
	SRunner *runner;
	int failed;

	tcase_set_timeout(series, 120);
	tcase_set_timeout(holds, 60);
	tcase_add_test(series, beacons_are_found_and_people_are_not);
	tcase_add_test(tells, what_is_said_of_it);
	tcase_add_test(tells, of_ipv6_the_64_is_the_subject);
	tcase_add_test(tells, it_is_told_once_a_day);
	tcase_add_test(tells, it_is_told_again_after_its_measure_has_ended);
	tcase_add_test(tells, a_connection_of_hours_that_says_next_to_nothing_is_told);
	tcase_add_test(holds, fewer_calls_than_asked_for_are_none);
	tcase_add_test(holds, a_call_of_several_connections_is_one_call);
	tcase_add_test(holds, a_steady_stream_of_connections_is_no_clock);
	tcase_add_test(holds, a_long_gap_and_a_burst_hide_nothing);
	tcase_add_test(holds, actors_do_not_add_up);
	tcase_add_test(holds, padding_hides_no_clock);
	tcase_add_test(holds, who_is_fairly_even_must_send_like_sizes_too);
	tcase_add_test(holds, a_connection_that_is_short_busy_one_sided_or_dead_is_not);
	tcase_add_test(holds, what_comes_in_is_nobodys_beacon);
	tcase_add_test(holds, a_rule_that_is_off_says_nothing);
	tcase_add_test(holds, a_clock_that_steps_back_does_no_harm);
	suite_add_tcase(suite, series);
	suite_add_tcase(suite, tells);
	suite_add_tcase(suite, holds);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
