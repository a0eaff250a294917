/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * NFQUEUE's messages: the one that binds and configures a queue, packets, verdicts, and
 * the kernel's line of statistics. Pure; buffers are the caller's, aligned to
 * NETLINK_ALIGN. linux/netfilter/nfnetlink_queue.h is the format. Called by edge/nfq.
 */
#ifndef TIDEGATE_CODEC_NFQ_MSG_H
#define TIDEGATE_CODEC_NFQ_MSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/time.h"
#include "codec/netlink.h"
#include "core/packet.h"

#define NFQ_CONFIG_BYTES 128  /* room for one configuration message */
#define NFQ_VERDICT_BYTES 32  /* of one verdict, single or batch */
#define NFQ_MSG_QUEUES 16     /* different queues in one call of nfq_msg_verdicts */

struct nfq_config {
	uint16_t queue;
	uint32_t maxlen;     /* packets that may wait in the kernel */
	uint32_t copy_range; /* bytes of each packet that come up */
	bool fail_open;      /* a full queue lets pass instead of dropping */
	bool gso;            /* big packets come whole, neither cut nor lost */
	bool owner;          /* say whose socket a packet is from: known in output alone */
	uint32_t seq;
};

struct nfq_packet {
	uint32_t id;
	uint16_t queue;
	struct packet_meta meta;
	struct slice payload; /* from the IP header on; borrowed from the message */
	uint32_t cap_len;     /* the length as the kernel says it; 0: not said */
};

/*
 * Bind, copy mode, length and flags as ONE message that asks for an acknowledgement. Two
 * messages would leave a moment in which the queue exists in copy mode "none" and the
 * kernel drops what comes. ERR_FULL where size is below NFQ_CONFIG_BYTES.
 */
int nfq_msg_config(void *buf, size_t size, const struct nfq_config *c, size_t *len);

/*
 * The verdicts of a burst, ready for one send: first a DROP for each packet whose verdict
 * is not 0, then for each queue one batch ACCEPT up to the newest accepted id (ids wrap).
 * The order matters: the batch takes everything at or below its id that is not judged
 * yet, so also a packet whose own message was lost. n is 0: *len is 0. ERR_FULL where
 * size is below (n + NFQ_MSG_QUEUES) * NFQ_VERDICT_BYTES; ERR_RANGE for more queues than
 * NFQ_MSG_QUEUES.
 */
int nfq_msg_verdicts(void *buf, size_t size, const struct nfq_packet *p,
	const uint8_t *verdicts, size_t n, size_t *len);

/*
 * One packet message. state_known says whether the rule that queues stands behind
 * conntrack. Attributes that are unknown or of a wrong size are passed over; what remains
 * is a packet as soon as its id is known, for it waits for a verdict: the others fields
 * are 0 then. ERR_INVALID: no packet message. ERR_TRUNCATED: no id in it.
 */
int nfq_msg_packet(const struct netlink_message *m, mono_t at, bool state_known,
	struct nfq_packet *out);

/* One line of /proc/net/netfilter/nfnetlink_queue. */
struct nfq_queue_stats {
	uint16_t queue;
	uint32_t owner;         /* netlink port that bound it, most often a process id */
	uint32_t waiting;       /* for a verdict, now */
	uint32_t copy_range;
	uint32_t queue_dropped; /* the queue was full (not those that failed open) */
	uint32_t user_dropped;  /* the socket's buffer was full */
	uint32_t id_sequence;   /* ids given out so far */
};

/* ERR_INVALID where the line is not of that form. */
int nfq_msg_stats_line(const char *line, struct nfq_queue_stats *out);

#endif
