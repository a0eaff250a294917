/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tries the kernel-facing edges on a real kernel, inside the namespace that edges.sh lays
 * out: addresses, rules and ports are named there. One line of "ok" or "not ok" for each
 * thing tried; the exit code is 1 where any failed. Needs CAP_NET_ADMIN in the namespace.
 */
#include "probe_edges.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "edge/sandbox.h"

static int failures;

bool is_ok(bool good, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	printf("%s - ", good ? "ok" : "not ok");
	vprintf(format, args);
	printf("\n");
	fflush(stdout);
	va_end(args);
	failures += !good;
	return good;
}

static socklen_t address(struct sockaddr_storage *out, const char *text, uint16_t port)
{
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)out;
	struct sockaddr_in *four = (struct sockaddr_in *)out;

	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET, text, &four->sin_addr) == 1) {
		four->sin_family = AF_INET;
		four->sin_port = htons(port);
		return sizeof(*four);
	}
	if (inet_pton(AF_INET6, text, &six->sin6_addr) != 1)
		exit(70);
	six->sin6_family = AF_INET6;
	six->sin6_port = htons(port);
	return sizeof(*six);
}

int bound_to(int type, const char *text, uint16_t port)
{
	struct sockaddr_storage at;
	socklen_t len = address(&at, text, port);
	int fd = socket(at.ss_family, type | SOCK_CLOEXEC, 0);
	int on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, len)) {
		fprintf(stderr, "bind %s %u: %s\n", text, port, strerror(errno));
		exit(70);
	}
	return fd;
}

int listener_on(const char *text, uint16_t port, int backlog)
{
	int fd = bound_to(SOCK_STREAM, text, port);

	if (listen(fd, backlog))
		exit(70);
	return fd;
}

int connect_from(const char *from, const char *to, uint16_t port, int patience_ms)
{
	struct sockaddr_storage at;
	int fd = bound_to(SOCK_STREAM | SOCK_NONBLOCK, from, 0);
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	connect(fd, (struct sockaddr *)&at, address(&at, to, port));
	if (patience_ms)
		poll(&p, 1, patience_ms);
	return fd;
}

void send_datagrams(const char *to, uint16_t port, size_t len, int count)
{
	static const char bytes[2048];
	struct sockaddr_storage at;
	socklen_t size = address(&at, to, port);
	int fd = socket(at.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	for (int i = 0; i < count; i++)
		sendto(fd, bytes, len, 0, (struct sockaddr *)&at, size);
	close(fd);
}

int datagrams_at(int fd)
{
	char bytes[2048];
	int n = 0;

	while (recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT) >= 0)
		n++;
	return n;
}

uint16_t local_port(int fd)
{
	struct sockaddr_storage at;
	socklen_t len = sizeof(at);

	getsockname(fd, (struct sockaddr *)&at, &len);
	return ntohs(at.ss_family == AF_INET ? ((struct sockaddr_in *)&at)->sin_port :
		((struct sockaddr_in6 *)&at)->sin6_port);
}

void close_by_reset(int fd)
{
	struct linger now = { .l_onoff = 1 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd);
}

bool was_reset(int fd)
{
	char byte;

	return recv(fd, &byte, 1, MSG_DONTWAIT) < 0 && errno == ECONNRESET;
}

bool readable(int fd, int patience_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, patience_ms) > 0;
}

struct addr addr_from(const char *text)
{
	struct addr a = { 0 };

	if (addr_parse(text, &a))
		exit(70);
	return a;
}

struct tuple tuple_of(int client, const char *from, const char *to, uint16_t port)
{
	return (struct tuple){ .src = addr_from(from), .dst = addr_from(to),
		.sport = local_port(client), .dport = port, .proto = PROTO_TCP };
}

int main(void)
{
	is_ok(sandbox_has_net_admin(), "the capability is seen");
	probe_nfq();
	probe_nflog();
	probe_sockdiag();
	probe_destroy();
	probe_conntrack();
	probe_netstat();
	probe_links();
	return failures ? 1 : 0;
}
