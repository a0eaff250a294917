/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What this host's traffic was, for as long as there is room (state_dir/history.db, SQLite): slots of five minutes as
 * they were measured, and totals of hours, days, months and years of local time, series by series; of days, months and
 * years the peers that moved most. Values in, values out. Results, and what becomes of a damaged file, are those of
 * edge/store.h.
 *
 * Connections, newcomers, packets and bytes add up. Sources and ports are counted apart in each slot, and the same one
 * would be counted again in the next: they, and the states of sockets, are kept as the mean over the seconds in which
 * they were known, and as the most of any slot.
 *
 * Unlike the other files of the store this one is read while the daemon has it open, so it has a rollback journal and no
 * lock between slots. A log (WAL) would need memory mapped from a file that somebody else may cut short. One transaction
 * a slot; whoever is killed in the middle leaves the slot before.
 *
 * Slots that came from elsewhere (history_import) are lessons: they teach, they are never of this host's totals, and
 * they give way to its own.
 */
#ifndef TIDEGATE_EDGE_STORE_HISTORY_H
#define TIDEGATE_EDGE_STORE_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/period.h"
#include "core/slot.h"
#include "edge/store.h"

#define HISTORY_FILE "history.db"
#define HISTORY_PEERS 256 /* of a day, a month, a year; where there are more, the least are added to "others" */

struct history;

struct history_opts {
	bool make;            /* begin a file where there is none; else that is ERR_ABSENT */
	uint64_t max_bytes;   /* of the file. 0: no cap */
	int64_t keep_slots_s; /* 0: for ever */
	int64_t keep_hours_s;
};

/* To write. As store_open; a file that root begins belongs to the owner of its folder. */
int history_open(struct history **out, const char *path, const struct history_opts *o, char aside[STORE_PATH],
	char why[WHY_TEXT]);

/* To read, also while another process writes. */
int history_open_reading(struct history **out, const char *path, char why[WHY_TEXT]);

void history_close(struct history *h); /* what is not committed is forgotten; NULL does nothing */
const char *history_error(const struct history *h);

/*
 * One slot of this host, all of it or nothing. The same slot once more is its other part (a restart within it). Where
 * the size is reached, the oldest goes first. ERR_RANGE: no slot (its start, its offset). After any error the same may
 * be tried again. Between history_begin and history_commit it is of that batch, and an error ends the batch.
 */
int history_add(struct history *h, const struct slot *s);

/* Slots from elsewhere between begin and commit, all of them or none. *taken false: this host has that one already. */
int history_begin(struct history *h);
int history_import(struct history *h, const struct slot *s, bool *taken);
int history_commit(struct history *h);
void history_rollback(struct history *h);

/*
 * Forgets what is older than its time, and while more than 7/8 of the cap is in use the oldest of: imported slots, own
 * ones, hours, peers of days, days. Months and years stay, but of more series than 4,096 (in a small file, fewer) those
 * that were watched the least go as a whole. Of what is too old a day goes at a time. To be called now and then, after a
 * slot; own transactions.
 */
int history_prune(struct history *h, int64_t now_s);

/* Learning begins anew: nothing is to be learned of own slots before now; imported ones are forgotten. */
int history_reset_learning(struct history *h, int64_t now_s);
int history_learn_from(struct history *h, int64_t *out); /* 0: never reset */

/* ---- what is known ---- */

enum history_origin { HISTORY_OWN = 0, HISTORY_IMPORTED };

struct history_known {
	uint64_t slots, frozen;      /* frozen ones are among the slots */
	int64_t first_s, last_s;     /* begin of the first and the last; 0 where there is none */
	uint64_t seconds;            /* watched */
	uint64_t crowded_out;        /* rows that the size has cost so far */
	uint64_t bytes;              /* of the file */
};

int history_known(struct history *h, enum history_origin origin, int64_t from_s, struct history_known *out);

/* The first slot of that origin at or after from_s; its series are valid until the next call of that origin, peers are
 * not kept of slots. ERR_ABSENT. */
int history_next_slot(struct history *h, enum history_origin origin, int64_t from_s, struct slot *out);

struct history_query {
	enum period period;
	int kind;                       /* enum series_kind, or -1: all */
	const struct series_id *series; /* or NULL: all of that kind */
	int64_t from, until;            /* begins of periods: local time, of PERIOD_SLOT UTC; until is not in it */
};

struct history_total {
	struct series_id id;
	int64_t begin;                   /* as from */
	uint64_t seconds;                /* watched */
	uint32_t known;                  /* bits as in slot_series */
	uint64_t value[OF_MEASURES];     /* the sum, or the mean */
	uint64_t most[OF_MEASURES];      /* of those that have a mean: the highest of any slot; else 0 */
};

bool history_has_mean(enum measure_of m); /* false: it adds up */

typedef void (*history_total_fn)(void *ctx, const struct history_total *t);
int history_totals(struct history *h, const struct history_query *q, history_total_fn fn, void *ctx); /* by time */

struct history_peer {
	struct slot_peer peer; /* family FAMILY_NONE: all the others together */
	uint64_t n;            /* periods in which it was named */
	int64_t begin;         /* of history_peer: that period */
};

typedef void (*history_peer_fn)(void *ctx, const struct history_peer *p);

/* Of PERIOD_DAY, _MONTH or _YEAR: sums over all that begin from 'from' and before 'until', most bytes first, the others
 * last. At least what it was: a peer that was dropped to the others before it came back is counted anew. */
int history_peers(struct history *h, enum period p, int64_t from, int64_t until, history_peer_fn fn, void *ctx);

/* The periods in which that one was named, in order of time. IPv6 is looked up by its /64. */
int history_peer(struct history *h, enum period p, int64_t from, int64_t until, const struct addr *a,
	history_peer_fn fn, void *ctx);

#endif
