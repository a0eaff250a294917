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

/* What a copy is of: the groups of our table, in the order of enum nft_group (codec/nft_ruleset.h). */
enum copy {
	COPY_PLAIN = 0, /* ICMP, what this host begins, and all that is only copied */
	COPY_DNS,       /* our own questions, with their uid, and the answers to them */
	COPY_REFUSED,   /* of ours, and was not let out */
	COPIES,
};

struct nflog_packet {
	struct packet_meta meta; /* held is false: a copy waits for nothing */
	struct slice payload;    /* from the IP header on; borrowed from the message */
	struct slice prefix;     /* the rule's log prefix, unterminated; may be empty */
	uint16_t group;
	uint8_t what;            /* enum copy: the group's place among those that were opened (edge/nflog) */
	uint32_t number;         /* the group's running number */
	bool numbered;
};

/* Bind and all settings as one acknowledged message. ERR_FULL where size is too small. */
int nflog_msg_config(void *buf, size_t size, const struct nflog_config *c, size_t *len);

/* The group that a copy is of; 0 for another message. */
uint16_t nflog_msg_group(const struct netlink_message *m);

/*
 * One copy; 'what' is the caller's to say. copy_range is what was configured: NFLOG does not say how long a cut packet
 * was, so where the copy is that long the length is taken from the IP header.
 * ERR_INVALID: another message. ERR_TRUNCATED: one without its header attribute.
 */
int nflog_msg_packet(const struct netlink_message *m, mono_t at, uint32_t copy_range,
	struct nflog_packet *out);

#endif
