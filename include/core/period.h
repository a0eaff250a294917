/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Slots, hours, days, months and years of local time, for totals. Local times here are seconds that a clock on the wall
 * has counted since 1970-01-01 00:00: UTC and the offset of that moment. So a day is one day whatever daylight saving does
 * to it; the hour that is passed twice in autumn is one hour with two hours in it. Pure.
 */
#ifndef TIDEGATE_CORE_PERIOD_H
#define TIDEGATE_CORE_PERIOD_H

#include <stdint.h>

/* These stand in files: never renumbered. */
enum period {
	PERIOD_SLOT = 0, /* five minutes */
	PERIOD_HOUR,
	PERIOD_DAY,
	PERIOD_MONTH,
	PERIOD_YEAR,
	PERIODS,
};

const char *period_name(enum period p); /* "5min", "hour", "day", "month", "year" */
int period_parse(const char *name, enum period *out); /* ERR_INVALID */

/* Where the one begins that holds this moment. */
int64_t period_begin(enum period p, int64_t local_s);

/* The same moment, n periods later or earlier; the 31st of a shorter month is its last day. */
int64_t period_move(enum period p, int64_t local_s, int n);

#endif
