/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The answer to a finding: a list of reactions, first match wins, as policies/NAME.conf
 * writes them. Pure: a value in, a value out, with the numbered steps that led there,
 * which explain prints.
 */
#ifndef TIDEGATE_CORE_POLICY_H
#define TIDEGATE_CORE_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/finding.h"
#include "core/response.h"

#define POLICY_REACTIONS 64
#define POLICY_RUNGS 4

struct reaction {
	char on[32];            /* glob over rule names: "scan.*" */
	char origin[64];        /* file:line */
	enum proof proof;       /* the least proof that it asks of the finding */
	/* A first offence gets ladder[0], each return the next, the last one stays. */
	enum response ladder[POLICY_RUNGS];
	uint8_t rungs;          /* at least 1 */
	enum scope scope;
	int64_t ttl_ns;         /* of a first offence */
	uint32_t factor;        /* times this for each return: 2 */
	int64_t max_ns;         /* never longer */
	uint32_t limit_rate;    /* limit, service-limit: new connections a second ... */
	uint32_t limit_burst;   /* ... and how many at once */
	uint32_t limit_kib;   /* egress-limit: KiB a second; 0: not limited */
	uint8_t v4_len, v6_len; /* width of the prefix that is acted on: 32, 64 */
	bool accept_forgery;    /* the administrator's word: no cap of proof */
};

struct policy {
	char name[32];
	char origin[64];
	struct reaction reactions[POLICY_REACTIONS];
	size_t n_reactions;
	int64_t forget_ns;      /* quiet time after which one offence is forgotten */
};

/* What happened on the way, in this order; the numbers are stable and stand in the
 * manual. */
enum decision_step {
	STEP_MATCHED = 1,      /* reaction 'value' (index from 0) matched */
	STEP_NO_MATCH = 2,     /* none did: observe */
	STEP_RUNG = 3,         /* offence number 'value' (from 0) chose the rung */
	STEP_TTL_GROWN = 4,    /* the time was multiplied by 'value' for returning */
	STEP_CAPPED = 5,       /* proof allows less: response 'value' was wanted */
	STEP_FORGERY = 6,      /* the administrator accepts claimed evidence here */
	STEP_GUARDED = 7,      /* a guard of kind 'value' forbids it (engine) */
	STEP_DETECT = 8,       /* detect mode: decided, not done (engine) */
	STEP_DUPLICATE = 9,    /* a measure at least as strong stands (engine) */
	STEP_FULL = 10,        /* no room in the ledger (engine) */
	STEP_SHARED = 11,      /* several stacks share the address: response 'value' was wanted (engine) */
	STEP_BUDGET = 12,      /* our own power is at its bounds: enum budget_word 'value' (engine) */
	STEP_GOOD = 13,        /* it has been served for long: response 'value' was wanted (engine) */
};

#define DECISION_STEPS 8

struct decision {
	enum response response;
	enum scope scope;
	/* As wide as the reaction says; scope service sets proto and port. */
	struct subject subject;
	int64_t ttl_ns;
	uint32_t limit_rate, limit_burst;
	uint32_t limit_kib;
	uint16_t offence;       /* 0 = the first */
	uint8_t rung;           /* index into the ladder */
	enum response ladder[POLICY_RUNGS];
	uint8_t rungs;
	int64_t base_ttl_ns;    /* of a first offence: the time of each rung down */
	char origin[64];        /* the reaction's file:line, "" where none matched */
	char policy[32];
	struct {
		uint8_t step;   /* enum decision_step */
		uint32_t value;
	} steps[DECISION_STEPS];
	uint8_t n_steps;
};

void policy_decide(const struct policy *p, const struct finding *f, uint16_t offences,
	struct decision *out);

/* silently full after 8 */
void decision_note(struct decision *d, enum decision_step step, uint32_t value);
const char *decision_step_text(enum decision_step s);

#endif
