/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages for people on stderr: one line, one write, from any thread. With
 * JOURNAL_STREAM set each line begins with the journal's "<N>". Control characters in a
 * message become '?', so that nothing from outside can forge a line. The level is the
 * process's only state here. Also here: how an edge tells its caller why it failed,
 * without logging anything itself.
 */
#ifndef TIDEGATE_EDGE_LOG_H
#define TIDEGATE_EDGE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/time.h"

/* Numbers are syslog's. */
enum log_level {
	LOG_LEVEL_ERROR = 3,
	LOG_LEVEL_WARNING = 4,
	LOG_LEVEL_NOTICE = 5,
	LOG_LEVEL_INFO = 6,
	LOG_LEVEL_DEBUG = 7,
};

/* Whether a line can be written to this descriptor without waiting for a reader. */
bool log_has_room(int fd);

/* What is above the level is not written. LOG_LEVEL_INFO until set. */
void log_set_level(enum log_level most);

/* Cut at 1000 bytes. errno is left as it was. Never waits for whoever reads. */
void log_at(enum log_level level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* One for each place that could flood the log; zeroed at first. The caller keeps it. */
struct log_gate {
	mono_t open_again;
	uint64_t held;
};

/* log_at at most once in period_ns for this gate; the next line that passes says how many
 * were held back. Not for a gate that two threads share. */
void log_seldom(struct log_gate *gate, mono_t now, int64_t period_ns,
	enum log_level level, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/* A thread cannot go on: says so and ends the process at once, as kill would, so that a
 * service manager starts it anew. What stands in the kernel stays there. */
_Noreturn void log_die(const char *what);

/* Why an edge failed, in words for people: every `why` parameter has this much room. */
#define WHY_TEXT 160

/* Writes the reason, cut to fit, and returns err: `return log_why(why, ERR_IO, ...)`.
 * why may be NULL. */
int log_why(char why[WHY_TEXT], int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
