/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * NFLOG's messages: configuration of a group, and copies of packets. Pure; buffers are
 * the caller's, aligned to NETLINK_ALIGN. linux/netfilter/nfnetlink_log.h is the format.
 * Called by edge/nflog.
 */
#ifndef TIDEGATE_CODEC_NFLOG_MSG_H
#define TIDEGATE_CODEC_NFLOG_MSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/time.h"
#include "codec/netlink.h"
#include "core/packet.h"

#define NFLOG_CONFIG_BYTES 128 /* room for one configuration message */

struct nflog_config {
	uint16_t group;
	uint32_t copy_range;   /* bytes of each packet that come up */
	uint32_t threshold;    /* copies that the kernel collects before it wakes us */
	uint32_t timeout_ms;   /* and how long it collects at most; rounded up to 10 ms */
	uint32_t buffer_bytes; /* of one datagram of copies */
	uint32_t seq;
};

struct nflog_packet {
	struct packet_meta meta; /* held is false: a copy waits for nothing */
	struct slice payload;    /* from the IP header on; borrowed from the message */
	struct slice prefix;     /* the rule's log prefix, unterminated; may be empty */
	uint32_t number;         /* the group's running number */
	bool numbered;
};

/* Bind and all settings as one acknowledged message. ERR_FULL where size is too small. */
int nflog_msg_config(void *buf, size_t size, const struct nflog_config *c, size_t *len);

/*
 * One copy. copy_range is what was configured: NFLOG does not say how long a cut packet
 * was, so where the copy is that long the length is taken from the IP header.
 * ERR_INVALID: another message. ERR_TRUNCATED: one without its header attribute.
 */
int nflog_msg_packet(const struct netlink_message *m, mono_t at, uint32_t copy_range,
	struct nflog_packet *out);

#endif
