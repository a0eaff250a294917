/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines to somebody's socket: he is not there, does not read, is started anew, and nobody waits for him. */
#include "edge/sink_socket.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/err.h"

static char folder[64], path[96];
static struct sink_socket *s;
static int listener = -1;
static mono_t now = { 1000 * NS_PER_S };

static void begin(void)
{
	log_set_level((enum log_level)0);
	strcpy(folder, "/tmp/tidegate-sock-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/s", folder);
}

static void end(void)
{
	sink_socket_close(s);
	if (listener >= 0)
		close(listener);
	unlink(path);
	rmdir(folder);
}

static void listen_as(int type)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	if (listener >= 0)
		close(listener);
	unlink(path);
	strcpy(a.sun_path, path);
	listener = socket(AF_UNIX, type, 0);
	ck_assert_int_ge(listener, 0);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&a, sizeof(a)), 0);
	if (type == SOCK_STREAM)
		ck_assert_int_eq(listen(listener, 4), 0);
}

static int write_line(const char *line)
{
	return sink_socket_write(s, line, strlen(line), now);
}

static struct sink_stats stats(void)
{
	struct sink_stats out;

	sink_socket_stats(s, &out);
	return out;
}

static void heard(int fd, const char *what)
{
	char bytes[64] = "";

	ck_assert_int_ge(recv(fd, bytes, sizeof(bytes) - 1, MSG_DONTWAIT), 0);
	ck_assert_str_eq(bytes, what);
}

START_TEST(datagrams_come_one_by_one)
{
	listen_as(SOCK_DGRAM);
	ck_assert_int_eq(sink_socket_open(&s, path, false, NULL), 0);
	ck_assert_int_eq(write_line("one"), 0);
	ck_assert_int_eq(write_line("two"), 0);
	heard(listener, "one");
	heard(listener, "two");
	ck_assert_uint_eq(stats().written, 2);
}
END_TEST

START_TEST(a_stream_has_all_lines)
{
	listen_as(SOCK_STREAM);
	ck_assert_int_eq(sink_socket_open(&s, path, true, NULL), 0);
	ck_assert_int_eq(write_line("one\n"), 0);
	ck_assert_int_eq(write_line("two\n"), 0);
	int fd = accept(listener, NULL, NULL);
	heard(fd, "one\ntwo\n");
	close(fd);
}
END_TEST

START_TEST(who_is_not_there_is_looked_for_once_a_second)
{
	ck_assert_int_eq(sink_socket_open(&s, path, false, NULL), 0);
	ck_assert_int_eq(write_line("lost"), ERR_IO);
	listen_as(SOCK_DGRAM);
	ck_assert_int_eq(write_line("lost"), ERR_IO); /* not yet */
	ck_assert(stats().failing);
	now.ns += NS_PER_S;
	ck_assert_int_eq(write_line("here"), 0);
	heard(listener, "here");
	ck_assert_uint_eq(stats().lost, 2);
	ck_assert_uint_eq(stats().written, 1);
	ck_assert(!stats().failing);
}
END_TEST

START_TEST(who_was_started_anew_gets_the_very_next_line)
{
	listen_as(SOCK_DGRAM);
	ck_assert_int_eq(sink_socket_open(&s, path, false, NULL), 0);
	ck_assert_int_eq(write_line("one"), 0);
	listen_as(SOCK_DGRAM);
	ck_assert_int_eq(write_line("two"), 0);
	heard(listener, "two");
	ck_assert_uint_eq(stats().lost, 0);
}
END_TEST

START_TEST(a_stream_that_was_hung_up_begins_with_a_whole_line)
{
	listen_as(SOCK_STREAM);
	ck_assert_int_eq(sink_socket_open(&s, path, true, NULL), 0);
	ck_assert_int_eq(write_line("one\n"), 0);
	close(accept(listener, NULL, NULL));
	ck_assert_int_eq(write_line("two\n"), 0);
	int fd = accept(listener, NULL, NULL);
	heard(fd, "two\n");
	close(fd);
}
END_TEST

/* Both kinds, while nobody reads: it fills up, what follows is lost, and when there is room lines are whole again. */
static void fill(int type)
{
	char line[2049];
	unsigned n = 0;

	memset(line, 'x', 2047);
	line[2047] = '\n';
	line[2048] = '\0';
	listen_as(type);
	ck_assert_int_eq(sink_socket_open(&s, path, type == SOCK_STREAM, NULL), 0);
	while (n < 100000 && write_line(line) == 0)
		n++;
	ck_assert_uint_gt(n, 0);
	ck_assert_uint_lt(n, 100000);
	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(write_line(line), ERR_IO);
	ck_assert_uint_eq(stats().lost, 11);
	int fd = type == SOCK_STREAM ? accept(listener, NULL, NULL) : listener;
	char got[2048];
	for (unsigned i = 0; i < n; i++) {
		ck_assert_int_eq(recv(fd, got, sizeof(got), type == SOCK_STREAM ? MSG_WAITALL : 0), sizeof(got));
		ck_assert_int_eq(memcmp(got, line, sizeof(got)), 0);
	}
	ck_assert_int_eq(write_line("after\n"), 0);
	heard(fd, "after\n");
	if (fd != listener)
		close(fd);
}

START_TEST(who_does_not_read_is_not_waited_for)
{
	fill(_i ? SOCK_STREAM : SOCK_DGRAM);
}
END_TEST

START_TEST(opened_again_it_goes_to_who_listens_then)
{
	char moved[112];

	listen_as(SOCK_DGRAM);
	ck_assert_int_eq(sink_socket_open(&s, path, false, NULL), 0);
	ck_assert_int_eq(write_line("one"), 0);
	int old = listener;
	snprintf(moved, sizeof(moved), "%s.old", path);
	ck_assert_int_eq(rename(path, moved), 0);
	listener = -1;
	listen_as(SOCK_DGRAM);
	sink_socket_reopen(s);
	ck_assert_int_eq(write_line("two"), 0);
	heard(listener, "two");
	heard(old, "one");
	close(old);
	unlink(moved);
}
END_TEST

START_TEST(a_path_that_no_socket_can_have_is_refused)
{
	char longest[200];
	char why[WHY_TEXT];

	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	ck_assert_int_eq(sink_socket_open(&s, longest, false, why), ERR_RANGE);
	s = NULL;
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sink_socket");
	TCase *t = tcase_create("sockets");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, datagrams_come_one_by_one);
	tcase_add_test(t, a_stream_has_all_lines);
	tcase_add_test(t, who_is_not_there_is_looked_for_once_a_second);
	tcase_add_test(t, who_was_started_anew_gets_the_very_next_line);
	tcase_add_test(t, a_stream_that_was_hung_up_begins_with_a_whole_line);
	tcase_add_loop_test(t, who_does_not_read_is_not_waited_for, 0, 2);
	tcase_add_test(t, opened_again_it_goes_to_who_listens_then);
	tcase_add_test(t, a_path_that_no_socket_can_have_is_refused);
	suite_add_tcase(suite, t);
	r = srunner_create(suite);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
