/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files and folders on the disk. A file is read whole and bounded before it is parsed, so
 * that a device or a log given by mistake ends in a message and not in a full memory.
 */
#include "conf/doc.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/text.h"

/* A regular file's bytes with a NUL behind them, or NULL and a report. */
static char *slurp(const char *file, size_t *len, struct conf_report *report)
{
	struct conf_place whole = { .file = file };
	struct stat st;
	ssize_t got;
	char *text;
	int fd;

	/* Non-blocking: opening a FIFO must not wait for its writer. */
	fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0) {
		conf_error(report, whole, "cannot open: %s", strerror(errno));
		return NULL;
	}
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size > DOC_BYTES) {
		conf_error(report, whole, "is not a file of at most %u bytes", DOC_BYTES);
		close(fd);
		return NULL;
	}
	text = malloc((size_t)st.st_size + 1);
	got = text ? pread(fd, text, (size_t)st.st_size, 0) : -1;
	if (got < 0) {
		conf_error(report, whole, "cannot read: %s", strerror(errno));
		free(text);
		text = NULL;
	} else {
		text[got] = '\0';
		*len = (size_t)got;
	}
	close(fd);
	return text;
}

bool doc_parse(struct doc *d, const char *file, const char *text, size_t len,
	struct conf_report *report)
{
	struct conf_place at = { .file = file };

	assert(text[len] == '\0');
	text_copy(d->file, sizeof(d->file), file);
	if (!doc_scan(file, text, len, report))
		return false;
	config_init(&d->config);
	if (config_read_string(&d->config, text))
		return true;
	at.line = (unsigned)config_error_line(&d->config);
	conf_error(report, at, "%s; the rest of this file was not read",
		config_error_text(&d->config));
	config_destroy(&d->config);
	return false;
}

bool doc_open(struct doc *d, const char *file, struct conf_report *report)
{
	size_t len = 0;
	char *text;
	bool good;

	text = slurp(file, &len, report);
	if (!text)
		return false;
	good = doc_parse(d, file, text, len, report);
	free(text);
	return good;
}

void doc_close(struct doc *d)
{
	config_destroy(&d->config);
}

bool doc_path(const char *folder, const char *path, char *out, size_t size)
{
	struct text t = text_over(out, size);

	while (strncmp(path, "./", 2) == 0)
		path += 2;
	if (path[0] == '\0' || strcmp(path, ".") == 0) {
		text_add(&t, folder[0] ? folder : ".");
		return !t.cut;
	}
	if (path[0] != '/' && folder[0]) {
		text_add(&t, folder);
		if (folder[strlen(folder) - 1] != '/')
			text_add(&t, "/");
	}
	text_add(&t, path);
	return !t.cut;
}

static bool is_conf(const char *name)
{
	size_t len = strlen(name);

	return name[0] != '.' && len > 5 && len < DOC_NAME &&
		strcmp(name + len - 5, ".conf") == 0;
}

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

static bool has(const struct doc_names *names, const char *name)
{
	for (size_t i = 0; i < names->n; i++) {
		if (strcmp(names->list[i], name) == 0)
			return true;
	}
	return false;
}

int doc_list(const char *folder, struct doc_names *names)
{
	const struct dirent *entry;
	int result = 0;
	DIR *dir;

	dir = opendir(folder);
	if (!dir)
		return errno == ENOENT || errno == ENOTDIR ? ERR_ABSENT : ERR_IO;
	while ((entry = readdir(dir))) {
		if (!is_conf(entry->d_name) || has(names, entry->d_name))
			continue;
		if (names->n == DOC_NAMES) {
			result = ERR_FULL;
			break;
		}
		text_copy(names->list[names->n++], DOC_NAME, entry->d_name);
	}
	closedir(dir);
	qsort(names->list, names->n, DOC_NAME, compare);
	return result;
}

bool doc_find(char (*folders)[CONF_PATH], size_t n, const char *name,
	char out[CONF_PATH])
{
	for (size_t i = 0; i < n; i++) {
		if (!doc_path(folders[i], name, out, CONF_PATH))
			return false;
		if (access(out, F_OK) == 0)
			return true;
	}
	return false;
}
