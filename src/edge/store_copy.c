/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading a database that another process has locked. A checkpoint writes into the file, and nothing else does: while the
 * file stays as it was, its log holds all that is newer, and while the head of the log stays, no frame was written over one
 * that counts. Both are looked at before and after.
 */
#include "edge/store_copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "codec/wal_pages.h"
#include "edge/clock.h"
#include "edge/store_private.h"

#define TRIES 20
#define STILL_NS (50 * NS_PER_MS) /* clocks of file systems are that coarse: what is younger may change and look the same */
#define HEAD_BYTES 100            /* of a database: format, versions */

struct parts {
	int fd, log_fd; /* log_fd -1: there is none */
	uint8_t *pages; /* sqlite3_malloc64 */
	size_t len;
	uint8_t *log;
	size_t log_len;
};

static int open_part(const char *path, int *fd, char why[WHY_TEXT])
{
	struct stat st;

	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW);
	if (*fd < 0)
		return log_why(why, errno == ENOENT ? ERR_ABSENT : errno == EACCES ? ERR_PERMISSION : ERR_IO, "%s",
			strerror(errno));
	if (fstat(*fd, &st) == 0 && S_ISREG(st.st_mode))
		return 0;
	close(*fd);
	*fd = -1;
	return log_why(why, ERR_INVALID, "it is no file");
}

static int open_parts(const char *path, struct parts *p, char why[WHY_TEXT])
{
	char log[STORE_PATH + 8];
	int err = open_part(path, &p->fd, why);

	if (err)
		return err;
	snprintf(log, sizeof(log), "%s-wal", path);
	err = open_part(log, &p->log_fd, why);
	return err == ERR_ABSENT ? 0 : err;
}

static void close_parts(struct parts *p)
{
	if (p->fd >= 0)
		close(p->fd);
	if (p->log_fd >= 0)
		close(p->log_fd);
	sqlite3_free(p->pages);
	free(p->log);
}

/* As much as there is of len bytes. */
static int read_at_most(int fd, uint8_t *out, size_t len, size_t *got)
{
	ssize_t n = 1;

	for (*got = 0; *got < len && n > 0; *got += (size_t)(n > 0 ? n : 0))
		n = pread(fd, out + *got, len - *got, (off_t)*got);
	return n < 0 ? ERR_IO : 0;
}

static int read_log(struct parts *p)
{
	struct stat st;

	free(p->log);
	p->log = NULL;
	p->log_len = 0;
	if (p->log_fd < 0)
		return 0;
	if (fstat(p->log_fd, &st))
		return ERR_IO;
	if ((uint64_t)st.st_size + p->len > STORE_COPY_MOST)
		return ERR_FULL;
	p->log = malloc((size_t)st.st_size + 1);
	if (!p->log)
		return ERR_MEMORY;
	return read_at_most(p->log_fd, p->log, (size_t)st.st_size, &p->log_len);
}

static int read_pages(struct parts *p, const struct stat *st)
{
	if ((uint64_t)st->st_size > STORE_COPY_MOST)
		return ERR_FULL;
	sqlite3_free(p->pages);
	p->pages = sqlite3_malloc64((uint64_t)st->st_size + 1);
	if (!p->pages)
		return ERR_MEMORY;
	return read_at_most(p->fd, p->pages, (size_t)st->st_size, &p->len);
}

static bool same(const struct stat *a, const struct stat *b)
{
	return a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static bool is_still(const struct stat *st)
{
	int64_t age = clock_wall().ns - ((int64_t)st->st_mtim.tv_sec * NS_PER_S + st->st_mtim.tv_nsec);

	return age < 0 || age > STILL_NS; /* of the future: the clock was set, and that is no reason to wait */
}

static bool head_stays(const struct parts *p)
{
	uint8_t head[WAL_HEADER];
	size_t got = 0, want = p->log_len < WAL_HEADER ? p->log_len : WAL_HEADER;

	if (p->log_fd < 0)
		return true;
	if (read_at_most(p->log_fd, head, sizeof(head), &got))
		return false;
	return got == want && (!got || memcmp(head, p->log, got) == 0);
}

/* 0, or ERR_AGAIN where somebody wrote meanwhile. */
static int read_once(struct parts *p)
{
	struct stat before, after;
	int err;

	if (fstat(p->fd, &before))
		return ERR_IO;
	if (!is_still(&before))
		return ERR_AGAIN;
	err = read_pages(p, &before);
	if (!err)
		err = read_log(p);
	if (!err && fstat(p->fd, &after))
		err = ERR_IO;
	if (err)
		return err;
	return same(&before, &after) && head_stays(p) ? 0 : ERR_AGAIN;
}

static int read_both(struct parts *p)
{
	const struct timespec nap = { .tv_nsec = STILL_NS };
	int err = ERR_AGAIN;

	for (int i = 0; i < TRIES && err == ERR_AGAIN; i++) {
		if (i)
			nanosleep(&nap, NULL);
		err = read_once(p);
	}
	return err;
}

static int lay_over(struct parts *p)
{
	struct wal_found found;
	uint64_t bytes;
	uint8_t *pages;

	if (wal_look((struct slice){ .at = p->log, .len = p->log_len }, &found) || !found.frames)
		return 0; /* no log, or one whose head was never finished: SQLite passes over it, too */
	bytes = (uint64_t)found.pages * found.page_bytes;
	if (bytes > STORE_COPY_MOST)
		return ERR_FULL;
	pages = sqlite3_realloc64(p->pages, bytes + 1);
	if (!pages)
		return ERR_MEMORY;
	p->pages = pages;
	if (bytes > p->len)
		memset(pages + p->len, 0, bytes - p->len);
	p->len = bytes;
	wal_apply((struct slice){ .at = p->log, .len = p->log_len }, &found, pages);
	return 0;
}

/* The log is in it by now: a version of 2 would have SQLite look for one. */
static void forget_log(struct parts *p)
{
	if (p->len < HEAD_BYTES)
		return;
	p->pages[18] = p->pages[18] == 2 ? 1 : p->pages[18];
	p->pages[19] = p->pages[19] == 2 ? 1 : p->pages[19];
}

static int words(int err, char why[WHY_TEXT])
{
	switch (err) {
	case 0:
		return 0;
	case ERR_AGAIN:
		return log_why(why, err, "it is written to all the time; try again");
	case ERR_FULL:
		return log_why(why, err, "it is larger than what is read at once");
	case ERR_MEMORY:
		return log_why(why, err, "no memory");
	default:
		return log_why(why, err, "%s", strerror(errno));
	}
}

int store_open_copy(struct store **out, const char *path, const struct store_opts *o, char why[WHY_TEXT])
{
	struct parts p = { .fd = -1, .log_fd = -1 };
	int err;

	why[0] = '\0';
	if (strlen(path) + 8 > STORE_PATH)
		return log_why(why, ERR_RANGE, "the path is too long");
	err = open_parts(path, &p, why);
	if (!err)
		err = words(read_both(&p), why);
	if (!err)
		err = words(lay_over(&p), why);
	if (!err) {
		forget_log(&p);
		err = store_open_memory(out, p.pages, p.len, o, why);
		p.pages = NULL;
	}
	close_parts(&p);
	return err;
}
