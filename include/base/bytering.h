/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bounded ring between two threads, one writer and one reader, of values of different lengths: C11 atomics, no lock, no
 * allocation after creation, each value in one piece and aligned to 8. What does not fit is refused; it is never waited
 * for. Values of one length are base/ring.h's.
 */
#ifndef TIDEGATE_BASE_BYTERING_H
#define TIDEGATE_BASE_BYTERING_H

#include <stddef.h>
#include <stdint.h>

struct bytering;

/* Memory, aligned to 64, for a ring of that size (a power of two from 4096 on). */
size_t bytering_bytes(size_t size);
int bytering_create(struct bytering **out, void *memory, size_t bytes, size_t size);

/* Writer: room for len bytes, to be filled and then published; NULL where so much and 'spare' more is not free, or len
 * is over a quarter of the ring. A claim that is not published never was. */
void *bytering_claim(struct bytering *r, size_t len, size_t spare);
/* The last claim is the reader's. Returns how many bytes wait, at most: exact from a quarter of the ring on. */
size_t bytering_publish(struct bytering *r);

/* Reader: the oldest value, until it is dropped; NULL where there is none. */
const void *bytering_peek(struct bytering *r, size_t *len);
void bytering_drop(struct bytering *r);

#endif
