/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Slices of bytes that somebody else owns, and a cursor that reads them front to back. The error is sticky:
 * read everything, ask once. A read past the end gives zeros and sets the error; it never touches memory outside.
 */
#ifndef TIDEGATE_BASE_CURSOR_H
#define TIDEGATE_BASE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct slice {
	const uint8_t *at; /* may be NULL where len is 0 */
	size_t len;
};

struct cursor {
	const uint8_t *at;
	const uint8_t *end;
	bool failed;
};

static inline struct cursor cursor_over(struct slice s)
{
	return (struct cursor){ .at = s.at, .end = s.at ? s.at + s.len : s.at };
}

static inline size_t cursor_left(const struct cursor *c)
{
	return (size_t)(c->end - c->at);
}

/* Big-endian numbers, as on the wire. */
uint8_t cursor_u8(struct cursor *c);
uint16_t cursor_be16(struct cursor *c);
uint32_t cursor_be32(struct cursor *c);

/* Copies len bytes out, or zeros and fails. */
void cursor_bytes(struct cursor *c, void *out, size_t len);
void cursor_skip(struct cursor *c, size_t len);

/* The next len bytes as a slice of the same owner; an empty one and a failure where there are fewer. */
struct slice cursor_slice(struct cursor *c, size_t len);

/* All that is left, and the cursor at its end. */
struct slice cursor_rest(struct cursor *c);

#endif
