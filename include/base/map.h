/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A fixed open-addressing index from a 64-bit hash-worthy key to a 32-bit number, in
 * caller's memory; never grows. For the ledger and the incidents, whose own arrays hold
 * the things.
 */
#ifndef TIDEGATE_BASE_MAP_H
#define TIDEGATE_BASE_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"

#define MAP_NONE UINT32_MAX

struct map;

/* Bytes for an index of that many entries (kept at most half full). */
size_t map_bytes(size_t entries);
int map_create(struct map **out, void *memory, size_t bytes, size_t entries,
	const struct hash_key *key);

/* The number stored under key, or MAP_NONE. */
uint32_t map_get(const struct map *m, uint64_t key);

/* For whoever has the key's hash already (hash_u64 under the key of this map): touches the
 * line where it would stand, and map_get. */
void map_prefetch(const struct map *m, uint64_t hash);
uint32_t map_get_hashed(const struct map *m, uint64_t key, uint64_t hash);

/* Stores or replaces; ERR_FULL beyond the entries it was made for. */
int map_set(struct map *m, uint64_t key, uint32_t value);

/* Removes (backward shift: no tombstones, so it never slows down); ERR_ABSENT where
 * there is none. */
int map_remove(struct map *m, uint64_t key);
size_t map_count(const struct map *m);

#endif
