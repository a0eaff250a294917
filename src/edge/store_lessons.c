/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file of what is normal: how it is opened, and how lessons come in. What is read out of it stands in
 * store_lessons_known.c; the connection is the store's.
 */
#include "edge/store_lessons.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/text.h"
#include "edge/store_lessons_private.h"

#define APPLICATION 0x74646762 /* "tdgb", in the header of the file */
#define CHUNK 65536

static const char *const steps[] = {
	"CREATE TABLE secret (seed INTEGER NOT NULL);"
	"CREATE TABLE slot ("
	"	start INTEGER PRIMARY KEY,"      /* seconds since 1970 */
	"	since INTEGER NOT NULL,"         /* ns since 1970: what of it was watched */
	"	until INTEGER NOT NULL);"
	"CREATE TABLE series ("
	"	slot INTEGER NOT NULL,"
	"	direction INTEGER NOT NULL,"     /* enum tally_direction */
	"	scope INTEGER NOT NULL,"         /* enum tally_scope */
	"	proto INTEGER NOT NULL,"
	"	port INTEGER NOT NULL,"
	"	connections INTEGER NOT NULL,"
	"	packets_there INTEGER NOT NULL,"
	"	packets_back INTEGER NOT NULL,"
	"	bytes_there INTEGER NOT NULL,"
	"	bytes_back INTEGER NOT NULL,"
	"	peers BLOB NOT NULL,"            /* struct hll64, under the secret */
	"	ports BLOB,"                     /* the same, of totals */
	"	PRIMARY KEY (slot, direction, scope, proto, port)) WITHOUT ROWID;"
	"CREATE TABLE lesson ("
	"	id INTEGER PRIMARY KEY,"
	"	at INTEGER NOT NULL,"            /* ns since 1970, as first and last */
	"	first INTEGER NOT NULL,"
	"	last INTEGER NOT NULL,"
	"	packets INTEGER NOT NULL,"
	"	slots INTEGER NOT NULL,"
	"	frozen INTEGER NOT NULL,"
	"	withheld INTEGER NOT NULL);"
	"CREATE TABLE capture ("
	"	digest INTEGER NOT NULL,"
	"	bytes INTEGER NOT NULL,"
	"	name TEXT NOT NULL,"
	"	lesson INTEGER NOT NULL,"
	"	PRIMARY KEY (digest, bytes)) WITHOUT ROWID;",
};

static const char *const checks[] = { "PRAGMA quick_check(secret)", "PRAGMA quick_check(slot)",
	"PRAGMA quick_check(series)", "PRAGMA quick_check(lesson)", "PRAGMA quick_check(capture)" };

static const struct store_schema schema = { .application = APPLICATION,
	.steps = steps, .n_steps = sizeof(steps) / sizeof(steps[0]),
	.checks = checks, .n_checks = sizeof(checks) / sizeof(checks[0]) };

/* ---- the file ---- */

static int find_key(struct lessons *l)
{
	int64_t seed = 0;
	int err = store_ask(l->s, STORE_FIND_SEED, &seed);
	sqlite3_stmt *st;

	if (err == ERR_ABSENT) {
		if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
			return ERR_IO;
		st = store_statement(l->s, STORE_PUT_SEED);
		if (st)
			sqlite3_bind_int64(st, 1, seed);
		err = store_run(l->s, st);
	}
	if (!err)
		hash_key_from_seed(&l->key, (uint64_t)seed);
	return err;
}

int lessons_open(struct lessons **out, const char *path, const struct lessons_opts *o, char aside[STORE_PATH],
	char why[WHY_TEXT])
{
	struct store_opts so = { .max_bytes = o->max_bytes };
	struct lessons *l;
	bool there = access(path, F_OK) == 0;
	int err;

	aside[0] = why[0] = '\0';
	if (!there && errno == EACCES)
		return log_why(why, ERR_PERMISSION, "%s", strerror(errno));
	if (!there && !o->make)
		return log_why(why, ERR_ABSENT, "there is none");
	l = calloc(1, sizeof(*l));
	if (!l)
		return log_why(why, ERR_MEMORY, "no memory");
	err = store_open_schema(&l->s, path, &so, &schema, aside, why);
	if (err) {
		free(l);
		return err;
	}
	if (!there || *aside)
		store_give_away(path);
	err = find_key(l);
	if (err) {
		log_why(why, err, "%s", lessons_error(l));
		lessons_close(l);
		return err;
	}
	*out = l;
	return 0;
}

void lessons_close(struct lessons *l)
{
	if (!l)
		return;
	store_rollback(l->s);
	store_close(l->s, false);
	free(l->rows);
	free(l->room);
	free(l);
}

const char *lessons_error(const struct lessons *l)
{
	return store_error(l->s);
}

const struct hash_key *lessons_key(const struct lessons *l)
{
	return &l->key;
}

/* ---- a lesson ---- */

int lessons_begin(struct lessons *l)
{
	return store_begin(l->s);
}

int lessons_commit(struct lessons *l)
{
	return store_commit(l->s);
}

void lessons_rollback(struct lessons *l)
{
	store_rollback(l->s);
}

/* Where the sum would leave 63 bits the file has been tampered with, or it is the end of days: it stays there. */
static int64_t sum(int64_t a, uint64_t b)
{
	uint64_t c;

	if (a < 0 || __builtin_add_overflow((uint64_t)a, b, &c) || c > INT64_MAX)
		return INT64_MAX;
	return (int64_t)c;
}

static void merge_blob(sqlite3_stmt *st, int column, struct hll64 *into)
{
	struct hll64 known;

	if (sqlite3_column_bytes(st, column) != (int)sizeof(known))
		return;
	memcpy(&known, sqlite3_column_blob(st, column), sizeof(known));
	hll64_merge(into, &known);
}

static void bind_series(sqlite3_stmt *st, int64_t start_s, const struct tally_series *s)
{
	sqlite3_bind_int64(st, 1, start_s);
	sqlite3_bind_int64(st, 2, s->direction);
	sqlite3_bind_int64(st, 3, s->scope);
	sqlite3_bind_int64(st, 4, s->proto);
	sqlite3_bind_int64(st, 5, s->port);
}

struct sums {
	int64_t counts[5];
	struct hll64 peers, ports;
};

static int add_known(struct lessons *l, int64_t start_s, const struct tally_series *s, struct sums *sums)
{
	sqlite3_stmt *st = store_statement(l->s, STORE_FIND_SERIES);
	int rc;

	if (!st)
		return store_run(l->s, NULL);
	bind_series(st, start_s, s);
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW) {
		for (int i = 0; i < 5; i++)
			sums->counts[i] = sum(sqlite3_column_int64(st, i), (uint64_t)sums->counts[i]);
		merge_blob(st, 5, &sums->peers);
		merge_blob(st, 6, &sums->ports);
	}
	sqlite3_reset(st);
	return store_result(l->s, rc);
}

static int put_series(struct lessons *l, int64_t start_s, const struct tally_series *s)
{
	struct sums sums = { .counts = { sum(0, s->connections), sum(0, s->packets[TALLY_THERE]),
		sum(0, s->packets[TALLY_BACK]), sum(0, s->bytes[TALLY_THERE]), sum(0, s->bytes[TALLY_BACK]) },
		.peers = s->peers, .ports = s->ports };
	int err = add_known(l, start_s, s, &sums);
	sqlite3_stmt *st;

	if (err)
		return err;
	st = store_statement(l->s, STORE_PUT_SERIES);
	if (st) {
		bind_series(st, start_s, s);
		for (int i = 0; i < 5; i++)
			sqlite3_bind_int64(st, 6 + i, sums.counts[i]);
		sqlite3_bind_blob(st, 11, &sums.peers, sizeof(sums.peers), SQLITE_STATIC);
		if (s->scope == TALLY_ALL)
			sqlite3_bind_blob(st, 12, &sums.ports, sizeof(sums.ports), SQLITE_STATIC);
	}
	return store_run(l->s, st);
}

int lessons_add(struct lessons *l, const struct tally_slot *s)
{
	sqlite3_stmt *st;
	int err;

	if (s->frozen)
		return ERR_INVALID;
	st = store_statement(l->s, STORE_PUT_SLOT);
	if (st) {
		sqlite3_bind_int64(st, 1, s->start_s);
		sqlite3_bind_int64(st, 2, s->from.ns);
		sqlite3_bind_int64(st, 3, s->until.ns);
	}
	err = store_run(l->s, st);
	for (size_t i = 0; i < s->n && !err; i++)
		err = put_series(l, s->start_s, &s->series[i]);
	return err;
}

int lessons_sum_up(struct lessons *l, const struct lesson *lesson)
{
	sqlite3_stmt *st = store_statement(l->s, STORE_PUT_LESSON);

	if (st) {
		sqlite3_bind_int64(st, 1, lesson->at.ns);
		sqlite3_bind_int64(st, 2, lesson->first.ns);
		sqlite3_bind_int64(st, 3, lesson->last.ns);
		sqlite3_bind_int64(st, 4, (int64_t)lesson->packets);
		sqlite3_bind_int64(st, 5, (int64_t)lesson->slots);
		sqlite3_bind_int64(st, 6, (int64_t)lesson->frozen);
		sqlite3_bind_int64(st, 7, (int64_t)lesson->withheld);
	}
	return store_run(l->s, st);
}

int lessons_put_capture(struct lessons *l, const struct lesson_capture *c)
{
	sqlite3_stmt *st = store_statement(l->s, STORE_PUT_CAPTURE);

	if (st) {
		sqlite3_bind_int64(st, 1, (int64_t)c->digest);
		sqlite3_bind_int64(st, 2, (int64_t)c->bytes);
		store_bind_text(st, 3, c->name);
	}
	return store_run(l->s, st);
}

int lessons_reset(struct lessons *l)
{
	int err = store_begin(l->s);

	if (!err)
		err = store_execute(l->s, "DELETE FROM slot; DELETE FROM series; DELETE FROM lesson;"
			"DELETE FROM capture; DELETE FROM secret");
	if (!err)
		err = find_key(l);
	if (!err)
		err = store_commit(l->s);
	if (err) {
		store_rollback(l->s);
		return err;
	}
	return store_execute(l->s, "PRAGMA incremental_vacuum");
}

/* ---- captures ---- */

/* Each chunk is hashed with the hash of all before it; the key keeps anybody from making two that look alike. */
static int read_digest(const struct lessons *l, int fd, struct lesson_capture *c)
{
	uint8_t chunk[sizeof(uint64_t) + CHUNK];
	ssize_t got;

	while ((got = read(fd, chunk + sizeof(uint64_t), CHUNK)) > 0) {
		memcpy(chunk, &c->digest, sizeof(uint64_t));
		c->digest = hash_bytes(&l->key, chunk, sizeof(uint64_t) + (size_t)got);
		c->bytes += (uint64_t)got;
	}
	return got < 0 ? ERR_IO : 0;
}

int lessons_digest(const struct lessons *l, const char *path, struct lesson_capture *out, char why[WHY_TEXT])
{
	struct lesson_capture c = { .digest = 0 };
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK), err;
	struct stat st;

	if (fd < 0)
		return log_why(why, errno == ENOENT ? ERR_ABSENT : errno == EACCES ? ERR_PERMISSION : ERR_IO, "%s",
			strerror(errno));
	text_copy(c.name, sizeof(c.name), path);
	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		err = log_why(why, ERR_UNSUPPORTED, "it is no regular file");
	else if ((err = read_digest(l, fd, &c)))
		log_why(why, err, "%s", strerror(errno));
	close(fd);
	if (!err)
		*out = c;
	return err;
}
