/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines for people: formatted into one buffer on the stack and written by one write(2),
 * so that lines of two threads never mix. Called from anywhere at the edge and above,
 * and never waits: a line that finds no room is lost, and the next one says so.
 */
#include "edge/log.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_BYTES 1024

/* What is of the process: what people want to read, and what they could not. */
static _Atomic int most_wanted = LOG_LEVEL_INFO;
static _Atomic unsigned lost_lines;

bool log_has_room(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	return poll(&p, 1, 0) == 1;
}

void log_set_level(enum log_level most)
{
	atomic_store_explicit(&most_wanted, (int)most, memory_order_relaxed);
}

static bool wanted(enum log_level level)
{
	return (int)level <= atomic_load_explicit(&most_wanted, memory_order_relaxed);
}

static const char *level_word(enum log_level level)
{
	switch (level) {
	case LOG_LEVEL_ERROR:
		return "error: ";
	case LOG_LEVEL_WARNING:
		return "warning: ";
	case LOG_LEVEL_DEBUG:
		return "debug: ";
	case LOG_LEVEL_NOTICE:
	case LOG_LEVEL_INFO:
		break;
	}
	return "";
}

static size_t put_prefix(char *line, enum log_level level)
{
	int n;

	if (getenv("JOURNAL_STREAM"))
		n = snprintf(line, LINE_BYTES, "<%d>", (int)level);
	else
		n = snprintf(line, LINE_BYTES, "%.32s: %s", program_invocation_short_name,
			level_word(level));
	return (size_t)n;
}

/* A message may quote what came from outside: one line stays one line. */
static void tame(char *s)
{
	for (; *s; s++) {
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			*s = '?';
	}
}

static void tell_loss(void)
{
	unsigned lost = atomic_exchange_explicit(&lost_lines, 0, memory_order_relaxed);
	char line[LINE_BYTES];
	size_t at;

	if (!lost)
		return;
	at = put_prefix(line, LOG_LEVEL_WARNING);
	at += (size_t)snprintf(line + at, sizeof(line) - at,
		"%u lines before this one found no room\n", lost);
	if (write(STDERR_FILENO, line, at) < 0)
		return; /* then neither will what follows */
}

static void write_line(const char *line, size_t len)
{
	if (!log_has_room(STDERR_FILENO)) {
		atomic_fetch_add_explicit(&lost_lines, 1, memory_order_relaxed);
		return;
	}
	tell_loss();
	while (len > 0) {
		ssize_t n = write(STDERR_FILENO, line, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return; /* nobody is left to be told */
		line += n;
		len -= (size_t)n;
	}
}

__attribute__((format(printf, 3, 0)))
static void log_va(enum log_level level, uint64_t held, const char *format, va_list args)
{
	char line[LINE_BYTES];
	int saved = errno;
	size_t at = put_prefix(line, level);

	vsnprintf(line + at, sizeof(line) - at - 1, format, args);
	tame(line + at);
	at += strlen(line + at);
	if (held > 0 && at + 40 < sizeof(line))
		at += (size_t)snprintf(line + at, sizeof(line) - at - 1,
			" (%" PRIu64 " alike held back)", held);
	line[at++] = '\n';
	write_line(line, at);
	errno = saved;
}

void log_at(enum log_level level, const char *format, ...)
{
	va_list args;

	if (!wanted(level))
		return;
	va_start(args, format);
	log_va(level, 0, format, args);
	va_end(args);
}

void log_seldom(struct log_gate *gate, mono_t now, int64_t period_ns,
	enum log_level level, const char *format, ...)
{
	va_list args;

	if (!wanted(level))
		return;
	if (mono_since(now, gate->open_again) < 0) {
		gate->held++;
		return;
	}
	va_start(args, format);
	log_va(level, gate->held, format, args);
	va_end(args);
	gate->open_again = mono_add(now, period_ns);
	gate->held = 0;
}

void log_die(const char *what)
{
	log_at(LOG_LEVEL_ERROR, "%s has failed: %s", what, strerror(errno));
	abort();
}

int log_why(char why[WHY_TEXT], int err, const char *format, ...)
{
	va_list args;

	if (!why)
		return err;
	va_start(args, format);
	vsnprintf(why, WHY_TEXT, format, args);
	va_end(args);
	return err;
}
