/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opening the store: what is there, is it whole, is it ours, is it of our time. Nothing
 * that is found is ever deleted: what cannot be used is renamed.
 */
#include "edge/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/text.h"
#include "edge/clock.h"
#include "edge/store_private.h"

#define APPLICATION 0x74646774 /* "tdgt", in the header of the file */
#define HEADER_BYTES 16        /* what every database of version 3 begins with */
#define BUSY_MS 250
#define READING_BUSY_MS 3000 /* who reads may wait for a slot that is written */
#define CAREFUL "PRAGMA mmap_size = 0; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;" \
	"PRAGMA temp_store = MEMORY;"

static const char *const steps[] = {
	"CREATE TABLE boot ("
	"	id INTEGER PRIMARY KEY,"
	"	name TEXT NOT NULL UNIQUE,"  /* boot_id */
	"	mono INTEGER NOT NULL,"      /* the latest moment: ns since boot */
	"	wall INTEGER NOT NULL);"     /* and ns since 1970 */
	"CREATE TABLE measure ("
	"	id INTEGER PRIMARY KEY,"
	"	kind INTEGER NOT NULL,"      /* enum subject_kind */
	"	source TEXT NOT NULL,"       /* '' where it is no source */
	"	proto INTEGER NOT NULL,"
	"	port INTEGER NOT NULL,"
	"	scope INTEGER NOT NULL,"     /* enum scope */
	"	standing INTEGER NOT NULL,"  /* 0: a memory of offences */
	"	response TEXT NOT NULL,"
	"	origin INTEGER NOT NULL,"    /* enum measure_origin */
	"	since INTEGER NOT NULL,"     /* ns since that boot, like until */
	"	until INTEGER NOT NULL,"
	"	base_ttl INTEGER NOT NULL,"
	"	limit_rate INTEGER NOT NULL,"
	"	limit_burst INTEGER NOT NULL,"
	"	ladder TEXT NOT NULL,"       /* responses, a space between two */
	"	rung INTEGER NOT NULL,"
	"	offences INTEGER NOT NULL,"
	"	forget_at INTEGER NOT NULL," /* 0: not counting yet */
	"	incident INTEGER NOT NULL,"
	"	hits INTEGER NOT NULL,"
	"	boot INTEGER NOT NULL,"
	"	mark INTEGER NOT NULL,"
	"	UNIQUE (kind, source, proto, port, scope));"
	"CREATE TABLE incident ("
	"	id INTEGER PRIMARY KEY,"
	"	subject TEXT NOT NULL,"
	"	last INTEGER NOT NULL,"      /* ns since 1970 */
	"	json TEXT NOT NULL);"
	"CREATE INDEX incident_subject ON incident(subject, last);"
	"CREATE INDEX incident_last ON incident(last);"
	"CREATE TABLE event ("
	"	id INTEGER PRIMARY KEY,"
	"	at INTEGER NOT NULL,"
	"	kind TEXT NOT NULL,"
	"	json TEXT NOT NULL);"
	"CREATE TABLE allowed (prefix TEXT PRIMARY KEY) WITHOUT ROWID;"
	"CREATE TABLE excuse ("
	"	prefix TEXT PRIMARY KEY,"
	"	count INTEGER NOT NULL,"
	"	at INTEGER NOT NULL) WITHOUT ROWID;",
	/* Numbers of events are of one file: whoever remembers one remembers of which. */
	"CREATE TABLE identity (name TEXT NOT NULL);"
	"INSERT INTO identity VALUES (lower(hex(randomblob(8))));",
	/* What its element dropped, for reports; -1: nobody has looked. */
	"ALTER TABLE measure ADD COLUMN kernel_packets INTEGER NOT NULL DEFAULT -1;"
	"ALTER TABLE measure ADD COLUMN kernel_bytes INTEGER NOT NULL DEFAULT -1;",
};

/* What is read at start; the record can be long and is checked later. */
static const char *const checks[] = { "PRAGMA quick_check(measure)", "PRAGMA quick_check(boot)",
	"PRAGMA quick_check(allowed)", "PRAGMA quick_check(excuse)" };

static const struct store_schema store_schema = { .application = APPLICATION,
	.steps = steps, .n_steps = sizeof(steps) / sizeof(steps[0]),
	.checks = checks, .n_checks = sizeof(checks) / sizeof(checks[0]),
	.last_mark = "SELECT coalesce(max(mark), 0) FROM measure" };

int store_execute(struct store *s, const char *sql)
{
	return store_result(s, sqlite3_exec(s->db, sql, NULL, NULL, NULL));
}

/* One number by a statement that is asked once. */
static int number(struct store *s, const char *sql, int64_t *out)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(s->db, sql, -1, &st, NULL), err;

	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	err = store_result(s, rc);
	if (rc == SQLITE_ROW)
		*out = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return err;
}

/* A check says "ok", or what it found. */
static int check(struct store *s, const char *sql)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(s->db, sql, -1, &st, NULL), err;

	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	err = store_result(s, rc);
	if (rc == SQLITE_ROW) {
		const char *said = (const char *)sqlite3_column_text(st, 0);

		if (said && strcmp(said, "ok") != 0) {
			text_copy(s->error, sizeof(s->error), said);
			err = ERR_INVALID;
		}
	}
	sqlite3_finalize(st);
	return err;
}

int store_verify(struct store *s)
{
	return check(s, "PRAGMA quick_check(1)");
}

int store_look(struct store *s)
{
	static const char head[HEADER_BYTES] = "SQLite format 3";
	char found[HEADER_BYTES];
	sqlite3_file *f = NULL;
	int moved = 0;

	sqlite3_file_control(s->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
	if (moved) {
		text_copy(s->error, sizeof(s->error), "the file was moved or removed");
		return ERR_INVALID;
	}
	/* By SQLite's own descriptor: to open and close another would drop its locks. */
	if (sqlite3_file_control(s->db, "main", SQLITE_FCNTL_FILE_POINTER, &f) ||
		!f || !f->pMethods)
		return ERR_IO;
	if (f->pMethods->xRead(f, found, sizeof(found), 0) != SQLITE_OK ||
		memcmp(found, head, sizeof(head)) != 0) {
		text_copy(s->error, sizeof(s->error), "the file was overwritten");
		return ERR_INVALID;
	}
	return 0;
}

static int attach(struct store *s, const char *path, int flags, int busy_ms)
{
	int err = store_result(s, sqlite3_open_v2(path, &s->db, flags | SQLITE_OPEN_NOMUTEX, NULL));

	if (err)
		return err;
	sqlite3_busy_timeout(s->db, busy_ms);
	sqlite3_extended_result_codes(s->db, 1);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	return 0;
}

/* Order matters: the lock mode before anything looks at the log, and what makes a new file
 * what it is before anything is written. */
static int set_up(struct store *s, bool shared)
{
	return store_execute(s, shared ?
		"PRAGMA auto_vacuum = INCREMENTAL;" CAREFUL
		"PRAGMA journal_mode = TRUNCATE;"
		"PRAGMA synchronous = FULL;" :
		"PRAGMA locking_mode = EXCLUSIVE;"
		"PRAGMA auto_vacuum = INCREMENTAL;" CAREFUL
		"PRAGMA journal_mode = WAL;"
		"PRAGMA synchronous = NORMAL;"
		"PRAGMA wal_autocheckpoint = 512;"
		"PRAGMA journal_size_limit = 4194304;");
}

static int migrate(struct store *s, const struct store_schema *schema, int64_t from)
{
	char stamp[96];
	int err = store_execute(s, "BEGIN IMMEDIATE");

	for (int64_t n = from; n < schema->n_steps && !err; n++)
		err = store_execute(s, schema->steps[n]);
	snprintf(stamp, sizeof(stamp),
		"PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT",
		schema->application, (int)schema->n_steps);
	if (!err)
		err = store_execute(s, stamp);
	if (err && !sqlite3_get_autocommit(s->db))
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	return err;
}

/* Whose file it is, and of which schema: *version 0 of a new one. */
static int look_at(struct store *s, const struct store_schema *schema, int64_t *version)
{
	int64_t ours = 0, tables = 0;
	int err = number(s, "PRAGMA application_id", &ours);

	if (!err)
		err = number(s, "PRAGMA user_version", version);
	if (!err)
		err = number(s, "SELECT count(*) FROM sqlite_master", &tables);
	if (err)
		return err;
	if (tables && ours != schema->application) {
		text_copy(s->error, sizeof(s->error), "it is another program's database");
		return ERR_INVALID;
	}
	if (*version > schema->n_steps) {
		snprintf(s->error, sizeof(s->error), "schema %lld is newer than ours (%lld)",
			(long long)*version, (long long)schema->n_steps);
		return ERR_UNSUPPORTED;
	}
	return 0;
}

static int bring_up(struct store *s, const struct store_schema *schema)
{
	int64_t version = 0;
	int err = look_at(s, schema, &version);

	return !err && version < schema->n_steps ? migrate(s, schema, version) : err;
}

static int check_small(struct store *s, const struct store_schema *schema)
{
	int err = 0;

	for (size_t i = 0; i < schema->n_checks && !err; i++)
		err = check(s, schema->checks[i]);
	return err;
}

static int cap(struct store *s)
{
	char sql[64];
	int err = number(s, "PRAGMA page_size", &s->page_bytes);

	if (err || !s->max_bytes)
		return err;
	snprintf(sql, sizeof(sql), "PRAGMA max_page_count = %llu",
		(unsigned long long)(s->max_bytes / (uint64_t)s->page_bytes));
	return store_execute(s, sql);
}

/* SQLite would make it readable for all. */
static int make_file(const char *path, char why[WHY_TEXT])
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0640);

	if (fd < 0)
		return log_why(why, errno == EACCES || errno == EPERM || errno == EROFS ?
			ERR_PERMISSION : errno == ENOSPC || errno == EDQUOT ? ERR_FULL : ERR_IO,
			"%s", strerror(errno));
	close(fd);
	return 0;
}

static int open_once(struct store **out, const char *path, const struct store_opts *o,
	const struct store_schema *schema, char why[WHY_TEXT])
{
	struct store *s;
	int err = make_file(path, why);

	if (err)
		return err;
	s = calloc(1, sizeof(*s));
	if (!s)
		return log_why(why, ERR_MEMORY, "no memory");
	s->max_bytes = o->max_bytes;
	text_copy(s->boot, sizeof(s->boot), o->boot);
	err = attach(s, path, SQLITE_OPEN_READWRITE, BUSY_MS);
	if (!err)
		err = set_up(s, schema->shared);
	if (!err)
		err = bring_up(s, schema);
	if (!err)
		err = check_small(s, schema);
	if (!err)
		err = cap(s);
	if (!err && schema->last_mark)
		err = number(s, schema->last_mark, &s->mark);
	if (err) {
		log_why(why, err, "%s", s->error);
		store_close(s, true);
		return err;
	}
	*out = s;
	return 0;
}

static int rename_part(const char *path, const char *aside, const char *suffix)
{
	char from[STORE_PATH + 8], to[STORE_PATH + 8];

	snprintf(from, sizeof(from), "%s%s", path, suffix);
	snprintf(to, sizeof(to), "%s%s", aside, suffix);
	return rename(from, to);
}

int store_set_aside(const char *path, char aside[STORE_PATH], char why[WHY_TEXT])
{
	time_t now = (time_t)(clock_wall().ns / NS_PER_S);
	char stamp[20], name[STORE_PATH];
	struct stat st;
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%S", &tm);
	if (snprintf(name, sizeof(name), "%s.damaged-%s", path, stamp) >= (int)sizeof(name))
		return log_why(why, ERR_RANGE, "the path is too long");
	/* Twice in a second: what was set aside first says more. */
	if (stat(name, &st) == 0)
		return log_why(why, ERR_EXISTS, "%s is there already", name);
	if (rename_part(path, name, "") && errno != ENOENT)
		return log_why(why, ERR_IO, "%s", strerror(errno));
	/* The log belongs to the file: with another one it would be the next damage. */
	rename_part(path, name, "-wal");
	rename_part(path, name, "-shm");
	rename_part(path, name, "-journal");
	text_copy(aside, STORE_PATH, name);
	return 0;
}

int store_open_schema(struct store **out, const char *path, const struct store_opts *o,
	const struct store_schema *schema, char aside[STORE_PATH], char why[WHY_TEXT])
{
	char damage[WHY_TEXT];
	int err;

	aside[0] = why[0] = '\0';
	if (strlen(path) + 40 > STORE_PATH)
		return log_why(why, ERR_RANGE, "the path is too long");
	err = open_once(out, path, o, schema, why);
	if (err != ERR_INVALID)
		return err;
	text_copy(damage, sizeof(damage), why);
	err = store_set_aside(path, aside, why);
	if (!err)
		err = open_once(out, path, o, schema, why);
	if (!err)
		text_copy(why, WHY_TEXT, damage);
	return err;
}

static int look_reading(struct store *s, const char *path, int flags, const struct store_schema *schema)
{
	int64_t version = 0;
	int err = attach(s, path, flags, READING_BUSY_MS);

	if (!err)
		err = store_execute(s, CAREFUL);
	if (!err)
		err = look_at(s, schema, &version);
	if (!err && version < schema->n_steps)
		err = ERR_ABSENT; /* begun this moment, or of an older time: the daemon brings it up */
	return err;
}

/* A file whose writer was killed in the middle has to be rolled back first, which takes the right to write it. */
static int look_after_rollback(struct store *s, const char *path, const struct store_schema *schema)
{
	int err = ERR_PERMISSION;

	if (access(path, W_OK) == 0) {
		sqlite3_close(s->db);
		s->db = NULL;
		err = look_reading(s, path, SQLITE_OPEN_READWRITE, schema);
	}
	if (err == ERR_PERMISSION)
		text_copy(s->error, sizeof(s->error),
			"its writer was killed; the daemon mends it when it starts, or root does");
	return err;
}

int store_open_reading(struct store **out, const char *path, const struct store_schema *schema, char why[WHY_TEXT])
{
	struct store *s;
	int err;

	if (access(path, R_OK))
		return log_why(why, errno == ENOENT ? ERR_ABSENT : errno == EACCES ? ERR_PERMISSION : ERR_IO, "%s",
			strerror(errno));
	s = calloc(1, sizeof(*s));
	if (!s)
		return log_why(why, ERR_MEMORY, "no memory");
	err = look_reading(s, path, SQLITE_OPEN_READONLY, schema);
	if (err == ERR_PERMISSION && sqlite3_extended_errcode(s->db) == SQLITE_READONLY_ROLLBACK)
		err = look_after_rollback(s, path, schema);
	if (err)
		log_why(why, err, "%s", err == ERR_ABSENT ? "there is nothing in it yet" : s->error);
	if (err) {
		store_close(s, true);
		return err;
	}
	*out = s;
	return 0;
}

/* Root may begin what the daemon, which is not root, goes on with. */
void store_give_away(const char *path)
{
	char folder[STORE_PATH];
	struct stat st;
	char *slash;

	text_copy(folder, sizeof(folder), path);
	slash = strrchr(folder, '/');
	if (slash)
		*slash = '\0';
	if (geteuid() == 0 && stat(slash ? slash == folder ? "/" : folder : ".", &st) == 0 && st.st_uid != 0 &&
		lchown(path, st.st_uid, st.st_gid))
		return; /* it stays root's, who can still read it */
}

int store_open_memory(struct store **out, unsigned char *bytes, size_t len, const struct store_opts *o, char why[WHY_TEXT])
{
	struct store *s = calloc(1, sizeof(*s));
	int err;

	if (!s) {
		sqlite3_free(bytes);
		return log_why(why, ERR_MEMORY, "no memory");
	}
	text_copy(s->boot, sizeof(s->boot), o->boot);
	err = attach(s, ":memory:", SQLITE_OPEN_READWRITE, 0);
	if (!err)
		err = store_result(s, sqlite3_deserialize(s->db, "main", bytes, (sqlite3_int64)len, (sqlite3_int64)len,
			SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE));
	else
		sqlite3_free(bytes);
	if (!err)
		err = store_execute(s, CAREFUL);
	if (!err)
		err = bring_up(s, &store_schema);
	if (err) {
		log_why(why, err, "%s", s->error);
		store_close(s, true);
		return err;
	}
	*out = s;
	return 0;
}

int store_open(struct store **out, const char *path, const struct store_opts *o,
	char aside[STORE_PATH], char why[WHY_TEXT])
{
	return store_open_schema(out, path, o, &store_schema, aside, why);
}

void store_close(struct store *s, bool damaged)
{
	if (!s)
		return;
	for (size_t i = 0; i < STORE_STATEMENTS; i++)
		sqlite3_finalize(s->statements[i]);
	/* A good log must not be written into a file that is another one's by now. */
	if (damaged && s->db)
		sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	sqlite3_close(s->db);
	free(s);
}
