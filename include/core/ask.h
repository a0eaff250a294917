/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Questions of the engine to the world about one connection that it has seen begin: did it complete? They are
 * collected in a bounded ring, asked off the packet path (socket first, then conntrack), and answered as an
 * observation. So proof is bound to the very event that is counted.
 */
#ifndef TIDEGATE_CORE_ASK_H
#define TIDEGATE_CORE_ASK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/time.h"

struct tuple {
	struct addr src, dst; /* as the first packet had them */
	uint16_t sport, dport;
	uint8_t proto;
};

enum ask_fate {
	FATE_UNKNOWN = 0,  /* could not be asked, or the answer proves nothing */
	FATE_SOCKET,       /* a socket of ours is or was established with exactly this peer and port */
	FATE_TRACKED,      /* it is over, and who was called had ended it in good order: there was a socket */
	FATE_HALF_OPEN,    /* our SYN-ACK went out, no answer yet */
	FATE_GONE,         /* refused, reset, dropped or forgotten */
};

struct ask {
	struct tuple tuple;
	mono_t due;        /* ask not before */
	uint32_t rules;    /* bit i: rate rule i wants to know; and the two below */
	uint8_t hook;      /* enum hook */
	uint8_t stack;     /* 0 .. 15: the fingerprint of the sender's stack, folded under a key */
};

#define ASK_SCAN (UINT32_C(1) << 31)    /* the scan detector: how did this first contact end? */
#define ASK_HISTORY (UINT32_C(1) << 30) /* the record: is this a peer that comes and is served? */

struct ask_answer {
	struct ask ask;
	enum ask_fate fate;
	bool silent; /* proven to have ended without a byte of data from the peer */
};

#endif
