/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The inside of the ledger, shared by its files and by nobody else: ledger.c (memory,
 * questions), ledger_slot.c (slots and their indices), ledger_standing.c (what a decision
 * comes to), ledger_want.c (what is wanted), ledger_time.c (ends and descents),
 * ledger_change.c (what the kernel is told, and its answers), ledger_prefix.c (which
 * prefixes may stand beside each other).
 *
 * Whatever changes what stands, or until when, does so between ledger_slot_open, which
 * takes the slot out of statistics and heaps, and ledger_slot_close, which puts it where
 * it then belongs; so no index can be forgotten.
 */
#ifndef TIDEGATE_CORE_LEDGER_STATE_H
#define TIDEGATE_CORE_LEDGER_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/map.h"
#include "core/ledger.h"

#define SLOT_NONE UINT32_MAX
#define LEDGER_LENGTHS 129 /* of prefixes: 0 .. 128 */

/* What is to be in force, without what the kernel makes of it. until 0: nothing. */
struct standing {
	mono_t until;
	int64_t base_ttl_ns;
	uint64_t incident;
	uint32_t limit_rate, limit_burst;
	uint32_t limit_kib;
	uint8_t response;
	uint8_t origin;
	uint8_t rung, rungs;
	uint8_t ladder[POLICY_RUNGS];
};

/*
 * held, asked and gone say what the kernel has, by place: bit r is the element that
 * response r has there (limit and refuse may share one). held: it said that it has it;
 * asked: an add is on its way; gone: a remove is.
 */
struct slot {
	struct measure m;
	struct standing rest; /* weaker than m, but ends later: it follows */
	mono_t quiet;         /* nothing has stood since: the clock of forgetting */
	mono_t lapse;         /* by then all that is held has ended by itself */
	uint64_t key;
	uint32_t next;        /* slot of the same key, or next free one */
	uint32_t heap_at;
	uint32_t queue_next;
	uint32_t listed;      /* its place among the prefixes */
	uint16_t held, asked, gone;
	uint8_t added;        /* response of the last add, to name what is removed */
	bool used;
	bool queued;
	bool patient;         /* the kernel said not now: nothing before the next tick */
	bool descended;       /* not what was decided last, but what came after it */
	bool retried;         /* it was refused, and is tried again */
};

/* Slots by the time at which something is due: the end of a measure, or the last
 * offence's for a memory. */
struct slot_heap {
	uint32_t *at;
	size_t n;
};

struct slot_fifo {
	uint32_t head, tail;
};

struct listed_prefix {
	struct prefix prefix;
	uint32_t slot;
};

/* Lengths of the listed prefixes of one family: each costs a look-up for every new
 * source. */
struct prefix_lengths {
	uint16_t count[LEDGER_LENGTHS];
	uint8_t in_use[LEDGER_LENGTHS];
	size_t n;
};

struct ledger {
	struct hash_key key;
	struct map *map; /* key -> first slot */
	struct slot *slots;
	size_t capacity;
	uint32_t free;
	uint32_t host;   /* slot of the whole host, or SLOT_NONE */
	struct slot_heap ends;
	struct slot_heap memories;
	struct slot_fifo queue; /* something is to be done in the kernel */
	struct slot_fifo later; /* the same, but not before the next tick */
	struct listed_prefix *prefixes;
	size_t n_prefixes;
	struct prefix_lengths lengths[2]; /* IPv4, IPv6 */
	int64_t forget_ns;
	mono_t retry_at;  /* the next time at which refused ones are tried again ... */
	uint32_t retries; /* ... so many of them ... */
	size_t retry_from; /* ... from this slot on */
	struct ledger_stats stats;
};

/* ledger_slot.c */
uint64_t ledger_key(const struct ledger *l, const struct subject *s);
uint64_t ledger_prefix_key(const struct ledger *l, const struct prefix *p);
/* Without what does not name it. */
struct subject ledger_subject(const struct subject *s, enum scope scope);
struct slot *ledger_slot_find(const struct ledger *l, const struct subject *s,
	enum scope scope);
/* A new slot, opened; makes room by forgetting. ERR_FULL. */
int ledger_slot_admit(struct ledger *l, const struct subject *s, enum scope scope,
	bool dear, struct slot **out);
void ledger_slot_open(struct ledger *l, struct slot *s);
void ledger_slot_close(struct ledger *l, struct slot *s);
/* From one state to another, of which neither is FREE: nothing but the counts moves. */
void ledger_slot_restate(struct ledger *l, struct slot *s, enum measure_state state);
/* Queues it if the kernel is to be told something, retires it if all is done. */
void ledger_slot_wake(struct ledger *l, struct slot *s);
/* Remembers or frees it, if it is idle. */
void ledger_slot_retire(struct ledger *l, struct slot *s);
/* NULL: none yet. */
struct slot *ledger_slot_due(const struct ledger *l, const struct slot_heap *h, mono_t now);

/* ledger_standing.c */
extern const struct standing ledger_nothing;
struct standing ledger_standing_of_decision(const struct decision *d,
	enum measure_origin origin,
	uint64_t incident, mono_t now);
struct standing ledger_standing_of_measure(const struct measure *m);
uint64_t ledger_standing_strength(const struct standing *n);
/* In force from now on, in an opened slot. */
void ledger_standing_put(struct slot *s, const struct standing *n,
	enum measure_state state,
	mono_t since);
bool ledger_fits(enum response r, enum subject_kind kind);

/* ledger_prefix.c */
/* Has a set of single keys in the kernel, where nothing overlaps. */
bool ledger_is_exact(const struct prefix *p);
bool ledger_is_listed_kind(const struct slot *s);
int ledger_prefix_list(struct ledger *l, struct slot *s); /* ERR_FULL */
void ledger_prefix_unlist(struct ledger *l, struct slot *s);
bool ledger_prefix_blocked(const struct ledger *l, const struct slot *s);
/* After s changed: who covers whom now? */
void ledger_prefix_review(struct ledger *l, const struct slot *s);

/* ledger_change.c */
uint16_t ledger_place(const struct slot *s, enum response r); /* bit */
bool ledger_has_work(const struct slot *s);
void ledger_queue_put(struct ledger *l, struct slot_fifo *f, struct slot *s);
/* What waited for the next tick waits no more. */
void ledger_queue_later(struct ledger *l);
void ledger_lapse(struct slot *s, mono_t now);
/* Each second: refused ones become wanted again. */
void ledger_retry(struct ledger *l, mono_t now);

#endif
