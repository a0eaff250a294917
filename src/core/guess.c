/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guesses the ports that the host of a capture served. A port of its own speaks for itself in three ways: a SYN-ACK; an
 * answer to a datagram or INIT that came before; any segment of a connection whose beginning the capture does not have.
 * What the host began itself has to be told from that: of a port that has sent a SYN or the first datagram, what follows
 * is a client's. Called by whoever replays a capture, for each packet before the engine sees it.
 */
#include "core/guess.h"

#include <string.h>

#define EPHEMERAL 32768 /* net.ipv4.ip_local_port_range begins here; other systems begin at 49152 */
#define CHUNK_INIT 1
#define CHUNK_INIT_ACK 2
#define CHUNK_ABORT 6

struct bits {
	uint64_t ports[LISTEN_PROTOS][1024];
};

struct guess {
	struct listen_snapshot served;
	struct bits asked; /* somebody has sent something there, and the host had not begun it */
	struct bits begun; /* the host itself began something from there */
};

size_t guess_bytes(void)
{
	return sizeof(struct guess);
}

void guess_create(struct guess **out, void *memory)
{
	struct guess *g = memory;

	memset(g, 0, sizeof(*g));
	for (size_t i = 0; i < LISTEN_PROTOS; i++)
		g->served.known[i] = true;
	*out = g;
}

static bool has(const struct bits *b, enum listen_proto proto, uint16_t port)
{
	return b->ports[proto][port >> 6] >> (port & 63) & 1;
}

static void add(struct bits *b, enum listen_proto proto, uint16_t port)
{
	b->ports[proto][port >> 6] |= UINT64_C(1) << (port & 63);
}

static bool learn(struct guess *g, enum listen_proto proto, uint16_t port)
{
	if (listen_snapshot_has(&g->served, proto, port))
		return false;
	listen_snapshot_add(&g->served, proto, port);
	return true;
}

void guess_add(struct guess *g, enum listen_proto proto, uint16_t port)
{
	if (proto < LISTEN_PROTOS && port)
		(void)learn(g, proto, port);
}

/*
 * A SYN-ACK comes from a listener alone. Any other segment that neither refuses nor begins is of a connection; where none
 * of it was begun by us in the capture it is older, and the end that looks like a service is taken for one: a port below
 * the ephemeral ones, or whichever is lower.
 */
static bool tcp_of_ours(struct guess *g, const struct packet *p)
{
	const uint8_t flags = p->tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN);

	if (flags == TCP_SYN)
		add(&g->begun, LISTEN_TCP, p->sport);
	if (flags == (TCP_SYN | TCP_ACK))
		return learn(g, LISTEN_TCP, p->sport);
	if (flags & (TCP_SYN | TCP_RST) || !(flags & TCP_ACK) || has(&g->begun, LISTEN_TCP, p->sport))
		return false;
	return (p->sport < EPHEMERAL || p->sport <= p->dport) && learn(g, LISTEN_TCP, p->sport);
}

/* The first word from a port decides: who was asked before answers, who speaks unasked asks himself. */
static bool udp_of_ours(struct guess *g, const struct packet *p)
{
	if (has(&g->begun, LISTEN_UDP, p->sport))
		return false;
	if (has(&g->asked, LISTEN_UDP, p->sport))
		return learn(g, LISTEN_UDP, p->sport);
	add(&g->begun, LISTEN_UDP, p->sport);
	return false;
}

static bool sctp_of_ours(struct guess *g, const struct packet *p)
{
	const uint8_t chunk = p->payload.len ? p->payload.at[0] : CHUNK_ABORT;

	if (chunk == CHUNK_INIT)
		add(&g->begun, LISTEN_SCTP, p->sport);
	if (chunk == CHUNK_INIT_ACK)
		return learn(g, LISTEN_SCTP, p->sport);
	if (chunk == CHUNK_INIT || chunk == CHUNK_ABORT || has(&g->begun, LISTEN_SCTP, p->sport))
		return false;
	return learn(g, LISTEN_SCTP, p->sport);
}

bool guess_packet(struct guess *g, const struct packet *p, bool ours)
{
	if (p->fragment == FRAGMENT_LATER || p->odd & ODD_TINY_FRAGMENT || !p->sport || !p->dport)
		return false;
	if (!ours) {
		if (p->proto == PROTO_UDP)
			add(&g->asked, LISTEN_UDP, p->dport);
		return false;
	}
	switch (p->proto) {
	case PROTO_TCP:
		return tcp_of_ours(g, p);
	case PROTO_UDP:
		return udp_of_ours(g, p);
	case PROTO_SCTP:
		return sctp_of_ours(g, p);
	default:
		return false;
	}
}

const struct listen_snapshot *guess_listening(const struct guess *g)
{
	return &g->served;
}
