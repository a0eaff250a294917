/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The queue of packets that wait for our verdict: one netlink socket bound to a row of
 * queue numbers, bursts in by recvmmsg, one send of verdicts out. Memory is taken at open
 * alone. Nothing that the kernel sends ends it: losses, stale verdicts and rubbish are
 * counted. For one thread. Needs CAP_NET_ADMIN, for as long as it is open.
 */
#ifndef TIDEGATE_EDGE_NFQ_H
#define TIDEGATE_EDGE_NFQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/nfq_msg.h"
#include "edge/log.h"

#define NFQ_BURST 64
#define NFQ_QUEUES 8          /* most queues of one socket */
#define NFQ_COPY_RANGE 3072   /* most bytes of a packet, so that a message fits 4 KiB */
#define NFQ_MAXLEN 65535      /* beyond this current kernels fail to store packets */

struct nfq_opts {
	uint16_t first_queue;  /* queue numbers first .. first + queues - 1 */
	uint16_t queues;       /* 1..NFQ_QUEUES; 3, or 4 with what this host begins */
	uint16_t own_queue;    /* number of the one that holds what this host begins: its packets say whose socket they
				  are from; 0: none */
	uint32_t maxlen;       /* packets waiting in each: 4096 */
	uint32_t copy_range;   /* 128 holds all headers */
	uint32_t rcvbuf;       /* bytes; 0: 1 KiB for each packet that may wait */
	bool state_known;      /* the rules that queue stand behind conntrack */
};

struct nfq_verdicts {
	uint64_t accepted, dropped; /* as they were sent */
};

struct nfq_stats {
	uint64_t bursts;       /* receives that brought anything */
	uint64_t packets;
	uint64_t accepted;
	uint64_t dropped;
	uint64_t sends;        /* of verdicts */
	uint64_t send_errors;  /* such a burst waits for the next batch of its queue */
	uint64_t overruns;     /* ENOBUFS: the socket's buffer was full */
	uint64_t gaps;         /* ids that never came up */
	uint64_t stale;        /* verdicts for packets that were gone: nothing is wrong */
	uint64_t refused;      /* verdicts not taken for any other reason */
	uint64_t malformed;    /* datagrams or messages that made no sense */
	uint64_t receive_errors;
	size_t queues;         /* and of each of them, from the first number on: */
	uint16_t first_queue;
	struct nfq_verdicts by_queue[NFQ_QUEUES];
};

struct nfq;

/*
 * ERR_BUSY: a queue number is another program's (why names it). ERR_PERMISSION: without
 * CAP_NET_ADMIN. ERR_UNSUPPORTED: no nfnetlink_queue in this kernel. ERR_RANGE,
 * ERR_MEMORY, ERR_IO. Packets that come while the others are being bound are accepted
 * unseen.
 */
int nfq_open(struct nfq **out, const struct nfq_opts *o, char why[WHY_TEXT]);

/* Closing drops what still waits: let the rules stop queueing and receive till it is
 * empty. */
void nfq_close(struct nfq *n);
int nfq_fd(const struct nfq *n);

/*
 * Takes what is there, at most NFQ_BURST, without waiting. Slices stay valid until the
 * next call. 0 where nothing of use came; never an error.
 */
int nfq_receive(struct nfq *n, struct nfq_packet out[NFQ_BURST], mono_t at);

/* One send for the burst: verdict 0 accepts, all else drops. ERR_IO is counted too. */
int nfq_verdicts(struct nfq *n, const struct nfq_packet *packets, const uint8_t *verdicts,
	size_t count);

void nfq_stats(const struct nfq *n, struct nfq_stats *out);

/* What the kernel says of our queues. Its file is root's: ERR_PERMISSION for others
 * unless nfq_open ran as root. */
int nfq_kernel_stats(const struct nfq *n, struct nfq_queue_stats out[NFQ_QUEUES],
	size_t *count);

#endif
