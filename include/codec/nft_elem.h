/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Elements of our sets: measures, guards, services -> elements -> netlink messages. (The
 * way back is nft_dump.) Nothing here allocates: a measure may be put in force at the end
 * of a burst of packets, on the packet thread.
 */
#ifndef TIDEGATE_CODEC_NFT_ELEM_H
#define TIDEGATE_CODEC_NFT_ELEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/netlink.h>

#include "base/addr.h"
#include "base/time.h"
#include "codec/nft_batch.h"
#include "codec/nft_key.h"
#include "core/allowlist.h"
#include "core/ledger.h"

/* One element as a value. */
struct nft_elem {
	enum nft_set_id set;
	uint8_t key[NFT_KEY_BYTES];  /* in interval sets: the first of the interval */
	uint8_t last[NFT_KEY_BYTES]; /* in interval sets: the last one */
	uint64_t timeout_ms;         /* 0: the set's own, or none */
	bool counter;                /* counts what it drops */
	uint32_t limit_rate, limit_burst; /* rate 0: no limit of its own */
	uint32_t limit_kib;               /* likewise, of bytes: KiB a second */
	uint8_t level; /* of a control group, kept as the element's comment; 0: of none */
	bool absent;   /* of a measure: this one must not be there */
	uint64_t packets, bytes;          /* what a counter has counted; only read */
};

#define NFT_ELEMS_PER_MEASURE 3

/*
 * The elements of a measure: one; two for the host-wide shield and jail; for a destination or an actor one for each
 * of its places, of which some are absent. ERR_UNSUPPORTED for
 * what has none (observe, a subject without a source, shields of single services).
 * A measure whose end is not after now gets the shortest timeout there is.
 */
int nft_elem_of_measure(const struct measure *m, mono_t now,
	struct nft_elem out[NFT_ELEMS_PER_MEASURE], size_t *n);

/* Where an actor may go. ERR_INVALID for no actor, no address, no protocol, or ports in the wrong order; protocols
 * without ports have all of them. */
int nft_elem_of_allowance(const struct allowance *a, mono_t now, struct nft_elem *out);

/* Without timeout and counter: guards, the listening ports and their protocols, and the
 * dead-man elements (nf_proto is NFPROTO_IPV4 or NFPROTO_IPV6). */
struct nft_elem nft_elem_of_guard(const struct prefix *p);
struct nft_elem nft_elem_of_service(uint8_t proto, uint16_t port);
struct nft_elem nft_elem_of_protocol(uint8_t proto);
struct nft_elem nft_elem_of_family(uint8_t nf_proto);

/* A switch (nft_place_switch), one element for each family. */
void nft_elem_of_switch(enum nft_set_id set, uint64_t timeout_ms, struct nft_elem out[2]);

/* Each one appends one message; ERR_FULL where it has no room. Elements of one message
 * are of one set and at most NFT_ELEMS_PER_MESSAGE. */
#define NFT_ELEMS_PER_MESSAGE 4
int nft_elem_add(struct nft_batch *b, const struct nft_elem *e, size_t n);
/* The same, but refused with EEXIST where one of them is there. */
int nft_elem_create(struct nft_batch *b, const struct nft_elem *e, size_t n);
int nft_elem_delete(struct nft_batch *b, const struct nft_elem *e, size_t n);
int nft_elem_flush(
	struct nft_batch *b, enum nft_set_id set); /* all elements of the set */

/*
 * Three messages, add, delete, add: afterwards the elements are exactly these, whether
 * they were there, had expired, or are new. (Adding alone leaves an old timeout on
 * kernels before 6.12, and old limits on all.) Two messages, add, delete: afterwards they
 * are not there, and that is no error where they never were.
 */
int nft_elem_set(struct nft_batch *b, const struct nft_elem *e, size_t n);
int nft_elem_unset(struct nft_batch *b, const struct nft_elem *e, size_t n);

/* A request, not part of a transaction: one element, and the end of its interval where
 * that is one of its own. Memory of NFT_MESSAGE_MAX bytes. */
const struct nlmsghdr *nft_elem_get(const struct nft_elem *e, void *memory, uint32_t seq);

/* A request for all elements of a set. */
const struct nlmsghdr *nft_elem_dump(enum nft_set_id set, void *memory, uint32_t seq);

/* True where elements of the set are intervals of one field: starts and ends. */
bool nft_elem_is_split(enum nft_set_id set);

#endif
