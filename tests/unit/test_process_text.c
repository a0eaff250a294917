/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's files about processes, with the names that hostile users give to theirs.
 */
#include "codec/process_text.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct slice text(const char *s)
{
	return (struct slice){ (const uint8_t *)s, strlen(s) };
}

static char out[128];

START_TEST(a_link_to_a_socket_gives_its_inode)
{
	uint32_t inode = 7;

	ck_assert(process_text_socket(text("socket:[123]"), &inode));
	ck_assert_uint_eq(inode, 123);
	ck_assert(process_text_socket(text("socket:[4294967295]"), &inode));
	ck_assert_uint_eq(inode, UINT32_MAX);
}
END_TEST

START_TEST(other_links_are_no_sockets)
{
	static const char *const others[] = { "", "socket:[", "socket:[]", "socket:[0]", "socket:[-1]", "socket:[1", "socket:[ 1]",
		"socket:[4294967296]", "socket:[12a]", "pipe:[123]", "/tmp/socket:[123]", "socket:[123]x", "socket:[00123]" };
	uint32_t inode = 7;

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		ck_assert_msg(!process_text_socket(text(others[i]), &inode), "%s", others[i]);
	ck_assert_uint_eq(inode, 7);
}
END_TEST

START_TEST(a_number_is_digits_and_nothing_else)
{
	uint32_t n = 7;

	ck_assert(process_text_number(text("0"), &n));
	ck_assert_uint_eq(n, 0);
	ck_assert(process_text_number(text("4194304"), &n));
	ck_assert_uint_eq(n, 4194304);
	ck_assert(!process_text_number(text("self"), &n));
	ck_assert(!process_text_number(text("012"), &n));
	ck_assert(!process_text_number(text("99999999999"), &n));
	ck_assert(!process_text_number((struct slice){ NULL, 0 }, &n));
}
END_TEST

START_TEST(a_name_with_a_line_in_it_stays_whole)
{
	ck_assert(process_text_comm(text("sshd\n"), out, 16));
	ck_assert_str_eq(out, "sshd");
	ck_assert(process_text_comm(text("a\nb) R 1\n"), out, 16));
	ck_assert_str_eq(out, "a\nb) R 1");
	ck_assert(process_text_comm(text("a-very-long-name-of-a-worker\n"), out, 16));
	ck_assert_str_eq(out, "a-very-long-nam");
	ck_assert(!process_text_comm(text("\n"), out, 16));
	ck_assert(!process_text_comm(text(""), out, 16));
}
END_TEST

START_TEST(the_unified_hierarchy_comes_first)
{
	ck_assert(process_text_cgroup(text("0::/system.slice/nginx.service\n"), out, sizeof(out)));
	ck_assert_str_eq(out, "/system.slice/nginx.service");
	ck_assert(process_text_cgroup(text("9:name=systemd:/old\n0::/new\n"), out, sizeof(out)));
	ck_assert_str_eq(out, "/new");
	ck_assert(process_text_cgroup(text("12:cpu,cpuacct:/x\n1:name=systemd:/system.slice/cron.service\n0::/\n"), out,
		sizeof(out)));
	ck_assert_str_eq(out, "/system.slice/cron.service");
	ck_assert(process_text_cgroup(text("0::/a:b\n"), out, sizeof(out)));
	ck_assert_str_eq(out, "/a:b");
}
END_TEST

START_TEST(a_cgroup_that_does_not_fit_is_none)
{
	ck_assert(!process_text_cgroup(text("0::/system.slice\n"), out, 8));
	ck_assert(!process_text_cgroup(text("5:cpu:/x\n"), out, sizeof(out)));
	ck_assert(!process_text_cgroup(text(""), out, sizeof(out)));
}
END_TEST

static void unit_is(const char *path, const char *unit)
{
	ck_assert_msg(process_text_unit(path, out, sizeof(out)), "%s has no unit", path);
	ck_assert_str_eq(out, unit);
}

START_TEST(the_unit_is_the_outermost_that_is_no_slice)
{
	unit_is("/system.slice/nginx.service", "nginx.service");
	unit_is("/system.slice/system-getty.slice/getty@tty1.service", "getty@tty1.service");
	unit_is("/system.slice/docker-0123456789ab.scope/init", "docker-0123456789ab.scope");
	unit_is("/user.slice/user-0.slice/session-3.scope", "session-3.scope");
}
END_TEST

/* Within what was delegated to him a user names cgroups as he likes: none of his shall look like one of the system's. */
START_TEST(a_user_cannot_name_his_cgroup_after_a_service_of_the_system)
{
	unit_is("/user.slice/user-1000.slice/user@1000.service/app.slice/app-web.scope", "user@1000.service/app-web.scope");
	unit_is("/user.slice/user-1000.slice/user@1000.service/system.slice/sshd.service", "user@1000.service/sshd.service");
	unit_is("/user.slice/user-1000.slice/user@1000.service", "user@1000.service");
	unit_is("/system.slice/web.service/system.slice/sshd.service", "web.service");
}
END_TEST

START_TEST(a_path_without_a_unit_has_none)
{
	ck_assert(!process_text_unit("/", out, sizeof(out)));
	ck_assert(!process_text_unit("", out, sizeof(out)));
	ck_assert(!process_text_unit("/kubepods/pod1/abc", out, sizeof(out)));
	ck_assert(!process_text_unit("/system.slice/.service", out, sizeof(out)));
	ck_assert(!process_text_unit("/system.slice/nginx.service", out, 13));
	ck_assert(process_text_unit("/system.slice/nginx.service", out, 14));
	ck_assert(!process_text_unit("/user@1.service/a.scope", out, 22));
	ck_assert(process_text_unit("/user@1.service/a.scope", out, 23));
}
END_TEST

START_TEST(the_mount_of_cgroup2_is_found_wherever_it_is)
{
	ck_assert(process_text_cgroup2(text("22 27 0:21 / /proc rw - proc proc rw\n"
		"40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd\n"
		"41 31 0:38 / /sys/fs/cgroup/unified rw,relatime shared:3 master:1 - cgroup2 cgroup2 rw\n"), out, sizeof(out)));
	ck_assert_str_eq(out, "/sys/fs/cgroup/unified");
	ck_assert(process_text_cgroup2(text("41 31 0:38 / /my\\040cg rw - cgroup2 none rw\n"), out, sizeof(out)));
	ck_assert_str_eq(out, "/my cg");
	ck_assert(!process_text_cgroup2(text("41 31 0:38 / /cgroup2 rw - tmpfs cgroup2 rw\n"), out, sizeof(out)));
	ck_assert(!process_text_cgroup2(text("41 31 0:38 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"), out, 8));
	ck_assert(!process_text_cgroup2(text("41 31"), out, sizeof(out)));
}
END_TEST

START_TEST(a_user_has_the_first_name_of_his_number)
{
	const struct slice file = text("root:x:0:0:root:/root:/bin/sh\n# comment\n+::::::\nbad\n"
		"alice:x:1000:1000:,,,:/home/alice:/bin/sh\nother:x:1000:1000::/:/bin/sh\ntoor:x:00:0::/:/bin/sh");

	ck_assert(process_text_user(file, 1000, out, sizeof(out)));
	ck_assert_str_eq(out, "alice");
	ck_assert(process_text_user(file, 0, out, sizeof(out)));
	ck_assert_str_eq(out, "root");
	ck_assert(!process_text_user(file, 1, out, sizeof(out)));
	ck_assert(!process_text_user(file, 1000, out, 5));
}
END_TEST

START_TEST(a_users_number_is_that_of_the_first_line_with_the_name)
{
	const struct slice file = text("root:x:0:0:root:/root:/bin/sh\n# comment\n+::::::\nbad\nalice:x:-1:0::/:\n"
		"alice:x:1000:1000:,,,:/home/alice:/bin/sh\nalice:x:1:1000::/:/bin/sh\nlast:x:7");
	uint32_t uid = 99;

	ck_assert(process_text_uid(file, "alice", &uid));
	ck_assert_uint_eq(uid, 1000);
	ck_assert(process_text_uid(file, "root", &uid));
	ck_assert_uint_eq(uid, 0);
	ck_assert(process_text_uid(file, "last", &uid));
	ck_assert_uint_eq(uid, 7);
	ck_assert(!process_text_uid(file, "alic", &uid));
	ck_assert(!process_text_uid(file, "bad", &uid));
	ck_assert(!process_text_uid(file, "x", &uid));
}
END_TEST

static const char *line_of(struct process_who w)
{
	static char line[PROCESS_LINE];

	process_text_line(&w, line, sizeof(line));
	return line;
}

START_TEST(a_process_has_the_parent_behind_its_name)
{
	struct slice rest = text("12\n7\nx\n9\n");
	uint32_t n = 0;

	ck_assert(process_text_parent(text("12 (sh) S 7 12 12 0\n"), &n));
	ck_assert_uint_eq(n, 7);
	ck_assert(process_text_parent(text("12 (a) S 1 (b) R 8 12\n"), &n));
	ck_assert_uint_eq(n, 8);
	ck_assert(!process_text_parent(text("12 (sh) S 7"), &n)); /* perhaps 700 */
	ck_assert(!process_text_parent(text("12 (sh) "), &n));
	ck_assert(!process_text_parent(text("12 (sh"), &n));
	ck_assert(!process_text_parent((struct slice){ NULL, 0 }, &n));
	ck_assert(process_text_next_number(&rest, &n) && n == 12);
	ck_assert(process_text_next_number(&rest, &n) && n == 7);
	ck_assert(!process_text_next_number(&rest, &n));
}
END_TEST

START_TEST(a_line_says_what_is_known_and_no_more)
{
	ck_assert_str_eq(line_of((struct process_who){ .pid = 812, .uid = 33, .comm = "nginx", .user = "www-data",
		.unit = "nginx.service" }), "nginx (pid 812, www-data, nginx.service)");
	ck_assert_str_eq(line_of((struct process_who){ .uid = 33, .unit = "nginx.service" }), "uid 33, nginx.service");
	ck_assert_str_eq(line_of((struct process_who){ .pid = 5, .uid = PROCESS_NOBODY }), "a process (pid 5, no user known)");
	ck_assert_str_eq(line_of((struct process_who){ .uid = PROCESS_NOBODY }), "nobody known");
}
END_TEST

START_TEST(no_name_of_a_process_moves_the_terminal)
{
	ck_assert_str_eq(line_of((struct process_who){ .pid = 5, .uid = 0, .comm = "\x1b[2J\nroot", .unit = "a\x9b.scope" }),
		"\\x1b[2J\\x0aroot (pid 5, uid 0, a\\x9b.scope)");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("process_text");
	TCase *t = tcase_create("files");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(t, a_users_number_is_that_of_the_first_line_with_the_name);
	tcase_add_test(t, a_link_to_a_socket_gives_its_inode);
	tcase_add_test(t, other_links_are_no_sockets);
	tcase_add_test(t, a_number_is_digits_and_nothing_else);
	tcase_add_test(t, a_name_with_a_line_in_it_stays_whole);
	tcase_add_test(t, the_unified_hierarchy_comes_first);
	tcase_add_test(t, a_cgroup_that_does_not_fit_is_none);
	tcase_add_test(t, the_unit_is_the_outermost_that_is_no_slice);
	tcase_add_test(t, a_user_cannot_name_his_cgroup_after_a_service_of_the_system);
	tcase_add_test(t, a_path_without_a_unit_has_none);
	tcase_add_test(t, the_mount_of_cgroup2_is_found_wherever_it_is);
	tcase_add_test(t, a_user_has_the_first_name_of_his_number);
	tcase_add_test(t, a_process_has_the_parent_behind_its_name);
	tcase_add_test(t, a_line_says_what_is_known_and_no_more);
	tcase_add_test(t, no_name_of_a_process_moves_the_terminal);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
