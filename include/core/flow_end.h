/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The end of one flow with what it carried, or how far a great one that lives on has come: an input of the engine. Live it
 * comes from the kernel (edge/flow_ends.h), of a capture from core/flow_count.h.
 */
#ifndef TIDEGATE_CORE_FLOW_END_H
#define TIDEGATE_CORE_FLOW_END_H

#include <stdbool.h>
#include <stdint.h>

#include "base/time.h"
#include "core/ask.h"
#include "core/finding.h"

/* These two stand in files: never renumbered. */
enum flow_direction {
	FLOW_IN = 0,  /* this host was called */
	FLOW_OUT,     /* it called */
	FLOW_FORWARD, /* it stands between */
	FLOW_DIRECTIONS,
};

enum flow_way { FLOW_THERE = 0, FLOW_BACK, FLOW_WAYS }; /* from who called; from who was called */

/* Where the counts come from, so that nobody compares what cannot be compared. */
enum flow_teller {
	TELLER_SOCKET = 0, /* packets are segments; bytes are what programs wrote */
	TELLER_CONNTRACK,  /* packets and bytes of IP, headers included */
	TELLER_CAPTURE,    /* the same */
};

struct flow_end {
	struct tuple tuple;      /* src: who began it */
	uint8_t direction;       /* enum flow_direction */
	uint8_t teller;          /* enum flow_teller */
	uint8_t proof;           /* enum proof: ANSWERED where its handshake was completed with a socket of ours */
	bool so_far;             /* it lives on: the counts are its totals until now, the weight is 1 */
	uint16_t weight;         /* it stands for so many: 1, or the sampling's N */
	uint64_t packets[FLOW_WAYS], bytes[FLOW_WAYS];
	int64_t lasted_ns;       /* below 0: not known */
	struct socket_owner owner; /* of our end */
};

#endif
