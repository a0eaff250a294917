/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What other tables of nftables hold, as far as it concerns ours: base chains, flowtables
 * and rules that exempt from conntrack. Names are strangers' text. Called by
 * edge/hostfacts.
 */
#ifndef TIDEGATE_CODEC_NFT_OTHERS_H
#define TIDEGATE_CODEC_NFT_OTHERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/netlink.h"

#define NFT_OTHERS_REQUEST_BYTES 32 /* room for a request */
#define NFT_OTHERS_NAME 64          /* longer names are cut */

enum nft_others_kind {
	NFT_OTHERS_CHAIN = 0,
	NFT_OTHERS_FLOWTABLE,
	NFT_OTHERS_RULE,
};

struct nft_others {
	enum nft_others_kind kind;
	uint8_t family;              /* NFPROTO_* */
	char table[NFT_OTHERS_NAME]; /* unprintable bytes are '?' */
	char name[NFT_OTHERS_NAME];  /* of the chain (also a rule's) or flowtable */
	bool base;                   /* a chain at a hook: */
	uint32_t hook;
	int32_t priority;
	bool untracks;               /* a rule with notrack, or iptables' CT and NOTRACK */
};

/* Writes a dump of all families; buf is aligned to NETLINK_ALIGN. ERR_FULL. */
int nft_others_dump(void *buf, size_t size, enum nft_others_kind kind, uint32_t seq,
	size_t *len);

/* One message of a dump. ERR_INVALID for another message, ERR_TRUNCATED for a broken
 * one. */
int nft_others_parse(const struct netlink_message *m, struct nft_others *out);

#endif
