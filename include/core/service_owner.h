/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who serves which port: the owners of listening sockets, as the walk over the sockets meets them. Pure values.
 */
#ifndef TIDEGATE_CORE_SERVICE_OWNER_H
#define TIDEGATE_CORE_SERVICE_OWNER_H

#include <stddef.h>
#include <stdint.h>

#include "core/flow_end.h"

struct service_owner {
	uint8_t proto;
	uint16_t port;
	struct socket_owner owner;
};

/*
 * Keeps list[0 .. *n) by protocol, port, uid and cgroup. The sockets of one owner for one port (workers, families) are one
 * entry, with the lowest inode of them. ERR_FULL: there is no room among max, *o is not in it.
 */
int service_owners_add(struct service_owner *list, size_t *n, size_t max, const struct service_owner *o);

#endif
