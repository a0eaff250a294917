/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes as a write-ahead log: whatever counts of it fits the pages that it says the database has. */
#include <stdint.h>
#include <stdlib.h>

#include "codec/wal_pages.h"

#define MOST (16U << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct slice log = { .at = data, .len = size };
	struct wal_found f;
	uint64_t bytes;
	uint8_t *pages;

	if (wal_look(log, &f) || !f.frames)
		return 0;
	bytes = (uint64_t)f.pages * f.page_bytes;
	if (!f.pages || f.page_bytes < 512)
		abort();
	if (bytes > MOST)
		return 0;
	pages = calloc(1, bytes);
	if (pages)
		wal_apply(log, &f, pages);
	free(pages);
	return 0;
}
