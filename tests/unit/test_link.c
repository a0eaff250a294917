/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Link layers, taken off: Ethernet and its types, cooked captures, loopback, raw IP, point to point.
 */
#include "support/link_lab.h"

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

/* ---- point to point ---- */

START_TEST(ppp_is_found_under_all_its_framings)
{
	finds(9, "ff03" "0021" V4);
	finds(9, "0021" V4);
	finds(9, "21" V4); /* the first byte of the protocol left out */
	finds(9, "ff03" "57" V6);
	finds(50, "ff03" "0057" V6);
	finds(50, "0f00" "0800" V4);
	finds(50, "8f00" "86dd" V6);
	gives(9, "ff03" "c021" "01010004", LINK_NO_IP);
	survives_cutting(9, "ff03" "0021" V4, 4);
	survives_cutting(50, "0f00" "0800" V4, 4);
}
END_TEST

START_TEST(ppp_with_a_direction_says_who_sent)
{
	ck_assert_int_eq(finds(204, "01" "ff03" "0021" V4).to, LINK_OUTGOING);
	ck_assert_int_eq(finds(204, "00" "ff03" "0021" V4).to, LINK_TO_HOST);
	ck_assert_int_eq(finds(166, "01" "03" "0021" V4).to, LINK_OUTGOING);
	ck_assert_int_eq(finds(166, "00" "03" "0057" V6).to, LINK_TO_HOST);
	ck_assert_int_eq(finds(205, "01" "0f00" "0800" V4).to, LINK_OUTGOING);
	survives_cutting(166, "00" "03" "0021" V4, 4);
	survives_cutting(205, "01" "0f00" "0800" V4, 5);
}
END_TEST

START_TEST(ciscos_hdlc_carries_ip_and_labels)
{
	finds(104, "0f00" "0800" V4);
	finds(104, "8f00" "86dd" V6);
	finds(104, "0f00" "8847" "000103ff" V4);
	gives(104, "8f00" "8035" "00000002", LINK_NO_IP); /* keepalive */
	gives(104, "0f00" "0010" "aaaa03" "000000" "0800" V4, LINK_NO_IP);
	survives_cutting(104, "0f00" "0800" V4, 4);
}
END_TEST

START_TEST(pppoe_sessions_are_opened_and_discovery_is_not)
{
	finds(1, TO_US "8864" "1100" "0001" "000a" "0021" V4);
	finds(1, TO_US "81000007" "8864" "1100" "0001" "000a" "0057" V6);
	finds(51, "1100" "0001" "000a" "0021" V4);
	gives(1, TO_US "8863" "1109" "0000" "0004" "01010000", LINK_NO_IP);
	gives(1, TO_US "8864" "11a7" "0001" "0000", LINK_NO_IP);        /* the session ends */
	gives(1, TO_US "8864" "1100" "0001" "0006" "c021" "09010004", LINK_NO_IP); /* echo request */
	survives_cutting(1, TO_US "8864" "1100" "0001" "000a" "0021" V4, 22);
}
END_TEST

START_TEST(labels_are_taken_off_down_to_the_bottom)
{
	finds(1, TO_US "8847" "000103ff" V4);
	finds(1, TO_US "8847" "000102ff" "000103ff" V6);
	finds(1, TO_US "8848" "000103ff" V4);
	finds(9, "0281" "000103ff" V4);
	gives(1, TO_US "8847" "000103ff" "00000000" "0200", LINK_NO_IP); /* a wire's control word */
	gives(1, TO_US "8847" "00000000" "00000000" "00000000" "00000000" "00000000" "00000000" "00000000" "00000000"
		"000103ff" V4, LINK_NO_IP);
	survives_cutting(1, TO_US "8847" "000102ff" "000103ff" V4, 23);
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

static TCase *point_to_point(void)
{
	TCase *c = tcase_create("point to point");

	tcase_add_test(c, ppp_is_found_under_all_its_framings);
	tcase_add_test(c, ppp_with_a_direction_says_who_sent);
	tcase_add_test(c, ciscos_hdlc_carries_ip_and_labels);
	tcase_add_test(c, pppoe_sessions_are_opened_and_discovery_is_not);
	tcase_add_test(c, labels_are_taken_off_down_to_the_bottom);
	return c;
}

int main(void)
{
	Suite *s = suite_create("link");
	SRunner *r;
	int failed;

	suite_add_tcase(s, ethernet());
	suite_add_tcase(s, point_to_point());
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
