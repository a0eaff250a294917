/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames for the tests of codec/link, written as hexadecimal text; the packet within begins with 45 or 60.
 */
#ifndef TIDEGATE_TESTS_SUPPORT_LINK_LAB_H
#define TIDEGATE_TESTS_SUPPORT_LINK_LAB_H

#include "codec/link.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TO_US "020000000001" "020000000002"
#define V4 "45000014" "a1a2a3a4"
#define V6 "60000000" "b1b2b3b4"

static uint8_t bytes[512];

static inline struct slice frame(const char *hex)
{
	size_t n = strlen(hex) / 2;

	ck_assert_uint_le(n, sizeof(bytes));
	for (size_t i = 0; i < n; i++) {
		const char pair[3] = { hex[2 * i], hex[2 * i + 1] };

		bytes[i] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return (struct slice){ bytes, n };
}

/* The packet is the last eight bytes of the frame; its length on the wire follows from the frame's. */
static inline struct link_packet finds(int link, const char *hex)
{
	const struct slice f = frame(hex);
	struct link_packet p = { .wire_len = 0 };

	ck_assert(link_known(link));
	ck_assert_int_eq(link_decode(link, f, (uint32_t)f.len + 1000, &p), LINK_IP);
	ck_assert_uint_eq(p.ip.len, 8);
	ck_assert_ptr_eq(p.ip.at, f.at + f.len - 8);
	ck_assert_uint_eq(p.wire_len, 1008);
	ck_assert_uint_eq(p.note.len, 0);
	return p;
}

static inline void gives(int link, const char *hex, enum link_found found)
{
	struct link_packet p = { .wire_len = 77 };

	ck_assert_int_eq(link_decode(link, frame(hex), 1, &p), found);
	ck_assert_uint_eq(p.wire_len, 77); /* nothing is written */
}

/* However short it is cut: never more than is there, and never a packet where its header is not whole. */
static inline void survives_cutting(int link, const char *hex, size_t header)
{
	const struct slice f = frame(hex);

	for (size_t n = 0; n < header; n++) {
		uint8_t *copy = malloc(n ? n : 1); /* so that a sanitizer sees a read past it */
		struct link_packet p;

		ck_assert_ptr_nonnull(copy);
		memcpy(copy, f.at, n);
		ck_assert_int_eq(link_decode(link, (struct slice){ copy, n }, (uint32_t)f.len, &p), LINK_CUT);
		free(copy);
	}
}

#endif
