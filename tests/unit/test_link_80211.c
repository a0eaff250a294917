/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 802.11 frames, bare and under what drivers put before them.
 */
#include "support/link_lab.h"

#define LLC_V4 "aaaa03" "000000" "0800" V4
#define A1 "0200000000a1"
#define A2 "0200000000a2"
#define A3 "0200000000a3"

START_TEST(data_frames_of_802_11_are_opened)
{
	finds(105, "0800" "0000" A1 A2 A3 "1000" LLC_V4);
	finds(105, "0803" "0000" A1 A2 A3 "1000" "0200000000a4" LLC_V4); /* between stations of one system */
	finds(105, "8801" "0000" A1 A2 A3 "1000" "0000" LLC_V4);         /* quality of service */
	finds(105, "8881" "0000" A1 A2 A3 "1000" "0000" "00000000" LLC_V4); /* and HT control */
	finds(105, "8801" "0000" A1 A2 A3 "1000" "8000" A1 A2 "0010" LLC_V4); /* several in one */
	survives_cutting(105, "8801" "0000" A1 A2 A3 "1000" "0000" LLC_V4, 34);
}
END_TEST

START_TEST(what_802_11_does_not_show_is_not_ours)
{
	gives(105, "8000" "0000" A1 A2 A3 "1000" LLC_V4, LINK_NO_IP); /* beacon */
	gives(105, "d400" "0000" A1, LINK_NO_IP);                     /* acknowledgement */
	gives(105, "4801" "0000" A1 A2 A3 "1000", LINK_NO_IP);        /* no data */
	gives(105, "c801" "0000" A1 A2 A3 "1000" "0000", LINK_NO_IP);
	gives(105, "0840" "0000" A1 A2 A3 "1000" LLC_V4, LINK_NO_IP); /* encrypted */
	gives(105, "0800" "0000" A1 A2 A3 "1100" LLC_V4, LINK_NO_IP); /* a later fragment */
}
END_TEST

START_TEST(the_receiver_in_802_11_stands_where_the_direction_says)
{
	ck_assert_int_eq(finds(105, "0802" "0000" "ffffffffffff" A2 A3 "1000" LLC_V4).to, LINK_TO_ALL);
	ck_assert_int_eq(finds(105, "0801" "0000" A1 A2 "ffffffffffff" "1000" LLC_V4).to, LINK_TO_ALL);
	ck_assert_int_eq(finds(105, "0801" "0000" A1 A2 "01005e000001" "1000" LLC_V4).to, LINK_TO_GROUP);
	ck_assert_int_eq(finds(105, "0802" "0000" A1 A2 "ffffffffffff" "1000" LLC_V4).to, LINK_TO_HOST);
}
END_TEST

#define QOS_V4 "8801" "0000" A1 A2 A3 "1000" "0000"

START_TEST(radiotap_and_its_padding_are_taken_off)
{
	finds(127, "0000" "0800" "00000000" QOS_V4 LLC_V4);
	finds(127, "0000" "0900" "02000000" "00" QOS_V4 LLC_V4);
	finds(127, "0000" "0900" "02000000" "20" QOS_V4 "0000" LLC_V4);
	/* behind a clock, and a second word of what follows */
	finds(127, "0000" "1900" "03000080" "00000000" "00000000" "1122334455667788" "20" QOS_V4 "0000" LLC_V4);
	survives_cutting(127, "0000" "0900" "02000000" "20" QOS_V4 "0000" LLC_V4, 45);
}
END_TEST

START_TEST(radiotap_that_contradicts_itself_is_cut)
{
	gives(127, "0000" "0700" "00000000" QOS_V4 LLC_V4, LINK_CUT);
	gives(127, "0000" "ff00" "00000000" QOS_V4 LLC_V4, LINK_CUT);
	gives(127, "0100" "0800" "00000000" QOS_V4 LLC_V4, LINK_NO_IP);
	/* more words promised than its length has room for: the flags cannot be found */
	finds(127, "0000" "0c00" "02000080" "00000080" QOS_V4 LLC_V4);
}
END_TEST

START_TEST(prism_avs_and_ppi_are_taken_off)
{
	char hex[512] = "", zeros[290] = "";

	memset(zeros, '0', 288);
	snprintf(hex, sizeof(hex), "%s%s", zeros, QOS_V4 LLC_V4);
	finds(119, hex);
	survives_cutting(119, hex, 144);
	finds(119, "80211001" "0000000c" "00000000" QOS_V4 LLC_V4); /* AVS under Prism's type */
	finds(163, "80211001" "0000000c" "00000000" QOS_V4 LLC_V4);
	gives(163, "80211001" "00000007" QOS_V4 LLC_V4, LINK_CUT);
	gives(163, "80211001" "ffffffff" QOS_V4 LLC_V4, LINK_CUT);
	finds(192, "0000" "0c00" "69000000" "00000000" QOS_V4 LLC_V4);
	ck_assert_int_eq(finds(192, "0000" "0800" "01000000" "ffffffffffff" "020000000002" "0800" V4).to, LINK_TO_ALL);
	gives(192, "0000" "0800" "c0000000" "0000" "0800" "65000000" V4, LINK_NO_IP); /* within itself */
	gives(192, "0000" "0800" "01010000" TO_US "0800" V4, LINK_NO_IP);
	gives(192, "0000" "0700" "65000000" V4, LINK_CUT);
	gives(192, "0000" "ff00" "65000000" V4, LINK_CUT);
	survives_cutting(192, "0000" "0c00" "69000000" "00000000" QOS_V4 LLC_V4, 46);
}
END_TEST

START_TEST(cooked_captures_of_a_monitor_have_radiotap)
{
	finds(113, "0000" "0323" "0000" "0000000000000000" "0004" "0000" "0800" "00000000" QOS_V4 LLC_V4);
	finds(113, "0000" "0321" "0000" "0000000000000000" "0004" QOS_V4 LLC_V4);
}
END_TEST

static TCase *radio(void)
{
	TCase *c = tcase_create("802.11");

	tcase_add_test(c, data_frames_of_802_11_are_opened);
	tcase_add_test(c, what_802_11_does_not_show_is_not_ours);
	tcase_add_test(c, the_receiver_in_802_11_stands_where_the_direction_says);
	tcase_add_test(c, radiotap_and_its_padding_are_taken_off);
	tcase_add_test(c, radiotap_that_contradicts_itself_is_cut);
	tcase_add_test(c, prism_avs_and_ppi_are_taken_off);
	tcase_add_test(c, cooked_captures_of_a_monitor_have_radiotap);
	return c;
}

int main(void)
{
	Suite *s = suite_create("link_80211");
	SRunner *r;
	int failed;

	suite_add_tcase(s, radio());
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
