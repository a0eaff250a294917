/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The folder of the log: which files are in it, and what their heads say. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "edge/obslog_private.h"

#define DIGITS 8

int obslog_error(int errnum)
{
	switch (errnum) {
	case ENOSPC:
	case EDQUOT:
		return ERR_FULL;
	case EACCES:
	case EPERM:
	case EROFS:
		return ERR_PERMISSION;
	case ENOENT:
	case ENOTDIR:
		return ERR_ABSENT;
	default:
		return ERR_IO;
	}
}

void obslog_file_path(const char *folder, uint32_t number, char out[OBSLOG_PATH + 16])
{
	snprintf(out, OBSLOG_PATH + 16, "%.*s/%08u.obs", OBSLOG_PATH, folder, (unsigned)number);
}

/* NNNNNNNN.obs; 0 for any other name. */
static uint32_t number_of(const char *name)
{
	uint32_t number = 0;

	for (size_t i = 0; i < DIGITS; i++) {
		if (name[i] < '0' || name[i] > '9')
			return 0;
		number = number * 10 + (uint32_t)(name[i] - '0');
	}
	return strcmp(name + DIGITS, ".obs") ? 0 : number;
}

int obslog_read_at(int fd, void *out, size_t len, uint64_t at)
{
	uint8_t *to = out;

	while (len) {
		ssize_t n = pread(fd, to, len, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? ERR_IO : ERR_TRUNCATED;
		to += n;
		at += (size_t)n;
		len -= (size_t)n;
	}
	return 0;
}

int obslog_head_read(int fd, struct observation_run *run)
{
	uint8_t head[FILE_HEAD];
	struct cursor c = cursor_over((struct slice){ head + OBSERVATION_RUN_BYTES, 8 });
	int err = obslog_read_at(fd, head, sizeof(head), 0);
	uint64_t sum;

	if (err)
		return err;
	sum = (uint64_t)cursor_be32(&c) << 32;
	sum |= cursor_be32(&c);
	if (sum != block_checksum(head, OBSERVATION_RUN_BYTES))
		return ERR_INVALID;
	return observation_run_read((struct slice){ head, OBSERVATION_RUN_BYTES }, run);
}

/* What is there of a header, which may be less than the largest has. */
int obslog_block_read(int fd, uint64_t at, uint8_t memory[BLOCK_HEADER], struct block_header *h)
{
	size_t len = 0;

	while (len < BLOCK_HEADER) {
		ssize_t n = pread(fd, memory + len, BLOCK_HEADER - len, (off_t)(at + len));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ERR_IO;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	return len ? block_header_read((struct slice){ memory, len }, h) : ERR_TRUNCATED;
}

static void look_into(const char *folder, struct obslog_file *f)
{
	uint8_t memory[BLOCK_HEADER];
	char path[OBSLOG_PATH + 16];
	struct observation_run run;
	struct block_header h;
	struct stat st;
	int fd;

	obslog_file_path(folder, f->number, path);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && !obslog_head_read(fd, &run)) {
		f->run = run.id;
		f->bytes = (uint64_t)st.st_size;
		f->last.ns = (int64_t)st.st_mtim.tv_sec * NS_PER_S + st.st_mtim.tv_nsec;
		if (!obslog_block_read(fd, FILE_HEAD, memory, &h))
			f->first.ns = h.first.ns + h.wall_ns;
	}
	close(fd);
}

int obslog_files_add(struct obslog_files *f, const struct obslog_file *file)
{
	if (f->n == f->room) {
		size_t room = f->room ? 2 * f->room : 64;
		struct obslog_file *more = realloc(f->list, room * sizeof(*more));

		if (!more)
			return ERR_MEMORY;
		f->list = more;
		f->room = room;
	}
	f->list[f->n++] = *file;
	return 0;
}

static int by_number(const void *a, const void *b)
{
	const struct obslog_file *x = a, *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

int obslog_files_scan(struct obslog_files *f, const char *folder, uint32_t after, char why[OBSLOG_WHY])
{
	DIR *d = opendir(folder);
	struct dirent *entry;
	int err = 0;

	if (!d) {
		err = obslog_error(errno);
		snprintf(why, OBSLOG_WHY, "%s: %s", folder, strerror(errno));
		return err;
	}
	while (!err && (entry = readdir(d)) != NULL) {
		struct obslog_file file = { .number = number_of(entry->d_name) };

		if (file.number <= after || f->n >= 2 * FILES_MOST)
			continue;
		look_into(folder, &file);
		err = obslog_files_add(f, &file);
	}
	closedir(d);
	if (err)
		snprintf(why, OBSLOG_WHY, "%s: no memory", folder);
	else if (f->n)
		qsort(f->list, f->n, sizeof(f->list[0]), by_number);
	return err;
}

void obslog_files_free(struct obslog_files *f)
{
	free(f->list);
	*f = (struct obslog_files){ .n = 0 };
}
