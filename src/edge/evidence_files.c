/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The index of the folder of evidence, oldest first, and the bounds. Called by app/evidence.c. */
#include "edge/evidence_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/text.h"
#include "core/incident.h"

#define SUFFIX ".pcap"

struct entry {
	uint64_t incident, bytes;
	wall_t written;
};

struct evidence_files {
	char folder[EVIDENCE_PATH - 64];
	size_t max_files;
	uint64_t max_bytes;
	struct entry *list; /* the oldest first */
	size_t n, room;
	struct evidence_files_stats stats;
};

void evidence_files_path(const struct evidence_files *f, uint64_t incident, char out[EVIDENCE_PATH])
{
	char id[INCIDENT_TEXT];

	incident_id_format(incident, id);
	snprintf(out, EVIDENCE_PATH, "%s/%s" SUFFIX, f->folder, id);
}

/* Ours is what this very id is written as: T-0001.pcap and t-1.pcap are not. */
static bool read_name(const char *name, uint64_t *incident)
{
	char id[INCIDENT_TEXT], again[INCIDENT_TEXT];
	size_t len = strlen(name), cut = strlen(SUFFIX);

	if (len <= cut || len - cut >= sizeof(id) || strcmp(name + len - cut, SUFFIX))
		return false;
	memcpy(id, name, len - cut);
	id[len - cut] = '\0';
	if (incident_id_parse(id, incident))
		return false;
	incident_id_format(*incident, again);
	return strcmp(id, again) == 0;
}

static struct entry *find(const struct evidence_files *f, uint64_t incident)
{
	for (size_t i = f->n; i-- > 0;)
		if (f->list[i].incident == incident)
			return &f->list[i];
	return NULL;
}

static void forget(struct evidence_files *f, struct entry *e)
{
	size_t at = (size_t)(e - f->list);

	f->stats.bytes -= e->bytes;
	memmove(e, e + 1, (--f->n - at) * sizeof(*e));
}

static int remember(struct evidence_files *f, const struct entry *e)
{
	if (f->n == f->room) {
		size_t room = f->room ? 2 * f->room : 64;
		struct entry *list = realloc(f->list, room * sizeof(*list));

		if (!list)
			return ERR_MEMORY;
		f->list = list;
		f->room = room;
	}
	f->list[f->n++] = *e;
	f->stats.bytes += e->bytes;
	return 0;
}

/* A file that cannot be removed is no longer counted, or this would go on for ever. */
static void bound(struct evidence_files *f)
{
	char path[EVIDENCE_PATH];

	while (f->n && (f->n > f->max_files || f->stats.bytes > f->max_bytes)) {
		evidence_files_path(f, f->list[0].incident, path);
		if (unlink(path) == 0)
			f->stats.removed++;
		else if (errno != ENOENT)
			log_at(LOG_LEVEL_WARNING, "%s: cannot be removed: %s", path, strerror(errno));
		forget(f, &f->list[0]);
	}
}

static int measure(const char *path, uint64_t incident, struct entry *out)
{
	struct stat st;

	if (lstat(path, &st))
		return errno == ENOENT ? ERR_ABSENT : ERR_IO;
	if (!S_ISREG(st.st_mode))
		return ERR_ABSENT;
	*out = (struct entry){ .incident = incident, .bytes = (uint64_t)st.st_size,
		.written = { st.st_mtim.tv_sec * NS_PER_S + st.st_mtim.tv_nsec } };
	return 0;
}

static int by_age(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return (x->written.ns > y->written.ns) - (x->written.ns < y->written.ns);
}

/* What a kill in the middle of a write has left: INCIDENT.pcap.XXXXXX. */
static bool is_half_written(const char *name)
{
	const char *dot = strrchr(name, '.');
	char whole[64];
	uint64_t incident;

	if (!dot || (size_t)(dot - name) >= sizeof(whole) || strlen(dot) != 7)
		return false;
	snprintf(whole, sizeof(whole), "%.*s", (int)(dot - name), name);
	return read_name(whole, &incident);
}

static int take_name(struct evidence_files *f, const char *name)
{
	char path[EVIDENCE_PATH];
	struct entry e;
	uint64_t incident;

	if (!strcmp(name, ".") || !strcmp(name, ".."))
		return 0;
	if (is_half_written(name)) {
		snprintf(path, sizeof(path), "%s/%.60s", f->folder, name);
		unlink(path);
		return 0;
	}
	if (!read_name(name, &incident)) {
		f->stats.strange++;
		return 0;
	}
	evidence_files_path(f, incident, path);
	if (measure(path, incident, &e)) {
		f->stats.strange++;
		return 0;
	}
	return remember(f, &e);
}

static int look(struct evidence_files *f, char why[WHY_TEXT])
{
	const struct dirent *e;
	DIR *d;
	int err = 0;

	if (mkdir(f->folder, 0700) && errno != EEXIST)
		return log_why(why, errno == EACCES ? ERR_PERMISSION : ERR_IO, "%s", strerror(errno));
	d = opendir(f->folder);
	if (!d)
		return log_why(why, errno == EACCES ? ERR_PERMISSION : ERR_IO, "%s", strerror(errno));
	while (!err && (e = readdir(d)))
		err = take_name(f, e->d_name);
	closedir(d);
	if (err)
		return log_why(why, err, "%s", err_text(err));
	if (f->n)
		qsort(f->list, f->n, sizeof(f->list[0]), by_age);
	return 0;
}

int evidence_files_open(struct evidence_files **out, const struct evidence_files_opts *o, char why[WHY_TEXT])
{
	struct evidence_files *f = calloc(1, sizeof(*f));
	int err;

	if (!f)
		return log_why(why, ERR_MEMORY, "%s", err_text(ERR_MEMORY));
	f->max_files = o->max_files;
	f->max_bytes = o->max_bytes;
	if (text_copy(f->folder, sizeof(f->folder), o->folder))
		err = look(f, why);
	else
		err = log_why(why, ERR_RANGE, "the path is too long");
	if (err) {
		evidence_files_close(f);
		return err;
	}
	bound(f);
	*out = f;
	return 0;
}

void evidence_files_remake(const struct evidence_files *f)
{
	if (mkdir(f->folder, 0700) == 0)
		log_at(LOG_LEVEL_NOTICE, "%s: was not there any more, and is made again", f->folder);
}

int evidence_files_wrote(struct evidence_files *f, uint64_t incident)
{
	char path[EVIDENCE_PATH];
	struct entry e, *old = find(f, incident);
	int err;

	evidence_files_path(f, incident, path);
	err = measure(path, incident, &e);
	if (old)
		forget(f, old);
	if (!err)
		err = remember(f, &e);
	bound(f);
	return err;
}

int evidence_files_find(const struct evidence_files *f, uint64_t incident, uint64_t *bytes, wall_t *written)
{
	const struct entry *e = find(f, incident);

	if (!e)
		return ERR_ABSENT;
	*bytes = e->bytes;
	*written = e->written;
	return 0;
}

void evidence_files_stats(const struct evidence_files *f, struct evidence_files_stats *out)
{
	*out = f->stats;
	out->files = f->n;
}

void evidence_files_close(struct evidence_files *f)
{
	if (!f)
		return;
	free(f->list);
	free(f);
}
