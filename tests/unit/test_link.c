/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Link layers, taken off. A frame is written as hexadecimal text; the packet within begins with 45 or 60.
 */
#include "codec/link.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TO_US "020000000001" "020000000002"
#define V4 "45000014" "a1a2a3a4"
#define V6 "60000000" "b1b2b3b4"

static uint8_t bytes[512];

static struct slice frame(const char *hex)
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
static struct link_packet finds(int link, const char *hex)
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

static void gives(int link, const char *hex, enum link_found found)
{
	struct link_packet p = { .wire_len = 77 };

	ck_assert_int_eq(link_decode(link, frame(hex), 1, &p), found);
	ck_assert_uint_eq(p.wire_len, 77); /* nothing is written */
}

/* However short it is cut: never more than is there, and never a packet where its header is not whole. */
static void survives_cutting(int link, const char *hex, size_t header)
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

START_TEST(ethernet_gives_both_families)
{
	struct link_packet p = finds(1, TO_US "0800" V4);

	ck_assert_int_eq(p.to, LINK_TO_HOST);
	ck_assert_uint_eq(p.if_index, 0);
	finds(1, TO_US "86dd" V6);
	survives_cutting(1, TO_US "0800" V4, 14);
}
END_TEST

START_TEST(ethernet_says_for_whom_a_frame_is)
{
	ck_assert_int_eq(finds(1, "ffffffffffff" "020000000002" "0800" V4).to, LINK_TO_ALL);
	ck_assert_int_eq(finds(1, "01005e000001" "020000000002" "0800" V4).to, LINK_TO_GROUP);
	ck_assert_int_eq(finds(1, "333300000001" "020000000002" "86dd" V6).to, LINK_TO_GROUP);
	ck_assert_int_eq(finds(1, "ffffffffffff" "020000000002" "81000005" "0800" V4).to, LINK_TO_ALL);
}
END_TEST

START_TEST(what_is_not_ip_is_whole_but_not_ours)
{
	gives(1, TO_US "0806" "0001080006040001", LINK_NO_IP);
	gives(1, TO_US "88cc" "02", LINK_NO_IP);
	gives(1, TO_US "0026" "424203" "0000", LINK_NO_IP);         /* spanning tree */
	gives(1, TO_US "0026" "aaaa03" "00000c" "2000", LINK_NO_IP); /* Cisco's own */
	gives(1, TO_US "0026" "ffff00", LINK_NO_IP);                 /* IPX */
	gives(1, TO_US "05ff" V4, LINK_NO_IP);                       /* neither length nor type */
}
END_TEST

START_TEST(vlan_tags_are_taken_off_up_to_eight)
{
	finds(1, TO_US "81000064" "0800" V4);
	finds(1, TO_US "88a80064" "81000065" "86dd" V6);
	finds(1, TO_US "91000064" "81000065" "0800" V4);
	finds(1, TO_US "81000001" "81000002" "81000003" "81000004" "81000005" "81000006" "81000007" "81000008" "0800" V4);
	gives(1, TO_US "81000001" "81000002" "81000003" "81000004" "81000005" "81000006" "81000007" "81000008" "81000009"
		"0800" V4, LINK_NO_IP);
	survives_cutting(1, TO_US "88a80064" "81000065" "0800" V4, 22);
}
END_TEST

START_TEST(llc_and_snap_carry_ip)
{
	finds(1, TO_US "0010" "aaaa03" "000000" "0800" V4);
	finds(1, TO_US "0010" "aaaa03" "0000f8" "86dd" V6);
	finds(1, TO_US "81000064" "0010" "aaaa03" "000000" "0800" V4);
	finds(1, TO_US "000b" "060603" V4);
	survives_cutting(1, TO_US "0010" "aaaa03" "000000" "0800" V4, 22);
}
END_TEST

START_TEST(cooked_captures_say_for_whom_and_from_whom)
{
	static const enum link_to to[] = { LINK_TO_HOST, LINK_TO_ALL, LINK_TO_GROUP, LINK_TO_HOST, LINK_OUTGOING,
		LINK_TO_UNKNOWN };
	char hex[128];

	for (unsigned i = 0; i < sizeof(to) / sizeof(to[0]); i++) {
		snprintf(hex, sizeof(hex), "%04x" "0001" "0006" "0200000000010000" "0800" V4, i);
		ck_assert_int_eq(finds(113, hex).to, to[i]);
		snprintf(hex, sizeof(hex), "86dd" "0000" "0000002a" "0001" "%02x" "06" "0200000000010000" V6, i);
		ck_assert_int_eq(finds(276, hex).to, to[i]);
		ck_assert_uint_eq(finds(276, hex).if_index, 42);
	}
	survives_cutting(113, "0000" "0001" "0006" "0200000000010000" "0800" V4, 16);
	survives_cutting(276, "0800" "0000" "0000002a" "0001" "00" "06" "0200000000010000" V4, 20);
}
END_TEST

START_TEST(cooked_captures_carry_tags_and_llc)
{
	finds(113, "0000" "0001" "0006" "0200000000010000" "8100" "0064" "0800" V4);
	finds(113, "0000" "0001" "0006" "0200000000010000" "0004" "aaaa03" "000000" "0800" V4);
	gives(113, "0000" "0001" "0006" "0200000000010000" "0001" V4, LINK_NO_IP);
	gives(113, "0004" "0338" "0000" "0000000000000000" "0800" V4, LINK_NO_IP); /* netlink: no Ethernet type */
}
END_TEST

START_TEST(loopback_has_its_family_in_either_byte_order)
{
	finds(0, "02000000" V4);
	finds(0, "00000002" V4);
	finds(108, "00000002" V4);
	finds(0, "0a000000" V6);
	finds(0, "17000000" V6);
	finds(0, "18000000" V6);
	finds(0, "1c000000" V6);
	finds(0, "1e000000" V6);
	finds(108, "0000001e" V6);
	gives(0, "07000000" V4, LINK_NO_IP);
	gives(0, "02000001" V4, LINK_NO_IP);
	survives_cutting(0, "02000000" V4, 4);
}
END_TEST

START_TEST(raw_ip_is_told_by_its_version)
{
	finds(101, V4);
	finds(101, V6);
	finds(12, V4);
	finds(14, V6);
	finds(228, V4);
	finds(229, V6);
	gives(101, "55", LINK_NO_IP);
	gives(101, "", LINK_CUT);
	gives(228, "", LINK_CUT);
}
END_TEST

START_TEST(a_wire_length_less_than_the_frame_is_the_frames)
{
	struct link_packet p;

	ck_assert_int_eq(link_decode(1, frame(TO_US "0800" V4), 3, &p), LINK_IP);
	ck_assert_uint_eq(p.wire_len, 8);
	ck_assert_int_eq(link_decode(1, frame(TO_US "81000001" "0800" V4), 3, &p), LINK_IP);
	ck_assert_uint_eq(p.wire_len, 8);
}
END_TEST

START_TEST(a_frame_cut_right_behind_its_header_is_an_empty_packet)
{
	struct link_packet p;

	ck_assert_int_eq(link_decode(1, frame(TO_US "0800"), 60, &p), LINK_IP);
	ck_assert_uint_eq(p.ip.len, 0);
	ck_assert_uint_eq(p.wire_len, 46);
}
END_TEST

START_TEST(link_types_that_nobody_knows_give_nothing)
{
	ck_assert(!link_known(195));
	ck_assert(!link_known(-1));
	ck_assert(!link_known(277));
	ck_assert(!link_known(INT32_MAX));
	gives(195, TO_US "0800" V4, LINK_NO_IP);
	gives(-1, TO_US "0800" V4, LINK_NO_IP);
}
END_TEST

static TCase *ethernet(void)
{
	TCase *c = tcase_create("ethernet");

	tcase_add_test(c, ethernet_gives_both_families);
	tcase_add_test(c, ethernet_says_for_whom_a_frame_is);
	tcase_add_test(c, what_is_not_ip_is_whole_but_not_ours);
	tcase_add_test(c, vlan_tags_are_taken_off_up_to_eight);
	tcase_add_test(c, llc_and_snap_carry_ip);
	tcase_add_test(c, cooked_captures_say_for_whom_and_from_whom);
	tcase_add_test(c, cooked_captures_carry_tags_and_llc);
	tcase_add_test(c, loopback_has_its_family_in_either_byte_order);
	tcase_add_test(c, raw_ip_is_told_by_its_version);
	tcase_add_test(c, a_wire_length_less_than_the_frame_is_the_frames);
	tcase_add_test(c, a_frame_cut_right_behind_its_header_is_an_empty_packet);
	tcase_add_test(c, link_types_that_nobody_knows_give_nothing);
	return c;
}

int main(void)
{
	Suite *s = suite_create("link");
	SRunner *r;
	int failed;

	suite_add_tcase(s, ethernet());
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
