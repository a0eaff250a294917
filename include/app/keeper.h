/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keeper of what survives a restart: a thread of its own between the engine and the
 * store (edge/store.h). Events tell it who is concerned; what stands against them it asks
 * the engine itself, through the door, so that a row never says other than the ledger.
 * Whatever becomes of the disk, nobody waits for it and nothing else ends.
 *
 * A measure that could not be written is written later: after a failure, a lost event or
 * a new file, and every hour, the ledger is walked from one end to the other.
 */
#ifndef TIDEGATE_APP_KEEPER_H
#define TIDEGATE_APP_KEEPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/door.h"
#include "codec/event_cursor.h"
#include "core/guard.h"
#include "edge/store.h"

struct keeper;

struct keeper_opts {
	const char *state_dir; /* tidegate.db is in it; outlives the keeper */
	uint64_t max_bytes;    /* of the file; 0: 256 MiB */
};

/*
 * Opens the store, or says why it cannot and goes on without: it is tried again while the
 * daemon runs. An allow.list of an earlier version is read once and renamed. ERR_MEMORY.
 */
int keeper_create(struct keeper **out, const struct keeper_opts *o);

/* Adds the prefixes that were allowed by hand, as the last run left them. */
void keeper_allowed(const struct keeper *k, struct guards *out);

/*
 * The thread. It first brings back what the store has: false positives, and in enforce
 * mode all measures, DOOR_SLICE a visit. The door outlives it. ERR_MEMORY.
 */
int keeper_start(struct keeper *k, struct door *door);

/*
 * After the packet thread has ended: writes what waits, reading the engine without the
 * door, for KEEPER_END_NS at most. False where the disk did not let it: then its thread
 * still lives, and nothing that it can reach may be freed. NULL does nothing.
 */
#define KEEPER_END_NS (5 * NS_PER_S)
bool keeper_destroy(struct keeper *k, struct engine *e);

/* From the control thread alone. Never waits; what finds no room is counted. */
void keeper_event(struct keeper *k, const struct event *e);

/* A line of the record that is no event: what the daemon notes of itself, a JSON object. One waits at most: a newer one takes
 * its place. Any thread; copied. */
#define KEEPER_NOTE "tally"
void keeper_note(struct keeper *k, const char *json);

/* The GUARD_ALLOWED ones of this list are the allowed from now on. Any thread. */
void keeper_set_allowed(struct keeper *k, const struct guards *g);

/*
 * An incident that is no longer in memory, as it was told then (codec/ctl_json.h). The
 * caller frees the text. ERR_ABSENT; ERR_AGAIN while there is no store. These may wait
 * for the disk.
 */
int keeper_incident_by_id(struct keeper *k, uint64_t id, char **json);
/* By the words of its subject: a destination has the same as a source, and the latest of both is told. */
int keeper_incident_by_subject(struct keeper *k, const struct subject *s, char **json);

struct keeper_place {
	struct store_events events;
	int64_t from;    /* the number behind which was read */
	uint64_t missed; /* events of this file that are gone already, between what was asked for and the first */
	bool renewed;    /* the cursor was of another file: this one is read from its beginning */
};

/* Events of the file behind a cursor (of no file: none, only where it ends). ERR_AGAIN while there is no store. */
int keeper_events_after(struct keeper *k, const struct event_cursor *after, size_t most, store_event_fn fn, void *ctx,
	struct keeper_place *out);

struct keeper_stats {
	bool open;                /* there is a file to write to */
	bool failing;             /* and the last batch did not go well */
	char error[WHY_TEXT];     /* the last one, "" where there was none */
	char aside[STORE_PATH];   /* where the last damaged file is, "" */
	struct store_size size;
	uint64_t batches;         /* written */
	uint64_t failures;        /* batches that were not, and opens */
	uint64_t events;          /* written */
	uint64_t events_lost;     /* found no room on their way here */
	uint64_t trimmed;         /* rows removed for the cap's sake */
	uint64_t odd;             /* rows that made no sense */
	uint64_t restored;        /* measures given back to the engine, adopted ones too */
	uint64_t refused;         /* by a guard, or for want of room in the ledger */
	int64_t restore_ns;       /* how long that took; 0: nothing was to be done */
};

void keeper_stats(struct keeper *k, struct keeper_stats *out);

#endif
