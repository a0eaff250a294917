/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Notifications of nftables. All objects have their table's name in attribute 1, and
 * elements their set's in attribute 2; no more is read of any but elements.
 */
#include "codec/nft_news.h"

#include <string.h>

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#define ATTR_TABLE 1
#define ATTR_SET 2
#define ATTR_MOST 8

_Static_assert(NFTA_TABLE_NAME == ATTR_TABLE && NFTA_CHAIN_TABLE == ATTR_TABLE &&
		NFTA_RULE_TABLE == ATTR_TABLE && NFTA_SET_TABLE == ATTR_TABLE &&
		NFTA_SET_ELEM_LIST_TABLE == ATTR_TABLE && NFTA_OBJ_TABLE == ATTR_TABLE &&
		NFTA_FLOWTABLE_TABLE == ATTR_TABLE && NFTA_SET_ELEM_LIST_SET == ATTR_SET,
	"one attribute for every object");

static enum nft_news_kind kind_of(unsigned message)
{
	static const enum nft_news_kind kinds[] = {
		[NFT_MSG_NEWTABLE] = NFT_NEWS_STRUCTURE,
		[NFT_MSG_DELTABLE] = NFT_NEWS_TABLE_GONE,
		[NFT_MSG_NEWCHAIN] = NFT_NEWS_STRUCTURE,
		[NFT_MSG_DELCHAIN] = NFT_NEWS_CHAIN_GONE,
		[NFT_MSG_NEWRULE] = NFT_NEWS_RULE_ADDED,
		[NFT_MSG_DELRULE] = NFT_NEWS_RULE_GONE,
		[NFT_MSG_NEWSET] = NFT_NEWS_STRUCTURE,
		[NFT_MSG_DELSET] = NFT_NEWS_SET_GONE,
		[NFT_MSG_NEWSETELEM] = NFT_NEWS_ELEMENT_ADDED,
		[NFT_MSG_DELSETELEM] = NFT_NEWS_ELEMENT_GONE,
		[NFT_MSG_NEWGEN] = NFT_NEWS_GENERATION,
		[NFT_MSG_NEWOBJ] = NFT_NEWS_STRUCTURE,
		[NFT_MSG_DELOBJ] = NFT_NEWS_STRUCTURE,
		[NFT_MSG_NEWFLOWTABLE] = NFT_NEWS_STRUCTURE,
		[NFT_MSG_DELFLOWTABLE] = NFT_NEWS_STRUCTURE,
	};

	return message < sizeof(kinds) / sizeof(kinds[0]) ? kinds[message]
							  : NFT_NEWS_OTHER;
}

/* The first of each; what is too high for us is passed over. */
static int keep(const struct nlattr *a, void *data)
{
	const struct nlattr **attrs = data;
	uint16_t type = mnl_attr_get_type(a);

	if (type <= ATTR_MOST && !attrs[type])
		attrs[type] = a;
	return MNL_CB_OK;
}

static const char *name_in(const struct nlattr *a)
{
	return a && mnl_attr_validate(a, MNL_TYPE_NUL_STRING) >= 0 ? mnl_attr_get_str(a)
								   : "";
}

static uint32_t number_in(const struct nlattr *a)
{
	if (!a || mnl_attr_validate(a, MNL_TYPE_U32) < 0)
		return 0;
	return ntohl(mnl_attr_get_u32(a));
}

static void read_generation(const struct nlattr *const *attrs, struct nft_news *out)
{
	const struct nlattr *comm = attrs[NFTA_GEN_PROC_NAME];
	size_t len = comm ? mnl_attr_get_payload_len(comm) : 0;

	out->generation = number_in(attrs[NFTA_GEN_ID]);
	out->pid = number_in(attrs[NFTA_GEN_PROC_PID]);
	if (len > sizeof(out->comm) - 1)
		len = sizeof(out->comm) - 1;
	if (len)
		memcpy(out->comm, mnl_attr_get_payload(comm), len);
}

static bool is_element(enum nft_news_kind kind)
{
	return kind == NFT_NEWS_ELEMENT_GONE || kind == NFT_NEWS_ELEMENT_ADDED;
}

/* A whole message of nf_tables. */
static void read_message(const struct nlmsghdr *h, struct nft_news *out)
{
	const struct nlattr *attrs[ATTR_MOST + 1] = { NULL };
	struct nfgenmsg g;

	memcpy(&g, mnl_nlmsg_get_payload(h), sizeof(g));
	out->kind = kind_of(NFNL_MSG_TYPE(h->nlmsg_type));
	(void)mnl_attr_parse(h, sizeof(g), keep, attrs);
	if (out->kind == NFT_NEWS_GENERATION) {
		read_generation(attrs, out);
		return;
	}
	out->ours = g.nfgen_family == NFPROTO_INET &&
		strcmp(name_in(attrs[ATTR_TABLE]), NFT_TABLE) == 0;
	if (out->ours && is_element(out->kind) &&
		!nft_dump_find_set(name_in(attrs[ATTR_SET]), &out->set))
		out->elements = h;
}

bool nft_news_next(struct slice *datagram, struct nft_news *out)
{
	const struct nlmsghdr *h = (const struct nlmsghdr *)datagram->at;
	size_t step;

	/* Not mnl_nlmsg_ok, which takes a length above 2 GiB for a negative one. */
	if (datagram->len < sizeof(*h) || h->nlmsg_len < sizeof(*h) ||
		h->nlmsg_len > datagram->len)
		return false;
	*out = (struct nft_news){ .portid = h->nlmsg_pid };
	if (NFNL_SUBSYS_ID(h->nlmsg_type) == NFNL_SUBSYS_NFTABLES &&
		mnl_nlmsg_get_payload_len(h) >= sizeof(struct nfgenmsg))
		read_message(h, out);
	step = MNL_ALIGN(h->nlmsg_len);
	if (step > datagram->len)
		step = datagram->len;
	datagram->at += step;
	datagram->len -= step;
	return true;
}
