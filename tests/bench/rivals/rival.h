/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One detector of the table: a published rule, told each contact when it begins and again when its ending is known. It
 * answers by accusing sources. rivals_*.c have the peers' rules, ours.c has the engine.
 */
#ifndef TIDEGATE_TESTS_BENCH_RIVALS_RIVAL_H
#define TIDEGATE_TESTS_BENCH_RIVALS_RIVAL_H

#include "stream.h"
#include "tally.h"

#define BLOCK_OF_USERS HOUR /* for how long somebody who lets a mere alarm block would block */

/* What was said of one source. */
struct accused {
	bool reported; /* called an attacker, or answered with a measure of any kind */
	bool harmed;   /* what is done to it costs it the services, or some of them */
	int64_t until; /* ns: refused until then */
};

struct court {
	struct tally accused; /* by source */
	bool host;            /* a measure about this host as a whole, in nobody's name */
	bool distributed;     /* an alarm names a source and says that it is not alone */
	bool services;        /* a measure on a service, which everybody feels */
	bool refused;         /* the contact in hand does not get through */
	uint32_t probes, probes_needed; /* the attacker's so far; and when one was first accused, 0 = never */
	uint32_t refused_counted;       /* of those of a victim that are counted */
};

#define PACKET_BY_PACKET INT64_C(-1) /* the rule itself says of each packet whether it is refused */

/* A report of src; it loses the services for so long from now on (0: it does not). */
void court_accuse(struct court *k, uint32_t src, int64_t now, int64_t refused_for);
const struct accused *court_of(struct court *k, uint32_t src);
/* Sources of that role that were reported; harmed: of these, those that lose something by it. */
size_t court_count(const struct court *k, enum role r, bool harmed);
void court_close(struct court *k);

/* What most rules remember: a record of each source, and one of what it has touched. */
struct memory {
	struct court *court;
	struct tally sources, seen;
};

void *memory_create(struct court *k, size_t source, size_t seen); /* bytes of their records */
void memory_destroy(void *memory);

struct rival {
	const char *name;
	bool alarm_only; /* as published nothing is blocked: its figures say what the block of its users would do */
	bool scans, logins; /* what there is a rule for */
	void *(*create)(const struct stream *s, uint64_t seed, struct court *k);
	void (*destroy)(void *state);
	void (*begins)(void *state, const struct visit *c); /* may be NULL */
	void (*ended)(void *state, const struct visit *c);  /* may be NULL */
};

extern const struct rival ours, zeek, simple_scan, snort_low, snort_medium, snort_high, psad, crowdsec, xt_psd,
	fail2ban, trw;

/* The whole stream through one detector that is made for it. k is zeroed at first. */
void rival_run(const struct rival *r, const struct stream *s, uint64_t seed, struct court *k);

/* What a contact looks like to the peers' inputs. */
static inline bool visit_is_syn(const struct visit *c)
{
	return !c->sent && c->proto == PROTO_TCP && c->flags == TCP_SYN;
}

static inline bool visit_is_stealth(const struct visit *c)
{
	return !c->sent && c->proto == PROTO_TCP && !(c->flags & (TCP_SYN | TCP_ACK | TCP_RST));
}

/* A firewall that drops and logs whatever is not let in: the input of psad and CrowdSec. Flags without a flow are invalid
 * to it, whatever the port. */
static inline bool visit_is_logged(const struct visit *c)
{
	return !c->sent && (!c->service || visit_is_stealth(c));
}

static inline uint64_t source_port(const struct visit *c)
{
	return (uint64_t)c->proto << 48 | (uint64_t)c->src << 16 | c->dport;
}

#endif
