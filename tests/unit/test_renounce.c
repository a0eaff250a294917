/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is gone after it, in children, so that the test itself keeps what it has. */
#include "edge/renounce.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* The value of a line of /proc/self/status as hexadecimal. */
static unsigned long long status_of(const char *name)
{
	unsigned long long value = ~0ULL;
	char line[256];
	FILE *f = fopen("/proc/self/status", "r");

	while (f && fgets(line, sizeof(line), f))
		if (strncmp(line, name, strlen(name)) == 0)
			value = strtoull(line + strlen(name) + 1, NULL, 16);
	if (f)
		fclose(f);
	return value;
}

static int in_child(int (*body)(void))
{
	int status;
	pid_t child = fork();

	if (child == 0)
		_exit(body());
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 99;
}

static int rights_are_gone(void)
{
	char why[WHY_TEXT];

	if (renounce(32, why))
		return 1;
	if (status_of("CapEff") != 0 || status_of("CapPrm") != 0 || status_of("CapAmb") != 0)
		return 2;
	if (status_of("NoNewPrivs") != 1)
		return 3;
	return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 ? 0 : 4;
}

static int descriptors_end(void)
{
	char why[WHY_TEXT];
	int n = 0;

	if (renounce(32, why))
		return 1;
	while (n < 100 && open("/dev/null", O_RDONLY) >= 0)
		n++;
	return n < 32 ? 0 : 2;
}

/* As nobody: of root the kernel does not count processes. */
static int no_process_is_made(void)
{
	char why[WHY_TEXT];

	if (geteuid() == 0 && (setgid(65534) || setuid(65534)))
		return 1;
	if (renounce(32, why) || renounce_processes())
		return 2;
	pid_t child = fork();
	if (child == 0)
		_exit(0);
	return child < 0 ? 0 : 3;
}

START_TEST(rights_are_gone_for_good)
{
	ck_assert_int_eq(in_child(rights_are_gone), 0);
}
END_TEST

START_TEST(descriptors_are_few)
{
	ck_assert_int_eq(in_child(descriptors_end), 0);
}
END_TEST

START_TEST(no_process_comes_of_it)
{
	ck_assert_int_eq(in_child(no_process_is_made), 0);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("renounce");
	TCase *t = tcase_create("renounce");

	tcase_add_test(t, rights_are_gone_for_good);
	tcase_add_test(t, descriptors_are_few);
	tcase_add_test(t, no_process_comes_of_it);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	SRunner *r = srunner_create(suite());

	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
