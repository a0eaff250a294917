/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The description of our table -> netlink messages, by libnftnl; and back from the number
 * of a message to the name of what it makes.
 */
#include "codec/nft_encode.h"

#include <assert.h>

#include <libnftnl/chain.h>
#include <libnftnl/rule.h>
#include <libnftnl/set.h>
#include <libnftnl/table.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "base/err.h"
#include "codec/nft_key.h"
#include "codec/nft_rule.h"
#include "codec/nft_text.h"

#define TABLE_OWNER 0x2   /* NFT_TABLE_F_OWNER, of Linux 5.12 */
#define TABLE_PERSIST 0x4 /* NFT_TABLE_F_PERSIST, of Linux 6.9; not in all headers */

#define TABLE_MESSAGES 3 /* sure, deleted, anew */

/* Ends a message that libnftnl has written, which does not look at its bounds. */
static void commit(struct nft_batch *b, const struct nlmsghdr *h)
{
	assert(h->nlmsg_len <= NFT_MESSAGE_MAX);
	nft_batch_commit(b, h);
}

static int put_table(struct nft_batch *b, unsigned type, unsigned flags, bool owned)
{
	struct nlmsghdr *h = nft_batch_message(b, type, flags);
	struct nftnl_table *t;

	if (!h)
		return ERR_FULL;
	t = nftnl_table_alloc();
	if (!t)
		return ERR_MEMORY;
	nftnl_table_set_str(t, NFTNL_TABLE_NAME, NFT_TABLE);
	if (owned)
		nftnl_table_set_u32(t, NFTNL_TABLE_FLAGS, TABLE_OWNER | TABLE_PERSIST);
	nftnl_table_nlmsg_build_payload(h, t);
	nftnl_table_free(t);
	commit(b, h);
	return 0;
}

static uint32_t set_flags(const struct nft_set_spec *s, const struct nft_key_layout *k)
{
	uint32_t flags = 0;

	if (s->interval)
		flags |= NFT_SET_INTERVAL;
	if (s->dynamic)
		flags |= NFT_SET_EVAL;
	if (s->timeout_ms || s->ends)
		flags |= NFT_SET_TIMEOUT;
	if (k->fields > 1)
		flags |= NFT_SET_CONCAT;
	return flags;
}

/* For the nft tool, which takes a number for one in the network's order otherwise: its type 0 (byte order of the
 * key), length, and 1, which is the machine's own. */
static const struct {
	uint8_t type, len;
	uint8_t value[sizeof(uint32_t)];
} host_order = {
	.len = sizeof(uint32_t),
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	.value = { 1 },
#else
	.value = { 0, 0, 0, 1 },
#endif
};

static int put_set(struct nft_batch *b, const struct nft_set_spec *s, uint32_t id)
{
	struct nft_key_layout k = nft_key_layout(s->key);
	struct nlmsghdr *h = nft_batch_message(b, NFT_MSG_NEWSET, NLM_F_CREATE);
	struct nftnl_set *set;

	if (!h)
		return ERR_FULL;
	set = nftnl_set_alloc();
	if (!set)
		return ERR_MEMORY;
	nftnl_set_set_str(set, NFTNL_SET_TABLE, NFT_TABLE);
	nftnl_set_set_str(set, NFTNL_SET_NAME, s->name);
	nftnl_set_set_u32(set, NFTNL_SET_ID, id);
	nftnl_set_set_u32(set, NFTNL_SET_FLAGS, set_flags(s, &k));
	nftnl_set_set_u32(set, NFTNL_SET_KEY_TYPE, k.type);
	nftnl_set_set_u32(set, NFTNL_SET_KEY_LEN, k.bytes);
	nftnl_set_set_u32(set, NFTNL_SET_DESC_SIZE, s->size);
	if (k.fields > 1)
		nftnl_set_set_data(set, NFTNL_SET_DESC_CONCAT, k.field_bytes, k.fields);
	if (s->timeout_ms)
		nftnl_set_set_u64(set, NFTNL_SET_TIMEOUT, s->timeout_ms);
	if (k.who && k.fields == 1)
		nftnl_set_set_data(set, NFTNL_SET_USERDATA, &host_order, sizeof(host_order));
	nftnl_set_nlmsg_build_payload(h, set);
	nftnl_set_free(set);
	commit(b, h);
	return 0;
}

static int put_chain(struct nft_batch *b, const struct nft_chain_spec *c)
{
	struct nlmsghdr *h = nft_batch_message(b, NFT_MSG_NEWCHAIN, NLM_F_CREATE);
	struct nftnl_chain *chain;

	if (!h)
		return ERR_FULL;
	chain = nftnl_chain_alloc();
	if (!chain)
		return ERR_MEMORY;
	nftnl_chain_set_str(chain, NFTNL_CHAIN_TABLE, NFT_TABLE);
	nftnl_chain_set_str(chain, NFTNL_CHAIN_NAME, c->name);
	if (c->hook >= 0) {
		nftnl_chain_set_str(chain, NFTNL_CHAIN_TYPE, "filter");
		nftnl_chain_set_u32(chain, NFTNL_CHAIN_HOOKNUM, (uint32_t)c->hook);
		nftnl_chain_set_s32(chain, NFTNL_CHAIN_PRIO, c->priority);
		nftnl_chain_set_u32(chain, NFTNL_CHAIN_POLICY, NF_ACCEPT);
	}
	nftnl_chain_nlmsg_build_payload(h, chain);
	nftnl_chain_free(chain);
	commit(b, h);
	return 0;
}

static int put_rule(
	struct nft_batch *b, const struct nft_ruleset *rs, const struct nft_rule *r)
{
	struct nlmsghdr *h = nft_batch_message(
		b, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
	struct nftnl_rule *rule;

	if (!h)
		return ERR_FULL;
	rule = nft_rule_make(rs, r);
	if (!rule)
		return ERR_MEMORY;
	nftnl_rule_nlmsg_build_payload(h, rule);
	nftnl_rule_free(rule);
	commit(b, h);
	return 0;
}

int nft_encode_install(struct nft_batch *b, const struct nft_ruleset *rs)
{
	/* Without flags it is no change to one that is there, whatever its flags. */
	int r = put_table(b, NFT_MSG_NEWTABLE, NLM_F_CREATE, false);

	if (!r)
		r = put_table(b, NFT_MSG_DELTABLE, 0, false);
	if (!r)
		r = put_table(b, NFT_MSG_NEWTABLE, NLM_F_CREATE, rs->owned);
	for (size_t i = 0; !r && i < NFT_SETS; i++)
		r = put_set(b, &rs->sets[i], (uint32_t)i + 1);
	for (size_t i = 0; !r && i < NFT_CHAINS; i++)
		r = rs->chain_used[i] ? put_chain(b, &rs->chains[i]) : 0;
	for (size_t i = 0; !r && i < rs->n_rules; i++)
		r = put_rule(b, rs, &rs->rules[i]);
	return r;
}

int nft_encode_remove(struct nft_batch *b)
{
	return put_table(b, NFT_MSG_DELTABLE, 0, false);
}

/* The chain that was made as number n. */
static size_t nth_chain(const struct nft_ruleset *rs, size_t n)
{
	size_t i = 0;

	while (i < NFT_CHAINS && (!rs->chain_used[i] || n--))
		i++;
	return i;
}

enum nft_object nft_encode_object(const struct nft_ruleset *rs, size_t i, size_t *which)
{
	size_t chains = 0;

	for (size_t c = 0; c < NFT_CHAINS; c++)
		chains += rs->chain_used[c];
	*which = i;
	if (i < TABLE_MESSAGES)
		return NFT_OBJECT_TABLE;
	*which = i -= TABLE_MESSAGES;
	if (i < NFT_SETS)
		return NFT_OBJECT_SET;
	i -= NFT_SETS;
	*which = nth_chain(rs, i);
	if (i < chains)
		return NFT_OBJECT_CHAIN;
	*which = i -= chains;
	if (i < rs->n_rules)
		return NFT_OBJECT_RULE;
	*which = i - rs->n_rules;
	return NFT_OBJECT_ELEMENT;
}

/* Rules are counted within their chain, from 1, as people count. */
static void name_rule(const struct nft_ruleset *rs, size_t rule, struct text *out)
{
	const struct nft_rule *r = &rs->rules[rule];
	unsigned number = 1;

	for (size_t i = 0; i < rule; i++)
		number += rs->rules[i].chain == r->chain;
	text_addf(out, "rule %u of chain %s (", number, rs->chains[r->chain].name);
	nft_text_rule(rs, r, out);
	text_add(out, ")");
}

void nft_encode_name(const struct nft_ruleset *rs, size_t i, struct text *out)
{
	size_t which;

	switch (nft_encode_object(rs, i, &which)) {
	case NFT_OBJECT_TABLE:
		text_add(out, "table inet " NFT_TABLE);
		return;
	case NFT_OBJECT_SET:
		text_addf(out, "set %s", rs->sets[which].name);
		return;
	case NFT_OBJECT_CHAIN:
		text_addf(out, "chain %s", rs->chains[which].name);
		return;
	case NFT_OBJECT_RULE:
		name_rule(rs, which, out);
		return;
	case NFT_OBJECT_ELEMENT:
		text_addf(out, "element %zu", which + 1);
		return;
	}
}
