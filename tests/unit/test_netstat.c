/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's counters, from a file that the test writes.
 */
#include "edge/netstat.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"

static char path[] = "/tmp/tidegate-netstat-XXXXXX";
static char why[WHY_TEXT];

static void make_file(void)
{
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	close(fd);
}

static void drop_file(void)
{
	unlink(path);
}

static void write_file(const char *text)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

START_TEST(pressure_is_the_difference_since_the_last_call)
{
	struct pressure p;
	struct netstat *n;

	write_file("TcpExt: SyncookiesSent Other ListenOverflows ListenDrops "
		"TCPReqQFullDoCookies TCPReqQFullDrop\n"
		"TcpExt: 100 9 10 20 90 5\nIpExt: A\nIpExt: 1\n");
	ck_assert_int_eq(netstat_open(&n, path, why), 0);
	write_file("TcpExt: SyncookiesSent Other ListenOverflows ListenDrops "
		"TCPReqQFullDoCookies TCPReqQFullDrop\n"
		"TcpExt: 107 99 11 23 97 9\nIpExt: A\nIpExt: 1\n");
	ck_assert_int_eq(netstat_pressure(n, &p), 0);
	ck_assert_uint_eq(p.cookies_sent, 7); /* not 14: both count the same event */
	ck_assert_uint_eq(p.listen_overflows, 1);
	ck_assert_uint_eq(p.listen_drops, 3);
	ck_assert_uint_eq(p.queue_full, 4);
	ck_assert_int_eq(netstat_pressure(n, &p), 0);
	ck_assert_uint_eq(p.cookies_sent, 0);
	netstat_close(n);
}
END_TEST

START_TEST(a_counter_that_the_kernel_lacks_stays_zero)
{
	struct pressure p;
	struct netstat *n;

	write_file("TcpExt: ListenDrops\nTcpExt: 1\n");
	ck_assert_int_eq(netstat_open(&n, path, why), 0);
	write_file("TcpExt: ListenDrops\nTcpExt: 3\n");
	ck_assert_int_eq(netstat_pressure(n, &p), 0);
	ck_assert_uint_eq(p.listen_drops, 2);
	ck_assert_uint_eq(p.listen_overflows, 0);
	netstat_close(n);
}
END_TEST

START_TEST(a_counter_that_falls_back_is_no_pressure)
{
	struct pressure p;
	struct netstat *n;

	write_file("TcpExt: ListenDrops\nTcpExt: 9\n");
	ck_assert_int_eq(netstat_open(&n, path, why), 0);
	write_file("TcpExt: ListenDrops\nTcpExt: 3\n");
	ck_assert_int_eq(netstat_pressure(n, &p), 0);
	ck_assert_uint_eq(p.listen_drops, 0);
	netstat_close(n);
}
END_TEST

START_TEST(a_file_without_the_section_is_refused)
{
	struct netstat *n;

	write_file("IpExt: A\nIpExt: 1\n");
	ck_assert_int_eq(netstat_open(&n, path, why), ERR_INVALID);
	write_file("TcpExt: ListenDrops\n");
	ck_assert_int_eq(netstat_open(&n, path, why), ERR_INVALID);
	ck_assert_int_eq(netstat_open(&n, "/nowhere/netstat", why), ERR_ABSENT);
	ck_assert_ptr_nonnull(strstr(why, "/nowhere/netstat"));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("netstat");
	TCase *t = tcase_create("netstat");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, make_file, drop_file);
	tcase_add_test(t, pressure_is_the_difference_since_the_last_call);
	tcase_add_test(t, a_counter_that_the_kernel_lacks_stays_zero);
	tcase_add_test(t, a_counter_that_falls_back_is_no_pressure);
	tcase_add_test(t, a_file_without_the_section_is_refused);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
