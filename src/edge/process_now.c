/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who holds a socket now, among the few who may: a process that connects, sends and ends within milliseconds is gone
 * before a walk over all descriptors came to it. All that is said of one process is read below one descriptor of its
 * folder, which leads to nobody else once it is gone, however fast its number is given anew.
 */
#include "edge/process_private.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/blame.h"
#include "edge/clock.h"

#define INIT 1
#define PIDS 64
#define USER_PIDS 512 /* newest of all that are asked for their user */
#define SHARE 100 /* one in so many of the processor's time */
#define PARENTS 4 /* that may have handed a socket down */

struct search {
	struct process *p;
	const struct socket_owner *o;
	mono_t now;
	uint32_t left; /* descriptors */
	uint32_t tried; /* a process that was looked at already */
	bool cut;
	int dir;       /* what was found: its folder, or -1 */
	uint32_t pid, descriptor;
};

/* ---- one process ---- */

static bool holds(int fds, const char *name, uint32_t inode)
{
	char target[64];
	uint32_t found;

	return process_text_socket(process_link(fds, name, target, sizeof(target)), &found) && found == inode;
}

static size_t list_descriptors(struct search *s, DIR *fds)
{
	struct dirent *e;
	size_t n = 0;

	while ((e = readdir(fds))) {
		if (!process_text_number((struct slice){ (const uint8_t *)e->d_name, strlen(e->d_name) },
			&s->p->descriptors[n]))
			continue;
		if (++n < s->left)
			continue;
		s->cut = true;
		break;
	}
	return n;
}

/* From the last one on: a new socket is behind all that its program has opened for good. */
static bool look_below(struct search *s, DIR *fds)
{
	char name[16];

	if (!s->left)
		return false;
	for (size_t n = list_descriptors(s, fds); n-- > 0; s->left--) {
		snprintf(name, sizeof(name), "%u", s->p->descriptors[n]);
		if (holds(dirfd(fds), name, s->o->inode)) {
			s->descriptor = s->p->descriptors[n];
			return true;
		}
	}
	return false;
}

/* A process that is gone meanwhile, or that we may not look into, holds nothing. */
static bool try_process(struct search *s, uint32_t pid)
{
	int dir, below;
	DIR *fds;
	bool found;

	if (!pid || pid == s->tried)
		return false;
	dir = process_open_folder(s->p, pid);
	below = dir < 0 ? -1 : openat(dir, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fds = below < 0 ? NULL : fdopendir(below);
	found = fds && look_below(s, fds);
	if (fds)
		closedir(fds);
	else if (below >= 0)
		close(below);
	if (found) {
		s->dir = dir;
		s->pid = pid;
	} else if (dir >= 0) {
		close(dir);
	}
	return found;
}

/* ---- which processes ---- */

static int descending(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x < *y) - (*x > *y);
}

typedef bool (*eligible_fn)(const struct search *s, uint32_t pid);

static bool any(const struct search *s, uint32_t pid)
{
	(void)s;
	return pid != 0; /* of another namespace */
}

/* A process that may not be looked into belongs to root, whoever made the socket. */
static bool of_user(const struct search *s, uint32_t pid)
{
	char path[PATH_MAX];
	struct stat st;

	if (s->o->uid == OWNER_UNKNOWN)
		return true;
	snprintf(path, sizeof(path), "%s/proc/%u", s->p->o.root, pid);
	return stat(path, &st) == 0 && (st.st_uid == s->o->uid || st.st_uid == 0);
}

/* Of those in p->pids the newest first: an old one has been met before, as a rule. */
static bool try_newest(struct search *s, size_t n, size_t most, eligible_fn eligible)
{
	uint32_t *pids = s->p->pids;
	unsigned left = PIDS;

	qsort(pids, n, sizeof(pids[0]), descending);
	s->cut |= n > most;
	for (size_t i = 0; i < n && i < most && s->left; i++) {
		if (!eligible(s, pids[i]))
			continue;
		if (!left--) {
			s->cut = true;
			break;
		}
		if (try_process(s, pids[i]))
			return true;
	}
	return false;
}

static bool try_group(struct search *s, const struct process_cgroup *c)
{
	struct process *p = s->p;
	struct slice text;
	char path[2 * PROCESS_PATH + 32];
	uint32_t pid;
	size_t n = 0;

	if (try_process(s, c->last))
		return true;
	s->tried = c->last;
	snprintf(path, sizeof(path), "%s%s/cgroup.procs", p->cgroup_mount, c->path);
	text = process_read(p, path);
	s->cut |= text.len == sizeof(p->text);
	while (n < PROCESS_PIDS && process_text_next_number(&text, &pid))
		p->pids[n++] = pid;
	return try_newest(s, n, n, any);
}

/* Without a control group: the newest of this user, among the newest of all. */
static bool try_user(struct search *s)
{
	return try_newest(s, process_list(s->p, 0), USER_PIDS, of_user);
}

/* ---- what was met before ---- */

static bool try_met(struct search *s)
{
	const struct process_socket *met = process_met(s->p, s->o->inode, s->now);
	char name[32];
	int dir;

	if (!met)
		return false;
	snprintf(name, sizeof(name), "fd/%u", met->descriptor);
	dir = process_open_folder(s->p, met->pid);
	if (dir < 0 || !holds(dir, name, s->o->inode)) {
		if (dir >= 0)
			close(dir);
		return false;
	}
	s->dir = dir;
	s->pid = met->pid;
	s->descriptor = met->descriptor;
	return true;
}

/* Where the few were too few, all are walked over, as long as that leaves enough for what comes. */
static bool try_all(struct search *s)
{
	struct process *p = s->p;

	if (p->now_left_ns < p->o.now_ns / 2 || mono_since(s->now, p->not_before) < 0)
		return false;
	process_walk(p, s->now);
	return try_met(s);
}

/* ---- all of it ---- */

/* Who opened it, and not who was started by him with it. */
static void climb(struct search *s)
{
	char name[32];

	snprintf(name, sizeof(name), "fd/%u", s->descriptor);
	for (unsigned i = 0; i < PARENTS; i++) {
		uint32_t parent = process_parent(s->p, s->dir);
		int dir = parent > INIT ? process_open_folder(s->p, parent) : -1;

		if (dir < 0)
			return;
		if (!holds(dir, name, s->o->inode)) {
			close(dir);
			return;
		}
		close(s->dir);
		s->dir = dir;
		s->pid = parent;
	}
}

/* The group of a socket is younger than the last walk, perhaps: its process knows the way. */
static struct process_cgroup *learn_group(struct search *s)
{
	char path[PATH_MAX];

	if (!s->o->cgroup || !process_text_cgroup(process_read_below(s->p, s->dir, "cgroup"), path, sizeof(path)))
		return NULL;
	return process_learn_cgroup(s->p, s->o->cgroup, path);
}

static bool search(struct search *s, const struct process_cgroup *c)
{
	bool found = c && c->path[0] ? try_group(s, c) : try_user(s);

	s->p->stats.now_cut += s->cut;
	if (!found && s->cut)
		found = try_all(s);
	return found;
}

static void find(struct search *s, struct blame *out)
{
	struct process *p = s->p;
	struct process_cgroup *c = s->o->cgroup ? process_cgroup(p, s->o->cgroup, s->now) : NULL;

	if (s->o->inode && (try_met(s) || search(s, c))) {
		climb(s);
		process_note(p, s->o->inode, s->pid, s->descriptor, s->now);
		process_blame(p, s->dir, s->pid, out);
		if (!c)
			c = learn_group(s);
		if (c)
			c->last = s->pid;
		p->stats.now_found++;
		close(s->dir);
	}
	if (c)
		process_blame_group(c, out);
}

/* What a share of the processor has brought since the last time. */
static void refill(struct process *p, mono_t now)
{
	int64_t since = mono_since(now, p->now_filled) / SHARE;

	p->now_left_ns = since > p->o.now_ns - p->now_left_ns ? p->o.now_ns : p->now_left_ns + since;
	p->now_filled = now;
}

void process_now(struct process *p, const struct socket_owner *o, mono_t now, struct blame *out)
{
	const int64_t begun = clock_spent_ns();
	struct search s = { .p = p, .o = o, .now = now, .left = PROCESS_NOW_DESCRIPTORS, .dir = -1 };

	*out = (struct blame){ .owner = *o };
	p->stats.now_asked++;
	refill(p, now);
	if (p->now_left_ns > 0)
		find(&s, out);
	else
		p->stats.now_spared++;
	process_blame_user(p, now, out);
	p->now_left_ns -= clock_spent_ns() - begun;
}
