/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control socket's server: one epoll of its own, so that the loop around it watches
 * one descriptor. A client's next request is looked at only when its last answer is out
 * of our buffer: who does not read cannot make us work. Opening and closing of the
 * listening socket is ctl_srv_open.c's.
 */
#include "edge/ctl_srv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"
#include "edge/ctl_srv_private.h"

#define END_ROOM 1024 /* of a buffer, kept for the end of an answer */
#define TURN 4        /* clients in one go: the loop around us has others to see to, and an answer may take a while */

static void publish_loss(struct ctl_conn *c);

static void set_wishes(struct ctl_conn *c)
{
	uint32_t wishes = 0;

	if (c->out_len > 0 || c->waits)
		wishes |= EPOLLOUT;
	else if (!c->eof && !c->doomed)
		wishes |= EPOLLIN;
	if (wishes == c->wishes)
		return;
	struct epoll_event e = { .events = wishes, .data.ptr = c };
	if (epoll_ctl(c->srv->epoll, EPOLL_CTL_MOD, c->fd, &e) == 0)
		c->wishes = wishes;
}

static void drop_client(struct ctl_conn *c)
{
	struct ctl_srv *s = c->srv;

	s->stats.clients--;
	s->stats.subscribers -= c->subscribed;
	s->clients[c->slot] = NULL;
	close(c->fd);
	free(c);
}

/* Writes what the socket takes; false where the client is gone. */
static bool flush_out(struct ctl_conn *c)
{
	while (c->out_len > 0) {
		ssize_t n = send(c->fd, c->out + c->out_at, c->out_len,
			MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN || errno == EWOULDBLOCK;
		c->out_at += (size_t)n;
		c->out_len -= (size_t)n;
	}
	c->out_at = 0;
	return true;
}

/* Where new output goes, and how much room there is. */
static char *out_room(struct ctl_conn *c, size_t *room)
{
	if (c->out_at > 0) {
		memmove(c->out, c->out + c->out_at, c->out_len);
		c->out_at = 0;
	}
	*room = sizeof(c->out) - c->out_len;
	return c->out + c->out_len;
}

int ctl_conn_send(struct ctl_conn *c, json_t *value)
{
	size_t room;
	char *at = out_room(c, &room);

	if (room <= END_ROOM)
		return ERR_FULL;
	int n = ctl_reply_encode(value, at, room - END_ROOM);
	if (n < 0)
		return n;
	c->out_len += (size_t)n;
	return 0;
}

void ctl_conn_end(struct ctl_conn *c, int code, const char *error)
{
	size_t room;
	char *at = out_room(c, &room);
	int n = ctl_end_encode(code, error, at, room);

	if (n < 0)
		n = ctl_end_encode(code, NULL, at, room);
	if (n < 0)
		c->doomed = true; /* an answer without an end must not look like one */
	else
		c->out_len += (size_t)n;
}

const struct ctl_cred *ctl_conn_cred(const struct ctl_conn *c)
{
	return &c->cred;
}

bool ctl_conn_in_group(const struct ctl_conn *c, gid_t group)
{
	gid_t groups[256];
	socklen_t size = sizeof(groups);

	if (c->cred.gid == group)
		return true;
	if (getsockopt(c->fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size))
		return false;
	for (size_t i = 0; i < size / sizeof(groups[0]); i++)
		if (groups[i] == group)
			return true;
	return false;
}

void ctl_conn_subscribe(struct ctl_conn *c)
{
	c->srv->stats.subscribers += !c->subscribed;
	c->subscribed = true;
}

static void answer_line(struct ctl_conn *c, struct slice line)
{
	struct ctl_request r;
	char why[160];
	int err = ctl_request_decode(line, &r, why, sizeof(why));

	if (err == 0) {
		c->srv->request(c->srv->ctx, c, &r);
		return;
	}
	c->srv->stats.bad_lines++;
	ctl_conn_end(c, err == ERR_UNSUPPORTED ? CTL_UNAVAILABLE : CTL_USAGE, why);
}

/* Answers one line: who asks for much at once is asked what else he wants when the others had their turn. False: gone. */
static bool answer_next(struct ctl_conn *c)
{
	struct slice rest = { .at = c->in, .len = c->in_len };
	struct slice line;
	bool alive = true;

	if (!c->doomed && c->out_len == 0 && ctl_line_next(&rest, &line)) {
		answer_line(c, line);
		alive = flush_out(c);
	}
	memmove(c->in, rest.at, rest.len);
	c->in_len = rest.len;
	c->waits = c->in_len && memchr(c->in, '\n', c->in_len);
	if (alive && c->out_len == 0 && c->in_len == sizeof(c->in) && !c->waits) {
		c->srv->stats.bad_lines++;
		ctl_conn_end(c, CTL_USAGE, "line is longer than 65535 bytes");
		c->doomed = true;
		alive = flush_out(c);
	}
	return alive;
}

/* False where the connection broke. */
static bool read_in(struct ctl_conn *c)
{
	if (c->eof || c->doomed || c->in_len == sizeof(c->in))
		return true;
	ssize_t n = recv(
		c->fd, c->in + c->in_len, sizeof(c->in) - c->in_len, MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
	c->eof = n == 0;
	c->in_len += (size_t)n;
	return true;
}

static bool finished(const struct ctl_conn *c)
{
	return c->out_len == 0 && (c->doomed || (c->eof && !c->subscribed && !c->waits));
}

static void client_ready(struct ctl_conn *c, uint32_t what)
{
	/* Nobody is there to read; but what was asked before the end is still done. */
	bool gone = what & (EPOLLHUP | EPOLLERR);
	bool alive = true;

	if (what & EPOLLIN)
		alive = read_in(c);
	alive = alive && flush_out(c);
	if (alive && c->out_len == 0)
		publish_loss(c);
	alive = alive && answer_next(c);
	if (gone || !alive || finished(c))
		drop_client(c);
	else
		set_wishes(c);
}

static size_t free_slot(const struct ctl_srv *s)
{
	size_t i = 0;
	while (i < CTL_CLIENTS && s->clients[i])
		i++;
	return i;
}

static void turn_away(struct ctl_srv *s, int fd)
{
	char line[256];
	int n = ctl_end_encode(
		CTL_AGAIN, "too many clients on the control socket", line, sizeof(line));

	s->stats.turned_away++;
	if (n > 0 && send(fd, line, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		s->stats.lost_lines++;
	close(fd);
}

static void welcome(struct ctl_srv *s, int fd)
{
	struct ucred cred;
	socklen_t size = sizeof(cred);
	size_t slot = free_slot(s);
	struct ctl_conn *c = slot < CTL_CLIENTS ? malloc(sizeof(*c)) : NULL;

	if (!c) {
		turn_away(s, fd);
		return;
	}
	/* The buffers are not cleared: their pages come into being when they are used. */
	memset(c, 0, offsetof(struct ctl_conn, in));
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = c };
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &size) ||
		epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &e)) {
		free(c);
		close(fd);
		return;
	}
	c->srv = s;
	c->fd = fd;
	c->slot = slot;
	c->wishes = EPOLLIN;
	c->cred = (struct ctl_cred){ .pid = cred.pid, .uid = cred.uid, .gid = cred.gid };
	s->clients[slot] = c;
	s->stats.accepted++;
	s->stats.clients++;
}

/* Without a descriptor to spare the connection would stay pending and wake us for ever:
 * one is kept back to take it and hang up. */
static void shed(struct ctl_srv *s)
{
	close(s->spare);
	int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd >= 0)
		turn_away(s, fd);
	s->spare = ctl_srv_spare();
}

static void accept_all(struct ctl_srv *s)
{
	/* Bounded, so that a peer that connects and leaves in a loop cannot hold us. */
	for (int i = 0; i < CTL_CLIENTS; i++) {
		int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd >= 0) {
			welcome(s, fd);
			continue;
		}
		if (errno == EMFILE || errno == ENFILE)
			shed(s);
		return;
	}
}

void ctl_srv_ready(struct ctl_srv *s)
{
	struct epoll_event ready[TURN];
	int n = epoll_wait(s->epoll, ready, TURN, 0); /* the kernel hands them out in turn */

	for (int i = 0; i < n; i++) {
		if (ready[i].data.ptr)
			client_ready(ready[i].data.ptr, ready[i].events);
		else
			accept_all(s);
	}
}

/* How many lines a subscriber missed, said as soon as there is room for it. */
static void publish_loss(struct ctl_conn *c)
{
	size_t room;

	if (c->lost == 0)
		return;
	json_t *o = json_pack("{s:I}", "lost", (json_int_t)c->lost);
	char *at = out_room(c, &room);
	int n = o ? ctl_reply_encode(o, at, room) : ERR_MEMORY;
	json_decref(o);
	if (n < 0)
		return;
	c->out_len += (size_t)n;
	c->lost = 0;
}

static void publish_to(struct ctl_conn *c, const char *line, size_t len)
{
	size_t room;

	publish_loss(c);
	char *at = out_room(c, &room);
	if (c->lost > 0 || room < len) {
		c->lost++;
		c->srv->stats.lost_lines++;
		return;
	}
	memcpy(at, line, len);
	c->out_len += len;
}

bool ctl_srv_has_subscribers(const struct ctl_srv *s)
{
	return s->stats.subscribers > 0;
}

void ctl_srv_publish(struct ctl_srv *s, const char *line, size_t len)
{
	for (size_t i = 0; i < CTL_CLIENTS; i++) {
		struct ctl_conn *c = s->clients[i];
		if (!c || !c->subscribed || c->doomed)
			continue;
		publish_to(c, line, len);
		/* A peer that is gone is found by its hang-up, not here: a callback may
		 * be standing on it. And where requests wait behind the output, it goes
		 * out in client_ready, which then looks at them. */
		if (c->in_len > 0 || flush_out(c))
			set_wishes(c);
	}
}

int ctl_srv_fd(const struct ctl_srv *s)
{
	return s->epoll;
}

void ctl_srv_stats(const struct ctl_srv *s, struct ctl_srv_stats *out)
{
	*out = s->stats;
}
