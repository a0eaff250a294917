/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The probes of what sockets, conntrack, counters and links say; above all, that no way
 * leads from the end of a flow to the end of its listener.
 */
#include <libmnl/libmnl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "codec/diag_msg.h"
#include "edge/conntrack.h"
#include "edge/links.h"
#include "edge/netstat.h"
#include "edge/sockdiag.h"
#include "probe_edges.h"

static char why[WHY_TEXT];

static struct sockdiag *open_sockdiag(void)
{
	struct sockdiag *s;

	if (sockdiag_open(&s, why))
		exit(70);
	return s;
}

static bool fate_is(struct sockdiag *s, const struct tuple *t, enum ask_fate want)
{
	enum ask_fate fate;

	return sockdiag_fate(s, t, &fate) == 0 && fate == want;
}

static void see_ports(struct sockdiag *s)
{
	static struct listen_snapshot snap;
	int ends[] = { bound_to(SOCK_DGRAM, HOST, PORT_QUEUED),
		bound_to(SOCK_DGRAM, "::1", PORT_LOOPBACK),
		listener_on("127.0.0.1", PORT_LOOPBACK, 5),
		listener_on("::1", PORT_LOOPBACK, 5) };

	is_ok(sockdiag_listening(s, &snap) == 0 && snap.known[LISTEN_TCP] &&
		snap.known[LISTEN_UDP], "TCP and UDP ports are known");
	is_ok(listen_snapshot_has(&snap, LISTEN_TCP, PORT_SERVED) &&
		listen_snapshot_has(&snap, LISTEN_TCP, PORT_DUAL), "so are listeners");
	is_ok(listen_snapshot_has(&snap, LISTEN_UDP, PORT_QUEUED), "and a UDP socket");
	is_ok(!listen_snapshot_has(&snap, LISTEN_TCP, PORT_LOOPBACK) &&
		!listen_snapshot_has(&snap, LISTEN_UDP, PORT_LOOPBACK),
		"what is on loopback alone is not");
	is_ok(!listen_snapshot_has(&snap, LISTEN_TCP, PORT_CLOSED), "nor a closed port");
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		close(ends[i]);
}

static struct service_census *entry(struct service_census *c, size_t n, uint16_t port)
{
	for (size_t i = 0; i < n; i++) {
		if (c[i].port == port)
			return &c[i];
	}
	return NULL;
}

static void count_services(struct sockdiag *s)
{
	struct service_census c[16], *served, *mute;
	int a = connect_from(PEER, HOST, PORT_SERVED, 500);
	int b = connect_from(PEER, HOST, PORT_SERVED, 500);
	int half = connect_from(PEER, HOST, PORT_MUTE, 0);
	struct tuple t = tuple_of(half, PEER, HOST, PORT_MUTE);
	size_t n = 0;
	int err = sockdiag_census(s, true, c, 16, &n);

	is_ok(err == 0, "a census (%zu services)", n);
	served = entry(c, n, PORT_SERVED);
	mute = entry(c, n, PORT_MUTE);
	is_ok(served && served->accept_queue == 2 && served->backlog == 5,
		"accept queue and backlog are counted");
	is_ok(mute && mute->half_open == 1 && mute->half_open_old == 0,
		"so is a half-open handshake");
	is_ok(fate_is(s, &t, FATE_HALF_OPEN), "its fate is half-open");
	usleep(1500000); /* until its SYN-ACK was sent again */
	sockdiag_census(s, true, c, 16, &n);
	mute = entry(c, n, PORT_MUTE);
	is_ok(mute && mute->half_open_old == 1, "after a second it is an old one");
	sockdiag_census(s, false, c, 16, &n);
	mute = entry(c, n, PORT_MUTE);
	is_ok(mute && mute->half_open == 0, "without being asked it is not counted");
	is_ok(sockdiag_census(s, false, c, 1, &n) == ERR_FULL && n == 1,
		"a small array is filled and said to be");
	close_by_reset(a);
	close_by_reset(b);
	close(half);
}

static void tell_fates(struct sockdiag *s, int served, int dual)
{
	int four = connect_from(PEER, HOST, PORT_SERVED, 500);
	int mapped = connect_from(PEER, HOST, PORT_DUAL, 500);
	int six = connect_from(PEER6, HOST6, PORT_DUAL, 500);
	struct tuple t = tuple_of(four, PEER, HOST, PORT_SERVED);
	int end;

	is_ok(fate_is(s, &t, FATE_SOCKET), "a connection has its socket");
	t.sport ^= 1;
	is_ok(fate_is(s, &t, FATE_GONE), "a tuple that only the listener fits is gone");
	t = tuple_of(mapped, PEER, HOST, PORT_DUAL);
	is_ok(fate_is(s, &t, FATE_SOCKET), "an IPv4 client of an IPv6 socket, too");
	t = tuple_of(six, PEER6, HOST6, PORT_DUAL);
	is_ok(fate_is(s, &t, FATE_SOCKET), "and an IPv6 client");
	t.proto = PROTO_UDP;
	is_ok(fate_is(s, &t, FATE_UNKNOWN), "UDP has no fate here");
	t = tuple_of(four, PEER, HOST, PORT_SERVED);
	end = accept(served, NULL, NULL);
	close(end); /* first, so that TIME_WAIT is on our side */
	close(four);
	usleep(20000);
	is_ok(fate_is(s, &t, FATE_SOCKET), "a socket in TIME_WAIT was one");
	t = tuple_of(mapped, PEER, HOST, PORT_DUAL);
	close_by_reset(mapped);
	end = accept(dual, NULL, NULL);
	close(end);
	usleep(20000);
	is_ok(fate_is(s, &t, FATE_GONE), "a reset connection is gone");
	close(six);
	end = accept(dual, NULL, NULL);
	close(end);
}

static int heard_within(struct sockdiag *s, int64_t ms)
{
	struct prefix p = { addr_from(PEER), 32 };
	size_t n = 0;

	return sockdiag_heard(s, &p, ms * NS_PER_MS, &n) ? -1 : (int)n;
}

/* Who is heard, and when it was last heard: what a measure is held against. */
static void hear(struct sockdiag *s)
{
	int quiet = connect_from(PEER, HOST, PORT_SERVED, 500);
	int mapped = connect_from(PEER, HOST, PORT_DUAL, 500);
	int half = connect_from(PEER, HOST, PORT_MUTE, 0);
	int other = connect_from(OTHER, HOST, PORT_SERVED, 500);
	struct prefix p = { addr_from(PEER), 32 };
	struct sockdiag_flow flows[8], again[8];
	size_t n = 0, m = 0;

	usleep(400000);
	is_ok(heard_within(s, 200) == 0, "silent connections are not heard");
	is_ok(heard_within(s, 10000) == 2, "both were at their handshakes, one mapped");
	is_ok(send(mapped, "x", 1, 0) == 1 && send(other, "x", 1, 0) == 1, "two speak");
	usleep(20000);
	is_ok(heard_within(s, 200) == 1, "the one of this peer is heard");
	/* At least: half-open ones of the census linger. */
	is_ok(sockdiag_flows(s, &p, flows, 8, &n) == 0 && n >= 3,
		"its flows are listed, the half-open one too");
	is_ok(sockdiag_flows(s, &p, again, 8, &m) == 0 && m == n &&
		flows[0].cookie == again[0].cookie && flows[1].cookie != flows[0].cookie,
		"by cookies that stay");
	is_ok(sockdiag_flows(s, &p, flows, 1, &n) == ERR_FULL && n == 1,
		"a small array is filled and said to be");
	close_by_reset(quiet);
	close_by_reset(mapped);
	close_by_reset(other);
	close(half);
}

void probe_sockdiag(void)
{
	struct sockdiag *s = open_sockdiag();
	int served = listener_on("0.0.0.0", PORT_SERVED, 5);
	int dual = listener_on("::", PORT_DUAL, 5);
	int mute = listener_on(HOST, PORT_MUTE, 5);
	struct sockdiag_stats stats;

	see_ports(s);
	count_services(s);
	while (readable(served, 0))
		close(accept(served, NULL, NULL));
	tell_fates(s, served, dual);
	hear(s);
	sockdiag_stats(s, &stats);
	is_ok(stats.errors == 0 && stats.malformed == 0, "all questions were answered");
	close(served);
	close(dual);
	close(mute);
	sockdiag_close(s);
}

static bool serves(uint16_t port)
{
	int fd = connect_from(OTHER, HOST, port, 500);
	int error = -1;
	socklen_t len = sizeof(error);

	getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
	close_by_reset(fd);
	return error == 0;
}

/* Ends the flows of a prefix; how many, or -1. */
static int cull(struct sockdiag *s, const char *text, uint8_t len)
{
	struct prefix p = { addr_from(text), len };
	size_t killed = 0;

	return sockdiag_destroy_flows(s, &p, &killed) ? -1 : (int)killed;
}

/* One question by hand: what stands in buf; the answer's errno, and its socket. */
static int ask_raw(uint8_t *buf, size_t len, struct diag_socket *found)
{
	_Alignas(NETLINK_ALIGN) uint8_t answer[4096];
	struct mnl_socket *m = mnl_socket_open(NETLINK_SOCK_DIAG);
	struct netlink_message msg;
	struct cursor c;
	ssize_t got;
	int error = -1;

	mnl_socket_bind(m, 0, MNL_SOCKET_AUTOPID);
	mnl_socket_sendto(m, buf, len);
	got = mnl_socket_recvfrom(m, answer, sizeof(answer));
	mnl_socket_close(m);
	c = cursor_over((struct slice){ answer, got > 0 ? (size_t)got : 0 });
	if (!netlink_next(&c, &msg))
		return -1;
	if (netlink_error(&msg, &error) == 0)
		return error;
	return diag_msg_socket(&msg, PROTO_TCP, found) == 0 ? 0 : -1;
}

/*
 * The race: a flow is looked up, vanishes, and only then its end is asked for. By then
 * the tuple leads to the listener, and the cookie alone keeps that alive.
 */
static void race(int served)
{
	_Alignas(NETLINK_ALIGN) uint8_t buf[DIAG_REQUEST_BYTES];
	int client = connect_from(PEER, HOST, PORT_SERVED, 500);
	struct diag_ends e = { .proto = PROTO_TCP, .local = addr_from(HOST),
		.peer = addr_from(PEER), .local_port = PORT_SERVED,
		.peer_port = local_port(client) };
	struct diag_socket flow = { 0 }, now = { 0 };
	size_t len;

	diag_msg_exact(buf, sizeof(buf), &e, 1, &len);
	is_ok(ask_raw(buf, len, &flow) == 0 && diag_msg_is_exact(&flow, &e),
		"the flow is found");
	close_by_reset(client);
	close(accept(served, NULL, NULL));
	usleep(20000);
	is_ok(ask_raw(buf, len, &now) == 0 && now.state == DIAG_LISTEN,
		"once it is gone its tuple leads to the listener");
	is_ok(!diag_msg_is_exact(&now, &e), "which is told apart");
	is_ok(diag_msg_destroy(buf, sizeof(buf), &now, 1, &len) == ERR_GUARDED,
		"and for which no destroy is built");
	diag_msg_destroy(buf, sizeof(buf), &flow, 1, &len);
	is_ok(ask_raw(buf, len, &now) != 0, "the late destroy of the flow is refused");
	is_ok(serves(PORT_SERVED), "the service lives");
}

/* That the trap is real on this kernel: else the tests above would prove nothing. */
static void spring_the_trap(void)
{
	_Alignas(NETLINK_ALIGN) uint8_t buf[DIAG_REQUEST_BYTES];
	int victim = listener_on(HOST, PORT_CLOSED, 5);
	struct diag_socket s = { .family = FAMILY_V4, .proto = PROTO_TCP,
		.state = DIAG_ESTABLISHED, .local = addr_from(HOST),
		.peer = addr_from(PEER), .local_port = PORT_CLOSED, .peer_port = 1,
		.cookie = { 0x5ca1ab1e, 0x5ca1ab1e } };
	size_t len;

	diag_msg_destroy(buf, sizeof(buf), &s, 1, &len);
	for (size_t i = 0; i + 8 <= len; i += 4) {
		if (memcmp(buf + i, s.cookie, 8) == 0)
			memset(buf + i, 0xff, 8);
	}
	is_ok(ask_raw(buf, len, &s) == 0 && !serves(PORT_CLOSED),
		"(with the wildcard cookie, the kernel ends a listener)");
	close(victim);
}

static void end_flows(struct sockdiag *s)
{
	int four = connect_from(PEER, HOST, PORT_SERVED, 500);
	int mapped = connect_from(PEER, HOST, PORT_DUAL, 500);
	int six = connect_from(PEER6, HOST6, PORT_DUAL, 500);
	int other = connect_from(OTHER, HOST, PORT_SERVED, 500);
	int half = connect_from(PEER, HOST, PORT_MUTE, 0);
	struct tuple t = tuple_of(half, PEER, HOST, PORT_MUTE);
	struct tuple o = tuple_of(other, OTHER, HOST, PORT_SERVED);
	int killed;

	usleep(20000);
	killed = cull(s, PEER, 32);
	is_ok(killed == 3, "the flows of one peer are ended (%d)", killed);
	usleep(20000);
	is_ok(was_reset(four) && was_reset(mapped), "both ends know");
	is_ok(fate_is(s, &t, FATE_GONE), "the half-open one is gone, too");
	is_ok(fate_is(s, &o, FATE_SOCKET) && !was_reset(other), "another peer's lives");
	is_ok(!was_reset(six), "so does one of the other family");
	is_ok(cull(s, PEER6, 128) == 1 && was_reset(six), "IPv6 flows are ended, too");
	is_ok(serves(PORT_SERVED) && serves(PORT_DUAL), "the listeners live");
	killed = cull(s, "198.51.100.0", 24);
	is_ok(killed >= 1 && was_reset(other), "a prefix ends all in it (%d)", killed);
	is_ok(cull(s, "0.0.0.0", 0) >= 0 && cull(s, "::", 0) >= 0, "all flows may end");
	is_ok(serves(PORT_SERVED) && serves(PORT_DUAL), "but never a listener");
	close(four);
	close(mapped);
	close(six);
	close(other);
	close(half);
}

void probe_destroy(void)
{
	struct sockdiag *s = open_sockdiag();
	int served = listener_on("0.0.0.0", PORT_SERVED, 64);
	int dual = listener_on("::", PORT_DUAL, 64);
	int mute = listener_on(HOST, PORT_MUTE, 64);

	cull(s, PEER, 32); /* half-open ones outlive the listeners of the last probe */
	race(served);
	spring_the_trap();
	end_flows(s);
	close(served);
	close(dual);
	close(mute);
	sockdiag_close(s);
}

static bool tracked_as(struct conntrack *c, const struct tuple *t, enum ask_fate want)
{
	enum ask_fate fate;
	bool silent;

	return conntrack_fate(c, t, &fate, &silent) == 0 && fate == want;
}

/* A datagram each way: "assured" would take more, and would prove no more. */
static void answer_datagram(struct conntrack *c)
{
	int end = bound_to(SOCK_DGRAM, HOST, PORT_SERVED);
	int client = bound_to(SOCK_DGRAM, PEER, 0);
	struct tuple t = tuple_of(client, PEER, HOST, PORT_SERVED);
	struct sockaddr_storage at;
	socklen_t len = sizeof(at);
	char byte;

	t.proto = PROTO_UDP;
	getsockname(end, (struct sockaddr *)&at, &len);
	sendto(client, "?", 1, 0, (struct sockaddr *)&at, len);
	readable(end, 500);
	len = sizeof(at);
	recvfrom(end, &byte, 1, MSG_DONTWAIT, (struct sockaddr *)&at, &len);
	is_ok(tracked_as(c, &t, FATE_GONE), "an unanswered datagram is nothing");
	sendto(end, "!", 1, 0, (struct sockaddr *)&at, len);
	is_ok(tracked_as(c, &t, FATE_HALF_OPEN), "an answered one is no proof");
	close(end);
	close(client);
}

void probe_conntrack(void)
{
	int served = listener_on("0.0.0.0", PORT_SERVED, 64);
	int dual = listener_on("::", PORT_DUAL, 64);
	int mute = listener_on(HOST, PORT_MUTE, 64);
	int four = connect_from(PEER, HOST, PORT_SERVED, 500);
	int six = connect_from(PEER6, HOST6, PORT_DUAL, 500);
	int half = connect_from(PEER, HOST, PORT_MUTE, 0);
	int closed = connect_from(PEER, HOST, PORT_CLOSED, 500);
	int dropped = connect_from(PEER, HOST, PORT_DROPPED, 0);
	struct tuple t = tuple_of(four, PEER, HOST, PORT_SERVED);
	struct conntrack *c;

	if (!is_ok(conntrack_open(&c, why) == 0, "conntrack can be asked"))
		return;
	is_ok(tracked_as(c, &t, FATE_UNKNOWN), "established proves nothing");
	close(accept(served, NULL, NULL));
	close(four);
	is_ok(tracked_as(c, &t, FATE_TRACKED), "ended by who was called it does");
	t = tuple_of(six, PEER6, HOST6, PORT_DUAL);
	is_ok(tracked_as(c, &t, FATE_UNKNOWN), "nor does it over IPv6");
	close_by_reset(six);
	is_ok(tracked_as(c, &t, FATE_GONE), "reset it is gone");
	t = tuple_of(half, PEER, HOST, PORT_MUTE);
	is_ok(tracked_as(c, &t, FATE_HALF_OPEN), "a handshake under way is half-open");
	t = tuple_of(closed, PEER, HOST, PORT_CLOSED);
	is_ok(tracked_as(c, &t, FATE_GONE), "one to a closed port is gone");
	t = tuple_of(dropped, PEER, HOST, PORT_DROPPED);
	is_ok(tracked_as(c, &t, FATE_GONE), "one that was dropped is gone");
	t.proto = PROTO_ICMP;
	is_ok(tracked_as(c, &t, FATE_UNKNOWN), "what has no ports has no fate");
	answer_datagram(c);
	conntrack_close(c);
	close(served);
	close(dual);
	close(mute);
	close(half);
	close(closed);
	close(dropped);
}

void probe_netstat(void)
{
	struct pressure p = { 0 };
	struct netstat *n;
	int narrow = listener_on(HOST, PORT_NARROW, 0);
	int clients[4];
	int err;

	if (!is_ok(netstat_open(&n, NULL, why) == 0, "the kernel's counters are read"))
		return;
	for (int i = 0; i < 4; i++)
		clients[i] = connect_from(PEER, HOST, PORT_NARROW, 100);
	err = netstat_pressure(n, &p);
	is_ok(err == 0 && p.listen_overflows > 0 && p.listen_drops > 0,
		"a full accept queue shows (%u)", p.listen_overflows);
	for (int i = 0; i < 4; i++)
		close_by_reset(clients[i]);
	close(narrow);
	netstat_close(n);
}

static bool holds_guard(const struct links_found *f, const char *text, enum guard_kind k)
{
	struct addr a = addr_from(text);

	for (size_t i = 0; i < f->guards->n; i++) {
		const struct guard *g = &f->guards->list[i];

		if (g->kind == k && g->prefix.len == addr_bits(&a) &&
		    addr_equal(&g->prefix.addr, &a))
			return true;
	}
	return false;
}

void probe_links(void)
{
	static struct guards guards;
	struct prefix subnets[8], v4 = { addr_from("192.0.2.0"), 24 };
	struct links_found f = { .guards = &guards, .subnets = subnets, .subnets_max = 8 };
	struct links *l;
	bool near = false;

	if (!is_ok(links_open(&l, why) == 0, "links can be asked"))
		return;
	is_ok(links_addresses(l, &f) == 0 && links_gateways(l, &f) == 0, "and answer");
	is_ok(holds_guard(&f, HOST, GUARD_OWN) && holds_guard(&f, HOST6, GUARD_OWN) &&
		!holds_guard(&f, "127.0.0.1", GUARD_OWN), "own addresses are found");
	is_ok(holds_guard(&f, "192.0.2.254", GUARD_GATEWAY) &&
		holds_guard(&f, "2001:db8::fe", GUARD_GATEWAY), "and both gateways");
	for (size_t i = 0; i < f.subnets_n; i++)
		near |= prefix_equal(&f.subnets[i], &v4);
	is_ok(near && f.cut == 0, "and the subnet (%zu in all)", f.subnets_n);
	is_ok(!links_changed(l), "nothing has changed yet");
	if (system("ip addr add 192.0.2.77/24 dev edge0") != 0)
		exit(70);
	is_ok(readable(links_fd(l), 500) && links_changed(l), "a new address is heard");
	is_ok(links_addresses(l, &f) == 0 && holds_guard(&f, "192.0.2.77", GUARD_OWN),
		"and found");
	links_close(l);
}
