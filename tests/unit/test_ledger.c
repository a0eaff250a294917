/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the ledger answers: who offended how often, what stands against a flow, and what
 * bounds cost.
 */
#include "core/ledger.h"

#include <check.h>

#include "../support/ledger_lab.h"
#include "base/err.h"

static struct subject numbered(unsigned n)
{
	const uint8_t bytes[4] = { 10, 0, (uint8_t)(n >> 8), (uint8_t)n };
	struct addr a = addr_v4(bytes);

	return (struct subject){ .kind = SUBJECT_SOURCE, .source = prefix_of(&a, 32) };
}

static struct decision at_port(const char *prefix, enum response r, uint16_t port)
{
	struct decision d = lab_decision(lab_source(prefix), r, 10 * MINUTE);

	d.scope = SCOPE_SERVICE;
	d.subject.proto = PROTO_TCP;
	d.subject.port = port;
	return d;
}

static enum response met(const struct ledger_lab *lab, const char *source, uint16_t port)
{
	struct measure *m = lab_match(lab, source, port);

	return m ? m->response : RESPONSE_OBSERVE;
}

START_TEST(a_stranger_has_no_record)
{
	struct ledger_lab lab = lab_open(8);
	struct subject s = lab_source("192.0.2.1");

	ck_assert_ptr_null(ledger_find(lab.l, &s, SCOPE_SOURCE));
	ck_assert_uint_eq(ledger_offences(lab.l, &s, lab.now), 0);
	ck_assert_ptr_null(lab_match(&lab, "192.0.2.1", 80));
	ck_assert_ptr_null(ledger_host(lab.l));
	lab_close(&lab);
}
END_TEST

START_TEST(a_wanted_measure_is_met_before_the_kernel_has_it)
{
	struct ledger_lab lab = lab_open(8);
	struct decision d = lab_decision(lab_source("192.0.2.1"), RESPONSE_DROP, MINUTE);
	const struct measure *m;
	struct change c;

	ck_assert_int_eq(lab_want(&lab, &d, &m), 0);
	ck_assert_int_eq(m->state, MEASURE_WANTED);
	ck_assert_int_eq(m->until.ns, lab.now.ns + MINUTE);
	ck_assert_int_eq(m->trigger.ns, lab.now.ns);
	ck_assert_int_eq(met(&lab, "192.0.2.1", 80), RESPONSE_DROP);
	ck_assert(ledger_take_change(lab.l, &c));
	ck_assert_int_eq(met(&lab, "192.0.2.1", 80), RESPONSE_DROP);
	ck_assert_int_eq(met(&lab, "192.0.2.2", 80), RESPONSE_OBSERVE);
	lab_close(&lab);
}
END_TEST

START_TEST(a_measure_is_over_at_its_end_even_before_the_tick)
{
	struct ledger_lab lab = lab_open(8);

	lab_applied(&lab, "192.0.2.1", RESPONSE_DROP, MINUTE);
	lab.now = mono_add(lab.now, MINUTE - 1);
	ck_assert_int_eq(met(&lab, "192.0.2.1", 80), RESPONSE_DROP);
	lab.now = mono_add(lab.now, 1);
	ck_assert_int_eq(met(&lab, "192.0.2.1", 80), RESPONSE_OBSERVE);
	lab_close(&lab);
}
END_TEST

START_TEST(an_ipv6_source_is_its_whole_64)
{
	struct ledger_lab lab = lab_open(8);

	lab_applied(&lab, "2001:db8:0:7::/64", RESPONSE_REFUSE, MINUTE);
	ck_assert_int_eq(met(&lab, "2001:db8:0:7:1:2:3:4", 80), RESPONSE_REFUSE);
	ck_assert_int_eq(met(&lab, "2001:db8:0:8::1", 80), RESPONSE_OBSERVE);
	lab_close(&lab);
}
END_TEST

START_TEST(two_64s_with_the_same_key_are_told_apart)
{
	struct ledger_lab lab = lab_open(8);

	lab_applied(&lab, "fe80:0:0:1::/64", RESPONSE_REFUSE, MINUTE);
	ck_assert_int_eq(met(&lab, "7e80:0:0:1::5", 80), RESPONSE_OBSERVE);
	lab_applied(&lab, "7e80:0:0:1::/64", RESPONSE_DROP, MINUTE);
	ck_assert_int_eq(met(&lab, "fe80:0:0:1::5", 80), RESPONSE_REFUSE);
	ck_assert_int_eq(met(&lab, "7e80:0:0:1::5", 80), RESPONSE_DROP);
	lab_close(&lab);
}
END_TEST

START_TEST(the_strongest_of_all_that_hold_the_source_is_met)
{
	struct ledger_lab lab = lab_open(16);

	lab_applied(&lab, "192.0.2.0/24", RESPONSE_LIMIT, MINUTE);
	lab_applied(&lab, "192.0.0.0/16", RESPONSE_DROP, MINUTE);
	lab_applied(&lab, "192.0.2.1", RESPONSE_SHIELD, MINUTE);
	lab_applied(&lab, "2001:db8::/32", RESPONSE_LIMIT, MINUTE);
	lab_applied(&lab, "2001:db8::5", RESPONSE_REFUSE, MINUTE);
	ck_assert_int_eq(met(&lab, "192.0.2.1", 80), RESPONSE_DROP);
	ck_assert_int_eq(met(&lab, "2001:db8::5", 80), RESPONSE_REFUSE);
	ck_assert_int_eq(met(&lab, "2001:db8::6", 80), RESPONSE_LIMIT);
	lab_close(&lab);
}
END_TEST

START_TEST(scope_service_is_met_at_its_port_alone)
{
	struct ledger_lab lab = lab_open(8);
	struct decision d = at_port("192.0.2.1", RESPONSE_REFUSE, 22);

	ck_assert_int_eq(lab_want(&lab, &d, NULL), 0);
	d = at_port("192.0.2.1", RESPONSE_LIMIT, 80);
	ck_assert_int_eq(lab_want(&lab, &d, NULL), 0);
	ck_assert_int_eq(met(&lab, "192.0.2.1", 22), RESPONSE_REFUSE);
	ck_assert_int_eq(met(&lab, "192.0.2.1", 80), RESPONSE_LIMIT);
	ck_assert_int_eq(met(&lab, "192.0.2.1", 443), RESPONSE_OBSERVE);
	ck_assert_ptr_null(lab_find(&lab, "192.0.2.1"));
	ck_assert_ptr_nonnull(ledger_find(lab.l, &d.subject, SCOPE_SERVICE));
	lab_close(&lab);
}
END_TEST

START_TEST(a_shadow_is_listed_and_never_met_nor_sent)
{
	struct ledger_lab lab = lab_open(8);
	struct decision d = lab_decision(lab_source("192.0.2.1"), RESPONSE_DROP, MINUTE);
	const struct measure *m;

	ck_assert_int_eq(ledger_want(lab.l, &d, ORIGIN_DETECTOR, 0, true, lab.now,
		lab.now, &m), 0);
	ck_assert_int_eq(m->state, MEASURE_SHADOW);
	ck_assert_int_eq(met(&lab, "192.0.2.1", 80), RESPONSE_OBSERVE);
	ck_assert_uint_eq(lab_answer_all(&lab, 0), 0);
	ck_assert_ptr_eq(lab_find(&lab, "192.0.2.1"), m);
	ledger_rewant(lab.l);
	ck_assert_uint_eq(lab_answer_all(&lab, 0), 0);
	lab_close(&lab);
}
END_TEST

START_TEST(a_shadow_does_not_touch_what_is_real_and_what_is_real_replaces_it)
{
	struct ledger_lab lab = lab_open(8);
	struct decision d = lab_decision(lab_source("192.0.2.1"), RESPONSE_LIMIT, MINUTE);
	const struct measure *m;

	lab_applied(&lab, "192.0.2.2", RESPONSE_LIMIT, MINUTE);
	ck_assert_int_eq(ledger_want(lab.l, &d, ORIGIN_DETECTOR, 0, true, lab.now,
		lab.now, &m), 0);
	ck_assert_int_eq(ledger_want(lab.l, &d, ORIGIN_MANUAL, 0, false, lab.now, lab.now,
		&m), 0);
	ck_assert_int_eq(m->state, MEASURE_WANTED);
	d = lab_decision(lab_source("192.0.2.2"), RESPONSE_DROP, 5 * MINUTE);
	ck_assert_int_eq(ledger_want(lab.l, &d, ORIGIN_DETECTOR, 0, true, lab.now,
		lab.now, &m),
		ERR_EXISTS);
	ck_assert_int_eq(met(&lab, "192.0.2.2", 80), RESPONSE_LIMIT);
	lab_close(&lab);
}
END_TEST

START_TEST(the_host_shield_stands_from_wanted_to_its_end)
{
	struct ledger_lab lab = lab_open(8);
	struct decision d = lab_decision(lab_host(), RESPONSE_SHIELD, MINUTE);

	ck_assert_int_eq(lab_want(&lab, &d, NULL), 0);
	ck_assert_ptr_nonnull(ledger_host(lab.l));
	lab_answer_all(&lab, 0);
	ck_assert_int_eq(ledger_host(lab.l)->state, MEASURE_APPLIED);
	lab_pass(&lab, MINUTE);
	ck_assert_ptr_null(ledger_host(lab.l));
	lab_close(&lab);
}
END_TEST

START_TEST(what_makes_no_sense_for_a_subject_is_invalid)
{
	struct ledger_lab lab = lab_open(8);
	struct decision bad[] = {
		lab_decision(lab_source("192.0.2.1"), RESPONSE_OBSERVE, MINUTE),
		lab_decision(lab_source("192.0.2.1"), RESPONSE_SERVICE_LIMIT, MINUTE),
		lab_decision(lab_source("192.0.2.1"), RESPONSE_DROP, 0),
		lab_decision(lab_service(PROTO_TCP, 80), RESPONSE_DROP, MINUTE),
		lab_decision(lab_host(), RESPONSE_REFUSE, MINUTE),
		lab_decision((struct subject){ .kind = SUBJECT_NONE }, RESPONSE_SHIELD,
			MINUTE),
		lab_decision((struct subject){ .kind = SUBJECT_SOURCE }, RESPONSE_SHIELD,
			MINUTE),
		at_port("192.0.2.1", RESPONSE_DROP, 80),
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_int_eq(lab_want(&lab, &bad[i], NULL), ERR_INVALID);
	lab_close(&lab);
}
END_TEST

START_TEST(a_full_ledger_refuses_counts_and_keeps_what_it_has)
{
	struct ledger_lab lab = lab_open(8);
	struct ledger_stats s;
	struct decision d;

	for (unsigned n = 0; n < 8; n++) {
		d = lab_decision(numbered(n), RESPONSE_DROP, MINUTE);
		ck_assert_int_eq(lab_want(&lab, &d, NULL), 0);
	}
	d = lab_decision(numbered(9), RESPONSE_DROP, MINUTE);
	ck_assert_int_eq(lab_want(&lab, &d, NULL), ERR_FULL);
	ledger_stats(lab.l, &s);
	ck_assert_uint_eq(s.full, 1);
	ck_assert_uint_eq(s.subjects, 8);
	ck_assert_uint_eq(s.by_response[RESPONSE_DROP], 8);
	ck_assert_int_eq(met(&lab, "10.0.0.7", 80), RESPONSE_DROP);
	lab_close(&lab);
}
END_TEST

START_TEST(shields_that_forged_packets_can_cause_leave_the_last_eighth_free)
{
	struct ledger_lab lab = lab_open(16);
	struct decision d;
	unsigned n = 0;

	do {
		d = lab_decision(numbered(n++), RESPONSE_SHIELD, MINUTE);
	} while (lab_want(&lab, &d, NULL) == 0);
	ck_assert_uint_eq(n - 1, 14);
	d = lab_decision(lab_host(), RESPONSE_SHIELD, MINUTE);
	ck_assert_int_eq(lab_want(&lab, &d, NULL), 0);
	d = lab_decision(numbered(99), RESPONSE_DROP, MINUTE);
	ck_assert_int_eq(lab_want(&lab, &d, NULL), 0);
	lab_close(&lab);
}
END_TEST

START_TEST(memories_make_room_oldest_first)
{
	struct ledger_lab lab = lab_open(4);
	struct ledger_stats s;
	struct decision d;

	for (unsigned n = 0; n < 4; n++) {
		d = lab_decision(numbered(n), RESPONSE_DROP, (n + 1) * NS_PER_S);
		lab_want(&lab, &d, NULL);
		lab_answer_all(&lab, 0);
	}
	lab_pass(&lab, MINUTE);
	ck_assert_uint_eq(lab_find(&lab, "10.0.0.0")->offences, 1);
	d = lab_decision(numbered(9), RESPONSE_DROP, MINUTE);
	ck_assert_int_eq(lab_want(&lab, &d, NULL), 0);
	ck_assert_ptr_null(lab_find(&lab, "10.0.0.0"));
	ck_assert_ptr_nonnull(lab_find(&lab, "10.0.0.1"));
	ledger_stats(lab.l, &s);
	ck_assert_uint_eq(s.evicted, 1);
	ck_assert_uint_eq(s.full, 0);
	lab_close(&lab);
}
END_TEST

START_TEST(the_services_of_one_source_are_bounded)
{
	struct ledger_lab lab = lab_open(256);
	struct decision d;

	for (uint16_t port = 1; port <= LEDGER_SERVICES; port++) {
		d = at_port("192.0.2.1", RESPONSE_LIMIT, port);
		ck_assert_int_eq(lab_want(&lab, &d, NULL), 0);
	}
	d = at_port("192.0.2.1", RESPONSE_LIMIT, 9999);
	ck_assert_int_eq(lab_want(&lab, &d, NULL), ERR_FULL);
	d = at_port("192.0.2.2", RESPONSE_LIMIT, 9999);
	ck_assert_int_eq(lab_want(&lab, &d, NULL), 0);
	lab_close(&lab);
}
END_TEST

START_TEST(the_walk_shows_each_known_subject_once)
{
	struct ledger_lab lab = lab_open(64);
	size_t seen = 0;

	for (unsigned n = 0; n < 40; n++) {
		struct decision d = lab_decision(numbered(n), RESPONSE_DROP, MINUTE);

		lab_want(&lab, &d, NULL);
	}
	for (unsigned n = 0; n < 10; n++) {
		struct subject s = numbered(n);

		ck_assert_int_eq(ledger_end(lab.l, &s, SCOPE_SOURCE, true, lab.now), 0);
	}
	for (size_t at = 0; ledger_next(lab.l, &at);)
		seen++;
	ck_assert_uint_eq(seen, 30);
	lab_close(&lab);
}
END_TEST

START_TEST(sizes_that_make_no_sense_are_refused)
{
	struct ledger_lab lab = lab_open(8);
	struct hash_key key = { .secret = { 0 } };
	struct ledger *none = NULL;

	ck_assert_int_eq(ledger_create(&none, lab.memory, ledger_bytes(8) - 1, 8, &key),
		ERR_RANGE);
	ck_assert_int_eq(ledger_create(&none, lab.memory, ledger_bytes(8), 0, &key),
		ERR_RANGE);
	ck_assert_ptr_null(none);
	ck_assert_str_eq(measure_state_name(MEASURE_COVERED), "covered");
	ck_assert_str_eq(measure_state_name((enum measure_state)99), "unknown");
	lab_close(&lab);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ledger");
	TCase *c = tcase_create("ledger");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(c, a_stranger_has_no_record);
	tcase_add_test(c, a_wanted_measure_is_met_before_the_kernel_has_it);
	tcase_add_test(c, a_measure_is_over_at_its_end_even_before_the_tick);
	tcase_add_test(c, an_ipv6_source_is_its_whole_64);
	tcase_add_test(c, two_64s_with_the_same_key_are_told_apart);
	tcase_add_test(c, the_strongest_of_all_that_hold_the_source_is_met);
	tcase_add_test(c, scope_service_is_met_at_its_port_alone);
	tcase_add_test(c, a_shadow_is_listed_and_never_met_nor_sent);
	tcase_add_test(c,
		a_shadow_does_not_touch_what_is_real_and_what_is_real_replaces_it);
	tcase_add_test(c, the_host_shield_stands_from_wanted_to_its_end);
	tcase_add_test(c, what_makes_no_sense_for_a_subject_is_invalid);
	tcase_add_test(c, a_full_ledger_refuses_counts_and_keeps_what_it_has);
	tcase_add_test(c,
		shields_that_forged_packets_can_cause_leave_the_last_eighth_free);
	tcase_add_test(c, memories_make_room_oldest_first);
	tcase_add_test(c, the_services_of_one_source_are_bounded);
	tcase_add_test(c, the_walk_shows_each_known_subject_once);
	tcase_add_test(c, sizes_that_make_no_sense_are_refused);
	suite_add_tcase(s, c);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
