/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses that are never acted on, whatever they seem to do. A small sorted-by-arrival
 * list of prefixes; asked for each decision and each manual ban, and mirrored into a
 * kernel set ahead of every drop of ours.
 */
#ifndef TIDEGATE_CORE_GUARD_H
#define TIDEGATE_CORE_GUARD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/addr.h"

#define GUARDS 1024

enum guard_kind {
	GUARD_NONE = 0,
	GUARD_OWN,         /* an address of this host */
	GUARD_GATEWAY,
	GUARD_RESOLVER,
	GUARD_ADMIN,       /* the peer of a live administrator's session */
	GUARD_NEVER_BLOCK, /* configuration */
	GUARD_ALLOWED,     /* tidegate allow add */
	GUARD_TIME,        /* time server */
	GUARD_DHCP,
	GUARD_KINDS,
};

const char *guard_kind_name(enum guard_kind k);

struct guard {
	struct prefix prefix;
	enum guard_kind kind;
};

struct guards {
	struct guard list[GUARDS];
	size_t n;
};

/* ERR_EXISTS where exactly this one is there, ERR_FULL beyond GUARDS. */
int guards_add(struct guards *g, const struct prefix *p, enum guard_kind k);
/* ERR_ABSENT */
int guards_remove(struct guards *g, const struct prefix *p, enum guard_kind k);
void guards_clear(struct guards *g, enum guard_kind k); /* all of that kind */

/* The guard that holds the address, or whose prefix overlaps the one that is to be acted
 * on; NULL for none. */
const struct guard *guards_find(const struct guards *g, const struct addr *a);
const struct guard *guards_overlap(const struct guards *g, const struct prefix *p);

#endif
