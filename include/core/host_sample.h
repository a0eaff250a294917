/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the host says of itself once a second: its interfaces, its protocols, its sockets and conntrack, by the kernel's
 * own counters. Facts about us: anybody may cause them, nobody can forge them, and they stay true where packets were not
 * seen by us. An input of the engine; pure values.
 *
 * Counters are the kernel's, since it began to count: whoever takes two samples forms the difference, and a counter that
 * went back (an interface was made anew) counts from zero. So a lost sample loses nothing but its second.
 */
#ifndef TIDEGATE_CORE_HOST_SAMPLE_H
#define TIDEGATE_CORE_HOST_SAMPLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/time.h"

#define SAMPLE_LINKS 32
#define LINK_NAME 16 /* IFNAMSIZ */

/* The way a packet goes, as the host sees it. These stand in files: never renumbered. */
enum host_way { HOST_IN = 0, HOST_OUT, HOST_WAYS };

/* One interface that is up, loopback left out. */
struct link_counters {
	uint32_t index; /* ifindex */
	char name[LINK_NAME]; /* always terminated */
	uint64_t bytes[HOST_WAYS], packets[HOST_WAYS], dropped[HOST_WAYS], errors[HOST_WAYS];
};

/* OTHER: what the kernel counts apart: UDP-Lite, and packets of protocols that nobody here speaks. Tunnels and SCTP have
 * no counter among these: links tell of them. */
enum host_proto { HOST_TCP = 0, HOST_UDP, HOST_ICMP, HOST_OTHER, HOST_PROTOS };

const char *host_proto_name(enum host_proto p); /* "tcp", "udp", "icmp", "other" */

/* States of TCP sockets, all together; what a walk over them met. */
enum socket_state {
	SOCKET_ESTABLISHED = 0,
	SOCKET_SYN_SENT,
	SOCKET_SYN_RECV,
	SOCKET_FIN_WAIT, /* 1 and 2 */
	SOCKET_TIME_WAIT,
	SOCKET_CLOSE_WAIT,
	SOCKET_LAST_ACK, /* and CLOSING */
	SOCKET_LISTEN,
	SOCKET_STATES,
};

const char *socket_state_name(enum socket_state s); /* as ss has them: "ESTAB", "SYN-SENT" */

enum host_known { /* what of a sample could be read; the rest is 0 */
	KNOWN_LINKS = 1 << 0,
	KNOWN_PROTOS = 1 << 1,
	KNOWN_STATES = 1 << 2,
	KNOWN_CONNTRACK = 1 << 3,
	KNOWN_FLOWS = 1 << 4, /* ends of flows are told, all of them, since the sample before */
};

struct host_sample {
	wall_t wall;              /* when it was taken */
	int32_t utc_offset_s;     /* of local time at that moment, east positive */
	uint32_t known;           /* enum host_known */
	uint32_t links_cut;       /* interfaces beyond SAMPLE_LINKS */
	struct link_counters links[SAMPLE_LINKS]; /* by index, ascending */
	uint32_t n_links;
	uint64_t packets[HOST_PROTOS][HOST_WAYS]; /* to and from this host, loopback included (RFC 4022, 4113, 4293) */
	uint64_t opened[HOST_WAYS];  /* TCP connections: accepted, begun (PassiveOpens, ActiveOpens) */
	uint64_t resets_sent;        /* OutRsts */
	uint64_t unreachable_sent;   /* datagrams to ports that nobody serves (NoPorts) */
	uint32_t states[SOCKET_STATES]; /* now */
	uint32_t states_age_ms;      /* how old that walk is: a host of very many sockets is walked less often */
	uint32_t conntrack, conntrack_max; /* entries now; 0 of max: not known */
};

/* Keeps links in order; one that is there already is replaced. Of more than SAMPLE_LINKS those of the highest index are
 * left out, and counted in links_cut. */
void host_sample_add_link(struct host_sample *s, const struct link_counters *l);

#endif
