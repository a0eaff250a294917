/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * TCP as Linux' conntrack sees it (states, windows, what it lets pass without believing it; as of Linux 6.18, against which
 * tests/integration/flow_words.sh holds it), and beside it what our own socket must have made of the same packets: whether
 * the handshake was completed with the right number, and who closed first. The two differ where packets are forged, and
 * that difference is what the fate of a connection is about. Called by flow.c for each TCP packet.
 *
 * Left out of conntrack: SACK blocks (the acknowledgement beside them bounds the window closely enough), counting of
 * equal retransmissions, what it makes of the RST after a challenge ACK (RFC 5961, 4), checksums (a capture of one's own
 * has none yet).
 */
#include "core/flow_parts.h"

#define ACK_WINDOW 66000 /* conntrack believes acknowledgements that are that old */

enum kind {
	KIND_SYN = 0,
	KIND_SYN_ACK,
	KIND_FIN,
	KIND_ACK,
	KIND_RST,
	KIND_NONE,
};

enum {
	NO = FLOW_TCP_NONE,
	SS = FLOW_TCP_SYN_SENT,
	SR = FLOW_TCP_SYN_RECV,
	ES = FLOW_TCP_ESTABLISHED,
	FW = FLOW_TCP_FIN_WAIT,
	CW = FLOW_TCP_CLOSE_WAIT,
	LA = FLOW_TCP_LAST_ACK,
	TW = FLOW_TCP_TIME_WAIT,
	CL = FLOW_TCP_CLOSE,
	S2 = FLOW_TCP_SYN_SENT2,
	IV = FLOW_TCP_STATES, /* the packet is invalid */
	IG,                   /* it passes, and is not believed yet */
};

/* From a state, by a packet of a kind: who began, then who was called. */
static const uint8_t next_state[FLOW_TCP_STATES][2][KIND_NONE] = {
	/*       SYN SYNACK FIN ACK RST */
	[NO] = { { SS, IV, IV, ES, IV }, { IV, IV, IV, IV, IV } },
	[SS] = { { SS, IV, IV, IV, CL }, { S2, SR, IV, IG, CL } },
	[SR] = { { IG, SR, FW, ES, CL }, { IV, IG, FW, SR, CL } },
	[ES] = { { IG, IV, FW, ES, CL }, { IV, IG, FW, ES, CL } },
	[FW] = { { IG, IV, LA, CW, CL }, { IV, IG, LA, CW, CL } },
	[CW] = { { IG, IV, LA, CW, CL }, { IV, IG, LA, CW, CL } },
	[LA] = { { IG, IV, LA, TW, CL }, { IV, IG, LA, TW, CL } },
	[TW] = { { SS, IV, TW, TW, CL }, { IV, IG, TW, TW, CL } },
	[CL] = { { SS, IV, CL, CL, CL }, { IV, IG, CL, CL, CL } },
	[S2] = { { S2, SR, IV, IV, CL }, { S2, SR, IV, IG, CL } },
};

/* Seconds: net.netfilter.nf_conntrack_tcp_timeout_*. */
static const uint32_t timeouts[FLOW_TCP_STATES] = {
	[SS] = 120, [SR] = 60, [ES] = 5 * 86400, [FW] = 120, [CW] = 60, [LA] = 30, [TW] = 120, [CL] = 10, [S2] = 120,
};

#define TIMEOUT_UNACKED 300 /* while something waits for its acknowledgement, or nobody has answered */

/* A packet as the states need it. */
struct segment {
	const struct packet *p;
	unsigned dir;
	enum kind kind;
	uint32_t end; /* sequence number behind it */
};

static bool is_after(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) > 0;
}

static bool has_acked(const struct flow *f, unsigned dir)
{
	return f->flags & FLOW_ACKED << dir;
}

static uint32_t scale_of(const struct flow *f, unsigned dir)
{
	return (uint32_t)(dir ? f->scale1 : f->scale0);
}

static uint32_t window_of(const struct flow *f, unsigned dir)
{
	return (uint32_t)f->window[dir] * FLOW_WINDOW_UNIT;
}

/* Never 0: that says that nothing is known. A window over 4 MiB is kept as 4 MiB. */
static uint16_t window_units(uint32_t bytes)
{
	const uint32_t units = (bytes + FLOW_WINDOW_UNIT - 1) / FLOW_WINDOW_UNIT;

	if (units > UINT16_MAX)
		return UINT16_MAX;
	return units ? (uint16_t)units : 1;
}

/* RST before SYN before FIN before ACK; flags that only scanners combine are none (URG goes with ACK, SYN or FIN). */
static enum kind kind_of(uint8_t flags)
{
	switch (flags & (TCP_FIN | TCP_SYN | TCP_RST | TCP_ACK | TCP_URG)) {
	case TCP_SYN:
	case TCP_SYN | TCP_URG:
		return KIND_SYN;
	case TCP_SYN | TCP_ACK:
		return KIND_SYN_ACK;
	case TCP_FIN | TCP_ACK:
	case TCP_FIN | TCP_ACK | TCP_URG:
		return KIND_FIN;
	case TCP_ACK:
	case TCP_ACK | TCP_URG:
		return KIND_ACK;
	case TCP_RST:
	case TCP_RST | TCP_ACK:
		return KIND_RST;
	default:
		return KIND_NONE;
	}
}

/* ---- windows ---- */

/* Both have to offer a scale (RFC 7323, 2.2); until the second one does, the first one's is kept plus 1, so that a scale
 * of 0 is known from none. */
static void offer_scale(struct flow *f, unsigned dir, uint8_t offered)
{
	const bool both = offered && scale_of(f, 0);

	if (dir == 0) {
		f->scale0 = offered & 15U;
		return;
	}
	f->scale0 = both ? (scale_of(f, 0) - 1) & 15 : 0;
	f->scale1 = both ? (offered - 1U) & 15 : 0;
}

/* What this side's first packet (or its SYN with other numbers) says of it. */
static void begin_side(struct flow *f, const struct segment *s)
{
	const unsigned dir = s->dir;
	uint32_t window = s->p->window;

	f->side[dir].end = s->end;
	if (!(s->p->tcp_flags & TCP_SYN)) { /* in the middle of it */
		window <<= scale_of(f, dir);
		f->window[dir] = window_units(window);
		f->side[dir].max_end = s->end + window_of(f, dir);
		if (!f->window[!dir])
			f->side[!dir].end = f->side[!dir].max_end = s->p->ack;
		return;
	}
	f->side[dir].max_end = s->end;
	f->window[dir] = window_units(window);
	if (f->state != SR)
		offer_scale(f, dir, s->p->scale);
}

/* What a believed packet tells of windows and acknowledgements. */
static void note_window(struct flow *f, const struct segment *s, uint32_t seq_end, uint32_t ack)
{
	struct flow_side *sender = &f->side[s->dir], *receiver = &f->side[!s->dir];
	uint32_t window = s->p->window;

	if (!(s->p->tcp_flags & TCP_SYN))
		window <<= scale_of(f, s->dir);
	if (window_of(f, s->dir) < window)
		f->window[s->dir] = window_units(window);
	if (is_after(seq_end, sender->end)) {
		sender->end = seq_end;
		f->flags |= (uint16_t)(FLOW_UNACKED << s->dir);
	}
	if (s->p->tcp_flags & TCP_ACK && (!has_acked(f, s->dir) || is_after(ack, sender->max_ack))) {
		sender->max_ack = ack;
		f->flags |= (uint16_t)(FLOW_ACKED << s->dir);
	}
	if (f->window[!s->dir] && is_after(seq_end, sender->max_end))
		f->window[!s->dir] = window_units(window_of(f, !s->dir) + (seq_end - sender->max_end));
	if (is_after(ack + window, receiver->max_end - 1))
		receiver->max_end = ack + window + !window;
	if (ack == receiver->end)
		f->flags &= (uint16_t)~(FLOW_UNACKED << !s->dir);
}

enum belief {
	BELIEF_NO = 0,
	BELIEF_IGNORE, /* passes and changes nothing */
	BELIEF_YES,
};

/* The four bounds of conntrack. Of a flow met in its middle they bound nothing. */
static enum belief check_bounds(struct flow *f, const struct segment *s, uint32_t seq, uint32_t end, uint32_t ack)
{
	struct flow_side *sender = &f->side[s->dir];
	const struct flow_side *receiver = &f->side[!s->dir];
	const uint32_t sent = window_of(f, s->dir), received = window_of(f, !s->dir);
	const uint32_t old = receiver->end - (sent > ACK_WINDOW ? sent : ACK_WINDOW) - 1;
	const bool fits = !received || is_after(end, sender->end - received - 1);
	const uint32_t over = end - sender->max_end + 1;

	if (is_after(seq, sender->max_end)) {
		if (!fits || !received || is_after(ack, receiver->end) || !is_after(ack, old) || over > received)
			return BELIEF_NO;
		sender->end = end; /* more than it was allowed, but it may be acknowledged yet */
		f->flags |= (uint16_t)(FLOW_UNACKED << s->dir);
		return BELIEF_IGNORE;
	}
	if (is_after(ack, receiver->end))
		return BELIEF_NO;
	return fits && is_after(ack, old) ? BELIEF_YES : BELIEF_IGNORE;
}

static enum belief check_window(struct flow *f, const struct segment *s)
{
	const unsigned dir = s->dir;
	const uint8_t flags = s->p->tcp_flags;
	uint32_t seq = s->p->seq, end = s->end, ack = s->p->ack;
	enum belief belief;

	if (!f->window[dir]) {
		begin_side(f, s);
		if (flags & TCP_SYN && !(flags & TCP_ACK))
			return BELIEF_YES;
	} else if (flags & TCP_SYN && (f->state == SS || f->state == SR) && is_after(end, f->side[dir].end)) {
		begin_side(f, s); /* tried again with other numbers */
	}
	if (!(flags & TCP_ACK) || (flags & TCP_RST && ack == 0))
		ack = f->side[!dir].end;
	if (flags & TCP_RST && seq == 0 && f->state == SS)
		seq = end = f->side[dir].end; /* the answer to a SYN */
	belief = check_bounds(f, s, seq, end, ack);
	if (belief == BELIEF_YES)
		note_window(f, s, end, ack);
	else if (f->flags & FLOW_LOOSE)
		belief = BELIEF_YES;
	return belief;
}

/* ---- what our socket makes of it ---- */

/* The SYN-ACK of who was called: from now on its acknowledgement is waited for. */
static void note_offer(struct flow_tracker *t, struct flow *f, const struct packet *p, bool ours)
{
	f->offered = p->seq + 1;
	f->flags |= FLOW_OFFERED;
	if (!ours)
		return;
	f->port = p->sport;
	flow_half_open_enter(t, f);
}

/* Only the exact number, or one further on within what was sent: that nobody can do blindly. */
static void note_answer(struct flow_tracker *t, struct flow *f, const struct packet *p)
{
	if (p->ack - f->offered > f->side[1].end - f->offered)
		return;
	f->flags |= FLOW_PROVEN;
	flow_half_open_leave(t, f);
}

static void note_fins(struct flow *f, const struct segment *s)
{
	const bool fin = s->kind == KIND_FIN;

	if (fin && s->dir == 1) {
		if (!(f->flags & (FLOW_BEGUN_FIN | FLOW_CALLED_FIN)))
			f->flags |= FLOW_CALLED_FIRST;
		f->flags |= FLOW_CALLED_FIN;
	}
	if (fin && s->dir == 0)
		f->flags |= FLOW_BEGUN_FIN;
	if (s->dir == 0 && (f->flags & (FLOW_CALLED_FIN | FLOW_CALLED_FIRST)) == FLOW_CALLED_FIN &&
	    s->p->tcp_flags & TCP_ACK && s->p->ack == f->side[1].end)
		f->flags |= FLOW_ENDED;
}

static void note_socket(struct flow_tracker *t, struct flow *f, const struct segment *s, bool ours)
{
	const uint8_t flags = s->p->tcp_flags;

	if (s->kind == KIND_SYN_ACK && s->dir == 1 && f->state == SR && !(f->flags & FLOW_PROVEN))
		note_offer(t, f, s->p, ours);
	if (s->kind == KIND_RST) {
		flow_half_open_leave(t, f);
		return;
	}
	if (s->dir == 0 && !(flags & TCP_SYN) && (f->flags & (FLOW_OFFERED | FLOW_PROVEN)) == FLOW_OFFERED)
		note_answer(t, f, s->p);
	/* Met in its middle: without a socket our stack resets, so anything else that it says is one. */
	if (s->dir == 1 && f->flags & FLOW_LOOSE && s->kind != KIND_SYN_ACK)
		f->flags |= FLOW_PROVEN;
	note_fins(f, s);
	if (s->dir == 0 && s->p->payload_len)
		f->flags |= FLOW_PAYLOAD;
}

/* ---- states ---- */

static void remember(struct flow *f, const struct segment *s)
{
	f->last = s->kind;
	f->last_dir = s->dir & 1;
}

/* The SYN-ACK that answers a SYN which was ignored: the server knows better, it is a new connection. */
static bool answers_ignored_syn(const struct flow *f, const struct segment *s)
{
	return s->kind == KIND_SYN_ACK && f->last == KIND_SYN && f->last_dir != s->dir && s->p->ack == f->last_end;
}

/* What the ignored SYN offered, plus 1. While our SYN-ACK waits, the SYN that our stack answers is the one that it knows:
 * sent again, as the SYN-ACK was lost. Then what was agreed upon is what it offers; a scale of 0 on both sides is none. */
static uint8_t scale_asked(const struct flow *f)
{
	if (!(f->flags & FLOW_HALF_OPEN))
		return (uint8_t)f->asked_scale;
	return f->scale0 || f->scale1 ? f->scale0 + 1 : 0;
}

static void restart(struct flow *f, const struct segment *s)
{
	const unsigned syn = f->last_dir;
	const uint8_t asked = scale_asked(f);

	f->side[syn] = (struct flow_side){ .end = f->last_end, .max_end = f->last_end };
	f->side[s->dir] = (struct flow_side){ 0 };
	f->window[syn] = 1;
	f->window[s->dir] = 0;
	f->scale1 = 0;
	offer_scale(f, 0, asked);
	f->flags &= FLOW_HIGH | FLOW_REPLIED | FLOW_PAYLOAD | FLOW_HALF_OPEN;
	f->state = SS;
}

/* It passes as it is; what it may have been decides the answer to it. */
static void note_ignored(struct flow *f, const struct segment *s)
{
	remember(f, s);
	f->last_end = s->end;
	if (s->kind == KIND_SYN && !(f->flags & FLOW_HALF_OPEN))
		f->asked_scale = s->p->scale;
}

/* conntrack's word for a flow that both sides have kept up. */
static bool is_assured(const struct flow *f)
{
	return f->flags & FLOW_REPLIED && f->state >= ES && f->state <= TW;
}

/* RFC 5961, 3.2: a RST whose number is not exactly the expected one is not believed by the receiver, so the connection
 * goes on. A lower one than was acknowledged is invalid. */
static enum flow_step check_reset(const struct flow *f, const struct segment *s, uint8_t *state)
{
	const uint32_t seq = s->p->seq, expected = f->side[!s->dir].max_ack;
	const bool established = f->state == ES && is_assured(f);

	if (!has_acked(f, !s->dir) || (seq == 0 && !established))
		return FLOW_STEP_PASS;
	if (is_after(expected, seq))
		return FLOW_STEP_INVALID;
	if (!established || seq == expected)
		return FLOW_STEP_PASS;
	if (f->last == KIND_ACK && f->last_dir == s->dir && seq == f->last_end)
		return FLOW_STEP_PASS;
	*state = f->state;
	return FLOW_STEP_PASS;
}

static bool resets_ignored(const struct flow *f, const struct segment *s)
{
	return s->kind == KIND_RST && s->p->ack == f->last_end &&
		((f->flags & FLOW_REPLIED && f->last == KIND_SYN) ||
		(!is_assured(f) && f->last == KIND_ACK));
}

static uint32_t timeout_of(const struct flow *f)
{
	const uint32_t usual = timeouts[f->state];
	const bool waits = f->flags & (FLOW_UNACKED | FLOW_UNACKED << 1) || !(f->flags & FLOW_REPLIED);

	return waits && usual > TIMEOUT_UNACKED ? TIMEOUT_UNACKED : usual;
}

/* The packet is believed. */
static enum flow_step enter(struct flow_tracker *t, struct flow *f, const struct segment *s, uint8_t state, bool ours)
{
	const uint8_t before = f->state;

	remember(f, s);
	if (s->kind == KIND_ACK)
		f->last_end = s->end;
	f->state = state & 15U;
	if (state == FW && before != FW)
		f->flags |= FLOW_CLOSING;
	note_socket(t, f, s, ours);
	if (!(f->flags & FLOW_REPLIED)) {
		if (s->kind == KIND_RST)
			return FLOW_STEP_END; /* nothing but a refusal */
		if (s->kind == KIND_SYN && before == SS)
			return FLOW_STEP_PASS; /* sent again: lives no longer for that */
	}
	f->expires = t->tick + FLOW_TICKS(timeout_of(f));
	return FLOW_STEP_PASS;
}

static bool is_over(const struct flow *f, const struct segment *s)
{
	return f->flags & FLOW_CLOSING || (f->last_dir == s->dir && f->last == KIND_RST);
}

enum flow_step flow_tcp_packet(struct flow_tracker *t, struct flow *f, const struct packet *p, unsigned dir, bool ours)
{
	struct segment s = { .p = p, .dir = dir, .kind = kind_of(p->tcp_flags), .end = p->seq + p->payload_len };
	uint8_t state;

	if (s.kind == KIND_NONE)
		return FLOW_STEP_INVALID;
	s.end += (p->tcp_flags & TCP_SYN ? 1U : 0U) + (p->tcp_flags & TCP_FIN ? 1U : 0U);
	state = next_state[f->state][dir][s.kind];
	if (state == IV)
		return FLOW_STEP_INVALID;
	if (f->state == NO) {
		f->last = KIND_NONE;
		if (state == ES)
			f->flags |= FLOW_LOOSE;
	}
	if (state == SS && f->state >= TW) {
		if (is_over(f, &s))
			return FLOW_STEP_REOPEN;
		state = IG;
	}
	if (state == IG && answers_ignored_syn(f, &s)) {
		restart(f, &s);
		state = SR;
	}
	if (state == IG) {
		note_ignored(f, &s);
		return FLOW_STEP_PASS;
	}
	if (s.kind == KIND_RST && check_reset(f, &s, &state) == FLOW_STEP_INVALID)
		return FLOW_STEP_INVALID;
	if (!resets_ignored(f, &s))
		switch (check_window(f, &s)) {
		case BELIEF_NO:
			return FLOW_STEP_INVALID;
		case BELIEF_IGNORE:
			return FLOW_STEP_PASS;
		case BELIEF_YES:
			break;
		}
	return enter(t, f, &s, state, ours);
}
