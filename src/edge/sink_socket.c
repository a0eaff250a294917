/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A stream that took only a part of a line is hung up, so that its reader loses that line and never takes the next one
 * for its end. A datagram is taken whole or not at all.
 */
#include "edge/sink_socket.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/err.h"
#include "base/text.h"

#define LOOK_NS NS_PER_S

struct sink_socket {
	int fd; /* -1: nobody listens, as far as we know */
	bool stream;
	bool looked;
	mono_t look_at;
	struct sink_stats stats;
	struct sockaddr_un address;
};

int sink_socket_open(struct sink_socket **out, const char *path, bool stream, char why[WHY_TEXT])
{
	struct sink_socket *s = calloc(1, sizeof(*s));

	if (!s)
		return log_why(why, ERR_MEMORY, "event socket: no memory");
	s->fd = -1;
	s->stream = stream;
	s->address.sun_family = AF_UNIX;
	if (!text_copy(s->address.sun_path, sizeof(s->address.sun_path), path)) {
		free(s);
		return log_why(why, ERR_RANGE, "event socket %.60s...: longer than a socket's path may be", path);
	}
	*out = s;
	return 0;
}

static void hang_up(struct sink_socket *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	s->looked = false;
}

void sink_socket_reopen(struct sink_socket *s)
{
	/* Who reads a stream hangs up when he goes; hung up by us, he would lose what he has not read. */
	if (!s->stream || s->fd < 0)
		hang_up(s);
}

void sink_socket_close(struct sink_socket *s)
{
	if (!s)
		return;
	hang_up(s);
	free(s);
}

/* 0, or errno. */
static int find(struct sink_socket *s, mono_t now)
{
	if (s->looked && mono_since(now, s->look_at) < 0)
		return ENOTCONN;
	s->looked = true;
	s->look_at = mono_add(now, LOOK_NS);
	s->fd = socket(AF_UNIX, (s->stream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->fd < 0)
		return errno;
	if (connect(s->fd, (const struct sockaddr *)&s->address, sizeof(s->address)) == 0)
		return 0;
	const int error = errno;
	close(s->fd);
	s->fd = -1;
	return error;
}

static void lose(struct sink_socket *s, int error)
{
	s->stats.lost++;
	if (s->stats.failing)
		return;
	s->stats.failing = true;
	log_at(LOG_LEVEL_WARNING, "event socket %s: %s; events are lost for it until it can be written",
		s->address.sun_path, strerror(error));
}

static void recover(struct sink_socket *s)
{
	s->stats.written++;
	if (!s->stats.failing)
		return;
	s->stats.failing = false;
	log_at(LOG_LEVEL_NOTICE, "event socket %s: written again; %llu events lost in all", s->address.sun_path,
		(unsigned long long)s->stats.lost);
}

/* 0, or errno. */
static int send_once(struct sink_socket *s, const char *line, size_t len)
{
	ssize_t n;

	do
		n = send(s->fd, line, len, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n == (ssize_t)len)
		return 0;
	const int error = n < 0 ? errno : EPIPE;
	/* Full, or too long for it: he is there all the same. */
	if (n < 0 && (error == EAGAIN || error == ENOBUFS || error == EMSGSIZE))
		return error;
	close(s->fd);
	s->fd = -1;
	return error;
}

int sink_socket_write(struct sink_socket *s, const char *line, size_t len, mono_t now)
{
	const bool had = s->fd >= 0;
	int error = had ? send_once(s, line, len) : ENOTCONN;

	/* Whoever listened before may have been started anew. */
	if (had && s->fd < 0)
		s->looked = false;
	if (s->fd < 0) {
		error = find(s, now);
		if (!error)
			error = send_once(s, line, len);
	}
	if (error) {
		lose(s, error);
		return ERR_IO;
	}
	recover(s);
	return 0;
}

void sink_socket_stats(const struct sink_socket *s, struct sink_stats *out)
{
	*out = s->stats;
}
