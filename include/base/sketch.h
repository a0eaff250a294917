/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Small estimates with known error: lazily decayed counters, bitmaps and HyperLogLog for
 * distinct counting. All keyed by the caller's hash, so that nobody outside can aim at a
 * register.
 */
#ifndef TIDEGATE_BASE_SKETCH_H
#define TIDEGATE_BASE_SKETCH_H

#include <stdbool.h>
#include <stdint.h>

/*
 * value * 2^(-ticks / half_life), in integers alone, so that every machine decides alike:
 * whole halvings by shift, the rest by a table of sixteenths of a half-life (worst error
 * 4.4 %). half_life 0 decays at once to 0.
 */
uint32_t decay_u32(uint32_t value, uint32_t ticks, uint32_t half_life);

/*
 * The same from one tick to another, by the boundaries of sixteenths that lie between
 * them: for counters that are decayed whenever they are touched. With decay_u32, a
 * counter touched more often than each sixteenth would never fall; this way no rhythm of
 * touches can hold it up or wear it down, and counters of unlike half-lives may share one
 * time of last touch.
 */
uint32_t decay_between(uint32_t value, uint32_t then, uint32_t now, uint32_t half_life);

/* value * 2^(-steps / 16): for whoever has counted the sixteenths himself. */
uint32_t decay_steps(uint32_t value, uint64_t steps);

/* Sets the bit that hash names in a 64-bit bitmap; true where it was clear (a thing
 * not seen before, most likely). */
bool bitmap64_add(uint64_t *bitmap, uint64_t hash);

/* Linear counting (Whang 1990): how many distinct things set those bits; saturates
 * near 266. */
uint32_t bitmap64_count(uint64_t bitmap);

/* HyperLogLog of 16 registers of 4 bits (Flajolet 2007), error about 27 %: for "how
 * many sources", never for a threshold under 64. Small counts use linear counting. */
bool hll16_add(uint64_t *registers, uint64_t hash); /* true where a register grew */
uint32_t hll16_count(uint64_t registers);

/* HyperLogLog of 64 registers of a byte, error about 13 %; all 0 is nobody. Two that were
 * filled under the same key are merged, and then know whoever either knew. */
#define HLL64_REGISTERS 64
struct hll64 {
	uint8_t rank[HLL64_REGISTERS];
};

void hll64_add(struct hll64 *h, uint64_t hash);
void hll64_merge(struct hll64 *h, const struct hll64 *other);
uint32_t hll64_count(const struct hll64 *h);

#endif
