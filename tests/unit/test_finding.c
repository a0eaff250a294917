/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The values that travel: when two subjects are the same one, and that everything that is
 * shown by name has one.
 */
#include "core/finding.h"

#include <check.h>

#include "core/event.h"
#include "support/craft.h"

static struct subject source(const char *text)
{
	struct addr a = craft_addr(text);

	return (struct subject){ .kind = SUBJECT_SOURCE, .source = prefix_of(&a, addr_bits(&a)) };
}

START_TEST(a_source_is_itself_whatever_service_it_was_found_at)
{
	struct subject a = source("192.0.2.1"), b = a;

	b.proto = PROTO_TCP;
	b.port = 22;
	ck_assert(subject_equal(&a, &b));
}
END_TEST

START_TEST(sources_differ_by_address_and_by_width)
{
	struct subject a = source("192.0.2.1"), b = source("192.0.2.2"), c = a;

	c.source = prefix_of(&a.source.addr, 24);
	ck_assert(!subject_equal(&a, &b));
	ck_assert(!subject_equal(&a, &c));
}
END_TEST

START_TEST(services_differ_by_protocol_and_port)
{
	struct subject web = { .kind = SUBJECT_SERVICE, .proto = PROTO_TCP, .port = 80 };
	struct subject other = web;

	ck_assert(subject_equal(&web, &other));
	other.port = 81;
	ck_assert(!subject_equal(&web, &other));
	other = web;
	other.proto = PROTO_UDP;
	ck_assert(!subject_equal(&web, &other));
}
END_TEST

START_TEST(there_is_one_host_and_it_is_no_source)
{
	struct subject host = { .kind = SUBJECT_HOST }, same = host, nobody = source("0.0.0.0");

	same.port = 9;
	ck_assert(subject_equal(&host, &same));
	ck_assert(!subject_equal(&host, &nobody));
}
END_TEST

START_TEST(everything_that_is_shown_has_a_name_of_its_own)
{
	ck_assert_str_eq(proof_name(PROOF_CLAIMED), "claimed");
	ck_assert_str_eq(proof_name(PROOF_ANSWERED), "answered");
	ck_assert_str_eq(proof_name(PROOF_LOCAL), "local");
	for (int a = FINDING_NONE; a < FINDING_KINDS; a++) {
		ck_assert_ptr_nonnull(finding_kind_name((enum finding_kind)a));
		for (int b = FINDING_NONE; b < a; b++)
			ck_assert_str_ne(finding_kind_name((enum finding_kind)a), finding_kind_name((enum finding_kind)b));
	}
	for (int a = EVENT_FINDING; a <= EVENT_NOTICE; a++)
		for (int b = EVENT_FINDING; b < a; b++)
			ck_assert_str_ne(event_kind_name((enum event_kind)a),
				event_kind_name((enum event_kind)b));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("finding");
	TCase *t = tcase_create("finding");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(t, a_source_is_itself_whatever_service_it_was_found_at);
	tcase_add_test(t, sources_differ_by_address_and_by_width);
	tcase_add_test(t, services_differ_by_protocol_and_port);
	tcase_add_test(t, there_is_one_host_and_it_is_no_source);
	tcase_add_test(t, everything_that_is_shown_has_a_name_of_its_own);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
