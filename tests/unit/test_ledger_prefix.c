/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Prefixes beside and in each other: what the kernel may be sent, and when.
 */
#include "core/ledger.h"

#include <check.h>

#include "../support/ledger_lab.h"
#include "base/err.h"

static struct ledger_lab lab;
static struct change c;

static const struct measure *want(const char *prefix, enum response r, int64_t ttl_ns)
{
	struct decision d = lab_decision(lab_source(prefix), r, ttl_ns);
	const struct measure *m;

	ck_assert_int_eq(lab_want(&lab, &d, &m), 0);
	return m;
}

static void end_it(const char *prefix)
{
	struct subject s = lab_source(prefix);

	ck_assert_int_eq(ledger_end(lab.l, &s, SCOPE_SOURCE, false, lab.now), 0);
}

static enum measure_state state(const char *prefix)
{
	return lab_find(&lab, prefix)->state;
}

#define TAKES(text) ck_assert_str_eq(lab_take(&lab, &c), text)
#define TAKES_DONE(text) \
	do { \
		TAKES(text); \
		ledger_answer(lab.l, &c, 0, lab.now); \
	} while (0)

START_TEST(a_narrow_prefix_in_a_broad_one_is_covered_and_still_met)
{
	lab = lab_open(8);
	lab_applied(&lab, "192.0.0.0/16", RESPONSE_DROP, 10 * MINUTE);
	ck_assert_int_eq(want("192.0.2.0/24", RESPONSE_DROP, 20 * MINUTE)->state,
		MEASURE_COVERED);
	TAKES("");
	ck_assert_ptr_nonnull(lab_match(&lab, "192.0.2.9", 80));
	lab_close(&lab);
}
END_TEST

START_TEST(a_broad_prefix_waits_until_the_narrow_ones_have_left_the_kernel)
{
	struct change one;
	uint32_t version;

	lab = lab_open(8);
	version = lab_applied(&lab, "192.0.2.0/24", RESPONSE_DROP, 10 * MINUTE)->version;
	lab_applied(&lab, "192.0.3.0/24", RESPONSE_DROP, 10 * MINUTE);
	want("192.0.0.0/16", RESPONSE_DROP, 10 * MINUTE);
	ck_assert_int_eq(state("192.0.2.0/24"), MEASURE_COVERED);
	ck_assert_uint_gt(lab_find(&lab, "192.0.2.0/24")->version, version);
	TAKES("remove drop 192.0.2.0/24");
	one = c;
	TAKES_DONE("remove drop 192.0.3.0/24");
	TAKES("");
	ledger_answer(lab.l, &one, 0, lab.now);
	TAKES_DONE("add drop 192.0.0.0/16");
	ck_assert_int_eq(state("192.0.0.0/16"), MEASURE_APPLIED);
	lab_close(&lab);
}
END_TEST

START_TEST(what_was_covered_comes_back_after_the_broad_one_is_gone)
{
	lab = lab_open(8);
	lab_applied(&lab, "192.0.0.0/16", RESPONSE_DROP, 10 * MINUTE);
	want("192.0.2.0/24", RESPONSE_DROP, 20 * MINUTE);
	lab_pass(&lab, 10 * MINUTE);
	ck_assert_int_eq(state("192.0.2.0/24"), MEASURE_WANTED);
	TAKES("remove drop 192.0.0.0/16"); /* it may lapse a moment late */
	TAKES("");
	ledger_answer(lab.l, &c, ERR_ABSENT, lab.now);
	TAKES_DONE("add drop 192.0.2.0/24");
	ck_assert_int_eq(state("192.0.2.0/24"), MEASURE_APPLIED);
	lab_close(&lab);
}
END_TEST

START_TEST(an_unban_of_the_broad_one_uncovers_too)
{
	lab = lab_open(8);
	lab_applied(&lab, "192.0.0.0/16", RESPONSE_DROP, 10 * MINUTE);
	want("192.0.2.0/24", RESPONSE_DROP, 20 * MINUTE);
	end_it("192.0.0.0/16");
	TAKES_DONE("remove drop 192.0.0.0/16");
	TAKES_DONE("add drop 192.0.2.0/24");
	TAKES("");
	lab_close(&lab);
}
END_TEST

START_TEST(of_three_nested_ones_the_broadest_alone_is_sent)
{
	lab = lab_open(8);
	want("10.0.0.0/24", RESPONSE_DROP, 10 * MINUTE);
	want("10.0.0.0/8", RESPONSE_DROP, 5 * MINUTE);
	want("10.0.0.0/16", RESPONSE_DROP, 8 * MINUTE);
	TAKES_DONE("add drop 10.0.0.0/8");
	TAKES("");
	lab_pass(&lab, 5 * MINUTE);
	TAKES_DONE("remove drop 10.0.0.0/8");
	TAKES_DONE("add drop 10.0.0.0/16");
	ck_assert_int_eq(state("10.0.0.0/24"), MEASURE_COVERED);
	lab_pass(&lab, 3 * MINUTE);
	TAKES_DONE("remove drop 10.0.0.0/16");
	TAKES_DONE("add drop 10.0.0.0/24");
	lab_close(&lab);
}
END_TEST

START_TEST(other_responses_other_families_and_neighbours_do_not_cover)
{
	lab = lab_open(16);
	want("192.0.0.0/16", RESPONSE_LIMIT, MINUTE);
	ck_assert_int_eq(want("192.0.2.0/24", RESPONSE_REFUSE, MINUTE)->state,
		MEASURE_WANTED);
	ck_assert_int_eq(want("192.1.0.0/16", RESPONSE_LIMIT, MINUTE)->state,
		MEASURE_WANTED);
	ck_assert_int_eq(want("::/0", RESPONSE_LIMIT, MINUTE)->state, MEASURE_WANTED);
	ck_assert_int_eq(want("192.0.2.64/26", RESPONSE_LIMIT, MINUTE)->state,
		MEASURE_COVERED);
	lab_close(&lab);
}
END_TEST

START_TEST(single_addresses_and_64s_are_never_covered)
{
	lab = lab_open(16);
	want("192.0.2.0/24", RESPONSE_DROP, MINUTE);
	want("2001:db8::/32", RESPONSE_DROP, MINUTE);
	ck_assert_int_eq(want("192.0.2.1", RESPONSE_DROP, MINUTE)->state, MEASURE_WANTED);
	ck_assert_int_eq(want("2001:db8::/64", RESPONSE_DROP, MINUTE)->state,
		MEASURE_WANTED);
	ck_assert_int_eq(want("2001:db8::1", RESPONSE_DROP, MINUTE)->state,
		MEASURE_COVERED);
	lab_close(&lab);
}
END_TEST

START_TEST(a_shadow_and_a_refused_one_cover_nothing)
{
	struct decision d;

	lab = lab_open(8);
	d = lab_decision(lab_source("192.0.0.0/16"), RESPONSE_DROP, MINUTE);
	ledger_want(lab.l, &d, ORIGIN_DETECTOR, 0, true, lab.now, lab.now, NULL);
	ck_assert_int_eq(want("192.0.2.0/24", RESPONSE_DROP, MINUTE)->state,
		MEASURE_WANTED);
	lab_answer_all(&lab, 0);
	want("192.0.0.0/20", RESPONSE_DROP, MINUTE);
	TAKES_DONE("remove drop 192.0.2.0/24");
	TAKES("add drop 192.0.0.0/20");
	ledger_answer(lab.l, &c, ERR_FULL, lab.now);
	ck_assert_int_eq(state("192.0.0.0/20"), MEASURE_REFUSED);
	TAKES_DONE("add drop 192.0.2.0/24");
	ck_assert_int_eq(state("192.0.2.0/24"), MEASURE_APPLIED);
	lab_close(&lab);
}
END_TEST

START_TEST(an_overlap_in_the_kernel_is_taken_for_a_late_neighbour)
{
	lab = lab_open(8);
	want("192.0.2.0/24", RESPONSE_DROP, MINUTE);
	TAKES("add drop 192.0.2.0/24");
	ledger_answer(lab.l, &c, ERR_EXISTS, lab.now);
	TAKES("");
	lab_pass(&lab, NS_PER_MS);
	TAKES_DONE("add drop 192.0.2.0/24");
	ck_assert_int_eq(state("192.0.2.0/24"), MEASURE_APPLIED);
	lab_close(&lab);
}
END_TEST

START_TEST(a_step_down_leaves_the_old_set_and_enters_the_new_one)
{
	struct decision d;

	lab = lab_open(8);
	d = lab_decision(lab_source("192.0.2.0/24"), RESPONSE_DROP, MINUTE);
	d.ladder[0] = RESPONSE_LIMIT;
	d.ladder[1] = RESPONSE_DROP;
	d.rungs = 2;
	d.rung = 1;
	lab_want(&lab, &d, NULL);
	want("192.0.2.128/25", RESPONSE_DROP, 3 * MINUTE);
	lab_answer_all(&lab, 0);
	lab_pass(&lab, MINUTE);
	TAKES_DONE("remove drop 192.0.2.0/24");
	TAKES_DONE("add limit 192.0.2.0/24");
	TAKES_DONE("add drop 192.0.2.128/25");
	TAKES("");
	lab_close(&lab);
}
END_TEST

START_TEST(prefixes_at_services_cover_at_the_same_port_alone)
{
	struct decision d;
	const struct measure *m;

	lab = lab_open(8);
	d = lab_decision(lab_source("192.0.0.0/16"), RESPONSE_LIMIT, MINUTE);
	d.scope = SCOPE_SERVICE;
	d.subject.proto = PROTO_TCP;
	d.subject.port = 80;
	lab_want(&lab, &d, NULL);
	d.subject.source = lab_source("192.0.2.0/24").source;
	lab_want(&lab, &d, &m);
	ck_assert_int_eq(m->state, MEASURE_COVERED);
	d.subject.port = 81;
	lab_want(&lab, &d, &m);
	ck_assert_int_eq(m->state, MEASURE_WANTED);
	d.subject.port = 80;
	d.subject.source = lab_source("192.0.3.0/24").source;
	d.response = RESPONSE_REFUSE;
	lab_want(&lab, &d, &m);
	ck_assert_int_eq(m->state, MEASURE_WANTED);
	lab_close(&lab);
}
END_TEST

START_TEST(prefixes_are_bounded_and_those_that_ended_make_room)
{
	struct subject s = { .kind = SUBJECT_SOURCE };
	struct decision d;
	unsigned n;

	lab = lab_open(2 * LEDGER_PREFIXES);
	for (n = 0; n <= LEDGER_PREFIXES; n++) {
		const uint8_t bytes[4] = { 10, (uint8_t)(n >> 8), (uint8_t)n, 0 };
		struct addr a = addr_v4(bytes);

		s.source = prefix_of(&a, 24);
		d = lab_decision(s, RESPONSE_DROP, n ? 10 * MINUTE : MINUTE);
		ck_assert_int_eq(lab_want(&lab, &d, NULL), n < LEDGER_PREFIXES ?
			0 : ERR_FULL);
	}
	ck_assert_ptr_null(ledger_find(lab.l, &s, SCOPE_SOURCE));
	lab_answer_all(&lab, 0);
	lab_pass(&lab, MINUTE);
	lab_answer_all(&lab, 0);
	ck_assert_int_eq(lab_want(&lab, &d, NULL), 0);
	lab_close(&lab);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ledger_prefix");
	TCase *t = tcase_create("ledger_prefix");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(t, a_narrow_prefix_in_a_broad_one_is_covered_and_still_met);
	tcase_add_test(t,
		a_broad_prefix_waits_until_the_narrow_ones_have_left_the_kernel);
	tcase_add_test(t, what_was_covered_comes_back_after_the_broad_one_is_gone);
	tcase_add_test(t, an_unban_of_the_broad_one_uncovers_too);
	tcase_add_test(t, of_three_nested_ones_the_broadest_alone_is_sent);
	tcase_add_test(t, other_responses_other_families_and_neighbours_do_not_cover);
	tcase_add_test(t, single_addresses_and_64s_are_never_covered);
	tcase_add_test(t, a_shadow_and_a_refused_one_cover_nothing);
	tcase_add_test(t, an_overlap_in_the_kernel_is_taken_for_a_late_neighbour);
	tcase_add_test(t, a_step_down_leaves_the_old_set_and_enters_the_new_one);
	tcase_add_test(t, prefixes_at_services_cover_at_the_same_port_alone);
	tcase_add_test(t, prefixes_are_bounded_and_those_that_ended_make_room);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
