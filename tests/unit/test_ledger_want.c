/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Decisions beside what stands, and ends before their time.
 */
#include "core/ledger.h"

#include <check.h>

#include "../support/ledger_lab.h"
#include "base/err.h"

static const char source[] = "192.0.2.1";

static int want(struct ledger_lab *lab, enum response r, int64_t ttl_ns)
{
	struct decision d = lab_decision(lab_source(source), r, ttl_ns);

	return lab_want(lab, &d, NULL);
}

static const struct measure *found(const struct ledger_lab *lab)
{
	return lab_find(lab, source);
}

START_TEST(weaker_and_shorter_changes_nothing)
{
	struct ledger_lab lab = lab_open(8);
	uint32_t version = lab_applied(&lab, source, RESPONSE_REFUSE,
		10 * MINUTE)->version;

	ck_assert_int_eq(want(&lab, RESPONSE_REFUSE, 10 * MINUTE), ERR_EXISTS);
	ck_assert_int_eq(want(&lab, RESPONSE_LIMIT, 5 * MINUTE), ERR_EXISTS);
	ck_assert_uint_eq(found(&lab)->version, version);
	ck_assert_int_eq(found(&lab)->state, MEASURE_APPLIED);
	ck_assert_uint_eq(found(&lab)->offences, 1);
	lab_close(&lab);
}
END_TEST

START_TEST(the_same_for_longer_renews_in_place)
{
	struct ledger_lab lab = lab_open(8);
	uint32_t version = lab_applied(&lab, source, RESPONSE_DROP, MINUTE)->version;
	struct change c;

	ck_assert_int_eq(want(&lab, RESPONSE_DROP, 2 * MINUTE), 0);
	ck_assert_uint_eq(found(&lab)->version, version + 1);
	ck_assert_str_eq(lab_take(&lab, &c), "add drop 192.0.2.1");
	ck_assert_int_eq(c.measure.until.ns, lab.now.ns + 2 * MINUTE);
	ck_assert_str_eq(lab_take(&lab, &c), "");
	lab_close(&lab);
}
END_TEST

START_TEST(a_lower_rate_is_the_stronger_limit)
{
	struct ledger_lab lab = lab_open(8);
	struct decision d = lab_decision(lab_source(source), RESPONSE_LIMIT, MINUTE);

	lab_applied(&lab, source, RESPONSE_LIMIT, MINUTE);
	d.limit_rate = 20;
	ck_assert_int_eq(lab_want(&lab, &d, NULL), ERR_EXISTS);
	d.limit_rate = 5;
	ck_assert_int_eq(lab_want(&lab, &d, NULL), 0);
	ck_assert_uint_eq(found(&lab)->limit_rate, 5);
	lab_close(&lab);
}
END_TEST

START_TEST(a_short_drop_does_not_make_a_long_refusal_forgotten)
{
	struct ledger_lab lab = lab_open(8);

	lab_applied(&lab, source, RESPONSE_REFUSE, 60 * MINUTE);
	ck_assert_int_eq(want(&lab, RESPONSE_DROP, 10 * MINUTE), 0);
	ck_assert_int_eq(found(&lab)->response, RESPONSE_DROP);
	lab_pass(&lab, 10 * MINUTE);
	ck_assert_int_eq(found(&lab)->response, RESPONSE_REFUSE);
	lab_pass(&lab, 50 * MINUTE - 1);
	ck_assert_int_eq(found(&lab)->response, RESPONSE_REFUSE);
	lab_pass(&lab, 1);
	ck_assert_int_eq(found(&lab)->state, MEASURE_FREE);
	lab_close(&lab);
}
END_TEST

START_TEST(a_long_refusal_wanted_under_a_short_drop_follows_it)
{
	struct ledger_lab lab = lab_open(8);
	uint32_t version = lab_applied(&lab, source, RESPONSE_DROP, 10 * MINUTE)->version;

	ck_assert_int_eq(want(&lab, RESPONSE_REFUSE, 60 * MINUTE), 0);
	ck_assert_uint_eq(found(&lab)->version, version);
	ck_assert_uint_eq(lab_answer_all(&lab, 0), 0);
	ck_assert_int_eq(want(&lab, RESPONSE_REFUSE, 30 * MINUTE), ERR_EXISTS);
	lab_pass(&lab, 10 * MINUTE);
	ck_assert_int_eq(found(&lab)->response, RESPONSE_REFUSE);
	ck_assert_int_eq(found(&lab)->until.ns, lab.now.ns + 50 * MINUTE);
	lab_close(&lab);
}
END_TEST

START_TEST(what_the_kernel_refused_is_tried_again_when_it_is_wanted_again)
{
	struct ledger_lab lab = lab_open(8);

	want(&lab, RESPONSE_DROP, 10 * MINUTE);
	lab_answer_all(&lab, ERR_FULL);
	ck_assert_int_eq(found(&lab)->state, MEASURE_REFUSED);
	ck_assert_int_eq(found(&lab)->error, ERR_FULL);
	ck_assert_ptr_null(lab_match(&lab, source, 80));
	ck_assert_int_eq(want(&lab, RESPONSE_DROP, MINUTE), 0);
	ck_assert_int_eq(found(&lab)->state, MEASURE_WANTED);
	ck_assert_int_eq(found(&lab)->until.ns, lab.now.ns + 10 * MINUTE);
	lab_close(&lab);
}
END_TEST

START_TEST(what_would_have_followed_a_shadow_never_becomes_real)
{
	struct ledger_lab lab = lab_open(8);
	struct decision d = lab_decision(lab_source(source), RESPONSE_DROP, MINUTE);

	ledger_want(lab.l, &d, ORIGIN_DETECTOR, 0, true, lab.now, lab.now, NULL);
	d = lab_decision(lab_source(source), RESPONSE_REFUSE, 60 * MINUTE);
	ledger_want(lab.l, &d, ORIGIN_DETECTOR, 0, true, lab.now, lab.now, NULL);
	want(&lab, RESPONSE_LIMIT, MINUTE);
	lab_answer_all(&lab, 0);
	lab_pass(&lab, MINUTE);
	ck_assert_int_eq(found(&lab)->state, MEASURE_FREE);
	lab_close(&lab);
}
END_TEST

START_TEST(a_finding_under_a_standing_measure_is_no_new_offence)
{
	struct ledger_lab lab = lab_open(8);
	struct subject s = lab_source(source);

	lab_applied(&lab, source, RESPONSE_DROP, MINUTE);
	ck_assert_uint_eq(ledger_offences(lab.l, &s, lab.now), 0);
	ck_assert_int_eq(want(&lab, RESPONSE_DROP, 2 * MINUTE), 0);
	ck_assert_uint_eq(found(&lab)->offences, 1);
	lab.now = mono_add(lab.now, 2 * MINUTE); /* over, though no tick has said so */
	ck_assert_uint_eq(ledger_offences(lab.l, &s, lab.now), 1);
	lab_close(&lab);
}
END_TEST

START_TEST(each_return_is_one_offence_more)
{
	struct ledger_lab lab = lab_open(8);
	struct subject s = lab_source(source);

	for (uint16_t i = 0; i < 5; i++) {
		struct decision d = lab_decision(s, RESPONSE_DROP, MINUTE);

		ck_assert_uint_eq(ledger_offences(lab.l, &s, lab.now), i);
		d.offence = i;
		lab_want(&lab, &d, NULL);
		ck_assert_uint_eq(found(&lab)->offences, i + 1);
		lab_pass(&lab, MINUTE);
		lab_answer_all(&lab, 0);
	}
	lab_close(&lab);
}
END_TEST

START_TEST(offences_at_one_service_count_for_the_source)
{
	struct ledger_lab lab = lab_open(8);
	struct subject s = lab_source(source);
	struct decision d = lab_decision(s, RESPONSE_LIMIT, MINUTE);

	d.scope = SCOPE_SERVICE;
	d.subject.proto = PROTO_TCP;
	d.subject.port = 80;
	lab_want(&lab, &d, NULL);
	ck_assert_uint_eq(ledger_offences(lab.l, &s, lab.now), 0);
	lab_pass(&lab, MINUTE);
	ck_assert_uint_eq(ledger_offences(lab.l, &s, lab.now), 1);
	lab_close(&lab);
}
END_TEST

START_TEST(an_administrators_ban_is_no_offence)
{
	struct ledger_lab lab = lab_open(8);
	struct decision d = lab_decision(lab_source(source), RESPONSE_DROP, MINUTE);

	ledger_want(lab.l, &d, ORIGIN_MANUAL, 7, false, (mono_t){ 0 }, lab.now, NULL);
	ck_assert_uint_eq(found(&lab)->offences, 0);
	ck_assert_uint_eq(found(&lab)->incident, 7);
	lab_answer_all(&lab, 0);
	lab_pass(&lab, MINUTE);
	ck_assert_ptr_null(found(&lab));
	lab_close(&lab);
}
END_TEST

START_TEST(an_adopted_measure_is_in_force_and_nothing_is_told)
{
	struct ledger_lab lab = lab_open(8);
	struct decision d = lab_decision(lab_source(source), RESPONSE_DROP, MINUTE);
	struct subject s = lab_source(source);
	struct change c;

	ledger_want(lab.l, &d, ORIGIN_ADOPTED, 0, false, (mono_t){ 0 }, lab.now, NULL);
	ck_assert_int_eq(found(&lab)->state, MEASURE_APPLIED);
	ck_assert_str_eq(lab_take(&lab, &c), "");
	ck_assert_int_eq(ledger_end(lab.l, &s, SCOPE_SOURCE, false, lab.now), 0);
	ck_assert_str_eq(lab_take(&lab, &c), "remove drop 192.0.2.1");
	lab_close(&lab);
}
END_TEST

START_TEST(an_end_keeps_offences_and_forgiveness_does_not)
{
	struct ledger_lab lab = lab_open(8);
	struct subject s = lab_source(source);

	lab_applied(&lab, source, RESPONSE_DROP, MINUTE);
	ck_assert_int_eq(ledger_end(lab.l, &s, SCOPE_SOURCE, false, lab.now), 0);
	ck_assert_int_eq(found(&lab)->state, MEASURE_FREE);
	ck_assert_uint_eq(found(&lab)->offences, 1);
	ck_assert_ptr_null(lab_match(&lab, source, 80));
	ck_assert_int_eq(ledger_end(lab.l, &s, SCOPE_SOURCE, false, lab.now), ERR_ABSENT);
	ck_assert_int_eq(ledger_end(lab.l, &s, SCOPE_SOURCE, true, lab.now), 0);
	ck_assert_ptr_null(found(&lab));
	ck_assert_int_eq(ledger_end(lab.l, &s, SCOPE_SOURCE, true, lab.now), ERR_ABSENT);
	lab_close(&lab);
}
END_TEST

START_TEST(an_end_takes_what_would_have_followed_with_it)
{
	struct ledger_lab lab = lab_open(8);
	struct subject s = lab_source(source);

	lab_applied(&lab, source, RESPONSE_DROP, MINUTE);
	want(&lab, RESPONSE_REFUSE, 10 * MINUTE);
	ledger_end(lab.l, &s, SCOPE_SOURCE, false, lab.now);
	lab_pass(&lab, 2 * MINUTE);
	ck_assert_int_eq(found(&lab)->state, MEASURE_FREE);
	lab_close(&lab);
}
END_TEST

START_TEST(an_unban_frees_a_source_and_its_services)
{
	struct ledger_lab lab = lab_open(8);
	struct subject s = lab_source(source), other = lab_source("192.0.2.9");
	struct decision d = lab_decision(s, RESPONSE_REFUSE, MINUTE);

	lab_applied(&lab, source, RESPONSE_LIMIT, MINUTE);
	d.scope = SCOPE_SERVICE;
	d.subject.proto = PROTO_TCP;
	for (d.subject.port = 80; d.subject.port < 90; d.subject.port++)
		lab_want(&lab, &d, NULL);
	ck_assert_int_eq(ledger_end_source(lab.l, &other, true, lab.now), ERR_ABSENT);
	ck_assert_int_eq(ledger_end_source(lab.l, &s, true, lab.now), 0);
	ck_assert_ptr_null(lab_match(&lab, source, 85));
	ck_assert_ptr_null(found(&lab));
	ck_assert_int_eq(ledger_end_source(lab.l, &s, true, lab.now), ERR_ABSENT);
	lab_close(&lab);
}
END_TEST

START_TEST(ending_all_removes_what_the_kernel_has_and_no_more)
{
	struct ledger_lab lab = lab_open(8);
	struct decision d = lab_decision(lab_source("192.0.2.2"), RESPONSE_DROP, MINUTE);
	struct change c;

	lab_applied(&lab, source, RESPONSE_DROP, MINUTE);
	lab_want(&lab, &d, NULL);
	ledger_end_all(lab.l, lab.now);
	ck_assert_str_eq(lab_take(&lab, &c), "remove drop 192.0.2.1");
	ck_assert_str_eq(lab_take(&lab, &c), "");
	ck_assert_ptr_null(lab_match(&lab, "192.0.2.2", 80));
	lab_close(&lab);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ledger_want");
	TCase *c = tcase_create("ledger_want");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(c, weaker_and_shorter_changes_nothing);
	tcase_add_test(c, the_same_for_longer_renews_in_place);
	tcase_add_test(c, a_lower_rate_is_the_stronger_limit);
	tcase_add_test(c, a_short_drop_does_not_make_a_long_refusal_forgotten);
	tcase_add_test(c, a_long_refusal_wanted_under_a_short_drop_follows_it);
	tcase_add_test(c, what_the_kernel_refused_is_tried_again_when_it_is_wanted_again);
	tcase_add_test(c, what_would_have_followed_a_shadow_never_becomes_real);
	tcase_add_test(c, a_finding_under_a_standing_measure_is_no_new_offence);
	tcase_add_test(c, each_return_is_one_offence_more);
	tcase_add_test(c, offences_at_one_service_count_for_the_source);
	tcase_add_test(c, an_administrators_ban_is_no_offence);
	tcase_add_test(c, an_adopted_measure_is_in_force_and_nothing_is_told);
	tcase_add_test(c, an_end_keeps_offences_and_forgiveness_does_not);
	tcase_add_test(c, an_end_takes_what_would_have_followed_with_it);
	tcase_add_test(c, an_unban_frees_a_source_and_its_services);
	tcase_add_test(c, ending_all_removes_what_the_kernel_has_and_no_more);
	suite_add_tcase(s, c);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
