/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Start checks and the service manager's datagrams. Called by main(), once each, and by
 * the watchdog's timer.
 */
#include "edge/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/err.h"
#include "base/time.h"
#include "codec/netlink.h"

#define PID_FILE "tidegated.pid"
#define TRIES 8 /* to lock a file that its owner is just taking away */

struct sandbox_lock {
	int dir;
	int file;
};

static bool has(unsigned capability)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (syscall(SYS_capget, &head, data))
		return false;
	return data[CAP_TO_INDEX(capability)].effective & CAP_TO_MASK(capability);
}

bool sandbox_has_net_admin(void)
{
	return has(CAP_NET_ADMIN);
}

bool sandbox_sees_processes(void)
{
	return has(CAP_SYS_PTRACE) && has(CAP_DAC_READ_SEARCH);
}

static long read_pid(int file)
{
	char text[24];
	ssize_t n = pread(file, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return strtol(text, NULL, 10);
}

/* True where the name still leads to the file that we hold: else its owner removed it
 * between our open and our lock, and the lock means nothing. */
static bool still_named(int dir, int file)
{
	struct stat held, named;

	return fstat(file, &held) == 0 &&
		fstatat(dir, PID_FILE, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
		held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

/* A locked descriptor; ERR_BUSY with the owner's id; ERR_AGAIN where it was taken
 * away. Whoever may read a file may lock it, and would keep the next start out. */
static int lock_file(int dir, int *out, long *owner)
{
	int file = openat(dir, PID_FILE, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	int err = ERR_AGAIN;

	if (file < 0)
		return netlink_err_of(errno);
	(void)fchmod(file, 0600); /* one that an older tidegated left is not ours to trust */
	if (flock(file, LOCK_EX | LOCK_NB)) {
		err = errno == EWOULDBLOCK ? ERR_BUSY : ERR_IO;
		*owner = read_pid(file);
	} else if (still_named(dir, file)) {
		*out = file;
		return 0;
	}
	close(file);
	return err;
}

static int write_pid(int file)
{
	char text[24];
	int n = snprintf(text, sizeof(text), "%ld\n", (long)getpid());

	if (ftruncate(file, 0) || pwrite(file, text, (size_t)n, 0) != n)
		return ERR_IO;
	return 0;
}

static int take_file(struct sandbox_lock *l, const char *run_dir, char *why)
{
	long owner = 0;
	int err = ERR_AGAIN;

	for (int i = 0; i < TRIES && err == ERR_AGAIN; i++)
		err = lock_file(l->dir, &l->file, &owner);
	if (err == ERR_BUSY)
		return log_why(why, err, "another tidegated is running with %.64s "
			"(process %ld)", run_dir, owner);
	if (err)
		return log_why(why, err, "%.64s/" PID_FILE ": %s", run_dir,
			strerror(errno));
	err = write_pid(l->file);
	if (!err)
		return 0;
	log_why(why, err, "%.64s/" PID_FILE ": %s", run_dir, strerror(errno));
	close(l->file);
	return err;
}

int sandbox_take(struct sandbox_lock **out, const char *run_dir, char why[WHY_TEXT])
{
	struct sandbox_lock *l = calloc(1, sizeof(*l));
	int err;

	if (!l)
		return log_why(why, ERR_MEMORY, "no memory");
	if (mkdir(run_dir, 0755) && errno != EEXIST) {
		err = log_why(why, netlink_err_of(errno), "%.80s: %s", run_dir,
			strerror(errno));
		goto free_lock;
	}
	l->dir = open(run_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (l->dir < 0) {
		err = log_why(why, netlink_err_of(errno), "%.80s: %s", run_dir,
			strerror(errno));
		goto free_lock;
	}
	err = take_file(l, run_dir, why);
	if (err)
		goto close_dir;
	*out = l;
	return 0;

close_dir:
	close(l->dir);
free_lock:
	free(l);
	return err;
}

void sandbox_give(struct sandbox_lock *l)
{
	if (!l)
		return;
	unlinkat(l->dir, PID_FILE, 0); /* while it is still locked */
	close(l->file);
	close(l->dir);
	free(l);
}

/* A path, or with '@' a name of the abstract space. */
static int notify_address(const char *path, struct sockaddr_un *to, socklen_t *len)
{
	size_t n = strlen(path);

	if ((path[0] != '/' && path[0] != '@') || n < 2 || n >= sizeof(to->sun_path))
		return ERR_INVALID;
	*to = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(to->sun_path, path, n);
	if (path[0] == '@')
		to->sun_path[0] = '\0';
	*len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
	return 0;
}

int sandbox_notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to;
	socklen_t len;
	ssize_t sent;
	int fd, err;

	if (!path || !*path)
		return 0;
	err = notify_address(path, &to, &len);
	if (err)
		return err;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return ERR_IO;
	sent = sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&to,
		len);
	close(fd);
	return sent == (ssize_t)strlen(state) ? 0 : ERR_IO;
}

int64_t sandbox_watchdog_ns(void)
{
	const char *usec = getenv("WATCHDOG_USEC");
	const char *pid = getenv("WATCHDOG_PID");
	long long us;

	if (!usec || (pid && strtol(pid, NULL, 10) != (long)getpid()))
		return 0;
	us = strtoll(usec, NULL, 10);
	if (us <= 0 || us > INT64_MAX / 1000)
		return 0;
	return us * 1000 / 2;
}
