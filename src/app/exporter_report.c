/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report that a timer left in its folder: opened so that no link leads out of it and no pipe holds us, read whole. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "app/exporter.h"

static const char hint[] = "there is no report yet: the timer tidegate-report.timer writes one a day, and "
	"`systemctl start tidegate-report.service` one now";

/* latest.html may be a link to the day's file, but only to one beside it. A kernel without openat2 follows none. */
static int open_within(const char *folder, const char *name)
{
	struct open_how how = { .flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS };
	int dir = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int file, error;

	if (dir < 0)
		return -1;
	file = (int)syscall(SYS_openat2, dir, name, &how, sizeof(how));
	if (file < 0 && (errno == ENOSYS || errno == EPERM))
		file = openat(dir, name, (int)how.flags | O_NOFOLLOW);
	error = errno;
	close(dir);
	errno = error;
	return file;
}

/* True where all of it came; it may be cut meanwhile, and is then told as far as it goes. */
static bool read_all(int file, char *at, size_t *len)
{
	size_t n = 0;

	while (n < *len) {
		ssize_t got = read(file, at + n, *len - n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return false;
		if (got == 0)
			break;
		n += (size_t)got;
	}
	*len = n;
	return true;
}

static void refuse(const struct http_route *r, int status, const char *name, const char *why, struct exporter_answer *out)
{
	char text[256];

	snprintf(text, sizeof(text), "%s: %s", name, why);
	exporter_refuse(r, status, text, out);
}

static void take(int file, const char *name, const struct http_route *r, struct exporter_answer *out)
{
	struct stat st;

	if (fstat(file, &st) || !S_ISREG(st.st_mode)) {
		refuse(r, 500, name, "is no file", out);
		return;
	}
	if (st.st_size < 0 || (uint64_t)st.st_size > EXPORTER_REPORT_BYTES) {
		refuse(r, 500, name, "is too large to be shown here", out);
		return;
	}
	size_t len = (size_t)st.st_size;
	char *body = malloc(len ? len : 1);
	if (!body) {
		refuse(r, 500, name, "no memory", out);
		return;
	}
	if (!read_all(file, body, &len)) {
		free(body);
		refuse(r, 500, name, "cannot be read", out);
		return;
	}
	*out = (struct exporter_answer){ .status = 200, .body = body, .len = len,
		.type = r->place == HTTP_REPORT ? EXPORTER_REPORT : EXPORTER_JSON };
	snprintf(out->tag, sizeof(out->tag), "\"%" PRIx64 "-%" PRIx64 "-%" PRIx64 "\"", (uint64_t)st.st_ino,
		(uint64_t)st.st_mtim.tv_sec * (uint64_t)NS_PER_S + (uint64_t)st.st_mtim.tv_nsec, (uint64_t)len);
}

void exporter_report(const char *folder, const char *name, const struct http_route *r, struct exporter_answer *out)
{
	int file = open_within(folder, name);

	if (file < 0 && errno == ENOENT)
		exporter_refuse(r, 404, hint, out);
	else if (file < 0)
		refuse(r, 500, name, strerror(errno), out);
	else
		take(file, name, r, out);
	if (file >= 0)
		close(file);
}
