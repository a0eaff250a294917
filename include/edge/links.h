/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel's links say of whom never to act on: own addresses, default gateways,
 * and the subnets that we stand in; word when any of it changes; and the administrator
 * who has just started us. For one thread.
 */
#ifndef TIDEGATE_EDGE_LINKS_H
#define TIDEGATE_EDGE_LINKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "core/guard.h"
#include "edge/log.h"

/* Added to by the functions below, each thing once. What finds no room is counted in
 * cut. */
struct links_found {
	struct guards *guards;
	struct prefix *subnets; /* caller's array */
	size_t subnets_max, subnets_n;
	size_t cut;
};

struct links;

int links_open(struct links **out, char why[WHY_TEXT]);
void links_close(struct links *l);

/* Readable when links, addresses or routes change. */
int links_fd(const struct links *l);

/* Takes all such news; true where any of it may change what the functions below find (a
 * route that is no default route does not), also where some were lost. */
bool links_changed(struct links *l);

/* Own addresses as GUARD_OWN, their networks as subnets; neither 127/8 nor ::1, and no
 * subnet of one address. ERR_IO where the kernel did not answer. */
int links_addresses(struct links *l, struct links_found *f);

/* Next hops of all default routes, as GUARD_GATEWAY. */
int links_gateways(struct links *l, struct links_found *f);

/* The client, and our port, in the value of SSH_CONNECTION ("client port server port").
 * ERR_ABSENT for NULL and "", ERR_INVALID. */
int links_admin(const char *ssh_connection, struct addr *client, uint16_t *port);

#endif
