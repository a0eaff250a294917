/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Incidents and events, which are only read by people, and what an administrator said:
 * allowed prefixes and false positives.
 */
#include "edge/store.h"

#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "edge/store_private.h"

int store_put_incident(struct store *s, uint64_t id, const char *subject, wall_t last,
	const char *json)
{
	sqlite3_stmt *st = store_statement(s, STORE_PUT_INCIDENT);

	if (st) {
		sqlite3_bind_int64(st, 1, (int64_t)id);
		store_bind_text(st, 2, subject);
		sqlite3_bind_int64(st, 3, last.ns);
		store_bind_text(st, 4, json);
	}
	return store_run(s, st);
}

int store_put_event(struct store *s, wall_t at, const char *kind, const char *json)
{
	sqlite3_stmt *st = store_statement(s, STORE_PUT_EVENT);

	if (st) {
		sqlite3_bind_int64(st, 1, at.ns);
		store_bind_text(st, 2, kind);
		store_bind_text(st, 3, json);
	}
	return store_run(s, st);
}

int store_event_place(struct store *s, struct store_events *out)
{
	sqlite3_stmt *st = store_statement(s, STORE_EVENT_PLACE);
	struct store_events e = { .first = 0 };
	const char *name;
	int rc, err;

	if (!st)
		return store_run(s, NULL);
	rc = sqlite3_step(st);
	err = rc == SQLITE_DONE ? ERR_INVALID : store_result(s, rc);
	name = err ? NULL : (const char *)sqlite3_column_text(st, 0);
	if (!err && (!name || !text_copy(e.name, sizeof(e.name), name)))
		err = ERR_INVALID;
	if (!err) {
		e.first = sqlite3_column_int64(st, 1);
		e.last = sqlite3_column_int64(st, 2);
		*out = e;
	}
	sqlite3_reset(st);
	return err;
}

int store_events_after(struct store *s, int64_t id, size_t most, store_event_fn fn, void *ctx)
{
	sqlite3_stmt *st = store_statement(s, STORE_EVENTS_AFTER);
	int rc, err;

	if (!st)
		return store_run(s, NULL);
	sqlite3_bind_int64(st, 1, id);
	sqlite3_bind_int64(st, 2, (int64_t)most);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		const char *json = (const char *)sqlite3_column_text(st, 1);

		if (!fn(ctx, sqlite3_column_int64(st, 0), json ? json : ""))
			break;
	}
	err = store_result(s, rc);
	sqlite3_reset(st);
	return err;
}

static int take_json(struct store *s, sqlite3_stmt *st, char **json)
{
	int rc = sqlite3_step(st);
	int err = rc == SQLITE_DONE ? ERR_ABSENT : store_result(s, rc);
	const char *text = err ? NULL : (const char *)sqlite3_column_text(st, 0);
	char *copy = text ? strdup(text) : NULL;

	sqlite3_reset(st);
	if (err)
		return err;
	if (!copy)
		return ERR_MEMORY;
	*json = copy;
	return 0;
}

int store_incident_by_id(struct store *s, uint64_t id, char **json)
{
	sqlite3_stmt *st = store_statement(s, STORE_INCIDENT_BY_ID);

	if (!st)
		return store_run(s, NULL);
	sqlite3_bind_int64(st, 1, (int64_t)id);
	return take_json(s, st, json);
}

int store_incident_by_subject(struct store *s, const char *subject, char **json)
{
	sqlite3_stmt *st = store_statement(s, STORE_INCIDENT_BY_SUBJECT);

	if (!st)
		return store_run(s, NULL);
	store_bind_text(st, 1, subject);
	return take_json(s, st, json);
}

int store_clear_allowed(struct store *s)
{
	return store_run(s, store_statement(s, STORE_CLEAR_ALLOWED));
}

int store_put_allowed(struct store *s, const struct prefix *p)
{
	sqlite3_stmt *st = store_statement(s, STORE_PUT_ALLOWED);

	if (st)
		store_bind_prefix(st, 1, p);
	return store_run(s, st);
}

int store_clear_excuses(struct store *s)
{
	return store_run(s, store_statement(s, STORE_CLEAR_EXCUSES));
}

int store_put_excuse(struct store *s, const struct prefix *p, unsigned count, wall_t at)
{
	sqlite3_stmt *st = store_statement(s, STORE_PUT_EXCUSE);

	if (st) {
		store_bind_prefix(st, 1, p);
		sqlite3_bind_int64(st, 2, count);
		sqlite3_bind_int64(st, 3, at.ns);
	}
	return store_run(s, st);
}

/* A text that is no prefix is passed over. */
static bool read_prefix(sqlite3_stmt *st, struct prefix *p)
{
	const char *text = (const char *)sqlite3_column_text(st, 0);

	return text && prefix_parse(text, p) == 0;
}

int store_each_allowed(struct store *s, store_allowed_fn fn, void *ctx)
{
	sqlite3_stmt *st = store_statement(s, STORE_ALLOWED);
	struct prefix p;
	int rc, err;

	if (!st)
		return store_run(s, NULL);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW)
		if (read_prefix(st, &p))
			fn(ctx, &p);
	err = store_result(s, rc);
	sqlite3_reset(st);
	return err;
}

int store_each_excuse(struct store *s, store_excuse_fn fn, void *ctx)
{
	sqlite3_stmt *st = store_statement(s, STORE_EXCUSES);
	struct prefix p;
	int rc, err;

	if (!st)
		return store_run(s, NULL);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		int64_t count = sqlite3_column_int64(st, 1);

		if (count > 0 && count <= UINT32_MAX && read_prefix(st, &p))
			fn(ctx, &p, (unsigned)count,
				(wall_t){ .ns = sqlite3_column_int64(st, 2) });
	}
	err = store_result(s, rc);
	sqlite3_reset(st);
	return err;
}
