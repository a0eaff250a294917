/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hooks: which are run, with what, and how each way to end is told. */
#include "edge/hook.h"

#include <check.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "edge/clock.h"

static char folder[64];

static void begin(void)
{
	strcpy(folder, "/tmp/tidegate-hook-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void end(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	ck_assert_int_eq(system(command), 0);
}

static void make(const char *name, const char *script, mode_t mode)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fprintf(f, "#!/bin/sh\n%s\n", script);
	fclose(f);
	ck_assert_int_eq(chmod(path, mode), 0);
}

static int start(struct hook_run *r, const char *name, int64_t limit_ns)
{
	static char *const env[] = { "PATH=/usr/bin:/bin", "WORD=a b;c", NULL };
	char path[160];

	snprintf(path, sizeof(path), "%s/in", folder);
	FILE *f = fopen(path, "w");
	fputs("one\ntwo\n", f);
	fclose(f);
	struct hook_start o = { .folder = folder, .name = name, .env = env, .limit_ns = limit_ns, .now = clock_mono(),
		.in = open(path, O_RDONLY | O_CLOEXEC) };
	int err = hook_start(r, &o, NULL);
	close(o.in);
	return err;
}

/* The clock of the hook runs as it likes: 'now' is what it is told. */
static void wait_end(struct hook_run *r, mono_t now)
{
	for (int i = 0; i < 2000; i++) {
		if (hook_look(r, now))
			return;
		poll(NULL, 0, 10);
	}
	ck_abort_msg("no end");
}

static void run(struct hook_run *r, const char *script)
{
	make("hook", script, 0755);
	ck_assert_int_eq(start(r, "hook", 60 * NS_PER_S), 0);
	wait_end(r, clock_mono());
}

START_TEST(names_as_run_parts_takes_them_sorted)
{
	struct hook_list l;

	make("20-b", "", 0755);
	make("10-a", "", 0755);
	make("A_z", "", 0755);
	make("10-a.dpkg-old", "", 0755);
	make("10-a~", "", 0755);
	make(".hidden", "", 0755);
	make("readme", "", 0644);   /* no executable */
	make("anybodys", "", 0757); /* may be written by everybody */
	ck_assert_int_eq(hook_list(&l, folder), 0);
	ck_assert_uint_eq(l.n, 3);
	ck_assert_str_eq(l.names[0], "10-a");
	ck_assert_str_eq(l.names[1], "20-b");
	ck_assert_str_eq(l.names[2], "A_z");
	ck_assert_uint_eq(l.odd, 2);
}
END_TEST

START_TEST(a_folder_of_the_name_of_a_hook_is_none)
{
	struct hook_list l;
	char path[160];

	snprintf(path, sizeof(path), "%s/10-dir", folder);
	mkdir(path, 0755);
	ck_assert_int_eq(hook_list(&l, folder), 0);
	ck_assert_uint_eq(l.n, 0);
	ck_assert_uint_eq(l.odd, 1);
}
END_TEST

START_TEST(no_folder_is_no_hook_and_too_many_are_told)
{
	struct hook_list l;
	char name[16];

	ck_assert_int_eq(hook_list(&l, "/tmp/tidegate-no-such-folder"), 0);
	ck_assert_uint_eq(l.n, 0);
	ck_assert_int_eq(hook_list(&l, "/dev/null"), ERR_IO);
	for (int i = 0; i < HOOKS + 2; i++) {
		snprintf(name, sizeof(name), "h%02d", i);
		make(name, "", 0755);
	}
	ck_assert_int_eq(hook_list(&l, folder), 0);
	ck_assert_uint_eq(l.n, HOOKS);
	ck_assert_uint_eq(l.odd, 2);
}
END_TEST

START_TEST(it_reads_the_message_and_nothing_else_of_ours)
{
	struct hook_run r;
	int spare = open("/dev/null", O_RDONLY); /* without close-on-exec, as a library might */

	setenv("SECRET", "x", 1);
	run(&r, "cat; echo \"$WORD|$SECRET|$#\"; ls /proc/self/fd | tr '\\n' ' '; umask >/dev/null; echo err >&2");
	ck_assert_int_eq(r.status, 0);
	/* 3 is the folder that ls reads. */
	ck_assert_str_eq(r.text, "one\ntwo\na b;c||0\n0 1 2 3 err\n");
	ck_assert_int_eq(r.unheard, 0);
	close(spare);
}
END_TEST

START_TEST(how_it_ended_is_told)
{
	struct hook_run r;

	run(&r, "exit 75");
	ck_assert_int_eq(r.status, 75);
	run(&r, "kill -SEGV $$");
	ck_assert_int_eq(r.status, 128 + SIGSEGV);
	ck_assert(!r.killed);
	make("hook", "", 0644);
	ck_assert_int_eq(start(&r, "hook", NS_PER_S), 0);
	wait_end(&r, clock_mono());
	ck_assert_int_eq(r.status, 127);
}
END_TEST

START_TEST(signals_are_as_in_a_new_process)
{
	/* 32 and 33 are the C library's own: it lets nobody touch them, and what a parent ignored of them stays ignored. */
	const unsigned long long libc = 3ULL << 31;
	unsigned long long blocked = ~0ULL, ignored = ~0ULL;
	struct hook_run r;
	sigset_t term, old;

	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, &old);
	signal(SIGPIPE, SIG_IGN);
	run(&r, "grep -E '^Sig(Blk|Ign)' /proc/self/status | tr -d '\\t\\n'");
	sigprocmask(SIG_SETMASK, &old, NULL);
	signal(SIGPIPE, SIG_DFL);
	ck_assert_int_eq(sscanf(r.text, "SigBlk:%llxSigIgn:%llx", &blocked, &ignored), 2);
	ck_assert_uint_eq(blocked, 0);
	ck_assert_uint_eq(ignored & ~libc, 0);
}
END_TEST

START_TEST(who_hangs_is_killed_with_all_that_he_started)
{
	struct hook_run r;
	char path[160];
	long child = 0;

	make("hook", "trap '' TERM; sleep 600 & echo $! >\"$(dirname \"$0\")/child\"; cat >/dev/null; wait", 0755);
	ck_assert_int_eq(start(&r, "hook", 30 * NS_PER_S), 0);
	snprintf(path, sizeof(path), "%s/child", folder);
	for (int i = 0; i < 2000 && child <= 0; i++) {
		FILE *f = fopen(path, "r");

		if (f && fscanf(f, "%ld", &child) != 1)
			child = 0;
		if (f)
			fclose(f);
		poll(NULL, 0, 10);
	}
	ck_assert_int_gt(child, 0);
	ck_assert(!hook_look(&r, mono_add(r.begun, 29 * NS_PER_S)));
	wait_end(&r, mono_add(r.begun, 30 * NS_PER_S));
	ck_assert(r.killed);
	ck_assert_int_eq(r.status, 128 + SIGKILL);
	/* An orphan's end is init's to see; here it may take a moment, or stay a zombie. */
	for (int i = 0; i < 500 && kill((pid_t)child, 0) == 0; i++) {
		char state[64], line[256] = "";

		snprintf(state, sizeof(state), "/proc/%ld/stat", child);
		FILE *f = fopen(state, "r");
		if (!f || !fgets(line, sizeof(line), f) || strstr(line, ") Z "))
			child = 0;
		if (f)
			fclose(f);
		if (!child)
			break;
		poll(NULL, 0, 10);
	}
	ck_assert(child == 0 || kill((pid_t)child, 0) != 0);
}
END_TEST

START_TEST(who_prints_without_end_is_heard_up_to_the_bound)
{
	struct hook_run r;

	run(&r, "head -c 300000 /dev/zero | tr '\\0' x");
	ck_assert_int_eq(r.status, 0);
	ck_assert_uint_eq(r.said, HOOK_OUTPUT);
	ck_assert_uint_eq(strlen(r.text), HOOK_OUTPUT);
	ck_assert_uint_eq(r.unheard, 300000 - HOOK_OUTPUT);
}
END_TEST

START_TEST(a_grandchild_that_keeps_the_pipe_holds_nobody_up)
{
	struct hook_run r;

	run(&r, "sleep 5 & echo done");
	ck_assert_int_eq(r.status, 0);
	ck_assert_str_eq(r.text, "done\n");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("hook");
	TCase *t = tcase_create("processes");
	SRunner *r;
	int failed;

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, names_as_run_parts_takes_them_sorted);
	tcase_add_test(t, a_folder_of_the_name_of_a_hook_is_none);
	tcase_add_test(t, no_folder_is_no_hook_and_too_many_are_told);
	tcase_add_test(t, it_reads_the_message_and_nothing_else_of_ours);
	tcase_add_test(t, how_it_ended_is_told);
	tcase_add_test(t, signals_are_as_in_a_new_process);
	tcase_add_test(t, who_hangs_is_killed_with_all_that_he_started);
	tcase_add_test(t, who_prints_without_end_is_heard_up_to_the_bound);
	tcase_add_test(t, a_grandchild_that_keeps_the_pipe_holds_nobody_up);
	suite_add_tcase(suite, t);
	r = srunner_create(suite);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
