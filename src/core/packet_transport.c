/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The transport half of the packet parser: TCP (RFC 9293), UDP (768), ICMP (792, 4443)
 * and SCTP (9260); anything else is payload. Checksums are the kernel's business.
 */
#include "core/packet_parts.h"

#define TCP_HEADER 20
#define UDP_HEADER 8
#define ICMP_HEADER 8
#define SCTP_HEADER 12

enum tcp_option {
	OPTION_END = 0,
	OPTION_NOP = 1,
	OPTION_MSS = 2,
	OPTION_SCALE = 3,
	OPTION_FAST_OPEN = 34,     /* RFC 7413 */
	OPTION_EXPERIMENT_1 = 253, /* RFC 4727: early fast open, by its magic number */
	OPTION_EXPERIMENT_2 = 254,
};

#define FAST_OPEN_MAGIC 0xf989
#define SCALE_MOST 14

/* FNV-1a, a word at a step: cheap and the same everywhere. */
static uint32_t mix(uint32_t hash, uint32_t value)
{
	return (hash ^ value) * UINT32_C(16777619);
}

/* Stacks start at 32, 64, 128 or 255; fewer hops than that have been passed. */
static uint32_t ttl_class(uint8_t ttl)
{
	if (ttl <= 32)
		return 32;
	if (ttl <= 64)
		return 64;
	return ttl <= 128 ? 128 : 255;
}

/* What the options of a SYN or SYN-ACK say. */
struct options {
	uint32_t hash;
	bool fast_open;
	uint8_t scale; /* plus 1 */
};

/* More than 14 is taken as 14 (RFC 7323, 2.3). */
static void read_scale(uint8_t shift, struct options *o)
{
	o->hash = mix(o->hash, shift);
	o->scale = (uint8_t)((shift > SCALE_MOST ? SCALE_MOST : shift) + 1);
}

/* One option behind its kind. Its order and kind mark the stack; of the values only
 * those that a stack does not change with each connection. False where the list is
 * malformed. */
static bool read_option(struct cursor *c, uint8_t kind, struct options *o)
{
	uint8_t len = cursor_u8(c);
	struct cursor value;

	if (len < 2)
		return false;
	value = *c;
	cursor_skip(c, len - 2U);
	if (c->failed)
		return false;
	if (kind == OPTION_MSS && len == 4)
		o->hash = mix(o->hash, cursor_be16(&value));
	else if (kind == OPTION_SCALE && len == 3)
		read_scale(cursor_u8(&value), o);
	else if (kind == OPTION_FAST_OPEN)
		o->fast_open = true;
	else if ((kind == OPTION_EXPERIMENT_1 || kind == OPTION_EXPERIMENT_2) && len >= 4)
		o->fast_open |= cursor_be16(&value) == FAST_OPEN_MAGIC;
	return true;
}

/* The options of a SYN; the hash goes on from what it was. */
static void read_options(struct slice bytes, struct options *o)
{
	struct cursor c = cursor_over(bytes);

	while (cursor_left(&c)) {
		uint8_t kind = cursor_u8(&c);

		o->hash = mix(o->hash, kind);
		if (kind == OPTION_END)
			break;
		if (kind != OPTION_NOP && !read_option(&c, kind, o))
			break;
	}
}

static uint16_t odd_flags(uint8_t flags)
{
	const unsigned known = TCP_FIN | TCP_SYN | TCP_RST | TCP_PSH | TCP_ACK | TCP_URG;
	uint16_t odd = 0;

	switch (flags & known) {
	case 0:
		return ODD_NULL;
	case TCP_FIN | TCP_PSH | TCP_URG:
		return ODD_XMAS;
	default:
		break;
	}
	if (flags & TCP_SYN) {
		if (flags & TCP_FIN)
			odd |= ODD_SYN_FIN;
		if (flags & TCP_RST)
			odd |= ODD_SYN_RST;
		return odd;
	}
	return (flags & (TCP_FIN | TCP_ACK | TCP_RST)) == TCP_FIN ? ODD_FIN : 0;
}

/* For the protocols with ports, after the ports are read. */
static uint16_t odd_ports(const struct packet *p)
{
	uint16_t odd = 0;

	if (p->sport == 0 || p->dport == 0)
		odd |= ODD_PORT_ZERO;
	if (p->sport == p->dport && addr_equal(&p->src, &p->dst))
		odd |= ODD_LAND;
	return odd;
}

/* What only a SYN has: the mark of the stack, data before the handshake, and (its answer
 * too) a scale. */
static void read_syn(struct slice bytes, struct packet *p)
{
	struct options o = { .hash = mix(mix(0, ttl_class(p->ttl)), p->window) };

	read_options(bytes, &o);
	p->scale = o.scale;
	if (p->tcp_flags & TCP_ACK)
		return;
	p->stack = o.hash ? o.hash : 1; /* 0 says that there is none */
	if (p->payload_len && !o.fast_open)
		p->odd |= ODD_SYN_DATA;
}

static enum packet_fault read_tcp(struct packet_walk *w, struct packet *p)
{
	const uint8_t *head = cursor_take(&w->at, TCP_HEADER);
	struct slice options;
	size_t more; /* header bytes behind the fixed ones */

	if (!head)
		return walk_short(w, TCP_HEADER, PACKET_SHORT_TRANSPORT, p);
	p->sport = be16_at(head, 0);
	p->dport = be16_at(head, 2);
	p->seq = be32_at(head, 4);
	p->ack = be32_at(head, 8);
	p->tcp_flags = head[13];
	p->window = be16_at(head, 14);
	p->odd |= odd_ports(p) | odd_flags(p->tcp_flags);
	if (head[12] >> 4 < TCP_HEADER / 4)
		return PACKET_BAD_TRANSPORT;
	more = (size_t)(head[12] >> 4) * 4 - TCP_HEADER;
	if (more > walk_stated(w))
		return walk_short(w, more, PACKET_BAD_TRANSPORT, p);
	options = cursor_slice(&w->at, more);
	if (w->at.failed)
		return PACKET_SHORT_TRANSPORT;
	walk_payload(w, p);
	if (p->tcp_flags & TCP_SYN)
		read_syn(options, p);
	return PACKET_FINE;
}

static enum packet_fault read_udp(struct packet_walk *w, struct packet *p)
{
	const uint8_t *head = cursor_take(&w->at, UDP_HEADER);
	size_t len; /* of header and data, as the header says */

	if (!head)
		return walk_short(w, UDP_HEADER, PACKET_SHORT_TRANSPORT, p);
	p->sport = be16_at(head, 0);
	p->dport = be16_at(head, 2);
	len = be16_at(head, 4);
	p->odd |= odd_ports(p);
	/* A first fragment holds the length of the whole datagram. */
	if (len < UDP_HEADER)
		return PACKET_BAD_TRANSPORT;
	len -= UDP_HEADER;
	if (len > walk_stated(w) && p->fragment == FRAGMENT_NONE)
		return PACKET_BAD_TRANSPORT;
	walk_payload(w, p);
	if (p->payload_len > len)
		p->payload_len = (uint32_t)len;
	if (p->payload.len > len)
		p->payload.len = len;
	return PACKET_FINE;
}

static enum packet_fault read_icmp(struct packet_walk *w, struct packet *p)
{
	const uint8_t *head = cursor_take(&w->at, ICMP_HEADER);

	if (!head)
		return walk_short(w, ICMP_HEADER, PACKET_SHORT_TRANSPORT, p);
	p->icmp_type = head[0];
	p->icmp_code = head[1];
	p->icmp_id = be16_at(head, 4);
	walk_payload(w, p);
	return PACKET_FINE;
}

static enum packet_fault read_sctp(struct packet_walk *w, struct packet *p)
{
	const uint8_t *head = cursor_take(&w->at, SCTP_HEADER);

	if (!head)
		return walk_short(w, SCTP_HEADER, PACKET_SHORT_TRANSPORT, p);
	p->sport = be16_at(head, 0);
	p->dport = be16_at(head, 2);
	p->odd |= odd_ports(p);
	walk_payload(w, p);
	return PACKET_FINE;
}

enum packet_fault packet_read_transport(struct packet_walk *w, struct packet *p)
{
	const bool v4 = p->src.family == FAMILY_V4;

	switch (p->proto) {
	case PROTO_TCP:
		return read_tcp(w, p);
	case PROTO_UDP:
		return read_udp(w, p);
	case PROTO_SCTP:
		return read_sctp(w, p);
	default:
		/* Each ICMP belongs to its own family; in the other one it is unknown. */
		if (p->proto == (v4 ? PROTO_ICMP : PROTO_ICMP6))
			return read_icmp(w, p);
		walk_payload(w, p);
		return PACKET_FINE;
	}
}
