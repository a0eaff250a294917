/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two walks over the frames: how far they hold, and then, knowing that, copying. */
#include "codec/wal_pages.h"

#include <stdbool.h>
#include <string.h>

#include "base/err.h"

#define FRAME_HEADER 24
#define MAGIC 0x377f0682U /* with the lowest bit: checksums over big-endian words */
#define VERSION 3007000U
#define PAGE_LEAST 512U
#define PAGE_MOST 65536U

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint32_t le32(const uint8_t *p)
{
	return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

struct sum {
	bool big;
	uint32_t a, b;
};

/* len is a multiple of 8. */
static void sum_add(struct sum *s, const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i += 8) {
		s->a += (s->big ? be32(p + i) : le32(p + i)) + s->b;
		s->b += (s->big ? be32(p + i + 4) : le32(p + i + 4)) + s->a;
	}
}

static bool sum_is(const struct sum *s, const uint8_t *p)
{
	return s->a == be32(p) && s->b == be32(p + 4);
}

static int read_header(struct slice log, struct sum *sum, uint32_t *page_bytes)
{
	uint32_t bytes;

	if (log.len < WAL_HEADER || (be32(log.at) & ~1U) != MAGIC || be32(log.at + 4) != VERSION)
		return ERR_INVALID;
	bytes = be32(log.at + 8);
	if (bytes < PAGE_LEAST || bytes > PAGE_MOST || (bytes & (bytes - 1)))
		return ERR_INVALID;
	*sum = (struct sum){ .big = be32(log.at) & 1 };
	sum_add(sum, log.at, 24);
	if (!sum_is(sum, log.at + 24))
		return ERR_INVALID;
	*page_bytes = bytes;
	return 0;
}

static const uint8_t *frame_at(struct slice log, uint32_t page_bytes, size_t i)
{
	size_t each = FRAME_HEADER + (size_t)page_bytes;

	if (i >= (log.len - WAL_HEADER) / each)
		return NULL;
	return log.at + WAL_HEADER + i * each;
}

int wal_look(struct slice log, struct wal_found *out)
{
	uint32_t page_bytes;
	const uint8_t *f;
	struct sum sum;

	*out = (struct wal_found){ .frames = 0 };
	if (!log.len)
		return 0;
	if (read_header(log, &sum, &page_bytes))
		return ERR_INVALID;
	for (size_t i = 0; (f = frame_at(log, page_bytes, i)) != NULL; i++) {
		if (memcmp(f + 8, log.at + 16, 8) != 0 || !be32(f))
			break; /* of an earlier round of the log */
		sum_add(&sum, f, 8);
		sum_add(&sum, f + FRAME_HEADER, page_bytes);
		if (!sum_is(&sum, f + 16))
			break;
		if (be32(f + 4))
			*out = (struct wal_found){ .page_bytes = page_bytes, .pages = be32(f + 4), .frames = i + 1 };
	}
	return 0;
}

void wal_apply(struct slice log, const struct wal_found *found, uint8_t *pages)
{
	for (size_t i = 0; i < found->frames; i++) {
		const uint8_t *f = frame_at(log, found->page_bytes, i);
		uint32_t page = be32(f);

		/* One that a later commit cut off. */
		if (page <= found->pages)
			memcpy(pages + (size_t)(page - 1) * found->page_bytes, f + FRAME_HEADER, found->page_bytes);
	}
}
