/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files behind edge/sockdiag.h share: the sockets, and how a dump is read.
 * For nobody else.
 */
#ifndef TIDEGATE_EDGE_SOCKDIAG_PRIVATE_H
#define TIDEGATE_EDGE_SOCKDIAG_PRIVATE_H

#include "base/time.h"
#include "codec/diag_msg.h"
#include "edge/sockdiag.h"

/* The most that the kernel puts into one datagram of a dump. */
#define SOCKDIAG_ANSWER_BYTES 32768
#define SOCKDIAG_PORTS 65536
#define SOCKDIAG_INTERFACES 32

#define SOCKDIAG_FLOWING (DIAG_ALL & ~(DIAG_BIT(DIAG_LISTEN) | \
	DIAG_BIT(DIAG_TIME_WAIT) | DIAG_BIT(DIAG_CLOSE)))

struct mnl_socket;

struct sockdiag {
	struct mnl_socket *dump;
	struct mnl_socket *single;
	uint32_t seq;
	unsigned pause[LISTEN_PROTOS];
	struct sockdiag_stats stats;
	uint32_t interfaces[SOCKDIAG_INTERFACES]; /* of this host, for sockets that are bound to one */
	size_t n_interfaces;
	mono_t interfaces_until;
	/* census: 1 + index of a port's entry; all 0 in between */
	uint16_t row[SOCKDIAG_PORTS];
	_Alignas(NETLINK_ALIGN) uint8_t request[DIAG_REQUEST_BYTES];
	_Alignas(NETLINK_ALIGN) uint8_t dumped[SOCKDIAG_ANSWER_BYTES];
	_Alignas(NETLINK_ALIGN) uint8_t answer[SOCKDIAG_ANSWER_BYTES];
};

typedef void (*sockdiag_each)(struct sockdiag *s, const struct diag_socket *d, void *ctx);

/* Runs one dump to its end. 0 or what the kernel said; ERR_IO. */
int sockdiag_dump(struct sockdiag *s, struct diag_dump *d, sockdiag_each each, void *ctx);

/* The one answer of the kernel to these ends, whatever it is: it falls back to a listener (diag_msg_is_exact). */
int sockdiag_exact(struct sockdiag *s, const struct diag_ends *e, struct diag_socket *found);

#endif
