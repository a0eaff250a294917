/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * NFQUEUE's messages: what is built is read back attribute by attribute; what is read is
 * built here byte by byte.
 */
#include "codec/nfq_msg.h"

#include <arpa/inet.h>
#include <check.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "wire.h"

#define TYPE(message) (NFNL_SUBSYS_QUEUE << 8 | (message))

static struct wire body_of(uint16_t queue)
{
	struct nfgenmsg head = { .nfgen_family = 2, .res_id = htons(queue) };
	struct wire w = { .len = 0 };

	wire_put(&w, &head, sizeof(head));
	return w;
}

static void put_header(struct wire *w, uint32_t id, uint8_t hook)
{
	struct nfqnl_msg_packet_hdr h = { .packet_id = htonl(id),
		.hw_protocol = htons(0x800), .hook = hook };

	wire_attribute(w, NFQA_PACKET_HDR, &h, sizeof(h));
}

static struct netlink_message message_of(const struct wire *w)
{
	return (struct netlink_message){ .type = TYPE(NFQNL_MSG_PACKET),
		.body = { w->bytes, w->len } };
}

START_TEST(a_packet_comes_out_with_all_that_is_known_of_it)
{
	struct wire b = body_of(41001);
	struct nfq_packet p;
	struct netlink_message m;

	put_header(&b, 77, NF_INET_FORWARD);
	wire_be32(&b, NFQA_IFINDEX_INDEV, 3);
	wire_be32(&b, NFQA_IFINDEX_OUTDEV, 4);
	wire_be32(&b, NFQA_CAP_LEN, 1500);
	wire_attribute(&b, NFQA_PAYLOAD, "\x45packet", 7);
	m = message_of(&b);
	ck_assert_int_eq(nfq_msg_packet(&m, (mono_t){ 5 }, true, &p), 0);
	ck_assert_uint_eq(p.id, 77);
	ck_assert_uint_eq(p.queue, 41001);
	ck_assert_uint_eq(p.meta.hook, HOOK_FORWARD);
	ck_assert_uint_eq(p.meta.if_in, 3);
	ck_assert_uint_eq(p.meta.if_out, 4);
	ck_assert_uint_eq(p.meta.wire_len, 1500);
	ck_assert(p.meta.held);
	ck_assert(p.meta.state_known);
	ck_assert_int_eq(p.meta.at.ns, 5);
	ck_assert_uint_eq(p.cap_len, 1500);
	ck_assert_uint_eq(p.payload.len, 7);
	ck_assert_mem_eq(p.payload.at, "\x45packet", 7);
}
END_TEST

START_TEST(whose_socket_it_is_from_is_known_where_the_kernel_says_so)
{
	struct wire b = body_of(1);
	struct netlink_message m;
	struct nfq_packet p;

	put_header(&b, 1, NF_INET_LOCAL_OUT);
	m = message_of(&b);
	ck_assert_int_eq(nfq_msg_packet(&m, (mono_t){ 0 }, true, &p), 0);
	ck_assert(!p.meta.uid_known);
	wire_be32(&b, NFQA_UID, 1042);
	m = message_of(&b);
	ck_assert_int_eq(nfq_msg_packet(&m, (mono_t){ 0 }, true, &p), 0);
	ck_assert(p.meta.uid_known);
	ck_assert_uint_eq(p.meta.uid, 1042);
}
END_TEST

START_TEST(a_queue_of_our_own_flows_asks_for_their_owner)
{
	struct nfq_config c = { .queue = 4103, .fail_open = true, .gso = true, .owner = true };
	_Alignas(NETLINK_ALIGN) uint8_t buf[NFQ_CONFIG_BYTES];
	struct netlink_attribute a;
	struct netlink_message m;
	struct cursor all, body;
	uint32_t flags = 0;
	size_t len;

	ck_assert_int_eq(nfq_msg_config(buf, sizeof(buf), &c, &len), 0);
	all = cursor_over((struct slice){ buf, len });
	ck_assert(netlink_next(&all, &m));
	body = cursor_over(m.body);
	cursor_skip(&body, 4);
	while (netlink_next_attribute(&body, &a)) {
		if (a.type == NFQA_CFG_FLAGS)
			ck_assert(netlink_be32(a.value, &flags));
	}
	ck_assert_uint_eq(flags, NFQA_CFG_F_FAIL_OPEN | NFQA_CFG_F_GSO | NFQA_CFG_F_UID_GID);
}
END_TEST

START_TEST(without_a_stated_length_the_packet_is_as_long_as_its_bytes)
{
	struct wire b = body_of(1);
	struct netlink_message m;
	struct nfq_packet p;

	put_header(&b, 1, NF_INET_PRE_ROUTING);
	wire_attribute(&b, NFQA_PAYLOAD, "12345", 5);
	m = message_of(&b);
	ck_assert_int_eq(nfq_msg_packet(&m, (mono_t){ 0 }, false, &p), 0);
	ck_assert_uint_eq(p.cap_len, 0);
	ck_assert_uint_eq(p.meta.wire_len, 5);
	ck_assert_uint_eq(p.meta.hook, HOOK_INPUT);
	ck_assert(!p.meta.state_known);
}
END_TEST

START_TEST(every_hook_of_the_kernel_has_a_place)
{
	static const struct {
		uint8_t kernel, ours;
	} hooks[] = {
		{ NF_INET_PRE_ROUTING, HOOK_INPUT }, { NF_INET_LOCAL_IN, HOOK_INPUT },
		{ NF_INET_FORWARD, HOOK_FORWARD }, { NF_INET_LOCAL_OUT, HOOK_OUTPUT },
		{ NF_INET_POST_ROUTING, HOOK_OUTPUT }, { 250, HOOK_INPUT },
	};

	for (size_t i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++) {
		struct wire b = body_of(1);
		struct netlink_message m;
		struct nfq_packet p;

		put_header(&b, 1, hooks[i].kernel);
		m = message_of(&b);
		ck_assert_int_eq(nfq_msg_packet(&m, (mono_t){ 0 }, true, &p), 0);
		ck_assert_uint_eq(p.meta.hook, hooks[i].ours);
	}
}
END_TEST

START_TEST(unknown_and_misshapen_attributes_are_passed_over)
{
	struct wire b = body_of(1);
	struct netlink_message m;
	struct nfq_packet p;

	wire_attribute(&b, 999, "?", 1);
	wire_attribute(&b, NFQA_IFINDEX_INDEV, "ab", 2);
	wire_attribute(&b, NFQA_CAP_LEN, "abcdefgh", 8);
	put_header(&b, 9, NF_INET_LOCAL_IN);
	m = message_of(&b);
	ck_assert_int_eq(nfq_msg_packet(&m, (mono_t){ 0 }, true, &p), 0);
	ck_assert_uint_eq(p.id, 9);
	ck_assert_uint_eq(p.meta.if_in, 0);
	ck_assert_uint_eq(p.cap_len, 0);
}
END_TEST

START_TEST(a_packet_that_is_cut_after_its_id_still_wants_its_verdict)
{
	struct wire b = body_of(1);
	struct netlink_message m;
	struct nfq_packet p;

	put_header(&b, 12, NF_INET_LOCAL_IN);
	wire_attribute(&b, NFQA_PAYLOAD, "payload", 7);
	m = message_of(&b);
	m.body.len -= 4;
	ck_assert_int_eq(nfq_msg_packet(&m, (mono_t){ 0 }, true, &p), 0);
	ck_assert_uint_eq(p.id, 12);
	ck_assert_uint_eq(p.payload.len, 0);
}
END_TEST

START_TEST(a_message_without_an_id_is_no_packet)
{
	struct wire b = body_of(1);
	struct nfq_packet p = { .id = 1234 };
	struct netlink_message m;

	wire_attribute(&b, NFQA_PACKET_HDR, "short", 5);
	wire_attribute(&b, NFQA_PAYLOAD, "payload", 7);
	m = message_of(&b);
	ck_assert_int_eq(nfq_msg_packet(&m, (mono_t){ 0 }, true, &p), ERR_TRUNCATED);
	ck_assert_uint_eq(p.id, 1234);
	m.body.len = 0;
	ck_assert_int_eq(nfq_msg_packet(&m, (mono_t){ 0 }, true, &p), ERR_TRUNCATED);
	m.type = TYPE(NFQNL_MSG_VERDICT);
	ck_assert_int_eq(nfq_msg_packet(&m, (mono_t){ 0 }, true, &p), ERR_INVALID);
}
END_TEST

START_TEST(a_queue_is_configured_by_one_message)
{
	struct nfq_config c = { .queue = 41002, .maxlen = 4096, .copy_range = 128,
		.fail_open = true, .gso = true, .seq = 3 };
	_Alignas(NETLINK_ALIGN) uint8_t buf[NFQ_CONFIG_BYTES];
	struct slice values[8] = { { NULL, 0 } };
	struct netlink_attribute a;
	struct netlink_message m;
	struct cursor all, body;
	uint32_t number;
	size_t len;

	ck_assert_int_eq(nfq_msg_config(buf, sizeof(buf), &c, &len), 0);
	all = cursor_over((struct slice){ buf, len });
	ck_assert(netlink_next(&all, &m));
	ck_assert_uint_eq(cursor_left(&all), 0);
	ck_assert_uint_eq(m.type, TYPE(NFQNL_MSG_CONFIG));
	ck_assert_uint_eq(m.flags, NLM_F_REQUEST | NLM_F_ACK);
	ck_assert_uint_eq(m.seq, 3);
	body = cursor_over(m.body);
	cursor_skip(&body, 2);
	ck_assert_uint_eq(cursor_be16(&body), 41002);
	while (netlink_next_attribute(&body, &a)) {
		ck_assert_uint_lt(a.type, 8);
		ck_assert_ptr_null(values[a.type].at); /* each one once */
		values[a.type] = a.value;
	}
	ck_assert_uint_eq(values[NFQA_CFG_CMD].at[0], NFQNL_CFG_CMD_BIND);
	ck_assert_mem_eq(values[NFQA_CFG_PARAMS].at, "\0\0\0\x80\x02", 5);
	ck_assert(netlink_be32(values[NFQA_CFG_QUEUE_MAXLEN], &number));
	ck_assert_uint_eq(number, 4096);
	ck_assert(netlink_be32(values[NFQA_CFG_FLAGS], &number));
	ck_assert_uint_eq(number, NFQA_CFG_F_FAIL_OPEN | NFQA_CFG_F_GSO);
	ck_assert(netlink_be32(values[NFQA_CFG_MASK], &number));
	ck_assert_uint_eq(number, NFQA_CFG_F_FAIL_OPEN | NFQA_CFG_F_GSO | NFQA_CFG_F_UID_GID);
	ck_assert_int_eq(nfq_msg_config(buf, NFQ_CONFIG_BYTES - 1, &c, &len), ERR_FULL);
}
END_TEST

struct seen {
	uint16_t type, queue;
	uint32_t verdict, id;
};

static size_t read_verdicts(const uint8_t *buf, size_t len, struct seen *out, size_t max)
{
	struct cursor all = cursor_over((struct slice){ buf, len });
	struct netlink_message m;
	size_t n = 0;

	while (n < max && netlink_next(&all, &m)) {
		struct cursor body = cursor_over(m.body);
		struct netlink_attribute a;
		struct cursor value;

		cursor_skip(&body, 2);
		out[n].type = m.type & 0xff;
		out[n].queue = cursor_be16(&body);
		ck_assert(netlink_next_attribute(&body, &a));
		ck_assert_uint_eq(a.type, NFQA_VERDICT_HDR);
		value = cursor_over(a.value);
		out[n].verdict = cursor_be32(&value);
		out[n].id = cursor_be32(&value);
		ck_assert(!value.failed);
		n++;
	}
	ck_assert(!all.failed);
	return n;
}

START_TEST(drops_come_first_then_one_batch_for_each_queue)
{
	static const struct nfq_packet p[] = {
		{ .id = 10, .queue = 1 }, { .id = 11, .queue = 1 },
		{ .id = 5, .queue = 2 }, { .id = 12, .queue = 1 },
		{ .id = 13, .queue = 1 },
	};
	static const uint8_t verdicts[] = { 0, 1, 0, 0, 1 };
	_Alignas(NETLINK_ALIGN) uint8_t buf[32 * NFQ_VERDICT_BYTES];
	struct seen s[8];
	size_t len;

	ck_assert_int_eq(nfq_msg_verdicts(buf, sizeof(buf), p, verdicts, 5, &len), 0);
	ck_assert_uint_eq(len, 4 * NFQ_VERDICT_BYTES);
	ck_assert_uint_eq(read_verdicts(buf, len, s, 8), 4);
	ck_assert(s[0].type == NFQNL_MSG_VERDICT && s[0].id == 11);
	ck_assert(s[0].verdict == NF_DROP && s[0].queue == 1);
	ck_assert(s[1].type == NFQNL_MSG_VERDICT && s[1].id == 13);
	ck_assert(s[2].type == NFQNL_MSG_VERDICT_BATCH && s[2].id == 12);
	ck_assert(s[2].verdict == NF_ACCEPT && s[2].queue == 1);
	ck_assert(s[3].type == NFQNL_MSG_VERDICT_BATCH && s[3].id == 5);
	ck_assert(s[3].verdict == NF_ACCEPT && s[3].queue == 2);
}
END_TEST

START_TEST(the_newest_id_is_found_across_the_wrap)
{
	static const struct nfq_packet p[] = {
		{ .id = UINT32_MAX - 1 }, { .id = UINT32_MAX }, { .id = 0 }, { .id = 1 },
	};
	static const uint8_t verdicts[4] = { 0 };
	_Alignas(NETLINK_ALIGN) uint8_t buf[32 * NFQ_VERDICT_BYTES];
	struct seen s[8];
	size_t len;

	ck_assert_int_eq(nfq_msg_verdicts(buf, sizeof(buf), p, verdicts, 4, &len), 0);
	ck_assert_uint_eq(read_verdicts(buf, len, s, 8), 1);
	ck_assert_uint_eq(s[0].id, 1);
}
END_TEST

START_TEST(a_burst_of_drops_has_no_batch_and_an_empty_one_has_nothing)
{
	static const struct nfq_packet p[] = { { .id = 1 }, { .id = 2 } };
	static const uint8_t verdicts[] = { 1, 1 };
	_Alignas(NETLINK_ALIGN) uint8_t buf[32 * NFQ_VERDICT_BYTES];
	struct seen s[8];
	size_t len;

	ck_assert_int_eq(nfq_msg_verdicts(buf, sizeof(buf), p, verdicts, 2, &len), 0);
	ck_assert_uint_eq(read_verdicts(buf, len, s, 8), 2);
	ck_assert_uint_eq(s[1].type, NFQNL_MSG_VERDICT);
	ck_assert_int_eq(nfq_msg_verdicts(buf, sizeof(buf), p, verdicts, 0, &len), 0);
	ck_assert_uint_eq(len, 0);
}
END_TEST

START_TEST(a_buffer_too_small_or_too_many_queues_are_refused)
{
	struct nfq_packet p[NFQ_MSG_QUEUES + 1] = { { .id = 1 } };
	static const uint8_t verdicts[NFQ_MSG_QUEUES + 1] = { 0 };
	_Alignas(NETLINK_ALIGN) uint8_t buf[64 * NFQ_VERDICT_BYTES];
	size_t len;

	for (uint16_t i = 0; i <= NFQ_MSG_QUEUES; i++)
		p[i].queue = i;
	ck_assert_int_eq(nfq_msg_verdicts(buf,
		(1 + NFQ_MSG_QUEUES) * NFQ_VERDICT_BYTES - 1, p, verdicts, 1, &len),
		ERR_FULL);
	ck_assert_int_eq(nfq_msg_verdicts(buf, sizeof(buf), p, verdicts, SIZE_MAX, &len),
		ERR_FULL);
	ck_assert_int_eq(nfq_msg_verdicts(buf, sizeof(buf), p, verdicts,
		NFQ_MSG_QUEUES + 1, &len), ERR_RANGE);
}
END_TEST

START_TEST(the_kernels_statistics_are_read_from_their_line)
{
	struct nfq_queue_stats s;

	ck_assert_int_eq(nfq_msg_stats_line(
		"41001   1234     5 2   128     6     7       89  1", &s), 0);
	ck_assert_uint_eq(s.queue, 41001);
	ck_assert_uint_eq(s.owner, 1234);
	ck_assert_uint_eq(s.waiting, 5);
	ck_assert_uint_eq(s.copy_range, 128);
	ck_assert_uint_eq(s.queue_dropped, 6);
	ck_assert_uint_eq(s.user_dropped, 7);
	ck_assert_uint_eq(s.id_sequence, 89);
	ck_assert_int_eq(nfq_msg_stats_line("41001 1234 5", &s), ERR_INVALID);
	ck_assert_int_eq(nfq_msg_stats_line("", &s), ERR_INVALID);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("nfq_msg");
	TCase *t = tcase_create("nfq_msg");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_test(t, a_packet_comes_out_with_all_that_is_known_of_it);
	tcase_add_test(t, without_a_stated_length_the_packet_is_as_long_as_its_bytes);
	tcase_add_test(t, every_hook_of_the_kernel_has_a_place);
	tcase_add_test(t, unknown_and_misshapen_attributes_are_passed_over);
	tcase_add_test(t, a_packet_that_is_cut_after_its_id_still_wants_its_verdict);
	tcase_add_test(t, a_message_without_an_id_is_no_packet);
	tcase_add_test(t, a_queue_is_configured_by_one_message);
	tcase_add_test(t, whose_socket_it_is_from_is_known_where_the_kernel_says_so);
	tcase_add_test(t, a_queue_of_our_own_flows_asks_for_their_owner);
	tcase_add_test(t, drops_come_first_then_one_batch_for_each_queue);
	tcase_add_test(t, the_newest_id_is_found_across_the_wrap);
	tcase_add_test(t, a_burst_of_drops_has_no_batch_and_an_empty_one_has_nothing);
	tcase_add_test(t, a_buffer_too_small_or_too_many_queues_are_refused);
	tcase_add_test(t, the_kernels_statistics_are_read_from_their_line);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
