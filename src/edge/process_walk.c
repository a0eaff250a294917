/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the inode of a socket to the process that holds it: all descriptors of all processes are looked at, the processes
 * by their numbers, so that a walk that the bound ended is gone on with. Several may hold one socket (a master and its
 * workers): the first is told, but the one that started everything only where nobody else holds it, for it opens
 * sockets in the stead of services.
 */
#include "edge/process_private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "edge/clock.h"

#define INIT 1
#define REST_FACTOR 50 /* so many times what a walk took passes before the next one */

struct walk {
	struct process *p;
	mono_t now;
	uint32_t left; /* descriptors */
};

static struct slice name_of(const struct dirent *e)
{
	return (struct slice){ (const uint8_t *)e->d_name, strlen(e->d_name) };
}

static bool is_wanted(const struct process *p, uint32_t inode)
{
	for (size_t i = 0; i < p->n_wanted; i++)
		if (p->wanted[i] == inode)
			return true;
	return false;
}

/* A free entry, or for who is wanted that of somebody who was met longer ago. */
static struct process_socket *make_room(struct process *p, uint32_t inode)
{
	struct process_socket *s;

	if (p->n_sockets < PROCESS_SOCKETS)
		return &p->sockets[p->n_sockets++];
	if (!is_wanted(p, inode)) {
		p->stats.crowded++;
		return NULL;
	}
	s = &p->sockets[p->hand++ % PROCESS_SOCKETS];
	(void)map_remove(p->index, s->inode);
	return s;
}

void process_note(struct process *p, uint32_t inode, uint32_t pid, uint32_t descriptor, mono_t now)
{
	uint32_t at = map_get(p->index, inode);
	struct process_socket *s;

	if (at != MAP_NONE) {
		s = &p->sockets[at];
		if (s->pid && s->pid != INIT && (s->seen.ns == now.ns || pid == INIT))
			return; /* another one of this very walk, or pid 1 beside it */
	} else {
		s = make_room(p, inode);
		if (!s)
			return;
		(void)map_set(p->index, inode, (uint32_t)(s - p->sockets));
	}
	*s = (struct process_socket){ .inode = inode, .pid = pid, .descriptor = descriptor, .seen = now };
}

static void forget(struct process *p, uint32_t at)
{
	(void)map_remove(p->index, p->sockets[at].inode);
	p->n_sockets--;
	if (at == p->n_sockets)
		return;
	p->sockets[at] = p->sockets[p->n_sockets];
	(void)map_set(p->index, p->sockets[at].inode, at);
}

/* One process. False: the bound is reached. */
static bool walk_descriptors(struct walk *w, uint32_t pid)
{
	char path[PATH_MAX], target[64];
	uint32_t left = w->p->o.descriptors / 2, inode, number;
	struct dirent *e;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/proc/%u/fd", w->p->o.root, pid);
	dir = opendir(path);
	if (!dir) {
		w->p->stats.unread += errno == EACCES || errno == EPERM;
		return true;
	}
	while (w->left && (e = readdir(dir))) {
		if (!process_text_number(name_of(e), &number))
			continue;
		if (!left) {
			w->p->stats.processes_cut++;
			break;
		}
		left--;
		w->left--;
		w->p->stats.descriptors++;
		if (process_text_socket(process_link(dirfd(dir), e->d_name, target, sizeof(target)), &inode))
			process_note(w->p, inode, pid, number, w->now);
	}
	closedir(dir);
	return w->left > 0;
}

static int ascending(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

size_t process_list(struct process *p, uint32_t first)
{
	char path[PATH_MAX];
	struct dirent *e;
	uint32_t pid;
	size_t n = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/proc", p->o.root);
	dir = opendir(path);
	if (!dir)
		return 0;
	while (n < PROCESS_PIDS && (e = readdir(dir)))
		if (process_text_number(name_of(e), &pid) && pid >= first)
			p->pids[n++] = pid;
	closedir(dir);
	return n;
}

/* What nobody has asked for or met for a while gives its room. */
static void forget_old(struct process *p, mono_t now)
{
	for (uint32_t i = p->n_sockets; i-- > 0;)
		if (mono_since(now, p->sockets[i].seen) > p->o.lifetime_ns)
			forget(p, i);
}

void process_walk(struct process *p, mono_t now)
{
	struct walk w = { .p = p, .now = now, .left = p->o.descriptors };
	const bool whole = p->resume == 0;
	const mono_t begun = clock_mono();
	size_t n, i = 0;
	int64_t rest;

	forget_old(p, now);
	p->stats.walks++;
	p->stats.unread = 0;
	n = process_list(p, p->resume);
	qsort(p->pids, n, sizeof(p->pids[0]), ascending);
	while (i < n && walk_descriptors(&w, p->pids[i]))
		i++;
	p->resume = i < n ? p->pids[i] + 1 : n == PROCESS_PIDS ? p->pids[n - 1] + 1 : 0;
	p->stats.walks_cut += p->resume != 0;
	if (whole && !p->resume)
		for (size_t k = 0; k < p->n_wanted; k++)
			if (map_get(p->index, p->wanted[k]) == MAP_NONE)
				process_note(p, p->wanted[k], 0, 0, now);
	p->n_wanted = 0;
	p->stats.walk_ns = mono_since(clock_mono(), begun);
	rest = p->stats.walk_ns * REST_FACTOR;
	p->not_before = mono_add(now, rest > p->o.pause_ns ? rest : p->o.pause_ns);
}

/* Numbers of processes and descriptors are given anew: whether this one still holds that socket is one look. */
static bool still_holds(struct process *p, const struct process_socket *s)
{
	char path[PATH_MAX], target[64];
	uint32_t inode;

	snprintf(path, sizeof(path), "%s/proc/%u/fd/%u", p->o.root, s->pid, s->descriptor);
	return process_text_socket(process_link(AT_FDCWD, path, target, sizeof(target)), &inode) && inode == s->inode;
}

/* NULL with *answered: it is known that nobody can be told. */
static const struct process_socket *remembered(struct process *p, uint32_t inode, mono_t now, bool *answered)
{
	uint32_t at = map_get(p->index, inode);
	struct process_socket *s;

	*answered = false;
	if (at == MAP_NONE)
		return NULL;
	s = &p->sockets[at];
	if (!s->pid && mono_since(now, s->seen) <= p->o.lifetime_ns) {
		*answered = true;
		return NULL;
	}
	if (!s->pid || !still_holds(p, s)) {
		forget(p, at);
		return NULL;
	}
	s->seen = now;
	*answered = true;
	return s;
}

const struct process_socket *process_met(struct process *p, uint32_t inode, mono_t now)
{
	bool answered;

	return remembered(p, inode, now, &answered);
}

const struct process_socket *process_holder(struct process *p, uint32_t inode, mono_t now)
{
	bool answered;
	const struct process_socket *s = remembered(p, inode, now, &answered);

	if (answered)
		return s;
	if (!is_wanted(p, inode) && p->n_wanted < PROCESS_WANTED)
		p->wanted[p->n_wanted++] = inode;
	if (mono_since(now, p->not_before) < 0)
		return NULL;
	process_walk(p, now);
	return remembered(p, inode, now, &answered);
}
