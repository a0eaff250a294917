/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The socket to nf_tables, and what is done with one transaction: the dead-man element,
 * guards, listening ports, removal. The kernel works a transaction off within send, and
 * its answers are queued when that returns: nothing here ever waits.
 */
#include "edge/nft.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "base/err.h"
#include "codec/nft_elem.h"
#include "codec/nft_encode.h"
#include "edge/nft_private.h"

#define SEND_BYTES                                                                       \
	(256 * 1024 * 1024) /* a whole table with all its elements in one send */
#define RECEIVE_BYTES (8 * 1024 * 1024) /* an error for each message of a large batch */

static int open_socket(int *out, uint32_t *portid)
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
	*out = fd;
	*portid = self.nl_pid;
	return 0;
}

int nft_open(struct nft **out)
{
	struct nft *n = calloc(1, sizeof(*n));
	int r;

	if (!n)
		return ERR_MEMORY;
	n->fd = -1;
	n->buffer = malloc(NFT_BUFFER_BYTES);
	n->reply = malloc(NFT_REPLY_BYTES);
	r = n->buffer && n->reply ? open_socket(&n->fd, &n->portid) : ERR_MEMORY;
	if (r) {
		nft_close(n);
		return r;
	}
	*out = n;
	return 0;
}

void nft_close(struct nft *n)
{
	if (!n)
		return;
	if (n->fd >= 0)
		close(n->fd);
	free(n->buffer);
	free(n->reply);
	free(n);
}

uint32_t nft_portid(const struct nft *n)
{
	return n->portid;
}

int nft_result(int error)
{
	switch (error) {
	case 0:
		return 0;
	case EPERM:
		return ERR_PERMISSION;
	case ENOENT:
		return ERR_ABSENT;
	case ENFILE:
		return ERR_FULL;
	case EEXIST:
	case ENOTEMPTY: /* a part of an interval is there already */
		return ERR_EXISTS;
	case EINVAL:
	case EOVERFLOW:
	case ERANGE:
		return ERR_INVALID;
	case EOPNOTSUPP:
	case EAFNOSUPPORT:
	case EPROTONOSUPPORT:
		return ERR_UNSUPPORTED;
	case ENOMEM:
	case ENOBUFS:
		return ERR_MEMORY;
	case EAGAIN:
	case EINTR:
	case EBUSY:
	case ERESTART:
		return ERR_AGAIN;
	}
	return ERR_IO;
}

void nft_begin(struct nft *n, struct nft_batch *b)
{
	nft_batch_begin(b, n->buffer, NFT_BUFFER_BYTES, n->seq + 1);
}

static int send_all(struct nft *n, const void *bytes, size_t len)
{
	const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	ssize_t sent;

	do {
		sent = sendto(n->fd, bytes, len, 0, (const struct sockaddr *)&kernel,
			sizeof(kernel));
	} while (sent < 0 && errno == EINTR);
	return sent < 0 ? errno : 0;
}

/* One datagram of answers; 0 or an errno. */
static int receive(struct nft *n, struct slice *out)
{
	ssize_t len;

	do {
		len = recv(n->fd, n->reply, NFT_REPLY_BYTES, MSG_DONTWAIT);
	} while (len < 0 && errno == EINTR);
	if (len < 0)
		return errno;
	*out = (struct slice){ .at = n->reply, .len = (size_t)len };
	return 0;
}

int nft_transact(struct nft *n, struct nft_batch *b, nft_refusal told, void *ctx)
{
	uint32_t last = b->next - 1;
	int first_error = 0;
	bool ended = false;
	struct slice datagram = { .len = 0 };
	struct nft_answer a;
	int r;

	if (b->full)
		return ENOBUFS;
	nft_batch_end(b);
	n->seq = b->next;
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

int nft_ask(struct nft *n, const struct nlmsghdr *request,
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

int nft_ask_table(struct nft *n)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(n->buffer);
	struct nfgenmsg *g;

	h->nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETTABLE;
	h->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	h->nlmsg_seq = ++n->seq;
	g = mnl_nlmsg_put_extra_header(h, sizeof(*g));
	g->nfgen_family = NFPROTO_INET;
	mnl_attr_put_strz(h, NFTA_TABLE_NAME, NFT_TABLE);
	return nft_ask(n, h, NULL, NULL);
}

enum nft_queue_kind nft_queue_kind(const struct nft *n)
{
	return n->kind;
}

const char *nft_queue_kind_name(enum nft_queue_kind k)
{
	switch (k) {
	case NFT_QUEUE_NONE:
		return "none";
	case NFT_QUEUE_NATIVE:
		return "native queue";
	case NFT_QUEUE_XT:
		return "xt NFQUEUE target";
	}
	return "?";
}

static void alive_elems(struct nft_elem out[2])
{
	out[0] = nft_elem_of_family(NFPROTO_IPV4);
	out[1] = nft_elem_of_family(NFPROTO_IPV6);
}

int nft_alive(struct nft *n)
{
	struct nft_elem e[2];
	struct nft_batch b;

	alive_elems(e);
	nft_begin(n, &b);
	(void)nft_elem_set(&b, e, 2);
	return nft_result(nft_transact(n, &b, NULL, NULL));
}

int nft_alive_end(struct nft *n)
{
	struct nft_elem e[2];
	struct nft_batch b;

	alive_elems(e);
	nft_begin(n, &b);
	(void)nft_elem_unset(&b, e, 2);
	return nft_result(nft_transact(n, &b, NULL, NULL));
}

int nft_put_guards(struct nft_batch *b, const struct guards *g)
{
	int r = 0;

	for (size_t i = 0; !r && g && i < g->n; i++) {
		const struct prefix *p = &g->list[i].prefix;
		bool covered = false;
		struct nft_elem e;

		/* Of two that are the same the first stays; prefixes either nest or are
		 * apart. */
		for (size_t k = 0; !covered && k < g->n; k++)
			covered = k != i && prefix_covers(&g->list[k].prefix, p) &&
				(k < i || !prefix_equal(&g->list[k].prefix, p));
		if (covered)
			continue;
		e = nft_elem_of_guard(p);
		r = nft_elem_add(b, &e, 1);
	}
	return r;
}

int nft_set_guards(struct nft *n, const struct guards *g)
{
	struct nft_batch b;

	nft_begin(n, &b);
	(void)nft_elem_flush(&b, NFT_SET_GUARD4);
	(void)nft_elem_flush(&b, NFT_SET_GUARD6);
	(void)nft_put_guards(&b, g);
	return nft_result(nft_transact(n, &b, NULL, NULL));
}

int nft_remove(struct nft *n)
{
	struct nft_batch b;
	int r;

	nft_begin(n, &b);
	r = nft_encode_remove(&b);
	if (r)
		return r;
	r = nft_transact(n, &b, NULL, NULL);
	n->kind = NFT_QUEUE_NONE;
	return r == ENOENT ? 0 : nft_result(r);
}
