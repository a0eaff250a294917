/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What of sockets, routes, links and programs everybody may read, of the network namespace that the caller is in: for the
 * tool, which has no right on netlink and links none of its libraries. A walk over the sockets of a busy host takes some
 * 10 ms for each 10,000 of them. Not for the daemon.
 */
#ifndef TIDEGATE_EDGE_PROCNET_H
#define TIDEGATE_EDGE_PROCNET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "codec/proc_net.h"

/* Borrowed for the call alone. */
typedef void (*procnet_socket_fn)(void *ctx, const struct proc_socket *s);
typedef void (*procnet_route_fn)(void *ctx, const struct proc_route *r);
typedef void (*procnet_address_fn)(void *ctx, const char *link, const struct addr *a, unsigned prefix_len);

/* Sockets of TCP (6) or UDP (17), of both families. root stands before each path: "" but in tests. ERR_ABSENT: neither
 * family's file can be read. */
int procnet_sockets(const char *root, uint8_t proto, procnet_socket_fn each, void *ctx);
int procnet_routes(const char *root, procnet_route_fn each, void *ctx);
/* Of links that are up, loopback's too. ERR_IO. */
int procnet_addresses(procnet_address_fn each, void *ctx);

/* Which of the names (as /proc/PID/comm has them) run: the first 65,536 processes are looked at. */
void procnet_running(const char *root, const char *const *names, size_t n, bool *found);

#endif
