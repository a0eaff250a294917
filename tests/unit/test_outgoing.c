/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/outgoing.h"

#include <check.h>
#include <stdlib.h>

static struct outgoing *o;
static void *memory;

static void set_up(void)
{
	struct hash_key key;

	hash_key_from_seed(&key, 7);
	memory = aligned_alloc(64, (outgoing_bytes() + 63) / 64 * 64);
	ck_assert_ptr_nonnull(memory);
	outgoing_create(&o, memory, &key);
}

static void tear_down(void)
{
	free(memory);
}

static struct tuple tuple_of(unsigned n)
{
	return (struct tuple){ .src = addr_v4((const uint8_t[]){ 10, 0, 0, 1 }),
		.dst = addr_v4((const uint8_t[]){ 203, 0, (uint8_t)(n >> 8), (uint8_t)n }),
		.sport = (uint16_t)(1024 + n % 60000), .dport = 443, .proto = 6 };
}

static mono_t at_s(int64_t s)
{
	return (mono_t){ s * NS_PER_S };
}

START_TEST(a_flow_is_found_by_its_tuple_until_it_ends)
{
	struct tuple t = tuple_of(1), other = tuple_of(2);
	struct outgoing_flow *f = outgoing_begin(o, &t, 1000, at_s(5));

	ck_assert_ptr_eq(outgoing_find(o, &t), f);
	ck_assert_uint_eq(f->owner.uid, 1000);
	ck_assert_ptr_null(outgoing_find(o, &other));
	outgoing_end(o, f);
	ck_assert_ptr_null(outgoing_find(o, &t));
}
END_TEST

START_TEST(the_same_ports_again_are_a_new_flow)
{
	struct tuple t = tuple_of(1);
	struct outgoing_stats s;
	struct outgoing_flow *f = outgoing_begin(o, &t, 1000, at_s(5));

	f->told[FLOW_THERE] = 4711;
	f = outgoing_begin(o, &t, 1001, at_s(9));
	ck_assert_uint_eq(f->told[FLOW_THERE], 0);
	ck_assert_uint_eq(outgoing_find(o, &t)->owner.uid, 1001);
	outgoing_stats(o, &s);
	ck_assert_uint_eq(s.known, 1);
}
END_TEST

START_TEST(the_oldest_makes_room_and_is_counted)
{
	struct outgoing_stats s;
	struct tuple first = tuple_of(0), last;

	for (unsigned i = 0; i < OUTGOING_FLOWS + 10; i++) {
		last = tuple_of(i);
		outgoing_begin(o, &last, i, at_s(1 + i));
	}
	ck_assert_ptr_null(outgoing_find(o, &first));
	ck_assert_uint_eq(outgoing_find(o, &last)->owner.uid, OUTGOING_FLOWS + 9);
	outgoing_stats(o, &s);
	ck_assert_uint_eq(s.crowded, 10);
	ck_assert_uint_eq(s.known, OUTGOING_FLOWS);
}
END_TEST

START_TEST(those_that_wait_too_long_come_in_their_order_and_once)
{
	struct tuple t[4];

	for (unsigned i = 0; i < 4; i++) {
		t[i] = tuple_of(i);
		outgoing_begin(o, &t[i], i, at_s(10 + i));
	}
	outgoing_find(o, &t[1])->settled = true;
	outgoing_end(o, outgoing_find(o, &t[2]));
	ck_assert_ptr_null(outgoing_overdue(o, at_s(10), NS_PER_S));
	ck_assert_uint_eq(outgoing_overdue(o, at_s(11), NS_PER_S)->owner.uid, 0);
	outgoing_find(o, &t[0])->settled = true;
	ck_assert_ptr_null(outgoing_overdue(o, at_s(12), NS_PER_S));
	ck_assert_uint_eq(outgoing_overdue(o, at_s(14), NS_PER_S)->owner.uid, 3);
	outgoing_find(o, &t[3])->settled = true;
	ck_assert_ptr_null(outgoing_overdue(o, at_s(99), NS_PER_S));
}
END_TEST

START_TEST(after_a_flood_nobody_waits_for_ever)
{
	for (unsigned i = 0; i < 3 * OUTGOING_FLOWS; i++) {
		struct tuple t = tuple_of(i);

		outgoing_begin(o, &t, i, at_s(10));
	}
	for (unsigned i = 0; i < OUTGOING_FLOWS; i++) {
		struct outgoing_flow *f = outgoing_overdue(o, at_s(20), NS_PER_S);

		ck_assert_ptr_nonnull(f);
		f->settled = true;
	}
	ck_assert_ptr_null(outgoing_overdue(o, at_s(20), NS_PER_S));
}
END_TEST

static void opened(unsigned n, uint32_t uid, uint32_t blame, uint16_t port, bool named)
{
	struct tuple t = tuple_of(n);
	struct outgoing_flow *f;

	t.dport = port;
	f = outgoing_begin(o, &t, uid, at_s(5));
	f->blame = blame;
	f->named = named;
}

START_TEST(who_opened_most_is_named_and_nobody_of_equals)
{
	struct tuple t = tuple_of(1);

	ck_assert_uint_eq(outgoing_most(o, 1000, &t), 0);
	opened(2, 1000, 7, 443, true);
	opened(3, 1000, 8, 443, true);
	ck_assert_uint_eq(outgoing_most(o, 1000, &t), 0);
	opened(1, 1000, 8, 80, true);
	ck_assert_uint_eq(outgoing_most(o, 1000, &t), 8);
	for (unsigned i = 10; i < 20; i++) {
		opened(i, 1001, 9, 443, true);
		opened(i + 10, 1000, 9, 80, true);
		opened(i + 20, 1000, 5, 443, false);
	}
	ck_assert_uint_eq(outgoing_most(o, 1000, &t), 8);
	t.proto = 132;
	ck_assert_uint_eq(outgoing_most(o, 1000, &t), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("outgoing");
	TCase *c = tcase_create("outgoing");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, a_flow_is_found_by_its_tuple_until_it_ends);
	tcase_add_test(c, the_same_ports_again_are_a_new_flow);
	tcase_add_test(c, the_oldest_makes_room_and_is_counted);
	tcase_add_test(c, those_that_wait_too_long_come_in_their_order_and_once);
	tcase_add_test(c, after_a_flood_nobody_waits_for_ever);
	tcase_add_test(c, who_opened_most_is_named_and_nobody_of_equals);
	suite_add_tcase(s, c);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
