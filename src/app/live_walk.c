/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Listeners first, so that each connection finds its service; then what lives; what is in TIME_WAIT comes last, for of
 * that there may be more than there is room for, and it is the least of news.
 */
#include "app/live_walk.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "codec/diag_msg.h"
#include "core/packet.h"
#include "edge/clock.h"
#include "edge/conntrack.h"
#include "edge/host_counters.h"
#include "edge/links.h"
#include "edge/process.h"
#include "edge/sockdiag.h"

#define TRACKED_MOST 8192 /* a dump of more would cost more than the view is worth: then what is no TCP is not measured */
#define LIVING (DIAG_ALL & ~(DIAG_BIT(DIAG_LISTEN) | DIAG_BIT(DIAG_TIME_WAIT) | DIAG_BIT(DIAG_CLOSE)))

struct live_walk {
	struct sockdiag *sockets;
	struct host_counters *counters; /* NULL: cannot be read */
	struct process *processes;      /* NULL: likewise */
	struct conntrack *conntrack;    /* NULL: likewise; and for */
	struct links *links;            /* it, whose address is ours */
	struct guards own;
	uint32_t datagrams;             /* index of the first flow of a datagram socket */
	struct hash_key key;
	size_t map_room;
	void *map_memory;
	struct map *known;              /* inode to index of the process, of the snapshot before */
	const struct live_snapshot *before;
	struct live_snapshot *now;
};

static void ask_who(struct live_walk *w, const struct diag_socket *d, struct live_process *out)
{
	struct socket_owner owner = { .uid = d->uid, .inode = d->inode, .cgroup = d->cgroup };
	struct process_who who = { .uid = d->uid };

	if (w->processes)
		process_who(w->processes, &owner, w->now->at, &who);
	*out = (struct live_process){ .pid = who.pid, .uid = who.uid, .cgroup = d->cgroup };
	text_copy(out->comm, sizeof(out->comm), who.comm);
	text_copy(out->unit, sizeof(out->unit), who.unit);
	text_copy(out->user, sizeof(out->user), who.user);
}

/* Whoever held it a second ago holds it still; to ask is a look into /proc each. */
static uint32_t process_of(struct live_walk *w, const struct diag_socket *d)
{
	struct live_process p;
	uint32_t at = MAP_NONE;

	if (d->inode == 0)
		return LIVE_NOBODY; /* half-open, or closed by its program */
	if (w->known)
		at = map_get(w->known, d->inode);
	if (at != MAP_NONE && w->before->processes[at].pid)
		p = w->before->processes[at];
	else
		ask_who(w, d, &p);
	return live_process_of(w->now, &p);
}

static void remember(struct live_walk *w, const struct live_snapshot *before)
{
	w->known = NULL;
	w->before = before;
	if (!before || map_create(&w->known, w->map_memory, w->map_room, LIVE_FLOWS, &w->key))
		return;
	for (uint32_t i = 0; i < before->n_flows; i++)
		if (before->flows[i].inode && before->flows[i].process < before->n_processes)
			map_set(w->known, before->flows[i].inode, before->flows[i].process);
}

static struct live_service *add_service(struct live_walk *w, const struct diag_socket *d)
{
	struct live_snapshot *s = w->now;
	bool loopback = addr_is_loopback(&d->local);
	struct live_service *v = live_service_of(s, d->proto, d->local_port);

	if (v) {
		v->loopback = v->loopback && loopback;
		return v;
	}
	if (s->n_services == LIVE_SERVICES) {
		s->services_cut++;
		return NULL;
	}
	v = &s->services[s->n_services++];
	*v = (struct live_service){ .proto = d->proto, .port = d->local_port, .loopback = loopback,
		.process = process_of(w, d) };
	return v;
}

static void take_listener(void *ctx, const struct diag_socket *d)
{
	struct live_walk *w = ctx;
	struct live_service *v;

	w->now->sample.states[SOCKET_LISTEN]++;
	v = add_service(w, d);
	if (!v)
		return;
	v->accept_queue += d->receive_queue;
	v->backlog += d->send_queue;
}

static void count_at(struct live_service *v, enum socket_state state)
{
	if (state == SOCKET_ESTABLISHED)
		v->established++;
	else if (state == SOCKET_SYN_RECV)
		v->half_open++;
	else if (state == SOCKET_CLOSE_WAIT)
		v->close_wait++;
	else if (state == SOCKET_TIME_WAIT)
		v->time_wait++;
}

static struct live_flow *add_flow(struct live_walk *w, const struct diag_socket *d, struct live_service *v)
{
	struct live_snapshot *s = w->now;
	struct live_flow *f;

	if (s->n_flows == LIVE_FLOWS) {
		s->flows_cut++;
		return NULL;
	}
	f = &s->flows[s->n_flows++];
	*f = (struct live_flow){ .id = (uint64_t)d->cookie[1] << 32 | d->cookie[0], .local = d->local,
		.remote = d->peer, .local_port = d->local_port, .remote_port = d->peer_port, .proto = d->proto,
		.state = SOCKET_STATES, .direction = v ? FLOW_IN : FLOW_OUT, .inode = d->inode,
		.loopback = addr_is_loopback(&d->local) || addr_equal(&d->local, &d->peer),
		.process = process_of(w, d), .service = v ? (uint32_t)(v - s->services) : LIVE_NOBODY };
	return f;
}

static void take_connection(void *ctx, const struct diag_socket *d)
{
	struct live_walk *w = ctx;
	enum socket_state state = diag_socket_state(d);
	struct live_service *v = live_service_of(w->now, PROTO_TCP, d->local_port);
	struct live_flow *f;

	if (state == SOCKET_STATES)
		return;
	w->now->sample.states[state]++;
	if (v)
		count_at(v, state);
	f = add_flow(w, d, v);
	if (!f)
		return;
	f->state = (uint8_t)state;
	f->counted = d->tells_bytes;
	f->bytes[HOST_IN] = d->received;
	f->bytes[HOST_OUT] = d->acked;
}

/* A datagram socket with a peer is a flow whose bytes the kernel does not count; one without serves, or waits for the
 * answer to a question. */
static void take_datagrams(void *ctx, const struct diag_socket *d)
{
	struct live_walk *w = ctx;

	if (d->local_port == 0)
		return;
	if (d->peer_port)
		add_flow(w, d, NULL);
	else
		add_service(w, d);
}

static bool is_own(const struct live_walk *w, const struct addr *a)
{
	return addr_is_loopback(a) || guards_find(&w->own, a);
}

/* The socket's flow that conntrack tells of, too; else a new one. */
static struct live_flow *flow_of(struct live_walk *w, const struct live_flow *like)
{
	struct live_snapshot *s = w->now;

	for (uint32_t i = w->datagrams; i < s->n_flows && i < w->datagrams + 256; i++) {
		struct live_flow *f = &s->flows[i];

		if (f->proto == like->proto && f->local_port == like->local_port && f->remote_port == like->remote_port &&
		    addr_equal(&f->local, &like->local) && addr_equal(&f->remote, &like->remote))
			return f;
	}
	if (s->n_flows == LIVE_FLOWS) {
		s->flows_cut++;
		return NULL;
	}
	s->flows[s->n_flows] = *like;
	return &s->flows[s->n_flows++];
}

/* From the side of this host, where it has one. */
static struct live_flow as_flow(const struct live_walk *w, const struct ct_flow *c)
{
	bool called = is_own(w, &c->end);
	bool begun = is_own(w, &c->tuple.src);

	if (called && !begun)
		return (struct live_flow){ .local = c->tuple.dst, .remote = c->tuple.src, .local_port = c->tuple.dport,
			.remote_port = c->tuple.sport, .direction = FLOW_IN };
	return (struct live_flow){ .local = c->tuple.src, .remote = c->tuple.dst, .local_port = c->tuple.sport,
		.remote_port = c->tuple.dport, .direction = begun ? FLOW_OUT : FLOW_FORWARD, .loopback = begun && called };
}

static void take_tracked(void *ctx, const struct ct_flow *c)
{
	struct live_walk *w = ctx;
	struct live_flow like = as_flow(w, c), *f;
	bool in = like.direction == FLOW_IN;
	struct live_service *v = in ? live_service_of(w->now, c->tuple.proto, like.local_port) : NULL;

	if (c->tuple.proto == PROTO_TCP)
		return;
	like.id = c->id;
	like.proto = c->tuple.proto;
	like.state = SOCKET_STATES;
	like.service = v ? (uint32_t)(v - w->now->services) : LIVE_NOBODY;
	like.process = v ? v->process : LIVE_NOBODY;
	f = flow_of(w, &like);
	if (!f)
		return;
	f->id = c->id;
	f->counted = c->counted;
	f->bytes[HOST_IN] = c->bytes[in ? 0 : 1];
	f->bytes[HOST_OUT] = c->bytes[in ? 1 : 0];
	w->now->others_counted |= c->counted;
}

/* What is no TCP, by conntrack, while that is small enough. */
static void walk_tracked(struct live_walk *w)
{
	struct links_found found = { .guards = &w->own };
	struct prefix all = { .addr.family = FAMILY_V4 };

	w->now->others_counted = false;
	if (!w->conntrack || !w->links || !(w->now->sample.known & KNOWN_CONNTRACK) ||
	    w->now->sample.conntrack > TRACKED_MOST)
		return;
	w->own.n = 0;
	if (links_addresses(w->links, &found))
		return;
	conntrack_of(w->conntrack, &all, take_tracked, w);
	all.addr.family = FAMILY_V6;
	conntrack_of(w->conntrack, &all, take_tracked, w);
}

static void read_counters(struct live_walk *w, struct host_sample *out)
{
	if (w->counters)
		host_counters_read(w->counters, out);
	out->wall = clock_wall();
}

void live_walk_take(struct live_walk *w, const struct live_snapshot *before, struct live_snapshot *out)
{
	int err;

	out->n_flows = out->n_services = out->n_processes = 0;
	out->flows_cut = out->services_cut = out->processes_cut = 0;
	memset(&out->sample, 0, sizeof(out->sample));
	out->at = clock_mono();
	w->now = out;
	remember(w, before);
	read_counters(w, &out->sample);
	err = sockdiag_visit(w->sockets, PROTO_TCP, DIAG_BIT(DIAG_LISTEN), take_listener, w);
	if (!err)
		err = sockdiag_visit(w->sockets, PROTO_TCP, LIVING, take_connection, w);
	if (!err)
		err = sockdiag_visit(w->sockets, PROTO_TCP, DIAG_BIT(DIAG_TIME_WAIT), take_connection, w);
	out->walked = !err;
	if (!err)
		out->sample.known |= KNOWN_STATES;
	w->datagrams = out->n_flows;
	sockdiag_visit(w->sockets, PROTO_UDP, DIAG_ALL, take_datagrams, w); /* a kernel may lack udp_diag */
	walk_tracked(w);
}

static int open_parts(struct live_walk *w, char why[WHY_TEXT])
{
	struct process_opts o = process_opts_default();
	char lesser[WHY_TEXT];

	if (host_counters_open(&w->counters, NULL, lesser))
		log_at(LOG_LEVEL_WARNING, "tidegate top goes without interfaces: %s", lesser);
	if (process_open(&w->processes, &o, lesser))
		log_at(LOG_LEVEL_WARNING, "tidegate top goes without the names of processes: %s", lesser);
	if (conntrack_open(&w->conntrack, lesser) || links_open(&w->links, lesser))
		log_at(LOG_LEVEL_WARNING, "tidegate top goes without what is no TCP: %s", lesser);
	return sockdiag_open(&w->sockets, why);
}

int live_walk_open(struct live_walk **out, const struct hash_key *key, char why[WHY_TEXT])
{
	struct live_walk *w = calloc(1, sizeof(*w));
	int err;

	if (!w)
		return log_why(why, ERR_MEMORY, "no memory");
	w->key = *key;
	w->map_room = map_bytes(LIVE_FLOWS);
	w->map_memory = malloc(w->map_room);
	err = w->map_memory ? open_parts(w, why) : log_why(why, ERR_MEMORY, "no memory");
	if (err) {
		live_walk_close(w);
		return err;
	}
	*out = w;
	return 0;
}

void live_walk_close(struct live_walk *w)
{
	if (!w)
		return;
	if (w->sockets)
		sockdiag_close(w->sockets);
	if (w->counters)
		host_counters_close(w->counters);
	if (w->processes)
		process_close(w->processes);
	if (w->conntrack)
		conntrack_close(w->conntrack);
	if (w->links)
		links_close(w->links);
	free(w->map_memory);
	free(w);
}
