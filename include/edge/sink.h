/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The event file: lines appended one write each, opened again on request (logrotate), and
 * a full disk survived: lines are lost and counted, the file is tried again with each
 * line, and the log hears of it once at the beginning and once at the end.
 */
#ifndef TIDEGATE_EDGE_SINK_H
#define TIDEGATE_EDGE_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "edge/log.h"

struct sink;

struct sink_stats {
	uint64_t written; /* lines */
	uint64_t lost;
	bool failing;     /* the last line was lost */
};

/* Mode 0640, close-on-exec. ERR_PERMISSION, ERR_IO, ERR_MEMORY. */
int sink_open(struct sink **out, const char *path, char why[WHY_TEXT]);
void sink_close(struct sink *s);

/* 0, or ERR_IO: then the old descriptor is kept and goes on. */
int sink_reopen(struct sink *s);

/* One whole line with its newline. 0, or ERR_IO where it was lost. */
int sink_write(struct sink *s, const char *line, size_t len);
void sink_stats(const struct sink *s, struct sink_stats *out);

#endif
