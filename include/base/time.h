/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Times as values. The pure code never reads a clock: it is handed one of these. mono_t
 * counts from boot and goes on during suspend (CLOCK_BOOTTIME); wall_t is for people.
 * Each is a struct of one member, so that the compiler keeps them apart.
 */
#ifndef TIDEGATE_BASE_TIME_H
#define TIDEGATE_BASE_TIME_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
	int64_t ns; /* nanoseconds since boot */
} mono_t;

typedef struct {
	int64_t ns; /* nanoseconds since 1970-01-01T00:00:00Z */
} wall_t;

#define NS_PER_S INT64_C(1000000000)
#define NS_PER_MS INT64_C(1000000)

static inline mono_t mono_add(mono_t t, int64_t ns)
{
	return (mono_t){ .ns = t.ns + ns };
}

/* later - earlier, in nanoseconds; negative where the arguments are swapped. */
static inline int64_t mono_since(mono_t later, mono_t earlier)
{
	return later.ns - earlier.ns;
}

/* Coarse time of the tables: sixteenths of a second; wraps after 8.5 years, so compare by
 * difference. */
static inline uint32_t mono_tick(mono_t t)
{
	return (uint32_t)((uint64_t)t.ns / (uint64_t)(NS_PER_S / 16));
}

/*
 * Durations as users write them: a number and one of ms, s, m, h, d, w ("10m", "250ms"),
 * or several of them, the larger unit first ("1h30m"). Writes *ns on success. ERR_INVALID
 * for anything else, ERR_RANGE above 100 years.
 */
int duration_parse(const char *text, int64_t *ns);

/* The shortest form exact to the millisecond ("1h30m", "250ms", "0s"); what is smaller
 * is left out. Always terminated; returns the length. */
size_t duration_format(int64_t ns, char *out, size_t size);

/* Days since 1970-01-01 to a date of the proleptic Gregorian calendar, and back. Months and
 * days count from 1; a day beyond its month runs on into the next. */
void civil_from_days(int64_t days, int64_t *year, unsigned *month, unsigned *day);
int64_t days_from_civil(int64_t year, unsigned month, unsigned day);

/* RFC 3339 in UTC with microseconds as EVE writes it: 2026-11-21T03:04:05.000006+0000 */
size_t wall_format(wall_t t, char *out, size_t size);

/* RFC 3339 with any fraction and any offset ("Z", "+0000", "+02:00"). ERR_INVALID, also for a date that there is not;
 * ERR_RANGE beyond the years that wall_t holds. */
int wall_parse(const char *text, wall_t *out);

#endif
