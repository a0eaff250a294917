/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files that gather a report share: report.c (files and order), report_record.c (events), report_spells.c (measures
 * from their beginning to their end), report_notes.c (the daemon's notes of its counters), report_normal.c (traffic, what is
 * normal), report_doubts.c (what may have been wrong). Included by them alone.
 */
#ifndef TIDEGATE_APP_REPORT_STATE_H
#define TIDEGATE_APP_REPORT_STATE_H

#include <jansson.h>

#include "app/report.h"
#include "app/report_table.h"
#include "base/addr.h"
#include "core/ledger.h"
#include "edge/store_copy.h"
#include "edge/store_history.h"

#define REPORT_NOTE_GAP_S (3 * REPORT_NOTE_EVERY_S) /* a longer silence: nobody was there */

/* Whom decisions were about. */
struct report_subject {
	char name[REPORT_NAME];
	char rule[REPORT_NAME], policy[REPORT_NAME], decision[REPORT_WORD], incident[REPORT_WORD];
	int64_t at_s;
	int32_t score, threshold;
	uint64_t findings, measures, dropped;
	uint64_t would;        /* bits: rows of what detect mode would have done */
	uint64_t times;        /* called a false positive */
	bool decided, guarded, known_good, wronged, many_rules;
};

/* One that stands, as far as has been read. */
struct report_spell {
	char name[REPORT_NAME]; /* subject and scope */
	struct report_measure m;
	uint64_t before;        /* what verdicts had dropped for it before its last step down */
	bool open;
};

struct report_work {
	struct report_data *r;
	const struct report_opts *o;
	struct hash_key key;
	struct report_table *sources, *destinations, *ports, *rules, *processes, *users, *units, *egress_rules; /* report_row */
	struct report_table *subjects; /* report_subject */
	struct report_table *would;    /* report_would, but its name is rule and response */
	struct report_table *spells;   /* report_spell */
	struct report_measure closed[2 * REPORT_MEASURES];
	size_t n_closed;
	int64_t mode_s;                /* the last that told the mode; 0: none yet */
	enum report_mode mode;
	int64_t note_s;                /* of the last note */
	char run[REPORT_WORD];         /* of whose daemon it was */
	uint64_t noted[REPORT_LOSSES]; /* what it said */
	struct { char title[REPORT_NAME]; uint64_t outside, refused; } noted_lists[REPORT_LISTS];
	size_t n_noted_lists;
	uint64_t rows, rows_total;
};

/* report.c */
void report_trouble(struct report_data *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
struct report_bucket *report_bucket_at(struct report_data *r, int64_t at_s); /* or NULL: not of the span */
void report_say_progress(struct report_work *w);

/* report_record.c */
/* "192.0.2.1 at tcp/22" is about 192.0.2.1. False: no address. Its text is in out in any case. */
bool report_address_of(const char *subject, char out[REPORT_NAME], struct prefix *p);
int report_read_events(struct report_work *w, struct store *s); /* and incidents; an enum err of the store */
void report_top_of(struct report_table *t, struct report_top *out);

/* report_spells.c */
void report_spell_begin(struct report_work *w, json_t *ours, int64_t at_s, bool refused);
void report_spell_end(struct report_work *w, json_t *ours, const char *word, int64_t at_s);
void report_spell_stands(struct report_work *w, const struct measure *m, int64_t since_s, int64_t until_s);
void report_spells_tell(struct report_work *w); /* into report_measures and the totals */

/* report_notes.c */
void report_take_mode(struct report_work *w, json_t *ours, int64_t at_s);
void report_take_note(struct report_work *w, json_t *ours, int64_t at_s);

/* report_normal.c: the rows of peers get their traffic here. */
int report_read_normal(struct report_work *w, struct history *h);

/* report_doubts.c */
void report_read_excuses(struct report_work *w, struct store *s);
void report_tell_doubts(struct report_work *w, struct history *h); /* h or NULL */

#endif
