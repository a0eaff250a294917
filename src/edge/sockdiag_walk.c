/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The walk. The kernel tells of listeners before it tells of connections, so a connection to a port that is no service yet
 * is none of a service: it is ours to others.
 */
#include "edge/sockdiag_walk.h"

#include <string.h>

#include "base/err.h"
#include "core/packet.h"
#include "edge/clock.h"
#include "edge/sockdiag_private.h"

/* All that ss -ta shows. Bound sockets without a use would cost a second table of the kernel's. */
#define WALKED (DIAG_BIT(DIAG_ESTABLISHED) | DIAG_BIT(DIAG_SYN_SENT) | DIAG_BIT(DIAG_SYN_RECV) | \
	DIAG_BIT(DIAG_FIN_WAIT1) | DIAG_BIT(DIAG_FIN_WAIT2) | DIAG_BIT(DIAG_TIME_WAIT) | DIAG_BIT(DIAG_CLOSE_WAIT) | \
	DIAG_BIT(DIAG_LAST_ACK) | DIAG_BIT(DIAG_LISTEN) | DIAG_BIT(DIAG_CLOSING))

/* A kernel without udp_diag is asked rarely: each such question makes it look for a module. */
#define ABSENT_PAUSE 64

struct walking {
	struct socket_walk *w;
	bool cut;
};

static void note_owner(struct socket_walk *w, const struct diag_socket *d)
{
	struct service_owner o = { .proto = d->proto, .port = d->local_port,
		.owner = { .uid = d->uid, .inode = d->inode, .cgroup = d->cgroup } };

	if (w->owners && service_owners_add(w->owners, &w->n_owners, w->max_owners, &o))
		w->owners_cut++;
}

static struct service_census *service_at(struct sockdiag *s, struct walking *g, uint16_t port)
{
	struct socket_walk *w = g->w;

	if (s->row[port])
		return &w->services[s->row[port] - 1];
	if (w->n_services == w->max_services || w->n_services == UINT16_MAX) {
		s->stats.census_cut++;
		g->cut = true;
		return NULL;
	}
	w->services[w->n_services] = (struct service_census){ .proto = PROTO_TCP, .port = port };
	s->row[port] = (uint16_t)++w->n_services;
	return &w->services[w->n_services - 1];
}

static void note_listener(struct sockdiag *s, struct walking *g, const struct diag_socket *d)
{
	struct service_census *e;

	if (addr_is_loopback(&d->local))
		return;
	note_owner(g->w, d);
	e = service_at(s, g, d->local_port);
	if (!e)
		return;
	e->accept_queue += d->receive_queue;
	e->backlog += d->send_queue;
}

/* A peer that has never said a word has been quiet since its handshake. */
static void note_held(struct socket_walk *w, const struct diag_socket *d)
{
	const uint64_t cookie = (uint64_t)d->cookie[1] << 32 | d->cookie[0];
	uint32_t age = w->since ? held_since_age_ms(w->since, cookie) : 0;
	struct held_socket held = { .peer = d->peer, .proto = PROTO_TCP, .port = d->local_port,
		.close_wait = d->state == DIAG_CLOSE_WAIT };

	if (!w->holders)
		return;
	held.received = d->tells_bytes ? d->received : UINT64_MAX;
	held.quiet_ms = d->tells_heard ? d->quiet_ms : 0;
	held.age_ms = held.quiet_ms > age ? held.quiet_ms : age;
	holders_add(w->holders, &held);
}

/* A connection to no port that is served is one of ours to others. */
static void note_upload(struct socket_walk *w, const struct diag_socket *d)
{
	const uint64_t cookie = (uint64_t)d->cookie[1] << 32 | d->cookie[0];
	uint32_t age;

	if (!w->uploads || !d->tells_bytes || addr_is_loopback(&d->peer) || !uploads_grew(w->uploads, cookie, d->acked) ||
	    w->n_sent == UPLOADS_SOCKETS)
		return;
	age = w->since ? held_since_age_ms(w->since, cookie) : 0;
	w->sent[w->n_sent++] = (struct flow_end){
		.tuple = { .src = d->local, .dst = d->peer, .sport = d->local_port, .dport = d->peer_port, .proto = PROTO_TCP },
		.direction = FLOW_OUT, .teller = TELLER_SOCKET, .proof = PROOF_ANSWERED, .so_far = true, .weight = 1,
		.bytes = { [FLOW_THERE] = d->acked - 1 /* the SYN */, [FLOW_BACK] = d->received },
		.lasted_ns = age ? age * NS_PER_MS : -1,
		.owner = { .uid = d->inode ? d->uid : OWNER_UNKNOWN, .inode = d->inode, .cgroup = d->cgroup } };
}

static void count_socket(struct sockdiag *s, const struct diag_socket *d, void *ctx)
{
	const enum socket_state state = diag_socket_state(d);
	struct walking *g = ctx;
	struct service_census *e;

	if (state == SOCKET_STATES)
		return;
	g->w->states[state]++;
	g->w->sockets++;
	if (state == SOCKET_LISTEN) {
		note_listener(s, g, d);
		return;
	}
	if (!s->row[d->local_port]) {
		note_upload(g->w, d);
		return;
	}
	e = &g->w->services[s->row[d->local_port] - 1];
	e->half_open += state == SOCKET_SYN_RECV;
	e->half_open_old += state == SOCKET_SYN_RECV && d->retrans > 0; /* repeated after a second */
	e->established += state == SOCKET_ESTABLISHED;
	e->close_wait += state == SOCKET_CLOSE_WAIT;
	e->time_wait += state == SOCKET_TIME_WAIT;
	if ((state == SOCKET_ESTABLISHED || state == SOCKET_CLOSE_WAIT) && !addr_is_loopback(&d->peer))
		note_held(g->w, d);
}

static void note_datagrams(struct sockdiag *s, const struct diag_socket *d, void *ctx)
{
	struct walking *g = ctx;

	(void)s;
	if (d->local_port && !addr_is_loopback(&d->local))
		note_owner(g->w, d);
}

/* Of a UDP socket, the state CLOSE says that it is connected to nobody. */
static void walk_datagrams(struct sockdiag *s, struct walking *g)
{
	struct diag_dump d = { .family = FAMILY_V4, .proto = PROTO_UDP, .states = DIAG_BIT(DIAG_CLOSE) };
	int err;

	if (!g->w->owners)
		return;
	if (s->pause[LISTEN_UDP] > 0) {
		s->pause[LISTEN_UDP]--;
		return;
	}
	err = sockdiag_dump(s, &d, note_datagrams, g);
	d.family = FAMILY_V6;
	if (!err)
		err = sockdiag_dump(s, &d, note_datagrams, g);
	if (err == ERR_ABSENT || err == ERR_UNSUPPORTED)
		s->pause[LISTEN_UDP] = ABSENT_PAUSE;
	else if (err)
		s->stats.errors++;
}

static int walk(struct sockdiag *s, struct walking *g, mono_t now)
{
	struct socket_walk *w = g->w;
	struct diag_dump d = { .both = true, .proto = PROTO_TCP, .states = WALKED, .heard = w->holders || w->uploads };
	int err;

	if (w->holders)
		holders_begin(w->holders);
	if (w->since)
		held_since_begin(w->since, now);
	if (w->uploads)
		uploads_begin(w->uploads);
	err = sockdiag_dump(s, &d, count_socket, g);
	for (size_t i = 0; i < w->n_services; i++)
		s->row[w->services[i].port] = 0;
	if (err) {
		s->stats.errors++;
		return err;
	}
	if (w->since)
		held_since_end(w->since);
	if (w->uploads)
		uploads_end(w->uploads);
	walk_datagrams(s, g);
	return g->cut ? ERR_FULL : 0;
}

int sockdiag_walk(struct sockdiag *s, struct socket_walk *w, mono_t now)
{
	const int64_t before = clock_spent_ns();
	struct walking g = { .w = w };
	int err;

	w->n_services = w->n_owners = w->n_sent = 0;
	w->owners_cut = w->sockets = 0;
	memset(w->states, 0, sizeof(w->states));
	err = walk(s, &g, now);
	w->spent_ns = clock_spent_ns() - before;
	return err;
}
