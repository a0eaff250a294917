/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is normal for this host, series by series and measure by measure, and what departs from it.
 *
 * The model is additive Holt-Winters (Winters 1960; deviations as Brutlag, LISA 2000) on the square root of what was
 * measured (which makes counts' noise as wide at night as by day), with a season of one local day in slots of five
 * minutes. What is learned of a slot is winsorised: however far it was, no more than the band's edge is believed. A
 * slot is above where it passes the band, and a series is unusual after three such slots in a row. Where the weeks
 * before are known, half as much again as their median at this hour must be passed too, and as what stood in this hour
 * of yesterday and of a week ago: what comes each Sunday is no news, nor is what came yesterday.
 *
 * The second gate is slow on purpose, and cannot be taught by a ramp: medians of the same hour of the local week over
 * its last four, of which none is believed to be more than 30 % above the median before it. A series that stays a
 * multiple of that for an hour is unusual too, whatever the band has got used to.
 *
 * Frozen slots are judged and not learned. Integers only: every machine decides alike. Pure; bounded: a series beyond
 * the bound takes the place of the one that was silent longest, where that is a day at least; else it is counted.
 */
#ifndef TIDEGATE_CORE_BASELINE_H
#define TIDEGATE_CORE_BASELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/rule.h"
#include "core/slot.h"

#define BASELINE_MODELS 512 /* (series, measure) pairs */
#define BASELINE_WEEKS 4    /* that medians go over */

struct baseline_opts {
	struct rule rule;          /* baseline.above */
	uint8_t deviations;        /* width of the band, in standard ones: 4 */
	uint8_t windows;           /* slots above in a row: 3 */
	uint8_t learning_days;     /* of a series before it may be unusual: 7 */
	uint8_t slow_windows;      /* slots in a row beyond the slow gate: 12 */
	uint32_t growth_percent;   /* of the hour-of-week median, beyond which the slow gate is passed: 300 */
};

struct baseline;

size_t baseline_bytes(void);
void baseline_create(struct baseline **out, void *memory);

/* Whether it is learned. Not all that is measured is: see baseline_measures.c. */
bool baseline_learns(const struct series_id *id, enum measure_of m);

/* Under it nothing is unusual: a slot's value that can do no harm to any host. */
uint64_t baseline_least(enum measure_of m);

/* One measure of one series that has become unusual, or is so still. */
struct departure {
	struct series_id id;
	enum measure_of measure;
	uint64_t value;            /* of this slot */
	uint64_t expected, limit;  /* of this slot by the model: its middle, the band's upper edge */
	uint64_t usual;            /* by the slow gate: the hour-of-week median, 0: not known */
	uint32_t deviations;       /* hundredths above the middle */
	unsigned slots;            /* in a row */
	bool slow;                 /* by the slow gate alone: limit is that gate's */
	bool rising;               /* just now; false: it lasts */
};

typedef void (*departure_fn)(void *ctx, const struct departure *d);

/*
 * One finished slot, in order of time: judged by what was known before it, then learned. fn NULL: learned alone
 * (lessons out of a store). A gap is silence that nobody watched: nothing is learned of it, nor of a slot that was
 * watched for less than four minutes, nor of one that comes again or too late; but one that is more than a day before
 * its forerunner says that the clock had been wrong, and goes on from there. A service that a watched slot does not name had nothing in it: that is learned.
 */
void baseline_slot(struct baseline *b, const struct baseline_opts *o, const struct slot *s, departure_fn fn, void *ctx);

/* The band where the slot that begins then would be judged. */
struct band {
	bool known;                /* learning_days are over */
	uint64_t expected, limit;
	uint64_t median;           /* of the same hour of the week; 0: no week known */
	uint8_t weeks;             /* that the median goes over */
	uint64_t yesterday;        /* the most that stood for three slots in that hour a day before; 0: not known */
	uint32_t slots;            /* learned of it, ever */
	int64_t since_s;           /* the first of them */
	bool above;                /* the last slot was */
};

bool baseline_band(const struct baseline *b, const struct baseline_opts *o, const struct series_id *id,
	enum measure_of m, int64_t start_s, int32_t utc_offset_s, struct band *out); /* false: never seen, or no time */

typedef void (*baseline_each_fn)(void *ctx, const struct series_id *id, enum measure_of m);
void baseline_each(const struct baseline *b, baseline_each_fn fn, void *ctx); /* by series_compare, then measure */

void baseline_forget(struct baseline *b); /* all of it */

struct baseline_stats {
	size_t models;
	uint64_t slots, frozen;    /* that were judged; of these, not learned */
	uint64_t gaps;             /* slots that were missing, too short, or out of order */
	uint64_t crowded;          /* values of series beyond the bound */
	uint64_t replaced;         /* models that gave their place */
};

void baseline_stats(const struct baseline *b, struct baseline_stats *out);

#endif
