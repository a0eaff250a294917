/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Interfaces of a sample, in order and bounded; the words for what is in it. */
#include "core/host_sample.h"

#include <check.h>
#include <stdlib.h>

static void add(struct host_sample *s, uint32_t index, uint64_t bytes)
{
	struct link_counters l = { .index = index, .bytes = { bytes } };

	host_sample_add_link(s, &l);
}

START_TEST(links_are_sorted_by_index_whatever_their_order)
{
	struct host_sample s = { 0 };

	add(&s, 7, 70);
	add(&s, 2, 20);
	add(&s, 9, 90);
	add(&s, 3, 30);
	ck_assert_uint_eq(s.n_links, 4);
	ck_assert_uint_eq(s.links[0].index, 2);
	ck_assert_uint_eq(s.links[1].index, 3);
	ck_assert_uint_eq(s.links[2].index, 7);
	ck_assert_uint_eq(s.links[3].index, 9);
	ck_assert_uint_eq(s.links[3].bytes[HOST_IN], 90);
	ck_assert_uint_eq(s.links_cut, 0);
}
END_TEST

/* An interrupted dump tells of some twice. */
START_TEST(a_link_that_is_told_twice_stands_once_with_its_last_counters)
{
	struct host_sample s = { 0 };

	add(&s, 5, 1);
	add(&s, 6, 2);
	add(&s, 5, 3);
	ck_assert_uint_eq(s.n_links, 2);
	ck_assert_uint_eq(s.links[0].bytes[HOST_IN], 3);
	ck_assert_uint_eq(s.links[1].bytes[HOST_IN], 2);
}
END_TEST

START_TEST(of_too_many_links_the_highest_are_left_out_and_counted)
{
	struct host_sample up = { 0 }, down = { 0 };

	for (uint32_t i = 1; i <= SAMPLE_LINKS + 5; i++) {
		add(&up, i, i);
		add(&down, SAMPLE_LINKS + 6 - i, SAMPLE_LINKS + 6 - i);
	}
	ck_assert_uint_eq(up.n_links, SAMPLE_LINKS);
	ck_assert_uint_eq(up.links_cut, 5);
	ck_assert_uint_eq(down.links_cut, 5);
	for (uint32_t i = 0; i < SAMPLE_LINKS; i++) {
		ck_assert_uint_eq(up.links[i].index, i + 1);
		ck_assert_uint_eq(down.links[i].index, i + 1);
		ck_assert_uint_eq(down.links[i].bytes[HOST_IN], i + 1);
	}
	add(&up, 1, 99); /* one that is there is no newcomer */
	ck_assert_uint_eq(up.links_cut, 5);
	ck_assert_uint_eq(up.links[0].bytes[HOST_IN], 99);
}
END_TEST

START_TEST(every_protocol_and_state_has_a_word)
{
	for (int p = 0; p < HOST_PROTOS; p++)
		ck_assert_str_ne(host_proto_name((enum host_proto)p), "unknown");
	for (int s = 0; s < SOCKET_STATES; s++)
		ck_assert_str_ne(socket_state_name((enum socket_state)s), "UNKNOWN");
	ck_assert_str_eq(host_proto_name(HOST_UDP), "udp");
	ck_assert_str_eq(socket_state_name(SOCKET_CLOSE_WAIT), "CLOSE-WAIT");
	ck_assert_str_eq(host_proto_name(HOST_PROTOS), "unknown");
	ck_assert_str_eq(socket_state_name(SOCKET_STATES), "UNKNOWN");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("host_sample");
	TCase *t = tcase_create("host_sample");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_test(t, links_are_sorted_by_index_whatever_their_order);
	tcase_add_test(t, a_link_that_is_told_twice_stands_once_with_its_last_counters);
	tcase_add_test(t, of_too_many_links_the_highest_are_left_out_and_counted);
	tcase_add_test(t, every_protocol_and_state_has_a_word);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
