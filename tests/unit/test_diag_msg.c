/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sock_diag's messages; above all, that none is ever built that could end a listener.
 */
#include "codec/diag_msg.h"

#include <arpa/inet.h>
#include <check.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "core/packet.h"
#include "wire.h"

_Alignas(NETLINK_ALIGN) static uint8_t buf[DIAG_REQUEST_BYTES];

static struct addr address(const char *text)
{
	struct addr a;

	ck_assert_int_eq(addr_parse(text, &a), 0);
	return a;
}

static struct diag_socket a_connection(void)
{
	return (struct diag_socket){ .family = FAMILY_V4, .proto = PROTO_TCP,
		.state = DIAG_ESTABLISHED, .local = address("192.0.2.1"),
		.peer = address("198.51.100.7"), .local_port = 22, .peer_port = 40000,
		.cookie = { 5, 6 } };
}

static struct diag_ends ends_of(const struct diag_socket *s)
{
	return (struct diag_ends){ .proto = s->proto, .local = s->local, .peer = s->peer,
		.local_port = s->local_port, .peer_port = s->peer_port };
}

/* The one request in buf, and what follows it. */
static struct inet_diag_req_v2 request_in(size_t len, struct netlink_message *m,
	struct cursor *rest)
{
	struct cursor all = cursor_over((struct slice){ buf, len });
	struct inet_diag_req_v2 r;

	ck_assert(netlink_next(&all, m));
	ck_assert_uint_eq(cursor_left(&all), 0);
	*rest = cursor_over(m->body);
	cursor_bytes(rest, &r, sizeof(r));
	ck_assert(!rest->failed);
	return r;
}

START_TEST(a_dump_asks_for_family_protocol_and_states)
{
	struct diag_dump d = { .family = FAMILY_V6, .proto = PROTO_TCP,
		.states = DIAG_BIT(DIAG_LISTEN), .seq = 3 };
	struct inet_diag_req_v2 r;
	struct netlink_message m;
	struct cursor rest;
	size_t len;

	ck_assert_int_eq(diag_msg_dump(buf, sizeof(buf), &d, &len), 0);
	r = request_in(len, &m, &rest);
	ck_assert_uint_eq(m.type, SOCK_DIAG_BY_FAMILY);
	ck_assert_uint_eq(m.flags, NLM_F_REQUEST | NLM_F_DUMP);
	ck_assert_uint_eq(m.seq, 3);
	ck_assert_uint_eq(r.sdiag_family, AF_INET6);
	ck_assert_uint_eq(r.sdiag_protocol, PROTO_TCP);
	ck_assert_uint_eq(r.idiag_states, 1u << 10);
	ck_assert_uint_eq(cursor_left(&rest), 0);
	d.family = FAMILY_NONE;
	ck_assert_int_eq(diag_msg_dump(buf, sizeof(buf), &d, &len), ERR_INVALID);
	ck_assert_int_eq(diag_msg_dump(buf, 10, &d, &len), ERR_FULL);
}
END_TEST

START_TEST(a_dump_of_a_prefix_carries_one_instruction_of_filter)
{
	struct prefix p = { address("198.51.100.0"), 24 };
	struct diag_dump d = { .family = FAMILY_V4, .proto = PROTO_TCP,
		.states = DIAG_ALL, .peer = &p };
	static const uint8_t code[] = { INET_DIAG_BC_D_COND, 16, 20, 0, AF_INET, 24, 0, 0,
		0xff, 0xff, 0xff, 0xff, 198, 51, 100, 0 };
	struct netlink_attribute a;
	struct netlink_message m;
	struct cursor rest;
	size_t len;

	ck_assert_int_eq(diag_msg_dump(buf, sizeof(buf), &d, &len), 0);
	request_in(len, &m, &rest);
	ck_assert(netlink_next_attribute(&rest, &a));
	ck_assert_uint_eq(a.type, INET_DIAG_REQ_BYTECODE);
	ck_assert_uint_eq(a.value.len, sizeof(code));
	ck_assert_mem_eq(a.value.at, code, sizeof(code));
	p = (struct prefix){ address("2001:db8::"), 32 };
	ck_assert_int_eq(diag_msg_dump(buf, sizeof(buf), &d, &len), 0);
	ck_assert_uint_le(len, sizeof(buf));
}
END_TEST

/* As the kernel runs it: past the end accepts, four bytes further rejects. The audit walks
 * by "yes" and wants each "no" to meet that path, or to be one of the two ends. */
static bool filter_takes(struct slice code, int port)
{
	size_t at = 0, steps = 0;

	while (at < code.len) {
		struct inet_diag_bc_op op;
		struct inet_diag_hostcond host = { .port = -1 };
		bool yes = false;

		ck_assert_uint_lt(steps++, 64);
		ck_assert_uint_le(at + sizeof(op), code.len);
		memcpy(&op, code.at + at, sizeof(op));
		if (op.code == INET_DIAG_BC_S_COND) {
			memcpy(&host, code.at + at + sizeof(op), sizeof(host));
			ck_assert_uint_eq(host.prefix_len, 0);
			yes = host.port == port;
		} else {
			ck_assert_uint_eq(op.code, INET_DIAG_BC_JMP);
		}
		at += yes ? op.yes : op.no;
	}
	ck_assert(at == code.len || at == code.len + 4);
	return at == code.len;
}

START_TEST(a_dump_of_ports_takes_these_and_no_others)
{
	static const uint16_t ports[DIAG_PORTS + 1] = { 22, 2222, 1, 65535, 5, 6, 7, 8, 9, 10,
		11, 12, 13, 14, 15, 16, 17 };
	struct prefix p = { address("198.51.100.0"), 24 };
	struct diag_dump d = { .family = FAMILY_V6, .proto = PROTO_TCP,
		.states = DIAG_BIT(DIAG_ESTABLISHED), .ports = ports };
	size_t len;

	for (d.n_ports = 1; d.n_ports <= DIAG_PORTS; d.n_ports++) {
		struct netlink_attribute a;
		struct netlink_message m;
		struct cursor rest;

		ck_assert_int_eq(diag_msg_dump(buf, sizeof(buf), &d, &len), 0);
		ck_assert_uint_le(len, sizeof(buf));
		request_in(len, &m, &rest);
		ck_assert(netlink_next_attribute(&rest, &a));
		ck_assert_uint_eq(a.type, INET_DIAG_REQ_BYTECODE);
		ck_assert_uint_eq(a.value.len, d.n_ports * 16 - 4);
		for (size_t i = 0; i <= DIAG_PORTS; i++)
			ck_assert(filter_takes(a.value, ports[i]) == (i < d.n_ports));
		ck_assert(!filter_takes(a.value, 80));
	}
	ck_assert_int_eq(diag_msg_dump(buf, sizeof(buf), &d, &len), ERR_INVALID);
	d.n_ports = 1;
	d.peer = &p;
	ck_assert_int_eq(diag_msg_dump(buf, sizeof(buf), &d, &len), ERR_INVALID);
}
END_TEST

START_TEST(an_exact_question_names_our_end_as_the_source)
{
	struct diag_socket s = a_connection();
	struct diag_ends e = ends_of(&s);
	struct inet_diag_req_v2 r;
	struct netlink_message m;
	struct cursor rest;
	size_t len;

	ck_assert_int_eq(diag_msg_exact(buf, sizeof(buf), &e, 9, &len), 0);
	r = request_in(len, &m, &rest);
	ck_assert_uint_eq(m.flags, NLM_F_REQUEST);
	ck_assert_uint_eq(r.sdiag_family, AF_INET);
	ck_assert_uint_eq(ntohs(r.id.idiag_sport), 22);
	ck_assert_uint_eq(ntohs(r.id.idiag_dport), 40000);
	ck_assert_mem_eq(r.id.idiag_src, "\xc0\x00\x02\x01", 4);
	ck_assert_mem_eq(r.id.idiag_dst, "\xc6\x33\x64\x07", 4);
	ck_assert_uint_eq(r.id.idiag_cookie[0], UINT32_MAX);
	ck_assert_uint_eq(r.id.idiag_cookie[1], UINT32_MAX);
	e.peer = address("2001:db8::1");
	ck_assert_int_eq(diag_msg_exact(buf, sizeof(buf), &e, 9, &len), ERR_INVALID);
}
END_TEST

START_TEST(the_listener_that_the_kernel_falls_back_to_is_not_exact)
{
	struct diag_socket s = a_connection();
	struct diag_ends e = ends_of(&s);

	ck_assert(diag_msg_is_exact(&s, &e));
	s.state = DIAG_LISTEN;
	ck_assert(!diag_msg_is_exact(&s, &e));
	s = a_connection();
	s.peer_port = 0;
	ck_assert(!diag_msg_is_exact(&s, &e));
	s = a_connection();
	s.local_port = 23;
	ck_assert(!diag_msg_is_exact(&s, &e));
	s = a_connection();
	s.peer = address("0.0.0.0");
	ck_assert(!diag_msg_is_exact(&s, &e));
	s = a_connection();
	s.local = address("192.0.2.2");
	ck_assert(!diag_msg_is_exact(&s, &e));
}
END_TEST

START_TEST(a_destroy_names_its_socket_by_the_cookie)
{
	struct diag_socket s = a_connection();
	struct inet_diag_req_v2 r;
	struct netlink_message m;
	struct cursor rest;
	size_t len;

	ck_assert_int_eq(diag_msg_destroy(buf, sizeof(buf), &s, 4, &len), 0);
	r = request_in(len, &m, &rest);
	ck_assert_uint_eq(m.type, SOCK_DESTROY);
	ck_assert_uint_eq(m.flags, NLM_F_REQUEST | NLM_F_ACK);
	ck_assert_uint_eq(r.id.idiag_cookie[0], 5);
	ck_assert_uint_eq(r.id.idiag_cookie[1], 6);
	ck_assert_uint_eq(ntohs(r.id.idiag_dport), 40000);
}
END_TEST

START_TEST(no_destroy_is_built_that_could_end_a_listener)
{
	struct diag_socket s = a_connection();
	size_t len;

	s.state = DIAG_LISTEN;
	ck_assert_int_eq(diag_msg_destroy(buf, sizeof(buf), &s, 4, &len), ERR_GUARDED);
	s = a_connection();
	s.state = DIAG_NONE;
	ck_assert_int_eq(diag_msg_destroy(buf, sizeof(buf), &s, 4, &len), ERR_GUARDED);
	s = a_connection();
	s.peer_port = 0;
	ck_assert_int_eq(diag_msg_destroy(buf, sizeof(buf), &s, 4, &len), ERR_GUARDED);
	s = a_connection();
	s.cookie[0] = s.cookie[1] = UINT32_MAX;
	ck_assert_int_eq(diag_msg_destroy(buf, sizeof(buf), &s, 4, &len), ERR_GUARDED);
	s.cookie[0] = s.cookie[1] = 0;
	ck_assert_int_eq(diag_msg_destroy(buf, sizeof(buf), &s, 4, &len), ERR_GUARDED);
}
END_TEST

START_TEST(a_socket_comes_out_with_mapped_addresses_as_ipv4)
{
	struct inet_diag_msg d = { .idiag_family = AF_INET6, .idiag_state = DIAG_SYN_RECV,
		.idiag_retrans = 2, .idiag_rqueue = 3, .idiag_wqueue = 4 };
	struct netlink_message m = { .type = SOCK_DIAG_BY_FAMILY,
		.body = { (const uint8_t *)&d, sizeof(d) } };
	struct addr local = address("192.0.2.1");
	struct addr peer = address("198.51.100.7");
	struct diag_socket s;

	d.id.idiag_sport = htons(80);
	d.id.idiag_dport = htons(1234);
	d.id.idiag_src[2] = d.id.idiag_dst[2] = htonl(0xffff);
	memcpy(&d.id.idiag_src[3], local.bytes, 4);
	memcpy(&d.id.idiag_dst[3], peer.bytes, 4);
	d.id.idiag_cookie[1] = 8;
	ck_assert_int_eq(diag_msg_socket(&m, PROTO_TCP, &s), 0);
	ck_assert_uint_eq(s.family, FAMILY_V6);
	ck_assert_uint_eq(s.state, DIAG_SYN_RECV);
	ck_assert_uint_eq(s.retrans, 2);
	ck_assert(addr_equal(&s.local, &local));
	ck_assert(addr_equal(&s.peer, &peer));
	ck_assert_uint_eq(s.local_port, 80);
	ck_assert_uint_eq(s.peer_port, 1234);
	ck_assert_uint_eq(s.receive_queue, 3);
	ck_assert_uint_eq(s.send_queue, 4);
	ck_assert_uint_eq(s.cookie[1], 8);
	m.body.len--;
	ck_assert_int_eq(diag_msg_socket(&m, PROTO_TCP, &s), ERR_TRUNCATED);
	m.type = NLMSG_DONE;
	ck_assert_int_eq(diag_msg_socket(&m, PROTO_TCP, &s), ERR_INVALID);
}
END_TEST

START_TEST(the_last_word_of_a_peer_is_its_data_or_its_acknowledgement)
{
	struct inet_diag_msg d = { .idiag_family = AF_INET, .idiag_state = DIAG_ESTABLISHED };
	struct tcp_info info = { .tcpi_last_data_recv = 900, .tcpi_last_ack_recv = 40 };
	struct diag_dump q = { .family = FAMILY_V4, .proto = PROTO_TCP, .heard = true };
	struct netlink_message m = { .type = SOCK_DIAG_BY_FAMILY };
	struct inet_diag_req_v2 r;
	struct wire w = { .len = 0 };
	struct cursor rest;
	struct diag_socket s;
	size_t len;

	ck_assert_int_eq(diag_msg_dump(buf, sizeof(buf), &q, &len), 0);
	r = request_in(len, &m, &rest);
	ck_assert_uint_eq(r.idiag_ext, 1u << (INET_DIAG_INFO - 1));
	wire_put(&w, &d, sizeof(d));
	m.body = (struct slice){ w.bytes, w.len };
	ck_assert_int_eq(diag_msg_socket(&m, PROTO_TCP, &s), 0);
	ck_assert(!s.tells_heard);
	wire_attribute(&w, INET_DIAG_INFO, &info, 52); /* of a kernel that ends too early */
	m.body.len = w.len;
	ck_assert_int_eq(diag_msg_socket(&m, PROTO_TCP, &s), 0);
	ck_assert(!s.tells_heard);
	wire_attribute(&w, INET_DIAG_INFO, &info, sizeof(info));
	m.body.len = w.len;
	ck_assert_int_eq(diag_msg_socket(&m, PROTO_TCP, &s), 0);
	ck_assert(s.tells_heard);
	ck_assert_uint_eq(s.heard_ms, 40);
}
END_TEST

START_TEST(bytes_and_the_cgroup_are_read_where_the_kernel_tells_them)
{
	struct inet_diag_msg d = { .idiag_family = AF_INET, .idiag_state = DIAG_ESTABLISHED };
	struct tcp_info info = { .tcpi_bytes_acked = 5000000001, .tcpi_bytes_received = 7 };
	struct netlink_message m = { .type = SOCK_DIAG_BY_FAMILY };
	const uint64_t cgroup = 4711;
	struct wire w = { .len = 0 };
	struct diag_socket s;

	wire_put(&w, &d, sizeof(d));
	wire_attribute(&w, INET_DIAG_INFO, &info, offsetof(struct tcp_info, tcpi_bytes_received)); /* before 4.1 */
	wire_attribute(&w, INET_DIAG_CGROUP_ID, &cgroup, 4); /* cut */
	m.body = (struct slice){ w.bytes, w.len };
	ck_assert_int_eq(diag_msg_socket(&m, PROTO_TCP, &s), 0);
	ck_assert(s.tells_heard && !s.tells_bytes);
	ck_assert_uint_eq(s.cgroup, 0);
	wire_attribute(&w, INET_DIAG_CGROUP_ID, &cgroup, sizeof(cgroup));
	wire_attribute(&w, INET_DIAG_INFO, &info, sizeof(info));
	m.body.len = w.len;
	ck_assert_int_eq(diag_msg_socket(&m, PROTO_UDP, &s), 0);
	ck_assert(!s.tells_bytes); /* what stands in TCP's place says nothing of another protocol */
	ck_assert_uint_eq(s.cgroup, cgroup);
	ck_assert_int_eq(diag_msg_socket(&m, PROTO_TCP, &s), 0);
	ck_assert(s.tells_bytes);
	ck_assert_uint_eq(s.acked, 5000000001);
	ck_assert_uint_eq(s.received, 7);
}
END_TEST

START_TEST(one_walk_over_both_families_is_asked_for_in_the_older_way)
{
	struct diag_dump d = { .both = true, .proto = PROTO_TCP, .states = DIAG_BIT(DIAG_LISTEN), .heard = true, .seq = 4 };
	const uint16_t port = 80;
	struct inet_diag_req r;
	struct netlink_message m;
	struct cursor all, rest;
	size_t len;

	ck_assert_int_eq(diag_msg_dump(buf, sizeof(buf), &d, &len), 0);
	all = cursor_over((struct slice){ buf, len });
	ck_assert(netlink_next(&all, &m));
	ck_assert_uint_eq(m.type, TCPDIAG_GETSOCK);
	ck_assert_uint_eq(m.flags, NLM_F_REQUEST | NLM_F_DUMP);
	ck_assert_uint_eq(m.seq, 4);
	rest = cursor_over(m.body);
	cursor_bytes(&rest, &r, sizeof(r));
	ck_assert(!rest.failed && !cursor_left(&rest));
	ck_assert_uint_eq(r.idiag_states, 1u << 10);
	ck_assert_uint_eq(r.idiag_ext, 1u << (INET_DIAG_INFO - 1));
	d.ports = &port;
	d.n_ports = 1;
	ck_assert_int_eq(diag_msg_dump(buf, sizeof(buf), &d, &len), ERR_INVALID);
	d.n_ports = 0;
	d.proto = PROTO_UDP;
	ck_assert_int_eq(diag_msg_dump(buf, sizeof(buf), &d, &len), ERR_INVALID);
}
END_TEST

START_TEST(the_answer_of_the_older_way_is_a_socket_too)
{
	struct inet_diag_msg d = { .idiag_family = AF_INET6, .idiag_state = DIAG_ESTABLISHED, .id.idiag_sport = htons(80) };
	struct tcp_info info = { .tcpi_last_data_recv = 900, .tcpi_last_ack_recv = 20 };
	struct netlink_message m = { .type = TCPDIAG_GETSOCK };
	struct wire w = { .len = 0 };
	struct diag_socket s;

	wire_put(&w, &d, sizeof(d));
	wire_attribute(&w, INET_DIAG_INFO, &info, sizeof(info));
	m.body = (struct slice){ w.bytes, w.len };
	ck_assert_int_eq(diag_msg_socket(&m, PROTO_TCP, &s), 0);
	ck_assert_uint_eq(s.local_port, 80);
	ck_assert_uint_eq(s.heard_ms, 20);
	ck_assert_uint_eq(s.quiet_ms, 900); /* an acknowledgement says nothing */
}
END_TEST

int main(void)
{
	Suite *s = suite_create("diag_msg");
	TCase *t = tcase_create("diag_msg");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_test(t, a_dump_asks_for_family_protocol_and_states);
	tcase_add_test(t, a_dump_of_a_prefix_carries_one_instruction_of_filter);
	tcase_add_test(t, a_dump_of_ports_takes_these_and_no_others);
	tcase_add_test(t, an_exact_question_names_our_end_as_the_source);
	tcase_add_test(t, the_listener_that_the_kernel_falls_back_to_is_not_exact);
	tcase_add_test(t, a_destroy_names_its_socket_by_the_cookie);
	tcase_add_test(t, no_destroy_is_built_that_could_end_a_listener);
	tcase_add_test(t, the_last_word_of_a_peer_is_its_data_or_its_acknowledgement);
	tcase_add_test(t, bytes_and_the_cgroup_are_read_where_the_kernel_tells_them);
	tcase_add_test(t, one_walk_over_both_families_is_asked_for_in_the_older_way);
	tcase_add_test(t, the_answer_of_the_older_way_is_a_socket_too);
	tcase_add_test(t, a_socket_comes_out_with_mapped_addresses_as_ipv4);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
