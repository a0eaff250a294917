/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How even a series is, by its last 32 values: intervals of somebody's calls, bytes that each sent. The coefficient of
 * variation without the least and the greatest values: a lost call makes one interval twice as long, a suspended machine
 * makes one huge, and neither hides the others. Kept in 16 bits each, to a thousandth. Pure.
 */
#ifndef TIDEGATE_CORE_RHYTHM_H
#define TIDEGATE_CORE_RHYTHM_H

#include <stdint.h>

#define RHYTHM_VALUES 32

struct rhythm { /* all 0: nothing yet */
	uint16_t values[RHYTHM_VALUES]; /* 5 bits of exponent, 11 of value: they sort as what they stand for */
	uint8_t n, next;
};

/* At most 2^41 is kept: of milliseconds, seventy years. */
void rhythm_add(struct rhythm *r, uint64_t value);

/* Thousandths: 1000 is a clock, 0 is chance (exponential intervals) or worse, or fewer than three values. */
uint32_t rhythm_evenness(const struct rhythm *r);

/* The value in the middle; 0: none. */
uint64_t rhythm_median(const struct rhythm *r);

#endif
