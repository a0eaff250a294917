/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a finding to a decision: which reaction, which rung, how long, and what proof and
 * subject allow.
 */
#include "core/policy.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#define MINUTE (60 * NS_PER_S)

static struct policy policy;
static struct finding finding;
static struct decision got;

static struct reaction *react(const char *on, enum proof proof, enum response first)
{
	struct reaction *r = &policy.reactions[policy.n_reactions];

	*r = (struct reaction){ .proof = proof, .ladder = { first }, .rungs = 1,
		.ttl_ns = 10 * MINUTE, .factor = 2, .max_ns = 60 * MINUTE,
			.limit_rate = 20,
		.limit_burst = 40, .v4_len = 32, .v6_len = 64 };
	snprintf(r->on, sizeof(r->on), "%s", on);
	snprintf(r->origin, sizeof(r->origin), "test.conf:%zu", ++policy.n_reactions);
	return r;
}

static void climb(struct reaction *r, enum response second, enum response third)
{
	r->ladder[1] = second;
	r->ladder[2] = third;
	r->rungs = 3;
}

static void start(enum proof proof)
{
	memset(&policy, 0, sizeof(policy));
	memset(&finding, 0, sizeof(finding));
	strcpy(policy.name, "test");
	strcpy(finding.rule.name, "scan.vertical");
	finding.proof = proof;
	finding.subject.kind = SUBJECT_SOURCE;
	ck_assert_int_eq(prefix_parse("192.0.2.77", &finding.subject.source), 0);
	finding.proto = PROTO_TCP;
	finding.dport = 80;
}

static void decide(uint16_t offences)
{
	policy_decide(&policy, &finding, offences, &got);
}

static bool noted(enum decision_step step, uint32_t value)
{
	for (size_t i = 0; i < got.n_steps; i++)
		if (got.steps[i].step == step && got.steps[i].value == value)
			return true;
	return false;
}

START_TEST(the_first_reaction_that_matches_decides)
{
	start(PROOF_ANSWERED);
	react("rate.*", PROOF_CLAIMED, RESPONSE_DROP);
	react("scan.*", PROOF_CLAIMED, RESPONSE_REFUSE);
	react("*", PROOF_CLAIMED, RESPONSE_DROP);
	decide(0);
	ck_assert_int_eq(got.response, RESPONSE_REFUSE);
	ck_assert_str_eq(got.origin, "test.conf:2");
	ck_assert_str_eq(got.policy, "test");
	ck_assert(noted(STEP_MATCHED, 1));
	ck_assert_int_eq(got.ttl_ns, 10 * MINUTE);
	ck_assert_uint_eq(got.limit_rate, 20);
	ck_assert_uint_eq(got.limit_burst, 40);
}
END_TEST

/* Whoever makes traffic could else shut the host or a service with it. */
START_TEST(news_of_the_host_or_a_service_is_observed_whatever_the_policy_wants)
{
	static const enum finding_kind news[] = { FINDING_PILE, FINDING_VOLUME, FINDING_MIX, FINDING_BASELINE, FINDING_NOVEL };
	static const enum response wanted[] = { RESPONSE_SHIELD, RESPONSE_LIMIT, RESPONSE_DROP, RESPONSE_SERVICE_LIMIT };
	static const enum subject_kind subjects[] = { SUBJECT_HOST, SUBJECT_SERVICE, SUBJECT_SOURCE };

	for (unsigned i = 0; i < 5 * 4 * 3 * 2; i++) {
		start(PROOF_ANSWERED);
		react("*", PROOF_CLAIMED, wanted[i % 4]);
		policy.reactions[0].accept_forgery = i / 60;
		finding.kind = news[i / 4 % 5];
		finding.subject.kind = subjects[i / 20 % 3];
		decide(3);
		ck_assert_int_eq(got.response, RESPONSE_OBSERVE);
		ck_assert_int_eq(got.ttl_ns, 0);
		ck_assert(noted(STEP_CAPPED, wanted[i % 4]));
	}
}
END_TEST

START_TEST(a_reaction_that_asks_for_more_proof_is_passed_over)
{
	start(PROOF_CLAIMED);
	react("*", PROOF_ANSWERED, RESPONSE_DROP);
	react("*", PROOF_CLAIMED, RESPONSE_SHIELD);
	decide(0);
	ck_assert_int_eq(got.response, RESPONSE_SHIELD);
	ck_assert(noted(STEP_MATCHED, 1));
}
END_TEST

START_TEST(what_no_reaction_matches_is_observed)
{
	start(PROOF_ANSWERED);
	react("rate.*", PROOF_CLAIMED, RESPONSE_DROP);
	decide(3);
	ck_assert_int_eq(got.response, RESPONSE_OBSERVE);
	ck_assert(noted(STEP_NO_MATCH, 0));
	ck_assert_str_eq(got.origin, "");
	ck_assert_int_eq(got.ttl_ns, 0);
}
END_TEST

START_TEST(each_return_climbs_a_rung_and_the_last_one_stays)
{
	static const enum response at[] = { RESPONSE_LIMIT, RESPONSE_REFUSE,
		RESPONSE_DROP,
		RESPONSE_DROP };

	start(PROOF_ANSWERED);
	climb(react("*", PROOF_CLAIMED, RESPONSE_LIMIT), RESPONSE_REFUSE, RESPONSE_DROP);
	for (uint16_t i = 0; i < 4; i++) {
		decide(i);
		ck_assert_int_eq(got.response, at[i]);
		ck_assert_uint_eq(got.offence, i);
		ck_assert_uint_eq(got.rung, i < 3 ? i : 2);
		ck_assert_uint_eq(got.rungs, 3);
		ck_assert(noted(STEP_RUNG, i));
	}
}
END_TEST

START_TEST(time_doubles_with_each_return_up_to_the_longest)
{
	start(PROOF_ANSWERED);
	react("*", PROOF_CLAIMED, RESPONSE_DROP);
	decide(1);
	ck_assert_int_eq(got.ttl_ns, 20 * MINUTE);
	ck_assert(noted(STEP_TTL_GROWN, 2));
	decide(2);
	ck_assert_int_eq(got.ttl_ns, 40 * MINUTE);
	decide(3);
	ck_assert_int_eq(got.ttl_ns, 60 * MINUTE);
	decide(UINT16_MAX);
	ck_assert_int_eq(got.ttl_ns, 60 * MINUTE);
	ck_assert_int_eq(got.base_ttl_ns, 10 * MINUTE);
}
END_TEST

START_TEST(growing_time_does_not_overflow)
{
	struct reaction *r;

	start(PROOF_ANSWERED);
	r = react("*", PROOF_CLAIMED, RESPONSE_DROP);
	r->max_ns = INT64_MAX;
	r->factor = UINT32_MAX;
	decide(40);
	ck_assert_int_eq(got.ttl_ns, INT64_MAX);
	r->factor = 1;
	decide(40);
	ck_assert_int_eq(got.ttl_ns, 10 * MINUTE);
	r->factor = 0;
	decide(40);
	ck_assert_int_eq(got.ttl_ns, 10 * MINUTE);
}
END_TEST

START_TEST(claimed_evidence_shields_whatever_the_policy_wanted)
{
	start(PROOF_CLAIMED);
	climb(react("*", PROOF_CLAIMED, RESPONSE_LIMIT), RESPONSE_REFUSE, RESPONSE_DROP);
	decide(2);
	ck_assert_int_eq(got.response, RESPONSE_SHIELD);
	ck_assert(noted(STEP_CAPPED, RESPONSE_DROP));
	ck_assert_uint_eq(got.rungs, 1);
	ck_assert_uint_eq(got.rung, 0);
	ck_assert_int_eq(got.ladder[0], RESPONSE_SHIELD);
}
END_TEST

START_TEST(a_capped_ladder_keeps_its_lower_rungs)
{
	start(PROOF_CLAIMED);
	climb(react("*", PROOF_CLAIMED, RESPONSE_OBSERVE), RESPONSE_SHIELD,
		RESPONSE_DROP);
	decide(0);
	ck_assert_int_eq(got.response, RESPONSE_OBSERVE);
	ck_assert_int_eq(got.ttl_ns, 0);
	decide(2);
	ck_assert_int_eq(got.response, RESPONSE_SHIELD);
	ck_assert_uint_eq(got.rungs, 2);
	ck_assert_uint_eq(got.rung, 1);
	ck_assert_int_eq(got.ladder[0], RESPONSE_OBSERVE);
}
END_TEST

START_TEST(an_administrator_may_accept_that_evidence_is_forged)
{
	struct reaction *r;

	start(PROOF_CLAIMED);
	r = react("*", PROOF_CLAIMED, RESPONSE_DROP);
	r->accept_forgery = true;
	decide(0);
	ck_assert_int_eq(got.response, RESPONSE_DROP);
	ck_assert(noted(STEP_FORGERY, RESPONSE_DROP));
	ck_assert(!noted(STEP_CAPPED, RESPONSE_DROP));
	finding.proof = PROOF_ANSWERED;
	decide(0);
	ck_assert(!noted(STEP_FORGERY, RESPONSE_DROP));
}
END_TEST

START_TEST(a_service_is_limited_or_observed_and_nothing_else)
{
	struct reaction *r;

	start(PROOF_CLAIMED);
	finding.subject = (struct subject){ .kind = SUBJECT_SERVICE, .proto = 6,
		.port = 443 };
	r = react("*", PROOF_CLAIMED, RESPONSE_SERVICE_LIMIT);
	decide(0);
	ck_assert_int_eq(got.response, RESPONSE_SERVICE_LIMIT);
	ck_assert_uint_eq(got.subject.port, 443);
	r->ladder[0] = RESPONSE_DROP;
	r->accept_forgery = true;
	decide(0);
	ck_assert_int_eq(got.response, RESPONSE_OBSERVE);
	ck_assert(noted(STEP_CAPPED, RESPONSE_DROP));
}
END_TEST

START_TEST(the_host_is_shielded_or_observed_and_nothing_else)
{
	struct reaction *r;

	start(PROOF_ANSWERED);
	finding.subject = (struct subject){ .kind = SUBJECT_HOST };
	r = react("*", PROOF_CLAIMED, RESPONSE_DROP);
	decide(0);
	ck_assert_int_eq(got.response, RESPONSE_SHIELD);
	ck_assert_int_eq(got.subject.kind, SUBJECT_HOST);
	r->ladder[0] = RESPONSE_SERVICE_LIMIT;
	decide(0);
	ck_assert_int_eq(got.response, RESPONSE_OBSERVE);
}
END_TEST

START_TEST(service_limit_upon_a_source_is_about_the_service_it_went_for)
{
	start(PROOF_CLAIMED);
	react("*", PROOF_CLAIMED, RESPONSE_SERVICE_LIMIT);
	decide(0);
	ck_assert_int_eq(got.response, RESPONSE_SERVICE_LIMIT);
	ck_assert_int_eq(got.subject.kind, SUBJECT_SERVICE);
	ck_assert_uint_eq(got.subject.proto, PROTO_TCP);
	ck_assert_uint_eq(got.subject.port, 80);
	finding.dport = 0;
	decide(0);
	ck_assert_int_eq(got.response, RESPONSE_OBSERVE);
}
END_TEST

START_TEST(the_prefix_is_as_wide_as_the_reaction_says)
{
	struct prefix net;
	struct reaction *r;

	start(PROOF_ANSWERED);
	r = react("*", PROOF_CLAIMED, RESPONSE_DROP);
	r->v4_len = 24;
	r->v6_len = 48;
	decide(0);
	ck_assert_int_eq(prefix_parse("192.0.2.0/24", &net), 0);
	ck_assert(prefix_equal(&got.subject.source, &net));
	ck_assert_int_eq(prefix_parse("2001:db8:1:2::/64", &finding.subject.source), 0);
	decide(0);
	ck_assert_int_eq(prefix_parse("2001:db8:1::/48", &net), 0);
	ck_assert(prefix_equal(&got.subject.source, &net));
}
END_TEST

START_TEST(the_prefix_is_never_narrower_than_the_evidence_nor_all_by_a_slip)
{
	struct reaction *r;

	start(PROOF_ANSWERED);
	r = react("*", PROOF_CLAIMED, RESPONSE_DROP);
	r->v4_len = 0;
	decide(0);
	ck_assert_uint_eq(got.subject.source.len, 32);
	ck_assert_int_eq(prefix_parse("2001:db8:1:2::/64", &finding.subject.source), 0);
	r->v6_len = 128;
	decide(0);
	ck_assert_uint_eq(got.subject.source.len, 64);
}
END_TEST

START_TEST(scope_service_narrows_limit_and_refuse_to_one_port)
{
	struct reaction *r;

	start(PROOF_ANSWERED);
	r = react("*", PROOF_CLAIMED, RESPONSE_LIMIT);
	climb(r, RESPONSE_REFUSE, RESPONSE_DROP);
	r->scope = SCOPE_SERVICE;
	for (uint16_t i = 0; i < 2; i++) {
		decide(i);
		ck_assert_int_eq(got.scope, SCOPE_SERVICE);
		ck_assert_uint_eq(got.subject.port, 80);
		ck_assert_uint_eq(got.subject.proto, PROTO_TCP);
	}
	decide(2);
	ck_assert_int_eq(got.response, RESPONSE_DROP);
	ck_assert_int_eq(got.scope, SCOPE_SOURCE);
	ck_assert_uint_eq(got.subject.port, 0);
}
END_TEST

START_TEST(without_a_port_the_whole_source_is_meant)
{
	struct reaction *r;

	start(PROOF_ANSWERED);
	r = react("*", PROOF_CLAIMED, RESPONSE_REFUSE);
	r->scope = SCOPE_SERVICE;
	finding.proto = PROTO_ICMP;
	finding.dport = 0;
	decide(0);
	ck_assert_int_eq(got.response, RESPONSE_REFUSE);
	ck_assert_int_eq(got.scope, SCOPE_SOURCE);
}
END_TEST

START_TEST(whoever_goes_there_is_shut_in_but_not_all_for_one_whom_nobody_knows)
{
	struct reaction *r;

	start(PROOF_LOCAL);
	r = react("*", PROOF_CLAIMED, RESPONSE_EGRESS_REFUSE);
	r->ladder[1] = RESPONSE_EGRESS_ALLOWLIST;
	r->rungs = 2;
	finding.subject.kind = SUBJECT_DESTINATION;
	finding.actor = (struct actor){ .kind = ACTOR_USER, .uid = 1000 };
	decide(0);
	ck_assert_int_eq(got.response, RESPONSE_EGRESS_REFUSE);
	ck_assert_int_eq(got.subject.kind, SUBJECT_DESTINATION);
	decide(1);
	ck_assert_int_eq(got.response, RESPONSE_EGRESS_ALLOWLIST);
	ck_assert_int_eq(got.subject.kind, SUBJECT_ACTOR);
	ck_assert(actor_equal(&got.subject.actor, &finding.actor));
	finding.actor = (struct actor){ .kind = ACTOR_HOST };
	decide(1);
	ck_assert_int_eq(got.response, RESPONSE_EGRESS_REFUSE);
	ck_assert_int_eq(got.subject.kind, SUBJECT_DESTINATION);
}
END_TEST

START_TEST(steps_beyond_eight_are_left_out)
{
	start(PROOF_ANSWERED);
	decide(0);
	for (uint32_t i = 0; i < 20; i++)
		decision_note(&got, STEP_GUARDED, i);
	ck_assert_uint_eq(got.n_steps, DECISION_STEPS);
	ck_assert_uint_eq(got.steps[DECISION_STEPS - 1].value, DECISION_STEPS - 2);
}
END_TEST

START_TEST(each_step_has_words_of_its_own)
{
	for (int i = STEP_MATCHED; i <= STEP_FULL; i++)
		for (int j = STEP_MATCHED; j <= i; j++)
			ck_assert_int_eq(strcmp(decision_step_text((enum decision_step)i),
				decision_step_text((enum decision_step)j)) == 0, i == j);
	ck_assert_str_eq(decision_step_text((enum decision_step)99), "unknown step");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("policy");
	TCase *c = tcase_create("policy");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(c, the_first_reaction_that_matches_decides);
	tcase_add_test(c, a_reaction_that_asks_for_more_proof_is_passed_over);
	tcase_add_test(c, what_no_reaction_matches_is_observed);
	tcase_add_test(c, each_return_climbs_a_rung_and_the_last_one_stays);
	tcase_add_test(c, time_doubles_with_each_return_up_to_the_longest);
	tcase_add_test(c, growing_time_does_not_overflow);
	tcase_add_test(c, claimed_evidence_shields_whatever_the_policy_wanted);
	tcase_add_test(c, a_capped_ladder_keeps_its_lower_rungs);
	tcase_add_test(c, an_administrator_may_accept_that_evidence_is_forged);
	tcase_add_test(c, a_service_is_limited_or_observed_and_nothing_else);
	tcase_add_test(c, the_host_is_shielded_or_observed_and_nothing_else);
	tcase_add_test(c, service_limit_upon_a_source_is_about_the_service_it_went_for);
	tcase_add_test(c, the_prefix_is_as_wide_as_the_reaction_says);
	tcase_add_test(c,
		the_prefix_is_never_narrower_than_the_evidence_nor_all_by_a_slip);
	tcase_add_test(c, scope_service_narrows_limit_and_refuse_to_one_port);
	tcase_add_test(c, news_of_the_host_or_a_service_is_observed_whatever_the_policy_wants);
	tcase_add_test(c, without_a_port_the_whole_source_is_meant);
	tcase_add_test(c, whoever_goes_there_is_shut_in_but_not_all_for_one_whom_nobody_knows);
	tcase_add_test(c, steps_beyond_eight_are_left_out);
	tcase_add_test(c, each_step_has_words_of_its_own);
	suite_add_tcase(s, c);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
