/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A look at the text before libconfig sees it, for the three things that it gets wrong.
 * Knows just enough of the language to leave comments and strings alone.
 */
#include <stdint.h>
#include <string.h>

#include "conf/doc.h"

struct scan {
	const char *at, *end;
	struct conf_place place;
	struct conf_report *report;
	bool good;
};

static bool begins(const struct scan *s, const char *with)
{
	size_t len = strlen(with);

	return (size_t)(s->end - s->at) >= len && memcmp(s->at, with, len) == 0;
}

/* Skips up to and with the closing text, or to the end. */
static void skip_past(struct scan *s, const char *close)
{
	while (s->at < s->end && !begins(s, close)) {
		s->place.line += *s->at == '\n';
		s->at++;
	}
	if (s->at < s->end && close[0] != '\n')
		s->at += strlen(close);
}

static void skip_string(struct scan *s)
{
	for (s->at++; s->at < s->end && *s->at != '"'; s->at++) {
		s->place.line += *s->at == '\n';
		if (*s->at == '\\' && s->at + 1 < s->end) {
			s->at++;
			s->place.line += *s->at == '\n';
		}
	}
	if (s->at < s->end)
		s->at++;
}

static bool is_digit(char c, unsigned base)
{
	return (c >= '0' && c <= '9') ||
		(base == 16 && ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')));
}

static unsigned digit(char c)
{
	return c <= '9' ? (unsigned)(c - '0') : ((unsigned)c | 32) - 'a' + 10;
}

static bool is_word(char c)
{
	return is_digit(c, 10) || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '_' ||
		c == '-' || c == '*';
}

/* Names have digits too: x2 is no number. A fraction is left to libconfig. */
static void number(struct scan *s)
{
	unsigned base = begins(s, "0x") || begins(s, "0X") ? 16 : 10;
	uint64_t value = 0;
	bool wide = false;

	s->at += base == 16 ? 2 : 0;
	for (; s->at < s->end && is_digit(*s->at, base); s->at++) {
		value = value * base + digit(*s->at);
		wide = wide || value > INT32_MAX;
		if (value > INT64_MAX / 32)
			value = INT64_MAX / 32;
	}
	if (s->at < s->end && (*s->at == '.' || ((*s->at | 32) == 'e' && base == 10))) {
		while (s->at < s->end && (is_word(*s->at) || strchr(".+", *s->at)))
			s->at++;
		return;
	}
	if (wide && value < INT64_MAX / 32 && s->at < s->end && *s->at == 'L')
		wide = false;
	if (wide) {
		conf_error(s->report, s->place, "a number here is over %d", INT32_MAX);
		s->good = false;
	}
	while (s->at < s->end && is_word(*s->at))
		s->at++;
}

static void word(struct scan *s)
{
	while (s->at < s->end && is_word(*s->at))
		s->at++;
}

static void other(struct scan *s)
{
	if (begins(s, "@include")) {
		conf_error(s->report, s->place, "@include is not supported: "
			"put the file into conf.d, where it is read by itself");
		s->good = false;
	}
	s->place.line += *s->at == '\n';
	if (*s->at++ == '.')
		word(s); /* the digits of .5 */
}

bool doc_scan(const char *file, const char *text, size_t len, struct conf_report *report)
{
	struct scan s = {
		.at = text, .end = text + len, .good = true, .report = report,
		.place = { .file = file, .line = 1 },
	};

	if (memchr(text, '\0', len)) {
		conf_error(report, s.place, "there is a NUL byte in it: this is no text");
		return false;
	}
	while (s.at < s.end) {
		if (begins(&s, "#") || begins(&s, "//"))
			skip_past(&s, "\n");
		else if (begins(&s, "/*"))
			skip_past(&s, "*/");
		else if (*s.at == '"')
			skip_string(&s);
		else if (is_digit(*s.at, 10))
			number(&s);
		else if (*s.at != '*' && *s.at != '-' && is_word(*s.at))
			word(&s);
		else
			other(&s);
	}
	return s.good;
}
