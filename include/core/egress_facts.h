/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is said of an egress finding beside its subject: which of our processes it was, where to, under which name, how much,
 * and how long this host has known the place. As it was when the finding was made.
 */
#ifndef TIDEGATE_CORE_EGRESS_FACTS_H
#define TIDEGATE_CORE_EGRESS_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/blame.h"
#include "core/flow_end.h"

struct egress_facts {
	bool any;                  /* false: none of egress; nothing else is set then */
	struct blame blame;
	char name[BLAME_NAME];     /* that the destination was last looked up by; "": none */
	uint64_t bytes[FLOW_WAYS]; /* FLOW_THERE: what left */
	int64_t known_s;           /* how long this host has known the destination; below 0: unknown */
};

#endif
