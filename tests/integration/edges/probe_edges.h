/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the probes of the edges share: the ports and addresses of edges.sh, sockets to
 * play host and peer with, and the one line of each result.
 */
#ifndef TIDEGATE_TESTS_PROBE_EDGES_H
#define TIDEGATE_TESTS_PROBE_EDGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/addr.h"
#include "core/ask.h"
#include "core/packet.h"

#define HOST "192.0.2.1"
#define HOST6 "2001:db8::1"
#define PEER "198.51.100.7"
#define PEER6 "2001:db8:7::7"
#define OTHER "198.51.100.8"

enum {
	QUEUE_FIRST = 41000, /* and two more */
	LOG_GROUP = 41,
	PORT_QUEUED = 7000,    /* and two more: udp, each to its queue */
	PORT_COPIED = 7010,    /* udp, to the log group */
	PORT_SERVED = 7100,    /* tcp, IPv4 */
	PORT_DUAL = 7101,      /* tcp, both families by one socket */
	PORT_MUTE = 7102,      /* tcp, its SYN-ACKs are dropped */
	PORT_DROPPED = 7103,   /* tcp, its SYNs are dropped */
	PORT_CLOSED = 7104,
	PORT_NARROW = 7105,    /* tcp, a backlog of one */
	PORT_LOOPBACK = 7109,  /* on 127.0.0.1 and ::1 alone */
};

bool is_ok(bool good, const char *format, ...) __attribute__((format(printf, 2, 3)));

int bound_to(int type, const char *text, uint16_t port);
int listener_on(const char *text, uint16_t port, int backlog);

/* A connection under way, or made where patience is given and the other side answers. */
int connect_from(const char *from, const char *to, uint16_t port, int patience_ms);
void close_by_reset(int fd);
bool was_reset(int fd);

void send_datagrams(const char *to, uint16_t port, size_t len, int count);
int datagrams_at(int fd); /* takes all that wait */
bool readable(int fd, int patience_ms);

uint16_t local_port(int fd);
struct addr addr_from(const char *text);
struct tuple tuple_of(int client, const char *from, const char *to, uint16_t port);

void probe_nfq(void);
void probe_nflog(void);
void probe_sockdiag(void);
void probe_destroy(void);
void probe_conntrack(void);
void probe_netstat(void);
void probe_links(void);

#endif
