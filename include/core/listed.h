/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses that somebody has listed: prefixes of both families, sorted, in caller's memory; a look-up is a binary search.
 * Made once of all that was loaded, then only read. core knows nothing of files.
 */
#ifndef TIDEGATE_CORE_LISTED_H
#define TIDEGATE_CORE_LISTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"

#define LISTED_LISTS 16
#define LISTED_NAME 32
#define LISTED_HOLE 255 /* instead of an index: nothing within this prefix is listed, whoever lists it */

struct listed_entry {
	struct prefix prefix;
	uint8_t list; /* index, or LISTED_HOLE */
};

struct listed;

size_t listed_bytes(size_t entries);
/* Entries in any order; overlaps are merged, the narrowest one's list is told (of equals the first list). ERR_RANGE beyond
 * the memory, or for an index without a name; ERR_INVALID for a prefix that is none. */
int listed_create(struct listed **out, void *memory, size_t bytes, const struct listed_entry *e, size_t n,
	const char names[][LISTED_NAME], size_t n_names);
/* The name of the list that holds it; NULL: none. Borrowed from l. */
const char *listed_find(const struct listed *l, const struct addr *a);
/* Bit i: list i holds it, perhaps in a wider prefix than the one that is told. */
uint16_t listed_lists(const struct listed *l, const struct addr *a);
/* Different prefixes; holes are none. */
size_t listed_count(const struct listed *l);

/* Before it is handed over: lists (bits) whose addresses may be refused on sight; and whether one of them holds it. */
void listed_set_refuse(struct listed *l, uint16_t lists);
bool listed_refuses(const struct listed *l, const struct addr *a);

#endif
