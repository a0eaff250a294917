/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The listener of nftables' netlink group. Our own transactions are filtered out inside
 * the kernel by the port number in their notifications: a bulk of ours would else fill
 * the queue, and a full queue means that all must be looked at.
 */
#include "edge/nft_watch.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>

#include "base/err.h"
#include "base/text.h"

/* A flush of 65536 elements is 10 MiB of notifications; whoever does that is answered
 * by a look at everything anyhow. */
#define QUEUE_BYTES (1024 * 1024)
#define DATAGRAM_BYTES (64 * 1024) /* the kernel joins up to a page or two of messages */
#define DATAGRAMS 1024
#define GENERATION_MS 20 /* a flush of our table takes the kernel a fraction of that to tell */
#define GONE_PIECES (2 * NFT_FOREIGN_GONE + 2) /* start and end; one more, to be many */
#define ADDED_PIECES (2 * NFT_FOREIGN_ADDED + 2)
#define PORTID_AT 12 /* nlmsg_pid of the datagram's first message */

struct pieces {
	struct nft_piece *at;
	size_t n, room;
};

struct nft_watch {
	int fd;
	uint32_t ours[NFT_WATCH_IGNORED];
	size_t n_ours;
	uint32_t suspect; /* port of the one whose generation is still to come */
	bool suspected;
	struct nft_piece gone_memory[GONE_PIECES];
	struct nft_piece added_memory[ADDED_PIECES];
	struct pieces gone, added;
	_Alignas(NLMSG_ALIGNTO) uint8_t datagram[DATAGRAM_BYTES];
};

static int fail(char why[NFT_WATCH_WHY], const char *what, int error)
{
	struct text t = text_over(why, NFT_WATCH_WHY);

	text_addf(&t, "%s: %s", what, strerror(error));
	if (error == EPERM || error == EACCES) {
		text_add(&t, "; CAP_NET_ADMIN is missing");
		return ERR_PERMISSION;
	}
	return error == EPROTONOSUPPORT ? ERR_UNSUPPORTED : ERR_IO;
}

static int join_group(struct nft_watch *w, char why[NFT_WATCH_WHY])
{
	const struct sockaddr_nl self = { .nl_family = AF_NETLINK };
	int group = NFNLGRP_NFTABLES;
	int bytes = QUEUE_BYTES;

	w->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
		NETLINK_NETFILTER);
	if (w->fd < 0)
		return fail(why, "socket to netfilter", errno);
	(void)setsockopt(w->fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
	if (bind(w->fd, (const struct sockaddr *)&self, sizeof(self)) ||
		setsockopt(w->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group,
			sizeof(group)))
		return fail(why, "listening to nftables", errno);
	return 0;
}

int nft_watch_open(struct nft_watch **out, char why[NFT_WATCH_WHY])
{
	struct nft_watch *w = calloc(1, sizeof(*w));
	int r;

	if (!w) {
		(void)fail(why, "listening to nftables", ENOMEM);
		return ERR_MEMORY;
	}
	w->gone = (struct pieces){ .at = w->gone_memory, .room = GONE_PIECES };
	w->added = (struct pieces){ .at = w->added_memory, .room = ADDED_PIECES };
	r = join_group(w, why);
	if (r) {
		nft_watch_close(w);
		return r;
	}
	*out = w;
	return 0;
}

void nft_watch_close(struct nft_watch *w)
{
	if (!w)
		return;
	if (w->fd >= 0)
		close(w->fd);
	free(w);
}

int nft_watch_fd(const struct nft_watch *w)
{
	return w->fd;
}

/* Load the port, skip over "take it all" for each that is ours. The filter reads numbers
 * in network order; the kernel has written this one in its own. */
int nft_watch_ignore(struct nft_watch *w, const uint32_t *portids, size_t n)
{
	struct sock_filter code[NFT_WATCH_IGNORED + 3];
	struct sock_fprog program = { .filter = code };
	size_t len = 0;

	if (n > NFT_WATCH_IGNORED)
		return ERR_FULL;
	if (n)
		memcpy(w->ours, portids, n * sizeof(*portids));
	w->n_ours = n;
	code[len++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, PORTID_AT);
	for (size_t i = 0; i < n; i++)
		code[len++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
			htonl(portids[i]), (uint8_t)(n - i), 0);
	code[len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, UINT32_MAX);
	code[len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 0);
	program.len = (unsigned short)len;
	return setsockopt(w->fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program))
		? ERR_IO
		: 0;
}

static bool is_ours(const struct nft_watch *w, uint32_t portid)
{
	for (size_t i = 0; i < w->n_ours; i++) {
		if (w->ours[i] == portid)
			return true;
	}
	return false;
}

struct taker {
	struct pieces *to;
	bool many;
};

static void keep(void *ctx, const struct nft_elem *e, bool is_end)
{
	struct taker *t = ctx;

	if (t->to->n == t->to->room)
		t->many = true;
	else
		t->to->at[t->to->n++] = (struct nft_piece){ .e = *e, .is_end = is_end };
}

static bool holds_measures(enum nft_set_id set)
{
	size_t at = 0;
	enum nft_set_id s;

	while (nft_dump_next_set(&at, &s)) {
		if (s == set)
			return true;
	}
	return false;
}

/* What others did to elements of ours. Those that are no measures are restored as a
 * whole: that they were touched is enough. */
static void note_elements(
	struct nft_watch *w, const struct nft_news *n, struct nft_foreign *out)
{
	struct taker t = { .to = &w->added };

	if (n->kind == NFT_NEWS_ELEMENT_GONE)
		t.to = &w->gone;
	if (holds_measures(n->set)) {
		out->many |= nft_dump_parse(n->elements, keep, &t) != 0 || t.many;
		return;
	}
	out->guards |= n->set == NFT_SET_GUARD4 || n->set == NFT_SET_GUARD6;
	out->listening |= n->set == NFT_SET_LISTENING || n->set == NFT_SET_MAPPED;
	out->alive |= n->set == NFT_SET_ALIVE;
	out->allowed |= n->set >= NFT_SET_ALLOW_USER4 && n->set <= NFT_SET_ALLOW_HOST6;
	/* Without its switch no measure behind it is in force. */
	out->structure |= n->set >= NFT_SET_EGRESS_ON && n->set <= NFT_SET_LIMIT_ON;
}

static void note_generation(
	struct nft_watch *w, const struct nft_news *n, struct nft_foreign *out)
{
	if (!w->suspected || n->portid != w->suspect)
		return;
	w->suspected = false;
	out->pid = n->pid;
	memcpy(out->comm, n->comm, sizeof(out->comm));
}

/* True where something of ours was touched. */
static bool note(struct nft_watch *w, const struct nft_news *n, struct nft_foreign *out)
{
	bool element = n->kind == NFT_NEWS_ELEMENT_GONE ||
		n->kind == NFT_NEWS_ELEMENT_ADDED;

	if (is_ours(w, n->portid))
		return false;
	if (n->kind == NFT_NEWS_GENERATION)
		note_generation(w, n, out);
	/* An element without a set of ours is in one that they have made. */
	if (!n->ours || (element && !n->elements))
		return false;
	if (element)
		note_elements(w, n, out);
	else
		out->structure = true;
	w->suspect = n->portid;
	w->suspected = true;
	return true;
}

/* The measures among some pieces. What is none of ours (a range that is no prefix) is
 * many: somebody has to look. */
static size_t name_measures(
	struct pieces *p, mono_t now, struct measure *out, size_t most, bool *many)
{
	size_t n = 0;

	qsort(p->at, p->n, sizeof(*p->at), nft_piece_order);
	nft_dump_join_all(p->at, p->n);
	for (size_t i = 0; i < p->n; i++) {
		const struct nft_elem *e = &p->at[i].e;

		if (p->at[i].is_end)
			continue;
		/* The host's shield is two elements and one measure, and so is its jail. */
		if (i && (e->set == NFT_SET_SHIELDALL || e->set == NFT_SET_JAIL_HOST) && p->at[i - 1].e.set == e->set)
			continue;
		if (n == most || nft_dump_measure(e, now, &out[n]))
			*many = true;
		else
			n++;
	}
	return n;
}

/* One datagram of the kernel; 0, or an errno. */
static int receive(struct nft_watch *w, struct slice *out)
{
	struct sockaddr_nl from = { 0 };
	struct iovec part = { .iov_base = w->datagram, .iov_len = sizeof(w->datagram) };
	struct msghdr m = { .msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &part,
		.msg_iovlen = 1 };
	ssize_t len;

	do {
		len = recvmsg(w->fd, &m, MSG_DONTWAIT);
	} while (len < 0 && errno == EINTR);
	if (len < 0)
		return errno;
	if (m.msg_flags & MSG_TRUNC)
		return ENOBUFS; /* some of it is lost as if there had been no room */
	/* Only the kernel's word counts: whoever has the right can send to the group. */
	*out = (struct slice){ .at = w->datagram, .len = from.nl_pid ? 0 : (size_t)len };
	return 0;
}

/* The kernel tells of a transaction datagram by datagram, and at its end whose it was: he who reads meanwhile waits for it. */
static bool more_to_come(struct nft_watch *w, int error)
{
	struct pollfd p = { .fd = w->fd, .events = POLLIN };

	if (error != EAGAIN || !w->suspected)
		return false;
	if (poll(&p, 1, GENERATION_MS) > 0)
		return true;
	w->suspected = false;
	return false;
}

bool nft_watch_read(struct nft_watch *w, mono_t now, struct nft_foreign *out)
{
	bool touched = false;

	memset(out, 0, sizeof(*out));
	w->gone.n = w->added.n = 0;
	for (int i = 0; i < DATAGRAMS; i++) {
		struct slice d = { .len = 0 };
		struct nft_news n;
		int error = receive(w, &d);

		if (error && error != ENOBUFS) {
			if (more_to_come(w, error))
				continue;
			break;
		}
		out->overrun |= error == ENOBUFS;
		while (nft_news_next(&d, &n))
			touched |= note(w, &n, out);
	}
	out->n_gone = name_measures(
		&w->gone, now, out->gone, NFT_FOREIGN_GONE, &out->many);
	out->n_added = name_measures(
		&w->added, now, out->added, NFT_FOREIGN_ADDED, &out->many);
	return touched || out->overrun;
}
