/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A log of observations against another configuration: the same inputs, in one pass, through an engine under the rules
 * that the log was kept under and through one under those that are asked about, and what each decided.
 *
 * The first one is the daemon's again: same key, sizes, mode and answers, so the same decisions, byte for byte, wherever
 * the rules are known that were in force and the log has the run from its beginning. The other is taken as enforcing
 * (or in the mode that was asked for), for the question is who would have been stopped; the guards are those of the
 * host, with its own never_block.
 *
 * Each run of the daemon begins with empty tables, as the daemon did; measures, offences and those who were wronged
 * come back as out of its store.
 *
 * What it cannot know: packets that the daemon stopped in the kernel never reached the log, nor did answers to questions
 * that nobody asked (whatif_answers.h).
 */
#ifndef TIDEGATE_APP_WHATIF_H
#define TIDEGATE_APP_WHATIF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/whatif_answers.h"
#include "app/whatif_rows.h"
#include "conf/conf.h"
#include "edge/obslog.h"

struct whatif;

/*
 * The configuration of which this is the digest, or what comes next to it: then *same is false. Borrowed for the life of
 * the what-if; never NULL.
 */
typedef const struct conf *(*whatif_rules_fn)(void *ctx, uint64_t digest, const char *policy, bool *same);

struct whatif_opts {
	whatif_rules_fn rules;
	void *rules_ctx;
	bool compare;               /* there is another configuration to be asked about: */
	const struct conf *changed; /* its rules; NULL: those of the log. Borrowed for the life of the what-if */
	bool changed_enforce;       /* its mode */
	wall_t from;                /* what the log has before it only prepares the engines */
	wall_t read_from;           /* what is older was not even read */
	struct hash_key key;        /* of the list of subjects */
	engine_emit emit;           /* each event of the present side that is of the period; or NULL */
	void *emit_ctx;
};

int whatif_create(struct whatif **out, const struct whatif_opts *o); /* ERR_MEMORY */
void whatif_destroy(struct whatif *w); /* NULL does nothing */

/* The next item of a log; not its end. ERR_MEMORY; ERR_RANGE where a run has table sizes that make no sense: it is
 * passed over. */
int whatif_take(struct whatif *w, const struct obslog_item *item);

/* The log is at its end: what stands counts to its own end. Nothing may be taken after it. */
void whatif_end(struct whatif *w);

struct whatif_stats {
	uint64_t runs, gaps, entries, packets; /* of the period */
	uint64_t lost;          /* inputs that had found no room on their way into the log */
	uint64_t runs_unread;   /* of impossible sizes */
	uint64_t other_rules;   /* times that rules were in force which are not known: the present side is not the daemon's */
	bool from_start;        /* the first run is known from its beginning */
	bool enforced, detected; /* the daemon's modes */
	wall_t first, last;     /* of the period; 0: the log has nothing of it */
	uint64_t accepted[WHATIF_SIDES], dropped[WHATIF_SIDES]; /* packets that waited for a verdict */
	struct whatif_asked asked[WHATIF_SIDES];
};

void whatif_stats(const struct whatif *w, struct whatif_stats *out);
const struct whatif_rows *whatif_get_rows(const struct whatif *w);
const struct stamp *whatif_stamp(const struct whatif *w); /* of the item that was taken last */

#endif
