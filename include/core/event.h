/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the engine tells the outside, as values: each becomes one EVE line, one line for people, one message to
 * subscribers. The engine never waits for whoever listens.
 */
#ifndef TIDEGATE_CORE_EVENT_H
#define TIDEGATE_CORE_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/egress_facts.h"
#include "core/finding.h"
#include "core/guard.h"
#include "core/ledger.h"
#include "core/policy.h"

enum event_kind {
	EVENT_NONE = 0,
	EVENT_FINDING,   /* finding + decision: an "alert" in EVE */
	EVENT_APPLIED,   /* the kernel put a measure in force */
	EVENT_REFUSED,   /* the kernel would not */
	EVENT_ENDED,     /* a measure ended or stepped down: response = what stands next */
	EVENT_MODE,      /* detect or enforce */
	EVENT_RELOAD,    /* text says what, ok says whether */
	EVENT_NOTICE,    /* life cycle: start, stop, overload, loss; text says it */
	EVENT_ALARM,     /* we have stopped ourselves: a budget was exceeded; text says which */
};

struct event {
	enum event_kind kind;
	mono_t at;
	uint64_t incident;        /* 0 = none */
	bool enforce;             /* the mode at that time */
	bool ok;
	struct finding finding;   /* EVENT_FINDING */
	struct decision decision; /* EVENT_FINDING */
	struct measure measure;   /* APPLIED, REFUSED, ENDED; FINDING: as wanted, state FREE where nothing is */
	enum response next;       /* ENDED */
	uint8_t guard;            /* FINDING: enum guard_kind that forbade, or 0 */
	bool known_good;          /* FINDING: of a source that had a good history until this decision (source.h) */
	struct egress_facts egress; /* FINDING: of what leaves */
	char text[128];
};

const char *event_kind_name(enum event_kind k);

#endif
