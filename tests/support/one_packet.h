/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One packet under test, for the tests of the packet parser: made by craft, bent by the
 * test, parsed from memory that ends where the packet ends.
 */
#ifndef TIDEGATE_TESTS_SUPPORT_ONE_PACKET_H
#define TIDEGATE_TESTS_SUPPORT_ONE_PACKET_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "core/packet.h"
#include "craft.h"

#define SIZE 2048

static uint8_t bytes[SIZE];
static size_t length;
static struct packet seen;

static inline struct craft v4(uint8_t proto)
{
	return (struct craft){
		.src = craft_addr("192.0.2.7"),
		.dst = craft_addr("198.51.100.9"),
		.proto = proto,
		.sport = 40000,
		.dport = 443,
		.tcp_flags = TCP_SYN,
		.seq = 0x01020304,
		.ack = 0x0a0b0c0d,
		.ttl = 57,
		.ip_id = 0x1234,
	};
}

static inline struct craft v6(uint8_t proto)
{
	struct craft c = v4(proto);

	c.src = craft_addr("2001:db8::7");
	c.dst = craft_addr("2001:db8:1::9");
	return c;
}

static inline void make(struct craft c)
{
	length = craft_packet(&c, bytes, SIZE);
	ck_assert_uint_gt(length, 0);
}

static inline enum packet_fault parse(void)
{
	const struct slice whole = { .at = bytes, .len = length };

	return packet_parse(whole, (uint32_t)length, &seen);
}

/* Only the first len bytes were copied. The copy has no byte behind it to be read. */
static inline enum packet_fault parse_cut(size_t len, uint32_t wire_len)
{
	uint8_t *exact = malloc(len ? len : 1);
	enum packet_fault fault;

	ck_assert_ptr_nonnull(exact);
	memcpy(exact, bytes, len);
	fault = packet_parse((struct slice){ .at = exact, .len = len }, wire_len, &seen);
	free(exact);
	return fault;
}

static inline void fragment(unsigned offset, bool more)
{
	bytes[6] = (uint8_t)((more ? 0x20 : 0) | offset / 8 >> 8);
	bytes[7] = (uint8_t)(offset / 8);
}

/* An IPv6 extension header of one kind, 8 * units bytes. */
static inline void extend(uint8_t number, size_t units)
{
	uint8_t header[8 * 256] = { 0 };

	header[1] = (uint8_t)(units - 1);
	if (number == 51)
		header[1] = (uint8_t)(units * 2 - 2);
	if (number == 44)
		header[1] = 0xff; /* reserved there, no length */
	length = craft_extend(bytes, length, SIZE, number, header, units * 8);
	ck_assert_uint_gt(length, 0);
}

static inline void extend_fragment(unsigned offset, bool more)
{
	extend(44, 1);
	bytes[42] = (uint8_t)(offset >> 8);
	bytes[43] = (uint8_t)((offset & 0xf8) | (more ? 1 : 0));
	bytes[46] = 0xab;
	bytes[47] = 0xcd;
}

#endif
