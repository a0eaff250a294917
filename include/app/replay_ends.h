/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ends of a capture's flows to login services, for the engine: what the kernel's accounting is where it is live.
 */
#ifndef TIDEGATE_APP_REPLAY_ENDS_H
#define TIDEGATE_APP_REPLAY_ENDS_H

#include "app/stage.h"
#include "core/flow_count.h"

struct replay_ends {
	struct flow_count *count;
	struct stage *stage;
	mono_t due;               /* of the next end; so that most packets cost one look */
	uint64_t ports[65536 / 64];
};

/* Zeroed by the caller. ERR_MEMORY. replay_ends_close: also of one that is zero. */
int replay_ends_open(struct replay_ends *e, const struct brute_opts *o, struct stage *s, uint64_t seed);
void replay_ends_close(struct replay_ends *e);

static inline bool replay_ends_watch(const struct replay_ends *e, uint16_t port)
{
	return e->ports[port / 64] >> port % 64 & 1;
}

/* What ends until then, at its time: before the packet of that time. */
void replay_ends_tell(struct replay_ends *e, mono_t now);

static inline void replay_ends_until(struct replay_ends *e, mono_t now)
{
	if (now.ns >= e->due.ns)
		replay_ends_tell(e, now);
}

void replay_ends_count(struct replay_ends *e, const struct flow_tracker *t, const struct packet *p, uint64_t ref, bool ours,
	uint32_t wire_len, mono_t at);

/* Of this host, after flow_packet. A service of ours is who was called; the flows of others are not counted. */
static inline void replay_ends_packet(struct replay_ends *e, const struct flow_tracker *t, const struct packet *p,
	uint64_t ref, bool ours, uint32_t wire_len, mono_t at)
{
	if (p->proto == PROTO_TCP && replay_ends_watch(e, ours ? p->sport : p->dport))
		replay_ends_count(e, t, p, ref, ours, wire_len, at);
}

#endif
