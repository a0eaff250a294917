/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The line of progress, on a terminal of the test's own and in a file. */
#include <check.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/progress.h"
#include "base/time.h"

static int saved, reader;
static char said[4096];

static void onto(int fd)
{
	fflush(stderr);
	saved = dup(STDERR_FILENO);
	dup2(fd, STDERR_FILENO);
	close(fd);
}

static void terminal(void)
{
	int slave;

	ck_assert_int_eq(openpty(&reader, &slave, NULL, NULL, NULL), 0);
	onto(slave);
}

static void file(void)
{
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	reader = ends[0];
	onto(ends[1]);
}

/* All that was written; the descriptor of before is back. A mark behind it, for a terminal hands on what it gets when it
 * likes. */
static const char *listen_to_it(void)
{
	size_t len = 0;

	fputc('@', stderr);
	fflush(stderr);
	do {
		ssize_t got = read(reader, said + len, sizeof(said) - 1 - len);

		ck_assert_int_gt(got, 0);
		len += (size_t)got;
	} while (said[len - 1] != '@');
	said[len - 1] = '\0';
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(reader);
	return said;
}

static void ago(struct progress *p, int64_t ns)
{
	p->began_ns -= ns;
	p->said_ns -= ns;
}

START_TEST(a_terminal_gets_one_line_with_rate_and_time_left)
{
	struct progress p;

	terminal();
	progress_begin(&p, "replay", "packets", false);
	ago(&p, 10 * NS_PER_S);
	progress_say(&p, 5000000, 25, 100);
	ck_assert(p.live);
	listen_to_it();
	ck_assert_msg(said[0] == '\r' && strstr(said, "replay: 25 %, 500k packets/s") && strstr(said, "s left\033[K") &&
		!strchr(said, '\n'), "%s", said);
}
END_TEST

START_TEST(it_is_not_said_more_often_than_ten_times_a_second)
{
	struct progress p;

	terminal();
	progress_begin(&p, "replay", "packets", false);
	progress_say(&p, 1, 1, 100);
	ck_assert_str_eq(listen_to_it(), "");
}
END_TEST

START_TEST(what_stands_is_wiped_before_other_words)
{
	struct progress p;

	terminal();
	progress_begin(&p, "replay", "packets", false);
	ago(&p, NS_PER_S);
	progress_say(&p, 1, 1, 100);
	progress_wipe(&p);
	progress_wipe(&p);
	listen_to_it();
	ck_assert(!p.live);
	ck_assert_str_eq(said + strlen(said) - 7, "\033[K\r\033[K");
}
END_TEST

START_TEST(a_file_gets_a_line_for_each_tenth)
{
	struct progress p;
	size_t lines = 0;

	file();
	progress_begin(&p, "what-if", "packets", false);
	for (uint64_t percent = 0; percent < 100; percent++) {
		ago(&p, 2 * NS_PER_S);
		progress_say(&p, percent, percent, 100);
	}
	for (const char *c = listen_to_it(); *c; c++)
		lines += *c == '\n';
	ck_assert_uint_eq(lines, 9);
	ck_assert_ptr_null(strchr(said, '\r'));
}
END_TEST

START_TEST(of_a_pipe_whose_end_is_unknown_only_the_count_is_said)
{
	struct progress p;

	terminal();
	progress_begin(&p, "replay", "packets", false);
	ago(&p, NS_PER_S);
	progress_say(&p, 1234, 99, 0);
	listen_to_it();
	ck_assert_msg(strstr(said, "replay: 1234 packets") && !strstr(said, "left"), "%s", said);
}
END_TEST

START_TEST(quiet_is_quiet)
{
	struct progress p;

	terminal();
	progress_begin(&p, "replay", "packets", true);
	ago(&p, NS_PER_S);
	progress_say(&p, 1, 50, 100);
	progress_wipe(&p);
	ck_assert_str_eq(listen_to_it(), "");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("progress");
	TCase *c = tcase_create("progress");
	SRunner *r;
	int failed;

	tcase_add_test(c, a_terminal_gets_one_line_with_rate_and_time_left);
	tcase_add_test(c, it_is_not_said_more_often_than_ten_times_a_second);
	tcase_add_test(c, what_stands_is_wiped_before_other_words);
	tcase_add_test(c, a_file_gets_a_line_for_each_tenth);
	tcase_add_test(c, of_a_pipe_whose_end_is_unknown_only_the_count_is_said);
	tcase_add_test(c, quiet_is_quiet);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
