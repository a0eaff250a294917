/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The queue socket. Everything is laid out at open: as many receive buffers as a burst
 * has packets, and one send buffer for all verdicts of it. The packet thread owns it.
 */
#include "edge/nfq.h"

#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/err.h"

#define MESSAGE_BYTES 4096 /* what goes with a packet takes far less than 1 KiB */
#define VERDICTS_BYTES ((NFQ_BURST + NFQ_MSG_QUEUES) * NFQ_VERDICT_BYTES)
#define PROC_FILE "/proc/thread-self/net/netfilter/nfnetlink_queue"

/* An skb of a small packet takes 832 bytes of the socket's buffer; the default buffer
 * holds 256 of them, whatever maxlen says. */
#define SKB_BYTES 1024

struct nfq {
	struct mnl_socket *socket;
	int fd;
	int proc; /* kept open: without root it could not be opened again; -1: none */
	struct nfq_opts opts;
	struct nfq_stats stats;
	uint32_t next_id[NFQ_QUEUES]; /* that is due; 0 before the first */
	struct mmsghdr heads[NFQ_BURST];
	struct iovec vectors[NFQ_BURST];
	_Alignas(NETLINK_ALIGN) uint8_t verdicts[VERDICTS_BYTES];
	_Alignas(NETLINK_ALIGN) uint8_t messages[NFQ_BURST][MESSAGE_BYTES];
};

/* Ids count up by one in each queue: what is missing was lost between kernel and us. */
static void count_gap(struct nfq *n, const struct nfq_packet *p)
{
	size_t q = (size_t)(p->queue - n->opts.first_queue);
	int32_t ahead;

	if (q >= n->opts.queues)
		return;
	ahead = (int32_t)(p->id - n->next_id[q]);
	if (n->next_id[q] && ahead > 0)
		n->stats.gaps += (uint64_t)ahead;
	n->next_id[q] = p->id + 1;
}

/* The kernel answers each verdict that it cannot apply, asked or not. */
static void count_error(struct nfq *n, const struct netlink_message *m)
{
	int error;

	if (netlink_error(m, &error))
		n->stats.malformed++;
	else if (error == ENOENT)
		n->stats.stale++;
	else if (error)
		n->stats.refused++;
}

static size_t read_datagram(struct nfq *n, struct slice bytes, struct nfq_packet *out,
	size_t room, mono_t at)
{
	struct cursor c = cursor_over(bytes);
	struct netlink_message m;
	size_t got = 0;

	while (got < room && netlink_next(&c, &m)) {
		if (m.type == NLMSG_ERROR) {
			count_error(n, &m);
			continue;
		}
		if (nfq_msg_packet(&m, at, n->opts.state_known, &out[got])) {
			n->stats.malformed++;
			continue;
		}
		count_gap(n, &out[got]);
		got++;
	}
	if (c.failed)
		n->stats.malformed++;
	return got;
}

static void count_receive_error(struct nfq *n)
{
	if (errno == EAGAIN || errno == EINTR)
		return;
	if (errno == ENOBUFS)
		n->stats.overruns++;
	else
		n->stats.receive_errors++;
}

int nfq_receive(struct nfq *n, struct nfq_packet out[NFQ_BURST], mono_t at)
{
	int count = recvmmsg(n->fd, n->heads, NFQ_BURST, MSG_DONTWAIT, NULL);
	size_t got = 0;

	if (count < 0) {
		count_receive_error(n);
		return 0;
	}
	for (int i = 0; i < count; i++) {
		struct slice bytes = { .at = n->messages[i], .len = n->heads[i].msg_len };

		got += read_datagram(n, bytes, out + got, NFQ_BURST - got, at);
	}
	n->stats.packets += got;
	if (got)
		n->stats.bursts++;
	return (int)got;
}

static bool send_all(const struct nfq *n, const void *bytes, size_t len)
{
	ssize_t sent;

	do
		sent = mnl_socket_sendto(n->socket, bytes, len);
	while (sent < 0 && errno == EINTR);
	return sent == (ssize_t)len;
}

static void count_verdicts(struct nfq *n, const struct nfq_packet *packets, const uint8_t *verdicts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t q = (size_t)(packets[i].queue - n->opts.first_queue);
		bool drop = verdicts[i] != 0;

		n->stats.dropped += drop;
		n->stats.accepted += !drop;
		if (q >= n->opts.queues)
			continue;
		n->stats.by_queue[q].dropped += drop;
		n->stats.by_queue[q].accepted += !drop;
	}
}

int nfq_verdicts(struct nfq *n, const struct nfq_packet *packets, const uint8_t *verdicts,
	size_t count)
{
	size_t len;
	int err = nfq_msg_verdicts(n->verdicts, sizeof(n->verdicts), packets, verdicts,
		count, &len);

	if (err)
		return err;
	if (len == 0)
		return 0;
	n->stats.sends++;
	if (!send_all(n, n->verdicts, len)) {
		n->stats.send_errors++;
		return ERR_IO;
	}
	count_verdicts(n, packets, verdicts, count);
	return 0;
}

void nfq_stats(const struct nfq *n, struct nfq_stats *out)
{
	*out = n->stats;
	out->queues = n->opts.queues;
	out->first_queue = n->opts.first_queue;
}

int nfq_fd(const struct nfq *n)
{
	return n->fd;
}

/* The kernel's statistics of every queue in the namespace, ours or not. */
static int read_proc(const struct nfq *n, char *text, size_t size)
{
	ssize_t len;

	if (n->proc < 0)
		return ERR_PERMISSION;
	len = pread(n->proc, text, size - 1, 0);
	if (len < 0)
		return ERR_IO;
	text[len] = '\0';
	return 0;
}

int nfq_kernel_stats(const struct nfq *n, struct nfq_queue_stats out[NFQ_QUEUES],
	size_t *count)
{
	char text[4096]; /* some 50 queues */
	char *rest = text;
	char *line;
	size_t found = 0;
	int err = read_proc(n, text, sizeof(text));

	if (err)
		return err;
	while ((line = strsep(&rest, "\n")) && found < NFQ_QUEUES) {
		struct nfq_queue_stats s;

		if (nfq_msg_stats_line(line, &s))
			continue;
		if ((uint16_t)(s.queue - n->opts.first_queue) < n->opts.queues)
			out[found++] = s;
	}
	*count = found;
	return 0;
}

/* Who has the queue, as the kernel tells it; 0 where it does not. */
static uint32_t owner_of(const struct nfq *n, uint16_t queue)
{
	struct nfq_queue_stats all[NFQ_QUEUES];
	size_t count;

	if (nfq_kernel_stats(n, all, &count))
		return 0;
	for (size_t i = 0; i < count; i++) {
		if (all[i].queue == queue)
			return all[i].owner;
	}
	return 0;
}

/* EPERM may mean both: another owner, or a missing capability. Who owns it tells. */
static int say_refused(const struct nfq *n, uint16_t queue, int error, char *why)
{
	uint32_t owner = owner_of(n, queue);

	if (error == EPERM && !owner && n->proc >= 0)
		return log_why(why, ERR_PERMISSION,
			"queue %u: not permitted; CAP_NET_ADMIN is missing", queue);
	if (error == EPERM || error == EBUSY)
		return log_why(why, ERR_BUSY, "queue %u is taken by another program (its "
			"netlink port, most often its process id, is %u); choose other "
			"queue numbers", queue, owner);
	if (error == EOPNOTSUPP || error == EINVAL)
		return log_why(why, ERR_UNSUPPORTED, "queue %u: this kernel has no "
			"NFQUEUE with fail-open and GSO (%s)", queue, strerror(error));
	return log_why(why, netlink_err_of(error), "queue %u: %s", queue,
		strerror(error));
}

/* Of one datagram during the open: the answer that is waited for, or packets of the
 * queues that are bound already. Nobody judges these yet: they are let pass. */
static bool read_answer(struct nfq *n, struct slice bytes, uint32_t seq, int *error)
{
	static const uint8_t accept = 0;
	struct cursor c = cursor_over(bytes);
	struct netlink_message m;
	struct nfq_packet p;

	while (netlink_next(&c, &m)) {
		if (m.type == NLMSG_ERROR && m.seq == seq)
			return netlink_error(&m, error) == 0;
		if (nfq_msg_packet(&m, (mono_t){ 0 }, false, &p) == 0)
			nfq_verdicts(n, &p, &accept, 1);
	}
	return false;
}

static int bind_queue(struct nfq *n, uint16_t queue, char *why)
{
	struct nfq_config config = { .queue = queue, .maxlen = n->opts.maxlen,
		.copy_range = n->opts.copy_range, .fail_open = true, .gso = true,
		.owner = n->opts.own_queue && queue == n->opts.own_queue,
		.seq = 1 + (uint32_t)queue };
	size_t len;
	int error = 0;

	nfq_msg_config(n->verdicts, sizeof(n->verdicts), &config, &len);
	if (!send_all(n, n->verdicts, len))
		return say_refused(n, queue, errno, why);
	for (;;) {
		ssize_t got = mnl_socket_recvfrom(n->socket, n->messages[0],
			MESSAGE_BYTES);

		if (got < 0 && (errno == EINTR || errno == ENOBUFS))
			continue;
		if (got < 0)
			return log_why(why, ERR_IO, "queue %u: no answer: %s", queue,
				strerror(errno));
		if (read_answer(n, (struct slice){ n->messages[0], (size_t)got },
				config.seq, &error))
			break;
	}
	return error ? say_refused(n, queue, error, why) : 0;
}

static int bind_all(struct nfq *n, char *why)
{
	for (uint16_t i = 0; i < n->opts.queues; i++) {
		int err = bind_queue(n, (uint16_t)(n->opts.first_queue + i), why);

		if (err)
			return err;
	}
	return 0;
}

static void set_options(const struct nfq *n)
{
	uint64_t want = n->opts.rcvbuf ? n->opts.rcvbuf :
		(uint64_t)n->opts.maxlen * n->opts.queues * SKB_BYTES;
	int bytes = want > INT32_MAX / 2 ? INT32_MAX / 2 : (int)want;
	struct timeval patience = { .tv_sec = 2 };
	int on = 1;

	/* None of these can end the work: what a smaller buffer costs is counted. */
	if (setsockopt(n->fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)))
		setsockopt(n->fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	setsockopt(n->fd, SOL_NETLINK, NETLINK_NO_ENOBUFS, &on, sizeof(on));
	setsockopt(n->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
}

static int check_opts(const struct nfq_opts *o, char *why)
{
	if (o->queues < 1 || o->queues > NFQ_QUEUES ||
	    o->first_queue > UINT16_MAX - (o->queues - 1))
		return log_why(why, ERR_RANGE, "%u queues from %u on: 1 to %d of them, "
			"none above 65535", o->queues, o->first_queue, NFQ_QUEUES);
	if (o->maxlen < 1 || o->maxlen > NFQ_MAXLEN)
		return log_why(why, ERR_RANGE, "queue length %u: 1 to %d", o->maxlen,
			NFQ_MAXLEN);
	if (o->copy_range < 1 || o->copy_range > NFQ_COPY_RANGE)
		return log_why(why, ERR_RANGE, "copy range %u: 1 to %d", o->copy_range,
			NFQ_COPY_RANGE);
	return 0;
}

static void lay_buffers(struct nfq *n)
{
	for (size_t i = 0; i < NFQ_BURST; i++) {
		n->vectors[i] = (struct iovec){ .iov_base = n->messages[i],
			.iov_len = MESSAGE_BYTES };
		n->heads[i].msg_hdr = (struct msghdr){ .msg_iov = &n->vectors[i],
			.msg_iovlen = 1 };
	}
}

int nfq_open(struct nfq **out, const struct nfq_opts *o, char why[WHY_TEXT])
{
	int err = check_opts(o, why);
	struct nfq *n;

	if (err)
		return err;
	n = calloc(1, sizeof(*n));
	if (!n)
		return log_why(why, ERR_MEMORY, "no memory for the packet queue");
	n->opts = *o;
	lay_buffers(n);
	n->proc = open(PROC_FILE, O_RDONLY | O_CLOEXEC);
	n->socket = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
	if (!n->socket) {
		err = log_why(why, netlink_err_of(errno), "netfilter's netlink: %s",
			strerror(errno));
		goto free_queue;
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
	n->stats = (struct nfq_stats){ 0 };
	*out = n;
	return 0;

close_socket:
	mnl_socket_close(n->socket);
free_queue:
	if (n->proc >= 0)
		close(n->proc);
	free(n);
	return err;
}

void nfq_close(struct nfq *n)
{
	if (!n)
		return;
	mnl_socket_close(n->socket);
	if (n->proc >= 0)
		close(n->proc);
	free(n);
}
