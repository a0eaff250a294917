/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Capture files, by libpcap: pcap and pcapng, several of them merged in the order of time, or standard input. Reading
 * needs no right. Within one file frames come as they stand there, even where their times step back: what that means
 * is the caller's business.
 */
#ifndef TIDEGATE_EDGE_CAPTURE_H
#define TIDEGATE_EDGE_CAPTURE_H

#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/time.h"
#include "edge/log.h"

#define CAPTURE_FILES 64
#define CAPTURE_WHY 512 /* room for a path and a reason */

struct capture;

struct capture_frame {
	wall_t at;          /* nanoseconds, whatever the file counts in */
	struct slice bytes; /* borrowed until the next call */
	uint32_t wire_len;
	int link;           /* LINKTYPE_ of its file */
	size_t file;        /* index into the paths */
};

/*
 * Opens all of them; "-" is standard input, once. filter is a BPF expression as tcpdump's (or NULL), compiled for each
 * file's link type. ERR_INVALID: no capture, a link type that nobody here knows (its name is said), a filter that does
 * not compile; ERR_ABSENT, ERR_PERMISSION, ERR_IO, ERR_MEMORY, ERR_RANGE (over CAPTURE_FILES). The reason names the file.
 */
int capture_open(struct capture **out, const char *const *paths, size_t n, const char *filter, char why[CAPTURE_WHY]);

/*
 * The next frame of all, by time: 1; 0 at the end of all. A file that is damaged or cut in the middle ends there and is
 * said: ERR_TRUNCATED with its name, once for each file; the call after that goes on with the others.
 */
int capture_next(struct capture *c, struct capture_frame *out, char why[CAPTURE_WHY]);

/* How far it has read, in bytes of all files; total is 0 where it cannot be known (a pipe among them). Cheap. */
struct capture_progress {
	uint64_t read, total;
};
void capture_progress(const struct capture *c, struct capture_progress *out);

void capture_close(struct capture *c); /* NULL does nothing */

/* ---- writing ---- */

struct capture_writer;

/*
 * A pcap file with nanoseconds, which its owner alone may read: it is others' traffic. An existing file is replaced when
 * the writer is closed, never before (temporary file and rename); "-" is standard output; a device or a named pipe is
 * written to. snap_len 0: as much as libpcap reads again. ERR_INVALID: a directory, a terminal, an unknown link type;
 * ERR_ABSENT, ERR_PERMISSION, ERR_IO, ERR_FULL, ERR_MEMORY.
 */
int capture_create(struct capture_writer **out, const char *path, int link, uint32_t snap_len, char why[CAPTURE_WHY]);
int capture_write(struct capture_writer *w, const struct capture_frame *f); /* ERR_IO, ERR_FULL; link and file unused */
/* What was written is in the file, or ERR_IO, ERR_FULL: then there is no file. Frees the writer either way. */
int capture_finish(struct capture_writer *w, char why[CAPTURE_WHY]);
void capture_abandon(struct capture_writer *w); /* no file comes of it; NULL does nothing */

#endif
