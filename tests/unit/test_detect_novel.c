/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * New ports and protocols under simulated time: a snapshot a second.
 */
#include "core/detect_novel.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct novel *v;
static struct novel_opts o;
static struct listen_snapshot s;
static mono_t now;
static struct finding found[512];
static size_t n;

static void note(void *ctx, const struct finding *f)
{
	(void)ctx;
	ck_assert_uint_lt(n, sizeof(found) / sizeof(found[0]));
	found[n++] = *f;
}

static void set_up(void)
{
	free(v);
	novel_create(&v, malloc(novel_bytes()));
	o = (struct novel_opts){ .service_rule = { .name = "novel.service", .enabled = true },
		.protocol_rule = { .name = "novel.protocol", .enabled = true }, .learn_ns = 3600 * NS_PER_S, .settle_ns = 10 * NS_PER_S,
		.forget_ns = INT64_C(90) * 86400 * NS_PER_S, .ephemeral_from = 32768 };
	memset(&s, 0, sizeof(s));
	for (unsigned p = 0; p < LISTEN_PROTOS; p++)
		s.known[p] = true;
	now = (mono_t){ .ns = 50 * NS_PER_S };
	n = 0;
}

static void look(void)
{
	novel_listening(v, &o, &s, now, note, NULL);
}

static void run(unsigned seconds)
{
	while (seconds-- > 0) {
		now = mono_add(now, NS_PER_S);
		look();
	}
}

static void later(int64_t seconds)
{
	now = mono_add(now, seconds * NS_PER_S);
	look();
}

static void serve(enum listen_proto p, uint16_t port)
{
	listen_snapshot_add(&s, p, port);
}

static void leave(enum listen_proto p, uint16_t port)
{
	s.ports[p][port >> 6] &= ~(UINT64_C(1) << (port & 63));
}

static void learned(void)
{
	serve(LISTEN_TCP, 22);
	look();
	later(3601);
	ck_assert_uint_eq(n, 0);
}

static void packet(uint8_t proto)
{
	struct packet p = { .proto = proto, .src = addr_v4((const uint8_t[]){ 192, 0, 2, 9 }) };

	novel_packet(v, &o, &p, now, note, NULL);
}

static struct novel_stats stats(void)
{
	struct novel_stats st;

	novel_stats(v, &st);
	return st;
}

START_TEST(a_new_service_is_news_once_it_has_settled)
{
	learned();
	serve(LISTEN_TCP, 8080);
	run(9);
	ck_assert_uint_eq(n, 0);
	run(600);
	ck_assert_uint_eq(n, 1);
	ck_assert_int_eq((int)found[0].kind, FINDING_NOVEL);
	ck_assert_int_eq((int)found[0].subject.kind, SUBJECT_SERVICE);
	ck_assert_uint_eq(found[0].subject.proto, PROTO_TCP);
	ck_assert_uint_eq(found[0].subject.port, 8080);
	ck_assert_str_eq(found[0].rule.name, "novel.service");
	ck_assert_int_eq(found[0].window_ns, 10 * NS_PER_S);
}
END_TEST

START_TEST(what_is_served_while_we_are_new_is_learned_in_silence)
{
	serve(LISTEN_TCP, 22);
	look();
	run(1000);
	serve(LISTEN_UDP, 53);
	run(3000);
	ck_assert_uint_eq(n, 0);
	ck_assert(!stats().learning);
	ck_assert_uint_eq(stats().services, 2);
}
END_TEST

START_TEST(what_the_first_look_finds_is_never_news)
{
	o.learn_ns = 0;
	serve(LISTEN_TCP, 22);
	look();
	run(60);
	ck_assert_uint_eq(n, 0);
	serve(LISTEN_TCP, 23);
	run(60);
	ck_assert_uint_eq(n, 1);
}
END_TEST

START_TEST(a_service_that_restarts_is_no_news)
{
	learned();
	leave(LISTEN_TCP, 22);
	later(3 * 86400);
	serve(LISTEN_TCP, 22);
	run(60);
	ck_assert_uint_eq(n, 0);
}
END_TEST

START_TEST(a_port_that_was_not_served_for_a_season_is_new_again)
{
	learned();
	leave(LISTEN_TCP, 22);
	look();
	later(INT64_C(91) * 86400);
	serve(LISTEN_TCP, 22);
	run(60);
	ck_assert_uint_eq(n, 1);
}
END_TEST

START_TEST(a_port_that_is_served_all_the_time_is_never_forgotten)
{
	learned();
	later(INT64_C(200) * 86400);
	leave(LISTEN_TCP, 22);
	later(60);
	serve(LISTEN_TCP, 22);
	run(60);
	ck_assert_uint_eq(n, 0);
}
END_TEST

START_TEST(who_binds_for_a_moment_is_no_news)
{
	learned();
	for (unsigned i = 0; i < 50; i++) {
		serve(LISTEN_UDP, 5000);
		run(8);
		leave(LISTEN_UDP, 5000);
		run(3);
	}
	ck_assert_uint_eq(n, 0);
}
END_TEST

START_TEST(the_ports_of_clients_are_news_only_where_tcp_listens)
{
	learned();
	serve(LISTEN_UDP, 32768);
	serve(LISTEN_UDP, 65535);
	serve(LISTEN_TCP, 65535);
	run(60);
	ck_assert_uint_eq(n, 1);
	ck_assert_uint_eq(found[0].subject.proto, PROTO_TCP);
	serve(LISTEN_UDP, 32767);
	run(60);
	ck_assert_uint_eq(n, 2);
}
END_TEST

/* One question in a row fails: neither gone nor come. */
START_TEST(a_protocol_that_cannot_be_asked_is_as_it_was)
{
	struct listen_snapshot whole;

	learned();
	serve(LISTEN_TCP, 8080);
	run(5);
	whole = s;
	memset(s.ports[LISTEN_TCP], 0, sizeof(s.ports[LISTEN_TCP]));
	s.known[LISTEN_TCP] = false;
	run(60);
	ck_assert_uint_eq(n, 0);
	s = whole;
	run(2);
	ck_assert_uint_eq(n, 1);
	ck_assert_uint_eq(found[0].subject.port, 8080);
}
END_TEST

START_TEST(thousands_of_new_ports_are_told_by_the_dozen_and_counted)
{
	learned();
	for (unsigned port = 1000; port < 11000; port++)
		serve(LISTEN_TCP, (uint16_t)port);
	run(600);
	ck_assert_uint_ge(n, NOVEL_A_MINUTE);
	ck_assert_uint_le(n, NOVEL_A_MINUTE * 11);
	ck_assert_uint_eq(n + stats().untold, 10000);
	ck_assert_uint_gt(stats().crowded, 0);
	ck_assert_uint_eq(stats().services, 10001);
	n = 0;
	run(600);
	ck_assert_uint_eq(n, 0);
}
END_TEST

START_TEST(what_the_store_knows_is_no_news_and_ends_the_learning)
{
	novel_teach_service(v, PROTO_TCP, 22);
	novel_teach_protocol(v, 47);
	novel_end_learning(v);
	serve(LISTEN_TCP, 22);
	serve(LISTEN_TCP, 23);
	run(60);
	packet(47);
	packet(50);
	ck_assert_uint_eq(n, 2);
	ck_assert_uint_eq(found[0].subject.port, 23);
	ck_assert_str_eq(found[1].about, "protocol 50, esp");
}
END_TEST

START_TEST(a_new_protocol_is_news_once_with_its_sender)
{
	learned();
	for (unsigned i = 0; i < 5; i++)
		packet(47);
	packet(253);
	ck_assert_uint_eq(n, 2);
	ck_assert_int_eq((int)found[0].subject.kind, SUBJECT_HOST);
	ck_assert_int_eq((int)found[0].proof, PROOF_CLAIMED);
	ck_assert_str_eq(found[0].about, "protocol 47, gre");
	ck_assert_uint_eq(found[0].src.bytes[15], found[1].src.bytes[15]);
	ck_assert_int_eq((int)found[0].src.family, FAMILY_V4);
	ck_assert_str_eq(found[1].about, "protocol 253");
}
END_TEST

START_TEST(what_everybody_speaks_is_no_news_and_what_came_while_learning_neither)
{
	look();
	packet(89);
	learned();
	packet(PROTO_TCP);
	packet(PROTO_UDP);
	packet(PROTO_ICMP);
	packet(PROTO_ICMP6);
	packet(2);
	packet(89);
	ck_assert_uint_eq(n, 0);
}
END_TEST

/* All 256, forged: no storm. */
START_TEST(a_sweep_over_all_protocols_is_told_by_the_dozen)
{
	learned();
	for (unsigned i = 0; i < 256; i++)
		packet((uint8_t)i);
	ck_assert_uint_eq(n, NOVEL_A_MINUTE);
	ck_assert_uint_eq(stats().untold, 256 - 5 - NOVEL_A_MINUTE);
	ck_assert_uint_eq(stats().protocols, 256);
}
END_TEST

START_TEST(rules_that_are_off_learn_in_silence)
{
	o.service_rule.enabled = o.protocol_rule.enabled = false;
	learned();
	serve(LISTEN_TCP, 8080);
	run(60);
	packet(47);
	ck_assert_uint_eq(n, 0);
	ck_assert_uint_eq(stats().services, 2);
	o.service_rule.enabled = o.protocol_rule.enabled = true;
	run(60);
	packet(47);
	ck_assert_uint_eq(n, 0);
}
END_TEST

static unsigned listed_ports, listed_protocols;

static void list(void *ctx, uint8_t proto, uint16_t port)
{
	(void)ctx;
	listed_ports += port == 22 && proto == PROTO_TCP;
	listed_protocols += !port;
}

START_TEST(all_that_is_known_can_be_kept)
{
	learned();
	listed_ports = listed_protocols = 0;
	novel_each(v, list, NULL);
	ck_assert_uint_eq(listed_ports, 1);
	ck_assert_uint_eq(listed_protocols, 5);
}
END_TEST

int main(void)
{
	Suite *su = suite_create("detect_novel");
	TCase *t = tcase_create("novel");
	SRunner *r = srunner_create(su);
	int failed;

	tcase_add_checked_fixture(t, set_up, NULL);
	tcase_add_test(t, a_new_service_is_news_once_it_has_settled);
	tcase_add_test(t, what_is_served_while_we_are_new_is_learned_in_silence);
	tcase_add_test(t, what_the_first_look_finds_is_never_news);
	tcase_add_test(t, a_service_that_restarts_is_no_news);
	tcase_add_test(t, a_port_that_was_not_served_for_a_season_is_new_again);
	tcase_add_test(t, a_port_that_is_served_all_the_time_is_never_forgotten);
	tcase_add_test(t, who_binds_for_a_moment_is_no_news);
	tcase_add_test(t, the_ports_of_clients_are_news_only_where_tcp_listens);
	tcase_add_test(t, a_protocol_that_cannot_be_asked_is_as_it_was);
	tcase_add_test(t, thousands_of_new_ports_are_told_by_the_dozen_and_counted);
	tcase_add_test(t, what_the_store_knows_is_no_news_and_ends_the_learning);
	tcase_add_test(t, a_new_protocol_is_news_once_with_its_sender);
	tcase_add_test(t, what_everybody_speaks_is_no_news_and_what_came_while_learning_neither);
	tcase_add_test(t, a_sweep_over_all_protocols_is_told_by_the_dozen);
	tcase_add_test(t, rules_that_are_off_learn_in_silence);
	tcase_add_test(t, all_that_is_known_can_be_kept);
	suite_add_tcase(su, t);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	free(v);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
