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

struct listed_entry {
	struct prefix prefix;
	uint8_t list; /* index */
};

struct listed;

size_t listed_bytes(size_t entries);
/* Entries in any order; overlaps are merged, the narrowest one's list is told. ERR_RANGE beyond the memory. */
int listed_create(struct listed **out, void *memory, size_t bytes, const struct listed_entry *e, size_t n,
	const char names[][LISTED_NAME], size_t n_names);
/* The name of the list that holds it; NULL: none. */
const char *listed_find(const struct listed *l, const struct addr *a);
size_t listed_count(const struct listed *l);

#endif
