/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/rhythm.h"

#include <stddef.h>
#include <string.h>

#include "core/fixed.h"

#define MANTISSA 11
#define EXPONENT_MOST 31
#define SCALE 26 /* bits of the greatest value while it is squared: 32 squares of them fit 64 bits */

static unsigned bits_of(uint64_t value)
{
	return value ? 64 - (unsigned)__builtin_clzll(value) : 0;
}

static uint16_t code_of(uint64_t value)
{
	unsigned bits = bits_of(value), exponent = bits > MANTISSA ? bits - MANTISSA : 0;

	if (exponent > EXPONENT_MOST)
		return UINT16_MAX;
	return (uint16_t)(exponent << MANTISSA | value >> exponent);
}

static uint64_t value_of(uint16_t code)
{
	return (uint64_t)(code & ((1 << MANTISSA) - 1)) << (code >> MANTISSA);
}

void rhythm_add(struct rhythm *r, uint64_t value)
{
	r->values[r->next] = code_of(value);
	r->next = (uint8_t)((r->next + 1) % RHYTHM_VALUES);
	if (r->n < RHYTHM_VALUES)
		r->n++;
}

static void sort(const struct rhythm *r, uint16_t out[RHYTHM_VALUES])
{
	for (size_t i = 0; i < r->n; i++) {
		size_t at = i;

		for (; at > 0 && out[at - 1] > r->values[i]; at--)
			out[at] = out[at - 1];
		out[at] = r->values[i];
	}
}

uint64_t rhythm_median(const struct rhythm *r)
{
	uint16_t sorted[RHYTHM_VALUES] = { 0 };

	sort(r, sorted);
	return value_of(sorted[r->n / 2]);
}

/* 1000 (1 - deviation / mean), of values below 2^SCALE. */
static uint32_t evenness_of(const uint64_t *values, size_t n)
{
	uint64_t sum = 0, squares = 0, mean, deviation;

	for (size_t i = 0; i < n; i++)
		sum += values[i];
	mean = n ? sum / n : 0;
	if (!mean)
		return 0;
	for (size_t i = 0; i < n; i++) {
		int64_t off = (int64_t)values[i] - (int64_t)mean;

		squares += (uint64_t)(off * off);
	}
	deviation = root_u64(squares / n);
	return deviation >= mean ? 0 : (uint32_t)(1000 - 1000 * deviation / mean);
}

uint32_t rhythm_evenness(const struct rhythm *r)
{
	size_t low = r->n / 16, high = r->n - r->n / 8;
	uint16_t sorted[RHYTHM_VALUES] = { 0 };
	uint64_t kept[RHYTHM_VALUES] = { 0 };
	unsigned bits;

	if (r->n < 3)
		return 0;
	sort(r, sorted);
	bits = bits_of(value_of(sorted[high - 1]));
	for (size_t i = low; i < high; i++) {
		uint64_t value = value_of(sorted[i]);

		kept[i - low] = bits > SCALE ? value >> (bits - SCALE) : value << (SCALE - bits);
	}
	return evenness_of(kept, high - low);
}
