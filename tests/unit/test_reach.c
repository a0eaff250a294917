/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Days are simulated: day 0 is 2026-11-02, a Monday, and this host has run for an hour then. */
#include "core/reach.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "core/packet.h"

#define DAY INT64_C(86400)
#define DAY_0 (INT64_C(20759) * DAY)

static struct reach *r;
static void *memory;
static struct reach_opts opts;
static struct finding last;
static unsigned told;

static struct reach *make(void **room)
{
	struct hash_key key;
	struct reach *one;

	hash_key_from_seed(&key, 5);
	*room = aligned_alloc(64, (reach_bytes() + 63) / 64 * 64);
	ck_assert_ptr_nonnull(*room);
	reach_create(&one, *room, &key);
	return one;
}

static void set_up(void)
{
	r = make(&memory);
	opts = (struct reach_opts){ .rule = { .name = "egress.new", .enabled = true }, .learn_ns = DAY * NS_PER_S,
		.many = 32 };
	told = 0;
}

static void tear_down(void)
{
	free(memory);
}

static void raise_one(void *ctx, const struct finding *f)
{
	(void)ctx;
	last = *f;
	told++;
}

static struct contact contact_of(const char *unit, const char *to, uint16_t port, const char *name, int64_t s)
{
	struct contact c = { .tuple = { .sport = 40000, .dport = port, .proto = PROTO_TCP }, .name = name, .list = "",
		.owner = { .uid = 0, .cgroup = 77 }, .unit = unit, .at = { (3600 + s) * NS_PER_S },
		.actor = { .kind = ACTOR_GROUP, .cgroup = 77, .level = 2 } };

	ck_assert_int_eq(addr_parse(to, &c.tuple.dst), 0);
	ck_assert_int_eq(addr_parse("192.0.2.1", &c.tuple.src), 0);
	return c;
}

/* Seconds since day 0. */
static unsigned meet(const char *unit, const char *to, uint16_t port, const char *name, int64_t s)
{
	struct contact c = contact_of(unit, to, port, name, s);

	return reach_contact(r, &opts, &c, DAY_0 + s, raise_one, NULL);
}

/* An actor whose first day is over. */
static void settle(const char *unit)
{
	meet(unit, "198.51.100.1", 443, "deb.example.org", 0);
	meet(unit, "198.51.100.1", 443, "deb.example.org", DAY + 1);
	ck_assert_uint_eq(told, 0);
}

START_TEST(the_first_day_of_an_actor_is_learned_in_silence)
{
	ck_assert_uint_eq(meet("a.service", "203.0.113.9", 443, "", 0),
		REACH_NEW_DESTINATION | REACH_NEW_PORT | REACH_NEW_PROTOCOL);
	ck_assert_uint_eq(meet("a.service", "203.0.114.9", 25, "", DAY), REACH_NEW_DESTINATION | REACH_NEW_PORT);
	ck_assert_uint_eq(told, 0);
	meet("a.service", "203.0.115.9", 443, "", DAY + 1);
	ck_assert_uint_eq(told, 1);
}
END_TEST

START_TEST(each_actor_has_his_own_first_day)
{
	settle("a.service");
	meet("b.service", "203.0.113.9", 443, "", 2 * DAY);
	ck_assert_uint_eq(told, 0);
	meet("a.service", "203.0.113.9", 443, "", 2 * DAY);
	ck_assert_uint_eq(told, 1);
}
END_TEST

START_TEST(a_new_port_is_told_with_where_to)
{
	settle("a.service");
	ck_assert_uint_eq(meet("a.service", "203.0.113.9", 6667, "irc.example.net", 2 * DAY),
		REACH_NEW_DESTINATION | REACH_NEW_PORT);
	ck_assert_uint_eq(told, 1);
	ck_assert_str_eq(last.about, "new port tcp/6667 at 203.0.113.9 (irc.example.net)");
	ck_assert_int_eq(last.kind, FINDING_REACH);
	ck_assert_int_eq(last.proof, PROOF_LOCAL);
	ck_assert_int_eq(last.subject.kind, SUBJECT_DESTINATION);
	ck_assert_uint_eq(last.subject.source.len, 32);
	ck_assert(addr_equal(&last.subject.source.addr, &last.dst));
	ck_assert_uint_eq(last.actor.cgroup, 77);
	ck_assert_uint_eq(last.dport, 6667);
	meet("a.service", "203.0.113.9", 6667, "irc.example.net", 2 * DAY + 5);
	ck_assert_uint_eq(told, 1);
}
END_TEST

START_TEST(a_new_destination_and_a_new_protocol_are_told)
{
	struct contact c;

	settle("a.service");
	meet("a.service", "2001:db8:9::1", 443, "", 2 * DAY);
	ck_assert_uint_eq(told, 1);
	ck_assert_str_eq(last.about, "tcp/443 at 2001:db8:9::1");
	ck_assert_uint_eq(last.subject.source.len, 128);
	c = contact_of("a.service", "198.51.100.1", 99, "", 2 * DAY + 1);
	c.tuple.proto = 47;
	ck_assert_uint_eq(reach_contact(r, &opts, &c, DAY_0 + 2 * DAY, raise_one, NULL), REACH_NEW_PROTOCOL);
	ck_assert_uint_eq(told, 2);
	ck_assert_str_eq(last.about, "new protocol 47 at 198.51.100.1");
	ck_assert_uint_eq(last.dport, 0);
}
END_TEST

START_TEST(neighbours_of_a_known_destination_are_no_news)
{
	settle("a.service");
	ck_assert_uint_eq(meet("a.service", "198.51.100.200", 443, "", 2 * DAY), 0);
	ck_assert_uint_eq(meet("a.service", "203.0.113.9", 443, "cdn.example.org", 2 * DAY), 0);
	ck_assert_uint_eq(meet("a.service", "203.0.114.9", 443, "cdn.example.com", 2 * DAY), REACH_NEW_DESTINATION);
	ck_assert_uint_eq(told, 1);
}
END_TEST

START_TEST(a_neighbour_of_a_stranger_in_ipv6_is_his_48)
{
	settle("a.service");
	meet("a.service", "2001:db8:9:1::1", 443, "", 2 * DAY);
	ck_assert_uint_eq(meet("a.service", "2001:db8:9:ffff::1", 443, "", 2 * DAY), 0);
	ck_assert_uint_eq(meet("a.service", "2001:db8:a:1::1", 443, "", 2 * DAY), REACH_NEW_DESTINATION);
}
END_TEST

START_TEST(the_sessions_of_a_user_are_one_actor)
{
	settle("session-3.scope");
	meet("session-4.scope", "203.0.113.9", 443, "", 2 * DAY);
	ck_assert_uint_eq(told, 1);
	ck_assert_uint_eq(meet("session-5.scope", "203.0.113.9", 443, "", 2 * DAY), 0);
}
END_TEST

START_TEST(a_restart_of_a_service_makes_no_new_actor)
{
	struct contact c;

	settle("a.service");
	c = contact_of("a.service", "203.0.113.9", 443, "", 2 * DAY);
	c.owner.cgroup = c.actor.cgroup = 1234;
	reach_contact(r, &opts, &c, DAY_0 + 2 * DAY, raise_one, NULL);
	ck_assert_uint_eq(told, 1);
	ck_assert_uint_eq(last.actor.cgroup, 1234);
}
END_TEST

static const char *address(char text[ADDR_TEXT], unsigned i)
{
	const uint8_t bytes[4] = { (uint8_t)(20 + (i >> 16)), (uint8_t)(i >> 8), (uint8_t)i, 7 };
	const struct addr a = addr_v4(bytes);

	addr_format(&a, text, ADDR_TEXT);
	return text;
}

START_TEST(a_browser_is_told_only_of_new_ports)
{
	char to[ADDR_TEXT];
	struct reach_stats stats;

	for (unsigned i = 0; i < 300; i++)
		meet("firefox", address(to, i), 443, "", (int64_t)i * 60);
	for (unsigned i = 300; i < 600; i++)
		meet("firefox", address(to, i), 443, "", 2 * DAY + (int64_t)i * 60);
	ck_assert_uint_eq(told, 0);
	reach_stats(r, &stats);
	ck_assert_uint_ge(stats.roamed, 300);
	meet("firefox", address(to, 700), 6667, "", 3 * DAY);
	ck_assert_uint_eq(told, 1);
}
END_TEST

START_TEST(who_browsed_three_weeks_ago_is_told_again)
{
	char to[ADDR_TEXT];

	for (unsigned i = 0; i < 300; i++)
		meet("firefox", address(to, i), 443, "", (int64_t)i * 60);
	meet("firefox", address(to, 400), 443, "", 15 * DAY);
	ck_assert_uint_eq(told, 0);
	meet("firefox", address(to, 401), 443, "", 16 * DAY);
	ck_assert_uint_eq(told, 1);
}
END_TEST

START_TEST(who_uses_many_ports_is_told_only_of_common_ones)
{
	settle("game");
	for (unsigned i = 0; i < 100; i++)
		meet("game", "198.51.100.9", (uint16_t)(2000 + i), "", DAY + 10 + 60 * (int64_t)i);
	ck_assert_uint_eq(told, 32);
	meet("game", "198.51.100.9", 25, "", 2 * DAY);
	ck_assert_uint_eq(told, 33);
}
END_TEST

START_TEST(ports_that_are_drawn_are_one)
{
	settle("a.service");
	ck_assert_uint_eq(meet("a.service", "198.51.100.1", 40000, "", 2 * DAY), REACH_NEW_PORT);
	ck_assert_uint_eq(meet("a.service", "198.51.100.1", 50000, "", 2 * DAY), 0);
	ck_assert_uint_eq(meet("a.service", "198.51.100.1", 32767, "", 2 * DAY), REACH_NEW_PORT);
}
END_TEST

START_TEST(in_a_minute_no_more_is_told_than_a_person_reads)
{
	struct reach_stats stats;

	opts.many = 1000;
	settle("a.service");
	for (unsigned i = 0; i < 100; i++)
		meet("a.service", "198.51.100.1", (uint16_t)(1 + i), "", 2 * DAY);
	reach_stats(r, &stats);
	ck_assert_uint_eq(told, REACH_A_MINUTE);
	ck_assert_uint_eq(stats.untold, 100 - REACH_A_MINUTE);
	meet("a.service", "198.51.100.1", 500, "", 2 * DAY + 60);
	ck_assert_uint_eq(told, REACH_A_MINUTE + 1);
}
END_TEST

START_TEST(a_rule_that_is_off_tells_nothing_and_learns)
{
	opts.rule.enabled = false;
	settle("a.service");
	ck_assert_uint_ne(meet("a.service", "203.0.113.9", 6667, "", 2 * DAY), 0);
	opts.rule.enabled = true;
	ck_assert_uint_eq(meet("a.service", "203.0.113.9", 6667, "", 2 * DAY), 0);
	ck_assert_uint_eq(told, 0);
}
END_TEST

START_TEST(a_flow_of_nobody_we_know_is_new_only_where_nobody_was)
{
	struct contact c = contact_of("", "198.51.100.1", 443, "", 0);

	settle("a.service");
	meet("a.service", "203.0.113.9", 443, "", 2 * DAY);
	c.owner = (struct socket_owner){ .uid = OWNER_UNKNOWN };
	reach_contact(r, &opts, &c, DAY_0, raise_one, NULL);
	c = contact_of("", "203.0.113.9", 443, "", 3 * DAY);
	c.owner.uid = OWNER_UNKNOWN;
	ck_assert_uint_eq(reach_contact(r, &opts, &c, DAY_0 + 3 * DAY, raise_one, NULL), 0);
	ck_assert_int_eq(addr_parse("203.0.114.9", &c.tuple.dst), 0);
	ck_assert_uint_eq(reach_contact(r, &opts, &c, DAY_0 + 3 * DAY, raise_one, NULL), REACH_NEW_DESTINATION);
}
END_TEST

START_TEST(a_record_sums_up_what_was_met)
{
	const uint64_t first[FLOW_WAYS] = { 1000, 50 }, second[FLOW_WAYS] = { 300, 7 };
	struct contact c = contact_of("a.service", "203.0.113.9", 443, "", 0);
	struct reach_record x;

	ck_assert(!reach_find(r, &c, &x));
	ck_assert_int_lt(reach_known_s(r, &c.tuple.dst, DAY_0), 0);
	meet("a.service", "203.0.113.9", 443, "one.example.net", 0);
	reach_bytes_moved(r, &c, first, DAY_0 + 5);
	meet("a.service", "203.0.113.9", 443, "", 3 * DAY);
	reach_bytes_moved(r, &c, second, DAY_0 + 3 * DAY);
	ck_assert(reach_find(r, &c, &x));
	ck_assert_uint_eq(x.count, 2);
	ck_assert_uint_eq(x.bytes[FLOW_THERE], 1300);
	ck_assert_uint_eq(x.bytes[FLOW_BACK], 57);
	ck_assert_uint_eq(x.day_bytes, 300);
	ck_assert_uint_eq(x.day_most, 1000);
	ck_assert_uint_eq(x.days, 2);
	ck_assert_int_eq(x.first_s, DAY_0);
	ck_assert_int_eq(x.last_s, DAY_0 + 3 * DAY);
	ck_assert_str_eq(x.name, "one.example.net");
	ck_assert_str_eq(x.unit, "a.service");
	ck_assert_int_eq(reach_known_s(r, &c.tuple.dst, DAY_0 + 4 * DAY), 4 * DAY);
}
END_TEST

START_TEST(a_name_that_moved_on_takes_its_domain_along)
{
	settle("a.service");
	meet("a.service", "203.0.113.9", 443, "one.example.net", 2 * DAY);
	meet("a.service", "203.0.113.9", 443, "two.example.com", 2 * DAY);
	ck_assert_uint_eq(meet("a.service", "203.0.114.9", 443, "three.example.com", 2 * DAY), 0);
	ck_assert_uint_eq(meet("a.service", "203.0.115.9", 443, "four.example.net", 2 * DAY), REACH_NEW_DESTINATION);
}
END_TEST

START_TEST(a_flood_of_destinations_does_not_wash_out_what_is_used_daily)
{
	struct contact c = contact_of("a.service", "198.51.100.1", 443, "", 0);
	struct reach_record x;
	struct reach_stats stats;
	char to[ADDR_TEXT];

	for (int day = 0; day < 10; day++)
		meet("a.service", "198.51.100.1", 443, "", day * DAY);
	for (unsigned i = 0; i < 100000; i++)
		meet("worm", address(to, i), 445, "", 10 * DAY + (int64_t)i / 1000);
	reach_stats(r, &stats);
	ck_assert_uint_eq(stats.records, REACH_RECORDS);
	ck_assert_uint_eq(stats.forgotten, 100001 - REACH_RECORDS);
	ck_assert_uint_le(stats.destinations, REACH_RECORDS);
	ck_assert(reach_find(r, &c, &x));
	ck_assert_uint_eq(x.count, 10);
}
END_TEST

START_TEST(what_is_forgotten_is_new_again)
{
	char to[ADDR_TEXT];

	meet("a.service", "203.0.113.9", 6667, "irc.example.net", 0);
	meet("a.service", "198.51.100.1", 443, "", 0);
	for (unsigned i = 0; i < 3 * REACH_RECORDS; i++)
		meet("worm", address(to, i), 445, "", 40 * DAY);
	ck_assert_uint_eq(meet("a.service", "203.0.113.9", 6667, "irc.example.net", 41 * DAY),
		REACH_NEW_DESTINATION | REACH_NEW_PORT | REACH_NEW_PROTOCOL);
}
END_TEST

START_TEST(a_flood_of_actors_leaves_those_of_many_days)
{
	struct contact c = contact_of("a.service", "198.51.100.1", 443, "", 0);
	struct reach_record x;
	struct reach_stats stats;

	for (int day = 0; day < 3; day++)
		meet("a.service", "198.51.100.1", 443, "", day * DAY);
	for (unsigned i = 0; i < 2000; i++) {
		struct contact other = contact_of("", "203.0.113.9", 443, "", 3 * DAY);

		other.owner.uid = 1000 + i;
		reach_contact(r, &opts, &other, DAY_0 + 3 * DAY, raise_one, NULL);
	}
	reach_stats(r, &stats);
	ck_assert_uint_eq(stats.actors, REACH_ACTORS);
	ck_assert_uint_eq(stats.forgotten_actors, 2001 - REACH_ACTORS);
	ck_assert_uint_eq(stats.records, REACH_ACTORS);
	ck_assert_uint_eq(stats.destinations, 2);
	ck_assert(reach_find(r, &c, &x));
}
END_TEST

START_TEST(a_clock_that_was_wrong_at_first_makes_nobody_old)
{
	struct contact c = contact_of("a.service", "203.0.113.9", 443, "", 0);

	reach_contact(r, &opts, &c, 60, raise_one, NULL);
	ck_assert_int_eq(reach_known_s(r, &c.tuple.dst, DAY_0), 0);
	c.at.ns += 60 * NS_PER_S;
	reach_contact(r, &opts, &c, DAY_0, raise_one, NULL);
	ck_assert_int_eq(reach_known_s(r, &c.tuple.dst, DAY_0 + 60), 60);
	c = contact_of("a.service", "203.0.113.9", 25, "", 100);
	reach_contact(r, &opts, &c, DAY_0 + 100, raise_one, NULL);
	ck_assert_uint_eq(told, 0);
}
END_TEST

START_TEST(it_is_as_small_as_promised)
{
	ck_assert_uint_le(reach_bytes(), 3u << 20);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reach");
	TCase *c = tcase_create("reach");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, the_first_day_of_an_actor_is_learned_in_silence);
	tcase_add_test(c, each_actor_has_his_own_first_day);
	tcase_add_test(c, a_new_port_is_told_with_where_to);
	tcase_add_test(c, a_new_destination_and_a_new_protocol_are_told);
	tcase_add_test(c, neighbours_of_a_known_destination_are_no_news);
	tcase_add_test(c, a_neighbour_of_a_stranger_in_ipv6_is_his_48);
	tcase_add_test(c, the_sessions_of_a_user_are_one_actor);
	tcase_add_test(c, a_restart_of_a_service_makes_no_new_actor);
	tcase_add_test(c, a_browser_is_told_only_of_new_ports);
	tcase_add_test(c, who_browsed_three_weeks_ago_is_told_again);
	tcase_add_test(c, who_uses_many_ports_is_told_only_of_common_ones);
	tcase_add_test(c, ports_that_are_drawn_are_one);
	tcase_add_test(c, in_a_minute_no_more_is_told_than_a_person_reads);
	tcase_add_test(c, a_rule_that_is_off_tells_nothing_and_learns);
	tcase_add_test(c, a_flow_of_nobody_we_know_is_new_only_where_nobody_was);
	tcase_add_test(c, a_record_sums_up_what_was_met);
	tcase_add_test(c, a_name_that_moved_on_takes_its_domain_along);
	tcase_add_test(c, a_flood_of_destinations_does_not_wash_out_what_is_used_daily);
	tcase_add_test(c, what_is_forgotten_is_new_again);
	tcase_add_test(c, a_flood_of_actors_leaves_those_of_many_days);
	tcase_add_test(c, a_clock_that_was_wrong_at_first_makes_nobody_old);
	tcase_add_test(c, it_is_as_small_as_promised);
	suite_add_tcase(suite, c);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed;
}
