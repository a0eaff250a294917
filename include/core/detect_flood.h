/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SYN flood on one service: a CUSUM at one-second ticks on half-open handshakes older
 * than a second, against their own level (frozen while raised). It is confirmed only by
 * a second, independent signal about our own resources, and the subject is the service:
 * the sources of a SYN flood are forged.
 */
#ifndef TIDEGATE_CORE_DETECT_FLOOD_H
#define TIDEGATE_CORE_DETECT_FLOOD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/time.h"
#include "core/finding.h"
#include "core/rule.h"

#define FLOOD_SERVICES 1024

struct flood_opts {
	struct rule rule;          /* flood.syn */
	uint32_t allowance;        /* half-open borne above level: 5, or 3 sqrt(level) */
	uint32_t threshold;        /* h: 60 */
	uint32_t min_syns;         /* SYN/s under which ratios of them say nothing: 25 */
	uint8_t backlog_percent;   /* half-open share of the backlog that is a sign: 50 */
	uint8_t newcomer_percent;  /* of the SYNs beyond usual, never seen: 80 */
	int64_t level_half_life_ns; /* 10 min */
};

/* What the world says of one listening service once a second. */
struct service_census {
	uint8_t proto;
	uint16_t port;
	uint32_t half_open;       /* SYN_RECV now */
	uint32_t half_open_old;   /* of them older than a second (SYN-ACK sent again) */
	uint32_t accept_queue;    /* waiting for accept() */
	uint32_t backlog;         /* its limit */
	uint32_t established;     /* held by programs or waiting for them */
	uint32_t close_wait;      /* the peer is gone, our program has not closed */
	uint32_t time_wait;
};

/* Host-wide pressure, as differences since the last census. */
struct pressure {
	uint32_t listen_overflows; /* TcpExt ListenOverflows, ListenDrops */
	uint32_t listen_drops;
	uint32_t cookies_sent;     /* SyncookiesSent, TCPReqQFullDoCookies */
	uint32_t queue_full;       /* TCPReqQFullDrop */
};

struct flood;

size_t flood_bytes(void);
void flood_create(struct flood **out, void *memory);

/* One SYN to an open TCP port. newcomer: its source had no record. */
void flood_syn(struct flood *f, uint16_t port, bool newcomer);

/*
 * Census of the services that have any half-open or queued connection (others count as
 * 0), once a second. Calls raise for each service whose alarm rises now: PROOF_CLAIMED,
 * subject SUBJECT_SERVICE.
 *
 * It rises where the CUSUM has crossed (or half-open sockets, most of them old, hold
 * too much of the backlog for two ticks) and one independent sign agrees: pressure
 * counters rose, most of what came is half-open still, or what came beyond the rate of
 * before is half-open still, of strangers or not (flood_signs.h). Where the accept queue
 * is full the service itself is slow, and only strangers count. It falls after ten ticks
 * without the first.
 */
void flood_tick(struct flood *f, const struct flood_opts *o,
	const struct service_census *census, size_t n, const struct pressure *p,
	mono_t now, void (*raise)(void *ctx, const struct finding *), void *ctx);

/* True while the alarm of this service stands. */
bool flood_raised(const struct flood *f, uint16_t port);

size_t flood_alarms(const struct flood *f); /* services whose alarm stands */

/*
 * True where some service saw enough SYNs lately that a census of half-open sockets is
 * worth its cost.
 */
bool flood_wants_census(const struct flood *f, const struct flood_opts *o);

/* SYNs to services beyond FLOOD_SERVICES, which nobody watches. */
uint64_t flood_untracked(const struct flood *f);

#endif
