/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The recorder: what the engine is told goes into the log of observations (edge/obslog.h). The packet thread copies it
 * into a bounded ring, without allocation, lock or wait; a thread of its own trims, packs and writes it. What finds no
 * room in the ring is counted, told, and stands in the log as a loss. Whatever becomes of the disk, nobody waits for it
 * and nothing else ends. The log is in observations/ of the state directory.
 */
#ifndef TIDEGATE_APP_RECORDER_H
#define TIDEGATE_APP_RECORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "app/steady.h"
#include "conf/conf.h"
#include "core/engine.h"
#include "edge/log.h"

struct recorder;

struct recorder_opts {
	const struct conf *conf;     /* sizes, mode, rules, state_dir, and what the log may take; not kept */
	const struct hash_key *key;  /* the engine's */
	mono_t start;                /* the engine's */
	struct steady *steady;       /* the wall clock of all that is told; outlives it */
};

/* ERR_MEMORY. Where the configuration says that there is no log: 0 and *out is NULL, which all of these take. */
int recorder_create(struct recorder **out, const struct recorder_opts *o);

/* engine_opts.observe, with the recorder as its context. On the packet thread (before recorder_start: on any one). */
void recorder_observe(void *recorder, const struct observation *o);

int recorder_start(struct recorder *r); /* ERR_MEMORY */

/* Other rules are in force. Any thread but the packet thread. */
void recorder_rules(struct recorder *r, const struct conf *c);

/* Has all that it was told until now written to the log, and waits for it, RECORDER_SYNC_NS at most. Any thread but the
 * packet thread. NULL does nothing. */
#define RECORDER_SYNC_NS (2 * NS_PER_S)
void recorder_sync(void *recorder);

/* After the packet thread has ended: writes what waits, for RECORDER_END_NS at most. False where the disk did not let
 * it: then its thread still lives, and nothing that it can reach may be freed. */
#define RECORDER_END_NS (5 * NS_PER_S)
bool recorder_destroy(struct recorder *r);

struct recorder_stats {
	bool enabled;
	bool failing;              /* the last block could not be written */
	char error[WHY_TEXT];      /* why, the last time; "" where there was none */
	uint64_t bytes, files;     /* on disk, of all runs */
	uint64_t max_bytes;
	int64_t keep_ns;
	wall_t since;              /* of the oldest entry; 0: none */
	uint64_t written;          /* observations, in this run */
	uint64_t lost;             /* found no room in the ring */
	uint64_t unwritten;        /* entries of blocks that the disk did not take */
	double per_second;         /* observations, over the last minute or so */
};

void recorder_stats(struct recorder *r, struct recorder_stats *out); /* any thread */

#endif
