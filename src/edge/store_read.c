/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events and incidents of a time, for reports: of a copy, as nobody is to wait for whoever reads so much. */
#include <sqlite3.h>

#include "base/err.h"
#include "edge/store_copy.h"
#include "edge/store_private.h"

static int bind_span(struct store *s, enum store_statement which, wall_t from, wall_t until, sqlite3_stmt **st)
{
	*st = store_statement(s, which);
	if (!*st)
		return store_run(s, NULL);
	sqlite3_bind_int64(*st, 1, from.ns);
	sqlite3_bind_int64(*st, 2, until.ns);
	return 0;
}

static const char *text_at(sqlite3_stmt *st, int at)
{
	const char *t = (const char *)sqlite3_column_text(st, at);

	return t ? t : "";
}

int store_each_event(struct store *s, wall_t from, wall_t until, store_record_fn fn, void *ctx)
{
	sqlite3_stmt *st;
	int rc, err = bind_span(s, STORE_EVENTS, from, until, &st);

	if (err)
		return err;
	while ((rc = sqlite3_step(st)) == SQLITE_ROW)
		if (!fn(ctx, (wall_t){ sqlite3_column_int64(st, 0) }, text_at(st, 1), text_at(st, 2)))
			break;
	err = store_result(s, rc);
	sqlite3_reset(st);
	return err;
}

int store_each_incident(struct store *s, wall_t from, wall_t until, store_incident_fn fn, void *ctx)
{
	sqlite3_stmt *st;
	int rc, err = bind_span(s, STORE_INCIDENTS, from, until, &st);

	if (err)
		return err;
	while ((rc = sqlite3_step(st)) == SQLITE_ROW)
		if (!fn(ctx, (uint64_t)sqlite3_column_int64(st, 0), (wall_t){ sqlite3_column_int64(st, 1) }, text_at(st, 2)))
			break;
	err = store_result(s, rc);
	sqlite3_reset(st);
	return err;
}

int store_oldest_event(struct store *s, wall_t *out)
{
	sqlite3_stmt *st = store_statement(s, STORE_OLDEST_EVENT);
	int rc = st ? sqlite3_step(st) : SQLITE_DONE, err;

	if (!st)
		return store_run(s, NULL);
	err = rc == SQLITE_DONE ? ERR_ABSENT : store_result(s, rc);
	if (rc == SQLITE_ROW)
		out->ns = sqlite3_column_int64(st, 0);
	sqlite3_reset(st);
	return err;
}
