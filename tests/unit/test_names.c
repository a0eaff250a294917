/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names learned from answers: what a program may rely on, and each way in which somebody may try to have a name or an
 * address believed that nobody asked for.
 */
#include "core/names.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct names *n;
static mono_t now;
static struct {
	char name[DNS_NAME];
	struct addr addr;
	mono_t until;
} told[64];
static size_t n_told;

static struct addr v4(unsigned a, unsigned b, unsigned c, unsigned d)
{
	return addr_v4((const uint8_t[]){ (uint8_t)a, (uint8_t)b, (uint8_t)c, (uint8_t)d });
}

static struct addr nth(unsigned i)
{
	return v4(203, i >> 16 & 255, i >> 8 & 255, i & 255);
}

static struct addr resolver(void)
{
	return v4(10, 0, 0, 53);
}

static void note(void *ctx, const char *name, const struct addr *a, mono_t until)
{
	(void)ctx;
	if (n_told < 64) {
		snprintf(told[n_told].name, sizeof(told[0].name), "%s", name);
		told[n_told].addr = *a;
		told[n_told].until = until;
	}
	n_told++;
}

static void set_up(void)
{
	const struct addr list[] = { resolver(), v4(127, 0, 0, 53) };
	struct hash_key key;
	void *memory;

	hash_key_from_seed(&key, 7);
	ck_assert_int_eq(posix_memalign(&memory, 64, names_bytes()), 0);
	names_create(&n, memory, &key);
	names_resolvers(n, list, 2);
	now = (mono_t){ .ns = 1000 * NS_PER_S };
	n_told = 0;
}

static void tear_down(void)
{
	free(n);
}

static struct dns_message ask(const char *name, uint16_t id)
{
	struct dns_message m = { .client = v4(10, 0, 0, 1), .server = resolver(), .client_port = 40000, .id = id,
		.type = DNS_TYPE_A };

	snprintf(m.name, sizeof(m.name), "%s", name);
	return m;
}

static struct dns_message answer(const char *name, uint16_t id, struct addr a, uint32_t ttl_s)
{
	struct dns_message m = ask(name, id);

	m.answer = true;
	m.addresses[0] = (struct dns_address){ .addr = a, .ttl_s = ttl_s };
	m.n_addresses = 1;
	return m;
}

static void tell(const struct dns_message *m)
{
	names_message(n, m, now, note, NULL);
}

static void look_up(const char *name, struct addr a, uint32_t ttl_s)
{
	static uint16_t id;
	struct dns_message q = ask(name, ++id), r = answer(name, id, a, ttl_s);

	tell(&q);
	tell(&r);
}

static void later(int64_t seconds)
{
	now = mono_add(now, seconds * NS_PER_S);
}

static struct names_stats stats(void)
{
	struct names_stats s;

	names_stats(n, &s);
	return s;
}

static const char *of(struct addr a)
{
	return names_of(n, &a, now);
}

static size_t count_of(const char *name)
{
	struct addr out[NAMES_PER_NAME];

	return names_addresses(n, name, now, out, NULL, NAMES_PER_NAME);
}

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

/* ---- what a liar would try ---- */

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

/* ---- lifetimes ---- */

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

/* ---- many ---- */

START_TEST(an_address_of_many_names_has_the_one_that_was_looked_up_last)
{
	look_up("a.example", nth(1), 300);
	look_up("b.example", nth(1), 3000);
	ck_assert_str_eq(of(nth(1)), "b.example");
	look_up("a.example", nth(1), 300);
	ck_assert_str_eq(of(nth(1)), "a.example");
	later(601);
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

static void add_lies(TCase *t)
{
	tcase_add_test(t, an_answer_with_another_id_is_not_believed);
	tcase_add_test(t, an_answer_to_another_port_is_not_believed);
	tcase_add_test(t, an_answer_of_another_name_or_type_is_not_believed);
	tcase_add_test(t, an_answer_of_another_server_is_not_believed);
	tcase_add_test(t, an_answer_to_another_host_is_not_believed);
	tcase_add_test(t, a_second_answer_is_not_believed);
	tcase_add_test(t, a_late_answer_is_not_believed);
	tcase_add_test(t, a_question_that_is_repeated_waits_from_then_on_and_is_answered_once);
	tcase_add_test(t, nobody_but_configured_resolvers_is_believed);
	tcase_add_test(t, a_resolver_that_is_none_any_more_is_not_believed);
	tcase_add_test(t, an_answer_without_addresses_uses_its_question_up);
	tcase_add_test(t, addresses_that_are_no_hosts_are_not_believed);
	tcase_add_test(t, names_that_are_addresses_or_nothing_are_not_believed);
	tcase_add_test(t, a_flood_of_forged_answers_evicts_nothing);
	tcase_add_test(t, a_flood_of_own_questions_evicts_the_oldest_and_counts_them);
	tcase_add_test(t, questions_that_nobody_waits_for_any_more_make_room_uncounted);
}

int main(void)
{
	Suite *s = suite_create("names");
	TCase *known = tcase_create("known"), *lies = tcase_create("lies");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, known);
	suite_add_tcase(s, lies);
	tcase_add_checked_fixture(known, set_up, tear_down);
	tcase_add_checked_fixture(lies, set_up, tear_down);
	tcase_set_timeout(known, 60);
	add_lies(lies);
	tcase_add_test(known, it_is_no_larger_than_was_promised);
	tcase_add_test(known, an_answer_to_a_question_is_believed);
	tcase_add_test(known, what_is_not_known_has_no_name);
	tcase_add_test(known, names_are_found_in_any_case_with_or_without_the_last_dot);
	tcase_add_test(known, a_stub_on_loopback_is_a_resolver_like_any_other);
	tcase_add_test(known, lifetimes_have_a_floor_a_ceiling_and_linger);
	tcase_add_test(known, a_shorter_lifetime_takes_nothing_back);
	tcase_add_test(known, addresses_that_change_every_three_seconds_are_all_known);
	tcase_add_test(known, what_is_over_leaves);
	tcase_add_test(known, an_address_of_many_names_has_the_one_that_was_looked_up_last);
	tcase_add_test(known, one_name_has_so_many_addresses_and_no_more);
	tcase_add_test(known, names_in_use_stay_where_others_come_by_the_thousand);
	tcase_add_test(known, the_book_never_says_what_was_not_learned);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
