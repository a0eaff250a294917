/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Asks sock_diag. Two netlink sockets: one for dumps, one for single questions, so that
 * the sockets of a dump can be looked up and ended while it still runs, however many
 * there are.
 */
#include "edge/sockdiag_private.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/err.h"
#include "codec/diag_msg.h"
#include "core/packet.h"

/* A protocol that the kernel does not know is asked for rarely: each such question
 * makes it look for a module. */
#define ABSENT_PAUSE 64

static ssize_t receive(struct mnl_socket *from, uint8_t *bytes)
{
	ssize_t got;

	do
		got = mnl_socket_recvfrom(from, bytes, SOCKDIAG_ANSWER_BYTES);
	while (got < 0 && errno == EINTR);
	return got;
}

/* One datagram of a dump. ERR_AGAIN: there are more to come. */
static int read_dump(struct sockdiag *s, size_t len, const struct diag_dump *d,
	sockdiag_each each, void *ctx)
{
	struct cursor c = cursor_over((struct slice){ s->dumped, len });
	struct netlink_message m;
	struct diag_socket found;

	while (netlink_next(&c, &m)) {
		int error;

		if (m.seq != d->seq)
			continue; /* of a dump that was given up */
		if (netlink_error(&m, &error) == 0)
			return netlink_err_of(error);
		if (diag_msg_socket(&m, d->proto, &found) == 0)
			each(s, &found, ctx);
		else
			s->stats.malformed++;
	}
	if (c.failed)
		s->stats.malformed++;
	return ERR_AGAIN;
}

int sockdiag_dump(struct sockdiag *s, struct diag_dump *d, sockdiag_each each, void *ctx)
{
	size_t len;
	int err;

	d->seq = ++s->seq;
	err = diag_msg_dump(s->request, sizeof(s->request), d, &len);
	if (err)
		return err;
	s->stats.dumps++;
	if (mnl_socket_sendto(s->dump, s->request, len) < 0)
		return netlink_err_of(errno);
	do {
		ssize_t got = receive(s->dump, s->dumped);

		if (got < 0)
			return ERR_IO;
		err = read_dump(s, (size_t)got, d, each, ctx);
	} while (err == ERR_AGAIN);
	return err;
}

/* Both families; the first failure ends it. */
static int dump_both(struct sockdiag *s, uint8_t proto, uint32_t states,
	sockdiag_each each, void *ctx)
{
	struct diag_dump d = { .family = FAMILY_V4, .proto = proto, .states = states };
	int err = sockdiag_dump(s, &d, each, ctx);

	if (err)
		return err;
	d.family = FAMILY_V6;
	return sockdiag_dump(s, &d, each, ctx);
}

/*
 * Sends what stands in s->request and waits for its one answer: a socket where found is
 * asked for, else an acknowledgement.
 */
static int ask_single(struct sockdiag *s, size_t len, uint8_t proto, struct diag_socket *found)
{
	if (mnl_socket_sendto(s->single, s->request, len) < 0)
		return netlink_err_of(errno);
	for (;;) {
		ssize_t got = receive(s->single, s->answer);
		struct netlink_message m;
		struct cursor c;
		int error;

		if (got < 0)
			return ERR_IO;
		c = cursor_over((struct slice){ s->answer, (size_t)got });
		while (netlink_next(&c, &m)) {
			if (m.seq != s->seq)
				continue;
			if (netlink_error(&m, &error) == 0)
				return found && !error ? ERR_IO : netlink_err_of(error);
			if (found)
				return diag_msg_socket(&m, proto, found);
		}
	}
}

int sockdiag_exact(struct sockdiag *s, const struct diag_ends *e, struct diag_socket *found)
{
	size_t len;
	int err = diag_msg_exact(s->request, sizeof(s->request), e, ++s->seq, &len);

	if (err)
		return err;
	s->stats.lookups++;
	return ask_single(s, len, e->proto, found);
}

static int look_up(struct sockdiag *s, const struct diag_ends *e,
	struct diag_socket *found)
{
	int err = sockdiag_exact(s, e, found);

	if (err)
		return err;
	return diag_msg_is_exact(found, e) ? 0 : ERR_ABSENT;
}

struct listening {
	struct listen_snapshot *out;
	enum listen_proto proto;
};

static void note_port(struct sockdiag *s, const struct diag_socket *d, void *ctx)
{
	const struct listening *l = ctx;

	(void)s;
	if (d->local_port && !addr_is_loopback(&d->local))
		listen_snapshot_add(l->out, l->proto, d->local_port);
}

static bool list_ports(struct sockdiag *s, enum listen_proto proto, uint8_t number,
	uint32_t states, struct listen_snapshot *out)
{
	struct listening l = { .out = out, .proto = proto };
	int err;

	if (s->pause[proto] > 0) {
		s->pause[proto]--;
		return false;
	}
	err = dump_both(s, number, states, note_port, &l);
	if (!err)
		return true;
	if (err == ERR_ABSENT || err == ERR_UNSUPPORTED)
		s->pause[proto] = ABSENT_PAUSE;
	else
		s->stats.errors++;
	memset(out->ports[proto], 0, sizeof(out->ports[proto]));
	return false;
}

int sockdiag_listening(struct sockdiag *s, struct listen_snapshot *out)
{
	const uint32_t listeners = DIAG_BIT(DIAG_LISTEN);
	bool any = false;

	memset(out, 0, sizeof(*out));
	out->known[LISTEN_TCP] = list_ports(s, LISTEN_TCP, PROTO_TCP, listeners, out);
	out->known[LISTEN_UDP] = list_ports(s, LISTEN_UDP, PROTO_UDP, DIAG_ALL, out);
	out->known[LISTEN_SCTP] = list_ports(s, LISTEN_SCTP, PROTO_SCTP, listeners, out);
	for (size_t i = 0; i < LISTEN_PROTOS; i++)
		any |= out->known[i];
	return any ? 0 : ERR_IO;
}

struct census {
	struct service_census *out;
	size_t max, n;
	bool cut;
};

static struct service_census *census_entry(struct sockdiag *s, struct census *c,
	uint16_t port)
{
	if (s->row[port])
		return &c->out[s->row[port] - 1];
	if (c->n == c->max || c->n == UINT16_MAX) {
		s->stats.census_cut++;
		c->cut = true;
		return NULL;
	}
	c->out[c->n] = (struct service_census){ .proto = PROTO_TCP, .port = port };
	s->row[port] = (uint16_t)++c->n;
	return &c->out[c->n - 1];
}

/* Several sockets may serve one port: by family, by address, by SO_REUSEPORT. */
static void count_listener(struct sockdiag *s, const struct diag_socket *d, void *ctx)
{
	struct service_census *e;

	if (d->state != DIAG_LISTEN || addr_is_loopback(&d->local))
		return;
	e = census_entry(s, ctx, d->local_port);
	if (!e)
		return;
	e->accept_queue += d->receive_queue;
	e->backlog += d->send_queue;
}

static void count_half_open(struct sockdiag *s, const struct diag_socket *d, void *ctx)
{
	const struct census *c = ctx;
	uint16_t row = s->row[d->local_port];

	if (!row)
		return;
	c->out[row - 1].half_open++;
	if (d->retrans > 0) /* the first repeat of the SYN-ACK comes after a second */
		c->out[row - 1].half_open_old++;
}

int sockdiag_census(struct sockdiag *s, bool half_open, struct service_census *out,
	size_t max, size_t *n)
{
	struct census c = { .out = out, .max = max };
	int err = dump_both(s, PROTO_TCP, DIAG_BIT(DIAG_LISTEN), count_listener, &c);

	if (!err && half_open)
		err = dump_both(s, PROTO_TCP, DIAG_BIT(DIAG_SYN_RECV),
			count_half_open, &c);
	for (size_t i = 0; i < c.n; i++)
		s->row[out[i].port] = 0;
	if (err) {
		s->stats.errors++;
		return err;
	}
	*n = c.n;
	return c.cut ? ERR_FULL : 0;
}

static enum ask_fate fate_of(enum diag_state state)
{
	switch (state) {
	case DIAG_ESTABLISHED:
	case DIAG_FIN_WAIT1:
	case DIAG_FIN_WAIT2:
	case DIAG_TIME_WAIT:
	case DIAG_CLOSE_WAIT:
	case DIAG_LAST_ACK:
	case DIAG_CLOSING:
		return FATE_SOCKET;
	case DIAG_SYN_SENT:
	case DIAG_SYN_RECV:
		return FATE_HALF_OPEN;
	case DIAG_NONE:
	case DIAG_CLOSE:
	case DIAG_LISTEN:
		break;
	}
	return FATE_GONE;
}

int sockdiag_fate(struct sockdiag *s, const struct tuple *t, enum ask_fate *fate)
{
	struct diag_ends ends = { .proto = t->proto, .local = t->dst, .peer = t->src,
		.local_port = t->dport, .peer_port = t->sport };
	struct diag_socket found = { 0 };
	int err;

	*fate = FATE_UNKNOWN;
	if (t->proto != PROTO_TCP)
		return 0;
	err = look_up(s, &ends, &found);
	if (err == ERR_ABSENT) {
		*fate = FATE_GONE;
		return 0;
	}
	if (err) {
		s->stats.errors++;
		return err;
	}
	*fate = fate_of((enum diag_state)found.state);
	return 0;
}

struct cull {
	const struct prefix *peer;
	size_t killed;
	int err; /* the first that was none of the socket's own */
};

/* The dump is a moment old: the socket may have gone, and its tuple lead to the
 * listener. */
static int destroy(struct sockdiag *s, const struct diag_socket *d)
{
	struct diag_ends ends = { .proto = PROTO_TCP, .local = d->local, .peer = d->peer,
		.local_port = d->local_port, .peer_port = d->peer_port,
		.interface = d->interface };
	struct diag_socket now = { 0 };
	size_t len;
	int err = look_up(s, &ends, &now);

	if (err)
		return err;
	if (memcmp(now.cookie, d->cookie, sizeof(now.cookie)) != 0)
		return ERR_ABSENT;
	err = diag_msg_destroy(s->request, sizeof(s->request), &now, ++s->seq, &len);
	if (err)
		return err;
	return ask_single(s, len, PROTO_TCP, NULL);
}

static void destroy_one(struct sockdiag *s, const struct diag_socket *d, void *ctx)
{
	struct cull *c = ctx;
	int err;

	if (d->state == DIAG_LISTEN || !prefix_holds(c->peer, &d->peer))
		return;
	err = destroy(s, d);
	if (!err) {
		c->killed++;
		s->stats.destroyed++;
		return;
	}
	s->stats.spared++;
	if (err != ERR_ABSENT && err != ERR_GUARDED && !c->err)
		c->err = err;
}

int sockdiag_destroy_flows(struct sockdiag *s, const struct prefix *peer, size_t *killed)
{
	struct diag_dump d = { .family = FAMILY_V6, .proto = PROTO_TCP,
		.states = SOCKDIAG_FLOWING, .peer = peer };
	struct cull c = { .peer = peer };
	int err = sockdiag_dump(s, &d, destroy_one, &c);

	/* IPv4 peers are met in both families: a socket of :: serves them, mapped. */
	if (!err && peer->addr.family == FAMILY_V4) {
		d.family = FAMILY_V4;
		err = sockdiag_dump(s, &d, destroy_one, &c);
	}
	*killed = c.killed;
	if (err)
		s->stats.errors++;
	return err ? err : c.err;
}

/* Asked about a socket that cannot be: a cookie counts up from 1, so this one is never
 * reached, whatever the tuple leads to. */
int sockdiag_can_destroy(struct sockdiag *s)
{
	struct diag_socket never = { .proto = PROTO_TCP, .state = DIAG_ESTABLISHED,
		.local = addr_v4((const uint8_t[]){ 127, 0, 0, 1 }),
		.peer = addr_v4((const uint8_t[]){ 127, 0, 0, 1 }), .local_port = 1,
		.peer_port = 1, .cookie = { UINT32_MAX - 1, UINT32_MAX - 1 } };
	size_t len;
	int err = diag_msg_destroy(s->request, sizeof(s->request), &never, ++s->seq, &len);

	if (!err)
		err = ask_single(s, len, PROTO_TCP, NULL);
	return err == ERR_ABSENT ? 0 : err;
}

void sockdiag_stats(const struct sockdiag *s, struct sockdiag_stats *out)
{
	*out = s->stats;
}

int sockdiag_fd(const struct sockdiag *s)
{
	return mnl_socket_get_fd(s->single);
}

static struct mnl_socket *open_socket(void)
{
	struct mnl_socket *m = mnl_socket_open2(NETLINK_SOCK_DIAG, SOCK_CLOEXEC);
	struct timeval patience = { .tv_sec = 2 }; /* a lost answer must not hang us */

	if (!m)
		return NULL;
	if (mnl_socket_bind(m, 0, MNL_SOCKET_AUTOPID) < 0) {
		mnl_socket_close(m);
		return NULL;
	}
	setsockopt(mnl_socket_get_fd(m), SOL_SOCKET, SO_RCVTIMEO, &patience,
		sizeof(patience));
	return m;
}

int sockdiag_open(struct sockdiag **out, char why[WHY_TEXT])
{
	struct sockdiag *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return log_why(why, ERR_MEMORY, "no memory for questions about sockets");
	s->dump = open_socket();
	if (!s->dump)
		goto free_sockdiag;
	s->single = open_socket();
	if (!s->single)
		goto close_dump;
	*out = s;
	return 0;

close_dump:
	mnl_socket_close(s->dump);
free_sockdiag:
	err = log_why(why, netlink_err_of(errno), "sock_diag: %s", strerror(errno));
	free(s);
	return err;
}

void sockdiag_close(struct sockdiag *s)
{
	if (!s)
		return;
	mnl_socket_close(s->dump);
	mnl_socket_close(s->single);
	free(s);
}
