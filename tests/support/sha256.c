/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plain algorithm of FIPS 180-4; its constants are made as that says, from the roots of the first primes. */
#include "support/sha256.h"

#include <stdint.h>
#include <string.h>

__extension__ typedef unsigned __int128 wide;

/* The first 32 bits behind the point of a prime's root of that degree: the largest x with x^degree <= prime * 2^(32 degree). */
static uint32_t fraction(unsigned prime, unsigned degree)
{
	uint64_t x = 0;

	for (uint64_t bit = UINT64_C(1) << 36; bit; bit >>= 1) {
		const wide y = x + bit, power = degree == 2 ? y * y : y * y * y; /* 2^111 at most */

		if (power <= (wide)prime << (32 * degree))
			x += bit;
	}
	return (uint32_t)x;
}

static void make_constants(uint32_t state[8], uint32_t k[64])
{
	unsigned n = 0;

	for (unsigned p = 2; n < 64; p++) {
		unsigned d = 2;

		while (d * d <= p && p % d)
			d++;
		if (d * d <= p)
			continue;
		if (n < 8)
			state[n] = fraction(p, 2);
		k[n++] = fraction(p, 3);
	}
}

static uint32_t turn(uint32_t x, unsigned by)
{
	return x >> by | x << (32 - by);
}

static void take_block(uint32_t state[8], const uint32_t k[64], const uint8_t *block)
{
	uint32_t w[64], v[8];

	for (unsigned i = 0; i < 16; i++)
		w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 | (uint32_t)block[4 * i + 2] << 8 |
			block[4 * i + 3];
	for (unsigned i = 16; i < 64; i++)
		w[i] = w[i - 16] + w[i - 7] + (turn(w[i - 15], 7) ^ turn(w[i - 15], 18) ^ w[i - 15] >> 3) +
			(turn(w[i - 2], 17) ^ turn(w[i - 2], 19) ^ w[i - 2] >> 10);
	memcpy(v, state, sizeof(v));
	for (unsigned i = 0; i < 64; i++) {
		const uint32_t first = v[7] + (turn(v[4], 6) ^ turn(v[4], 11) ^ turn(v[4], 25)) +
			((v[4] & v[5]) ^ (~v[4] & v[6])) + k[i] + w[i];
		const uint32_t second = (turn(v[0], 2) ^ turn(v[0], 13) ^ turn(v[0], 22)) +
			((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));

		memmove(v + 1, v, 7 * sizeof(*v));
		v[4] += first;
		v[0] = first + second;
	}
	for (unsigned i = 0; i < 8; i++)
		state[i] += v[i];
}

static void put_base64(const uint8_t digest[33], char out[45])
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (unsigned i = 0; i < 11; i++) {
		const uint32_t three = (uint32_t)digest[3 * i] << 16 | (uint32_t)digest[3 * i + 1] << 8 | digest[3 * i + 2];

		for (unsigned j = 0; j < 4; j++)
			out[4 * i + j] = letters[three >> (18 - 6 * j) & 63];
	}
	out[43] = '=';
	out[44] = '\0';
}

void sha256_base64(const void *data, size_t len, char out[45])
{
	const uint8_t *at = data;
	uint8_t tail[128] = { 0 }, digest[33] = { 0 };
	const size_t rest = len % 64, tail_len = rest < 56 ? 64 : 128;
	uint32_t state[8], k[64];

	make_constants(state, k);
	for (size_t i = 0; i + 64 <= len; i += 64)
		take_block(state, k, at + i);
	memcpy(tail, at + len - rest, rest);
	tail[rest] = 0x80;
	for (unsigned i = 0; i < 8; i++)
		tail[tail_len - 1 - i] = (uint8_t)((uint64_t)len * 8 >> (8 * i));
	for (size_t i = 0; i < tail_len; i += 64)
		take_block(state, k, tail + i);
	for (unsigned i = 0; i < 32; i++)
		digest[i] = (uint8_t)(state[i / 4] >> (24 - 8 * (i % 4)));
	put_base64(digest, out);
}
