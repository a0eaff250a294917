/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the halves of the packet parser share: the walk from the IP header to the
 * transport. For packet.c, packet_ip.c and packet_transport.c, and for flow_key.c, which
 * reads the cut packets that ICMP errors quote; everybody else reads packet.h.
 */
#ifndef TIDEGATE_CORE_PACKET_PARTS_H
#define TIDEGATE_CORE_PACKET_PARTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cursor.h"
#include "core/packet.h"

struct packet_walk {
	struct cursor at; /* over the bytes that are there, up to the stated end */
	size_t missing;   /* bytes that the IP header states and the slice lacks */
};

/* Bytes from here to the end of the packet, as stated. */
static inline size_t walk_stated(const struct packet_walk *w)
{
	return cursor_left(&w->at) + w->missing;
}

/* All that is left is payload. */
static inline void walk_payload(struct packet_walk *w, struct packet *p)
{
	p->payload_len = (uint32_t)walk_stated(w);
	p->payload = cursor_rest(&w->at);
}

/*
 * A header of need bytes is not there. Where the sender himself ended a first fragment
 * before it, that is no fault but an oddity (RFC 1858, RFC 7112); else the fault is the
 * caller's.
 */
static inline enum packet_fault walk_short(const struct packet_walk *w, size_t need,
	enum packet_fault fault, struct packet *p)
{
	if (p->fragment != FRAGMENT_FIRST || walk_stated(w) >= need)
		return fault;
	p->odd |= ODD_TINY_FRAGMENT;
	p->payload_len = (uint32_t)walk_stated(w);
	return PACKET_FINE;
}

/* From the first byte of the IP header to the transport: fills addresses, protocol,
 * TTL, fragment and IP-ID. *done: the packet is read to its end, there is no transport
 * header. */
enum packet_fault packet_read_ip(struct packet_walk *w, struct slice bytes,
	uint32_t wire_len, struct packet *p, bool *done);

/* The transport header and the payload behind it. */
enum packet_fault packet_read_transport(struct packet_walk *w, struct packet *p);

#endif
