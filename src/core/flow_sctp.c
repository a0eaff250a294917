/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SCTP associations by their chunks (RFC 9260), as conntrack follows them since Linux 6.3. The verification tags are not
 * looked at: what proves an association is our own side's COOKIE ACK, and that is sent for the right tag alone. Called by
 * flow.c for each SCTP packet.
 */
#include "core/flow_parts.h"

#define CHUNKS_MOST 64 /* that are looked at in one packet: 1500 bytes hold more only of empty ones */

enum chunk {
	CHUNK_INIT = 1,
	CHUNK_INIT_ACK = 2,
	CHUNK_HEARTBEAT = 4,
	CHUNK_HEARTBEAT_ACK = 5,
	CHUNK_ABORT = 6,
	CHUNK_SHUTDOWN = 7,
	CHUNK_SHUTDOWN_ACK = 8,
	CHUNK_ERROR = 9,
	CHUNK_COOKIE_ECHO = 10,
	CHUNK_COOKIE_ACK = 11,
	CHUNK_SHUTDOWN_COMPLETE = 14,
};

enum {
	NO = FLOW_SCTP_NONE,
	CL = FLOW_SCTP_CLOSED,
	CW = FLOW_SCTP_COOKIE_WAIT,
	CE = FLOW_SCTP_COOKIE_ECHOED,
	ES = FLOW_SCTP_ESTABLISHED,
	SS = FLOW_SCTP_SHUTDOWN_SENT,
	SR = FLOW_SCTP_SHUTDOWN_RECD,
	SA = FLOW_SCTP_SHUTDOWN_ACK_SENT,
	HS = FLOW_SCTP_HEARTBEAT_SENT,
	HA = FLOW_SCTP_HEARTBEAT_ACKED,
	IV = FLOW_SCTP_STATES,
};

/* Seconds: net.netfilter.nf_conntrack_sctp_timeout_*. */
static const uint32_t timeouts[FLOW_SCTP_STATES] = {
	[CL] = 10, [CW] = 3, [CE] = 3, [ES] = 210, [SS] = 3, [SR] = 3, [SA] = 3, [HS] = 30, [HA] = 210,
};

/* A chunk that begins a flow; data and acknowledgements begin none. */
static unsigned first_state(uint8_t chunk)
{
	switch (chunk) {
	case CHUNK_INIT:
	case CHUNK_INIT_ACK:
	case CHUNK_SHUTDOWN:
	case CHUNK_ERROR:
	case CHUNK_COOKIE_ECHO:
	case CHUNK_HEARTBEAT_ACK:
		return CL;
	case CHUNK_SHUTDOWN_ACK:
		return SA;
	case CHUNK_HEARTBEAT:
		return HS;
	default: /* ABORT, SHUTDOWN COMPLETE, COOKIE ACK: what answers somebody else (8.4) */
		return IV;
	}
}

/* What a heartbeat began, before the other side has answered it. */
static unsigned from_heartbeat(uint8_t chunk, unsigned dir)
{
	if (dir)
		return chunk == CHUNK_HEARTBEAT_ACK ? HA : chunk == CHUNK_HEARTBEAT ? HS : IV;
	switch (chunk) {
	case CHUNK_INIT:
		return CW;
	case CHUNK_SHUTDOWN_ACK:
		return SA;
	case CHUNK_HEARTBEAT:
	case CHUNK_HEARTBEAT_ACK:
		return HS;
	default:
		return CL;
	}
}

static unsigned after_chunk(unsigned state, uint8_t chunk, unsigned dir)
{
	if (chunk == 0 || chunk > CHUNK_SHUTDOWN_COMPLETE || chunk == 3 || chunk == 12 || chunk == 13)
		return state; /* DATA, SACK and the like change nothing */
	if (state == HS)
		return from_heartbeat(chunk, dir);
	switch (chunk) {
	case CHUNK_INIT_ACK:
		return dir && state == CL ? CW : state;
	case CHUNK_ABORT:
		return CL;
	case CHUNK_SHUTDOWN:
		if (state == ES || state == HA)
			return dir ? SR : SS;
		return state;
	case CHUNK_SHUTDOWN_ACK:
		return state == SS || state == SR ? SA : state;
	case CHUNK_ERROR:
		return dir && state == CE ? CL : state;
	case CHUNK_COOKIE_ECHO:
		return !dir && state == CW ? CE : state;
	case CHUNK_COOKIE_ACK:
		return dir && state == CE ? ES : state;
	case CHUNK_SHUTDOWN_COMPLETE:
		return state == SA ? CL : state;
	default:
		return state;
	}
}

/* These stand alone in their packet (6.10). */
static bool stands_alone(uint8_t chunk)
{
	return chunk == CHUNK_INIT || chunk == CHUNK_INIT_ACK || chunk == CHUNK_SHUTDOWN_COMPLETE;
}

/* These come first (5.1). */
static bool comes_first(uint8_t chunk)
{
	return chunk == CHUNK_COOKIE_ECHO || chunk == CHUNK_COOKIE_ACK;
}

/* The next chunk's type; false at the end. A length below that of a header ends the packet. */
static bool next_chunk(struct cursor *c, uint8_t *type)
{
	const uint8_t *head = cursor_take(c, 4);
	size_t length;

	if (!head)
		return false;
	*type = head[0];
	length = be16_at(head, 2);
	length = length < 4 ? cursor_left(c) : ((length + 3) & ~(size_t)3) - 4;
	cursor_skip(c, length < cursor_left(c) ? length : cursor_left(c));
	return true;
}

enum flow_step flow_sctp_packet(const struct flow_tracker *t, struct flow *f, const struct packet *p, unsigned dir)
{
	struct cursor c = cursor_over(p->payload);
	unsigned state = f->state, n = 0;
	bool alone = false;
	uint8_t chunk;

	while (n < CHUNKS_MOST && next_chunk(&c, &chunk)) {
		alone |= stands_alone(chunk);
		if (n++ && (alone || comes_first(chunk)))
			return FLOW_STEP_INVALID;
		state = state == NO ? first_state(chunk) : after_chunk(state, chunk, dir);
		if (state == IV)
			return FLOW_STEP_INVALID;
	}
	if (!n)
		return FLOW_STEP_INVALID;
	if (f->state == CE && state == ES && dir)
		f->flags |= FLOW_PROVEN;
	f->state = state & 15;
	f->expires = t->tick + FLOW_TICKS(timeouts[state]);
	return FLOW_STEP_PASS;
}
