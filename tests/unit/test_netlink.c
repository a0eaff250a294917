/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Netlink framing: walks end where the bytes end, whatever the lengths in them say.
 */
#include "codec/netlink.h"

#include <check.h>
#include <errno.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "wire.h"

START_TEST(two_padded_messages_are_walked_one_after_the_other)
{
	struct wire w = { .len = 0 };
	struct netlink_message m;
	struct cursor c;

	wire_message(&w, 100, 7, "abcde", 5);
	wire_message(&w, 101, 7, "", 0);
	c = cursor_over((struct slice){ w.bytes, w.len });
	ck_assert(netlink_next(&c, &m));
	ck_assert_uint_eq(m.type, 100);
	ck_assert_uint_eq(m.seq, 7);
	ck_assert_uint_eq(m.port, 9);
	ck_assert_uint_eq(m.body.len, 5);
	ck_assert_mem_eq(m.body.at, "abcde", 5);
	ck_assert(netlink_next(&c, &m));
	ck_assert_uint_eq(m.type, 101);
	ck_assert(!netlink_next(&c, &m));
	ck_assert(!c.failed);
}
END_TEST

START_TEST(the_last_message_may_end_without_its_padding)
{
	struct wire w = { .len = 0 };
	struct netlink_message m;
	struct cursor c;

	wire_message(&w, 100, 7, "abcde", 5);
	c = cursor_over((struct slice){ w.bytes, 16 + 5 });
	ck_assert(netlink_next(&c, &m));
	ck_assert_uint_eq(m.body.len, 5);
	ck_assert(!netlink_next(&c, &m));
	ck_assert(!c.failed);
}
END_TEST

START_TEST(a_length_below_the_header_or_past_the_end_stops_the_walk)
{
	static const uint32_t lengths[] = { 0, 1, 15, 21, 64, UINT32_MAX };
	uint8_t bytes[64] = { 0 };
	struct netlink_message m;

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct cursor c = cursor_over((struct slice){ bytes, 20 });

		memcpy(bytes, &lengths[i], sizeof(lengths[i]));
		ck_assert(!netlink_next(&c, &m));
		ck_assert(c.failed);
	}
}
END_TEST

START_TEST(attributes_lose_their_flag_bits_and_keep_their_values)
{
	uint32_t number = 0x01020304;
	struct wire w = { .len = 0 };
	struct netlink_attribute a;
	uint32_t got = 0;
	struct cursor c;

	wire_attribute(&w, 5 | NLA_F_NESTED, "xyz", 3);
	wire_attribute(&w, 6 | NLA_F_NET_BYTEORDER, &number, 4);
	c = cursor_over((struct slice){ w.bytes, w.len });
	ck_assert(netlink_next_attribute(&c, &a));
	ck_assert_uint_eq(a.type, 5);
	ck_assert_uint_eq(a.value.len, 3);
	ck_assert(!netlink_u32(a.value, &got));
	ck_assert(netlink_next_attribute(&c, &a));
	ck_assert_uint_eq(a.type, 6);
	ck_assert(netlink_u32(a.value, &got));
	ck_assert_uint_eq(got, number);
	ck_assert(!netlink_next_attribute(&c, &a));
	ck_assert(!c.failed);
}
END_TEST

START_TEST(a_broken_attribute_stops_the_walk)
{
	static const uint16_t lengths[] = { 0, 3, 9, 0xffff };
	uint8_t bytes[8] = { 0 };
	struct netlink_attribute a;

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct cursor c = cursor_over((struct slice){ bytes, sizeof(bytes) });

		memcpy(bytes, &lengths[i], sizeof(lengths[i]));
		ck_assert(!netlink_next_attribute(&c, &a));
		ck_assert(c.failed);
	}
}
END_TEST

START_TEST(an_error_comes_out_as_a_positive_errno)
{
	int32_t code = -EBUSY;
	struct netlink_message m = { .type = NLMSG_ERROR,
		.body = { (const uint8_t *)&code, sizeof(code) } };
	int error = -1;

	ck_assert_int_eq(netlink_error(&m, &error), 0);
	ck_assert_int_eq(error, EBUSY);
	code = 0;
	ck_assert_int_eq(netlink_error(&m, &error), 0);
	ck_assert_int_eq(error, 0);
	code = INT32_MIN; /* no errno: must not be negated into nonsense */
	ck_assert_int_eq(netlink_error(&m, &error), 0);
	ck_assert_int_eq(error, 0);
	m.body.len = 3;
	ck_assert_int_eq(netlink_error(&m, &error), ERR_TRUNCATED);
	m.type = 100;
	ck_assert_int_eq(netlink_error(&m, &error), ERR_INVALID);
}
END_TEST

START_TEST(a_done_without_a_number_is_well)
{
	struct netlink_message m = { .type = NLMSG_DONE };
	int error = -1;

	ck_assert_int_eq(netlink_error(&m, &error), 0);
	ck_assert_int_eq(error, 0);
}
END_TEST

START_TEST(the_kernels_errors_map_to_ours)
{
	ck_assert_int_eq(netlink_err_of(0), 0);
	ck_assert_int_eq(netlink_err_of(EPERM), ERR_PERMISSION);
	ck_assert_int_eq(netlink_err_of(ENOENT), ERR_ABSENT);
	ck_assert_int_eq(netlink_err_of(EOPNOTSUPP), ERR_UNSUPPORTED);
	ck_assert_int_eq(netlink_err_of(EXDEV), ERR_IO);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("netlink");
	TCase *t = tcase_create("netlink");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_test(t, two_padded_messages_are_walked_one_after_the_other);
	tcase_add_test(t, the_last_message_may_end_without_its_padding);
	tcase_add_test(t, a_length_below_the_header_or_past_the_end_stops_the_walk);
	tcase_add_test(t, attributes_lose_their_flag_bits_and_keep_their_values);
	tcase_add_test(t, a_broken_attribute_stops_the_walk);
	tcase_add_test(t, an_error_comes_out_as_a_positive_errno);
	tcase_add_test(t, a_done_without_a_number_is_well);
	tcase_add_test(t, the_kernels_errors_map_to_ours);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
