/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host's counters out of files that the test writes; interfaces are this machine's own, and counted in the lab. */
#include "edge/host_counters.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"

#define SNMP "thread-self/net/snmp"
#define SNMP6 "thread-self/net/snmp6"
#define COUNT "sys/net/netfilter/nf_conntrack_count"
#define MAX "sys/net/netfilter/nf_conntrack_max"

static char root[64];
static char why[WHY_TEXT];

static const char *at(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", root, name);
	return path;
}

static void make_root(void)
{
	static const char *const folders[] = { "thread-self", "thread-self/net", "sys", "sys/net", "sys/net/netfilter" };

	strcpy(root, "/tmp/tidegate-counters-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		ck_assert_int_eq(mkdir(at(folders[i]), 0700), 0);
}

static void drop_root(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", root);
	ck_assert_int_eq(system(command), 0);
}

static void write_file(const char *name, const char *text)
{
	FILE *f = fopen(at(name), "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

static void write_snmp(unsigned datagrams)
{
	char text[512];

	snprintf(text, sizeof(text), "Ip: InUnknownProtos\nIp: 1\nIcmp: InMsgs OutMsgs\nIcmp: 2 3\n"
		"Tcp: InSegs OutSegs OutRsts\nTcp: 4 5 6\nUdp: InDatagrams\nUdp: %u\n", datagrams);
	write_file(SNMP, text);
}

START_TEST(a_read_sees_the_files_as_they_are_now)
{
	struct host_counters *h;
	struct host_sample s;

	write_snmp(10);
	write_file(SNMP6, "Udp6InDatagrams 5\n");
	write_file(COUNT, "12\n");
	write_file(MAX, "262144\n");
	ck_assert_int_eq(host_counters_open(&h, root, why), 0);
	host_counters_read(h, &s);
	ck_assert_uint_eq(s.known, KNOWN_LINKS | KNOWN_PROTOS | KNOWN_CONNTRACK);
	ck_assert_uint_eq(s.packets[HOST_UDP][HOST_IN], 15);
	ck_assert_uint_eq(s.conntrack, 12);
	ck_assert_uint_eq(s.conntrack_max, 262144);
	write_snmp(20);
	write_file(COUNT, "13\n");
	host_counters_read(h, &s);
	ck_assert_uint_eq(s.packets[HOST_UDP][HOST_IN], 25);
	ck_assert_uint_eq(s.conntrack, 13);
	ck_assert_uint_eq(s.resets_sent, 6);
	host_counters_close(h);
}
END_TEST

START_TEST(a_host_without_ipv6_and_conntrack_has_the_rest)
{
	struct host_counters_stats stats;
	struct host_counters *h;
	struct host_sample s;

	write_snmp(10);
	ck_assert_int_eq(host_counters_open(&h, root, why), 0);
	host_counters_read(h, &s);
	ck_assert_uint_eq(s.known, KNOWN_LINKS | KNOWN_PROTOS);
	ck_assert_uint_eq(s.conntrack_max, 0);
	host_counters_stats(h, &stats);
	ck_assert_uint_eq(stats.errors + stats.malformed, 0);
	/* Its module is loaded later: our own table does that. */
	write_file(COUNT, "1\n");
	write_file(MAX, "8\n");
	host_counters_read(h, &s);
	ck_assert_uint_eq(s.known, KNOWN_LINKS | KNOWN_PROTOS | KNOWN_CONNTRACK);
	ck_assert_uint_eq(s.conntrack_max, 8);
	host_counters_close(h);
}
END_TEST

/* A sum that lacks a family falls, and would leap by all that was ever counted when it is back. */
START_TEST(half_of_the_families_is_nothing_known)
{
	struct host_counters_stats stats;
	struct host_counters *h;
	struct host_sample s;

	write_snmp(10);
	write_file(SNMP6, "Udp6InDatagrams 5\n");
	ck_assert_int_eq(host_counters_open(&h, root, why), 0);
	write_file(SNMP6, "");
	host_counters_read(h, &s);
	ck_assert_uint_eq(s.known & KNOWN_PROTOS, 0);
	ck_assert_uint_eq(s.packets[HOST_UDP][HOST_IN], 0);
	ck_assert_uint_eq(s.resets_sent, 0);
	host_counters_stats(h, &stats);
	ck_assert_uint_eq(stats.malformed, 1);
	write_file(SNMP6, "Udp6InDatagrams 5\n");
	write_file(SNMP, "rubbish");
	host_counters_read(h, &s);
	ck_assert_uint_eq(s.known & KNOWN_PROTOS, 0);
	ck_assert_uint_eq(s.packets[HOST_UDP][HOST_IN], 0);
	host_counters_close(h);
}
END_TEST

START_TEST(no_snmp_at_all_is_said_with_its_path)
{
	struct host_counters *h;

	ck_assert_int_eq(host_counters_open(&h, root, why), ERR_ABSENT);
	ck_assert_ptr_nonnull(strstr(why, root));
	ck_assert_ptr_nonnull(strstr(why, "snmp"));
}
END_TEST

START_TEST(this_kernels_own_files_are_understood)
{
	struct host_counters_stats stats;
	struct host_counters *h;
	struct host_sample s;

	ck_assert_int_eq(host_counters_open(&h, NULL, why), 0);
	host_counters_read(h, &s);
	ck_assert_uint_eq(s.known & (KNOWN_LINKS | KNOWN_PROTOS), KNOWN_LINKS | KNOWN_PROTOS);
	for (uint32_t i = 0; i < s.n_links; i++)
		ck_assert_str_ne(s.links[i].name, "lo");
	host_counters_stats(h, &stats);
	ck_assert_uint_eq(stats.reads, 1);
	ck_assert_uint_eq(stats.errors + stats.malformed, 0);
	host_counters_close(h);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("host_counters");
	TCase *t = tcase_create("host_counters");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, make_root, drop_root);
	tcase_add_test(t, a_read_sees_the_files_as_they_are_now);
	tcase_add_test(t, a_host_without_ipv6_and_conntrack_has_the_rest);
	tcase_add_test(t, half_of_the_families_is_nothing_known);
	tcase_add_test(t, no_snmp_at_all_is_said_with_its_path);
	tcase_add_test(t, this_kernels_own_files_are_understood);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
