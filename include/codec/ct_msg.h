/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conntrack's messages as far as we ask: one entry by the tuple of its first packet, and
 * what its state says about that connection. libnetfilter_conntrack builds and parses
 * (and allocates). Called by edge/conntrack.
 */
#ifndef TIDEGATE_CODEC_CT_MSG_H
#define TIDEGATE_CODEC_CT_MSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/cursor.h"
#include "core/ask.h"

#define CT_REQUEST_BYTES 512 /* room for one question */

struct ct_entry {
	uint8_t proto;
	uint8_t tcp_state;  /* enum tcp_conntrack of the kernel; 0 for others */
	uint8_t sctp_state; /* enum sctp_conntrack; 0 for others */
	uint32_t status;    /* IPS_* bits */
	bool ended;         /* NFT_LABEL_ENDED: the one who was called has sent a FIN */
	bool v6;
	/* What its beginner sent, IP headers included; 0 where the kernel does not count
	 * (sysctl nf_conntrack_acct). */
	uint64_t packets, bytes;
	uint64_t answers; /* packets of the one who was called; 0 likewise */
};

/* A tracked flow, as a dump tells of it. */
struct ct_flow {
	uint32_t id;        /* of the entry, for as long as it lives */
	struct tuple tuple; /* its first packet's, before any translation */
	struct addr end;    /* where that packet went in the end */
	bool offloaded;     /* a flowtable carries it, past every chain */
	bool counted;       /* the kernel counts (sysctl nf_conntrack_acct): */
	uint64_t bytes[2];  /* of who began it, and of who was called; IP headers included */
};

/*
 * A dump of all entries that began at this source. The kernel itself compares a single
 * address (since 5.8); of a prefix, and on older kernels, everything of the family comes,
 * and the reader has to compare. ERR_FULL below CT_REQUEST_BYTES.
 */
int ct_msg_dump(void *buf, size_t size, const struct prefix *source, uint32_t seq,
	size_t *len);

/* An entry of such a dump; as ct_msg_entry. */
int ct_msg_flow(struct slice message, struct ct_flow *out);

/* IPCTNL_MSG_CT_GET. ERR_INVALID for a tuple of two families or of a protocol without
 * ports, ERR_FULL below CT_REQUEST_BYTES, ERR_MEMORY. */
int ct_msg_get(void *buf, size_t size, const struct tuple *t, uint32_t seq, size_t *len);

/* The entry of an answer: a whole netlink message, aligned to NETLINK_ALIGN. ERR_INVALID:
 * another message or an unreadable one. ERR_TRUNCATED, ERR_MEMORY. */
int ct_msg_entry(struct slice message, struct ct_entry *out);

/*
 * What an entry proves. conntrack takes any acknowledgement of the last 66000 for the
 * right one, so 65,000 blind ones make an entry established and assured, and nothing that
 * our stack then does needs to undo it (tests/integration/forged_ack.sh). So
 *   FATE_TRACKED    TCP that the one who was called has ended, whatever came after: only
 *                   a socket does that. SCTP, whose tags are checked exactly
 *   FATE_UNKNOWN    TCP that is called established or closing, and nothing more; or that
 *                   was reset after both had spoken, as far as the packets tell
 *   FATE_HALF_OPEN  we answered. Also UDP, which two blind datagrams make "assured"
 *   FATE_GONE       nothing came of it, or it was reset at once
 */
enum ask_fate ct_msg_called(const struct ct_entry *e); /* of one that this host began: entry_fate_called */
enum ask_fate ct_msg_fate(const struct ct_entry *e);

/* Whether its beginner sent nothing but headers: no more than a SYN's worth (20 of IP, 40
 * of IPv6, 40 of TCP with options) a packet. False also where nothing is counted. */
bool ct_msg_silent(const struct ct_entry *e);

#endif
