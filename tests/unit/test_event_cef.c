/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events as CEF: heads and values as its standard escapes them, keys of its dictionary. */
#include "codec/event_cef.h"

#include <check.h>
#include <string.h>

#include "base/err.h"

static const struct event_world world = {
	.stamp = { .mono = { 100 * NS_PER_S }, .wall = { INT64_C(1790000000) * NS_PER_S } },
	.host = "web-1",
	.iface = "eth0",
};

static char line[EVENT_LINE];

static struct event scan_event(void)
{
	struct event e = { .kind = EVENT_FINDING, .at = { 99 * NS_PER_S }, .incident = 77 };
	struct finding *f = &e.finding;

	f->kind = FINDING_SCAN;
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
	f->threshold = -5;
	f->count = 6;
	f->window_ns = 1200 * NS_PER_MS;
	e.decision.response = RESPONSE_SHIELD;
	return e;
}

static void say(const struct event *e)
{
	int n = event_cef(e, &world, "0.1.0", line, sizeof(line));

	ck_assert_int_gt(n, 0);
	ck_assert_uint_eq((size_t)n, strlen(line));
	ck_assert_int_eq(line[n - 1], '\n');
	ck_assert_ptr_eq(strchr(line, '\n'), line + n - 1);
}

static void has(const char *part)
{
	ck_assert_msg(strstr(line, part) != NULL, "%s is not in %s", part, line);
}

START_TEST(a_finding_has_a_head_and_the_words_of_the_dictionary)
{
	struct event e = scan_event();

	say(&e);
	ck_assert_msg(strncmp(line, "CEF:0|tidegate|tidegate|0.1.0|1990001|scan.fast|6|rt=1789999999000 ", 67) == 0,
		"%s", line);
	has(" dvchost=web-1 cat=finding deviceInboundInterface=eth0 externalId=T-");
	has(" act=shield src=198.51.100.7 dst=203.0.113.9 spt=50096 dpt=22 proto=TCP msg=6 closed ports in 1.2 s cnt=6 ");
	has(" cs1=scan.fast cs1Label=detector ");
	has(" cs4=198.51.100.7 cs4Label=subject ");
	has(" cfp1=16.62 cfp1Label=score cfp2=-0.05 cfp2Label=threshold");
	has(" cs6=detect cs6Label=mode\n");
}
END_TEST

START_TEST(ipv6_has_fields_of_its_own)
{
	struct event e = scan_event();

	ck_assert_int_eq(addr_parse("2001:db8::7", &e.finding.src), 0);
	ck_assert_int_eq(addr_parse("2001:db8::9", &e.finding.dst), 0);
	say(&e);
	has(" c6a2=2001:db8::7 c6a2Label=Source IPv6 Address c6a3=2001:db8::9 c6a3Label=Destination IPv6 Address ");
	ck_assert_ptr_null(strstr(line, " src="));
}
END_TEST

START_TEST(measures_say_whether_the_kernel_did_it)
{
	struct event e = { .kind = EVENT_APPLIED, .at = { 99 * NS_PER_S }, .enforce = true };

	e.measure.subject.kind = SUBJECT_SOURCE;
	ck_assert_int_eq(prefix_parse("192.0.2.7", &e.measure.subject.source), 0);
	e.measure.response = RESPONSE_DROP;
	e.measure.until = (mono_t){ 159 * NS_PER_S };
	say(&e);
	has("|block|block|6|");
	has(" act=drop src=192.0.2.7 cs4=192.0.2.7 cs4Label=subject outcome=success cn1=60 cn1Label=seconds ");
	e.kind = EVENT_REFUSED;
	e.measure.error = ERR_FULL;
	say(&e);
	has("|refuse|refuse|7|");
	has(" outcome=failure reason=");
	e.kind = EVENT_ENDED;
	e.next = RESPONSE_LIMIT;
	e.measure.hits = UINT64_MAX;
	say(&e);
	has("|step-down|");
	has(" cs3=limit cs3Label=next cnt=9223372036854775807 ");
}
END_TEST

START_TEST(each_place_escapes_what_it_gives_a_meaning)
{
	struct event e = scan_event();

	strcpy(e.finding.rule.name, "a|b\\c=d\n");
	strcpy(e.finding.who, "evil=x\\ cs6=enforce |\r\n\t\x1b\xc3\xa4");
	say(&e);
	has("|a\\|b\\\\c=d\\\\x0a|6|");
	has(" cs1=a|b\\\\c\\=d\\n cs1Label=detector ");
	strcpy(e.decision.origin, "a|");
	has(" dproc=evil\\=x\\\\ cs6\\=enforce |\\r\\n\\\\x09\\\\x1b\\\\xc3\\\\xa4 cs6=detect ");
	say(&e);
	has(" cs3=a| cs3Label=policy cs4="); /* a bar at the end is no head's */
}
END_TEST

START_TEST(what_has_no_room_is_no_line)
{
	struct event e = scan_event();
	char room[64];

	for (size_t size = 1; size <= sizeof(room); size++) {
		memset(room, 'x', sizeof(room));
		ck_assert_int_eq(event_cef(&e, &world, "0.1.0", room, size), ERR_FULL);
		ck_assert_int_eq(room[0], '\0');
		if (size < sizeof(room))
			ck_assert_int_eq(room[size], 'x');
	}
}
END_TEST

START_TEST(gravest_first)
{
	struct event e = scan_event();

	e.finding.rule.severity = 1;
	ck_assert_uint_eq(event_cef_severity(&e), 8);
	e.finding.rule.severity = 3;
	ck_assert_uint_eq(event_cef_severity(&e), 4);
	e.kind = EVENT_ALARM;
	ck_assert_uint_eq(event_cef_severity(&e), 9);
	e.kind = EVENT_RELOAD;
	ck_assert_uint_eq(event_cef_severity(&e), 6);
	e.ok = true;
	ck_assert_uint_eq(event_cef_severity(&e), 3);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("event_cef");
	TCase *t = tcase_create("lines");
	SRunner *r;
	int failed;

	tcase_add_test(t, a_finding_has_a_head_and_the_words_of_the_dictionary);
	tcase_add_test(t, ipv6_has_fields_of_its_own);
	tcase_add_test(t, measures_say_whether_the_kernel_did_it);
	tcase_add_test(t, each_place_escapes_what_it_gives_a_meaning);
	tcase_add_test(t, what_has_no_room_is_no_line);
	tcase_add_test(t, gravest_first);
	suite_add_tcase(suite, t);
	r = srunner_create(suite);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
