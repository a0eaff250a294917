/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads netlink framing. Headers are copied out of the bytes, never cast over them: they
 * need no alignment, and their numbers are the host's.
 */
#include "codec/netlink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netlink.h>
#include <string.h>

#include <sys/socket.h>

#include "base/err.h"
#include "core/packet.h"

/*
 * What belongs to a header that was just taken and that says how long both are together;
 * and the padding after it, which may be missing at the end of the bytes. Inline, as the
 * cursor's numbers are: every packet comes with half a dozen attributes.
 */
static inline bool take_rest(struct cursor *c, size_t len, size_t head, struct slice *out)
{
	size_t pad = -len & (NETLINK_ALIGN - 1);
	const uint8_t *at;

	if (len < head) {
		c->failed = true;
		return false;
	}
	at = cursor_take(c, len - head);
	if (!at)
		return false;
	*out = (struct slice){ at, len - head };
	cursor_take(c, pad < cursor_left(c) ? pad : cursor_left(c));
	return true;
}

bool netlink_next(struct cursor *c, struct netlink_message *out)
{
	struct nlmsghdr head;
	const uint8_t *bytes;
	struct slice body;

	if (c->failed || cursor_left(c) == 0)
		return false;
	bytes = cursor_take(c, sizeof(head));
	if (!bytes)
		return false;
	memcpy(&head, bytes, sizeof(head));
	if (!take_rest(c, head.nlmsg_len, sizeof(head), &body))
		return false;
	*out = (struct netlink_message){
		.type = head.nlmsg_type,
		.flags = head.nlmsg_flags,
		.seq = head.nlmsg_seq,
		.port = head.nlmsg_pid,
		.body = body,
	};
	return true;
}

bool netlink_next_attribute(struct cursor *c, struct netlink_attribute *out)
{
	struct nlattr head;
	const uint8_t *bytes;

	if (c->failed || cursor_left(c) == 0)
		return false;
	bytes = cursor_take(c, sizeof(head));
	if (!bytes)
		return false;
	memcpy(&head, bytes, sizeof(head));
	if (!take_rest(c, head.nla_len, sizeof(head), &out->value))
		return false;
	out->type = head.nla_type & NLA_TYPE_MASK;
	return true;
}

bool netlink_u32(struct slice value, uint32_t *out)
{
	if (value.len != sizeof(*out))
		return false;
	memcpy(out, value.at, sizeof(*out));
	return true;
}

bool netlink_be32(struct slice value, uint32_t *out)
{
	uint32_t raw;

	if (!netlink_u32(value, &raw))
		return false;
	*out = ntohl(raw);
	return true;
}

int netlink_error(const struct netlink_message *m, int *error)
{
	int32_t code;

	if (m->type != NLMSG_ERROR && m->type != NLMSG_DONE)
		return ERR_INVALID;
	/* A DONE that ends a datagram of copies has no number: all went well. */
	if (m->type == NLMSG_DONE && m->body.len == 0) {
		*error = 0;
		return 0;
	}
	if (m->body.len < sizeof(code))
		return ERR_TRUNCATED;
	memcpy(&code, m->body.at, sizeof(code));
	/* Errors come negated; a DONE may carry a length, which is none. */
	*error = code < 0 && code > -4096 ? -code : 0;
	return 0;
}

int netlink_err_of(int error)
{
	switch (error) {
	case 0:
		return 0;
	case EPERM:
	case EACCES:
		return ERR_PERMISSION;
	case EBUSY:
		return ERR_BUSY;
	case EEXIST:
		return ERR_EXISTS;
	case ENOENT:
	case ESTALE: /* a socket cookie that is no longer this one */
		return ERR_ABSENT;
	case EOPNOTSUPP:
	case EPROTONOSUPPORT:
	case EAFNOSUPPORT:
		return ERR_UNSUPPORTED;
	case ENOMEM:
		return ERR_MEMORY;
	case EINTR:
	case EAGAIN:
		return ERR_AGAIN;
	default:
		return ERR_IO;
	}
}

uint8_t netlink_hook_of(uint8_t netfilter_hook)
{
	switch (netfilter_hook) {
	case NF_INET_FORWARD:
		return HOOK_FORWARD;
	case NF_INET_LOCAL_OUT:
	case NF_INET_POST_ROUTING:
		return HOOK_OUTPUT;
	default:
		return HOOK_INPUT;
	}
}

struct addr netlink_addr(uint8_t family, const void *bytes)
{
	switch (family) {
	case AF_INET:
		return addr_v4(bytes);
	case AF_INET6:
		return addr_v6(bytes);
	default:
		return (struct addr){ 0 };
	}
}
