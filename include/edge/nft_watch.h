/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Listens to what others do to our table. One descriptor for the loop; what is told is
 * summed up for each wake-up, bounded, so that a flood of changes costs no more than the
 * answer "too much: look yourself". Never sends. Elements that expire are not told.
 */
#ifndef TIDEGATE_EDGE_NFT_WATCH_H
#define TIDEGATE_EDGE_NFT_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/time.h"
#include "codec/nft_news.h"
#include "core/ledger.h"

struct nft_watch;

#define NFT_WATCH_WHY 160
#define NFT_WATCH_IGNORED 8

/* ERR_PERMISSION (CAP_NET_ADMIN), ERR_UNSUPPORTED, ERR_MEMORY, ERR_IO; why then says it
 * in a line. */
int nft_watch_open(struct nft_watch **out, char why[NFT_WATCH_WHY]);
void nft_watch_close(struct nft_watch *w);

/* Readable when something waits. */
int nft_watch_fd(const struct nft_watch *w);

/*
 * Changes asked for by these sockets (nft_portid) are our own: the kernel drops their
 * notifications before they take room in the queue. Replaces an earlier list; ERR_FULL
 * beyond NFT_WATCH_IGNORED, ERR_IO where no filter could be attached (they are ignored
 * all the same, but after they were received).
 */
int nft_watch_ignore(struct nft_watch *w, const uint32_t *portids, size_t n);

#define NFT_FOREIGN_GONE 64
#define NFT_FOREIGN_ADDED 16

/* What others did to our table. */
struct nft_foreign {
	bool structure; /* table, chains, rules, sets, switches: something is gone, new or other */
	bool overrun;   /* notifications were lost: anything may have happened */
	bool guards;    /* elements of guard4, guard6 are gone or new */
	bool listening; /* of listening, mapped */
	bool alive;
	bool allowed;   /* of allow_*: where jailed actors may go */
	bool many;      /* elements of measures beyond those below, or not to be read */
	struct measure gone[NFT_FOREIGN_GONE]; /* were removed; as nft_dump_measure */
	size_t n_gone;
	struct measure added[NFT_FOREIGN_ADDED]; /* were added, or set anew */
	size_t n_added;
	uint32_t pid; /* of the last one who did something to us; 0: not told */
	char comm[NFT_NEWS_COMM];
};

/*
 * Takes what waits, up to 1024 datagrams (more leave the descriptor readable), and sums
 * it up. False where nothing of ours was touched: *out is then all zero. An element that
 * was removed and added again stands in both lists. Waits 20 ms at most, for the end of what the kernel has begun to tell.
 */
bool nft_watch_read(struct nft_watch *w, mono_t now, struct nft_foreign *out);

#endif
