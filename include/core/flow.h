/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Flows of a capture: stands for conntrack and for the sockets of the host where there is neither. It says of each
 * packet what conntrack would have said (new, established, related, invalid), and answers the engine's questions about
 * single connections with the words that sockdiag and conntrack would have had. Pure; bounded; where there is no room the
 * flow of the least worth goes (nobody answered it; it is half-open or closing; it ends soonest), and that is counted.
 *
 * It follows Linux: SYN_SENT 120 s, SYN_RECV 60 s, ESTABLISHED 5 days (300 s while something is unacknowledged),
 * FIN_WAIT 120 s, CLOSE_WAIT 60 s, LAST_ACK 30 s, TIME_WAIT 120 s, CLOSE 10 s; UDP 30 s, 120 s once both sides have
 * spoken for 2 s; ICMP 30 s; SCTP as conntrack since Linux 6.3 (net.netfilter defaults). A flow is new until its first
 * reply; a bare ACK without a flow begins one (nf_conntrack_tcp_loose); a RST or SYN-ACK without one is invalid, and so
 * are segments out of the window and flags that no stack combines; an ICMP error is related to the flow that it quotes,
 * where it is told to the sender of what it quotes. Not held against anything: checksums, verification tags, SACK blocks.
 *
 * A flow's identity is 60 bits of a keyed hash of its ends (48 in its line, the others by its place), not the ends
 * themselves: a line holds no 37 bytes of them. Two flows meet with a chance of N * 2^-60 for each new one, where N live;
 * with a million live and a thousand million begun that is once in 1,000 captures. Below 25,000 flows of room the place
 * tells fewer bits: 8 * 2^-48 is the worst. The key keeps a sender from choosing it.
 */
#ifndef TIDEGATE_CORE_FLOW_H
#define TIDEGATE_CORE_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/time.h"
#include "core/ask.h"
#include "core/detect_flood.h"
#include "core/packet.h"

struct flow_tracker; /* 98 bytes for each flow that is asked for, and 140 KiB */

enum flow_word {
	FLOW_INVALID = 0,
	FLOW_NEW,         /* nobody has answered yet: the first packet of the flow */
	FLOW_NEW_AGAIN,   /* the same, and not the first: a SYN sent again, a one-way datagram */
	FLOW_ESTABLISHED, /* the other side has answered */
	FLOW_RELATED,
};

/* How big it is: at least that many flows, up to 2^30; the memory is aligned to 64, stays the caller's, and is cleared
 * here as far as needed. ERR_RANGE: no flows, too many, or too few bytes. ERR_INVALID: not aligned. */
size_t flow_bytes(size_t flows);
int flow_create(struct flow_tracker **out, void *memory, size_t bytes, size_t flows, const struct hash_key *key);

/*
 * The flow that a packet belongs to: a keyed hash, the same for both directions, with marks in its lowest bits. To be
 * computed while the packet is at hand. Then, some tens of packets apart, so that what is not in the cache overlaps:
 * flow_touch (where it would stand), flow_touch_line (its line), flow_packet.
 */
uint64_t flow_refer(const struct flow_tracker *t, const struct packet *p);
void flow_touch(const struct flow_tracker *t, uint64_t ref);
void flow_touch_line(const struct flow_tracker *t, uint64_t ref);

/*
 * One packet that parsed (PACKET_FINE). ours: this host sent it (so that its FIN is known for our own side's, and its
 * sockets for ours). Times that step back count as the latest one.
 *
 * Later fragments are not for here: live they come joined, so their word is their datagram's. They, and what conntrack
 * leaves alone (neighbour discovery, group membership), are called FLOW_ESTABLISHED and change nothing: no rule of ours
 * looks at any of these.
 */
enum flow_word flow_packet(struct flow_tracker *t, const struct packet *p, uint64_t ref, bool ours, mono_t at);

/*
 * Who sent it, of the two whose flow it belongs to? Asked before flow_packet of the same packet, as a packet may end its
 * flow; it costs a second look at the flow's line. UNKNOWN: there is no flow yet (whoever sends a FLOW_NEW begins it), it
 * was met in its middle, or the packet speaks of another's (an ICMP error).
 */
enum flow_from {
	FLOW_FROM_UNKNOWN = 0,
	FLOW_FROM_CALLER, /* who began */
	FLOW_FROM_CALLED,
};

enum flow_from flow_from(const struct flow_tracker *t, uint64_t ref);

/*
 * What became of the connection that began so: FATE_SOCKET where its handshake was completed (the peer acknowledged our
 * SYN-ACK's exact sequence number, or more of what we had sent) and a socket would still be there (TIME_WAIT's 60 s on our
 * side included); FATE_TRACKED where it is over and our own side had sent a FIN; FATE_HALF_OPEN; FATE_GONE; FATE_UNKNOWN
 * where conntrack alone believes in it (a forged acknowledgement, once our side has given up), or where it was reset after
 * the caller's first word. For hook HOOK_FORWARD, where no socket is ours, what conntrack's state says. silent as in
 * struct ask_answer, exact: not a byte of payload.
 *
 * For hook HOOK_OUTPUT, of what this host began, as entry_fate_called has it.
 *
 * A connection that is older than the capture has a socket as soon as our side answers it with anything but a reset. A
 * capture of the peer's side alone never shows a socket.
 */
void flow_fate(const struct flow_tracker *t, const struct ask *a, mono_t now, enum ask_fate *fate, bool *silent);

/*
 * Services of ours with half-open connections, by port, as the sockets would tell: old are those older than a second.
 * A handshake counts from our SYN-ACK (by ours) until it is completed, reset, or 63 s old. Returns how many were
 * written; ports beyond most are left out. Costs a walk over the half-open ones alone.
 */
size_t flow_census(struct flow_tracker *t, mono_t now, struct service_census *out, size_t most);

struct flow_stats {
	uint64_t flows, capacity; /* now */
	uint64_t begun[3];        /* TCP, UDP, others */
	uint64_t evicted;         /* made room while they lived */
	uint64_t invalid;
};

void flow_stats(const struct flow_tracker *t, struct flow_stats *out);

#endif
