/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The talk with the daemon: connect when it is first needed, one request, its answer to
 * the end. What the daemon says is held against the protocol's bounds like any other
 * input.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "app/ctl.h"
#include "base/text.h"

#define ANSWER_SECONDS \
	15 /* the daemon itself waits up to 2 s a step for its packet thread */

int ctl_complain(int code, const char *format, ...)
{
	char line[2048], visible[4096];
	struct text t = text_over(visible, sizeof(visible));
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	text_add_visible(&t, line); /* names of files may be somebody else's */
	fprintf(stderr, "tidegate: %s\n", visible);
	return code;
}

static int cannot_connect(const struct ctl_tool *t)
{
	if (errno == EACCES || errno == EPERM)
		return ctl_complain(CTL_PERMISSION,
			"%s: permission denied (for root and the groups that control.group and control.viewers name)",
			t->socket);
	if (errno == EAGAIN)
		return ctl_complain(CTL_AGAIN, "%s: the daemon is busy", t->socket);
	return ctl_complain(CTL_UNAVAILABLE,
		"no daemon answers on %s (%s); is tidegated running?", t->socket,
		strerror(errno));
}

void ctl_hang_up(struct ctl_tool *t)
{
	if (t->fd >= 0)
		close(t->fd);
	t->fd = -1;
}

/* Whoever may not change things may perhaps look: beside control.sock, view.sock answers questions alone. */
static bool view_beside(const char *socket, char *out, size_t size)
{
	static const char full[] = "control.sock", view[] = "view.sock";
	size_t len = strlen(socket);
	size_t folder = len >= sizeof(full) - 1 ? len - (sizeof(full) - 1) : len;

	if (strcmp(socket + folder, full) != 0 || (folder > 0 && socket[folder - 1] != '/'))
		return false;
	return snprintf(out, size, "%.*s%s", (int)folder, socket, view) < (int)size;
}

static bool connect_to(struct ctl_tool *t, const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct timeval wait = { .tv_sec = ANSWER_SECONDS };

	if (!text_copy(a.sun_path, sizeof(a.sun_path), path)) {
		errno = ENAMETOOLONG;
		return false;
	}
	t->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (t->fd < 0)
		return false;
	setsockopt(t->fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	setsockopt(t->fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	t->in_len = 0;
	if (connect(t->fd, (const struct sockaddr *)&a, sizeof(a)) == 0)
		return true;
	int error = errno;
	ctl_hang_up(t);
	errno = error;
	return false;
}

bool ctl_daemon_answers(struct ctl_tool *t)
{
	char view[sizeof(((struct sockaddr_un *)NULL)->sun_path)];

	if (t->fd >= 0 || connect_to(t, t->socket))
		return true;
	int error = errno;
	if ((error == EACCES || error == EPERM) && view_beside(t->socket, view, sizeof(view)) && connect_to(t, view))
		return true;
	errno = error;
	return false;
}

static int send_all(struct ctl_tool *t, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = send(t->fd, bytes, len, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ctl_complain(CTL_UNAVAILABLE, "the daemon hung up: %s",
				strerror(errno));
		bytes += n;
		len -= (size_t)n;
	}
	return CTL_OK;
}

/* More bytes into t->in. */
static int receive(struct ctl_tool *t)
{
	ssize_t n;

	if (t->in_len == sizeof(t->in))
		return ctl_complain(CTL_INTERNAL,
			"the daemon's answer has too long a line");
	do
		n = recv(t->fd, t->in + t->in_len, sizeof(t->in) - t->in_len, 0);
	while (n < 0 && (errno == EINTR || (errno == EAGAIN && t->given & CTL_FOLLOW)));
	if (n < 0 && errno == EAGAIN)
		return ctl_complain(CTL_AGAIN, "the daemon did not answer within %d s",
			ANSWER_SECONDS);
	if (n <= 0)
		return ctl_complain(CTL_UNAVAILABLE, "the daemon hung up");
	t->in_len += (size_t)n;
	return CTL_OK;
}

static void take_value(struct ctl_tool *t, json_t *value, ctl_print_fn print)
{
	json_t *next = json_object_get(value, "next");

	if (json_is_integer(next)) {
		t->next = json_integer_value(next);
		return;
	}
	if (t->quiet)
		return;
	if (t->output != CTL_JSON) {
		ctl_tame(value);
		print(t, value);
		return;
	}
	/* In ASCII: a character that turns a line round or commands a terminal becomes its number. */
	json_dumpf(value, stdout, JSON_COMPACT | JSON_REAL_PRECISION(10) | JSON_ENSURE_ASCII);
	putchar('\n');
}

/* True at the end of the answer, with *code its exit code. */
static bool take_line(struct ctl_tool *t, struct slice line, ctl_print_fn print,
	int *code)
{
	struct ctl_reply reply;
	char why[160];

	if (ctl_reply_decode(line, &reply, why, sizeof(why))) {
		*code = ctl_complain(CTL_INTERNAL, "the daemon's answer: %s", why);
		return true;
	}
	if (!reply.end) {
		take_value(t, reply.value, print);
		json_decref(reply.value);
		return false;
	}
	*code = reply.code;
	ctl_tame_text(reply.error);
	if (reply.error[0] && !(t->quiet && reply.code == CTL_NONE))
		ctl_complain(reply.code, "%s", reply.error);
	return true;
}

/* The lines that are here already. */
static bool take_lines(struct ctl_tool *t, ctl_print_fn print, int *code)
{
	struct slice rest = { .at = (const uint8_t *)t->in, .len = t->in_len };
	struct slice line;
	bool end = false;

	while (!end && ctl_line_next(&rest, &line))
		end = take_line(t, line, print, code);
	memmove(t->in, rest.at, rest.len);
	t->in_len = rest.len;
	fflush(stdout);
	return end;
}

int ctl_ask(struct ctl_tool *t, const struct ctl_request *r, ctl_print_fn print)
{
	char line[CTL_LINE];

	if (!ctl_daemon_answers(t))
		return cannot_connect(t);
	int n = ctl_request_encode(r, line, sizeof(line));
	if (n < 0)
		return ctl_complain(CTL_USAGE,
			"the request cannot be sent: no valid UTF-8?");
	t->next = -1;
	int code = send_all(t, line, (size_t)n);
	while (code == CTL_OK && !take_lines(t, print, &code))
		code = receive(t);
	return code;
}
