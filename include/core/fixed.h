/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Integer arithmetic that the detectors share: lazy decay that does not depend on how
 * often it is asked for, a slow level, a square root, and numbers as findings show
 * them. No floating point: every machine decides alike.
 */
#ifndef TIDEGATE_CORE_FIXED_H
#define TIDEGATE_CORE_FIXED_H

#include <stdint.h>

#include "base/time.h"

/*
 * A half-life prepared for the packet path. Decay goes by whole sixteenths of it,
 * counted on the clock itself and not from the last touch: a value that is touched with
 * every packet loses exactly as many of them as one that is touched once. What came in
 * between two sixteenths is up to one of them (4.2 %) too old or too young, right on
 * average.
 */
struct half_life {
	uint32_t rate; /* sixteenths a tick, Q27 */
};

/* From nanoseconds; under an eighth of a second is taken as that. */
struct half_life half_life_of(int64_t ns);

/*
 * Sixteenths between two ticks; 'to' is the later one, also where the tick has wrapped.
 */
uint32_t half_life_steps(struct half_life h, uint32_t from, uint32_t to);

/* value * 2^(-steps / 16), rounded to the nearest, but never standing still above 0. */
uint32_t fade(uint32_t value, uint32_t steps);

/* fade() over the time from one tick to a later one. */
uint32_t fade_between(struct half_life h, uint32_t value, uint32_t from, uint32_t to);

/* The largest root with root * root <= value. */
uint32_t root_u64(uint64_t value);

/*
 * One step of an exponential average towards sample (both Q16, below 2^40): what it is
 * after elapsed_ns.
 */
int64_t level_learn(int64_t level, int64_t sample, int64_t elapsed_ns,
	int64_t half_life_ns);

/* Sums that stop at their type's end. */
uint16_t add_sat_u16(uint16_t a, uint16_t b);
uint32_t add_sat_u32(uint32_t a, uint32_t b);

/*
 * A fixed-point number (that many fraction bits) in hundredths, at most INT32_MAX:
 * scores of findings.
 */
int32_t hundredths(uint64_t value, unsigned fraction_bits);

/*
 * The time of a tick that is not after now and less than 8 years before it, to a
 * sixteenth of a second.
 */
mono_t tick_time(uint32_t tick, mono_t now);

#endif
