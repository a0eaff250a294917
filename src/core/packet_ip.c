/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The network half of the packet parser: IPv4 (RFC 791) and IPv6 with its extension
 * headers (RFC 8200). Lengths are held against the wire; what the slice lacks is only
 * remembered.
 */
#include "core/packet_parts.h"

#include <string.h>

#define IPV4_HEADER 20
#define IPV6_HEADER 40
#define CHAIN_HEADERS 8 /* more, or longer, serves nobody but who evades filters */
#define CHAIN_BYTES 256
#define EXTENSION_LEAST 8 /* bytes that each extension header has */
#define DATAGRAM_MOST 65535

enum extension {
	EXTENSION_HOP = 0,
	EXTENSION_ROUTING = 43,
	EXTENSION_FRAGMENT = 44,
	EXTENSION_AUTH = 51,
	EXTENSION_DEST = 60,
};

/* Ends the walk where the IP header says that the packet ends: what follows on the
 * wire is padding of the link, what the slice lacks was never copied. */
static void bound(struct packet_walk *w, struct slice bytes, size_t header, size_t total)
{
	const size_t there = bytes.len < total ? bytes.len : total;

	w->at.at = bytes.at + header;
	w->at.end = bytes.at + there;
	w->at.failed = false;
	w->missing = total - there;
}

/* offset in bytes. Fine, or the one thing that can be wrong with a fragment. */
static enum packet_fault set_fragment(const struct packet_walk *w, unsigned offset,
	bool more, struct packet *p)
{
	if (offset == 0) {
		p->fragment = more ? FRAGMENT_FIRST : FRAGMENT_NONE;
		return PACKET_FINE;
	}
	p->fragment = FRAGMENT_LATER;
	if (offset + walk_stated(w) > DATAGRAM_MOST)
		return PACKET_FRAGMENT_OVERRUN;
	/* Its first fragment had 8 bytes: ports, but no flags to filter by (RFC 1858,
	 * 3). */
	if (offset == 8 && p->proto == PROTO_TCP)
		p->odd |= ODD_TINY_FRAGMENT;
	return PACKET_FINE;
}

static enum packet_fault read_ipv4(struct packet_walk *w, struct slice bytes,
	uint32_t wire_len, struct packet *p)
{
	struct cursor c = cursor_over(bytes);
	const uint8_t *head = cursor_take(&c, IPV4_HEADER);
	size_t header, total;
	unsigned frag;

	if (!head)
		return PACKET_SHORT_HEADER;
	header = (size_t)(head[0] & 15) * 4;
	total = be16_at(head, 2);
	p->ip_id = be16_at(head, 4);
	frag = be16_at(head, 6);
	p->ttl = head[8];
	p->proto = head[9];
	p->src.family = FAMILY_V4;
	memcpy(p->src.bytes, head + 12, 4);
	p->dst.family = FAMILY_V4;
	memcpy(p->dst.bytes, head + 16, 4);
	if (total < IPV4_HEADER || total > wire_len)
		return PACKET_BAD_TOTAL_LENGTH;
	if (header < IPV4_HEADER || header > total)
		return PACKET_BAD_HEADER_LENGTH;
	if (header > bytes.len)
		return PACKET_SHORT_HEADER;
	bound(w, bytes, header, total);
	return set_fragment(w, (frag & 0x1fff) * 8, frag & 0x2000, p);
}

/* How many bytes an extension header is long, by its length byte. */
static size_t extension_length(uint8_t number, uint8_t units)
{
	if (number == EXTENSION_FRAGMENT)
		return 8;
	if (number == EXTENSION_AUTH)
		return ((size_t)units + 2) * 4; /* RFC 4302, 2.2 */
	return ((size_t)units + 1) * 8;
}

static bool is_extension(uint8_t number)
{
	switch (number) {
	case EXTENSION_HOP:
	case EXTENSION_ROUTING:
	case EXTENSION_FRAGMENT:
	case EXTENSION_AUTH:
	case EXTENSION_DEST:
		return true;
	default:
		return false;
	}
}

/* One extension header, at whose first byte the walk stands; p->proto is its number
 * before, and the next one's after. */
static enum packet_fault read_extension(struct packet_walk *w, struct packet *p,
	size_t *length)
{
	const uint8_t number = p->proto;
	const uint8_t *head = cursor_peek(&w->at, EXTENSION_LEAST);

	*length = head ? extension_length(number, head[1]) : EXTENSION_LEAST;
	cursor_skip(&w->at, *length);
	if (w->at.failed)
		return PACKET_EXTENSION_CHAIN;
	p->proto = head[0];
	if (number != EXTENSION_FRAGMENT)
		return PACKET_FINE;
	p->ip_id = be16_at(head, 6); /* the low half of 32 bits */
	return set_fragment(w, be16_at(head, 2) & 0xfff8U, head[3] & 1, p);
}

/* Ends behind a later fragment's header: what follows is bytes from the middle. */
static enum packet_fault read_chain(struct packet_walk *w, struct packet *p)
{
	size_t bytes = 0;

	for (unsigned n = 0; is_extension(p->proto); n++) {
		enum packet_fault fault;
		size_t length;

		fault = read_extension(w, p, &length);
		bytes += length;
		if (n == CHAIN_HEADERS || bytes > CHAIN_BYTES)
			return PACKET_EXTENSION_CHAIN;
		if (fault == PACKET_EXTENSION_CHAIN)
			return walk_short(w, length, fault, p);
		if (fault || p->fragment == FRAGMENT_LATER)
			return fault;
	}
	return PACKET_FINE;
}

static enum packet_fault read_ipv6(struct packet_walk *w, struct slice bytes,
	uint32_t wire_len, struct packet *p)
{
	struct cursor c = cursor_over(bytes);
	const uint8_t *head = cursor_take(&c, IPV6_HEADER);
	size_t total;

	if (!head)
		return PACKET_SHORT_HEADER;
	total = (size_t)be16_at(head, 4) + IPV6_HEADER;
	p->proto = head[6];
	p->ttl = head[7];
	/* As they stand: on the wire a mapped address is no IPv4 address but a
	 * martian. */
	p->src.family = FAMILY_V6;
	memcpy(p->src.bytes, head + 8, 16);
	p->dst.family = FAMILY_V6;
	memcpy(p->dst.bytes, head + 24, 16);
	if (total > wire_len)
		return PACKET_BAD_TOTAL_LENGTH;
	bound(w, bytes, IPV6_HEADER, total);
	return read_chain(w, p);
}

enum packet_fault packet_read_ip(struct packet_walk *w, struct slice bytes,
	uint32_t wire_len, struct packet *p, bool *done)
{
	enum packet_fault fault;

	if (bytes.len == 0)
		return PACKET_EMPTY;
	switch (bytes.at[0] >> 4) {
	case 4:
		fault = read_ipv4(w, bytes, wire_len, p);
		break;
	case 6:
		fault = read_ipv6(w, bytes, wire_len, p);
		break;
	default:
		return PACKET_VERSION;
	}
	if (fault)
		return fault;
	*done = p->fragment == FRAGMENT_LATER || p->odd & ODD_TINY_FRAGMENT;
	if (p->fragment == FRAGMENT_LATER)
		walk_payload(w, p);
	return PACKET_FINE;
}
