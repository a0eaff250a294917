/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The header of a block of the log of observations: when, how long, about whom. It stands before the packed bytes and has
 * a checksum of its own, so that a reader can pass over a block, or find the next one behind damage. Pure.
 *
 * About whom: a Bloom filter over the keys of sources, of as many bits as they need, four bits a key. They are chosen by a
 * keyed hash: whoever sends packets cannot choose them so that a search has to read every block.
 */
#ifndef TIDEGATE_CODEC_OBSERVATION_BLOCK_H
#define TIDEGATE_CODEC_OBSERVATION_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "base/time.h"

#define BLOCK_FIXED 64                  /* bytes before the filter */
#define BLOCK_FILTER 8192               /* the largest filter: 4096 sources and one of 500 found by mistake */
#define BLOCK_HEADER (BLOCK_FIXED + BLOCK_FILTER + 8)
#define BLOCK_RAW_MOST (1024 * 1024)    /* beyond that no reader follows */
#define BLOCK_PACKED_MOST (BLOCK_RAW_MOST + BLOCK_RAW_MOST / 64)

enum {
	BLOCK_BEGINS = 1, /* a file: its first entries are a snapshot of all that stays so */
	BLOCK_STATE = 2,  /* it has entries that set a state: not to be passed over for its sources */
};

struct block_filter {
	uint8_t bits[BLOCK_FILTER];
	size_t keys;  /* about how many different ones */
};

void block_filter_clear(struct block_filter *f);
void block_filter_add(struct block_filter *f, const struct hash_key *k, uint64_t key);

struct block_header {
	uint64_t number;     /* in the run, from 1: one that is missing shows */
	uint32_t raw, packed, entries;
	uint32_t flags;
	mono_t first, last;  /* of its first entry; the latest of all */
	int64_t wall_ns;     /* wall clock minus mono clock at its beginning */
	struct slice filter; /* read: borrowed from the bytes. Empty: no source */
	size_t length;       /* read: of the header, to where the packed bytes begin */
};

/* Into BLOCK_HEADER bytes; the length. The filter is folded to what its keys need. */
size_t block_header_write(const struct block_header *h, const struct block_filter *f, uint8_t out[BLOCK_HEADER]);

/* 0, and h->length says how many of the bytes it took; ERR_TRUNCATED: these are too few, BLOCK_HEADER are enough;
 * ERR_INVALID: no header begins here. */
int block_header_read(struct slice bytes, struct block_header *h);

/* Whether the block may know that source. */
bool block_header_knows(const struct block_header *h, const struct hash_key *k, uint64_t key);

/* Where the next header may begin at the earliest, from offset 1 on; bytes.len - 7 or so where there is none. */
size_t block_header_seek(struct slice bytes);

/* For the ends of other fixed parts of a file: an unkeyed checksum against accidents. */
uint64_t block_checksum(const void *bytes, size_t len);

#endif
