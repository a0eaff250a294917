/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * XXH3 under a secret. Its forms for up to 8 bytes are one xor with the secret before a
 * fixed permutation, so that whoever knows the permutation knows pairs of keys that
 * likely meet; from 9 bytes on, the input is multiplied by what the secret makes of it.
 * Short inputs are therefore always padded to 16 bytes.
 */
#define XXH_INLINE_ALL
#include "base/hash.h"

#include <string.h>
#include <xxhash.h>

#define PADDED 16

_Static_assert(HASH_SECRET_BYTES >= XXH3_SECRET_SIZE_MIN, "a secret that XXH3 takes");

void hash_key_from_seed(struct hash_key *k, uint64_t seed)
{
	for (size_t i = 0; i < HASH_SECRET_BYTES; i += sizeof(uint64_t)) {
		const uint64_t word = random_next(&seed);

		memcpy(k->secret + i, &word, sizeof(word));
	}
}

uint64_t hash_u64(const struct hash_key *k, uint64_t value)
{
	const uint64_t padded[2] = { value, 0 };

	return XXH3_64bits_withSecret(padded, PADDED, k->secret, HASH_SECRET_BYTES);
}

uint64_t hash_bytes(const struct hash_key *k, const void *bytes, size_t len)
{
	uint8_t padded[PADDED] = { 0 };

	if (len > sizeof(uint64_t))
		return XXH3_64bits_withSecret(bytes, len, k->secret, HASH_SECRET_BYTES);
	if (len)
		memcpy(padded, bytes, len);
	/* So that "a" is not "a\0", nor 8 bytes the number that they are. */
	padded[PADDED - 1] = (uint8_t)(len + 1);
	return XXH3_64bits_withSecret(padded, PADDED, k->secret, HASH_SECRET_BYTES);
}

uint64_t random_next(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}
