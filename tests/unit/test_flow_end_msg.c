/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The end of a flow in the kernel's words; above all, what it proves and who began.
 */
#include "codec/flow_end_msg.h"

#include <check.h>
#include <linux/inet_diag.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/err.h"
#include "core/packet.h"
#include "wire.h"

#define DESTROYED (NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE)

static struct addr address(const char *text)
{
	struct addr a;

	ck_assert_int_eq(addr_parse(text, &a), 0);
	return a;
}

/* 198.51.100.7:40000 to 192.0.2.1:22, as the kernel has it once the socket has left its tables. */
static struct inet_diag_msg a_socket(void)
{
	struct inet_diag_msg d = { .idiag_family = AF_INET, .idiag_state = 7 };

	d.id.idiag_sport = htons(22);
	d.id.idiag_dport = htons(40000);
	memcpy(d.id.idiag_src, "\xc0\x00\x02\x01", 4);
	memcpy(d.id.idiag_dst, "\xc6\x33\x64\x07", 4);
	d.id.idiag_cookie[0] = 5;
	d.id.idiag_cookie[1] = 6;
	return d;
}

static struct netlink_message told(struct wire *w, const struct inet_diag_msg *d, const struct tcp_info *info, size_t len)
{
	uint8_t proto = PROTO_TCP;

	w->len = 0;
	wire_put(w, d, sizeof(*d));
	wire_attribute(w, INET_DIAG_PROTOCOL, &proto, 1);
	if (info)
		wire_attribute(w, INET_DIAG_INFO, info, len);
	return (struct netlink_message){ .type = SOCK_DIAG_BY_FAMILY, .body = { w->bytes, w->len } };
}

static struct flow_end flow_of(const struct inet_diag_msg *d, const struct tcp_info *info, bool serves)
{
	struct wire w;
	struct netlink_message m = told(&w, d, info, sizeof(*info));
	struct ended_socket s;
	struct flow_end f;

	ck_assert_int_eq(flow_end_msg_socket(&m, &s), 0);
	flow_end_of_socket(&s, serves, &f);
	return f;
}

START_TEST(a_session_with_our_service_comes_in_with_its_bytes)
{
	struct inet_diag_msg d = a_socket();
	struct tcp_info info = { .tcpi_rtt = 300, .tcpi_segs_in = 9, .tcpi_segs_out = 8, .tcpi_data_segs_in = 3,
		.tcpi_bytes_received = 1000, .tcpi_bytes_acked = 5001, .tcpi_bytes_sent = 5200, .tcpi_bytes_retrans = 200 };
	struct addr peer = address("198.51.100.7"), us = address("192.0.2.1");
	struct flow_end f = flow_of(&d, &info, true);

	ck_assert_uint_eq(f.direction, FLOW_IN);
	ck_assert(addr_equal(&f.tuple.src, &peer));
	ck_assert(addr_equal(&f.tuple.dst, &us));
	ck_assert_uint_eq(f.tuple.sport, 40000);
	ck_assert_uint_eq(f.tuple.dport, 22);
	ck_assert_uint_eq(f.tuple.proto, PROTO_TCP);
	ck_assert_uint_eq(f.bytes[FLOW_THERE], 1000);
	ck_assert_uint_eq(f.bytes[FLOW_BACK], 5000);
	ck_assert_uint_eq(f.packets[FLOW_THERE], 9);
	ck_assert_uint_eq(f.packets[FLOW_BACK], 8);
	ck_assert_uint_eq(f.proof, PROOF_ANSWERED);
	ck_assert_uint_eq(f.teller, TELLER_SOCKET);
	ck_assert_uint_eq(f.weight, 1);
	ck_assert_int_lt(f.lasted_ns, 0);
	ck_assert_uint_eq(f.owner.uid, OWNER_UNKNOWN);
}
END_TEST

START_TEST(what_we_began_goes_out_and_is_turned_round)
{
	struct inet_diag_msg d = a_socket();
	struct tcp_info info = { .tcpi_rtt = 1, .tcpi_segs_in = 4, .tcpi_segs_out = 5, .tcpi_data_segs_in = 1,
		.tcpi_bytes_received = 70, .tcpi_bytes_acked = 32, .tcpi_bytes_sent = 30 };
	struct addr peer = address("198.51.100.7");
	struct flow_end f;

	d.id.idiag_sport = htons(50000);
	d.id.idiag_dport = htons(443);
	f = flow_of(&d, &info, false);
	ck_assert_uint_eq(f.direction, FLOW_OUT);
	ck_assert(addr_equal(&f.tuple.dst, &peer));
	ck_assert_uint_eq(f.tuple.sport, 50000);
	ck_assert_uint_eq(f.tuple.dport, 443);
	ck_assert_uint_eq(f.bytes[FLOW_THERE], 30);
	ck_assert_uint_eq(f.bytes[FLOW_BACK], 70);
	ck_assert_uint_eq(f.packets[FLOW_THERE], 5);
}
END_TEST

/* Two more acknowledged than were sent: a SYN and a FIN. A proxy may well call out from a port that it serves. */
START_TEST(the_counts_say_who_began_where_the_port_misleads)
{
	struct inet_diag_msg d = a_socket();
	struct tcp_info info = { .tcpi_rtt = 1, .tcpi_bytes_acked = 32, .tcpi_bytes_sent = 30 };

	ck_assert_uint_eq(flow_of(&d, &info, true).direction, FLOW_OUT);
	info.tcpi_bytes_acked = 31;
	ck_assert_uint_eq(flow_of(&d, &info, true).direction, FLOW_IN);
}
END_TEST

START_TEST(a_service_that_was_stopped_meanwhile_was_called_all_the_same)
{
	struct inet_diag_msg d = a_socket();
	struct tcp_info info = { .tcpi_rtt = 1 };

	ck_assert_uint_eq(flow_of(&d, &info, false).direction, FLOW_IN);
	d.id.idiag_dport = htons(25);
	ck_assert_uint_eq(flow_of(&d, &info, false).direction, FLOW_OUT);
}
END_TEST

/* Nothing of ours acknowledged, no round trip measured: a SYN cookie that somebody hit by chance looks like this. */
START_TEST(only_an_acknowledgement_of_ours_is_an_answer)
{
	struct inet_diag_msg d = a_socket();
	struct tcp_info info = { .tcpi_segs_in = 2, .tcpi_data_segs_in = 1, .tcpi_bytes_received = 500 };

	ck_assert_uint_eq(flow_of(&d, &info, true).proof, PROOF_CLAIMED);
	info.tcpi_bytes_acked = 1;
	ck_assert_uint_eq(flow_of(&d, &info, true).proof, PROOF_ANSWERED);
	info.tcpi_bytes_acked = 0;
	info.tcpi_rtt = 1;
	ck_assert_uint_eq(flow_of(&d, &info, true).proof, PROOF_ANSWERED);
}
END_TEST

START_TEST(a_fin_without_data_is_no_byte)
{
	struct inet_diag_msg d = a_socket();
	struct tcp_info info = { .tcpi_rtt = 1, .tcpi_segs_in = 3, .tcpi_bytes_received = 1, .tcpi_bytes_acked = 1 };
	struct flow_end f = flow_of(&d, &info, true);

	ck_assert_uint_eq(f.bytes[FLOW_THERE], 0);
	ck_assert_uint_eq(f.bytes[FLOW_BACK], 0);
}
END_TEST

START_TEST(a_kernel_that_counts_less_proves_less)
{
	const struct inet_diag_msg d = a_socket();
	const struct tcp_info info = { .tcpi_rtt = 5, .tcpi_bytes_acked = 9, .tcpi_bytes_received = 8 };
	struct wire w;
	struct netlink_message m = told(&w, &d, &info, offsetof(struct tcp_info, tcpi_bytes_received));
	struct ended_socket s;
	struct flow_end f;

	ck_assert_int_eq(flow_end_msg_socket(&m, &s), 0);
	ck_assert(!s.told);
	flow_end_of_socket(&s, true, &f);
	ck_assert_uint_eq(f.proof, PROOF_CLAIMED);
	m = told(&w, &d, NULL, 0);
	ck_assert_int_eq(flow_end_msg_socket(&m, &s), 0);
	ck_assert(!s.told);
}
END_TEST

/* Of a longer struct tcp_info than this build knows, the beginning is read. */
START_TEST(a_newer_kernel_is_read_as_far_as_it_is_known)
{
	const struct inet_diag_msg d = a_socket();
	uint8_t longer[sizeof(struct tcp_info) + 64] = { 0 };
	struct tcp_info info = { .tcpi_bytes_acked = 9 };
	struct netlink_message m;
	struct ended_socket s;
	struct wire w;

	memcpy(longer, &info, sizeof(info));
	m = told(&w, &d, (const void *)longer, sizeof(longer));
	ck_assert_int_eq(flow_end_msg_socket(&m, &s), 0);
	ck_assert_uint_eq(s.acked, 9);
	ck_assert_uint_eq(s.cookie, UINT64_C(6) << 32 | 5);
}
END_TEST

START_TEST(listeners_and_what_never_had_a_peer_are_no_flows)
{
	struct inet_diag_msg d = a_socket();
	struct tcp_info info = { 0 };
	struct netlink_message m;
	struct ended_socket s;
	struct wire w;

	d.id.idiag_dport = 0;
	m = told(&w, &d, &info, sizeof(info));
	ck_assert_int_eq(flow_end_msg_socket(&m, &s), ERR_ABSENT);
	d = a_socket();
	memset(d.id.idiag_dst, 0, sizeof(d.id.idiag_dst));
	m = told(&w, &d, &info, sizeof(info));
	ck_assert_int_eq(flow_end_msg_socket(&m, &s), ERR_ABSENT);
}
END_TEST

START_TEST(mapped_addresses_come_out_as_ipv4)
{
	struct inet_diag_msg d = a_socket();
	struct tcp_info info = { 0 };
	struct addr peer = address("198.51.100.7");
	struct flow_end f;

	d.idiag_family = AF_INET6;
	d.id.idiag_src[3] = d.id.idiag_src[0];
	d.id.idiag_dst[3] = d.id.idiag_dst[0];
	d.id.idiag_src[0] = d.id.idiag_dst[0] = 0;
	d.id.idiag_src[2] = d.id.idiag_dst[2] = htonl(0xffff);
	f = flow_of(&d, &info, true);
	ck_assert(addr_equal(&f.tuple.src, &peer));
}
END_TEST

START_TEST(other_messages_and_cut_ones_are_refused)
{
	struct inet_diag_msg d = a_socket();
	struct tcp_info info = { 0 };
	struct wire w;
	struct netlink_message m = told(&w, &d, &info, sizeof(info));
	struct ended_socket s;
	uint8_t udp = PROTO_UDP;

	m.body.len -= 4; /* the last attribute promises more */
	ck_assert_int_eq(flow_end_msg_socket(&m, &s), ERR_TRUNCATED);
	m.body.len = sizeof(d) - 1;
	ck_assert_int_eq(flow_end_msg_socket(&m, &s), ERR_TRUNCATED);
	m.type = NLMSG_ERROR;
	ck_assert_int_eq(flow_end_msg_socket(&m, &s), ERR_INVALID);
	w.len = 0;
	wire_put(&w, &d, sizeof(d));
	wire_attribute(&w, INET_DIAG_PROTOCOL, &udp, 1);
	m = (struct netlink_message){ .type = SOCK_DIAG_BY_FAMILY, .body = { w.bytes, w.len } };
	ck_assert_int_eq(flow_end_msg_socket(&m, &s), ERR_INVALID);
	d.idiag_family = 99;
	m = told(&w, &d, &info, sizeof(info));
	ck_assert_int_eq(flow_end_msg_socket(&m, &s), ERR_INVALID);
}
END_TEST

/* ---- conntrack ---- */

static void begin_nest(struct wire *w, uint16_t type, size_t *at)
{
	struct nlattr head = { .nla_type = (uint16_t)(type | NLA_F_NESTED) };

	*at = w->len;
	wire_put(w, &head, sizeof(head));
}

static void end_nest(struct wire *w, size_t at)
{
	uint16_t len = (uint16_t)(w->len - at);

	memcpy(w->bytes + at, &len, sizeof(len));
}

static void put_tuple(struct wire *w, uint16_t type, const void *src, const void *dst, uint16_t sport, uint16_t dport)
{
	size_t tuple, inner;
	uint8_t proto = PROTO_UDP;

	sport = htons(sport);
	dport = htons(dport);
	begin_nest(w, type, &tuple);
	begin_nest(w, CTA_TUPLE_IP, &inner);
	wire_attribute(w, CTA_IP_V4_SRC, src, 4);
	wire_attribute(w, CTA_IP_V4_DST, dst, 4);
	end_nest(w, inner);
	begin_nest(w, CTA_TUPLE_PROTO, &inner);
	wire_attribute(w, CTA_PROTO_NUM, &proto, 1);
	wire_attribute(w, CTA_PROTO_SRC_PORT, &sport, 2);
	wire_attribute(w, CTA_PROTO_DST_PORT, &dport, 2);
	end_nest(w, inner);
	end_nest(w, tuple);
}

static void put_pair(struct wire *w, uint16_t type, uint16_t first, uint64_t a, uint64_t b)
{
	uint8_t bytes[2][8];
	size_t nest;

	for (int i = 0; i < 8; i++) {
		bytes[0][i] = (uint8_t)(a >> (56 - 8 * i));
		bytes[1][i] = (uint8_t)(b >> (56 - 8 * i));
	}
	begin_nest(w, type, &nest);
	wire_attribute(w, first, bytes[0], 8);
	wire_attribute(w, (uint16_t)(first + 1), bytes[1], 8);
	end_nest(w, nest);
}

static struct netlink_message an_entry(struct wire *w)
{
	struct nfgenmsg head = { .nfgen_family = AF_INET };

	w->len = 0;
	wire_put(w, &head, sizeof(head));
	put_tuple(w, CTA_TUPLE_ORIG, "\xc6\x33\x64\x07", "\xc0\x00\x02\x01", 40000, 53);
	put_tuple(w, CTA_TUPLE_REPLY, "\x0a\x00\x00\x05", "\xc6\x33\x64\x07", 53, 40000);
	return (struct netlink_message){ .type = DESTROYED, .body = { w->bytes, w->len } };
}

START_TEST(an_entry_comes_with_both_ways_and_its_time)
{
	struct wire w;
	struct netlink_message m = an_entry(&w);
	struct addr end = address("10.0.0.5"), src = address("198.51.100.7");
	struct ended_entry e;

	put_pair(&w, CTA_COUNTERS_ORIG, CTA_COUNTERS_PACKETS, 3, UINT64_C(5000000000));
	put_pair(&w, CTA_COUNTERS_REPLY, CTA_COUNTERS_PACKETS, 4, 600);
	put_pair(&w, CTA_TIMESTAMP, CTA_TIMESTAMP_START, 1000, 31000);
	m.body.len = w.len;
	ck_assert_int_eq(flow_end_msg_entry(&m, &e), 0);
	ck_assert(addr_equal(&e.tuple.src, &src));
	ck_assert(addr_equal(&e.end, &end));
	ck_assert_uint_eq(e.tuple.proto, PROTO_UDP);
	ck_assert_uint_eq(e.tuple.sport, 40000);
	ck_assert_uint_eq(e.tuple.dport, 53);
	ck_assert_uint_eq(e.packets[FLOW_THERE], 3);
	ck_assert_uint_eq(e.packets[FLOW_BACK], 4);
	ck_assert_uint_eq(e.bytes[FLOW_THERE], UINT64_C(5000000000));
	ck_assert_uint_eq(e.bytes[FLOW_BACK], 600);
	ck_assert_int_eq(e.lasted_ns, 30000);
}
END_TEST

START_TEST(without_accounting_and_timestamps_nothing_is_made_up)
{
	struct wire w;
	struct netlink_message m = an_entry(&w);
	struct ended_entry e;

	ck_assert_int_eq(flow_end_msg_entry(&m, &e), 0);
	ck_assert_uint_eq(e.bytes[FLOW_THERE] + e.bytes[FLOW_BACK] + e.packets[FLOW_THERE] + e.packets[FLOW_BACK], 0);
	ck_assert_int_eq(e.lasted_ns, -1);
	put_pair(&w, CTA_TIMESTAMP, CTA_TIMESTAMP_START, 31000, 1000); /* the clock was set back */
	m.body.len = w.len;
	ck_assert_int_eq(flow_end_msg_entry(&m, &e), 0);
	ck_assert_int_eq(e.lasted_ns, -1);
}
END_TEST

START_TEST(an_entry_goes_where_its_packets_went_in_the_end)
{
	struct wire w;
	struct netlink_message m = an_entry(&w);
	struct ended_entry e;
	struct flow_end f;

	ck_assert_int_eq(flow_end_msg_entry(&m, &e), 0);
	flow_end_of_entry(&e, false, true, &f);
	ck_assert_uint_eq(f.direction, FLOW_IN);
	flow_end_of_entry(&e, true, false, &f);
	ck_assert_uint_eq(f.direction, FLOW_OUT);
	flow_end_of_entry(&e, false, false, &f);
	ck_assert_uint_eq(f.direction, FLOW_FORWARD);
	ck_assert_uint_eq(f.teller, TELLER_CONNTRACK);
	ck_assert_uint_eq(f.proof, PROOF_CLAIMED);
}
END_TEST

START_TEST(other_news_of_conntrack_and_cut_ones_are_refused)
{
	struct wire w;
	struct netlink_message m = an_entry(&w);
	struct ended_entry e;
	struct nfgenmsg head = { 0 };

	for (size_t len = 0; len < w.len; len += 4) {
		m.body.len = len;
		ck_assert_int_eq(flow_end_msg_entry(&m, &e) == 0, len == 4 + 52);
	}
	m.body.len = w.len;
	m.type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW;
	ck_assert_int_eq(flow_end_msg_entry(&m, &e), ERR_INVALID);
	m = (struct netlink_message){ .type = DESTROYED, .body = { (const uint8_t *)&head, sizeof(head) } };
	ck_assert_int_eq(flow_end_msg_entry(&m, &e), ERR_INVALID);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("flow_end_msg");
	TCase *t = tcase_create("flow_end_msg");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_test(t, a_session_with_our_service_comes_in_with_its_bytes);
	tcase_add_test(t, what_we_began_goes_out_and_is_turned_round);
	tcase_add_test(t, the_counts_say_who_began_where_the_port_misleads);
	tcase_add_test(t, a_service_that_was_stopped_meanwhile_was_called_all_the_same);
	tcase_add_test(t, only_an_acknowledgement_of_ours_is_an_answer);
	tcase_add_test(t, a_fin_without_data_is_no_byte);
	tcase_add_test(t, a_kernel_that_counts_less_proves_less);
	tcase_add_test(t, a_newer_kernel_is_read_as_far_as_it_is_known);
	tcase_add_test(t, listeners_and_what_never_had_a_peer_are_no_flows);
	tcase_add_test(t, mapped_addresses_come_out_as_ipv4);
	tcase_add_test(t, other_messages_and_cut_ones_are_refused);
	tcase_add_test(t, an_entry_comes_with_both_ways_and_its_time);
	tcase_add_test(t, without_accounting_and_timestamps_nothing_is_made_up);
	tcase_add_test(t, an_entry_goes_where_its_packets_went_in_the_end);
	tcase_add_test(t, other_news_of_conntrack_and_cut_ones_are_refused);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
