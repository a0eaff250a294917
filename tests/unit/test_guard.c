/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The list of addresses that are never acted on.
 */
#include "core/guard.h"

#include <check.h>
#include <string.h>

#include "base/err.h"

static struct guards guards;

static struct prefix net(const char *text)
{
	struct prefix p;

	ck_assert_int_eq(prefix_parse(text, &p), 0);
	return p;
}

static int add(const char *text, enum guard_kind k)
{
	struct prefix p = net(text);

	return guards_add(&guards, &p, k);
}

static enum guard_kind overlap(const char *text)
{
	struct prefix p = net(text);
	const struct guard *g = guards_overlap(&guards, &p);

	return g ? g->kind : GUARD_NONE;
}

static enum guard_kind find(const char *text)
{
	struct addr a;
	const struct guard *g;

	ck_assert_int_eq(addr_parse(text, &a), 0);
	g = guards_find(&guards, &a);
	return g ? g->kind : GUARD_NONE;
}

static void start(void)
{
	memset(&guards, 0, sizeof(guards));
	ck_assert_int_eq(add("192.0.2.0/24", GUARD_OWN), 0);
	ck_assert_int_eq(add("198.51.100.1", GUARD_GATEWAY), 0);
	ck_assert_int_eq(add("2001:db8::/64", GUARD_ADMIN), 0);
}

START_TEST(an_address_in_a_guarded_prefix_is_found)
{
	start();
	ck_assert_int_eq(find("192.0.2.77"), GUARD_OWN);
	ck_assert_int_eq(find("2001:db8::5"), GUARD_ADMIN);
	ck_assert_int_eq(find("192.0.3.1"), GUARD_NONE);
}
END_TEST

START_TEST(a_block_is_held_against_guards_inside_and_around_it)
{
	start();
	ck_assert_int_eq(overlap("192.0.2.9"), GUARD_OWN);
	ck_assert_int_eq(overlap("198.51.100.0/24"), GUARD_GATEWAY);
	ck_assert_int_eq(overlap("0.0.0.0/0"), GUARD_OWN);
	ck_assert_int_eq(overlap("2001:db8::/32"), GUARD_ADMIN);
	ck_assert_int_eq(overlap("203.0.113.0/24"), GUARD_NONE);
	ck_assert_int_eq(overlap("2001:db8:1::/64"), GUARD_NONE);
}
END_TEST

START_TEST(the_same_guard_is_not_listed_twice_but_another_kind_is)
{
	start();
	ck_assert_int_eq(add("192.0.2.0/24", GUARD_OWN), ERR_EXISTS);
	ck_assert_int_eq(add("192.0.2.0/24", GUARD_ALLOWED), 0);
	ck_assert_uint_eq(guards.n, 4);
}
END_TEST

START_TEST(one_that_two_kinds_guard_stays_guarded_when_one_is_removed)
{
	struct prefix p = net("192.0.2.0/24");

	start();
	add("192.0.2.0/24", GUARD_ALLOWED);
	ck_assert_int_eq(guards_remove(&guards, &p, GUARD_OWN), 0);
	ck_assert_int_eq(find("192.0.2.1"), GUARD_ALLOWED);
	ck_assert_int_eq(guards_remove(&guards, &p, GUARD_OWN), ERR_ABSENT);
	ck_assert_int_eq(find("198.51.100.1"), GUARD_GATEWAY);
}
END_TEST

START_TEST(a_kind_is_cleared_whole_and_alone)
{
	start();
	add("203.0.113.1", GUARD_OWN);
	guards_clear(&guards, GUARD_OWN);
	ck_assert_uint_eq(guards.n, 2);
	ck_assert_int_eq(find("192.0.2.1"), GUARD_NONE);
	ck_assert_int_eq(find("198.51.100.1"), GUARD_GATEWAY);
	ck_assert_int_eq(find("2001:db8::5"), GUARD_ADMIN);
}
END_TEST

START_TEST(a_full_list_says_so_and_keeps_what_it_has)
{
	memset(&guards, 0, sizeof(guards));
	for (unsigned i = 0; i < GUARDS; i++) {
		const uint8_t bytes[4] = { 10, 0, (uint8_t)(i >> 8), (uint8_t)i };
		struct addr a = addr_v4(bytes);
		struct prefix p = prefix_of(&a, 32);

		ck_assert_int_eq(guards_add(&guards, &p, GUARD_ALLOWED), 0);
	}
	ck_assert_int_eq(add("192.0.2.1", GUARD_OWN), ERR_FULL);
	ck_assert_int_eq(find("10.0.3.255"), GUARD_ALLOWED);
}
END_TEST

START_TEST(each_kind_has_a_name_of_its_own)
{
	for (int i = 0; i < GUARD_KINDS; i++)
		for (int j = 0; j < i; j++)
			ck_assert_str_ne(guard_kind_name((enum guard_kind)i),
				guard_kind_name((enum guard_kind)j));
	ck_assert_str_eq(guard_kind_name(GUARD_KINDS), "unknown");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("guard");
	TCase *c = tcase_create("guard");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(c, an_address_in_a_guarded_prefix_is_found);
	tcase_add_test(c, a_block_is_held_against_guards_inside_and_around_it);
	tcase_add_test(c, the_same_guard_is_not_listed_twice_but_another_kind_is);
	tcase_add_test(c, one_that_two_kinds_guard_stays_guarded_when_one_is_removed);
	tcase_add_test(c, a_kind_is_cleared_whole_and_alone);
	tcase_add_test(c, a_full_list_says_so_and_keeps_what_it_has);
	tcase_add_test(c, each_kind_has_a_name_of_its_own);
	suite_add_tcase(s, c);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
