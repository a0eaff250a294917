/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who was stopped under one configuration and who would have been under another: a row for each subject, filled from the
 * events of two engines, and what these did in all. A bounded list; what finds no row is counted.
 *
 * A subject is stopped while a measure stands against it, real or (in detect mode) a shadow. Not stopped is who is
 * guarded, whom the answer is "observe", and against whom our own budget forbade it.
 */
#ifndef TIDEGATE_APP_WHATIF_ROWS_H
#define TIDEGATE_APP_WHATIF_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "codec/stamp.h"
#include "core/engine.h"
#include "core/event.h"

#define WHATIF_ROWS 65536

enum whatif_side {
	WHATIF_PRESENT = 0, /* the rules that the log was kept under */
	WHATIF_NEW,     /* those that are asked about */
	WHATIF_SIDES,
};

/* What one side did about one subject. */
struct whatif_did {
	bool stopped;             /* all below means something only then */
	bool known_good;          /* a peer that came and was served, until one of these decisions */
	bool before;              /* it stood already when the period began */
	bool stands;              /* still, when the log ends */
	enum response response;   /* the gravest */
	enum proof proof;         /* all from the decision that this was */
	char rule[32];
	char rule_origin[64];     /* file:line of the rule */
	char reaction[64];        /* and of the policy's reaction */
	wall_t first;             /* of the period */
	int64_t for_ns;           /* stopped in all; what stands at the end counts to its own end */
	uint64_t decisions;       /* findings that led to it, or were about it while it stood */
	uint64_t dropped;         /* packets that verdicts dropped for it */
	/* Inside: of a measure that stands. */
	enum scope scope;
	mono_t since;
	uint64_t hits;
};

struct whatif_row {
	struct subject subject;
	struct whatif_did did[WHATIF_SIDES];
};

enum whatif_difference {
	WHATIF_SAME = 0,
	WHATIF_ONLY_NEW,
	WHATIF_HARDER,       /* a graver response under the changed rules */
	WHATIF_LONGER,       /* the same one, for longer by a tenth at least */
	WHATIF_ONLY_PRESENT,
	WHATIF_SOFTER,
	WHATIF_SHORTER,
	WHATIF_DIFFERENCES,
};

/* All that one side did. */
struct whatif_sum {
	uint64_t alerts;               /* findings, each an "alert" in EVE */
	uint64_t by_response[RESPONSES]; /* of these, what was decided */
	uint64_t guarded, held_back;   /* of these: a guard forbade it, a budget of ours did */
	uint64_t alarms;               /* EVENT_ALARM */
	char alarm[128];               /* the first one's words */
	wall_t alarm_at;
	uint64_t no_row;               /* decisions that found no room in this list */
};

struct whatif_rows;

int whatif_rows_create(struct whatif_rows **out, const struct hash_key *key); /* ERR_MEMORY */
void whatif_rows_destroy(struct whatif_rows *r); /* NULL does nothing */

/* One event of a side's engine; the stamp is of any moment of the same run. */
void whatif_rows_event(struct whatif_rows *r, enum whatif_side side, const struct event *e, const struct stamp *s);

/* The period begins: what was before it is forgotten, but for what stands (the ledgers say it; NULL: there is none) and
 * for an alarm, which bears on all that comes. */
void whatif_rows_begin(struct whatif_rows *r, const struct ledger *const ledgers[WHATIF_SIDES], const struct stamp *now);

/* The side's engine ends here. What stands in its ledger (NULL: nothing will any more) counts to its end where 'last'
 * says that the log ends, else to now. */
void whatif_rows_close(struct whatif_rows *r, enum whatif_side side, const struct ledger *l, mono_t now, bool last);

/* A measure of an earlier run stands again. */
void whatif_rows_resume(struct whatif_rows *r, enum whatif_side side, const struct measure *m, mono_t now);

const struct whatif_sum *whatif_rows_sum(const struct whatif_rows *r, enum whatif_side side);

/* Those who were stopped, on any side: start with *at = 0; NULL at the end. */
const struct whatif_row *whatif_rows_next(const struct whatif_rows *r, size_t *at);

enum whatif_difference whatif_difference(const struct whatif_row *row);

#endif
