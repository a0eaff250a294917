/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the log of observations share: obslog.c (writing), obslog_files.c (the folder),
 * obslog_snapshot.c, obslog_open.c and obslog_read.c (reading), obslog_span.c. */
#ifndef TIDEGATE_EDGE_OBSLOG_PRIVATE_H
#define TIDEGATE_EDGE_OBSLOG_PRIVATE_H

#include <zstd.h>

#include "codec/observation_block.h"
#include "edge/obslog.h"

#define FILE_HEAD (OBSERVATION_RUN_BYTES + 8) /* the run and its checksum */
#define FILES_MOST 4096
#define NUMBER_MOST 99999999

/* One file of the folder. */
struct obslog_file {
	uint32_t number;
	uint64_t bytes;
	uint64_t run;    /* 0: its head is not readable, it is none of ours */
	wall_t first;    /* of its first block; 0: it has none */
	wall_t last;     /* when it was written last */
};

struct obslog_files {
	struct obslog_file *list; /* by number */
	size_t n, room;
};

/* ERR_ABSENT, ERR_PERMISSION, ERR_IO, ERR_MEMORY; why has the folder and the reason. Only names from 'after' on are
 * added, so that a reader can look for what is new. */
int obslog_files_scan(struct obslog_files *f, const char *folder, uint32_t after, char why[OBSLOG_WHY]);
int obslog_files_add(struct obslog_files *f, const struct obslog_file *file);
void obslog_files_free(struct obslog_files *f);

void obslog_file_path(const char *folder, uint32_t number, char out[OBSLOG_PATH + 16]);
/* Of an errno. */
int obslog_error(int errnum);

/* The head of an open file. 0, ERR_TRUNCATED, ERR_INVALID, ERR_IO. */
int obslog_head_read(int fd, struct observation_run *run);
/* The block at that offset; memory has room for BLOCK_HEADER. The same results; ERR_TRUNCATED at the end of the file. */
int obslog_block_read(int fd, uint64_t at, uint8_t memory[BLOCK_HEADER], struct block_header *h);
/* All of len bytes, or ERR_TRUNCATED, ERR_IO. */
int obslog_read_at(int fd, void *out, size_t len, uint64_t at);

#define OBSLOG_LINKS 64 /* interfaces whose names are remembered */

/* What stays so until something else is said. */
struct obslog_snapshot {
	bool has_mode, has_panic, has_listening, has_guards, has_neighbours, has_rules;
	bool mode, panic;
	struct listen_snapshot listening;
	struct guards guards;
	struct service_name names[SERVICE_NAMES];
	size_t n_names;
	struct addr resolvers[NAMES_RESOLVERS];
	size_t n_resolvers;
	struct prefix neighbours[32];
	size_t n_neighbours;
	struct log_entry rules;
	struct log_entry links[OBSLOG_LINKS];
	size_t n_links;
};

/* obslog_snapshot.c */
void obslog_snapshot_note(struct obslog_snapshot *s, const struct log_entry *e);
/* As the first entries of a block; all of it is a quarter of one. */
void obslog_snapshot_write(const struct obslog_snapshot *s, struct observation_writer *w, mono_t at);

#define SLACK_NS NS_PER_S /* entries of several threads: their times may step back by less than that */

struct obslog_reader {
	char folder[OBSLOG_PATH];
	bool single;                /* one file, not a folder */
	struct obslog_look look;
	struct obslog_files files;
	size_t next;                /* file to be opened */
	int fd;
	char path[OBSLOG_PATH + 16]; /* of the open one */
	uint64_t at, size;          /* within it */
	uint64_t done;              /* bytes of files that are read */

	bool has_run, news;         /* news: its beginning is to be told next */
	bool fresh, gap;            /* the next snapshot says something new; something is missing, to be told next */
	bool skipped;               /* older files were left out for their times: their blocks are not missed */
	struct observation_run run;
	uint64_t last_block;        /* its number; 0: none of this run yet */
	int64_t wall_ns;

	uint8_t head[BLOCK_HEADER];
	struct block_header block;
	bool in_block;
	mono_t latest;              /* of the entry that was read last, or a tick put in after it; 0: none */
	bool still;                 /* no ticks between that one and the next */
	bool holds;                 /* held was read, and is given when the ticks before it have been */
	struct log_entry held;
	struct observation_reader entries;
	struct observation_room *room;
	ZSTD_DCtx *unpacker;
	uint8_t *packed, *raw;
	struct obslog_progress progress;
};

/* obslog_read.c: the next file whose head can be read; false: there is none. */
bool obslog_open_next(struct obslog_reader *r);
void obslog_close_file(struct obslog_reader *r);

#endif
