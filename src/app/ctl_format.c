/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values of the protocol as people read them: times in their zone, counts in groups,
 * colours where the terminal has them.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/ctl.h"
#include "base/text.h"
#include "base/time.h"

#define COLUMNS 80

const char *ctl_sgr(const struct ctl_tool *t, enum ctl_colour c)
{
	static const char *const sequences[] = {
		[CTL_NORMAL] = "\033[0m",
		[CTL_BOLD] = "\033[1m",
		[CTL_DIM] = "\033[2m",
		[CTL_RED] = "\033[1;31m",
		[CTL_GREEN] = "\033[32m",
		[CTL_YELLOW] = "\033[33m",
		[CTL_CYAN] = "\033[36m",
	};
	return t->colour ? sequences[c] : "";
}

json_t *field_get(json_t *o, const char *path)
{
	char name[64];

	while (o) {
		size_t len = strcspn(path, ".");
		if (len >= sizeof(name))
			return NULL;
		memcpy(name, path, len);
		name[len] = '\0';
		o = json_object_get(o, name);
		if (path[len] == '\0')
			return o;
		path += len + 1;
	}
	return NULL;
}

const char *field_text(json_t *o, const char *path)
{
	const char *s = json_string_value(field_get(o, path));
	return s ? s : "";
}

int64_t field_int(json_t *o, const char *path)
{
	return json_integer_value(field_get(o, path));
}

double field_real(json_t *o, const char *path)
{
	return json_number_value(field_get(o, path));
}

bool field_true(json_t *o, const char *path)
{
	return json_is_true(field_get(o, path));
}

const char *format_time(const char *utc, char out[FORMAT_TEXT])
{
	struct tm when;
	struct tm today;
	time_t now = time(NULL);

	memset(&when, 0, sizeof(when));
	if (!strptime(utc, "%Y-%m-%dT%H:%M:%S", &when)) {
		text_copy(out, FORMAT_TEXT, "?");
		return out;
	}
	time_t seconds = timegm(&when);
	localtime_r(&seconds, &when);
	localtime_r(&now, &today);
	bool same = when.tm_yday == today.tm_yday && when.tm_year == today.tm_year;
	if (strftime(out, FORMAT_TEXT, same ? "%H:%M:%S %Z" : "%Y-%m-%d %H:%M %Z",
		    &when) == 0)
		text_copy(out, FORMAT_TEXT, "?");
	return out;
}

void format_day(wall_t at, char out[FORMAT_TEXT])
{
	time_t s = (time_t)(at.ns / NS_PER_S);
	struct tm local;

	out[0] = '\0';
	if (localtime_r(&s, &local))
		strftime(out, FORMAT_TEXT, "%F %T %Z", &local);
}

const char *format_seconds(int64_t s, char out[FORMAT_TEXT])
{
	const int64_t most = INT64_MAX / NS_PER_S;

	if (s > most)
		s = most;
	duration_format((s < 0 ? 0 : s) * NS_PER_S, out, FORMAT_TEXT);
	return out;
}

const char *format_count(int64_t n, char out[FORMAT_TEXT])
{
	char digits[24];
	struct text t = text_over(out, FORMAT_TEXT);
	int len = snprintf(digits, sizeof(digits), "%" PRId64, n < 0 ? 0 : n);

	for (int i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			text_add(&t, ",");
		text_addf(&t, "%c", digits[i]);
	}
	return out;
}

const char *format_number(double n, char out[FORMAT_TEXT])
{
	snprintf(out, FORMAT_TEXT, "%.2f", n);
	char *dot = strchr(out, '.');
	char *end = out + strlen(out);
	/* 15.20 as 15.2, 6.00 as 6. */
	while (dot && end > dot && (end[-1] == '0' || end[-1] == '.')) {
		bool last = end[-1] == '.';
		*--end = '\0';
		if (last)
			break;
	}
	return out;
}

const char *format_short(int64_t n, char out[FORMAT_TEXT])
{
	static const char units[] = "kMGTPE";
	double value = (double)n;
	size_t unit = 0;

	if (n < 100000) {
		snprintf(out, FORMAT_TEXT, "%" PRId64, n);
		return out;
	}
	for (value /= 1000; value >= 1000 && unit < sizeof(units) - 2; unit++)
		value /= 1000;
	int digits = value < 10 ? 2 : value < 100 ? 1 : 0;
	snprintf(out, FORMAT_TEXT, "%.*f%c", digits, value, units[unit]);
	return out;
}

const char *format_bytes(uint64_t n, char out[FORMAT_TEXT])
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB", "PB", "EB" };
	double value = (double)n;
	size_t unit = 0;

	/* 999.5 would be written as 1000. */
	for (; value >= 999.5 && unit < 6; unit++)
		value /= 1000;
	snprintf(out, FORMAT_TEXT, "%.*f %s", unit == 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2, value,
		units[unit]);
	return out;
}

/* As POSIX has it: the first of these that says something is the one that counts. */
bool ctl_utf8(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };
	const char *value = NULL;

	for (size_t i = 0; i < 3 && !(value && *value); i++)
		value = getenv(names[i]);
	return value && (strcasestr(value, "utf-8") || strcasestr(value, "utf8"));
}

void ctl_tame_text(char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)s[0];
		unsigned char next = (unsigned char)s[1];
		bool c1 = c == 0xc2 && next >= 0x80 &&
			next <= 0x9f; /* the 8-bit controls */
		if ((c < 0x20 && c != '\n') || c == 0x7f)
			s[0] = '?';
		if (c1)
			s[0] = s[1] = '?';
	}
}

static void tame_string(json_t *value)
{
	char room[16384];

	text_copy(room, sizeof(room), json_string_value(value));
	ctl_tame_text(room);
	if (strcmp(room, json_string_value(value)) != 0)
		json_string_set_nocheck(value, room);
}

void ctl_tame(json_t *value)
{
	const char *name;
	json_t *member;
	size_t i;

	/* As deep as the protocol allows, which was checked when the line was decoded. */
	if (json_is_string(value))
		tame_string(value);
	json_object_foreach(value, name, member)
		ctl_tame(member);
	json_array_foreach(value, i, member)
		ctl_tame(member);
}

void ctl_wrap(const char *text, int indent)
{
	int at = indent;

	while (*text) {
		int len = (int)strcspn(text, " ");
		if (at > indent && at + 1 + len > COLUMNS) {
			printf("\n%*s", indent, "");
			at = indent;
		}
		if (at > indent) {
			putchar(' ');
			at++;
		}
		printf("%.*s", len, text);
		at += len;
		text += len;
		text += strspn(text, " ");
	}
	putchar('\n');
}
