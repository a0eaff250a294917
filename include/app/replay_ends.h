/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ends of a capture's flows, for the engine: of those to login services, and of TCP that this host began, of which
 * great ones are told while they live. It is what the kernel tells of sockets where it is live.
 */
#ifndef TIDEGATE_APP_REPLAY_ENDS_H
#define TIDEGATE_APP_REPLAY_ENDS_H

#include "app/stage.h"
#include "core/flow_count.h"

struct port_bits {
	uint64_t bits[65536 / 64];
};

struct replay_ends {
	struct flow_count *logins, *own;
	struct stage *stage;
	mono_t due;              /* of the next end; so that most packets cost one look */
	struct port_bits ports;  /* of login services */
	struct port_bits begun;  /* of ours from which something was begun */
};

/* Zeroed by the caller. ERR_MEMORY. replay_ends_close: also of one that is zero. */
int replay_ends_open(struct replay_ends *e, const struct brute_opts *o, struct stage *s, uint64_t seed);
void replay_ends_close(struct replay_ends *e);

static inline bool port_bits_has(const struct port_bits *b, uint16_t port)
{
	return b->bits[port / 64] >> port % 64 & 1;
}

static inline void port_bits_add(struct port_bits *b, uint16_t port)
{
	b->bits[port / 64] |= UINT64_C(1) << port % 64;
}

/* What ends until then, at its time: before the packet of that time. */
void replay_ends_tell(struct replay_ends *e, mono_t now);

static inline void replay_ends_until(struct replay_ends *e, mono_t now)
{
	if (now.ns >= e->due.ns)
		replay_ends_tell(e, now);
}

void replay_ends_login(struct replay_ends *e, const struct flow_tracker *t, const struct packet *p, uint64_t ref, bool ours,
	uint32_t wire_len, mono_t at);
void replay_ends_own(struct replay_ends *e, const struct flow_tracker *t, const struct packet *p, uint64_t ref, bool ours,
	mono_t at);

/* Of this host, after flow_packet. A login service of ours is who was called. */
static inline void replay_ends_packet(struct replay_ends *e, const struct flow_tracker *t, const struct packet *p,
	uint64_t ref, bool ours, uint32_t wire_len, mono_t at)
{
	uint16_t port = ours ? p->sport : p->dport;

	if (p->proto != PROTO_TCP)
		return;
	if (ours && (p->tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN)) == TCP_SYN)
		port_bits_add(&e->begun, port);
	if (port_bits_has(&e->begun, port))
		replay_ends_own(e, t, p, ref, ours, at);
	if (port_bits_has(&e->ports, port))
		replay_ends_login(e, t, p, ref, ours, wire_len, at);
}

#endif
