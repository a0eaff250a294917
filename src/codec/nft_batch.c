/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Transactions of nftables as bytes. The answer is asked for at the last message, not at
 * BATCH_END: older kernels answer there only.
 */
#include "codec/nft_batch.h"

#include <string.h>

#include <libmnl/libmnl.h>
#include <libnftnl/common.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

void nft_batch_begin(struct nft_batch *b, void *memory, size_t size, uint32_t seq)
{
	*b = (struct nft_batch){
		.at = memory, .size = size, .first = seq, .next = seq + 1
	};
	b->len = nftnl_batch_begin((char *)memory, seq)->nlmsg_len;
}

struct nlmsghdr *nft_batch_message(struct nft_batch *b, unsigned type, unsigned flags)
{
	/* The end of the batch must find room as well. */
	if (b->full || b->size - b->len < NFT_MESSAGE_MAX + 64) {
		b->full = true;
		return NULL;
	}
	return nftnl_nlmsg_build_hdr((char *)b->at + b->len, (uint16_t)type, NFPROTO_INET,
		(uint16_t)flags, b->next);
}

void nft_batch_commit(struct nft_batch *b, const struct nlmsghdr *h)
{
	b->last = b->len;
	b->len += MNL_ALIGN(h->nlmsg_len);
	b->next++;
}

size_t nft_batch_count(const struct nft_batch *b)
{
	return b->next - b->first - 1;
}

void nft_batch_end(struct nft_batch *b)
{
	if (b->last) {
		struct nlmsghdr h;

		memcpy(&h, b->at + b->last, sizeof(h));
		h.nlmsg_flags |= NLM_F_ACK;
		memcpy(b->at + b->last, &h, sizeof(h));
	}
	b->len += nftnl_batch_end((char *)b->at + b->len, b->next)->nlmsg_len;
}

bool nft_answer_next(struct slice *datagram, struct nft_answer *out)
{
	struct nlmsghdr h;

	while (datagram->len >= sizeof(h)) {
		struct nlmsgerr e;
		size_t step;

		memcpy(&h, datagram->at, sizeof(h));
		if (h.nlmsg_len < sizeof(h) || h.nlmsg_len > datagram->len)
			break;
		step = MNL_ALIGN(h.nlmsg_len);
		if (step > datagram->len)
			step = datagram->len;
		if (h.nlmsg_type == NLMSG_ERROR && h.nlmsg_len >= sizeof(h) + sizeof(e)) {
			memcpy(&e, datagram->at + sizeof(h), sizeof(e));
			*out = (struct nft_answer){ .seq = h.nlmsg_seq,
				.error = -e.error };
			datagram->at += step;
			datagram->len -= step;
			return true;
		}
		datagram->at += step;
		datagram->len -= step;
	}
	datagram->len = 0;
	return false;
}
