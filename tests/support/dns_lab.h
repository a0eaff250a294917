/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A DNS message that is written byte by byte, and what the parser makes of it.
 */
#ifndef TIDEGATE_TESTS_SUPPORT_DNS_LAB_H
#define TIDEGATE_TESTS_SUPPORT_DNS_LAB_H

#include "codec/dns_msg.h"

#include <check.h>
#include <string.h>

/* A message that is being written; names as text, "\x03" and the like where a test wants bytes. */
static uint8_t bytes[4096];
static size_t n;
static struct dns_message m;

static inline void put(const void *data, size_t len)
{
	memcpy(bytes + n, data, len);
	n += len;
}

static inline void put16(unsigned v)
{
	put((const uint8_t[]){ (uint8_t)(v >> 8), (uint8_t)v }, 2);
}

static inline void put32(uint32_t v)
{
	put16(v >> 16);
	put16(v & 0xffff);
}

static inline void name(const char *text)
{
	while (*text) {
		size_t len = strcspn(text, ".");

		put((const uint8_t[]){ (uint8_t)len }, 1);
		put(text, len);
		text += len + (text[len] == '.');
	}
	put("", 1);
}

static inline void begin(unsigned flags, unsigned answers)
{
	n = 0;
	put16(0x1234);
	put16(flags);
	put16(1);
	put16(answers);
	put16(0);
	put16(0);
}

static inline void question(const char *text, unsigned type)
{
	name(text);
	put16(type);
	put16(1);
}

/* The rest of a record, behind its owner. */
static inline void record(unsigned type, uint32_t ttl_s, const void *data, size_t len)
{
	put16(type);
	put16(1);
	put32(ttl_s);
	put16((unsigned)len);
	put(data, len);
}

static inline void pointer(size_t to)
{
	put16(0xc000 | (unsigned)to);
}

static inline void a(uint32_t ttl_s, unsigned last)
{
	record(DNS_TYPE_A, ttl_s, (const uint8_t[]){ 192, 0, 2, (uint8_t)last }, 4);
}

/* An alias of whatever owner stands before it; where its target stands. */
static inline size_t alias(uint32_t ttl_s, const char *target)
{
	size_t data, end;

	record(DNS_TYPE_CNAME, ttl_s, "", 0);
	data = n;
	name(target);
	end = n;
	n = data - 2;
	put16((unsigned)(end - data));
	n = end;
	return data;
}

static inline int parse(void)
{
	memset(&m, 0x5a, sizeof(m));
	return dns_msg_parse((struct slice){ bytes, n }, &m);
}

static inline void is_v4(size_t i, unsigned last, uint32_t ttl_s)
{
	struct addr want = addr_v4((const uint8_t[]){ 192, 0, 2, (uint8_t)last });

	ck_assert_uint_lt(i, m.n_addresses);
	ck_assert(addr_equal(&m.addresses[i].addr, &want));
	ck_assert_uint_eq(m.addresses[i].ttl_s, ttl_s);
}

/* Labels of 63, 63, 63 and 61 bytes, as long as names can be: 255 on the wire. */
static inline void longest(int letter, size_t last)
{
	uint8_t label[63];

	memset(label, letter, sizeof(label));
	for (size_t i = 0; i < 3; i++) {
		put((const uint8_t[]){ 63 }, 1);
		put(label, sizeof(label));
	}
	put((const uint8_t[]){ (uint8_t)last }, 1);
	put(label, last);
	put("\0\0\1\0\1", 5);
}

static inline struct packet datagram(uint16_t sport, uint16_t dport)
{
	return (struct packet){ .src = addr_v4((const uint8_t[]){ 10, 0, 0, 1 }), .dst = addr_v4((const uint8_t[]){ 10, 0, 0, 2 }),
		.proto = PROTO_UDP, .sport = sport, .dport = dport, .payload = { bytes, n }, .payload_len = (uint32_t)n };
}

#endif
