/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as a packet. The first two say how many more bytes were on the wire than in
 * the copy. Beyond not crashing: the view stays within the bytes and the wire, a shorter
 * copy of the same packet says the same or is short, and a source's key leads back to it.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void hold(bool truth)
{
	if (!truth)
		abort();
}

static void check_payload(const struct packet *p, struct slice bytes, uint32_t wire_len)
{
	hold(p->payload_len <= wire_len);
	hold(p->payload.len <= p->payload_len);
	if (p->payload.len == 0)
		return;
	hold(p->payload.at > bytes.at);
	hold(p->payload.at + p->payload.len <= bytes.at + bytes.len);
}

static void check_transport(const struct packet *p)
{
	const bool ports = p->proto == PROTO_TCP || p->proto == PROTO_UDP ||
		p->proto == PROTO_SCTP;

	if (p->fragment == FRAGMENT_LATER || !ports)
		hold(p->sport == 0 && p->dport == 0);
	if (p->fragment == FRAGMENT_LATER || p->proto != PROTO_TCP)
		hold(p->tcp_flags == 0 && p->stack == 0);
	hold(p->scale <= 15);
	if (p->scale)
		hold(p->proto == PROTO_TCP && p->tcp_flags & TCP_SYN);
	if (p->proto != PROTO_TCP)
		hold(p->window == 0);
	if (p->proto != PROTO_ICMP && p->proto != PROTO_ICMP6)
		hold(p->icmp_id == 0);
	if (p->stack)
		hold((p->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN);
	if (p->odd & ODD_LAND)
		hold(addr_equal(&p->src, &p->dst) && p->sport == p->dport);
}

static void check_source(const struct packet *p)
{
	const uint64_t key = source_key(&p->src);
	const struct prefix back = source_prefix(key);

	hold(key != 0);
	hold(source_key(&back.addr) == key);
	hold(back.addr.family == p->src.family);
}

/* What a shorter copy says must be what the whole one says, but for the payload at
 * hand. */
static void check_shorter(const struct packet *whole, struct slice bytes,
	uint32_t wire_len)
{
	struct packet part;
	enum packet_fault fault;
	struct slice less = { .at = bytes.at, .len = bytes.len / 2 };

	fault = packet_parse(less, wire_len, &part);
	if (fault) {
		hold(fault == PACKET_EMPTY || fault == PACKET_SHORT_HEADER ||
			fault == PACKET_EXTENSION_CHAIN ||
			fault == PACKET_SHORT_TRANSPORT);
		return;
	}
	hold(part.payload.len <= whole->payload.len);
	if (part.proto == PROTO_SCTP)
		hold(packet_is_answer(&part) <= packet_is_answer(whole));
	else
		hold(packet_is_answer(&part) == packet_is_answer(whole));
	part.payload = whole->payload;
	hold(part.proto == whole->proto && part.odd == whole->odd);
	hold(part.sport == whole->sport && part.dport == whole->dport);
	hold(part.tcp_flags == whole->tcp_flags && part.stack == whole->stack);
	hold(part.payload_len == whole->payload_len && part.fragment == whole->fragment);
	hold(part.window == whole->window && part.scale == whole->scale && part.icmp_id == whole->icmp_id);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_over((struct slice){ .at = data, .len = size });
	const uint32_t beyond = cursor_be16(&c);
	const struct slice bytes = cursor_rest(&c);
	const uint32_t wire_len = (uint32_t)bytes.len + beyond;
	struct packet p;
	enum packet_fault fault = packet_parse(bytes, wire_len, &p);

	hold(fault < PACKET_FAULTS);
	hold(strcmp(packet_fault_name(fault), "unknown") != 0);
	for (unsigned bit = 0; bit < 16; bit++) {
		if (p.odd >> bit & 1)
			hold(strcmp(packet_odd_name((enum packet_odd)(1U << bit)),
				"unknown") != 0);
	}
	if (fault)
		return 0;
	hold(p.src.family == p.dst.family && p.src.family != FAMILY_NONE);
	check_payload(&p, bytes, wire_len);
	check_transport(&p);
	check_source(&p);
	check_shorter(&p, bytes, wire_len);
	return 0;
}
