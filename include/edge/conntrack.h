/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One question to conntrack: what became of the connection that began with this tuple?
 * Asked after the socket (edge/sockdiag.h), for connections too short to be met there.
 * About 2 us. For one thread.
 */
#ifndef TIDEGATE_EDGE_CONNTRACK_H
#define TIDEGATE_EDGE_CONNTRACK_H

#include <stdint.h>

#include "codec/ct_msg.h"
#include "core/ask.h"
#include "edge/log.h"

struct conntrack_stats {
	uint64_t lookups;
	uint64_t absent;
	uint64_t errors;
};

struct conntrack;

int conntrack_open(struct conntrack **out, char why[WHY_TEXT]);
void conntrack_close(struct conntrack *c);
int conntrack_fd(const struct conntrack *c);

/* What ct_msg_fate and ct_msg_silent make of the entry; FATE_GONE where there is none. FATE_UNKNOWN for
 * protocols without ports and, with ERR_IO, ERR_PERMISSION or ERR_UNSUPPORTED, on
 * failure. */
int conntrack_fate(struct conntrack *c, const struct tuple *t, enum ask_fate *fate,
	bool *silent);

/* The same of a connection that this host began, as ct_msg_called has it. */
int conntrack_called(struct conntrack *c, const struct tuple *t, enum ask_fate *fate);

/*
 * Hands all entries that began in this prefix to each(). A dump walks the whole table:
 * with 160,000 entries 70 ms for one address, 300 ms for a prefix. ERR_PERMISSION,
 * ERR_UNSUPPORTED, ERR_IO.
 */
typedef void (*conntrack_each)(void *ctx, const struct ct_flow *f);
int conntrack_of(struct conntrack *c, const struct prefix *source, conntrack_each each,
	void *ctx);

void conntrack_stats(const struct conntrack *c, struct conntrack_stats *out);

#endif
