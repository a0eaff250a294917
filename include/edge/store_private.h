/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the store share: the connection and its statements. Included by
 * src/edge/store*.c alone.
 */
#ifndef TIDEGATE_EDGE_STORE_PRIVATE_H
#define TIDEGATE_EDGE_STORE_PRIVATE_H

#include <sqlite3.h>

#include "edge/store.h"

enum store_statement {
	STORE_BEGIN = 0,
	STORE_COMMIT,
	STORE_ROLLBACK,
	STORE_PUT_MOMENT,
	STORE_FIND_BOOT,
	STORE_PUT_MEASURE,
	STORE_FORGET_MEASURE,
	STORE_SWEEP,
	STORE_SWEEP_BOOTS,
	STORE_MEASURES,
	STORE_PUT_INCIDENT,
	STORE_INCIDENT_BY_ID,
	STORE_INCIDENT_BY_SUBJECT,
	STORE_PUT_EVENT,
	STORE_EVENT_PLACE,
	STORE_EVENTS_AFTER,
	STORE_CLEAR_ALLOWED,
	STORE_PUT_ALLOWED,
	STORE_ALLOWED,
	STORE_CLEAR_EXCUSES,
	STORE_PUT_EXCUSE,
	STORE_EXCUSES,
	STORE_PAGES,
	STORE_FREE_PAGES,
	STORE_COUNT_MEASURES,
	STORE_COUNT_INCIDENTS,
	STORE_COUNT_EVENTS,
	STORE_COUNT_ALLOWED,
	STORE_COUNT_EXCUSES,
	STORE_TRIM_EVENTS,
	STORE_TRIM_INCIDENTS,
	STORE_EVENTS,
	STORE_INCIDENTS,
	STORE_OLDEST_EVENT,
	/* of the other file: store_lessons.c */
	STORE_FIND_SEED,
	STORE_PUT_SEED,
	STORE_PUT_SLOT,
	STORE_FIND_SERIES,
	STORE_PUT_SERIES,
	STORE_PUT_LESSON,
	STORE_PUT_CAPTURE,
	STORE_FIND_CAPTURE,
	STORE_SLOTS,
	STORE_SUM_LESSONS,
	STORE_CAPTURES,
	STORE_BUSIEST,
	STORE_NEXT_LESSON,
	STORE_LESSON_SERIES,
	/* of the third: store_history.c */
	STORE_FIND_SERIES_ID,
	STORE_PUT_SERIES_ID,
	STORE_PUT_HISTORY_SLOT,
	STORE_PUT_IMPORTED_SLOT,
	STORE_ADD_TOTAL,
	STORE_ADD_PEER,
	STORE_COUNT_PEERS,
	STORE_FOLD_PEERS,
	STORE_DROP_PEERS,
	STORE_GET_NOTE,
	STORE_PUT_NOTE,
	STORE_COUNT_NAMES,
	STORE_FORGET_NAMES,
	STORE_SWEEP_NAMES,
	STORE_FORGET_TOTALS,
	STORE_FORGET_SLOTS,
	STORE_FORGET_PEERS,
	STORE_OLDEST_TOTAL,
	STORE_OLDEST_PEER,
	STORE_NEXT_SLOT,
	STORE_SLOT_SERIES,
	STORE_TOTALS,
	STORE_PEERS,
	STORE_PEER,
	STORE_SUM_SLOTS,
	STORE_PUT_REACH,
	STORE_COUNT_REACH,
	STORE_FORGET_REACH,
	STORE_REACH,
	STORE_STATEMENTS,
};

struct store {
	sqlite3 *db;
	sqlite3_stmt *statements[STORE_STATEMENTS]; /* made when first asked for */
	char boot[STORE_BOOT];
	int64_t boot_row; /* 0: store_put_moment has not been called yet */
	int64_t mark;
	int64_t page_bytes;
	uint64_t max_bytes;
	bool in_batch;
	char error[WHY_TEXT];
};

/* What makes a file the one that it is. */
struct store_schema {
	int application;          /* in the header of the file */
	const char *const *steps; /* steps[n] leads from schema n to n + 1; what has been released is never edited */
	int64_t n_steps;
	const char *const *checks; /* made when it is opened */
	size_t n_checks;
	bool shared;               /* others may read it meanwhile; see store_history.h */
	const char *last_mark;     /* asks for the mark of the last sweep; NULL where nothing is marked */
};

/* store_open, of any schema of ours. */
int store_open_schema(struct store **out, const char *path, const struct store_opts *o,
	const struct store_schema *schema, char aside[STORE_PATH], char why[WHY_TEXT]);

/*
 * To read a shared one; nothing is made, mended or locked against who writes it. ERR_ABSENT; ERR_UNSUPPORTED where its
 * schema is newer; ERR_INVALID where it is no file of ours.
 */
int store_open_reading(struct store **out, const char *path, const struct store_schema *schema, char why[WHY_TEXT]);

/* tidegate.db as bytes of sqlite3_malloc64, which it takes whatever comes of it. */
int store_open_memory(struct store **out, unsigned char *bytes, size_t len, const struct store_opts *o, char why[WHY_TEXT]);

/* What root begins belongs to the owner of its folder, where it can. */
void store_give_away(const char *path);

/* Bytes of the file, and without its free pages. */
int store_pages(struct store *s, uint64_t *all, uint64_t *used);

/* Where the file of that many bytes is larger than its cap: gives its free pages back. */
int store_shrink(struct store *s, uint64_t bytes);

/* More of the cap is in use than shall be. */
bool store_is_crowded(const struct store *s, uint64_t used);

/* Statements that are made once. */
int store_execute(struct store *s, const char *sql);

/* SQLite's result as ours; keeps its words for store_error. */
int store_result(struct store *s, int rc);

/* The statement, reset and without values; NULL where it cannot be made (store_error). */
sqlite3_stmt *store_statement(struct store *s, enum store_statement which);

/* Takes it from there to its end. NULL gives the error of store_statement. */
int store_run(struct store *s, sqlite3_stmt *st);

/* The first column of its only row. */
int store_ask(struct store *s, enum store_statement which, int64_t *out);

void store_bind_text(sqlite3_stmt *st, int at, const char *text);
void store_bind_prefix(sqlite3_stmt *st, int at, const struct prefix *p);

#endif
