/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lists of bad addresses on disk: a file that somebody downloads, read whole and never while it is being written; and our
 * own copy of what was accepted of it, a netset that says its length, replaced at once or not at all. Fetches nothing.
 */
#ifndef TIDEGATE_EDGE_FEED_FILES_H
#define TIDEGATE_EDGE_FEED_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/time.h"
#include "core/listed.h"
#include "edge/log.h"

#define FEED_PATH 512

/* Another one is another file, or another content. No padding: compared as bytes. */
struct feed_stamp {
	uint64_t device, inode, bytes;
	int64_t changed_ns; /* wall clock */
};

/* ERR_ABSENT, ERR_PERMISSION, ERR_IO; ERR_INVALID: no regular file. */
int feed_file_look(const char *path, struct feed_stamp *out, char why[WHY_TEXT]);

/* The whole file, *bytes the taker's to free; *stamp also after most failures. As above, or ERR_RANGE: more than most;
 * ERR_AGAIN: it was written meanwhile; ERR_MEMORY. */
int feed_file_read(const char *path, size_t most, char **bytes, size_t *len, struct feed_stamp *stamp,
	char why[WHY_TEXT]);

/* state_dir/feeds/NAME.netset */
void feed_file_kept(const char *state_dir, const char *name, char out[FEED_PATH]);

/* Writes the copy, and its folder where that is missing; for root alone. ERR_PERMISSION, ERR_IO, ERR_RANGE (path). */
int feed_file_keep(const char *state_dir, const char *name, const struct listed_entry *e, size_t n, char why[WHY_TEXT]);

#endif
