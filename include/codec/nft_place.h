/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which set of our table holds a measure, and which measure a set's elements are.
 */
#ifndef TIDEGATE_CODEC_NFT_PLACE_H
#define TIDEGATE_CODEC_NFT_PLACE_H

#include <stdbool.h>

#include "codec/nft_ruleset.h"
#include "core/ledger.h"

/* ERR_UNSUPPORTED where no set can express it. */
int nft_place_find(const struct measure *m, enum nft_set_id *out);

/* Response and scope of a set's element that has, or has not, a limit of its own;
 * ERR_INVALID for a set that holds no measures. */
int nft_place_meaning(
	enum nft_set_id set, bool limited, enum response *response, enum scope *scope);

#endif
