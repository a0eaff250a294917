/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the halves of base/table share: where things lie, and how a key is found there.
 * For table.c and table_admit.c alone. The bucket comes from the upper half of the keyed
 * hash, the tag from the lower.
 */
#ifndef TIDEGATE_BASE_TABLE_PARTS_H
#define TIDEGATE_BASE_TABLE_PARTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/table.h"
#include "base/table_ghost.h"

#define WAYS 8
#define CLASSES 3

/* Tags stand in lanes of 16 bits; 0 is a free way, which no record ever becomes again. */
struct head {
	uint64_t tags[2];
	uint8_t score[WAYS];
	uint8_t class[WAYS];
	uint32_t touched[WAYS]; /* tick */
};

struct record {
	uint64_t key;
	uint8_t rest[TABLE_RECORD_BYTES - sizeof(uint64_t)];
};

struct bucket {
	struct head head;
	struct record records[WAYS];
};

_Static_assert(sizeof(struct head) == 64, "a head is one cache line");
_Static_assert(sizeof(struct bucket) == 64 * (1 + WAYS), "a bucket has no holes");

struct table {
	struct bucket *buckets;
	struct ghost_line *ghosts; /* one a bucket */
	size_t n_buckets;
	size_t used[CLASSES];      /* records by class */
	uint64_t random;
	uint32_t arrivals;         /* new sources, Q8, decayed */
	uint32_t arrivals_tick;
	uint64_t admitted, evicted, evicted_proven, refused, ghosts_returned;
	struct hash_key key;
};

static inline size_t bucket_of(const struct table *t, uint64_t hash)
{
	return (size_t)((hash >> 32) * t->n_buckets >> 32);
}

static inline uint16_t tag_of(uint64_t hash)
{
	return (uint16_t)hash ? (uint16_t)hash : 1;
}

static inline uint16_t tag_at(const struct head *h, unsigned way)
{
	return (uint16_t)(h->tags[way / 4] >> (16 * (way % 4)));
}

static inline void set_tag(struct head *h, unsigned way, uint16_t tag)
{
	const unsigned shift = 16 * (way % 4);

	h->tags[way / 4] &= ~(UINT64_C(0xffff) << shift);
	h->tags[way / 4] |= (uint64_t)tag << shift;
}

/* The top bit of each lane that equals tag; also of a lane that differs by 1 alone and
 * stands above an equal one, as the subtraction borrows: whoever asks compares the key
 * too. */
static inline uint64_t equal_lanes(uint64_t lanes, uint16_t tag)
{
	const uint64_t ones = UINT64_C(0x0001000100010001);
	const uint64_t x = lanes ^ tag * ones;

	return (x - ones) & ~x & ones << 15;
}

static inline unsigned first_lane(uint64_t lanes)
{
	return (unsigned)__builtin_ctzll(lanes) / 16;
}

/* The way of a key in a bucket, or WAYS. */
static inline unsigned find_way(const struct bucket *b, uint64_t key, uint16_t tag)
{
	for (unsigned half = 0; half < 2; half++) {
		uint64_t lanes = equal_lanes(b->head.tags[half], tag);

		for (; lanes; lanes &= lanes - 1) {
			const unsigned way = 4 * half + first_lane(lanes);

			if (b->records[way].key == key && tag_at(&b->head, way) == tag)
				return way;
		}
	}
	return WAYS;
}

#endif
