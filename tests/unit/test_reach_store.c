/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What goes into a store and comes out of it. Days are simulated. */
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
	(void)f;
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

static const char *address(char text[ADDR_TEXT], unsigned i)
{
	const uint8_t bytes[4] = { (uint8_t)(20 + (i >> 16)), (uint8_t)(i >> 8), (uint8_t)i, 7 };
	const struct addr a = addr_v4(bytes);

	addr_format(&a, text, ADDR_TEXT);
	return text;
}

struct shelf {
	struct reach_record x[64];
	size_t n, most;
};

static bool put(void *ctx, const struct reach_record *x)
{
	struct shelf *s = ctx;

	if (s->n == s->most)
		return false;
	s->x[s->n++] = *x;
	return true;
}

START_TEST(only_what_has_changed_is_handed_over_and_nothing_is_lost_to_a_full_shelf)
{
	struct shelf s = { .most = 3 };
	char to[ADDR_TEXT];

	for (unsigned i = 0; i < 5; i++)
		meet("a.service", address(to, i), 443, "", 0);
	reach_hand(r, REACH_RECORDS, put, &s);
	ck_assert_uint_eq(s.n, 3);
	s.most = 64;
	reach_hand(r, REACH_RECORDS, put, &s);
	ck_assert_uint_eq(s.n, 5);
	for (size_t i = 1; i < 5; i++)
		for (size_t j = 0; j < i; j++)
			ck_assert(!addr_equal(&s.x[i].to, &s.x[j].to));
	reach_hand(r, REACH_RECORDS, put, &s);
	ck_assert_uint_eq(s.n, 5);
	meet("a.service", address(to, 2), 443, "", 9);
	reach_hand(r, REACH_RECORDS, put, &s);
	ck_assert_uint_eq(s.n, 6);
	ck_assert_uint_eq(s.x[5].count, 2);
}
END_TEST

START_TEST(a_pass_over_all_takes_several_turns)
{
	struct shelf s = { .most = 64 };

	meet("a.service", "203.0.113.9", 443, "", 0);
	for (int i = 0; i < REACH_RECORDS / 32; i++)
		reach_hand(r, 32, put, &s);
	ck_assert_uint_eq(s.n, 1);
}
END_TEST

static void teach_all(struct reach *to, const struct reach *from)
{
	struct reach_record x;
	size_t at = 0;

	while (reach_next(from, &at, &x)) {
		x.actor.cgroup = 0;
		ck_assert(reach_teach(to, &x));
	}
}

START_TEST(after_a_restart_what_was_known_is_known)
{
	const uint64_t bytes[FLOW_WAYS] = { 5000, 10 };
	struct contact c = contact_of("a.service", "198.51.100.1", 443, "", 0);
	struct reach *before = r;
	void *room = memory;
	struct reach_record x;

	settle("a.service");
	reach_bytes_moved(r, &c, bytes, DAY_0 + DAY + 1);
	r = make(&memory);
	teach_all(r, before);
	ck_assert_uint_eq(meet("a.service", "198.51.100.1", 443, "", 2 * DAY), 0);
	ck_assert(reach_find(r, &c, &x));
	ck_assert_uint_eq(x.count, 3);
	ck_assert_uint_eq(x.days, 3);
	ck_assert_uint_eq(x.day_most, 5000);
	ck_assert_int_eq(x.first_s, DAY_0);
	ck_assert_uint_eq(x.actor.cgroup, 77);
	meet("a.service", "203.0.113.9", 443, "", 2 * DAY + 1);
	ck_assert_uint_eq(told, 1); /* his first day was long ago */
	free(room);
}
END_TEST

START_TEST(a_browser_is_one_after_a_restart)
{
	struct reach *before = r;
	void *room = memory;
	char to[ADDR_TEXT];

	for (unsigned i = 0; i < 300; i++)
		meet("firefox", address(to, i), 443, "", (int64_t)i * 60);
	r = make(&memory);
	teach_all(r, before);
	meet("firefox", address(to, 400), 443, "", 2 * DAY);
	ck_assert_uint_eq(told, 0);
	free(room);
}
END_TEST

START_TEST(what_was_met_before_the_store_spoke_is_added_once)
{
	struct contact c = contact_of("a.service", "203.0.113.9", 443, "", 0);
	struct reach_record x, stored;
	struct shelf s = { .most = 64 };

	meet("a.service", "203.0.113.9", 443, "", 5 * DAY);
	ck_assert(reach_find(r, &c, &stored));
	reach_hand(r, REACH_RECORDS, put, &s);
	stored.count = 40;
	stored.days = 4;
	stored.first_s = DAY_0;
	stored.last_s = DAY_0 + 4 * DAY;
	stored.day_bytes = 900;
	ck_assert(reach_teach(r, &stored));
	ck_assert(reach_teach(r, &stored));
	ck_assert(reach_find(r, &c, &x));
	ck_assert_uint_eq(x.count, 41);
	ck_assert_uint_eq(x.days, 5);
	ck_assert_uint_eq(x.day_most, 900);
	ck_assert_int_eq(x.first_s, DAY_0);
	reach_hand(r, REACH_RECORDS, put, &s);
	ck_assert_uint_eq(s.n, 2); /* the sum is to be stored */
}
END_TEST

START_TEST(records_that_make_no_sense_are_refused_and_counted)
{
	struct contact c = contact_of("a.service", "203.0.113.9", 443, "", 0);
	struct reach_record good, x;
	struct reach_stats stats;

	meet("a.service", "203.0.113.9", 443, "", 0);
	ck_assert(reach_find(r, &c, &good));
	for (int i = 0; i < 7; i++) {
		x = good;
		x.days = i == 0 ? 0 : x.days;
		x.first_s = i == 1 ? -1 : i == 2 ? x.last_s + 1 : x.first_s;
		x.to.family = i == 3 ? FAMILY_NONE : x.to.family;
		x.actor.kind = i == 4 ? ACTOR_KINDS : x.actor.kind;
		if (i == 5)
			memset(x.unit, 'u', sizeof(x.unit));
		if (i == 6)
			memset(x.name, 'n', sizeof(x.name));
		ck_assert_msg(!reach_teach(r, &x), "%d", i);
	}
	reach_stats(r, &stats);
	ck_assert_uint_eq(stats.refused, 7);
}
END_TEST

START_TEST(a_store_larger_than_the_table_fills_it_and_moves_nobody)
{
	struct contact c = contact_of("a.service", "203.0.113.9", 443, "", 0);
	struct reach_record x, found;
	struct reach_stats stats;

	meet("a.service", "203.0.113.9", 443, "", 0);
	ck_assert(reach_find(r, &c, &x));
	for (unsigned i = 0; i < 2 * REACH_RECORDS; i++) {
		const uint8_t bytes[4] = { 20, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i };

		x.to = addr_v4(bytes);
		ck_assert(reach_teach(r, &x));
	}
	reach_stats(r, &stats);
	ck_assert_uint_eq(stats.records, REACH_RECORDS);
	ck_assert_uint_eq(stats.forgotten, 0);
	ck_assert(reach_find(r, &c, &found));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reach_store");
	TCase *c = tcase_create("reach_store");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, only_what_has_changed_is_handed_over_and_nothing_is_lost_to_a_full_shelf);
	tcase_add_test(c, a_pass_over_all_takes_several_turns);
	tcase_add_test(c, after_a_restart_what_was_known_is_known);
	tcase_add_test(c, a_browser_is_one_after_a_restart);
	tcase_add_test(c, what_was_met_before_the_store_spoke_is_added_once);
	tcase_add_test(c, records_that_make_no_sense_are_refused_and_counted);
	tcase_add_test(c, a_store_larger_than_the_table_fills_it_and_moves_nobody);
	suite_add_tcase(suite, c);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed;
}
