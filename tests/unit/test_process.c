/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owners of sockets in a /proc of the test's own: what is remembered, what is looked at again, what the bounds cost.
 */
#include "edge/process.h"

#include <check.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[] = "/tmp/tidegate-proc-XXXXXX";
static struct process *p;
static mono_t now;

static void path_of(char out[PATH_MAX], const char *name)
{
	snprintf(out, PATH_MAX, "%s%s", root, name);
	for (char *c = out + strlen(root) + 1; (c = strchr(c, '/')); c++) {
		*c = '\0';
		mkdir(out, 0700);
		*c = '/';
	}
}

static void write_file(const char *name, const char *text)
{
	char path[PATH_MAX];
	FILE *f;

	path_of(path, name);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

static void link_to(const char *name, const char *target)
{
	char path[PATH_MAX];

	path_of(path, name);
	(void)unlink(path);
	ck_assert_int_eq(symlink(target, path), 0);
}

static void holds(unsigned pid, unsigned descriptor, uint32_t inode)
{
	char name[64], target[32];

	snprintf(name, sizeof(name), "/proc/%u/fd/%u", pid, descriptor);
	snprintf(target, sizeof(target), "socket:[%u]", inode);
	link_to(name, target);
}

static void lets_go(unsigned pid, unsigned descriptor)
{
	char name[64], path[PATH_MAX];

	snprintf(name, sizeof(name), "/proc/%u/fd/%u", pid, descriptor);
	path_of(path, name);
	ck_assert_int_eq(unlink(path), 0);
}

static void open_with(uint32_t descriptors)
{
	struct process_opts o = process_opts_default();

	o.root = root;
	o.descriptors = descriptors;
	process_close(p);
	p = NULL;
	ck_assert_int_eq(process_open(&p, &o, NULL), 0);
}

static void set_up(void)
{
	memcpy(root + strlen(root) - 6, "XXXXXX", 6);
	ck_assert_ptr_nonnull(mkdtemp(root));
	now = (mono_t){ .ns = 1000 * NS_PER_S };
	open_with(1000);
}

static void tear_down(void)
{
	char line[PATH_MAX];

	process_close(p);
	p = NULL;
	snprintf(line, sizeof(line), "rm -rf %s", root);
	ck_assert_int_eq(system(line), 0);
}

static struct process_who who(uint32_t inode)
{
	const struct socket_owner o = { .uid = 33, .inode = inode };
	struct process_who w;

	process_who(p, &o, now, &w);
	return w;
}

static struct process_stats stats(void)
{
	struct process_stats s;

	process_stats(p, &s);
	return s;
}

static void later(int64_t seconds)
{
	now = mono_add(now, seconds * NS_PER_S);
}

START_TEST(a_socket_has_its_process_program_unit_and_user)
{
	struct process_who w;

	holds(812, 6, 4711);
	write_file("/proc/812/comm", "nginx\n");
	link_to("/proc/812/exe", "/usr/sbin/nginx");
	write_file("/proc/812/cgroup", "0::/system.slice/nginx.service\n");
	write_file("/etc/passwd", "root:x:0:0::/:/bin/sh\nwww-data:x:33:33::/:/bin/false\n");
	w = who(4711);
	ck_assert_uint_eq(w.pid, 812);
	ck_assert_uint_eq(w.uid, 33);
	ck_assert_str_eq(w.comm, "nginx");
	ck_assert_str_eq(w.exe, "/usr/sbin/nginx");
	ck_assert_str_eq(w.unit, "nginx.service");
	ck_assert_str_eq(w.user, "www-data");
}
END_TEST

START_TEST(what_is_not_known_is_left_empty)
{
	struct process_who w = who(4711);

	ck_assert_uint_eq(w.pid, 0);
	ck_assert_uint_eq(w.uid, 33);
	ck_assert_str_eq(w.comm, "");
	ck_assert_str_eq(w.unit, "");
	ck_assert_str_eq(w.user, "");
	holds(5, 1, 99);
	later(5);
	w = who(99);
	ck_assert_uint_eq(w.pid, 5);
	ck_assert_str_eq(w.exe, "");
}
END_TEST

START_TEST(one_walk_answers_for_all_and_the_next_one_waits)
{
	holds(10, 3, 1);
	holds(11, 3, 2);
	ck_assert_uint_eq(who(1).pid, 10);
	ck_assert_uint_eq(who(2).pid, 11);
	holds(12, 3, 3);
	ck_assert_uint_eq(who(3).pid, 0);
	ck_assert_uint_eq(stats().walks, 1);
	later(4);
	ck_assert_uint_eq(who(3).pid, 12);
	ck_assert_uint_eq(stats().walks, 2);
}
END_TEST

/* The number of a process is given anew: who took over the socket is told, and never the dead one's successor. */
START_TEST(a_process_that_let_go_is_not_told_any_more)
{
	holds(10, 3, 1);
	ck_assert_uint_eq(who(1).pid, 10);
	holds(10, 3, 77);
	ck_assert_uint_eq(who(1).pid, 0);
	holds(20, 8, 1);
	later(4);
	ck_assert_uint_eq(who(1).pid, 20);
}
END_TEST

START_TEST(a_socket_that_nobody_holds_costs_one_walk_a_minute)
{
	for (unsigned i = 0; i < 59; i++, later(1))
		ck_assert_uint_eq(who(1).pid, 0);
	ck_assert_uint_eq(stats().walks, 1);
	later(5);
	holds(10, 3, 1);
	ck_assert_uint_eq(who(1).pid, 10);
	ck_assert_uint_eq(stats().walks, 2);
}
END_TEST

START_TEST(of_several_the_first_is_told_but_init_comes_last)
{
	holds(1, 30, 5);
	holds(40, 3, 5);
	holds(41, 3, 5);
	holds(1, 31, 6);
	ck_assert_uint_eq(who(5).pid, 40);
	ck_assert_uint_eq(who(6).pid, 1);
	lets_go(40, 3);
	later(4);
	ck_assert_uint_eq(who(5).pid, 41);
}
END_TEST

START_TEST(a_walk_ends_at_its_bound_and_goes_on_the_next_time)
{
	open_with(8);
	for (unsigned pid = 1; pid <= 6; pid++)
		for (unsigned d = 0; d < 3; d++)
			holds(pid * 10, d, pid * 100 + d);
	ck_assert_uint_eq(who(600).pid, 0);
	ck_assert_uint_eq(stats().descriptors, 8);
	ck_assert_uint_eq(stats().walks_cut, 1);
	for (unsigned i = 0; i < 2; i++, later(4))
		(void)who(600);
	ck_assert_uint_eq(who(600).pid, 60);
}
END_TEST

/* It shall not hide everybody behind it. */
START_TEST(a_process_of_very_many_descriptors_takes_half_the_bound)
{
	open_with(20);
	for (unsigned d = 0; d < 200; d++)
		holds(10, d, 1000 + d);
	holds(11, 3, 5);
	ck_assert_uint_eq(who(5).pid, 11);
	ck_assert_uint_eq(stats().processes_cut, 1);
	ck_assert_uint_eq(stats().descriptors, 11);
}
END_TEST

START_TEST(without_a_process_the_unit_comes_from_the_cgroup)
{
	char path[PATH_MAX];
	struct stat st;
	struct process_who w;
	struct socket_owner o = { .uid = 33 };

	write_file("/proc/self/mountinfo", "41 31 0:38 / /cg/unified rw - cgroup2 cgroup2 rw\n");
	write_file("/cg/unified/system.slice/db.service/x", "");
	write_file("/cg/unified/kubepods/pod1/x", "");
	path_of(path, "/cg/unified/system.slice/db.service");
	ck_assert_int_eq(stat(path, &st), 0);
	o.cgroup = st.st_ino;
	process_who(p, &o, now, &w);
	ck_assert_str_eq(w.unit, "db.service");
	path_of(path, "/cg/unified/kubepods/pod1");
	ck_assert_int_eq(stat(path, &st), 0);
	o.cgroup = st.st_ino;
	process_who(p, &o, now, &w);
	ck_assert_str_eq(w.unit, "/kubepods/pod1");
	o.cgroup = 1;
	process_who(p, &o, now, &w);
	ck_assert_str_eq(w.unit, "");
	ck_assert_uint_eq(stats().cgroup_walks, 1);
}
END_TEST

START_TEST(more_sockets_than_are_remembered_are_counted_and_the_wanted_one_is_kept)
{
	const unsigned many = PROCESS_SOCKETS + 10;

	open_with(4 * many);
	for (unsigned i = 0; i < many; i++)
		holds(10 + i % 2, i, 100000 + i);
	holds(90, 1, 7);
	ck_assert_uint_eq(who(7).pid, 90);
	ck_assert_uint_eq(stats().crowded, 10);
	ck_assert_uint_eq(stats().sockets, PROCESS_SOCKETS);
}
END_TEST

START_TEST(what_was_not_met_for_long_is_forgotten)
{
	holds(10, 3, 1);
	holds(10, 4, 2);
	(void)who(1);
	lets_go(10, 3);
	lets_go(10, 4);
	later(61);
	holds(11, 3, 9);
	ck_assert_uint_eq(who(9).pid, 11);
	ck_assert_uint_eq(stats().sockets, 1);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("process");
	TCase *t = tcase_create("process");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, a_socket_has_its_process_program_unit_and_user);
	tcase_add_test(t, what_is_not_known_is_left_empty);
	tcase_add_test(t, one_walk_answers_for_all_and_the_next_one_waits);
	tcase_add_test(t, a_process_that_let_go_is_not_told_any_more);
	tcase_add_test(t, a_socket_that_nobody_holds_costs_one_walk_a_minute);
	tcase_add_test(t, of_several_the_first_is_told_but_init_comes_last);
	tcase_add_test(t, a_walk_ends_at_its_bound_and_goes_on_the_next_time);
	tcase_add_test(t, a_process_of_very_many_descriptors_takes_half_the_bound);
	tcase_add_test(t, without_a_process_the_unit_comes_from_the_cgroup);
	tcase_add_test(t, more_sockets_than_are_remembered_are_counted_and_the_wanted_one_is_kept);
	tcase_add_test(t, what_was_not_met_for_long_is_forgotten);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
