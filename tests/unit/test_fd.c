/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "edge/fd.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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

/* FOLDER/NAME in a folder of the test's own. */
static int made(char folder[32])
{
	strcpy(folder, "/tmp/test_fd.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	return open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void holds(int dir, const char *name, const char *wanted, mode_t mode)
{
	char bytes[64] = "";
	struct stat st;
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);

	ck_assert_int_ge(read(fd, bytes, sizeof(bytes) - 1), 0);
	ck_assert_str_eq(bytes, wanted);
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, mode);
	close(fd);
}

START_TEST(a_new_file_writes_through_no_link_and_no_second_name)
{
	char folder[32];
	int dir = made(folder);
	mode_t mask = umask(0077);

	ck_assert_int_eq(fd_write_new(dir, "other", 0644, true, "theirs", 6), 0);
	ck_assert_int_eq(symlinkat("other", dir, "link"), 0);
	ck_assert_int_eq(linkat(dir, "other", dir, "second", 0), 0);
	ck_assert_int_eq(fd_write_new(dir, "link", 0600, true, "mine", 4), 0);
	ck_assert_int_eq(fd_write_new(dir, "second", 0640, false, "mine, too", 9), 0);
	umask(mask);
	holds(dir, "other", "theirs", 0644);
	holds(dir, "link", "mine", 0600);
	holds(dir, "second", "mine, too", 0640);
	unlinkat(dir, "other", 0);
	unlinkat(dir, "link", 0);
	unlinkat(dir, "second", 0);
	close(dir);
	ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

START_TEST(what_cannot_be_made_is_said)
{
	char folder[32];
	int dir = made(folder);

	ck_assert_int_eq(mkdirat(dir, "folder", 0700), 0);
	ck_assert_int_eq(fd_write_new(dir, "folder", 0600, true, "x", 1), -1);
	ck_assert_int_eq(errno, EISDIR);
	ck_assert_int_eq(fd_write_new(dir, "none/file", 0600, true, "x", 1), -1);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_int_eq(unlinkat(dir, "folder", AT_REMOVEDIR), 0);
	close(dir);
	ck_assert_int_eq(rmdir(folder), 0);
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
	tcase_add_test(c, a_new_file_writes_through_no_link_and_no_second_name);
	tcase_add_test(c, what_cannot_be_made_is_said);
	suite_add_tcase(s, c);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
