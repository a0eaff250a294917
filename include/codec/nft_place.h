/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which set of our table holds a measure, and which measure a set's elements are.
 */
#ifndef TIDEGATE_CODEC_NFT_PLACE_H
#define TIDEGATE_CODEC_NFT_PLACE_H

#include <stdbool.h>
#include <stddef.h>

#include "codec/nft_ruleset.h"
#include "core/ledger.h"

/* ERR_UNSUPPORTED where no set can express it. Of a measure with several elements the first that is there. */
int nft_place_find(const struct measure *m, enum nft_set_id *out);

/*
 * All sets that a measure may be in: of a destination or an actor its refusal, its limit of flows and its limit of
 * bytes are one place for the ledger, so the measure is in some of them, and in the others it must not be.
 */
struct nft_places {
	enum nft_set_id set[3];
	bool there[3];
	size_t n;
};

int nft_place_all(const struct measure *m, struct nft_places *out);

/* The switch that must be lit while this set holds anything; false for a set without one. */
bool nft_place_switch(enum nft_set_id set, enum nft_set_id *out);

/* Response and scope of a set's element that has, or has not, a limit of its own;
 * ERR_INVALID for a set that holds no measures. */
int nft_place_meaning(
	enum nft_set_id set, bool limited, enum response *response, enum scope *scope);

#endif
