/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers, texts and addresses of the log of observations, both ways. */
#include "codec/observation_numbers.h"

#include <string.h>

#include "codec/observation_log.h"

void pen_bytes(struct pen *p, const void *bytes, size_t len)
{
	if (p->full || len > (size_t)(p->end - p->at)) {
		p->full = true;
		return;
	}
	if (len)
		memcpy(p->at, bytes, len);
	p->at += len;
}

void pen_u8(struct pen *p, unsigned value)
{
	uint8_t byte = (uint8_t)value;

	pen_bytes(p, &byte, 1);
}

void pen_be(struct pen *p, uint64_t value, size_t bytes)
{
	while (bytes--)
		pen_u8(p, (uint8_t)(value >> bytes * 8));
}

void pen_number(struct pen *p, uint64_t value)
{
	for (; value >= 0x80; value >>= 7)
		pen_u8(p, (unsigned)(value & 0x7f) | 0x80);
	pen_u8(p, (unsigned)value);
}

void pen_signed(struct pen *p, int64_t value)
{
	pen_number(p, (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0));
}

void pen_text(struct pen *p, const char *text, size_t size)
{
	size_t len = strnlen(text, size);

	pen_number(p, len);
	pen_bytes(p, text, len);
}

void pen_addr(struct pen *p, const struct addr *a)
{
	pen_u8(p, a->family);
	pen_bytes(p, a->bytes, addr_bits(a) / 8);
}

void pen_prefix(struct pen *p, const struct prefix *x)
{
	pen_addr(p, &x->addr);
	pen_u8(p, x->len);
}

uint64_t take_number(struct cursor *c)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		uint8_t byte = cursor_u8(c);

		if (shift == 63 && byte > 1)
			break;
		value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return value;
	}
	c->failed = true;
	return 0;
}

int64_t take_signed(struct cursor *c)
{
	uint64_t value = take_number(c);

	return (int64_t)(value >> 1 ^ (value & 1 ? UINT64_MAX : 0));
}

/* A number that must not be over 'most'. */
uint64_t take_below(struct cursor *c, uint64_t most)
{
	uint64_t value = take_number(c);

	if (value <= most)
		return value;
	c->failed = true;
	return 0;
}

uint32_t take_u32(struct cursor *c)
{
	return (uint32_t)take_below(c, UINT32_MAX);
}

uint64_t take_be64(struct cursor *c)
{
	uint64_t high = cursor_be32(c);

	return high << 32 | cursor_be32(c);
}

/* A time so far from another one. */
int64_t take_after(struct cursor *c, int64_t before)
{
	int64_t at;

	if (!__builtin_add_overflow(before, take_signed(c), &at) && at >= 0 && at <= OBSERVATION_LATEST)
		return at;
	c->failed = true;
	return 0;
}

bool take_bool(struct cursor *c)
{
	uint8_t byte = cursor_u8(c);

	c->failed |= byte > 1;
	return byte == 1;
}

/* Without what a reader of C's strings would not see. */
void take_text(struct cursor *c, char *out, size_t size)
{
	size_t len = (size_t)take_below(c, size - 1);

	memset(out, 0, size);
	cursor_bytes(c, out, c->failed ? 0 : len);
	c->failed |= strnlen(out, size) != len;
}

void take_family(struct cursor *c, struct addr *a)
{
	memset(a, 0, sizeof(*a));
	a->family = cursor_u8(c);
	c->failed |= a->family != FAMILY_NONE && a->family != FAMILY_V4 && a->family != FAMILY_V6;
}

void take_addr(struct cursor *c, struct addr *a)
{
	take_family(c, a);
	cursor_bytes(c, a->bytes, c->failed ? 0 : addr_bits(a) / 8);
}

void take_prefix(struct cursor *c, struct prefix *out)
{
	struct prefix p = { .len = 0 };

	take_addr(c, &p.addr);
	p.len = cursor_u8(c);
	c->failed |= p.len > addr_bits(&p.addr);
	*out = p;
}
