/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What happens to one host, as a list of contacts in the order of time: who came, to which port, how it ended and when
 * that was known. All detectors of the table see this very list. Made from a seed, so that the same table comes out
 * again; the generators are in attacks.c and benign.c.
 */
#ifndef TIDEGATE_TESTS_BENCH_RIVALS_STREAM_H
#define TIDEGATE_TESTS_BENCH_RIVALS_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/time.h"
#include "core/packet.h"

#define MINUTE (60 * NS_PER_S)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define STREAM_START (12 * HOUR) /* since boot: a host that has been up for a while */

/* Who a source is. It stands in its address, 10.ROLE.x.y, so that whoever is accused can be told apart afterwards. */
enum role {
	ROLE_ATTACKER = 0,
	ROLE_DECOY,      /* an innocent whose address an attacker mixes among his own */
	ROLE_VICTIM,     /* an innocent with live sessions, in whose name somebody scans */
	ROLE_BACKGROUND, /* clients of the services while an attack runs */
	ROLE_WEB,        /* from here on the benign day */
	ROLE_MAIL,       /* mail clients that go through four dead ports each time */
	ROLE_OFFICE,     /* an office of a hundred behind one address */
	ROLE_MONITOR,
	ROLE_PEER,       /* of a peer-to-peer network that our address was part of */
	ROLE_RESOLVER,   /* answers late */
	ROLE_RETRY,      /* clients of a service while it restarts */
	ROLE_SSH,        /* automation once a minute, and people who mistype */
	ROLE_TEAM,       /* developers behind one address, nine ssh sessions a minute */
	ROLE_BACKSCATTER, /* servers that somebody floods in our name */
	ROLES,
};

enum ending {
	ENDING_NONE = 0,   /* not said yet: stream_add sees what it meets */
	ENDING_SERVED,     /* completed, and data went both ways */
	ENDING_BARE,       /* completed, and closed without a byte */
	ENDING_RESET,      /* its own RST answered our SYN-ACK: a half-open probe of an open port */
	ENDING_REFUSED,    /* our RST, or ICMP port unreachable */
	ENDING_SILENT,     /* no answer of ours, or none of its own */
};

enum login {
	LOGIN_NONE = 0,
	LOGIN_FAILED,
	LOGIN_GOOD,
};

struct visit {
	int64_t at;      /* ns; the first packet */
	int64_t ended;   /* ns; when the ending is known */
	uint32_t src;    /* the peer, host byte order */
	uint16_t sport, dport; /* as the packet has them */
	uint8_t proto, flags;
	uint8_t ending;  /* enum ending */
	uint8_t login;   /* enum login, known when it has ended */
	bool service;    /* to a port of ours that the firewall lets in, though it may be down */
	bool sent;       /* by this host: dport is the peer's */
	bool counted;    /* one of those connections of a victim that are counted afterwards */
};

struct stream {
	struct visit *list;
	size_t n, room;
	uint16_t open[8]; /* TCP services; 0 = no more */
	/* One of them restarts. 0, 0: none does. */
	int64_t down_from, down_until;
	uint16_t down_port;
	uint64_t random;
	uint16_t sport; /* the next client port: no two living connections share one */
};

#define SOURCE(role, n) (UINT32_C(10) << 24 | (uint32_t)(role) << 16 | (uint32_t)(n))

static inline enum role role_of(uint32_t src)
{
	return (enum role)(src >> 16 & 0xff);
}

/* Empty, with services 22, 80, 443 and 993, or with none. */
void stream_open(struct stream *s, uint64_t seed, bool services);
void stream_close(struct stream *s);

/* Evenly from least to most; a gap that varies by half of itself either way. */
uint32_t stream_between(struct stream *s, uint32_t least, uint32_t most);
int64_t stream_gap(struct stream *s, int64_t mean_ns);

bool stream_serves(const struct stream *s, uint8_t proto, uint16_t port);

/* A copy of v goes in, with a client port where it has none, and with the ending that such a packet meets where none is
 * said: served, refused or silent; "ended" follows from it. What is returned may be changed, until the next call. */
struct visit *stream_add(struct stream *s, struct visit c);

/* By time; of one moment by source and port. */
void stream_sort(struct stream *s);

/* attacks.c. Each brings its attacker, and a few clients that are served meanwhile. */
struct attack {
	const char *name;
	void (*make)(struct stream *s);
	bool closed_host; /* no port is open, and nobody else comes */
};

enum attack_id {
	ATTACK_PROBES = 0,
	ATTACK_FAST,
	ATTACK_SLOW,
	ATTACK_SLOWEST,
	ATTACK_STEALTH,
	ATTACK_CONNECT,
	ATTACK_UDP,
	ATTACK_DECOY,
	ATTACK_DISTRIBUTED,
	ATTACK_SSH_FAST,
	ATTACK_SSH_SLOW,
	ATTACK_FORGED,
	ATTACKS,
};

#define DECOYS 10
#define HELPERS 64     /* sources of the distributed scan */
#define REAL_CONNECTIONS 1000

extern const struct attack attacks[ATTACKS];

/* benign.c: a day; how many sources there are in it. */
void benign_day(struct stream *s);
size_t benign_sources(void);

#endif
