/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who opened a flow that has just begun, in a /proc and control groups of the test's own: who is told, in which words, and
 * what the bounds cost.
 */
#include <check.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/blame.h"
#include "edge/process.h"

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

static void open_with(uint32_t descriptors, int64_t now_ns)
{
	struct process_opts o = process_opts_default();

	o.root = root;
	o.descriptors = descriptors;
	o.now_ns = now_ns;
	process_close(p);
	p = NULL;
	ck_assert_int_eq(process_open(&p, &o, NULL), 0);
}

static void set_up(void)
{
	memcpy(root + strlen(root) - 6, "XXXXXX", 6);
	ck_assert_ptr_nonnull(mkdtemp(root));
	now = (mono_t){ .ns = 1000 * NS_PER_S };
	open_with(1000, NS_PER_S);
}

static void tear_down(void)
{
	char line[PATH_MAX];

	process_close(p);
	p = NULL;
	snprintf(line, sizeof(line), "rm -rf %s", root);
	ck_assert_int_eq(system(line), 0);
}

/* A control group, with who is in it; its id. */
static uint64_t group(const char *path, const char *pids)
{
	char name[512], whole[PATH_MAX];
	struct stat st;

	write_file("/proc/self/mountinfo", "41 31 0:38 / /cg rw - cgroup2 cgroup2 rw\n");
	snprintf(name, sizeof(name), "/cg%s/cgroup.procs", path);
	write_file(name, pids);
	snprintf(name, sizeof(name), "/cg%s", path);
	path_of(whole, name);
	ck_assert_int_eq(stat(whole, &st), 0);
	return st.st_ino;
}

static void runs(unsigned pid, unsigned parent, const char *comm, const char *exe)
{
	char name[64], text[128];

	snprintf(name, sizeof(name), "/proc/%u/comm", pid);
	snprintf(text, sizeof(text), "%s\n", comm);
	write_file(name, text);
	snprintf(name, sizeof(name), "/proc/%u/stat", pid);
	snprintf(text, sizeof(text), "%u (%s) S %u 1 1 0\n", pid, comm, parent);
	write_file(name, text);
	snprintf(name, sizeof(name), "/proc/%u/exe", pid);
	link_to(name, exe);
}

static struct process_stats stats(void)
{
	struct process_stats s;

	process_stats(p, &s);
	return s;
}

/* Whoever runs this test is who owns its files. */
static void name_us(const char *name)
{
	char line[128];

	snprintf(line, sizeof(line), "%s:x:%u:0::/:/bin/sh\n", name, getuid());
	write_file("/etc/passwd", line);
}

static struct blame blame_of(uint64_t cgroup, uint32_t inode)
{
	const struct socket_owner o = { .uid = getuid(), .inode = inode, .cgroup = cgroup };
	struct blame b;

	process_now(p, &o, now, &b);
	return b;
}

START_TEST(a_flow_has_its_process_program_parent_unit_and_user)
{
	uint64_t id = group("/system.slice/app.service", "700\n812\n");
	struct blame b;

	name_us("bob");
	runs(700, 1, "bash", "/bin/bash");
	runs(812, 700, "curl", "/usr/bin/curl");
	holds(812, 5, 4711);
	b = blame_of(id, 4711);
	ck_assert_uint_eq(b.pid, 812);
	ck_assert_uint_eq(b.level, 2);
	ck_assert_uint_eq(b.owner.cgroup, id);
	ck_assert_str_eq(b.comm, "curl");
	ck_assert_str_eq(b.exe, "/usr/bin/curl");
	ck_assert_str_eq(b.parent, "bash (pid 700)");
	ck_assert_str_eq(b.unit, "app.service");
	ck_assert_str_eq(b.user, "bob");
	ck_assert_uint_eq(stats().now_found, 1);
	ck_assert_uint_eq(stats().walks, 0);
}
END_TEST

START_TEST(who_is_in_another_group_is_not_looked_at)
{
	uint64_t id = group("/a.service", "10\n");

	group("/b.service", "11\n");
	holds(10, 3, 1);
	holds(11, 3, 2);
	ck_assert_uint_eq(blame_of(id, 1).pid, 10);
	ck_assert_uint_eq(blame_of(id, 2).pid, 0);
	ck_assert_str_eq(blame_of(id, 2).unit, "a.service");
}
END_TEST

START_TEST(a_socket_that_was_handed_down_is_whose_it_was_first)
{
	uint64_t id = group("/s/a.service", "20\n21\n22\n23\n");

	runs(20, 1, "sh", "/bin/sh");
	runs(21, 20, "opener", "/bin/opener");
	runs(22, 21, "child", "/bin/child");
	runs(23, 22, "grandchild", "/bin/child");
	holds(21, 7, 5);
	holds(22, 7, 5);
	holds(23, 7, 5);
	holds(20, 7, 6); /* the same number, another socket */
	ck_assert_uint_eq(blame_of(id, 5).pid, 21);
	lets_go(21, 7);
	ck_assert_uint_eq(blame_of(id, 5).pid, 22);
}
END_TEST

START_TEST(init_is_never_blamed_for_what_it_handed_down)
{
	uint64_t id = group("/s/a.service", "30\n");

	runs(30, 1, "worker", "/bin/worker");
	holds(1, 3, 9);
	holds(30, 3, 9);
	ck_assert_uint_eq(blame_of(id, 9).pid, 30);
}
END_TEST

START_TEST(without_a_control_group_the_newest_of_the_user_are_asked)
{
	for (unsigned pid = 100; pid < 140; pid++)
		holds(pid, 3, 1000 + pid);
	ck_assert_uint_eq(blame_of(0, 1139).pid, 139);
	ck_assert_uint_eq(blame_of(0, 1139).level, 0);
	ck_assert_uint_eq(stats().walks, 0);
}
END_TEST

START_TEST(a_group_made_since_the_last_walk_is_learned_of_its_process)
{
	uint64_t id;

	group("/old.service", "");
	(void)blame_of(12345, 0);
	ck_assert_uint_eq(stats().cgroup_walks, 1);
	id = group("/user.slice/run-1.scope", "50\n");
	holds(50, 3, 8);
	write_file("/proc/50/cgroup", "0::/user.slice/run-1.scope\n");
	ck_assert_uint_eq(blame_of(id, 8).level, 2);
	ck_assert_str_eq(blame_of(id, 8).unit, "run-1.scope");
	ck_assert_uint_eq(stats().cgroup_walks, 1);
}
END_TEST

/* Who moved on after it had made the socket does not take the socket's group with it. */
START_TEST(a_group_that_is_not_the_sockets_is_not_learned)
{
	uint64_t id;

	group("/old.service", "");
	(void)blame_of(12345, 0);
	id = group("/real.service", "");
	group("/other.service", "50\n");
	holds(50, 3, 8);
	write_file("/proc/50/cgroup", "0::/other.service\n");
	ck_assert_uint_eq(blame_of(id, 8).pid, 50);
	ck_assert_uint_eq(blame_of(id, 8).level, 0);
	ck_assert_str_eq(blame_of(id, 8).unit, "");
}
END_TEST

START_TEST(beyond_its_bounds_it_walks_over_all_where_that_is_due)
{
	char pids[1024] = "";
	uint64_t id;

	for (unsigned pid = 100; pid < 200; pid++) {
		snprintf(pids + strlen(pids), sizeof(pids) - strlen(pids), "%u\n", pid);
		holds(pid, 3, 1000 + pid);
	}
	id = group("/big.service", pids);
	ck_assert_uint_eq(blame_of(id, 1199).pid, 199);
	ck_assert_uint_eq(stats().now_cut, 0);
	ck_assert_uint_eq(blame_of(id, 1100).pid, 100);
	ck_assert_uint_eq(stats().now_cut, 1);
	ck_assert_uint_eq(stats().walks, 1);
	ck_assert_uint_eq(blame_of(id, 1101).pid, 101); /* as the walk met it */
	ck_assert_uint_eq(stats().walks, 1);
}
END_TEST

START_TEST(a_process_of_very_many_descriptors_is_looked_at_up_to_the_bound)
{
	uint64_t id = group("/big.service", "10\n");

	open_with(10, NS_PER_S); /* of a walk: it finds nothing either */
	for (unsigned d = 0; d < 2100; d++)
		holds(10, d, 1000 + d);
	(void)blame_of(id, 5);
	ck_assert_uint_eq(stats().now_cut, 1);
	ck_assert_uint_eq(stats().now_found, 0);
}
END_TEST

START_TEST(without_a_share_of_the_processor_the_user_alone_is_told)
{
	uint64_t id = group("/a.service", "10\n");
	struct blame b;

	name_us("bob");
	holds(10, 3, 1);
	open_with(1000, 0);
	b = blame_of(id, 1);
	ck_assert_uint_eq(b.pid, 0);
	ck_assert_str_eq(b.user, "bob");
	ck_assert_uint_eq(stats().now_spared, 1);
	open_with(1000, 1); /* a nanosecond is spent by the first */
	ck_assert_uint_eq(blame_of(id, 1).pid, 10);
	ck_assert_uint_eq(blame_of(id, 1).pid, 0);
	now = mono_add(now, 3600 * NS_PER_S);
	ck_assert_uint_eq(blame_of(id, 1).pid, 10);
}
END_TEST

START_TEST(names_from_outside_come_out_harmless_and_long_ones_by_their_end)
{
	uint64_t id = group("/s/a.service", "10\n");
	char exe[200];
	struct blame b;

	memset(exe, 'x', sizeof(exe));
	memcpy(exe, "/opt/", 5);
	memcpy(exe + sizeof(exe) - 6, "/last", 6);
	runs(9, 1, "a) S 1 (b", "/bin/sh");
	runs(10, 9, "\033[2Jx", exe);
	holds(10, 3, 1);
	b = blame_of(id, 1);
	ck_assert_str_eq(b.comm, "\\x1b[2Jx");
	ck_assert_uint_eq(strlen(b.exe), BLAME_EXE - 1);
	ck_assert_mem_eq(b.exe, "...xxx", 6);
	ck_assert_str_eq(b.exe + BLAME_EXE - 6, "/last");
	ck_assert_str_eq(b.parent, "a) S 1 (b (pid 9)");
}
END_TEST

/* What allowlists know a container by is its name's beginning and end. */
START_TEST(the_unit_of_a_container_is_told_whole)
{
	static const char unit[] = "cri-containerd-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.scope";
	char path[200];

	snprintf(path, sizeof(path), "/kubepods.slice/%s", unit);
	ck_assert_str_eq(blame_of(group(path, ""), 0).unit, unit);
}
END_TEST

START_TEST(a_socket_that_its_program_has_closed_tells_its_group_alone)
{
	uint64_t id = group("/system.slice/a.service", "10\n");
	const struct socket_owner o = { .uid = OWNER_UNKNOWN, .cgroup = id };
	struct blame b;

	holds(10, 3, 1);
	process_now(p, &o, now, &b);
	ck_assert_uint_eq(b.pid, 0);
	ck_assert_str_eq(b.unit, "a.service");
	ck_assert_uint_eq(b.level, 2);
	ck_assert_str_eq(b.user, "");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("process_now");
	TCase *t = tcase_create("process_now");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, a_flow_has_its_process_program_parent_unit_and_user);
	tcase_add_test(t, who_is_in_another_group_is_not_looked_at);
	tcase_add_test(t, a_socket_that_was_handed_down_is_whose_it_was_first);
	tcase_add_test(t, init_is_never_blamed_for_what_it_handed_down);
	tcase_add_test(t, without_a_control_group_the_newest_of_the_user_are_asked);
	tcase_add_test(t, a_group_made_since_the_last_walk_is_learned_of_its_process);
	tcase_add_test(t, a_group_that_is_not_the_sockets_is_not_learned);
	tcase_add_test(t, beyond_its_bounds_it_walks_over_all_where_that_is_due);
	tcase_add_test(t, a_process_of_very_many_descriptors_is_looked_at_up_to_the_bound);
	tcase_add_test(t, without_a_share_of_the_processor_the_user_alone_is_told);
	tcase_add_test(t, names_from_outside_come_out_harmless_and_long_ones_by_their_end);
	tcase_add_test(t, the_unit_of_a_container_is_told_whole);
	tcase_add_test(t, a_socket_that_its_program_has_closed_tells_its_group_alone);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
