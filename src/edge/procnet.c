/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of /proc, line by line; what cannot be read is as if it were not there. */
#include "edge/procnet.h"

#include <ctype.h>
#include <dirent.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

#define PATH 512
#define PROCESSES 65536

typedef void (*line_fn)(void *ctx, struct slice line);

static int read_lines(const char *root, const char *file, line_fn each, void *ctx)
{
	char path[PATH], *line = NULL;
	size_t room = 0;
	ssize_t n;
	FILE *f;

	snprintf(path, sizeof(path), "%s/proc/net/%s", root, file);
	f = fopen(path, "re");
	if (!f)
		return ERR_ABSENT;
	while ((n = getline(&line, &room, f)) > 0)
		each(ctx, (struct slice){ (const uint8_t *)line, (size_t)n });
	free(line);
	fclose(f);
	return 0;
}

struct socket_walk {
	procnet_socket_fn each;
	void *ctx;
};

static void take_socket(void *ctx, struct slice line)
{
	struct socket_walk *w = ctx;
	struct proc_socket s;

	if (proc_net_socket(line, &s))
		w->each(w->ctx, &s);
}

int procnet_sockets(const char *root, uint8_t proto, procnet_socket_fn each, void *ctx)
{
	struct socket_walk w = { each, ctx };
	const bool tcp = proto == 6;
	const int v4 = read_lines(root, tcp ? "tcp" : "udp", take_socket, &w);
	const int v6 = read_lines(root, tcp ? "tcp6" : "udp6", take_socket, &w);

	return v4 && v6 ? ERR_ABSENT : 0;
}

struct route_walk {
	procnet_route_fn each;
	void *ctx;
};

static void take_route4(void *ctx, struct slice line)
{
	struct route_walk *w = ctx;
	struct proc_route r;

	if (proc_net_route4(line, &r))
		w->each(w->ctx, &r);
}

static void take_route6(void *ctx, struct slice line)
{
	struct route_walk *w = ctx;
	struct proc_route r;

	if (proc_net_route6(line, &r))
		w->each(w->ctx, &r);
}

int procnet_routes(const char *root, procnet_route_fn each, void *ctx)
{
	struct route_walk w = { each, ctx };
	const int v4 = read_lines(root, "route", take_route4, &w);
	const int v6 = read_lines(root, "ipv6_route", take_route6, &w);

	return v4 && v6 ? ERR_ABSENT : 0;
}

static unsigned ones(const uint8_t *bytes, size_t n)
{
	unsigned bits = 0;

	for (size_t i = 0; i < n; i++)
		bits += (unsigned)__builtin_popcount(bytes[i]);
	return bits;
}

static void take_address(const struct ifaddrs *i, procnet_address_fn each, void *ctx)
{
	uint8_t bytes[16], mask[16];
	struct addr a;
	const bool v6 = i->ifa_addr->sa_family == AF_INET6;
	const size_t at = v6 ? offsetof(struct sockaddr_in6, sin6_addr) : offsetof(struct sockaddr_in, sin_addr);
	const size_t n = v6 ? 16 : 4;

	memcpy(bytes, (const uint8_t *)i->ifa_addr + at, n);
	memcpy(mask, (const uint8_t *)i->ifa_netmask + at, n);
	a = v6 ? addr_v6(bytes) : addr_v4(bytes);
	each(ctx, i->ifa_name, &a, ones(mask, n));
}

int procnet_addresses(procnet_address_fn each, void *ctx)
{
	struct ifaddrs *list;

	if (getifaddrs(&list))
		return ERR_IO;
	for (const struct ifaddrs *i = list; i; i = i->ifa_next)
		if (i->ifa_addr && i->ifa_netmask && (i->ifa_flags & IFF_UP) &&
			(i->ifa_addr->sa_family == AF_INET || i->ifa_addr->sa_family == AF_INET6))
			take_address(i, each, ctx);
	freeifaddrs(list);
	return 0;
}

static void look_at(const char *root, const char *pid, const char *const *names, size_t n, bool *found)
{
	char path[PATH], comm[32];
	FILE *f;

	snprintf(path, sizeof(path), "%s/proc/%s/comm", root, pid);
	f = fopen(path, "re");
	if (!f)
		return;
	if (fgets(comm, sizeof(comm), f)) {
		comm[strcspn(comm, "\n")] = '\0';
		for (size_t i = 0; i < n; i++)
			found[i] = found[i] || strcmp(names[i], comm) == 0;
	}
	fclose(f);
}

void procnet_running(const char *root, const char *const *names, size_t n, bool *found)
{
	char path[PATH];
	const struct dirent *e;
	size_t seen = 0;
	DIR *d;

	memset(found, 0, n * sizeof(*found));
	snprintf(path, sizeof(path), "%s/proc", root);
	d = opendir(path);
	if (!d)
		return;
	while (seen < PROCESSES && (e = readdir(d)) != NULL)
		if (isdigit((unsigned char)e->d_name[0])) {
			look_at(root, e->d_name, names, n, found);
			seen++;
		}
	closedir(d);
}
