/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Listens to the ends of flows. The socket does not ask for ENOBUFS: with it the kernel drops everything until the buffer
 * has been read empty; without, only what finds no room. What was dropped is in the socket's own counter.
 */
#include "edge/flow_ends.h"

#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"
#include "codec/flow_end_msg.h"
#include "codec/netlink.h"
#include "core/duty.h"

#define MESSAGE_BYTES 2048 /* an end takes 400 */
#define BUFFER_BYTES (4 << 20)
#define NOTES 65536 /* a power of two */
#define PORTS 65536
#define GROUPS 2

struct note {
	uint64_t cookie;
	mono_t first;
	struct socket_owner owner;
};

/* What is known of sockets that live. */
struct notes {
	struct listen_snapshot serves;
	uint32_t service[PORTS]; /* uid */
	struct note at[NOTES];   /* by the low bits of the cookie, which the kernel gives out in turn */
};

struct flow_ends {
	int fd;
	struct flow_ends_opts opts;
	struct duty duty;
	struct flow_ends_stats stats;
	struct notes *notes; /* TELLER_SOCKET */
	uint32_t drops;      /* the kernel's counter, when we last looked */
	struct mmsghdr heads[FLOW_ENDS_BATCH];
	struct iovec parts[FLOW_ENDS_BATCH];
	struct sockaddr_nl from[FLOW_ENDS_BATCH];
	_Alignas(NETLINK_ALIGN) uint8_t bytes[FLOW_ENDS_BATCH][MESSAGE_BYTES];
};

static size_t groups_of(enum flow_teller teller, int out[GROUPS])
{
	if (teller == TELLER_CONNTRACK) {
		out[0] = NFNLGRP_CONNTRACK_DESTROY;
		return 1;
	}
	out[0] = SKNLGRP_INET_TCP_DESTROY;
	out[1] = SKNLGRP_INET6_TCP_DESTROY;
	return 2;
}

static int change_groups(struct flow_ends *f, int what)
{
	int groups[GROUPS];
	size_t n = groups_of(f->opts.teller, groups);

	for (size_t i = 0; i < n; i++) {
		if (setsockopt(f->fd, SOL_NETLINK, what, &groups[i], sizeof(groups[i])))
			return errno == EINVAL ? ERR_UNSUPPORTED : netlink_err_of(errno); /* EINVAL: no such group */
	}
	return 0;
}

/* ---- what others note ---- */

void flow_ends_note_serves(struct flow_ends *f, const struct listen_snapshot *s)
{
	if (f->notes && s->known[LISTEN_TCP])
		f->notes->serves = *s;
}

void flow_ends_note_service(struct flow_ends *f, uint16_t port, uint32_t uid)
{
	if (f->notes)
		f->notes->service[port] = uid;
}

void flow_ends_note_socket(struct flow_ends *f, uint64_t cookie, const struct socket_owner *owner, mono_t now)
{
	struct note *n;

	if (!f->notes)
		return;
	n = &f->notes->at[cookie & (NOTES - 1)];
	if (n->cookie == cookie) {
		n->owner = *owner; /* accepted since, perhaps */
		return;
	}
	f->stats.notes_lost += n->cookie != 0;
	*n = (struct note){ .cookie = cookie, .first = now, .owner = *owner };
}

static void add_owner(struct flow_ends *f, const struct ended_socket *s, mono_t now, struct flow_end *out)
{
	struct note *n = &f->notes->at[s->cookie & (NOTES - 1)];

	if (n->cookie == s->cookie && s->cookie) {
		out->owner = n->owner;
		out->lasted_ns = mono_since(now, n->first);
		*n = (struct note){ 0 };
		return;
	}
	if (out->direction == FLOW_IN)
		out->owner.uid = f->notes->service[s->local_port];
	f->stats.unknown_owner += out->owner.uid == OWNER_UNKNOWN;
}

/* ---- one message ---- */

static bool is_own(const struct flow_ends *f, const struct addr *a)
{
	return f->opts.is_own && f->opts.is_own(f->opts.ctx, a);
}

/* From this host to itself. */
static bool stays_here(const struct flow_ends *f, const struct addr *a, const struct addr *b)
{
	return addr_is_loopback(a) || addr_is_loopback(b) || addr_equal(a, b) || (is_own(f, a) && is_own(f, b));
}

/* True where *out was written. */
static bool read_socket(struct flow_ends *f, const struct netlink_message *m, mono_t now, struct flow_end *out)
{
	struct ended_socket s;
	int err = flow_end_msg_socket(m, &s);

	if (err == ERR_ABSENT || (!err && stays_here(f, &s.local, &s.peer))) {
		f->stats.left_out++;
		return false;
	}
	if (err) {
		f->stats.malformed++;
		return false;
	}
	flow_end_of_socket(&s, listen_snapshot_has(&f->notes->serves, LISTEN_TCP, s.local_port), out);
	add_owner(f, &s, now, out);
	return true;
}

static bool read_entry(struct flow_ends *f, const struct netlink_message *m, struct flow_end *out)
{
	struct ended_entry e;
	bool from_us, to_us;

	if (flow_end_msg_entry(m, &e)) {
		f->stats.malformed++;
		return false;
	}
	if (stays_here(f, &e.tuple.src, &e.end)) {
		f->stats.left_out++;
		return false;
	}
	from_us = is_own(f, &e.tuple.src);
	to_us = is_own(f, &e.end);
	flow_end_of_entry(&e, from_us, to_us, out);
	return true;
}

/* A datagram holds one end; should the kernel ever put more into one, the others are malformed, not read past `out`. */
static bool read_datagram(struct flow_ends *f, struct slice bytes, mono_t now, struct flow_end *out)
{
	struct cursor c = cursor_over(bytes);
	struct netlink_message m;

	f->stats.received++;
	if (!netlink_next(&c, &m) || cursor_left(&c)) {
		f->stats.malformed++;
		return false;
	}
	return f->opts.teller == TELLER_CONNTRACK ? read_entry(f, &m, out) : read_socket(f, &m, now, out);
}

/* ---- reading ---- */

static void count_drops(struct flow_ends *f)
{
	uint32_t info[SK_MEMINFO_VARS] = { 0 };
	socklen_t len = sizeof(info);

	if (getsockopt(f->fd, SOL_SOCKET, SO_MEMINFO, info, &len) || len < sizeof(info))
		return;
	f->stats.lost += info[SK_MEMINFO_DROPS] - f->drops;
	f->drops = info[SK_MEMINFO_DROPS];
}

static int receive(struct flow_ends *f, unsigned *got)
{
	int n;

	for (size_t i = 0; i < FLOW_ENDS_BATCH; i++)
		f->heads[i].msg_hdr.msg_namelen = sizeof(f->from[i]);
	do
		n = recvmmsg(f->fd, f->heads, FLOW_ENDS_BATCH, MSG_DONTWAIT, NULL);
	while (n < 0 && errno == EINTR);
	*got = n > 0 ? (unsigned)n : 0;
	/* ENOBUFS: not asked for, but it harms nobody */
	if (n >= 0 || errno == EAGAIN || errno == ENOBUFS)
		return 0;
	return ERR_IO;
}

static void take_batch(struct flow_ends *f, unsigned got, mono_t now, struct flow_end *out, size_t *n)
{
	for (unsigned i = 0; i < got; i++) {
		const struct mmsghdr *h = &f->heads[i];

		if (f->from[i].nl_pid != 0 || h->msg_hdr.msg_flags & MSG_TRUNC) { /* not of the kernel, or cut */
			f->stats.malformed++;
			continue;
		}
		if (!read_datagram(f, (struct slice){ f->bytes[i], h->msg_len }, now, &out[*n]))
			continue;
		out[*n].weight = f->duty.weight;
		f->stats.told++;
		(*n)++;
	}
}

/* What is lost was made by the kernel as well: it counts for the bound. */
static int keep_bound(struct flow_ends *f, uint64_t came, mono_t now)
{
	uint64_t lost = f->stats.lost;

	count_drops(f);
	if (duty_spend(&f->duty, came + f->stats.lost - lost, now))
		return change_groups(f, NETLINK_DROP_MEMBERSHIP);
	return 0;
}

int flow_ends_read(struct flow_ends *f, mono_t now, struct flow_end *out, size_t max, size_t *n)
{
	uint64_t came = 0;
	unsigned got = 0;
	int err = 0, bound;

	*n = 0;
	if (max < FLOW_ENDS_BATCH)
		return ERR_RANGE;
	if (duty_resume(&f->duty, now) && change_groups(f, NETLINK_ADD_MEMBERSHIP))
		return ERR_IO;
	do {
		err = receive(f, &got);
		take_batch(f, got, now, out, n);
		came += got;
	} while (!err && got == FLOW_ENDS_BATCH && max - *n >= FLOW_ENDS_BATCH);
	bound = keep_bound(f, came, now);
	if (err || bound)
		return ERR_IO;
	return got == FLOW_ENDS_BATCH ? ERR_FULL : 0;
}

int64_t flow_ends_due_ns(const struct flow_ends *f, mono_t now)
{
	return duty_due_ns(&f->duty, now);
}

void flow_ends_stats(const struct flow_ends *f, struct flow_ends_stats *out)
{
	*out = f->stats;
	out->pauses = f->duty.rests;
	out->paused_ns = f->duty.rested_ns;
	out->missed = f->duty.missed;
	out->paused = f->duty.resting;
}

int flow_ends_fd(const struct flow_ends *f)
{
	return f->fd;
}

/* ---- the handle ---- */

static void prepare_heads(struct flow_ends *f)
{
	for (size_t i = 0; i < FLOW_ENDS_BATCH; i++) {
		f->parts[i] = (struct iovec){ f->bytes[i], MESSAGE_BYTES };
		f->heads[i].msg_hdr = (struct msghdr){ .msg_name = &f->from[i], .msg_namelen = sizeof(f->from[i]),
			.msg_iov = &f->parts[i], .msg_iovlen = 1 };
	}
}

static int make_notes(struct flow_ends *f)
{
	if (f->opts.teller != TELLER_SOCKET)
		return 0;
	f->notes = calloc(1, sizeof(*f->notes));
	if (!f->notes)
		return ERR_MEMORY;
	memset(f->notes->service, 0xff, sizeof(f->notes->service)); /* OWNER_UNKNOWN */
	return 0;
}

static int open_socket(struct flow_ends *f)
{
	const struct sockaddr_nl self = { .nl_family = AF_NETLINK };
	bool tracked = f->opts.teller == TELLER_CONNTRACK;
	int bytes = f->opts.buffer_bytes ? (int)f->opts.buffer_bytes : BUFFER_BYTES;
	int on = 1;

	f->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
		tracked ? NETLINK_NETFILTER : NETLINK_SOCK_DIAG);
	if (f->fd < 0 || bind(f->fd, (const struct sockaddr *)&self, sizeof(self)))
		return netlink_err_of(errno);
	if (setsockopt(f->fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)))
		(void)setsockopt(f->fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	(void)setsockopt(f->fd, SOL_NETLINK, NETLINK_NO_ENOBUFS, &on, sizeof(on));
	return change_groups(f, NETLINK_ADD_MEMBERSHIP);
}

int flow_ends_open(struct flow_ends **out, const struct flow_ends_opts *o, mono_t now, char why[WHY_TEXT])
{
	struct flow_ends *f = calloc(1, sizeof(*f));
	int err;

	if (!f)
		return log_why(why, ERR_MEMORY, "no memory for the ends of flows");
	f->fd = -1;
	f->opts = *o;
	duty_start(&f->duty, o->most, now);
	prepare_heads(f);
	err = make_notes(f);
	if (!err)
		err = open_socket(f);
	if (err) {
		flow_ends_close(f);
		return log_why(why, err, "ends of flows from %s: %s",
			o->teller == TELLER_CONNTRACK ? "conntrack" : "sockets", err_text(err));
	}
	*out = f;
	return 0;
}

void flow_ends_close(struct flow_ends *f)
{
	if (!f)
		return;
	if (f->fd >= 0)
		close(f->fd);
	free(f->notes);
	free(f);
}
