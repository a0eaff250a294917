/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The memory of what this host sent.
 */
#include "core/recall.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#define AT(s) ((mono_t){ .ns = (s) * NS_PER_S })
#define KEEP 120

static struct recall *memory(void)
{
	struct hash_key key;
	struct recall *r;

	hash_key_from_seed(&key, 1);
	recall_create(&r, malloc(recall_bytes()), &key, KEEP * NS_PER_S);
	return r;
}

static struct packet packet(uint8_t proto, uint32_t peer, uint16_t from, uint16_t to)
{
	struct packet p = { .proto = proto, .sport = from, .dport = to,
		.tcp_flags = proto == PROTO_TCP ? TCP_SYN : 0 };
	const uint8_t own[4] = { 192, 0, 2, 1 };
	const uint8_t other[4] = { 10, (uint8_t)(peer >> 16), (uint8_t)(peer >> 8),
		(uint8_t)peer };

	p.src = addr_v4(own);
	p.dst = addr_v4(other);
	return p;
}

static struct packet mirror(struct packet p)
{
	struct addr a = p.src;
	uint16_t port = p.sport;

	p.src = p.dst;
	p.dst = a;
	p.sport = p.dport;
	p.dport = port;
	return p;
}

START_TEST(a_late_answer_is_known)
{
	struct recall *r = memory();
	struct packet query = packet(PROTO_UDP, 53, 40000, 53), answer = mirror(query);

	ck_assert(!recall_answers(r, &answer, AT(999)));
	recall_sent(r, &query, AT(1000));
	ck_assert(recall_answers(r, &answer, AT(1001)));
	ck_assert(recall_answers(r, &answer, AT(1000 + KEEP)));
	free(r);
}
END_TEST

START_TEST(another_port_peer_or_protocol_is_no_answer)
{
	struct recall *r = memory();
	struct packet query = packet(PROTO_UDP, 53, 40000, 53), other;

	recall_sent(r, &query, AT(1000));
	other = mirror(packet(PROTO_UDP, 53, 40001, 53));
	ck_assert(!recall_answers(r, &other, AT(1001)));
	other = mirror(packet(PROTO_UDP, 53, 40000, 54));
	ck_assert(!recall_answers(r, &other, AT(1001)));
	other = mirror(packet(PROTO_UDP, 54, 40000, 53));
	ck_assert(!recall_answers(r, &other, AT(1001)));
	other = mirror(packet(PROTO_TCP, 53, 40000, 53));
	ck_assert(!recall_answers(r, &other, AT(1001)));
	free(r);
}
END_TEST

START_TEST(it_is_kept_once_the_time_and_forgotten_after_twice)
{
	for (int first = 1000; first < 1000 + KEEP; first += 7) {
		struct recall *r = memory();
		struct packet clock = packet(PROTO_UDP, 1, 1, 1);
		struct packet query = packet(PROTO_UDP, 53, 40000, 53), answer = mirror(query);

		recall_sent(r, &clock, AT(1000));
		recall_sent(r, &query, AT(first));
		for (int t = first; t <= first + KEEP; t++)
			ck_assert(recall_answers(r, &answer, AT(t)));
		for (int t = first + KEEP; t < first + 2 * KEEP + 1; t++)
			recall_sent(r, &clock, AT(t));
		ck_assert(!recall_answers(r, &answer, AT(first + 2 * KEEP + 1)));
		free(r);
	}
}
END_TEST

START_TEST(a_long_silence_forgets_all)
{
	struct recall *r = memory();
	struct packet query = packet(PROTO_UDP, 53, 40000, 53), answer = mirror(query);

	recall_sent(r, &query, AT(1000));
	ck_assert(!recall_answers(r, &answer, AT(100000)));
	free(r);
}
END_TEST

START_TEST(our_own_reset_excuses_no_probe)
{
	struct recall *r = memory();
	struct packet reset = packet(PROTO_TCP, 66, 23, 51000), probe = mirror(reset);

	reset.tcp_flags = TCP_RST | TCP_ACK;
	probe.tcp_flags = TCP_ACK;
	recall_sent(r, &reset, AT(1000));
	ck_assert(!recall_answers(r, &probe, AT(1000)));
	free(r);
}
END_TEST

START_TEST(a_hundred_thousand_tuples_leave_few_false_matches)
{
	struct recall *r = memory();
	unsigned wrong = 0;

	for (uint32_t i = 0; i < 100000; i++) {
		struct packet p = packet(PROTO_UDP, i, 40000, 53);

		recall_sent(r, &p, AT(1000));
	}
	for (uint32_t i = 0; i < 100000; i++) {
		struct packet sent = mirror(packet(PROTO_UDP, i, 40000, 53));
		struct packet never = mirror(packet(PROTO_UDP, i, 40001, 53));

		ck_assert(recall_answers(r, &sent, AT(1001)));
		wrong += recall_answers(r, &never, AT(1001));
	}
	ck_assert_uint_le(wrong, 40);
	free(r);
}
END_TEST

/* The i-th of as many different tuples as one likes. */
static struct packet flow(uint32_t i)
{
	return packet(PROTO_UDP, i & 0xffff, (uint16_t)(1024 + (i >> 16)), 53);
}

/* Both generations as full as they become; returns the time after. */
static mono_t fill(struct recall *r, uint32_t n, mono_t now, int64_t gap_ns)
{
	for (uint32_t i = 0; i < n; i++) {
		struct packet p = flow(i);

		recall_sent(r, &p, now);
		now = mono_add(now, gap_ns);
	}
	return now;
}

START_TEST(full_to_the_brim_one_in_a_thousand_strangers_passes_at_most)
{
	const uint32_t asked = 1000000;
	struct recall *r = memory();
	unsigned wrong = 0;
	mono_t now = fill(r, 2 * RECALL_FULL, AT(1000), 0);

	ck_assert_uint_eq(recall_early_ends(r), 1); /* the next one would be the second */
	for (uint32_t i = 0; i < asked; i++) {
		struct packet p = packet(PROTO_UDP, i & 0xffff,
			(uint16_t)(40000 + (i >> 16)), 53), never = mirror(p);

		wrong += recall_answers(r, &never, now);
	}
	printf("full: %u of %u strangers pass for answers\n", wrong, asked);
	ck_assert_uint_le(wrong, asked / 1000);
	ck_assert_uint_ge(wrong, asked / 10000); /* it was full indeed */
	free(r);
}
END_TEST

START_TEST(a_full_generation_is_kept_while_the_next_one_fills)
{
	struct recall *r = memory();
	struct packet query = packet(PROTO_UDP, 1, 65000, 53), answer = mirror(query);
	unsigned lost = 0;

	recall_sent(r, &query, AT(1000));
	fill(r, RECALL_FULL, AT(1000), 0);
	ck_assert(recall_answers(r, &answer, AT(1000)));
	for (uint32_t i = 0; i < RECALL_FULL; i += 100) {
		struct packet p = flow(i), reply = mirror(p);

		lost += !recall_answers(r, &reply, AT(1000));
	}
	ck_assert_uint_eq(lost, 0);
	for (uint32_t i = 0; i < 2 * RECALL_FULL; i++) {
		struct packet p = flow(RECALL_FULL + i);

		recall_sent(r, &p, AT(1000));
	}
	ck_assert(!recall_answers(r, &answer, AT(1000)));
	free(r);
}
END_TEST

START_TEST(the_same_tuple_again_and_again_fills_nothing)
{
	struct recall *r = memory();
	struct packet query = packet(PROTO_UDP, 53, 40000, 53), first = packet(PROTO_UDP, 1, 1, 53);
	struct packet answer = mirror(first);

	recall_sent(r, &first, AT(1000));
	for (uint32_t i = 0; i < 2 * RECALL_FULL + 2; i++)
		recall_sent(r, &query, AT(1000));
	ck_assert_uint_eq(recall_early_ends(r), 0);
	ck_assert(recall_answers(r, &answer, AT(1000)));
	free(r);
}
END_TEST

START_TEST(at_ten_thousand_a_second_forty_seconds_are_kept)
{
	struct recall *r = memory();
	int64_t least = INT64_MAX;
	mono_t now = AT(1000);

	for (uint32_t i = 0; i < 6 * RECALL_FULL; i++) {
		struct packet p = flow(i);

		recall_sent(r, &p, now);
		now = mono_add(now, NS_PER_S / 10000);
		if (i > 2 * RECALL_FULL && recall_kept_ns(r, now) < least)
			least = recall_kept_ns(r, now);
	}
	ck_assert_uint_ge(recall_early_ends(r), 5);
	ck_assert_int_ge(least, 39 * NS_PER_S);
	ck_assert_int_le(least, 41 * NS_PER_S);
	free(r);
}
END_TEST

START_TEST(what_is_said_to_be_kept_is_kept)
{
	struct recall *r = memory();
	const uint32_t step = 3000; /* tuples a second: full before its time */

	for (uint32_t s = 0; s < 5 * KEEP; s++) {
		uint32_t kept = (uint32_t)(recall_kept_ns(r, AT(1000 + s)) / NS_PER_S);

		for (uint32_t i = 0; i < step; i++) {
			struct packet p = flow(s * step + i);

			recall_sent(r, &p, AT(1000 + s));
		}
		for (uint32_t ago = 0; ago < kept; ago++) {
			struct packet p = flow((s - ago) * step + s % step), a = mirror(p);

			ck_assert(recall_answers(r, &a, AT(1000 + s)));
		}
	}
	free(r);
}
END_TEST

START_TEST(a_fresh_start_knows_nothing_and_then_as_much_as_it_keeps)
{
	struct recall *r = memory();
	struct packet query = packet(PROTO_UDP, 53, 40000, 53);

	ck_assert_int_eq(recall_kept_ns(r, AT(1000)), 0);
	recall_sent(r, &query, AT(1000));
	ck_assert_int_eq(recall_kept_ns(r, AT(1007)), 7 * NS_PER_S);
	ck_assert_int_eq(recall_kept_ns(r, AT(1000 + KEEP)), KEEP * NS_PER_S);
	recall_sent(r, &query, AT(1000 + KEEP));
	ck_assert_int_eq(recall_kept_ns(r, AT(1000 + KEEP)), KEEP * NS_PER_S);
	ck_assert_int_eq(recall_kept_ns(r, AT(1000 + 100 * KEEP)), KEEP * NS_PER_S);
	ck_assert_uint_eq(recall_early_ends(r), 0);
	free(r);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("recall");
	TCase *t = tcase_create("recall");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(t, a_late_answer_is_known);
	tcase_add_test(t, another_port_peer_or_protocol_is_no_answer);
	tcase_add_test(t, it_is_kept_once_the_time_and_forgotten_after_twice);
	tcase_add_test(t, a_long_silence_forgets_all);
	tcase_add_test(t, our_own_reset_excuses_no_probe);
	tcase_add_test(t, a_hundred_thousand_tuples_leave_few_false_matches);
	tcase_add_test(t, full_to_the_brim_one_in_a_thousand_strangers_passes_at_most);
	tcase_add_test(t, a_full_generation_is_kept_while_the_next_one_fills);
	tcase_add_test(t, the_same_tuple_again_and_again_fills_nothing);
	tcase_add_test(t, at_ten_thousand_a_second_forty_seconds_are_kept);
	tcase_add_test(t, what_is_said_to_be_kept_is_kept);
	tcase_add_test(t, a_fresh_start_knows_nothing_and_then_as_much_as_it_keeps);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
