/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Builds packets front to back into the caller's buffer.
 */
#include "craft.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/packet.h"

#define IPV4_HEADER 20
#define IPV6_HEADER 40

static void put16(uint8_t *at, unsigned v)
{
	at[0] = (uint8_t)(v >> 8);
	at[1] = (uint8_t)v;
}

static void put32(uint8_t *at, uint32_t v)
{
	put16(at, v >> 16);
	put16(at + 2, v & 0xffff);
}

static uint32_t sum16(uint32_t sum, const uint8_t *at, size_t len)
{
	for (size_t i = 0; i < len; i++)
		sum += i % 2 ? at[i] : (uint32_t)at[i] << 8;
	return sum;
}

static uint16_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static size_t transport_header(const struct craft *c)
{
	switch (c->proto) {
	case PROTO_TCP:
		return 20 + (size_t)c->n_options;
	case PROTO_UDP:
	case PROTO_ICMP:
	case PROTO_ICMP6:
		return 8;
	case PROTO_SCTP:
		return 12;
	default:
		return 0;
	}
}

/* Where the checksum stands in the transport header; 0 for none that is computed here. */
static size_t sum_offset(uint8_t proto)
{
	switch (proto) {
	case PROTO_TCP:
		return 16;
	case PROTO_UDP:
		return 6;
	case PROTO_ICMP:
	case PROTO_ICMP6:
		return 2;
	default:
		return 0;
	}
}

static void write_ipv4(const struct craft *c, uint8_t *out, size_t len)
{
	out[0] = 0x45;
	put16(out + 2, (unsigned)len);
	put16(out + 4, c->ip_id);
	out[8] = c->ttl ? c->ttl : 64;
	out[9] = c->proto;
	memcpy(out + 12, c->src.bytes, 4);
	memcpy(out + 16, c->dst.bytes, 4);
}

static void write_ipv6(const struct craft *c, uint8_t *out, size_t len)
{
	out[0] = 0x60;
	put16(out + 4, (unsigned)(len - IPV6_HEADER));
	out[6] = c->proto;
	out[7] = c->ttl ? c->ttl : 64;
	memcpy(out + 8, c->src.bytes, 16);
	memcpy(out + 24, c->dst.bytes, 16);
}

static void write_tcp(const struct craft *c, uint8_t *out)
{
	put32(out + 4, c->seq);
	put32(out + 8, c->ack);
	out[12] = (uint8_t)((5 + c->n_options / 4) << 4);
	out[13] = c->tcp_flags;
	put16(out + 14, 64240); /* what a Linux client offers at first */
	if (c->n_options)
		memcpy(out + 20, c->options, c->n_options);
}

static void write_transport(const struct craft *c, uint8_t *out, size_t header)
{
	if (c->proto == PROTO_ICMP || c->proto == PROTO_ICMP6) {
		out[0] = c->icmp_type;
		out[1] = c->icmp_code;
		return;
	}
	if (header == 0)
		return;
	put16(out, c->sport);
	put16(out + 2, c->dport);
	if (c->proto == PROTO_TCP)
		write_tcp(c, out);
	if (c->proto == PROTO_UDP)
		put16(out + 4, 8U + c->payload);
}

size_t craft_packet(const struct craft *c, uint8_t *out, size_t size)
{
	const bool v4 = c->src.family == FAMILY_V4;
	const size_t ip = v4 ? IPV4_HEADER : IPV6_HEADER;
	const size_t header = transport_header(c);
	const size_t len = ip + header + c->payload;

	if (c->src.family != c->dst.family || len > size || len > 65535)
		return 0;
	if (c->n_options > 40 || c->n_options % 4)
		return 0;
	memset(out, 0, len);
	if (v4)
		write_ipv4(c, out, len);
	else
		write_ipv6(c, out, len);
	write_transport(c, out + ip, header);
	for (size_t i = 0; i < c->payload; i++)
		out[ip + header + i] = (uint8_t)('a' + i % 26);
	craft_sums(out, len);
	return len;
}

void craft_sums(uint8_t *packet, size_t len)
{
	const bool v4 = packet[0] >> 4 == 4;
	const size_t ip = v4 ? (size_t)(packet[0] & 15) * 4 : IPV6_HEADER;
	const uint8_t proto = packet[v4 ? 9 : 6];
	const size_t at = sum_offset(proto);
	uint32_t sum = 0;

	if (v4) {
		put16(packet + 10, 0);
		put16(packet + 10, fold(sum16(0, packet, ip)));
	}
	if (at == 0 || ip + at + 2 > len)
		return;
	if (proto != PROTO_ICMP) { /* the pseudo-header */
		sum = sum16(0, packet + (v4 ? 12 : 8), v4 ? 8 : 32);
		sum += (uint32_t)(len - ip) + proto;
	}
	put16(packet + ip + at, 0);
	put16(packet + ip + at, fold(sum16(sum, packet + ip, len - ip)));
}

size_t craft_extend(uint8_t *packet, size_t len, size_t size, uint8_t number,
	const uint8_t *header, size_t header_len)
{
	uint8_t *at = packet + IPV6_HEADER;
	unsigned payload;

	if (packet[0] >> 4 != 6 || header_len < 8 || len + header_len > size)
		return 0;
	memmove(at + header_len, at, len - IPV6_HEADER);
	memcpy(at, header, header_len);
	at[0] = packet[6];
	packet[6] = number;
	payload = (unsigned)(len - IPV6_HEADER + header_len);
	put16(packet + 4, payload);
	return len + header_len;
}

struct addr craft_addr(const char *text)
{
	struct addr a;

	if (addr_parse(text, &a)) {
		fprintf(stderr, "craft: %s is no address\n", text);
		abort();
	}
	return a;
}
