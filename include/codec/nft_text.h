/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The description of our table as the nft tool writes it: for --print-ruleset, for the
 * manual, and for messages about one rule. Word for word what `nft -s list table inet
 * tidegate` of nftables 1.0.6 prints, but for the comments, so that the two can be held
 * against each other.
 */
#ifndef TIDEGATE_CODEC_NFT_TEXT_H
#define TIDEGATE_CODEC_NFT_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"
#include "codec/nft_ruleset.h"

#define NFT_TEXT_BYTES 65536 /* holds any ruleset of ours */

void nft_text_write(const struct nft_ruleset *rs, bool comments, struct text *out);

/* One rule, without its chain: "ip saddr @drop4 drop". */
void nft_text_rule(
	const struct nft_ruleset *rs, const struct nft_rule *r, struct text *out);

#endif
