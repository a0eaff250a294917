/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts of a baseline's model, each without the others: the season (fast, follows), the weeks (slow, do not), and
 * the watch over both. For baseline*.c and their tests alone. Roots are of what was measured in a slot; Q8 where they
 * are kept, Q16 while they are computed.
 */
#ifndef TIDEGATE_CORE_BASELINE_PARTS_H
#define TIDEGATE_CORE_BASELINE_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/baseline.h"
#include "core/slot.h"

#define HOURS_A_WEEK 168
#define WEEKS_KEPT BASELINE_WEEKS

#define VALUE_MOST (UINT64_C(1) << 46) /* of a slot; in bytes 1.9 Tbit/s. Their roots saturate there */

/* The root, Q16. */
int64_t root_q16(uint64_t value);
uint64_t square_q16(int64_t root); /* the way back; 0 for what is below 0 */

/* Of a value that square_q16 gave, that much; percent up to 1000000. */
uint64_t percent_of(uint64_t value, unsigned percent);

/* Holt-Winters. All 0 is one that knows nothing. */
struct season {
	int64_t level;                /* Q16, as the trend */
	int64_t trend;                /* a slot */
	int32_t middle[SLOTS_A_DAY];  /* Q8: on top of the level; in the first day, the root itself */
	uint32_t width[SLOTS_A_DAY];  /* Q8: the mean deviation */
	uint8_t seen[SLOTS_A_DAY];    /* days, stops at its end */
	uint16_t first_day;           /* slots learned of it; SLOTS_A_DAY: it is over */
};

struct season_view {
	int64_t middle, width; /* Q16: what is expected, and one (standard) deviation, never 0 */
	uint8_t seen;          /* days on which this slot was learned */
};

void season_look(const struct season *s, unsigned slot, struct season_view *out);

/* beyond: the slot passed its gates. The level follows it; the season does not, before it has come a second time. */
void season_learn(struct season *s, unsigned slot, int64_t root, unsigned deviations, bool beyond);

/* Hours: of each hour of the week the means of the last ones, and what stood in the last. All 0 knows nothing. */
struct weeks {
	uint32_t past[HOURS_A_WEEK][WEEKS_KEPT]; /* roots Q8 + 1, newest first; 0: none */
	uint32_t stood[HOURS_A_WEEK];            /* what stood in this hour of the last week that had it; packed alike */
	int32_t hour_of[HOURS_A_WEEK];           /* which one that was: local hours since 1970 */
	uint64_t sum;                            /* of the hour that runs: values */
	uint64_t most;                           /* of it: the most that three slots in a row had */
	uint64_t before[2];                      /* the last two slots, newest first */
	int64_t hour;                            /* which one: local, since 1970 */
	uint8_t slots;                           /* learned of it */
};

struct weeks_view {
	uint64_t median;    /* of a slot in this hour of the week; 0 where weeks is 0 */
	uint8_t weeks;      /* that it goes over */
	uint64_t yesterday; /* the most that stood for three slots in this hour of the day before; 0: nothing, or not known */
	uint64_t last_week; /* the same, a week before */
};

void weeks_look(const struct weeks *w, int64_t start_s, int32_t utc_offset_s, struct weeks_view *out);

/* least: up to it an hour is believed however far it is above its median. */
void weeks_learn(struct weeks *w, int64_t start_s, int32_t utc_offset_s, uint64_t value, uint64_t least);

/* What one slot of one measure is held against. */
struct gates {
	bool known;            /* the band is */
	bool slow_known;       /* the slow gate is */
	uint64_t limit;        /* the band's edge, and what else must be passed with it */
	uint64_t slow_limit;
};

struct gates_input {
	const struct season_view *season;
	const struct weeks_view *weeks;
	enum measure_of measure;
	bool learned; /* learning_days are over */
};

void gates_set(const struct baseline_opts *o, const struct gates_input *in, struct gates *out);

/* How it stands with a series, slot after slot. All 0: nothing is unusual. */
struct watch {
	uint8_t above, inside;   /* slots in a row */
	uint16_t slow_above, slow_inside;
	bool raised, slow_raised;
};

enum watch_says { WATCH_QUIET = 0, WATCH_FAST, WATCH_SLOW };

/* Which gate this slot is beyond with enough before it; *rising where it was not so already. */
enum watch_says watch_slot(struct watch *w, const struct baseline_opts *o, const struct gates *g, uint64_t value,
	bool *rising);

/* A slot was missed: what must come in a row begins anew. */
void watch_gap(struct watch *w);

#endif
