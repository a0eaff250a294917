/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is said of one process, read below one descriptor of its folder: that leads to nobody else once it is gone, however
 * fast its number is given anew. Called by edge/process_now.
 */
#include "edge/process_private.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "core/blame.h"

int process_open_folder(const struct process *p, uint32_t pid)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/proc/%u", p->o.root, pid);
	return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

struct slice process_read_below(struct process *p, int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t n = fd < 0 ? 0 : read(fd, p->text, sizeof(p->text));

	if (fd >= 0)
		close(fd);
	return (struct slice){ (const uint8_t *)p->text, n > 0 ? (size_t)n : 0 };
}

static void escape(char *out, size_t size, const char *name)
{
	struct text t = text_over(out, size);

	text_add_escaped(&t, (struct slice){ (const uint8_t *)name, strlen(name) });
}

/* Of what is too long the end says more than the beginning. */
static void escape_end(char *out, size_t size, const char *name)
{
	char whole[4 * PATH_MAX];
	size_t len;

	escape(whole, sizeof(whole), name);
	len = strlen(whole);
	if (len < size)
		memcpy(out, whole, len + 1);
	else
		snprintf(out, size, "...%s", whole + len - (size - 4));
}

uint32_t process_parent(struct process *p, int dir)
{
	uint32_t parent;

	return process_text_parent(process_read_below(p, dir, "stat"), &parent) ? parent : 0;
}

static void name_parent(struct process *p, int child, struct blame *out)
{
	uint32_t parent = process_parent(p, child);
	char comm[PROCESS_COMM] = "", shown[4 * PROCESS_COMM];
	int dir = parent ? process_open_folder(p, parent) : -1;

	if (dir < 0)
		return;
	(void)process_text_comm(process_read_below(p, dir, "comm"), comm, sizeof(comm));
	close(dir);
	if (!comm[0])
		return;
	escape(shown, sizeof(shown), comm);
	snprintf(out->parent, sizeof(out->parent), "%.14s (pid %u)", shown, parent);
}

void process_blame(struct process *p, int dir, uint32_t pid, struct blame *out)
{
	char comm[PROCESS_COMM], target[PATH_MAX];
	struct slice link;

	out->pid = pid;
	if (process_text_comm(process_read_below(p, dir, "comm"), comm, sizeof(comm)))
		escape(out->comm, sizeof(out->comm), comm);
	link = process_link(dir, "exe", target, sizeof(target) - 1);
	target[link.len] = '\0';
	escape_end(out->exe, sizeof(out->exe), target);
	name_parent(p, dir, out);
}

void process_blame_user(struct process *p, mono_t now, struct blame *out)
{
	struct process_who w = { .uid = out->owner.uid };

	process_name_user(p, now, &w);
	escape(out->user, sizeof(out->user), w.user);
}

void process_blame_group(const struct process_cgroup *c, struct blame *out)
{
	out->level = c->level;
	escape_end(out->unit, sizeof(out->unit), c->unit[0] ? c->unit : c->path);
}
