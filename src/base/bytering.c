/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * As base/ring.c, but a value says its length in the word before it, and one that would lie across the end lies at the
 * beginning instead: the word that stands at the end then says so. Both ends count bytes for ever.
 */
#include "base/bytering.h"

#include <stdatomic.h>

#include "base/err.h"

#define LINE 64
#define WORD sizeof(uint64_t)
#define SKIP UINT64_MAX /* to the beginning */
#define TOUCH_MOST ((size_t)8192)
#define SIZE_LEAST ((size_t)4096)
#define SIZE_MOST ((size_t)1 << 30)

struct bytering {
	/* The writer's line. */
	_Alignas(LINE) _Atomic size_t written;
	size_t claimed; /* where the next value begins, once it is published */
	size_t taken_seen;
	/* The reader's. */
	_Alignas(LINE) _Atomic size_t taken;
	size_t written_seen;
	size_t end; /* of the value that was peeked at */
	/* Never changed. */
	_Alignas(LINE) size_t size;
	_Alignas(LINE) uint64_t words[];
};

size_t bytering_bytes(size_t size)
{
	if (size < SIZE_LEAST || size > SIZE_MOST || size & (size - 1))
		return SIZE_MAX;
	return sizeof(struct bytering) + size;
}

int bytering_create(struct bytering **out, void *memory, size_t bytes, size_t size)
{
	struct bytering *r = memory;

	if (bytering_bytes(size) == SIZE_MAX || bytes < bytering_bytes(size))
		return ERR_RANGE;
	if ((uintptr_t)memory % LINE)
		return ERR_INVALID;
	atomic_init(&r->written, 0);
	atomic_init(&r->taken, 0);
	r->claimed = r->taken_seen = r->written_seen = r->end = 0;
	r->size = size;
	*out = r;
	return 0;
}

static uint64_t *word_at(struct bytering *r, size_t n)
{
	return &r->words[(n & (r->size - 1)) / WORD];
}

static size_t rounded(size_t len)
{
	return (len + WORD - 1) / WORD * WORD + WORD;
}

void *bytering_claim(struct bytering *r, size_t len, size_t spare)
{
	size_t at = atomic_load_explicit(&r->written, memory_order_relaxed);
	size_t to_end = r->size - (at & (r->size - 1)), need = rounded(len), skip = need > to_end ? to_end : 0;

	if (len > r->size / 4)
		return NULL;
	if (at + skip + need + spare - r->taken_seen > r->size)
		r->taken_seen = atomic_load_explicit(&r->taken, memory_order_acquire);
	if (at + skip + need + spare - r->taken_seen > r->size)
		return NULL;
	if (skip)
		*word_at(r, at) = SKIP;
	*word_at(r, at + skip) = len;
	r->claimed = at + skip + need;
	return word_at(r, at + skip) + 1;
}

/* The reader has these lines in his cache: what the next value will need is asked for now, while the writer does other
 * things, or each would be waited for. As much as the last one took. */
static void touch_next(struct bytering *r, size_t len)
{
	const char *at = (const char *)word_at(r, r->claimed), *end = (const char *)r->words + r->size;

	if (len > TOUCH_MOST)
		len = TOUCH_MOST;
	for (size_t n = 0; n < len && at + n < end; n += LINE)
		__builtin_prefetch(at + n, 1, 3);
}

size_t bytering_publish(struct bytering *r)
{
	size_t len = r->claimed - atomic_load_explicit(&r->written, memory_order_relaxed);

	atomic_store_explicit(&r->written, r->claimed, memory_order_release);
	touch_next(r, len);
	if (r->claimed - r->taken_seen > r->size / 4)
		r->taken_seen = atomic_load_explicit(&r->taken, memory_order_acquire);
	return r->claimed - r->taken_seen;
}

const void *bytering_peek(struct bytering *r, size_t *len)
{
	size_t at = atomic_load_explicit(&r->taken, memory_order_relaxed);

	if (at == r->written_seen)
		r->written_seen = atomic_load_explicit(&r->written, memory_order_acquire);
	if (at == r->written_seen)
		return NULL;
	if (*word_at(r, at) == SKIP)
		at += r->size - (at & (r->size - 1));
	*len = (size_t)*word_at(r, at);
	r->end = at + rounded(*len);
	return word_at(r, at) + 1;
}

void bytering_drop(struct bytering *r)
{
	atomic_store_explicit(&r->taken, r->end, memory_order_release);
}
