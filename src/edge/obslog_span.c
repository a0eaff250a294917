/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a log covers: from the heads of its files, and the headers of the last one's blocks. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "edge/obslog_private.h"

static void walk_last(const char *folder, const struct obslog_file *f, struct obslog_span *out)
{
	uint8_t memory[BLOCK_HEADER];
	char path[OBSLOG_PATH + 16];
	struct block_header h;
	uint64_t at = FILE_HEAD;
	int fd;

	obslog_file_path(folder, f->number, path);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return;
	for (; !obslog_block_read(fd, at, memory, &h); at += h.length + h.packed)
		if (at + h.length + h.packed <= f->bytes)
			out->last.ns = h.last.ns + h.wall_ns;
	close(fd);
}

static void add_up(const char *folder, const struct obslog_files *f, struct obslog_span *out)
{
	uint64_t run = 0;
	size_t last = 0;

	for (size_t i = 0; i < f->n; i++) {
		const struct obslog_file *x = &f->list[i];

		if (!x->run)
			continue;
		out->runs += x->run != run;
		run = x->run;
		out->files++;
		out->bytes += x->bytes;
		if (!out->first.ns)
			out->first = x->first;
		last = i;
	}
	if (out->files)
		walk_last(folder, &f->list[last], out);
}

int obslog_span(const char *path, struct obslog_span *out, char why[OBSLOG_WHY])
{
	struct obslog_files files = { .n = 0 };
	struct obslog_span span = { .files = 0 };
	char folder[OBSLOG_PATH];
	struct stat st;
	int err;

	snprintf(folder, sizeof(folder), "%.*s/observations", OBSLOG_PATH - 16, path);
	if (stat(folder, &st) || !S_ISDIR(st.st_mode))
		snprintf(folder, sizeof(folder), "%s", path);
	err = obslog_files_scan(&files, folder, 0, why);
	if (!err)
		add_up(folder, &files, &span);
	obslog_files_free(&files);
	if (!err)
		*out = span;
	return err;
}
