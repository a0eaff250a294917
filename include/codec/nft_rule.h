/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One rule of the description as libnftnl's rule. Pure but for libnftnl's own memory.
 */
#ifndef TIDEGATE_CODEC_NFT_RULE_H
#define TIDEGATE_CODEC_NFT_RULE_H

#include <libnftnl/rule.h>

#include "codec/nft_ruleset.h"

/* The caller frees it with nftnl_rule_free; NULL where there is no memory. */
struct nftnl_rule *nft_rule_make(const struct nft_ruleset *rs, const struct nft_rule *r);

#endif
