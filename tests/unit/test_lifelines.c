/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files in a root of the test's own: which are read, and which changes are noticed.
 */
#include "edge/lifelines.h"

#include <check.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[] = "/tmp/tidegate-root-XXXXXX";
static struct guards guards;
static struct lifelines_found found;

static void set_up(void)
{
	memcpy(root + strlen(root) - 6, "XXXXXX", 6);
	ck_assert_ptr_nonnull(mkdtemp(root));
}

static void tear_down(void)
{
	char line[PATH_MAX];

	snprintf(line, sizeof(line), "rm -rf %s", root);
	ck_assert_int_eq(system(line), 0);
}

/* With all its folders. */
static void write_file(const char *name, const char *text)
{
	char path[PATH_MAX];
	FILE *f;

	snprintf(path, sizeof(path), "%s%s", root, name);
	for (char *c = path + strlen(root) + 1; (c = strchr(c, '/')); c++) {
		*c = '\0';
		mkdir(path, 0700);
		*c = '/';
	}
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

static void look(void)
{
	memset(&guards, 0, sizeof(guards));
	found = (struct lifelines_found){ .guards = &guards };
	lifelines_read(root, (wall_t){ .ns = INT64_C(1795262400) * NS_PER_S }, &found);
}

static const char *guard_of(const char *text, enum guard_kind kind)
{
	struct prefix p;

	ck_assert_int_eq(prefix_parse(text, &p), 0);
	for (size_t i = 0; i < guards.n; i++)
		if (guards.list[i].kind == kind && prefix_equal(&guards.list[i].prefix, &p))
			return guards.list[i].from;
	return "nobody";
}

START_TEST(without_files_there_is_nobody)
{
	look();
	ck_assert_uint_eq(guards.n, 0);
	ck_assert_uint_eq(found.files + found.refused + found.names + found.cut, 0);
}
END_TEST

START_TEST(each_guard_says_which_file_named_it)
{
	write_file("/etc/resolv.conf", "nameserver 192.0.2.53\nnameserver 192.0.2.53\n");
	write_file("/etc/chrony/chrony.conf", "pool a.example iburst\nserver 192.0.2.1\n");
	write_file("/etc/chrony/sources.d/a.sources", "server 192.0.2.2\n");
	write_file("/etc/systemd/timesyncd.conf.d/a.conf", "[Time]\nNTP=192.0.2.3\n");
	write_file("/run/systemd/netif/leases/2", "SERVER_ADDRESS=192.0.2.4\n");
	write_file("/var/lib/dhcp/dhclient.eth0.leases",
		"lease {\n  option dhcp-server-identifier 192.0.2.5;\n}\n");
	look();
	ck_assert_str_eq(guard_of("192.0.2.53", GUARD_RESOLVER), "resolv.conf");
	ck_assert_str_eq(guard_of("192.0.2.1", GUARD_TIME), "chrony.conf");
	ck_assert_str_eq(guard_of("192.0.2.2", GUARD_TIME), "chrony/sources.d");
	ck_assert_str_eq(guard_of("192.0.2.3", GUARD_TIME), "timesyncd.conf.d");
	ck_assert_str_eq(guard_of("192.0.2.4", GUARD_DHCP), "lease of networkd");
	ck_assert_str_eq(guard_of("192.0.2.5", GUARD_DHCP), "lease of dhclient");
	ck_assert_uint_eq(guards.n, 6);
	ck_assert_uint_eq(found.files, 6);
	ck_assert_uint_eq(found.names, 1);
}
END_TEST

START_TEST(behind_a_stub_resolver_the_real_ones_are_read)
{
	write_file("/run/systemd/resolve/resolv.conf", "nameserver 192.0.2.54\n");
	write_file("/etc/resolv.conf", "nameserver 192.0.2.53\n");
	look();
	ck_assert_str_eq(guard_of("192.0.2.54", GUARD_RESOLVER), "nobody");
	write_file("/etc/resolv.conf", "nameserver 127.0.0.53\n");
	look();
	ck_assert_str_eq(guard_of("192.0.2.54", GUARD_RESOLVER), "systemd-resolved");
	ck_assert_uint_eq(guards.n, 1);
}
END_TEST

START_TEST(of_a_long_file_the_end_counts_and_no_half_line)
{
	char *text = malloc(3 * LIFELINES_BYTES);
	size_t len = 0;

	ck_assert_ptr_nonnull(text);
	len += (size_t)sprintf(text, "server 192.0.2.1\n");
	memset(text + len, '#', 2 * LIFELINES_BYTES);
	len += 2 * LIFELINES_BYTES;
	strcpy(text + len, "\nserver 192.0.2.2\n");
	memcpy(text + len + 1 + 17 - LIFELINES_BYTES, "server 192.0.2.3\n", 17);
	write_file("/etc/ntp.conf", text);
	free(text);
	look();
	ck_assert_str_eq(guard_of("192.0.2.2", GUARD_TIME), "ntp.conf");
	ck_assert_uint_eq(guards.n, 1);
}
END_TEST

START_TEST(what_is_no_file_is_refused_and_not_waited_for)
{
	char path[PATH_MAX];

	write_file("/etc/chrony.conf", "server 192.0.2.1\n");
	snprintf(path, sizeof(path), "%s/etc/resolv.conf", root);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	snprintf(path, sizeof(path), "%s/etc/ntp.conf", root);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	look();
	ck_assert_uint_eq(guards.n, 1);
	ck_assert_uint_eq(found.refused, 2);
}
END_TEST

START_TEST(guards_that_find_no_room_are_counted)
{
	char text[8192], *at = text;

	for (int i = 0; i < 200; i++)
		at += sprintf(at, "server 10.1.0.%d\n", i);
	write_file("/etc/ntp.conf", text);
	memset(&guards, 0, sizeof(guards));
	guards.n = GUARDS - 50;
	found = (struct lifelines_found){ .guards = &guards };
	lifelines_read(root, (wall_t){ .ns = 0 }, &found);
	ck_assert_uint_eq(guards.n, GUARDS);
	ck_assert_uint_eq(found.cut, 150);
}
END_TEST

START_TEST(whatever_changes_makes_another_mark)
{
	char path[PATH_MAX];
	uint64_t marks[6];

	marks[0] = lifelines_mark(root);
	ck_assert_uint_eq(lifelines_mark(root), marks[0]);
	write_file("/etc/resolv.conf", "nameserver 192.0.2.1\n");
	marks[1] = lifelines_mark(root);
	ck_assert_uint_eq(lifelines_mark(root), marks[1]);
	write_file("/etc/resolv.conf", "nameserver 192.0.2.100\n");
	marks[2] = lifelines_mark(root);
	write_file("/run/systemd/netif/leases/2", "");
	marks[3] = lifelines_mark(root);
	write_file("/run/systemd/netif/leases/3", "");
	marks[4] = lifelines_mark(root);
	snprintf(path, sizeof(path), "%s/etc/resolv.conf", root);
	ck_assert_int_eq(unlink(path), 0);
	marks[5] = lifelines_mark(root);
	for (size_t i = 0; i < 6; i++)
		for (size_t k = 0; k < i; k++)
			ck_assert_uint_ne(marks[i], marks[k]);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("lifelines");
	TCase *t = tcase_create("lifelines");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, without_files_there_is_nobody);
	tcase_add_test(t, each_guard_says_which_file_named_it);
	tcase_add_test(t, behind_a_stub_resolver_the_real_ones_are_read);
	tcase_add_test(t, of_a_long_file_the_end_counts_and_no_half_line);
	tcase_add_test(t, what_is_no_file_is_refused_and_not_waited_for);
	tcase_add_test(t, guards_that_find_no_room_are_counted);
	tcase_add_test(t, whatever_changes_makes_another_mark);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
