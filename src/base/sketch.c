/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Estimates in integers alone: what floating point would compute stands in tables, so
 * that each machine and each compiler comes to the same decision.
 */
#include "base/sketch.h"

#define STEPS 16 /* a half-life is decayed in sixteenths */
#define REGISTERS 16
#define REGISTER_MOST 15

/* 2^(-i/16) in Q16 */
static const uint32_t fractions[STEPS] = {
	65536, 62757, 60097, 57549, 55109, 52773, 50535, 48393,
	46341, 44376, 42495, 40693, 38968, 37316, 35734, 34219,
};

/* round(64 ln(64 / clear)) by the number of clear bits; none clear counts as one */
static const uint16_t by_clear_bits[65] = {
	266, 266, 222, 196, 177, 163, 151, 142, 133, 126, 119, 113, 107, 102, 97, 93,
	89, 85, 81, 78, 74, 71, 68, 65, 63, 60, 58, 55, 53, 51, 48, 46,
	44, 42, 40, 39, 37, 35, 33, 32, 30, 28, 27, 25, 24, 23, 21, 20,
	18, 17, 16, 15, 13, 12, 11, 10, 9, 7, 6, 5, 4, 3, 2, 1,
	0,
};

/* round(16 ln(16 / clear)) by the number of registers at 0; none has no such estimate */
static const uint8_t by_clear_registers[REGISTERS + 1] = {
	0, 44, 33, 27, 22, 19, 16, 13, 11, 9, 8, 6, 5, 3, 2, 1, 0,
};

/* Sums side by side in 2, 4 and 8 bits, then over all bytes; the builtin would call into
 * the compiler's library. */
static unsigned count_bits(uint64_t x)
{
	x -= x >> 1 & UINT64_C(0x5555555555555555);
	x = (x & UINT64_C(0x3333333333333333)) + (x >> 2 & UINT64_C(0x3333333333333333));
	x = (x + (x >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
	return (unsigned)(x * UINT64_C(0x0101010101010101) >> 56);
}

static unsigned hll_register(uint64_t registers, unsigned i)
{
	return registers >> (4 * i) & REGISTER_MOST;
}

uint32_t decay_steps(uint32_t value, uint64_t steps)
{
	if (steps >= 32 * STEPS)
		return 0;
	value >>= steps / STEPS;
	return (uint32_t)((uint64_t)value * fractions[steps % STEPS] >> 16);
}

uint32_t decay_u32(uint32_t value, uint32_t ticks, uint32_t half_life)
{
	if (half_life == 0)
		return 0;
	return decay_steps(value, (uint64_t)ticks * STEPS / half_life);
}

uint32_t decay_between(uint32_t value, uint32_t then, uint32_t now, uint32_t half_life)
{
	const uint32_t ticks = now - then;

	if (half_life == 0)
		return 0;
	if (ticks == 0 || ticks > UINT32_MAX / 2) /* the clock never runs back */
		return value;
	if (now < then) /* wrapped: once in 8.5 years the grid may slip */
		return decay_u32(value, ticks, half_life);
	return decay_steps(value, (uint64_t)now * STEPS / half_life -
		(uint64_t)then * STEPS / half_life);
}

bool bitmap64_add(uint64_t *bitmap, uint64_t hash)
{
	const uint64_t bit = UINT64_C(1) << (hash >> 58);

	if (*bitmap & bit)
		return false;
	*bitmap |= bit;
	return true;
}

uint32_t bitmap64_count(uint64_t bitmap)
{
	return by_clear_bits[64 - count_bits(bitmap)];
}

bool hll16_add(uint64_t *registers, uint64_t hash)
{
	const unsigned i = hash & (REGISTERS - 1);
	/* The place of the first 1 in the other bits; the bit set here bounds it. */
	const uint64_t rest = hash >> 4 | UINT64_C(1) << (REGISTER_MOST - 1);
	const unsigned rank = (unsigned)__builtin_ctzll(rest) + 1;

	if (rank <= hll_register(*registers, i))
		return false;
	*registers &= ~((uint64_t)REGISTER_MOST << (4 * i));
	*registers |= (uint64_t)rank << (4 * i);
	return true;
}

uint32_t hll16_count(uint64_t registers)
{
	/* alpha m^2, with alpha = 0.673 for m = 16, in the unit of sum: 2^-15 */
	const uint32_t scale = 5645533;
	uint32_t sum = 0, estimate;
	unsigned clear = 0;

	for (unsigned i = 0; i < REGISTERS; i++) {
		const unsigned rank = hll_register(registers, i);

		sum += UINT32_C(1) << (REGISTER_MOST - rank);
		clear += rank == 0;
	}
	estimate = (scale + sum / 2) / sum;
	if (clear && estimate <= 5 * REGISTERS / 2)
		return by_clear_registers[clear];
	return estimate;
}

#define RANK64_MOST 33 /* saturates at 2904 * 2^27: more than there are addresses of IPv4 */

void hll64_add(struct hll64 *h, uint64_t hash)
{
	const unsigned i = hash & (HLL64_REGISTERS - 1);
	const uint64_t rest = hash >> 6 | UINT64_C(1) << (RANK64_MOST - 1);
	const uint8_t rank = (uint8_t)(__builtin_ctzll(rest) + 1);

	if (rank > h->rank[i])
		h->rank[i] = rank;
}

void hll64_merge(struct hll64 *h, const struct hll64 *other)
{
	for (unsigned i = 0; i < HLL64_REGISTERS; i++)
		if (other->rank[i] > h->rank[i])
			h->rank[i] = other->rank[i];
}

uint32_t hll64_count(const struct hll64 *h)
{
	/* alpha m^2, with alpha = 0.709 for m = 64, in the unit of sum: 2^-33 */
	const uint64_t scale = UINT64_C(24945719810982);
	uint64_t sum = 0, estimate;
	unsigned clear = 0;

	for (unsigned i = 0; i < HLL64_REGISTERS; i++) {
		const unsigned rank = h->rank[i] < RANK64_MOST ? h->rank[i] : RANK64_MOST; /* it may come from a file */

		sum += UINT64_C(1) << (RANK64_MOST - rank);
		clear += rank == 0;
	}
	estimate = (scale + sum / 2) / sum;
	if (clear && estimate <= 5 * HLL64_REGISTERS / 2)
		return by_clear_bits[clear];
	return estimate > UINT32_MAX ? UINT32_MAX : (uint32_t)estimate;
}
