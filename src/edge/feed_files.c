/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads what was downloaded, and writes the copy of what was accepted. Called by app/feeds*.c. */
#include "edge/feed_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"

static int code_of_errno(void)
{
	if (errno == ENOENT || errno == ENOTDIR)
		return ERR_ABSENT;
	return errno == EACCES || errno == EPERM ? ERR_PERMISSION : ERR_IO;
}

static struct feed_stamp stamp_of(const struct stat *st)
{
	return (struct feed_stamp){ .device = st->st_dev, .inode = st->st_ino, .bytes = (uint64_t)st->st_size,
		.changed_ns = (int64_t)st->st_mtim.tv_sec * NS_PER_S + st->st_mtim.tv_nsec };
}

int feed_file_look(const char *path, struct feed_stamp *out, char why[WHY_TEXT])
{
	struct stat st;

	if (stat(path, &st))
		return log_why(why, code_of_errno(), "%s", strerror(errno));
	if (!S_ISREG(st.st_mode))
		return log_why(why, ERR_INVALID, "no regular file");
	*out = stamp_of(&st);
	return 0;
}

static int read_all(int fd, char *bytes, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = read(fd, bytes + done, len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ERR_IO;
		if (n == 0)
			return ERR_AGAIN;
		done += (size_t)n;
	}
	return 0;
}

static int read_open(int fd, size_t most, char **bytes, size_t *len, struct feed_stamp *stamp, char why[WHY_TEXT])
{
	struct feed_stamp after;
	struct stat st;
	char *room;
	int err;

	if (fstat(fd, &st))
		return log_why(why, ERR_IO, "%s", strerror(errno));
	if (!S_ISREG(st.st_mode))
		return log_why(why, ERR_INVALID, "no regular file");
	*stamp = stamp_of(&st);
	if (stamp->bytes > most)
		return log_why(why, ERR_RANGE, "longer than %zu MiB", most >> 20);
	room = malloc(stamp->bytes + 1);
	if (!room)
		return log_why(why, ERR_MEMORY, "no memory");
	err = read_all(fd, room, stamp->bytes);
	if (err == ERR_IO || fstat(fd, &st)) {
		free(room);
		return log_why(why, ERR_IO, "%s", strerror(errno));
	}
	after = stamp_of(&st);
	if (err || memcmp(&after, stamp, sizeof(after)) != 0) {
		free(room);
		return log_why(why, ERR_AGAIN, "it is being written");
	}
	*bytes = room;
	*len = stamp->bytes;
	return 0;
}

int feed_file_read(const char *path, size_t most, char **bytes, size_t *len, struct feed_stamp *stamp,
	char why[WHY_TEXT])
{
	/* A pipe that nobody writes would be waited for. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), err;

	if (fd < 0)
		return log_why(why, code_of_errno(), "%s", strerror(errno));
	err = read_open(fd, most, bytes, len, stamp, why);
	close(fd);
	return err;
}

/* ---- the copy ---- */

void feed_file_kept(const char *state_dir, const char *name, char out[FEED_PATH])
{
	snprintf(out, FEED_PATH, "%s/feeds/%s.netset", state_dir, name);
}

static bool write_entries(FILE *f, const char *name, const struct listed_entry *e, size_t n)
{
	char text[PREFIX_TEXT];

	/* The way a netset says it, so that a copy that was cut is known for one. */
	fprintf(f, "# %s: what tidegate accepted of this feed last\n#\n# hash:net\n# Entries : %zu\n", name, n);
	for (size_t i = 0; i < n; i++) {
		prefix_format(&e[i].prefix, text, sizeof(text));
		fprintf(f, "%s\n", text);
	}
	return fflush(f) == 0 && !ferror(f) && fsync(fileno(f)) == 0;
}

static int write_beside(const char *path, const char *name, const struct listed_entry *e, size_t n, char why[WHY_TEXT])
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
	bool good;

	if (!f) {
		if (fd >= 0)
			close(fd);
		return log_why(why, code_of_errno(), "%s: %s", path, strerror(errno));
	}
	good = write_entries(f, name, e, n);
	if (fclose(f) || !good)
		return log_why(why, ERR_IO, "%s: %s", path, strerror(errno));
	return 0;
}

int feed_file_keep(const char *state_dir, const char *name, const struct listed_entry *e, size_t n, char why[WHY_TEXT])
{
	char path[FEED_PATH], beside[FEED_PATH + 8];
	int err;

	if (snprintf(path, sizeof(path), "%s/feeds", state_dir) >= FEED_PATH - 64)
		return log_why(why, ERR_RANGE, "its path is too long");
	if (mkdir(path, 0700) && errno != EEXIST)
		return log_why(why, code_of_errno(), "%s: %s", path, strerror(errno));
	feed_file_kept(state_dir, name, path);
	snprintf(beside, sizeof(beside), "%s.new", path);
	err = write_beside(beside, name, e, n, why);
	if (!err && rename(beside, path))
		err = log_why(why, ERR_IO, "%s: %s", path, strerror(errno));
	if (err)
		unlink(beside);
	return err;
}
