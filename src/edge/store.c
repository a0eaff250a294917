/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The connection's daily work: statements, batches, size. What is written stands in
 * store_measures.c and store_record.c, how the file is opened in store_open.c.
 */
#include "edge/store.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "edge/store_private.h"

static const char *const texts[STORE_STATEMENTS] = {
	[STORE_BEGIN] = "BEGIN IMMEDIATE",
	[STORE_COMMIT] = "COMMIT",
	[STORE_ROLLBACK] = "ROLLBACK",
	[STORE_PUT_MOMENT] =
		"INSERT INTO boot(name, mono, wall) VALUES (?1, ?2, ?3) "
		"ON CONFLICT(name) DO UPDATE SET mono = excluded.mono, "
		"wall = excluded.wall",
	[STORE_FIND_BOOT] = "SELECT id FROM boot WHERE name = ?1",
	[STORE_PUT_MEASURE] =
		"INSERT INTO measure(kind, source, proto, port, scope, standing, response, "
		"origin, since, until, base_ttl, limit_rate, limit_burst, ladder, rung, "
		"offences, forget_at, incident, hits, boot, mark) "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, "
		"?15, ?16, ?17, ?18, ?19, ?20, ?21) "
		"ON CONFLICT(kind, source, proto, port, scope) DO UPDATE SET "
		"standing = excluded.standing, response = excluded.response, "
		"origin = excluded.origin, since = excluded.since, "
		"until = excluded.until, base_ttl = excluded.base_ttl, "
		"limit_rate = excluded.limit_rate, limit_burst = excluded.limit_burst, "
		"ladder = excluded.ladder, rung = excluded.rung, "
		"offences = excluded.offences, forget_at = excluded.forget_at, "
		"incident = excluded.incident, hits = excluded.hits, "
		"boot = excluded.boot, mark = excluded.mark",
	[STORE_FORGET_MEASURE] =
		"DELETE FROM measure WHERE kind = ?1 AND source = ?2 AND proto = ?3 "
		"AND port = ?4 AND scope = ?5",
	[STORE_SWEEP] = "DELETE FROM measure WHERE mark < ?1",
	[STORE_SWEEP_BOOTS] =
		"DELETE FROM boot WHERE id != ?1 AND id NOT IN (SELECT boot FROM measure)",
	[STORE_MEASURES] =
		"SELECT m.id, kind, source, proto, port, scope, standing, response, "
		"origin, since, until, base_ttl, limit_rate, limit_burst, ladder, rung, "
		"offences, forget_at, incident, hits, boot.name, boot.mono, boot.wall "
		"FROM measure AS m JOIN boot ON boot.id = m.boot "
		"WHERE m.id < ?1 ORDER BY m.id DESC LIMIT ?2",
	[STORE_PUT_INCIDENT] =
		"INSERT INTO incident(id, subject, last, json) VALUES (?1, ?2, ?3, ?4) "
		"ON CONFLICT(id) DO UPDATE SET subject = excluded.subject, "
		"last = excluded.last, json = excluded.json",
	[STORE_INCIDENT_BY_ID] = "SELECT json FROM incident WHERE id = ?1",
	[STORE_INCIDENT_BY_SUBJECT] =
		"SELECT json FROM incident WHERE subject = ?1 ORDER BY last DESC LIMIT 1",
	[STORE_PUT_EVENT] = "INSERT INTO event(at, kind, json) VALUES (?1, ?2, ?3)",
	[STORE_CLEAR_ALLOWED] = "DELETE FROM allowed",
	[STORE_PUT_ALLOWED] = "INSERT OR IGNORE INTO allowed(prefix) VALUES (?1)",
	[STORE_ALLOWED] = "SELECT prefix FROM allowed",
	[STORE_CLEAR_EXCUSES] = "DELETE FROM excuse",
	[STORE_PUT_EXCUSE] =
		"INSERT OR REPLACE INTO excuse(prefix, count, at) VALUES (?1, ?2, ?3)",
	[STORE_EXCUSES] = "SELECT prefix, count, at FROM excuse ORDER BY at",
	[STORE_PAGES] = "PRAGMA page_count",
	[STORE_FREE_PAGES] = "PRAGMA freelist_count",
	[STORE_COUNT_MEASURES] = "SELECT count(*) FROM measure",
	[STORE_COUNT_INCIDENTS] = "SELECT count(*) FROM incident",
	/* Only the oldest are ever removed, so the ids have no gaps. */
	[STORE_COUNT_EVENTS] = "SELECT coalesce(max(id) - min(id) + 1, 0) FROM event",
	[STORE_COUNT_ALLOWED] = "SELECT count(*) FROM allowed",
	[STORE_COUNT_EXCUSES] = "SELECT count(*) FROM excuse",
	[STORE_TRIM_EVENTS] =
		"DELETE FROM event WHERE id < (SELECT min(id) FROM event) + 1000",
	[STORE_TRIM_INCIDENTS] =
		"DELETE FROM incident WHERE id IN (SELECT id FROM incident "
		"WHERE last < ?1 ORDER BY last LIMIT 1000)",
	[STORE_FIND_SEED] = "SELECT seed FROM secret",
	[STORE_PUT_SEED] = "INSERT INTO secret(seed) VALUES (?1)",
	[STORE_PUT_SLOT] =
		"INSERT INTO slot(start, since, until) VALUES (?1, ?2, ?3) "
		"ON CONFLICT(start) DO UPDATE SET since = min(since, excluded.since), "
		"until = max(until, excluded.until)",
	[STORE_FIND_SERIES] =
		"SELECT connections, packets_there, packets_back, bytes_there, bytes_back, "
		"peers, ports FROM series WHERE slot = ?1 AND direction = ?2 AND scope = ?3 "
		"AND proto = ?4 AND port = ?5",
	[STORE_PUT_SERIES] =
		"INSERT OR REPLACE INTO series(slot, direction, scope, proto, port, "
		"connections, packets_there, packets_back, bytes_there, bytes_back, peers, "
		"ports) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
	[STORE_PUT_LESSON] =
		"INSERT INTO lesson(at, first, last, packets, slots, frozen, withheld) "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	[STORE_PUT_CAPTURE] =
		"INSERT INTO capture(digest, bytes, name, lesson) "
		"VALUES (?1, ?2, ?3, (SELECT max(id) FROM lesson))",
	[STORE_FIND_CAPTURE] =
		"SELECT name, at FROM capture JOIN lesson ON lesson.id = capture.lesson "
		"WHERE digest = ?1 AND bytes = ?2",
	[STORE_SLOTS] = "SELECT start, since, until FROM slot ORDER BY start",
	[STORE_SUM_LESSONS] =
		"SELECT (SELECT count(*) FROM capture), coalesce(sum(packets), 0), "
		"coalesce(sum(frozen), 0), coalesce(sum(withheld), 0) FROM lesson",
	[STORE_CAPTURES] =
		"SELECT name, bytes, at FROM capture JOIN lesson "
		"ON lesson.id = capture.lesson ORDER BY lesson.id, capture.name",
	[STORE_BUSIEST] =
		"SELECT direction, proto, port, sum(connections), sum(packets_there), "
		"sum(packets_back), sum(bytes_there), sum(bytes_back), count(*) FROM series "
		"WHERE scope = ?1 GROUP BY direction, proto, port "
		"ORDER BY sum(connections) DESC, sum(bytes_there + bytes_back) DESC, 1, 2, 3 LIMIT ?2",
};

#define TRIM_STEPS 64 /* of a thousand rows */

static bool disk_is_full(sqlite3 *db)
{
	int e = sqlite3_system_errno(db);

	return e == ENOSPC || e == EDQUOT;
}

int store_result(struct store *s, int rc)
{
	if (rc == SQLITE_OK || rc == SQLITE_ROW || rc == SQLITE_DONE)
		return 0;
	text_copy(s->error, sizeof(s->error), sqlite3_errmsg(s->db));
	if (rc == SQLITE_IOERR_SHORT_READ)
		return ERR_INVALID; /* the file ends where it should not */
	switch (rc & 0xff) {
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return ERR_INVALID;
	case SQLITE_FULL:
		return ERR_FULL;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return ERR_BUSY;
	case SQLITE_PERM:
	case SQLITE_READONLY:
		return ERR_PERMISSION;
	case SQLITE_NOMEM:
		return ERR_MEMORY;
	default:
		return disk_is_full(s->db) ? ERR_FULL : ERR_IO;
	}
}

const char *store_error(const struct store *s)
{
	return s->error;
}

sqlite3_stmt *store_statement(struct store *s, enum store_statement which)
{
	sqlite3_stmt **st = &s->statements[which];
	int rc = SQLITE_OK;

	if (!*st)
		rc = sqlite3_prepare_v3(s->db, texts[which], -1,
			SQLITE_PREPARE_PERSISTENT, st, NULL);
	if (rc != SQLITE_OK) {
		store_result(s, rc);
		return NULL;
	}
	sqlite3_reset(*st);
	sqlite3_clear_bindings(*st);
	return *st;
}

int store_run(struct store *s, sqlite3_stmt *st)
{
	int rc, err;

	if (!st)
		return store_result(s, sqlite3_extended_errcode(s->db));
	do
		rc = sqlite3_step(st);
	while (rc == SQLITE_ROW);
	err = store_result(s, rc);
	sqlite3_reset(st);
	return err;
}

int store_ask(struct store *s, enum store_statement which, int64_t *out)
{
	sqlite3_stmt *st = store_statement(s, which);
	int rc = st ? sqlite3_step(st) : sqlite3_extended_errcode(s->db);
	int err = store_result(s, rc);

	if (err)
		return err;
	if (rc == SQLITE_ROW)
		*out = sqlite3_column_int64(st, 0);
	sqlite3_reset(st);
	return rc == SQLITE_ROW ? 0 : ERR_ABSENT;
}

/* All texts live until the statement has run. */
void store_bind_text(sqlite3_stmt *st, int at, const char *text)
{
	sqlite3_bind_text(st, at, text, -1, SQLITE_STATIC);
}

void store_bind_prefix(sqlite3_stmt *st, int at, const struct prefix *p)
{
	char text[PREFIX_TEXT];

	prefix_format(p, text, sizeof(text));
	sqlite3_bind_text(st, at, text, -1, SQLITE_TRANSIENT);
}

int store_begin(struct store *s)
{
	int err = store_run(s, store_statement(s, STORE_BEGIN));

	s->in_batch = err == 0;
	return err;
}

int store_commit(struct store *s)
{
	int err = store_run(s, store_statement(s, STORE_COMMIT));

	if (!err)
		s->in_batch = false;
	return err;
}

void store_rollback(struct store *s)
{
	/* Some errors have rolled it back already. */
	if (s->in_batch && !sqlite3_get_autocommit(s->db))
		store_run(s, store_statement(s, STORE_ROLLBACK));
	s->in_batch = false;
	s->boot_row = 0; /* its row may be gone with the rest */
}

static int pages(struct store *s, uint64_t *all, uint64_t *used)
{
	int64_t count, idle;
	int err = store_ask(s, STORE_PAGES, &count);

	if (!err)
		err = store_ask(s, STORE_FREE_PAGES, &idle);
	if (err)
		return err;
	*all = (uint64_t)(count * s->page_bytes);
	*used = (uint64_t)((count - idle) * s->page_bytes);
	return 0;
}

int store_measure_size(struct store *s, struct store_size *out)
{
	static const enum store_statement counts[] = { STORE_COUNT_MEASURES,
		STORE_COUNT_INCIDENTS, STORE_COUNT_EVENTS, STORE_COUNT_ALLOWED,
		STORE_COUNT_EXCUSES };
	int64_t n[5];
	struct store_size size;
	int err = pages(s, &size.bytes, &size.used);

	for (size_t i = 0; i < 5 && !err; i++)
		err = store_ask(s, counts[i], &n[i]);
	if (err)
		return err;
	size.measures = (uint64_t)n[0];
	size.incidents = (uint64_t)n[1];
	size.events = (uint64_t)n[2];
	size.allowed = (uint64_t)n[3];
	size.excuses = (uint64_t)n[4];
	*out = size;
	return 0;
}

/* A thousand rows less; *gone 0 where there are none to remove. */
static int trim_step(struct store *s, wall_t closed, uint64_t *gone)
{
	int err = store_run(s, store_statement(s, STORE_TRIM_EVENTS));
	sqlite3_stmt *st;

	*gone = err ? 0 : (uint64_t)sqlite3_changes(s->db);
	if (err || *gone)
		return err;
	st = store_statement(s, STORE_TRIM_INCIDENTS);
	if (st)
		sqlite3_bind_int64(st, 1, closed.ns);
	err = store_run(s, st);
	*gone = err ? 0 : (uint64_t)sqlite3_changes(s->db);
	return err;
}

/* Where the cap has become smaller than the file. */
static int shrink(struct store *s, uint64_t bytes)
{
	char sql[64];

	if (bytes <= s->max_bytes)
		return 0;
	snprintf(sql, sizeof(sql), "PRAGMA incremental_vacuum(%llu)",
		(unsigned long long)(bytes - s->max_bytes) / (unsigned)s->page_bytes + 1);
	return store_result(s, sqlite3_exec(s->db, sql, NULL, NULL, NULL));
}

int store_trim(struct store *s, wall_t closed, uint64_t *removed)
{
	uint64_t all = 0, used = 0, gone = 1;
	int err = s->max_bytes ? pages(s, &all, &used) : 0;

	*removed = 0;
	if (err || !s->max_bytes || used <= s->max_bytes / 8 * 7)
		return err;
	for (int i = 0; i < TRIM_STEPS && gone && used > s->max_bytes / 8 * 7; i++) {
		err = trim_step(s, closed, &gone);
		*removed += gone;
		if (!err)
			err = pages(s, &all, &used);
		if (err)
			return err;
	}
	return shrink(s, all);
}
