/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One question to the daemon, from connect to the end of its answer. What it says is held against the protocol's bounds. */
#include "app/exporter_ask.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/text.h"
#include "edge/clock.h"

struct talk {
	int fd;
	mono_t until;
	size_t total; /* bytes that came */
	exporter_take_fn take;
	void *ctx;
	char *why;
	size_t len;
	char in[CTL_LINE];
};

__attribute__((format(printf, 3, 4))) static int fail(int code, char why[CTL_ERROR], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, CTL_ERROR, format, args);
	va_end(args);
	return code;
}

static int cannot_connect(const char *path, char why[CTL_ERROR])
{
	if (errno == EACCES || errno == EPERM)
		return fail(CTL_PERMISSION, why, "%s: permission denied; this user is not in the group of control.viewers", path);
	if (errno == EAGAIN)
		return fail(CTL_AGAIN, why, "%s: the daemon is busy", path);
	return fail(CTL_UNAVAILABLE, why, "no daemon answers on %s (%s)", path, strerror(errno));
}

/* A connect on a unix socket is done or refused at once; a full backlog is EAGAIN. */
static int come_in(struct talk *t, const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	if (!text_copy(a.sun_path, sizeof(a.sun_path), path))
		return fail(CTL_UNAVAILABLE, t->why, "%s: the path is too long", path);
	t->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (t->fd < 0)
		return fail(CTL_AGAIN, t->why, "no descriptor is left: %s", strerror(errno));
	if (connect(t->fd, (const struct sockaddr *)&a, sizeof(a)) == 0)
		return CTL_OK;
	return cannot_connect(path, t->why);
}

static int take_line(struct talk *t, struct slice line, bool *end)
{
	struct ctl_reply reply;
	char reason[160];
	int code;

	if (ctl_reply_decode(line, &reply, reason, sizeof(reason)))
		return fail(CTL_INTERNAL, t->why, "the daemon's answer: %s", reason);
	*end = reply.end;
	if (!reply.end) {
		code = t->take(t->ctx, reply.value);
		json_decref(reply.value);
		return code ? fail(code, t->why, "the daemon's answer cannot be used") : CTL_OK;
	}
	return reply.code ? fail(reply.code, t->why, "%s", reply.error[0] ? reply.error : "the daemon refused") : CTL_OK;
}

static int take_lines(struct talk *t, bool *end)
{
	struct slice rest = { .at = (const uint8_t *)t->in, .len = t->len };
	struct slice line;
	int code = CTL_OK;

	while (!code && !*end && ctl_line_next(&rest, &line))
		code = take_line(t, line, end);
	memmove(t->in, rest.at, rest.len);
	t->len = rest.len;
	return code;
}

static int receive(struct talk *t)
{
	struct pollfd p = { .fd = t->fd, .events = POLLIN };
	int64_t left = mono_since(t->until, clock_mono());

	if (t->len == sizeof(t->in) || t->total > ASK_BYTES)
		return fail(CTL_INTERNAL, t->why, "the daemon's answer is too long");
	if (left <= 0 || poll(&p, 1, (int)(left / NS_PER_MS) + 1) == 0)
		return fail(CTL_AGAIN, t->why, "the daemon did not answer within %d s", (int)(ASK_NS / NS_PER_S));
	ssize_t n = recv(t->fd, t->in + t->len, sizeof(t->in) - t->len, 0);
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return CTL_OK;
	if (n <= 0)
		return fail(CTL_UNAVAILABLE, t->why, "the daemon hung up");
	t->len += (size_t)n;
	t->total += (size_t)n;
	return CTL_OK;
}

static int talk(struct talk *t, const char *path, const struct ctl_request *r)
{
	bool end = false;
	int n = ctl_request_encode(r, t->in, sizeof(t->in));
	int code;

	if (n < 0)
		return fail(CTL_INTERNAL, t->why, "the question cannot be put");
	code = come_in(t, path);
	/* A question is far smaller than the buffer of a fresh socket. */
	if (!code && send(t->fd, t->in, (size_t)n, MSG_NOSIGNAL) != n)
		code = fail(CTL_UNAVAILABLE, t->why, "the daemon hung up");
	while (!code && !end) {
		code = receive(t);
		if (!code)
			code = take_lines(t, &end);
	}
	if (t->fd >= 0)
		close(t->fd);
	return code;
}

/* A bucket of ASK_BURST questions that fills at ASK_RATE a second. */
static bool within_rate(struct exporter_asker *a, mono_t now)
{
	const int64_t each = NS_PER_S / ASK_RATE;

	if (mono_since(now, a->empty_at) > 0)
		a->empty_at = now;
	if (mono_since(a->empty_at, now) > (ASK_BURST - 1) * each)
		return false;
	a->empty_at = mono_add(a->empty_at, each);
	return true;
}

/* Who hangs or is gone is not asked by each of many readers: they all hear what the first of them heard. */
static void shun(struct exporter_asker *a, int code, const char *why)
{
	a->shunned = mono_add(clock_mono(), NS_PER_S);
	a->shunned_code = code;
	text_copy(a->why, sizeof(a->why), why);
}

int exporter_ask(struct exporter_asker *a, const struct ctl_request *r, exporter_take_fn take, void *ctx,
	char why[CTL_ERROR])
{
	mono_t now = clock_mono();
	struct talk t = { .fd = -1, .until = mono_add(now, ASK_NS), .take = take, .ctx = ctx, .why = why };
	int code;

	if (mono_since(a->shunned, now) > 0) {
		a->refused++;
		return fail(a->shunned_code, why, "%s", a->why);
	}
	if (!within_rate(a, now)) {
		a->refused++;
		return fail(CTL_AGAIN, why, "more than %d questions a second: the daemon is spared", ASK_RATE);
	}
	why[0] = '\0';
	code = talk(&t, a->path, r);
	a->answered += code == CTL_OK;
	a->failed += code != CTL_OK;
	if (code == CTL_UNAVAILABLE || code == CTL_PERMISSION || code == CTL_AGAIN)
		shun(a, code, why);
	return code;
}
