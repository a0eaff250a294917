/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared integer arithmetic of the detectors. Called by them alone.
 */
#include "core/fixed.h"

#include "base/sketch.h"

#define STEPS UINT32_C(16) /* of one half-life, as decay_steps takes them */
#define RATE_BITS 27 /* 2^33 ticks (past a wrap) at 8 steps a tick still fit 64 bits */
#define TICK_NS (NS_PER_S / 16)
#define LN2_Q16 45426

struct half_life half_life_of(int64_t ns)
{
	const int64_t unit = (int64_t)STEPS << RATE_BITS;

	if (ns < 2 * TICK_NS)
		ns = 2 * TICK_NS;
	return (struct half_life){ .rate = (uint32_t)(unit * TICK_NS / ns) };
}

uint32_t half_life_steps(struct half_life h, uint32_t from, uint32_t to)
{
	uint64_t start = from, end = start + (uint32_t)(to - from);
	uint64_t steps = (end * h.rate >> RATE_BITS) - (start * h.rate >> RATE_BITS);

	return steps > UINT32_MAX ? UINT32_MAX : (uint32_t)steps;
}

uint32_t fade(uint32_t value, uint32_t steps)
{
	uint32_t left;

	if (!value || !steps)
		return value;
	if (steps >= STEPS * 32)
		return 0;
	if (value >> 24)
		return decay_steps(value, steps);
	/*
	 * Eight more bits while it is computed: cut at each step, a small score would
	 * fall twice as fast as a large one.
	 */
	left = (decay_steps(value << 8, steps) + 128) >> 8;
	return left < value ? left : value - 1;
}

uint32_t fade_between(struct half_life h, uint32_t value, uint32_t from, uint32_t to)
{
	uint32_t steps = value ? half_life_steps(h, from, to) : 0;

	return steps ? fade(value, steps) : value; /* most often no step has passed */
}

uint32_t root_u64(uint64_t value)
{
	uint64_t root = 0;

	for (uint64_t bit = UINT64_C(1) << 62; bit; bit >>= 2) {
		uint64_t trial = root + bit;

		root >>= 1;
		if (value >= trial) {
			value -= trial;
			root += bit;
		}
	}
	return (uint32_t)root;
}

int64_t level_learn(int64_t level, int64_t sample, int64_t elapsed_ns,
	int64_t half_life_ns)
{
	/* In units of about a millisecond, so that the products fit; for small e/h,
	 * 1 - 2^(-e/h) is nearly ln 2 * e/h. */
	int64_t e = elapsed_ns >> 20, h = half_life_ns >> 20;
	int64_t share;

	if (h < 1)
		h = 1;
	if (e > h)
		e = h;
	share = e * LN2_Q16 / h;
	return level + (sample - level) * share / 65536;
}

uint16_t add_sat_u16(uint16_t a, uint16_t b)
{
	uint32_t sum = (uint32_t)a + b;

	return sum > UINT16_MAX ? UINT16_MAX : (uint16_t)sum;
}

uint32_t add_sat_u32(uint32_t a, uint32_t b)
{
	return a > UINT32_MAX - b ? UINT32_MAX : a + b;
}

int32_t hundredths(uint64_t value, unsigned fraction_bits)
{
	uint64_t most = (uint64_t)INT32_MAX << fraction_bits;

	if (value > most / 100)
		return INT32_MAX;
	return (int32_t)(value * 100 >> fraction_bits);
}

mono_t tick_time(uint32_t tick, mono_t now)
{
	return mono_add(now, -(int64_t)(uint32_t)(mono_tick(now) - tick) * TICK_NS);
}
