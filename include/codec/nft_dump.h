/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel dumps of our sets -> elements -> measures, so that a start can adopt
 * what stands. Strangers may have put elements there: what is no measure of ours is
 * refused, never guessed at.
 */
#ifndef TIDEGATE_CODEC_NFT_DUMP_H
#define TIDEGATE_CODEC_NFT_DUMP_H

#include "codec/nft_elem.h"

/*
 * What the kernel dumps: each element of a NEWSETELEM message to each(). In sets of plain
 * intervals the kernel keeps the end of an interval as an element of its own (is_end: its
 * key is the first behind the interval); nft_dump_join puts them together. ERR_INVALID
 * for a message that is none, or of no set of ours.
 */
typedef void (*nft_dump_each)(void *ctx, const struct nft_elem *e, bool is_end);
int nft_dump_parse(const struct nlmsghdr *h, nft_dump_each each, void *ctx);

/* Sets e->last for the start e and the end that follows it; NULL: it reaches the top. */
void nft_dump_join(struct nft_elem *e, const struct nft_elem *end);

/* The same for many, of any sets, which are sorted for qsort by nft_piece_order. */
struct nft_piece {
	struct nft_elem e;
	bool is_end;
};

int nft_piece_order(const void *left, const void *right);
void nft_dump_join_all(struct nft_piece *at, size_t n);

/* The set of that name; ERR_INVALID for none of ours. */
int nft_dump_find_set(const char *name, enum nft_set_id *out);

/* The sets that hold measures, one after the other: start with *at = 0. */
bool nft_dump_next_set(size_t *at, enum nft_set_id *out);

/* A dumped element as the measure that it is: applied, adopted, until now + what is left
 * of its timeout. ERR_RANGE for an interval that is no prefix or not this set's,
 * ERR_INVALID where it is no measure. shieldall's and jail_host's two elements are two measures of the host; an egress-limit of both
 * flows and bytes is two, each with its own rate. */
int nft_dump_measure(const struct nft_elem *e, mono_t now, struct measure *out);

#endif
