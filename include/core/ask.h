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
#include "base/hash.h"
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

/* Keyed; never 0. */
uint64_t tuple_hash(const struct hash_key *key, const struct tuple *t);
bool tuple_equal(const struct tuple *a, const struct tuple *b);

/* How far conntrack's entry of a TCP connection has come; of the kernel's table, or of core/flow.h's that stands for it. */
enum entry_phase {
	ENTRY_NEW = 0,   /* nothing has answered */
	ENTRY_HALF_OPEN,
	ENTRY_OPEN,      /* ESTABLISHED, or closing in good order */
	ENTRY_RESET,
};

struct entry_word {
	enum entry_phase phase;
	bool replied; /* packets went both ways */
	bool ended;   /* who was called has sent a FIN: only a socket does that (forged_ack.sh) */
	bool spoken;  /* of a reset one: it had been a conversation */
};

/* What the entry alone proves. */
enum ask_fate entry_fate(const struct entry_word *w);

/* The same of a connection that this host has begun: TRACKED, it was answered; HALF_OPEN, by nobody; GONE, refused. */
enum ask_fate entry_fate_called(const struct entry_word *w);

/*
 * The socket knows best (FATE_SOCKET, FATE_HALF_OPEN, or else); conntrack remembers those that are closed already. But a
 * socket in TIME_WAIT is proof of an older connection only where somebody has forged a SYN with its ports: then
 * conntrack's entry is a new one. *silent comes in as conntrack has it.
 */
enum ask_fate fate_of_both(enum ask_fate socket, enum ask_fate entry, bool *silent);

#define ASK_SCAN (UINT32_C(1) << 31)    /* the scan detector: how did this first contact end? */
#define ASK_HISTORY (UINT32_C(1) << 30) /* the record: is this a peer that comes and is served? */

#define ASK_EGRESS (UINT32_C(1) << 29)  /* of a flow that this host began: has anybody answered it? */

struct ask_answer {
	struct ask ask;
	enum ask_fate fate;
	bool silent; /* proven to have ended without a byte of data from the peer */
};

#endif
