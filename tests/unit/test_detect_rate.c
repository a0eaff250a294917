/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rates of new connections, claimed and proven.
 */
#include "core/detect_rate.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define AT(s) ((mono_t){ .ns = (int64_t)((s) * 1000.0) * NS_PER_MS })

static const struct rate_rule per_source = {
	.rule = { .name = "rate.source", .enabled = true },
	.per = RATE_PER_SOURCE,
	.window_ns = 60 * NS_PER_S,
	.limit = 30,
	.ask_share = 50,
};

static struct finding found;

static bool claim(const struct rate_rule *r, struct rate_record *rec, mono_t now, bool *ask)
{
	return rate_claimed(r, rec, now, ask, &found);
}

/* Claims and proves n connections at once; how often the proven count was raised. */
static unsigned prove(struct rate_record *rec, unsigned n, enum answer_grade grade, mono_t now)
{
	unsigned raised = 0;
	bool ask;

	for (unsigned i = 0; i < n; i++) {
		claim(&per_source, rec, now, &ask);
		raised += rate_answered(&per_source, rec, grade, now, &found);
	}
	return raised;
}

START_TEST(the_limit_is_crossed_by_the_last_of_a_burst)
{
	struct rate_record rec = { .key = 1 };
	bool ask;

	for (unsigned i = 1; i < 30; i++)
		ck_assert(!claim(&per_source, &rec, AT(1000), &ask));
	ck_assert(claim(&per_source, &rec, AT(1000), &ask));
	ck_assert_int_eq(found.kind, FINDING_RATE);
	ck_assert_int_eq(found.proof, PROOF_CLAIMED);
	ck_assert_int_eq(found.score, 3000);
	ck_assert_int_eq(found.threshold, 3000);
	ck_assert_uint_eq(found.count, 30);
	ck_assert_int_eq(found.window_ns, per_source.window_ns);
	ck_assert_int_eq(found.first.ns, AT(1000).ns);
	ck_assert_int_eq(found.at.ns, AT(1000).ns);
	ck_assert_uint_eq(rec.peak, 30);
}
END_TEST

START_TEST(how_near_it_is_is_read_and_changes_nothing)
{
	struct rate_record rec = { .key = 1 }, before;
	struct nears n = { .n = 0 };
	bool ask;

	for (unsigned i = 0; i < 15; i++)
		claim(&per_source, &rec, AT(1000), &ask);
	for (unsigned i = 0; i < 6; i++)
		rate_answered(&per_source, &rec, ANSWER_SOCKET, AT(1000), &found);
	rec.patience = 2;
	before = rec;
	rate_near(&per_source, &rec, AT(1042), &n);
	ck_assert_int_eq(memcmp(&rec, &before, sizeof(rec)), 0);
	ck_assert_uint_eq(n.n, 2);
	ck_assert_int_eq(n.list[0].proof, PROOF_CLAIMED);
	ck_assert_int_eq(n.list[0].threshold, 3000);
	ck_assert_int_lt(n.list[0].score, 800); /* half of them is 42 s away */
	ck_assert_int_gt(n.list[0].score, 700);
	ck_assert_int_eq(n.list[1].proof, PROOF_ANSWERED);
	ck_assert_int_eq(n.list[1].threshold, 6000);
}
END_TEST

START_TEST(a_steady_rate_reads_rate_times_window)
{
	const int64_t windows[] = { 1, 5, 60, 3600 };

	for (size_t w = 0; w < 4; w++) {
		struct rate_rule r = per_source;
		struct rate_record rec = { .key = 1 };
		double gap = (double)windows[w] / 100;
		bool ask;

		r.window_ns = windows[w] * NS_PER_S;
		r.rule.enabled = false;
		for (unsigned i = 0; i < 1000; i++)
			claim(&r, &rec, AT(1000 + i * gap), &ask);
		ck_assert_int_le(abs((int)(rec.claimed / 256) - 100), 8);
	}
}
END_TEST

START_TEST(half_the_limit_for_ever_is_never_raised)
{
	struct rate_record rec = { .key = 1 };
	bool ask;

	for (unsigned i = 0; i < 20000; i++) /* 15 in 60 s */
		ck_assert(!claim(&per_source, &rec, AT(1000 + i * 4), &ask));
}
END_TEST

START_TEST(twice_the_limit_is_raised_once_and_again_after_a_pause)
{
	struct rate_record rec = { .key = 1 };
	unsigned raised = 0;
	bool ask;

	for (unsigned i = 0; i < 1000; i++)
		raised += claim(&per_source, &rec, AT(1000 + i), &ask);
	ck_assert_uint_eq(raised, 1);
	for (unsigned i = 0; i < 1000; i++)
		raised += claim(&per_source, &rec, AT(2300 + i), &ask);
	ck_assert_uint_eq(raised, 2);
	ck_assert_int_eq(found.first.ns, AT(2300).ns);
}
END_TEST

START_TEST(questions_begin_at_their_share_of_the_limit)
{
	struct rate_record rec = { .key = 1 };
	bool ask;

	for (unsigned i = 1; i <= 30; i++) {
		claim(&per_source, &rec, AT(1000), &ask);
		ck_assert_int_eq(ask, i >= 15);
	}
}
END_TEST

START_TEST(nobody_is_asked_for_a_service)
{
	struct rate_rule r = per_source;
	struct rate_record rec = { .key = 1 };
	bool ask, raised = false;

	r.per = RATE_PER_SERVICE;
	for (unsigned i = 1; i <= 30; i++) {
		raised = claim(&r, &rec, AT(1000), &ask);
		ck_assert(!ask);
	}
	ck_assert(raised);
	ck_assert_int_eq(found.kind, FINDING_SERVICE_RATE);
}
END_TEST

START_TEST(claims_alone_prove_nothing)
{
	struct rate_record rec = { .key = 1 };
	bool ask;

	for (unsigned i = 0; i < 10000; i++)
		claim(&per_source, &rec, AT(1000), &ask);
	ck_assert_uint_eq(rec.answered, 0);
	ck_assert_int_eq(found.proof, PROOF_CLAIMED);
}
END_TEST

START_TEST(proven_connections_are_raised_as_answered)
{
	struct rate_record rec = { .key = 1 };

	ck_assert_uint_eq(prove(&rec, 60, ANSWER_SOCKET, AT(1000)), 1);
	ck_assert_int_eq(found.proof, PROOF_ANSWERED);
	ck_assert_int_eq(found.kind, FINDING_RATE);
	ck_assert_int_ge(found.score, found.threshold);
	ck_assert_int_eq(found.threshold, 3000);
}
END_TEST

START_TEST(claims_of_others_never_add_to_what_was_answered)
{
	struct rate_record rec = { .key = 1 };
	bool ask;

	/* 29 connections of the source's own among ten thousand that were forged. */
	for (unsigned i = 0; i < 10000; i++) {
		claim(&per_source, &rec, AT(1000), &ask);
		if (i % 350 == 0)
			ck_assert(!rate_answered(&per_source, &rec, ANSWER_SOCKET, AT(1000), &found));
	}
	ck_assert_uint_eq(rec.answered / 256, 29);
}
END_TEST

START_TEST(a_connection_is_news_once_in_two_minutes)
{
	static struct rate_answers a;
	uint64_t seed = 5, tuple[64];
	unsigned news = 0;

	for (unsigned i = 0; i < 64; i++)
		tuple[i] = random_next(&seed);
	for (unsigned round = 0; round < 10; round++)
		for (unsigned i = 0; i < 64; i++)
			news += rate_is_news(&a, tuple[i], AT(1000 + round));
	ck_assert_uint_le(news, 84); /* some may share a place */
	ck_assert_uint_ge(news, 64);
	ck_assert(rate_is_news(&a, tuple[63], AT(1200)));
}
END_TEST

START_TEST(never_more_is_proven_than_claimed)
{
	struct rate_record rec = { .key = 1 };
	bool ask;

	for (unsigned i = 0; i < 20; i++)
		claim(&per_source, &rec, AT(1000), &ask);
	for (unsigned i = 0; i < 500; i++)
		ck_assert(!rate_answered(&per_source, &rec, ANSWER_SOCKET, AT(1000), &found));
	ck_assert_uint_eq(rec.answered, rec.claimed);
}
END_TEST

START_TEST(one_word_of_conntrack_proves_nothing)
{
	struct rate_record rec = { .key = 1 };

	prove(&rec, 1, ANSWER_WEAK, AT(1000));
	ck_assert_uint_eq(rec.answered, 0);
}
END_TEST

START_TEST(two_words_of_conntrack_count_and_each_one_after)
{
	struct rate_record rec = { .key = 1, .claimed = 100 << 8 };

	rec.first = rec.last = mono_tick(AT(1000));
	rate_answered(&per_source, &rec, ANSWER_WEAK, AT(1000), &found);
	rate_answered(&per_source, &rec, ANSWER_WEAK, AT(1000), &found);
	ck_assert_uint_eq((rec.answered + 128) / 256, 2);
	rate_answered(&per_source, &rec, ANSWER_WEAK, AT(1000), &found);
	ck_assert_uint_eq((rec.answered + 128) / 256, 3);
}
END_TEST

START_TEST(two_words_far_apart_do_not_count)
{
	struct rate_record rec = { .key = 1, .claimed = 100 << 8 };

	rec.first = rec.last = mono_tick(AT(1000));
	rate_answered(&per_source, &rec, ANSWER_WEAK, AT(1000), &found);
	rate_answered(&per_source, &rec, ANSWER_WEAK, AT(1200), &found);
	ck_assert_uint_eq(rec.answered, 0);
}
END_TEST

START_TEST(proven_ones_are_raised_once_until_below_half)
{
	struct rate_record rec = { .key = 1 };

	ck_assert_uint_eq(prove(&rec, 300, ANSWER_SOCKET, AT(1000)), 1);
	ck_assert_uint_eq(prove(&rec, 300, ANSWER_SOCKET, AT(1010)), 0);
	ck_assert_uint_eq(prove(&rec, 300, ANSWER_SOCKET, AT(1600)), 1);
}
END_TEST

START_TEST(many_touches_decay_as_one)
{
	struct rate_record often = { .key = 1, .claimed = 1000 << 8 }, once;
	bool ask;

	often.first = often.last = mono_tick(AT(1000));
	once = often;
	for (unsigned i = 1; i <= 1000; i++) {
		claim(&per_source, &often, AT(1000 + i * 0.06), &ask);
		often.claimed -= 256; /* what the claim has added */
	}
	claim(&per_source, &once, AT(1060), &ask);
	once.claimed -= 256;
	ck_assert_int_le(abs((int)often.claimed - (int)once.claimed), (int)once.claimed / 20);
	ck_assert_int_le(abs((int)once.claimed / 256 - 368), 16); /* 1000 / e */
}
END_TEST

START_TEST(a_rule_watches_its_services)
{
	struct rate_rule r = { .proto = PROTO_TCP, .ports = { 22, 2222 }, .n_ports = 2 };

	ck_assert(rate_rule_matches(&r, PROTO_TCP, 22));
	ck_assert(rate_rule_matches(&r, PROTO_TCP, 2222));
	ck_assert(!rate_rule_matches(&r, PROTO_TCP, 23));
	ck_assert(!rate_rule_matches(&r, PROTO_UDP, 22));
	r.proto = 0;
	ck_assert(rate_rule_matches(&r, PROTO_UDP, 22));
	ck_assert(!rate_rule_matches(&r, PROTO_SCTP, 22));
	r.n_ports = 0;
	ck_assert(rate_rule_matches(&r, PROTO_TCP, 65535));
}
END_TEST

START_TEST(keys_of_sources_services_and_rules_differ)
{
	uint64_t v4 = UINT64_C(1) << 32 | 443;

	ck_assert(rate_key_source(v4, 0) != rate_key_source(v4, 1));
	ck_assert(rate_key_source(v4, 0) != rate_key_source(v4 + 1, 0));
	ck_assert(rate_key_service(6, 443, 0) != rate_key_service(17, 443, 0));
	ck_assert(rate_key_service(6, 443, 0) != rate_key_service(6, 443, 1));
	ck_assert(rate_key_service(6, 443, 0) != rate_key_service(6, 444, 0));
	ck_assert(rate_key_service(1, 443, 0) != rate_key_source(v4, 0));
}
END_TEST

START_TEST(a_disabled_rule_counts_but_finds_nothing)
{
	struct rate_rule r = per_source;
	struct rate_record rec = { .key = 1 };
	bool ask;

	r.rule.enabled = false;
	for (unsigned i = 0; i < 100; i++)
		ck_assert(!claim(&r, &rec, AT(1000), &ask));
	ck_assert_uint_eq(rec.claimed, 100 * 256);
}
END_TEST

START_TEST(patience_asks_for_as_many_answers_times_that)
{
	struct rate_record rec = { .key = 1, .patience = 2 };

	ck_assert_uint_eq(prove(&rec, 50, ANSWER_SOCKET, AT(1000)), 0);
	ck_assert_uint_eq(prove(&rec, 20, ANSWER_SOCKET, AT(1000)), 1);
	ck_assert_int_eq(found.threshold, 6000);
	ck_assert_int_eq(found.proof, PROOF_ANSWERED);
}
END_TEST

static void add_counting(TCase *t)
{
	tcase_add_test(t, the_limit_is_crossed_by_the_last_of_a_burst);
	tcase_add_test(t, a_steady_rate_reads_rate_times_window);
	tcase_add_test(t, how_near_it_is_is_read_and_changes_nothing);
	tcase_add_test(t, half_the_limit_for_ever_is_never_raised);
	tcase_add_test(t, twice_the_limit_is_raised_once_and_again_after_a_pause);
	tcase_add_test(t, questions_begin_at_their_share_of_the_limit);
	tcase_add_test(t, nobody_is_asked_for_a_service);
	tcase_add_test(t, many_touches_decay_as_one);
	tcase_add_test(t, a_rule_watches_its_services);
	tcase_add_test(t, keys_of_sources_services_and_rules_differ);
	tcase_add_test(t, a_disabled_rule_counts_but_finds_nothing);
}

static void add_proof(TCase *t)
{
	tcase_add_test(t, claims_alone_prove_nothing);
	tcase_add_test(t, proven_connections_are_raised_as_answered);
	tcase_add_test(t, never_more_is_proven_than_claimed);
	tcase_add_test(t, claims_of_others_never_add_to_what_was_answered);
	tcase_add_test(t, a_connection_is_news_once_in_two_minutes);
	tcase_add_test(t, one_word_of_conntrack_proves_nothing);
	tcase_add_test(t, two_words_of_conntrack_count_and_each_one_after);
	tcase_add_test(t, two_words_far_apart_do_not_count);
	tcase_add_test(t, proven_ones_are_raised_once_until_below_half);
	tcase_add_test(t, patience_asks_for_as_many_answers_times_that);
}

int main(void)
{
	Suite *s = suite_create("detect_rate");
	TCase *t = tcase_create("detect_rate");
	SRunner *r = srunner_create(s);
	int failed;

	add_counting(t);
	add_proof(t);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
