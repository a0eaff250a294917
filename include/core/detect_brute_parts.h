/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What detect_brute.c (one source) and detect_brute_wave.c (all of one service) share. Internal to core.
 */
#ifndef TIDEGATE_CORE_DETECT_BRUTE_PARTS_H
#define TIDEGATE_CORE_DETECT_BRUTE_PARTS_H

#include "base/table.h"
#include "core/detect_brute.h"
#include "core/fixed.h"

#define BRUTE_BITS 8
#define BRUTE_ONE UINT32_C(256) /* an attempt, Q8 */
#define BRUTE_ALIGNED(bytes) (((bytes) + 63) / 64 * 64)

enum guesser_flag {
	GUESSER_RAISED_LOGIN = 1 << 0,
	GUESSER_RAISED_KNOWN = 1 << 1,
	GUESSER_RAISED_WAVE = 1 << 2,
	GUESSER_SERVED = 1 << 3, /* ever */
};

/* One source: a record of base/table. Q8, decayed up to tick 'last'. */
struct guesser {
	uint64_t key;
	uint32_t last, first;  /* ticks */
	uint32_t fast, slow;   /* attempts */
	uint32_t good;         /* sessions that got in, at most one each ten minutes; half-life a week */
	uint32_t good_at;      /* tick of the last that counted */
	uint32_t attempt_at;   /* tick */
	uint16_t port;         /* of the last attempt */
	uint16_t wave;         /* the last wave (of that port) that it was counted in */
	uint8_t attempts;      /* since first */
	uint8_t flags;
	uint8_t spare[22];
};

_Static_assert(sizeof(struct guesser) == TABLE_RECORD_BYTES, "a record of the table");

/* One login service: attempts of all sources together. Q16. */
struct wave {
	uint16_t port;
	uint16_t number;       /* counts its waves; 0 is none */
	uint32_t attempts;     /* since the last minute */
	uint32_t sources;      /* distinct ones, since the sum left 0 */
	int64_t usual;         /* a minute */
	int64_t sum;
	mono_t since;          /* the sum has been above 0 */
	uint8_t quiet;         /* minutes in a row without anything unusual */
	bool raised;
};

struct brute {
	struct hash_key key;
	struct table *sources;
	struct half_life fast, slow, good;
	uint64_t untracked;
	mono_t minute;         /* the last one that was added up */
	uint8_t n_waves;
	struct wave waves[BRUTE_SERVICES];
};

/* One attempt; its record stands at its time. */
void wave_attempt(struct brute *b, struct guesser *g, const struct flow_end *f, mono_t now);

#endif
