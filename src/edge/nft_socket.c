/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The socket to nf_tables, and how it is spoken to. The kernel works a transaction off
 * within send, and its answers are queued when that returns: nothing here waits for it.
 * A table that has an owner obeys one socket alone, so two threads may share one: each
 * has its own memory and its own half of the sequence numbers, and whoever is inside
 * reads all of its answers before the other is let in.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libmnl/libmnl.h>

#include "base/err.h"
#include "edge/nft_private.h"

#define BESIDE_SEQ 0x80000000u

struct nft_socket {
	int fd;
	uint32_t portid;
	unsigned users; /* under lock */
	pthread_mutex_t lock;
	atomic_bool inside;
	atomic_bool owned;
};

#define SEND_BYTES                                                                       \
	(256 * 1024 * 1024) /* a whole table with all its elements in one send */
#define RECEIVE_BYTES (8 * 1024 * 1024) /* an error for each message of a large batch */

static int open_fd(struct nft_socket *s)
{
	struct sockaddr_nl self = { .nl_family = AF_NETLINK };
	socklen_t len = sizeof(self);
	int send = SEND_BYTES;
	int receive = RECEIVE_BYTES;
	int on = 1;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);

	if (fd < 0)
		return errno == EPROTONOSUPPORT ? ERR_UNSUPPORTED : ERR_IO;
	if (bind(fd, (const struct sockaddr *)&self, sizeof(self)) ||
		getsockname(fd, (struct sockaddr *)&self, &len)) {
		close(fd);
		return ERR_IO;
	}
	/* Without CAP_NET_ADMIN these fail, and so will everything else, with a clear
	 * name. */
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &send, sizeof(send));
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &receive, sizeof(receive));
	/* Errors without a copy of the message that they are about. */
	(void)setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	s->fd = fd;
	s->portid = self.nl_pid;
	return 0;
}

static void release(struct nft_socket *s)
{
	bool last;

	pthread_mutex_lock(&s->lock);
	last = --s->users == 0;
	pthread_mutex_unlock(&s->lock);
	if (!last)
		return;
	if (s->fd >= 0)
		close(s->fd);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

static int new_socket(struct nft_socket **out)
{
	struct nft_socket *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return ERR_MEMORY;
	if (pthread_mutex_init(&s->lock, NULL)) {
		free(s);
		return ERR_MEMORY;
	}
	s->fd = -1;
	s->users = 1;
	r = open_fd(s);
	if (r) {
		release(s);
		return r;
	}
	*out = s;
	return 0;
}

/* Takes the socket over, also where it fails. */
static int open_over(struct nft_socket *s, uint32_t seq, struct nft **out)
{
	struct nft *n = calloc(1, sizeof(*n));

	if (!n) {
		release(s);
		return ERR_MEMORY;
	}
	n->socket = s;
	n->seq = seq;
	n->buffer = malloc(NFT_BUFFER_BYTES);
	n->reply = malloc(NFT_REPLY_BYTES);
	if (!n->buffer || !n->reply) {
		nft_close(n);
		return ERR_MEMORY;
	}
	*out = n;
	return 0;
}

int nft_open(struct nft **out)
{
	struct nft_socket *s;
	int r = new_socket(&s);

	return r ? r : open_over(s, 0, out);
}

int nft_open_beside(struct nft *other, struct nft **out)
{
	struct nft_socket *s = other->socket;
	bool room;

	pthread_mutex_lock(&s->lock);
	room = s->users < 2;
	if (room)
		s->users++;
	pthread_mutex_unlock(&s->lock);
	return room ? open_over(s, other->seq ^ BESIDE_SEQ, out) : ERR_FULL;
}

void nft_close(struct nft *n)
{
	if (!n)
		return;
	release(n->socket);
	free(n->buffer);
	free(n->reply);
	free(n);
}

uint32_t nft_portid(const struct nft *n)
{
	return n->socket->portid;
}

bool nft_busy(const struct nft *n)
{
	return atomic_load_explicit(&n->socket->inside, memory_order_relaxed);
}

bool nft_owned(const struct nft *n)
{
	return atomic_load_explicit(&n->socket->owned, memory_order_relaxed);
}

void nft_set_owned(struct nft *n, bool owned)
{
	atomic_store_explicit(&n->socket->owned, owned, memory_order_relaxed);
}

static void enter(struct nft *n)
{
	pthread_mutex_lock(&n->socket->lock);
	atomic_store_explicit(&n->socket->inside, true, memory_order_relaxed);
}

static void leave(struct nft *n)
{
	atomic_store_explicit(&n->socket->inside, false, memory_order_relaxed);
	pthread_mutex_unlock(&n->socket->lock);
}

static int send_all(struct nft *n, const void *bytes, size_t len)
{
	const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	ssize_t sent;

	do {
		sent = sendto(n->socket->fd, bytes, len, 0, (const struct sockaddr *)&kernel,
			sizeof(kernel));
	} while (sent < 0 && errno == EINTR);
	return sent < 0 ? errno : 0;
}

/* One datagram of answers; 0 or an errno. */
static int receive(struct nft *n, struct slice *out)
{
	ssize_t len;

	do {
		len = recv(n->socket->fd, n->reply, NFT_REPLY_BYTES, MSG_DONTWAIT);
	} while (len < 0 && errno == EINTR);
	if (len < 0) {
		int error = errno;

		return error > 0 ? error : EIO;
	}
	*out = (struct slice){ .at = n->reply, .len = (size_t)len };
	return 0;
}

static int transact(struct nft *n, struct nft_batch *b, nft_refusal told, void *ctx)
{
	uint32_t last = b->next - 1;
	int first_error = 0;
	bool ended = false;
	struct slice datagram = { .len = 0 };
	struct nft_answer a;
	int r;

	r = send_all(n, b->at, b->len);
	if (r)
		return r;
	while (!ended && !receive(n, &datagram)) {
		while (nft_answer_next(&datagram, &a)) {
			ended |= a.seq == last;
			if (!a.error || a.seq - b->first > last - b->first)
				continue;
			if (!first_error)
				first_error = a.error;
			if (told)
				told(ctx,
					a.seq == b->first ? SIZE_MAX
							  : a.seq - b->first - 1,
					a.error);
		}
	}
	/* No answer to the last message and no error: some were lost, so nothing is
	 * known. */
	return first_error || ended ? first_error : EAGAIN;
}

int nft_transact(struct nft *n, struct nft_batch *b, nft_refusal told, void *ctx)
{
	int r;

	if (b->full)
		return ENOBUFS;
	nft_batch_end(b);
	n->seq = b->next;
	enter(n);
	r = transact(n, b, told, ctx);
	leave(n);
	return r;
}

/* True at the end of the answer. */
static bool read_answer(const struct nlmsghdr *h, uint32_t seq, int *result,
	void (*each)(void *ctx, const struct nlmsghdr *h), void *ctx)
{
	if (h->nlmsg_seq != seq)
		return false;
	if (h->nlmsg_flags & NLM_F_DUMP_INTR)
		*result = EINTR;
	if (h->nlmsg_type == NLMSG_DONE)
		return true;
	if (h->nlmsg_type == NLMSG_ERROR) {
		const struct nlmsgerr *e = mnl_nlmsg_get_payload(h);

		if (mnl_nlmsg_get_payload_len(h) >= sizeof(*e) && e->error)
			*result = -e->error;
		return true;
	}
	if (each)
		each(ctx, h);
	return false;
}

static int ask(struct nft *n, const struct nlmsghdr *request,
	void (*each)(void *ctx, const struct nlmsghdr *h), void *ctx)
{
	uint32_t seq = request->nlmsg_seq;
	struct slice datagram = { .len = 0 };
	int result = 0;
	int r = send_all(n, request, request->nlmsg_len);

	if (r)
		return r;
	while (!(r = receive(n, &datagram))) {
		const struct nlmsghdr *h = (const struct nlmsghdr *)datagram.at;
		int left = (int)datagram.len;

		for (; mnl_nlmsg_ok(h, left); h = mnl_nlmsg_next(h, &left)) {
			if (read_answer(h, seq, &result, each, ctx))
				return result;
		}
	}
	return r;
}

int nft_ask(struct nft *n, const struct nlmsghdr *request,
	void (*each)(void *ctx, const struct nlmsghdr *h), void *ctx)
{
	int r;

	enter(n);
	r = ask(n, request, each, ctx);
	leave(n);
	return r;
}
