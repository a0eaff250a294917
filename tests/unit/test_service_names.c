/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/service_names.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "core/packet.h"

static struct service_names names;
static struct service_name list[SERVICE_NAMES + 3];

static void begin(void)
{
	memset(&names, 0, sizeof(names));
	list[0] = (struct service_name){ PROTO_TCP, 22, "sshd (pid 812)" };
	list[1] = (struct service_name){ PROTO_UDP, 22, "odd (pid 7)" };
	service_names_set(&names, list, 2);
}

START_TEST(a_finding_about_a_service_says_who_serves_it)
{
	struct finding f = { .subject = { .kind = SUBJECT_SERVICE, .proto = PROTO_UDP, .port = 22 } };

	service_names_tell(&names, &f);
	ck_assert_str_eq(f.who, "odd (pid 7)");
}
END_TEST

START_TEST(a_finding_about_a_source_says_who_serves_what_it_called)
{
	struct finding f = { .subject.kind = SUBJECT_SOURCE, .proto = PROTO_TCP, .dport = 22 };

	service_names_tell(&names, &f);
	ck_assert_str_eq(f.who, "sshd (pid 812)");
}
END_TEST

START_TEST(nobody_is_named_for_a_port_without_a_name_or_without_a_port)
{
	struct finding closed = { .subject.kind = SUBJECT_SOURCE, .proto = PROTO_TCP, .dport = 23 };
	struct finding host = { .subject.kind = SUBJECT_HOST };

	service_names_tell(&names, &closed);
	service_names_tell(&names, &host);
	ck_assert_str_eq(closed.who, "");
	ck_assert_str_eq(host.who, "");
}
END_TEST

START_TEST(who_was_named_already_stays)
{
	struct finding f = { .proto = PROTO_TCP, .dport = 22, .who = "another" };

	service_names_tell(&names, &f);
	ck_assert_str_eq(f.who, "another");
}
END_TEST

START_TEST(a_new_list_takes_the_place_of_all_and_is_cut_at_the_bound)
{
	struct finding old = { .proto = PROTO_TCP, .dport = 22 };

	for (size_t i = 0; i < SERVICE_NAMES + 3; i++)
		list[i] = (struct service_name){ PROTO_TCP, (uint16_t)(1000 + i), "x" };
	service_names_set(&names, list, SERVICE_NAMES + 3);
	ck_assert_uint_eq(names.n, SERVICE_NAMES);
	service_names_tell(&names, &old);
	ck_assert_str_eq(old.who, "");
	ck_assert(!service_names_set(&names, list, SERVICE_NAMES + 3));
	list[7].who[0] = 'y';
	ck_assert(service_names_set(&names, list, SERVICE_NAMES + 3));
	ck_assert(service_names_set(&names, NULL, 0));
	ck_assert_uint_eq(names.n, 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("service_names");
	TCase *c = tcase_create("service_names");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(c, begin, NULL);
	tcase_add_test(c, a_finding_about_a_service_says_who_serves_it);
	tcase_add_test(c, a_finding_about_a_source_says_who_serves_what_it_called);
	tcase_add_test(c, nobody_is_named_for_a_port_without_a_name_or_without_a_port);
	tcase_add_test(c, who_was_named_already_stays);
	tcase_add_test(c, a_new_list_takes_the_place_of_all_and_is_cut_at_the_bound);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
