/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads three kinds of nftables' objects attribute by attribute: few fields of many, for
 * which the library would allocate every expression of every rule.
 */
#include "codec/nft_others.h"

#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>

#include "base/err.h"

#define TYPE(message) (NFNL_SUBSYS_NFTABLES << 8 | (message))

int nft_others_dump(void *buf, size_t size, enum nft_others_kind kind, uint32_t seq,
	size_t *len)
{
	static const uint16_t messages[] = {
		[NFT_OTHERS_CHAIN] = NFT_MSG_GETCHAIN,
		[NFT_OTHERS_FLOWTABLE] = NFT_MSG_GETFLOWTABLE,
		[NFT_OTHERS_RULE] = NFT_MSG_GETRULE,
	};
	struct nlmsghdr *nlh;

	if (size < NFT_OTHERS_REQUEST_BYTES)
		return ERR_FULL;
	nlh = mnl_nlmsg_put_header(buf);
	nlh->nlmsg_type = TYPE(messages[kind]);
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	nlh->nlmsg_seq = seq;
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct nfgenmsg));
	*len = nlh->nlmsg_len;
	return 0;
}

static void take_name(struct slice value, char out[NFT_OTHERS_NAME])
{
	size_t n = 0;

	for (; n < value.len && n + 1 < NFT_OTHERS_NAME && value.at[n]; n++)
		out[n] = value.at[n] > ' ' && value.at[n] < 0x7f ? (char)value.at[n] : '?';
	out[n] = '\0';
}

static bool is_name(struct slice value, const char *name)
{
	size_t n = strlen(name);

	return value.len > n && memcmp(value.at, name, n + 1) == 0;
}

static void take_hook(struct slice value, struct nft_others *out)
{
	struct cursor c = cursor_over(value);
	struct netlink_attribute a;
	uint32_t priority;

	out->base = true;
	while (netlink_next_attribute(&c, &a)) {
		if (a.type == NFTA_HOOK_HOOKNUM)
			netlink_be32(a.value, &out->hook);
		else if (a.type == NFTA_HOOK_PRIORITY && netlink_be32(a.value, &priority))
			out->priority = (int32_t)priority;
	}
}

/* The name of iptables' target within its expression. */
static bool target_untracks(struct slice data)
{
	struct cursor c = cursor_over(data);
	struct netlink_attribute a;

	while (netlink_next_attribute(&c, &a))
		if (a.type == NFTA_TARGET_NAME)
			return is_name(a.value, "CT") || is_name(a.value, "NOTRACK");
	return false;
}

static bool expression_untracks(struct slice value)
{
	struct cursor c = cursor_over(value);
	struct netlink_attribute a;
	bool target = false;

	while (netlink_next_attribute(&c, &a)) {
		if (a.type == NFTA_EXPR_NAME) {
			if (is_name(a.value, "notrack"))
				return true;
			target = is_name(a.value, "target");
		} else if (a.type == NFTA_EXPR_DATA && target)
			return target_untracks(a.value);
	}
	return false;
}

static bool rule_untracks(struct slice value)
{
	struct cursor c = cursor_over(value);
	struct netlink_attribute a;

	while (netlink_next_attribute(&c, &a))
		if (a.type == NFTA_LIST_ELEM && expression_untracks(a.value))
			return true;
	return false;
}

static void take_chain(const struct netlink_attribute *a, struct nft_others *out)
{
	if (a->type == NFTA_CHAIN_TABLE)
		take_name(a->value, out->table);
	else if (a->type == NFTA_CHAIN_NAME)
		take_name(a->value, out->name);
	else if (a->type == NFTA_CHAIN_HOOK)
		take_hook(a->value, out);
}

static void take_flowtable(const struct netlink_attribute *a, struct nft_others *out)
{
	if (a->type == NFTA_FLOWTABLE_TABLE)
		take_name(a->value, out->table);
	else if (a->type == NFTA_FLOWTABLE_NAME)
		take_name(a->value, out->name);
}

static void take_rule(const struct netlink_attribute *a, struct nft_others *out)
{
	if (a->type == NFTA_RULE_TABLE)
		take_name(a->value, out->table);
	else if (a->type == NFTA_RULE_CHAIN)
		take_name(a->value, out->name);
	else if (a->type == NFTA_RULE_EXPRESSIONS)
		out->untracks = rule_untracks(a->value);
}

int nft_others_parse(const struct netlink_message *m, struct nft_others *out)
{
	struct cursor c = cursor_over(m->body);
	struct nft_others o = { 0 };
	struct netlink_attribute a;
	struct nfgenmsg head;

	switch (m->type) {
	case TYPE(NFT_MSG_NEWCHAIN):
		o.kind = NFT_OTHERS_CHAIN;
		break;
	case TYPE(NFT_MSG_NEWFLOWTABLE):
		o.kind = NFT_OTHERS_FLOWTABLE;
		break;
	case TYPE(NFT_MSG_NEWRULE):
		o.kind = NFT_OTHERS_RULE;
		break;
	default:
		return ERR_INVALID;
	}
	cursor_bytes(&c, &head, sizeof(head));
	o.family = head.nfgen_family;
	while (netlink_next_attribute(&c, &a)) {
		if (o.kind == NFT_OTHERS_CHAIN)
			take_chain(&a, &o);
		else if (o.kind == NFT_OTHERS_FLOWTABLE)
			take_flowtable(&a, &o);
		else
			take_rule(&a, &o);
	}
	if (c.failed)
		return ERR_TRUNCATED;
	*out = o;
	return 0;
}
