/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What ctl_srv.c (clients) and ctl_srv_open.c (the listening socket) share. Nobody else
 * includes it.
 */
#ifndef TIDEGATE_EDGE_CTL_SRV_PRIVATE_H
#define TIDEGATE_EDGE_CTL_SRV_PRIVATE_H

#include <sys/un.h>

#include "edge/ctl_srv.h"

/* Room for the largest answer: a page of 64 values, or an incident in full. */
#define CTL_OUT ((size_t)256 * 1024)

struct ctl_conn {
	struct ctl_srv *srv;
	int fd;
	size_t slot;
	uint32_t wishes;
	struct ctl_cred cred;
	bool subscribed;
	bool eof;      /* the peer sends no more; answers still go out */
	bool waits;    /* a whole line is in the buffer: others come first */
	bool doomed;   /* hung up on as soon as the output is out */
	uint64_t lost; /* lines since the last that it got */
	size_t in_len;
	size_t out_at, out_len;
	uint8_t in[CTL_LINE];
	char out[CTL_OUT];
};

struct ctl_srv {
	int fd;    /* listening */
	int epoll;
	int spare; /* given up to take a connection when descriptors run out */
	dev_t dev; /* of the socket's name, to remove no other's */
	ino_t ino;
	ctl_request_fn request;
	void *ctx;
	struct ctl_srv_stats stats;
	struct ctl_conn *clients[CTL_CLIENTS];
	struct sockaddr_un address;
};

int ctl_srv_spare(void);

#endif
