/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How much harm tidegate may do before it stops and calls for a human: measures a minute,
 * measures in all, and measures against sources that have been good. It counts what
 * detectors decide and what costs a source service (limit, refuse, drop); shields and the
 * administrator's own measures are not put before it. Called by engine_decide, which
 * alone knows what becomes of a decision that is beyond the bounds.
 */
#ifndef TIDEGATE_CORE_BUDGET_H
#define TIDEGATE_CORE_BUDGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/time.h"

enum budget_over {
	BUDGET_OVER_DETECT = 0, /* back to detect mode: what stands ends, too */
	BUDGET_OVER_HOLD,       /* what stands stays; nothing new until it fits again */
};

struct budget_opts {
	uint32_t per_minute;         /* measures */
	uint32_t total;              /* measures that stand at once */
	uint32_t known_good_percent; /* of all known-good sources, within an hour ... */
	uint32_t known_good_least;   /* ... or so many, where that is more */
	uint8_t widest_v4, widest_v6; /* shortest prefix that a measure may have */
	enum budget_over over;
};

enum budget_word {
	BUDGET_FINE = 0,
	BUDGET_PER_MINUTE,
	BUDGET_TOTAL,
	BUDGET_KNOWN_GOOD,
	BUDGET_NETWORK, /* of this network alone: nothing is wrong with us */
};

#define BUDGET_SLOTS 13            /* of five seconds: a minute and the slot that runs */
#define BUDGET_NETWORK_PART 4      /* of the minute, for one network: a quarter */
#define BUDGET_CHARGES 256         /* whose networks are remembered */
#define BUDGET_KNOWN_GOOD_MOST 1024 /* whatever the percentage comes to */

/* Open, so that it can be a member; its fields are budget.c's. */
struct budget {
	struct {
		int64_t slot;
		uint32_t n;
	} minute[BUDGET_SLOTS];
	struct {
		uint64_t source;
		mono_t at;
	} good[BUDGET_KNOWN_GOOD_MOST];
	struct {
		uint64_t network;
		int64_t slot;
	} charges[BUDGET_CHARGES]; /* the last ones that have a network */
	size_t n_charges;
	size_t n_good;
};

/* The measure that is thought about. */
struct budget_case {
	uint64_t source;           /* its source_key; whoever has many: their network */
	uint64_t network;          /* who is one though he has many sources; 0: he is not */
	bool known_good;           /* its source has a good history */
	uint64_t known_good_total; /* how many such sources there are */
	uint64_t standing;         /* measures of this kind that stand now */
};

void budget_reset(struct budget *b);

/*
 * Would one more be within bounds? The minute slides by slots of five seconds, and a
 * measure counts for 60 to 65 s: never are there more than per_minute in any 60 s. A
 * known-good source counts once in an hour however often it is hit. One network gets a
 * quarter of the minute (and one at least): beyond it BUDGET_NETWORK is the answer, before
 * any other, so that nobody spends all of it by himself. Charges nothing.
 */
enum budget_word budget_ask(const struct budget_opts *o, const struct budget *b,
	const struct budget_case *c, mono_t now);

/* One more was made. Times do not decrease; beyond the bounds it still counts. */
void budget_charge(struct budget *b, const struct budget_case *c, mono_t now);

/* How much of it is used up now; of BUDGET_TOTAL the ledger knows, and this is 0. */
uint64_t budget_used(const struct budget *b, enum budget_word w, mono_t now);

/* What was too many, to stand behind a number: "measures in a minute". */
const char *budget_word_text(enum budget_word w);

/* The number that belongs before it. */
uint64_t budget_bound(const struct budget_opts *o, enum budget_word w,
	uint64_t known_good_total);

#endif
