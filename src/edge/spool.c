/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of a folder: a name of its own while one is written, the right one by rename when it is on the disk. */
#include "edge/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/text.h"
#include "edge/fd.h"

#define NAME 40
#define STATE "state.json"
#define STATE_MOST ((size_t)1 << 20)

struct spool {
	int dir;
	int lock;
	char folder[SPOOL_PATH];
};

static int code_of_errno(void)
{
	if (errno == ENOENT || errno == ENOTDIR)
		return ERR_ABSENT;
	if (errno == ENOSPC || errno == EDQUOT)
		return ERR_FULL;
	return errno == EACCES || errno == EPERM ? ERR_PERMISSION : ERR_IO;
}

static int lock(struct spool *s, char why[WHY_TEXT])
{
	s->lock = openat(s->dir, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (s->lock < 0)
		return log_why(why, code_of_errno(), "%.64s/lock: %s", s->folder, strerror(errno));
	if (flock(s->lock, LOCK_EX | LOCK_NB) == 0)
		return 0;
	return log_why(why, ERR_BUSY, "%.64s is in use: another tidegate notify runs", s->folder);
}

int spool_open(struct spool **out, const char *folder, char why[WHY_TEXT])
{
	struct spool *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return log_why(why, ERR_MEMORY, "no memory");
	s->dir = s->lock = -1;
	if (!text_copy(s->folder, sizeof(s->folder) - NAME, folder))
		err = log_why(why, ERR_RANGE, "%.64s...: the path is too long", folder);
	else if ((mkdir(folder, 0700) && errno != EEXIST) ||
		 (s->dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		err = log_why(why, code_of_errno(), "%.64s: %s", folder, strerror(errno));
	else
		err = lock(s, why);
	if (err) {
		spool_close(s);
		return err;
	}
	*out = s;
	return 0;
}

void spool_close(struct spool *s)
{
	if (!s)
		return;
	if (s->lock >= 0)
		close(s->lock);
	if (s->dir >= 0)
		close(s->dir);
	free(s);
}

static void name_of(uint64_t number, const char *end, char out[NAME])
{
	snprintf(out, NAME, "%" PRIu64 ".%s", number, end);
}

/* "12.json"; 0 for any other name. */
static uint64_t number_of(const char *name)
{
	uint64_t n = 0;
	size_t i = 0;

	for (; i < 18 && name[i] >= '0' && name[i] <= '9'; i++)
		n = n * 10 + (uint64_t)(name[i] - '0');
	return name[0] != '0' && strcmp(name + i, ".json") == 0 ? n : 0;
}

int spool_range(const struct spool *s, uint64_t *first, uint64_t *last)
{
	const int fd = openat(s->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	*first = *last = 0;
	if (!d) {
		if (fd >= 0)
			close(fd);
		return ERR_IO;
	}
	for (const struct dirent *e; (e = readdir(d)) != NULL;) {
		const uint64_t n = number_of(e->d_name);

		if (n && (!*first || n < *first))
			*first = n;
		if (n > *last)
			*last = n;
	}
	closedir(d);
	return 0;
}

static int put_file(struct spool *s, const char *name, const char *bytes, size_t len, char why[WHY_TEXT])
{
	if (fd_write_new(s->dir, "new", 0600, true, bytes, len) == 0 && renameat(s->dir, "new", s->dir, name) == 0 &&
		fsync(s->dir) == 0)
		return 0;
	const int err = log_why(why, code_of_errno(), "%.64s/%s: %s", s->folder, name, strerror(errno));
	return err == ERR_ABSENT ? ERR_IO : err;
}

int spool_put(struct spool *s, uint64_t number, const char *json, size_t json_len, const char *text, size_t text_len,
	char why[WHY_TEXT])
{
	char name[NAME];

	name_of(number, "txt", name);
	const int err = put_file(s, name, text, text_len, why);
	if (err)
		return err;
	name_of(number, "json", name);
	return put_file(s, name, json, json_len, why);
}

void spool_remove(struct spool *s, uint64_t number)
{
	char name[NAME];

	name_of(number, "json", name);
	unlinkat(s->dir, name, 0);
	name_of(number, "txt", name);
	unlinkat(s->dir, name, 0);
}

int spool_message(const struct spool *s, uint64_t number, int *fd)
{
	char name[NAME];

	name_of(number, "json", name);
	const int opened = openat(s->dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (opened < 0)
		return errno == ENOENT ? ERR_ABSENT : ERR_IO;
	*fd = opened;
	return 0;
}

void spool_text_path(const struct spool *s, uint64_t number, char out[SPOOL_PATH])
{
	snprintf(out, SPOOL_PATH, "%.*s/%" PRIu64 ".txt", SPOOL_PATH - NAME, s->folder, number);
}

static int read_text(FILE *f, char **out)
{
	char *bytes = malloc(STATE_MOST);

	if (!bytes)
		return ERR_MEMORY;
	bytes[fread(bytes, 1, STATE_MOST - 1, f)] = '\0';
	if (ferror(f)) {
		free(bytes);
		return ERR_IO;
	}
	*out = bytes;
	return 0;
}

int spool_read_state(const struct spool *s, char **json)
{
	const int fd = openat(s->dir, STATE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	FILE *f;
	int err;

	if (fd < 0)
		return errno == ENOENT ? ERR_ABSENT : ERR_IO;
	f = fdopen(fd, "r");
	if (!f) {
		close(fd);
		return ERR_MEMORY;
	}
	err = read_text(f, json);
	fclose(f);
	return err;
}

int spool_write_state(struct spool *s, const char *json, size_t len, char why[WHY_TEXT])
{
	return put_file(s, STATE, json, len, why);
}
