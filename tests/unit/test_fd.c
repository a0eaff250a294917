/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "edge/fd.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define BYTES 300000 /* more than a pipe holds at once */

/* The parent's end of a pipe, of which a child reads all and says by its exit whether each byte was right. */
static int reader_of(pid_t *child)
{
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	*child = fork();
	if (*child == 0) {
		unsigned char byte;
		size_t n = 0;

		close(ends[1]);
		while (read(ends[0], &byte, 1) == 1 && byte == (unsigned char)(n * 7))
			n++;
		_exit(n == BYTES ? 0 : 1);
	}
	close(ends[0]);
	return ends[1];
}

START_TEST(what_is_more_than_a_pipe_holds_comes_through_whole)
{
	static unsigned char bytes[BYTES];
	int status;
	pid_t child;
	int fd = reader_of(&child);

	for (size_t i = 0; i < BYTES; i++)
		bytes[i] = (unsigned char)(i * 7);
	ck_assert_int_eq(fd_write_all(fd, bytes, BYTES), 0);
	close(fd);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(nothing_is_written_at_once)
{
	ck_assert_int_eq(fd_write_all(-1, "", 0), 0);
}
END_TEST

START_TEST(a_full_disk_is_said)
{
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fd_write_all(fd, "x", 1), -1);
	ck_assert_int_eq(errno, ENOSPC);
	close(fd);
	ck_assert_int_eq(fd_write_all(-1, "x", 1), -1);
	ck_assert_int_eq(errno, EBADF);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("fd");
	TCase *c = tcase_create("fd");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(c, what_is_more_than_a_pipe_holds_comes_through_whole);
	tcase_add_test(c, nothing_is_written_at_once);
	tcase_add_test(c, a_full_disk_is_said);
	suite_add_tcase(s, c);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
