/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose capture it is: as said, and as guessed. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/home.h"
#include "base/err.h"

static struct addr at(const char *text)
{
	struct addr a;

	ck_assert_int_eq(addr_parse(text, &a), 0);
	return a;
}

static struct home said(const char *text)
{
	char why[WHY_TEXT];
	struct home h;

	ck_assert_msg(home_parse(text, &h, why) == 0, "%s", why);
	return h;
}

static bool holds(const struct home *h, const char *text)
{
	struct addr a = at(text);

	return home_holds(h, &a);
}

static void saw(struct home_votes *v, const char *src, const char *dst, uint8_t flags, enum link_to to, int times)
{
	struct packet p = { .src = at(src), .dst = at(dst), .proto = PROTO_TCP, .tcp_flags = flags };

	while (times-- > 0)
		home_count(v, &p, to);
}

static struct home guessed(const struct home_votes *v)
{
	struct home h;

	ck_assert_int_eq(home_guess(v, &h), 0);
	return h;
}

START_TEST(an_address_in_its_network_has_neighbours)
{
	struct home h = said("192.0.2.1/24,2001:db8::1");

	ck_assert(holds(&h, "192.0.2.1"));
	ck_assert(!holds(&h, "192.0.2.2"));
	ck_assert(holds(&h, "2001:db8::1"));
	ck_assert_uint_eq(h.n_nets, 1);
	ck_assert_uint_eq(h.nets[0].len, 24);
}
END_TEST

START_TEST(a_whole_network_stands_for_one_host_and_is_not_guarded)
{
	struct home h = said("10.0.0.0/8,192.0.2.1");
	static struct guards g;

	memset(&g, 0, sizeof(g));
	home_guard(&h, &g);
	ck_assert(holds(&h, "10.1.2.3"));
	ck_assert_uint_eq(h.n_nets, 0);
	ck_assert_uint_eq(g.n, 1);
	ck_assert_uint_eq(g.list[0].prefix.len, 32);
}
END_TEST

START_TEST(words_that_are_no_address_are_named)
{
	static const char *const wrong[] = { "", "host", "192.0.2.1/33", "192.0.2.1/", "192.0.2.1/x", "10.0.0.0/8,,x" };
	char why[WHY_TEXT];
	struct home h;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_int_eq(home_parse(wrong[i], &h, why), ERR_INVALID);
	ck_assert_ptr_nonnull(strstr(why, "'x'"));
}
END_TEST

START_TEST(too_many_addresses_are_refused)
{
	char list[HOME_ADDRS * 16 + 32] = "", why[WHY_TEXT];
	struct home h;

	for (int i = 0; i <= HOME_ADDRS; i++)
		sprintf(list + strlen(list), "10.0.0.%d,", i + 1);
	ck_assert_int_eq(home_parse(list, &h, why), ERR_FULL);
}
END_TEST

START_TEST(the_end_that_all_packets_share_is_home)
{
	struct home_votes *v = calloc(1, sizeof(*v));
	struct home h;

	saw(v, "198.51.100.7", "192.0.2.1", TCP_ACK, LINK_TO_HOST, 10);
	saw(v, "198.51.100.8", "192.0.2.1", TCP_ACK, LINK_TO_HOST, 10);
	saw(v, "192.0.2.1", "198.51.100.8", TCP_ACK, LINK_TO_HOST, 10);
	h = guessed(v);
	ck_assert_uint_eq(h.n_own, 1);
	ck_assert(holds(&h, "192.0.2.1"));
	free(v);
}
END_TEST

START_TEST(of_two_that_share_all_packets_it_is_who_is_called)
{
	struct home_votes *v = calloc(1, sizeof(*v));
	struct home h;

	saw(v, "198.51.100.7", "192.0.2.1", TCP_SYN, LINK_TO_HOST, 10);
	saw(v, "192.0.2.1", "198.51.100.7", TCP_SYN | TCP_ACK, LINK_TO_HOST, 10);
	saw(v, "192.0.2.1", "198.51.100.7", TCP_SYN, LINK_TO_HOST, 3);
	h = guessed(v);
	ck_assert(holds(&h, "192.0.2.1"));
	ck_assert(!holds(&h, "198.51.100.7"));
	free(v);
}
END_TEST

START_TEST(what_a_cooked_capture_calls_outgoing_is_from_home)
{
	struct home_votes *v = calloc(1, sizeof(*v));
	struct home h;

	saw(v, "198.51.100.7", "192.0.2.1", TCP_SYN, LINK_TO_HOST, 100);
	saw(v, "203.0.113.9", "198.51.100.7", TCP_ACK, LINK_OUTGOING, 1);
	h = guessed(v);
	ck_assert(holds(&h, "203.0.113.9"));
	ck_assert(!holds(&h, "192.0.2.1"));
	free(v);
}
END_TEST

START_TEST(a_network_without_a_common_end_is_home_by_its_private_addresses)
{
	struct home_votes *v = calloc(1, sizeof(*v));
	struct home h;

	saw(v, "10.0.0.1", "198.51.100.7", TCP_ACK, LINK_TO_HOST, 10);
	saw(v, "10.0.0.2", "198.51.100.8", TCP_ACK, LINK_TO_HOST, 10);
	saw(v, "10.0.0.3", "198.51.100.9", TCP_ACK, LINK_TO_HOST, 10);
	h = guessed(v);
	ck_assert(holds(&h, "10.9.9.9"));
	ck_assert(!holds(&h, "198.51.100.7"));
	free(v);
}
END_TEST

START_TEST(broadcasts_and_nothing_tell_nothing)
{
	struct home_votes *v = calloc(1, sizeof(*v));
	struct home h;

	saw(v, "10.0.0.1", "10.255.255.255", TCP_ACK, LINK_TO_ALL, 10);
	ck_assert_int_eq(home_guess(v, &h), ERR_ABSENT);
	free(v);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("home");
	TCase *c = tcase_create("home");
	SRunner *r;
	int failed;

	tcase_add_test(c, an_address_in_its_network_has_neighbours);
	tcase_add_test(c, a_whole_network_stands_for_one_host_and_is_not_guarded);
	tcase_add_test(c, words_that_are_no_address_are_named);
	tcase_add_test(c, too_many_addresses_are_refused);
	tcase_add_test(c, the_end_that_all_packets_share_is_home);
	tcase_add_test(c, of_two_that_share_all_packets_it_is_who_is_called);
	tcase_add_test(c, what_a_cooked_capture_calls_outgoing_is_from_home);
	tcase_add_test(c, a_network_without_a_common_end_is_home_by_its_private_addresses);
	tcase_add_test(c, broadcasts_and_nothing_tell_nothing);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
