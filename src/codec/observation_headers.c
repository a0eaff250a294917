/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What of a packet goes into the log, and about whom an observation is. By the very parser that reads it again: where
 * that found payload, what is kept ends.
 */
#include "codec/observation_log.h"

#include "codec/observation_parts.h"
#include "core/packet.h"

#define IPV4_HEADER 20
#define IPV6_HEADER 40
#define TCP_HEADER 20
#define QUOTED 48 /* of the packet that an ICMP error quotes: IPv6 and its ports */
#define CHUNK 4   /* of SCTP's first chunk: it says whether this is an answer */

static size_t at_most(size_t n, size_t most)
{
	return n < most ? n : most;
}

/* Payload that says something of the headers. */
static size_t telling(const struct packet *p)
{
	if (p->fragment == FRAGMENT_LATER)
		return 0;
	if (p->proto == PROTO_SCTP)
		return CHUNK;
	return p->proto == PROTO_ICMP || p->proto == PROTO_ICMP6 ? QUOTED : 0;
}

/* Where there is no payload slice, the parser has stopped early, and all of it may be what it stopped at. */
size_t observation_headers(struct slice bytes, uint32_t wire_len)
{
	struct packet p;

	if (packet_parse(bytes, wire_len, &p) != PACKET_FINE || !p.payload.at)
		return at_most(bytes.len, OBSERVATION_HEADERS);
	return at_most((size_t)(p.payload.at - bytes.at) + at_most(p.payload.len, telling(&p)), OBSERVATION_HEADERS);
}

uint32_t observation_stated(const uint8_t *bytes, size_t len)
{
	if (len >= IPV4_HEADER && bytes[0] >> 4 == 4)
		return be16_at(bytes, 2);
	if (len >= IPV6_HEADER && bytes[0] >> 4 == 6)
		return be16_at(bytes, 4) + (uint32_t)IPV6_HEADER;
	return 0;
}

size_t observation_ip_sum_at(const uint8_t *bytes, size_t len)
{
	size_t header = len ? (size_t)(bytes[0] & 15) * 4 : 0;

	return header >= IPV4_HEADER && header <= len && bytes[0] >> 4 == 4 ? 10 : 0;
}

/* Extension headers are left to those who send them. */
static size_t tcp_at(const uint8_t *bytes, size_t len)
{
	if (observation_ip_sum_at(bytes, len))
		return bytes[9] == PROTO_TCP && !(be16_at(bytes, 6) & 0x3fff) ? (size_t)(bytes[0] & 15) * 4 : 0;
	if (len >= IPV6_HEADER && bytes[0] >> 4 == 6)
		return bytes[6] == PROTO_TCP ? IPV6_HEADER : 0;
	return 0;
}

size_t observation_tcp_sum_at(const uint8_t *bytes, size_t len)
{
	size_t at = tcp_at(bytes, len);

	if (!at || len < at + TCP_HEADER || observation_stated(bytes, len) != len)
		return 0;
	return at + (size_t)(bytes[at + 12] >> 4) * 4 == len ? at + 16 : 0;
}

/* Big-endian words; nothing here is of odd length. */
static uint32_t add(const uint8_t *bytes, size_t len, uint32_t sum)
{
	for (size_t i = 0; i + 1 < len; i += 2)
		sum += be16_at(bytes, i);
	return sum;
}

/* RFC 1071, of a sum that the field itself has gone into. */
static uint16_t close_sum(uint32_t sum, uint16_t field)
{
	sum -= field;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

uint16_t observation_ip_sum(const uint8_t *bytes)
{
	return close_sum(add(bytes, (size_t)(bytes[0] & 15) * 4, 0), be16_at(bytes, 10));
}

uint16_t observation_tcp_sum(const uint8_t *bytes, size_t len, size_t sum_at)
{
	size_t at = sum_at - 16;
	bool v4 = bytes[0] >> 4 == 4;
	uint32_t sum = PROTO_TCP + (uint32_t)(len - at);

	sum = v4 ? add(bytes + 12, 8, sum) : add(bytes + 8, 32, sum);
	return close_sum(add(bytes + at, len - at, sum), be16_at(bytes, sum_at));
}

static size_t add_key(uint64_t *keys, size_t n, uint64_t key)
{
	for (size_t i = 0; i < n; i++)
		if (keys[i] == key)
			return n;
	keys[n] = key;
	return n + 1;
}

size_t observation_keys(const struct observation *o, uint64_t out[ENGINE_BURST])
{
	size_t n = 0;
	struct packet p;

	if (o->kind == OBSERVATION_ANSWER)
		return add_key(out, n, source_key(&o->answer->ask.tuple.src));
	if (o->kind != OBSERVATION_PACKETS)
		return 0;
	for (size_t i = 0; i < o->packets.n && i < ENGINE_BURST; i++) {
		const struct engine_input *in = &o->packets.in[i];

		if (packet_parse(in->bytes, in->meta.wire_len, &p) == PACKET_FINE)
			n = add_key(out, n, source_key(in->meta.hook == HOOK_OUTPUT ? &p.dst : &p.src));
	}
	return n;
}
