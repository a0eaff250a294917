/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "core/meter.h"
#include "core/packet.h"

#define T0 (INT64_C(1000000200)) /* a whole multiple of 300 s */

static struct meter *meter;
static void *memory;
static struct host_sample sample;
static struct slot_series copy[SLOT_SERIES];
static struct slot_peer peers[SLOT_PEERS];
static struct slot got;
static unsigned slots;

static void take(void *ctx, const struct slot *s)
{
	(void)ctx;
	slots++;
	got = *s;
	memcpy(copy, s->series, s->n * sizeof(copy[0]));
	memcpy(peers, s->peers, s->n_peers * sizeof(peers[0]));
	got.series = copy;
	got.peers = peers;
}

static void begin(void)
{
	struct hash_key key;

	hash_key_from_seed(&key, 7);
	memory = malloc(meter_bytes());
	meter_create(&meter, memory, &key);
	sample = (struct host_sample){ .known = KNOWN_LINKS | KNOWN_PROTOS | KNOWN_STATES | KNOWN_FLOWS };
	slots = 0;
}

static void end(void)
{
	free(memory);
}

static void at(int64_t s)
{
	sample.wall = (wall_t){ s * NS_PER_S };
	meter_sample(meter, &sample, take, NULL);
}

/* Seconds [from, until). */
static void pass(int64_t from, int64_t until)
{
	for (int64_t s = from; s < until; s++)
		at(s);
}

static const struct slot_series *of(struct series_id id)
{
	for (size_t i = 0; i < got.n; i++)
		if (series_equal(&copy[i].id, &id))
			return &copy[i];
	ck_abort_msg("that series is not told");
	return NULL;
}

static bool told(struct series_id id)
{
	for (size_t i = 0; i < got.n; i++)
		if (series_equal(&copy[i].id, &id))
			return true;
	return false;
}

static struct series_id service(uint8_t direction, uint8_t proto, uint16_t port)
{
	return (struct series_id){ .kind = SERIES_SERVICE, .direction = direction, .proto = proto, .port = port };
}

static struct addr v4(uint32_t last)
{
	const uint8_t bytes[4] = { 198, (uint8_t)(18 + (last >> 16)), (uint8_t)(last >> 8), (uint8_t)last };

	return addr_v4(bytes);
}

static void call(uint16_t port, uint32_t who, bool newcomer)
{
	struct addr a = v4(who);

	meter_connection(meter, PROTO_TCP, port, source_key(&a), newcomer);
}

static struct flow_end flow(uint8_t direction, uint16_t port, uint32_t who, uint64_t there, uint64_t back)
{
	struct flow_end f = { .direction = direction, .weight = 1, .packets = { 3, 4 }, .bytes = { there, back } };
	struct addr us = v4(1), them = v4(who);

	f.tuple = (struct tuple){ .src = direction == FLOW_IN ? them : us, .dst = direction == FLOW_IN ? us : them,
		.sport = 40000, .dport = port, .proto = PROTO_TCP };
	return f;
}

START_TEST(a_slot_ends_with_the_first_sample_of_the_next)
{
	pass(T0, T0 + 300);
	ck_assert_uint_eq(slots, 0);
	at(T0 + 300);
	ck_assert_uint_eq(slots, 1);
	ck_assert_int_eq(got.start_s, T0);
	ck_assert_uint_eq(got.watched_s, 300);
	ck_assert(!got.frozen);
}
END_TEST

START_TEST(a_first_slot_says_that_it_is_partial)
{
	pass(T0 + 100, T0 + 301);
	ck_assert_uint_eq(slots, 1);
	ck_assert_int_eq(got.start_s, T0);
	ck_assert_uint_eq(got.watched_s, 200);
}
END_TEST

START_TEST(connections_and_who_made_them_are_counted_by_service)
{
	const struct slot_series *s;

	at(T0);
	for (uint32_t i = 0; i < 10; i++)
		call(443, 2, i == 0);
	call(22, 3, true);
	at(T0 + 300 - 241); /* samples may be lost: their counters are not */
	pass(T0 + 60, T0 + 301);
	s = of(service(FLOW_IN, PROTO_TCP, 443));
	ck_assert_uint_eq(s->value[OF_CONNECTIONS], 10);
	ck_assert_uint_eq(s->value[OF_SOURCES], 1);
	ck_assert_uint_eq(s->value[OF_NEWCOMERS], 1);
	s = of((struct series_id){ .kind = SERIES_HOST });
	ck_assert_uint_eq(s->value[OF_CONNECTIONS], 11);
	ck_assert_uint_eq(s->value[OF_SOURCES], 2);
	ck_assert_uint_eq(s->value[OF_PORTS], 2);
}
END_TEST

START_TEST(a_silent_service_counts_zeros_and_is_forgotten_after_a_week)
{
	int64_t t = T0;

	at(t);
	call(443, 2, true);
	for (unsigned i = 0; i <= 7 * SLOTS_A_DAY; i++) {
		for (int k = 1; k <= 30; k++)
			at(t + 10 * k);
		t += 300;
	}
	ck_assert(told(service(FLOW_IN, PROTO_TCP, 443)));
	ck_assert_uint_eq(of(service(FLOW_IN, PROTO_TCP, 443))->value[OF_CONNECTIONS], 0);
	ck_assert(of(service(FLOW_IN, PROTO_TCP, 443))->known & 1 << OF_CONNECTIONS);
	for (int k = 1; k <= 60; k++)
		at(t + 10 * k);
	ck_assert(!told(service(FLOW_IN, PROTO_TCP, 443)));
}
END_TEST

START_TEST(interfaces_are_what_came_between_samples)
{
	struct series_id eth = { .kind = SERIES_LINK, .link = "eth0" };

	sample.n_links = 1;
	sample.links[0] = (struct link_counters){ .index = 2, .name = "eth0", .bytes = { 1 << 30, 5000 } };
	at(T0);
	sample.links[0].bytes[HOST_IN] += 700;
	sample.links[0].packets[HOST_OUT] = 9;
	pass(T0 + 1, T0 + 301);
	ck_assert_uint_eq(of(eth)->value[OF_BYTES_IN], 700);
	ck_assert_uint_eq(of(eth)->value[OF_BYTES_OUT], 0);
	ck_assert_uint_eq(of(eth)->value[OF_PACKETS_OUT], 9);
}
END_TEST

START_TEST(an_interface_that_was_made_anew_counts_from_nothing)
{
	struct series_id eth = { .kind = SERIES_LINK, .link = "eth0" };

	sample.n_links = 1;
	sample.links[0] = (struct link_counters){ .index = 2, .name = "eth0", .bytes = { 1 << 30, 0 } };
	pass(T0, T0 + 10);
	sample.n_links = 0;
	pass(T0 + 10, T0 + 20);
	sample.n_links = 1;
	sample.links[0] = (struct link_counters){ .index = 7, .name = "eth0", .bytes = { 400, 0 } };
	pass(T0 + 20, T0 + 30);
	sample.links[0].bytes[HOST_IN] = 450;
	pass(T0 + 30, T0 + 40);
	sample.links[0].bytes[HOST_IN] = 30; /* within a second, so that nobody saw it go */
	pass(T0 + 40, T0 + 301);
	ck_assert_uint_eq(of(eth)->value[OF_BYTES_IN], 50 + 30);
}
END_TEST

START_TEST(flows_bring_bytes_and_those_outward_are_counted_by_them)
{
	struct flow_end in = flow(FLOW_IN, 443, 9, 100, 5000), out = flow(FLOW_OUT, 25, 10, 70, 30);
	const struct slot_series *s;

	at(T0);
	meter_flow(meter, &in);
	meter_flow(meter, &out);
	pass(T0 + 1, T0 + 301);
	s = of(service(FLOW_IN, PROTO_TCP, 443));
	ck_assert_uint_eq(s->value[OF_CONNECTIONS], 0);
	ck_assert_uint_eq(s->value[OF_BYTES_IN], 100);
	ck_assert_uint_eq(s->value[OF_BYTES_OUT], 5000);
	s = of(service(FLOW_OUT, PROTO_TCP, 25));
	ck_assert_uint_eq(s->value[OF_CONNECTIONS], 1);
	ck_assert_uint_eq(s->value[OF_BYTES_OUT], 70);
	ck_assert_uint_eq(s->value[OF_BYTES_IN], 30);
	ck_assert_uint_eq(got.n_peers, 2);
	ck_assert_uint_eq(peers[0].bytes[HOST_OUT], 5000);
	ck_assert_uint_eq(peers[1].direction, FLOW_OUT);
}
END_TEST

START_TEST(what_a_living_flow_carried_so_far_is_counted_at_its_end_alone)
{
	struct flow_end part = flow(FLOW_OUT, 25, 10, 50, 20), out = flow(FLOW_OUT, 25, 10, 70, 30);
	const struct slot_series *s;

	part.so_far = true;
	at(T0);
	meter_flow(meter, &part);
	meter_flow(meter, &out);
	pass(T0 + 1, T0 + 301);
	s = of(service(FLOW_OUT, PROTO_TCP, 25));
	ck_assert_uint_eq(s->value[OF_CONNECTIONS], 1);
	ck_assert_uint_eq(s->value[OF_BYTES_OUT], 70);
	ck_assert_uint_eq(got.n_peers, 1);
	ck_assert_uint_eq(peers[0].bytes[HOST_OUT], 70);
}
END_TEST

START_TEST(bytes_that_nobody_told_are_not_known_rather_than_none)
{
	sample.known = KNOWN_STATES;
	at(T0);
	call(443, 2, true);
	pass(T0 + 1, T0 + 301);
	ck_assert(!(of(service(FLOW_IN, PROTO_TCP, 443))->known & 1 << OF_BYTES_IN));
	ck_assert(of(service(FLOW_IN, PROTO_TCP, 443))->known & 1 << OF_ESTABLISHED);
	ck_assert(!told((struct series_id){ .kind = SERIES_PROTO, .direction = FLOW_IN, .proto = HOST_UDP }));
}
END_TEST

START_TEST(states_are_the_mean_of_the_seconds)
{
	struct service_census c = { .proto = PROTO_TCP, .port = 80, .established = 30, .close_wait = 3 };

	at(T0);
	for (int i = 1; i <= 300; i++) {
		sample.states[SOCKET_ESTABLISHED] = i <= 150 ? 10 : 20;
		if (i <= 150)
			meter_census(meter, &c, 1); /* later it has none, and is not told */
		at(T0 + i);
	}
	ck_assert_uint_eq(of((struct series_id){ .kind = SERIES_HOST })->value[OF_ESTABLISHED], 1500);
	ck_assert_uint_eq(of(service(FLOW_IN, PROTO_TCP, 80))->value[OF_ESTABLISHED], 1500);
	ck_assert_uint_eq(of(service(FLOW_IN, PROTO_TCP, 80))->value[OF_CLOSE_WAIT], 150);
}
END_TEST

START_TEST(time_that_nobody_watched_belongs_to_no_slot)
{
	struct series_id eth = { .kind = SERIES_LINK, .link = "eth0" };

	sample.n_links = 1;
	sample.links[0] = (struct link_counters){ .index = 2, .name = "eth0" };
	pass(T0, T0 + 11);
	sample.links[0].bytes[HOST_IN] = 1000000; /* asleep meanwhile */
	at(T0 + 2000);
	ck_assert_uint_eq(slots, 1);
	ck_assert_uint_eq(got.watched_s, 10);
	ck_assert_uint_eq(of(eth)->value[OF_BYTES_IN], 0);
	sample.links[0].bytes[HOST_IN] += 5;
	pass(T0 + 2001, T0 + 2101);
	ck_assert_uint_eq(slots, 2);
	ck_assert_int_eq(got.start_s, T0 + 1800);
	ck_assert_uint_eq(of(eth)->value[OF_BYTES_IN], 5);
}
END_TEST

START_TEST(a_clock_that_is_set_back_drops_what_was_counted)
{
	pass(T0, T0 + 200);
	call(443, 2, true);
	at(T0 - 5000);
	ck_assert_uint_eq(slots, 0);
	pass(T0 - 4999, T0 - 4799);
	ck_assert_uint_eq(slots, 1);
	ck_assert_uint_eq(of((struct series_id){ .kind = SERIES_HOST })->value[OF_CONNECTIONS], 0);
}
END_TEST

START_TEST(a_frozen_slot_says_so_and_the_next_is_free)
{
	pass(T0, T0 + 100);
	meter_freeze(meter);
	pass(T0 + 100, T0 + 301);
	ck_assert(got.frozen);
	pass(T0 + 301, T0 + 601);
	ck_assert(!got.frozen);
}
END_TEST

START_TEST(services_beyond_the_bound_count_for_the_host_and_are_told)
{
	at(T0);
	for (uint32_t i = 0; i < METER_SERVICES + 5; i++)
		call((uint16_t)(1000 + i), 2, false);
	ck_assert_uint_eq(meter_crowded(meter), 5);
	pass(T0 + 1, T0 + 301);
	ck_assert_uint_eq(of((struct series_id){ .kind = SERIES_HOST })->value[OF_CONNECTIONS], METER_SERVICES + 5);
	ck_assert(told(service(FLOW_IN, PROTO_TCP, 1000)));
	ck_assert(!told(service(FLOW_IN, PROTO_TCP, 1000 + METER_SERVICES)));
}
END_TEST

START_TEST(the_one_that_was_silent_longest_makes_room)
{
	int64_t t = T0;

	at(t);
	for (uint32_t i = 0; i < METER_SERVICES; i++)
		call((uint16_t)(1000 + i), 2, false);
	for (int slot = 0; slot < 14; slot++, t += 300) {
		for (uint32_t i = 1; i < METER_SERVICES; i++)
			call((uint16_t)(1000 + i), 2, false);
		for (int k = 1; k <= 30; k++)
			at(t + 10 * k);
	}
	call(443, 2, false);
	ck_assert_uint_eq(meter_crowded(meter), 0);
	for (int k = 1; k <= 30; k++)
		at(t + 10 * k);
	ck_assert(!told(service(FLOW_IN, PROTO_TCP, 1000)));
	ck_assert(told(service(FLOW_IN, PROTO_TCP, 1001)));
	ck_assert_uint_eq(of(service(FLOW_IN, PROTO_TCP, 443))->value[OF_CONNECTIONS], 1);
}
END_TEST

START_TEST(a_heavy_peer_is_told_among_many_light_ones)
{
	struct flow_end heavy = flow(FLOW_IN, 443, 200, 0, 1000000);

	at(T0);
	for (uint32_t i = 0; i < 20000; i++) {
		struct flow_end light = flow(FLOW_IN, 443, 1000 + i, 10, 10);

		meter_flow(meter, &light);
		if (i % 1000 == 0)
			meter_flow(meter, &heavy);
	}
	pass(T0 + 1, T0 + 301);
	ck_assert_uint_eq(got.n_peers, SLOT_PEERS);
	ck_assert(addr_equal(&peers[0].addr, &heavy.tuple.src));
	ck_assert_uint_ge(peers[0].bytes[HOST_OUT], 20 * 1000000);
	ck_assert_uint_le(peers[0].bytes[HOST_OUT], 20 * 1000000 + 20000);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("meter");
	TCase *c = tcase_create("meter");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(c, begin, end);
	tcase_add_test(c, a_slot_ends_with_the_first_sample_of_the_next);
	tcase_add_test(c, a_first_slot_says_that_it_is_partial);
	tcase_add_test(c, connections_and_who_made_them_are_counted_by_service);
	tcase_add_test(c, a_silent_service_counts_zeros_and_is_forgotten_after_a_week);
	tcase_add_test(c, interfaces_are_what_came_between_samples);
	tcase_add_test(c, an_interface_that_was_made_anew_counts_from_nothing);
	tcase_add_test(c, flows_bring_bytes_and_those_outward_are_counted_by_them);
	tcase_add_test(c, what_a_living_flow_carried_so_far_is_counted_at_its_end_alone);
	tcase_add_test(c, bytes_that_nobody_told_are_not_known_rather_than_none);
	tcase_add_test(c, states_are_the_mean_of_the_seconds);
	tcase_add_test(c, time_that_nobody_watched_belongs_to_no_slot);
	tcase_add_test(c, a_clock_that_is_set_back_drops_what_was_counted);
	tcase_add_test(c, a_frozen_slot_says_so_and_the_next_is_free);
	tcase_add_test(c, services_beyond_the_bound_count_for_the_host_and_are_told);
	tcase_add_test(c, the_one_that_was_silent_longest_makes_room);
	tcase_add_test(c, a_heavy_peer_is_told_among_many_light_ones);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
