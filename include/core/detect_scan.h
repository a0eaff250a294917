/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Port scan by one source: a sequential hypothesis test over its first contacts (Jung,
 * Paxson, Berger, Balakrishnan, "Fast Portscan Detection Using Sequential Hypothesis
 * Testing", S&P 2004), run as a CUSUM with floor 0 (Page 1954) so that good behaviour
 * can never be banked, over two memories (10 min, 24 h). A contact counts once for each
 * distinct (proto, address, port).
 */
#ifndef TIDEGATE_CORE_DETECT_SCAN_H
#define TIDEGATE_CORE_DETECT_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/time.h"
#include "core/finding.h"
#include "core/near.h"
#include "core/rule.h"
#include "core/source.h"

/* What one first contact turned out to be. */
enum contact_outcome {
	CONTACT_NEUTRAL = 0, /* recently listening, unknown, mid-stream: says nothing */
	CONTACT_CLOSED,      /* SYN, UDP or SCTP to a port that nobody listens on */
	CONTACT_STEALTH,     /* NULL, FIN, XMAS, SYN+FIN to any port */
	CONTACT_STRAY_ACK,   /* unsolicited ACK to a port that nobody listens on */
	CONTACT_UNFINISHED,  /* SYN to an open port whose handshake never completed */
	CONTACT_OPEN,        /* SYN or datagram to an open port; its end is open too */
	CONTACT_COMPLETED,   /* an open contact completed, by the world's word */
	CONTACT_SILENT,      /* the same, and the peer never sent a byte of data */
};

struct scan_opts {
	struct rule fast_rule, slow_rule; /* scan.fast, scan.slow */
	struct rule proven_rule;   /* scan.proven */
	int16_t weight_closed;     /* nats Q9.6: 2.77 = ln((1-theta1)/(1-theta0)),
	                            * theta0 .95, theta1 .2 */
	int16_t weight_weak;       /* STRAY_ACK, UNFINISHED, SILENT: 1.4 */
	int16_t weight_completed;  /* -1.56 = ln(theta1/theta0) */
	int16_t fast_threshold;    /* 15.2: six straight failures, less half a weight,
	                            * for the decay between them */
	int16_t slow_threshold;    /* 20.7: eight */
	int16_t proven_threshold;  /* 15.2: eleven silent connections */
	int64_t fast_half_life_ns; /* 10 min */
	int64_t slow_half_life_ns; /* 24 h */
	uint8_t neighbour_factor;  /* thresholds times this for our own subnets: 2 */
};

struct scan_contact {
	enum contact_outcome outcome;
	uint64_t target;  /* keyed hash of (proto, daddr, dport) */
	bool neighbour;   /* the source is on one of our own subnets */
	bool revisit;     /* late end of a contact counted as OPEN: no bitmap is asked */
	bool proven;      /* the peer has answered in this very contact */
	uint8_t patience; /* thresholds times this (0 is 1); of the proven one: times both */
	uint8_t proof;
};

/*
 * Brings the targets' generations up to now and arms again what has fallen below half
 * of its threshold. Idempotent. After source_touch, which alone decays the scores.
 *
 * A target is remembered for one to two hours; all of them for a day where they are
 * eight or fewer, and longer while they are visited.
 */
void scan_touch(const struct scan_opts *o, struct source *s, mono_t now);

/*
 * Counts one contact; after source_touch (scan_touch is called here). Returns true
 * where it crossed a threshold for the first time since the score last fell below half
 * of it; then out->kind, rule, proof, score, threshold, count, window_ns, first and at
 * are set, the rest is zero and the caller's to fill. The proof is PROOF_CLAIMED, but for
 * the memory that holds nothing but proven contacts, which speaks first. *fresh
 * tells whether the target was new; it is false for a revisit. The slow memory raises
 * nothing while the fast finding stands: it holds the same evidence.
 *
 * With the thresholds above, six distinct closed targets cross the fast one up to 25 s
 * apart, seven or eight at a minute; the slow one takes eight or nine at 5 to 60
 * minutes.
 */
bool scan_count(const struct scan_opts *o, struct source *s, const struct scan_contact *c,
	mono_t now, bool *fresh, struct finding *out);

/* How far each score is, for a knock that would be counted as this one: neighbour, patience and proof are read. After
 * source_touch. */
void scan_near(const struct scan_opts *o, const struct source *s, const struct scan_contact *as, struct nears *out);

#endif
