/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses and prefixes as values: text, comparison, masks, and the key of a source.
 */
#include "base/addr.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

/* Byte i of the mask of a prefix of len bits. */
static uint8_t mask_byte(unsigned len, unsigned i)
{
	if (len >= 8 * (i + 1))
		return 0xff;
	if (len <= 8 * i)
		return 0;
	return (uint8_t)(0xff << (8 - (len - 8 * i)));
}

/* "/len" without sign, space, leading zero or anything after it. */
static int parse_length(const char *text, unsigned most, uint8_t *out)
{
	unsigned len = 0;

	if (!*text || (text[0] == '0' && text[1]))
		return ERR_INVALID;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return ERR_INVALID;
		len = len * 10 + (unsigned)(*text - '0');
		if (len > most)
			return ERR_INVALID;
	}
	*out = (uint8_t)len;
	return 0;
}

struct addr addr_v4(const uint8_t bytes[4])
{
	struct addr a = { .family = FAMILY_V4 };

	memcpy(a.bytes, bytes, 4);
	return a;
}

struct addr addr_v6(const uint8_t bytes[16])
{
	struct addr a = { .family = FAMILY_V6 };

	if (memcmp(bytes, mapped, sizeof(mapped)) == 0)
		return addr_v4(bytes + sizeof(mapped));
	memcpy(a.bytes, bytes, 16);
	return a;
}

int addr_parse(const char *text, struct addr *out)
{
	uint8_t bytes[16];

	if (inet_pton(AF_INET, text, bytes) == 1) {
		*out = addr_v4(bytes);
		return 0;
	}
	if (inet_pton(AF_INET6, text, bytes) == 1) {
		*out = addr_v6(bytes);
		return 0;
	}
	return ERR_INVALID;
}

int prefix_parse(const char *text, struct prefix *out)
{
	const char *slash = strchr(text, '/');
	size_t head = slash ? (size_t)(slash - text) : strlen(text);
	char bare[ADDR_TEXT];
	struct prefix p, masked;
	int err;

	if (head >= sizeof(bare))
		return ERR_INVALID;
	memcpy(bare, text, head);
	bare[head] = '\0';
	err = addr_parse(bare, &p.addr);
	if (err)
		return err;
	p.len = (uint8_t)addr_bits(&p.addr);
	if (slash) {
		/* A mapped address keeps the length that its 128-bit form was given. */
		bool narrowed = p.addr.family == FAMILY_V4 && strchr(bare, ':');
		unsigned most = narrowed ? 128 : p.len;

		err = parse_length(slash + 1, most, &p.len);
		if (err || (narrowed && p.len < 96))
			return ERR_INVALID;
		if (narrowed)
			p.len = (uint8_t)(p.len - 96);
	}
	masked = prefix_of(&p.addr, p.len);
	if (!prefix_equal(&p, &masked))
		return ERR_RANGE;
	*out = p;
	return 0;
}

size_t addr_format(const struct addr *a, char *out, size_t size)
{
	int af = a->family == FAMILY_V4 ? AF_INET : AF_INET6;
	char whole[ADDR_TEXT];
	struct text t = text_over(out, size);

	if (a->family == FAMILY_NONE)
		text_add(&t, "none");
	else if (inet_ntop(af, a->bytes, whole, sizeof(whole)))
		text_add(&t, whole);
	return t.len;
}

size_t prefix_format(const struct prefix *p, char *out, size_t size)
{
	char bare[ADDR_TEXT];
	struct text t = text_over(out, size);

	(void)addr_format(&p->addr, bare, sizeof(bare));
	text_add(&t, bare);
	if (p->len < addr_bits(&p->addr))
		text_addf(&t, "/%u", p->len);
	return t.len;
}

bool addr_equal(const struct addr *a, const struct addr *b)
{
	if (a->family != b->family)
		return false;
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

bool prefix_equal(const struct prefix *a, const struct prefix *b)
{
	return a->len == b->len && addr_equal(&a->addr, &b->addr);
}

struct prefix prefix_of(const struct addr *a, unsigned len)
{
	unsigned most = addr_bits(a);
	struct prefix p = { .addr = *a, .len = (uint8_t)(len < most ? len : most) };

	for (unsigned i = 0; i < sizeof(p.addr.bytes); i++)
		p.addr.bytes[i] &= mask_byte(p.len, i);
	return p;
}

bool prefix_holds(const struct prefix *p, const struct addr *a)
{
	if (p->addr.family != a->family || a->family == FAMILY_NONE)
		return false;
	for (unsigned i = 0; 8 * i < p->len; i++) {
		if ((a->bytes[i] & mask_byte(p->len, i)) != p->addr.bytes[i])
			return false;
	}
	return true;
}

bool prefix_covers(const struct prefix *outer, const struct prefix *inner)
{
	return outer->len <= inner->len && prefix_holds(outer, &inner->addr);
}

unsigned addr_bits(const struct addr *a)
{
	if (a->family == FAMILY_V4)
		return 32;
	return a->family == FAMILY_V6 ? 128 : 0;
}

bool addr_is_loopback(const struct addr *a)
{
	static const uint8_t one[16] = { [15] = 1 };

	if (a->family == FAMILY_V4)
		return a->bytes[0] == 127;
	return a->family == FAMILY_V6 && memcmp(a->bytes, one, sizeof(one)) == 0;
}

bool addr_is_link_local(const struct addr *a)
{
	return a->family == FAMILY_V6 && a->bytes[0] == 0xfe && (a->bytes[1] & 0xc0) == 0x80;
}

bool addr_is_private(const struct addr *a)
{
	const uint8_t *b = a->bytes;

	if (addr_is_loopback(a) || addr_is_link_local(a))
		return true;
	if (a->family == FAMILY_V6)
		return (b[0] & 0xfe) == 0xfc;
	if (a->family != FAMILY_V4)
		return false;
	return b[0] == 10 || (b[0] == 172 && (b[1] & 0xf0) == 16) || (b[0] == 192 && b[1] == 168) ||
		(b[0] == 100 && (b[1] & 0xc0) == 64) || (b[0] == 169 && b[1] == 254);
}

bool addr_is_multicast(const struct addr *a)
{
	static const uint8_t everybody[4] = { 255, 255, 255, 255 };

	if (a->family == FAMILY_V6)
		return a->bytes[0] == 0xff;
	if (a->family != FAMILY_V4)
		return false;
	return (a->bytes[0] & 0xf0) == 0xe0 || memcmp(a->bytes, everybody, 4) == 0;
}

bool addr_is_unspecified(const struct addr *a)
{
	static const uint8_t zero[16];

	return a->family != FAMILY_NONE && memcmp(a->bytes, zero, sizeof(zero)) == 0;
}

uint64_t source_key(const struct addr *a)
{
	uint64_t key = 0;

	if (a->family == FAMILY_NONE)
		return 0;
	for (unsigned i = 0; i < (a->family == FAMILY_V4 ? 4 : 8); i++)
		key = key << 8 | a->bytes[i];
	return key | UINT64_C(1) << (a->family == FAMILY_V4 ? 32 : 63);
}

struct prefix source_prefix(uint64_t key)
{
	bool v6 = key >> 63;
	struct prefix p = { .len = v6 ? 64 : 32 };
	unsigned bytes = v6 ? 8 : 4;

	if (key == 0)
		return (struct prefix){ .len = 0 };
	p.addr.family = v6 ? FAMILY_V6 : FAMILY_V4;
	/* The key's top bit hides the address's. Of the pairs that fall together, one
	 * half is unassigned space: fc00::/7, fe80::/10 and ff00::/8 have 111 in
	 * front, all else in use (2000::/3, ::/8, 64:ff9b::/96) has a 0. */
	if (v6 && key >> 61 != 7)
		key &= ~(UINT64_C(1) << 63);
	for (unsigned i = 0; i < bytes; i++)
		p.addr.bytes[i] = (uint8_t)(key >> (8 * (bytes - 1 - i)));
	return p;
}
