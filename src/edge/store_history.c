/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file of history: how it is opened, and how slots come in. How it is kept small stands in store_history_prune.c,
 * what is read out of it in store_history_read.c; the connection is the store's.
 */
#include "edge/store_history.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "edge/store_history_private.h"

#define APPLICATION 0x74646768 /* "tdgh", in the header of the file */
#define COUNT_MOST (INT64_C(1) << 62) /* where sums stay */
#define GAUGE_MOST (INT64_C(1) << 40)
#define PEER_MOST (INT64_C(1) << 53)
#define PEERS_KEPT (HISTORY_PEERS / 4 * 3) /* when they are folded: not with every slot again */
#define YEARS_MOST (INT64_C(400) * 366 * 86400)
#define OFFSET_MOST (26 * 3600)

/* Of each measure with a mean: value times seconds, these seconds, the most. NULL is what is not known. */
#define GAUGE(c) c "_sum INTEGER, " c "_s INTEGER, " c "_most INTEGER"

static const char *const steps[] = {
	"CREATE TABLE series ("
	"	id INTEGER PRIMARY KEY,"
	"	kind INTEGER NOT NULL,"        /* enum series_kind */
	"	direction INTEGER NOT NULL,"   /* enum flow_direction */
	"	proto INTEGER NOT NULL,"
	"	port INTEGER NOT NULL,"
	"	link TEXT NOT NULL,"
	"	UNIQUE (kind, direction, proto, port, link));"
	"CREATE TABLE slot ("
	"	imported INTEGER NOT NULL,"    /* enum history_origin */
	"	start INTEGER NOT NULL,"       /* seconds since 1970, UTC */
	"	utc_offset INTEGER NOT NULL,"
	"	watched INTEGER NOT NULL,"     /* seconds */
	"	frozen INTEGER NOT NULL,"      /* belongs to an incident */
	"	PRIMARY KEY (imported, start)) WITHOUT ROWID;"
	"CREATE TABLE total ("
	"	period INTEGER NOT NULL,"      /* enum period; 5: slots that were imported */
	"	begin INTEGER NOT NULL,"       /* local time; of slots UTC */
	"	series INTEGER NOT NULL,"
	"	seconds INTEGER NOT NULL,"
	"	connections INTEGER, newcomers INTEGER, packets_in INTEGER, packets_out INTEGER,"
	"	bytes_in INTEGER, bytes_out INTEGER, "
	GAUGE("sources") ", " GAUGE("ports") ", " GAUGE("established") ", " GAUGE("half_open") ", "
	GAUGE("time_wait") ", " GAUGE("close_wait") ","
	"	PRIMARY KEY (period, begin, series)) WITHOUT ROWID;"
	"CREATE TABLE peer ("
	"	period INTEGER NOT NULL,"
	"	begin INTEGER NOT NULL,"
	"	direction INTEGER NOT NULL,"
	"	addr BLOB NOT NULL,"           /* 4 or 16 bytes; none: the others */
	"	connections INTEGER NOT NULL,"
	"	bytes_in INTEGER NOT NULL,"
	"	bytes_out INTEGER NOT NULL,"
	"	PRIMARY KEY (period, begin, direction, addr)) WITHOUT ROWID;"
	"CREATE TABLE note (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;",
	"CREATE TABLE reach ("
	"	id INTEGER PRIMARY KEY,"
	"	uid INTEGER NOT NULL,"         /* 4294967295: not known */
	"	unit TEXT NOT NULL,"
	"	addr BLOB NOT NULL,"           /* 4 or 16 bytes */
	"	proto INTEGER NOT NULL,"
	"	port INTEGER NOT NULL,"
	"	kind INTEGER NOT NULL,"        /* enum actor_kind */
	"	level INTEGER NOT NULL,"
	"	contacts INTEGER NOT NULL,"
	"	bytes_out INTEGER NOT NULL,"
	"	bytes_in INTEGER NOT NULL,"
	"	day_bytes INTEGER NOT NULL,"   /* sent on the day of last; day_most: on any day before */
	"	day_most INTEGER NOT NULL,"
	"	first INTEGER NOT NULL,"       /* seconds since 1970 */
	"	last INTEGER NOT NULL,"
	"	days INTEGER NOT NULL,"
	"	name TEXT NOT NULL,"
	"	UNIQUE (uid, unit, addr, proto, port));",
};

/* The totals can be long: a damaged page of them is met when it is read. */
static const char *const checks[] = { "PRAGMA quick_check(series)", "PRAGMA quick_check(note)" };

static const struct store_schema schema = { .application = APPLICATION, .shared = true,
	.steps = steps, .n_steps = sizeof(steps) / sizeof(steps[0]),
	.checks = checks, .n_checks = sizeof(checks) / sizeof(checks[0]) };

/* ---- the file ---- */

static void end_history(struct history *h)
{
	if (!h)
		return;
	free(h->room[0]);
	free(h->room[1]);
	free(h);
}

static int begin_history(struct history **out, const struct history_opts *o, char why[WHY_TEXT])
{
	struct history *h = calloc(1, sizeof(*h));

	for (int i = 0; h && i < 2; i++)
		h->room[i] = calloc(HISTORY_SLOT_ROWS, sizeof(*h->room[i]));
	if (!h || !h->room[0] || !h->room[1]) {
		end_history(h);
		return log_why(why, ERR_MEMORY, "no memory");
	}
	h->opts = *o;
	*out = h;
	return 0;
}

int history_open(struct history **out, const char *path, const struct history_opts *o, char aside[STORE_PATH],
	char why[WHY_TEXT])
{
	struct store_opts so = { .max_bytes = o->max_bytes };
	const bool there = access(path, F_OK) == 0;
	struct history *h = NULL;
	int err;

	aside[0] = why[0] = '\0';
	if (!there && errno == EACCES)
		return log_why(why, ERR_PERMISSION, "%s", strerror(errno));
	if (!there && !o->make)
		return log_why(why, ERR_ABSENT, "there is none");
	err = begin_history(&h, o, why);
	if (err || !h)
		return err;
	err = store_open_schema(&h->s, path, &so, &schema, aside, why);
	if (err) {
		end_history(h);
		return err;
	}
	if (!there || *aside)
		store_give_away(path);
	*out = h;
	return 0;
}

int history_open_reading(struct history **out, const char *path, char why[WHY_TEXT])
{
	static const struct history_opts none = { .make = false };
	struct history *h = NULL;
	int err = begin_history(&h, &none, why);

	if (err || !h)
		return err;
	err = store_open_reading(&h->s, path, &schema, why);
	if (err) {
		end_history(h);
		return err;
	}
	*out = h;
	return 0;
}

void history_close(struct history *h)
{
	if (!h)
		return;
	store_rollback(h->s);
	store_close(h->s, false);
	end_history(h);
}

const char *history_error(const struct history *h)
{
	return store_error(h->s);
}

int history_begin(struct history *h)
{
	return store_begin(h->s);
}

int history_commit(struct history *h)
{
	return store_commit(h->s);
}

void history_rollback(struct history *h)
{
	store_rollback(h->s);
}

int history_note(struct history *h, const char *name, int64_t *out)
{
	sqlite3_stmt *st = store_statement(h->s, STORE_GET_NOTE);
	int rc, err;

	if (!st)
		return store_run(h->s, NULL);
	store_bind_text(st, 1, name);
	rc = sqlite3_step(st);
	err = store_result(h->s, rc);
	if (!err)
		*out = rc == SQLITE_ROW ? sqlite3_column_int64(st, 0) : 0;
	sqlite3_reset(st);
	return err;
}

/* ---- series ---- */

static void bind_id(sqlite3_stmt *st, const struct series_id *id)
{
	sqlite3_bind_int64(st, 1, id->kind);
	sqlite3_bind_int64(st, 2, id->direction);
	sqlite3_bind_int64(st, 3, id->proto);
	sqlite3_bind_int64(st, 4, id->port);
	sqlite3_bind_text(st, 5, id->link, (int)strnlen(id->link, LINK_NAME), SQLITE_STATIC);
}

int history_series_row(struct history *h, const struct series_id *id, int64_t *row)
{
	sqlite3_stmt *st = store_statement(h->s, STORE_FIND_SERIES_ID);
	int rc, err;

	if (!st)
		return store_run(h->s, NULL);
	bind_id(st, id);
	rc = sqlite3_step(st);
	err = store_result(h->s, rc);
	if (!err)
		*row = rc == SQLITE_ROW ? sqlite3_column_int64(st, 0) : 0;
	sqlite3_reset(st);
	return err;
}

static int make_series_row(struct history *h, const struct series_id *id, int64_t *row)
{
	sqlite3_stmt *st;
	int err;

	*row = 0;
	err = history_series_row(h, id, row);
	if (err || *row)
		return err;
	st = store_statement(h->s, STORE_PUT_SERIES_ID);
	if (st)
		bind_id(st, id);
	err = store_run(h->s, st);
	if (!err)
		*row = sqlite3_last_insert_rowid(h->s->db);
	return err;
}

/* ---- a slot ---- */

bool history_has_mean(enum measure_of m)
{
	switch (m) {
	case OF_CONNECTIONS:
	case OF_NEWCOMERS:
	case OF_PACKETS_IN:
	case OF_PACKETS_OUT:
	case OF_BYTES_IN:
	case OF_BYTES_OUT:
	case OF_MEASURES:
		return false;
	case OF_SOURCES:
	case OF_PORTS:
	case OF_ESTABLISHED:
	case OF_HALF_OPEN:
	case OF_TIME_WAIT:
	case OF_CLOSE_WAIT:
		break;
	}
	return true;
}

static int64_t held(uint64_t value, int64_t most)
{
	return value > (uint64_t)most ? most : (int64_t)value;
}

/* From column 5 on: sums, then what has a mean, each in the order of its measure. What is not bound is NULL. */
static void bind_values(sqlite3_stmt *st, const struct slot_series *s, uint32_t seconds)
{
	int sums = 5, means = 11;

	for (int m = 0; m < OF_MEASURES; m++) {
		const bool known = s->known & 1U << m, mean = history_has_mean((enum measure_of)m);
		const int64_t v = held(s->value[m], mean ? GAUGE_MOST : COUNT_MOST);

		if (known && mean) {
			sqlite3_bind_int64(st, means, v * seconds);
			sqlite3_bind_int64(st, means + 1, seconds);
			sqlite3_bind_int64(st, means + 2, v);
		} else if (known) {
			sqlite3_bind_int64(st, sums, v);
		}
		means += mean ? 3 : 0;
		sums += mean ? 0 : 1;
	}
}

static int add_total(struct history *h, sqlite3_stmt *st, int period, int64_t begin)
{
	sqlite3_bind_int64(st, 1, period);
	sqlite3_bind_int64(st, 2, begin);
	return store_run(h->s, st);
}

static int add_series(struct history *h, const struct slot *s, const struct slot_series *series,
	enum history_origin origin)
{
	const int64_t local_s = s->start_s + s->utc_offset_s;
	sqlite3_stmt *st;
	int64_t row;
	int err = make_series_row(h, &series->id, &row);

	if (err)
		return err;
	st = store_statement(h->s, STORE_ADD_TOTAL);
	if (!st)
		return store_run(h->s, NULL);
	sqlite3_bind_int64(st, 3, row);
	sqlite3_bind_int64(st, 4, s->watched_s);
	bind_values(st, series, s->watched_s);
	if (origin == HISTORY_IMPORTED)
		return add_total(h, st, IMPORTED_PERIOD, s->start_s);
	err = add_total(h, st, PERIOD_SLOT, s->start_s);
	for (int p = PERIOD_HOUR; p < PERIODS && !err; p++)
		err = add_total(h, st, p, period_begin((enum period)p, local_s));
	return err;
}

static void bind_peer(sqlite3_stmt *st, const struct slot_peer *p)
{
	sqlite3_bind_int64(st, 3, p->direction);
	sqlite3_bind_blob(st, 4, p->addr.bytes, p->addr.family == FAMILY_V4 ? 4 : 16, SQLITE_STATIC);
	sqlite3_bind_int64(st, 5, held(p->connections, PEER_MOST));
	sqlite3_bind_int64(st, 6, held(p->bytes[HOST_IN], PEER_MOST));
	sqlite3_bind_int64(st, 7, held(p->bytes[HOST_OUT], PEER_MOST));
}

static int for_peers(struct history *h, enum store_statement which, int period, int64_t begin)
{
	sqlite3_stmt *st = store_statement(h->s, which);

	if (st) {
		sqlite3_bind_int64(st, 1, period);
		sqlite3_bind_int64(st, 2, begin);
		sqlite3_bind_int64(st, 3, PEERS_KEPT);
	}
	return store_run(h->s, st);
}

static int fold_peers(struct history *h, int period, int64_t begin)
{
	sqlite3_stmt *st = store_statement(h->s, STORE_COUNT_PEERS);
	int64_t n = 0;
	int rc, err;

	if (!st)
		return store_run(h->s, NULL);
	sqlite3_bind_int64(st, 1, period);
	sqlite3_bind_int64(st, 2, begin);
	rc = sqlite3_step(st);
	err = store_result(h->s, rc);
	if (rc == SQLITE_ROW)
		n = sqlite3_column_int64(st, 0);
	sqlite3_reset(st);
	if (err || n <= HISTORY_PEERS)
		return err;
	err = for_peers(h, STORE_FOLD_PEERS, period, begin);
	return err ? err : for_peers(h, STORE_DROP_PEERS, period, begin);
}

static int add_peers(struct history *h, const struct slot *s, int period)
{
	const int64_t begin = period_begin((enum period)period, s->start_s + s->utc_offset_s);
	int err = 0;

	for (size_t i = 0; i < s->n_peers && !err; i++) {
		sqlite3_stmt *st = store_statement(h->s, STORE_ADD_PEER);

		if (s->peers[i].addr.family == FAMILY_NONE)
			continue;
		if (st) {
			sqlite3_bind_int64(st, 1, period);
			sqlite3_bind_int64(st, 2, begin);
			bind_peer(st, &s->peers[i]);
		}
		err = store_run(h->s, st);
	}
	return err ? err : fold_peers(h, period, begin);
}

/* In the file's own bounds: what a slot may say comes from files of others, too. */
static bool makes_sense(const struct slot *s)
{
	return s->start_s > -YEARS_MOST && s->start_s < YEARS_MOST && s->start_s % SLOT_S == 0 &&
		s->utc_offset_s > -OFFSET_MOST && s->utc_offset_s < OFFSET_MOST && s->watched_s <= SLOT_S &&
		s->n <= SLOT_SERIES && s->n_peers <= SLOT_PEERS;
}

static int put_slot(struct history *h, const struct slot *s, enum history_origin origin)
{
	sqlite3_stmt *st = store_statement(h->s,
		origin == HISTORY_OWN ? STORE_PUT_HISTORY_SLOT : STORE_PUT_IMPORTED_SLOT);

	if (st) {
		sqlite3_bind_int64(st, 1, s->start_s);
		sqlite3_bind_int64(st, 2, s->utc_offset_s);
		sqlite3_bind_int64(st, 3, s->watched_s);
		sqlite3_bind_int64(st, 4, s->frozen);
	}
	return store_run(h->s, st);
}

static int put_series(struct history *h, const struct slot *s, enum history_origin origin)
{
	int err = 0;

	for (size_t i = 0; i < s->n && !err; i++)
		err = add_series(h, s, &s->series[i], origin);
	return err;
}

static int add_once(struct history *h, const struct slot *s)
{
	const bool alone = !h->s->in_batch;
	int err = alone ? store_begin(h->s) : 0;

	if (!err)
		err = put_slot(h, s, HISTORY_OWN);
	if (!err)
		err = put_series(h, s, HISTORY_OWN);
	for (int p = PERIOD_DAY; p < PERIODS && !err; p++)
		err = add_peers(h, s, p);
	if (!err && alone)
		err = store_commit(h->s);
	if (err)
		store_rollback(h->s);
	return err;
}

int history_add(struct history *h, const struct slot *s)
{
	const bool alone = !h->s->in_batch;
	int err;

	if (!makes_sense(s))
		return ERR_RANGE;
	err = add_once(h, s);
	if (err != ERR_FULL || !alone || !h->opts.max_bytes)
		return err;
	/* The cap, or the disk; room in the file is room in both cases. */
	return history_prune(h, s->start_s) ? err : add_once(h, s);
}

int history_import(struct history *h, const struct slot *s, bool *taken)
{
	int err;

	if (!makes_sense(s))
		return ERR_RANGE;
	err = put_slot(h, s, HISTORY_IMPORTED);
	*taken = !err && sqlite3_changes(h->s->db) > 0;
	return *taken ? put_series(h, s, HISTORY_IMPORTED) : err;
}
