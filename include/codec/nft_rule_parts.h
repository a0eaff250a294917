/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a rule in the making is, for nft_rule.c (what is done) and nft_rule_match.c (what a packet must be).
 */
#ifndef TIDEGATE_CODEC_NFT_RULE_PARTS_H
#define TIDEGATE_CODEC_NFT_RULE_PARTS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h> /* of libnftnl: FILE */

#include <libnftnl/expr.h>
#include <libnftnl/rule.h>

#include "codec/nft_ruleset.h"

#define NFT_RULE_LABEL_BYTES 16

/* A rule in the making; the first failure sticks. */
struct nft_rule_maker {
	struct nftnl_rule *rule;
	const struct nft_ruleset *rs;
	bool failed;
};

/* A new expression at the end of the rule, or NULL; the rule owns it. */
struct nftnl_expr *nft_rule_expr(struct nft_rule_maker *m, const char *name);

/* Loads what a set is looked up with into register 1 and those behind it. level: of a control group. */
void nft_rule_load_key(struct nft_rule_maker *m, enum nft_key key, uint32_t level);

/* A label as the kernel has it: a bit of an array of longs, in this machine's own order. */
void nft_rule_label_bits(uint32_t bit, uint8_t out[NFT_RULE_LABEL_BYTES]);

/* Writes the operation where it asks something of the packet; false where it does something. */
bool nft_rule_match(struct nft_rule_maker *m, const struct nft_op *op);

#endif
