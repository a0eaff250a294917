/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lamport's ring of one writer and one reader. Both ends count up for ever and are masked
 * when used; each side keeps what it last saw of the other's end, and looks again only
 * where that no longer suffices, so that the two seldom fight for a cache line.
 */
#include "base/ring.h"

#include <stdatomic.h>
#include <string.h>

#include "base/err.h"

#define LINE 64
#define SLOTS_MOST ((size_t)1 << 30)
#define ITEM_MOST ((size_t)1 << 20)

struct ring {
	/* The writer's line. */
	_Alignas(LINE) _Atomic size_t written;
	_Atomic uint64_t lost;
	size_t taken_seen;
	/* The reader's. */
	_Alignas(LINE) _Atomic size_t taken;
	size_t written_seen;
	/* Never changed. */
	_Alignas(LINE) size_t slots;
	size_t item_bytes;
	_Alignas(LINE) uint8_t items[];
};

static uint8_t *item_at(struct ring *r, size_t n)
{
	return r->items + (n & (r->slots - 1)) * r->item_bytes;
}

static bool sizes_hold(size_t slots, size_t item_bytes)
{
	if (slots == 0 || slots > SLOTS_MOST || slots & (slots - 1))
		return false;
	return item_bytes > 0 && item_bytes <= ITEM_MOST;
}

size_t ring_bytes(size_t slots, size_t item_bytes)
{
	if (!sizes_hold(slots, item_bytes))
		return SIZE_MAX;
	return sizeof(struct ring) + slots * item_bytes;
}

int ring_create(struct ring **out, void *memory, size_t bytes, size_t slots,
	size_t item_bytes)
{
	struct ring *r = memory;

	if (!sizes_hold(slots, item_bytes) || bytes < ring_bytes(slots, item_bytes))
		return ERR_RANGE;
	if ((uintptr_t)memory % LINE)
		return ERR_INVALID;
	atomic_init(&r->written, 0);
	atomic_init(&r->lost, 0);
	atomic_init(&r->taken, 0);
	r->taken_seen = 0;
	r->written_seen = 0;
	r->slots = slots;
	r->item_bytes = item_bytes;
	*out = r;
	return 0;
}

bool ring_put(struct ring *r, const void *item)
{
	const size_t n = atomic_load_explicit(&r->written, memory_order_relaxed);

	if (n - r->taken_seen == r->slots)
		r->taken_seen = atomic_load_explicit(&r->taken, memory_order_acquire);
	if (n - r->taken_seen == r->slots) {
		atomic_fetch_add_explicit(&r->lost, 1, memory_order_relaxed);
		return false;
	}
	memcpy(item_at(r, n), item, r->item_bytes);
	atomic_store_explicit(&r->written, n + 1, memory_order_release);
	return true;
}

bool ring_take(struct ring *r, void *item)
{
	const size_t n = atomic_load_explicit(&r->taken, memory_order_relaxed);

	if (n == r->written_seen)
		r->written_seen = atomic_load_explicit(&r->written, memory_order_acquire);
	if (n == r->written_seen)
		return false;
	memcpy(item, item_at(r, n), r->item_bytes);
	atomic_store_explicit(&r->taken, n + 1, memory_order_release);
	return true;
}

size_t ring_count(const struct ring *r)
{
	/* taken first: it cannot overtake a written that is read after it. */
	const size_t taken = atomic_load_explicit(&r->taken, memory_order_acquire);
	const size_t written = atomic_load_explicit(&r->written, memory_order_acquire);
	const size_t count = written - taken;

	return count < r->slots ? count : r->slots;
}

uint64_t ring_lost(const struct ring *r)
{
	return atomic_load_explicit(&r->lost, memory_order_relaxed);
}
