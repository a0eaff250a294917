/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads what the kernel says when a flow ends.
 */
#include "codec/flow_end_msg.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include "base/err.h"
#include "core/packet.h"

#define SERVICES_BELOW 1024 /* ports that only root may bind */

/* struct tcp_info grows with the kernel: what stands beyond the end of this one is 0, as it is in the struct. */
static void read_info(struct slice value, struct ended_socket *out)
{
	struct tcp_info info = { 0 };

	if (value.len < offsetof(struct tcp_info, tcpi_bytes_received) + sizeof(info.tcpi_bytes_received))
		return;
	memcpy(&info, value.at, value.len < sizeof(info) ? value.len : sizeof(info));
	out->told = true;
	out->received = info.tcpi_bytes_received;
	out->acked = info.tcpi_bytes_acked;
	out->sent = info.tcpi_bytes_sent > info.tcpi_bytes_retrans ? info.tcpi_bytes_sent - info.tcpi_bytes_retrans : 0;
	out->segments_in = info.tcpi_segs_in;
	out->segments_out = info.tcpi_segs_out;
	out->data_in = info.tcpi_data_segs_in;
	out->timed = info.tcpi_rtt > 0;
}

static int read_attributes(struct cursor *c, struct ended_socket *out)
{
	struct netlink_attribute a;

	while (netlink_next_attribute(c, &a)) {
		if (a.type == INET_DIAG_INFO)
			read_info(a.value, out);
		else if (a.type == INET_DIAG_PROTOCOL && (a.value.len < 1 || a.value.at[0] != PROTO_TCP))
			return ERR_INVALID;
	}
	return c->failed ? ERR_TRUNCATED : 0;
}

int flow_end_msg_socket(const struct netlink_message *m, struct ended_socket *out)
{
	struct cursor c = cursor_over(m->body);
	struct ended_socket s = { 0 };
	struct inet_diag_msg d;
	int err;

	if (m->type != SOCK_DIAG_BY_FAMILY)
		return ERR_INVALID;
	cursor_bytes(&c, &d, sizeof(d));
	if (c.failed)
		return ERR_TRUNCATED;
	s.local = netlink_addr(d.idiag_family, d.id.idiag_src);
	s.peer = netlink_addr(d.idiag_family, d.id.idiag_dst);
	s.local_port = ntohs(d.id.idiag_sport);
	s.peer_port = ntohs(d.id.idiag_dport);
	s.cookie = (uint64_t)d.id.idiag_cookie[1] << 32 | d.id.idiag_cookie[0];
	err = read_attributes(&c, &s);
	if (err)
		return err;
	if (s.local.family == FAMILY_NONE)
		return ERR_INVALID;
	if (!s.peer_port || !s.local_port || addr_is_unspecified(&s.peer))
		return ERR_ABSENT;
	*out = s;
	return 0;
}

/*
 * The kernel counts among the bytes that were acknowledged our FIN and, of who began, the SYN: two more than were sent is
 * a beginner beyond doubt. One more is either's.
 */
static bool was_called(const struct ended_socket *s, bool serves)
{
	if (s->told && s->sent < s->acked && s->acked - s->sent >= 2 && s->sent > 0)
		return false;
	return serves || (s->local_port < SERVICES_BELOW && s->peer_port >= SERVICES_BELOW);
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

void flow_end_of_socket(const struct ended_socket *s, bool serves, struct flow_end *out)
{
	bool in = was_called(s, serves);
	enum flow_way theirs = in ? FLOW_THERE : FLOW_BACK;
	enum flow_way ours = in ? FLOW_BACK : FLOW_THERE;

	*out = (struct flow_end){
		.tuple = { .src = in ? s->peer : s->local, .dst = in ? s->local : s->peer,
			.sport = in ? s->peer_port : s->local_port, .dport = in ? s->local_port : s->peer_port,
			.proto = PROTO_TCP },
		.direction = in ? FLOW_IN : FLOW_OUT,
		.teller = TELLER_SOCKET,
		.proof = s->acked || s->timed ? PROOF_ANSWERED : PROOF_CLAIMED,
		.weight = 1,
		.lasted_ns = -1,
		.owner = { .uid = OWNER_UNKNOWN },
	};
	out->packets[theirs] = s->segments_in;
	out->packets[ours] = s->segments_out;
	out->bytes[theirs] = s->data_in ? s->received : 0;
	out->bytes[ours] = least(s->acked, s->sent);
}

static uint64_t be64_of(struct slice value)
{
	return value.len == 8 ? (uint64_t)be32_at(value.at, 0) << 32 | be32_at(value.at, 4) : 0;
}

static void read_addresses(struct slice value, struct addr *src, struct addr *dst)
{
	struct cursor c = cursor_over(value);
	struct netlink_attribute a;

	while (netlink_next_attribute(&c, &a)) {
		if (a.type == CTA_IP_V4_SRC && a.value.len == 4)
			*src = addr_v4(a.value.at);
		else if (a.type == CTA_IP_V4_DST && a.value.len == 4)
			*dst = addr_v4(a.value.at);
		else if (a.type == CTA_IP_V6_SRC && a.value.len == 16)
			*src = addr_v6(a.value.at);
		else if (a.type == CTA_IP_V6_DST && a.value.len == 16)
			*dst = addr_v6(a.value.at);
	}
}

static void read_ports(struct slice value, struct tuple *t)
{
	struct cursor c = cursor_over(value);
	struct netlink_attribute a;

	while (netlink_next_attribute(&c, &a)) {
		if (a.type == CTA_PROTO_NUM && a.value.len == 1)
			t->proto = a.value.at[0];
		else if (a.type == CTA_PROTO_SRC_PORT && a.value.len == 2)
			t->sport = be16_at(a.value.at, 0);
		else if (a.type == CTA_PROTO_DST_PORT && a.value.len == 2)
			t->dport = be16_at(a.value.at, 0);
	}
}

static void read_tuple(struct slice value, struct tuple *t)
{
	struct cursor c = cursor_over(value);
	struct netlink_attribute a;

	while (netlink_next_attribute(&c, &a)) {
		if (a.type == CTA_TUPLE_IP)
			read_addresses(a.value, &t->src, &t->dst);
		else if (a.type == CTA_TUPLE_PROTO)
			read_ports(a.value, t);
	}
}

static void read_counters(struct slice value, struct ended_entry *e, enum flow_way way)
{
	struct cursor c = cursor_over(value);
	struct netlink_attribute a;

	while (netlink_next_attribute(&c, &a)) {
		if (a.type == CTA_COUNTERS_PACKETS)
			e->packets[way] = be64_of(a.value);
		else if (a.type == CTA_COUNTERS_BYTES)
			e->bytes[way] = be64_of(a.value);
	}
}

/* Of the wall clock, which may have been set in between. */
static int64_t read_lasted(struct slice value)
{
	struct cursor c = cursor_over(value);
	struct netlink_attribute a;
	uint64_t start = 0, stop = 0;

	while (netlink_next_attribute(&c, &a)) {
		if (a.type == CTA_TIMESTAMP_START)
			start = be64_of(a.value);
		else if (a.type == CTA_TIMESTAMP_STOP)
			stop = be64_of(a.value);
	}
	return start && stop >= start && stop - start <= INT64_MAX ? (int64_t)(stop - start) : -1;
}

static void read_entry(const struct netlink_attribute *a, struct ended_entry *e)
{
	struct tuple back = { 0 };

	switch (a->type) {
	case CTA_TUPLE_ORIG:
		read_tuple(a->value, &e->tuple);
		break;
	case CTA_TUPLE_REPLY:
		read_tuple(a->value, &back);
		e->end = back.src;
		break;
	case CTA_COUNTERS_ORIG:
		read_counters(a->value, e, FLOW_THERE);
		break;
	case CTA_COUNTERS_REPLY:
		read_counters(a->value, e, FLOW_BACK);
		break;
	case CTA_TIMESTAMP:
		e->lasted_ns = read_lasted(a->value);
		break;
	default: /* attributes are the kernel's to add */
		break;
	}
}

int flow_end_msg_entry(const struct netlink_message *m, struct ended_entry *out)
{
	struct cursor c = cursor_over(m->body);
	struct ended_entry e = { .lasted_ns = -1 };
	struct netlink_attribute a;

	if (m->type != (NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE))
		return ERR_INVALID;
	cursor_skip(&c, sizeof(struct nfgenmsg));
	while (netlink_next_attribute(&c, &a))
		read_entry(&a, &e);
	if (c.failed)
		return ERR_TRUNCATED;
	if (e.tuple.src.family == FAMILY_NONE || e.tuple.src.family != e.tuple.dst.family)
		return ERR_INVALID;
	if (e.end.family == FAMILY_NONE)
		e.end = e.tuple.dst;
	*out = e;
	return 0;
}

void flow_end_of_entry(const struct ended_entry *e, bool from_us, bool to_us, struct flow_end *out)
{
	*out = (struct flow_end){
		.tuple = e->tuple,
		.direction = to_us ? FLOW_IN : from_us ? FLOW_OUT : FLOW_FORWARD,
		.teller = TELLER_CONNTRACK,
		.proof = PROOF_CLAIMED,
		.weight = 1,
		.lasted_ns = e->lasted_ns,
		.owner = { .uid = OWNER_UNKNOWN },
	};
	memcpy(out->packets, e->packets, sizeof(out->packets));
	memcpy(out->bytes, e->bytes, sizeof(out->bytes));
}
