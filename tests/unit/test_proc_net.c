/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of /proc/net as the kernel writes them on a machine of little-endian order, and lines that are none. */
#include "codec/proc_net.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

static struct slice over(const char *s)
{
	return (struct slice){ (const uint8_t *)s, strlen(s) };
}

static const char *said(const struct addr *a)
{
	static char out[ADDR_TEXT];

	addr_format(a, out, sizeof(out));
	return out;
}

START_TEST(a_listener_of_ipv4_is_read)
{
	struct proc_socket s;

	ck_assert(proc_net_socket(over("   0: 0100007F:07E8 00000000:0000 0A 00000000:00000000 00:00000000 00000000   33        0 118 1 "
		"0000000033b5658e 100 0 0 10 0\n"), &s));
	ck_assert_str_eq(said(&s.local), "127.0.0.1");
	ck_assert_uint_eq(s.local_port, 2024);
	ck_assert(addr_is_unspecified(&s.peer));
	ck_assert_uint_eq(s.state, 10);
	ck_assert_uint_eq(s.uid, 33);
	ck_assert_uint_eq(s.inode, 118);
}
END_TEST

START_TEST(an_address_of_ipv6_is_read_and_a_mapped_one_is_ipv4)
{
	struct proc_socket s;

	ck_assert(proc_net_socket(over("  1: B80D0120000000000000000001000000:01BB 00000000000000000000000000000000:0000 0A "
		"00000000:00000000 00:00000000 00000000 0 0 7 1"), &s));
	ck_assert_str_eq(said(&s.local), "2001:db8::1");
	ck_assert(proc_net_socket(over("  1: 0000000000000000FFFF0000010000C0:0016 0000000000000000FFFF0000020000C0:9C40 01 "
		"0:0 0:0 0 0 0 7 1"), &s));
	ck_assert_str_eq(said(&s.local), "192.0.0.1");
	ck_assert_uint_eq(s.peer_port, 40000);
}
END_TEST

START_TEST(headlines_and_cut_lines_are_no_sockets)
{
	static const char *const bad[] = { "", "\n", "  sl  local_address rem_address   st tx_queue", "0: 0100007F:07E8",
		"0: 0100007F:07E8 00000000:0000 0A 0:0 0:0 0 33 0", "0: 0100007F:07E8 00000000:0000 1FF 0:0 0:0 0 33 0 1",
		"0: 0100007F:17E81 00000000:0000 0A 0:0 0:0 0 33 0 1", "0: 010000:07E8 00000000:0000 0A 0:0 0:0 0 33 0 1",
		"0: 0100007F:07E8 00000000:0000 0A 0:0 0:0 0 99999999999 0 1", "0: 0100007G:07E8 00000000:0000 0A 0:0 0:0 0 33 0 1" };
	struct proc_socket s = { .inode = 4711 };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!proc_net_socket(over(bad[i]), &s), "%s", bad[i]);
	ck_assert_uint_eq(s.inode, 4711);
}
END_TEST

START_TEST(the_default_route_has_its_gateway)
{
	struct proc_route r;

	ck_assert(proc_net_route4(over("eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"), &r));
	ck_assert(r.whole);
	ck_assert_str_eq(r.link, "eth0");
	ck_assert_str_eq(said(&r.gateway), "192.0.2.1");
	ck_assert(proc_net_route4(over("eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"), &r));
	ck_assert(!r.whole && r.gateway.family == FAMILY_NONE);
	ck_assert(!proc_net_route4(over("*\t00000000\t00000000\t0200\t0\t0\t0\t00000000\t0\t0\t0\n"), &r));
	ck_assert(!proc_net_route4(over("Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask"), &r));
}
END_TEST

START_TEST(a_default_route_of_ipv6_that_rejects_leads_nowhere)
{
	static const char zero[] = "00000000000000000000000000000000";
	struct proc_route r;
	char line[300];

	snprintf(line, sizeof(line), "%s 00 %s 00 fe800000000000000000000000000001 00000400 1 0 00000003     eth0\n", zero, zero);
	ck_assert(proc_net_route6(over(line), &r));
	ck_assert(r.whole);
	ck_assert_str_eq(said(&r.gateway), "fe80::1");
	snprintf(line, sizeof(line), "%s 00 %s 00 %s ffffffff 1 0 00200200       lo\n", zero, zero, zero);
	ck_assert(!proc_net_route6(over(line), &r));
	snprintf(line, sizeof(line), "%s 81 %s 00 %s ffffffff 1 0 00000001 lo\n", zero, zero, zero);
	ck_assert(!proc_net_route6(over(line), &r));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("proc_net");
	TCase *c = tcase_create("proc_net");

	tcase_add_test(c, a_listener_of_ipv4_is_read);
	tcase_add_test(c, an_address_of_ipv6_is_read_and_a_mapped_one_is_ipv4);
	tcase_add_test(c, headlines_and_cut_lines_are_no_sockets);
	tcase_add_test(c, the_default_route_has_its_gateway);
	tcase_add_test(c, a_default_route_of_ipv6_that_rejects_leads_nowhere);
	suite_add_tcase(s, c);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
