/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One refresh from the daemon. Nothing is said on stderr, for the terminal is in use; and nobody waits for long, for there
 * are keys to answer.
 */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "app/top.h"
#include "base/text.h"

#define PATIENCE_MS 2000
#define EXPLAIN_MS 3000
#define EXPLAIN_BYTES 65536

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / NS_PER_MS;
}

__attribute__((format(printf, 3, 4))) static int fail(int code, char why[TOP_WHY], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, TOP_WHY, format, args);
	va_end(args);
	return code;
}

void top_frame_clear(struct top_frame *f)
{
	json_decref(f->head);
	for (int i = 0; i < TOP_VIEWS; i++)
		json_decref(f->rows[i]);
	*f = (struct top_frame){ .head = NULL };
}

/* To its view; the member that names it has done its work. */
static void take_row(struct top_frame *f, json_t *value)
{
	enum top_view v;

	json_object_del(value, "v");
	if (json_object_get(value, "live")) {
		json_decref(f->head);
		f->head = json_incref(json_object_get(value, "live"));
		return;
	}
	if (!top_view_parse(field_text(value, "view"), &v)) {
		if (!json_object_get(value, "incident"))
			return; /* of a later daemon */
		v = TOP_INCIDENTS;
	}
	json_object_del(value, "view");
	json_array_append(f->rows[v], value);
}

/* The lines that are here. True at the end of the answer. */
static bool take_lines(struct ctl_tool *t, struct top_frame *f, int *code, char why[TOP_WHY])
{
	struct slice rest = { .at = (const uint8_t *)t->in, .len = t->in_len };
	struct slice line;
	bool end = false;

	while (!end && ctl_line_next(&rest, &line)) {
		struct ctl_reply reply;
		char reason[160];

		if (ctl_reply_decode(line, &reply, reason, sizeof(reason))) {
			*code = fail(CTL_INTERNAL, why, "the daemon's answer: %s", reason);
			end = true;
			break;
		}
		end = reply.end;
		if (end) {
			*code = reply.code;
			ctl_tame_text(reply.error);
			if (reply.code)
				fail(reply.code, why, "%.200s", reply.error);
		} else {
			ctl_tame(reply.value);
			take_row(f, reply.value);
			json_decref(reply.value);
		}
	}
	memmove(t->in, rest.at, rest.len);
	t->in_len = rest.len;
	return end;
}

static int receive(struct ctl_tool *t, int64_t until, char why[TOP_WHY])
{
	struct pollfd p = { .fd = t->fd, .events = POLLIN };
	int64_t left = until - now_ms();
	ssize_t n;

	if (t->in_len == sizeof(t->in))
		return fail(CTL_INTERNAL, why, "the daemon's answer has too long a line");
	if (left <= 0 || poll(&p, 1, (int)left) == 0)
		return fail(CTL_AGAIN, why, "the daemon does not answer");
	n = recv(t->fd, t->in + t->in_len, sizeof(t->in) - t->in_len, MSG_DONTWAIT);
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return CTL_OK;
	if (n <= 0)
		return fail(CTL_UNAVAILABLE, why, "the daemon hung up");
	t->in_len += (size_t)n;
	return CTL_OK;
}

static int connected(struct ctl_tool *t, char why[TOP_WHY])
{
	if (ctl_daemon_answers(t))
		return CTL_OK;
	if (errno == EACCES || errno == EPERM)
		return fail(CTL_PERMISSION, why, "%.120s: permission denied (for root and the daemon's groups)", t->socket);
	return fail(CTL_UNAVAILABLE, why, "no daemon answers on %.120s (%s)", t->socket, strerror(errno));
}

static int ask(struct ctl_tool *t, const struct ctl_request *r, struct top_frame *f, char why[TOP_WHY])
{
	int64_t until = now_ms() + PATIENCE_MS;
	char line[2048];
	int n = ctl_request_encode(r, line, sizeof(line));
	int code = n < 0 ? fail(CTL_INTERNAL, why, "the request cannot be sent") : connected(t, why);

	if (code)
		return code;
	if (send(t->fd, line, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT) != n)
		code = fail(CTL_UNAVAILABLE, why, "the daemon hung up");
	while (!code && !take_lines(t, f, &code, why))
		code = receive(t, until, why);
	/* A late rest of this answer would be taken for the next one's. */
	if (code)
		ctl_hang_up(t);
	return code;
}

static void ask_views(const struct top_wish *w, struct ctl_request *r)
{
	char want[128];
	struct text t = text_over(want, sizeof(want));

	for (int i = TOP_SOURCES; i <= TOP_PROCESSES; i++)
		if (w->views[i] || i == TOP_INTERFACES)
			text_addf(&t, "%s%s", t.len ? "," : "", top_view_name((enum top_view)i));
	ctl_request_add_text(r, "want", want);
	ctl_request_add_bool(r, "all", w->all);
	ctl_request_add_number(r, "watch_s", w->watch_s);
}

int top_fetch(struct ctl_tool *t, const struct top_wish *w, struct top_frame *out, char why[TOP_WHY])
{
	struct ctl_request live = { .verb = "live" }, incidents = { .verb = "list" };
	int code;

	top_frame_clear(out);
	for (int i = 0; i < TOP_VIEWS; i++)
		out->rows[i] = json_array();
	ask_views(w, &live);
	code = ask(t, &live, out, why);
	ctl_request_add_text(&incidents, "what", "incidents");
	if (!code && w->views[TOP_INCIDENTS])
		code = ask(t, &incidents, out, why);
	if (code)
		return code;
	if (w->views[TOP_STATES]) {
		json_decref(out->rows[TOP_STATES]);
		out->rows[TOP_STATES] = top_state_rows(out->head);
	}
	return out->head ? CTL_OK : fail(CTL_INTERNAL, why, "the daemon's answer says nothing");
}

/* In a process of its own: explain prints, and asks on a connection of its own. */
static void explain_into(const struct ctl_tool *t, const char *what, int pipe_end)
{
	static struct ctl_tool own; /* 64 KiB */
	char *operands[1] = { (char *)(uintptr_t)what };

	own = (struct ctl_tool){ .socket = t->socket, .verb = ctl_verb_find("explain"), .fd = -1, .next = -1,
		.n_operands = 1, .operands = operands };
	dup2(pipe_end, STDOUT_FILENO);
	dup2(pipe_end, STDERR_FILENO);
	ctl_explain(&own);
	fflush(stdout);
	_exit(0);
}

static void read_all(int fd, char *out, size_t size)
{
	int64_t until = now_ms() + EXPLAIN_MS;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	size_t len = 0;

	while (len < size - 1 && now_ms() < until) {
		int ready = poll(&p, 1, (int)(until - now_ms()));
		ssize_t n;

		if (ready < 0 && errno == EINTR)
			continue;
		if (ready <= 0)
			break;
		n = read(fd, out + len, size - 1 - len);
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	out[len] = '\0';
}

char *top_explain(const struct ctl_tool *t, const char *what)
{
	char *out = malloc(EXPLAIN_BYTES);
	int ends[2];
	pid_t child;

	if (!out || pipe(ends)) {
		free(out);
		return NULL;
	}
	child = fork();
	if (child == 0)
		explain_into(t, what, ends[1]);
	close(ends[1]);
	if (child > 0)
		read_all(ends[0], out, EXPLAIN_BYTES);
	close(ends[0]);
	if (child > 0) {
		kill(child, SIGKILL); /* it has said all it had to say, or does not come to an end */
		waitpid(child, NULL, 0);
	}
	if (child < 0 || !*out)
		text_copy(out, EXPLAIN_BYTES, "The daemon does not answer.");
	return out;
}
