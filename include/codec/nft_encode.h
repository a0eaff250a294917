/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The description of our table -> the netlink messages that install it, through libnftnl
 * (which allocates; nothing stays behind). One message for each object, in a fixed order,
 * so that the kernel's complaint about message i can be said in the user's words.
 */
#ifndef TIDEGATE_CODEC_NFT_ENCODE_H
#define TIDEGATE_CODEC_NFT_ENCODE_H

#include <stddef.h>

#include "base/text.h"
#include "codec/nft_batch.h"
#include "codec/nft_ruleset.h"

/* A batch's memory that holds any ruleset of ours, without elements. */
#define NFT_RULESET_BYTES (384 * 1024)

/*
 * Appends: the table made sure of, deleted with all it held, and made anew; then its
 * sets, chains and rules. ERR_FULL, ERR_MEMORY.
 */
int nft_encode_install(struct nft_batch *b, const struct nft_ruleset *rs);

/* Appends the deletion of the table. ERR_FULL, ERR_MEMORY. */
int nft_encode_remove(struct nft_batch *b);

enum nft_object {
	NFT_OBJECT_TABLE = 0,
	NFT_OBJECT_SET,
	NFT_OBJECT_CHAIN,
	NFT_OBJECT_RULE,
	NFT_OBJECT_ELEMENT, /* what was appended after nft_encode_install */
};

/* What message i of nft_encode_install's is about; *which indexes rs->sets, chains or
 * rules, or counts the messages behind them. */
enum nft_object nft_encode_object(const struct nft_ruleset *rs, size_t i, size_t *which);

/* "set guard4", "rule 7 of chain input (counter queue num 4100 bypass)". */
void nft_encode_name(const struct nft_ruleset *rs, size_t i, struct text *out);

#endif
