/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The calendar of totals. */
#include "core/period.h"

#include <string.h>

#include "base/err.h"
#include "base/time.h"
#include "core/slot.h"

#define DAY_S 86400

static const char *const names[PERIODS] = { "5min", "hour", "day", "month", "year" };

static const int64_t lengths[PERIODS] = { [PERIOD_SLOT] = SLOT_S, [PERIOD_HOUR] = 3600, [PERIOD_DAY] = DAY_S };

const char *period_name(enum period p)
{
	return names[p];
}

int period_parse(const char *name, enum period *out)
{
	for (int i = 0; i < PERIODS; i++)
		if (strcmp(names[i], name) == 0) {
			*out = (enum period)i;
			return 0;
		}
	return ERR_INVALID;
}

/* Rounded down, before 1970 too. */
static int64_t part(int64_t s, int64_t size)
{
	return s / size - (s % size < 0);
}

int64_t period_begin(enum period p, int64_t local_s)
{
	unsigned month, day;
	int64_t year;

	if (lengths[p])
		return part(local_s, lengths[p]) * lengths[p];
	civil_from_days(part(local_s, DAY_S), &year, &month, &day);
	return days_from_civil(year, p == PERIOD_YEAR ? 1 : month, 1) * DAY_S;
}

static unsigned days_in(int64_t year, unsigned month)
{
	int64_t next = month == 12 ? days_from_civil(year + 1, 1, 1) : days_from_civil(year, month + 1, 1);

	return (unsigned)(next - days_from_civil(year, month, 1));
}

int64_t period_move(enum period p, int64_t local_s, int n)
{
	const int64_t days = part(local_s, DAY_S);
	unsigned month, day;
	int64_t year, months;

	if (lengths[p])
		return local_s + n * lengths[p];
	civil_from_days(days, &year, &month, &day);
	months = year * 12 + (int64_t)month - 1 + (int64_t)n * (p == PERIOD_YEAR ? 12 : 1);
	year = part(months, 12);
	month = (unsigned)(months - year * 12) + 1;
	if (day > days_in(year, month))
		day = days_in(year, month);
	return days_from_civil(year, month, day) * DAY_S + (local_s - days * DAY_S);
}
