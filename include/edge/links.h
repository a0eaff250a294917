/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who must never be acted on because this host is, or lives by, him: own addresses,
 * default gateways, resolvers, the administrator at the other end of the session. Also
 * the subnets we stand in, and word when any of it changes. For one thread.
 */
#ifndef TIDEGATE_EDGE_LINKS_H
#define TIDEGATE_EDGE_LINKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "core/guard.h"
#include "edge/log.h"

/* Caller's arrays; every function below appends what is not there yet. What finds no
 * room is counted in cut. */
struct links_found {
	struct guard *guards;
	size_t guards_max, guards_n;
	struct prefix *subnets;
	size_t subnets_max, subnets_n;
	size_t cut;
};

struct links;

int links_open(struct links **out, char why[WHY_TEXT]);
void links_close(struct links *l);

/* Readable when addresses or routes change. */
int links_fd(const struct links *l);

/* Takes all such news; true where there was any (also where some were lost). */
bool links_changed(struct links *l);

/* Own addresses as GUARD_OWN, their networks as subnets; neither 127/8 nor ::1, and no
 * subnet of one address. ERR_IO where the kernel did not answer. */
int links_addresses(struct links *l, struct links_found *f);

/* Next hops of all default routes, as GUARD_GATEWAY. */
int links_gateways(struct links *l, struct links_found *f);

/* `nameserver` lines of a resolv.conf, as GUARD_RESOLVER; not those on this host's
 * loopback. ERR_ABSENT where there is no such file, ERR_IO. */
int links_resolvers(const char *path, struct links_found *f);

/* The client in the value of SSH_CONNECTION ("client port server port"), as GUARD_ADMIN.
 * NULL or empty is no error. ERR_INVALID. */
int links_admin(const char *ssh_connection, struct links_found *f);

#endif
