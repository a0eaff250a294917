/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bounded text. What does not fit is cut and remembered as cut; nothing is ever overrun.
 */
#include "base/text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define NEAREST_MOST 63 /* no word of ours is longer; what is longer is no slip of it */

static void add_bytes(struct text *t, const char *s, size_t len)
{
	size_t room = t->size - 1 - t->len;

	if (len > room) {
		len = room;
		t->cut = true;
	}
	memcpy(t->at + t->len, s, len);
	t->len += len;
	t->at[t->len] = '\0';
}

static size_t least(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* Levenshtein 1966, one row; both at most NEAREST_MOST long. */
static size_t edit_distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t row[NEAREST_MOST + 1];

	for (size_t j = 0; j <= b_len; j++)
		row[j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			size_t swap = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			row[j] = least(row[j] + 1, row[j - 1] + 1, swap);
		}
	}
	return row[b_len];
}

struct text text_over(char *memory, size_t size)
{
	memory[0] = '\0';
	return (struct text){ .at = memory, .size = size };
}

void text_add(struct text *t, const char *s)
{
	add_bytes(t, s, strlen(s));
}

void text_addf(struct text *t, const char *format, ...)
{
	size_t room = t->size - t->len;
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(t->at + t->len, room, format, args);
	va_end(args);
	if (len < 0) {
		t->at[t->len] = '\0';
		t->cut = true;
	} else if ((size_t)len >= room) {
		t->len = t->size - 1;
		t->cut = true;
	} else {
		t->len += (size_t)len;
	}
}

/* Half an escape would read as something else. */
static void add_code(struct text *t, uint8_t b)
{
	static const char hex[] = "0123456789abcdef";
	const char code[4] = { '\\', 'x', hex[b >> 4], hex[b & 15] };

	if (t->size - 1 - t->len < sizeof(code))
		t->cut = true;
	else
		add_bytes(t, code, sizeof(code));
}

void text_add_escaped(struct text *t, struct slice s)
{
	for (size_t i = 0; i < s.len && !t->cut; i++) {
		uint8_t b = s.at[i];

		if (b < 0x20 || b > 0x7e || b == '\\' || b == '"')
			add_code(t, b);
		else
			add_bytes(t, (const char *)&s.at[i], 1);
	}
}

void text_add_visible(struct text *t, const char *s)
{
	for (uint8_t before = 0; *s && !t->cut; before = (uint8_t)*s++) {
		uint8_t b = (uint8_t)*s;

		if (b < 0x20 || b == 0x7f || (before == 0xc2 && b >= 0x80 && b < 0xa0))
			add_code(t, b);
		else
			add_bytes(t, s, 1);
	}
}

bool text_copy(char *out, size_t size, const char *s)
{
	struct text t = text_over(out, size);

	text_add(&t, s);
	return !t.cut;
}

/* Between the first and the last '*', the leftmost place of each piece is always a right
 * one, so nothing is ever tried twice. */
bool text_glob(const char *pattern, const char *s)
{
	const char *star = strchr(pattern, '*');
	size_t len = strlen(s);
	size_t piece;

	if (!star)
		return strcmp(pattern, s) == 0;
	piece = (size_t)(star - pattern);
	if (strncmp(pattern, s, piece) != 0)
		return false;
	s += piece;
	len -= piece;
	for (pattern = star + 1; (star = strchr(pattern, '*')); pattern = star + 1) {
		const char *found;

		piece = (size_t)(star - pattern);
		found = memmem(s, len, pattern, piece);
		if (!found)
			return false;
		len -= (size_t)(found - s) + piece;
		s = found + piece;
	}
	piece = strlen(pattern);
	return piece <= len && memcmp(s + len - piece, pattern, piece) == 0;
}

const char *text_nearest(const char *s, const char *const *words, size_t n)
{
	size_t len = strnlen(s, NEAREST_MOST + 1);
	size_t best = len / 3 + 1; /* a slip in three letters, and one more */
	const char *nearest = NULL;

	if (len == 0 || len > NEAREST_MOST)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		size_t word_len = strnlen(words[i], NEAREST_MOST + 1);
		size_t distance;

		if (word_len > NEAREST_MOST)
			continue;
		distance = edit_distance(s, len, words[i], word_len);
		/* What shares no letter is not near, however short. */
		if (distance >= len || distance >= word_len || distance > best)
			continue;
		if (!nearest || distance < best)
			nearest = words[i];
		best = distance;
	}
	return nearest;
}
