/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opening and closing of the control socket. The mode is set on the descriptor before
 * bind and the group before listen, so that there is no moment at which a stranger could
 * connect.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "edge/ctl_srv_private.h"

int ctl_srv_spare(void)
{
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static int failed(char why[WHY_TEXT], const char *path, const char *what)
{
	int err = errno == EACCES || errno == EPERM ? ERR_PERMISSION : ERR_IO;
	return log_why(why, err, "control socket %s: %s: %s", path, what,
		strerror(errno));
}

/* True where somebody answers on that address. */
static bool answers(const struct sockaddr_un *a)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return false;
	/* EAGAIN: a server whose backlog is full is one too. */
	bool yes = connect(fd, (const struct sockaddr *)a, sizeof(*a)) == 0 ||
		errno == EAGAIN;
	close(fd);
	return yes;
}

static int clear_path(const struct sockaddr_un *a, char why[WHY_TEXT])
{
	struct stat st;

	if (lstat(a->sun_path, &st))
		return errno == ENOENT ? 0 : failed(why, a->sun_path, "stat");
	if (!S_ISSOCK(st.st_mode))
		return log_why(why, ERR_EXISTS,
			"control socket %s: there is something else", a->sun_path);
	if (answers(a))
		return log_why(why, ERR_BUSY,
			"control socket %s: another tidegated answers there",
			a->sun_path);
	if (unlink(a->sun_path) && errno != ENOENT)
		return failed(why, a->sun_path, "unlink");
	return 0;
}

static int bind_and_listen(struct ctl_srv *s, const struct ctl_srv_opts *o,
	char why[WHY_TEXT])
{
	struct stat st;
	const char *path = s->address.sun_path;
	int err;

	if (fchmod(s->fd, 0660))
		return failed(why, path, "chmod");
	if (bind(s->fd, (const struct sockaddr *)&s->address, sizeof(s->address)))
		return failed(why, path, "bind");
	if (lstat(path, &st)) {
		err = failed(why, path, "stat");
		goto unlink;
	}
	/* bind applies the umask to the mode; nobody can connect before listen. */
	if (chmod(path, 0660) || (o->set_group && chown(path, (uid_t)-1, o->group))) {
		err = failed(why, path, "chown");
		goto unlink;
	}
	if (listen(s->fd, CTL_CLIENTS)) {
		err = failed(why, path, "listen");
		goto unlink;
	}
	s->dev = st.st_dev;
	s->ino = st.st_ino;
	return 0;
unlink:
	unlink(path);
	return err;
}

static int watch_listening(struct ctl_srv *s)
{
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = NULL };
	return epoll_ctl(s->epoll, EPOLL_CTL_ADD, s->fd, &e);
}

int ctl_srv_open(struct ctl_srv **out, const struct ctl_srv_opts *o, char why[WHY_TEXT])
{
	struct ctl_srv *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return log_why(why, ERR_MEMORY, "control socket: no memory");
	s->request = o->request;
	s->ctx = o->ctx;
	s->address.sun_family = AF_UNIX;
	if (strlen(o->path) >= sizeof(s->address.sun_path)) {
		err = log_why(why, ERR_RANGE, "control socket %s: the path is too long",
			o->path);
		goto free;
	}
	strcpy(s->address.sun_path, o->path);
	err = clear_path(&s->address, why);
	if (err)
		goto free;
	s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	s->spare = ctl_srv_spare();
	if (s->fd < 0 || s->epoll < 0 || s->spare < 0 || watch_listening(s)) {
		err = failed(why, o->path, "no descriptor");
		goto close;
	}
	err = bind_and_listen(s, o, why);
	if (err)
		goto close;
	*out = s;
	return 0;
close:
	if (s->fd >= 0)
		close(s->fd);
	if (s->epoll >= 0)
		close(s->epoll);
	if (s->spare >= 0)
		close(s->spare);
free:
	free(s);
	return err;
}

static void close_clients(struct ctl_srv *s)
{
	for (size_t i = 0; i < CTL_CLIENTS; i++) {
		if (!s->clients[i])
			continue;
		close(s->clients[i]->fd);
		free(s->clients[i]);
	}
}

void ctl_srv_close(struct ctl_srv *s)
{
	struct stat st;

	if (!s)
		return;
	close_clients(s);
	if (lstat(s->address.sun_path, &st) == 0 && st.st_dev == s->dev &&
		st.st_ino == s->ino)
		unlink(s->address.sun_path);
	close(s->fd);
	close(s->epoll);
	close(s->spare);
	free(s);
}
