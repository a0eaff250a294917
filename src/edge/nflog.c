/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The socket of copies. A datagram holds as many copies as the kernel collected, so a
 * burst may end in the middle of one: the rest is kept and handed out by the next call.
 */
#include "edge/nflog.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/err.h"

#define DATAGRAMS 8           /* taken at once */
#define DATAGRAM_BYTES 16384  /* of each; what the kernel collects stays below */
#define COLLECT_BYTES 8192
#define RCVBUF_BYTES (4 << 20)

struct nflog {
	struct mnl_socket *socket;
	int fd;
	struct nflog_opts opts;
	struct nflog_stats stats;
	uint32_t next_number[COPIES]; /* each group counts for itself */
	bool counting[COPIES];        /* next_number is valid */
	int filled;    /* datagrams of the last receive */
	int current;   /* the one being read */
	struct cursor at;
	struct mmsghdr heads[DATAGRAMS];
	struct iovec vectors[DATAGRAMS];
	_Alignas(NETLINK_ALIGN) uint8_t bytes[DATAGRAMS][DATAGRAM_BYTES];
};

static void count_lost(struct nflog *n, const struct nflog_packet *p)
{
	int32_t ahead = (int32_t)(p->number - n->next_number[p->what]);

	if (!p->numbered)
		return;
	if (n->counting[p->what] && ahead > 0)
		n->stats.lost += (uint64_t)ahead;
	n->next_number[p->what] = p->number + 1;
	n->counting[p->what] = true;
}

static uint32_t range_of(const struct nflog *n, unsigned what)
{
	return what == COPY_DNS && n->opts.dns_range ? n->opts.dns_range : n->opts.copy_range;
}

/* A name is worth most in the microseconds before somebody connects to its address. */
static uint32_t threshold_of(const struct nflog *n, unsigned what)
{
	return what == COPY_DNS ? 1 : n->opts.threshold;
}

/* A copy of one of our groups. */
static bool read_copy(const struct nflog *n, const struct netlink_message *m, mono_t at, struct nflog_packet *out)
{
	unsigned what = (uint16_t)(nflog_msg_group(m) - n->opts.group);

	if (what >= n->opts.groups || nflog_msg_packet(m, at, range_of(n, what), out))
		return false;
	out->what = (uint8_t)what;
	return true;
}

/* From the datagram at hand; false at its end. */
static bool take_one(struct nflog *n, struct nflog_packet *out, mono_t at)
{
	struct netlink_message m;

	while (netlink_next(&n->at, &m)) {
		int error;

		if (netlink_error(&m, &error) == 0)
			continue; /* the DONE that closes a collection */
		if (read_copy(n, &m, at, out)) {
			count_lost(n, out);
			return true;
		}
		n->stats.malformed++;
	}
	if (n->at.failed)
		n->stats.malformed++;
	return false;
}

static void open_datagram(struct nflog *n, int i)
{
	struct slice s = { n->bytes[i], n->heads[i].msg_len };

	n->current = i;
	n->at = cursor_over(s);
}

static bool refill(struct nflog *n)
{
	int count = recvmmsg(n->fd, n->heads, DATAGRAMS, MSG_DONTWAIT, NULL);

	n->filled = count > 0 ? count : 0;
	n->current = 0;
	if (count < 0 && errno == ENOBUFS)
		n->stats.overruns++;
	else if (count < 0 && errno != EAGAIN && errno != EINTR)
		n->stats.receive_errors++;
	if (count <= 0)
		return false;
	n->stats.datagrams += (uint64_t)count;
	open_datagram(n, 0);
	return true;
}

/* One receive a call at most: a second would overwrite what the copies point into. */
int nflog_receive(struct nflog *n, struct nflog_packet out[NFLOG_BURST], mono_t at)
{
	int got = 0;

	if (n->current >= n->filled && !refill(n))
		return 0;
	while (got < NFLOG_BURST && n->current < n->filled) {
		if (take_one(n, &out[got], at))
			got++;
		else if (n->current + 1 < n->filled)
			open_datagram(n, n->current + 1);
		else
			n->current = n->filled;
	}
	n->stats.packets += (uint64_t)got;
	return got;
}

void nflog_stats(const struct nflog *n, struct nflog_stats *out)
{
	*out = n->stats;
}

int nflog_fd(const struct nflog *n)
{
	return n->fd;
}

static int say_refused(uint16_t group, int error, char *why)
{
	if (error == EPERM || error == EBUSY)
		return log_why(why, ERR_BUSY, "log group %u is taken by another program, "
			"or CAP_NET_ADMIN is missing", group);
	if (error == EINVAL || error == EOPNOTSUPP)
		return log_why(why, ERR_UNSUPPORTED, "log group %u: this kernel has no "
			"NFLOG (%s)", group, strerror(error));
	return log_why(why, netlink_err_of(error), "log group %u: %s", group,
		strerror(error));
}

/* True where the answer to seq is in the datagram. Copies that come before it are lost on
 * purpose: nobody is there yet to judge them. */
static bool find_answer(struct slice bytes, uint32_t seq, int *error)
{
	struct cursor c = cursor_over(bytes);
	struct netlink_message m;

	while (netlink_next(&c, &m)) {
		if (m.type == NLMSG_ERROR && m.seq == seq)
			return netlink_error(&m, error) == 0;
	}
	return false;
}

static int bind_group(struct nflog *n, uint16_t what, char *why)
{
	uint16_t group = (uint16_t)(n->opts.group + what);
	struct nflog_config config = { .group = group, .seq = 1u + what,
		.copy_range = range_of(n, what), .threshold = threshold_of(n, what),
		.timeout_ms = n->opts.timeout_ms, .buffer_bytes = COLLECT_BYTES };
	int error = 0;
	size_t len;
	ssize_t got;

	nflog_msg_config(n->bytes[0], DATAGRAM_BYTES, &config, &len);
	if (mnl_socket_sendto(n->socket, n->bytes[0], len) < 0)
		return say_refused(group, errno, why);
	do {
		got = mnl_socket_recvfrom(n->socket, n->bytes[0], DATAGRAM_BYTES);
		if (got < 0 && errno != EINTR && errno != ENOBUFS)
			return log_why(why, ERR_IO, "log group %u: no answer: %s",
				group, strerror(errno));
	} while (got < 0 || !find_answer((struct slice){ n->bytes[0], (size_t)got },
		config.seq, &error));
	return error ? say_refused(group, error, why) : 0;
}

static int bind_all(struct nflog *n, char *why)
{
	int err = 0;

	for (uint16_t what = 0; !err && what < n->opts.groups; what++)
		err = bind_group(n, what, why);
	return err;
}

static bool is_range(uint32_t bytes)
{
	return bytes >= 1 && bytes <= NFLOG_COPY_RANGE;
}

static void set_options(const struct nflog *n)
{
	struct timeval patience = { .tv_sec = 2 };
	int bytes = n->opts.rcvbuf && n->opts.rcvbuf < INT32_MAX / 2 ?
		(int)n->opts.rcvbuf : RCVBUF_BYTES;
	int on = 1;

	if (setsockopt(n->fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)))
		setsockopt(n->fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	setsockopt(n->fd, SOL_NETLINK, NETLINK_NO_ENOBUFS, &on, sizeof(on));
	setsockopt(n->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
}

static void lay_buffers(struct nflog *n)
{
	for (size_t i = 0; i < DATAGRAMS; i++) {
		n->vectors[i] = (struct iovec){ .iov_base = n->bytes[i],
			.iov_len = DATAGRAM_BYTES };
		n->heads[i].msg_hdr = (struct msghdr){ .msg_iov = &n->vectors[i],
			.msg_iovlen = 1 };
	}
}

int nflog_open(struct nflog **out, const struct nflog_opts *o, char why[WHY_TEXT])
{
	struct nflog *n;
	int err;

	if (!is_range(o->copy_range) || (o->dns_range && !is_range(o->dns_range)) || o->threshold < 1 ||
		o->groups > COPIES || o->group > UINT16_MAX - COPIES)
		return log_why(why, ERR_RANGE, "log group %u: 1 to %d bytes of a packet, "
			"threshold 1 or more", o->group, NFLOG_COPY_RANGE);
	n = calloc(1, sizeof(*n));
	if (!n)
		return log_why(why, ERR_MEMORY, "no memory for log group %u", o->group);
	n->opts = *o;
	if (!n->opts.groups)
		n->opts.groups = 1;
	lay_buffers(n);
	n->socket = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
	if (!n->socket) {
		err = log_why(why, netlink_err_of(errno), "netfilter's netlink: %s",
			strerror(errno));
		goto free_group;
	}
	n->fd = mnl_socket_get_fd(n->socket);
	if (mnl_socket_bind(n->socket, 0, MNL_SOCKET_AUTOPID) < 0) {
		err = log_why(why, ERR_IO, "netfilter's netlink: bind: %s",
			strerror(errno));
		goto close_socket;
	}
	set_options(n);
	err = bind_all(n, why);
	if (err)
		goto close_socket;
	*out = n;
	return 0;

close_socket:
	mnl_socket_close(n->socket);
free_group:
	free(n);
	return err;
}

void nflog_close(struct nflog *n)
{
	if (!n)
		return;
	mnl_socket_close(n->socket);
	free(n);
}
