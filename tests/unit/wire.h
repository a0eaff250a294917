/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Netlink messages as tests want them: built byte by byte and apart from the library that
 * the code under test builds with, so that both cannot be wrong alike.
 */
#ifndef TIDEGATE_TESTS_WIRE_H
#define TIDEGATE_TESTS_WIRE_H

#include <arpa/inet.h>
#include <linux/netlink.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct wire {
	_Alignas(4) uint8_t bytes[1024];
	size_t len;
};

static inline void wire_put(struct wire *w, const void *value, size_t len)
{
	memcpy(w->bytes + w->len, value, len);
	w->len += (len + 3) & ~(size_t)3;
}

static inline void wire_attribute(struct wire *w, uint16_t type, const void *value,
	size_t len)
{
	struct nlattr head = { .nla_type = type };

	head.nla_len = (uint16_t)(sizeof(head) + len);
	wire_put(w, &head, sizeof(head));
	wire_put(w, value, len);
}

static inline void wire_be32(struct wire *w, uint16_t type, uint32_t value)
{
	value = htonl(value);
	wire_attribute(w, type, &value, sizeof(value));
}

static inline void wire_message(struct wire *w, uint16_t type, uint32_t seq,
	const void *body, size_t len)
{
	struct nlmsghdr head = { .nlmsg_type = type, .nlmsg_seq = seq, .nlmsg_pid = 9 };

	head.nlmsg_len = (uint32_t)(sizeof(head) + len);
	wire_put(w, &head, sizeof(head));
	wire_put(w, body, len);
}

#endif
