/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the host says of itself, but for its sockets: interfaces by rtnetlink, protocols and conntrack by /proc. A read
 * takes some dozens of microseconds, and some more for each interface. For one thread, and its network namespace.
 */
#ifndef TIDEGATE_EDGE_HOST_COUNTERS_H
#define TIDEGATE_EDGE_HOST_COUNTERS_H

#include <stdint.h>

#include "core/host_sample.h"
#include "edge/log.h"

struct host_counters;

struct host_counters_stats {
	uint64_t reads;
	uint64_t errors;    /* files and questions that gave no answer; conntrack that is not there is none */
	uint64_t malformed; /* answers that are not of their form */
};

/* root NULL: "/proc". Files stay open, so that rights may be dropped. ERR_MEMORY, or what the kernel says of the socket
 * and of net/snmp; IPv6 and conntrack may be missing. */
int host_counters_open(struct host_counters **out, const char *root, char why[WHY_TEXT]);
void host_counters_close(struct host_counters *h);

/* Sets everything of *out but the times and the states, which become 0: they are the caller's. known tells what could be
 * read. */
void host_counters_read(struct host_counters *h, struct host_sample *out);

void host_counters_stats(const struct host_counters *h, struct host_counters_stats *out);

#endif
