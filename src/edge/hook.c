/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Between fork and exec there is nothing but system calls. A hook whose parent dies is killed with it: it would be run
 * again for the same message, beside itself.
 */
#include "edge/hook.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/text.h"

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
#define NO_EXEC 127 /* as shells say it */

static bool is_name(const char *name)
{
	return name[0] && name[strspn(name, LETTERS)] == '\0';
}

/* A file that everybody may write is anybody's program. */
static bool may_run(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, 0) == 0 && S_ISREG(st.st_mode) && !(st.st_mode & S_IWOTH) &&
		strlen(name) < HOOK_NAME && faccessat(dir, name, X_OK, AT_EACCESS) == 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

int hook_list(struct hook_list *out, const char *folder)
{
	DIR *d = opendir(folder);
	struct hook_list l = { .n = 0 };

	if (!d && errno != ENOENT)
		return errno == EACCES ? ERR_PERMISSION : ERR_IO;
	for (const struct dirent *e; d && (e = readdir(d)) != NULL;) {
		if (!is_name(e->d_name))
			continue;
		if (l.n < HOOKS && may_run(dirfd(d), e->d_name)) {
			text_copy(l.names[l.n++], HOOK_NAME, e->d_name);
			continue;
		}
		l.odd++;
		text_copy(l.odd_name, sizeof(l.odd_name), e->d_name);
	}
	if (d)
		closedir(d);
	qsort(l.names, l.n, sizeof(l.names[0]), by_name);
	*out = l;
	return 0;
}

static _Noreturn void become(const struct hook_start *o, const char *path, int out, pid_t parent)
{
	char *const argv[] = { (char *)path, NULL };
	struct sigaction plain = { .sa_handler = SIG_DFL };
	sigset_t none;

	sigemptyset(&none);
	for (int i = 1; i < NSIG; i++)
		sigaction(i, &plain, NULL);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent || chdir("/") || dup2(o->in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
		_exit(NO_EXEC);
	close_range(3, ~0U, 0);
	execve(path, argv, o->env);
	_exit(NO_EXEC);
}

int hook_start(struct hook_run *r, const struct hook_start *o, char why[WHY_TEXT])
{
	const pid_t parent = getpid();
	char path[HOOK_PATH];
	int ends[2];

	if (snprintf(path, sizeof(path), "%s/%s", o->folder, o->name) >= (int)sizeof(path))
		return log_why(why, ERR_IO, "its path is too long");
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK))
		return log_why(why, ERR_IO, "no pipe: %s", strerror(errno));
	/* Our end alone does not wait: a program takes a full pipe that refuses it for an error. */
	fcntl(ends[1], F_SETFL, 0);
	const pid_t pid = fork();
	if (pid == 0)
		become(o, path, ends[1], parent);
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return log_why(why, ERR_IO, "no process: %s", strerror(errno));
	}
	*r = (struct hook_run){ .pid = pid, .out = ends[0], .begun = o->now, .end_by = mono_add(o->now, o->limit_ns) };
	return 0;
}

/* Bounded in one go, so that who prints without end does not keep us. */
static void hear(struct hook_run *r)
{
	char rest[1024] = "";

	for (int i = 0; i < 256; i++) {
		const size_t room = HOOK_OUTPUT - r->said;
		const ssize_t n = read(r->out, room ? r->text + r->said : rest, room ? room : sizeof(rest));

		if (n <= 0)
			return;
		if (room)
			r->said += (size_t)n;
		else
			r->unheard += (uint64_t)n;
	}
}

void hook_kill(struct hook_run *r)
{
	if (r->pid <= 0)
		return;
	/* Its session, and itself should it not have come to make one. */
	kill(-r->pid, SIGKILL);
	kill(r->pid, SIGKILL);
}

bool hook_look(struct hook_run *r, mono_t now)
{
	int status;

	if (r->pid <= 0)
		return true;
	hear(r);
	if (!r->killed && mono_since(now, r->end_by) >= 0) {
		r->killed = true;
		hook_kill(r);
	}
	if (waitpid(r->pid, &status, WNOHANG) != r->pid)
		return false;
	hear(r);
	r->text[r->said] = '\0';
	close(r->out);
	r->out = -1;
	r->pid = 0;
	r->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	return true;
}
