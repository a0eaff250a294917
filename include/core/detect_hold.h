/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Connections that are held: floods of complete ones, slow clients, and those that our own program fails to close. Fed
 * once a second with the census of services, and with who holds what (core/holders.h).
 *
 *   hold.connections  a service under pressure (its accept queue fills, or far more is open than ever), and a few peers
 *                     that hold a large part of it: the peers, ANSWERED; and the service, CLAIMED
 *   hold.slow         the same, of connections that say next to nothing (slowloris, slow POST, slow read)
 *   hold.close-wait   our own program leaves connections open that the peer has closed: the service, and observed only
 *
 * Nobody is named without pressure on our side: many peers with a few connections each are a crowd, and a peer with many
 * on a service that has room is its business.
 */
#ifndef TIDEGATE_CORE_DETECT_HOLD_H
#define TIDEGATE_CORE_DETECT_HOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/time.h"
#include "core/detect_flood.h"
#include "core/finding.h"
#include "core/holders.h"
#include "core/rule.h"

#define HOLD_SERVICES 256

struct hold_opts {
	struct rule flood_rule;     /* hold.connections */
	struct rule slow_rule;      /* hold.slow */
	struct rule wait_rule;      /* hold.close-wait */
	uint8_t queue_percent;      /* of the accept queue in use that is pressure: 70 */
	uint32_t least_open;        /* open beyond twice the usual that is pressure: 128 */
	uint32_t peer_floor;        /* connections of one peer that are never too many: 64 */
	uint8_t peer_percent;       /* share of the service's that is: 5 */
	uint8_t peer_medians;       /* and so many times the peer in the middle: 10 */
	uint32_t slow_floor;        /* slow connections of one peer that are never too many: 32 */
	uint32_t wait_least;        /* close-wait sockets of a service under which it is no pile: 64 */
	int64_t wait_ns;            /* for so long it must have grown: 5 min */
};

struct hold;

size_t hold_bytes(void);
void hold_create(struct hold **out, void *memory);

typedef void (*hold_raise_fn)(void *ctx, const struct finding *f);

/*
 * Once a second, in this order; holders where they were wanted. A peer is named once, and again after the measure that
 * came of it (hold_rearm), where clients are turned away still or it has taken yet more. One that no longer holds too
 * much is forgotten after a minute.
 */
void hold_census(struct hold *h, const struct hold_opts *o, const struct service_census *c, size_t n, mono_t now,
	hold_raise_fn raise, void *ctx);
void hold_holders(struct hold *h, const struct hold_opts *o, const struct service_holders *s, size_t n, mono_t now,
	hold_raise_fn raise, void *ctx);

/* The host's own pressure beside the services': conntrack nearly full, in percent; 0 where it is full of what nobody here
 * has connected. */
void hold_pressure(struct hold *h, unsigned conntrack_percent);

/* Some service has enough open that a walk that names holders is worth its cost. */
bool hold_wants_holders(const struct hold *h);

/* A measure of this source or service has ended: the same behaviour shall be found again. */
void hold_rearm(struct hold *h, const struct subject *s);

/* Services in a census beyond HOLD_SERVICES, which nobody watches. */
uint64_t hold_untracked(const struct hold *h);

#endif
