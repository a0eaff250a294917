/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The slow half of a baseline: what each hour of the local week had, the last four times that it was watched. By local
 * time, so that a change of the clocks moves nothing; an hour that the clocks repeat is one long hour, one that they
 * skip is none.
 */
#include "core/baseline_parts.h"

#define LEAST_SLOTS 6        /* of an hour's twelve: of less nothing is known */
#define BELIEVED_PERCENT 130 /* of its median: 11 % a week for who would teach (1.3 in the median's 2.5 weeks) */
#define TAUGHT_AFTER 2       /* weeks: of fewer the median is anybody's */

/* Down also before 1970. */
static int64_t floor_by(int64_t value, int64_t by)
{
	return value / by - (value % by < 0);
}

static int64_t local_hour(int64_t start_s, int32_t utc_offset_s)
{
	return floor_by(start_s + utc_offset_s, 3600);
}

static unsigned of_week(int64_t hour)
{
	return hour_of_week(hour * 3600, 0);
}

static uint32_t packed(uint64_t value)
{
	return (uint32_t)(root_q16(value) >> 8) + 1;
}

static uint64_t unpacked(uint32_t root)
{
	return root ? square_q16((int64_t)(root - 1) << 8) : 0;
}

/* Of two in the middle, the mean. */
static uint64_t median_of(const uint32_t *past, uint8_t *weeks)
{
	uint32_t sorted[WEEKS_KEPT];
	unsigned n = 0;

	for (unsigned i = 0; i < WEEKS_KEPT && past[i]; i++) {
		unsigned at = n++;

		for (; at && sorted[at - 1] > past[i]; at--)
			sorted[at] = sorted[at - 1];
		sorted[at] = past[i];
	}
	*weeks = (uint8_t)n;
	if (!n)
		return 0;
	return unpacked(sorted[n / 2] / 2 + sorted[(n - 1) / 2] / 2 + (sorted[n / 2] & sorted[(n - 1) / 2] & 1));
}

/* What stood in that very hour; 0 where it was not watched. */
static uint64_t stood_in(const struct weeks *w, int64_t hour)
{
	unsigned at = of_week(hour);

	return w->hour_of[at] == hour ? unpacked(w->stood[at]) : 0;
}

void weeks_look(const struct weeks *w, int64_t start_s, int32_t utc_offset_s, struct weeks_view *out)
{
	int64_t hour = local_hour(start_s, utc_offset_s);

	out->median = median_of(w->past[of_week(hour)], &out->weeks);
	out->yesterday = stood_in(w, hour - 24);
	out->last_week = stood_in(w, hour - HOURS_A_WEEK);
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static void end_hour(struct weeks *w, uint64_t least)
{
	unsigned at = of_week(w->hour);
	uint64_t mean = w->sum / w->slots, most;
	uint8_t weeks;

	w->stood[at] = packed(w->most);
	w->hour_of[at] = (int32_t)w->hour;
	most = percent_of(median_of(w->past[at], &weeks), BELIEVED_PERCENT);
	if (most < least)
		most = least;
	if (weeks >= TAUGHT_AFTER && mean > most)
		mean = most;
	for (unsigned i = WEEKS_KEPT - 1; i; i--)
		w->past[at][i] = w->past[at][i - 1];
	w->past[at][0] = packed(mean);
}

void weeks_learn(struct weeks *w, int64_t start_s, int32_t utc_offset_s, uint64_t value, uint64_t least)
{
	int64_t hour = local_hour(start_s, utc_offset_s);

	if (hour != w->hour) {
		if (w->slots >= LEAST_SLOTS)
			end_hour(w, least);
		w->hour = hour;
		w->slots = 0;
		w->sum = 0;
		w->most = 0;
	}
	w->most = larger(w->most, smaller(value, smaller(w->before[0], w->before[1])));
	w->before[1] = w->before[0];
	w->before[0] = value;
	if (w->slots == UINT8_MAX)
		return; /* no hour has so many */
	w->sum += value;
	w->slots++;
}
