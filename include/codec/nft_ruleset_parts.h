/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the two halves of the description share: the words that rules are written with. For nft_ruleset.c and
 * nft_ruleset_egress.c alone.
 */
#ifndef TIDEGATE_CODEC_NFT_RULESET_PARTS_H
#define TIDEGATE_CODEC_NFT_RULESET_PARTS_H

#include "codec/nft_ruleset.h"

/* States of conntrack as nftables' bits (NF_CT_STATE_BIT of the kernel). */
enum {
	STATE_INVALID = 1,
	STATE_ESTABLISHED = 2,
	STATE_RELATED = 4,
	STATE_NEW = 8,
};

/* A rule of up to six operations; the list ends early with NFT_OP_END. */
static inline void add(struct nft_ruleset *rs, enum nft_chain_id chain, const char *why,
	const struct nft_op ops[NFT_RULE_OPS])
{
	struct nft_rule *r = &rs->rules[rs->n_rules++];

	r->chain = chain;
	r->why = why;
	for (size_t i = 0; i < NFT_RULE_OPS; i++)
		r->ops[i] = ops[i];
}

static inline struct nft_op plain(enum nft_op_kind kind)
{
	return (struct nft_op){ .kind = kind };
}

static inline struct nft_op with(enum nft_op_kind kind, uint32_t a, uint32_t b)
{
	return (struct nft_op){ .kind = kind, .a = a, .b = b };
}

static inline struct nft_op state(uint32_t mask)
{
	return with(NFT_OP_CT_STATE, mask, 0);
}

static inline struct nft_op protocol(uint8_t proto)
{
	return with(NFT_OP_L4PROTO, proto, 0);
}

static inline struct nft_op flags(uint8_t mask, uint8_t value)
{
	return with(NFT_OP_TCP_FLAGS, mask, value);
}

static inline struct nft_op to(enum nft_op_kind kind, enum nft_chain_id chain)
{
	return (struct nft_op){ .kind = kind, .chain = chain };
}

static inline struct nft_op in_set(enum nft_op_kind kind, enum nft_set_id set)
{
	return (struct nft_op){ .kind = kind, .set = set };
}

/* At most two operations, which is most rules. */
static inline void add2(struct nft_ruleset *rs, enum nft_chain_id chain, struct nft_op first,
	struct nft_op second)
{
	const struct nft_op ops[NFT_RULE_OPS] = { first, second };

	add(rs, chain, "", ops);
}

/* nft_ruleset_egress.c: the chains that what leaves is sent through, and the hook that sends it there. */
void nft_ruleset_add_egress(struct nft_ruleset *rs, const struct nft_opts *o);
void nft_ruleset_add_output(struct nft_ruleset *rs, const struct nft_opts *o);
/* The answers to our own DNS queries, for the hook that they come in by. */
void nft_ruleset_add_answers(struct nft_ruleset *rs, const struct nft_opts *o);

#endif
