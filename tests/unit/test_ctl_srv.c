/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control socket's server, with clients in the same process: framing, order, bounds,
 * slow readers, and sockets that stand in the way.
 */
#include "edge/ctl_srv.h"

#include <check.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/err.h"

static char folder[32];
static char path[64];
static struct ctl_srv *srv;
static int requests;

/* "echo" answers with its text, "follow" subscribes, "much" with more than a buffer. */
static void answer(void *ctx, struct ctl_conn *c, const struct ctl_request *r)
{
	int err = 0;

	ck_assert_ptr_eq(ctx, &requests);
	requests++;
	if (strcmp(r->verb, "follow") == 0) {
		ctl_conn_subscribe(c);
		return;
	}
	const char *text = ctl_request_text(r, "text");
	json_t *o = json_pack("{s:s}", "text", text ? text : "");
	for (int i = 0; i < (strcmp(r->verb, "much") == 0 ? 100000 : 1) && err == 0; i++)
		err = ctl_conn_send(c, o);
	json_decref(o);
	ctl_conn_end(c, ctl_code_of(err), err ? err_text(err) : NULL);
}

static int open_server(char why[WHY_TEXT])
{
	struct ctl_srv_opts o = { .path = path, .request = answer, .ctx = &requests };
	return ctl_srv_open(&srv, &o, why);
}

static void set_up(void)
{
	requests = 0;
	strcpy(folder, "/tmp/tidegate-srv-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/control.sock", folder);
	ck_assert_int_eq(open_server(NULL), 0);
}

static void tear_down(void)
{
	ctl_srv_close(srv);
	unlink(path);
	rmdir(folder);
}

static int connect_client(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(a.sun_path, path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(connect(fd, (const struct sockaddr *)&a, sizeof(a)), 0);
	ctl_srv_ready(srv);
	return fd;
}

/* As the loop around it does, until nothing is left. */
static void serve(void)
{
	struct pollfd p = { .fd = ctl_srv_fd(srv), .events = POLLIN };

	for (int i = 0; i < 100 && poll(&p, 1, 0) == 1; i++)
		ctl_srv_ready(srv);
}

static void put(int fd, const char *bytes)
{
	ssize_t n = (ssize_t)strlen(bytes);

	ck_assert_int_eq(send(fd, bytes, (size_t)n, MSG_NOSIGNAL), n);
}

static void say(int fd, const char *bytes)
{
	put(fd, bytes);
	serve();
}

/* What is there now, at most size - 1 bytes. */
static const char *hear(int fd, char *out, size_t size)
{
	ssize_t n = recv(fd, out, size - 1, MSG_DONTWAIT);
	out[n > 0 ? n : 0] = '\0';
	return out;
}

static size_t clients(void)
{
	struct ctl_srv_stats s;
	ctl_srv_stats(srv, &s);
	return s.clients;
}

#define ECHO_A "{\"v\":1,\"verb\":\"echo\",\"args\":{\"text\":\"a\"}}\n"
#define END "{\"v\":1,\"end\":true,\"code\":0}\n"

START_TEST(a_request_is_answered_and_the_connection_stays)
{
	char out[512];
	int fd = connect_client();

	for (int i = 0; i < 2; i++) {
		say(fd, ECHO_A);
		ck_assert_str_eq(
			hear(fd, out, sizeof(out)), "{\"text\":\"a\",\"v\":1}\n" END);
	}
	ck_assert_uint_eq(clients(), 1);
	close(fd);
	ctl_srv_ready(srv);
	ck_assert_uint_eq(clients(), 0);
}
END_TEST

START_TEST(a_request_may_come_in_pieces_and_two_at_once)
{
	char out[512];
	int fd = connect_client();

	say(fd, "{\"v\":1,\"verb\":\"echo\",");
	ck_assert_str_eq(hear(fd, out, sizeof(out)), "");
	say(fd, "\"args\":{\"text\":\"1\"}}\n" ECHO_A);
	ck_assert_str_eq(hear(fd, out, sizeof(out)),
		"{\"text\":\"1\",\"v\":1}\n" END "{\"text\":\"a\",\"v\":1}\n" END);
	close(fd);
}
END_TEST

START_TEST(a_client_that_closes_its_sending_side_still_gets_its_answer)
{
	char out[512];
	int fd = connect_client();

	ck_assert_int_eq(send(fd, ECHO_A, strlen(ECHO_A), 0), (ssize_t)strlen(ECHO_A));
	shutdown(fd, SHUT_WR);
	ctl_srv_ready(srv);
	ctl_srv_ready(srv);
	ck_assert_str_eq(hear(fd, out, sizeof(out)), "{\"text\":\"a\",\"v\":1}\n" END);
	ck_assert_uint_eq(clients(), 0);
	close(fd);
}
END_TEST

START_TEST(a_bad_line_is_said_and_the_next_one_is_served)
{
	char out[512];
	int fd = connect_client();

	say(fd, "rubbish\n" ECHO_A);
	hear(fd, out, sizeof(out));
	ck_assert_ptr_nonnull(strstr(out, "\"code\":64"));
	ck_assert_ptr_nonnull(strstr(out, "{\"text\":\"a\""));
	ck_assert_int_eq(requests, 1);
	close(fd);
}
END_TEST

START_TEST(a_line_without_end_is_hung_up_on)
{
	static char block[4096];
	char out[512];
	int fd = connect_client();

	memset(block, 'x', sizeof(block));
	for (int i = 0; i < CTL_LINE / 4096; i++) {
		ck_assert_int_eq(
			send(fd, block, sizeof(block), 0), (ssize_t)sizeof(block));
		ctl_srv_ready(srv);
	}
	hear(fd, out, sizeof(out));
	ck_assert_ptr_nonnull(strstr(out, "longer than"));
	ck_assert_uint_eq(clients(), 0);
	close(fd);
}
END_TEST

START_TEST(an_answer_over_the_bound_ends_with_a_code_not_in_the_middle)
{
	static char out[1 << 16];
	char tail[512] = "";
	int fd = connect_client();

	say(fd, "{\"v\":1,\"verb\":\"much\",\"args\":{\"text\":\"0123456789\"}}\n");
	for (;;) {
		size_t n = strlen(hear(fd, out, sizeof(out)));
		if (n == 0)
			break;
		strcpy(tail, n > 200 ? out + n - 200 : out);
		ctl_srv_ready(srv);
	}
	ck_assert_ptr_nonnull(strstr(tail, "\"end\":true,\"code\":75"));
	/* And the connection is as good as before. */
	say(fd, ECHO_A);
	ck_assert_str_eq(hear(fd, out, sizeof(out)), "{\"text\":\"a\",\"v\":1}\n" END);
	close(fd);
}
END_TEST

START_TEST(who_does_not_read_is_not_worked_for)
{
	int fd = connect_client();

	for (int i = 0; i < 20; i++)
		say(fd, "{\"v\":1,\"verb\":\"much\",\"args\":{\"text\":\"0123456789\"}}\n");
	int before = requests;
	for (int i = 0; i < 20; i++)
		ctl_srv_ready(srv);
	ck_assert_int_eq(requests, before);
	ck_assert_int_lt(requests, 20);
	close(fd);
}
END_TEST

START_TEST(who_asks_for_much_at_once_does_not_keep_the_others_waiting)
{
	char out[512];
	int greedy[8], modest = connect_client();

	for (int i = 0; i < 8; i++)
		greedy[i] = connect_client();
	for (int i = 0; i < 8; i++) {
		for (int k = 0; k < 50; k++)
			put(greedy[i], ECHO_A);
	}
	ctl_srv_ready(srv);
	ck_assert_int_ge(requests, 1);
	ck_assert_int_le(requests, 4); /* then the loop has its other descriptors */
	put(modest, "{\"v\":1,\"verb\":\"echo\",\"args\":{\"text\":\"me\"}}\n");
	for (int i = 0; i < 4; i++)
		ctl_srv_ready(srv);
	ck_assert_ptr_nonnull(strstr(hear(modest, out, sizeof(out)), "\"text\":\"me\""));
	ck_assert_int_lt(requests, 30);
	for (int i = 0; i < 8; i++)
		shutdown(greedy[i], SHUT_WR); /* what was asked before is done all the same */
	for (int i = 0; i < 200; i++)
		ctl_srv_ready(srv);
	ck_assert_int_eq(requests, 8 * 50 + 1);
	for (int i = 0; i < 8; i++)
		close(greedy[i]);
	close(modest);
}
END_TEST

START_TEST(subscribers_get_every_line_and_others_none)
{
	char out[512];
	int one = connect_client();
	int two = connect_client();

	say(one, "{\"v\":1,\"verb\":\"follow\"}\n");
	ck_assert(ctl_srv_has_subscribers(srv));
	ctl_srv_publish(srv, "x\n", 2);
	ck_assert_str_eq(hear(one, out, sizeof(out)), "x\n");
	ck_assert_str_eq(hear(two, out, sizeof(out)), "");
	close(one);
	ctl_srv_ready(srv);
	ck_assert(!ctl_srv_has_subscribers(srv));
	close(two);
}
END_TEST

START_TEST(a_slow_subscriber_loses_lines_and_is_told_how_many)
{
	static char line[1024];
	static char out[1 << 16];
	struct ctl_srv_stats s;
	size_t lines = 0;
	unsigned long lost = 0;
	int fd = connect_client();

	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\n';
	say(fd, "{\"v\":1,\"verb\":\"follow\"}\n");
	for (int i = 0; i < 2000; i++)
		ctl_srv_publish(srv, line, sizeof(line));
	ctl_srv_stats(srv, &s);
	ck_assert_uint_gt(s.lost_lines, 0);
	while (*hear(fd, out, sizeof(out))) {
		const char *at = strstr(out, "{\"lost\":");
		if (at)
			lost = strtoul(at + 8, NULL, 10);
		for (const char *p = out; (p = strchr(p, '\n')); p++)
			lines++;
		ctl_srv_ready(srv);
	}
	ck_assert_uint_eq(lost, s.lost_lines);
	ck_assert_uint_eq(lines - 1 + lost, 2000);
	close(fd);
}
END_TEST

START_TEST(a_request_behind_a_long_answer_is_not_forgotten_by_an_event)
{
	static char out[1 << 19];
	size_t heard = 0;
	int fd = connect_client();

	say(fd, "{\"v\":1,\"verb\":\"follow\"}\n");
	say(fd, "{\"v\":1,\"verb\":\"much\"}\n" ECHO_A);
	ck_assert_int_eq(requests, 2);
	while (*hear(fd, out, sizeof(out)))
		heard += strlen(out);
	ck_assert_uint_gt(heard, 0);
	/* The event finds the socket empty: all that waits could leave with it. */
	ctl_srv_publish(srv, "x\n", 2);
	ctl_srv_ready(srv);
	ck_assert_int_eq(requests, 3);
	close(fd);
}
END_TEST

START_TEST(one_client_too_many_is_turned_away_with_a_word)
{
	int fds[CTL_CLIENTS + 1];
	char out[512];

	for (int i = 0; i <= CTL_CLIENTS; i++)
		fds[i] = connect_client();
	hear(fds[CTL_CLIENTS], out, sizeof(out));
	ck_assert_ptr_nonnull(strstr(out, "\"code\":75"));
	ck_assert_uint_eq(clients(), CTL_CLIENTS);
	say(fds[0], ECHO_A);
	ck_assert_ptr_nonnull(strstr(hear(fds[0], out, sizeof(out)), "\"text\":\"a\""));
	for (int i = 0; i <= CTL_CLIENTS; i++)
		close(fds[i]);
}
END_TEST

START_TEST(the_socket_is_for_owner_and_group)
{
	struct stat st;

	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0660);
}
END_TEST

START_TEST(a_second_server_is_refused_and_the_first_goes_on)
{
	struct ctl_srv *first = srv;
	char why[WHY_TEXT];
	char out[512];

	ck_assert_int_eq(open_server(why), ERR_BUSY);
	ck_assert_ptr_nonnull(strstr(why, path));
	srv = first;
	/* The probe of the second one was a client, too. */
	ctl_srv_ready(srv);
	int fd = connect_client();
	say(fd, ECHO_A);
	ck_assert_ptr_nonnull(strstr(hear(fd, out, sizeof(out)), "\"text\":\"a\""));
	close(fd);
}
END_TEST

START_TEST(a_socket_that_nobody_answers_on_is_replaced)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	ctl_srv_close(srv);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	strcpy(a.sun_path, path);
	ck_assert_int_eq(bind(fd, (const struct sockaddr *)&a, sizeof(a)), 0);
	close(fd);
	ck_assert_int_eq(open_server(NULL), 0);
	close(connect_client());
}
END_TEST

START_TEST(what_is_no_socket_is_never_removed)
{
	char why[WHY_TEXT];
	struct ctl_srv *none;

	ctl_srv_close(srv);
	fclose(fopen(path, "w"));
	srv = NULL;
	ck_assert_int_eq(open_server(why), ERR_EXISTS);
	none = srv;
	ck_assert_ptr_null(none);
	ck_assert_int_eq(access(path, F_OK), 0);
}
END_TEST

START_TEST(closing_leaves_a_socket_that_is_anothers)
{
	struct ctl_srv *first = srv;

	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(open_server(NULL), 0);
	ctl_srv_close(first);
	close(connect_client());
	ck_assert_int_eq(access(path, F_OK), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ctl_srv");
	TCase *c = tcase_create("ctl_srv");

	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, a_request_is_answered_and_the_connection_stays);
	tcase_add_test(c, a_request_may_come_in_pieces_and_two_at_once);
	tcase_add_test(c, a_client_that_closes_its_sending_side_still_gets_its_answer);
	tcase_add_test(c, a_bad_line_is_said_and_the_next_one_is_served);
	tcase_add_test(c, a_line_without_end_is_hung_up_on);
	tcase_add_test(c, an_answer_over_the_bound_ends_with_a_code_not_in_the_middle);
	tcase_add_test(c, who_does_not_read_is_not_worked_for);
	tcase_add_test(c, who_asks_for_much_at_once_does_not_keep_the_others_waiting);
	tcase_add_test(c, subscribers_get_every_line_and_others_none);
	tcase_add_test(c, a_slow_subscriber_loses_lines_and_is_told_how_many);
	tcase_add_test(c, a_request_behind_a_long_answer_is_not_forgotten_by_an_event);
	tcase_add_test(c, one_client_too_many_is_turned_away_with_a_word);
	tcase_add_test(c, the_socket_is_for_owner_and_group);
	tcase_add_test(c, a_second_server_is_refused_and_the_first_goes_on);
	tcase_add_test(c, a_socket_that_nobody_answers_on_is_replaced);
	tcase_add_test(c, what_is_no_socket_is_never_removed);
	tcase_add_test(c, closing_leaves_a_socket_that_is_anothers);
	suite_add_tcase(s, c);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed;
}
