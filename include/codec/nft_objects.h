/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sets and chains of our table, one by one, for nft_ruleset, which puts them together
 * and adds the rules. nft_set_spec is here, too.
 */
#ifndef TIDEGATE_CODEC_NFT_OBJECTS_H
#define TIDEGATE_CODEC_NFT_OBJECTS_H

#include "codec/nft_ruleset.h"

/* size: of sets of single sources; 0 = 65536. */
struct nft_set_spec nft_objects_set(enum nft_set_id id, uint32_t size);

struct nft_chain_spec nft_objects_chain(enum nft_chain_id id);

#endif
