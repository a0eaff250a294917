/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading the log of observations: file by file, block by block, entry by entry. A block is unpacked only where its times
 * and sources make it worth it. Damage is passed over: behind a header by its lengths, else by looking for the next
 * header; and is told as a gap.
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
#include "edge/obslog_private.h"

#define SLACK_NS NS_PER_S /* entries of several threads: their times may step back by less than that */
#define SEEK (64 * 1024)

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
	struct observation_reader entries;
	struct observation_room *room;
	ZSTD_DCtx *unpacker;
	uint8_t *packed, *raw;
	struct obslog_progress progress;
};

static void damaged(struct obslog_reader *r, const char *what)
{
	r->progress.damaged++;
	r->gap = true;
	snprintf(r->progress.last, sizeof(r->progress.last), "%s: %s", r->path, what);
}

/* ---- files ---- */

static void close_file(struct obslog_reader *r)
{
	if (r->fd >= 0)
		close(r->fd);
	r->fd = -1;
	r->done += r->size;
	r->size = r->at = 0;
}

static bool has_grown(struct obslog_reader *r)
{
	struct stat st;

	if (fstat(r->fd, &st) || (uint64_t)st.st_size <= r->size)
		return false;
	r->size = (uint64_t)st.st_size;
	return true;
}

/* Another run, or a piece of the same one that follows. */
static void begin_run(struct obslog_reader *r, const struct observation_run *run)
{
	bool same = r->has_run && run->id == r->run.id;

	r->run = *run;
	r->wall_ns = run->wall_ns;
	if (same)
		return;
	r->has_run = r->fresh = r->news = true;
	r->gap = false;
	r->last_block = 0;
}

/* Damaged ones are passed over. False: there is no other file. */
static bool open_next(struct obslog_reader *r)
{
	struct observation_run run;
	struct stat st;
	int err;

	while (r->next < r->files.n) {
		if (!r->single)
			obslog_file_path(r->folder, r->files.list[r->next].number, r->path);
		r->next++;
		r->fd = open(r->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		if (r->fd < 0)
			continue; /* it was the oldest, and has made room meanwhile: its blocks will be missed */
		err = obslog_head_read(r->fd, &run);
		if (!err && !fstat(r->fd, &st)) {
			r->size = (uint64_t)st.st_size;
			r->at = FILE_HEAD;
			begin_run(r, &run);
			return true;
		}
		damaged(r, err == ERR_TRUNCATED ? "it ends within its head" : "its head is damaged, or it is no log");
		close_file(r);
	}
	return false;
}

/* What the daemon has begun since we looked. */
static bool look_again(struct obslog_reader *r)
{
	uint32_t last = r->files.n ? r->files.list[r->files.n - 1].number : 0;
	size_t n = r->files.n;
	char why[OBSLOG_WHY];

	if (r->single || obslog_files_scan(&r->files, r->folder, last, why))
		return false;
	return r->files.n > n;
}

/* ---- blocks ---- */

/* What is no header: on to the next one, or what may be the beginning of one. */
static void seek(struct obslog_reader *r)
{
	do {
		size_t len = r->size - r->at < SEEK ? (size_t)(r->size - r->at) : SEEK;

		if (obslog_read_at(r->fd, r->packed, len, r->at))
			r->at = r->size;
		else
			r->at += block_header_seek((struct slice){ r->packed, len });
	} while (r->at < r->size && obslog_block_read(r->fd, r->at, r->head, &r->block) == ERR_INVALID);
}

static bool is_worth_it(const struct obslog_reader *r)
{
	const struct block_header *h = &r->block;

	if (r->look.until.ns && h->first.ns + h->wall_ns - SLACK_NS > r->look.until.ns)
		return false;
	if (h->flags & BLOCK_STATE)
		return true;
	if (h->last.ns + h->wall_ns + SLACK_NS < r->look.from.ns)
		return false;
	return !r->look.one_source || block_header_knows(h, &r->run.key, r->look.source);
}

static void follow_number(struct obslog_reader *r)
{
	uint64_t number = r->block.number;

	if (r->last_block ? number != r->last_block + 1 : number != 1 && !r->skipped)
		r->gap = true;
	r->skipped = false;
	r->last_block = number;
}

static int unpack(struct obslog_reader *r)
{
	uint64_t at = r->at + r->block.length;
	size_t n;
	int err = obslog_read_at(r->fd, r->packed, r->block.packed, at);

	if (err)
		return err;
	n = ZSTD_decompressDCtx(r->unpacker, r->raw, BLOCK_RAW_MOST, r->packed, r->block.packed);
	return ZSTD_isError(n) || n != r->block.raw ? ERR_INVALID : 0;
}

static void begin_block(struct obslog_reader *r)
{
	int err = unpack(r);

	if (err == ERR_TRUNCATED)
		damaged(r, "a block is cut");
	else if (err)
		damaged(r, "a block is damaged");
	r->at += r->block.length + r->block.packed;
	if (err)
		return;
	r->progress.blocks++;
	r->wall_ns = r->block.wall_ns;
	r->in_block = true;
	observation_reader_begin(&r->entries, (struct slice){ r->raw, r->block.raw }, r->block.first, r->room);
}

/* The next block of this file that is worth it; false: there is none any more. */
static bool next_block(struct obslog_reader *r)
{
	while (r->at < r->size) {
		int err = obslog_block_read(r->fd, r->at, r->head, &r->block);
		bool whole = !err && r->at + r->block.length + r->block.packed <= r->size;

		if (err == ERR_INVALID) {
			damaged(r, "something is no block");
			seek(r);
			continue;
		}
		if (!whole)
			return false; /* cut, or not yet written */
		follow_number(r);
		if (is_worth_it(r)) {
			begin_block(r);
			return true;
		}
		r->progress.blocks_skipped++;
		r->at += r->block.length + r->block.packed;
	}
	return false;
}

/* At the end of a file: what is left of it is a cut block where others follow, or one that is being written. */
static bool next_file(struct obslog_reader *r)
{
	if (r->fd >= 0 && has_grown(r))
		return true;
	if (r->next == r->files.n && !look_again(r)) {
		r->progress.unfinished = r->fd >= 0 ? r->size - r->at : 0;
		return false;
	}
	if (r->fd >= 0) {
		if (has_grown(r))
			return true; /* between the two looks */
		if (r->at < r->size)
			damaged(r, "its last block is cut");
		close_file(r);
	}
	return open_next(r);
}

/* ---- entries ---- */

static bool sets_state(const struct log_entry *e)
{
	if (e->kind != LOG_OBSERVATION)
		return e->kind != LOG_LOSS;
	return e->observation.kind == OBSERVATION_LISTENING || e->observation.kind == OBSERVATION_GUARDS ||
		e->observation.kind == OBSERVATION_NEIGHBOURS || e->observation.kind == OBSERVATION_MODE ||
		e->observation.kind == OBSERVATION_PANIC;
}

/* Only this source's packets of the burst. */
static bool thin_out(struct obslog_reader *r, struct observation *o)
{
	struct engine_input *in = r->room->inputs;
	uint64_t keys[ENGINE_BURST];
	size_t n = 0;

	for (size_t i = 0; i < o->packets.n; i++) {
		struct observation one = { .kind = OBSERVATION_PACKETS, .packets = { &in[i], 1 } };

		if (observation_keys(&one, keys) && keys[0] == r->look.source)
			in[n++] = in[i];
	}
	o->packets.n = n;
	if (n)
		o->at = in[0].meta.at;
	return n > 0;
}

static bool is_about(struct obslog_reader *r, struct log_entry *e)
{
	uint64_t keys[ENGINE_BURST];

	if (!r->look.one_source || e->kind != LOG_OBSERVATION)
		return true;
	if (e->observation.kind == OBSERVATION_PACKETS)
		return thin_out(r, &e->observation);
	return e->observation.kind == OBSERVATION_ANSWER && observation_keys(&e->observation, keys) &&
		keys[0] == r->look.source;
}

static bool gives_state(const struct obslog_reader *r)
{
	return !r->look.one_source || r->look.with_state;
}

/* Snapshots stand at the beginning of a file alone: behind them all is known. */
static bool is_wanted(struct obslog_reader *r, struct log_entry *e)
{
	int64_t wall = e->at.ns + r->wall_ns;

	if (e->kind == LOG_SNAPSHOT) {
		e->kind = LOG_OBSERVATION;
		return r->fresh && gives_state(r);
	}
	if (e->kind == LOG_OBSERVATION && r->block.flags & BLOCK_BEGINS)
		r->fresh = false;
	if (e->kind == LOG_CLOCK)
		r->wall_ns = e->wall_ns;
	if (e->kind == LOG_LOSS)
		r->progress.lost += e->lost;
	if (r->look.until.ns && wall > r->look.until.ns)
		return false;
	if (sets_state(e))
		return gives_state(r) || e->kind != LOG_OBSERVATION;
	return wall >= r->look.from.ns && is_about(r, e);
}

static bool next_entry(struct obslog_reader *r, struct log_entry *e)
{
	int got;

	while (r->in_block) {
		got = observation_read(&r->entries, e);
		if (got == 1 && is_wanted(r, e))
			return true;
		if (got == 1)
			continue;
		if (got)
			damaged(r, "an entry makes no sense");
		r->in_block = false;
	}
	return false;
}

static int give(struct obslog_reader *r, enum obslog_kind kind, struct obslog_item *out)
{
	out->kind = kind;
	out->run = &r->run;
	out->stamp = (struct stamp){ .wall = { r->wall_ns } };
	r->progress.read = r->done + r->at;
	return kind != OBSLOG_END;
}

/* What there is to be told before the next entry. */
static enum obslog_kind take_news(struct obslog_reader *r)
{
	bool gap = r->gap && r->has_run;

	if (r->news) {
		r->news = false;
		return OBSLOG_RUN;
	}
	r->fresh |= r->gap;
	r->gap = false;
	return gap ? OBSLOG_GAP : OBSLOG_END;
}

int obslog_next(struct obslog_reader *r, struct obslog_item *out, char why[OBSLOG_WHY])
{
	why[0] = '\0';
	for (;;) {
		enum obslog_kind news = take_news(r);

		if (news != OBSLOG_END)
			return give(r, news, out);
		if (r->in_block && next_entry(r, &out->entry))
			return give(r, OBSLOG_ENTRY, out);
		if (r->gap || (r->fd >= 0 && next_block(r)))
			continue;
		if (!next_file(r))
			return give(r, OBSLOG_END, out);
	}
}

void obslog_progress(const struct obslog_reader *r, struct obslog_progress *out)
{
	*out = r->progress;
}

/* ---- life ---- */

/* A folder, the folder of the log within it, or one file. */
static int find(struct obslog_reader *r, char why[OBSLOG_WHY])
{
	struct obslog_file one = { .number = 1 };
	struct stat st;

	snprintf(r->folder, sizeof(r->folder), "%s", r->look.path);
	if (stat(r->folder, &st)) {
		snprintf(why, OBSLOG_WHY, "%s: %s", r->folder, strerror(errno));
		return obslog_error(errno);
	}
	r->single = !S_ISDIR(st.st_mode);
	if (r->single) {
		snprintf(r->path, sizeof(r->path), "%s", r->folder);
		one.bytes = (uint64_t)st.st_size;
		return obslog_files_add(&r->files, &one);
	}
	snprintf(r->path, sizeof(r->path), "%.*s/observations", OBSLOG_PATH - 1, r->folder);
	if (!stat(r->path, &st) && S_ISDIR(st.st_mode))
		snprintf(r->folder, sizeof(r->folder), "%.*s", OBSLOG_PATH - 1, r->path);
	return obslog_files_scan(&r->files, r->folder, 0, why);
}

/* The file in which that time is, or after which it comes. */
static void skip_files(struct obslog_reader *r)
{
	size_t from = 0;

	for (size_t i = 0; i < r->files.n && !r->single; i++)
		if (r->files.list[i].first.ns && r->files.list[i].first.ns + SLACK_NS <= r->look.from.ns)
			from = i;
	r->next = from;
	r->skipped = from > 0;
	for (size_t i = from; i < r->files.n; i++)
		r->progress.total += r->files.list[i].bytes;
}

static int begin(struct obslog_reader *r, char why[OBSLOG_WHY])
{
	int err = find(r, why);

	if (err)
		return err;
	if (!r->files.n) {
		snprintf(why, OBSLOG_WHY, "%s: there is no log of observations in it", r->folder);
		return ERR_ABSENT;
	}
	skip_files(r);
	r->unpacker = ZSTD_createDCtx();
	r->room = calloc(1, sizeof(*r->room));
	r->packed = malloc(BLOCK_PACKED_MOST);
	r->raw = malloc(BLOCK_RAW_MOST);
	if (!r->unpacker || !r->room || !r->packed || !r->raw) {
		snprintf(why, OBSLOG_WHY, "%s: no memory", r->folder);
		return ERR_MEMORY;
	}
	if (open_next(r))
		return 0;
	snprintf(why, OBSLOG_WHY, "%.500s", r->progress.damaged ? r->progress.last : "it cannot be opened");
	return r->progress.damaged ? ERR_INVALID : ERR_PERMISSION;
}

int obslog_open(struct obslog_reader **out, const struct obslog_look *l, char why[OBSLOG_WHY])
{
	struct obslog_reader *r = calloc(1, sizeof(*r));
	int err;

	if (!r) {
		snprintf(why, OBSLOG_WHY, "%s: no memory", l->path);
		return ERR_MEMORY;
	}
	r->fd = -1;
	r->look = *l;
	err = begin(r, why);
	if (err)
		obslog_close(r);
	else
		*out = r;
	return err;
}

void obslog_close(struct obslog_reader *r)
{
	if (!r)
		return;
	close_file(r);
	obslog_files_free(&r->files);
	ZSTD_freeDCtx(r->unpacker);
	free(r->room);
	free(r->packed);
	free(r->raw);
	free(r);
}
