/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which ports this host serves: the oracle that makes the first packet to a closed port
 * a failed first contact already. Fed from sock_diag (live) or from what answered
 * (replay). A port that listened within the last ten minutes is neither open nor
 * closed, so that a restarting service turns nobody into a scanner.
 */
#ifndef TIDEGATE_CORE_LISTEN_H
#define TIDEGATE_CORE_LISTEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/time.h"

enum listen_state {
	LISTEN_UNKNOWN = 0, /* no snapshot yet, or no ports: never evidence */
	LISTEN_CLOSED,
	LISTEN_RECENT,
	LISTEN_OPEN,
};

enum listen_proto {
	LISTEN_TCP = 0,
	LISTEN_UDP,
	LISTEN_SCTP,
	LISTEN_PROTOS,
};

/*
 * One answer of the world: the ports that are bound for strangers (not on loopback
 * alone) at one moment.
 */
struct listen_snapshot {
	uint64_t ports[LISTEN_PROTOS][1024]; /* one bit a port */
	bool known[LISTEN_PROTOS]; /* false: that question failed; keep what was known */
};

struct listen; /* about 0.8 MiB */

size_t listen_bytes(void);
void listen_create(struct listen **out, void *memory, int64_t recent_ns);
void listen_update(struct listen *l, const struct listen_snapshot *s, mono_t now);

/* LISTEN_PROTOS for a protocol without ports. */
enum listen_proto listen_proto_of(uint8_t proto);

/* proto is an IP protocol number. */
enum listen_state listen_ask(const struct listen *l, uint8_t proto, uint16_t port,
	mono_t now);

static inline void listen_snapshot_add(struct listen_snapshot *s, enum listen_proto p,
	uint16_t port)
{
	s->ports[p][port >> 6] |= UINT64_C(1) << (port & 63);
}

bool listen_snapshot_equal(const struct listen_snapshot *a, const struct listen_snapshot *b);

static inline bool listen_snapshot_has(const struct listen_snapshot *s, enum listen_proto p,
	uint16_t port)
{
	return s->ports[p][port >> 6] >> (port & 63) & 1;
}

#endif
