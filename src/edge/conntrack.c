/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Asks conntrack for one entry at a time, over a socket of its own.
 */
#include "edge/conntrack.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/err.h"
#include "codec/ct_msg.h"
#include "codec/netlink.h"

#define ANSWER_BYTES 8192 /* one entry takes far less than 1 KiB */

struct conntrack {
	struct mnl_socket *socket;
	uint32_t seq;
	struct conntrack_stats stats;
	_Alignas(NETLINK_ALIGN) uint8_t request[CT_REQUEST_BYTES];
	_Alignas(NETLINK_ALIGN) uint8_t answer[ANSWER_BYTES];
};

/* The next message of a datagram that answers our question; whole is all of its bytes. */
static bool next_message(const struct conntrack *c, struct cursor *at,
	struct netlink_message *m, struct slice *whole)
{
	const uint8_t *begin = at->at;

	while (netlink_next(at, m)) {
		*whole = (struct slice){ begin, (size_t)(at->at - begin) };
		begin = at->at;
		if (m->seq == c->seq)
			return true;
	}
	return false;
}

/* One datagram. ERR_AGAIN: the answer is not in it. */
static int read_answer(const struct conntrack *c, size_t len, struct ct_entry *out)
{
	struct cursor at = cursor_over((struct slice){ c->answer, len });
	struct netlink_message m;
	struct slice whole;

	while (next_message(c, &at, &m, &whole)) {
		int error;

		if (netlink_error(&m, &error) == 0)
			return error ? netlink_err_of(error) : ERR_INVALID;
		return ct_msg_entry(whole, out);
	}
	return ERR_AGAIN;
}

static int ask(struct conntrack *c, size_t len, struct ct_entry *out)
{
	int err;

	if (mnl_socket_sendto(c->socket, c->request, len) < 0)
		return netlink_err_of(errno);
	do {
		ssize_t got = mnl_socket_recvfrom(c->socket, c->answer, ANSWER_BYTES);

		if (got < 0 && errno != EINTR)
			return ERR_IO;
		err = got < 0 ? ERR_AGAIN : read_answer(c, (size_t)got, out);
	} while (err == ERR_AGAIN);
	return err;
}

/* The entry of a connection: 1, 0 where conntrack has none (FATE_GONE) or no answer to such a question (FATE_UNKNOWN). */
static int look_up(struct conntrack *c, const struct tuple *t, struct ct_entry *entry, enum ask_fate *fate)
{
	size_t len;
	int err = ct_msg_get(c->request, sizeof(c->request), t, ++c->seq, &len);

	*fate = FATE_UNKNOWN;
	if (err == ERR_INVALID)
		return 0;
	if (!err) {
		c->stats.lookups++;
		err = ask(c, len, entry);
	}
	if (err == ERR_ABSENT) {
		c->stats.absent++;
		*fate = FATE_GONE;
		return 0;
	}
	if (err)
		c->stats.errors++;
	return err ? err : 1;
}

int conntrack_fate(struct conntrack *c, const struct tuple *t, enum ask_fate *fate, bool *silent)
{
	struct ct_entry entry;
	int got = look_up(c, t, &entry, fate);

	*silent = false;
	if (got != 1)
		return got;
	*fate = ct_msg_fate(&entry);
	*silent = ct_msg_silent(&entry);
	return 0;
}

int conntrack_called(struct conntrack *c, const struct tuple *t, enum ask_fate *fate)
{
	struct ct_entry entry;
	int got = look_up(c, t, &entry, fate);

	if (got != 1)
		return got;
	*fate = ct_msg_called(&entry);
	return 0;
}

struct dump {
	const struct prefix *source;
	conntrack_each each;
	void *ctx;
};

/* One datagram of a dump. ERR_AGAIN: there are more to come. */
static int read_dump(const struct conntrack *c, size_t len, const struct dump *d)
{
	struct cursor at = cursor_over((struct slice){ c->answer, len });
	struct netlink_message m;
	struct ct_flow flow;
	struct slice whole;

	while (next_message(c, &at, &m, &whole)) {
		int error;

		if (netlink_error(&m, &error) == 0)
			return netlink_err_of(error);
		if (ct_msg_flow(whole, &flow) == 0 &&
		    prefix_holds(d->source, &flow.tuple.src))
			d->each(d->ctx, &flow);
	}
	return ERR_AGAIN;
}

int conntrack_of(struct conntrack *c, const struct prefix *source, conntrack_each each,
	void *ctx)
{
	struct dump d = { .source = source, .each = each, .ctx = ctx };
	size_t len;
	int err = ct_msg_dump(c->request, sizeof(c->request), source, ++c->seq, &len);

	if (err)
		return err;
	if (mnl_socket_sendto(c->socket, c->request, len) < 0)
		return netlink_err_of(errno);
	do {
		ssize_t got = mnl_socket_recvfrom(c->socket, c->answer, ANSWER_BYTES);

		if (got < 0 && errno != EINTR)
			return ERR_IO;
		err = got < 0 ? ERR_AGAIN : read_dump(c, (size_t)got, &d);
	} while (err == ERR_AGAIN);
	return err;
}

void conntrack_stats(const struct conntrack *c, struct conntrack_stats *out)
{
	*out = c->stats;
}

int conntrack_fd(const struct conntrack *c)
{
	return mnl_socket_get_fd(c->socket);
}

int conntrack_open(struct conntrack **out, char why[WHY_TEXT])
{
	struct timeval patience = { .tv_sec = 2 }; /* a lost answer must not hang us */
	struct conntrack *c = calloc(1, sizeof(*c));
	int err;

	if (!c)
		return log_why(why, ERR_MEMORY, "no memory for questions to conntrack");
	c->socket = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
	if (!c->socket)
		goto free_conntrack;
	if (mnl_socket_bind(c->socket, 0, MNL_SOCKET_AUTOPID) < 0)
		goto close_socket;
	setsockopt(conntrack_fd(c), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	*out = c;
	return 0;

close_socket:
	mnl_socket_close(c->socket);
free_conntrack:
	err = log_why(why, netlink_err_of(errno), "conntrack: %s", strerror(errno));
	free(c);
	return err;
}

void conntrack_close(struct conntrack *c)
{
	if (!c)
		return;
	mnl_socket_close(c->socket);
	free(c);
}
