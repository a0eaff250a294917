/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One table under test, for the tests of base/table: sources that arrive, prove
 * themselves and are forgotten, and strangers that are sprayed at it.
 */
#ifndef TIDEGATE_TESTS_SUPPORT_TABLE_LAB_H
#define TIDEGATE_TESTS_SUPPORT_TABLE_LAB_H

#include <check.h>
#include <stdlib.h>

#include "base/table.h"
#include "base/time.h"

#define RECORDS 1024
#define SPRAY UINT64_C(1000000000) /* keys from here on are strangers that come once */

static void *memory;
static struct table *table;

static inline void create(size_t records, uint64_t seed)
{
	const size_t bytes = (table_bytes(records) + 63) / 64 * 64;
	struct hash_key k;

	hash_key_from_seed(&k, seed);
	memory = aligned_alloc(64, bytes);
	ck_assert_ptr_nonnull(memory);
	ck_assert_int_eq(table_create(&table, memory, bytes, records, &k), 0);
}

static inline void destroy(void)
{
	free(memory);
}

static inline mono_t second(double s)
{
	return (mono_t){ .ns = (int64_t)(s * 1e9) };
}

static inline uint64_t hash(uint64_t key)
{
	return table_prefetch(table, key);
}

static inline uint64_t *find(uint64_t key)
{
	return table_find(table, key, hash(key));
}

static inline uint64_t *admit(uint64_t key, mono_t now, bool *fresh, uint8_t *ghost)
{
	return table_admit(table, key, hash(key), now, fresh, ghost);
}

/* True where the source came in. */
static inline bool arrive(uint64_t key, mono_t now)
{
	bool fresh;
	uint8_t ghost;

	return admit(key, now, &fresh, &ghost) != NULL;
}

static inline void rate(uint64_t key, enum table_class class, uint8_t score, mono_t now)
{
	table_rate(table, key, hash(key), class, score, now);
}

static inline struct table_stats stats(void)
{
	struct table_stats s;

	table_stats(table, &s);
	return s;
}

/* n strangers, evenly over the seconds from start on; how many came in. */
static inline size_t spray(uint64_t first, size_t n, double start, double seconds)
{
	size_t in = 0;

	for (size_t i = 0; i < n; i++)
		in += arrive(SPRAY + first + i,
			second(start + seconds * (double)i / (double)n));
	return in;
}

static inline size_t present(uint64_t first, uint64_t n)
{
	size_t there = 0;

	for (uint64_t key = first; key < first + n; key++)
		there += find(key) != NULL;
	return there;
}

#endif
