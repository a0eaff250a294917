/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * History: slots become totals of local time, what is counted and what is measured are told apart, peers are bounded, and
 * lessons of others stay lessons.
 */
#include "edge/store_history.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../support/history_lab.h"
#include "base/err.h"

/* ---- totals ---- */

START_TEST(bytes_of_slots_add_up_in_every_period)
{
	add(date(2026, 3, 10), 0, 100, 7);
	add(date(2026, 3, 10) + 300, 0, 20, 3);
	add(date(2026, 3, 10) + HOUR, 0, 1, 1);
	ck_assert_uint_eq(find(PERIOD_SLOT, &eth0), 3);
	ck_assert_uint_eq(find(PERIOD_HOUR, &eth0), 2);
	ck_assert_uint_eq(found[0].value[OF_BYTES_IN], 120);
	ck_assert_uint_eq(found[0].value[OF_BYTES_OUT], 10);
	ck_assert_uint_eq(found[0].seconds, 600);
	for (int p = PERIOD_DAY; p < PERIODS; p++) {
		ck_assert_uint_eq(find((enum period)p, &eth0), 1);
		ck_assert_uint_eq(found[0].value[OF_BYTES_IN], 121);
		ck_assert_uint_eq(found[0].seconds, 900);
	}
	ck_assert_int_eq(found[0].begin, date(2026, 1, 1));
}
END_TEST

START_TEST(what_is_not_measured_is_not_nought)
{
	add(date(2026, 3, 10), 0, 100, 7);
	ck_assert_uint_eq(find(PERIOD_DAY, &eth0), 1);
	ck_assert_uint_eq(found[0].known, 1U << OF_BYTES_IN | 1U << OF_BYTES_OUT);
	ck_assert_uint_eq(find(PERIOD_DAY, &host), 0);
}
END_TEST

START_TEST(states_and_sources_have_a_mean_and_a_most_and_no_sum)
{
	struct slot_series s = { .id = host, .known = 1U << OF_ESTABLISHED | 1U << OF_SOURCES };
	const struct slot_series nothing = { .id = host, .known = 1U << OF_SOURCES };

	s.value[OF_ESTABLISHED] = 1000;
	s.value[OF_SOURCES] = 8;
	ck_assert_int_eq(add_slot(date(2026, 3, 10), 0, &s, 1), 0);
	s.value[OF_ESTABLISHED] = 3000;
	ck_assert_int_eq(add_slot(date(2026, 3, 10) + 300, 0, &s, 1), 0);
	ck_assert_int_eq(add_slot(date(2026, 3, 10) + 600, 0, &nothing, 1), 0); /* its states are not known */
	ck_assert_uint_eq(find(PERIOD_DAY, &host), 1);
	ck_assert_uint_eq(found[0].value[OF_ESTABLISHED], 2000);
	ck_assert_uint_eq(found[0].most[OF_ESTABLISHED], 3000);
	ck_assert_uint_eq(found[0].value[OF_SOURCES], 5);
	ck_assert_uint_eq(found[0].most[OF_SOURCES], 8);
	ck_assert_uint_eq(found[0].seconds, 900);
}
END_TEST

START_TEST(a_day_is_one_of_local_time)
{
	add(date(2026, 7, 1) - 2 * HOUR, 2 * HOUR, 1, 0);   /* 00:00 in Vienna */
	add(date(2026, 7, 1) - 2 * HOUR - 300, 2 * HOUR, 2, 0);
	add(date(2026, 7, 1) + 5 * HOUR - 300, -5 * HOUR, 4, 0); /* 23:55 in New York, the day before */
	add(date(2026, 7, 1) + 5 * HOUR, -5 * HOUR, 8, 0);
	ck_assert_uint_eq(find(PERIOD_DAY, &eth0), 2);
	ck_assert_int_eq(found[0].begin, date(2026, 6, 30));
	ck_assert_uint_eq(found[0].value[OF_BYTES_IN], 2 + 4);
	ck_assert_uint_eq(found[1].value[OF_BYTES_IN], 1 + 8);
	ck_assert_uint_eq(find(PERIOD_MONTH, &eth0), 2);
}
END_TEST

START_TEST(a_year_ends_at_local_midnight)
{
	add(date(2027, 1, 1) + 5 * HOUR - 300, -5 * HOUR, 1, 0);
	add(date(2027, 1, 1) + 5 * HOUR, -5 * HOUR, 2, 0);
	add(date(2024, 2, 29), 0, 4, 0);
	ck_assert_uint_eq(find(PERIOD_YEAR, &eth0), 3);
	ck_assert_int_eq(found[0].begin, date(2024, 1, 1));
	ck_assert_int_eq(found[1].begin, date(2026, 1, 1));
	ck_assert_uint_eq(found[1].value[OF_BYTES_IN], 1);
	ck_assert_int_eq(found[2].begin, date(2027, 1, 1));
	ck_assert_uint_eq(find(PERIOD_MONTH, &eth0), 3);
	ck_assert_int_eq(found[0].begin, date(2024, 2, 1));
}
END_TEST

/* The last Sunday of October in Vienna: 24 hours on the wall, 25 in the world. And of March: 23. */
START_TEST(the_day_of_daylight_saving_is_one_day)
{
	const int64_t autumn = date(2026, 10, 25) - 2 * HOUR, spring = date(2026, 3, 29) - HOUR;

	ck_assert_int_eq(history_begin(h), 0);
	for (int64_t t = 0; t < 25 * HOUR; t += SLOT_S)
		add(autumn + t, t < 3 * HOUR ? 2 * HOUR : HOUR, 1, 0);
	for (int64_t t = 0; t < 23 * HOUR; t += SLOT_S)
		add(spring + t, t < 2 * HOUR ? HOUR : 2 * HOUR, 1, 0);
	ck_assert_int_eq(history_commit(h), 0);
	ck_assert_uint_eq(find(PERIOD_DAY, &eth0), 2);
	ck_assert_uint_eq(found[0].seconds, 23 * HOUR);
	ck_assert_uint_eq(found[0].value[OF_BYTES_IN], 23 * 12);
	ck_assert_uint_eq(found[1].seconds, 25 * HOUR);
	ck_assert_uint_eq(find(PERIOD_HOUR, &eth0), 23 + 24);
	ck_assert_int_eq(found[23 + 2].begin, date(2026, 10, 25) + 2 * HOUR);
	ck_assert_uint_eq(found[23 + 2].seconds, 2 * HOUR);
}
END_TEST

START_TEST(a_slot_that_comes_twice_is_two_parts_of_one)
{
	const struct slot_series a = link_series(10, 1), b = link_series(5, 2);
	struct slot s = { .start_s = date(2026, 3, 10), .watched_s = 120, .series = &a, .n = 1 };
	struct slot got;

	ck_assert_int_eq(history_add(h, &s), 0);
	again();
	s.series = &b;
	s.watched_s = 100;
	s.frozen = true;
	ck_assert_int_eq(history_add(h, &s), 0);
	ck_assert_int_eq(history_next_slot(h, HISTORY_OWN, 0, &got), 0);
	ck_assert_uint_eq(got.watched_s, 220);
	ck_assert(got.frozen);
	ck_assert_uint_eq(got.n, 1);
	ck_assert_uint_eq(got.series[0].value[OF_BYTES_IN], 15);
	ck_assert_uint_eq(got.series[0].value[OF_BYTES_OUT], 3);
	ck_assert_uint_eq(find(PERIOD_DAY, &eth0), 1);
	ck_assert_uint_eq(found[0].seconds, 220);
	ck_assert_int_eq(history_next_slot(h, HISTORY_OWN, got.start_s + 1, &got), ERR_ABSENT);
}
END_TEST

START_TEST(sums_stay_where_they_end)
{
	add(date(2026, 3, 10), 0, UINT64_MAX, 1);
	add(date(2026, 3, 10) + 300, 0, UINT64_MAX, 1);
	add(date(2026, 3, 10) + 600, 0, UINT64_MAX, 1);
	ck_assert_uint_eq(find(PERIOD_YEAR, &eth0), 1);
	ck_assert_uint_eq(found[0].value[OF_BYTES_IN], UINT64_C(1) << 62);
	ck_assert_uint_eq(found[0].value[OF_BYTES_OUT], 3);
}
END_TEST

START_TEST(what_is_no_slot_is_refused)
{
	const struct slot_series s = link_series(1, 1);
	struct slot slot = { .start_s = date(2026, 3, 10) + 1, .watched_s = 300, .series = &s, .n = 1 };

	ck_assert_int_eq(history_add(h, &slot), ERR_RANGE);
	slot.start_s = INT64_MAX / 300 * 300;
	ck_assert_int_eq(history_add(h, &slot), ERR_RANGE);
	slot.start_s = date(2026, 3, 10);
	slot.utc_offset_s = 30 * HOUR;
	ck_assert_int_eq(history_add(h, &slot), ERR_RANGE);
	slot.utc_offset_s = 0;
	slot.watched_s = 301;
	ck_assert_int_eq(history_add(h, &slot), ERR_RANGE);
	slot.watched_s = 300;
	ck_assert_int_eq(history_add(h, &slot), 0);
}
END_TEST

START_TEST(every_series_comes_back_as_it_was)
{
	struct slot_series s[3] = { { .id = { .kind = SERIES_SERVICE, .direction = 1, .proto = 6, .port = 443 } },
		{ .id = { .kind = SERIES_LINK, .link = "fifteen-letters" } },
		{ .id = { .kind = SERIES_PROTO, .direction = 2, .proto = HOST_UDP } } };
	struct slot got;

	for (size_t i = 0; i < 3; i++) {
		s[i].known = (1U << OF_MEASURES) - 1;
		for (size_t m = 0; m < OF_MEASURES; m++)
			s[i].value[m] = 1000 * i + m;
	}
	ck_assert_int_eq(add_slot(date(2026, 3, 10), -1800, s, 3), 0);
	ck_assert_int_eq(history_next_slot(h, HISTORY_OWN, 0, &got), 0);
	ck_assert_int_eq(got.utc_offset_s, -1800);
	ck_assert_uint_eq(got.n, 3);
	for (size_t i = 0; i < 3; i++) {
		const struct slot_series *was = &s[got.series[i].id.kind == SERIES_SERVICE ? 0 :
			got.series[i].id.kind == SERIES_LINK ? 1 : 2];

		ck_assert_mem_eq(&got.series[i].id, &was->id, sizeof(was->id));
		ck_assert_uint_eq(got.series[i].known, was->known);
		ck_assert_mem_eq(got.series[i].value, was->value, sizeof(was->value));
	}
}
END_TEST

/* ---- peers ---- */

static struct slot_peer peer_of(unsigned i, uint64_t bytes)
{
	const uint8_t v4[4] = { 198, 51, (uint8_t)(i >> 8), (uint8_t)i };

	return (struct slot_peer){ .addr = addr_v4(v4), .connections = 1, .bytes = { bytes, 0 } };
}

static void add_peers(int64_t start_s, const struct slot_peer *p, size_t n)
{
	const struct slot s = { .start_s = start_s, .watched_s = SLOT_S, .peers = p, .n_peers = n };

	ck_assert_int_eq(history_add(h, &s), 0);
}

static void find_peers(enum period p)
{
	n_peers = 0;
	ck_assert_int_eq(history_peers(h, p, 0, 400 * 366 * DAY, collect_peer, NULL), 0);
}

START_TEST(peers_add_up_over_a_day)
{
	const uint8_t v6[16] = { 0x20, 1, 0xd, 0xb8 }, guest[16] = { 0x20, 1, 0xd, 0xb8, [15] = 9 };
	struct slot_peer p[2] = { peer_of(1, 10), { .addr = addr_v6(v6), .direction = 1, .bytes = { 3, 30 } } };
	struct addr a = addr_v6(guest);

	add_peers(date(2026, 3, 10), p, 2);
	add_peers(date(2026, 3, 10) + 300, p, 2);
	add_peers(date(2026, 3, 11), p, 1);
	find_peers(PERIOD_DAY);
	ck_assert_uint_eq(n_peers, 2);
	ck_assert(addr_equal(&peers[0].peer.addr, &p[1].addr));
	ck_assert_uint_eq(peers[0].peer.bytes[HOST_OUT], 60);
	ck_assert_uint_eq(peers[0].peer.direction, 1);
	ck_assert_uint_eq(peers[1].peer.bytes[HOST_IN], 30);
	ck_assert_uint_eq(peers[1].peer.connections, 3);
	ck_assert_uint_eq(peers[1].n, 2);
	n_peers = 0;
	ck_assert_int_eq(history_peer(h, PERIOD_DAY, 0, 400 * 366 * DAY, &a, collect_peer, NULL), 0);
	ck_assert_uint_eq(n_peers, 1);
	ck_assert_int_eq(peers[0].begin, date(2026, 3, 10));
}
END_TEST

START_TEST(a_crowd_of_peers_is_bounded_and_no_byte_is_lost)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < 40; i++) {
		struct slot_peer p[SLOT_PEERS];

		for (unsigned k = 0; k < SLOT_PEERS; k++)
			p[k] = peer_of(i * SLOT_PEERS + k, 1000 + i);
		p[0] = peer_of(7000, 1000000);
		add_peers(date(2026, 3, 10) + i * SLOT_S, p, SLOT_PEERS);
	}
	find_peers(PERIOD_DAY);
	ck_assert_uint_le(n_peers, HISTORY_PEERS + 1);
	ck_assert_uint_ge(n_peers, HISTORY_PEERS / 2);
	ck_assert_uint_eq(peers[0].peer.bytes[HOST_IN], 40000000); /* who is always there is counted exactly */
	ck_assert_uint_eq(peers[n_peers - 1].peer.addr.family, FAMILY_NONE);
	for (size_t i = 0; i < n_peers; i++)
		sum += peers[i].peer.bytes[HOST_IN];
	ck_assert_uint_eq(sum, 40000000 + 63 * (40 * 1000 + 39 * 40 / 2));
}
END_TEST

/* ---- lessons of others ---- */

START_TEST(an_imported_slot_is_never_of_the_totals_nor_over_an_own_one)
{
	struct slot got;

	add(date(2026, 3, 10), 0, 100, 1);
	ck_assert(!import(date(2026, 3, 10), 999));
	ck_assert(import(date(2026, 3, 9), 5));
	ck_assert(!import(date(2026, 3, 9), 5)); /* it is there by now */
	ck_assert_uint_eq(find(PERIOD_DAY, &eth0), 1);
	ck_assert_uint_eq(found[0].value[OF_BYTES_IN], 100);
	ck_assert_uint_eq(find(PERIOD_SLOT, &eth0), 1);
	ck_assert_int_eq(history_next_slot(h, HISTORY_IMPORTED, 0, &got), 0);
	ck_assert_int_eq(got.start_s, date(2026, 3, 9));
	ck_assert_uint_eq(got.series[0].value[OF_BYTES_IN], 5);
}
END_TEST

START_TEST(to_reset_learning_forgets_no_history)
{
	struct slot got;
	int64_t from = -1;

	add(date(2026, 3, 10), 0, 100, 1);
	import(date(2026, 3, 9), 5);
	ck_assert_int_eq(history_learn_from(h, &from), 0);
	ck_assert_int_eq(from, 0);
	ck_assert_int_eq(history_reset_learning(h, date(2026, 3, 11)), 0);
	again();
	ck_assert_int_eq(history_learn_from(h, &from), 0);
	ck_assert_int_eq(from, date(2026, 3, 11));
	ck_assert_uint_eq(find(PERIOD_SLOT, &eth0), 1);
	ck_assert_int_eq(history_next_slot(h, HISTORY_IMPORTED, 0, &got), ERR_ABSENT);
}
END_TEST

START_TEST(a_batch_is_all_or_nothing)
{
	add(date(2026, 3, 10), 0, 100, 1);
	ck_assert_int_eq(history_begin(h), 0);
	add(date(2026, 3, 11), 0, 100, 1);
	add(date(2026, 3, 12), 0, 100, 1);
	history_rollback(h);
	ck_assert_uint_eq(find(PERIOD_DAY, &eth0), 1);
}
END_TEST

static TCase *totals(void)
{
	TCase *c = tcase_create("totals");

	tcase_set_timeout(c, 60);
	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, bytes_of_slots_add_up_in_every_period);
	tcase_add_test(c, what_is_not_measured_is_not_nought);
	tcase_add_test(c, states_and_sources_have_a_mean_and_a_most_and_no_sum);
	tcase_add_test(c, a_day_is_one_of_local_time);
	tcase_add_test(c, a_year_ends_at_local_midnight);
	tcase_add_test(c, the_day_of_daylight_saving_is_one_day);
	tcase_add_test(c, a_slot_that_comes_twice_is_two_parts_of_one);
	tcase_add_test(c, sums_stay_where_they_end);
	tcase_add_test(c, what_is_no_slot_is_refused);
	tcase_add_test(c, every_series_comes_back_as_it_was);
	return c;
}

static TCase *others(void)
{
	TCase *c = tcase_create("others");

	tcase_set_timeout(c, 60);
	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, peers_add_up_over_a_day);
	tcase_add_test(c, a_crowd_of_peers_is_bounded_and_no_byte_is_lost);
	tcase_add_test(c, an_imported_slot_is_never_of_the_totals_nor_over_an_own_one);
	tcase_add_test(c, to_reset_learning_forgets_no_history);
	tcase_add_test(c, a_batch_is_all_or_nothing);
	return c;
}

int main(void)
{
	Suite *s = suite_create("store_history");
	SRunner *r;
	int failed;

	suite_add_tcase(s, totals());
	suite_add_tcase(s, others());
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
