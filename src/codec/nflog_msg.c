/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Builds and reads NFLOG's messages. No library of ours knows NFLOG: libmnl builds, the
 * cursor reads.
 */
#include "codec/nflog_msg.h"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>
#include <string.h>
#include <sys/socket.h>

#include "base/err.h"

#define TYPE(message) (NFNL_SUBSYS_ULOG << 8 | (message))

int nflog_msg_config(void *buf, size_t size, const struct nflog_config *c, size_t *len)
{
	struct nfulnl_msg_config_cmd bind = { .command = NFULNL_CFG_CMD_BIND };
	struct nfulnl_msg_config_mode mode = { .copy_mode = NFULNL_COPY_PACKET,
		.copy_range = htonl(c->copy_range) };
	struct nfgenmsg *head;
	struct nlmsghdr *nlh;

	if (size < NFLOG_CONFIG_BYTES)
		return ERR_FULL;
	nlh = mnl_nlmsg_put_header(buf);
	nlh->nlmsg_type = TYPE(NFULNL_MSG_CONFIG);
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	nlh->nlmsg_seq = c->seq;
	head = mnl_nlmsg_put_extra_header(nlh, sizeof(*head));
	head->nfgen_family = AF_UNSPEC;
	head->version = NFNETLINK_V0;
	head->res_id = htons(c->group);
	mnl_attr_put(nlh, NFULA_CFG_CMD, sizeof(bind), &bind);
	mnl_attr_put(nlh, NFULA_CFG_MODE, sizeof(mode), &mode);
	mnl_attr_put_u32(nlh, NFULA_CFG_NLBUFSIZ, htonl(c->buffer_bytes));
	mnl_attr_put_u32(nlh, NFULA_CFG_TIMEOUT, htonl((c->timeout_ms + 9) / 10));
	mnl_attr_put_u32(nlh, NFULA_CFG_QTHRESH, htonl(c->threshold));
	mnl_attr_put_u16(nlh, NFULA_CFG_FLAGS, htons(NFULNL_CFG_F_SEQ));
	*len = nlh->nlmsg_len;
	return 0;
}

static bool take_header(struct slice value, struct nflog_packet *out)
{
	struct cursor c = cursor_over(value);
	uint8_t inet_hook;

	cursor_skip(&c, sizeof(uint16_t)); /* the protocol: the IP header says it too */
	inet_hook = cursor_u8(&c);
	if (c.failed)
		return false;
	out->meta.hook = netlink_hook_of(inet_hook);
	return true;
}

/* The kernel counts the terminator in. */
static struct slice prefix_of_value(struct slice value)
{
	const uint8_t *end = value.len ? memchr(value.at, 0, value.len) : NULL;

	return (struct slice){ value.at, end ? (size_t)(end - value.at) : value.len };
}

static bool take_attribute(const struct netlink_attribute *a, struct nflog_packet *out)
{
	switch (a->type) {
	case NFULA_PACKET_HDR:
		return take_header(a->value, out);
	case NFULA_IFINDEX_INDEV:
		netlink_be32(a->value, &out->meta.if_in);
		break;
	case NFULA_IFINDEX_OUTDEV:
		netlink_be32(a->value, &out->meta.if_out);
		break;
	case NFULA_UID:
		out->meta.uid_known = netlink_be32(a->value, &out->meta.uid);
		break;
	case NFULA_PREFIX:
		out->prefix = prefix_of_value(a->value);
		break;
	case NFULA_SEQ:
		out->numbered = netlink_be32(a->value, &out->number);
		break;
	case NFULA_PAYLOAD:
		out->payload = a->value;
		break;
	default:
		break;
	}
	return false;
}

/* What the IP header says of the packet's length; 0 where there is no such header. */
static uint32_t stated_length(struct slice bytes)
{
	struct cursor c = cursor_over(bytes);
	uint8_t version = cursor_u8(&c) >> 4;
	uint32_t len = 0;

	if (version == 4) {
		cursor_skip(&c, 1);
		len = cursor_be16(&c);
	} else if (version == 6) {
		cursor_skip(&c, 3);
		len = 40u + cursor_be16(&c);
	}
	return c.failed ? 0 : len;
}

static uint32_t wire_length(struct slice bytes, uint32_t copy_range)
{
	uint32_t stated;

	if (bytes.len < copy_range)
		return (uint32_t)bytes.len;
	stated = stated_length(bytes);
	return stated > bytes.len ? stated : (uint32_t)bytes.len;
}

uint16_t nflog_msg_group(const struct netlink_message *m)
{
	struct cursor c = cursor_over(m->body);

	cursor_skip(&c, 2); /* family and version of nfgenmsg */
	return m->type == TYPE(NFULNL_MSG_PACKET) ? cursor_be16(&c) : 0;
}

int nflog_msg_packet(const struct netlink_message *m, mono_t at, uint32_t copy_range,
	struct nflog_packet *out)
{
	struct nflog_packet p = { .meta = { .at = at }, .group = nflog_msg_group(m) };
	struct cursor c = cursor_over(m->body);
	struct netlink_attribute a;
	bool known = false;

	if (m->type != TYPE(NFULNL_MSG_PACKET))
		return ERR_INVALID;
	cursor_skip(&c, sizeof(struct nfgenmsg));
	while (netlink_next_attribute(&c, &a))
		known |= take_attribute(&a, &p);
	if (!known)
		return ERR_TRUNCATED;
	/* What comes in may have been given to its receiver's socket already. */
	p.meta.uid_known &= p.meta.hook == HOOK_OUTPUT;
	p.meta.wire_len = wire_length(p.payload, copy_range);
	*out = p;
	return 0;
}
