/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Paths of control groups to their ids, in a folder that stands for the kernel's. */
#include "edge/cgroup.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[64];

static const char *below(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s%s", root, name);
	return path;
}

static void put(const char *name, const char *text)
{
	FILE *f = fopen(below(name), "w");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

static void set_up(void)
{
	strcpy(root, "/tmp/tidegate-cgroup.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
	mkdir(below("/proc"), 0755);
	mkdir(below("/proc/self"), 0755);
	mkdir(below("/cg"), 0755);
	mkdir(below("/cg/a.slice"), 0755);
	put("/proc/self/mountinfo", "30 23 0:26 / /sys rw shared:1 - sysfs sysfs rw\n"
		"31 23 0:27 / /cg rw shared:2 - cgroup2 cgroup2 rw\n");
}

static void tear_down(void)
{
	static const char *const dirs[] = { "/cg/a.slice/x.service", "/cg/a.slice", "/cg", "/proc/self", "/proc", "" };

	unlink(below("/proc/self/mountinfo"));
	unlink(below("/cg/file"));
	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		rmdir(below(dirs[i]));
}

START_TEST(a_group_has_the_id_of_its_folder_while_it_is_there)
{
	char mount[128], path[256];
	struct stat st;

	ck_assert(cgroup_mount(root, mount, sizeof(mount)));
	ck_assert_str_eq(mount, below("/cg"));
	ck_assert_uint_eq(cgroup_id(mount, "a.slice/x.service"), 0);
	snprintf(path, sizeof(path), "%s/a.slice/x.service", mount);
	ck_assert_int_eq(mkdir(path, 0755), 0);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(cgroup_id(mount, "a.slice/x.service"), st.st_ino);
	ck_assert_int_eq(rmdir(path), 0);
	ck_assert_uint_eq(cgroup_id(mount, "a.slice/x.service"), 0);
}
END_TEST

START_TEST(what_is_no_group_has_none)
{
	char mount[128], small[4], deep[5000];

	ck_assert(cgroup_mount(root, mount, sizeof(mount)));
	put("/cg/file", "");
	ck_assert_uint_eq(cgroup_id(mount, "file"), 0);
	memset(deep, 'x', sizeof(deep) - 1);
	deep[sizeof(deep) - 1] = '\0';
	ck_assert_uint_eq(cgroup_id(mount, deep), 0);
	ck_assert(!cgroup_mount(root, small, sizeof(small)));
	put("/proc/self/mountinfo", "30 23 0:26 / /sys/fs/cgroup rw shared:1 - cgroup cgroup rw,cpu\n");
	ck_assert(!cgroup_mount(root, mount, sizeof(mount)));
	unlink(below("/proc/self/mountinfo"));
	ck_assert(!cgroup_mount(root, mount, sizeof(mount)));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("cgroup");
	TCase *c = tcase_create("cgroup");
	SRunner *r = srunner_create(s);

	suite_add_tcase(s, c);
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, a_group_has_the_id_of_its_folder_while_it_is_there);
	tcase_add_test(c, what_is_no_group_has_none);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
