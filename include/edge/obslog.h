/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The log of observations on disk: files NNNNNNNN.obs in one folder, each a part of one run of the daemon. A file says of
 * which run it is, then come blocks of up to 256 KiB of entries (codec/observation_log.h), each a zstd frame of its own
 * with a checksum, behind a header that says when and about whom it is. So a block is read without any other, a cut or
 * damaged one costs itself alone, and who looks for one source passes over the blocks that do not know it.
 *
 * Each file begins with a snapshot of what stays so (mode, panic, ports, guards, neighbours): older files can go without
 * the younger ones losing their sense. Files are for root alone, mode 0600, in a folder of 0700.
 *
 * The writer and the reader know nothing of each other; the reader needs no daemon, and reads what the daemon has written
 * so far while it writes on. Both may wait for the disk.
 */
#ifndef TIDEGATE_EDGE_OBSLOG_H
#define TIDEGATE_EDGE_OBSLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/time.h"
#include "codec/observation_log.h"
#include "codec/stamp.h"

#define OBSLOG_PATH 512
#define OBSLOG_WHY 640 /* room for a path and a reason */
#define OBSLOG_BLOCK (256 * 1024)

/*
 * Ticks that did nothing (observation.h) are not in the log. A reader gives some in their place, one each 100 ms, up to a
 * second before what comes next: the last real one was not earlier, but where the log says so. So they do nothing under
 * the rules that the log was kept under, and under others they are what the daemon's would have been.
 */
#define OBSLOG_TICK_NS (100 * NS_PER_MS)
#define OBSLOG_FILL_NS NS_PER_S
/* And for no longer than that before it: a daemon that lives says so once a minute, so a longer silence is none of its. */
#define OBSLOG_FILL_MOST_NS (3600 * NS_PER_S)

/* ---- writing: the daemon's recorder ---- */

struct obslog;

struct obslog_opts {
	const char *folder;      /* is made where it is absent */
	uint64_t max_bytes;      /* of all files; the oldest goes first */
	int64_t keep_ns;         /* a file whose last entry is older goes; 0: whatever its age */
	struct observation_run run; /* its wall_ns holds until the first LOG_CLOCK */
};

/* Looks at what is there, and goes on where it cannot: the first file is begun, and troubles are told, with the first
 * block. ERR_MEMORY. */
int obslog_create(struct obslog **out, const struct obslog_opts *o);

/*
 * Adds an entry to the block that is being filled; where that is full it is written first. What an entry changes of the
 * snapshot is remembered, whatever becomes of the disk. Results of writing: ERR_FULL (the disk), ERR_IO,
 * ERR_PERMISSION: that block is lost and counted, a new file is begun with the next one.
 */
int obslog_put(struct obslog *l, const struct log_entry *e, char why[OBSLOG_WHY]);

/* Writes the block as far as it is filled, and lets old files go. The same results. */
int obslog_flush(struct obslog *l, char why[OBSLOG_WHY]);

/* When the block was begun that is being filled, and whether it holds more than ticks; false where it is empty. */
bool obslog_waits(const struct obslog *l, mono_t *since, bool *weighty);

struct obslog_stats {
	uint64_t bytes;        /* on disk, of all runs */
	uint64_t files;
	wall_t since;          /* the oldest entry's time; 0: there is none */
	uint64_t entries;      /* written in this run */
	uint64_t raw, packed;  /* bytes of them, before and after compression */
	uint64_t blocks, blocks_lost, entries_lost;
};

void obslog_stats(const struct obslog *l, struct obslog_stats *out);

/* What waits is not written: call obslog_flush before. NULL does nothing. */
void obslog_destroy(struct obslog *l);

/* ---- reading ---- */

struct obslog_reader;

struct obslog_look {
	const char *path;   /* a folder, or one file; a state directory with observations/ in it will do, too */
	wall_t from, until; /* until 0: to the end */
	bool one_source;    /* only packets and answers of this one, and what is no observation */
	bool with_state;    /* and then what sets the state, too */
	uint64_t source;    /* source_key */
	/* Asked at each block, for one may pass over gigabytes before there is an entry to give; NULL: nobody is in haste. */
	bool (*tired)(void *ctx);
	void *tired_ctx;
};

/* ERR_ABSENT: there is no such folder or no log in it; ERR_PERMISSION, ERR_IO, ERR_MEMORY; ERR_INVALID: no file in it is
 * a log. */
int obslog_open(struct obslog_reader **out, const struct obslog_look *l, char why[OBSLOG_WHY]);

enum obslog_kind {
	OBSLOG_END = 0,
	OBSLOG_RUN,   /* another run begins, or the first one: whatever an engine knew is void */
	OBSLOG_ENTRY,
	OBSLOG_GAP,   /* blocks or files of this run are missing here: damaged, deleted, or never written */
};

struct obslog_item {
	enum obslog_kind kind;
	const struct observation_run *run; /* the one that all is of, until the next OBSLOG_RUN */
	/* wall = stamp_wall(&stamp, any mono time of this run); exactly the daemon's own when it told its events */
	struct stamp stamp;
	struct log_entry entry; /* of OBSLOG_ENTRY; points into the reader until the next call */
};

/*
 * The next one: 1; 0 at the end (where the daemon writes on, the next call may give more). What is before 'from' is left
 * out, but for what sets the state: MODE, PANIC, LISTENING, GUARDS, NEIGHBOURS, and the rules, clock and links. Snapshots
 * are given as LOG_OBSERVATION where reading begins or begins anew (after OBSLOG_RUN, OBSLOG_GAP), and not at all where
 * they would only repeat. A run of which the first files are gone begins with one, at whatever time that is: its 'start'
 * tells. Damage is passed over and counted, and is OBSLOG_GAP; it is never an error. ERR_IO, ERR_MEMORY; ERR_AGAIN: who
 * looks is tired, and may go on.
 */
int obslog_next(struct obslog_reader *r, struct obslog_item *out, char why[OBSLOG_WHY]);

struct obslog_progress {
	uint64_t read, total;             /* bytes of all files, as they were when it was opened */
	uint64_t blocks, blocks_skipped;  /* read; passed over for their times or by their index */
	uint64_t damaged;                 /* blocks, or stretches of bytes, that could not be read */
	uint64_t unfinished;              /* bytes at the end of the last file that are no whole block, or not yet */
	uint64_t lost;                    /* inputs that LOG_LOSS told of */
	char last[OBSLOG_WHY];            /* what was damaged last, for people; "" */
};

void obslog_progress(const struct obslog_reader *r, struct obslog_progress *out);

/* What the files of a folder cover, from their headers alone; both 0 where there is nothing. Cheap. Errors as above. */
struct obslog_span {
	wall_t first, last;
	uint64_t bytes, files, runs;
};
int obslog_span(const char *path, struct obslog_span *out, char why[OBSLOG_WHY]);

void obslog_close(struct obslog_reader *r); /* NULL does nothing */

#endif
