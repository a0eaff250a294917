/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lock of a run directory and the service manager's datagram.
 */
#include "edge/sandbox.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/err.h"

static char base[] = "/tmp/tidegate-run-XXXXXX";
static char dir[64], file[96], why[WHY_TEXT];

static void set_up(void)
{
	ck_assert_ptr_nonnull(mkdtemp(base));
	snprintf(dir, sizeof(dir), "%s/run", base);
	snprintf(file, sizeof(file), "%s/tidegated.pid", dir);
}

static void tear_down(void)
{
	unlink(file);
	rmdir(dir);
	rmdir(base);
}

static long pid_in_file(void)
{
	FILE *f = fopen(file, "r");
	long pid = 0;

	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fscanf(f, "%ld", &pid), 1);
	fclose(f);
	return pid;
}

START_TEST(the_first_takes_the_directory_and_says_who_it_is)
{
	struct sandbox_lock *l;

	ck_assert_int_eq(sandbox_take(&l, dir, why), 0);
	ck_assert_int_eq(pid_in_file(), getpid());
	sandbox_give(l);
	ck_assert_int_ne(access(file, F_OK), 0);
}
END_TEST

START_TEST(nobody_else_can_lock_what_a_dead_owner_left)
{
	struct sandbox_lock *l;
	struct stat st;
	FILE *f;

	ck_assert_int_eq(mkdir(dir, 0755), 0);
	f = fopen(file, "w");
	ck_assert_ptr_nonnull(f);
	fclose(f);
	ck_assert_int_eq(chmod(file, 0644), 0);
	ck_assert_int_eq(sandbox_take(&l, dir, why), 0);
	ck_assert_int_eq(stat(file, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	sandbox_give(l);
	ck_assert_int_eq(sandbox_take(&l, dir, why), 0);
	ck_assert_int_eq(stat(file, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	sandbox_give(l);
}
END_TEST

START_TEST(the_second_is_refused_and_told_by_whom)
{
	struct sandbox_lock *l, *second;
	char owner[32];

	ck_assert_int_eq(sandbox_take(&l, dir, why), 0);
	ck_assert_int_eq(sandbox_take(&second, dir, why), ERR_BUSY);
	snprintf(owner, sizeof(owner), "process %ld", (long)getpid());
	ck_assert_ptr_nonnull(strstr(why, owner));
	ck_assert_int_eq(pid_in_file(), getpid());
	sandbox_give(l);
	ck_assert_int_eq(sandbox_take(&second, dir, why), 0);
	sandbox_give(second);
}
END_TEST

START_TEST(a_file_left_by_a_dead_owner_is_taken_over)
{
	struct sandbox_lock *l;
	FILE *f;

	ck_assert_int_eq(sandbox_take(&l, dir, why), 0);
	sandbox_give(l);
	f = fopen(file, "w");
	ck_assert_ptr_nonnull(f);
	fputs("999999999999\n", f);
	fclose(f);
	ck_assert_int_eq(sandbox_take(&l, dir, why), 0);
	ck_assert_int_eq(pid_in_file(), getpid());
	sandbox_give(l);
}
END_TEST

START_TEST(a_directory_that_cannot_be_made_is_said)
{
	struct sandbox_lock *l;

	ck_assert_int_eq(sandbox_take(&l, "/nowhere/deep/run", why), ERR_ABSENT);
	ck_assert_ptr_nonnull(strstr(why, "/nowhere/deep/run"));
	sandbox_give(NULL);
}
END_TEST

/* A service manager that listens on path (a leading '@' is the abstract space). */
static int manager(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	size_t n = strlen(path);
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	memcpy(at.sun_path, path, n);
	if (path[0] == '@')
		at.sun_path[0] = '\0';
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&at,
		(socklen_t)(sizeof(sa_family_t) + n)), 0);
	setenv("NOTIFY_SOCKET", path, 1);
	return fd;
}

static void is_told(const char *path)
{
	char text[64] = { 0 };
	int fd = manager(path);

	ck_assert_int_eq(sandbox_notify("READY=1"), 0);
	ck_assert_int_eq(recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT), 7);
	ck_assert_str_eq(text, "READY=1");
	close(fd);
}

START_TEST(the_manager_is_told_by_path_or_by_abstract_name)
{
	char path[96], name[100];

	snprintf(path, sizeof(path), "%s/notify", base);
	snprintf(name, sizeof(name), "@%s", path);
	is_told(path);
	unlink(path);
	is_told(name);
}
END_TEST

START_TEST(without_a_manager_nothing_is_said_and_a_bad_address_is_refused)
{
	unsetenv("NOTIFY_SOCKET");
	ck_assert_int_eq(sandbox_notify("READY=1"), 0);
	setenv("NOTIFY_SOCKET", "relative", 1);
	ck_assert_int_eq(sandbox_notify("READY=1"), ERR_INVALID);
	setenv("NOTIFY_SOCKET", "/nowhere/notify", 1);
	ck_assert_int_eq(sandbox_notify("READY=1"), ERR_IO);
}
END_TEST

START_TEST(the_watchdog_is_fed_at_half_its_time_if_it_is_ours)
{
	char other[24];

	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	ck_assert_int_eq(sandbox_watchdog_ns(), 0);
	setenv("WATCHDOG_USEC", "3000000", 1);
	ck_assert_int_eq(sandbox_watchdog_ns(), 1500000000);
	snprintf(other, sizeof(other), "%ld", (long)getpid() + 1);
	setenv("WATCHDOG_PID", other, 1);
	ck_assert_int_eq(sandbox_watchdog_ns(), 0);
	unsetenv("WATCHDOG_PID");
	setenv("WATCHDOG_USEC", "-5", 1);
	ck_assert_int_eq(sandbox_watchdog_ns(), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("sandbox");
	TCase *t = tcase_create("sandbox");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, the_first_takes_the_directory_and_says_who_it_is);
	tcase_add_test(t, nobody_else_can_lock_what_a_dead_owner_left);
	tcase_add_test(t, the_second_is_refused_and_told_by_whom);
	tcase_add_test(t, a_file_left_by_a_dead_owner_is_taken_over);
	tcase_add_test(t, a_directory_that_cannot_be_made_is_said);
	tcase_add_test(t, the_manager_is_told_by_path_or_by_abstract_name);
	tcase_add_test(t, without_a_manager_nothing_is_said_and_a_bad_address_is_refused);
	tcase_add_test(t, the_watchdog_is_fed_at_half_its_time_if_it_is_ours);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
