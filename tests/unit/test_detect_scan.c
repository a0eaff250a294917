/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The scan test on one source: who must be found, and who must never be.
 */
#include "core/detect_scan.h"

#include <check.h>
#include <string.h>

#include "base/hash.h"
#include "../support/scan_probe.h"

#define HOUR 3600

/* How many distinct closed targets, so far apart, it takes; 0 where 40 do not do it. */
static unsigned contacts_to_find(double start, double spacing)
{
	struct probe p = stranger();

	for (unsigned n = 0; n < 40; n++)
		if (knock(&p, CONTACT_CLOSED, n, AT(start + n * spacing)))
			return n + 1;
	return 0;
}

START_TEST(the_sixth_closed_port_is_a_scan)
{
	for (double start = 1000; start < 1040; start += 1.7) {
		ck_assert_uint_eq(contacts_to_find(start, 0), 6);
		ck_assert_uint_eq(contacts_to_find(start, 1), 6);
		ck_assert_uint_eq(contacts_to_find(start, 10), 6);
		ck_assert_uint_eq(contacts_to_find(start, 25), 6);
	}
}
END_TEST

START_TEST(one_knock_a_minute_is_found_by_the_eighth)
{
	for (double start = 1000; start < 1040; start += 1.7) {
		ck_assert_uint_ge(contacts_to_find(start, 60), 6);
		ck_assert_uint_le(contacts_to_find(start, 60), 8);
	}
}
END_TEST

START_TEST(the_slow_memory_finds_one_knock_in_five_to_sixty_minutes)
{
	for (double start = 1000; start < 6400; start += 171.3)
		for (unsigned minutes = 5; minutes <= 60; minutes += 5) {
			unsigned n = contacts_to_find(start, minutes * 60);

			ck_assert_uint_ge(n, 8);
			ck_assert_uint_le(n, 9);
		}
}
END_TEST

START_TEST(five_closed_ports_are_never_a_scan)
{
	struct probe p = stranger();

	for (unsigned round = 0; round < 1000; round++)
		for (unsigned n = 0; n < 5; n++)
			ck_assert(!knock(&p, CONTACT_CLOSED, n, AT(1000 + round)));
	ck_assert_uint_eq(p.s.closed, 5);
}
END_TEST

START_TEST(a_finding_says_what_was_counted)
{
	struct probe p = stranger();

	for (unsigned n = 0; n < 6; n++)
		knock(&p, CONTACT_CLOSED, n, AT(1000 + n));
	ck_assert_uint_eq(p.raised, 1);
	ck_assert_int_eq(p.found.kind, FINDING_SCAN);
	ck_assert_int_eq(p.found.proof, PROOF_CLAIMED);
	ck_assert_str_eq(p.found.rule.name, "scan.fast");
	ck_assert_int_ge(p.found.score, p.found.threshold);
	ck_assert_int_eq(p.found.threshold, 1518);
	ck_assert_uint_eq(p.found.count, 6);
	ck_assert_int_eq(p.found.window_ns, 5 * NS_PER_S);
	ck_assert_int_eq(p.found.first.ns, AT(1000).ns);
	ck_assert_int_eq(p.found.at.ns, AT(1005).ns);
	ck_assert_int_eq(p.found.subject.kind, SUBJECT_NONE);
}
END_TEST

START_TEST(a_mail_client_with_four_dead_ports_is_no_scanner)
{
	for (unsigned every = 60; every <= 23 * HOUR; every += every / 2 + 17) {
		struct probe p = stranger();

		for (double t = 5000; t < 5000 + 14 * 86400; t += every)
			for (unsigned n = 0; n < 4; n++)
				knock(&p, CONTACT_CLOSED, n, AT(t + n));
		ck_assert_uint_eq(p.raised, 0);
	}
}
END_TEST

START_TEST(clients_of_a_restarting_service_are_no_scanners)
{
	struct probe p = stranger();

	for (unsigned n = 0; n < 64; n++) {
		ck_assert(!knock(&p, CONTACT_NEUTRAL, n, AT(1000 + n)));
		ck_assert(!p.fresh);
	}
	ck_assert_int_eq(p.s.fast, 0);
	ck_assert_uint_eq(p.s.seen_now, 0);
}
END_TEST

START_TEST(a_crowd_behind_one_address_is_judged_by_its_failures_alone)
{
	struct probe p = stranger();
	unsigned t = 1000;

	/* twenty good clients at three services: their contacts are the same three targets */
	for (unsigned i = 0; i < 600; i++, t++) {
		knock(&p, CONTACT_OPEN, i % 3, AT(t));
		if (!p.fresh)
			continue;
		count(&p, (struct scan_contact){ .outcome = CONTACT_COMPLETED, .revisit = true },
			AT(t));
	}
	for (unsigned n = 10; n < 14; n++) /* and one with a wrong address book */
		knock(&p, CONTACT_CLOSED, n, AT(t++));
	ck_assert_uint_eq(p.raised, 0);
	for (unsigned n = 20; n < 26; n++) /* and a bad one */
		knock(&p, CONTACT_CLOSED, n, AT(t++));
	ck_assert_uint_eq(p.raised, 1);
	ck_assert_int_eq(p.found.proof, PROOF_CLAIMED); /* which costs the good ones nothing */
}
END_TEST

START_TEST(good_behaviour_is_never_banked)
{
	struct probe p = stranger();

	for (unsigned n = 0; n < 12; n++)
		knock(&p, CONTACT_COMPLETED, n, AT(1000));
	ck_assert_int_eq(p.s.fast, 0);
	ck_assert_int_eq(p.s.slow, 0);
	for (unsigned n = 12; n < 18; n++)
		knock(&p, CONTACT_CLOSED, n, AT(1001));
	ck_assert_uint_eq(p.raised, 1);
}
END_TEST

START_TEST(scores_never_leave_their_range)
{
	struct probe p = stranger();
	uint64_t seed = 4711;

	p.o.weight_closed = NAT(20);
	p.o.weight_completed = NAT(-20);
	for (unsigned i = 0; i < 20000; i++) {
		uint64_t r = random_next(&seed);

		count(&p, (struct scan_contact){ .outcome = (enum contact_outcome)(r % 8),
			.revisit = r >> 8 & 1, .target = random_next(&seed) },
			AT(1000 + i * (double)(r >> 16 & 15)));
		ck_assert_int_ge(p.s.fast, 0);
		ck_assert_int_ge(p.s.slow, 0);
	}
	for (unsigned i = 0; i < 3000; i++)
		count(&p, (struct scan_contact){ .outcome = CONTACT_CLOSED, .revisit = true },
			AT(1000000));
	ck_assert_int_eq(p.s.fast, INT16_MAX);
	ck_assert_int_eq(p.s.slow, INT16_MAX);
}
END_TEST

START_TEST(a_completed_contact_pays_for_half_a_failure)
{
	struct probe p = stranger();

	knock(&p, CONTACT_CLOSED, 1, AT(1000));
	knock(&p, CONTACT_OPEN, 2, AT(1000));
	ck_assert_int_eq(p.s.fast, NAT(2.77));
	ck_assert_uint_eq(p.s.open, 1);
	count(&p, (struct scan_contact){ .outcome = CONTACT_COMPLETED, .revisit = true },
		AT(1000));
	ck_assert_int_eq(p.s.fast, NAT(2.77) + NAT(-1.56));
	ck_assert(!p.fresh);
}
END_TEST

START_TEST(duplicates_count_once_in_whatever_order)
{
	uint64_t seed = 99;

	for (unsigned round = 0; round < 200; round++) {
		unsigned order[30];
		struct probe p = stranger();

		for (unsigned i = 0; i < 30; i++)
			order[i] = i % 10;
		for (unsigned i = 29; i > 0; i--) {
			unsigned j = (unsigned)(random_next(&seed) % (i + 1)), x = order[i];

			order[i] = order[j];
			order[j] = x;
		}
		for (unsigned i = 0; i < 30; i++)
			knock(&p, CONTACT_CLOSED, order[i], AT(1000));
		ck_assert_uint_eq(p.s.closed, 10);
		ck_assert_int_eq(p.s.fast, 10 * NAT(2.77));
		ck_assert_uint_eq(p.raised, 1);
	}
}
END_TEST

START_TEST(fresh_is_true_for_a_new_target_alone)
{
	struct probe p = stranger();

	knock(&p, CONTACT_CLOSED, 1, AT(1000));
	ck_assert(p.fresh);
	knock(&p, CONTACT_CLOSED, 1, AT(1001));
	ck_assert(!p.fresh);
	knock(&p, CONTACT_OPEN, 2, AT(1001));
	ck_assert(p.fresh);
	knock(&p, CONTACT_OPEN, 2, AT(1002));
	ck_assert(!p.fresh);
	ck_assert_uint_eq(p.s.open, 1);
}
END_TEST

START_TEST(many_targets_are_forgotten_after_two_hours)
{
	struct probe p = stranger();

	for (unsigned n = 0; n < 20; n++)
		knock(&p, CONTACT_OPEN, n, AT(10 * HOUR + 10));
	knock(&p, CONTACT_OPEN, 0, AT(11 * HOUR + 10));
	ck_assert(!p.fresh);
	knock(&p, CONTACT_OPEN, 1, AT(12 * HOUR + 10));
	ck_assert(p.fresh);
	knock(&p, CONTACT_OPEN, 0, AT(12 * HOUR + 10)); /* was visited in between */
	ck_assert(!p.fresh);
}
END_TEST

START_TEST(a_scan_is_raised_once_while_it_lasts)
{
	struct probe p = stranger();

	for (unsigned n = 0; n < 60; n++)
		knock(&p, CONTACT_CLOSED, n, AT(1000 + n));
	ck_assert_uint_eq(p.raised, 1);
}
END_TEST

START_TEST(a_scanner_that_returns_is_raised_again)
{
	struct probe p = stranger();
	double later = 1000 + 4.5 * HOUR;

	for (unsigned n = 0; n < 12; n++)
		knock(&p, CONTACT_CLOSED, n, AT(1000 + n));
	ck_assert_uint_eq(p.raised, 1);
	knock(&p, CONTACT_CLOSED, 20, AT(later));
	ck_assert_uint_eq(p.raised, 2); /* the day's memory has not forgotten */
	ck_assert_str_eq(p.found.rule.name, "scan.slow");
	for (unsigned n = 0; n < 8; n++)
		knock(&p, CONTACT_CLOSED, 30 + n, AT(later + 1 + n));
	ck_assert_uint_eq(p.raised, 3);
	ck_assert_str_eq(p.found.rule.name, "scan.fast");
}
END_TEST

START_TEST(a_raised_finding_is_armed_again_below_half_only)
{
	struct probe p = stranger();

	for (unsigned n = 0; n < 6; n++)
		knock(&p, CONTACT_CLOSED, n, AT(1000));
	p.s.slow = 0;
	p.s.fast = opts.fast_threshold / 2;
	scan_touch(&p.o, &p.s, AT(1000));
	ck_assert(p.s.flags & SOURCE_RAISED_FAST);
	p.s.fast--;
	scan_touch(&p.o, &p.s, AT(1000));
	ck_assert(!(p.s.flags & SOURCE_RAISED_FAST));
}
END_TEST

START_TEST(neighbours_are_borne_with_twice_as_long)
{
	struct probe p = stranger();
	unsigned n = 0;

	while (!p.raised && n < 40)
		count(&p, (struct scan_contact){ .outcome = CONTACT_CLOSED, .neighbour = true,
			.target = target(n++) }, AT(1000));
	ck_assert_uint_eq(n, 11); /* 30.4 / 2.77 */
	ck_assert_int_eq(p.found.threshold, 2 * 1518 + 1);
}
END_TEST

START_TEST(a_doubled_threshold_stays_in_its_type)
{
	struct probe p = stranger();

	p.o.fast_threshold = NAT(400);
	p.o.slow_rule.enabled = false;
	p.o.neighbour_factor = 255;
	for (unsigned i = 0; i < 400; i++)
		count(&p, (struct scan_contact){ .outcome = CONTACT_CLOSED, .neighbour = true,
			.revisit = true }, AT(1000));
	ck_assert_uint_eq(p.raised, 1);
	ck_assert_int_eq(p.found.threshold, INT16_MAX * 100 / 64);
}
END_TEST

START_TEST(unfinished_handshakes_and_stray_acks_weigh_half)
{
	struct probe p = stranger();
	unsigned n = 0;

	while (!p.raised && n < 40) {
		knock(&p, n & 1 ? CONTACT_UNFINISHED : CONTACT_STRAY_ACK, n, AT(1000));
		n++;
	}
	ck_assert_uint_eq(n, 11);
}
END_TEST

START_TEST(stealth_is_remembered)
{
	struct probe p = stranger();

	knock(&p, CONTACT_CLOSED, 1, AT(1000));
	ck_assert(!(p.s.flags & SOURCE_STEALTH));
	knock(&p, CONTACT_STEALTH, 2, AT(1000));
	ck_assert(p.s.flags & SOURCE_STEALTH);
	ck_assert_int_eq(p.s.fast, 2 * NAT(2.77));
}
END_TEST

START_TEST(open_ports_alone_are_never_a_scan)
{
	struct probe p = stranger();

	for (unsigned n = 0; n < 32; n++)
		knock(&p, CONTACT_OPEN, n, AT(1000));
	ck_assert_uint_eq(p.raised, 0);
	ck_assert_int_eq(p.s.fast, 0);
	ck_assert_uint_eq(p.s.open, 32);
}
END_TEST

START_TEST(counters_saturate)
{
	struct probe p = stranger();

	p.s.closed = p.s.open = UINT16_MAX;
	knock(&p, CONTACT_CLOSED, 1, AT(1000));
	knock(&p, CONTACT_OPEN, 2, AT(1000));
	ck_assert_uint_eq(p.s.closed, UINT16_MAX);
	ck_assert_uint_eq(p.s.open, UINT16_MAX);
}
END_TEST

START_TEST(a_disabled_rule_finds_nothing)
{
	struct probe p = stranger();

	p.o.fast_rule.enabled = false;
	for (unsigned n = 0; n < 7; n++)
		knock(&p, CONTACT_CLOSED, n, AT(1000));
	ck_assert_uint_eq(p.raised, 0);
	knock(&p, CONTACT_CLOSED, 7, AT(1000));
	ck_assert_uint_eq(p.raised, 1);
	ck_assert_str_eq(p.found.rule.name, "scan.slow");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_sixth_closed_port_is_a_scan,
		one_knock_a_minute_is_found_by_the_eighth,
		the_slow_memory_finds_one_knock_in_five_to_sixty_minutes,
		five_closed_ports_are_never_a_scan,
		a_finding_says_what_was_counted,
		a_mail_client_with_four_dead_ports_is_no_scanner,
		clients_of_a_restarting_service_are_no_scanners,
		a_crowd_behind_one_address_is_judged_by_its_failures_alone,
		good_behaviour_is_never_banked,
		scores_never_leave_their_range,
		a_completed_contact_pays_for_half_a_failure,
		duplicates_count_once_in_whatever_order,
		fresh_is_true_for_a_new_target_alone,
		many_targets_are_forgotten_after_two_hours,
		a_scan_is_raised_once_while_it_lasts,
		a_scanner_that_returns_is_raised_again,
		a_raised_finding_is_armed_again_below_half_only,
		neighbours_are_borne_with_twice_as_long,
		a_doubled_threshold_stays_in_its_type,
		unfinished_handshakes_and_stray_acks_weigh_half,
		stealth_is_remembered,
		open_ports_alone_are_never_a_scan,
		counters_saturate,
		a_disabled_rule_finds_nothing,
	};
	Suite *s = suite_create("detect_scan");
	TCase *t = tcase_create("detect_scan");
	SRunner *r = srunner_create(s);
	int failed;

	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(t, tests[i]);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
