/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The values that travel from detectors to policy: subject, proof, finding.
 */
#ifndef TIDEGATE_CORE_FINDING_H
#define TIDEGATE_CORE_FINDING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/time.h"
#include "core/actor.h"
#include "core/packet.h"
#include "core/rule.h"

/* Whom a finding or a measure is about. */
enum subject_kind {
	SUBJECT_NONE = 0,
	SUBJECT_SOURCE,  /* an address or prefix that sends to us */
	SUBJECT_SERVICE, /* one of our own (proto, port) */
	SUBJECT_HOST,    /* this host as a whole */
	SUBJECT_DESTINATION, /* an address that this host sends to */
	SUBJECT_ACTOR,   /* who of this host sends */
};

struct subject {
	enum subject_kind kind;
	uint8_t proto;        /* SUBJECT_SERVICE; or of a measure with scope service */
	uint16_t port;
	union {
		struct prefix source; /* SUBJECT_SOURCE, SUBJECT_DESTINATION */
		struct actor actor;   /* SUBJECT_ACTOR */
	};
};

/* Whether both name the same one; what a kind does not use is not compared (a source's
 * proto and port). */
bool subject_equal(const struct subject *a, const struct subject *b);

/* How sure it is that the subject really sent this very evidence. A property of the
 * event, never of the source. */
enum proof {
	PROOF_CLAIMED = 0, /* one-way: the source can be forged */
	PROOF_ANSWERED,    /* the source acknowledged our exact sequence number in it */
	PROOF_LOCAL,       /* our own process */
	PROOF_REPORTED,    /* another program says so: more than a lone packet, less than what we have seen answered */
	PROOFS,
};

/* Whether this proof is as much as that one: claimed, reported, answered, local, in this order. */
bool proof_reaches(enum proof has, enum proof least);

const char *proof_name(enum proof p);

enum finding_kind {
	FINDING_NONE = 0,
	FINDING_SCAN,         /* one source knocks at closed ports */
	FINDING_SPRAY,        /* many sources do, few ports each */
	FINDING_RATE,         /* one source opens too many connections */
	FINDING_SERVICE_RATE, /* one service gets too many */
	FINDING_FLOOD,        /* one service gets handshakes that never complete */
	FINDING_ODD,          /* packets that no honest stack sends */
	FINDING_BRUTE,        /* one source guesses passwords */
	FINDING_BRUTE_SPREAD, /* many do, of one service, a few tries each */
	FINDING_HOLD,         /* connections of one service are hoarded */
	FINDING_SLOW,         /* the same, by clients that say next to nothing */
	FINDING_PILE,         /* our own program leaves connections unclosed */
	FINDING_VOLUME,       /* far more packets or bytes than there were */
	FINDING_MIX,          /* other shares of the protocols than there were */
	FINDING_BASELINE,     /* not what is normal at this time of day and week */
	FINDING_NOVEL,        /* what this host has never done before */
	FINDING_REACH,        /* one of ours reaches what it never reached before */
	FINDING_SWEEP,        /* one of ours scans others */
	FINDING_EXFIL,        /* more leaves than ever did, to where it never went */
	FINDING_BEACON,       /* one of ours calls somebody as by the clock */
	FINDING_TUNNEL,       /* data leave in the names that are looked up */
	FINDING_LISTED,       /* one of ours calls whom a list names */
	FINDING_EGRESS,       /* two independent signals of these about one destination */
	FINDING_REPORTED,     /* alerts of another program about one address add up */
	FINDING_KINDS,
};

const char *finding_kind_name(enum finding_kind k); /* "brute-spread" */

/*
 * What is, and no offence of anybody: it is told, and nothing is ever done for it alone. Those about a service or the host
 * would do an attacker's work if they shut it; those about what leaves are one signal each, and it takes two
 * (FINDING_EGRESS).
 */
bool finding_is_news(enum finding_kind k);

#define FINDING_PORTS 16
#define FINDING_ABOUT 64
#define FINDING_WHO 64

struct finding {
	enum finding_kind kind;
	enum proof proof;
	struct rule rule;      /* a copy: rules may be swapped while an incident lives */
	struct subject subject;
	/* hundredths, in the detector's own unit (nats, connections, deviations) */
	int32_t score;
	int32_t threshold;     /* the score at which it is raised, same unit */
	uint32_t count;        /* distinct ports, connections, sources that led here */
	int64_t window_ns;     /* over how long they were counted */
	mono_t first, at;      /* first evidence, and the one that crossed */
	struct addr src, dst;  /* the packet that crossed; families NONE for a tick */
	uint16_t sport, dport;
	uint8_t proto;
	uint32_t if_in;
	uint16_t ports[FINDING_PORTS]; /* a sample of what was knocked at */
	uint8_t n_ports;
	struct actor actor;        /* of egress kinds: whose process it is */
	char who[FINDING_WHO];     /* of ours it hits, as far as is known: "sshd (pid 812, root, ssh.service)" */
	char about[FINDING_ABOUT]; /* what exactly, where subject and ports do not say it: "link eth0 bytes-in" */
};

#endif
