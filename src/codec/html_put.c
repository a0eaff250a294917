/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The escaping writer. A format is read once, from left to right; between conversions it is copied as it stands, for it is
 * ours. An escape is written whole or not at all: half of one could swallow the markup behind it.
 */
#include "codec/html_put.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#define ESCAPE_MOST 12 /* "\u{10ffff}" and its end */

/* ---- one character ---- */

/* UTF-8 by RFC 3629: no overlong forms, no surrogates. Its length, or 0 where it is none. */
static size_t decode(const uint8_t *s, size_t len, uint32_t *out)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const size_t n = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : s[0] < 0xf5 ? 4 : 0;
	uint32_t c = n <= 1 ? s[0] : s[0] & (0x7fU >> n);

	if (n == 0 || n > len)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (c < least[n] || (c >= 0xd800 && c < 0xe000) || c > 0x10ffff)
		return 0;
	*out = c;
	return n;
}

/* Ranges of characters that are not seen or turn what is beside them (Unicode: Cc, Zl, Zp, and of Cf those that render
 * nothing), and those that XML has no place for. */
static bool is_hidden(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{ 0x00, 0x1f }, { 0x7f, 0x9f }, { 0xad, 0xad }, { 0x034f, 0x034f }, { 0x061c, 0x061c }, { 0x115f, 0x1160 },
		{ 0x17b4, 0x17b5 }, { 0x180b, 0x180f }, { 0x200b, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x206f },
		{ 0x2800, 0x2800 }, { 0x3164, 0x3164 }, { 0xfe00, 0xfe0f }, { 0xfeff, 0xfeff }, { 0xffa0, 0xffa0 },
		{ 0xfdd0, 0xfdef }, { 0xfff0, 0xfffb }, { 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a }, { 0xe0000, 0xe0fff },
	};

	if ((c & 0xfffe) == 0xfffe)
		return true;
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	return false;
}

static const char *reference(uint32_t c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&#34;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

static void put_whole(struct text *t, const char *s, size_t len)
{
	char room[ESCAPE_MOST + 1];

	if (t->cut || t->size - 1 - t->len < len) {
		t->cut = true;
		return;
	}
	memcpy(room, s, len);
	room[len] = '\0';
	text_add(t, room);
}

static void put_hex(struct text *t, const char *before, uint32_t value, int least, const char *after)
{
	char room[ESCAPE_MOST];
	struct text one = text_over(room, sizeof(room));

	text_addf(&one, "%s%0*x%s", before, least, value, after);
	put_whole(t, room, one.len);
}

/* The bytes that were read; at least one. */
static size_t put_character(struct text *t, const uint8_t *s, size_t len)
{
	uint32_t c = 0;
	const size_t n = decode(s, len, &c);
	const char *as = n ? reference(c) : NULL;

	if (n == 0) {
		put_hex(t, "\\x", s[0], 2, "");
		return 1;
	}
	if (as)
		put_whole(t, as, strlen(as));
	else if (is_hidden(c) && c < 0x80)
		put_hex(t, "\\x", c, 2, "");
	else if (is_hidden(c))
		put_hex(t, "\\u{", c, 4, "}");
	else
		put_whole(t, (const char *)s, n);
	return n;
}

void html_put_slice(struct text *t, struct slice s, size_t most)
{
	size_t shown = 0;

	for (size_t i = 0; i < s.len && !t->cut; shown++) {
		/* The last place is the ellipsis' own, where more than one character is left for it. */
		uint32_t c;
		const size_t n = decode(s.at + i, s.len - i, &c);

		if (most && shown + 1 == most && i + (n ? n : 1) < s.len) {
			put_whole(t, "\xe2\x80\xa6", 3);
			return;
		}
		i += put_character(t, s.at + i, s.len - i);
	}
}

/* ---- the format ---- */

enum width { WIDTH_INT = 0, WIDTH_LONG, WIDTH_LONG_LONG, WIDTH_SIZE };

struct conversion {
	size_t most; /* characters; 0: all */
	enum width width;
	char letter;
};

/* Behind the '%'; where it goes on. "*" takes its number from the arguments. */
static const char *read_conversion(const char *at, struct conversion *c, va_list *args)
{
	*c = (struct conversion){ .most = 0 };
	if (at[0] == '.' && at[1] == '*') {
		const int n = va_arg(*args, int);

		c->most = n > 0 ? (size_t)n : 0;
		at += 2;
	} else if (at[0] == '.') {
		for (at++; *at >= '0' && *at <= '9'; at++)
			c->most = c->most * 10 + (size_t)(*at - '0');
	}
	for (; *at == 'l'; at++)
		c->width = c->width == WIDTH_LONG ? WIDTH_LONG_LONG : WIDTH_LONG;
	if (*at == 'z') {
		c->width = WIDTH_SIZE;
		at++;
	}
	c->letter = *at;
	return at + 1;
}

static int64_t take_signed(enum width w, va_list *args)
{
	switch (w) {
	case WIDTH_INT:
		return va_arg(*args, int);
	case WIDTH_LONG:
		return va_arg(*args, long);
	case WIDTH_LONG_LONG:
		return va_arg(*args, long long);
	case WIDTH_SIZE:
		return (int64_t)va_arg(*args, size_t);
	}
	return 0;
}

static uint64_t take_unsigned(enum width w, va_list *args)
{
	switch (w) {
	case WIDTH_INT:
		return va_arg(*args, unsigned);
	case WIDTH_LONG:
		return va_arg(*args, unsigned long);
	case WIDTH_LONG_LONG:
		return va_arg(*args, unsigned long long);
	case WIDTH_SIZE:
		return va_arg(*args, size_t);
	}
	return 0;
}

static void put_string(struct text *t, const char *s, size_t most)
{
	html_put_slice(t, (struct slice){ .at = (const uint8_t *)s, .len = strlen(s) }, most);
}

static void put_conversion(struct text *t, const struct conversion *c, va_list *args)
{
	switch (c->letter) {
	case 's':
		put_string(t, va_arg(*args, const char *), c->most);
		break;
	case 'c': {
		const uint8_t byte = (uint8_t)va_arg(*args, int);

		html_put_slice(t, (struct slice){ .at = &byte, .len = 1 }, 0);
		break;
	}
	case 'd':
		text_addf(t, "%lld", (long long)take_signed(c->width, args));
		break;
	case 'u':
		text_addf(t, "%llu", (unsigned long long)take_unsigned(c->width, args));
		break;
	case '%':
		text_add(t, "%");
		break;
	default:
		assert(false && "a conversion that html_put knows");
	}
}

static void put_markup(struct text *t, const char *s, size_t len)
{
	const size_t room = t->size - 1 - t->len;

	if (t->cut || len > room) {
		t->cut = true;
		return;
	}
	memcpy(t->at + t->len, s, len);
	t->len += len;
	t->at[t->len] = '\0';
}

void html_put(struct text *t, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	while (*format && !t->cut) {
		const size_t plain = strcspn(format, "%");
		struct conversion c;

		put_markup(t, format, plain);
		format += plain;
		if (*format == '\0')
			break;
		format = read_conversion(format + 1, &c, &args);
		put_conversion(t, &c, &args);
	}
	va_end(args);
}
