/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's counters as text: of this kernel, of older and newer ones, and of none. */
#include "codec/proc_text.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

static const char snmp[] =
	"Ip: Forwarding DefaultTTL InReceives InUnknownProtos InDelivers\nIp: 2 64 1340 6 1340\n"
	"Icmp: InMsgs InErrors OutMsgs\nIcmp: 3 1 2\n"
	"IcmpMsg: InType3\nIcmpMsg: 3\n"
	"Tcp: RtoMax MaxConn ActiveOpens PassiveOpens InSegs OutSegs OutRsts\nTcp: 120000 -1 33 6 771 568 2\n"
	"Udp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors IgnoredMulti\nUdp: 566 40 7 579 5 1\n"
	"UdpLite: InDatagrams NoPorts InErrors OutDatagrams\nUdpLite: 10 1 2 20\n";
static const char snmp6[] =
	"Ip6InReceives                   \t3\nIp6InUnknownProtos\t4\nIcmp6InMsgs\t30\nIcmp6OutMsgs\t16\n"
	"Udp6InDatagrams \t100\nUdp6NoPorts\t9\nUdp6InErrors\t1\nUdp6OutDatagrams\t200\n";

static struct slice text(const char *s)
{
	return (struct slice){ (const uint8_t *)s, strlen(s) };
}

START_TEST(a_protocol_counts_what_was_refused_beside_what_was_read)
{
	struct host_sample s = { .resets_sent = 99 };

	ck_assert_int_eq(proc_text_snmp(text(snmp), &s), 0);
	ck_assert_uint_eq(s.packets[HOST_TCP][HOST_IN], 771);
	ck_assert_uint_eq(s.packets[HOST_TCP][HOST_OUT], 568);
	ck_assert_uint_eq(s.packets[HOST_UDP][HOST_IN], 566 + 40 + 7 + 1);
	ck_assert_uint_eq(s.packets[HOST_UDP][HOST_OUT], 579);
	ck_assert_uint_eq(s.packets[HOST_ICMP][HOST_IN], 3);
	ck_assert_uint_eq(s.packets[HOST_ICMP][HOST_OUT], 2);
	ck_assert_uint_eq(s.packets[HOST_OTHER][HOST_IN], 6 + 10 + 1 + 2);
	ck_assert_uint_eq(s.packets[HOST_OTHER][HOST_OUT], 20);
	ck_assert_uint_eq(s.opened[HOST_IN], 6);
	ck_assert_uint_eq(s.opened[HOST_OUT], 33);
	ck_assert_uint_eq(s.resets_sent, 2);
	ck_assert_uint_eq(s.unreachable_sent, 41);
}
END_TEST

START_TEST(both_families_are_added)
{
	struct host_sample s = { 0 };

	ck_assert_int_eq(proc_text_snmp(text(snmp), &s), 0);
	ck_assert_int_eq(proc_text_snmp6(text(snmp6), &s), 0);
	ck_assert_uint_eq(s.packets[HOST_UDP][HOST_IN], 614 + 110);
	ck_assert_uint_eq(s.packets[HOST_UDP][HOST_OUT], 779);
	ck_assert_uint_eq(s.packets[HOST_ICMP][HOST_IN], 33);
	ck_assert_uint_eq(s.packets[HOST_OTHER][HOST_IN], 23);
	ck_assert_uint_eq(s.unreachable_sent, 50);
	ck_assert_uint_eq(s.packets[HOST_TCP][HOST_IN], 771);
}
END_TEST

START_TEST(a_kernel_without_udplite_is_understood)
{
	struct host_sample s = { 0 };
	char cut[sizeof(snmp)];

	memcpy(cut, snmp, sizeof(snmp));
	*strstr(cut, "UdpLite: In") = '\0';
	ck_assert_int_eq(proc_text_snmp(text(cut), &s), 0);
	ck_assert_uint_eq(s.packets[HOST_OTHER][HOST_IN], 6);
	ck_assert_uint_eq(s.packets[HOST_UDP][HOST_IN], 614);
}
END_TEST

/* Half of a file must not stand for the whole: the sums would fall and leap back. */
START_TEST(a_file_that_is_cut_changes_nothing)
{
	struct host_sample s = { .resets_sent = 99, .packets = { { 5 } } };
	const char *udp_values = strstr(snmp, "UdpLite: In");

	for (const char *end = snmp; end < udp_values; end = strchr(end, '\n') + 1) {
		struct slice cut = { (const uint8_t *)snmp, (size_t)(end - snmp) };

		ck_assert_int_eq(proc_text_snmp(cut, &s), ERR_INVALID);
		ck_assert_uint_eq(s.resets_sent, 99);
		ck_assert_uint_eq(s.packets[0][0], 5);
	}
	ck_assert_int_eq(proc_text_snmp6(text(snmp), &s), ERR_INVALID);
	ck_assert_int_eq(proc_text_snmp6((struct slice){ 0 }, &s), ERR_INVALID);
	ck_assert_uint_eq(s.packets[0][0], 5);
}
END_TEST

START_TEST(names_and_values_are_paired_as_far_as_both_go)
{
	uint64_t a = 1, b = 0, c = 0, d = 0;
	const struct proc_counter counters[] = { { "A", &a }, { "B", &b }, { "C", &c }, { "D", &d } };

	ck_assert_int_eq(proc_text_section(text("X: A\nX: 9\nY:  A B  C\nY: 10 -5 18446744073709551616 7\n"), "Y:",
		counters, 4), 0);
	ck_assert_uint_eq(a, 11); /* added */
	ck_assert_uint_eq(b, 0);
	ck_assert_uint_eq(c, 0); /* too large a number is none */
	ck_assert_uint_eq(d, 0);
	ck_assert_int_eq(proc_text_section(text("Y: A"), "Y:", counters, 4), ERR_INVALID);
	ck_assert_int_eq(proc_text_section(text("Y: A\nZ: 1\n"), "Y:", counters, 4), ERR_INVALID);
	ck_assert_int_eq(proc_text_section(text("YY: A\nYY: 1\n"), "Y:", counters, 4), ERR_ABSENT);
	ck_assert_int_eq(proc_text_section((struct slice){ 0 }, "Y:", counters, 4), ERR_ABSENT);
	ck_assert_uint_eq(a, 11);
}
END_TEST

START_TEST(the_largest_counter_is_a_number)
{
	uint64_t a = 0;
	const struct proc_counter one = { "A", &a };

	ck_assert_int_eq(proc_text_list(text("A 18446744073709551615"), &one, 1), 0);
	ck_assert_uint_eq(a, UINT64_MAX);
}
END_TEST

START_TEST(a_file_of_one_number_is_nothing_else)
{
	uint64_t n = 7;

	ck_assert_int_eq(proc_text_number(text("262144\n"), &n), 0);
	ck_assert_uint_eq(n, 262144);
	ck_assert_int_eq(proc_text_number(text("0"), &n), 0);
	ck_assert_uint_eq(n, 0);
	n = 7;
	ck_assert_int_eq(proc_text_number(text(""), &n), ERR_INVALID);
	ck_assert_int_eq(proc_text_number(text("-1\n"), &n), ERR_INVALID);
	ck_assert_int_eq(proc_text_number(text("12a\n"), &n), ERR_INVALID);
	ck_assert_int_eq(proc_text_number(text("1\n2\n"), &n), ERR_INVALID);
	ck_assert_int_eq(proc_text_number(text("11 2\n"), &n), ERR_INVALID);
	ck_assert_uint_eq(n, 7);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("proc_text");
	TCase *t = tcase_create("proc_text");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_test(t, a_protocol_counts_what_was_refused_beside_what_was_read);
	tcase_add_test(t, both_families_are_added);
	tcase_add_test(t, a_kernel_without_udplite_is_understood);
	tcase_add_test(t, a_file_that_is_cut_changes_nothing);
	tcase_add_test(t, names_and_values_are_paired_as_far_as_both_go);
	tcase_add_test(t, the_largest_counter_is_a_number);
	tcase_add_test(t, a_file_of_one_number_is_nothing_else);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
