/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel's sockets say: which ports are served, how full the services are,
 * whether one connection came about, and the end of live connections. Blocks for as long
 * as the kernel walks its tables (microseconds; with very many sockets, milliseconds), so
 * it is not for the packet thread. For one thread.
 */
#ifndef TIDEGATE_EDGE_SOCKDIAG_H
#define TIDEGATE_EDGE_SOCKDIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/time.h"
#include "core/actor.h"
#include "core/ask.h"
#include "core/detect_flood.h"
#include "core/listen.h"
#include "edge/log.h"

struct sockdiag_stats {
	uint64_t dumps;
	uint64_t lookups;
	uint64_t destroyed;
	uint64_t spared;    /* destroys called off: gone by then, or another one */
	uint64_t errors;    /* questions that the kernel did not answer */
	uint64_t malformed;
	uint64_t census_cut; /* services that did not fit into the caller's array */
};

struct sockdiag;

int sockdiag_open(struct sockdiag **out, char why[WHY_TEXT]);
void sockdiag_close(struct sockdiag *s);
int sockdiag_fd(const struct sockdiag *s);

/*
 * The ports that are bound for strangers: TCP listeners, every bound UDP socket, SCTP
 * where the kernel can tell. Sockets on 127/8 or ::1 alone do not count. A question that
 * fails leaves known false; ERR_IO where all failed.
 */
int sockdiag_listening(struct sockdiag *s, struct listen_snapshot *out);

/*
 * One entry for each TCP port with a listener for strangers. half_open asks for the
 * costlier count of handshakes under way (else 0). ERR_FULL: max were written, some are
 * missing.
 */
int sockdiag_census(struct sockdiag *s, bool half_open, struct service_census *out,
	size_t max, size_t *n);

/*
 * What became of one connection that a peer began (tuple.src is the peer). Only TCP has
 * an answer here, others get FATE_UNKNOWN. A socket bound to an interface is not found
 * (the tuple does not know which): conntrack answers for it. On failure *fate is
 * FATE_UNKNOWN.
 */
int sockdiag_fate(struct sockdiag *s, const struct tuple *t, enum ask_fate *fate);

/*
 * Resets all TCP connections, half-open ones too, whose peer is in the prefix. Block
 * first: else they are back at once. Each is looked up again right before, and ended by
 * its cookie: a LISTENER IS NEVER DESTROYED, also where the connection vanishes in
 * between. ERR_PERMISSION, ERR_UNSUPPORTED (kernel without INET_DIAG_DESTROY), ERR_IO;
 * *killed counts also then.
 */
int sockdiag_destroy_flows(struct sockdiag *s, const struct prefix *peer, size_t *killed);

/* A live connection: its peer is the tuple's src. */
struct sockdiag_flow {
	uint64_t cookie; /* this very socket's, from its handshake to its end */
	struct tuple tuple;
	int64_t heard_ns; /* since data or an acknowledgement of it came; INT64_MAX: unknown */
};

/*
 * The TCP connections whose peer is in the prefix, half-open ones too; neither listeners
 * nor TIME_WAIT, nor what is on loopback. The kernel itself compares. ERR_FULL: max were
 * written, there are more.
 */
int sockdiag_flows(struct sockdiag *s, const struct prefix *peer,
	struct sockdiag_flow *out, size_t max, size_t *n);

/* How many of them heard from it within the last within_ns. The kernel counts in ticks:
 * exact to about 10 ms. */
int sockdiag_heard(struct sockdiag *s, const struct prefix *peer, int64_t within_ns,
	size_t *heard);

/*
 * Each established TCP connection to one of these local ports (DIAG_PORTS at most), but
 * those from loopback: the peer, and a number that names the socket for as long as the
 * kernel runs. The kernel itself compares the ports. No ports are no error.
 */
typedef void (*sockdiag_session_fn)(void *ctx, const struct addr *peer, uint64_t cookie);
int sockdiag_sessions(struct sockdiag *s, const uint16_t *ports, size_t n,
	sockdiag_session_fn each, void *ctx);

/*
 * Every socket of a protocol in one of these states (bits of DIAG_BIT), loopback too, with its bytes where the kernel tells
 * them: what codec/diag_msg.h makes of it, borrowed. ERR_ABSENT, ERR_UNSUPPORTED: the kernel does not know the protocol.
 */
struct diag_socket;
typedef void (*sockdiag_visit_fn)(void *ctx, const struct diag_socket *d);
int sockdiag_visit(struct sockdiag *s, uint8_t proto, uint32_t states, sockdiag_visit_fn each, void *ctx);

/*
 * Whose socket the flow comes from that this host began (tuple.src is ours): TCP and UDP, one question of 1 to 5 us; where
 * none is found one more for each interface, to which it may be bound. A socket that its program has closed already tells
 * its control group alone (inode 0, uid OWNER_UNKNOWN), one in TIME_WAIT nobody. cookie as sockdiag_flow's. ERR_ABSENT:
 * there is none; ERR_UNSUPPORTED: of another protocol, or the kernel does not know udp_diag; ERR_IO.
 */
int sockdiag_owner(struct sockdiag *s, const struct tuple *t, mono_t now, struct socket_owner *out, uint64_t *cookie);

/* Whether this kernel can end connections at all: 0, ERR_UNSUPPORTED, ERR_PERMISSION,
 * ERR_IO. Ends none. */
int sockdiag_can_destroy(struct sockdiag *s);

void sockdiag_stats(const struct sockdiag *s, struct sockdiag_stats *out);

#endif
