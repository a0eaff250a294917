/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A reader of the log of observations: which files there are, and with which of them it begins. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/err.h"
#include "edge/obslog_private.h"

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
	if (obslog_open_next(r))
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
	obslog_close_file(r);
	obslog_files_free(&r->files);
	ZSTD_freeDCtx(r->unpacker);
	free(r->room);
	free(r->packed);
	free(r->raw);
	free(r);
}
