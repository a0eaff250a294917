/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * NFLOG's messages.
 */
#include "codec/nflog_msg.h"

#include <arpa/inet.h>
#include <check.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>
#include <stdlib.h>

#include "base/err.h"
#include "wire.h"

#define TYPE(message) (NFNL_SUBSYS_ULOG << 8 | (message))

static struct wire copy_of(uint8_t hook)
{
	struct nfulnl_msg_packet_hdr h = { .hw_protocol = htons(0x800), .hook = hook };
	struct nfgenmsg head = { .nfgen_family = 2, .res_id = htons(5) };
	struct wire w = { .len = 0 };

	wire_put(&w, &head, sizeof(head));
	wire_attribute(&w, NFULA_PACKET_HDR, &h, sizeof(h));
	return w;
}

static int decode(const struct wire *w, uint32_t copy_range, struct nflog_packet *out)
{
	struct netlink_message m = { .type = TYPE(NFULNL_MSG_PACKET),
		.body = { w->bytes, w->len } };

	return nflog_msg_packet(&m, (mono_t){ 5 }, copy_range, out);
}

START_TEST(a_copy_comes_out_with_all_that_is_known_of_it)
{
	struct wire w = copy_of(NF_INET_LOCAL_OUT);
	struct nflog_packet p;

	wire_attribute(&w, NFULA_PREFIX, "echo", 5);
	wire_be32(&w, NFULA_IFINDEX_INDEV, 3);
	wire_be32(&w, NFULA_IFINDEX_OUTDEV, 4);
	wire_be32(&w, NFULA_SEQ, 77);
	wire_attribute(&w, NFULA_PAYLOAD, "\x45packet", 7);
	ck_assert_int_eq(decode(&w, 128, &p), 0);
	ck_assert_uint_eq(p.meta.hook, HOOK_OUTPUT);
	ck_assert_uint_eq(p.meta.if_in, 3);
	ck_assert_uint_eq(p.meta.if_out, 4);
	ck_assert(!p.meta.held);
	ck_assert(!p.meta.state_known);
	ck_assert_int_eq(p.meta.at.ns, 5);
	ck_assert(p.numbered);
	ck_assert_uint_eq(p.number, 77);
	ck_assert_uint_eq(p.prefix.len, 4);
	ck_assert_mem_eq(p.prefix.at, "echo", 4);
	ck_assert_uint_eq(p.payload.len, 7);
	ck_assert_uint_eq(p.meta.wire_len, 7);
	ck_assert_uint_eq(p.group, 5);
	ck_assert(!p.meta.uid_known);
	wire_be32(&w, NFULA_UID, 1042);
	ck_assert_int_eq(decode(&w, 128, &p), 0);
	ck_assert(p.meta.uid_known);
	ck_assert_uint_eq(p.meta.uid, 1042);
}
END_TEST

START_TEST(who_receives_a_packet_is_not_who_sent_it)
{
	struct wire w = copy_of(NF_INET_LOCAL_IN);
	struct nflog_packet p;

	wire_be32(&w, NFULA_UID, 1042);
	ck_assert_int_eq(decode(&w, 128, &p), 0);
	ck_assert(!p.meta.uid_known);
}
END_TEST

START_TEST(a_user_of_a_wrong_size_is_nobody)
{
	struct wire w = copy_of(NF_INET_LOCAL_OUT);
	struct nflog_packet p;

	wire_attribute(&w, NFULA_UID, "ab", 2);
	ck_assert_int_eq(decode(&w, 128, &p), 0);
	ck_assert(!p.meta.uid_known);
}
END_TEST

START_TEST(only_a_copy_is_of_a_group)
{
	struct wire w = copy_of(NF_INET_LOCAL_OUT);
	struct netlink_message m = { .type = TYPE(NFULNL_MSG_CONFIG), .body = { w.bytes, w.len } };

	ck_assert_uint_eq(nflog_msg_group(&m), 0);
	m.type = TYPE(NFULNL_MSG_PACKET);
	ck_assert_uint_eq(nflog_msg_group(&m), 5);
	m.body.len = 3;
	ck_assert_uint_eq(nflog_msg_group(&m), 0);
}
END_TEST

START_TEST(a_cut_ipv4_packet_is_as_long_as_its_header_says)
{
	static const uint8_t head[20] = { 0x45, 0, 0x05, 0xdc };
	struct wire w = copy_of(NF_INET_LOCAL_IN);
	struct nflog_packet p;

	wire_attribute(&w, NFULA_PAYLOAD, head, sizeof(head));
	ck_assert_int_eq(decode(&w, sizeof(head), &p), 0);
	ck_assert_uint_eq(p.meta.wire_len, 1500);
	ck_assert_int_eq(decode(&w, sizeof(head) + 1, &p), 0);
	ck_assert_uint_eq(p.meta.wire_len, sizeof(head)); /* it was not cut: it lies */
}
END_TEST

START_TEST(a_cut_ipv6_packet_is_as_long_as_its_header_says)
{
	static const uint8_t head[40] = { 0x60, 0, 0, 0, 0x01, 0x00 };
	struct wire w = copy_of(NF_INET_LOCAL_IN);
	struct nflog_packet p;

	wire_attribute(&w, NFULA_PAYLOAD, head, sizeof(head));
	ck_assert_int_eq(decode(&w, sizeof(head), &p), 0);
	ck_assert_uint_eq(p.meta.wire_len, 296);
}
END_TEST

START_TEST(a_stated_length_below_the_bytes_does_not_shorten_them)
{
	static const uint8_t head[20] = { 0x45, 0, 0, 1 };
	struct wire w = copy_of(NF_INET_LOCAL_IN);
	struct nflog_packet p;

	wire_attribute(&w, NFULA_PAYLOAD, head, sizeof(head));
	ck_assert_int_eq(decode(&w, sizeof(head), &p), 0);
	ck_assert_uint_eq(p.meta.wire_len, sizeof(head));
}
END_TEST

START_TEST(rubbish_is_passed_over_or_refused)
{
	struct wire w = copy_of(NF_INET_LOCAL_IN);
	struct nflog_packet p = { .number = 1234 };
	struct netlink_message m = { .type = TYPE(NFULNL_MSG_CONFIG) };
	struct wire bare = { .len = sizeof(struct nfgenmsg) };

	wire_attribute(&w, 999, "?", 1);
	wire_attribute(&w, NFULA_SEQ, "ab", 2);
	wire_attribute(&w, NFULA_PREFIX, "", 0);
	ck_assert_int_eq(decode(&w, 128, &p), 0);
	ck_assert(!p.numbered);
	ck_assert_uint_eq(p.prefix.len, 0);
	ck_assert_uint_eq(p.meta.wire_len, 0);
	wire_attribute(&bare, NFULA_PACKET_HDR, "a", 1);
	ck_assert_int_eq(decode(&bare, 128, &p), ERR_TRUNCATED);
	ck_assert_int_eq(nflog_msg_packet(&m, (mono_t){ 0 }, 128, &p), ERR_INVALID);
}
END_TEST

START_TEST(a_group_is_configured_by_one_message)
{
	struct nflog_config c = { .group = 41, .copy_range = 128, .threshold = 32,
		.timeout_ms = 95, .buffer_bytes = 8192, .seq = 3 };
	_Alignas(NETLINK_ALIGN) uint8_t buf[NFLOG_CONFIG_BYTES];
	struct slice values[8] = { { NULL, 0 } };
	struct netlink_attribute a;
	struct netlink_message m;
	struct cursor all, body;
	uint32_t number;
	size_t len;

	ck_assert_int_eq(nflog_msg_config(buf, sizeof(buf), &c, &len), 0);
	all = cursor_over((struct slice){ buf, len });
	ck_assert(netlink_next(&all, &m));
	ck_assert_uint_eq(cursor_left(&all), 0);
	ck_assert_uint_eq(m.type, TYPE(NFULNL_MSG_CONFIG));
	ck_assert_uint_eq(m.flags, NLM_F_REQUEST | NLM_F_ACK);
	body = cursor_over(m.body);
	cursor_skip(&body, 2);
	ck_assert_uint_eq(cursor_be16(&body), 41);
	while (netlink_next_attribute(&body, &a)) {
		ck_assert_uint_lt(a.type, 8);
		values[a.type] = a.value;
	}
	ck_assert_uint_eq(values[NFULA_CFG_CMD].at[0], NFULNL_CFG_CMD_BIND);
	ck_assert_mem_eq(values[NFULA_CFG_MODE].at, "\0\0\0\x80\x02", 5);
	ck_assert(netlink_be32(values[NFULA_CFG_TIMEOUT], &number));
	ck_assert_uint_eq(number, 10);
	ck_assert(netlink_be32(values[NFULA_CFG_QTHRESH], &number));
	ck_assert_uint_eq(number, 32);
	ck_assert(netlink_be32(values[NFULA_CFG_NLBUFSIZ], &number));
	ck_assert_uint_eq(number, 8192);
	ck_assert_mem_eq(values[NFULA_CFG_FLAGS].at, "\0\x01", 2);
	ck_assert_int_eq(nflog_msg_config(buf, 10, &c, &len), ERR_FULL);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("nflog_msg");
	TCase *t = tcase_create("nflog_msg");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_test(t, a_copy_comes_out_with_all_that_is_known_of_it);
	tcase_add_test(t, who_receives_a_packet_is_not_who_sent_it);
	tcase_add_test(t, a_user_of_a_wrong_size_is_nobody);
	tcase_add_test(t, only_a_copy_is_of_a_group);
	tcase_add_test(t, a_cut_ipv4_packet_is_as_long_as_its_header_says);
	tcase_add_test(t, a_cut_ipv6_packet_is_as_long_as_its_header_says);
	tcase_add_test(t, a_stated_length_below_the_bytes_does_not_shorten_them);
	tcase_add_test(t, rubbish_is_passed_over_or_refused);
	tcase_add_test(t, a_group_is_configured_by_one_message);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
