/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events as EVE lines: the fields that readers of Suricata's logs rely on, and that
 * nothing is called blocked before the kernel said so.
 */
#include "codec/event_json.h"

#include <check.h>
#include <string.h>

#include "base/err.h"

static const struct event_world world = {
	.stamp = { .mono = { 100 * NS_PER_S },
		.wall = { INT64_C(1790000000) * NS_PER_S } },
	.host = "web-1",
	.iface = "eth0",
};

static struct event scan_event(void)
{
	struct event e = { .kind = EVENT_FINDING,
		.at = { 99 * NS_PER_S },
		.incident = 77,
		.enforce = true };
	struct finding *f = &e.finding;

	f->kind = FINDING_SCAN;
	f->proof = PROOF_CLAIMED;
	strcpy(f->rule.name, "scan.fast");
	strcpy(f->rule.origin, "rules/scan.conf:14");
	f->rule.sid = 1990001;
	f->rule.severity = 2;
	f->subject.kind = SUBJECT_SOURCE;
	ck_assert_int_eq(prefix_parse("198.51.100.7", &f->subject.source), 0);
	ck_assert_int_eq(addr_parse("198.51.100.7", &f->src), 0);
	ck_assert_int_eq(addr_parse("203.0.113.9", &f->dst), 0);
	f->sport = 50096;
	f->dport = 22;
	f->proto = PROTO_TCP;
	f->score = 1662;
	f->threshold = 1520;
	f->count = 6;
	f->window_ns = 1200 * NS_PER_MS;
	e.decision.response = RESPONSE_SHIELD;
	e.decision.ttl_ns = 600 * NS_PER_S;
	strcpy(e.decision.origin, "policies/ssh.conf:14");
	return e;
}

static struct event measure_event(enum event_kind kind)
{
	struct event e = { .kind = kind, .at = { 99 * NS_PER_S }, .enforce = true };

	e.measure.subject.kind = SUBJECT_SOURCE;
	ck_assert_int_eq(prefix_parse("2001:db8::/64", &e.measure.subject.source), 0);
	e.measure.response = RESPONSE_DROP;
	e.measure.until = (mono_t){ 159 * NS_PER_S };
	return e;
}

/* The line as a reader would get it. */
static json_t *read_back(const struct event *e)
{
	char line[EVENT_LINE];
	int n = event_json(e, &world, line, sizeof(line));

	ck_assert_int_gt(n, 2);
	ck_assert_uint_eq(strlen(line), (size_t)n);
	ck_assert_ptr_eq(strchr(line, '\n'), line + n - 1);
	json_t *o = json_loadb(line, (size_t)n, JSON_REJECT_DUPLICATES, NULL);
	ck_assert_ptr_nonnull(o);
	return o;
}

static const char *text_of(json_t *o, const char *object, const char *name)
{
	json_t *in = object ? json_object_get(o, object) : o;
	const char *s = json_string_value(json_object_get(in, name));
	return s ? s : "(none)";
}

static json_int_t int_of(json_t *o, const char *object, const char *name)
{
	json_t *in = object ? json_object_get(o, object) : o;
	return json_integer_value(json_object_get(in, name));
}

START_TEST(a_finding_is_an_alert_with_suricatas_fields)
{
	struct event e = scan_event();
	json_t *o = read_back(&e);

	ck_assert_str_eq(text_of(o, NULL, "event_type"), "alert");
	ck_assert_str_eq(
		text_of(o, NULL, "timestamp"), "2026-09-21T14:13:19.000000+0000");
	ck_assert_str_eq(text_of(o, NULL, "in_iface"), "eth0");
	ck_assert_str_eq(text_of(o, NULL, "src_ip"), "198.51.100.7");
	ck_assert_int_eq(int_of(o, NULL, "src_port"), 50096);
	ck_assert_str_eq(text_of(o, NULL, "dest_ip"), "203.0.113.9");
	ck_assert_int_eq(int_of(o, NULL, "dest_port"), 22);
	ck_assert_str_eq(text_of(o, NULL, "proto"), "TCP");
	ck_assert_int_eq(int_of(o, "alert", "signature_id"), 1990001);
	ck_assert_int_eq(int_of(o, "alert", "severity"), 2);
	ck_assert_str_eq(text_of(o, "alert", "signature"),
		"tidegate scan.fast: 6 closed ports in 1.2 s");
	ck_assert_str_eq(text_of(o, "tidegate", "proof"), "claimed");
	ck_assert_str_eq(text_of(o, "tidegate", "decision"), "shield");
	ck_assert_int_eq(int_of(o, "tidegate", "v"), 1);
	ck_assert_int_eq(int_of(o, "tidegate", "ttl_s"), 600);
	json_decref(o);
}
END_TEST

START_TEST(what_a_finding_is_about_stands_in_its_signature_and_alone)
{
	struct event e = scan_event();
	json_t *o;

	e.finding.kind = FINDING_BASELINE;
	e.finding.count = 5210;
	strcpy(e.finding.rule.name, "baseline.above");
	strcpy(e.finding.about, "service 443/tcp in connections, usual 800-1400");
	o = read_back(&e);
	ck_assert_str_eq(text_of(o, "alert", "signature"),
		"tidegate baseline.above: service 443/tcp in connections 5210 in 5 min, usual 800-1400");
	ck_assert_str_eq(text_of(o, "tidegate", "about"), "service 443/tcp in connections, usual 800-1400");
	json_decref(o);
	e = scan_event();
	o = read_back(&e);
	ck_assert_str_eq(text_of(o, "tidegate", "about"), "(none)");
	json_decref(o);
}
END_TEST

START_TEST(a_finding_is_never_called_blocked_even_in_enforce_mode)
{
	struct event e = scan_event();
	json_t *o = read_back(&e);

	ck_assert_str_eq(text_of(o, "alert", "action"), "allowed");
	ck_assert_str_eq(text_of(o, "tidegate", "mode"), "enforce");
	ck_assert(json_is_false(
		json_object_get(json_object_get(o, "tidegate"), "applied")));
	json_decref(o);
}
END_TEST

START_TEST(only_what_the_kernel_applied_is_blocked)
{
	struct event applied = measure_event(EVENT_APPLIED);
	struct event refused = measure_event(EVENT_REFUSED);
	json_t *yes = read_back(&applied);
	json_t *no = read_back(&refused);

	ck_assert_str_eq(text_of(yes, NULL, "event_type"), "tidegate");
	ck_assert_str_eq(text_of(yes, "tidegate", "event"), "block");
	ck_assert_str_eq(text_of(yes, "tidegate", "action"), "blocked");
	ck_assert_str_eq(text_of(yes, "tidegate", "subject"), "2001:db8::/64");
	ck_assert_int_eq(int_of(yes, "tidegate", "ttl_s"), 60);
	ck_assert_str_eq(text_of(no, "tidegate", "event"), "refuse");
	ck_assert_str_eq(text_of(no, "tidegate", "action"), "(none)");
	json_decref(yes);
	json_decref(no);
}
END_TEST

START_TEST(the_end_of_a_measure_tells_expiry_from_unban_and_from_a_step_down)
{
	struct event e = measure_event(EVENT_ENDED);

	ck_assert_str_eq(event_word(&e), "unblock");
	e.at = e.measure.until;
	ck_assert_str_eq(event_word(&e), "expire");
	e.next = RESPONSE_SHIELD;
	ck_assert_str_eq(event_word(&e), "step-down");
}
END_TEST

START_TEST(strings_from_outside_cannot_break_the_line)
{
	struct event e = { .kind = EVENT_NOTICE, .at = { 1 } };

	strcpy(e.text, "a\"}\n{\"event_type\":\"alert\"\x1b[31m");
	json_t *o = read_back(&e);
	ck_assert_str_eq(text_of(o, "tidegate", "text"), e.text);
	json_decref(o);
}
END_TEST

START_TEST(bytes_that_are_no_utf8_are_escaped_not_lost)
{
	struct event e = { .kind = EVENT_NOTICE, .at = { 1 } };

	strcpy(e.text, "caf\xe9");
	json_t *o = read_back(&e);
	ck_assert_str_eq(text_of(o, "tidegate", "text"), "caf\\xe9");
	json_decref(o);
}
END_TEST

START_TEST(a_finding_without_a_packet_names_its_subject)
{
	struct event e = scan_event();

	e.finding.src.family = FAMILY_NONE;
	e.finding.subject = (struct subject){
		.kind = SUBJECT_SERVICE, .proto = PROTO_TCP, .port = 443
	};
	json_t *o = read_back(&e);
	ck_assert_str_eq(text_of(o, "tidegate", "subject"), "tcp/443");
	ck_assert_int_eq(int_of(o, NULL, "dest_port"), 443);
	ck_assert_ptr_null(json_object_get(o, "src_ip"));
	json_decref(o);
}
END_TEST

/* Suricata's readers know the top level: what is ours of egress stands within ours, and the ends where they look for them. */
START_TEST(what_leaves_names_its_process_within_our_own_object)
{
	struct event e = scan_event();
	json_t *o, *facts;

	e.finding.kind = FINDING_EGRESS;
	e.finding.src.family = FAMILY_NONE;
	e.finding.subject.kind = SUBJECT_DESTINATION;
	e.egress = (struct egress_facts){ .any = true, .known_s = 5,
		.blame = { .owner = { .uid = 33 }, .pid = 812, .comm = "curl", .unit = "app.service" } };
	o = read_back(&e);
	facts = json_object_get(json_object_get(o, "tidegate"), "egress");
	ck_assert_str_eq(json_string_value(json_object_get(facts, "process")), "curl");
	ck_assert_ptr_null(json_object_get(o, "egress"));
	ck_assert_str_eq(text_of(o, NULL, "dest_ip"), "198.51.100.7");
	ck_assert_ptr_null(json_object_get(o, "src_ip"));
	ck_assert_str_eq(text_of(o, NULL, "event_type"), "alert");
	json_decref(o);
	e = measure_event(EVENT_APPLIED);
	e.measure.subject.kind = SUBJECT_DESTINATION;
	o = read_back(&e);
	ck_assert_str_eq(text_of(o, NULL, "dest_ip"), "2001:db8::");
	ck_assert_ptr_null(json_object_get(o, "src_ip"));
	json_decref(o);
	e = scan_event();
	o = read_back(&e);
	ck_assert_ptr_null(json_object_get(json_object_get(o, "tidegate"), "egress"));
	json_decref(o);
}
END_TEST

START_TEST(the_largest_event_fits_its_line)
{
	struct event e = scan_event();

	memset(e.finding.rule.name, '\x01', sizeof(e.finding.rule.name) - 1);
	memset(e.finding.rule.origin, '\x01', sizeof(e.finding.rule.origin) - 1);
	memset(e.finding.about, '\x01', sizeof(e.finding.about) - 1);
	memset(e.decision.origin, '\x01', sizeof(e.decision.origin) - 1);
	memset(e.text, '\x01', sizeof(e.text) - 1);
	memset(e.finding.who, '\x01', sizeof(e.finding.who) - 1);
	e.egress = (struct egress_facts){ .any = true, .bytes = { UINT64_MAX, UINT64_MAX }, .known_s = INT64_MAX,
		.blame = { .owner = { .cgroup = UINT64_MAX }, .level = 255, .pid = UINT32_MAX } };
	memset(e.egress.name, '\x01', sizeof(e.egress.name) - 1);
	memset(e.egress.blame.comm, '\x01', sizeof(e.egress.blame.comm) - 1);
	memset(e.egress.blame.exe, '\x01', sizeof(e.egress.blame.exe) - 1);
	memset(e.egress.blame.user, '\x01', sizeof(e.egress.blame.user) - 1);
	memset(e.egress.blame.unit, '\x01', sizeof(e.egress.blame.unit) - 1);
	memset(e.egress.blame.parent, '\x01', sizeof(e.egress.blame.parent) - 1);
	json_decref(read_back(&e));
}
END_TEST

START_TEST(a_buffer_too_small_gets_nothing)
{
	struct event e = scan_event();
	char line[64] = "before";

	ck_assert_int_eq(event_json(&e, &world, line, sizeof(line)), ERR_FULL);
	ck_assert_str_eq(line, "");
}
END_TEST

START_TEST(a_flow_has_one_id_and_another_flow_another)
{
	struct event e = scan_event();
	json_t *a = read_back(&e);
	json_t *b = read_back(&e);
	e.finding.sport++;
	json_t *c = read_back(&e);

	ck_assert_int_eq(int_of(a, NULL, "flow_id"), int_of(b, NULL, "flow_id"));
	ck_assert_int_ne(int_of(a, NULL, "flow_id"), int_of(c, NULL, "flow_id"));
	json_decref(a);
	json_decref(b);
	json_decref(c);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("event_json");
	TCase *c = tcase_create("event_json");

	tcase_add_test(c, a_finding_is_an_alert_with_suricatas_fields);
	tcase_add_test(c, what_a_finding_is_about_stands_in_its_signature_and_alone);
	tcase_add_test(c, a_finding_is_never_called_blocked_even_in_enforce_mode);
	tcase_add_test(c, only_what_the_kernel_applied_is_blocked);
	tcase_add_test(
		c, the_end_of_a_measure_tells_expiry_from_unban_and_from_a_step_down);
	tcase_add_test(c, strings_from_outside_cannot_break_the_line);
	tcase_add_test(c, bytes_that_are_no_utf8_are_escaped_not_lost);
	tcase_add_test(c, a_finding_without_a_packet_names_its_subject);
	tcase_add_test(c, what_leaves_names_its_process_within_our_own_object);
	tcase_add_test(c, the_largest_event_fits_its_line);
	tcase_add_test(c, a_buffer_too_small_gets_nothing);
	tcase_add_test(c, a_flow_has_one_id_and_another_flow_another);
	suite_add_tcase(s, c);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
