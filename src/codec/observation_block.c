/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Headers of blocks: fixed places, then the filter, then a checksum over both. */
#include "codec/observation_block.h"

#include <string.h>

#include "base/err.h"
#include "codec/observation_log.h"

static const uint8_t magic[8] = { 0xb1, 'T', 'G', 'B', 'L', 'K', '0', '1' };

#define BITS_LOG2 16     /* of the largest filter */
#define BITS_LOG2_LEAST 6
#define BITS_A_KEY 10    /* with four bits set for each: one in 85 is found by mistake */
#define HASHES 4

uint64_t block_checksum(const void *bytes, size_t len)
{
	struct hash_key k;

	hash_key_from_seed(&k, 0);
	return hash_bytes(&k, bytes, len);
}

void block_filter_clear(struct block_filter *f)
{
	memset(f, 0, sizeof(*f));
}

void block_filter_add(struct block_filter *f, const struct hash_key *k, uint64_t key)
{
	uint64_t hash = hash_u64(k, key);
	bool news = false;

	for (unsigned i = 0; i < HASHES; i++, hash >>= 16) {
		uint8_t *byte = &f->bits[(hash & 0xffff) >> 3], bit = (uint8_t)(1 << (hash & 7));

		news |= !(*byte & bit);
		*byte |= bit;
	}
	f->keys += news;
}

/* Halved as often as its keys allow. A bit's place in the smaller one is its place's lower end. */
static unsigned fold(const struct block_filter *f, uint8_t out[BLOCK_FILTER])
{
	unsigned log2 = BITS_LOG2;

	memcpy(out, f->bits, BLOCK_FILTER);
	for (; log2 > BITS_LOG2_LEAST && (size_t)1 << (log2 - 1) >= f->keys * BITS_A_KEY; log2--) {
		size_t half = (size_t)1 << (log2 - 4);

		for (size_t i = 0; i < half; i++)
			out[i] |= out[half + i];
	}
	return log2;
}

static void put(uint8_t *at, uint64_t value, size_t bytes)
{
	while (bytes--)
		*at++ = (uint8_t)(value >> 8 * bytes);
}

size_t block_header_write(const struct block_header *h, const struct block_filter *f, uint8_t out[BLOCK_HEADER])
{
	unsigned log2 = f->keys ? fold(f, out + BLOCK_FIXED) : 0;
	size_t len = BLOCK_FIXED + (log2 ? (size_t)1 << (log2 - 3) : 0);

	memset(out, 0, BLOCK_FIXED);
	memcpy(out, magic, sizeof(magic));
	put(out + 8, h->number, 8);
	put(out + 16, h->raw, 4);
	put(out + 20, h->packed, 4);
	put(out + 24, h->entries, 4);
	put(out + 28, h->flags, 4);
	put(out + 32, (uint64_t)h->first.ns, 8);
	put(out + 40, (uint64_t)h->last.ns, 8);
	put(out + 48, (uint64_t)h->wall_ns, 8);
	put(out + 56, log2, 1);
	put(out + len, block_checksum(out, len), 8);
	return len + 8;
}

static uint64_t get(struct cursor *c)
{
	uint64_t high = cursor_be32(c);

	return high << 32 | cursor_be32(c);
}

static bool makes_sense(const struct block_header *h)
{
	return h->raw <= BLOCK_RAW_MOST && h->packed && h->packed <= BLOCK_PACKED_MOST && h->number &&
		h->first.ns >= 0 && h->last.ns >= h->first.ns && h->last.ns <= OBSERVATION_LATEST &&
		h->wall_ns <= OBSERVATION_WALL_MOST && h->wall_ns >= -OBSERVATION_WALL_MOST;
}

int block_header_read(struct slice bytes, struct block_header *h)
{
	struct cursor c = cursor_over(bytes);
	struct block_header r = { .number = 0 };
	const uint8_t *head;
	unsigned log2;

	if (bytes.len < BLOCK_FIXED)
		return bytes.len && memcmp(bytes.at, magic, bytes.len < sizeof(magic) ? bytes.len : sizeof(magic)) ?
			ERR_INVALID : ERR_TRUNCATED;
	head = cursor_take(&c, sizeof(magic));
	if (!head || memcmp(head, magic, sizeof(magic)))
		return ERR_INVALID;
	r.number = get(&c);
	r.raw = cursor_be32(&c);
	r.packed = cursor_be32(&c);
	r.entries = cursor_be32(&c);
	r.flags = cursor_be32(&c);
	r.first.ns = (int64_t)get(&c);
	r.last.ns = (int64_t)get(&c);
	r.wall_ns = (int64_t)get(&c);
	log2 = cursor_u8(&c);
	cursor_skip(&c, 7);
	if (!makes_sense(&r) || log2 > BITS_LOG2 || (log2 && log2 < BITS_LOG2_LEAST))
		return ERR_INVALID;
	r.filter = cursor_slice(&c, log2 ? (size_t)1 << (log2 - 3) : 0);
	r.length = BLOCK_FIXED + r.filter.len + 8;
	if (bytes.len < r.length)
		return ERR_TRUNCATED;
	if (get(&c) != block_checksum(bytes.at, r.length - 8))
		return ERR_INVALID;
	*h = r;
	return 0;
}

bool block_header_knows(const struct block_header *h, const struct hash_key *k, uint64_t key)
{
	uint64_t hash = hash_u64(k, key), mask = h->filter.len * 8 - 1;

	if (!h->filter.len)
		return false;
	for (unsigned i = 0; i < HASHES; i++, hash >>= 16) {
		uint64_t bit = hash & 0xffff & mask;

		if (!(h->filter.at[bit >> 3] >> (bit & 7) & 1))
			return false;
	}
	return true;
}

size_t block_header_seek(struct slice bytes)
{
	for (size_t i = 1; i + sizeof(magic) <= bytes.len; i++)
		if (bytes.at[i] == magic[0] && !memcmp(bytes.at + i, magic, sizeof(magic)))
			return i;
	return bytes.len < sizeof(magic) ? bytes.len : bytes.len - sizeof(magic) + 1;
}
