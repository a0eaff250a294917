/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sockets and routes as the text of /proc/net (tcp, tcp6, udp, udp6, route, ipv6_route), a line at a time. The kernel prints
 * addresses as numbers of this machine's byte order. For the tool, which links nothing that speaks netlink. Pure. Called by
 * edge/procnet.
 */
#ifndef TIDEGATE_CODEC_PROC_NET_H
#define TIDEGATE_CODEC_PROC_NET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/cursor.h"

struct proc_socket {
	struct addr local, peer; /* mapped addresses come out as IPv4 */
	uint16_t local_port, peer_port;
	uint8_t state;           /* enum diag_state */
	uint32_t uid, inode;
};

/* False: the headline, or no such line. */
bool proc_net_socket(struct slice line, struct proc_socket *out);

#define PROC_LINK 16 /* IFNAMSIZ */

/* Neither says anything of routes that lead nowhere. */
struct proc_route {
	char link[PROC_LINK];
	struct addr gateway; /* family NONE: none */
	bool whole;          /* to all addresses of the family */
};

bool proc_net_route4(struct slice line, struct proc_route *out);
bool proc_net_route6(struct slice line, struct proc_route *out);

#endif
