/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A datagram of nftables' netlink group, as edge/nft_watch reads it. Whatever comes, the
 * measures that are named can be put into the kernel again.
 */
#include <stdint.h>
#include <stdlib.h>

#include "codec/nft_news.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const mono_t now = { .ns = 1000 };

static void hold(void *ctx, const struct nft_elem *e, bool is_end)
{
	const enum nft_set_id *set = ctx;
	struct nft_elem again[NFT_ELEMS_PER_MEASURE];
	struct nft_piece p = { .e = *e, .is_end = is_end };
	struct measure m;
	size_t n;

	if (e->set != *set)
		abort();
	nft_dump_join_all(&p, 1);
	if (is_end || nft_dump_measure(&p.e, now, &m))
		return;
	if (nft_elem_of_measure(&m, now, again, &n) || again[0].set != e->set)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice d = { data, size };
	struct nft_news n;

	while (nft_news_next(&d, &n)) {
		if (n.comm[NFT_NEWS_COMM - 1])
			abort();
		if (n.elements)
			(void)nft_dump_parse(n.elements, hold, &n.set);
	}
	return 0;
}
