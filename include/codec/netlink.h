/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Netlink framing, read by the cursor: messages of a datagram, attributes of a message,
 * and what the kernel says about a request (RFC 3549). Nothing is trusted: a length that
 * leaves its container ends the walk with the cursor's sticky error. Writing is left to
 * libmnl. Called by the other kernel codecs and by the edges that wait for an answer.
 */
#ifndef TIDEGATE_CODEC_NETLINK_H
#define TIDEGATE_CODEC_NETLINK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/cursor.h"

/* Buffers that a builder writes into start at an address that this divides. */
#define NETLINK_ALIGN 4

struct netlink_message {
	uint16_t type; /* NLMSG_ERROR, NLMSG_DONE, or subsystem << 8 | message */
	uint16_t flags;
	uint32_t seq;
	uint32_t port;
	struct slice body; /* after the header, without padding */
};

struct netlink_attribute {
	uint16_t type; /* without the nested and byte-order bits */
	struct slice value;
};

/* The next message or attribute. False at the end and, with c->failed, at a broken
 * rest. */
bool netlink_next(struct cursor *c, struct netlink_message *out);
bool netlink_next_attribute(struct cursor *c, struct netlink_attribute *out);

/* A value of exactly that size, in the host's order or in the network's. Else false. */
bool netlink_u32(struct slice value, uint32_t *out);
bool netlink_be32(struct slice value, uint32_t *out);

/*
 * Of an NLMSG_ERROR or NLMSG_DONE: the errno as a positive number, 0 for "done well".
 * ERR_INVALID for any other message, ERR_TRUNCATED where the number does not fit.
 */
int netlink_error(const struct netlink_message *m, int *error);

/* A kernel's errno as an enum err. 0 stays 0. */
int netlink_err_of(int error);

/* Netfilter's hook number as an enum hook. Ahead of routing counts as input: nobody knows
 * yet, and most hosts forward nothing. */
uint8_t netlink_hook_of(uint8_t netfilter_hook);

/* An address of that family (AF_INET, AF_INET6; else none), in network byte order; mapped ones come out as IPv4. */
struct addr netlink_addr(uint8_t family, const void *bytes);

#endif
