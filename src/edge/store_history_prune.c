/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the file of history stays as small as it shall be, and where learning begins in it. */
#include "edge/store_history.h"

#include "base/err.h"
#include "edge/store_history_private.h"

#define DAY_S INT64_C(86400)
#define HOUR_S INT64_C(3600)
#define TRIM_STEPS 64
#define NAMES_MOST 4096
#define NAME_BYTES 2048 /* of the cap, for one series that has a year and its months */

/* What may be forgotten, the dearest last, and how much of it at once. */
static const struct shelf {
	bool peers;
	int period, origin; /* origin -1: has no slots beside its totals */
	int64_t step_s;
} shelves[] = {
	{ false, IMPORTED_PERIOD, HISTORY_IMPORTED, HOUR_S },
	{ false, PERIOD_SLOT, HISTORY_OWN, HOUR_S },
	{ false, PERIOD_HOUR, -1, 30 * DAY_S },
	{ true, PERIOD_DAY, -1, 30 * DAY_S },
	{ false, PERIOD_DAY, -1, 30 * DAY_S },
};

#define IMPORTED_SHELF 0
#define SLOT_SHELF 1
#define HOUR_SHELF 2
#define SHELVES (sizeof(shelves) / sizeof(shelves[0]))

static int put_note(struct history *h, const char *name, int64_t value)
{
	sqlite3_stmt *st = store_statement(h->s, STORE_PUT_NOTE);

	if (st) {
		store_bind_text(st, 1, name);
		sqlite3_bind_int64(st, 2, value);
	}
	return store_run(h->s, st);
}

static int forget(struct history *h, enum store_statement which, int64_t shelf, int64_t before, int64_t *gone)
{
	sqlite3_stmt *st = store_statement(h->s, which);
	int err;

	if (st) {
		sqlite3_bind_int64(st, 1, shelf);
		sqlite3_bind_int64(st, 2, before);
	}
	err = store_run(h->s, st);
	if (!err && gone)
		*gone += sqlite3_changes(h->s->db);
	return err;
}

static int clear_shelf(struct history *h, const struct shelf *f, int64_t before, int64_t *gone)
{
	int err = forget(h, f->peers ? STORE_FORGET_PEERS : STORE_FORGET_TOTALS, f->period, before, gone);

	if (!err && f->origin >= 0)
		err = forget(h, STORE_FORGET_SLOTS, f->origin, before, gone);
	return err;
}

/* Where the foremost of that shelf begins; *none: it is empty. */
static int find_oldest(struct history *h, bool peers, int period, int64_t *oldest, bool *none)
{
	sqlite3_stmt *st = store_statement(h->s, peers ? STORE_OLDEST_PEER : STORE_OLDEST_TOTAL);
	int rc, err;

	*none = true;
	*oldest = 0;
	if (!st)
		return store_run(h->s, NULL);
	sqlite3_bind_int64(st, 1, period);
	rc = sqlite3_step(st);
	err = store_result(h->s, rc);
	*none = rc != SQLITE_ROW;
	if (!*none)
		*oldest = sqlite3_column_int64(st, 0);
	sqlite3_reset(st);
	return err;
}

/* The shelf from which is taken next, and what stands foremost on it; SHELVES: all are empty. */
static int find_shelf(struct history *h, size_t *which, int64_t *oldest)
{
	for (size_t i = 0; i < SHELVES; i++) {
		bool none;
		int err = find_oldest(h, shelves[i].peers, shelves[i].period, oldest, &none);

		*which = i;
		if (err || !none)
			return err;
	}
	*which = SHELVES;
	return 0;
}

static int trim_step(struct history *h, int64_t *gone)
{
	int64_t oldest = 0, crowded_out;
	size_t which = SHELVES;
	int err = find_shelf(h, &which, &oldest);

	if (err || which == SHELVES)
		return err;
	err = store_begin(h->s);
	if (!err)
		err = clear_shelf(h, &shelves[which], oldest + shelves[which].step_s, gone);
	if (!err)
		err = history_note(h, "crowded_out", &crowded_out);
	if (!err)
		err = put_note(h, "crowded_out", crowded_out + *gone);
	if (!err)
		err = store_commit(h->s);
	if (err)
		store_rollback(h->s);
	return err;
}

static int trim(struct history *h)
{
	uint64_t all = 0, used = 0;
	int64_t gone = 1;
	int err = store_pages(h->s, &all, &used);

	for (int i = 0; i < TRIM_STEPS && !err && gone && store_is_crowded(h->s, used); i++) {
		gone = 0;
		err = trim_step(h, &gone);
		if (!err)
			err = store_pages(h->s, &all, &used);
	}
	return !err && h->opts.max_bytes ? store_shrink(h->s, all) : err;
}

/* A day at once: a clock that is years ahead for a moment must not cost all there is. */
static int clear_old(struct history *h, const struct shelf *f, int64_t before)
{
	int64_t oldest;
	bool none;
	int err = find_oldest(h, f->peers, f->period, &oldest, &none);

	if (err || none || oldest >= before)
		return err;
	return clear_shelf(h, f, before - oldest > DAY_S ? oldest + DAY_S : before, NULL);
}

static int forget_old(struct history *h, int64_t now_s)
{
	int err = store_begin(h->s);

	if (!err && h->opts.keep_slots_s)
		err = clear_old(h, &shelves[SLOT_SHELF], now_s - h->opts.keep_slots_s);
	if (!err && h->opts.keep_hours_s)
		err = clear_old(h, &shelves[HOUR_SHELF], now_s - h->opts.keep_hours_s);
	if (!err)
		err = store_commit(h->s);
	if (err)
		store_rollback(h->s);
	return err;
}

/* Months and years stay, so names that come and go (links of containers) would in time leave no room for anything. */
static int64_t names_most(const struct history *h)
{
	const uint64_t room = h->opts.max_bytes / NAME_BYTES;

	return room && room < NAMES_MOST ? (int64_t)room : NAMES_MOST;
}

static int forget_names(struct history *h)
{
	int64_t n = 0, most = names_most(h);
	sqlite3_stmt *st;
	int err = store_ask(h->s, STORE_COUNT_NAMES, &n);

	if (err || n <= most)
		return err;
	err = store_begin(h->s);
	st = err ? NULL : store_statement(h->s, STORE_FORGET_NAMES);
	if (st)
		sqlite3_bind_int64(st, 1, n - most / 4 * 3);
	if (!err)
		err = store_run(h->s, st);
	if (!err)
		err = store_run(h->s, store_statement(h->s, STORE_SWEEP_NAMES));
	if (!err)
		err = store_commit(h->s);
	if (err)
		store_rollback(h->s);
	return err;
}

int history_prune(struct history *h, int64_t now_s)
{
	int err = forget_old(h, now_s);

	if (!err)
		err = forget_names(h);
	return err ? err : trim(h);
}

int history_reset_learning(struct history *h, int64_t now_s)
{
	int err = store_begin(h->s);

	if (!err)
		err = put_note(h, "learn_from", now_s);
	if (!err)
		err = clear_shelf(h, &shelves[IMPORTED_SHELF], INT64_MAX, NULL);
	if (!err)
		err = store_commit(h->s);
	if (err)
		store_rollback(h->s);
	return err;
}

int history_learn_from(struct history *h, int64_t *out)
{
	return history_note(h, "learn_from", out);
}
