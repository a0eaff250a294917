/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * New connections over time, per source and per service, as a list of rules. What a
 * source claims is counted from its SYNs and datagrams; what it has *answered* is
 * counted apart, from answers of the world about those very connections: only that
 * count may cost it service. Counters decay exponentially (half-lives as windows).
 */
#ifndef TIDEGATE_CORE_DETECT_RATE_H
#define TIDEGATE_CORE_DETECT_RATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/table.h"
#include "base/time.h"
#include "core/finding.h"
#include "core/near.h"
#include "core/rule.h"
#include "core/source.h"

#define RATE_RULES 30 /* each has a bit in struct ask; two are others' */
#define RATE_PORTS 16

enum rate_per {
	RATE_PER_SOURCE = 0, /* all connections of one source that match */
	RATE_PER_SERVICE,    /* all to one (proto, port), whoever sends them */
};

struct rate_rule {
	struct rule rule;         /* rate.source, rate.ssh, ... */
	enum rate_per per;
	uint8_t proto;            /* 6, 17, or 0 for both */
	uint16_t ports[RATE_PORTS]; /* services it watches; none = all */
	uint8_t n_ports;
	int64_t window_ns;        /* the counter's half-life is window * ln 2, so that a
	                           * steady rate r reads r * window */
	uint32_t limit;           /* connections in the window */
	uint8_t ask_share;        /* percent of limit from which it asks about each: 50 */
};

struct rate_opts {
	struct rate_rule rules[RATE_RULES];
	size_t n_rules;
};

/* Per (source, rule) and per (service, rule): one table record. */
struct rate_record {
	uint64_t key;
	uint32_t last;       /* tick */
	uint32_t first;      /* tick of the first since the count was last under 1 */
	uint32_t claimed;    /* Q8 connections, decayed */
	uint32_t answered;   /* Q8, decayed, never more than claimed */
	uint32_t answered_at; /* tick of the latest answer */
	uint16_t weak;       /* conntrack's word alone: 0 none, 1 waits, 2 counts */
	uint16_t flags;      /* raised claimed / answered, internal; 0 arms both again */
	uint8_t patience;    /* so many times the limit must be answered; 0 is once */
	uint8_t spare[23];
	uint32_t peak;       /* highest claimed since first, whole connections */
};

_Static_assert(sizeof(struct rate_record) == 64, "a rate record is one table record");

/* True where this packet's service is one the rule watches. */
bool rate_rule_matches(const struct rate_rule *r, uint8_t proto, uint16_t dport);

/* Which rules watch which service, prepared once for each set of rules: half a MiB that
 * spares each packet the walk over all of them. Bit i: rule i. */
struct rate_watch {
	uint32_t tcp[65536], udp[65536];
};

void rate_watch_set(struct rate_watch *w, const struct rate_opts *o);

static inline uint32_t rate_watching(const struct rate_watch *w, uint8_t proto, uint16_t port)
{
	if (proto == PROTO_TCP)
		return w->tcp[port];
	return proto == PROTO_UDP ? w->udp[port] : 0;
}

/*
 * Key of the record of a rule for a source, or for a service. The rule goes by its sid, so
 * that a reload that adds or reorders rules hands nobody's count to another rule.
 */
uint64_t rate_key_source(uint64_t source_key, uint32_t sid);
uint64_t rate_key_service(uint8_t proto, uint16_t port, uint32_t sid);

/*
 * One claimed new connection. Returns true where the claimed count crosses the limit
 * now (PROOF_CLAIMED; *out filled but for subject and tuple). *ask becomes true where
 * this connection's fate should be asked.
 */
bool rate_claimed(const struct rate_rule *r, struct rate_record *rec, mono_t now,
	bool *ask, struct finding *out);

enum answer_grade {
	ANSWER_WEAK = 0, /* conntrack says who was called had ended it: one waits for
	                  * another, then each counts, until a window brings none */
	ANSWER_SOCKET,   /* a socket of ours is or was established with this peer */
};

/*
 * One connection proven, which rate_is_news has let through; true where the answered
 * count crosses the limit now. The count is exact but for its decay: who is framed by
 * forged claims beside his own connections is held to his own ones alone.
 */
bool rate_answered(const struct rate_rule *r, struct rate_record *rec,
	enum answer_grade grade, mono_t now, struct finding *out);

/* Connections that were answered lately: a SYN that was sent again is asked about again,
 * and must not count twice. */
#define RATE_TUPLES 16384 /* a power of two */

struct rate_answers {
	struct {
		uint64_t tuple;
		uint32_t tick;
	} at[RATE_TUPLES];
};

/* Whether this connection (a keyed hash of its 5-tuple) was not answered in the last two
 * minutes, as far as is remembered: one in RATE_TUPLES pushes another out. */
bool rate_is_news(struct rate_answers *a, uint64_t tuple, mono_t now);

/* How far a record's two counts are; it stays as it is. */
void rate_near(const struct rate_rule *r, const struct rate_record *rec, mono_t now, struct nears *out);

#endif
