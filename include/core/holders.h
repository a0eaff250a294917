/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who holds a service's connections: of each busy service, how many are open and from how many peers, and the peers that
 * hold most. Made from one walk over the sockets (a socket each into holders_add), so that the engine gets some hundred
 * bytes instead of every socket. Pure; bounded; what finds no room is counted.
 */
#ifndef TIDEGATE_CORE_HOLDERS_H
#define TIDEGATE_CORE_HOLDERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/hash.h"

#define HOLDERS_TOP 16       /* of a service: peers that are told by name */
#define HOLDERS_SERVICES 64  /* that are told; those with most connections */
#define HOLDERS_PAIRS 65536  /* (service, peer) that are told apart in one walk; a power of two */

#define SLOW_AFTER_MS 30000  /* a connection that old whose peer has said less than SLOW_BYTES is slow */
#define SLOW_BYTES 200

struct held_socket {
	struct addr peer;
	uint8_t proto;
	uint16_t port;          /* ours */
	bool close_wait;        /* else established */
	uint64_t received;      /* bytes that the peer has said */
	uint32_t age_ms;        /* UINT32_MAX: not known */
	uint32_t quiet_ms;      /* since it said anything */
};

struct holder {
	struct addr peer;       /* IPv6: its /64 */
	uint32_t open;          /* established */
	uint32_t slow;          /* of these */
	uint32_t close_wait;
};

struct service_holders {
	uint8_t proto;
	uint16_t port;
	uint32_t open, slow, close_wait; /* of all peers */
	uint32_t peers;         /* that hold at least one, of either kind */
	uint32_t median;        /* open ones of the peer in the middle (the lower of two), of those that have any */
	struct holder top[HOLDERS_TOP]; /* most first: open + 3 * slow, then by address */
	uint32_t n_top;
};

struct holders; /* about 3 MiB, in the caller's memory, aligned as malloc does */

size_t holders_bytes(void);
void holders_create(struct holders **out, void *memory, const struct hash_key *key);

/*
 * A walk: begin, each socket (loopback peers are the caller's to leave out), end. holders_end writes up to max services
 * (HOLDERS_SERVICES at most; those with most sockets), by port and protocol, and returns how many. The order of the
 * sockets does not matter while all find room.
 *
 * Link-local peers count for their service, but for nobody: all neighbours of a link share that /64. A socket of unknown
 * age is never slow.
 */
void holders_begin(struct holders *h);
void holders_add(struct holders *h, const struct held_socket *s);
size_t holders_end(struct holders *h, struct service_holders *out, size_t max);

/* Sockets since the creation that found no room among the pairs: counted for their service (unless that has none among
 * the services, either), but for nobody. */
uint64_t holders_untold(const struct holders *h);

#endif
