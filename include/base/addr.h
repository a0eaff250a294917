/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses and prefixes of both families as values, and the 64-bit key under which a
 * source is remembered: the whole IPv4 address, or the /64 of an IPv6 address (whoever
 * has one address of a /64 has 2^64 of them). IPv4-mapped IPv6 addresses (RFC 4291,
 * 2.5.5.2) become IPv4 wherever an address enters, but from the wire: there they are
 * forged.
 */
#ifndef TIDEGATE_BASE_ADDR_H
#define TIDEGATE_BASE_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum family {
	FAMILY_NONE = 0,
	FAMILY_V4 = 4,
	FAMILY_V6 = 6,
};

/* Network byte order; IPv4 fills the first 4 bytes, the others are 0, so that two can be
 * compared whole. */
struct addr {
	uint8_t family; /* enum family */
	uint8_t bytes[16];
};

struct prefix {
	struct addr addr; /* host bits are 0 */
	uint8_t len;      /* 0..32 or 0..128 */
};

#define ADDR_TEXT 46   /* room for any address with its terminator */
#define PREFIX_TEXT 50 /* the same with "/128" */

struct addr addr_v4(const uint8_t bytes[4]);
struct addr addr_v6(const uint8_t bytes[16]); /* mapped addresses come out as IPv4 */

/* Both return 0, or ERR_INVALID and leave *out alone. prefix_parse takes a bare
 * address as a full-length prefix and refuses set host bits with ERR_RANGE (10.0.0.1/8
 * is a slip, not a wish). A mapped prefix (::ffff:10.0.0.0/104) becomes its IPv4 one
 * (10.0.0.0/8). */
int addr_parse(const char *text, struct addr *out);
int prefix_parse(const char *text, struct prefix *out);

/* Always terminated; return the length. prefix_format leaves a full length out
 * (192.0.2.1, not 192.0.2.1/32). */
size_t addr_format(const struct addr *a, char *out, size_t size);
size_t prefix_format(const struct prefix *p, char *out, size_t size);

bool addr_equal(const struct addr *a, const struct addr *b);
bool prefix_equal(const struct prefix *a, const struct prefix *b);

/* The prefix of that length around an address; a length over the family's is taken as
 * the family's. */
struct prefix prefix_of(const struct addr *a, unsigned len);
bool prefix_holds(const struct prefix *p, const struct addr *a);
/* Also where both are equal. */
bool prefix_covers(const struct prefix *outer, const struct prefix *inner);
unsigned addr_bits(const struct addr *a); /* 32 or 128; 0 for none */

bool addr_is_loopback(const struct addr *a);
bool addr_is_link_local(const struct addr *a); /* fe80::/10; 169.254/16 is not: its key is its own */
bool addr_is_multicast(const struct addr *a); /* 224.0.0.0/4, ff00::/8, broadcast */
bool addr_is_private(const struct addr *a); /* RFC 1918, 6598 (100.64/10), 3927 (169.254/16), 4193 (fc00::/7), fe80::/10, loopback */
bool addr_is_unspecified(const struct addr *a); /* 0.0.0.0, :: */

/*
 * The key of a source: IPv4 as 1:32 bits, IPv6 as its /64 with the top bit set, so that
 * no IPv6 address can stand in an IPv4 source's record; never 0 but for FAMILY_NONE.
 * source_prefix is the way back (IPv4 /32 or IPv6 /64).
 */
uint64_t source_key(const struct addr *a);
struct prefix source_prefix(uint64_t key);

#endif
