/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Slots of traffic: whose service it was, where a slot begins and ends, what an incident takes back, and that nobody can
 * make it grow.
 */
#include "core/tally.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../support/craft.h"

#define SLOTS 64
#define T0 INT64_C(1700000100) /* a whole multiple of 300 */

static struct tally *t;
static struct listen_snapshot listening;
static struct seen {
	struct tally_slot slot;
	struct tally_series series[TALLY_SERIES];
} *seen;
static size_t n_seen;

static void keep(void *ctx, const struct tally_slot *s)
{
	ck_assert_ptr_eq(ctx, &n_seen);
	ck_assert_uint_lt(n_seen, SLOTS);
	seen[n_seen].slot = *s;
	memcpy(seen[n_seen].series, s->series, s->n * sizeof(*s->series));
	n_seen++;
}

static void setup(void)
{
	struct hash_key key;
	void *memory = malloc(tally_bytes());

	seen = calloc(SLOTS, sizeof(*seen));
	ck_assert(memory && seen);
	hash_key_from_seed(&key, 7);
	tally_create(&t, memory, &key, keep, &n_seen);
	memset(&listening, 0, sizeof(listening));
	n_seen = 0;
}

static void teardown(void)
{
	free(t);
	free(seen);
}

static wall_t at_s(int64_t s)
{
	return (wall_t){ s * NS_PER_S };
}

/* One that calls us; its other fields are a test's to change. */
static struct packet call(uint16_t port)
{
	return (struct packet){ .src = craft_addr("192.0.2.7"), .dst = craft_addr("198.51.100.9"), .proto = PROTO_TCP,
		.sport = 40000, .dport = port, .tcp_flags = TCP_SYN };
}

static struct packet back(const struct packet *p, uint8_t flags)
{
	struct packet b = *p;

	b.src = p->dst;
	b.dst = p->src;
	b.sport = p->dport;
	b.dport = p->sport;
	b.tcp_flags = flags;
	return b;
}

static void feed(const struct packet *p, enum hook hook, enum flow_word word, enum flow_from from, int64_t s)
{
	tally_packet(t, &(struct tally_packet){ .packet = p, .hook = hook, .word = word, .from = from, .wire_len = 100,
		.at = at_s(s), .listening = &listening });
}

/* A call and its answer, as they pass that hook's way there. */
static void talk(const struct packet *p, enum hook there, int64_t s)
{
	const struct packet b = back(p, TCP_SYN | TCP_ACK);
	const enum hook reply = there == HOOK_INPUT ? HOOK_OUTPUT : there == HOOK_OUTPUT ? HOOK_INPUT : HOOK_FORWARD;

	feed(p, there, FLOW_NEW, FLOW_FROM_UNKNOWN, s);
	feed(&b, reply, FLOW_ESTABLISHED, FLOW_FROM_CALLED, s);
}

static const struct tally_series *find(size_t slot, unsigned direction, unsigned scope, unsigned proto, unsigned port)
{
	for (size_t i = 0; slot < n_seen && i < seen[slot].slot.n; i++) {
		const struct tally_series *s = &seen[slot].series[i];

		if (s->direction == direction && s->scope == scope && s->proto == proto && s->port == port)
			return s;
	}
	return NULL;
}

static const struct tally_series *must_find(unsigned direction, unsigned scope, unsigned proto, unsigned port)
{
	const struct tally_series *s = find(0, direction, scope, proto, port);

	ck_assert_ptr_nonnull(s);
	return s;
}

/* ---- whose service ---- */

START_TEST(a_call_counts_for_the_port_that_was_called_in_both_directions)
{
	struct packet in = call(443), out = back(&in, TCP_SYN);
	const struct tally_series *s;

	out.sport = 50000;
	out.dport = 53;
	talk(&in, HOOK_INPUT, T0);
	talk(&out, HOOK_OUTPUT, T0 + 1);
	tally_finish(t);
	ck_assert_uint_eq(n_seen, 1);
	s = must_find(TALLY_IN, TALLY_SERVICE, PROTO_TCP, 443);
	ck_assert_uint_eq(s->connections, 1);
	ck_assert_uint_eq(s->packets[TALLY_THERE], 1);
	ck_assert_uint_eq(s->packets[TALLY_BACK], 1);
	ck_assert_uint_eq(s->bytes[TALLY_BACK], 100);
	ck_assert_uint_eq(hll64_count(&s->peers), 1);
	s = must_find(TALLY_OUT, TALLY_SERVICE, PROTO_TCP, 53);
	ck_assert_uint_eq(s->connections, 1);
	ck_assert_uint_eq(s->packets[TALLY_BACK], 1);
	ck_assert_uint_eq(seen[0].slot.n, 4); /* and the two totals */
}
END_TEST

START_TEST(what_is_forwarded_counts_for_the_port_that_was_called)
{
	struct packet p = call(25);

	talk(&p, HOOK_FORWARD, T0);
	tally_finish(t);
	ck_assert_uint_eq(must_find(TALLY_FORWARD, TALLY_SERVICE, PROTO_TCP, 25)->packets[TALLY_BACK], 1);
	ck_assert_uint_eq(seen[0].slot.n, 2);
}
END_TEST

START_TEST(a_host_that_is_a_network_calls_itself_and_that_is_a_call_in)
{
	struct packet p = call(445), b = back(&p, TCP_SYN | TCP_ACK);

	/* Both ends are ours, so both packets come in. */
	tally_packet(t, &(struct tally_packet){ .packet = &p, .hook = HOOK_INPUT, .word = FLOW_NEW, .within = true,
		.wire_len = 60, .at = at_s(T0) });
	tally_packet(t, &(struct tally_packet){ .packet = &b, .hook = HOOK_INPUT, .word = FLOW_ESTABLISHED,
		.from = FLOW_FROM_CALLED, .within = true, .wire_len = 60, .at = at_s(T0) });
	tally_finish(t);
	ck_assert_uint_eq(must_find(TALLY_IN, TALLY_SERVICE, PROTO_TCP, 445)->packets[TALLY_BACK], 1);
	ck_assert_uint_eq(seen[0].slot.n, 2);
}
END_TEST

START_TEST(the_middle_of_a_connection_counts_for_the_port_that_is_served_and_begins_nothing)
{
	struct packet to_us = call(22), from_us, to_them;

	to_us.tcp_flags = TCP_ACK;
	from_us = back(&to_us, TCP_ACK);
	to_them = from_us;
	to_them.sport = 51000;
	to_them.dport = 6667;
	listen_snapshot_add(&listening, LISTEN_TCP, 22);
	feed(&to_us, HOOK_INPUT, FLOW_NEW, FLOW_FROM_UNKNOWN, T0);
	feed(&from_us, HOOK_OUTPUT, FLOW_ESTABLISHED, FLOW_FROM_UNKNOWN, T0);
	for (int i = 0; i < TALLY_SOUGHT; i++)
		feed(&to_them, HOOK_OUTPUT, FLOW_NEW, FLOW_FROM_UNKNOWN, T0);
	tally_finish(t);
	ck_assert_uint_eq(must_find(TALLY_IN, TALLY_SERVICE, PROTO_TCP, 22)->connections, 0);
	ck_assert_uint_eq(must_find(TALLY_IN, TALLY_SERVICE, PROTO_TCP, 22)->packets[TALLY_BACK], 1);
	ck_assert_uint_eq(must_find(TALLY_OUT, TALLY_SERVICE, PROTO_TCP, 6667)->connections, 0);
}
END_TEST

START_TEST(a_syn_that_is_sent_again_begins_nothing)
{
	struct packet p = call(80);

	talk(&p, HOOK_INPUT, T0);
	feed(&p, HOOK_INPUT, FLOW_NEW_AGAIN, FLOW_FROM_CALLER, T0 + 1);
	tally_finish(t);
	ck_assert_uint_eq(must_find(TALLY_IN, TALLY_ALL, PROTO_TCP, 0)->connections, 1);
	ck_assert_uint_eq(must_find(TALLY_IN, TALLY_ALL, PROTO_TCP, 0)->packets[TALLY_THERE], 2);
}
END_TEST

START_TEST(a_port_that_only_refuses_is_no_service)
{
	struct packet p = call(23), b = back(&p, TCP_RST | TCP_ACK);

	feed(&p, HOOK_INPUT, FLOW_NEW, FLOW_FROM_UNKNOWN, T0);
	feed(&b, HOOK_OUTPUT, FLOW_ESTABLISHED, FLOW_FROM_CALLED, T0);
	tally_finish(t);
	ck_assert_ptr_null(find(0, TALLY_IN, TALLY_SERVICE, PROTO_TCP, 23));
	ck_assert_uint_eq(must_find(TALLY_IN, TALLY_OTHER, PROTO_TCP, 0)->connections, 1);
	ck_assert_uint_eq(hll64_count(&must_find(TALLY_IN, TALLY_OTHER, PROTO_TCP, 0)->peers), 1);
	ck_assert_uint_eq(must_find(TALLY_IN, TALLY_ALL, PROTO_TCP, 0)->connections, 1);
}
END_TEST

START_TEST(echoes_of_somebodys_forgeries_make_no_service_that_we_call)
{
	struct packet p = call(0);

	p.sport = 80;
	p.tcp_flags = TCP_SYN | TCP_ACK;
	feed(&p, HOOK_INPUT, FLOW_INVALID, FLOW_FROM_UNKNOWN, T0);
	tally_finish(t);
	ck_assert_ptr_null(find(0, TALLY_OUT, TALLY_SERVICE, PROTO_TCP, 80));
	ck_assert_uint_eq(must_find(TALLY_OUT, TALLY_OTHER, PROTO_TCP, 0)->packets[TALLY_BACK], 1);
}
END_TEST

START_TEST(datagrams_that_nobody_answers_make_a_service_when_there_are_many)
{
	struct packet p = call(514);

	p.proto = PROTO_UDP;
	for (int i = 0; i < TALLY_SOUGHT; i++)
		feed(&p, HOOK_INPUT, i ? FLOW_NEW_AGAIN : FLOW_NEW, i ? FLOW_FROM_CALLER : FLOW_FROM_UNKNOWN, T0);
	p.dport = 515;
	for (int i = 1; i < TALLY_SOUGHT; i++)
		feed(&p, HOOK_INPUT, i > 1 ? FLOW_NEW_AGAIN : FLOW_NEW, FLOW_FROM_UNKNOWN, T0);
	tally_finish(t);
	ck_assert_uint_eq(must_find(TALLY_IN, TALLY_SERVICE, PROTO_UDP, 514)->connections, 1);
	ck_assert_ptr_null(find(0, TALLY_IN, TALLY_SERVICE, PROTO_UDP, 515));
}
END_TEST

START_TEST(protocols_without_ports_have_totals_alone)
{
	struct packet p = call(0);

	p.tcp_flags = 0;
	p.proto = PROTO_ICMP;
	feed(&p, HOOK_INPUT, FLOW_NEW, FLOW_FROM_UNKNOWN, T0);
	p.proto = 47;
	feed(&p, HOOK_OUTPUT, FLOW_NEW, FLOW_FROM_UNKNOWN, T0);
	p.proto = 50;
	feed(&p, HOOK_OUTPUT, FLOW_NEW, FLOW_FROM_UNKNOWN, T0);
	tally_finish(t);
	ck_assert_uint_eq(must_find(TALLY_IN, TALLY_ALL, PROTO_ICMP, 0)->connections, 1);
	ck_assert_uint_eq(must_find(TALLY_OUT, TALLY_ALL, TALLY_PROTO_REST, 0)->connections, 2);
	ck_assert_uint_eq(seen[0].slot.n, 2);
}
END_TEST

START_TEST(peers_and_ports_are_counted_once_each)
{
	for (int i = 0; i < 40; i++) {
		struct packet p = call((uint16_t)(80 + i % 4));

		p.src.bytes[3] = (uint8_t)(i % 20);
		talk(&p, HOOK_INPUT, T0);
	}
	tally_finish(t);
	ck_assert_int_le(abs((int)hll64_count(&must_find(TALLY_IN, TALLY_ALL, PROTO_TCP, 0)->peers) - 20), 3);
	ck_assert_uint_eq(hll64_count(&must_find(TALLY_IN, TALLY_ALL, PROTO_TCP, 0)->ports), 4);
	ck_assert_uint_eq(must_find(TALLY_IN, TALLY_SERVICE, PROTO_TCP, 83)->connections, 10);
}
END_TEST

/* ---- slots ---- */

START_TEST(a_slot_ends_where_the_next_one_begins)
{
	struct packet p = call(80);

	talk(&p, HOOK_INPUT, T0 + 10);
	talk(&p, HOOK_INPUT, T0 + 299);
	talk(&p, HOOK_INPUT, T0 + 300);
	talk(&p, HOOK_INPUT, T0 + 320);
	tally_finish(t);
	ck_assert_uint_eq(n_seen, 2);
	ck_assert_int_eq(seen[0].slot.start_s, T0);
	ck_assert_int_eq(seen[0].slot.from.ns, at_s(T0 + 10).ns);
	ck_assert_int_eq(seen[0].slot.until.ns, at_s(T0 + 300).ns);
	ck_assert_int_eq(seen[1].slot.from.ns, at_s(T0 + 300).ns);
	ck_assert_int_eq(seen[1].slot.until.ns, at_s(T0 + 320).ns);
	ck_assert_uint_eq(find(0, TALLY_IN, TALLY_SERVICE, PROTO_TCP, 80)->connections, 2);
	ck_assert_uint_eq(find(1, TALLY_IN, TALLY_SERVICE, PROTO_TCP, 80)->connections, 2);
}
END_TEST

START_TEST(time_that_steps_back_counts_as_the_latest)
{
	struct packet p = call(80);
	struct tally_stats stats;

	talk(&p, HOOK_INPUT, T0 + 400);
	talk(&p, HOOK_INPUT, T0);
	talk(&p, HOOK_INPUT, INT64_C(-1000));
	tally_finish(t);
	ck_assert_uint_eq(n_seen, 1);
	ck_assert_uint_eq(must_find(TALLY_IN, TALLY_SERVICE, PROTO_TCP, 80)->connections, 3);
	tally_stats(t, &stats);
	ck_assert_uint_eq(stats.back_steps, 4);
}
END_TEST

START_TEST(an_hour_of_quiet_is_silence)
{
	struct packet p = call(80);

	talk(&p, HOOK_INPUT, T0);
	talk(&p, HOOK_INPUT, T0 + 3600);
	tally_finish(t);
	ck_assert_uint_eq(n_seen, 13);
	ck_assert_uint_eq(seen[5].slot.n, 0);
	ck_assert_int_eq(seen[5].slot.until.ns - seen[5].slot.from.ns, TALLY_SLOT_S * NS_PER_S);
}
END_TEST

START_TEST(longer_quiet_is_no_knowledge)
{
	struct packet p = call(80);

	talk(&p, HOOK_INPUT, T0 + 5);
	talk(&p, HOOK_INPUT, T0 + 10);
	talk(&p, HOOK_INPUT, T0 + INT64_C(4) * 365 * 86400 + 7);
	tally_finish(t);
	ck_assert_uint_eq(n_seen, 2);
	ck_assert_int_eq(seen[0].slot.until.ns, at_s(T0 + 10).ns);
	ck_assert_int_eq(seen[1].slot.start_s, T0 + INT64_C(4) * 365 * 86400);
}
END_TEST

START_TEST(slots_before_1970_are_rounded_down_too)
{
	struct packet p = call(80);

	tally_packet(t, &(struct tally_packet){ .packet = &p, .word = FLOW_NEW, .at = { -1 } });
	tally_packet(t, &(struct tally_packet){ .packet = &p, .word = FLOW_NEW, .at = { 0 } });
	tally_finish(t);
	ck_assert_uint_eq(n_seen, 2);
	ck_assert_int_eq(seen[0].slot.start_s, -300);
	ck_assert_int_eq(seen[1].slot.start_s, 0);
}
END_TEST

/* ---- incidents ---- */

START_TEST(an_incident_freezes_the_slots_that_it_lies_in)
{
	struct packet p = call(80);

	for (int i = 0; i < 6; i++)
		talk(&p, HOOK_INPUT, T0 + i * 300);
	tally_freeze(t, at_s(T0 + 2 * 300 + 299), at_s(T0 + 3 * 300));
	tally_finish(t);
	for (size_t i = 0; i < 6; i++)
		ck_assert_int_eq(seen[i].slot.frozen, i == 2 || i == 3);
}
END_TEST

START_TEST(an_incident_freezes_slots_that_are_still_to_come)
{
	struct packet p = call(80);

	talk(&p, HOOK_INPUT, T0);
	tally_freeze(t, at_s(T0), at_s(T0 + 2 * 300 + 1));
	for (int i = 1; i < 4; i++)
		talk(&p, HOOK_INPUT, T0 + i * 300);
	tally_finish(t);
	for (size_t i = 0; i < 4; i++)
		ck_assert_int_eq(seen[i].slot.frozen, i < 3);
}
END_TEST

START_TEST(an_incident_that_is_known_too_late_is_counted)
{
	struct packet p = call(80);
	struct tally_stats stats;

	for (int i = 0; i < 20; i++)
		talk(&p, HOOK_INPUT, T0 + i * 300);
	ck_assert_uint_eq(n_seen, 8); /* the others are held */
	tally_freeze(t, at_s(T0), at_s(T0 + 19 * 300));
	tally_finish(t);
	tally_stats(t, &stats);
	ck_assert_uint_eq(stats.missed, 1);
	ck_assert(!seen[7].slot.frozen && seen[8].slot.frozen);
}
END_TEST

/* ---- bounds ---- */

START_TEST(more_ports_than_there_is_room_for_are_others_and_nothing_is_lost)
{
	struct tally_stats stats;
	uint64_t connections = 0;

	for (unsigned port = 1; port <= 5000; port++) {
		struct packet p = call((uint16_t)port);

		talk(&p, HOOK_INPUT, T0);
	}
	tally_finish(t);
	tally_stats(t, &stats);
	ck_assert_uint_gt(stats.crowded, 8000);
	ck_assert_uint_le(seen[0].slot.n, TALLY_SERIES);
	for (size_t i = 0; i < seen[0].slot.n; i++)
		connections += seen[0].series[i].scope == TALLY_ALL ? 0 : seen[0].series[i].connections;
	ck_assert_uint_eq(connections, 5000);
	ck_assert_uint_eq(must_find(TALLY_IN, TALLY_ALL, PROTO_TCP, 0)->connections, 5000);
}
END_TEST

static TCase *services(void)
{
	TCase *c = tcase_create("services");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, a_call_counts_for_the_port_that_was_called_in_both_directions);
	tcase_add_test(c, what_is_forwarded_counts_for_the_port_that_was_called);
	tcase_add_test(c, a_host_that_is_a_network_calls_itself_and_that_is_a_call_in);
	tcase_add_test(c, the_middle_of_a_connection_counts_for_the_port_that_is_served_and_begins_nothing);
	tcase_add_test(c, a_syn_that_is_sent_again_begins_nothing);
	tcase_add_test(c, a_port_that_only_refuses_is_no_service);
	tcase_add_test(c, echoes_of_somebodys_forgeries_make_no_service_that_we_call);
	tcase_add_test(c, datagrams_that_nobody_answers_make_a_service_when_there_are_many);
	tcase_add_test(c, protocols_without_ports_have_totals_alone);
	tcase_add_test(c, peers_and_ports_are_counted_once_each);
	return c;
}

static TCase *slots(void)
{
	TCase *c = tcase_create("slots");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, a_slot_ends_where_the_next_one_begins);
	tcase_add_test(c, time_that_steps_back_counts_as_the_latest);
	tcase_add_test(c, an_hour_of_quiet_is_silence);
	tcase_add_test(c, longer_quiet_is_no_knowledge);
	tcase_add_test(c, slots_before_1970_are_rounded_down_too);
	tcase_add_test(c, an_incident_freezes_the_slots_that_it_lies_in);
	tcase_add_test(c, an_incident_freezes_slots_that_are_still_to_come);
	tcase_add_test(c, an_incident_that_is_known_too_late_is_counted);
	tcase_add_test(c, more_ports_than_there_is_room_for_are_others_and_nothing_is_lost);
	return c;
}

int main(void)
{
	Suite *s = suite_create("tally");
	SRunner *r;
	int failed;

	suite_add_tcase(s, services());
	suite_add_tcase(s, slots());
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
