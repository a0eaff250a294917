/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names learned from answers: what programs may rely on.
 */
#include "../support/names_lab.h"

START_TEST(it_is_no_larger_than_was_promised)
{
	ck_assert_uint_le(names_bytes(), 2 << 20);
}
END_TEST

START_TEST(an_answer_to_a_question_is_believed)
{
	struct addr out[4];
	mono_t until[4];

	look_up("example.net", nth(1), 300);
	ck_assert_str_eq(of(nth(1)), "example.net");
	ck_assert_uint_eq(names_addresses(n, "example.net", now, out, until, 4), 1);
	ck_assert(addr_equal(&out[0], &(struct addr){ out[0].family, { 203, 0, 0, 1 } }));
	ck_assert_int_eq(until[0].ns, mono_add(now, (300 + NAMES_LINGER_S) * NS_PER_S).ns);
	ck_assert_uint_eq(n_told, 1);
	ck_assert_str_eq(told[0].name, "example.net");
	ck_assert_int_eq(told[0].until.ns, until[0].ns);
	ck_assert_uint_eq(stats().questions, 1);
	ck_assert_uint_eq(stats().answers, 1);
	ck_assert_uint_eq(stats().learned, 1);
	ck_assert_uint_eq(stats().addresses, 1);
}
END_TEST

START_TEST(what_is_not_known_has_no_name)
{
	ck_assert_str_eq(of(nth(1)), "");
	ck_assert_uint_eq(count_of("example.net"), 0);
	ck_assert_uint_eq(count_of(""), 0);
	ck_assert_uint_eq(count_of("."), 0);
}
END_TEST

START_TEST(names_are_found_in_any_case_with_or_without_the_last_dot)
{
	char longest[400];

	look_up("example.net", nth(1), 300);
	ck_assert_uint_eq(count_of("Example.NET."), 1);
	ck_assert_uint_eq(count_of("example.net.."), 0);
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	ck_assert_uint_eq(count_of(longest), 0);
}
END_TEST

START_TEST(a_stub_on_loopback_is_a_resolver_like_any_other)
{
	struct dns_message q = ask("bank.example", 77), r = answer("bank.example", 77, nth(1), 300);

	q.client = r.client = v4(127, 0, 0, 1);
	q.server = r.server = v4(127, 0, 0, 53);
	tell(&q);
	tell(&r);
	ck_assert_str_eq(of(nth(1)), "bank.example");
}
END_TEST

START_TEST(lifetimes_have_a_floor_a_ceiling_and_linger)
{
	static const struct {
		uint32_t ttl_s;
		int64_t lasts_s;
	} cases[] = { { 0, 360 }, { 1, 360 }, { 60, 360 }, { 61, 361 }, { 86400, 86700 }, { 86401, 86700 }, { INT32_MAX, 86700 } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tear_down();
		set_up();
		look_up("example.net", nth(1), cases[i].ttl_s);
		later(cases[i].lasts_s);
		ck_assert_str_eq(of(nth(1)), "example.net");
		now.ns++;
		ck_assert_str_eq(of(nth(1)), "");
		ck_assert_uint_eq(count_of("example.net"), 0);
	}
}
END_TEST

START_TEST(a_shorter_lifetime_takes_nothing_back)
{
	look_up("example.net", nth(1), 3600);
	look_up("example.net", nth(1), 60);
	ck_assert_int_eq(told[1].until.ns, told[0].until.ns);
	later(3000);
	ck_assert_str_eq(of(nth(1)), "example.net");
	ck_assert_uint_eq(stats().addresses, 1);
}
END_TEST

START_TEST(addresses_that_change_every_three_seconds_are_all_known)
{
	for (unsigned i = 0; i < 1000; i++) {
		look_up("moving.example", nth(i), 1);
		later(3);
		ck_assert_str_eq(of(nth(i)), "moving.example");
		if (i >= 110)
			ck_assert_str_eq(of(nth(i - 110)), "moving.example");
	}
	ck_assert_uint_eq(count_of("moving.example"), 120);
	ck_assert_uint_eq(stats().evicted, 0);
}
END_TEST

START_TEST(what_is_over_leaves)
{
	for (unsigned i = 0; i < 500; i++)
		look_up("moving.example", nth(i % 200), 1);
	later(1000);
	for (unsigned i = 0; i < NAMES_ADDRESSES; i++)
		look_up("other.example", nth(1000), 1);
	ck_assert_uint_eq(stats().addresses, 1);
	ck_assert_uint_eq(stats().evicted, 0);
}
END_TEST

START_TEST(an_address_of_many_names_has_the_one_that_was_looked_up_last)
{
	look_up("a.example", nth(1), 300);
	look_up("b.example", nth(1), 3000);
	ck_assert_str_eq(of(nth(1)), "b.example");
	look_up("a.example", nth(1), 300);
	ck_assert_str_eq(of(nth(1)), "a.example");
	later(601);
	ck_assert_str_eq(of(nth(1)), "b.example");
	for (unsigned i = 0; i < NAMES_ADDRESSES; i++) /* the other one leaves */
		look_up("other.example", nth(2), 300);
	ck_assert_uint_eq(stats().addresses, 2);
	ck_assert_str_eq(of(nth(1)), "b.example");
	ck_assert_uint_eq(count_of("b.example"), 1);
}
END_TEST

START_TEST(one_name_has_so_many_addresses_and_no_more)
{
	for (unsigned i = 0; i < 1000; i++)
		look_up("flux.example", nth(i), 300 + i);
	ck_assert_uint_eq(count_of("flux.example"), NAMES_PER_NAME);
	ck_assert_uint_eq(stats().evicted, 1000 - NAMES_PER_NAME);
	ck_assert_str_eq(of(nth(1000 - NAMES_PER_NAME)), "flux.example");
	ck_assert_str_eq(of(nth(1000 - NAMES_PER_NAME - 1)), "");
}
END_TEST

START_TEST(names_in_use_stay_where_others_come_by_the_thousand)
{
	for (unsigned i = 0; i < 20000; i++) {
		char name[32];

		snprintf(name, sizeof(name), "n%u.example", i);
		look_up(name, nth(100 + i), 300);
		if (i % 1000 == 0)
			look_up("used.example", nth(1), 300);
	}
	ck_assert_str_eq(of(nth(1)), "used.example");
	ck_assert_uint_eq(stats().addresses, NAMES_KNOWN);
	ck_assert_uint_eq(stats().evicted, 20001 - NAMES_KNOWN);
	ck_assert_str_eq(of(nth(100)), "");
	ck_assert_uint_eq(count_of("n0.example"), 0);
	ck_assert_uint_eq(count_of("n19999.example"), 1);
}
END_TEST

/* Against a plain list of all that was learned: whatever is known is so, and at the address of a name that is there. */
START_TEST(the_book_never_says_what_was_not_learned)
{
	uint64_t seed = 11;

	for (unsigned i = 0; i < 200000; i++) {
		uint64_t r = random_next(&seed);
		unsigned who = (unsigned)(r % 5000);
		char name[32];

		snprintf(name, sizeof(name), "n%u.example", who);
		/* The address of a name is told by its number: who + k * 8192. */
		look_up(name, nth(who + 8192 * (unsigned)(r >> 32 & 7)), (uint32_t)(r >> 40 & 511));
		now.ns += NS_PER_S / 16;
	}
	for (unsigned i = 0; i < 8192 * 8; i++) {
		char want[32];
		const char *is = of(nth(i));

		snprintf(want, sizeof(want), "n%u.example", i % 8192);
		ck_assert_msg(!is[0] || strcmp(is, want) == 0, "%u: %s", i, is);
		if (is[0])
			ck_assert_uint_ge(count_of(want), 1);
	}
	ck_assert_uint_le(stats().addresses, NAMES_ADDRESSES);
	ck_assert_uint_gt(stats().addresses, 1000);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("names");
	TCase *t = tcase_create("names");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, it_is_no_larger_than_was_promised);
	tcase_add_test(t, an_answer_to_a_question_is_believed);
	tcase_add_test(t, what_is_not_known_has_no_name);
	tcase_add_test(t, names_are_found_in_any_case_with_or_without_the_last_dot);
	tcase_add_test(t, a_stub_on_loopback_is_a_resolver_like_any_other);
	tcase_add_test(t, lifetimes_have_a_floor_a_ceiling_and_linger);
	tcase_add_test(t, a_shorter_lifetime_takes_nothing_back);
	tcase_add_test(t, addresses_that_change_every_three_seconds_are_all_known);
	tcase_add_test(t, what_is_over_leaves);
	tcase_add_test(t, an_address_of_many_names_has_the_one_that_was_looked_up_last);
	tcase_add_test(t, one_name_has_so_many_addresses_and_no_more);
	tcase_add_test(t, names_in_use_stay_where_others_come_by_the_thousand);
	tcase_add_test(t, the_book_never_says_what_was_not_learned);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
