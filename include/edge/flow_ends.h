/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ends of flows, as the kernel tells them. Two tellers:
 *
 *   sockets    each TCP socket of this host that ends, with its counts: what programs wrote, and whether the handshake
 *              came about. Nothing needs to be switched on for it. Without UDP and what is only forwarded.
 *   conntrack  each entry that ends, forwarded ones and UDP too. Bytes and durations are there where the administrator
 *              has switched them on (flow_ends_accounting). Proves nothing.
 *
 * Each end costs the kernel some microseconds of CPU, wanted or not: there is no filter ahead of its making. So they are
 * listened to up to so many a second; above that the group is left and joined again (core/duty.h), and flow_end.weight
 * says what each stands for. It is a share of the time, alike for all: right for sums, never to be counted as repeated
 * acts of one source.
 *
 * flow_ends_read never waits. Whoever waits for the descriptor does well to let FLOW_ENDS_REST_NS pass before reading:
 * half of what an end costs is to wake a reader that sleeps on it. For one thread.
 */
#ifndef TIDEGATE_EDGE_FLOW_ENDS_H
#define TIDEGATE_EDGE_FLOW_ENDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/time.h"
#include "core/flow_end.h"
#include "core/listen.h"
#include "edge/log.h"

#define FLOW_ENDS_REST_NS (20 * NS_PER_MS)
#define FLOW_ENDS_BATCH 32 /* ends that one system call takes: flow_ends_read wants room for them */

typedef bool (*flow_ends_own_fn)(void *ctx, const struct addr *a);

struct flow_ends_opts {
	enum flow_teller teller; /* TELLER_SOCKET or TELLER_CONNTRACK */
	uint32_t most;           /* ends a second; 0: no bound */
	size_t buffer_bytes;     /* of the socket; 0: 4 MiB, some 3,000 ends */
	flow_ends_own_fn is_own; /* whether this host has that address; NULL: none is known */
	void *ctx;
};

struct flow_ends_stats {
	uint64_t received;  /* messages */
	uint64_t told;      /* ends that were handed out */
	uint64_t left_out;  /* from this host to itself, and sockets without a peer */
	uint64_t lost;      /* the socket's buffer was full; counted by the kernel, one by one */
	uint64_t malformed;
	uint64_t pauses;
	int64_t paused_ns;
	uint64_t missed;    /* in them, about */
	uint64_t unknown_owner; /* ends of sockets that nobody had noted */
	uint64_t notes_lost;    /* owners that were overwritten by another socket's */
	bool paused;
};

struct flow_ends; /* 2.5 MiB for sockets */

/* ERR_PERMISSION, ERR_UNSUPPORTED (kernel before 4.2, or without conntrack's netlink), ERR_IO, ERR_MEMORY. Of sockets
 * nothing comes until the kernel has loaded tcp_diag, which any question about TCP sockets makes it do. */
int flow_ends_open(struct flow_ends **out, const struct flow_ends_opts *o, mono_t now, char why[WHY_TEXT]);
void flow_ends_close(struct flow_ends *f);
int flow_ends_fd(const struct flow_ends *f);

/*
 * What has come, up to max (>= FLOW_ENDS_BATCH, else ERR_RANGE). ERR_FULL: there may be more. ERR_IO: the socket broke,
 * open another. What was lost is in the statistics and needs nothing done. Also ends a pause when it is over.
 */
int flow_ends_read(struct flow_ends *f, mono_t now, struct flow_end *out, size_t max, size_t *n);

/* After so long flow_ends_read wants to be called though the descriptor says nothing; INT64_MAX: it does not. */
int64_t flow_ends_due_ns(const struct flow_ends *f, mono_t now);

/*
 * What the end of a socket does not tell, of those that looked while it lived (TELLER_SOCKET). serves: the TCP ports with
 * a listener; that which is unknown changes nothing. service: a listener's user, for connections that came and went
 * between two looks. socket: whose a live connection is; the first note of a cookie is also the beginning of its
 * duration, which so is short by up to the time between two looks. 65,536 sockets are remembered.
 */
void flow_ends_note_serves(struct flow_ends *f, const struct listen_snapshot *s);
void flow_ends_note_service(struct flow_ends *f, uint16_t port, uint32_t uid);
void flow_ends_note_socket(struct flow_ends *f, uint64_t cookie, const struct socket_owner *owner, mono_t now);

void flow_ends_stats(const struct flow_ends *f, struct flow_ends_stats *out);

/* Whether conntrack counts bytes, and notes times, in this network namespace: 1, 0, or -1: not to be read. */
struct flow_accounting {
	int bytes, times;
};

void flow_ends_accounting(struct flow_accounting *out);

/* Switches both on, for entries made from now on; the administrator's consent is the caller's to have. ERR_PERMISSION,
 * ERR_ABSENT (no conntrack here), ERR_IO. Stays on after us. */
int flow_ends_switch_on(void);

#endif
