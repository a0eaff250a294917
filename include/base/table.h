/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bounded table of sources: 8-way set-associative, one 64-byte head line and eight
 * 64-byte records a bucket, in memory that the caller gives. It cannot grow, cannot be
 * filled by an attacker at the cost of those who have proven themselves, and counts what
 * its bound cost.
 *
 * Eviction: a victim is chosen by score and age, never by age alone; a record of class
 * PROVEN that was touched within a day is never evicted for one of class CLAIMED, a
 * PINNED one never at all; a full bucket admits a new claimed source with the chance
 * min(1, slots * 0.5 / (300 s * new sources a second)), so that residents stay about 300
 * s whatever the spray (RAP: Ben Basat et al., "Randomized admission policy", 2017). What
 * was evicted with a score leaves a ghost (fingerprint + score) that is given back when
 * the source returns; scores fade to their half in half an hour, in idle records as in
 * ghosts.
 */
#ifndef TIDEGATE_BASE_TABLE_H
#define TIDEGATE_BASE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/time.h"

#define TABLE_RECORD_BYTES 64

enum table_class {
	TABLE_CLAIMED = 0,
	TABLE_PROVEN = 1,
	TABLE_PINNED = 2,
};

struct table_stats {
	uint64_t records;  /* in use now */
	uint64_t capacity;
	uint64_t admitted;
	uint64_t evicted;  /* claimed ones that made room */
	uint64_t evicted_proven;
	uint64_t refused;  /* newcomers that found no room */
	uint64_t ghosts_returned;
};

struct table;

/* Bytes that a table of at least that many records (and its ghosts) needs: 72 a record
 * and 8 a ghost pair. */
size_t table_bytes(size_t records);

/* Lays a table into memory of table_bytes(records), aligned to 64; it is cleared here.
 * The memory stays the caller's and outlives the table. The first 8 bytes of a record
 * are its key, kept by the table. */
int table_create(struct table **out, void *memory, size_t bytes, size_t records,
	const struct hash_key *key);

/* The two stages of a batched look-up: hash and touch the head; then match and touch
 * the record. */
uint64_t table_prefetch(const struct table *t, uint64_t key);
void table_prefetch_record(const struct table *t, uint64_t key, uint64_t hash);

/* The record of a key, or NULL. Valid until the next table_admit. */
void *table_find(const struct table *t, uint64_t key, uint64_t hash);

/*
 * The record of a key, made where there is none: zeroed but for its key. NULL where the
 * table has no room for it (counted). *fresh tells whether it is new; *ghost is what is
 * left of the score it had when it was evicted, or 0. Admitting touches: idle is who was
 * neither admitted nor rated.
 */
void *table_admit(struct table *t, uint64_t key, uint64_t hash, mono_t now, bool *fresh,
	uint8_t *ghost);

/* The same for a source that has just proven itself, of class PROVEN from then on: it
 * needs no luck, and where all of its bucket have proven themselves, the least worthy
 * makes room. */
void *table_admit_proven(struct table *t, uint64_t key, uint64_t hash, mono_t now,
	bool *fresh, uint8_t *ghost);

/* What the owner of the record thinks of it: class, and 0..255 how dear its loss would
 * be. */
void table_rate(struct table *t, uint64_t key, uint64_t hash, enum table_class class,
	uint8_t score, mono_t now);

void table_stats(const struct table *t, struct table_stats *out);

/* Walks the records in use: start with *at = 0; NULL at the end. */
void *table_next(const struct table *t, size_t *at);

/* The same among so many places from *at on, for who may not look at all of them at once: NULL where there is none in
 * these; *at is behind them, or 0 again where the table ended. */
void *table_next_within(const struct table *t, size_t *at, size_t most);

#endif
