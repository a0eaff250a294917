/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions of other rules, and the answers that a log has: who gets which, when, and what is counted as unknown. */
#include "app/whatif_answers.h"

#include <check.h>
#include <string.h>

#include "support/craft.h"

#define MS(n) ((mono_t){ 1000 * NS_PER_S + (n) * NS_PER_MS })

static struct whatif_answers *a;
static struct ask_answer out[2];

static void set_up(void)
{
	const struct engine_rules rules = { .proof_wait_ns = 50 * NS_PER_MS, .handshake_wait_ns = 3 * NS_PER_S };
	struct hash_key key;

	hash_key_from_seed(&key, 1);
	ck_assert_int_eq(whatif_answers_create(&a, &key, &rules), 0);
	memset(out, 0, sizeof(out));
}

static void tear_down(void)
{
	whatif_answers_destroy(a);
}

/* About the connection from that port, whose first packet came at that time. */
static struct ask soon(uint16_t sport, int64_t at_ms)
{
	return (struct ask){ .tuple = { .src = craft_addr("198.51.100.1"), .dst = craft_addr("192.0.2.1"),
		.sport = sport, .dport = 22, .proto = 6 }, .due = MS(at_ms + 50), .rules = 2 };
}

static struct ask later(uint16_t sport, int64_t at_ms)
{
	struct ask q = soon(sport, at_ms);

	q.due = MS(at_ms + 3000);
	q.rules = ASK_SCAN;
	return q;
}

static bool asks(struct ask q, int64_t at_ms)
{
	return whatif_answers_ask(a, &q, MS(at_ms), out);
}

static size_t told(struct ask q, enum ask_fate fate, int64_t at_ms)
{
	const struct ask_answer t = { .ask = q, .fate = fate };

	return whatif_answers_told(a, &t, MS(at_ms), out);
}

static struct whatif_asked stats(void)
{
	struct whatif_asked s;

	whatif_answers_stats(a, &s);
	ck_assert_uint_eq(s.asked, s.answered + s.unknown + s.waiting);
	return s;
}

START_TEST(the_answer_to_the_same_question_comes_when_it_came_and_bears_the_new_one)
{
	struct ask theirs = soon(1, 0);

	theirs.rules = 64; /* another rule's number, under the old rules */
	ck_assert(!asks(soon(1, 0), 100));
	ck_assert_uint_eq(told(theirs, FATE_SOCKET, 110), 1);
	ck_assert_uint_eq(out[0].ask.rules, 2);
	ck_assert_int_eq(out[0].fate, FATE_SOCKET);
	ck_assert_uint_eq(told(theirs, FATE_SOCKET, 120), 0);
	ck_assert_uint_eq(stats().answered, 1);
}
END_TEST

START_TEST(an_answer_that_is_there_already_is_given_at_once)
{
	ck_assert_uint_eq(told(later(1, 0), FATE_TRACKED, 3000), 0);
	ck_assert(asks(later(1, 0), 3100));
	ck_assert_int_eq(out[0].fate, FATE_TRACKED);
}
END_TEST

START_TEST(an_answer_about_an_earlier_connection_with_these_ports_is_none)
{
	ck_assert_uint_eq(told(soon(1, 0), FATE_SOCKET, 60), 0);
	ck_assert(!asks(soon(1, 5000), 5100));
	ck_assert(!whatif_answers_late(a, MS(11000), out));
	ck_assert_uint_eq(stats().unknown, 1);
}
END_TEST

START_TEST(a_rate_takes_the_later_answer_as_soon_as_it_comes)
{
	ck_assert(!asks(soon(1, 0), 100));
	ck_assert_uint_eq(told(later(1, 0), FATE_SOCKET, 3050), 1);
	ck_assert_uint_eq(out[0].ask.rules, 2);
}
END_TEST

START_TEST(one_answer_may_be_one_to_both_kinds)
{
	ck_assert(!asks(soon(1, 0), 100));
	ck_assert(!asks(later(1, 0), 3000));
	ck_assert_uint_eq(told(later(1, 0), FATE_SOCKET, 3050), 2);
	ck_assert_uint_eq(out[0].ask.rules, 2);
	ck_assert_uint_eq(out[1].ask.rules, ASK_SCAN);
}
END_TEST

/* Not there yet after 50 ms: that may have changed until the scan's question. */
START_TEST(a_scan_takes_the_sooner_answer_only_where_it_proves_something)
{
	ck_assert_uint_eq(told(soon(1, 0), FATE_SOCKET, 60), 0);
	ck_assert_uint_eq(told(soon(2, 0), FATE_HALF_OPEN, 60), 0);
	ck_assert(!asks(later(1, 0), 3000));
	ck_assert(!asks(later(2, 0), 3000));
	ck_assert(!whatif_answers_late(a, MS(7900), out));
	ck_assert(whatif_answers_late(a, MS(8000), out));
	ck_assert_uint_eq(out[0].ask.tuple.sport, 1);
	ck_assert_int_eq(out[0].fate, FATE_SOCKET);
	ck_assert(!whatif_answers_late(a, MS(8000), out));
	ck_assert_uint_eq(stats().unknown, 1);
}
END_TEST

START_TEST(a_repeated_syn_asks_no_second_question)
{
	ck_assert(!asks(soon(1, 0), 100));
	ck_assert(!asks(soon(1, 1000), 1100));
	ck_assert_uint_eq(stats().waiting, 1);
	ck_assert_uint_eq(told(soon(1, 1000), FATE_SOCKET, 1150), 1);
	ck_assert_uint_eq(stats().waiting, 0);
}
END_TEST

START_TEST(what_is_pushed_out_is_counted_as_unknown)
{
	struct ask q = soon(0, 0);

	for (unsigned i = 0; i < 100000; i++) {
		q.tuple.sport = (uint16_t)i;
		q.tuple.dport = (uint16_t)(1 + i / 65536);
		ck_assert(!whatif_answers_ask(a, &q, MS(100 + i / 1000), out));
	}
	ck_assert_uint_gt(stats().unknown, 60000);
	ck_assert_uint_le(stats().waiting, 32768);
	while (whatif_answers_late(a, MS(60000), out))
		;
	ck_assert_uint_eq(stats().unknown, 100000);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("whatif_answers");
	TCase *t = tcase_create("whatif_answers");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, the_answer_to_the_same_question_comes_when_it_came_and_bears_the_new_one);
	tcase_add_test(t, an_answer_that_is_there_already_is_given_at_once);
	tcase_add_test(t, an_answer_about_an_earlier_connection_with_these_ports_is_none);
	tcase_add_test(t, a_rate_takes_the_later_answer_as_soon_as_it_comes);
	tcase_add_test(t, one_answer_may_be_one_to_both_kinds);
	tcase_add_test(t, a_scan_takes_the_sooner_answer_only_where_it_proves_something);
	tcase_add_test(t, a_repeated_syn_asks_no_second_question);
	tcase_add_test(t, what_is_pushed_out_is_counted_as_unknown);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
