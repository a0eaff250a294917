/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of sources: its layout in the caller's memory, and all that reads it. A
 * bucket is a head line (tags, classes, scores, times of touch), by which a record is
 * found and a victim chosen without touching the records, and eight records behind it.
 */
#include "base/table.h"

#include <string.h>

#include "base/err.h"
#include "base/table_parts.h"

#define LINE 64
#define RECORDS_MOST ((size_t)1 << 30)
#define TABLE_BYTES ((sizeof(struct table) + LINE - 1) / LINE * LINE)

static size_t buckets_for(size_t records)
{
	return (records + WAYS - 1) / WAYS;
}

size_t table_bytes(size_t records)
{
	if (records > RECORDS_MOST)
		return SIZE_MAX;
	return TABLE_BYTES + buckets_for(records) *
		(sizeof(struct bucket) + sizeof(struct ghost_line));
}

int table_create(struct table **out, void *memory, size_t bytes, size_t records,
	const struct hash_key *key)
{
	struct table *t = memory;

	if (records == 0 || records > RECORDS_MOST || bytes < table_bytes(records))
		return ERR_RANGE;
	if ((uintptr_t)memory % LINE)
		return ERR_INVALID;
	memset(memory, 0, table_bytes(records));
	t->n_buckets = buckets_for(records);
	t->buckets = (struct bucket *)(void *)((uint8_t *)memory + TABLE_BYTES);
	t->ghosts = (struct ghost_line *)(void *)(t->buckets + t->n_buckets);
	t->key = *key;
	t->random = hash_bytes(key, "admission", strlen("admission"));
	*out = t;
	return 0;
}

uint64_t table_prefetch(const struct table *t, uint64_t key)
{
	const uint64_t hash = hash_u64(&t->key, key);

	__builtin_prefetch(&t->buckets[bucket_of(t, hash)].head);
	return hash;
}

void table_prefetch_record(const struct table *t, uint64_t key, uint64_t hash)
{
	const struct bucket *b = &t->buckets[bucket_of(t, hash)];

	(void)key; /* the tags must do: the keys are in the lines still to come */
	for (unsigned half = 0; half < 2; half++) {
		const uint64_t lanes = equal_lanes(b->head.tags[half], tag_of(hash));

		if (lanes)
			__builtin_prefetch(&b->records[4 * half + first_lane(lanes)], 1);
	}
}

void *table_find(const struct table *t, uint64_t key, uint64_t hash)
{
	struct bucket *b = &t->buckets[bucket_of(t, hash)];
	const unsigned way = find_way(b, key, tag_of(hash));

	return way < WAYS ? &b->records[way] : NULL;
}

void table_stats(const struct table *t, struct table_stats *out)
{
	*out = (struct table_stats){
		.capacity = t->n_buckets * WAYS,
		.admitted = t->admitted,
		.evicted = t->evicted,
		.evicted_proven = t->evicted_proven,
		.refused = t->refused,
		.ghosts_returned = t->ghosts_returned,
	};
	for (size_t i = 0; i < CLASSES; i++)
		out->records += t->used[i];
}

void *table_next(const struct table *t, size_t *at)
{
	for (; *at < t->n_buckets * WAYS; (*at)++) {
		struct bucket *b = &t->buckets[*at / WAYS];
		const unsigned way = *at % WAYS;

		if (tag_at(&b->head, way) == 0)
			continue;
		(*at)++;
		return &b->records[way];
	}
	return NULL;
}

void *table_next_within(const struct table *t, size_t *at, size_t most)
{
	const size_t places = t->n_buckets * WAYS;
	const size_t end = most < places - *at ? *at + most : places;

	for (; *at < end; (*at)++) {
		struct bucket *b = &t->buckets[*at / WAYS];
		const unsigned way = *at % WAYS;

		if (tag_at(&b->head, way) == 0)
			continue;
		(*at)++;
		return &b->records[way];
	}
	if (*at >= places)
		*at = 0;
	return NULL;
}
