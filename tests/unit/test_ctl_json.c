/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values as JSON: that an incident comes out whole, newest finding first, and with the
 * numbers that were stored.
 */
#include "codec/ctl_json.h"

#include <check.h>
#include <string.h>

#include "base/err.h"
#include "codec/event_json.h"
#include "core/bite.h"

static const struct stamp stamp = { .mono = { 1000 * NS_PER_S },
	.wall = { INT64_C(1790000000) * NS_PER_S } };

static json_t *at(json_t *o, const char *name)
{
	json_t *member = json_object_get(o, name);
	ck_assert_msg(member != NULL, "no member '%s'", name);
	return member;
}

static const char *text(json_t *o, const char *name)
{
	return json_string_value(at(o, name));
}

static json_int_t number(json_t *o, const char *name)
{
	return json_integer_value(at(o, name));
}

static struct finding finding(uint32_t count)
{
	struct finding f = { .kind = FINDING_SCAN,
		.score = 1662,
		.threshold = 1520,
		.count = count,
		.n_ports = 2,
		.ports = { 22, 23 },
		.at = { 990 * NS_PER_S } };

	strcpy(f.rule.name, "scan.fast");
	strcpy(f.rule.why, "six straight failures");
	strcpy(f.rule.origin, "rules/scan.conf:14");
	return f;
}

static struct incident incident(void)
{
	struct incident i = { .id = 4711,
		.subject.kind = SUBJECT_SOURCE,
		.opened = { 900 * NS_PER_S },
		.n_findings = 6,
		.effect = EFFECT_REFUSED,
		.error = ERR_FULL,
		.packets_dropped = 3 };

	ck_assert_int_eq(prefix_parse("192.0.2.0/24", &i.subject.source), 0);
	for (uint32_t n = 0; n < i.n_findings; n++)
		i.findings[n % INCIDENT_FINDINGS] = finding(n);
	i.decision.response = RESPONSE_SHIELD;
	i.decision.ttl_ns = 600 * NS_PER_S;
	decision_note(&i.decision, STEP_MATCHED, 2);
	decision_note(&i.decision, STEP_CAPPED, RESPONSE_DROP);
	decision_note(&i.decision, STEP_GUARDED, GUARD_RESOLVER);
	return i;
}

START_TEST(an_incident_lists_its_findings_newest_first)
{
	struct incident i = incident();
	json_t *o = ctl_json_incident(&i, &stamp);
	json_t *findings = at(o, "findings");

	ck_assert_uint_eq(json_array_size(findings), INCIDENT_FINDINGS);
	ck_assert_int_eq(number(json_array_get(findings, 0), "count"), 5);
	ck_assert_int_eq(number(json_array_get(findings, 3), "count"), 2);
	ck_assert_int_eq(number(o, "findings_total"), 6);
	json_decref(o);
}
END_TEST

START_TEST(a_finding_says_what_was_counted_and_what_it_is_about)
{
	struct finding f = finding(6);
	const struct stamp *s = &stamp;
	json_t *o = ctl_json_finding(&f, s);

	ck_assert_str_eq(text(o, "counted"), "closed ports");
	ck_assert_ptr_null(json_object_get(o, "about"));
	json_decref(o);
	f.kind = FINDING_MIX;
	strcpy(f.about, "udp of packets-in 62 %, usual 4 %");
	o = ctl_json_finding(&f, s);
	ck_assert_str_eq(text(o, "counted"), "");
	ck_assert_str_eq(text(o, "about"), "udp of packets-in 62 %, usual 4 %");
	ck_assert_str_eq(text(o, "what"), "udp of packets-in 62 %, usual 4 %");
	json_decref(o);
}
END_TEST

START_TEST(an_incident_tells_why_where_and_what_became_of_it)
{
	struct incident i = incident();
	json_t *o = ctl_json_incident(&i, &stamp);
	json_t *f = json_array_get(at(o, "findings"), 0);

	ck_assert_str_eq(text(o, "subject"), "192.0.2.0/24");
	ck_assert_str_eq(text(o, "error"), err_text(ERR_FULL));
	ck_assert_int_eq(number(o, "packets_dropped"), 3);
	ck_assert_str_eq(text(f, "why"), "six straight failures");
	ck_assert_str_eq(text(f, "rule_origin"), "rules/scan.conf:14");
	ck_assert_double_eq_tol(json_number_value(at(f, "score")), 16.62, 1e-9);
	ck_assert_double_eq_tol(json_number_value(at(f, "threshold")), 15.2, 1e-9);
	ck_assert_uint_eq(json_array_size(at(f, "ports")), 2);
	ck_assert_str_eq(text(f, "at"), "2026-09-21T14:13:10.000000+0000");
	json_decref(o);
}
END_TEST

START_TEST(an_incident_of_egress_keeps_whose_it_was)
{
	struct incident i = incident();
	json_t *o, *brief;

	i.subject = (struct subject){ .kind = SUBJECT_ACTOR, .actor = { .kind = ACTOR_USER, .uid = 1000 } };
	i.egress = (struct egress_facts){ .any = true, .known_s = -1,
		.blame = { .owner = { .uid = 1000 }, .pid = 812, .comm = "curl" } };
	o = ctl_json_incident(&i, &stamp);
	ck_assert_str_eq(text(o, "subject_kind"), "actor");
	ck_assert_str_eq(text(o, "actor"), "uid:1000");
	ck_assert_str_eq(text(at(o, "egress"), "process"), "curl");
	brief = ctl_json_incident_brief(&i, &stamp);
	ck_assert_str_eq(text(brief, "by"), "by curl (pid 812, uid 1000)");
	json_decref(brief);
	json_decref(o);
	i.egress.any = false;
	o = ctl_json_incident(&i, &stamp);
	ck_assert_ptr_null(json_object_get(o, "egress"));
	json_decref(o);
}
END_TEST

START_TEST(steps_keep_their_numbers_and_say_what_the_value_means)
{
	struct incident i = incident();
	json_t *o = ctl_json_decision(&i.decision);
	json_t *steps = at(o, "steps");

	ck_assert_uint_eq(json_array_size(steps), 3);
	ck_assert_int_eq(number(json_array_get(steps, 0), "step"), STEP_MATCHED);
	ck_assert_int_eq(number(json_array_get(steps, 0), "value"), 2);
	ck_assert_str_eq(text(json_array_get(steps, 1), "detail"), "drop");
	ck_assert_str_eq(text(json_array_get(steps, 2), "detail"), "resolver");
	json_decref(o);
}
END_TEST

START_TEST(an_incident_without_findings_is_no_trouble)
{
	struct incident i = { .id = 1 };
	json_t *whole = ctl_json_incident(&i, &stamp);
	json_t *brief = ctl_json_incident_brief(&i, &stamp);

	ck_assert_uint_eq(json_array_size(at(whole, "findings")), 0);
	ck_assert_ptr_null(json_object_get(brief, "rule"));
	json_decref(whole);
	json_decref(brief);
}
END_TEST

START_TEST(a_measure_says_how_long_it_stands)
{
	struct measure m = { .subject.kind = SUBJECT_SOURCE,
		.response = RESPONSE_LIMIT,
		.state = MEASURE_APPLIED,
		.until = { 1060 * NS_PER_S - 1 },
		.limit_rate = 5,
		.trigger = { 1 },
		.applied = { 900001 } };
	json_t *o = ctl_json_measure(&m, &stamp);

	ck_assert_int_eq(number(o, "left_s"), 60);
	ck_assert_int_eq(number(o, "limit_rate"), 5);
	ck_assert_int_eq(number(o, "detect_to_enforce_us"), 900);
	m.until = (mono_t){ 1 };
	json_decref(o);
	o = ctl_json_measure(&m, &stamp);
	ck_assert_int_eq(number(o, "left_s"), 0);
	json_decref(o);
}
END_TEST

START_TEST(a_measure_that_nobody_has_looked_at_claims_nothing_of_the_kernel)
{
	struct measure m = { .subject.kind = SUBJECT_SOURCE,
		.response = RESPONSE_DROP,
		.state = MEASURE_APPLIED };
	json_t *o = ctl_json_measure(&m, &stamp);

	ck_assert_ptr_null(json_object_get(o, "bite"));
	ck_assert_ptr_null(json_object_get(o, "kernel_packets"));
	json_decref(o);
}
END_TEST

START_TEST(a_measure_says_what_its_element_does_and_why_it_leaks)
{
	struct measure m = { .subject.kind = SUBJECT_SOURCE,
		.response = RESPONSE_DROP,
		.state = MEASURE_APPLIED,
		.kernel_packets = 77,
		.looked = { 990 * NS_PER_S },
		.bite = BITE_HOLDS };
	json_t *o = ctl_json_measure(&m, &stamp);

	ck_assert_int_eq(number(o, "kernel_packets"), 77);
	ck_assert_str_eq(text(o, "bite"), "holds");
	ck_assert_str_eq(text(o, "looked"), "2026-09-21T14:13:10.000000+0000");
	ck_assert_ptr_null(json_object_get(o, "leak"));
	json_decref(o);
	m.bite = BITE_LEAKS;
	m.leak = LEAK_FLOWTABLE;
	o = ctl_json_measure(&m, &stamp);
	ck_assert_str_eq(text(o, "bite"), "leaks");
	ck_assert_str_eq(text(o, "leak"), "flowtable");
	ck_assert_str_eq(text(o, "leak_why"), leak_text(LEAK_FLOWTABLE));
	json_decref(o);
}
END_TEST

START_TEST(the_ledger_counts_what_should_stand_without_shadows)
{
	struct ledger_stats l = { .lost = 9 };
	l.by_state[MEASURE_SHADOW] = 100;
	l.by_state[MEASURE_WANTED] = 1;
	l.by_state[MEASURE_SENT] = 2;
	l.by_state[MEASURE_APPLIED] = 40;
	l.by_state[MEASURE_COVERED] = 3;
	l.by_state[MEASURE_REFUSED] = 4;
	json_t *o = ctl_json_ledger(&l);

	ck_assert_int_eq(number(o, "should_stand"), 50);
	ck_assert_int_eq(number(o, "stand"), 43);
	ck_assert_int_eq(number(o, "lost"), 9);
	json_decref(o);
}
END_TEST

START_TEST(a_trial_says_when_it_goes_back_and_to_what)
{
	struct trial t = { .kind = TRIAL_MODE,
		.since = { 990 * NS_PER_S },
		.until = { 1590 * NS_PER_S - 1 } };
	json_t *o = ctl_json_trial(&t, true, &stamp);

	ck_assert_str_eq(text(o, "kind"), "mode");
	ck_assert_str_eq(text(o, "back_to"), "detect");
	ck_assert_int_eq(number(o, "left_s"), 590);
	json_decref(o);
	t = (struct trial){ .kind = TRIAL_RULES, .until = { 1 } };
	o = ctl_json_trial(&t, true, &stamp);
	ck_assert_str_eq(text(o, "kind"), "rules");
	ck_assert_str_eq(text(o, "back_to"), "the rules before");
	ck_assert_int_eq(number(o, "left_s"), 0);
	json_decref(o);
}
END_TEST

START_TEST(an_excuse_says_the_patience_that_detectors_have)
{
	struct excuses x = { .n = 0 };
	struct prefix p;
	struct addr a;

	ck_assert_int_eq(prefix_parse("192.0.2.7", &p), 0);
	ck_assert_int_eq(addr_parse("192.0.2.7", &a), 0);
	for (int times = 1; times <= 5; times++) {
		excuses_add(&x, &p, 1, (mono_t){ 990 * NS_PER_S });
		json_t *o = ctl_json_excuse(&x.list[0], &stamp);
		ck_assert_str_eq(text(o, "prefix"), "192.0.2.7");
		ck_assert_int_eq(number(o, "count"), times);
		ck_assert_int_eq(number(o, "patience"), excuses_patience(&x, &a));
		json_decref(o);
	}
}
END_TEST

START_TEST(a_source_says_what_it_has_done)
{
	struct source s = { .closed = 3, .first = mono_tick(stamp.mono) - 16 * 30 };
	json_t *o = ctl_json_source(&s, stamp.mono);

	ck_assert_int_eq(number(o, "closed_ports"), 3);
	ck_assert_int_eq(number(o, "first_seen_s_ago"), 30);
	json_decref(o);
}
END_TEST

START_TEST(nearness_is_told_in_the_rules_own_unit)
{
	const struct nears s = { .n = 2, .list = {
		{ .rule = { .name = "rate.web", .origin = "rate.conf:7" }, .kind = FINDING_RATE,
			.proof = PROOF_ANSWERED, .score = 15000, .threshold = 20000 },
		{ .rule = { .name = "scan.fast" }, .kind = FINDING_SCAN, .score = 277, .threshold = 1524 },
	} };
	json_t *list = ctl_json_nears(&s), *first = json_array_get(list, 0);

	ck_assert_uint_eq(json_array_size(list), 2);
	ck_assert_str_eq(text(first, "rule"), "rate.web");
	ck_assert_str_eq(text(first, "rule_origin"), "rate.conf:7");
	ck_assert_str_eq(text(first, "proof"), "answered");
	ck_assert_str_eq(text(first, "unit"), "connections");
	ck_assert_int_eq(number(first, "percent"), 75);
	ck_assert_int_eq(number(first, "threshold"), 200);
	ck_assert_str_eq(text(json_array_get(list, 1), "unit"), "nats");
	ck_assert_int_eq(number(json_array_get(list, 1), "percent"), 18);
	json_decref(list);
}
END_TEST

START_TEST(counters_are_found_by_their_names)
{
	struct engine_counters c = { .packets = { 7, 8, 9 },
		.late_answers = 3,
		.false_positives = 5,
		.alarms = 6 };
	c.faults[PACKET_SHORT_HEADER] = 4;
	c.findings[FINDING_FLOOD][PROOF_CLAIMED] = 2;
	c.decisions[RESPONSE_DROP] = 1;
	json_t *o = ctl_json_counters(&c);

	ck_assert_int_eq(number(at(o, "packets"), "output"), 9);
	ck_assert_int_eq(number(o, "false_positives"), 5);
	ck_assert_int_eq(number(o, "alarms"), 6);
	ck_assert_int_eq(number(at(o, "findings"), "flood"), 2);
	ck_assert_int_eq(number(at(o, "decisions"), "drop"), 1);
	ck_assert_int_eq(
		number(at(o, "faults"), packet_fault_name(PACKET_SHORT_HEADER)), 4);
	ck_assert_uint_eq(json_object_size(at(o, "faults")), 1);
	json_decref(o);
}
END_TEST

START_TEST(every_kind_of_finding_has_a_counter_of_its_own)
{
	struct engine_counters c = { .packets = { 0 } };

	for (size_t i = FINDING_SCAN; i < FINDING_KINDS; i++)
		c.findings[i][0] = i;
	json_t *o = ctl_json_counters(&c);
	ck_assert_uint_eq(json_object_size(json_object_get(o, "findings")), FINDING_KINDS - 1);
	ck_assert_int_eq(json_integer_value(json_object_get(json_object_get(o, "findings"), "egress")), FINDING_EGRESS);
	json_decref(o);
}
END_TEST

START_TEST(a_histogram_lists_the_buckets_that_hold_something)
{
	struct histogram h = { .count = 0 };
	histogram_note(&h, 1500);
	histogram_note(&h, INT64_MAX);
	json_t *o = ctl_json_histogram(&h);
	json_t *buckets = at(o, "buckets");

	ck_assert_int_eq(number(o, "count"), 2);
	ck_assert_uint_eq(json_array_size(buckets), 2);
	ck_assert(json_is_null(json_array_get(json_array_get(buckets, 1), 0)));
	json_decref(o);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ctl_json");
	TCase *c = tcase_create("ctl_json");

	tcase_add_test(c, an_incident_lists_its_findings_newest_first);
	tcase_add_test(c, a_finding_says_what_was_counted_and_what_it_is_about);
	tcase_add_test(c, an_incident_tells_why_where_and_what_became_of_it);
	tcase_add_test(c, an_incident_of_egress_keeps_whose_it_was);
	tcase_add_test(c, steps_keep_their_numbers_and_say_what_the_value_means);
	tcase_add_test(c, an_incident_without_findings_is_no_trouble);
	tcase_add_test(c, a_measure_says_how_long_it_stands);
	tcase_add_test(c,
		a_measure_that_nobody_has_looked_at_claims_nothing_of_the_kernel);
	tcase_add_test(c, a_measure_says_what_its_element_does_and_why_it_leaks);
	tcase_add_test(c, the_ledger_counts_what_should_stand_without_shadows);
	tcase_add_test(c, a_trial_says_when_it_goes_back_and_to_what);
	tcase_add_test(c, an_excuse_says_the_patience_that_detectors_have);
	tcase_add_test(c, a_source_says_what_it_has_done);
	tcase_add_test(c, nearness_is_told_in_the_rules_own_unit);
	tcase_add_test(c, counters_are_found_by_their_names);
	tcase_add_test(c, every_kind_of_finding_has_a_counter_of_its_own);
	tcase_add_test(c, a_histogram_lists_the_buckets_that_hold_something);
	suite_add_tcase(s, c);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
