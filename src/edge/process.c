/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Puts a name together: the process from the walks (process_walk.c), the unit from its cgroup or the socket's
 * (process_cgroup.c), the user from passwd(5).
 */
#include "edge/process_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/text.h"

struct process_opts process_opts_default(void)
{
	return (struct process_opts){ .root = "", .pause_ns = 3 * NS_PER_S, .lifetime_ns = 60 * NS_PER_S,
		.now_ns = 100 * NS_PER_MS, .descriptors = 32768 };
}

struct slice process_read(struct process *p, const char *path)
{
	char whole[PATH_MAX];
	size_t len = 0;
	ssize_t got = 0;
	int fd;

	snprintf(whole, sizeof(whole), "%s%s", p->o.root, path);
	fd = open(whole, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return (struct slice){ NULL, 0 };
	while (len < sizeof(p->text)) {
		got = read(fd, p->text + len, sizeof(p->text) - len);
		if (got <= 0 && !(got < 0 && errno == EINTR))
			break;
		len += got > 0 ? (size_t)got : 0;
	}
	close(fd);
	return (struct slice){ (const uint8_t *)p->text, len };
}

struct slice process_link(int dir, const char *path, char *out, size_t size)
{
	ssize_t n = readlinkat(dir, path, out, size);

	return (struct slice){ (const uint8_t *)out, n > 0 ? (size_t)n : 0 };
}

static void name_program(struct process *p, uint32_t pid, char exe[PROCESS_EXE])
{
	char path[PATH_MAX], target[PROCESS_EXE];
	struct slice link;

	snprintf(path, sizeof(path), "%s/proc/%u/exe", p->o.root, pid);
	link = process_link(AT_FDCWD, path, target, sizeof(target));
	if (!link.len || link.len >= sizeof(target) || memchr(link.at, '\0', link.len))
		return; /* half a path is another one */
	memcpy(exe, target, link.len);
	exe[link.len] = '\0';
}

static void name_process(struct process *p, uint32_t pid, struct process_who *w)
{
	char path[PATH_MAX], cgroup[PATH_MAX];
	struct stat st;

	w->pid = pid;
	snprintf(path, sizeof(path), "/proc/%u/comm", pid);
	if (!process_text_comm(process_read(p, path), w->comm, sizeof(w->comm)))
		w->comm[0] = '\0';
	name_program(p, pid, w->exe);
	snprintf(path, sizeof(path), "/proc/%u/cgroup", pid);
	if (process_text_cgroup(process_read(p, path), cgroup, sizeof(cgroup)))
		process_name_cgroup(cgroup, w->unit);
	snprintf(path, sizeof(path), "%s/proc/%u", p->o.root, pid);
	if (w->uid == PROCESS_NOBODY && stat(path, &st) == 0)
		w->uid = st.st_uid;
}

/* Also that a uid has no name is remembered. */
static struct process_user *find_user(struct process *p, uint32_t uid)
{
	for (size_t i = 0; i < p->n_users; i++)
		if (p->users[i].uid == uid)
			return &p->users[i];
	return NULL;
}

void process_name_user(struct process *p, mono_t now, struct process_who *w)
{
	struct process_user *u;

	if (w->uid == PROCESS_NOBODY)
		return;
	if (mono_since(now, p->users_until) >= 0) {
		p->users_until = mono_add(now, p->o.lifetime_ns);
		p->n_users = 0;
	}
	u = find_user(p, w->uid);
	if (!u) {
		u = &p->users[p->n_users < PROCESS_USERS ? p->n_users++ : w->uid % PROCESS_USERS];
		*u = (struct process_user){ .uid = w->uid };
		if (!process_text_user(process_read(p, "/etc/passwd"), w->uid, u->name, sizeof(u->name)))
			u->name[0] = '\0';
	}
	text_copy(w->user, sizeof(w->user), u->name);
}

static void name_unit(struct process *p, uint64_t id, mono_t now, struct process_who *w)
{
	const struct process_cgroup *c = process_cgroup(p, id, now);

	if (c)
		text_copy(w->unit, sizeof(w->unit), c->unit);
}

void process_who(struct process *p, const struct socket_owner *o, mono_t now, struct process_who *out)
{
	const struct process_socket *s = NULL;

	*out = (struct process_who){ .uid = o->uid };
	p->stats.asked++;
	if (o->inode)
		s = process_holder(p, o->inode, now);
	if (s) {
		p->stats.found++;
		name_process(p, s->pid, out);
	}
	if (!out->unit[0] && o->cgroup)
		name_unit(p, o->cgroup, now, out);
	process_name_user(p, now, out);
}

int process_open(struct process **out, const struct process_opts *o, char why[WHY_TEXT])
{
	struct process *p = calloc(1, sizeof(*p));
	const size_t bytes = map_bytes(PROCESS_SOCKETS);
	struct hash_key key;

	if (!p)
		return log_why(why, ERR_MEMORY, "no memory for the names of processes");
	p->index_memory = malloc(bytes);
	if (!p->index_memory || getrandom(&key, sizeof(key), 0) != (ssize_t)sizeof(key) ||
		map_create(&p->index, p->index_memory, bytes, PROCESS_SOCKETS, &key)) {
		process_close(p);
		return log_why(why, ERR_MEMORY, "no memory for the names of processes");
	}
	p->o = *o;
	p->now_left_ns = o->now_ns;
	p->not_before = p->cgroups_not_before = p->users_until = p->now_filled = (mono_t){ .ns = INT64_MIN / 2 };
	*out = p;
	return 0;
}

void process_close(struct process *p)
{
	if (!p)
		return;
	free(p->index_memory);
	free(p);
}

void process_stats(const struct process *p, struct process_stats *out)
{
	*out = p->stats;
	out->sockets = p->n_sockets;
	out->cgroups = p->n_cgroups;
}
