/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the host says of itself, from sample to finding, with the shipped rules: weeks pass in seconds, as nothing here
 * knows a clock.
 */
#include "core/engine.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "core/engine_state.h"

#define DAY 86400
#define WEEK (7 * DAY)
#define T0 (INT64_C(19700) * DAY) /* some midnight, UTC */
#define STEP 30                   /* seconds between samples: the meter bears 60 */
#define EVENTS 512
#define KEPT 6000                 /* slots: three weeks */

static struct engine *engine;
static void *memory;
static struct event *events;
static size_t n_events;
static struct slot *slots;
static struct slot_series (*series)[2]; /* of each slot: the host's and the link's */
static size_t n_slots;
static struct host_sample sample;
static int64_t at_s;
static uint64_t noise;

static void keep_event(void *ctx, const struct event *e)
{
	(void)ctx;
	if (n_events < EVENTS)
		events[n_events++] = *e;
}

static void keep_slot(void *ctx, const struct slot *s)
{
	(void)ctx;
	if (n_slots == KEPT)
		return;
	slots[n_slots] = *s;
	for (size_t i = 0; i < s->n; i++)
		if (s->series[i].id.kind == SERIES_HOST || s->series[i].id.kind == SERIES_LINK)
			series[n_slots][s->series[i].id.kind == SERIES_LINK] = s->series[i];
	slots[n_slots].series = series[n_slots];
	slots[n_slots].n = 2;
	slots[n_slots].n_peers = 0;
	n_slots++;
}

static void make_engine(void)
{
	static struct conf conf;
	static struct conf_report report;
	struct conf_source src = { .file = "policies/tidegate.conf" };
	struct engine_opts o = { .sizes = { 1024, 256, 256, 128, 64 }, .enforce = true, .start = { NS_PER_S },
		.emit = keep_event, .slot = keep_slot };
	size_t size;

	ck_assert_int_eq(conf_load(&src, &conf, &report), 0);
	o.rules = conf.rules;
	hash_key_from_seed(&o.key, 1);
	size = (engine_bytes(&o.sizes) + 63) / 64 * 64;
	memory = aligned_alloc(64, size);
	ck_assert_int_eq(engine_create(&engine, memory, size, &o), 0);
}

static void begin(void)
{
	events = calloc(EVENTS, sizeof(*events));
	slots = calloc(KEPT, sizeof(*slots));
	series = calloc(KEPT, sizeof(*series));
	n_events = n_slots = 0;
	noise = 42;
	sample = (struct host_sample){ .known = KNOWN_LINKS | KNOWN_STATES, .n_links = 1,
		.links[0] = { .index = 2, .name = "eth0" } };
	at_s = T0;
	make_engine();
}

static void end(void)
{
	free(memory);
	free(events);
	free(slots);
	free(series);
}

/* Bytes a second at that time of day: few at night, many at noon, and never twice the same. */
static uint64_t usual(int64_t s)
{
	int64_t hour = s / 3600 % 24, height = hour < 12 ? hour : 24 - hour;

	return (uint64_t)(20000 + height * 8000) + random_next(&noise) % 4000;
}

/* Lets that many seconds pass with so many times the usual. */
static void pass(int64_t seconds, uint64_t times)
{
	for (int64_t until = at_s + seconds; at_s < until; at_s += STEP) {
		sample.wall = (wall_t){ at_s * NS_PER_S };
		sample.links[0].bytes[HOST_IN] += usual(at_s) * times * STEP;
		sample.links[0].packets[HOST_IN] += usual(at_s) * times * STEP / 700;
		engine_sample(engine, &sample, (mono_t){ (at_s - T0 + 1000) * NS_PER_S });
	}
}

static size_t count(const char *rule)
{
	size_t n = 0;

	for (size_t i = 0; i < n_events; i++)
		n += events[i].kind == EVENT_FINDING && strcmp(events[i].finding.rule.name, rule) == 0;
	return n;
}

static const struct event *first(const char *rule)
{
	for (size_t i = 0; i < n_events; i++)
		if (events[i].kind == EVENT_FINDING && strcmp(events[i].finding.rule.name, rule) == 0)
			return &events[i];
	return NULL;
}

START_TEST(a_surge_against_two_weeks_is_told_after_three_slots_and_observed)
{
	pass(2 * WEEK, 1);
	ck_assert_uint_eq(count("baseline.above"), 0);
	pass(600, 8);
	ck_assert_uint_eq(count("baseline.above"), 0);
	pass(900, 8);
	ck_assert_uint_ge(count("baseline.above"), 1);
	ck_assert_int_eq(first("baseline.above")->decision.response, RESPONSE_OBSERVE);
	ck_assert_int_eq(first("baseline.above")->finding.subject.kind, SUBJECT_HOST);
	ck_assert_ptr_nonnull(strstr(first("baseline.above")->finding.about, "eth0"));
}
END_TEST

START_TEST(a_host_that_is_new_to_us_is_not_judged)
{
	pass(3 * DAY, 1);
	pass(3600, 20);
	ck_assert_uint_eq(count("baseline.above"), 0);
}
END_TEST

START_TEST(what_another_engine_learned_is_known_after_it_was_taught)
{
	size_t learned;

	pass(2 * WEEK, 1);
	engine_finish(engine);
	learned = n_slots;
	ck_assert_uint_ge(learned, 2 * 7 * SLOTS_A_DAY - 1);
	free(memory);
	make_engine(); /* a restart */
	for (size_t i = 0; i < learned; i++)
		engine_teach(engine, &slots[i]);
	ck_assert_uint_eq(n_events, 0);
	pass(1800, 8);
	ck_assert_uint_ge(count("baseline.above"), 1);
}
END_TEST

START_TEST(a_slot_that_an_end_cut_short_is_handed_out)
{
	pass(300 * 3 + 120, 1);
	ck_assert_uint_eq(n_slots, 3);
	engine_finish(engine);
	ck_assert_uint_eq(n_slots, 4);
	ck_assert_uint_le(slots[3].watched_s, 120);
	ck_assert_uint_ge(slots[3].watched_s, 60);
	engine_finish(engine);
	ck_assert_uint_eq(n_slots, 4);
}
END_TEST

/* Fifty half-open handshakes older than a second, and cookies on top: a flood beyond doubt. */
static void flood(int seconds)
{
	struct service_census c = { .proto = PROTO_TCP, .port = 443, .half_open = 300, .half_open_old = 280,
		.backlog = 512 };
	struct pressure p = { .cookies_sent = 100 };

	for (int i = 0; i < seconds; i++)
		engine_census(engine, &c, 1, &p, (mono_t){ (at_s - T0 + 1000 + i) * NS_PER_S });
}

static void quiet(int seconds)
{
	const struct pressure none = { 0 };

	for (int i = 0; i < seconds; i++)
		engine_census(engine, NULL, 0, &none, (mono_t){ (at_s - T0 + 1010 + i) * NS_PER_S });
}

START_TEST(a_flood_freezes_its_slot_and_is_never_learned)
{
	pass(600, 1);
	flood(10);
	ck_assert_uint_eq(count("flood.syn"), 1);
	ck_assert_int_ne(first("flood.syn")->decision.response, RESPONSE_OBSERVE);
	pass(3600, 1);
	ck_assert(!slots[0].frozen);
	ck_assert(slots[2].frozen);
	ck_assert(!slots[n_slots - 1].frozen);
}
END_TEST

/* A probe each of a few hundred forged addresses an hour would else keep a host from ever learning. */
START_TEST(probes_of_closed_ports_keep_nobody_from_learning)
{
	const struct finding spray = { .kind = FINDING_SPRAY, .at = { 2000 * NS_PER_S } };
	const struct decision shield = { .response = RESPONSE_SHIELD, .ttl_ns = 3600 * NS_PER_S };

	pass(600, 1);
	engine_freeze(engine, &spray, &shield);
	pass(3600, 1);
	for (size_t i = 0; i < n_slots; i++)
		ck_assert(!slots[i].frozen);
}
END_TEST

START_TEST(a_flood_without_end_is_learned_in_the_end)
{
	size_t frozen = 0;

	for (int i = 0; i < 36 * 12; i++) {
		flood(10);
		quiet(20);
		pass(300, 1);
	}
	for (size_t i = 0; i < n_slots; i++)
		frozen += slots[i].frozen;
	ck_assert_uint_ge(frozen, SLOTS_A_DAY / 2);
	ck_assert_uint_le(frozen, n_slots * 3 / 4);
	for (size_t i = 1; i < 100; i++)
		ck_assert(slots[i].frozen);
}
END_TEST

START_TEST(a_full_conntrack_is_pressure_and_no_finding_by_itself)
{
	sample.known |= KNOWN_CONNTRACK;
	sample.conntrack = 262144;
	sample.conntrack_max = 262144;
	pass(600, 1);
	ck_assert_uint_eq(n_events, 0);
}
END_TEST

/* An office of 300 that came this morning, and 400 others with one connection each. */
static void office(int seconds)
{
	struct service_holders s = { .proto = PROTO_TCP, .port = 80, .open = 700, .peers = 401, .median = 1, .n_top = 1,
		.top[0] = { .peer = addr_v4((const uint8_t[]){ 203, 0, 113, 20 }), .open = 300 } };
	struct service_census c = { .proto = PROTO_TCP, .port = 80, .backlog = 512, .established = 700 };
	struct pressure p = { 0 };

	for (int i = 0; i < seconds; i++) {
		mono_t now = { (at_s - T0 + 1000 + i) * NS_PER_S };

		engine_census(engine, &c, 1, &p, now);
		engine_holders(engine, &s, 1, now);
	}
	at_s += seconds;
}

/* Anybody can fill the table with packets that are forged; those who really are here have no part in it. */
START_TEST(a_conntrack_full_of_forgeries_is_no_pressure_of_those_who_connected)
{
	sample.known |= KNOWN_CONNTRACK;
	sample.conntrack = 250000;
	sample.conntrack_max = 262144;
	sample.states[SOCKET_ESTABLISHED] = 700;
	sample.states[SOCKET_SYN_RECV] = 4096;
	pass(60, 1);
	office(30);
	ck_assert_uint_eq(count("hold.connections"), 0);
}
END_TEST

START_TEST(a_conntrack_full_of_those_who_connected_is)
{
	sample.known |= KNOWN_CONNTRACK;
	sample.conntrack = 250000;
	sample.conntrack_max = 262144;
	sample.states[SOCKET_ESTABLISHED] = 130000;
	pass(60, 1);
	office(30);
	ck_assert_uint_eq(count("hold.connections"), 1);
}
END_TEST

START_TEST(garbage_in_a_sample_ends_nothing)
{
	uint8_t *bytes = (uint8_t *)&sample;

	pass(300, 1);
	for (int round = 0; round < 2000; round++) {
		for (size_t i = 0; i < sizeof(sample); i++)
			bytes[i] = (uint8_t)random_next(&noise);
		for (size_t i = 0; i < SAMPLE_LINKS; i++)
			sample.links[i].name[LINK_NAME - 1] = '\0'; /* names end, whoever reads them from outside */
		engine_sample(engine, &sample, (mono_t){ (at_s - T0 + 1000 + round) * NS_PER_S });
	}
	ck_assert_uint_le(n_events, EVENTS);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("engine_host");
	TCase *c = tcase_create("engine_host");
	SRunner *r;
	int failed;

	tcase_set_timeout(c, 60);
	tcase_add_checked_fixture(c, begin, end);
	tcase_add_test(c, a_surge_against_two_weeks_is_told_after_three_slots_and_observed);
	tcase_add_test(c, a_host_that_is_new_to_us_is_not_judged);
	tcase_add_test(c, what_another_engine_learned_is_known_after_it_was_taught);
	tcase_add_test(c, a_slot_that_an_end_cut_short_is_handed_out);
	tcase_add_test(c, a_flood_freezes_its_slot_and_is_never_learned);
	tcase_add_test(c, probes_of_closed_ports_keep_nobody_from_learning);
	tcase_add_test(c, a_flood_without_end_is_learned_in_the_end);
	tcase_add_test(c, a_full_conntrack_is_pressure_and_no_finding_by_itself);
	tcase_add_test(c, a_conntrack_full_of_forgeries_is_no_pressure_of_those_who_connected);
	tcase_add_test(c, a_conntrack_full_of_those_who_connected_is);
	tcase_add_test(c, garbage_in_a_sample_ends_nothing);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
