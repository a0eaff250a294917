/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of responses, the cap that proof sets, and when two subjects are the same.
 */
#include "core/response.h"

#include <check.h>

#include "base/err.h"
#include "core/event.h"

START_TEST(a_response_reads_back_as_it_is_written)
{
	for (int i = 0; i < RESPONSES; i++) {
		enum response r = RESPONSES;

		ck_assert_int_eq(response_parse(response_name((enum response)i), &r), 0);
		ck_assert_int_eq(r, i);
	}
}
END_TEST

START_TEST(what_is_no_response_is_invalid_and_writes_nothing)
{
	enum response r = RESPONSE_LIMIT;

	ck_assert_int_eq(response_parse("Drop", &r), ERR_INVALID);
	ck_assert_int_eq(response_parse("", &r), ERR_INVALID);
	ck_assert_int_eq(response_parse("drop ", &r), ERR_INVALID);
	ck_assert_int_eq(r, RESPONSE_LIMIT);
	ck_assert_str_eq(response_name(RESPONSES), "unknown");
}
END_TEST

START_TEST(a_claimed_source_can_be_shielded_from_and_no_more)
{
	ck_assert_int_eq(response_cap(PROOF_CLAIMED, SUBJECT_SOURCE), RESPONSE_SHIELD);
	ck_assert_int_eq(response_cap(PROOF_CLAIMED, SUBJECT_HOST), RESPONSE_SHIELD);
	ck_assert_int_eq(response_cap(PROOF_CLAIMED, SUBJECT_SERVICE),
		RESPONSE_SERVICE_LIMIT);
	ck_assert_int_eq(response_cap(PROOF_ANSWERED, SUBJECT_SOURCE), RESPONSE_DROP);
}
END_TEST

START_TEST(no_proof_about_senders_closes_what_is_ours)
{
	for (int p = PROOF_CLAIMED; p <= PROOF_LOCAL; p++) {
		ck_assert_int_eq(response_cap((enum proof)p, SUBJECT_HOST),
			RESPONSE_SHIELD);
		ck_assert_int_eq(response_cap((enum proof)p, SUBJECT_NONE),
			RESPONSE_OBSERVE);
	}
}
END_TEST

START_TEST(subjects_are_compared_by_what_names_them)
{
	struct subject a = { .kind = SUBJECT_SOURCE }, b;

	ck_assert_int_eq(prefix_parse("192.0.2.1", &a.source), 0);
	b = a;
	b.port = 80;
	ck_assert(subject_equal(&a, &b));
	ck_assert_int_eq(prefix_parse("192.0.2.2", &b.source), 0);
	ck_assert(!subject_equal(&a, &b));
	b = (struct subject){ .kind = SUBJECT_SERVICE, .proto = 6, .port = 80 };
	ck_assert(!subject_equal(&a, &b));
	a = b;
	ck_assert(subject_equal(&a, &b));
	a.proto = 17;
	ck_assert(!subject_equal(&a, &b));
	a.proto = 6;
	a.port = 81;
	ck_assert(!subject_equal(&a, &b));
}
END_TEST

START_TEST(numbers_that_name_nothing_have_a_word_too)
{
	ck_assert_str_eq(proof_name(PROOF_ANSWERED), "answered");
	ck_assert_str_eq(proof_name((enum proof)9), "unknown");
	ck_assert_str_eq(scope_name(SCOPE_SERVICE), "service");
	ck_assert_str_eq(scope_name((enum scope)9), "unknown");
	ck_assert_str_eq(event_kind_name(EVENT_NOTICE), "notice");
	ck_assert_str_eq(event_kind_name((enum event_kind)99), "unknown");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("response");
	TCase *c = tcase_create("response");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(c, a_response_reads_back_as_it_is_written);
	tcase_add_test(c, what_is_no_response_is_invalid_and_writes_nothing);
	tcase_add_test(c, a_claimed_source_can_be_shielded_from_and_no_more);
	tcase_add_test(c, no_proof_about_senders_closes_what_is_ours);
	tcase_add_test(c, subjects_are_compared_by_what_names_them);
	tcase_add_test(c, numbers_that_name_nothing_have_a_word_too);
	suite_add_tcase(s, c);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
