/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A ledger in memory of its own and decisions in one line, for the tests of the ledger;
 * and a small model of the kernel that it speaks to: sets with ends, places that
 * responses share, intervals that may not overlap.
 */
#ifndef TIDEGATE_TESTS_LEDGER_LAB_H
#define TIDEGATE_TESTS_LEDGER_LAB_H

#include <stdbool.h>
#include <stddef.h>

#include "core/ledger.h"

#define MINUTE (60 * NS_PER_S)
#define MODEL_ELEMENTS 4096

struct ledger_lab {
	struct ledger *l;
	void *memory;
	struct hash_key key;
	mono_t now;
};

struct ledger_lab lab_open(size_t subjects);
void lab_close(struct ledger_lab *lab);

struct subject lab_source(const char *prefix);
struct subject lab_service(uint8_t proto, uint16_t port);
struct subject lab_host(void);

/* Of the first offence, one rung, scope source. */
struct decision lab_decision(struct subject s, enum response r, int64_t ttl_ns);
int lab_want(struct ledger_lab *lab, const struct decision *d,
	const struct measure **out);

/* Wants a response for so long, and has it applied. */
const struct measure *lab_applied(struct ledger_lab *lab, const char *prefix,
	enum response r,
	int64_t ttl_ns);
const struct measure *lab_find(const struct ledger_lab *lab, const char *prefix);
struct measure *lab_match(const struct ledger_lab *lab, const char *source,
	uint16_t port);

/* Takes all changes and answers each with result; returns how many. The last ones are in
 * lab_taken. */
size_t lab_answer_all(struct ledger_lab *lab, int result);
/* Moves the time on, and ticks. */
void lab_pass(struct ledger_lab *lab, int64_t ns);
/* "add drop 10.0.0.1" of the next change, which is left unanswered; "" where there is
 * none. */
const char *lab_take(struct ledger_lab *lab, struct change *out);

/* One element of the model kernel. */
struct model_element {
	struct subject subject;
	enum scope scope;
	enum response response;
	mono_t until; /* as the ledger wants it */
	mono_t gone;  /* when the kernel lets it go: a moment later */
};

struct model_kernel {
	struct model_element elements[MODEL_ELEMENTS];
	size_t n, most;
	uint64_t seed;
};

int model_apply(struct model_kernel *k, const struct change *c, mono_t now);
void model_pass(struct model_kernel *k, mono_t now);
/* The element that this measure would have, in whatever form. */
const struct model_element *model_find(const struct model_kernel *k,
	const struct measure *m);
/* Whether two elements of one interval set overlap, which the kernel never allows. */
bool model_overlaps(const struct model_kernel *k);

#endif
