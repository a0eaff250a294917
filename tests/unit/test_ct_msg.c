/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conntrack's messages, and what an entry proves.
 */
#include "codec/ct_msg.h"

#include <arpa/inet.h>
#include <check.h>
#include <libnetfilter_conntrack/libnetfilter_conntrack.h>
#include <libnetfilter_conntrack/libnetfilter_conntrack_sctp.h>
#include <libnetfilter_conntrack/libnetfilter_conntrack_tcp.h>
#include <stdlib.h>

#include "base/err.h"
#include "codec/netlink.h"
#include "codec/nft_ruleset.h"
#include "core/packet.h"
#include "wire.h"

#define TYPE(message) (NFNL_SUBSYS_CTNETLINK << 8 | (message))
#define NESTED(type) ((type) | NLA_F_NESTED)
#define PROVEN (IPS_SEEN_REPLY | IPS_ASSURED)

_Alignas(NETLINK_ALIGN) static uint8_t buf[CT_REQUEST_BYTES];

static struct tuple a_tuple(const char *src, const char *dst, uint8_t proto)
{
	struct tuple t = { .sport = 40000, .dport = 22, .proto = proto };

	ck_assert_int_eq(addr_parse(src, &t.src), 0);
	ck_assert_int_eq(addr_parse(dst, &t.dst), 0);
	return t;
}

static struct slice inner(struct slice outer, uint16_t type)
{
	struct cursor c = cursor_over(outer);
	struct netlink_attribute a;

	while (netlink_next_attribute(&c, &a)) {
		if (a.type == type)
			return a.value;
	}
	ck_abort_msg("attribute %d is missing", type);
}

START_TEST(a_question_carries_the_tuple_of_the_first_packet)
{
	struct tuple t = a_tuple("198.51.100.7", "192.0.2.1", PROTO_TCP);
	struct slice orig, ip, proto;
	struct netlink_message m;
	struct cursor all;
	size_t len;

	ck_assert_int_eq(ct_msg_get(buf, sizeof(buf), &t, 7, &len), 0);
	all = cursor_over((struct slice){ buf, len });
	ck_assert(netlink_next(&all, &m));
	ck_assert_uint_eq(m.type, TYPE(IPCTNL_MSG_CT_GET));
	ck_assert_uint_eq(m.flags, NLM_F_REQUEST);
	ck_assert_uint_eq(m.seq, 7);
	ck_assert_uint_eq(m.body.at[0], AF_INET);
	orig = inner((struct slice){ m.body.at + 4, m.body.len - 4 }, CTA_TUPLE_ORIG);
	ip = inner(orig, CTA_TUPLE_IP);
	proto = inner(orig, CTA_TUPLE_PROTO);
	ck_assert_mem_eq(inner(ip, CTA_IP_V4_SRC).at, "\xc6\x33\x64\x07", 4);
	ck_assert_mem_eq(inner(ip, CTA_IP_V4_DST).at, "\xc0\x00\x02\x01", 4);
	ck_assert_uint_eq(inner(proto, CTA_PROTO_NUM).at[0], PROTO_TCP);
	ck_assert_mem_eq(inner(proto, CTA_PROTO_SRC_PORT).at, "\x9c\x40", 2);
	ck_assert_mem_eq(inner(proto, CTA_PROTO_DST_PORT).at, "\x00\x16", 2);
}
END_TEST

START_TEST(an_ipv6_question_fits_and_is_of_its_family)
{
	struct tuple t = a_tuple("2001:db8::7", "2001:db8::1", PROTO_UDP);
	struct netlink_message m;
	struct cursor all;
	size_t len;

	ck_assert_int_eq(ct_msg_get(buf, sizeof(buf), &t, 7, &len), 0);
	all = cursor_over((struct slice){ buf, len });
	ck_assert(netlink_next(&all, &m));
	ck_assert_uint_eq(m.body.at[0], AF_INET6);
	ck_assert_uint_lt(len, sizeof(buf));
}
END_TEST

START_TEST(questions_without_an_answer_are_not_built)
{
	struct tuple mixed = a_tuple("2001:db8::7", "192.0.2.1", PROTO_TCP);
	struct tuple icmp = a_tuple("198.51.100.7", "192.0.2.1", PROTO_ICMP);
	struct tuple none = { .proto = PROTO_TCP };
	size_t len;

	ck_assert_int_eq(ct_msg_get(buf, sizeof(buf), &mixed, 7, &len), ERR_INVALID);
	ck_assert_int_eq(ct_msg_get(buf, sizeof(buf), &icmp, 7, &len), ERR_INVALID);
	ck_assert_int_eq(ct_msg_get(buf, sizeof(buf), &none, 7, &len), ERR_INVALID);
	ck_assert_int_eq(ct_msg_get(buf, 10, &icmp, 7, &len), ERR_FULL);
}
END_TEST

/* An answer of the kernel: a TCP entry in this state, with this label or none. */
static struct wire an_entry(uint16_t type, uint8_t state, uint32_t status, unsigned label)
{
	struct wire tcp = { .len = 0 }, info = { .len = 0 }, body = { .len = 0 };
	struct wire num = { .len = 0 }, tuple = { .len = 0 }, all = { .len = 0 };
	struct nfgenmsg head = { .nfgen_family = AF_INET };
	uint8_t labels[16] = { 0 };

	wire_attribute(&num, CTA_PROTO_NUM, "\x06", 1);
	wire_attribute(&tuple, NESTED(CTA_TUPLE_PROTO), num.bytes, num.len);
	wire_attribute(&tcp, CTA_PROTOINFO_TCP_STATE, &state, 1);
	wire_attribute(&info, NESTED(CTA_PROTOINFO_TCP), tcp.bytes, tcp.len);
	wire_put(&body, &head, sizeof(head));
	wire_attribute(&body, NESTED(CTA_TUPLE_ORIG), tuple.bytes, tuple.len);
	wire_be32(&body, CTA_STATUS, status);
	wire_attribute(&body, NESTED(CTA_PROTOINFO), info.bytes, info.len);
	if (label) {
		labels[label / 8] = (uint8_t)(1 << label % 8);
		wire_attribute(&body, CTA_LABELS, labels, sizeof(labels));
	}
	wire_message(&all, type, 1, body.bytes, body.len);
	return all;
}

START_TEST(an_entry_comes_out_with_state_and_status)
{
	struct wire w = an_entry(TYPE(IPCTNL_MSG_CT_NEW), TCP_CONNTRACK_LAST_ACK, PROVEN, 0);
	struct ct_entry e;

	ck_assert_int_eq(ct_msg_entry((struct slice){ w.bytes, w.len }, &e), 0);
	ck_assert_uint_eq(e.proto, PROTO_TCP);
	ck_assert_uint_eq(e.tcp_state, TCP_CONNTRACK_LAST_ACK);
	ck_assert_uint_eq(e.status, PROVEN);
}
END_TEST

START_TEST(another_message_or_a_cut_one_is_no_entry)
{
	struct wire w = an_entry(TYPE(IPCTNL_MSG_CT_DELETE), 1, 0, 0);
	struct ct_entry e;

	ck_assert_int_eq(ct_msg_entry((struct slice){ w.bytes, w.len }, &e), ERR_INVALID);
	w = an_entry(TYPE(IPCTNL_MSG_CT_NEW), 1, 0, 0);
	ck_assert_int_eq(ct_msg_entry((struct slice){ w.bytes, w.len - 4 }, &e),
		ERR_TRUNCATED);
	ck_assert_int_eq(ct_msg_entry((struct slice){ NULL, 0 }, &e), ERR_TRUNCATED);
}
END_TEST

START_TEST(a_tcp_entry_proves_by_state_and_status_together)
{
	static const struct {
		uint8_t state;
		uint32_t status;
		bool ended;
		enum ask_fate fate;
	} rows[] = {
		{ TCP_CONNTRACK_SYN_SENT, 0, false, FATE_GONE },
		{ TCP_CONNTRACK_SYN_SENT2, IPS_SEEN_REPLY, false, FATE_HALF_OPEN },
		{ TCP_CONNTRACK_SYN_RECV, IPS_SEEN_REPLY, true, FATE_HALF_OPEN },
		{ TCP_CONNTRACK_ESTABLISHED, IPS_ASSURED, true, FATE_GONE },
		{ TCP_CONNTRACK_ESTABLISHED, PROVEN, true, FATE_TRACKED },
		{ TCP_CONNTRACK_FIN_WAIT, PROVEN, true, FATE_TRACKED },
		{ TCP_CONNTRACK_CLOSE_WAIT, PROVEN, true, FATE_TRACKED },
		{ TCP_CONNTRACK_LAST_ACK, PROVEN, true, FATE_TRACKED },
		{ TCP_CONNTRACK_TIME_WAIT, PROVEN, true, FATE_TRACKED },
		{ TCP_CONNTRACK_CLOSE, PROVEN, true, FATE_TRACKED },
		{ TCP_CONNTRACK_NONE, PROVEN, true, FATE_GONE },
		{ 200, PROVEN, true, FATE_GONE },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ct_entry e = { .proto = PROTO_TCP, .tcp_state = rows[i].state,
			.status = rows[i].status, .ended = rows[i].ended };

		ck_assert_msg(ct_msg_fate(&e) == rows[i].fate, "row %zu", i);
	}
}
END_TEST

START_TEST(a_tcp_entry_that_nobody_ended_proves_nothing_however_assured)
{
	static const uint8_t states[] = { TCP_CONNTRACK_ESTABLISHED, TCP_CONNTRACK_FIN_WAIT,
		TCP_CONNTRACK_CLOSE_WAIT, TCP_CONNTRACK_LAST_ACK, TCP_CONNTRACK_TIME_WAIT };
	struct ct_entry e = { .proto = PROTO_TCP, .status = PROVEN };

	for (size_t i = 0; i < sizeof(states); i++) {
		e.tcp_state = states[i];
		ck_assert_int_eq(ct_msg_fate(&e), FATE_UNKNOWN);
	}
	e.tcp_state = TCP_CONNTRACK_CLOSE;
	ck_assert_int_eq(ct_msg_fate(&e), FATE_GONE);
}
END_TEST

START_TEST(a_reset_after_both_have_spoken_is_no_refusal_and_no_proof)
{
	/* SYN, ACK, a word; SYN-ACK, RST. */
	struct ct_entry e = { .proto = PROTO_TCP, .status = PROVEN, .tcp_state = TCP_CONNTRACK_CLOSE,
		.packets = 3, .answers = 2 };

	ck_assert_int_eq(ct_msg_fate(&e), FATE_UNKNOWN);
	e.status = 0;
	ck_assert_int_eq(ct_msg_fate(&e), FATE_GONE);
}
END_TEST

START_TEST(a_scan_that_resets_what_it_opened_is_gone)
{
	struct ct_entry half = { .proto = PROTO_TCP, .status = PROVEN, .tcp_state = TCP_CONNTRACK_CLOSE,
		.packets = 2, .answers = 1 };
	struct ct_entry connect = half;

	connect.packets = 3;
	ck_assert_int_eq(ct_msg_fate(&half), FATE_GONE);
	ck_assert_int_eq(ct_msg_fate(&connect), FATE_GONE);
}
END_TEST

START_TEST(the_label_of_an_ended_flow_is_read)
{
	struct wire plain = an_entry(TYPE(IPCTNL_MSG_CT_NEW), TCP_CONNTRACK_CLOSE, PROVEN, 0);
	struct wire seen = an_entry(TYPE(IPCTNL_MSG_CT_NEW), TCP_CONNTRACK_CLOSE, PROVEN,
		NFT_LABEL_SEEN);
	struct wire ended = an_entry(TYPE(IPCTNL_MSG_CT_NEW), TCP_CONNTRACK_CLOSE, PROVEN,
		NFT_LABEL_ENDED);
	struct ct_entry e;

	ck_assert_int_eq(ct_msg_entry((struct slice){ plain.bytes, plain.len }, &e), 0);
	ck_assert(!e.ended);
	ck_assert_int_eq(ct_msg_entry((struct slice){ seen.bytes, seen.len }, &e), 0);
	ck_assert(!e.ended);
	ck_assert_int_eq(ct_msg_entry((struct slice){ ended.bytes, ended.len }, &e), 0);
	ck_assert(e.ended);
}
END_TEST

START_TEST(an_assured_udp_entry_proves_nothing)
{
	struct ct_entry e = { .proto = PROTO_UDP, .status = PROVEN };

	ck_assert_int_eq(ct_msg_fate(&e), FATE_HALF_OPEN);
	e.status = 0;
	ck_assert_int_eq(ct_msg_fate(&e), FATE_GONE);
}
END_TEST

START_TEST(an_sctp_entry_proves_once_the_cookie_came_back)
{
	struct ct_entry e = { .proto = PROTO_SCTP, .status = PROVEN,
		.sctp_state = SCTP_CONNTRACK_ESTABLISHED };

	ck_assert_int_eq(ct_msg_fate(&e), FATE_TRACKED);
	e.sctp_state = SCTP_CONNTRACK_COOKIE_ECHOED;
	ck_assert_int_eq(ct_msg_fate(&e), FATE_HALF_OPEN);
	e.sctp_state = SCTP_CONNTRACK_CLOSED;
	ck_assert_int_eq(ct_msg_fate(&e), FATE_GONE);
}
END_TEST

START_TEST(silence_is_told_from_what_the_kernel_counted)
{
	/* SYN, ACK, FIN, ACK with timestamps; the same with a request of 80 bytes. */
	const struct ct_entry silent = { .proto = PROTO_TCP, .packets = 4, .bytes = 216 },
		spoke = { .proto = PROTO_TCP, .packets = 5, .bytes = 348 },
		uncounted = { .proto = PROTO_TCP },
		silent6 = { .proto = PROTO_TCP, .v6 = true, .packets = 4, .bytes = 296 },
		udp = { .proto = PROTO_UDP, .packets = 4, .bytes = 200 };

	ck_assert(ct_msg_silent(&silent));
	ck_assert(!ct_msg_silent(&spoke));
	ck_assert(!ct_msg_silent(&uncounted));
	ck_assert(ct_msg_silent(&silent6));
	ck_assert(!ct_msg_silent(&udp));
}
END_TEST

START_TEST(a_dump_of_one_address_asks_the_kernel_to_compare)
{
	struct prefix p = { .len = 32 };
	struct cursor c = { 0 };
	struct netlink_message m;
	struct slice body, ip;
	size_t len, all;

	ck_assert_int_eq(addr_parse("198.51.100.7", &p.addr), 0);
	ck_assert_int_eq(ct_msg_dump(buf, sizeof(buf), &p, 4, &len), 0);
	c = cursor_over((struct slice){ buf, len });
	ck_assert(netlink_next(&c, &m));
	ck_assert_uint_eq(m.flags, NLM_F_REQUEST | NLM_F_DUMP);
	body = (struct slice){ m.body.at + 4, m.body.len - 4 };
	ip = inner(inner(body, CTA_TUPLE_ORIG), CTA_TUPLE_IP);
	ck_assert_mem_eq(inner(ip, CTA_IP_V4_SRC).at, p.addr.bytes, 4);
	ck_assert_uint_eq(*inner(inner(body, CTA_FILTER), CTA_FILTER_ORIG_FLAGS).at, 1);
	p = prefix_of(&p.addr, 24);
	ck_assert_int_eq(ct_msg_dump(buf, sizeof(buf), &p, 5, &all), 0);
	ck_assert_uint_lt(all, len); /* a prefix cannot be asked for */
	ck_assert_int_eq(ct_msg_dump(buf, 64, &p, 5, &all), ERR_FULL);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ct_msg");
	TCase *t = tcase_create("ct_msg");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_test(t, a_question_carries_the_tuple_of_the_first_packet);
	tcase_add_test(t, an_ipv6_question_fits_and_is_of_its_family);
	tcase_add_test(t, questions_without_an_answer_are_not_built);
	tcase_add_test(t, an_entry_comes_out_with_state_and_status);
	tcase_add_test(t, another_message_or_a_cut_one_is_no_entry);
	tcase_add_test(t, a_tcp_entry_proves_by_state_and_status_together);
	tcase_add_test(t, a_tcp_entry_that_nobody_ended_proves_nothing_however_assured);
	tcase_add_test(t, a_reset_after_both_have_spoken_is_no_refusal_and_no_proof);
	tcase_add_test(t, a_scan_that_resets_what_it_opened_is_gone);
	tcase_add_test(t, the_label_of_an_ended_flow_is_read);
	tcase_add_test(t, an_assured_udp_entry_proves_nothing);
	tcase_add_test(t, an_sctp_entry_proves_once_the_cookie_came_back);
	tcase_add_test(t, silence_is_told_from_what_the_kernel_counted);
	tcase_add_test(t, a_dump_of_one_address_asks_the_kernel_to_compare);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
