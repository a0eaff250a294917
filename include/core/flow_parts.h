/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parts of the flow tracker share: one flow as a cache line, and the table of them. For flow.c (table, words),
 * flow_key.c (who belongs to which flow), flow_tcp.c, flow_sctp.c (their states) and flow_fate.c (questions, census) alone;
 * everybody else reads flow.h.
 */
#ifndef TIDEGATE_CORE_FLOW_PARTS_H
#define TIDEGATE_CORE_FLOW_PARTS_H

#include "core/flow.h"

#define FLOW_WAYS 8
#define FLOW_TICKS(s) ((uint32_t)(s) * 16) /* of mono_tick */
#define FLOW_NOWHERE UINT32_MAX

/* One direction of a TCP flow, as conntrack keeps it. */
struct flow_side {
	uint32_t end;     /* highest sequence number + length that it has sent */
	uint32_t max_end; /* how far the other side's window lets it send */
	uint32_t max_ack; /* highest acknowledgement that it has sent; FLOW_ACKED says whether there is one */
};

/* enum flow_flag: the first two groups are one bit for each side (bit << dir). */
enum flow_flag {
	FLOW_ACKED = 1 << 0,      /* has acknowledged something */
	FLOW_UNACKED = 1 << 2,    /* has sent what is not acknowledged */
	FLOW_HIGH = 1 << 4,       /* who began is the key's second end */
	FLOW_REPLIED = 1 << 5,
	FLOW_LOOSE = 1 << 6,      /* met in its middle */
	FLOW_CLOSING = 1 << 7,    /* the FIN that ends ESTABLISHED was seen */
	FLOW_PAYLOAD = 1 << 8,    /* from who began */
	FLOW_OFFERED = 1 << 9,    /* a SYN-ACK was sent: flow.offered is what has to be acknowledged */
	FLOW_PROVEN = 1 << 10,    /* and was */
	FLOW_CALLED_FIN = 1 << 11, /* who was called has sent a FIN */
	FLOW_CALLED_FIRST = 1 << 12, /* before the other one did */
	FLOW_BEGUN_FIN = 1 << 13, /* who began has sent one */
	FLOW_ENDED = 1 << 14,     /* the FIN of who was called is acknowledged, and it was not the first */
	FLOW_HALF_OPEN = 1 << 15, /* our SYN-ACK waits: it stands in the list */
};

/* 64 bytes. What half-open handshakes need (links, port, opened) is of no use to others. */
struct flow {
	uint64_t id : 48;      /* of its hash */
	uint64_t state : 4;    /* of its protocol */
	uint64_t last : 3;     /* TCP: kind of the last packet */
	uint64_t last_dir : 1;
	uint64_t scale0 : 4;   /* window scales */
	uint64_t scale1 : 4;
	uint32_t expires;      /* tick */
	uint32_t opened;       /* tick: its beginning; of a half-open one its SYN-ACK */
	uint32_t older, newer; /* half-open neighbours by age: slots, or FLOW_NOWHERE */
	struct flow_side side[2]; /* who began, who was called */
	uint16_t window[2];    /* largest, in units of FLOW_WINDOW_UNIT rounded up; 0: nothing known of that side */
	uint32_t last_end;     /* sequence number behind the last packet */
	uint32_t offered;      /* FLOW_OFFERED: the acknowledgement that completes the handshake */
	union {
		uint16_t port;         /* FLOW_HALF_OPEN: of the service */
		uint16_t asked_scale;  /* else: what the SYN that was ignored last offered, as struct packet has it */
	};
	uint16_t flags;
};

#define FLOW_WINDOW_UNIT 64

_Static_assert(sizeof(struct flow) == 64, "a flow is one cache line");

struct flow_tracker {
	struct hash_key key;
	mono_t now;          /* never steps back */
	uint32_t tick;       /* of it */
	size_t buckets;
	uint64_t *tags;      /* a bucket's eight: 0 is a free way */
	struct flow *flows;
	uint32_t oldest, newest; /* half-open */
	struct flow_stats stats;
	uint16_t row[65536]; /* of the census that is being taken, plus 1; 0 between two */
};

/* Which flow, and from which end: swapped where the sender is the key's second end. */
struct flow_key {
	uint8_t bytes[40];
	size_t len;
	bool swapped;
};

enum flow_kind {
	FLOW_KIND_NONE = 0, /* nothing that could be tracked */
	FLOW_KIND_FLOW,
	FLOW_KIND_QUOTE,    /* an ICMP error: the key is that of the quoted packet */
	FLOW_KIND_OUTSIDE,  /* conntrack leaves it alone: neighbour discovery, group membership */
	FLOW_KIND_ANSWER,   /* an ICMP reply: never begins a flow */
};

enum flow_kind flow_key_of_packet(const struct packet *p, struct flow_key *out);
void flow_key_of_tuple(const struct tuple *t, struct flow_key *out);

/* What is to happen with a flow after a packet. */
enum flow_step {
	FLOW_STEP_INVALID = 0, /* the packet does not belong to it and changed nothing */
	FLOW_STEP_PASS,
	FLOW_STEP_END,         /* passes, and ends the flow at once */
	FLOW_STEP_REOPEN,      /* the flow is over: the packet begins another */
};

/* The states of conntrack (enum tcp_conntrack). */
enum flow_tcp_state {
	FLOW_TCP_NONE = 0,
	FLOW_TCP_SYN_SENT,
	FLOW_TCP_SYN_RECV,
	FLOW_TCP_ESTABLISHED,
	FLOW_TCP_FIN_WAIT,
	FLOW_TCP_CLOSE_WAIT,
	FLOW_TCP_LAST_ACK,
	FLOW_TCP_TIME_WAIT,
	FLOW_TCP_CLOSE,
	FLOW_TCP_SYN_SENT2,
	FLOW_TCP_STATES,
};

enum flow_sctp_state {
	FLOW_SCTP_NONE = 0,
	FLOW_SCTP_CLOSED,
	FLOW_SCTP_COOKIE_WAIT,
	FLOW_SCTP_COOKIE_ECHOED,
	FLOW_SCTP_ESTABLISHED,
	FLOW_SCTP_SHUTDOWN_SENT,
	FLOW_SCTP_SHUTDOWN_RECD,
	FLOW_SCTP_SHUTDOWN_ACK_SENT,
	FLOW_SCTP_HEARTBEAT_SENT,
	FLOW_SCTP_HEARTBEAT_ACKED,
	FLOW_SCTP_STATES,
};

/* One packet of a flow; a fresh one's state is NONE. They set state and end (expires) themselves. */
enum flow_step flow_tcp_packet(struct flow_tracker *t, struct flow *f, const struct packet *p, unsigned dir, bool ours);
enum flow_step flow_sctp_packet(const struct flow_tracker *t, struct flow *f, const struct packet *p, unsigned dir);

/* The list of half-open handshakes. */
void flow_half_open_enter(struct flow_tracker *t, struct flow *f);
void flow_half_open_leave(struct flow_tracker *t, struct flow *f);

/* The living flow of a hash, or NULL. */
struct flow *flow_find(const struct flow_tracker *t, uint64_t hash);

static inline bool flow_lives(const struct flow_tracker *t, const struct flow *f)
{
	return (int32_t)(f->expires - t->tick) > 0;
}

#endif
