/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Durations and wall times as text. The calendar is computed here: gmtime reads the
 * environment, and pure code may not.
 */
#include "base/time.h"

#include <stdbool.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"

#define NS_PER_DAY (INT64_C(86400) * NS_PER_S)
#define DURATION_MOST (INT64_C(36525) * NS_PER_DAY) /* 100 years */

/* Largest first: a duration is written, and must be given, in falling order. */
static const struct unit {
	char name[3];
	int64_t ns;
} units[] = {
	{ "w", 7 * NS_PER_DAY },
	{ "d", NS_PER_DAY },
	{ "h", 3600 * NS_PER_S },
	{ "m", 60 * NS_PER_S },
	{ "s", NS_PER_S },
	{ "ms", NS_PER_MS },
};

#define UNITS (sizeof(units) / sizeof(units[0]))

/* Years begin in March and run in eras of 400, so that the leap day is the last of all
 * (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms"). */
void civil_from_days(int64_t days, int64_t *year, unsigned *month, unsigned *day)
{
	const int64_t z = days + 719468; /* since 0000-03-01 */
	const int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	const unsigned doe = (unsigned)(z - era * 146097);
	const unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	const unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	const unsigned mp = (5 * doy + 2) / 153;

	*day = doy - (153 * mp + 2) / 5 + 1;
	*month = mp < 10 ? mp + 3 : mp - 9;
	*year = (int64_t)yoe + era * 400 + (*month <= 2);
}

int64_t days_from_civil(int64_t year, unsigned month, unsigned day)
{
	const int64_t y = year - (month <= 2);
	const int64_t era = (y >= 0 ? y : y - 399) / 400;
	const unsigned yoe = (unsigned)(y - era * 400);
	const unsigned doy = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
	const unsigned doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

	return era * 146097 + (int64_t)doe - 719468;
}

/* Reads digits; stops growing far above every bound, so that nothing overflows. */
static const char *parse_number(const char *text, int64_t *out)
{
	int64_t n = 0;

	for (; *text >= '0' && *text <= '9'; text++) {
		if (n <= DURATION_MOST / NS_PER_MS)
			n = n * 10 + (*text - '0');
	}
	*out = n;
	return text;
}

/* The index of the unit that stands at text, and its length; UNITS for none. */
static size_t parse_unit(const char *text, size_t *len)
{
	size_t n = 0;

	while (text[n] >= 'a' && text[n] <= 'z')
		n++;
	*len = n;
	for (size_t i = 0; i < UNITS; i++) {
		if (strlen(units[i].name) == n && strncmp(text, units[i].name, n) == 0)
			return i;
	}
	return UNITS;
}

int duration_parse(const char *text, int64_t *ns)
{
	int64_t sum = 0;
	size_t least = 0; /* the first unit that may still come */
	bool over = false;

	if (!*text)
		return ERR_INVALID;
	while (*text) {
		int64_t n;
		size_t len;
		const char *end = parse_number(text, &n);
		size_t u = parse_unit(end, &len);

		if (end == text || u == UNITS || u < least)
			return ERR_INVALID;
		if (n > (DURATION_MOST - sum) / units[u].ns)
			over = true;
		else
			sum += n * units[u].ns;
		least = u + 1;
		text = end + len;
	}
	if (over)
		return ERR_RANGE;
	*ns = sum;
	return 0;
}

size_t duration_format(int64_t ns, char *out, size_t size)
{
	struct text t = text_over(out, size);
	uint64_t left = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;

	if (left < (uint64_t)NS_PER_MS) {
		text_add(&t, "0s");
		return t.len;
	}
	if (ns < 0)
		text_add(&t, "-");
	for (size_t i = 0; i < UNITS; i++) {
		uint64_t n = left / (uint64_t)units[i].ns;

		if (n)
			text_addf(&t, "%llu%s", (unsigned long long)n, units[i].name);
		left %= (uint64_t)units[i].ns;
	}
	return t.len;
}

size_t wall_format(wall_t t, char *out, size_t size)
{
	int64_t days = t.ns / NS_PER_DAY;
	int64_t ns = t.ns % NS_PER_DAY;
	int64_t year;
	unsigned month, day, us, s;
	struct text text = text_over(out, size);

	if (ns < 0) { /* before 1970 */
		ns += NS_PER_DAY;
		days--;
	}
	civil_from_days(days, &year, &month, &day);
	s = (unsigned)(ns / NS_PER_S);
	us = (unsigned)(ns % NS_PER_S / 1000);
	text_addf(&text, "%04lld-%02u-%02uT%02u:%02u:%02u.%06u+0000", (long long)year,
		month, day, s / 3600, s / 60 % 60, s % 60, us);
	return text.len;
}

/* ---- RFC 3339 ---- */

static bool take_digits(const char **at, unsigned n, unsigned *out)
{
	*out = 0;
	for (unsigned i = 0; i < n; i++) {
		if ((*at)[i] < '0' || (*at)[i] > '9')
			return false;
		*out = *out * 10 + (unsigned)((*at)[i] - '0');
	}
	*at += n;
	return true;
}

static bool take_char(const char **at, const char *any)
{
	if (!**at || !strchr(any, **at))
		return false;
	(*at)++;
	return true;
}

/* What is finer than a nanosecond is left out. */
static bool take_fraction(const char **at, int64_t *ns)
{
	int64_t worth = NS_PER_S / 10;
	unsigned digit;

	*ns = 0;
	if (!take_char(at, ".,"))
		return true;
	if (!take_digits(at, 1, &digit))
		return false;
	do {
		*ns += digit * worth;
		worth /= 10;
	} while (take_digits(at, 1, &digit));
	return true;
}

static bool take_offset(const char **at, int64_t *seconds)
{
	const bool west = **at == '-';
	unsigned hours, minutes = 0;

	*seconds = 0;
	if (take_char(at, "Zz"))
		return true;
	if (!take_char(at, "+-") || !take_digits(at, 2, &hours))
		return false;
	take_char(at, ":");
	if (!take_digits(at, 2, &minutes) || hours > 23 || minutes > 59)
		return false;
	*seconds = (int64_t)(hours * 60 + minutes) * (west ? -60 : 60);
	return true;
}

static bool take_date(const char **at, int64_t *days)
{
	unsigned year, month, day, m, d;
	int64_t y;

	if (!take_digits(at, 4, &year) || !take_char(at, "-") || !take_digits(at, 2, &month) || !take_char(at, "-") ||
		!take_digits(at, 2, &day) || month < 1 || month > 12 || day < 1)
		return false;
	*days = days_from_civil(year, month, day);
	civil_from_days(*days, &y, &m, &d);
	return m == month && d == day; /* the 30th of February runs on into March */
}

int wall_parse(const char *text, wall_t *out)
{
	unsigned h, min, s;
	int64_t days, ns, offset;

	if (!take_date(&text, &days) || !take_char(&text, "Tt ") || !take_digits(&text, 2, &h) || !take_char(&text, ":") ||
		!take_digits(&text, 2, &min) || !take_char(&text, ":") || !take_digits(&text, 2, &s) || h > 23 || min > 59 ||
		s > 60 || !take_fraction(&text, &ns) || !take_offset(&text, &offset) || *text)
		return ERR_INVALID;
	const int64_t seconds = days * 86400 + h * 3600 + min * 60 + s - offset;
	if (seconds > INT64_MAX / NS_PER_S - 1 || seconds < INT64_MIN / NS_PER_S + 1)
		return ERR_RANGE;
	out->ns = seconds * NS_PER_S + ns;
	return 0;
}
