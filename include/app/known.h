/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All slots that teach what is normal, in order of time, wherever they are kept: this host's own (history.db, since the
 * last reset), those that were imported, and what captures taught (baseline.db). Of one and the same five minutes, what
 * the host itself has seen comes before what others have, and that before captures.
 */
#ifndef TIDEGATE_APP_KNOWN_H
#define TIDEGATE_APP_KNOWN_H

#include "edge/store_history.h"
#include "edge/store_lessons.h"

enum known_origin { KNOWN_OWN = 0, KNOWN_IMPORTED, KNOWN_CAPTURED, KNOWN_ORIGINS };

const char *known_origin_name(enum known_origin o); /* "own", "imported", "capture" */

struct known {
	struct history *history; /* or NULL */
	struct lessons *lessons; /* or NULL */
};

/* Frozen ones come, too: the model learns nothing of them. The slot is valid for the call. False ends it. */
typedef bool (*known_slot_fn)(void *ctx, enum known_origin origin, const struct slot *s);

/* 0, or the error of the file *failed (which words it has is asked there). */
int known_each_slot(const struct known *k, int64_t from_s, known_slot_fn fn, void *ctx, enum known_origin *failed);

/* ---- how much it is ---- */

#define KNOWN_SERIES 512
#define KNOWN_LEARNING_DAYS 7 /* of baseline_opts, where nobody says otherwise */

struct known_series {
	struct series_id id;
	uint64_t slots;
	int64_t since_s;      /* the first of them */
};

struct known_sum {
	uint64_t slots[KNOWN_ORIGINS]; /* that teach */
	uint64_t frozen;      /* that belong to incidents */
	uint64_t seconds;     /* watched */
	int64_t since_s, until_s; /* 0 where there is none */
	uint32_t hour_s[LESSONS_HOURS];     /* of local weeks, as in lessons_known */
	uint32_t hour_weeks[LESSONS_HOURS];
	int64_t last_week[LESSONS_HOURS];   /* for the sum alone */
	struct known_series series[KNOWN_SERIES]; /* by series_compare */
	size_t n_series;
	uint64_t crowded;     /* rows of series beyond */
};

/* As known_each_slot. */
int known_add_up(const struct known *k, struct known_sum *out, enum known_origin *failed);

uint64_t known_slots(const struct known_sum *s); /* of all origins */

/* Days until that series has been learned, by the measure of core/baseline.h; 0: it has. */
unsigned known_days_left(const struct known_series *s, int64_t now_s, unsigned learning_days);

#endif
