/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel says when a flow ends: sock_diag of a TCP socket that is no more (linux/sock_diag.h, the groups
 * SKNLGRP_INET*_TCP_DESTROY), conntrack of an entry (NFNLGRP_CONNTRACK_DESTROY). Pure; allocates nothing, for there may be
 * thousands a second. Called by edge/flow_ends.
 *
 * The end of a socket is told without its owner (linux/inet_diag.c fills neither uid nor inode nor cgroup there): whoever
 * wants that has to have looked while it lived, and knows it again by the cookie.
 */
#ifndef TIDEGATE_CODEC_FLOW_END_MSG_H
#define TIDEGATE_CODEC_FLOW_END_MSG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "codec/netlink.h"
#include "core/flow_end.h"

struct ended_socket {
	struct addr local, peer; /* mapped addresses come out as IPv4 */
	uint16_t local_port, peer_port;
	uint64_t cookie;
	bool told;         /* the counts below: a kernel without any leaves 0 */
	uint64_t received; /* bytes; with the peer's FIN, where it came, as one of them */
	uint64_t acked;    /* the same of ours, and of the SYN, where we began */
	uint64_t sent;     /* bytes that we have sent at least once */
	uint32_t segments_in, segments_out;
	uint32_t data_in;  /* segments with data */
	bool timed;        /* a round trip was measured in this very connection */
};

/* ERR_INVALID: another message, or not of TCP. ERR_TRUNCATED: it is cut. ERR_ABSENT: a socket without a peer, such as a
 * listener. */
int flow_end_msg_socket(const struct netlink_message *m, struct ended_socket *out);

/*
 * The flow of it. serves: somebody listens on its local port, which tells who began; as do its counts, where they are
 * beyond doubt, and a port below 1024 against one above. Bytes are those that programs wrote, and that the other end
 * acknowledged; of the peer's, one too many where its FIN came after data.
 *
 * ANSWERED where the peer acknowledged something of ours or a round trip was measured: both take an acknowledgement of
 * our exact number. A connection that was accepted with neither (our SYN-ACK had to be sent again, or was a cookie, and
 * then nothing followed) stays CLAIMED. How long it lasted is not told: -1. Its owner is not known.
 */
void flow_end_of_socket(const struct ended_socket *s, bool serves, struct flow_end *out);

struct ended_entry {
	struct tuple tuple; /* of its first packet, before any translation */
	struct addr end;    /* where that packet went in the end */
	uint64_t packets[FLOW_WAYS], bytes[FLOW_WAYS]; /* 0 where the kernel does not count (sysctl nf_conntrack_acct) */
	int64_t lasted_ns;  /* -1 where it does not note times (sysctl nf_conntrack_timestamp) */
};

/* ERR_INVALID: another message, or an unreadable one. ERR_TRUNCATED. */
int flow_end_msg_entry(const struct netlink_message *m, struct ended_entry *out);

/* The flow of it; from_us, to_us: whether this host has tuple.src and end. Never more than CLAIMED (codec/ct_msg.h says
 * what an entry's state is worth). */
void flow_end_of_entry(const struct ended_entry *e, bool from_us, bool to_us, struct flow_end *out);

#endif
