/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Builds and reads sock_diag's messages. The one that ends a socket is the dangerous one:
 * the kernel finds by tuple and falls back to the listener of the local port, so only the
 * cookie stands between a stale tuple and the end of the service. It is therefore never
 * left out.
 */
#include "codec/diag_msg.h"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include "base/err.h"

static uint8_t family_number(uint8_t family)
{
	switch (family) {
	case FAMILY_V4:
		return AF_INET;
	case FAMILY_V6:
		return AF_INET6;
	default:
		return AF_UNSPEC;
	}
}

static struct nlmsghdr *put_request(void *buf, uint16_t type, uint16_t flags,
	uint32_t seq, struct inet_diag_req_v2 **req)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	nlh->nlmsg_seq = seq;
	*req = mnl_nlmsg_put_extra_header(nlh, sizeof(**req));
	return nlh;
}

/* Socket filter bytecode: "peer in prefix, else reject". One instruction, whose jumps are
 * past its end (accept) and four bytes further (reject). */
static void put_peer_filter(struct nlmsghdr *nlh, const struct prefix *peer)
{
	struct inet_diag_hostcond host;
	struct inet_diag_bc_op op = { .code = INET_DIAG_BC_D_COND };
	size_t bytes = peer->addr.family == FAMILY_V4 ? 4 : 16;
	size_t len = sizeof(op) + sizeof(host) + bytes;
	uint8_t code[sizeof(op) + sizeof(host) + 16];

	memset(&host, 0, sizeof(host)); /* its padding goes out, too */
	host.family = family_number(peer->addr.family);
	host.prefix_len = peer->len;
	host.port = -1;
	op.yes = (uint8_t)len;
	op.no = (uint16_t)(len + 4);
	memcpy(code, &op, sizeof(op));
	memcpy(code + sizeof(op), &host, sizeof(host));
	memcpy(code + sizeof(op) + sizeof(host), peer->addr.bytes, bytes);
	mnl_attr_put(nlh, INET_DIAG_REQ_BYTECODE, len, code);
}

#define PORT_CONDITION (sizeof(struct inet_diag_bc_op) + sizeof(struct inet_diag_hostcond))

/* "local port is this one": past the jump that follows where it is not, or, of the last
 * one, to the rejection. The kernel compares the port of any family where the condition
 * has none. */
static void put_port_condition(uint8_t *code, uint16_t port)
{
	struct inet_diag_bc_op op = { .code = INET_DIAG_BC_S_COND,
		.yes = PORT_CONDITION, .no = PORT_CONDITION + 4 };
	struct inet_diag_hostcond host;

	memset(&host, 0, sizeof(host));
	host.port = port;
	memcpy(code, &op, sizeof(op));
	memcpy(code + sizeof(op), &host, sizeof(host));
}

/* "local port is one of these, else reject": a condition for each, and behind each but
 * the last a jump to the end, which accepts. */
static void put_port_filter(struct nlmsghdr *nlh, const uint16_t *ports, size_t n)
{
	uint8_t code[DIAG_PORTS * (PORT_CONDITION + sizeof(struct inet_diag_bc_op))];
	size_t len = n * (PORT_CONDITION + sizeof(struct inet_diag_bc_op)) -
		sizeof(struct inet_diag_bc_op);
	size_t at = 0;

	for (size_t i = 0; i < n; i++) {
		struct inet_diag_bc_op jump = { .code = INET_DIAG_BC_JMP,
			.yes = sizeof(jump) };

		put_port_condition(code + at, ports[i]);
		at += PORT_CONDITION;
		if (i + 1 == n)
			break;
		jump.no = (uint16_t)(len - at);
		memcpy(code + at, &jump, sizeof(jump));
		at += sizeof(jump);
	}
	mnl_attr_put(nlh, INET_DIAG_REQ_BYTECODE, len, code);
}

/* The question of before Linux 3.3, which ss asked then: it alone knows no family. */
static int put_both_families(void *buf, const struct diag_dump *d, size_t *len)
{
	struct inet_diag_req *req;
	struct nlmsghdr *nlh;

	if (d->proto != IPPROTO_TCP || d->n_ports || d->peer)
		return ERR_INVALID;
	nlh = mnl_nlmsg_put_header(buf);
	nlh->nlmsg_type = TCPDIAG_GETSOCK;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	nlh->nlmsg_seq = d->seq;
	req = mnl_nlmsg_put_extra_header(nlh, sizeof(*req));
	req->idiag_states = d->states;
	if (d->heard)
		req->idiag_ext = 1 << (INET_DIAG_INFO - 1);
	*len = nlh->nlmsg_len;
	return 0;
}

int diag_msg_dump(void *buf, size_t size, const struct diag_dump *d, size_t *len)
{
	struct inet_diag_req_v2 *req;
	struct nlmsghdr *nlh;

	if (size < DIAG_REQUEST_BYTES)
		return ERR_FULL;
	if (d->both)
		return put_both_families(buf, d, len);
	if (d->family == FAMILY_NONE || d->n_ports > DIAG_PORTS || (d->n_ports && d->peer))
		return ERR_INVALID;
	nlh = put_request(buf, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, d->seq, &req);
	req->sdiag_family = family_number((uint8_t)d->family);
	req->sdiag_protocol = d->proto;
	req->idiag_states = d->states;
	if (d->heard)
		req->idiag_ext = 1 << (INET_DIAG_INFO - 1);
	if (d->peer)
		put_peer_filter(nlh, d->peer);
	if (d->n_ports)
		put_port_filter(nlh, d->ports, d->n_ports);
	*len = nlh->nlmsg_len;
	return 0;
}

static size_t addr_bytes(const struct addr *a)
{
	return a->family == FAMILY_V4 ? 4 : 16;
}

static void put_ends(struct inet_diag_req_v2 *req, const struct diag_ends *e)
{
	req->sdiag_family = family_number(e->local.family);
	req->sdiag_protocol = e->proto;
	req->idiag_states = DIAG_ALL;
	req->id.idiag_sport = htons(e->local_port);
	req->id.idiag_dport = htons(e->peer_port);
	memcpy(req->id.idiag_src, e->local.bytes, addr_bytes(&e->local));
	memcpy(req->id.idiag_dst, e->peer.bytes, addr_bytes(&e->peer));
	req->id.idiag_if = e->interface;
}

int diag_msg_exact(void *buf, size_t size, const struct diag_ends *e, uint32_t seq,
	size_t *len)
{
	struct inet_diag_req_v2 *req;
	struct nlmsghdr *nlh;

	if (size < DIAG_REQUEST_BYTES)
		return ERR_FULL;
	if (e->local.family == FAMILY_NONE || e->local.family != e->peer.family)
		return ERR_INVALID;
	nlh = put_request(buf, SOCK_DIAG_BY_FAMILY, 0, seq, &req);
	put_ends(req, e);
	req->id.idiag_cookie[0] = INET_DIAG_NOCOOKIE;
	req->id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
	*len = nlh->nlmsg_len;
	return 0;
}

bool diag_msg_is_exact(const struct diag_socket *s, const struct diag_ends *e)
{
	return s->state != DIAG_NONE && s->state != DIAG_LISTEN && s->proto == e->proto &&
		s->local_port == e->local_port && s->peer_port == e->peer_port &&
		addr_equal(&s->local, &e->local) && addr_equal(&s->peer, &e->peer);
}

static bool cookie_names_one(const uint32_t cookie[2])
{
	bool none = cookie[0] == 0 && cookie[1] == 0;
	bool any = cookie[0] == INET_DIAG_NOCOOKIE && cookie[1] == INET_DIAG_NOCOOKIE;

	return !none && !any;
}

int diag_msg_destroy(void *buf, size_t size, const struct diag_socket *s, uint32_t seq,
	size_t *len)
{
	struct diag_ends ends = { .proto = s->proto, .local = s->local, .peer = s->peer,
		.local_port = s->local_port, .peer_port = s->peer_port,
		.interface = s->interface };
	struct inet_diag_req_v2 *req;
	struct nlmsghdr *nlh;

	if (size < DIAG_REQUEST_BYTES)
		return ERR_FULL;
	if (s->state == DIAG_NONE || s->state == DIAG_LISTEN || s->peer_port == 0 ||
	    !cookie_names_one(s->cookie))
		return ERR_GUARDED;
	if (s->local.family == FAMILY_NONE || s->local.family != s->peer.family)
		return ERR_INVALID;
	nlh = put_request(buf, SOCK_DESTROY, NLM_F_ACK, seq, &req);
	put_ends(req, &ends);
	memcpy(req->id.idiag_cookie, s->cookie, sizeof(s->cookie));
	*len = nlh->nlmsg_len;
	return 0;
}

/* struct tcp_info grows with the kernel: what stands in its oldest part, and what was put behind it in 4.1. */
static void read_info(struct slice info, struct diag_socket *out)
{
	const size_t data = offsetof(struct tcp_info, tcpi_last_data_recv);
	const size_t ack = offsetof(struct tcp_info, tcpi_last_ack_recv);
	const size_t acked = offsetof(struct tcp_info, tcpi_bytes_acked);
	const size_t received = offsetof(struct tcp_info, tcpi_bytes_received);
	uint32_t ago[2];

	if (info.len < ack + sizeof(ago[1]))
		return;
	memcpy(&ago[0], info.at + data, sizeof(ago[0]));
	memcpy(&ago[1], info.at + ack, sizeof(ago[1]));
	out->tells_heard = true;
	out->heard_ms = ago[0] < ago[1] ? ago[0] : ago[1];
	out->quiet_ms = ago[0];
	if (info.len < received + sizeof(out->received))
		return;
	memcpy(&out->acked, info.at + acked, sizeof(out->acked));
	memcpy(&out->received, info.at + received, sizeof(out->received));
	out->tells_bytes = true;
}

static void read_attributes(struct cursor *c, struct diag_socket *out)
{
	struct netlink_attribute a;

	while (netlink_next_attribute(c, &a)) {
		if (a.type == INET_DIAG_INFO && out->proto == IPPROTO_TCP && out->state != DIAG_LISTEN)
			read_info(a.value, out);
		if (a.type == INET_DIAG_CGROUP_ID && a.value.len == sizeof(out->cgroup))
			memcpy(&out->cgroup, a.value.at, sizeof(out->cgroup));
	}
}

int diag_msg_socket(const struct netlink_message *m, uint8_t proto,
	struct diag_socket *out)
{
	struct cursor c = cursor_over(m->body);
	struct inet_diag_msg d;

	if (m->type != SOCK_DIAG_BY_FAMILY && m->type != TCPDIAG_GETSOCK)
		return ERR_INVALID;
	cursor_bytes(&c, &d, sizeof(d));
	if (c.failed)
		return ERR_TRUNCATED;
	*out = (struct diag_socket){
		.family = d.idiag_family == AF_INET ? FAMILY_V4 :
			d.idiag_family == AF_INET6 ? FAMILY_V6 : FAMILY_NONE,
		.proto = proto,
		.state = d.idiag_state,
		.retrans = d.idiag_retrans,
		.local = netlink_addr(d.idiag_family, d.id.idiag_src),
		.peer = netlink_addr(d.idiag_family, d.id.idiag_dst),
		.local_port = ntohs(d.id.idiag_sport),
		.peer_port = ntohs(d.id.idiag_dport),
		.interface = d.id.idiag_if,
		.cookie = { d.id.idiag_cookie[0], d.id.idiag_cookie[1] },
		.receive_queue = d.idiag_rqueue,
		.send_queue = d.idiag_wqueue,
		.uid = d.idiag_uid,
		.inode = d.idiag_inode,
	};
	read_attributes(&c, out);
	return 0;
}

enum socket_state diag_socket_state(const struct diag_socket *s)
{
	switch ((enum diag_state)s->state) {
	case DIAG_ESTABLISHED:
		return SOCKET_ESTABLISHED;
	case DIAG_SYN_SENT:
		return SOCKET_SYN_SENT;
	case DIAG_SYN_RECV:
		return SOCKET_SYN_RECV;
	case DIAG_FIN_WAIT1:
	case DIAG_FIN_WAIT2:
		return SOCKET_FIN_WAIT;
	case DIAG_TIME_WAIT:
		return SOCKET_TIME_WAIT;
	case DIAG_CLOSE_WAIT:
		return SOCKET_CLOSE_WAIT;
	case DIAG_LAST_ACK:
	case DIAG_CLOSING:
		return SOCKET_LAST_ACK;
	case DIAG_LISTEN:
		return SOCKET_LISTEN;
	case DIAG_NONE:
	case DIAG_CLOSE:
		break;
	}
	return SOCKET_STATES;
}
