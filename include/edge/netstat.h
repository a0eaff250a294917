/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's own account of pressure on its listeners (TcpExt in /proc/net/netstat):
 * facts about us, that nobody can forge though anybody may cause them.
 */
#ifndef TIDEGATE_EDGE_NETSTAT_H
#define TIDEGATE_EDGE_NETSTAT_H

#include "core/detect_flood.h"
#include "edge/log.h"

struct netstat;

/* path NULL: the file of the calling thread's network namespace. Takes the first
 * reading. */
int netstat_open(struct netstat **out, const char *path, char why[WHY_TEXT]);
void netstat_close(struct netstat *n);
int netstat_fd(const struct netstat *n);

/* Differences since the last call or the open. Counters that this kernel lacks stay 0.
 * ERR_IO or ERR_INVALID: *out is untouched. */
int netstat_pressure(struct netstat *n, struct pressure *out);

#endif
