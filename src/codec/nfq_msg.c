/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Builds and reads NFQUEUE's messages. What goes out is made by libmnl and
 * libnetfilter_queue, whose putters do not look at the end of the buffer: room is checked
 * before the first of them. What comes in goes through the cursor.
 */
#include "codec/nfq_msg.h"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <libnetfilter_queue/libnetfilter_queue.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/err.h"

#define PACKET_TYPE (NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_PACKET)

_Static_assert(NFQ_VERDICT_BYTES ==
	NLMSG_HDRLEN + sizeof(struct nfgenmsg) + NLA_HDRLEN +
	sizeof(struct nfqnl_msg_verdict_hdr), "a verdict is that long");

int nfq_msg_config(void *buf, size_t size, const struct nfq_config *c, size_t *len)
{
	uint32_t flags = (c->fail_open ? NFQA_CFG_F_FAIL_OPEN : 0) |
		(c->gso ? NFQA_CFG_F_GSO : 0) | (c->owner ? NFQA_CFG_F_UID_GID : 0);
	struct nlmsghdr *nlh;

	if (size < NFQ_CONFIG_BYTES)
		return ERR_FULL;
	nlh = nfq_nlmsg_put(buf, NFQNL_MSG_CONFIG, c->queue);
	nlh->nlmsg_flags |= NLM_F_ACK;
	nlh->nlmsg_seq = c->seq;
	nfq_nlmsg_cfg_put_cmd(nlh, AF_UNSPEC, NFQNL_CFG_CMD_BIND);
	nfq_nlmsg_cfg_put_params(nlh, NFQNL_COPY_PACKET, (int)c->copy_range);
	nfq_nlmsg_cfg_put_qmaxlen(nlh, c->maxlen);
	/* The mask names all, so that a flag that is not wanted is also taken away. Each
	 * attribute stands once: of two the kernel keeps the last. */
	mnl_attr_put_u32(nlh, NFQA_CFG_FLAGS, htonl(flags));
	mnl_attr_put_u32(nlh, NFQA_CFG_MASK,
		htonl(NFQA_CFG_F_FAIL_OPEN | NFQA_CFG_F_GSO | NFQA_CFG_F_UID_GID));
	*len = nlh->nlmsg_len;
	return 0;
}

static size_t put_verdict(uint8_t *at, int type, uint16_t queue, uint32_t id, int verdict)
{
	struct nlmsghdr *nlh = nfq_nlmsg_put((char *)at, type, queue);

	nfq_nlmsg_verdict_put(nlh, (int)id, verdict);
	return nlh->nlmsg_len;
}

struct newest {
	uint16_t queue;
	uint32_t id;
};

/* Remembers the newest accepted id of each queue. Ids wrap, so newer is a difference. */
static int note_accept(struct newest *list, size_t *n, const struct nfq_packet *p)
{
	for (size_t i = 0; i < *n; i++) {
		if (list[i].queue != p->queue)
			continue;
		if ((int32_t)(p->id - list[i].id) > 0)
			list[i].id = p->id;
		return 0;
	}
	if (*n == NFQ_MSG_QUEUES)
		return ERR_RANGE;
	list[(*n)++] = (struct newest){ .queue = p->queue, .id = p->id };
	return 0;
}

int nfq_msg_verdicts(void *buf, size_t size, const struct nfq_packet *p,
	const uint8_t *verdicts, size_t n, size_t *len)
{
	struct newest accepts[NFQ_MSG_QUEUES];
	uint8_t *at = buf;
	size_t queues = 0;

	if (n > size / NFQ_VERDICT_BYTES ||
	    size < (n + NFQ_MSG_QUEUES) * NFQ_VERDICT_BYTES)
		return ERR_FULL;
	for (size_t i = 0; i < n; i++) {
		if (verdicts[i])
			at += put_verdict(at, NFQNL_MSG_VERDICT, p[i].queue, p[i].id,
				NF_DROP);
		else if (note_accept(accepts, &queues, &p[i]))
			return ERR_RANGE;
	}
	for (size_t i = 0; i < queues; i++)
		at += put_verdict(at, NFQNL_MSG_VERDICT_BATCH, accepts[i].queue,
			accepts[i].id, NF_ACCEPT);
	*len = (size_t)(at - (uint8_t *)buf);
	return 0;
}

static bool take_header(struct slice value, struct nfq_packet *out)
{
	struct cursor c = cursor_over(value);
	uint32_t id = cursor_be32(&c);

	cursor_skip(&c, sizeof(uint16_t)); /* the protocol: the IP header says it too */
	uint8_t inet_hook = cursor_u8(&c);

	if (c.failed)
		return false;
	out->id = id;
	out->meta.hook = netlink_hook_of(inet_hook);
	return true;
}

static bool take_attribute(const struct netlink_attribute *a, struct nfq_packet *out)
{
	switch (a->type) {
	case NFQA_PACKET_HDR:
		return take_header(a->value, out);
	case NFQA_IFINDEX_INDEV:
		netlink_be32(a->value, &out->meta.if_in);
		break;
	case NFQA_IFINDEX_OUTDEV:
		netlink_be32(a->value, &out->meta.if_out);
		break;
	case NFQA_CAP_LEN:
		netlink_be32(a->value, &out->cap_len);
		break;
	case NFQA_UID:
		out->meta.uid_known = netlink_be32(a->value, &out->meta.uid);
		break;
	case NFQA_PAYLOAD:
		out->payload = a->value;
		break;
	default:
		break;
	}
	return false;
}

int nfq_msg_packet(const struct netlink_message *m, mono_t at, bool state_known,
	struct nfq_packet *out)
{
	struct nfq_packet p = { .meta = { .at = at, .held = true,
		.state_known = state_known } };
	struct cursor c = cursor_over(m->body);
	struct netlink_attribute a;
	bool known = false;

	if (m->type != PACKET_TYPE)
		return ERR_INVALID;
	cursor_skip(&c, 2); /* family and version of nfgenmsg */
	p.queue = cursor_be16(&c);
	while (netlink_next_attribute(&c, &a))
		known |= take_attribute(&a, &p);
	if (!known)
		return ERR_TRUNCATED;
	p.meta.uid_known &= p.meta.hook == HOOK_OUTPUT; /* else the receiver's */
	p.meta.wire_len = p.cap_len > p.payload.len ? p.cap_len : (uint32_t)p.payload.len;
	*out = p;
	return 0;
}

int nfq_msg_stats_line(const char *line, struct nfq_queue_stats *out)
{
	unsigned long n[8];

	for (size_t i = 0; i < 8; i++) {
		char *end;

		n[i] = strtoul(line, &end, 10);
		if (end == line || n[i] > UINT32_MAX)
			return ERR_INVALID;
		line = end;
	}
	*out = (struct nfq_queue_stats){
		.queue = (uint16_t)n[0],
		.owner = (uint32_t)n[1],
		.waiting = (uint32_t)n[2],
		.copy_range = (uint32_t)n[4], /* n[3] is the copy mode, always ours */
		.queue_dropped = (uint32_t)n[5],
		.user_dropped = (uint32_t)n[6],
		.id_sequence = (uint32_t)n[7],
	};
	return 0;
}
