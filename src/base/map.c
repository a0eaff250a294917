/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Linear probing over a power of two of slots, at most half full. A removal moves later
 * entries of the run back, so that runs never hold holes nor tombstones. Which slots are
 * taken stands in bits of their own, of which a cache holds all: most questions are about
 * keys that are not here, and are answered without a look at the slots.
 */
#include "base/map.h"

#include <stdbool.h>
#include <string.h>

#include "base/err.h"

#define ENTRIES_MOST ((size_t)1 << 30)

struct slot {
	uint64_t key;
	uint32_t value;
	uint32_t spare;
};

struct map {
	struct hash_key key;
	size_t mask; /* slots - 1 */
	size_t count;
	size_t most;
	uint64_t *taken; /* one bit a slot; behind the slots */
	struct slot slots[];
};

/* At least twice the entries, so that a run ends soon and always. */
static size_t slots_for(size_t entries)
{
	size_t slots = 2;

	while (slots < 2 * entries)
		slots *= 2;
	return slots;
}

static size_t words_for(size_t slots)
{
	return (slots + 63) / 64;
}

static bool taken(const struct map *m, size_t i)
{
	return m->taken[i / 64] >> (i % 64) & 1;
}

static size_t home(const struct map *m, uint64_t key)
{
	return (size_t)hash_u64(&m->key, key) & m->mask;
}

/* The slot of key, or the free one where it would stand; from its home on. */
static size_t find_from(const struct map *m, uint64_t key, size_t i)
{
	while (taken(m, i) && m->slots[i].key != key)
		i = (i + 1) & m->mask;
	return i;
}

static size_t find(const struct map *m, uint64_t key)
{
	return find_from(m, key, home(m, key));
}

static uint32_t value_at(const struct map *m, size_t i)
{
	return taken(m, i) ? m->slots[i].value : MAP_NONE;
}

size_t map_bytes(size_t entries)
{
	if (entries > ENTRIES_MOST)
		return SIZE_MAX;
	return sizeof(struct map) + slots_for(entries) * sizeof(struct slot) +
		words_for(slots_for(entries)) * sizeof(uint64_t);
}

int map_create(struct map **out, void *memory, size_t bytes, size_t entries,
	const struct hash_key *key)
{
	struct map *m = memory;

	if (entries == 0 || entries > ENTRIES_MOST || bytes < map_bytes(entries))
		return ERR_RANGE;
	if ((uintptr_t)memory % _Alignof(struct map))
		return ERR_INVALID;
	m->key = *key;
	m->mask = slots_for(entries) - 1;
	m->count = 0;
	m->most = entries;
	m->taken = (uint64_t *)(void *)(m->slots + m->mask + 1);
	memset(m->taken, 0, words_for(m->mask + 1) * sizeof(uint64_t));
	*out = m;
	return 0;
}

uint32_t map_get(const struct map *m, uint64_t key)
{
	return value_at(m, find(m, key));
}

void map_prefetch(const struct map *m, uint64_t hash)
{
	const size_t i = (size_t)hash & m->mask;

	if (taken(m, i))
		__builtin_prefetch(&m->slots[i]);
}

uint32_t map_get_hashed(const struct map *m, uint64_t key, uint64_t hash)
{
	return value_at(m, find_from(m, key, (size_t)hash & m->mask));
}

int map_set(struct map *m, uint64_t key, uint32_t value)
{
	const size_t i = find(m, key);

	if (value == MAP_NONE)
		return ERR_RANGE;
	if (!taken(m, i)) {
		if (m->count == m->most)
			return ERR_FULL;
		m->count++;
		m->taken[i / 64] |= UINT64_C(1) << (i % 64);
	}
	m->slots[i] = (struct slot){ .key = key, .value = value };
	return 0;
}

int map_remove(struct map *m, uint64_t key)
{
	size_t hole = find(m, key);

	if (!taken(m, hole))
		return ERR_ABSENT;
	for (size_t i = (hole + 1) & m->mask; taken(m, i); i = (i + 1) & m->mask) {
		/* An entry whose home lies between the hole and itself would be lost
		 * there. */
		const size_t from_home = (i - home(m, m->slots[i].key)) & m->mask;
		const size_t from_hole = (i - hole) & m->mask;

		if (from_home < from_hole)
			continue;
		m->slots[hole] = m->slots[i];
		hole = i;
	}
	m->taken[hole / 64] &= ~(UINT64_C(1) << (hole % 64));
	m->count--;
	return 0;
}

size_t map_count(const struct map *m)
{
	return m->count;
}
