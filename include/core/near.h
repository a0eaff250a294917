/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How near an address is to each rule that keeps a score of it, the nearest first: what explain shows of one that is not
 * blocked. A reading, never an input: nothing is decided by it.
 */
#ifndef TIDEGATE_CORE_NEAR_H
#define TIDEGATE_CORE_NEAR_H

#include <stddef.h>
#include <stdint.h>

#include "core/finding.h"
#include "core/rule.h"

#define NEARS 12 /* beyond these the farthest are left out */

struct near {
	struct rule rule;
	enum finding_kind kind; /* that it would be: it names the score's unit */
	enum proof proof;
	int32_t score, threshold; /* hundredths, in the rule's own unit */
};

struct nears {
	size_t n;
	struct near list[NEARS];
};

/* In its place by score over threshold. Left out: a score or threshold of 0 or less, a rule that is off. */
void near_add(struct nears *s, const struct near *n);

#endif
