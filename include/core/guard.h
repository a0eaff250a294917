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
#include <stdint.h>

#include "base/addr.h"

#define GUARDS 1024
#define GUARDS_OF_MACHINE 768 /* the most that the machine gives: the rest is for people */

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
	const char *from; /* a constant: what names him ("resolv.conf"), or NULL */
};

struct guards {
	struct guard list[GUARDS];
	size_t n;
};

/* ERR_EXISTS where exactly this one is there, ERR_FULL beyond GUARDS. */
int guards_add(struct guards *g, const struct prefix *p, enum guard_kind k);
int guards_add_from(struct guards *g, const struct prefix *p, enum guard_kind k,
	const char *from);
/* ERR_ABSENT */
int guards_remove(struct guards *g, const struct prefix *p, enum guard_kind k);
void guards_clear(struct guards *g, enum guard_kind k); /* all of that kind */


/* What the machine tells (OWN, GATEWAY, RESOLVER, ADMIN, TIME, DHCP) instead of what it
 * told last; people's guards stay. found has each once, and of these kinds only. Linear.
 * Returns how many found no room. */
size_t guards_set_machine(struct guards *g, const struct guards *found);

/* The guard that holds the address, or whose prefix overlaps the one that is to be acted
 * on; NULL for none. */
const struct guard *guards_find(const struct guards *g, const struct addr *a);
const struct guard *guards_overlap(const struct guards *g, const struct prefix *p);

/* The same question, asked of many: the sources of single addresses by their keys, sorted.
 * Borrows the guards while they stay as they are. */
struct guard_index {
	const struct guards *guards;
	uint64_t keys[GUARDS];
	size_t n;
	uint16_t wide[GUARDS]; /* those that hold more than one source */
	size_t n_wide;
};

void guard_index_build(struct guard_index *x, const struct guards *g);
bool guard_index_overlaps(const struct guard_index *x, const struct prefix *p);

#endif
