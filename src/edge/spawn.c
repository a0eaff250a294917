/* SPDX-License-Identifier: GPL-2.0-or-later */
/* posix_spawn and pipes. */
#include "edge/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "edge/fd.h"
#include "edge/clock.h"

static char *const environment[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", "TERM=dumb", "SYSTEMD_COLORS=0", NULL };

/* in and out become its descriptors; err < 0: its complaints are nobody's. */
static int start(const char *const *argv, int in, int out, int err, pid_t *pid)
{
	posix_spawn_file_actions_t a;
	int result;

	if (posix_spawn_file_actions_init(&a))
		return ERR_MEMORY;
	if (in >= 0)
		posix_spawn_file_actions_adddup2(&a, in, STDIN_FILENO);
	else
		posix_spawn_file_actions_addopen(&a, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&a, out, STDOUT_FILENO);
	if (err >= 0)
		posix_spawn_file_actions_adddup2(&a, err, STDERR_FILENO);
	result = posix_spawnp(pid, argv[0], &a, NULL, (char *const *)argv, environment);
	posix_spawn_file_actions_destroy(&a);
	return result == 0 ? 0 : result == ENOENT ? ERR_ABSENT : ERR_IO;
}

static int wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int left_ms(mono_t until)
{
	const int64_t ns = mono_since(until, clock_mono());

	return ns > 0 ? (int)(ns / 1000000) + 1 : 0;
}

/* 0 at its end. */
static int read_all(int fd, mono_t until, char *out, size_t size, size_t *len)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	for (*len = 0; *len < size;) {
		const int ms = left_ms(until);
		ssize_t n;

		if (!ms || (poll(&p, 1, ms) == 0))
			return ERR_AGAIN;
		n = read(fd, out + *len, size - *len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? ERR_IO : 0;
		*len += (size_t)n;
	}
	return ERR_FULL;
}

int spawn_read(const char *const *argv, int ms, char *out, size_t size, size_t *len, int *code)
{
	const mono_t until = mono_add(clock_mono(), (int64_t)ms * 1000000);
	int ends[2], err;
	pid_t pid;

	*len = 0;
	*code = 127;
	if (pipe2(ends, O_CLOEXEC))
		return ERR_IO;
	err = start(argv, -1, ends[1], ends[1], &pid);
	close(ends[1]);
	if (err) {
		close(ends[0]);
		return err;
	}
	err = read_all(ends[0], until, out, size, len);
	close(ends[0]);
	if (err)
		kill(pid, SIGKILL);
	*code = wait_for(pid);
	return err;
}

int spawn_filter(const char *const *argv, const void *bytes, size_t len, int out)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN }, before;
	int ends[2], err;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		return ERR_IO;
	err = start(argv, ends[0], out, -1, &pid);
	close(ends[0]);
	if (err) {
		close(ends[1]);
		return err;
	}
	sigaction(SIGPIPE, &ignore, &before); /* a filter that ends early is an error, not our end */
	err = fd_write_all(ends[1], bytes, len) ? ERR_IO : 0;
	close(ends[1]);
	if (wait_for(pid) != 0)
		err = ERR_IO;
	sigaction(SIGPIPE, &before, NULL);
	return err;
}
