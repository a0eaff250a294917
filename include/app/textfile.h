/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The metrics as a file, for node_exporter's textfile collector: a thread that may wait for the disk, so that nobody else has
 * to. It has the latest text only. The file goes when the daemon ends: numbers of a daemon that is gone are told by nobody
 * (one that was killed leaves them behind, and tidegate_gathered_timestamp_seconds says how old they are).
 */
#ifndef TIDEGATE_APP_TEXTFILE_H
#define TIDEGATE_APP_TEXTFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct textfile;

/* ERR_MEMORY, ERR_RANGE (the path). */
int textfile_create(struct textfile **out, const char *path);
int textfile_start(struct textfile *f); /* ERR_MEMORY */

/* Takes the text, which free() can free; one that still waits is replaced. From any thread, at once. */
void textfile_give(struct textfile *f, char *text, size_t len);

struct textfile_stats {
	uint64_t written, failures;
};

void textfile_stats(struct textfile *f, struct textfile_stats *out);

/* Removes the file. False: the thread waits for the disk, and all that it can reach must stay. NULL is done at once. */
bool textfile_destroy(struct textfile *f);

#endif
