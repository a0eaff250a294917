/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The list of addresses that are never acted on.
 */
#include "core/guard.h"

#include <check.h>
#include <string.h>

#include "base/err.h"
#include "base/hash.h"

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

START_TEST(what_the_machine_tells_replaces_what_it_told_and_nothing_else)
{
	static struct guards found;
	struct prefix p = net("192.0.2.53");

	start();
	add("203.0.113.0/24", GUARD_NEVER_BLOCK);
	add("198.51.100.7", GUARD_ALLOWED);
	memset(&found, 0, sizeof(found));
	ck_assert_int_eq(guards_add_from(&found, &p, GUARD_RESOLVER, "resolv.conf"), 0);
	ck_assert_uint_eq(guards_set_machine(&guards, &found), 0);
	ck_assert_uint_eq(guards.n, 3);
	ck_assert_int_eq(find("192.0.2.53"), GUARD_RESOLVER);
	ck_assert_str_eq(guards.list[2].from, "resolv.conf");
	ck_assert_int_eq(find("192.0.2.1"), GUARD_NONE);
	ck_assert_int_eq(find("203.0.113.9"), GUARD_NEVER_BLOCK);
	ck_assert_int_eq(find("198.51.100.7"), GUARD_ALLOWED);
}
END_TEST

static void fill(struct guards *g, uint8_t net, enum guard_kind k, unsigned n)
{
	memset(g, 0, sizeof(*g));
	for (unsigned i = 0; i < n; i++) {
		const uint8_t bytes[4] = { net, 0, (uint8_t)(i >> 8), (uint8_t)i };
		struct addr a = addr_v4(bytes);
		struct prefix p = prefix_of(&a, 32);

		ck_assert_int_eq(guards_add(g, &p, k), 0);
	}
}

START_TEST(the_machine_leaves_room_for_people_and_takes_none_of_theirs)
{
	static struct guards found;

	fill(&found, 10, GUARD_OWN, GUARDS);
	memset(&guards, 0, sizeof(guards));
	ck_assert_uint_eq(guards_set_machine(&guards, &found), GUARDS - GUARDS_OF_MACHINE);
	ck_assert_uint_eq(guards.n, GUARDS_OF_MACHINE);
	fill(&guards, 11, GUARD_ALLOWED, GUARDS - 10);
	ck_assert_uint_eq(guards_set_machine(&guards, &found), GUARDS - 10);
	ck_assert_uint_eq(guards.n, GUARDS);
	ck_assert_int_eq(find("11.0.3.245"), GUARD_ALLOWED);
	ck_assert_int_eq(find("10.0.0.9"), GUARD_OWN);
	ck_assert_int_eq(find("10.0.0.10"), GUARD_NONE);
}
END_TEST

static struct prefix random_prefix(uint64_t *seed)
{
	uint64_t r = random_next(seed);
	uint8_t bytes[16] = { 0x20, 1, (uint8_t)(r & 1), 0, 0, 0, 0, (uint8_t)(r >> 8 & 3),
		[15] = (uint8_t)(r >> 16 & 3) };
	struct addr v6 = addr_v6(bytes), v4;

	bytes[0] = 10;
	bytes[2] = (uint8_t)(r >> 24 & 3);
	bytes[3] = (uint8_t)(r >> 32 & 7);
	v4 = addr_v4(bytes);
	if (r >> 40 & 1)
		return prefix_of(&v4, r >> 41 & 1 ? 32 : (unsigned)(r >> 42) % 33);
	return prefix_of(&v6, r >> 41 & 1 ? 64 : (unsigned)(r >> 42) % 129);
}

START_TEST(the_index_answers_as_the_list_does)
{
	static struct guard_index x;
	size_t yes = 0, no = 0;
	uint64_t seed = 7;

	for (int round = 0; round < 300; round++) {
		memset(&guards, 0, sizeof(guards));
		for (int i = 0; i < round % 40; i++) {
			struct prefix p = random_prefix(&seed);

			/* Wide ones hold everything and would leave nothing to ask. */
			if (p.len > 24)
				guards_add(&guards, &p, GUARD_OWN);
		}
		guard_index_build(&x, &guards);
		for (int i = 0; i < 100; i++) {
			struct prefix p = random_prefix(&seed);
			bool held = guards_overlap(&guards, &p);

			ck_assert(guard_index_overlaps(&x, &p) == held);
			*(held ? &yes : &no) += 1;
		}
	}
	ck_assert_uint_gt(yes, 1000);
	ck_assert_uint_gt(no, 1000);
}
END_TEST

START_TEST(a_full_index_finds_each_guard)
{
	static struct guard_index x;

	fill(&guards, 10, GUARD_OWN, GUARDS);
	guard_index_build(&x, &guards);
	for (size_t i = 0; i < GUARDS; i++)
		ck_assert(guard_index_overlaps(&x, &guards.list[i].prefix));
	for (size_t i = 1; i < x.n; i++)
		ck_assert_uint_lt(x.keys[i - 1], x.keys[i]);
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
	tcase_add_test(c, what_the_machine_tells_replaces_what_it_told_and_nothing_else);
	tcase_add_test(c, the_machine_leaves_room_for_people_and_takes_none_of_theirs);
	tcase_add_test(c, the_index_answers_as_the_list_does);
	tcase_add_test(c, a_full_index_finds_each_guard);
	tcase_add_test(c, each_kind_has_a_name_of_its_own);
	suite_add_tcase(s, c);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
