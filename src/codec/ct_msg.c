/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conntrack's messages by libnetfilter_conntrack, and the judgement on an entry.
 */
#include "codec/ct_msg.h"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <libnetfilter_conntrack/libnetfilter_conntrack.h>
#include <libnetfilter_conntrack/libnetfilter_conntrack_sctp.h>
#include <libnetfilter_conntrack/libnetfilter_conntrack_tcp.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "base/err.h"
#include "codec/netlink.h"
#include "codec/nft_ruleset.h"
#include "core/packet.h"

#define TYPE(message) (NFNL_SUBSYS_CTNETLINK << 8 | (message))

/* Bits that the kernel understands and whose names its headers keep to themselves
 * (nf_conntrack_netlink.c), or did not have yet. */
enum {
	FILTER_IP_SRC = 1 << 0,
	STATUS_OFFLOAD = 1 << 14,
};

static bool has_ports(uint8_t proto)
{
	return proto == PROTO_TCP || proto == PROTO_UDP || proto == PROTO_SCTP;
}

static void set_addresses(struct nf_conntrack *ct, const struct tuple *t)
{
	bool v4 = t->src.family == FAMILY_V4;

	nfct_set_attr_u8(ct, ATTR_ORIG_L3PROTO, v4 ? AF_INET : AF_INET6);
	nfct_set_attr(ct, v4 ? ATTR_ORIG_IPV4_SRC : ATTR_ORIG_IPV6_SRC, t->src.bytes);
	nfct_set_attr(ct, v4 ? ATTR_ORIG_IPV4_DST : ATTR_ORIG_IPV6_DST, t->dst.bytes);
}

int ct_msg_get(void *buf, size_t size, const struct tuple *t, uint32_t seq, size_t *len)
{
	struct nf_conntrack *ct;
	struct nlmsghdr *nlh;
	struct nfgenmsg *head;

	if (size < CT_REQUEST_BYTES)
		return ERR_FULL;
	if (t->src.family == FAMILY_NONE || t->src.family != t->dst.family ||
	    !has_ports(t->proto))
		return ERR_INVALID;
	ct = nfct_new();
	if (!ct)
		return ERR_MEMORY;
	set_addresses(ct, t);
	nfct_set_attr_u8(ct, ATTR_ORIG_L4PROTO, t->proto);
	nfct_set_attr_u16(ct, ATTR_ORIG_PORT_SRC, htons(t->sport));
	nfct_set_attr_u16(ct, ATTR_ORIG_PORT_DST, htons(t->dport));
	nlh = mnl_nlmsg_put_header(buf);
	nlh->nlmsg_type = TYPE(IPCTNL_MSG_CT_GET);
	nlh->nlmsg_flags = NLM_F_REQUEST;
	nlh->nlmsg_seq = seq;
	head = mnl_nlmsg_put_extra_header(nlh, sizeof(*head));
	head->nfgen_family = t->src.family == FAMILY_V4 ? AF_INET : AF_INET6;
	nfct_nlmsg_build(nlh, ct);
	nfct_destroy(ct);
	*len = nlh->nlmsg_len;
	return 0;
}

static uint64_t counter(const struct nf_conntrack *ct, enum nf_conntrack_attr attr)
{
	return nfct_attr_is_set(ct, attr) > 0 ? nfct_get_attr_u64(ct, attr) : 0;
}

int ct_msg_dump(void *buf, size_t size, const struct prefix *source, uint32_t seq,
	size_t *len)
{
	const struct addr *a = &source->addr;
	bool v4 = a->family == FAMILY_V4;
	struct nlmsghdr *nlh;
	struct nfgenmsg *head;
	struct nlattr *outer, *inner;

	if (size < CT_REQUEST_BYTES)
		return ERR_FULL;
	nlh = mnl_nlmsg_put_header(buf);
	nlh->nlmsg_type = TYPE(IPCTNL_MSG_CT_GET);
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	nlh->nlmsg_seq = seq;
	head = mnl_nlmsg_put_extra_header(nlh, sizeof(*head));
	head->nfgen_family = v4 ? AF_INET : AF_INET6;
	if (source->len == addr_bits(a)) {
		outer = mnl_attr_nest_start(nlh, CTA_TUPLE_ORIG);
		inner = mnl_attr_nest_start(nlh, CTA_TUPLE_IP);
		mnl_attr_put(nlh, v4 ? CTA_IP_V4_SRC : CTA_IP_V6_SRC, v4 ? 4 : 16, a->bytes);
		mnl_attr_nest_end(nlh, inner);
		mnl_attr_nest_end(nlh, outer);
		outer = mnl_attr_nest_start(nlh, CTA_FILTER);
		mnl_attr_put_u32(nlh, CTA_FILTER_ORIG_FLAGS, FILTER_IP_SRC);
		mnl_attr_put_u32(nlh, CTA_FILTER_REPLY_FLAGS, 0);
		mnl_attr_nest_end(nlh, outer);
	}
	*len = nlh->nlmsg_len;
	return 0;
}

/* The library's bits are those of the kernel where the least byte comes first; elsewhere
 * the bit is not found, and nothing is proven by it. */
static bool has_label(const struct nf_conntrack *ct, unsigned bit)
{
	const struct nfct_bitmask *labels = nfct_get_attr(ct, ATTR_CONNLABELS);

	return labels && bit <= nfct_bitmask_maxbit(labels) &&
		nfct_bitmask_test_bit(labels, bit);
}

/* The message as the library sees it; NULL with *err. */
static struct nf_conntrack *parse(struct slice message, int *err)
{
	struct cursor c = cursor_over(message);
	struct netlink_message m;
	struct nf_conntrack *ct;

	*err = ERR_TRUNCATED;
	if (!netlink_next(&c, &m))
		return NULL;
	*err = ERR_INVALID;
	if (m.type != TYPE(IPCTNL_MSG_CT_NEW) || m.body.len < sizeof(struct nfgenmsg))
		return NULL;
	ct = nfct_new();
	if (!ct) {
		*err = ERR_MEMORY;
		return NULL;
	}
	/* The lengths of the header were checked above; the library checks the others. */
	if (nfct_nlmsg_parse((const void *)message.at, ct) >= 0)
		return ct;
	nfct_destroy(ct);
	return NULL;
}

int ct_msg_entry(struct slice message, struct ct_entry *out)
{
	int err;
	struct nf_conntrack *ct = parse(message, &err);

	if (!ct)
		return err;
	*out = (struct ct_entry){
		.proto = nfct_get_attr_u8(ct, ATTR_ORIG_L4PROTO),
		.tcp_state = nfct_get_attr_u8(ct, ATTR_TCP_STATE),
		.sctp_state = nfct_get_attr_u8(ct, ATTR_SCTP_STATE),
		.status = nfct_get_attr_u32(ct, ATTR_STATUS),
		.ended = has_label(ct, NFT_LABEL_ENDED),
		.v6 = nfct_get_attr_u8(ct, ATTR_ORIG_L3PROTO) == AF_INET6,
		.packets = counter(ct, ATTR_ORIG_COUNTER_PACKETS),
		.bytes = counter(ct, ATTR_ORIG_COUNTER_BYTES),
		.answers = counter(ct, ATTR_REPL_COUNTER_PACKETS),
	};
	nfct_destroy(ct);
	return 0;
}

static struct addr address(const struct nf_conntrack *ct, enum nf_conntrack_attr v4,
	enum nf_conntrack_attr v6)
{
	const uint8_t *four = nfct_get_attr(ct, v4);
	const uint8_t *six = nfct_get_attr(ct, v6);

	if (nfct_get_attr_u8(ct, ATTR_ORIG_L3PROTO) == AF_INET)
		return four ? addr_v4(four) : (struct addr){ 0 };
	return six ? addr_v6(six) : (struct addr){ 0 };
}

int ct_msg_flow(struct slice message, struct ct_flow *out)
{
	int err;
	struct nf_conntrack *ct = parse(message, &err);

	if (!ct)
		return err;
	*out = (struct ct_flow){
		.id = nfct_get_attr_u32(ct, ATTR_ID),
		.tuple = {
			.src = address(ct, ATTR_ORIG_IPV4_SRC, ATTR_ORIG_IPV6_SRC),
			.dst = address(ct, ATTR_ORIG_IPV4_DST, ATTR_ORIG_IPV6_DST),
			.sport = ntohs(nfct_get_attr_u16(ct, ATTR_ORIG_PORT_SRC)),
			.dport = ntohs(nfct_get_attr_u16(ct, ATTR_ORIG_PORT_DST)),
			.proto = nfct_get_attr_u8(ct, ATTR_ORIG_L4PROTO),
		},
		.end = address(ct, ATTR_REPL_IPV4_SRC, ATTR_REPL_IPV6_SRC),
		.offloaded = nfct_get_attr_u32(ct, ATTR_STATUS) & STATUS_OFFLOAD,
		.counted = nfct_attr_is_set(ct, ATTR_ORIG_COUNTER_BYTES) > 0,
		.bytes = { nfct_get_attr_u64(ct, ATTR_ORIG_COUNTER_BYTES), nfct_get_attr_u64(ct, ATTR_REPL_COUNTER_BYTES) },
	};
	nfct_destroy(ct);
	return 0;
}

/*
 * Of what was reset, the state does not tell whether it had been a conversation: SYN, acknowledgement and a word, and two
 * packets back, are more than a scan of either kind sends before its own reset (which gets the SYN-ACK alone).
 */
static bool was_spoken(const struct ct_entry *e)
{
	return e->packets >= 3 && e->answers >= 2;
}

static enum entry_phase phase_of(uint8_t state)
{
	switch (state) {
	case TCP_CONNTRACK_ESTABLISHED:
	case TCP_CONNTRACK_FIN_WAIT:
	case TCP_CONNTRACK_CLOSE_WAIT:
	case TCP_CONNTRACK_LAST_ACK:
	case TCP_CONNTRACK_TIME_WAIT:
		return ENTRY_OPEN;
	case TCP_CONNTRACK_CLOSE:
		return ENTRY_RESET;
	case TCP_CONNTRACK_SYN_RECV:
	case TCP_CONNTRACK_SYN_SENT2:
		return ENTRY_HALF_OPEN;
	default:
		return ENTRY_NEW; /* SYN_SENT */
	}
}

static struct entry_word word_of(const struct ct_entry *e)
{
	return (struct entry_word){ .phase = phase_of(e->tcp_state), .replied = e->status & IPS_SEEN_REPLY,
		.ended = e->ended, .spoken = was_spoken(e) };
}

static enum ask_fate tcp_fate(const struct ct_entry *e)
{
	const struct entry_word w = word_of(e);

	return entry_fate(&w);
}

enum ask_fate ct_msg_called(const struct ct_entry *e)
{
	const struct entry_word w = word_of(e);

	if (e->proto == PROTO_TCP)
		return entry_fate_called(&w);
	return w.replied ? FATE_TRACKED : FATE_HALF_OPEN;
}

static enum ask_fate sctp_fate(uint8_t state, bool proven)
{
	switch (state) {
	case SCTP_CONNTRACK_ESTABLISHED:
	case SCTP_CONNTRACK_SHUTDOWN_SENT:
	case SCTP_CONNTRACK_SHUTDOWN_RECD:
	case SCTP_CONNTRACK_SHUTDOWN_ACK_SENT:
		return proven ? FATE_TRACKED : FATE_GONE;
	case SCTP_CONNTRACK_COOKIE_WAIT:
	case SCTP_CONNTRACK_COOKIE_ECHOED:
		return FATE_HALF_OPEN;
	default:
		return FATE_GONE;
	}
}

enum ask_fate ct_msg_fate(const struct ct_entry *e)
{
	bool replied = e->status & IPS_SEEN_REPLY;
	bool proven = replied && e->status & IPS_ASSURED;

	switch (e->proto) {
	case PROTO_TCP:
		return tcp_fate(e);
	case PROTO_SCTP:
		return sctp_fate(e->sctp_state, proven);
	default:
		return replied ? FATE_HALF_OPEN : FATE_GONE;
	}
}

bool ct_msg_silent(const struct ct_entry *e)
{
	uint64_t header = e->v6 ? 80 : 60;

	return e->proto == PROTO_TCP && e->packets && e->bytes <= e->packets * header;
}
