/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names learned from answers: each way in which somebody may try to have a name or an address believed that nobody
 * asked for.
 */
#include "../support/names_lab.h"

/* The question is asked, the forged answer comes, then the right one: that alone is believed, and it still is. */
static void forged(const struct dns_message *lie)
{
	struct dns_message q = ask("bank.example", 77), r = answer("bank.example", 77, nth(1), 300);

	tell(&q);
	tell(lie);
	ck_assert_uint_eq(n_told, 0);
	ck_assert_str_eq(of(nth(66)), "");
	tell(&r);
	ck_assert_uint_eq(n_told, 1);
	ck_assert_str_eq(of(nth(1)), "bank.example");
	ck_assert_uint_eq(count_of("bank.example"), 1);
}

START_TEST(an_answer_with_another_id_is_not_believed)
{
	struct dns_message lie = answer("bank.example", 78, nth(66), 86400);

	forged(&lie);
	ck_assert_uint_eq(stats().stray, 1);
}
END_TEST

START_TEST(an_answer_to_another_port_is_not_believed)
{
	struct dns_message lie = answer("bank.example", 77, nth(66), 86400);

	lie.client_port = 40001;
	forged(&lie);
	ck_assert_uint_eq(stats().stray, 1);
}
END_TEST

START_TEST(an_answer_of_another_name_or_type_is_not_believed)
{
	struct dns_message lie = answer("bonk.example", 77, nth(66), 86400);

	forged(&lie);
	tear_down();
	set_up();
	lie = answer("bank.example", 77, nth(66), 86400);
	lie.type = DNS_TYPE_AAAA;
	forged(&lie);
	ck_assert_uint_eq(stats().stray, 1);
}
END_TEST

START_TEST(an_answer_of_another_server_is_not_believed)
{
	struct dns_message lie = answer("bank.example", 77, nth(66), 86400);

	lie.server = v4(127, 0, 0, 53); /* a resolver, but not the one that was asked */
	forged(&lie);
	ck_assert_uint_eq(stats().stray, 1);
	tear_down();
	set_up();
	lie.server = v4(198, 51, 100, 1); /* none */
	forged(&lie);
	ck_assert_uint_eq(stats().strangers, 1);
}
END_TEST

START_TEST(an_answer_to_another_host_is_not_believed)
{
	struct dns_message lie = answer("bank.example", 77, nth(66), 86400);

	lie.client = v4(10, 0, 0, 2);
	forged(&lie);
}
END_TEST

START_TEST(a_second_answer_is_not_believed)
{
	struct dns_message q = ask("bank.example", 77), r = answer("bank.example", 77, nth(1), 300);
	struct dns_message lie = answer("bank.example", 77, nth(66), 86400);

	tell(&q);
	tell(&r);
	tell(&lie);
	ck_assert_str_eq(of(nth(66)), "");
	ck_assert_uint_eq(count_of("bank.example"), 1);
	ck_assert_uint_eq(stats().stray, 1);
}
END_TEST

START_TEST(a_late_answer_is_not_believed)
{
	struct dns_message q = ask("bank.example", 77), r = answer("bank.example", 77, nth(1), 300);

	tell(&q);
	later(6);
	tell(&r);
	ck_assert_str_eq(of(nth(1)), "");
	ck_assert_uint_eq(stats().stray, 1);
	tell(&q);
	later(5);
	tell(&r);
	ck_assert_str_eq(of(nth(1)), "bank.example");
}
END_TEST

START_TEST(a_question_that_is_repeated_waits_from_then_on_and_is_answered_once)
{
	struct dns_message q = ask("bank.example", 77), r = answer("bank.example", 77, nth(1), 300);

	tell(&q);
	later(4);
	tell(&q);
	later(4);
	tell(&r);
	tell(&r);
	ck_assert_uint_eq(stats().answers, 1);
	ck_assert_uint_eq(stats().stray, 1);
}
END_TEST

START_TEST(a_question_that_was_repeated_is_not_forgotten_with_its_first_time)
{
	struct dns_message q = ask("bank.example", 77), r = answer("bank.example", 77, nth(1), 300);

	tell(&q);
	tell(&q);
	for (unsigned i = 0; i < NAMES_ASKED - 1; i++) {
		struct dns_message other = ask("other.example", (uint16_t)i);

		tell(&other);
	}
	tell(&r);
	ck_assert_uint_eq(stats().unasked, 0);
	ck_assert_uint_eq(stats().answers, 1);
}
END_TEST

START_TEST(nobody_but_configured_resolvers_is_believed)
{
	struct dns_message q = ask("bank.example", 77), r = answer("bank.example", 77, nth(66), 300);

	q.server = r.server = v4(8, 8, 8, 8);
	tell(&q);
	tell(&r);
	ck_assert_str_eq(of(nth(66)), "");
	ck_assert_uint_eq(stats().questions, 0);
	ck_assert_uint_eq(stats().strangers, 2);
}
END_TEST

START_TEST(a_resolver_that_is_none_any_more_is_not_believed)
{
	struct dns_message q = ask("bank.example", 77), r = answer("bank.example", 77, nth(1), 300);

	tell(&q);
	names_resolvers(n, NULL, 0);
	tell(&r);
	ck_assert_str_eq(of(nth(1)), "");
	ck_assert_uint_eq(stats().strangers, 1);
}
END_TEST

START_TEST(an_answer_without_addresses_uses_its_question_up)
{
	struct dns_message q = ask("nosuch.example", 77), r = answer("nosuch.example", 77, nth(1), 300);

	r.rcode = 3;
	r.n_addresses = 0;
	tell(&q);
	tell(&r);
	r = answer("nosuch.example", 77, nth(66), 300);
	tell(&r);
	ck_assert_str_eq(of(nth(66)), "");
	ck_assert_uint_eq(stats().stray, 1);
}
END_TEST

START_TEST(addresses_that_are_no_hosts_are_not_believed)
{
	static const uint8_t six[][16] = { { 0 }, { [15] = 1 }, { 0xff, 2, [15] = 1 } };

	look_up("rebind.example", v4(127, 0, 0, 1), 300);
	look_up("rebind.example", v4(0, 0, 0, 0), 300);
	look_up("rebind.example", v4(224, 0, 0, 251), 300);
	look_up("rebind.example", v4(255, 255, 255, 255), 300);
	for (size_t i = 0; i < 3; i++)
		look_up("rebind.example", addr_v6(six[i]), 300);
	ck_assert_uint_eq(n_told, 0);
	ck_assert_uint_eq(count_of("rebind.example"), 0);
	ck_assert_uint_eq(stats().refused, 7);
	look_up("intranet.example", v4(10, 1, 2, 3), 300);
	ck_assert_uint_eq(n_told, 1);
}
END_TEST

START_TEST(names_that_are_addresses_or_nothing_are_not_believed)
{
	static const char *const names[] = { "", "10.0.0.1", "1", "foo.1", "0x7f000001", "a.0x", "9.9.9.9" };
	char binary[DNS_NAME];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		look_up(names[i], nth(66), 300);
	memset(binary, 0, sizeof(binary));
	for (size_t i = 0; i < 100; i++)
		memcpy(binary + 4 * i, "\\255", 4);
	look_up(binary, nth(66), 300);
	ck_assert_uint_eq(n_told, 0);
	ck_assert_uint_eq(stats().refused, 8);
	look_up("1.example", nth(1), 300);
	look_up("0xff.example", nth(2), 300);
	look_up("printer", nth(3), 300);
	ck_assert_uint_eq(n_told, 3);
}
END_TEST

START_TEST(a_flood_of_forged_answers_evicts_nothing)
{
	struct dns_message q = ask("bank.example", 77), r = answer("bank.example", 77, nth(1), 300);

	look_up("used.example", nth(2), 300);
	tell(&q);
	for (unsigned i = 0; i < 100000; i++) {
		char name[32];
		struct dns_message lie;

		snprintf(name, sizeof(name), "n%u.example", i);
		lie = answer(name, (uint16_t)i, nth(1000 + i), 86400);
		tell(&lie);
	}
	tell(&r);
	ck_assert_str_eq(of(nth(1)), "bank.example");
	ck_assert_str_eq(of(nth(2)), "used.example");
	ck_assert_uint_eq(stats().addresses, 2);
	ck_assert_uint_eq(stats().evicted + stats().unasked, 0);
	ck_assert_uint_eq(stats().stray, 100000);
}
END_TEST

START_TEST(a_flood_of_own_questions_evicts_the_oldest_and_counts_them)
{
	struct dns_message first = ask("first.example", 1), last = ask("last.example", 2), r;

	tell(&first);
	for (unsigned i = 0; i < NAMES_ASKED - 1; i++) {
		char name[32];
		struct dns_message q;

		snprintf(name, sizeof(name), "n%u.example", i);
		q = ask(name, (uint16_t)i);
		tell(&q);
	}
	ck_assert_uint_eq(stats().unasked, 0);
	tell(&last);
	ck_assert_uint_eq(stats().unasked, 1);
	r = answer("first.example", 1, nth(1), 300);
	tell(&r);
	r = answer("last.example", 2, nth(2), 300);
	tell(&r);
	ck_assert_str_eq(of(nth(1)), "");
	ck_assert_str_eq(of(nth(2)), "last.example");
}
END_TEST

START_TEST(questions_that_nobody_waits_for_any_more_make_room_uncounted)
{
	for (unsigned i = 0; i < 5 * NAMES_ASKED; i++) {
		struct dns_message q = ask("a.example", (uint16_t)i);

		tell(&q);
		now = mono_add(now, 6 * NS_PER_S / NAMES_ASKED);
	}
	ck_assert_uint_eq(stats().unasked, 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("names_lies");
	TCase *t = tcase_create("names_lies");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, an_answer_with_another_id_is_not_believed);
	tcase_add_test(t, an_answer_to_another_port_is_not_believed);
	tcase_add_test(t, an_answer_of_another_name_or_type_is_not_believed);
	tcase_add_test(t, an_answer_of_another_server_is_not_believed);
	tcase_add_test(t, an_answer_to_another_host_is_not_believed);
	tcase_add_test(t, a_second_answer_is_not_believed);
	tcase_add_test(t, a_late_answer_is_not_believed);
	tcase_add_test(t, a_question_that_is_repeated_waits_from_then_on_and_is_answered_once);
	tcase_add_test(t, a_question_that_was_repeated_is_not_forgotten_with_its_first_time);
	tcase_add_test(t, nobody_but_configured_resolvers_is_believed);
	tcase_add_test(t, a_resolver_that_is_none_any_more_is_not_believed);
	tcase_add_test(t, an_answer_without_addresses_uses_its_question_up);
	tcase_add_test(t, addresses_that_are_no_hosts_are_not_believed);
	tcase_add_test(t, names_that_are_addresses_or_nothing_are_not_believed);
	tcase_add_test(t, a_flood_of_forged_answers_evicts_nothing);
	tcase_add_test(t, a_flood_of_own_questions_evicts_the_oldest_and_counts_them);
	tcase_add_test(t, questions_that_nobody_waits_for_any_more_make_room_uncounted);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
