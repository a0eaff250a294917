/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What files and the session say of guards; the kernel's part is tested in the lab.
 */
#include "edge/links.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/err.h"

static char path[] = "/tmp/tidegate-resolv-XXXXXX";
static struct guard guards[4];
static struct links_found found;

static void set_up(void)
{
	found = (struct links_found){ .guards = guards, .guards_max = 4 };
}

static void write_file(const char *text)
{
	int fd = mkstemp(path);
	FILE *f = fdopen(fd, "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

static void is_guard(size_t i, const char *text, enum guard_kind kind)
{
	struct prefix p;

	ck_assert_int_eq(prefix_parse(text, &p), 0);
	ck_assert_uint_lt(i, found.guards_n);
	ck_assert(prefix_equal(&found.guards[i].prefix, &p));
	ck_assert_int_eq((int)found.guards[i].kind, (int)kind);
}

START_TEST(resolvers_come_from_their_lines_each_once)
{
	write_file("# nameserver 192.0.2.9\nsearch example.org\n"
		"nameserver 192.0.2.53\nnameserver\t2001:db8::53 # second\n"
		"nameserver fe80::1%eth0\nnameserver 192.0.2.53\n"
		"nameserver not-an-address\nnameserver\n");
	ck_assert_int_eq(links_resolvers(path, &found), 0);
	unlink(path);
	ck_assert_uint_eq(found.guards_n, 3);
	is_guard(0, "192.0.2.53", GUARD_RESOLVER);
	is_guard(1, "2001:db8::53", GUARD_RESOLVER);
	is_guard(2, "fe80::1", GUARD_RESOLVER);
}
END_TEST

START_TEST(a_resolver_on_loopback_needs_no_guard)
{
	write_file("nameserver 127.0.0.53\nnameserver ::1\n");
	ck_assert_int_eq(links_resolvers(path, &found), 0);
	unlink(path);
	ck_assert_uint_eq(found.guards_n, 0);
}
END_TEST

START_TEST(a_missing_resolver_file_is_said)
{
	ck_assert_int_eq(links_resolvers("/nowhere/resolv.conf", &found), ERR_ABSENT);
}
END_TEST

START_TEST(what_finds_no_room_is_counted)
{
	found.guards_max = 1;
	write_file("nameserver 192.0.2.1\nnameserver 192.0.2.2\nnameserver 192.0.2.3\n");
	ck_assert_int_eq(links_resolvers(path, &found), 0);
	unlink(path);
	ck_assert_uint_eq(found.guards_n, 1);
	ck_assert_uint_eq(found.cut, 2);
}
END_TEST

START_TEST(the_administrator_is_the_client_of_the_session)
{
	ck_assert_int_eq(links_admin("203.0.113.5 50000 192.0.2.1 22", &found), 0);
	ck_assert_int_eq(links_admin("2001:db8::5 50000 2001:db8::1 22", &found), 0);
	ck_assert_int_eq(links_admin("fe80::5%eth0 50000 fe80::1%eth0 22", &found), 0);
	ck_assert_uint_eq(found.guards_n, 3);
	is_guard(0, "203.0.113.5", GUARD_ADMIN);
	is_guard(1, "2001:db8::5", GUARD_ADMIN);
	is_guard(2, "fe80::5", GUARD_ADMIN);
}
END_TEST

START_TEST(no_session_is_no_error_and_rubbish_is)
{
	ck_assert_int_eq(links_admin(NULL, &found), 0);
	ck_assert_int_eq(links_admin("", &found), 0);
	ck_assert_int_eq(links_admin("UNKNOWN 65535 x", &found), ERR_INVALID);
	ck_assert_int_eq(links_admin("1111111111111111111111111111111111111111111111111"
		" 1", &found), ERR_INVALID);
	ck_assert_uint_eq(found.guards_n, 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("links");
	TCase *t = tcase_create("links");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, set_up, NULL);
	tcase_add_test(t, resolvers_come_from_their_lines_each_once);
	tcase_add_test(t, a_resolver_on_loopback_needs_no_guard);
	tcase_add_test(t, a_missing_resolver_file_is_said);
	tcase_add_test(t, what_finds_no_room_is_counted);
	tcase_add_test(t, the_administrator_is_the_client_of_the_session);
	tcase_add_test(t, no_session_is_no_error_and_rubbish_is);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
