/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines to a unix socket that somebody else listens on: a collector, a syslog daemon. It never waits: what its queue
 * (the kernel's) has no room for is lost and counted. Who is not there is looked for once a second, and the log hears
 * of it once at the beginning and once at the end.
 */
#ifndef TIDEGATE_EDGE_SINK_SOCKET_H
#define TIDEGATE_EDGE_SINK_SOCKET_H

#include "base/time.h"
#include "edge/sink.h"

struct sink_socket;

/* Nobody needs to listen yet. ERR_RANGE: the path is longer than a socket's may be; ERR_MEMORY. */
int sink_socket_open(struct sink_socket **out, const char *path, bool stream, char why[WHY_TEXT]);
void sink_socket_close(struct sink_socket *s); /* NULL does nothing */

/* The next datagram goes to who listens then; a stream goes on while its reader is there. */
void sink_socket_reopen(struct sink_socket *s);

/* One whole line; of a stream with its newline. 0, or ERR_IO where it was lost. */
int sink_socket_write(struct sink_socket *s, const char *line, size_t len, mono_t now);
void sink_socket_stats(const struct sink_socket *s, struct sink_stats *out);

#endif
