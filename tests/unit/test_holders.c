/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who holds what: sums, medians and the foremost peers, in any order of the sockets, and beyond every bound. */
#include "core/holders.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "core/packet.h"

static struct holders *h;
static void *memory;
static struct service_holders told[HOLDERS_SERVICES];

static void make(void)
{
	struct hash_key key;

	hash_key_from_seed(&key, 7);
	memory = malloc(holders_bytes());
	ck_assert_ptr_nonnull(memory);
	memset(memory, 0xa5, holders_bytes());
	holders_create(&h, memory, &key);
}

static void drop(void)
{
	free(memory);
}

static struct addr v4(uint32_t n)
{
	return addr_v4((const uint8_t[]){ (uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n });
}

static struct addr v6(const char *text)
{
	struct addr a;

	ck_assert_int_eq(addr_parse(text, &a), 0);
	return a;
}

static struct held_socket busy(struct addr peer, uint16_t port)
{
	return (struct held_socket){ .peer = peer, .proto = PROTO_TCP, .port = port, .received = 5000, .age_ms = 1000 };
}

static void add(struct held_socket s, unsigned times)
{
	while (times--)
		holders_add(h, &s);
}

static void is_holder(const struct holder *x, struct addr peer, uint32_t open, uint32_t slow, uint32_t close_wait)
{
	ck_assert(addr_equal(&x->peer, &peer));
	ck_assert_uint_eq(x->open, open);
	ck_assert_uint_eq(x->slow, slow);
	ck_assert_uint_eq(x->close_wait, close_wait);
}

START_TEST(a_few_that_hold_much_stand_out_from_the_many)
{
	holders_begin(h);
	for (uint32_t i = 0; i < 400; i++)
		add(busy(v4(0xcb007100u + i), 80), 1 + i % 3);
	for (uint32_t i = 0; i < 4; i++)
		add(busy(v4(0xc6336400u + i), 80), 500 - i);
	ck_assert_uint_eq(holders_end(h, told, HOLDERS_SERVICES), 1);
	ck_assert_uint_eq(told[0].port, 80);
	ck_assert_uint_eq(told[0].open, 134 + 133 * 2 + 133 * 3 + 500 + 499 + 498 + 497);
	ck_assert_uint_eq(told[0].peers, 404);
	ck_assert_uint_eq(told[0].median, 2);
	ck_assert_uint_eq(told[0].n_top, HOLDERS_TOP);
	for (uint32_t i = 0; i < 4; i++)
		is_holder(&told[0].top[i], v4(0xc6336400u + i), 500 - i, 0, 0);
	is_holder(&told[0].top[4], v4(0xcb007102u), 3, 0, 0); /* equal ones by address */
	ck_assert_uint_eq(holders_untold(h), 0);
}
END_TEST

START_TEST(an_old_connection_of_few_bytes_is_slow)
{
	struct held_socket s = busy(v4(1), 80);

	holders_begin(h);
	s.age_ms = SLOW_AFTER_MS;
	s.received = SLOW_BYTES - 1;
	add(s, 1);
	s.received = SLOW_BYTES;
	add(s, 1);
	s.received = 0;
	s.age_ms = SLOW_AFTER_MS - 1;
	add(s, 1);
	s.age_ms = UINT32_MAX; /* not known is not old */
	add(s, 1);
	s.age_ms = SLOW_AFTER_MS;
	s.close_wait = true; /* the peer has gone: it is us who are slow */
	add(s, 1);
	ck_assert_uint_eq(holders_end(h, told, HOLDERS_SERVICES), 1);
	ck_assert_uint_eq(told[0].open, 4);
	ck_assert_uint_eq(told[0].slow, 1);
	ck_assert_uint_eq(told[0].close_wait, 1);
	is_holder(&told[0].top[0], v4(1), 4, 1, 1);
}
END_TEST

START_TEST(slow_connections_weigh_four_times)
{
	struct held_socket slow = busy(v4(1), 80);

	slow.age_ms = SLOW_AFTER_MS;
	slow.received = 0;
	holders_begin(h);
	add(slow, 10);           /* 10 + 3 * 10 */
	add(busy(v4(2), 80), 39);
	add(busy(v4(3), 80), 41);
	holders_end(h, told, HOLDERS_SERVICES);
	is_holder(&told[0].top[0], v4(3), 41, 0, 0);
	is_holder(&told[0].top[1], v4(1), 10, 10, 0);
	is_holder(&told[0].top[2], v4(2), 39, 0, 0);
}
END_TEST

START_TEST(an_ipv6_network_is_one_peer_and_link_local_is_nobody)
{
	holders_begin(h);
	add(busy(v6("2001:db8:0:1::1"), 443), 2);
	add(busy(v6("2001:db8:0:1:ffff::9"), 443), 3);
	add(busy(v6("2001:db8:0:2::1"), 443), 1);
	add(busy(v6("fd00:1::5"), 443), 4);
	add(busy(v6("fe80::1"), 443), 50);
	ck_assert_uint_eq(holders_end(h, told, HOLDERS_SERVICES), 1);
	ck_assert_uint_eq(told[0].open, 60);
	ck_assert_uint_eq(told[0].peers, 3);
	ck_assert_uint_eq(told[0].n_top, 3);
	is_holder(&told[0].top[0], v6("2001:db8:0:1::"), 5, 0, 0);
	is_holder(&told[0].top[1], v6("fd00:1::"), 4, 0, 0);
	is_holder(&told[0].top[2], v6("2001:db8:0:2::"), 1, 0, 0);
	ck_assert_uint_eq(told[0].median, 4);
}
END_TEST

/* Were those that hold nothing open in it, an innocent with a few would tower over the middle. */
START_TEST(the_median_is_of_those_that_hold_open_ones)
{
	struct held_socket gone = busy(v4(0), 80);

	holders_begin(h);
	gone.close_wait = true;
	for (uint32_t i = 0; i < 100; i++) {
		gone.peer = v4(1000 + i);
		add(gone, 2);
	}
	add(busy(v4(1), 80), 70000);
	add(busy(v4(2), 80), 65536);
	add(busy(v4(3), 80), 300);
	add(busy(v4(4), 80), 70001);
	holders_end(h, told, HOLDERS_SERVICES);
	ck_assert_uint_eq(told[0].median, 65536);
	ck_assert_uint_eq(told[0].peers, 104);
	ck_assert_uint_eq(told[0].close_wait, 200);
	is_holder(&told[0].top[4], v4(1000), 0, 0, 2);
}
END_TEST

START_TEST(a_service_of_close_wait_alone_has_no_median)
{
	struct held_socket gone = busy(v4(9), 80);

	gone.close_wait = true;
	holders_begin(h);
	add(gone, 3);
	ck_assert_uint_eq(holders_end(h, told, HOLDERS_SERVICES), 1);
	ck_assert_uint_eq(told[0].median, 0);
	ck_assert_uint_eq(told[0].open, 0);
	is_holder(&told[0].top[0], v4(9), 0, 0, 3);
}
END_TEST

START_TEST(of_too_many_services_the_busiest_are_told_by_port)
{
	holders_begin(h);
	for (uint16_t port = 1; port <= 100; port++)
		add(busy(v4(port), (uint16_t)(1000 - port)), port);
	ck_assert_uint_eq(holders_end(h, told, HOLDERS_SERVICES + 10), HOLDERS_SERVICES);
	for (size_t i = 0; i < HOLDERS_SERVICES; i++)
		ck_assert_uint_eq(told[i].port, 900 + i);
	ck_assert_uint_eq(holders_end(h, told, 2), 2);
	ck_assert_uint_eq(told[0].port, 900);
	ck_assert_uint_eq(told[1].port, 901);
	ck_assert_uint_eq(told[0].open, 100);
	ck_assert_uint_eq(holders_end(h, told, 0), 0);
}
END_TEST

/* The same sockets in many orders, byte for byte the same. */
START_TEST(the_order_of_the_sockets_does_not_matter)
{
	static struct service_holders first[HOLDERS_SERVICES];
	struct held_socket all[600];
	uint64_t luck = 5;
	size_t n = 0;

	for (size_t i = 0; i < 600; i++) {
		all[i] = busy(v4((uint32_t)(random_next(&luck) % 90)), (uint16_t)(80 + random_next(&luck) % 70));
		all[i].close_wait = random_next(&luck) % 5 == 0;
		all[i].received = random_next(&luck) % 400;
		all[i].age_ms = (uint32_t)(random_next(&luck) % 60000);
	}
	for (int round = 0; round < 20; round++) {
		memset(told, 0, sizeof(told));
		holders_begin(h);
		for (size_t i = 0; i < 600; i++)
			holders_add(h, &all[i]);
		n = holders_end(h, told, HOLDERS_SERVICES);
		if (!round)
			memcpy(first, told, sizeof(told));
		ck_assert_uint_eq(n, HOLDERS_SERVICES);
		ck_assert_mem_eq(first, told, sizeof(told));
		for (size_t i = 599; i > 0; i--) {
			size_t j = random_next(&luck) % (i + 1);
			struct held_socket swap = all[i];

			all[i] = all[j];
			all[j] = swap;
		}
	}
}
END_TEST

/* Nobody who comes after the table is full may cost anybody his place, nor be lost from the sums. */
START_TEST(peers_beyond_the_bound_count_for_the_service_alone)
{
	holders_begin(h);
	add(busy(v4(0xc6336401u), 80), 300);
	for (uint32_t i = 0; i < HOLDERS_PAIRS + 999; i++)
		add(busy(v4(0x0a000000u + i), 80), 1);
	add(busy(v4(0xc6336401u), 80), 1); /* who is in stays in */
	holders_end(h, told, HOLDERS_SERVICES);
	ck_assert_uint_eq(told[0].open, HOLDERS_PAIRS + 999 + 301);
	ck_assert_uint_eq(told[0].peers, HOLDERS_PAIRS);
	ck_assert_uint_eq(told[0].median, 1);
	is_holder(&told[0].top[0], v4(0xc6336401u), 301, 0, 0);
	ck_assert_uint_eq(holders_untold(h), 1000);
	holders_begin(h);
	add(busy(v4(5), 80), 1);
	ck_assert_uint_eq(holders_end(h, told, HOLDERS_SERVICES), 1);
	ck_assert_uint_eq(told[0].open, 1);
	ck_assert_uint_eq(told[0].peers, 1);
	ck_assert_uint_eq(holders_untold(h), 1000);
}
END_TEST

START_TEST(services_beyond_the_bound_are_counted_as_untold)
{
	holders_begin(h);
	for (uint32_t port = 1; port <= 65535; port++)
		add(busy(v4(1), (uint16_t)port), 1);
	ck_assert_uint_eq(holders_end(h, told, HOLDERS_SERVICES), HOLDERS_SERVICES);
	ck_assert_uint_eq(holders_untold(h), 65535 - 1024);
}
END_TEST

/* So many that their places in the index run into each other. */
START_TEST(one_peer_at_many_services_is_kept_apart)
{
	holders_begin(h);
	for (uint32_t peer = 0; peer < 60; peer++)
		for (uint16_t port = 1; port <= 1024; port++)
			add(busy(v4(peer), port), 1 + port / 1000);
	ck_assert_uint_eq(holders_end(h, told, HOLDERS_SERVICES), HOLDERS_SERVICES);
	ck_assert_uint_eq(holders_untold(h), 0);
	for (size_t i = 0; i < HOLDERS_SERVICES; i++) {
		uint32_t each = 1 + told[i].port / 1000;

		ck_assert_uint_eq(told[i].peers, 60);
		ck_assert_uint_eq(told[i].median, each);
		for (uint32_t k = 0; k < HOLDERS_TOP; k++)
			is_holder(&told[i].top[k], v4(k), each, 0, 0);
	}
	ck_assert_uint_eq(told[HOLDERS_SERVICES - 1].port, 1024);
}
END_TEST

START_TEST(a_walk_without_sockets_tells_of_nobody)
{
	holders_begin(h);
	ck_assert_uint_eq(holders_end(h, told, HOLDERS_SERVICES), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("holders");
	TCase *t = tcase_create("holders");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 30);
	tcase_add_checked_fixture(t, make, drop);
	tcase_add_test(t, a_few_that_hold_much_stand_out_from_the_many);
	tcase_add_test(t, an_old_connection_of_few_bytes_is_slow);
	tcase_add_test(t, slow_connections_weigh_four_times);
	tcase_add_test(t, an_ipv6_network_is_one_peer_and_link_local_is_nobody);
	tcase_add_test(t, the_median_is_of_those_that_hold_open_ones);
	tcase_add_test(t, a_service_of_close_wait_alone_has_no_median);
	tcase_add_test(t, of_too_many_services_the_busiest_are_told_by_port);
	tcase_add_test(t, the_order_of_the_sockets_does_not_matter);
	tcase_add_test(t, peers_beyond_the_bound_count_for_the_service_alone);
	tcase_add_test(t, services_beyond_the_bound_are_counted_as_untold);
	tcase_add_test(t, one_peer_at_many_services_is_kept_apart);
	tcase_add_test(t, a_walk_without_sockets_tells_of_nobody);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
