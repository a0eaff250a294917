/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Port scan by one source: a sequential hypothesis test over its first contacts (Jung, Paxson, Berger, Balakrishnan,
 * "Fast Portscan Detection Using Sequential Hypothesis Testing", S&P 2004), run as a CUSUM with floor 0 (Page 1954) so
 * that good behaviour can never be banked, over two memories (10 min, 24 h). A contact counts once for each distinct
 * (proto, address, port).
 */
#ifndef TIDEGATE_CORE_DETECT_SCAN_H
#define TIDEGATE_CORE_DETECT_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/time.h"
#include "core/finding.h"
#include "core/rule.h"
#include "core/source.h"

/* What one first contact turned out to be. */
enum contact {
	CONTACT_NEUTRAL = 0, /* recently listening, unknown, mid-stream: says nothing */
	CONTACT_CLOSED,      /* SYN, UDP or SCTP to a port that nobody listens on */
	CONTACT_STEALTH,     /* NULL, FIN, XMAS, SYN+FIN to any port */
	CONTACT_STRAY_ACK,   /* unsolicited ACK to a port that nobody listens on */
	CONTACT_UNFINISHED,  /* SYN to an open port whose handshake never completed */
	CONTACT_OPEN,        /* SYN or datagram to an open port; its end is not known yet */
	CONTACT_COMPLETED,   /* the handshake of an open contact completed, by an answer of the world */
};

struct scan_opts {
	struct rule fast_rule, slow_rule; /* scan.fast, scan.slow */
	int16_t weight_closed;     /* nats Q9.6: ln((1-theta1)/(1-theta0)) = 2.77 at theta0 .95, theta1 .2 */
	int16_t weight_weak;       /* STRAY_ACK, UNFINISHED: 1.4 */
	int16_t weight_completed;  /* -1.56 = ln(theta1/theta0) */
	int16_t fast_threshold;    /* 15.2: six straight failures; half a weight under 16.6, for the decay */
	int16_t slow_threshold;    /* 20.7: eight */
	int64_t fast_half_life_ns; /* 10 min */
	int64_t slow_half_life_ns; /* 24 h */
	uint8_t neighbour_factor;  /* thresholds times this for sources of our own subnets: 2 */
};

struct scan_contact {
	enum contact outcome;
	uint64_t target;  /* keyed hash of (proto, daddr, dport) */
	bool neighbour;   /* the source is on one of our own subnets */
	bool revisit;     /* the late end of a contact that was counted as OPEN: the bitmap is not asked */
};

/* Brings the record's scan state up to now (decay, bitmap generations). Idempotent. */
void scan_touch(const struct scan_opts *o, struct source *s, mono_t now);

/*
 * Counts one contact. Returns true where it crossed a threshold for the first time since the score last fell below
 * half of it; then out->kind, rule, proof (always PROOF_CLAIMED), score, threshold, count, window_ns, first and at
 * are set and the rest is the caller's. *fresh tells whether the target was new.
 */
bool scan_count(const struct scan_opts *o, struct source *s, const struct scan_contact *c, mono_t now,
	bool *fresh, struct finding *out);

#endif
