/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Asks rtnetlink for addresses and default routes. Two sockets: one for questions, one
 * that hears of changes.
 */
#include "edge/links.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/err.h"
#include "codec/netlink.h"

#define ANSWER_BYTES 32768

struct links {
	struct mnl_socket *asked;
	struct mnl_socket *heard;
	uint32_t seq;
	_Alignas(NETLINK_ALIGN) uint8_t request[64];
	_Alignas(NETLINK_ALIGN) uint8_t answer[ANSWER_BYTES];
};

static void add_guard(struct links_found *f, const struct addr *a, enum guard_kind kind,
	const char *from)
{
	struct prefix p = prefix_of(a, addr_bits(a));

	if (a->family == FAMILY_NONE || addr_is_loopback(a))
		return;
	if (guards_add_from(f->guards, &p, kind, from) == ERR_FULL)
		f->cut++;
}

static void add_subnet(struct links_found *f, const struct addr *a, unsigned len)
{
	struct prefix p = prefix_of(a, len);

	/* A prefix of one address has no neighbours in it. */
	if (a->family == FAMILY_NONE || addr_is_loopback(a) || len >= addr_bits(a))
		return;
	for (size_t i = 0; i < f->subnets_n; i++) {
		if (prefix_equal(&f->subnets[i], &p))
			return;
	}
	if (f->subnets_n == f->subnets_max) {
		f->cut++;
		return;
	}
	f->subnets[f->subnets_n++] = p;
}

static struct addr addr_of(uint8_t family, struct slice value)
{
	if (family == AF_INET && value.len == 4)
		return addr_v4(value.at);
	if (family == AF_INET6 && value.len == 16)
		return addr_v6(value.at);
	return (struct addr){ 0 };
}

typedef void (*each_fn)(const struct netlink_message *m, struct links_found *f);

/* On a link to one peer IFA_ADDRESS is the peer and IFA_LOCAL ours; else they are the
 * same, and IPv6 has IFA_ADDRESS alone. The subnet is IFA_ADDRESS's. */
static void take_address(const struct netlink_message *m, struct links_found *f)
{
	struct cursor c = cursor_over(m->body);
	struct addr local = { 0 }, address = { 0 };
	struct netlink_attribute a;
	struct ifaddrmsg head;

	if (m->type != RTM_NEWADDR)
		return;
	cursor_bytes(&c, &head, sizeof(head));
	while (netlink_next_attribute(&c, &a)) {
		if (a.type == IFA_LOCAL)
			local = addr_of(head.ifa_family, a.value);
		else if (a.type == IFA_ADDRESS)
			address = addr_of(head.ifa_family, a.value);
	}
	add_guard(f, local.family ? &local : &address, GUARD_OWN, NULL);
	add_subnet(f, &address, head.ifa_prefixlen);
}

/* RTA_VIA: a next hop of the other family. */
static void take_via(struct slice value, struct links_found *f)
{
	struct cursor c = cursor_over(value);
	struct addr gateway;
	uint16_t family;

	cursor_bytes(&c, &family, sizeof(family));
	gateway = addr_of((uint8_t)family, cursor_rest(&c));
	add_guard(f, &gateway, GUARD_GATEWAY, "default route");
}

static void take_hop(uint8_t family, const struct netlink_attribute *a,
	struct links_found *f)
{
	struct addr gateway;

	if (a->type == RTA_GATEWAY) {
		gateway = addr_of(family, a->value);
		add_guard(f, &gateway, GUARD_GATEWAY, "default route");
	} else if (a->type == RTA_VIA) {
		take_via(a->value, f);
	}
}

/* RTA_MULTIPATH: rtnexthop headers, each followed by its own attributes. */
static void take_multipath(uint8_t family, struct slice value, struct links_found *f)
{
	struct cursor c = cursor_over(value);

	while (cursor_left(&c) >= sizeof(struct rtnexthop)) {
		struct netlink_attribute a;
		struct rtnexthop head;
		struct cursor inner;

		cursor_bytes(&c, &head, sizeof(head));
		if (head.rtnh_len < sizeof(head))
			return;
		inner = cursor_over(cursor_slice(&c, head.rtnh_len - sizeof(head)));
		while (netlink_next_attribute(&inner, &a))
			take_hop(family, &a, f);
	}
}

static void take_route(const struct netlink_message *m, struct links_found *f)
{
	struct cursor c = cursor_over(m->body);
	struct netlink_attribute a;
	struct rtmsg head;

	if (m->type != RTM_NEWROUTE)
		return;
	cursor_bytes(&c, &head, sizeof(head));
	if (c.failed || head.rtm_dst_len != 0 || head.rtm_type != RTN_UNICAST)
		return;
	while (netlink_next_attribute(&c, &a)) {
		if (a.type == RTA_MULTIPATH)
			take_multipath(head.rtm_family, a.value, f);
		else
			take_hop(head.rtm_family, &a, f);
	}
}

/* One datagram of a dump. ERR_AGAIN: there are more to come. */
static int read_dump(struct links *l, size_t len, each_fn each, struct links_found *f)
{
	struct cursor c = cursor_over((struct slice){ l->answer, len });
	struct netlink_message m;

	while (netlink_next(&c, &m)) {
		int error;

		if (m.seq != l->seq)
			continue;
		if (netlink_error(&m, &error) == 0)
			return netlink_err_of(error);
		each(&m, f);
	}
	return ERR_AGAIN;
}

/* The body begins with the family in both questions; the rest of it may be zero. */
static int run_dump(struct links *l, uint16_t type, size_t body, each_fn each,
	struct links_found *f)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(l->request);
	int err;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	nlh->nlmsg_seq = ++l->seq;
	mnl_nlmsg_put_extra_header(nlh, body); /* zeroed: AF_UNSPEC, all families */
	if (mnl_socket_sendto(l->asked, nlh, nlh->nlmsg_len) < 0)
		return ERR_IO;
	do {
		ssize_t got = mnl_socket_recvfrom(l->asked, l->answer, ANSWER_BYTES);

		if (got < 0 && errno != EINTR)
			return ERR_IO;
		err = got < 0 ? ERR_AGAIN : read_dump(l, (size_t)got, each, f);
	} while (err == ERR_AGAIN);
	return err;
}

int links_addresses(struct links *l, struct links_found *f)
{
	return run_dump(l, RTM_GETADDR, sizeof(struct ifaddrmsg), take_address, f);
}

int links_gateways(struct links *l, struct links_found *f)
{
	return run_dump(l, RTM_GETROUTE, sizeof(struct rtmsg), take_route, f);
}

static bool port_of(const char *text, uint16_t *out)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	*out = (uint16_t)n;
	return *text >= '1' && *text <= '9' && !*end && n <= UINT16_MAX;
}

int links_admin(const char *ssh_connection, struct addr *client, uint16_t *port)
{
	const char *last = ssh_connection ? strrchr(ssh_connection, ' ') : NULL;
	char text[ADDR_TEXT + 1];
	struct addr a;
	uint16_t p;
	size_t len;

	if (!ssh_connection || !*ssh_connection)
		return ERR_ABSENT;
	len = strcspn(ssh_connection, " %"); /* a link-local client has its scope */
	if (len >= sizeof(text) || !last)
		return ERR_INVALID;
	memcpy(text, ssh_connection, len);
	text[len] = '\0';
	if (addr_parse(text, &a) || !port_of(last + 1, &p))
		return ERR_INVALID;
	*client = a;
	*port = p;
	return 0;
}

int links_fd(const struct links *l)
{
	return mnl_socket_get_fd(l->heard);
}

/* On a router, most news are of routes that are none of ours. */
static bool is_news(const struct netlink_message *m)
{
	struct cursor c = cursor_over(m->body);
	struct rtmsg head;

	if (m->type != RTM_NEWROUTE && m->type != RTM_DELROUTE)
		return true;
	cursor_bytes(&c, &head, sizeof(head));
	return head.rtm_dst_len == 0;
}

bool links_changed(struct links *l)
{
	bool any = false;

	for (;;) {
		ssize_t got = recv(links_fd(l), l->answer, ANSWER_BYTES, MSG_DONTWAIT);
		struct netlink_message m;
		struct cursor c;

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno != ENOBUFS)
			return any;
		any |= got < 0;
		c = cursor_over((struct slice){ l->answer, got < 0 ? 0 : (size_t)got });
		while (netlink_next(&c, &m))
			any |= is_news(&m);
	}
}

static struct mnl_socket *open_socket(unsigned groups)
{
	struct mnl_socket *m = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	struct timeval patience = { .tv_sec = 2 }; /* a lost answer must not hang us */

	if (!m)
		return NULL;
	if (mnl_socket_bind(m, groups, MNL_SOCKET_AUTOPID) < 0) {
		mnl_socket_close(m);
		return NULL;
	}
	setsockopt(mnl_socket_get_fd(m), SOL_SOCKET, SO_RCVTIMEO, &patience,
		sizeof(patience));
	return m;
}

int links_open(struct links **out, char why[WHY_TEXT])
{
	struct links *l = calloc(1, sizeof(*l));
	int err;

	if (!l)
		return log_why(why, ERR_MEMORY, "no memory for questions about links");
	l->asked = open_socket(0);
	if (!l->asked)
		goto free_links;
	/* Links, too: of IPv4 routes that go with their link the kernel says nothing. */
	l->heard = open_socket(RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR |
		RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE);
	if (!l->heard)
		goto close_asked;
	*out = l;
	return 0;

close_asked:
	mnl_socket_close(l->asked);
free_links:
	err = log_why(why, netlink_err_of(errno), "rtnetlink: %s", strerror(errno));
	free(l);
	return err;
}

void links_close(struct links *l)
{
	if (!l)
		return;
	mnl_socket_close(l->asked);
	mnl_socket_close(l->heard);
	free(l);
}
