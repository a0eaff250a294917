/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What survives a restart, in one SQLite file: measures with their remaining time,
 * incidents, events, allowed prefixes, false positives. Values in, values out; it knows
 * no engine and decides nothing. One store is for one thread at a time; every function
 * may wait for the disk.
 *
 * Results besides 0, of all functions: ERR_INVALID the file is damaged or no database of
 * ours; ERR_FULL the disk or the size cap; ERR_BUSY another process has it open; ERR_IO,
 * ERR_PERMISSION, ERR_MEMORY. store_error has SQLite's words for the last one.
 *
 * The file is opened for us alone (locking_mode EXCLUSIVE): so SQLite keeps the index of
 * its log in our memory and maps no file, whose cutting short by somebody would end us
 * with SIGBUS. sqlite3(1) reads the file when the daemon has ended; store_copy.h reads it meanwhile.
 */
#ifndef TIDEGATE_EDGE_STORE_H
#define TIDEGATE_EDGE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "core/lease.h"
#include "core/ledger.h"
#include "edge/log.h"

#define STORE_PATH 512
#define STORE_BOOT 40 /* room for a boot id: 36 characters */

struct store;

struct store_opts {
	/* Of the file. The log beside it adds 4 MiB at most, 0: no cap. */
	uint64_t max_bytes;
	/* /proc/sys/kernel/random/boot_id of today */
	char boot[STORE_BOOT];
};

/*
 * Opens, or begins, the file. A damaged one is renamed, with its log, and a new one
 * begun: that is 0, 'aside' has its new name ("" else) and why the reason. A file of an
 * older schema is brought up to ours. ERR_UNSUPPORTED: it is of a newer one, and left as
 * it is. What is small and needed at start is checked here, the rest by store_verify.
 */
int store_open(struct store **out, const char *path, const struct store_opts *o,
	char aside[STORE_PATH], char why[WHY_TEXT]);

/* Writes the log back into the file, unless it is damaged. NULL does nothing. */
void store_close(struct store *s, bool damaged);

/* Renames the file and its log to NAME.damaged-YYYYMMDDTHHMMSS. ERR_ABSENT: none. */
int store_set_aside(const char *path, char aside[STORE_PATH], char why[WHY_TEXT]);

/* Reads all of it, which takes a second or so for each 256 MiB. */
int store_verify(struct store *s);

/* Whether the file is still the one that was opened, and begins like a database. Cheap;
 * what SQLite has in its memory would hide it for long. */
int store_look(struct store *s);

const char *store_error(const struct store *s);

/* A batch: all of it or nothing. After an error of any store_put_*: store_rollback. */
int store_begin(struct store *s);
int store_commit(struct store *s);
void store_rollback(struct store *s);

/* ---- measures ---- */

/* Of the boot that opts named: how far it has come. With every batch, and each minute. */
int store_put_moment(struct store *s, const struct lease_moment *now);

/*
 * One for each subject and scope. MEASURE_FREE is a memory of offences, every other state
 * a standing measure. What is of the kernel or the process alone (id, version, trigger,
 * applied, error) is not kept, but for what its element had dropped when it was last looked at. After store_put_moment of this boot, else ERR_RANGE.
 */
int store_put_measure(struct store *s, const struct measure *m);
int store_forget_measure(struct store *s, const struct subject *subject,
	enum scope scope);

/* What is put from here on is marked; store_sweep removes measures without the mark. */
void store_mark(struct store *s);
int store_sweep(struct store *s);

typedef void (*store_measure_fn)(void *ctx, const struct measure *m);

/*
 * A page of at most 'most' measures, the newest subjects first; *at is INT64_MAX at first.
 * Times are of today's boot, by what is left of them (core/lease.h); those of a measure
 * that is over lie in the past, or before this boot (ledger_catch_up). Those of control groups of another boot are left out, for
 * their numbers are given anew. Returns how many rows were read (0: that was all), or an error. Rows that make no
 * sense are passed over, and counted in *odd.
 */
int store_measures(struct store *s, int64_t *at, size_t most,
	const struct lease_moment *now, store_measure_fn fn, void *ctx, uint64_t *odd);

/* ---- the record ---- */

int store_put_incident(struct store *s, uint64_t id, const char *subject, wall_t last,
	const char *json);
int store_put_event(struct store *s, wall_t at, const char *kind, const char *json);

/* The kind of a line that is no event, but what the daemon notes of itself: for reports alone. */
#define STORE_NOTE "tally"

#define STORE_NAME 32

/* Which numbers the events of this file have; they only grow, and the oldest go first. */
struct store_events {
	char name[STORE_NAME]; /* of the file, given at its beginning: hexadecimal digits */
	int64_t first, last;   /* 0: there is none yet */
};

int store_event_place(struct store *s, struct store_events *out);

/* Those behind 'id' that are no notes, oldest first, at most so many; the text is valid during the call. fn returns false to stop. */
typedef bool (*store_event_fn)(void *ctx, int64_t id, const char *json);
int store_events_after(struct store *s, int64_t id, size_t most, store_event_fn fn, void *ctx);

/* The JSON text, which the caller frees. ERR_ABSENT. By subject: the latest. */
int store_incident_by_id(struct store *s, uint64_t id, char **json);
int store_incident_by_subject(struct store *s, const char *subject, char **json);

/* ---- the administrator's word ---- */

/* A list is written whole: clear, then put each. */
int store_clear_allowed(struct store *s);
int store_put_allowed(struct store *s, const struct prefix *p);
int store_clear_excuses(struct store *s);
int store_put_excuse(struct store *s, const struct prefix *p, unsigned count, wall_t at);

typedef void (*store_allowed_fn)(void *ctx, const struct prefix *p);
typedef void (*store_excuse_fn)(void *ctx, const struct prefix *p, unsigned count,
	wall_t at);

int store_each_allowed(struct store *s, store_allowed_fn fn, void *ctx);
int store_each_excuse(struct store *s, store_excuse_fn fn, void *ctx); /* oldest first */

/* ---- size ---- */

struct store_size {
	uint64_t bytes; /* of the file; 'used' without its free pages */
	uint64_t used;
	uint64_t measures, incidents, events, allowed, excuses;
};

/* Counts rows: some milliseconds for 100,000. */
int store_measure_size(struct store *s, struct store_size *out);

/*
 * Where more than 7/8 of the cap is in use: removes the oldest events, then the oldest
 * incidents whose last news is before 'closed', until it is less or 64,000 rows are gone.
 * Measures, allowed prefixes and excuses are never removed. Not within a batch.
 */
int store_trim(struct store *s, wall_t closed, uint64_t *removed);

#endif
