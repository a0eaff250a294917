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

#define SEEK (64 * 1024)

static void damaged(struct obslog_reader *r, const char *what)
{
	r->progress.damaged++;
	r->gap = true;
	snprintf(r->progress.last, sizeof(r->progress.last), "%s: %s", r->path, what);
}

/* ---- files ---- */

void obslog_close_file(struct obslog_reader *r)
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
bool obslog_open_next(struct obslog_reader *r)
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
		obslog_close_file(r);
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

/* One block on in this file, which is read where it is worth it; false: there is none any more. */
static bool next_block(struct obslog_reader *r)
{
	int err = ERR_INVALID;

	while (r->at < r->size) {
		err = obslog_block_read(r->fd, r->at, r->head, &r->block);
		if (err != ERR_INVALID)
			break;
		damaged(r, "something is no block");
		seek(r);
	}
	if (err || r->at + r->block.length + r->block.packed > r->size)
		return false; /* cut, or not yet written */
	follow_number(r);
	if (is_worth_it(r)) {
		begin_block(r);
		return true;
	}
	r->progress.blocks_skipped++;
	r->at += r->block.length + r->block.packed;
	return true;
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
		obslog_close_file(r);
	}
	return obslog_open_next(r);
}

/* ---- entries ---- */

static bool sets_state(const struct log_entry *e)
{
	if (e->kind != LOG_OBSERVATION)
		return e->kind != LOG_LOSS && e->kind != LOG_NOTHING;
	return e->observation.kind == OBSERVATION_LISTENING || e->observation.kind == OBSERVATION_GUARDS ||
		e->observation.kind == OBSERVATION_NEIGHBOURS || e->observation.kind == OBSERVATION_MODE ||
		e->observation.kind == OBSERVATION_PANIC || e->observation.kind == OBSERVATION_NAMES ||
		e->observation.kind == OBSERVATION_RESOLVERS;
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
	if (e->kind == LOG_NOTHING)
		return false;
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

/* A tick that is missing before the entry that is held. */
static bool fill(struct obslog_reader *r, struct log_entry *out)
{
	mono_t at = mono_add(r->latest, OBSLOG_TICK_NS);

	if (mono_since(r->held.at, at) > OBSLOG_FILL_MOST_NS)
		at = mono_add(r->held.at, -OBSLOG_FILL_MOST_NS);
	if (at.ns + r->wall_ns < r->look.from.ns)
		at.ns = r->look.from.ns - r->wall_ns;
	if (!r->latest.ns || r->still || r->look.one_source || mono_since(r->held.at, at) < OBSLOG_FILL_NS)
		return false;
	*out = (struct log_entry){ .kind = LOG_OBSERVATION, .at = at,
		.observation = { .kind = OBSERVATION_TICK, .at = at, .idle = true } };
	r->latest = at;
	return true;
}

/* The ticks before it, and then the entry itself; false where that is but the word that there were no more. */
static bool give_entry(struct obslog_reader *r, struct log_entry *out)
{
	if (fill(r, out))
		return true;
	r->holds = false;
	r->latest = r->held.at;
	r->still = r->held.kind == LOG_NOTHING;
	*out = r->held;
	return !r->still;
}

static bool next_entry(struct obslog_reader *r)
{
	struct log_entry *e = &r->held;
	int got;

	while (r->in_block) {
		got = observation_read(&r->entries, e);
		if (got == 1 && (is_wanted(r, e) || e->kind == LOG_NOTHING)) {
			r->holds = true;
			return true;
		}
		if (got == 1) {
			r->still = false;
			r->latest = e->at;
			continue;
		}
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
		r->latest = (mono_t){ 0 };
		return OBSLOG_RUN;
	}
	if (gap)
		r->latest = (mono_t){ 0 };
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
		if (r->holds || next_entry(r)) {
			if (give_entry(r, &out->entry))
				return give(r, OBSLOG_ENTRY, out);
			continue;
		}
		if (r->gap)
			continue;
		if (r->look.tired && r->look.tired(r->look.tired_ctx))
			return ERR_AGAIN;
		if (r->fd >= 0 && next_block(r))
			continue;
		if (!next_file(r))
			return give(r, OBSLOG_END, out);
	}
}

void obslog_progress(const struct obslog_reader *r, struct obslog_progress *out)
{
	*out = r->progress;
}
