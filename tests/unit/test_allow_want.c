/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel is to have of allowlists, case by case; test_allow_want_model.c does whatever comes. */
#include "../support/allow_lab.h"

#include "core/packet.h"

static size_t user_list(const char *title, uint32_t uid)
{
	size_t list;

	ck_assert_int_eq(allowlist_begin(&lists, title, &list), 0);
	lists.lists[list].actor = (struct actor){ .kind = ACTOR_USER, .uid = uid };
	return list;
}

static void learn(const char *name, const char *a, int64_t for_s)
{
	struct addr to = addr(a);

	allow_want_name(w, name, &to, mono_add(now, (for_s + LINGER) * NS_PER_S), now);
}

static bool reaches(uint32_t uid, const char *to, uint8_t proto, uint16_t port)
{
	struct actor a = { .kind = ACTOR_USER, .uid = uid };
	struct addr d = addr(to);

	kernel_time();
	return kernel_permits(&a, &d, proto, port);
}

START_TEST(prefixes_are_there_at_once_and_only_where_the_list_is_in_force)
{
	size_t a = user_list("a", 33), b = user_list("b", 34);

	entry(&lists, a, "", "10.0.0.0/8", 0, 443, 443);
	entry(&lists, b, "", "10.0.0.0/8", PROTO_TCP, 443, 443);
	allow_want_rules(w, &lists, 1u << a, now);
	ck_assert_uint_eq(drain(), 2);
	ck_assert(reaches(33, "10.1.2.3", PROTO_TCP, 443));
	ck_assert(reaches(33, "10.1.2.3", PROTO_UDP, 443));
	ck_assert(!reaches(33, "10.1.2.3", PROTO_TCP, 444));
	ck_assert(!reaches(34, "10.1.2.3", PROTO_TCP, 443));
	allow_want_rules(w, &lists, 0, now);
	ck_assert_uint_eq(drain(), 2);
	ck_assert_uint_eq(n_kernel, 0);
	ck_assert_uint_eq(stats().elements, 0);
}
END_TEST

START_TEST(a_new_address_of_a_name_is_there_at_once_and_lingers)
{
	size_t a = user_list("a", 33);

	entry(&lists, a, "*.example.net", NULL, PROTO_TCP, 443, 443);
	allow_want_rules(w, &lists, 1, now);
	learn("www.example.net", "192.0.2.1", 60);
	learn("www.example.com", "192.0.2.2", 60);
	drain();
	ck_assert(reaches(33, "192.0.2.1", PROTO_TCP, 443));
	ck_assert(!reaches(33, "192.0.2.2", PROTO_TCP, 443));
	ticks(60 + LINGER - 1);
	ck_assert(reaches(33, "192.0.2.1", PROTO_TCP, 443));
	ticks(20);
	ck_assert(!reaches(33, "192.0.2.1", PROTO_TCP, 443));
	ck_assert_uint_eq(stats().elements, 0);
	ck_assert_uint_eq(stats().addresses, 0);
	ck_assert_uint_eq(stats().lapsed, 1);
}
END_TEST

START_TEST(a_name_that_is_asked_for_each_second_costs_few_changes)
{
	size_t a = user_list("a", 33), before;

	entry(&lists, a, "a.net", NULL, PROTO_TCP, 443, 443);
	allow_want_rules(w, &lists, 1, now);
	for (int i = 0; i < 3600; i++) {
		learn("a.net", "192.0.2.1", 60);
		ticks(1);
		ck_assert(reaches(33, "192.0.2.1", PROTO_TCP, 443));
	}
	before = stats().changes;
	ck_assert_uint_ge(before, 3600 / (60 + LINGER));
	ck_assert_uint_le(before, 30);
}
END_TEST

START_TEST(a_list_that_comes_into_force_has_the_addresses_learned_before)
{
	size_t a = user_list("a", 33);
	struct addr to = addr("192.0.2.1");

	entry(&lists, a, "*.a.net", NULL, PROTO_TCP, 443, 443);
	allow_want_rules(w, &lists, 0, now);
	learn("x.a.net", "192.0.2.1", 60);
	ck_assert_uint_eq(drain(), 0);
	ck_assert(allow_want_permits(w, a, &to, PROTO_TCP, 443, now));
	ck_assert(!allow_want_permits(w, a, &to, PROTO_TCP, 80, now));
	ck_assert_uint_eq(allow_want_known(w, a, now), 1);
	allow_want_rules(w, &lists, 1, now);
	ck_assert(!allow_want_settled(w, &lists.lists[a].actor));
	drain();
	ck_assert(allow_want_settled(w, &lists.lists[a].actor));
	ck_assert(reaches(33, "192.0.2.1", PROTO_TCP, 443));
}
END_TEST

START_TEST(what_the_host_knows_of_new_names_is_recalled)
{
	size_t a = user_list("a", 33);

	recalled = addr("192.0.2.7");
	entry(&lists, a, "known.net", NULL, PROTO_TCP, 443, 443);
	allow_want_rules(w, &lists, 1, now);
	allow_want_recall(w, NULL, now);
	drain();
	ck_assert(reaches(33, "192.0.2.7", PROTO_TCP, 443));
}
END_TEST

START_TEST(two_names_of_one_address_with_ports_that_overlap_do_not)
{
	size_t a = user_list("a", 33);

	entry(&lists, a, "all.net", NULL, 0, 0, 65535);
	entry(&lists, a, "web.net", NULL, PROTO_TCP, 80, 443);
	entry(&lists, a, "", "192.0.2.0/24", PROTO_TCP, 100, 200);
	entry(&lists, a, "", "192.0.0.0/16", PROTO_TCP, 150, 300);
	allow_want_rules(w, &lists, 1, now);
	learn("all.net", "192.0.2.1", 60);
	learn("web.net", "192.0.2.1", 600);
	drain();
	ck_assert_uint_eq(stats().failed, 0); /* none overlaps */
	ck_assert(reaches(33, "192.0.2.1", PROTO_TCP, 0));
	ck_assert(reaches(33, "192.0.2.1", PROTO_TCP, 65535));
	ck_assert(reaches(33, "192.0.2.1", PROTO_UDP, 1));
	ticks(60 + LINGER + 20);
	ck_assert(!reaches(33, "192.0.2.1", PROTO_TCP, 79));
	for (unsigned port = 80; port <= 443; port++)
		ck_assert(reaches(33, "192.0.2.1", PROTO_TCP, (uint16_t)port));
	ck_assert(!reaches(33, "192.0.2.1", PROTO_TCP, 444));
	ck_assert(!reaches(33, "192.0.2.1", PROTO_UDP, 1));
}
END_TEST

START_TEST(a_refused_change_is_tried_again_later_and_less_and_less)
{
	size_t a = user_list("a", 33), tries = 0;
	struct allow_change c;

	entry(&lists, a, "", "10.0.0.0/8", PROTO_TCP, 443, 443);
	allow_want_rules(w, &lists, 1, now);
	for (int s = 0; s < 600; s++) {
		now = mono_add(now, NS_PER_S / 4);
		allow_want_tick(w, now);
		for (; allow_want_take(w, now, &c); tries++)
			allow_want_answer(w, &c, ERR_AGAIN, now);
	}
	ck_assert_uint_ge(tries, 4);
	ck_assert_uint_le(tries, 9);
	ck_assert_uint_eq(stats().failed, tries);
	ck_assert_uint_eq(stats().pending, 1);
	ticks(64 + 16);
	ck_assert(reaches(33, "10.0.0.1", PROTO_TCP, 443));
	ck_assert_uint_eq(stats().pending, 0);
}
END_TEST

START_TEST(after_the_table_was_lost_late_answers_say_nothing)
{
	size_t a = user_list("a", 33);
	struct allow_change late, c;

	entry(&lists, a, "", "10.0.0.0/8", PROTO_TCP, 443, 443);
	allow_want_rules(w, &lists, 1, now);
	ck_assert(allow_want_take(w, now, &late));
	allow_want_lost(w, now);
	allow_want_answer(w, &late, 0, now);
	ck_assert(!allow_want_settled(w, &lists.lists[a].actor));
	ck_assert(allow_want_take(w, now, &c));
	ck_assert_int_eq(c.op, ALLOW_ADD);
	allow_want_answer(w, &late, 0, now);
	ck_assert(!allow_want_settled(w, &lists.lists[a].actor));
	allow_want_answer(w, &c, 0, now);
	ck_assert(allow_want_settled(w, &lists.lists[a].actor));
	ck_assert(!allow_want_take(w, now, &c));
}
END_TEST

START_TEST(a_group_made_anew_has_its_elements_under_its_new_id)
{
	size_t a = user_list("a", 0);
	struct actor old, anew;
	struct addr to = addr("192.0.2.1");

	lists.lists[a].actor = (struct actor){ .kind = ACTOR_GROUP, .level = 2 };
	strcpy(lists.lists[a].group, "a.slice/b.service");
	entry(&lists, a, "*.net", NULL, PROTO_TCP, 443, 443);
	allow_want_rules(w, &lists, 1, now);
	learn("a.net", "192.0.2.1", 60);
	ck_assert_uint_eq(drain(), 0); /* there is no such group yet */
	allowlist_bind(&lists, "a.slice/b.service", 77);
	old = lists.lists[a].actor;
	allow_want_rules(w, &lists, 1, now);
	drain();
	ck_assert(kernel_permits(&old, &to, PROTO_TCP, 443));
	allowlist_bind(&lists, "a.slice/b.service", 78);
	anew = lists.lists[a].actor;
	allow_want_rules(w, &lists, 1, now);
	drain();
	ck_assert(!kernel_permits(&old, &to, PROTO_TCP, 443));
	ck_assert(kernel_permits(&anew, &to, PROTO_TCP, 443));
}
END_TEST

START_TEST(more_than_there_is_room_for_is_counted_and_what_stands_stays)
{
	size_t a = user_list("a", 33);
	struct addr to = addr("10.0.0.0");

	const char *const names[] = { "a.net", "a.com", "a.org", "a.edu", "a.gov" };
	char pattern[16];

	entry(&lists, a, "", "192.0.2.1", PROTO_TCP, 443, 443);
	for (size_t i = 0; i < 5; i++) {
		snprintf(pattern, sizeof(pattern), "*%s", names[i] + 1);
		entry(&lists, a, pattern, NULL, PROTO_TCP, 443, 443);
		entry(&lists, a, pattern, NULL, PROTO_TCP, 80, 80);
		entry(&lists, a, pattern, NULL, PROTO_TCP, 25, 25);
	}
	allow_want_rules(w, &lists, 1, now);
	for (unsigned i = 0; i < ALLOW_WANT_ADDRESSES + 10; i++) {
		to.bytes[2] = (uint8_t)(i >> 8);
		to.bytes[3] = (uint8_t)i;
		allow_want_name(w, names[i / ALLOW_WANT_A_PATTERN], &to, mono_add(now, (60 + LINGER) * NS_PER_S), now);
		drain();
	}
	ck_assert_uint_eq(stats().addresses, ALLOW_WANT_ADDRESSES);
	ck_assert_uint_eq(stats().addresses_full, 10);
	ck_assert_uint_eq(stats().elements, ALLOW_WANT_ELEMENTS);
	ck_assert_uint_gt(stats().elements_full, 0);
	ck_assert_uint_eq(n_kernel, ALLOW_WANT_ELEMENTS);
	ck_assert(reaches(33, "192.0.2.1", PROTO_TCP, 443));
	ck_assert(reaches(33, "10.0.0.0", PROTO_TCP, 25));
	ticks(60 + LINGER + 20);
	ck_assert_uint_eq(stats().addresses, 0);
	ck_assert_uint_eq(n_kernel, 1);
}
END_TEST

START_TEST(who_chooses_names_below_a_wildcard_takes_nobody_elses_room)
{
	size_t a = user_list("a", 33), b = user_list("b", 34);
	char name[32], to[16];

	entry(&lists, a, "*.example.net", NULL, PROTO_TCP, 443, 443);
	entry(&lists, b, "needed.example.org", NULL, PROTO_TCP, 443, 443);
	allow_want_rules(w, &lists, 3, now);
	for (unsigned i = 0; i < 2 * ALLOW_WANT_ADDRESSES; i++) {
		snprintf(name, sizeof(name), "x%u.example.net", i);
		snprintf(to, sizeof(to), "10.0.%u.%u", i >> 8, i & 255);
		learn(name, i % 2 ? "192.0.2.7" : to, 60);
		drain();
	}
	ck_assert_uint_eq(stats().addresses, ALLOW_WANT_A_PATTERN);
	ck_assert_uint_gt(stats().addresses_full, 0);
	learn("needed.example.org", "192.0.2.1", 60);
	drain();
	ck_assert(reaches(34, "192.0.2.1", PROTO_TCP, 443));
	ck_assert(!reaches(34, "192.0.2.7", PROTO_TCP, 443));
	ticks(60 + LINGER + 20);
	ck_assert_uint_eq(stats().addresses, 0);
	learn("y.example.net", "192.0.2.9", 60); /* and it was no punishment */
	drain();
	ck_assert(reaches(33, "192.0.2.9", PROTO_TCP, 443));
}
END_TEST

START_TEST(an_address_that_stands_is_kept_by_any_name_of_its_wildcard)
{
	size_t a = user_list("a", 33);
	char name[32];

	entry(&lists, a, "*.example.net", NULL, PROTO_TCP, 443, 443);
	entry(&lists, a, "other.net", NULL, PROTO_TCP, 80, 80);
	allow_want_rules(w, &lists, 1, now);
	for (unsigned i = 0; i < 3 * ALLOW_WANT_A_PATTERN; i++) {
		snprintf(name, sizeof(name), "x%u.example.net", i);
		learn(name, "192.0.2.7", 60);
	}
	ck_assert_uint_eq(stats().addresses_full, 0);
	ticks(60);
	learn("yet-another.example.net", "192.0.2.7", 60);
	learn("other.net", "192.0.2.7", 60); /* one pattern's room is not another's */
	ticks(LINGER + 20);
	ck_assert(reaches(33, "192.0.2.7", PROTO_TCP, 443));
	ck_assert(reaches(33, "192.0.2.7", PROTO_TCP, 80));
	ticks(60);
	ck_assert(!reaches(33, "192.0.2.7", PROTO_TCP, 443));
}
END_TEST

START_TEST(of_two_thousand_entries_each_is_found)
{
	size_t a = user_list("a", 33);
	char name[32], to[20];

	for (unsigned i = 0; i < ALLOWLIST_ENTRIES / 2; i++) {
		snprintf(name, sizeof(name), "x%u.example.net", i);
		snprintf(to, sizeof(to), "10.%u.%u.0/24", i >> 8, i & 255);
		entry(&lists, a, name, NULL, PROTO_TCP, 443, 443);
		entry(&lists, a, "", to, PROTO_TCP, (uint16_t)i, (uint16_t)i);
	}
	allow_want_rules(w, &lists, 1, now);
	drain();
	learn("x1000.example.net", "192.0.2.7", 60);
	learn("x1024.example.net", "192.0.2.8", 60);
	learn("x3.example.net", "10.3.231.4", 60); /* 999's prefix holds it, for another port */
	drain();
	ck_assert(reaches(33, "192.0.2.7", PROTO_TCP, 443));
	ck_assert(!reaches(33, "192.0.2.8", PROTO_TCP, 443));
	ck_assert(reaches(33, "10.3.231.4", PROTO_TCP, 443));
	ck_assert(reaches(33, "10.3.231.4", PROTO_TCP, 999));
	ck_assert(!reaches(33, "10.3.231.4", PROTO_TCP, 998));
	allow_want_rules(w, &lists, 0, now);
	drain();
	ck_assert_uint_eq(n_kernel, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("allow_want");
	TCase *tc = tcase_create("allow_want");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, fresh, over);
	tcase_add_test(tc, prefixes_are_there_at_once_and_only_where_the_list_is_in_force);
	tcase_add_test(tc, a_new_address_of_a_name_is_there_at_once_and_lingers);
	tcase_add_test(tc, a_name_that_is_asked_for_each_second_costs_few_changes);
	tcase_add_test(tc, a_list_that_comes_into_force_has_the_addresses_learned_before);
	tcase_add_test(tc, what_the_host_knows_of_new_names_is_recalled);
	tcase_add_test(tc, two_names_of_one_address_with_ports_that_overlap_do_not);
	tcase_add_test(tc, a_refused_change_is_tried_again_later_and_less_and_less);
	tcase_add_test(tc, after_the_table_was_lost_late_answers_say_nothing);
	tcase_add_test(tc, a_group_made_anew_has_its_elements_under_its_new_id);
	tcase_add_test(tc, more_than_there_is_room_for_is_counted_and_what_stands_stays);
	tcase_add_test(tc, who_chooses_names_below_a_wildcard_takes_nobody_elses_room);
	tcase_add_test(tc, an_address_that_stands_is_kept_by_any_name_of_its_wildcard);
	tcase_add_test(tc, of_two_thousand_entries_each_is_found);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed;
}
