/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copies of packets from a row of NFLOG groups on one socket: what we answered ourselves, ICMP, and, where
 * nothing may be held, everything; DNS; and what was refused to leave. The kernel collects them (32 copies or 100 ms), but for DNS. Memory
 * is taken at open alone; nothing that the kernel sends ends it. For one thread.
 */
#ifndef TIDEGATE_EDGE_NFLOG_H
#define TIDEGATE_EDGE_NFLOG_H

#include <stddef.h>
#include <stdint.h>

#include "codec/nflog_msg.h"
#include "edge/log.h"

#define NFLOG_BURST 64
#define NFLOG_COPY_RANGE 2048 /* most bytes of a packet */

struct nflog_opts {
	uint16_t group;      /* the first; packets of group + i are of enum copy i */
	uint16_t groups;     /* 1..COPIES; 0 is 1 */
	uint32_t copy_range; /* 128 */
	uint32_t dns_range;  /* of COPY_DNS: 1500; 0 is copy_range */
	uint32_t threshold;  /* 32; of COPY_DNS each comes at once */
	uint32_t timeout_ms; /* 100 */
	uint32_t rcvbuf;     /* bytes; 0: 4 MiB */
};

struct nflog_stats {
	uint64_t datagrams;
	uint64_t packets;
	uint64_t overruns;  /* ENOBUFS: copies were lost */
	uint64_t lost;      /* running numbers that never came up */
	uint64_t malformed;
	uint64_t receive_errors;
};

struct nflog;

/* ERR_BUSY: the group is another program's. ERR_PERMISSION, ERR_UNSUPPORTED, ERR_RANGE,
 * ERR_MEMORY, ERR_IO. */
int nflog_open(struct nflog **out, const struct nflog_opts *o, char why[WHY_TEXT]);
void nflog_close(struct nflog *n);
int nflog_fd(const struct nflog *n);

/*
 * At most NFLOG_BURST copies, without waiting. A datagram may hold more than the rest of
 * a burst: call again until it returns less than NFLOG_BURST, for epoll does not see what
 * is left. Slices stay valid until the next call.
 */
int nflog_receive(struct nflog *n, struct nflog_packet out[NFLOG_BURST], mono_t at);

void nflog_stats(const struct nflog *n, struct nflog_stats *out);

#endif
