/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which packets of a log become the evidence of a finding, and what is known of each. */
#include "app/evidence_gather.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "support/craft.h"

#define WALL INT64_C(1790000000000000000)
#define ATTACKER "198.51.100.66"
#define INNOCENT "203.0.113.20"
#define HOST "192.0.2.1"

static const struct stamp stamp = { .mono = { 0 }, .wall = { WALL } };
static struct gather *gather;

static void begin(struct subject subject, int64_t trigger_s, size_t before, size_t after)
{
	const struct gather_opts o = { .subject = subject, .trigger = { WALL + trigger_s * NS_PER_S }, .before = before,
		.after = after, .snap = 128 };

	gather_destroy(gather);
	ck_assert_int_eq(gather_create(&gather, &o), 0);
}

static void begin_source(int64_t trigger_s, size_t before, size_t after)
{
	struct subject s = { .kind = SUBJECT_SOURCE };

	ck_assert_int_eq(prefix_parse(ATTACKER, &s.source), 0);
	begin(s, trigger_s, before, after);
}

static void teardown(void)
{
	gather_destroy(gather);
	gather = NULL;
}

static void tell(enum log_entry_kind kind, const struct observation *o)
{
	struct log_entry e = { .kind = kind, .at = o->at, .observation = *o };

	gather_take(gather, &stamp, &e);
}

static void send_from(const char *src, const char *dst, uint8_t proto, uint16_t port, enum hook hook, int64_t at_s)
{
	struct craft c = { .src = craft_addr(src), .dst = craft_addr(dst), .proto = proto,
		.sport = (uint16_t)(40000 + at_s), .dport = port, .tcp_flags = TCP_SYN };
	uint8_t bytes[256];
	size_t len = craft_packet(&c, bytes, sizeof(bytes));
	struct engine_input in = { .meta = { .at = { at_s * NS_PER_S }, .wire_len = (uint32_t)len, .hook = (uint8_t)hook,
		.held = true, .state_known = true, .if_in = 3 }, .bytes = { bytes, len } };
	struct observation o = { .kind = OBSERVATION_PACKETS, .at = in.meta.at, .packets = { &in, 1 } };

	tell(LOG_OBSERVATION, &o);
}

static void syn(uint16_t port, int64_t at_s)
{
	send_from(ATTACKER, HOST, PROTO_TCP, port, HOOK_INPUT, at_s);
}

static void answer(uint16_t port, int64_t sent_s, uint32_t rules, enum ask_fate fate, bool silent)
{
	struct ask_answer a = { .fate = fate, .silent = silent };
	struct observation o = { .kind = OBSERVATION_ANSWER, .at = { (sent_s + 3) * NS_PER_S }, .answer = &a };

	a.ask = (struct ask){ .rules = rules, .tuple = { .src = craft_addr(ATTACKER), .dst = craft_addr(HOST),
		.proto = PROTO_TCP, .sport = (uint16_t)(40000 + sent_s), .dport = port } };
	tell(LOG_OBSERVATION, &o);
}

static void listens(uint16_t port, int64_t at_s)
{
	static struct listen_snapshot s;
	struct observation o = { .kind = OBSERVATION_LISTENING, .at = { at_s * NS_PER_S }, .listening = &s };

	memset(&s, 0, sizeof(s));
	s.known[LISTEN_TCP] = true;
	if (port)
		listen_snapshot_add(&s, LISTEN_TCP, port);
	tell(LOG_SNAPSHOT, &o);
}

static uint16_t port_of(size_t i)
{
	struct evidence_packet e = gather_packet(gather, i);
	struct packet p;

	ck_assert_int_eq(packet_parse(e.bytes, e.wire_len, &p), PACKET_FINE);
	return p.dport;
}

START_TEST(the_last_ones_before_and_the_first_ones_after_are_kept)
{
	begin_source(10, 4, 3);
	for (uint16_t i = 1; i <= 20; i++)
		syn(i, i);
	ck_assert_uint_eq(gather_count(gather), 7);
	for (size_t i = 0; i < 7; i++)
		ck_assert_uint_eq(port_of(i), 7 + i);
	ck_assert_uint_eq(gather_packet(gather, 0).missing, 6);
	ck_assert_uint_eq(gather_packet(gather, 1).missing, 0);
	ck_assert_int_eq(gather_packet(gather, 3).at.ns, WALL + 10 * NS_PER_S);
	ck_assert(gather_full(gather));
}
END_TEST

START_TEST(fewer_than_there_is_room_for_are_all_kept)
{
	begin_source(10, 100, 100);
	syn(1, 1);
	syn(2, 11);
	ck_assert_uint_eq(gather_count(gather), 2);
	ck_assert_uint_eq(gather_packet(gather, 0).missing, 0);
	ck_assert(!gather_full(gather));
}
END_TEST

START_TEST(no_packet_of_an_innocent_is_among_them)
{
	begin_source(10, 100, 100);
	send_from(INNOCENT, HOST, PROTO_TCP, 80, HOOK_INPUT, 1);
	syn(1, 2);
	send_from(HOST, INNOCENT, PROTO_TCP, 80, HOOK_OUTPUT, 3);
	ck_assert_uint_eq(gather_count(gather), 1);
	ck_assert_uint_eq(port_of(0), 1);
}
END_TEST

START_TEST(what_we_sent_to_the_source_is_among_them)
{
	begin_source(10, 100, 100);
	send_from(HOST, ATTACKER, PROTO_UDP, 53, HOOK_OUTPUT, 1);
	ck_assert_uint_eq(gather_count(gather), 1);
	ck_assert_uint_eq(gather_packet(gather, 0).hook, HOOK_OUTPUT);
}
END_TEST

/* Of an incident about going there: both ways, and nobody else. */
START_TEST(what_goes_to_a_destination_and_comes_back_is_among_them)
{
	struct subject s = { .kind = SUBJECT_DESTINATION };

	ck_assert_int_eq(prefix_parse(ATTACKER, &s.source), 0);
	begin(s, 10, 100, 100);
	send_from(HOST, ATTACKER, PROTO_TCP, 443, HOOK_OUTPUT, 1);
	syn(7, 2);
	send_from(HOST, INNOCENT, PROTO_TCP, 80, HOOK_OUTPUT, 3);
	send_from(INNOCENT, HOST, PROTO_TCP, 80, HOOK_INPUT, 4);
	ck_assert_uint_eq(gather_count(gather), 2);
	ck_assert_uint_eq(port_of(0), 443);
	ck_assert_uint_eq(port_of(1), 7);
}
END_TEST

START_TEST(a_port_is_told_as_it_was_when_the_packet_came)
{
	begin_source(5000, 100, 100);
	syn(22, 1);
	listens(22, 2);
	syn(22, 3);
	syn(23, 4);
	listens(0, 5);
	syn(22, 6);
	syn(22, 4000);
	ck_assert_int_eq(gather_packet(gather, 0).port, LISTEN_UNKNOWN);
	ck_assert_int_eq(gather_packet(gather, 1).port, LISTEN_OPEN);
	ck_assert_int_eq(gather_packet(gather, 2).port, LISTEN_CLOSED);
	ck_assert_int_eq(gather_packet(gather, 3).port, LISTEN_RECENT);
	ck_assert_int_eq(gather_packet(gather, 4).port, LISTEN_CLOSED);
}
END_TEST

START_TEST(each_connection_is_told_as_it_ended)
{
	struct evidence_packet p;

	begin_source(10, 100, 100);
	syn(22, 1);
	syn(22, 2);
	answer(22, 2, 1, FATE_SOCKET, false);
	answer(22, 2, ASK_SCAN, FATE_TRACKED, true);
	answer(22, 9, ASK_SCAN, FATE_GONE, false);
	p = gather_packet(gather, 0);
	ck_assert(!p.soon.known && !p.late.known);
	p = gather_packet(gather, 1);
	ck_assert(p.soon.known && p.soon.fate == FATE_SOCKET && !p.soon.silent);
	ck_assert(p.late.known && p.late.fate == FATE_TRACKED && p.late.silent);
}
END_TEST

START_TEST(of_two_like_packets_the_first_is_answered_first)
{
	begin_source(10, 100, 100);
	syn(22, 1);
	syn(22, 1);
	answer(22, 1, ASK_SCAN, FATE_HALF_OPEN, false);
	ck_assert(gather_packet(gather, 0).late.known);
	ck_assert(!gather_packet(gather, 1).late.known);
	answer(22, 1, ASK_HISTORY, FATE_GONE, false);
	ck_assert_int_eq(gather_packet(gather, 0).late.fate, FATE_HALF_OPEN);
	ck_assert_int_eq(gather_packet(gather, 1).late.fate, FATE_GONE);
}
END_TEST

START_TEST(an_answer_finds_its_packet_in_a_full_ring)
{
	begin_source(100, 4, 0);
	for (uint16_t i = 1; i <= 10; i++)
		syn(i, i);
	answer(9, 9, 1, FATE_SOCKET, false);
	ck_assert_uint_eq(port_of(2), 9);
	ck_assert(gather_packet(gather, 2).soon.known);
}
END_TEST

START_TEST(a_neighbour_is_told_as_one)
{
	struct prefix nets[1];
	struct observation o = { .kind = OBSERVATION_NEIGHBOURS, .neighbours = { nets, 1 } };

	ck_assert_int_eq(prefix_parse("198.51.100.0/24", &nets[0]), 0);
	begin_source(10, 100, 100);
	syn(1, 1);
	tell(LOG_SNAPSHOT, &o);
	syn(2, 2);
	ck_assert(!gather_packet(gather, 0).neighbour);
	ck_assert(gather_packet(gather, 1).neighbour);
}
END_TEST

START_TEST(another_run_begins_with_nothing)
{
	begin_source(10, 4, 4);
	listens(22, 0);
	for (uint16_t i = 1; i <= 9; i++)
		syn(i, i);
	gather_restart(gather);
	syn(22, 10);
	ck_assert_uint_eq(gather_count(gather), 1);
	ck_assert_uint_eq(gather_packet(gather, 0).missing, 0);
	ck_assert_int_eq(gather_packet(gather, 0).port, LISTEN_UNKNOWN);
}
END_TEST

START_TEST(of_a_service_everybodys_packets_to_it_are_kept)
{
	begin((struct subject){ .kind = SUBJECT_SERVICE, .proto = PROTO_TCP, .port = 80 }, 10, 100, 100);
	send_from(INNOCENT, HOST, PROTO_TCP, 80, HOOK_INPUT, 1);
	send_from(ATTACKER, HOST, PROTO_TCP, 80, HOOK_INPUT, 1);
	send_from(ATTACKER, HOST, PROTO_TCP, 81, HOOK_INPUT, 1);
	send_from(ATTACKER, HOST, PROTO_UDP, 80, HOOK_INPUT, 1);
	send_from(HOST, ATTACKER, PROTO_TCP, 80, HOOK_OUTPUT, 1);
	ck_assert_uint_eq(gather_count(gather), 2);
}
END_TEST

START_TEST(of_the_host_only_knocks_at_closed_doors_are_kept)
{
	begin((struct subject){ .kind = SUBJECT_HOST }, 10, 100, 100);
	listens(80, 0);
	send_from(INNOCENT, HOST, PROTO_TCP, 80, HOOK_INPUT, 1);
	send_from(INNOCENT, HOST, PROTO_TCP, 23, HOOK_INPUT, 1);
	send_from(HOST, INNOCENT, PROTO_TCP, 23, HOOK_OUTPUT, 1);
	ck_assert_uint_eq(gather_count(gather), 1);
	ck_assert_uint_eq(port_of(0), 23);
}
END_TEST

START_TEST(nothing_is_kept_where_nothing_is_wanted)
{
	begin_source(10, 0, 0);
	syn(1, 1);
	syn(2, 11);
	ck_assert_uint_eq(gather_count(gather), 0);
	ck_assert(!gather_full(gather));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("evidence_gather");
	TCase *t = tcase_create("packets");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, NULL, teardown);
	tcase_add_test(t, the_last_ones_before_and_the_first_ones_after_are_kept);
	tcase_add_test(t, fewer_than_there_is_room_for_are_all_kept);
	tcase_add_test(t, no_packet_of_an_innocent_is_among_them);
	tcase_add_test(t, what_we_sent_to_the_source_is_among_them);
	tcase_add_test(t, what_goes_to_a_destination_and_comes_back_is_among_them);
	tcase_add_test(t, a_port_is_told_as_it_was_when_the_packet_came);
	tcase_add_test(t, each_connection_is_told_as_it_ended);
	tcase_add_test(t, of_two_like_packets_the_first_is_answered_first);
	tcase_add_test(t, an_answer_finds_its_packet_in_a_full_ring);
	tcase_add_test(t, a_neighbour_is_told_as_one);
	tcase_add_test(t, another_run_begins_with_nothing);
	tcase_add_test(t, of_a_service_everybodys_packets_to_it_are_kept);
	tcase_add_test(t, of_the_host_only_knocks_at_closed_doors_are_kept);
	tcase_add_test(t, nothing_is_kept_where_nothing_is_wanted);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
