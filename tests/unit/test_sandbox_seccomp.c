/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a confined process can no longer do, and what it still can. The filter has no way back: each case runs in a child
 * of its own, which ends with 0 where all was as it should be, else with the line that was not.
 */
#include "edge/sandbox_seccomp.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int line; /* of the child: the first one that failed */

static void hold(bool truth, int at)
{
	if (!truth && !line)
		line = at;
}

static bool refused(long result)
{
	return result == -1 && errno == EPERM;
}

/* Runs the case in a confined child and gives what it ended with. */
static int confined(void (*body)(void))
{
	pid_t child = fork();
	int status;

	ck_assert_int_ge(child, 0);
	if (!child) {
		line = sandbox_confine() ? 255 : 0;
		if (!line)
			body();
		_exit(line);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static void try_programs(void)
{
	char *const words[] = { "true", NULL };

	hold(refused(execv("/bin/true", words)), 1);
	hold(refused(execvp("true", words)), 2);
	hold(refused(syscall(__NR_execveat, AT_FDCWD, "/bin/true", words, words, 0)), 3);
	hold(system("exit 0") != 0, 4); /* its child can fork, but not become a shell */
	hold(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1, 5);
}

START_TEST(no_program_is_executed)
{
	ck_assert_int_eq(confined(try_programs), 0);
}
END_TEST

static void try_families(void)
{
	for (int family = 0; family < 50; family++) {
		int fd = socket(family, SOCK_DGRAM, 0);

		if (family == AF_UNIX || family == AF_NETLINK)
			hold(fd >= 0, 10 + family);
		else
			hold(refused(fd), 10 + family);
	}
	hold(refused(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), 61);
	hold(refused(socket(AF_PACKET, SOCK_RAW, 0)), 62);
	/* Only the low half of the register is a family. */
	hold(refused(syscall(__NR_socket, 0x100000000 | AF_INET, SOCK_STREAM, 0)), 63);
}

START_TEST(sockets_are_netlink_and_unix_and_nothing_else)
{
	ck_assert_int_eq(confined(try_families), 0);
}
END_TEST

static void try_ways_out(void)
{
	hold(refused(unshare(CLONE_NEWUSER)), 1);
	hold(refused(mount("none", "/proc", "tmpfs", 0, NULL)), 2);
	hold(refused(syscall(__NR_bpf, 0, NULL, 0)), 3);
	hold(refused(syscall(__NR_keyctl, 0, 0, 0, 0)), 4);
	hold(refused(syscall(__NR_finit_module, -1, "", 0)), 5);
	hold(refused(syscall(425, 1, NULL)), 6); /* io_uring_setup: sockets by another door */
	hold(refused(syscall(__NR_setns, -1, 0)), 7);
	hold(refused(syscall(__NR_process_vm_readv, getpid(), NULL, 0, NULL, 0, 0)), 8);
#ifndef TIDEGATE_LEAK_CHECK
	hold(refused(ptrace(PTRACE_TRACEME, 0, NULL, NULL)), 9);
#endif
}

START_TEST(the_ways_out_of_its_place_are_shut)
{
	ck_assert_int_eq(confined(try_ways_out), 0);
}
END_TEST

static void *nothing(void *ctx)
{
	atomic_store((atomic_bool *)ctx, true);
	return NULL;
}

static void try_daily_work(void)
{
	atomic_bool ran = false;
	pthread_t t;
	int pair[2], fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	hold(fd >= 0 && write(fd, "x", 1) == 1, 1);
	hold(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0, 2);
	hold(pthread_create(&t, NULL, nothing, &ran) == 0 && pthread_join(t, NULL) == 0 && atomic_load(&ran), 3);
	hold(fork() >= 0, 4);
}

START_TEST(files_threads_and_pairs_still_work)
{
	ck_assert_int_eq(confined(try_daily_work), 0);
}
END_TEST

static atomic_int stage, other_refused;

static void *older_thread(void *ctx)
{
	(void)ctx;
	while (atomic_load(&stage) == 0)
		sched_yield();
	atomic_store(&other_refused, refused(socket(AF_INET, SOCK_DGRAM, 0)));
	return NULL;
}

START_TEST(threads_that_were_there_before_are_confined_too)
{
	pid_t child = fork();
	pthread_t t;
	int status;

	if (!child) {
		if (pthread_create(&t, NULL, older_thread, NULL) || sandbox_confine())
			_exit(1);
		atomic_store(&stage, 1);
		pthread_join(t, NULL);
		_exit(atomic_load(&other_refused) ? 0 : 2);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
}
END_TEST

#ifdef __x86_64__
/* socket(AF_INET) by i386's number of it; a kernel without those ends the child with SIGSEGV. */
static void try_other_numbers(void)
{
	long result;

	hold(refused(syscall(0x40000000 | __NR_getpid)), 1);
	__asm__ volatile("int $0x80" : "=a"(result) : "a"(359), "b"(AF_INET), "c"(SOCK_DGRAM), "d"(0) : "memory", "r8", "r9", "r10", "r11");
	hold(result == -EPERM, 2);
}

START_TEST(another_architecture_has_no_numbers_here)
{
	int code = confined(try_other_numbers);

	ck_assert(code == 0 || code == 1000 + SIGSEGV);
}
END_TEST
#endif

static void try_again(void)
{
	hold(sandbox_is_confined(), 3);
	hold(sandbox_confine() == 0, 1);
	hold(refused(socket(AF_INET, SOCK_DGRAM, 0)), 2);
}

START_TEST(to_be_confined_twice_changes_nothing)
{
	ck_assert(!sandbox_is_confined());
	ck_assert_int_eq(confined(try_again), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("sandbox_seccomp");
	TCase *t = tcase_create("sandbox_seccomp");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_test(t, no_program_is_executed);
	tcase_add_test(t, sockets_are_netlink_and_unix_and_nothing_else);
	tcase_add_test(t, the_ways_out_of_its_place_are_shut);
	tcase_add_test(t, files_threads_and_pairs_still_work);
	tcase_add_test(t, threads_that_were_there_before_are_confined_too);
#ifdef __x86_64__
	tcase_add_test(t, another_architecture_has_no_numbers_here);
#endif
	tcase_add_test(t, to_be_confined_twice_changes_nothing);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
