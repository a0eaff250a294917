/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who may do what on which socket: view.sock refuses every verb that changes anything, whoever asks; control.sock asks who
 * it is. The verbs themselves have no daemon behind them here: one that ran would crash.
 */
#include <check.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/control_verbs.h"
#include "app/steady.h"

#define STRANGER 65534

static char folder[32];
static char path[64];
static struct control control;
static struct steady steady;
static struct ctl_srv *srv;

static void open_side(bool views)
{
	struct ctl_srv_opts o = { .path = path, .request = control_dispatch,
		.ctx = views ? &control.viewing : &control.full };

	strcpy(folder, "/tmp/tidegate-dsp-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/control.sock", folder);
	memset(&control, 0, sizeof(control));
	control.full.control = control.viewing.control = &control;
	control.viewing.views = true;
	control.steady = &steady;
	control.own_uid = geteuid();
	ck_assert_int_eq(ctl_srv_open(&srv, &o, NULL), 0);
}

static void tear_down(void)
{
	ctl_srv_close(srv);
	unlink(path);
	rmdir(folder);
}

static int come_in(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(a.sun_path, path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(connect(fd, (const struct sockaddr *)&a, sizeof(a)), 0);
	ctl_srv_ready(srv);
	return fd;
}

static int ask(int fd, const char *verb, char *out, size_t size)
{
	char line[128];
	struct ctl_reply reply;
	int n = snprintf(line, sizeof(line), "{\"v\":1,\"verb\":\"%s\",\"args\":{}}\n", verb);
	ssize_t got;

	ck_assert_int_eq(send(fd, line, (size_t)n, MSG_NOSIGNAL), n);
	ctl_srv_ready(srv);
	got = recv(fd, out, size - 1, MSG_DONTWAIT);
	ck_assert_int_gt(got, 0);
	out[got] = '\0';
	const char *last = strrchr(out, '{');
	struct slice s = { .at = (const uint8_t *)last, .len = strlen(last) - 1 };
	ck_assert_int_eq(ctl_reply_decode(s, &reply, line, sizeof(line)), 0);
	ck_assert(reply.end);
	return reply.code;
}

START_TEST(the_view_socket_refuses_every_verb_that_changes_anything)
{
	char out[1024];
	const char *name;
	bool changes;
	int refused = 0;

	open_side(true);
	int fd = come_in();
	for (size_t i = 0; (name = control_verb_name(i, &changes)) != NULL; i++) {
		if (!changes)
			continue;
		ck_assert_msg(ask(fd, name, out, sizeof(out)) == CTL_PERMISSION, "%s: %s", name, out);
		ck_assert_ptr_nonnull(strstr(out, "control.sock"));
		refused++;
	}
	ck_assert_int_ge(refused, 10);
	close(fd);
}
END_TEST

START_TEST(the_view_socket_answers_what_changes_nothing)
{
	char out[1024];

	open_side(true);
	int fd = come_in();
	ck_assert_int_eq(ask(fd, "version", out, sizeof(out)), CTL_OK);
	ck_assert_ptr_nonnull(strstr(out, "\"version\""));
	ck_assert_int_eq(ask(fd, "events", out, sizeof(out)), CTL_OK);
	ck_assert_int_eq(ask(fd, "no-such-verb", out, sizeof(out)), CTL_USAGE);
	close(fd);
}
END_TEST

/* These are all of the verbs that any client may have answered by view.sock: a new one is to be thought about here. */
START_TEST(the_verbs_that_change_nothing_are_these)
{
	static const char *const known[] = { "status", "list", "explain", "evidence", "check-ip", "events", "live", "egress",
		"version", "check", "doctor", "feeds", "feed-find", "metrics" };
	const char *name;
	bool changes;

	for (size_t i = 0; (name = control_verb_name(i, &changes)) != NULL; i++) {
		bool found = changes;
		for (size_t k = 0; k < sizeof(known) / sizeof(known[0]) && !found; k++)
			found = strcmp(known[k], name) == 0;
		ck_assert_msg(found, "%s is answered on view.sock", name);
	}
}
END_TEST

/* A socket that changed hands: the peer's rights are those at its connect, not those of who made the descriptor. */
START_TEST(the_control_socket_refuses_a_stranger_what_changes)
{
	char out[1024];
	const char *name;
	bool changes;
	int status;

	open_side(false);
	if (geteuid() != 0)
		return; /* nobody to become */
	ck_assert_int_eq(chmod(folder, 0755), 0);
	ck_assert_int_eq(chmod(path, 0666), 0);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	pid_t child = fork();
	if (child == 0) {
		struct sockaddr_un a = { .sun_family = AF_UNIX };

		strcpy(a.sun_path, path);
		if (setgroups(0, NULL) || setgid(STRANGER) || setuid(STRANGER))
			_exit(2);
		_exit(connect(fd, (const struct sockaddr *)&a, sizeof(a)) ? 1 : 0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	ctl_srv_ready(srv);
	for (size_t i = 0; (name = control_verb_name(i, &changes)) != NULL; i++)
		if (changes)
			ck_assert_int_eq(ask(fd, name, out, sizeof(out)), CTL_PERMISSION);
	ck_assert_int_eq(ask(fd, "version", out, sizeof(out)), CTL_OK);
	close(fd);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("control_dispatch");
	TCase *t = tcase_create("control_dispatch");

	tcase_add_checked_fixture(t, NULL, tear_down);
	tcase_add_test(t, the_view_socket_refuses_every_verb_that_changes_anything);
	tcase_add_test(t, the_view_socket_answers_what_changes_nothing);
	tcase_add_test(t, the_control_socket_refuses_a_stranger_what_changes);
	suite_add_tcase(s, t);
	t = tcase_create("table");
	tcase_add_test(t, the_verbs_that_change_nothing_are_these);
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
