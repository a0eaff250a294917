/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets for tests: a struct of what matters in, the bytes of an IP packet with right
 * lengths and checksums out. For unit tests, scenarios and the seeds of the fuzzers; not
 * a part of the programs.
 */
#ifndef TIDEGATE_TESTS_SUPPORT_CRAFT_H
#define TIDEGATE_TESTS_SUPPORT_CRAFT_H

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"

struct craft {
	struct addr src, dst; /* of one family */
	uint8_t proto;        /* PROTO_*; another number gets the payload alone */
	uint16_t sport, dport;
	uint8_t tcp_flags;
	uint32_t seq, ack;
	uint8_t ttl;          /* 0 = 64 */
	uint8_t icmp_type, icmp_code;
	uint16_t payload;     /* bytes of it: 'a', 'b', ... */
	uint16_t ip_id;
	const uint8_t *options; /* of TCP, as they shall stand */
	uint8_t n_options;      /* bytes: a multiple of 4, at most 40 */
};

/* Writes the packet; its length, or 0 where size is too small or the families differ. */
size_t craft_packet(const struct craft *c, uint8_t *out, size_t size);

/* Both checksums anew, after a test changed bytes of a packet without extension
 * headers. */
void craft_sums(uint8_t *packet, size_t len);

/* Puts an extension header of len bytes (a multiple of 8; the first byte is overwritten)
 * right behind the fixed IPv6 header. The new length, or 0 where it does not fit. */
size_t craft_extend(uint8_t *packet, size_t len, size_t size, uint8_t number,
	const uint8_t *header, size_t header_len);

/* An address from text; the program ends on a slip, as the test is wrong then. */
struct addr craft_addr(const char *text);

#endif
