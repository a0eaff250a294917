/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whom the host of a capture asked for names, by what it sent.
 */
#include "core/guess_resolvers.h"

#include <check.h>
#include <string.h>

static struct resolver_votes v;
static struct addr got[NAMES_RESOLVERS];

static void setup(void)
{
	memset(&v, 0, sizeof(v));
}

static struct addr server(unsigned n)
{
	const uint8_t bytes[4] = { 10, 0, (uint8_t)(n >> 8), (uint8_t)n };

	return addr_v4(bytes);
}

static bool asks(unsigned n, uint16_t sport, uint16_t dport, uint8_t proto)
{
	struct packet p = { .dst = server(n), .sport = sport, .dport = dport, .proto = proto };

	return guess_resolvers_packet(&v, &p);
}

static void asks_often(unsigned n, unsigned times)
{
	for (unsigned i = 0; i < times; i++)
		asks(n, (uint16_t)(40000 + i), 53, PROTO_UDP);
}

START_TEST(whoever_is_asked_first_is_news_at_once)
{
	ck_assert(asks(1, 40000, 53, PROTO_UDP));
	ck_assert_uint_eq(guess_resolvers(&v, got), 1);
	ck_assert(!asks(1, 40001, 53, PROTO_UDP));
}
END_TEST

START_TEST(they_come_by_how_often_they_are_asked)
{
	asks_often(1, 5);
	asks_often(2, 9);
	ck_assert_uint_eq(guess_resolvers(&v, got), 2);
	ck_assert(addr_equal(&got[0], &(struct addr[]){ server(2) }[0]));
	ck_assert(addr_equal(&got[1], &(struct addr[]){ server(1) }[0]));
}
END_TEST

START_TEST(who_is_asked_now_and_then_is_none)
{
	asks_often(1, 31);
	asks_often(2, 3);
	ck_assert_uint_eq(guess_resolvers(&v, got), 1);
	asks_often(2, 1);
	ck_assert_uint_eq(guess_resolvers(&v, got), 2);
}
END_TEST

START_TEST(shares_are_looked_at_again_as_questions_come)
{
	bool news = false;

	asks_often(1, 1);
	asks_often(2, 1);
	for (unsigned i = 0; i < 64; i++)
		news |= asks(1, (uint16_t)(40000 + i), 53, PROTO_UDP);
	ck_assert(news);
	ck_assert_uint_eq(guess_resolvers(&v, got), 1);
}
END_TEST

START_TEST(what_is_no_question_counts_for_nothing)
{
	struct packet group = { .sport = 40000, .dport = 53, .proto = PROTO_UDP };
	const uint8_t mdns[4] = { 224, 0, 0, 251 };

	group.dst = addr_v4(mdns);
	ck_assert(!asks(1, 40000, 53, PROTO_TCP));
	ck_assert(!asks(1, 40000, 123, PROTO_UDP));
	ck_assert(!asks(1, 53, 53, PROTO_UDP));
	ck_assert(!guess_resolvers_packet(&v, &group));
	ck_assert_uint_eq(guess_resolvers(&v, got), 0);
}
END_TEST

START_TEST(a_spray_of_questions_does_not_hide_the_resolver)
{
	asks_often(7, 100);
	for (unsigned i = 1000; i < 3000; i++)
		asks(i, 40000, 53, PROTO_UDP);
	ck_assert_uint_eq(guess_resolvers(&v, got), 1);
	ck_assert(addr_equal(&got[0], &(struct addr[]){ server(7) }[0]));
	ck_assert_uint_le(v.n, RESOLVER_VOTES);
}
END_TEST

START_TEST(more_than_the_engine_takes_are_not_told)
{
	for (unsigned i = 0; i < 40; i++)
		asks_often(i, 4);
	ck_assert_uint_eq(guess_resolvers(&v, got), NAMES_RESOLVERS);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("guess_resolvers");
	TCase *c = tcase_create("guess_resolvers");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(c, setup, NULL);
	tcase_add_test(c, whoever_is_asked_first_is_news_at_once);
	tcase_add_test(c, they_come_by_how_often_they_are_asked);
	tcase_add_test(c, who_is_asked_now_and_then_is_none);
	tcase_add_test(c, shares_are_looked_at_again_as_questions_come);
	tcase_add_test(c, what_is_no_question_counts_for_nothing);
	tcase_add_test(c, a_spray_of_questions_does_not_hide_the_resolver);
	tcase_add_test(c, more_than_the_engine_takes_are_not_told);
	suite_add_tcase(s, c);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
