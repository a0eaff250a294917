/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keyed hashing (XXH3 with a secret of this start, from libxxhash's header): whoever
 * sends packets chooses the keys of our tables, so no table may be indexed by a hash that
 * he can compute. The secret enters once, at start.
 */
#ifndef TIDEGATE_BASE_HASH_H
#define TIDEGATE_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define HASH_SECRET_BYTES 192

struct hash_key {
	uint8_t secret[HASH_SECRET_BYTES];
};

/* Expands a 64-bit seed into a secret: for tests and replays. Live starts fill the
 * secret from getrandom. */
void hash_key_from_seed(struct hash_key *k, uint64_t seed);

uint64_t hash_u64(const struct hash_key *k, uint64_t value);
uint64_t hash_bytes(const struct hash_key *k, const void *bytes, size_t len);

/* A small deterministic generator (splitmix64) for admission and jitter; the state is
 * the caller's. */
uint64_t random_next(uint64_t *state);

#endif
