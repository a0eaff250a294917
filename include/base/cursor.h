/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Slices of bytes that somebody else owns, and a cursor that reads them front to back.
 * The error is sticky: read everything, ask once. A read past the end gives zeros, sets
 * the error and moves nothing; it never touches memory outside. Numbers are big-endian,
 * as on the wire.
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

/* The next len bytes, passed over; NULL and a failure where there are fewer. */
static inline const uint8_t *cursor_take(struct cursor *c, size_t len)
{
	const uint8_t *at = c->at;

	if (c->failed || len > cursor_left(c)) {
		c->failed = true;
		return NULL;
	}
	if (len)
		c->at += len;
	return at;
}

/* The same bytes, but the cursor stays. */
static inline const uint8_t *cursor_peek(const struct cursor *c, size_t len)
{
	return c->failed || len > cursor_left(c) ? NULL : c->at;
}

/* A number within bytes that were taken before, for headers of fixed size: one question
 * whether they are there, instead of one for each field. */
static inline uint16_t be16_at(const uint8_t *at, size_t offset)
{
	return (uint16_t)(at[offset] << 8 | at[offset + 1]);
}

static inline uint32_t be32_at(const uint8_t *at, size_t offset)
{
	return (uint32_t)be16_at(at, offset) << 16 | be16_at(at, offset + 2);
}

/* The numbers are inline because every packet passes through them. */
static inline uint8_t cursor_u8(struct cursor *c)
{
	const uint8_t *b = cursor_take(c, 1);

	return b ? b[0] : 0;
}

static inline uint16_t cursor_be16(struct cursor *c)
{
	const uint8_t *b = cursor_take(c, 2);

	return b ? be16_at(b, 0) : 0;
}

static inline uint32_t cursor_be32(struct cursor *c)
{
	const uint8_t *b = cursor_take(c, 4);

	return b ? be32_at(b, 0) : 0;
}

static inline void cursor_skip(struct cursor *c, size_t len)
{
	(void)cursor_take(c, len);
}

/* Copies len bytes out, or zeros and fails. */
void cursor_bytes(struct cursor *c, void *out, size_t len);

/* The next len bytes as a slice of the same owner; an empty one and a failure where
 * fewer. */
struct slice cursor_slice(struct cursor *c, size_t len);

/* All that is left, and the cursor at its end; empty after a failure. */
struct slice cursor_rest(struct cursor *c);

#endif
