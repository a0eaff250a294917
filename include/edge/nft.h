/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Our nftables table in the kernel of this network namespace: installs it whole, keeps
 * the dead-man element fresh, applies measures, and removes it. One struct nft is one
 * netlink socket for one thread; several may work on the same table. Everything is
 * synchronous and never waits: the kernel answers a transaction before send returns.
 */
#ifndef TIDEGATE_EDGE_NFT_H
#define TIDEGATE_EDGE_NFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/time.h"
#include "codec/nft_ruleset.h"
#include "core/allowlist.h"
#include "core/guard.h"
#include "core/ledger.h"
#include "core/listen.h"

struct nft;

/* ERR_UNSUPPORTED where the kernel has no nfnetlink, ERR_MEMORY, ERR_IO. Needs no right
 * yet. */
int nft_open(struct nft **out);
void nft_close(struct nft *n);

/*
 * Another for a second thread, on the same socket: a table that its owner alone may
 * change (o->owned) obeys one socket. Transactions and requests of the two then take
 * turns, as the kernel makes those of all sockets do. ERR_FULL where there are two
 * already, ERR_MEMORY. Either may be closed first.
 */
int nft_open_beside(struct nft *other, struct nft **out);

/* Somebody else is inside of a transaction or a request on this socket now: the next call
 * would wait for its end. A glance, not a promise. */
bool nft_busy(const struct nft *n);

/* The number by which the kernel names this socket in what it tells of its changes. */
uint32_t nft_portid(const struct nft *n);

/* What the table begins with. NULL or 0 where there is none. */
struct nft_content {
	const struct guards *guards;
	const struct listen_snapshot
		*listening; /* NULL: nothing is known, so shields leave all alone */
	const struct measure *kept; /* measures that stay in force, each for what is left
				       until its end */
	size_t n_kept;
	const struct allowance *allow; /* where jailed actors may go, likewise */
	size_t n_allow;
	mono_t now;
};

/*
 * Installs the table in one transaction that replaces an older one of ours: no packet
 * meets a moment without. Replacing unregisters hooks, which makes the kernel drop what
 * waits in any queue of this namespace; so it is done at start only. Diversion begins
 * with the first nft_alive. What a kernel may lack (enum nft_lack) is left out: see nft_lacks. With o->native_queue it tries nftables' queue expression and
 * falls back to the xt target; without, the target alone. Kept measures and allowances that the kernel
 * or the table cannot hold (an allowance: because it lies within another) are left out and counted in *left_out (may be NULL). On
 * failure nothing has changed and why names the object, in one line: ERR_PERMISSION
 * (CAP_NET_ADMIN, or another
 * process owns the table and lives), ERR_UNSUPPORTED (a kernel option is named), ERR_INVALID, ERR_FULL,
 * ERR_IO.
 */
int nft_install(struct nft *n, const struct nft_opts *o, const struct nft_content *c,
	size_t *left_out, char *why, size_t why_size);

/* True where the table was installed as this socket's own: nobody else may change it,
 * "flush ruleset" passes it over, and it stays when we die; whoever comes next may then
 * take it over. False where o->owned was not asked for, or the kernel (before 6.9) cannot
 * do both. */
bool nft_owned(const struct nft *n);

enum nft_queue_kind {
	NFT_QUEUE_NONE = 0, /* no rule holds packets */
	NFT_QUEUE_NATIVE,
	NFT_QUEUE_XT,
};

enum nft_queue_kind nft_queue_kind(const struct nft *n);
const char *nft_queue_kind_name(enum nft_queue_kind k);

/* What of the table was given up because this kernel does not have it: bits of enum nft_lack, each of which
 * nft_lack_kernel_option names. */
unsigned nft_lacks(const struct nft *n);

/*
 * Hands the measures that an existing table of ours holds to each(): subject, response,
 * scope, limit, until, state APPLIED, origin ADOPTED. ERR_ABSENT where there is no table.
 * Slow with many elements (tens of ms for 65536).
 */
typedef void (*nft_measure_each)(void *ctx, const struct measure *m);
int nft_read_measures(struct nft *n, mono_t now, nft_measure_each each, void *ctx);

/*
 * Puts changes into the kernel, up to 256 in one transaction. The kernel takes that whole
 * or not at all; where it refuses some, the others are sent again without them, which
 * costs a few milliseconds. results[i] is its answer to c[i]: 0, ERR_FULL (the set is),
 * ERR_ABSENT (the table is gone), ERR_EXISTS (a prefix overlaps another of the same
 * response), ERR_PERMISSION, ERR_UNSUPPORTED (no set can express it), ERR_AGAIN (the
 * kernel is busy, or nothing is known), ERR_IO. Adding sets the element to exactly this
 * measure, also where it was called fresh and is there (that costs milliseconds more);
 * removing one that is not there succeeds. Returns 0 where all results are 0,
 * else the first that is not.
 */
int nft_apply(
	struct nft *n, const struct change *c, size_t count, mono_t now, int *results);

/* Refreshes the dead-man element. Call it only after a whole iteration. ERR_ABSENT: the
 * table is gone. */
int nft_alive(struct nft *n);

/* Ends diversion at once: before the queues are closed, so that none of what waits there
 * is lost. */
int nft_alive_end(struct nft *n);

/* Replaces all guards in one transaction. */
int nft_set_guards(struct nft *n, const struct guards *g);

/* Brings the listening ports from old (NULL: nothing) to now. A protocol that is not
 * known now stays as it was. */
int nft_set_listening(struct nft *n, const struct listen_snapshot *old,
	const struct listen_snapshot *now);

/*
 * Sets (add[i]) or takes away where jailed actors may go, up to 256 in one transaction; again and again is fine, and
 * an allowance that is renewed ends when it is to end now. results[i]: 0; ERR_EXISTS: it overlaps another one
 * that stands and lies not within it, or begins where a wider one does, so a part of it is allowed as long as that:
 * try again when it is renewed. (The kernel holds no narrower interval behind a wider one, only before it: the
 * wider one is then put behind, which costs a few milliseconds.) ERR_INVALID: nft_elem_of_allowance; else as
 * nft_apply. Taking away what is not there succeeds, and never takes a wider one away. Returns 0 where all are 0, else
 * the first that is not. Costs a copy of the whole set for each transaction: 0.1 ms with 1,000 elements.
 */
int nft_allow(struct nft *n, const struct allowance *a, const bool *add, size_t count, mono_t now, int *results);

/* What the kernel has for a measure. */
struct nft_found {
	uint64_t packets, bytes; /* its counter's: what it dropped */
	uint64_t left_ms; /* of its timeout; 0: it has none */
};

/*
 * Looks the element of a measure up (both, for the shield of the whole host): 0, or
 * ERR_ABSENT where it is not there exactly so: another prefix around it is not it, nor is
 * a limit of another rate. One request, a few us, however large the set.
 */
int nft_look(struct nft *n, const struct measure *m, struct nft_found *out);

/* Takes the table away with everything in it; absent is fine. */
int nft_remove(struct nft *n);

#endif
