/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine's questions about single connections, answered as sockets and conntrack together would have: what
 * their words prove is core/ask.c's, for both; and the census of half-open
 * handshakes. Called by whoever replays a capture.
 */
#include "core/flow_parts.h"

#define TIME_WAIT_S 60  /* of our socket; conntrack's entry lives on for 120 */
#define SYN_ACKS_S 63   /* 1 + 2 + 4 + 8 + 16 + 32: then our stack gives the handshake up (tcp_synack_retries 5) */
#define TRACKED_TIME_WAIT_S 120
#define OLD_S 1         /* the first repeat of a SYN-ACK */

static bool is_old(mono_t now, uint32_t since, unsigned seconds)
{
	return (int32_t)(mono_tick(now) - since) >= (int32_t)FLOW_TICKS(seconds);
}

/* As sock_diag would have it; in TIME_WAIT it still is one. */
static enum ask_fate socket_of(const struct flow *f, mono_t now)
{
	if (f->flags & FLOW_HALF_OPEN)
		return is_old(now, f->opened, SYN_ACKS_S) ? FATE_GONE : FATE_HALF_OPEN;
	if (!(f->flags & FLOW_PROVEN) || f->flags & FLOW_ENDED || f->state == FLOW_TCP_CLOSE)
		return FATE_GONE;
	if (f->state == FLOW_TCP_TIME_WAIT && is_old(now, f->expires - FLOW_TICKS(TRACKED_TIME_WAIT_S), TIME_WAIT_S))
		return FATE_GONE;
	return FATE_SOCKET;
}

static enum entry_phase phase_of(const struct flow *f)
{
	switch ((enum flow_tcp_state)f->state) {
	case FLOW_TCP_ESTABLISHED:
	case FLOW_TCP_FIN_WAIT:
	case FLOW_TCP_CLOSE_WAIT:
	case FLOW_TCP_LAST_ACK:
	case FLOW_TCP_TIME_WAIT:
		return ENTRY_OPEN;
	case FLOW_TCP_CLOSE:
		return ENTRY_RESET;
	case FLOW_TCP_SYN_RECV:
	case FLOW_TCP_SYN_SENT2:
		return ENTRY_HALF_OPEN;
	case FLOW_TCP_NONE:
	case FLOW_TCP_SYN_SENT:
	case FLOW_TCP_STATES:
		break;
	}
	return ENTRY_NEW;
}

static enum ask_fate tracked_tcp(const struct flow *f)
{
	const struct entry_word w = { .phase = phase_of(f), .replied = f->flags & FLOW_REPLIED,
		.ended = f->flags & FLOW_CALLED_FIN, .spoken = f->flags & FLOW_PROVEN && f->flags & FLOW_PAYLOAD };

	return entry_fate(&w);
}

static enum ask_fate tracked_sctp(const struct flow *f)
{
	switch ((enum flow_sctp_state)f->state) {
	case FLOW_SCTP_ESTABLISHED:
	case FLOW_SCTP_SHUTDOWN_SENT:
	case FLOW_SCTP_SHUTDOWN_RECD:
	case FLOW_SCTP_SHUTDOWN_ACK_SENT:
		return f->flags & FLOW_PROVEN ? FATE_TRACKED : FATE_GONE;
	case FLOW_SCTP_COOKIE_WAIT:
	case FLOW_SCTP_COOKIE_ECHOED:
		return FATE_HALF_OPEN;
	case FLOW_SCTP_NONE:
	case FLOW_SCTP_CLOSED:
	case FLOW_SCTP_HEARTBEAT_SENT:
	case FLOW_SCTP_HEARTBEAT_ACKED:
	case FLOW_SCTP_STATES:
		break;
	}
	return FATE_GONE;
}

static enum ask_fate tracked_of(const struct flow *f, uint8_t proto)
{
	switch (proto) {
	case PROTO_TCP:
		return tracked_tcp(f);
	case PROTO_SCTP:
		return tracked_sctp(f);
	default:
		return f->flags & FLOW_REPLIED ? FATE_HALF_OPEN : FATE_GONE;
	}
}

static bool can_be_asked(uint8_t proto)
{
	return proto == PROTO_TCP || proto == PROTO_UDP || proto == PROTO_SCTP;
}

static enum ask_fate called_of(const struct flow *f, uint8_t proto)
{
	const struct entry_word w = { .phase = phase_of(f), .replied = f->flags & FLOW_REPLIED,
		.spoken = f->flags & FLOW_PAYLOAD };

	if (proto == PROTO_TCP)
		return entry_fate_called(&w);
	return w.replied ? FATE_TRACKED : FATE_HALF_OPEN;
}

void flow_fate(const struct flow_tracker *t, const struct ask *a, mono_t now, enum ask_fate *fate, bool *silent)
{
	const bool tcp = a->tuple.proto == PROTO_TCP;
	enum ask_fate socket = FATE_GONE;
	struct flow_key key;
	const struct flow *f;

	*silent = false;
	*fate = FATE_UNKNOWN;
	if (!can_be_asked(a->tuple.proto) || a->tuple.src.family != a->tuple.dst.family)
		return;
	if (now.ns < t->now.ns)
		now = t->now;
	flow_key_of_tuple(&a->tuple, &key);
	f = flow_find(t, hash_bytes(&t->key, key.bytes, key.len));
	*fate = FATE_GONE;
	if (!f || (int32_t)(f->expires - mono_tick(now)) <= 0)
		return;
	if (a->hook == HOOK_OUTPUT) {
		*fate = called_of(f, a->tuple.proto);
		return;
	}
	*silent = tcp && !(f->flags & FLOW_PAYLOAD);
	if (tcp && a->hook == HOOK_INPUT && key.swapped == !!(f->flags & FLOW_HIGH))
		socket = socket_of(f, now);
	*fate = fate_of_both(socket, tracked_of(f, a->tuple.proto), silent);
}

/* The row of a port, made where there is none; NULL where there is no room for one more. */
static struct service_census *row_of(struct flow_tracker *t, uint16_t port, struct service_census *out, size_t *n,
	size_t most)
{
	if (t->row[port])
		return &out[t->row[port] - 1];
	if (*n == most || *n == UINT16_MAX)
		return NULL;
	out[*n] = (struct service_census){ .proto = PROTO_TCP, .port = port };
	t->row[port] = (uint16_t)++*n;
	return &out[*n - 1];
}

size_t flow_census(struct flow_tracker *t, mono_t now, struct service_census *out, size_t most)
{
	size_t n = 0;
	uint32_t next;

	if (now.ns < t->now.ns)
		now = t->now;
	for (uint32_t at = t->oldest; at != FLOW_NOWHERE; at = next) {
		struct flow *f = &t->flows[at];
		struct service_census *row;

		next = f->newer;
		if (is_old(now, f->opened, SYN_ACKS_S)) {
			flow_half_open_leave(t, f);
			continue;
		}
		row = row_of(t, f->port, out, &n, most);
		if (!row)
			continue;
		row->half_open++;
		row->half_open_old += is_old(now, f->opened, OLD_S);
	}
	for (size_t i = 0; i < n; i++)
		t->row[out[i].port] = 0;
	return n;
}
