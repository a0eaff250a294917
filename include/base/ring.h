/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bounded ring between two threads, one writer and one reader, of values of one size:
 * C11 atomics, no lock, no allocation after creation. What does not fit is refused and
 * counted; it is never waited for.
 */
#ifndef TIDEGATE_BASE_RING_H
#define TIDEGATE_BASE_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ring;

/* Bytes for slots (a power of two) of that size. */
size_t ring_bytes(size_t slots, size_t item_bytes);
int ring_create(struct ring **out, void *memory, size_t bytes, size_t slots,
	size_t item_bytes);

/* Writer: copies the item in; false and one more lost where the ring is full. */
bool ring_put(struct ring *r, const void *item);

/* Reader: copies the oldest item out; false where there is none. */
bool ring_take(struct ring *r, void *item);

size_t ring_count(const struct ring *r);  /* either side; a moment's view */
uint64_t ring_lost(const struct ring *r); /* either side */

#endif
