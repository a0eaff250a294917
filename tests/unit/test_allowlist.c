/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/allowlist.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "core/packet.h"

static struct allowlists lists;

static struct addr addr(const char *text)
{
	struct addr a;

	ck_assert_int_eq(addr_parse(text, &a), 0);
	return a;
}

/* What the host knows of names: one name, its addresses, and what the first of them was last looked up by. */
static const char *last_name = "";
static const char *known_name = "";
static struct addr known[2];

const char *names_of(const struct names *n, const struct addr *a, mono_t now)
{
	(void)n, (void)now;
	return addr_equal(a, &known[0]) ? last_name : "";
}

size_t names_addresses(const struct names *n, const char *name, mono_t now, struct addr *out, mono_t *until, size_t max)
{
	(void)n, (void)until, (void)now;
	ck_assert_uint_ge(max, 2);
	if (strcmp(name, known_name) != 0)
		return 0;
	out[0] = known[0];
	out[1] = known[1];
	return 2;
}

static size_t begin(const char *title)
{
	size_t list;

	ck_assert_int_eq(allowlist_begin(&lists, title, &list), 0);
	return list;
}

static void name(size_t list, const char *text, uint8_t proto, uint16_t first, uint16_t last)
{
	struct allow_entry e = { .proto = proto, .port_first = first, .port_last = last };

	snprintf(e.name, sizeof(e.name), "%s", text);
	ck_assert_int_eq(allowlist_add(&lists, list, &e), 0);
}

static void prefix(size_t list, const char *text, uint8_t proto, uint16_t first, uint16_t last)
{
	struct allow_entry e = { .proto = proto, .port_first = first, .port_last = last };

	ck_assert_int_eq(prefix_parse(text, &e.prefix), 0);
	ck_assert_int_eq(allowlist_add(&lists, list, &e), 0);
}

static bool permits(size_t list, const char *to, uint8_t proto, uint16_t port)
{
	struct addr a = addr(to);

	return allowlist_permits(&lists, list, &a, proto, port, NULL, (mono_t){ 0 });
}

static void fresh(void)
{
	memset(&lists, 0, sizeof(lists));
	memset(known, 0, sizeof(known));
	last_name = known_name = "";
}

START_TEST(a_wildcard_holds_one_label_or_more_but_not_none)
{
	ck_assert(allow_name_holds("*.example.net", "a.example.net"));
	ck_assert(allow_name_holds("*.example.net", "a.b.example.net"));
	ck_assert(!allow_name_holds("*.example.net", "example.net"));
	ck_assert(!allow_name_holds("*.example.net", ".example.net"));
	ck_assert(!allow_name_holds("*.example.net", "badexample.net"));
	ck_assert(!allow_name_holds("*.example.net", "a.example.net.evil.org"));
	ck_assert(allow_name_holds("example.net", "example.net"));
	ck_assert(!allow_name_holds("example.net", "a.example.net"));
	ck_assert(!allow_name_holds("", ""));
	ck_assert(!allow_name_holds("*.example.net", ""));
}
END_TEST

START_TEST(a_prefix_is_permitted_on_its_ports_and_protocol_alone)
{
	size_t l = begin("a");

	prefix(l, "10.0.0.0/8", PROTO_TCP, 8000, 8100);
	ck_assert(permits(l, "10.1.2.3", PROTO_TCP, 8000));
	ck_assert(permits(l, "10.1.2.3", PROTO_TCP, 8100));
	ck_assert(!permits(l, "10.1.2.3", PROTO_TCP, 7999));
	ck_assert(!permits(l, "10.1.2.3", PROTO_TCP, 8101));
	ck_assert(!permits(l, "10.1.2.3", PROTO_UDP, 8000));
	ck_assert(!permits(l, "11.1.2.3", PROTO_TCP, 8000));
	ck_assert(!permits(l, "::ffff", PROTO_TCP, 8000));
}
END_TEST

START_TEST(without_a_protocol_both_tcp_and_udp_are_meant_and_nothing_else)
{
	size_t l = begin("a");

	prefix(l, "2001:db8::/32", 0, 0, UINT16_MAX);
	ck_assert(permits(l, "2001:db8::1", PROTO_TCP, 0));
	ck_assert(permits(l, "2001:db8::1", PROTO_UDP, 65535));
	ck_assert(!permits(l, "2001:db8::1", PROTO_SCTP, 5));
	ck_assert(!permits(l, "2001:db8::1", PROTO_ICMP6, 0));
}
END_TEST

START_TEST(icmp_is_the_one_of_the_addresss_family)
{
	size_t l = begin("a");

	prefix(l, "2001:db8::/32", PROTO_ICMP, 0, UINT16_MAX);
	prefix(l, "192.0.2.0/24", PROTO_ICMP, 0, UINT16_MAX);
	ck_assert(permits(l, "2001:db8::1", PROTO_ICMP6, 0));
	ck_assert(!permits(l, "2001:db8::1", PROTO_ICMP, 0));
	ck_assert(permits(l, "192.0.2.1", PROTO_ICMP, 0));
	ck_assert(!permits(l, "192.0.2.1", PROTO_ICMP6, 0));
	ck_assert(!permits(l, "192.0.2.1", PROTO_TCP, 0));
}
END_TEST

START_TEST(loopback_is_permitted_by_a_list_that_permits_nothing)
{
	size_t l = begin("a");

	ck_assert(permits(l, "127.0.0.53", PROTO_UDP, 53));
	ck_assert(permits(l, "::1", PROTO_TCP, 25));
	ck_assert(!permits(l, "192.0.2.1", PROTO_UDP, 53));
	ck_assert(permits(ALLOWLIST_NONE, "192.0.2.1", PROTO_UDP, 53));
}
END_TEST

START_TEST(a_name_is_permitted_by_any_of_its_addresses)
{
	size_t l = begin("a");

	name(l, "deb.debian.org", PROTO_TCP, 443, 443);
	known[0] = addr("192.0.2.1");
	known[1] = addr("192.0.2.2");
	ck_assert(!permits(l, "192.0.2.2", PROTO_TCP, 443));
	known_name = "deb.debian.org";
	last_name = "cdn.example.com";
	ck_assert(permits(l, "192.0.2.1", PROTO_TCP, 443));
	ck_assert(permits(l, "192.0.2.2", PROTO_TCP, 443));
	ck_assert(!permits(l, "192.0.2.2", PROTO_TCP, 80));
	ck_assert(!permits(l, "192.0.2.3", PROTO_TCP, 443));
}
END_TEST

START_TEST(a_wildcard_is_permitted_by_the_name_looked_up_last)
{
	size_t l = begin("a");

	name(l, "*.example.net", PROTO_TCP, 443, 443);
	known[0] = addr("192.0.2.1");
	last_name = "a.example.net";
	ck_assert(permits(l, "192.0.2.1", PROTO_TCP, 443));
	last_name = "a.example.com";
	ck_assert(!permits(l, "192.0.2.1", PROTO_TCP, 443));
}
END_TEST

START_TEST(the_narrowest_list_counts_alone)
{
	struct allow_who w = { .owner = { .uid = 33 }, .group = "system.slice/web.service/worker" };
	size_t host = begin("host"), user = begin("user"), slice = begin("slice"), unit = begin("unit");

	lists.lists[user].actor = (struct actor){ .kind = ACTOR_USER, .uid = 33 };
	lists.lists[slice].actor = (struct actor){ .kind = ACTOR_GROUP, .level = 1 };
	lists.lists[unit].actor = (struct actor){ .kind = ACTOR_GROUP, .level = 2 };
	strcpy(lists.lists[slice].group, "system.slice");
	strcpy(lists.lists[unit].group, "system.slice/web.service");
	ck_assert_uint_eq(allowlist_of(&lists, &w), unit);
	w.group = "system.slice/web.services";
	ck_assert_uint_eq(allowlist_of(&lists, &w), slice);
	w.group = "user.slice";
	ck_assert_uint_eq(allowlist_of(&lists, &w), user);
	w.owner.uid = 34;
	ck_assert_uint_eq(allowlist_of(&lists, &w), host);
	/* Its path is not known, but the kernel's id is. */
	w.group = "";
	w.owner.cgroup = 77;
	ck_assert_uint_eq(allowlist_bind(&lists, "system.slice/web.service", 77), 1);
	ck_assert_uint_eq(allowlist_of(&lists, &w), unit);
	ck_assert_uint_eq(allowlist_bind(&lists, "system.slice/web.service", 77), 0);
	ck_assert_uint_eq(allowlist_bind(&lists, "system.slice/web.service", 0), 1);
	ck_assert_uint_eq(allowlist_of(&lists, &w), host);
}
END_TEST

START_TEST(a_user_that_is_not_there_is_nobody)
{
	struct allow_who w = { .owner = { .uid = OWNER_UNKNOWN }, .group = "" };
	size_t user = begin("user");

	lists.lists[user].actor = (struct actor){ .kind = ACTOR_USER, .uid = OWNER_UNKNOWN };
	ck_assert_uint_eq(allowlist_of(&lists, &w), ALLOWLIST_NONE);
}
END_TEST

START_TEST(entries_stand_by_list_in_whatever_order_they_come)
{
	size_t a = begin("a"), b = begin("b"), c = begin("c");

	prefix(c, "192.0.2.3", PROTO_TCP, 3, 3);
	prefix(a, "192.0.2.1", PROTO_TCP, 1, 1);
	prefix(b, "192.0.2.2", PROTO_TCP, 2, 2);
	prefix(a, "192.0.2.1", PROTO_TCP, 11, 11);
	ck_assert(permits(a, "192.0.2.1", PROTO_TCP, 11));
	ck_assert(permits(b, "192.0.2.2", PROTO_TCP, 2));
	ck_assert(permits(c, "192.0.2.3", PROTO_TCP, 3));
	ck_assert(!permits(b, "192.0.2.1", PROTO_TCP, 11));
	allowlist_clear(&lists, a);
	ck_assert_uint_eq(lists.n_entries, 2);
	ck_assert(!permits(a, "192.0.2.1", PROTO_TCP, 11));
	ck_assert(permits(b, "192.0.2.2", PROTO_TCP, 2));
	ck_assert(permits(c, "192.0.2.3", PROTO_TCP, 3));
}
END_TEST

START_TEST(what_is_full_takes_nothing_more)
{
	struct allow_entry e = { .proto = PROTO_TCP };
	char title[16];
	size_t list;

	for (size_t i = 0; i < ALLOWLISTS; i++) {
		snprintf(title, sizeof(title), "l%zu", i);
		begin(title);
	}
	ck_assert_int_eq(allowlist_begin(&lists, "one more", &list), ERR_FULL);
	ck_assert_int_eq(allowlist_begin(&lists, "l7", &list), ERR_EXISTS);
	ck_assert_uint_eq(list, 7);
	for (size_t i = 0; i < ALLOWLIST_ENTRIES; i++)
		ck_assert_int_eq(allowlist_add(&lists, i % ALLOWLISTS, &e), 0);
	ck_assert_int_eq(allowlist_add(&lists, 0, &e), ERR_FULL);
	for (size_t i = 0; i < ALLOWLIST_ENTRIES; i++)
		ck_assert_uint_eq(lists.entries[i].list, i / (ALLOWLIST_ENTRIES / ALLOWLISTS));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("allowlist");
	TCase *tc = tcase_create("allowlist");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, fresh, NULL);
	tcase_add_test(tc, a_wildcard_holds_one_label_or_more_but_not_none);
	tcase_add_test(tc, a_prefix_is_permitted_on_its_ports_and_protocol_alone);
	tcase_add_test(tc, without_a_protocol_both_tcp_and_udp_are_meant_and_nothing_else);
	tcase_add_test(tc, icmp_is_the_one_of_the_addresss_family);
	tcase_add_test(tc, loopback_is_permitted_by_a_list_that_permits_nothing);
	tcase_add_test(tc, a_name_is_permitted_by_any_of_its_addresses);
	tcase_add_test(tc, a_wildcard_is_permitted_by_the_name_looked_up_last);
	tcase_add_test(tc, the_narrowest_list_counts_alone);
	tcase_add_test(tc, a_user_that_is_not_there_is_nobody);
	tcase_add_test(tc, entries_stand_by_list_in_whatever_order_they_come);
	tcase_add_test(tc, what_is_full_takes_nothing_more);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed;
}
