/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bounded text: an appender that never overruns and knows whether it was cut, the
 * escaping of strings from outside, globs for rule names, and "did you mean".
 */
#ifndef TIDEGATE_BASE_TEXT_H
#define TIDEGATE_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cursor.h"

struct text {
	char *at;    /* caller's memory, always terminated */
	size_t size; /* at least 1 */
	size_t len;
	bool cut; /* something did not fit */
};

struct text text_over(char *memory, size_t size);
void text_add(struct text *t, const char *s);
void text_addf(struct text *t, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Bytes from outside: printable ASCII as it is, all else (backslash and quotes too) as
 * \xHH. An escape is written whole or not at all. */
void text_add_escaped(struct text *t, struct slice s);

/* Words for a terminal, in which names from outside are: what would move its cursor or colour it (C0, DEL, C1 in UTF-8)
 * as \xHH, all else as it is. */
void text_add_visible(struct text *t, const char *s);

/* Copies a string into a fixed array, cut to fit and terminated; returns false where
 * it was cut. */
bool text_copy(char *out, size_t size, const char *s);

/* Shell-like match with '*' alone ("scan.*", "*", "rate.ssh"); linear time, no
 * recursion. */
bool text_glob(const char *pattern, const char *s);

/* The entry of words[0..n) nearest to s by edit distance, the first of equals, or NULL
 * where none is near enough to suggest. */
const char *text_nearest(const char *s, const char *const *words, size_t n);

#endif
