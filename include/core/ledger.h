/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is wanted, against what the kernel has applied. Every measure has an end; when it
 * ends, its subject goes down one rung of its ladder for one base time, until it is free;
 * its offences are forgotten one for each quiet 'forget'. In detect mode a measure is a
 * shadow: held, listed, never sent.
 *
 *   WANTED -> SENT -> APPLIED -> ended
 *   SENT -> WANTED on a refusal that may pass (retried), -> REFUSED on any other;
 *   one refused measure a second is tried again, and more while that succeeds
 *   COVERED: a broader prefix with the same response stands in the kernel instead; it
 *   returns to WANTED after it.
 */
#ifndef TIDEGATE_CORE_LEDGER_H
#define TIDEGATE_CORE_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/time.h"
#include "core/policy.h"
#include "core/response.h"

/* ERR_FULL beyond: subjects that are neither an IPv4 address nor an IPv6 /64, and
 * measures of one source (itself and single services). */
#define LEDGER_PREFIXES 1024
#define LEDGER_SERVICES 32

enum measure_state {
	MEASURE_FREE = 0, /* no measure; offences may be remembered */
	MEASURE_SHADOW,   /* detect mode */
	MEASURE_WANTED,
	MEASURE_SENT,
	MEASURE_APPLIED,
	MEASURE_REFUSED,  /* the kernel will not: reason in 'error' */
	MEASURE_COVERED,
};

const char *measure_state_name(enum measure_state s);

enum measure_origin {
	ORIGIN_DETECTOR = 0,
	ORIGIN_MANUAL,
	ORIGIN_ADOPTED, /* found in the kernel at start */
};

enum { ORIGINS = ORIGIN_ADOPTED + 1 };

const char *measure_origin_name(enum measure_origin o);

struct measure {
	uint32_t id;           /* slot; stable while the subject is remembered */
	uint32_t version;      /* counts its changes: a late answer is known as such */
	struct subject subject;
	enum response response;
	enum scope scope;
	enum measure_state state;
	enum measure_origin origin;
	mono_t since, until;
	mono_t trigger;        /* arrival of the packet that decided it; 0: none did */
	mono_t applied;        /* the kernel's answer; 0 before */
	int64_t base_ttl_ns;
	uint32_t limit_rate, limit_burst;
	uint32_t limit_kib; /* egress-limit */
	enum response ladder[POLICY_RUNGS];
	uint8_t rungs, rung;
	uint16_t offences;     /* how often it has offended before, as remembered */
	mono_t forget_at;      /* when one of them is forgotten */
	uint64_t incident;     /* 0 = none */
	int error;             /* enum err of the last refusal */
	uint64_t hits;         /* packets that our verdicts dropped for it */
	uint64_t kernel_packets, kernel_bytes; /* that its element dropped, when it was last looked at */
	mono_t looked;         /* 0: never */
	uint8_t bite, leak;    /* enum bite, enum leak: what that look found */
	bool again;            /* it was in force before: that it is again is no news of its own */
};

/* One thing to do in the kernel. */
struct change {
	bool add;   /* else remove */
	bool fresh; /* an add, and as far as is known the kernel has nothing at its place:
		       a hint that saves work, never a promise */
	struct measure measure;
};

struct ledger_stats {
	uint64_t subjects, capacity;
	uint64_t by_state[MEASURE_COVERED + 1];
	uint64_t by_response[RESPONSES]; /* in force or wanted or shadow */
	uint64_t enforced[RESPONSES];    /* that the kernel has; covered ones, too */
	uint64_t blocked_v4[ORIGINS];    /* of these the shields, refusals and drops of sources, by enum measure_origin */
	uint64_t blocked_v6[ORIGINS];
	uint64_t costly;                 /* of those by_response, by detectors, and somebody loses service */
	uint64_t full;                   /* decisions that found no room */
	uint64_t refused;                /* by the kernel */
	uint64_t evicted;                /* subjects forgotten early, to make room */
	uint64_t lost;                   /* elements that the kernel had and has no more */
};

/* Of all that should be in the kernel, the part that is: 1 where nothing should be. */
double ledger_enforced_ratio(const struct ledger_stats *s);

/* Tells the engine of an end or a step down, so that it is recorded. 'next' is
 * RESPONSE_OBSERVE at the end. Must not call the ledger. */
typedef void (*ledger_ended)(void *ctx, const struct measure *m, enum response next);

struct ledger;

size_t ledger_bytes(size_t subjects);
int ledger_create(struct ledger **out, void *memory, size_t bytes, size_t subjects,
	const struct hash_key *key);

/* How often this subject offended before, and what stands against it now (NULL: never
 * seen). */
const struct measure *ledger_find(const struct ledger *l, const struct subject *s,
	enum scope scope);

/* The kernel has something of it, or may have: also of what has ended, until it has said that it is gone. */
bool ledger_in_kernel(const struct ledger *l, const struct subject *s, enum scope scope);

/*
 * Which offence the next decision about this subject is about (0 = the first): for
 * policy_decide. While a measure stands as it was decided, a new finding belongs to the
 * offence that led to it; once it has ended or gone down a rung, it is a return. A
 * source's measures of single services count for the source.
 */
uint16_t ledger_offences(const struct ledger *l, const struct subject *s, mono_t now);

/*
 * Wants a decision to be in force (destinations are single ones: an IPv4 address, an IPv6 /64): a stronger response, or the same for longer, replaces
 * what stands; a weaker one that ends later is kept and follows it. ERR_EXISTS where one
 * at least as strong and as long stands (*out is that one), ERR_INVALID for what cannot
 * be done to such a subject, ERR_FULL where there is no room: subjects that are only
 * remembered make room first, and the last eighth is not for shields of single sources,
 * which forged packets can cause. Remembers d->offence of a detector's decision. shadow:
 * detect mode; a shadow never becomes real, nor does it replace what is real.
 * ORIGIN_ADOPTED is APPLIED at once. *out (may be NULL) is valid until the next change.
 */
int ledger_want(struct ledger *l, const struct decision *d, enum measure_origin origin,
	uint64_t incident, bool shadow, mono_t trigger, mono_t now,
	const struct measure **out);

/* Ends what stands against a subject, without a step down. forgive also forgets its
 * offences. ERR_ABSENT where nothing stands (and nothing was forgiven). */
int ledger_end(struct ledger *l, const struct subject *s, enum scope scope, bool forgive,
	mono_t now);
void ledger_end_all(struct ledger *l, mono_t now);

/* The same for a source and for each of its services at once: an administrator's
 * unban. */
int ledger_end_source(struct ledger *l, const struct subject *s, bool forgive,
	mono_t now);

/* Expiry, descent, forgetting: at most 'most' subjects a call, in the order of their
 * ends. */
bool ledger_is_due(const struct ledger *l, mono_t now, int64_t forget_ns); /* would it end or forget anything? */
void ledger_tick(struct ledger *l, mono_t now, size_t most, int64_t forget_ns,
	ledger_ended ended, void *ctx);

/*
 * The next thing to do in the kernel (oldest first): marks it SENT. False where there is
 * nothing. Every change that was taken must be answered once; until then its subject gets
 * no other, but that an add may follow the removes that were handed out before it. Limit
 * and refuse are one element of the kernel for an IPv4 address and an IPv6 /64, also with
 * scope service (nft_place.h), so between these an add replaces without a remove. What
 * lapses in the kernel by itself is not removed, but for prefixes, whose neighbours must
 * not meet a late one.
 */
bool ledger_take_change(struct ledger *l, struct change *out);

/*
 * The kernel's answer to a change: 0 or an enum err. ERR_AGAIN, and what may pass like it
 * (the table is gone, a late neighbour overlaps), makes it wanted again, from the next
 * ledger_tick on; a new version says so.
 */
void ledger_answer(struct ledger *l, const struct change *c, int result, mono_t now);

/* Everything that was sent, applied or refused becomes wanted again, newest first: the
 * kernel's table was lost. */
void ledger_rewant(struct ledger *l);

/*
 * The kernel has lost the element of this measure (as it was told in 'm': id, version):
 * it is wanted again. False where that is old news.
 */
bool ledger_lost(struct ledger *l, const struct measure *m);

/* What a look at the element of this measure (id, version) found. */
struct ledger_look {
	uint64_t packets, bytes;
	uint8_t bite, leak;
};

void ledger_looked(struct ledger *l, const struct measure *m, const struct ledger_look *k,
	mono_t now);

/*
 * Of a measure that nobody has looked after for a while, makes what would stand by now:
 * it has gone down its ladder as ledger_tick would have had it, or is MEASURE_FREE and its
 * offences, but for those that are forgotten, wait for forget_at. (Of a MEASURE_FREE one
 * with forget_at 0 that clock begins now.) Times may lie before this boot.
 */
void ledger_catch_up(struct measure *m, int64_t forget_ns, mono_t now);

/*
 * A measure of an earlier run, as its owner remembers it: wanted until m->until, with its
 * incident, ladder, rung and offences. ERR_EXISTS: it stands (adopted from the kernel),
 * has been given these, and keeps its time. MEASURE_FREE: the memory of offences alone.
 * ERR_RANGE where it is over; else as ledger_want.
 */
int ledger_restore(struct ledger *l, const struct measure *m, int64_t forget_ns,
	mono_t now);

/* A new flow to (proto, port), as the packet path asks about it. */
struct ledger_flow {
	const struct addr *src;
	uint64_t key;  /* source_key(src) */
	uint64_t hash; /* hash_u64 of it, under the key that the ledger was made with */
	uint16_t port;
	uint8_t proto;
};

/* Touches what ledger_match will read of the source with that hash, for a burst. */
void ledger_prefetch(const struct ledger *l, uint64_t hash);

/*
 * The packet path's question: what stands against this flow's source now? The strongest
 * of WANTED, SENT, APPLIED and COVERED measures (exact, /64, prefixes, scope service).
 * Never a shadow, never one that is over. NULL for none.
 */
struct measure *ledger_match(struct ledger *l, const struct ledger_flow *f, mono_t now);

/* The host-wide shield against strangers, if it stands (wanted, sent or applied). */
const struct measure *ledger_host(const struct ledger *l);

/* Walks all remembered subjects: start with *at = 0; NULL at the end. */
const struct measure *ledger_next(const struct ledger *l, size_t *at);

/* The same for ever, in small steps: goes on behind *at, round and round, and looks at no
 * more than *left subjects and free places in all; NULL when these are used up. */
const struct measure *ledger_walk(const struct ledger *l, size_t *at, size_t *left);

/* How many of that response are in force, or wanted, or shadows. */
uint64_t ledger_count(const struct ledger *l, enum response r);

void ledger_stats(const struct ledger *l, struct ledger_stats *out);

#endif
