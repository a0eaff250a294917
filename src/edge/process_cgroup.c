/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the id of a cgroup (which is the inode of its directory) to its unit: the kernel opens one by its id only for who
 * may pass over all rights, so the directories are walked, by names alone, and remembered.
 */
#include "edge/process_private.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "edge/clock.h"

#define DEPTH 16
#define DIRECTORIES 8192 /* of one walk */
#define PAUSE (10 * NS_PER_S)
#define REST_FACTOR 50 /* as of the other walk */

struct place {
	char path[PATH_MAX];
	size_t base; /* where the hierarchy's own path begins */
};

void process_name_cgroup(const char *path, char unit[PROCESS_UNIT])
{
	if (process_text_unit(path, unit, PROCESS_UNIT))
		return;
	unit[0] = '\0';
	if (path[0] == '/' && path[1] && strlen(path) < PROCESS_UNIT)
		text_copy(unit, PROCESS_UNIT, path);
}

static int by_id(const void *a, const void *b)
{
	const struct process_cgroup *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static struct process_cgroup *find(struct process *p, uint64_t id)
{
	const struct process_cgroup key = { .id = id };

	return bsearch(&key, p->cgroups, p->n_cgroups, sizeof(key), by_id);
}

/* How many folders deep: "/system.slice/ssh.service" lies at 2. */
static uint8_t level_of(const char *path)
{
	unsigned n = 0;

	for (; *path; path++)
		n += path[0] == '/' && path[1] && path[1] != '/';
	return n < UINT8_MAX ? (uint8_t)n : 0;
}

static void fill(struct process_cgroup *c, uint64_t id, const char *path)
{
	*c = (struct process_cgroup){ .id = id, .level = level_of(path) };
	process_name_cgroup(path, c->unit);
	if (!text_copy(c->path, sizeof(c->path), path))
		c->path[0] = '\0'; /* half a path is another one */
}

static void note(struct process *p, uint64_t id, const char *path)
{
	if (p->n_cgroups == PROCESS_CGROUPS) {
		p->stats.cgroups_cut++;
		return;
	}
	fill(&p->cgroups[p->n_cgroups++], id, path);
}

/* Adds "/NAME" to the path; 0: it does not fit. */
static size_t go_down(struct place *at, size_t len, const char *name)
{
	size_t n = strlen(name);

	if (len + n + 2 > sizeof(at->path))
		return 0;
	at->path[len] = '/';
	memcpy(at->path + len + 1, name, n + 1);
	return len + n + 1;
}

/* A directory with all below it; len: of the path that leads there. */
static void walk_below(struct process *p, struct place *at, size_t len, unsigned depth, unsigned *left)
{
	DIR *dir = opendir(at->path);
	struct dirent *e;

	while (dir && (e = readdir(dir))) {
		size_t longer;

		if (e->d_type != DT_DIR || !strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		longer = *left && depth < DEPTH ? go_down(at, len, e->d_name) : 0;
		if (!longer) {
			p->stats.cgroups_cut++;
			continue;
		}
		--*left;
		note(p, e->d_ino, at->path + at->base);
		walk_below(p, at, longer, depth + 1, left);
		at->path[len] = '\0';
	}
	if (dir)
		closedir(dir);
}

static bool find_mount(struct process *p)
{
	if (process_text_cgroup2(process_read(p, "/proc/self/mountinfo"), p->cgroup_mount, sizeof(p->cgroup_mount)))
		return true;
	p->cgroup_mount[0] = '\0';
	return false;
}

static void walk(struct process *p)
{
	struct place at;
	unsigned left = DIRECTORIES;
	int n;

	p->n_cgroups = 0;
	p->stats.cgroup_walks++;
	if (!find_mount(p))
		return;
	n = snprintf(at.path, sizeof(at.path), "%s%s", p->o.root, p->cgroup_mount);
	if (n < 0 || (size_t)n >= sizeof(at.path))
		return;
	at.base = (size_t)n;
	walk_below(p, &at, at.base, 0, &left);
	qsort(p->cgroups, p->n_cgroups, sizeof(p->cgroups[0]), by_id);
}

struct process_cgroup *process_cgroup(struct process *p, uint64_t id, mono_t now)
{
	struct process_cgroup *c = find(p, id);

	if (!c && mono_since(now, p->cgroups_not_before) >= 0) {
		const mono_t begun = clock_mono();
		int64_t rest;

		walk(p);
		rest = mono_since(clock_mono(), begun) * REST_FACTOR;
		p->cgroups_not_before = mono_add(now, rest > PAUSE ? rest : PAUSE);
		c = find(p, id);
	}
	return c;
}

void process_group(struct process *p, uint64_t cgroup, mono_t now, char *out, size_t size)
{
	const struct process_cgroup *c = cgroup ? process_cgroup(p, cgroup, now) : NULL;

	if (!c || !text_copy(out, size, c->path + (c->path[0] == '/')))
		out[0] = '\0';
}

struct process_cgroup *process_learn_cgroup(struct process *p, uint64_t id, const char *path)
{
	struct process_cgroup *at = p->cgroups;
	char whole[PATH_MAX];
	struct stat st;
	int n;

	if (!p->cgroup_mount[0] || p->n_cgroups == PROCESS_CGROUPS || !path[0] || !path[1])
		return NULL;
	n = snprintf(whole, sizeof(whole), "%s%s%s", p->o.root, p->cgroup_mount, path);
	if (n < 0 || (size_t)n >= sizeof(whole) || stat(whole, &st) || st.st_ino != id)
		return NULL;
	while (at < p->cgroups + p->n_cgroups && at->id < id)
		at++;
	memmove(at + 1, at, (size_t)(p->cgroups + p->n_cgroups - at) * sizeof(*at));
	p->n_cgroups++;
	fill(at, id, path);
	return at;
}
