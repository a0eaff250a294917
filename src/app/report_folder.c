/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that are written beside, and renamed over what was there: whoever reads has a whole one. */
#include "app/report_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "app/report_html.h"
#include "app/report_json.h"
#include "base/err.h"

#define NAME_TEXT 40
#define ENTRIES_MOST 65536 /* of the folder that are looked at */

typedef int (*writer_fn)(const struct report_data *r, FILE *out);

static const struct {
	const char *suffix;
	writer_fn write;
} forms[] = { { "json", report_json }, { "html", report_html } };

#define FORMS (sizeof(forms) / sizeof(forms[0]))

static int fail(int err, const char *name, char why[WHY_TEXT])
{
	int code = err ? err : errno == EACCES || errno == EPERM || errno == EROFS ? ERR_PERMISSION :
		errno == ENOSPC || errno == EDQUOT ? ERR_FULL : errno == ENOENT ? ERR_ABSENT : ERR_IO;

	return log_why(why, code, "%s: %s", name, err ? err_text(err) : strerror(errno));
}

/* The old one of a run that was killed goes first: the name is ours. */
static int write_beside(int folder, const char *name, writer_fn write, const struct report_data *r, char why[WHY_TEXT])
{
	int fd, err;
	FILE *f;

	unlinkat(folder, name, 0);
	fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd < 0)
		return fail(0, name, why);
	f = fdopen(fd, "w");
	if (!f) {
		close(fd);
		return fail(0, name, why);
	}
	err = fchmod(fd, 0640) ? ERR_IO : write(r, f);
	if (!err && (fflush(f) || fsync(fd)))
		err = ERR_IO;
	if (err)
		fail(err == ERR_IO ? 0 : err, name, why);
	fclose(f);
	if (err)
		unlinkat(folder, name, 0);
	return err;
}

/* Of the day in which the span ends; one that ends at midnight is the day before. */
static void name_of(const struct report_data *r, const char *suffix, char out[NAME_TEXT])
{
	time_t local = (time_t)(r->about.until_s + r->about.utc_offset_s - 1);
	char day[16] = "";
	struct tm tm;

	if (gmtime_r(&local, &tm))
		strftime(day, sizeof(day), "%Y-%m-%d", &tm);
	snprintf(out, NAME_TEXT, "report-%s.%s", day, suffix);
}

/* latest.* is a second name of the same file: one that is read by name only, and replaced whole. */
static int put_latest(int folder, const char *name, const char *suffix, char why[WHY_TEXT])
{
	char beside[NAME_TEXT], latest[NAME_TEXT];

	snprintf(beside, sizeof(beside), ".latest.%s.new", suffix);
	snprintf(latest, sizeof(latest), "latest.%s", suffix);
	unlinkat(folder, beside, 0);
	if (linkat(folder, name, folder, beside, 0) || renameat(folder, beside, folder, latest))
		return fail(0, latest, why);
	/* Where both were names of one file already, rename has left both. */
	unlinkat(folder, beside, 0);
	return 0;
}

static int put_form(int folder, size_t form, const struct report_data *r, char why[WHY_TEXT])
{
	char name[NAME_TEXT], beside[NAME_TEXT + 8];
	int err;

	name_of(r, forms[form].suffix, name);
	snprintf(beside, sizeof(beside), ".%s.new", name);
	err = write_beside(folder, beside, forms[form].write, r, why);
	if (err)
		return err;
	if (renameat(folder, beside, folder, name)) {
		fail(0, name, why);
		unlinkat(folder, beside, 0);
		return ERR_IO;
	}
	return put_latest(folder, name, forms[form].suffix, why);
}

/* ---- what is old ---- */

static bool is_ours(const char *name, const char *suffix)
{
	static const char shape[] = "report-dddd-dd-dd.";
	size_t i;

	for (i = 0; shape[i]; i++)
		if (shape[i] == 'd' ? name[i] < '0' || name[i] > '9' : name[i] != shape[i])
			return false;
	return strcmp(name + i, suffix) == 0;
}

static int later_first(const void *a, const void *b)
{
	return -strcmp(a, b);
}

/* By the dates in their names. */
static void drop_old(int folder, const char *suffix, unsigned keep)
{
	char (*names)[NAME_TEXT] = NULL;
	size_t n = 0, room = 0;
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (!d) {
		if (fd >= 0)
			close(fd);
		return;
	}
	for (size_t seen = 0; (e = readdir(d)) != NULL && seen < ENTRIES_MOST; seen++) {
		if (!is_ours(e->d_name, suffix))
			continue;
		if (n == room) {
			char (*more)[NAME_TEXT] = realloc(names, (room ? room * 2 : 64) * sizeof(*names));

			if (!more)
				break;
			names = more;
			room = room ? room * 2 : 64;
		}
		snprintf(names[n++], NAME_TEXT, "%.*s", NAME_TEXT - 1, e->d_name);
	}
	if (n)
		qsort(names, n, sizeof(*names), later_first);
	for (size_t i = keep; i < n; i++)
		unlinkat(folder, names[i], 0);
	free(names);
	closedir(d);
}

int report_folder_put(const char *folder, const struct report_data *r, unsigned keep, char why[WHY_TEXT])
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), err = 0;

	why[0] = '\0';
	if (fd < 0)
		return fail(0, folder, why);
	for (size_t i = 0; i < FORMS && !err; i++)
		err = put_form(fd, i, r, why);
	for (size_t i = 0; i < FORMS && !err; i++)
		drop_old(fd, forms[i].suffix, keep);
	close(fd);
	return err;
}

/* ---- one page by its name ---- */

/* A pipe, a terminal: there is nothing to replace. */
static int write_through(const char *path, const struct report_data *r, char why[WHY_TEXT])
{
	FILE *f = fopen(path, "we");
	int err;

	if (!f)
		return fail(0, path, why);
	err = report_html(r, f);
	if (!err && fflush(f))
		err = ERR_IO;
	if (err)
		fail(err == ERR_IO ? 0 : err, path, why);
	fclose(f);
	return err;
}

static int replace_page(int folder, const char *name, const struct report_data *r, char why[WHY_TEXT])
{
	char beside[NAME_MAX + 1];
	int err;

	if ((size_t)snprintf(beside, sizeof(beside), ".%s.new", name) >= sizeof(beside))
		return log_why(why, ERR_RANGE, "%s: too long a name", name);
	err = write_beside(folder, beside, report_html, r, why);
	if (err || renameat(folder, beside, folder, name) == 0)
		return err;
	err = fail(0, name, why);
	unlinkat(folder, beside, 0);
	return err;
}

int report_page_put(const char *path, const struct report_data *r, char why[WHY_TEXT])
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	char *folder = slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
	struct stat st;
	int fd, err;

	why[0] = '\0';
	if (!folder)
		return log_why(why, ERR_MEMORY, "no memory");
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		err = fail(0, folder, why);
	else if (*name == '\0')
		err = log_why(why, ERR_INVALID, "a folder, not a file");
	else if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISREG(st.st_mode))
		err = write_through(path, r, why);
	else
		err = replace_page(fd, name, r, why);
	if (fd >= 0)
		close(fd);
	free(folder);
	return err;
}
