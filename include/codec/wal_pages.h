/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A write-ahead log of SQLite (format 3007000, https://sqlite.org/fileformat2.html section 4) laid over the pages of its
 * database: what a reader would see who opens both. Frames count up to the last commit whose checksums and salts hold; a
 * tail that is half written is no error. Pure.
 */
#ifndef TIDEGATE_CODEC_WAL_PAGES_H
#define TIDEGATE_CODEC_WAL_PAGES_H

#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"

#define WAL_HEADER 32

struct wal_found {
	uint32_t page_bytes; /* 0: there is no commit in it */
	uint32_t pages;      /* of the database after the last commit */
	size_t frames;       /* that count */
};

/* ERR_INVALID where it is no such log; an empty one, or one without a commit, is 0 with no frames. */
int wal_look(struct slice log, struct wal_found *out);

/* Puts them over the database, which has room for found->pages pages (and what is not in the log from the file). */
void wal_apply(struct slice log, const struct wal_found *found, uint8_t *pages);

#endif
