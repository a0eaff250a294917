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

/* Columns of totals: counts that add up (and stay at 2^62), the most of a slot, seconds. A column that is unknown on one
 * side has what the other side knows. */
#define ADDED(c) c " = coalesce(min(" c " + excluded." c ", 4611686018427387904), " c ", excluded." c ")"
#define HIGHEST(c) c " = coalesce(max(" c ", excluded." c "), " c ", excluded." c ")"
#define GAUGE(c) ADDED(c "_sum") ", " ADDED(c "_s") ", " HIGHEST(c "_most")
#define GAUGE_COLUMNS(c) c "_sum, " c "_s, " c "_most"
/* When it would have been worth forgetting: each day of use is worth one more, up to ninety (core/reach.h does the same). */
#define REACH_WORTH "last + min(days, 90) * 86400"
#define TOTAL_COLUMNS "seconds, connections, newcomers, packets_in, packets_out, bytes_in, bytes_out, " \
	GAUGE_COLUMNS("sources") ", " GAUGE_COLUMNS("ports") ", " GAUGE_COLUMNS("established") ", " \
	GAUGE_COLUMNS("half_open") ", " GAUGE_COLUMNS("time_wait") ", " GAUGE_COLUMNS("close_wait")
#define LEAST_PEERS "FROM peer WHERE period = ?1 AND begin = ?2 AND addr <> x'' " \
	"ORDER BY bytes_in + bytes_out DESC, direction, addr LIMIT -1 OFFSET ?3"

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
		"offences, forget_at, incident, hits, boot, mark, kernel_packets, kernel_bytes) "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, "
		"?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23) "
		"ON CONFLICT(kind, source, proto, port, scope) DO UPDATE SET "
		"standing = excluded.standing, response = excluded.response, "
		"origin = excluded.origin, since = excluded.since, "
		"until = excluded.until, base_ttl = excluded.base_ttl, "
		"limit_rate = excluded.limit_rate, limit_burst = excluded.limit_burst, "
		"ladder = excluded.ladder, rung = excluded.rung, "
		"offences = excluded.offences, forget_at = excluded.forget_at, "
		"incident = excluded.incident, hits = excluded.hits, "
		"boot = excluded.boot, mark = excluded.mark, "
		"kernel_packets = excluded.kernel_packets, kernel_bytes = excluded.kernel_bytes",
	[STORE_FORGET_MEASURE] =
		"DELETE FROM measure WHERE kind = ?1 AND source = ?2 AND proto = ?3 "
		"AND port = ?4 AND scope = ?5",
	[STORE_SWEEP] = "DELETE FROM measure WHERE mark < ?1",
	[STORE_SWEEP_BOOTS] =
		"DELETE FROM boot WHERE id != ?1 AND id NOT IN (SELECT boot FROM measure)",
	[STORE_MEASURES] =
		"SELECT m.id, kind, source, proto, port, scope, standing, response, "
		"origin, since, until, base_ttl, limit_rate, limit_burst, ladder, rung, "
		"offences, forget_at, incident, hits, boot.name, boot.mono, boot.wall, "
		"kernel_packets, kernel_bytes "
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
	[STORE_EVENT_PLACE] =
		"SELECT name, (SELECT min(id) FROM event), (SELECT max(id) FROM event) FROM identity",
	[STORE_EVENTS_AFTER] = "SELECT id, json FROM event WHERE id > ?1 AND kind <> '" STORE_NOTE "' ORDER BY id "
		"LIMIT ?2",
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
	/* The newest stays, or numbers would be given a second time. */
	[STORE_TRIM_EVENTS] =
		"DELETE FROM event WHERE id < (SELECT min(min(id) + 1000, max(id)) FROM event)",
	[STORE_TRIM_INCIDENTS] =
		"DELETE FROM incident WHERE id IN (SELECT id FROM incident "
		"WHERE last < ?1 ORDER BY last LIMIT 1000)",
	/* Ids are in the order of writing, and clocks may have been set meanwhile: all of them are looked at. */
	[STORE_EVENTS] = "SELECT at, kind, json FROM event WHERE at >= ?1 AND at < ?2 ORDER BY id",
	[STORE_INCIDENTS] = "SELECT id, last, json FROM incident WHERE last >= ?1 AND last < ?2 ORDER BY last, id",
	[STORE_OLDEST_EVENT] = "SELECT at FROM event ORDER BY id LIMIT 1",
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
	[STORE_NEXT_LESSON] =
		"SELECT start, since, until FROM slot WHERE start >= ?1 ORDER BY start LIMIT 1",
	[STORE_LESSON_SERIES] =
		"SELECT direction, scope, proto, port, connections, packets_there, packets_back, bytes_there, "
		"bytes_back, peers, ports FROM series WHERE slot = ?1",
	[STORE_FIND_SERIES_ID] =
		"SELECT id FROM series WHERE kind = ?1 AND direction = ?2 AND proto = ?3 AND port = ?4 AND link = ?5",
	[STORE_PUT_SERIES_ID] =
		"INSERT INTO series(kind, direction, proto, port, link) VALUES (?1, ?2, ?3, ?4, ?5)",
	[STORE_PUT_HISTORY_SLOT] =
		"INSERT INTO slot(imported, start, utc_offset, watched, frozen) VALUES (0, ?1, ?2, ?3, ?4) "
		"ON CONFLICT DO UPDATE SET watched = min(watched + excluded.watched, 300), "
		"frozen = max(frozen, excluded.frozen)",
	[STORE_PUT_IMPORTED_SLOT] =
		"INSERT INTO slot(imported, start, utc_offset, watched, frozen) SELECT 1, ?1, ?2, ?3, ?4 "
		"WHERE NOT EXISTS (SELECT 1 FROM slot WHERE start = ?1 AND imported IN (0, 1))",
	[STORE_ADD_TOTAL] =
		"INSERT INTO total(period, begin, series, " TOTAL_COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, "
		"?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28) "
		"ON CONFLICT DO UPDATE SET " ADDED("seconds") ", " ADDED("connections") ", " ADDED("newcomers") ", "
		ADDED("packets_in") ", " ADDED("packets_out") ", " ADDED("bytes_in") ", " ADDED("bytes_out") ", "
		GAUGE("sources") ", " GAUGE("ports") ", " GAUGE("established") ", " GAUGE("half_open") ", "
		GAUGE("time_wait") ", " GAUGE("close_wait"),
	[STORE_ADD_PEER] =
		"INSERT INTO peer(period, begin, direction, addr, connections, bytes_in, bytes_out) "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO UPDATE SET "
		"connections = min(connections + excluded.connections, 9007199254740992), "
		"bytes_in = min(bytes_in + excluded.bytes_in, 9007199254740992), "
		"bytes_out = min(bytes_out + excluded.bytes_out, 9007199254740992)",
	[STORE_COUNT_PEERS] = "SELECT count(*) FROM peer WHERE period = ?1 AND begin = ?2",
	[STORE_FOLD_PEERS] =
		"INSERT INTO peer(period, begin, direction, addr, connections, bytes_in, bytes_out) "
		"SELECT period, begin, direction, x'', sum(connections), sum(bytes_in), sum(bytes_out) "
		"FROM (SELECT * " LEAST_PEERS ") WHERE true GROUP BY direction ON CONFLICT DO UPDATE SET "
		"connections = min(connections + excluded.connections, 9007199254740992), "
		"bytes_in = min(bytes_in + excluded.bytes_in, 9007199254740992), "
		"bytes_out = min(bytes_out + excluded.bytes_out, 9007199254740992)",
	[STORE_DROP_PEERS] =
		"DELETE FROM peer WHERE period = ?1 AND begin = ?2 AND (direction, addr) IN "
		"(SELECT direction, addr " LEAST_PEERS ")",
	[STORE_GET_NOTE] = "SELECT value FROM note WHERE name = ?1",
	[STORE_PUT_NOTE] = "INSERT OR REPLACE INTO note(name, value) VALUES (?1, ?2)",
	[STORE_COUNT_NAMES] = "SELECT count(DISTINCT series) FROM total WHERE period = 4",
	[STORE_FORGET_NAMES] =
		"DELETE FROM total WHERE period <> 5 AND series IN (SELECT series FROM total WHERE period = 4 "
		"GROUP BY series ORDER BY sum(seconds), max(begin), series LIMIT ?1)",
	[STORE_SWEEP_NAMES] = "DELETE FROM series WHERE id NOT IN (SELECT series FROM total)",
	[STORE_FORGET_TOTALS] = "DELETE FROM total WHERE period = ?1 AND begin < ?2",
	[STORE_FORGET_SLOTS] = "DELETE FROM slot WHERE imported = ?1 AND start < ?2",
	[STORE_FORGET_PEERS] = "DELETE FROM peer WHERE period = ?1 AND begin < ?2",
	[STORE_OLDEST_TOTAL] = "SELECT begin FROM total WHERE period = ?1 ORDER BY begin LIMIT 1",
	[STORE_OLDEST_PEER] = "SELECT begin FROM peer WHERE period = ?1 ORDER BY begin LIMIT 1",
	[STORE_NEXT_SLOT] =
		"SELECT start, utc_offset, watched, frozen FROM slot WHERE imported = ?1 AND start >= ?2 "
		"ORDER BY start LIMIT 1",
	[STORE_SLOT_SERIES] =
		"SELECT begin, kind, direction, proto, port, link, " TOTAL_COLUMNS " FROM total "
		"JOIN series ON series.id = total.series WHERE period = ?1 AND begin = ?2 "
		"ORDER BY kind, direction, proto, port, link",
	[STORE_TOTALS] =
		"SELECT begin, kind, direction, proto, port, link, " TOTAL_COLUMNS " FROM total "
		"JOIN series ON series.id = total.series WHERE period = ?1 AND begin >= ?2 AND begin < ?3 "
		"AND (?4 < 0 OR kind = ?4) AND (?5 = 0 OR series.id = ?5) "
		"ORDER BY begin, kind, direction, proto, port, link",
	[STORE_PEERS] =
		"SELECT direction, addr, sum(connections), sum(bytes_in), sum(bytes_out), count(*) FROM peer "
		"WHERE period = ?1 AND begin >= ?2 AND begin < ?3 GROUP BY direction, addr "
		"ORDER BY addr = x'', sum(bytes_in + bytes_out) DESC, direction, addr",
	[STORE_PEER] =
		"SELECT direction, addr, connections, bytes_in, bytes_out, begin FROM peer "
		"WHERE period = ?1 AND begin >= ?2 AND begin < ?3 AND addr = ?4 ORDER BY begin, direction",
	[STORE_SUM_SLOTS] =
		"SELECT count(*), coalesce(min(start), 0), coalesce(max(start), 0), coalesce(sum(watched), 0), "
		"coalesce(sum(frozen), 0) FROM slot WHERE imported = ?1 AND start >= ?2",
	[STORE_PUT_REACH] =
		"INSERT INTO reach (uid, unit, addr, proto, port, kind, level, contacts, bytes_out, bytes_in, day_bytes, "
		"day_most, first, last, days, name) "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16) "
		"ON CONFLICT (uid, unit, addr, proto, port) DO UPDATE SET kind = ?6, level = ?7, "
		"contacts = max(contacts, ?8), bytes_out = max(bytes_out, ?9), bytes_in = max(bytes_in, ?10), "
		"day_bytes = ?11, day_most = max(day_most, ?12), first = min(first, ?13), last = ?14, "
		"days = max(days, ?15), name = CASE WHEN ?16 = '' THEN name ELSE ?16 END",
	[STORE_COUNT_REACH] = "SELECT count(*) FROM reach",
	[STORE_FORGET_REACH] =
		"DELETE FROM reach WHERE id IN (SELECT id FROM reach ORDER BY " REACH_WORTH " LIMIT ?1)",
	[STORE_REACH] =
		"SELECT uid, unit, addr, proto, port, kind, level, contacts, bytes_out, bytes_in, day_bytes, day_most, first, "
		"last, days, name FROM reach ORDER BY " REACH_WORTH " DESC LIMIT ?1",
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

int store_pages(struct store *s, uint64_t *all, uint64_t *used)
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
	int err = store_pages(s, &size.bytes, &size.used);

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

bool store_is_crowded(const struct store *s, uint64_t used)
{
	return s->max_bytes && used > s->max_bytes / 8 * 7;
}

/* Where the cap has become smaller than the file. */
int store_shrink(struct store *s, uint64_t bytes)
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
	int err = s->max_bytes ? store_pages(s, &all, &used) : 0;

	*removed = 0;
	if (err || !store_is_crowded(s, used))
		return err;
	for (int i = 0; i < TRIM_STEPS && gone && store_is_crowded(s, used); i++) {
		err = trim_step(s, closed, &gone);
		*removed += gone;
		if (!err)
			err = store_pages(s, &all, &used);
		if (err)
			return err;
	}
	return store_shrink(s, all);
}
