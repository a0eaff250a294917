/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The event file. A line that the disk took only half of is closed with a newline before
 * the next one, so that a reader loses that line and no other.
 */
#include "edge/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"

struct sink {
	int fd;
	bool torn; /* the file ends inside a line */
	struct sink_stats stats;
	char path[];
};

/* Never waits: behind the name may be a pipe that nobody reads. */
static int open_file(const char *path)
{
	return open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
		0640);
}

int sink_open(struct sink **out, const char *path, char why[WHY_TEXT])
{
	size_t len = strlen(path) + 1;
	struct sink *s = calloc(1, sizeof(*s) + len);

	if (!s)
		return log_why(why, ERR_MEMORY, "event file: no memory");
	memcpy(s->path, path, len);
	s->fd = open_file(path);
	if (s->fd < 0) {
		int err = errno == EACCES || errno == EPERM ? ERR_PERMISSION : ERR_IO;
		log_why(why, err, "event file %s: %s", path, strerror(errno));
		free(s);
		return err;
	}
	*out = s;
	return 0;
}

void sink_close(struct sink *s)
{
	if (!s)
		return;
	close(s->fd);
	free(s);
}

int sink_reopen(struct sink *s)
{
	int fd = open_file(s->path);

	if (fd < 0) {
		log_at(LOG_LEVEL_ERROR, "event file %s: not opened again: %s", s->path,
			strerror(errno));
		return ERR_IO;
	}
	close(s->fd);
	s->fd = fd;
	s->torn = false;
	return 0;
}

static void lose(struct sink *s, int error)
{
	s->stats.lost++;
	if (s->stats.failing)
		return;
	s->stats.failing = true;
	log_at(LOG_LEVEL_ERROR,
		"event file %s: %s; events are lost until it can be written", s->path,
		strerror(error));
}

static void recover(struct sink *s)
{
	s->stats.written++;
	if (!s->stats.failing)
		return;
	s->stats.failing = false;
	log_at(LOG_LEVEL_NOTICE, "event file %s: written again; %llu events lost in all",
		s->path, (unsigned long long)s->stats.lost);
}

static ssize_t write_once(int fd, const char *bytes, size_t len)
{
	ssize_t n;
	do
		n = write(fd, bytes, len);
	while (n < 0 && errno == EINTR);
	return n;
}

int sink_write(struct sink *s, const char *line, size_t len)
{
	if (s->torn && write_once(s->fd, "\n", 1) == 1)
		s->torn = false;
	if (s->torn) {
		lose(s, errno);
		return ERR_IO;
	}
	ssize_t n = write_once(s->fd, line, len);
	if (n == (ssize_t)len) {
		recover(s);
		return 0;
	}
	/* Part of a line: the disk filled up in the middle of it. */
	s->torn = n > 0;
	lose(s, n < 0 ? errno : ENOSPC);
	return ERR_IO;
}

void sink_stats(const struct sink *s, struct sink_stats *out)
{
	*out = s->stats;
}
