/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The memory of what this host sent.
 */
#include "core/recall.h"

#include <check.h>
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
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
