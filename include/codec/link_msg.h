/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rtnetlink's messages about interfaces: the question for all of them, and the counters in an answer. Pure; the buffer is
 * the caller's, aligned to NETLINK_ALIGN. linux/if_link.h is the format. Called by edge/host_links.
 */
#ifndef TIDEGATE_CODEC_LINK_MSG_H
#define TIDEGATE_CODEC_LINK_MSG_H

#include <stddef.h>
#include <stdint.h>

#include "codec/netlink.h"
#include "core/host_sample.h"

#define LINK_MSG_REQUEST_BYTES 64

/* A dump of all interfaces. ERR_FULL below LINK_MSG_REQUEST_BYTES. */
int link_msg_dump(void *buf, size_t size, uint32_t seq, size_t *len);

/*
 * One interface of the answer. ERR_INVALID: another message; ERR_TRUNCATED: it is cut; ERR_ABSENT: it is down, or a
 * loopback, or tells no counters. Packets that the card had no room for count as dropped, as in /proc/net/dev. A name
 * of other than printable ASCII has '?' in their places.
 */
int link_msg_counters(const struct netlink_message *m, struct link_counters *out);

#endif
