/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The logger, with stderr turned into a pipe.
 */
#include "edge/log.h"

#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"

static int ends[2];

/* Each test runs in its own process, so stderr need not come back. */
static void catch_stderr(void)
{
	ck_assert_int_eq(pipe2(ends, O_NONBLOCK), 0);
	ck_assert_int_eq(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
	unsetenv("JOURNAL_STREAM");
}

static const char *caught(void)
{
	static char text[4096];
	ssize_t n = read(ends[0], text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

START_TEST(a_message_is_one_line_with_its_level)
{
	catch_stderr();
	log_at(LOG_LEVEL_WARNING, "queue %d", 7);
	ck_assert_ptr_nonnull(strstr(caught(), ": warning: queue 7\n"));
}
END_TEST

START_TEST(under_the_journal_the_level_is_a_prefix)
{
	catch_stderr();
	setenv("JOURNAL_STREAM", "8:1", 1);
	log_at(LOG_LEVEL_ERROR, "no");
	ck_assert_str_eq(caught(), "<3>no\n");
}
END_TEST

/* The writing end of this pipe waits, as a terminal's or a journal's would. */
START_TEST(a_reader_who_stops_is_not_waited_for_and_told_later)
{
	static char filler[65536];

	catch_stderr();
	ck_assert_int_eq(write(ends[1], filler, sizeof(filler)), (int)sizeof(filler));
	ck_assert_int_eq(fcntl(ends[1], F_SETFL, 0), 0);
	log_at(LOG_LEVEL_ERROR, "one");
	log_at(LOG_LEVEL_ERROR, "two");
	while (read(ends[0], filler, sizeof(filler)) > 0)
		;
	log_at(LOG_LEVEL_ERROR, "three");
	const char *text = caught();
	ck_assert_ptr_nonnull(strstr(text, ": warning: 2 lines before"));
	ck_assert_ptr_nonnull(strstr(text, ": error: three\n"));
	ck_assert_ptr_null(strstr(text, "one\n"));
}
END_TEST

START_TEST(what_is_above_the_level_is_not_written)
{
	catch_stderr();
	log_set_level(LOG_LEVEL_WARNING);
	log_at(LOG_LEVEL_NOTICE, "quiet");
	ck_assert_str_eq(caught(), "");
	log_set_level(LOG_LEVEL_DEBUG);
	log_at(LOG_LEVEL_DEBUG, "loud");
	ck_assert_ptr_nonnull(strstr(caught(), "debug: loud\n"));
}
END_TEST

START_TEST(a_quoted_line_break_cannot_forge_a_line)
{
	catch_stderr();
	setenv("JOURNAL_STREAM", "8:1", 1);
	log_at(LOG_LEVEL_INFO, "reason \"%s\"", "x\n<0>panic\x1b[2J");
	ck_assert_str_eq(caught(), "<6>reason \"x?<0>panic?[2J\"\n");
}
END_TEST

START_TEST(a_very_long_message_is_cut_and_still_ends_its_line)
{
	char big[3000];
	const char *line;

	catch_stderr();
	memset(big, 'a', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	log_at(LOG_LEVEL_INFO, "%s", big);
	line = caught();
	ck_assert_uint_ge(strlen(line), 1000);
	ck_assert_uint_le(strlen(line), 1024);
	ck_assert_ptr_eq(strchr(line, '\n'), line + strlen(line) - 1);
}
END_TEST

START_TEST(a_gate_lets_one_pass_and_says_how_many_it_held)
{
	struct log_gate gate = { 0 };

	catch_stderr();
	for (int i = 0; i < 5; i++)
		log_seldom(&gate, (mono_t){ i }, 10, LOG_LEVEL_INFO, "full");
	ck_assert_ptr_nonnull(strstr(caught(), ": full\n"));
	log_seldom(&gate, (mono_t){ 10 }, 10, LOG_LEVEL_INFO, "full");
	ck_assert_ptr_nonnull(strstr(caught(), ": full (4 alike held back)\n"));
	log_seldom(&gate, (mono_t){ 25 }, 10, LOG_LEVEL_INFO, "full");
	ck_assert_ptr_nonnull(strstr(caught(), ": full\n"));
}
END_TEST

START_TEST(a_reason_is_cut_to_its_room_and_the_error_comes_back)
{
	char why[WHY_TEXT + 1];

	why[WHY_TEXT] = '#';
	ck_assert_int_eq(log_why(why, ERR_BUSY, "%0200d", 1), ERR_BUSY);
	ck_assert_uint_eq(strlen(why), WHY_TEXT - 1);
	ck_assert_int_eq(why[WHY_TEXT], '#');
	ck_assert_int_eq(log_why(NULL, ERR_IO, "nobody asks"), ERR_IO);
}
END_TEST

START_TEST(a_thread_that_cannot_go_on_ends_the_process)
{
	log_die("a loop of this test");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("log");
	TCase *t = tcase_create("log");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_test(t, a_message_is_one_line_with_its_level);
	tcase_add_test(t, under_the_journal_the_level_is_a_prefix);
	tcase_add_test(t, a_reader_who_stops_is_not_waited_for_and_told_later);
	tcase_add_test(t, what_is_above_the_level_is_not_written);
	tcase_add_test(t, a_quoted_line_break_cannot_forge_a_line);
	tcase_add_test(t, a_very_long_message_is_cut_and_still_ends_its_line);
	tcase_add_test(t, a_gate_lets_one_pass_and_says_how_many_it_held);
	tcase_add_test(t, a_reason_is_cut_to_its_room_and_the_error_comes_back);
	tcase_add_test_raise_signal(t, a_thread_that_cannot_go_on_ends_the_process, SIGABRT);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
