/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages of the packet log in captures.
 */
#include "support/link_lab.h"

/* Lengths and types are as this host has them. */
static struct slice attribute(struct slice f, uint16_t type, uint16_t len, const char *value, size_t n)
{
	const uint16_t head[2] = { (uint16_t)(len + 4), type };
	uint8_t *at = bytes + f.len;

	ck_assert_uint_le(f.len + 4 + n + 3, sizeof(bytes));
	memcpy(at, head, sizeof(head));
	memset(at + 4, 0, n + 3);
	memcpy(at + 4, value, n);
	return (struct slice){ bytes, f.len + 4 + (n + 3) / 4 * 4 };
}

static enum link_found nflog(struct slice f, struct link_packet *p)
{
	return link_decode(239, f, (uint32_t)f.len, p);
}

START_TEST(nflog_gives_the_packet_its_prefix_and_its_interface)
{
	struct slice f = frame("02" "00" "0005");
	struct link_packet p;

	f = attribute(f, 1, 4, "\x08\x00\x01\x00", 4);
	f = attribute(f, 10, 6, "hello", 6);
	f = attribute(f, 5, 4, "\x00\x00\x00\x04", 4);
	f = attribute(f, 4, 4, "\x00\x00\x00\x03", 4);
	f = attribute(f, 9, 1480, "\x45" "packet", 7);
	ck_assert_int_eq(nflog(f, &p), LINK_IP);
	ck_assert_uint_eq(p.if_index, 3);
	ck_assert_uint_eq(p.note.len, 5);
	ck_assert_mem_eq(p.note.at, "hello", 5);
	ck_assert_uint_eq(p.ip.at[0], 0x45);
	ck_assert_uint_eq(p.wire_len, 1480); /* cut by the snap length */
	ck_assert_int_eq(p.to, LINK_TO_UNKNOWN);
}
END_TEST

START_TEST(nflog_of_the_output_hook_is_outgoing)
{
	struct slice f = frame("0a" "00" "0005");
	struct link_packet p;

	f = attribute(f, 1, 4, "\x86\xdd\x03\x00", 4);
	f = attribute(f, 5, 4, "\x00\x00\x00\x04", 4);
	f = attribute(f, 9, 8, "\x60" "packet6", 8);
	ck_assert_int_eq(nflog(f, &p), LINK_IP);
	ck_assert_int_eq(p.to, LINK_OUTGOING);
	ck_assert_uint_eq(p.if_index, 4);
	ck_assert_uint_eq(p.ip.len, 8);
	ck_assert_uint_eq(p.wire_len, 8);
}
END_TEST

START_TEST(nflog_without_a_packet_of_ours_gives_none)
{
	struct link_packet p;
	struct slice f = frame("02" "00" "0005");

	ck_assert_int_eq(nflog(f, &p), LINK_NO_IP);
	f = attribute(f, 10, 6, "hello", 6);
	ck_assert_int_eq(nflog(f, &p), LINK_NO_IP);
	f = attribute(frame("03" "00" "0005"), 9, 8, "\x45" "packet6", 8); /* ARP's family */
	ck_assert_int_eq(nflog(f, &p), LINK_NO_IP);
	f = attribute(frame("07" "00" "0005"), 1, 4, "\x08\x00\x01\x00", 4); /* a bridge, and IPv4 in it */
	f = attribute(f, 9, 8, "\x45" "packet6", 8);
	ck_assert_int_eq(nflog(f, &p), LINK_IP);
	f = attribute(frame("02" "01" "0005"), 9, 8, "\x45" "packet6", 8); /* a version to come */
	ck_assert_int_eq(nflog(f, &p), LINK_NO_IP);
}
END_TEST

START_TEST(nflog_that_contradicts_itself_is_cut)
{
	struct link_packet p;
	struct slice f = attribute(frame("02" "00" "0005"), 10, 400, "hello", 6);

	ck_assert_int_eq(nflog(f, &p), LINK_CUT);
	f = attribute(frame("02" "00" "0005"), 10, (uint16_t)-1, "hello", 6);
	ck_assert_int_eq(nflog(f, &p), LINK_CUT);
	ck_assert_int_eq(nflog(frame("0200"), &p), LINK_CUT);
	f = attribute(frame("02" "00" "0005"), 9, 100, "", 0); /* cut right before the packet */
	ck_assert_int_eq(nflog(f, &p), LINK_CUT);
}
END_TEST

static TCase *packet_log(void)
{
	TCase *c = tcase_create("nflog");

	tcase_add_test(c, nflog_gives_the_packet_its_prefix_and_its_interface);
	tcase_add_test(c, nflog_of_the_output_hook_is_outgoing);
	tcase_add_test(c, nflog_without_a_packet_of_ours_gives_none);
	tcase_add_test(c, nflog_that_contradicts_itself_is_cut);
	return c;
}

int main(void)
{
	Suite *s = suite_create("link_nflog");
	SRunner *r;
	int failed;

	suite_add_tcase(s, packet_log());
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
