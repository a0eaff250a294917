/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The live connections with a peer, and when they last heard from it: what an acting
 * measure is held against.
 */
#include "base/err.h"
#include "base/time.h"
#include "core/packet.h"
#include "edge/sockdiag_private.h"

struct collection {
	const struct prefix *peer;
	struct sockdiag_flow *out;
	size_t max, n, missed;
};

static void collect(struct sockdiag *s, const struct diag_socket *d, void *ctx)
{
	struct collection *c = ctx;

	(void)s;
	if (d->state == DIAG_LISTEN || addr_is_loopback(&d->local) ||
	    !prefix_holds(c->peer, &d->peer))
		return;
	if (c->n == c->max) {
		c->missed++;
		return;
	}
	c->out[c->n++] = (struct sockdiag_flow){
		.cookie = (uint64_t)d->cookie[1] << 32 | d->cookie[0],
		.tuple = { .src = d->peer, .dst = d->local, .sport = d->peer_port,
			.dport = d->local_port, .proto = PROTO_TCP },
		.heard_ns = d->tells_heard ? d->heard_ms * NS_PER_MS : INT64_MAX,
	};
}

/* IPv4 peers are met in both families: a socket of :: serves them, mapped. */
static int visit(struct sockdiag *s, const struct prefix *peer, sockdiag_each each,
	void *ctx)
{
	struct diag_dump d = { .family = FAMILY_V6, .proto = PROTO_TCP,
		.states = SOCKDIAG_FLOWING, .peer = peer, .heard = true };
	int err = sockdiag_dump(s, &d, each, ctx);

	if (!err && peer->addr.family == FAMILY_V4) {
		d.family = FAMILY_V4;
		err = sockdiag_dump(s, &d, each, ctx);
	}
	if (err)
		s->stats.errors++;
	return err;
}

int sockdiag_flows(struct sockdiag *s, const struct prefix *peer,
	struct sockdiag_flow *out, size_t max, size_t *n)
{
	struct collection c = { .peer = peer, .out = out, .max = max };
	int err = visit(s, peer, collect, &c);

	if (err)
		return err;
	*n = c.n;
	return c.missed ? ERR_FULL : 0;
}

struct listening_in {
	const struct prefix *peer;
	int64_t within_ns;
	size_t n;
};

static void count_heard(struct sockdiag *s, const struct diag_socket *d, void *ctx)
{
	struct listening_in *l = ctx;

	(void)s;
	if (d->tells_heard && !addr_is_loopback(&d->local) &&
	    prefix_holds(l->peer, &d->peer) && d->heard_ms * NS_PER_MS <= l->within_ns)
		l->n++;
}

int sockdiag_heard(struct sockdiag *s, const struct prefix *peer, int64_t within_ns,
	size_t *heard)
{
	struct listening_in l = { .peer = peer, .within_ns = within_ns };
	int err = visit(s, peer, count_heard, &l);

	if (!err)
		*heard = l.n;
	return err;
}
