/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writing the log of observations: a block is filled in memory, packed, and appended in one call; a file that is full or
 * old ends, and the oldest ones go. A write that fails costs its block and ends its file, as nobody knows what of it is
 * on the disk. Nothing is synced: what a crash of the machine takes is seconds of a log.
 */
#include "edge/obslog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "base/err.h"
#include "edge/fd.h"
#include "edge/clock.h"
#include "edge/obslog_private.h"

#define LEVEL 3                        /* of zstd: 300 MB a second, and 9 saves a tenth */
#define FILES_A_LOG 16                 /* a log of that many files loses a sixteenth when the oldest goes */
#define FILE_LEAST (256 * 1024)
#define FILE_MOST (16 * 1024 * 1024)
#define AGES_A_LOG 8                   /* the same for age */

struct obslog {
	char folder[OBSLOG_PATH];
	struct obslog_opts opts;
	struct obslog_files files; /* the last one is ours while fd >= 0 */
	bool scanned;              /* what was there at first is known */
	uint32_t number;           /* of the latest file */
	int fd;
	uint64_t block;            /* number of the one that is being filled */
	struct observation_writer writer;
	struct block_filter filter;
	uint32_t flags;
	mono_t last;               /* of the block */
	bool weighty;
	int64_t wall_ns;           /* as it was told last */
	int64_t block_wall_ns;     /* as it was when the block was begun */
	struct obslog_snapshot now;
	ZSTD_CCtx *packer;
	uint8_t raw[OBSLOG_BLOCK];
	uint8_t out[BLOCK_HEADER + BLOCK_PACKED_MOST];
	struct obslog_stats stats;
};

static int fail(int errnum, const char *path, char why[OBSLOG_WHY])
{
	snprintf(why, OBSLOG_WHY, "%s: %s", path, strerror(errnum));
	return obslog_error(errnum);
}

/* ---- files ---- */

static struct obslog_file *current(struct obslog *l)
{
	return l->fd >= 0 && l->files.n ? &l->files.list[l->files.n - 1] : NULL;
}

static uint64_t total(const struct obslog *l)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < l->files.n; i++)
		bytes += l->files.list[i].bytes;
	return bytes;
}

static void remove_oldest(struct obslog *l)
{
	char path[OBSLOG_PATH + 16];

	obslog_file_path(l->folder, l->files.list[0].number, path);
	unlink(path); /* where that fails it is the next run's, which counts it anew */
	memmove(l->files.list, l->files.list + 1, --l->files.n * sizeof(l->files.list[0]));
}

/* The file that is being written stays, whatever its size: it is a sixteenth of the whole. */
static void retain(struct obslog *l)
{
	int64_t oldest = l->opts.keep_ns > 0 ? clock_wall().ns - l->opts.keep_ns : INT64_MIN;
	size_t kept = current(l) ? 1 : 0;

	while (l->files.list && l->files.n > kept && (total(l) > l->opts.max_bytes ||
		l->files.n > FILES_MOST || l->files.list[0].last.ns < oldest))
		remove_oldest(l);
}

static uint64_t file_most(const struct obslog *l)
{
	uint64_t most = l->opts.max_bytes / FILES_A_LOG;

	if (most < FILE_LEAST)
		return FILE_LEAST;
	return most < FILE_MOST ? most : FILE_MOST;
}

static bool is_deleted(const struct obslog *l)
{
	struct stat st;

	return fstat(l->fd, &st) || !st.st_nlink;
}

/* Whether the next block is to begin another file. */
static bool is_over(struct obslog *l)
{
	const struct obslog_file *f = current(l);

	if (!f || f->bytes >= file_most(l) || is_deleted(l))
		return true;
	return l->opts.keep_ns > 0 && f->first.ns && clock_wall().ns - f->first.ns > l->opts.keep_ns / AGES_A_LOG;
}

static void close_file(struct obslog *l)
{
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
}

/* What is none of ours is not counted, and never removed. */
static void take_ours(struct obslog *l, struct obslog_files *found)
{
	size_t n = 0;

	for (size_t i = 0; i < found->n; i++)
		if (found->list[i].run)
			found->list[n++] = found->list[i];
	found->n = n;
	if (n)
		l->number = found->list[n - 1].number;
	l->files = *found;
	l->scanned = true;
}

static int open_folder(struct obslog *l, char why[OBSLOG_WHY])
{
	struct obslog_files found = { .n = 0 };
	int err;

	if (mkdir(l->folder, 0700) && errno != EEXIST)
		return fail(errno, l->folder, why);
	if (l->scanned)
		return 0;
	err = obslog_files_scan(&found, l->folder, 0, why);
	if (err)
		obslog_files_free(&found);
	else
		take_ours(l, &found);
	return err;
}

/* A name that somebody else has taken is passed over. */
static int open_next(struct obslog *l, char path[OBSLOG_PATH + 16], char why[OBSLOG_WHY])
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOFOLLOW;

	do {
		if (l->number == NUMBER_MOST)
			return fail(EFBIG, l->folder, why);
		obslog_file_path(l->folder, ++l->number, path);
		l->fd = open(path, flags, 0600);
	} while (l->fd < 0 && errno == EEXIST);
	if (l->fd >= 0)
		return 0;
	l->number--;
	return fail(errno, path, why);
}

/* In one call: a reader beside us then sees a part of it for a moment at most. */
static void put_head(const struct obslog *l, uint8_t head[FILE_HEAD])
{
	struct observation_run run = l->opts.run;
	uint64_t sum;

	run.wall_ns = l->wall_ns;
	observation_run_write(&run, head);
	sum = block_checksum(head, OBSERVATION_RUN_BYTES);
	for (size_t i = 0; i < 8; i++)
		head[OBSERVATION_RUN_BYTES + i] = (uint8_t)(sum >> (56 - 8 * i));
}

static int begin_file(struct obslog *l, char why[OBSLOG_WHY])
{
	struct obslog_file f = { .run = l->opts.run.id, .bytes = FILE_HEAD, .last = clock_wall() };
	char path[OBSLOG_PATH + 16];
	uint8_t head[FILE_HEAD];
	int err = open_folder(l, why);

	if (!err)
		err = open_next(l, path, why);
	if (err)
		return err;
	put_head(l, head);
	if (fd_write_all(l->fd, head, sizeof(head)))
		err = fail(errno, path, why);
	f.number = l->number;
	if (!err && obslog_files_add(&l->files, &f))
		err = fail(ENOMEM, path, why);
	if (!err)
		return 0;
	close_file(l);
	unlink(path); /* there is nothing in it */
	return err;
}

/* ---- blocks ---- */

static int append(struct obslog *l, size_t len, char why[OBSLOG_WHY])
{
	struct obslog_file *f = current(l);
	char path[OBSLOG_PATH + 16];
	int err;

	if (!fd_write_all(l->fd, l->out, len)) {
		f->bytes += len;
		f->last = clock_wall();
		if (!f->first.ns)
			f->first.ns = l->writer.first.ns + l->block_wall_ns;
		return 0;
	}
	obslog_file_path(l->folder, f->number, path);
	err = fail(errno, path, why);
	if (f->first.ns && ftruncate(l->fd, (off_t)f->bytes))
		f->bytes += len; /* a reader finds its way behind the rest of it */
	close_file(l);
	if (!l->files.list[l->files.n - 1].first.ns) {
		unlink(path);
		l->files.n--;
	}
	return err;
}

static int pack(struct obslog *l, size_t *len, char why[OBSLOG_WHY])
{
	struct block_header h = { .number = l->block, .raw = (uint32_t)l->writer.len, .flags = l->flags,
		.entries = (uint32_t)l->writer.entries, .first = l->writer.first, .last = l->last,
		.wall_ns = l->block_wall_ns };
	uint8_t *packed = l->out + BLOCK_HEADER;
	size_t n = ZSTD_compress2(l->packer, packed, BLOCK_PACKED_MOST, l->raw, l->writer.len), head;

	if (ZSTD_isError(n)) {
		snprintf(why, OBSLOG_WHY, "%s: %s", l->folder, ZSTD_getErrorName(n));
		return ERR_IO;
	}
	h.packed = (uint32_t)n;
	head = block_header_write(&h, &l->filter, l->out);
	memmove(l->out + head, packed, n);
	*len = head + n;
	return 0;
}

static void count_block(struct obslog *l, int err, size_t len)
{
	if (err) {
		l->stats.blocks_lost++;
		l->stats.entries_lost += l->writer.entries;
		return;
	}
	l->stats.blocks++;
	l->stats.entries += l->writer.entries;
	l->stats.raw += l->writer.len;
	l->stats.packed += len;
}

static int write_block(struct obslog *l, char why[OBSLOG_WHY])
{
	size_t len = 0;
	int err;

	if (!l->writer.entries)
		return 0;
	err = l->flags & BLOCK_BEGINS ? begin_file(l, why) : 0;
	if (!err)
		err = pack(l, &len, why);
	if (!err)
		err = append(l, len, why);
	count_block(l, err, len);
	l->block++;
	observation_writer_begin(&l->writer, l->raw, sizeof(l->raw));
	retain(l);
	return err;
}

/* ---- entries ---- */

static bool is_light(const struct log_entry *e)
{
	return e->kind == LOG_OBSERVATION && e->observation.kind == OBSERVATION_TICK;
}

static bool sets_state(const struct log_entry *e)
{
	if (e->kind != LOG_OBSERVATION)
		return true;
	return e->observation.kind != OBSERVATION_PACKETS && e->observation.kind != OBSERVATION_TICK &&
		e->observation.kind != OBSERVATION_ANSWER && e->observation.kind != OBSERVATION_CENSUS;
}

static void begin_block(struct obslog *l, mono_t at)
{
	l->flags = 0;
	l->weighty = false;
	l->last = at;
	l->block_wall_ns = l->wall_ns;
	block_filter_clear(&l->filter);
	if (!is_over(l))
		return;
	close_file(l);
	l->flags = BLOCK_BEGINS | BLOCK_STATE;
	obslog_snapshot_write(&l->now, &l->writer, at);
}

static void index_entry(struct obslog *l, const struct log_entry *e)
{
	uint64_t keys[ENGINE_BURST];
	size_t n = e->kind == LOG_OBSERVATION ? observation_keys(&e->observation, keys) : 0;

	for (size_t i = 0; i < n; i++)
		block_filter_add(&l->filter, &l->opts.run.key, keys[i]);
	if (sets_state(e))
		l->flags |= BLOCK_STATE;
	l->weighty |= !is_light(e);
	if (e->at.ns > l->last.ns)
		l->last = e->at;
}

static int put_entry(struct obslog *l, const struct log_entry *e)
{
	if (!l->writer.entries)
		begin_block(l, e->at);
	return observation_write(&l->writer, e);
}

int obslog_put(struct obslog *l, const struct log_entry *e, char why[OBSLOG_WHY])
{
	int err = put_entry(l, e), disk = 0;

	if (err == ERR_FULL) {
		disk = write_block(l, why);
		err = put_entry(l, e);
	}
	if (!err)
		index_entry(l, e);
	else
		l->stats.entries_lost++;
	obslog_snapshot_note(&l->now, e);
	if (e->kind == LOG_CLOCK)
		l->wall_ns = e->wall_ns;
	return disk;
}

int obslog_flush(struct obslog *l, char why[OBSLOG_WHY])
{
	int err = write_block(l, why);

	retain(l); /* by age, where nothing was written */
	return err;
}

bool obslog_waits(const struct obslog *l, mono_t *since, bool *weighty)
{
	if (!l->writer.entries)
		return false;
	*since = l->writer.first;
	*weighty = l->weighty;
	return true;
}

void obslog_stats(const struct obslog *l, struct obslog_stats *out)
{
	*out = l->stats;
	out->files = l->files.n;
	out->bytes = total(l);
	for (size_t i = 0; i < l->files.n && !out->since.ns; i++)
		out->since = l->files.list[i].first;
}

/* ---- life ---- */

static bool make_packer(struct obslog *l)
{
	l->packer = ZSTD_createCCtx();
	return l->packer && !ZSTD_isError(ZSTD_CCtx_setParameter(l->packer, ZSTD_c_compressionLevel, LEVEL)) &&
		!ZSTD_isError(ZSTD_CCtx_setParameter(l->packer, ZSTD_c_checksumFlag, 1));
}

int obslog_create(struct obslog **out, const struct obslog_opts *o)
{
	struct obslog *l = calloc(1, sizeof(*l));
	char why[OBSLOG_WHY];

	if (!l)
		return ERR_MEMORY;
	l->fd = -1;
	l->opts = *o;
	l->block = 1;
	l->wall_ns = o->run.wall_ns;
	snprintf(l->folder, sizeof(l->folder), "%s", o->folder);
	observation_writer_begin(&l->writer, l->raw, sizeof(l->raw));
	if (!make_packer(l)) {
		obslog_destroy(l);
		return ERR_MEMORY;
	}
	if (!open_folder(l, why)) /* else it is tried again with the first block, and told then */
		retain(l);
	*out = l;
	return 0;
}

void obslog_destroy(struct obslog *l)
{
	if (!l)
		return;
	close_file(l);
	obslog_files_free(&l->files);
	ZSTD_freeCCtx(l->packer);
	free(l);
}
