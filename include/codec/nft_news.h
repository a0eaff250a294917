/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel tells the netlink group of nftables (NFNLGRP_NFTABLES) -> one value a
 * message: what was done, whether to our table, and by whom. The kernel tells each
 * transaction's changes in their order and then its generation, which names the process.
 * Elements that expire are not told. Pure; who listens is edge/nft_watch.
 */
#ifndef TIDEGATE_CODEC_NFT_NEWS_H
#define TIDEGATE_CODEC_NFT_NEWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "codec/nft_dump.h"

enum nft_news_kind {
	NFT_NEWS_OTHER = 0,  /* of no interest */
	NFT_NEWS_GENERATION, /* the end of a transaction */
	NFT_NEWS_TABLE_GONE,
	NFT_NEWS_CHAIN_GONE,
	NFT_NEWS_RULE_GONE,
	NFT_NEWS_RULE_ADDED,
	NFT_NEWS_SET_GONE,
	NFT_NEWS_ELEMENT_GONE,
	NFT_NEWS_ELEMENT_ADDED, /* or set anew */
	NFT_NEWS_STRUCTURE,     /* anything else: a table's flags, a chain's policy, ... */
};

#define NFT_NEWS_COMM 16

struct nft_news {
	enum nft_news_kind kind;
	bool ours;       /* about table inet tidegate; a generation is everybody's */
	uint32_t portid; /* of the socket that asked for it */
	const struct nlmsghdr *elements; /* of a set that we know: for nft_dump_parse, as
					    long as the datagram; else NULL */
	enum nft_set_id set;
	uint32_t generation; /* the following three are a generation's */
	uint32_t pid;        /* as the first pid namespace counts; 0: not told */
	char comm[NFT_NEWS_COMM]; /* its name; anybody's choice; ends with a zero */
};

/* The next message of a datagram (aligned to 4); false at its end, or where it is cut. */
bool nft_news_next(struct slice *datagram, struct nft_news *out);

#endif
