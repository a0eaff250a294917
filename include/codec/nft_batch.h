/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A transaction of nftables as bytes: messages between BATCH_BEGIN and BATCH_END, each
 * with the next sequence number, in the caller's memory; and the kernel's answers to it,
 * told apart by those numbers. Pure; who sends and receives is edge/nft.
 */
#ifndef TIDEGATE_CODEC_NFT_BATCH_H
#define TIDEGATE_CODEC_NFT_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/netlink.h>

#include "base/cursor.h"

/* No message of ours is longer; room for one is made sure of before it is begun. */
#define NFT_MESSAGE_MAX 2048

struct nft_batch {
	uint8_t *at;
	size_t size;
	size_t len;
	uint32_t first; /* sequence number of BATCH_BEGIN; message i has first + 1 + i */
	uint32_t next;
	size_t last; /* offset of the last message: the one that asks for an answer */
	bool full;   /* something did not fit: the batch must not be sent */
};

/* Memory of at least 64 bytes, aligned to 4. */
void nft_batch_begin(struct nft_batch *b, void *memory, size_t size, uint32_t seq);

/*
 * Begins a message of NFT_MSG_type (family inet) with room for NFT_MESSAGE_MAX bytes; its
 * attributes follow, then nft_batch_commit. NULL, and full, where there is no room.
 */
struct nlmsghdr *nft_batch_message(struct nft_batch *b, unsigned type, unsigned flags);
void nft_batch_commit(struct nft_batch *b, const struct nlmsghdr *h);

/* How many messages stand in it, without begin and end. */
size_t nft_batch_count(const struct nft_batch *b);

/* Closes it; the last message then asks for an acknowledgement. */
void nft_batch_end(struct nft_batch *b);

/* One answer out of a datagram of the kernel. */
struct nft_answer {
	uint32_t seq;
	int error; /* 0, or a positive errno */
};

/* The next answer; skips whatever else is in the datagram. False at its end. */
bool nft_answer_next(struct slice *datagram, struct nft_answer *out);

#endif
