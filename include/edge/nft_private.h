/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files behind edge/nft.h share: the socket, and how a transaction or a
 * request is spoken. For nobody else.
 */
#ifndef TIDEGATE_EDGE_NFT_PRIVATE_H
#define TIDEGATE_EDGE_NFT_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/netlink.h>

#include "codec/nft_batch.h"
#include "codec/nft_elem.h"
#include "edge/nft.h"

#define NFT_BUFFER_BYTES (512 * 1024)
#define NFT_REPLY_BYTES (64 * 1024) /* the kernel dumps in pieces of 32 KiB at most */

struct nft {
	struct nft_socket *socket; /* nft_socket.c; another struct nft may share it */
	uint32_t seq;
	enum nft_queue_kind kind;
	unsigned lacks; /* enum nft_lack, of the table that was installed */
	uint8_t *buffer; /* NFT_BUFFER_BYTES: the batch that is being written */
	uint8_t *reply;  /* NFT_REPLY_BYTES */
};

/* Told of each message that the kernel refused: its number in the batch (SIZE_MAX: the
 * batch as a whole) and a positive errno. */
typedef void (*nft_refusal)(void *ctx, size_t message, int error);

/* Whether the table that stands is this socket's alone. */
void nft_set_owned(struct nft *n, bool owned);

/* Begins a batch in n->buffer. */
void nft_begin(struct nft *n, struct nft_batch *b);

/*
 * Ends the batch, sends it and reads all answers. 0 where it took effect as a whole, else
 * the first refusal's errno (positive) and nothing took effect. told may be NULL.
 */
int nft_transact(struct nft *n, struct nft_batch *b, nft_refusal told, void *ctx);

/* Sends a request; each message of the answer goes to each() (may be NULL). 0 or a
 * positive errno; EINTR: somebody changed things meanwhile, ask again. */
int nft_ask(struct nft *n, const struct nlmsghdr *request,
	void (*each)(void *ctx, const struct nlmsghdr *h), void *ctx);

/* 0, or ENOENT where the table is not there, or another errno. */
int nft_ask_table(struct nft *n);

/* The element that the kernel has for the key of 'want': in sets of intervals of several fields whichever interval
 * the key lies in. 0, ENOENT or another errno. Not for nft_elem_is_split sets. */
int nft_fetch(struct nft *n, const struct nft_elem *want, struct nft_elem *out);

/* How long each switch must be lit: what some elements need, and not less than it stands. */
struct nft_lights {
	uint64_t ms[NFT_SETS]; /* of switches alone; 0: need not be lit */
};

void nft_light_for(struct nft_lights *l, const struct nft_elem *e);
/* Appends a message for each switch that is to be lit; ERR_FULL. */
int nft_put_lights(struct nft_batch *b, const struct nft_lights *l);

/* Allowances as one message each in the order in which the kernel takes as many as it can: of two that overlap the
 * narrower must be there first. Fills order[] with indexes. */
struct nft_allow_order {
	uint32_t width, index;
};

void nft_allow_sort(const struct allowance *a, size_t n, struct nft_allow_order *order);

/* Append the elements of all guards that no other guard covers, and of the difference
 * between two sets of ports; ERR_FULL. */
int nft_put_guards(struct nft_batch *b, const struct guards *g);

/* ports.n != NULL: what does not fit is sent and a new batch begun, else ERR_FULL. */
struct nft_ports {
	struct nft *n;
	struct nft_batch *b;
	const struct listen_snapshot *old, *now; /* old may be NULL */
};

int nft_put_ports(const struct nft_ports *p);

/* An errno of nf_tables as our own result. */
int nft_result(int error);

#endif
