/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keeper of evidence: for each incident a capture with the last packets before what raised it and the first ones
 * after (codec/evidence.h), in state_dir/evidence. It costs the packet path nothing: a thread of its own searches the log
 * of observations when an incident was told. A few seconds late, so that the ends of the last connections are known; and
 * once more when those after it have come. Bounded in packets, incidents and bytes; what finds no room is counted.
 */
#ifndef TIDEGATE_APP_EVIDENCE_H
#define TIDEGATE_APP_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/steady.h"
#include "conf/conf.h"
#include "core/event.h"
#include "edge/capture.h"
#include "edge/log.h"

struct evidence;

struct evidence_opts {
	const char *state_dir;            /* copied */
	const struct conf_evidence *conf; /* copied */
	/* Has the log written as far as it is known; NULL: there is no log, and so no evidence. */
	void (*flush)(void *ctx);
	void *flush_ctx;                  /* outlives it */
	struct steady *steady;            /* the log's wall clock; outlives it */
};

/* ERR_MEMORY. A folder that cannot be used is said; then none is kept. */
int evidence_create(struct evidence **out, const struct evidence_opts *o);

int evidence_start(struct evidence *e); /* the thread. ERR_MEMORY */

/* From the control thread. Never waits for the disk. */
void evidence_event(struct evidence *e, const struct event *v);

/* What still waits is searched for at once, for EVIDENCE_END_NS at most; before the recorder ends. False where the disk
 * did not let it: then its thread still lives, and nothing that it can reach may be freed. NULL does nothing. */
#define EVIDENCE_END_NS (3 * NS_PER_S)
bool evidence_destroy(struct evidence *e);

/* ---- looking, from any thread; these may wait for the disk ---- */

struct evidence_brief {
	uint64_t packets, bytes; /* of the file */
	uint64_t missing;        /* packets of the same incident before the first one that did not fit */
	wall_t first, last;      /* packets */
	wall_t written;
	bool growing;            /* it will be written again */
	char path[CAPTURE_WHY];
};

/* 0; ERR_ABSENT: there is none; ERR_AGAIN: it is being gathered, ask again in a few seconds; ERR_UNSUPPORTED: none is kept
 * (evidence_stats tells why); ERR_INVALID, ERR_IO: the file is damaged, why says how. */
int evidence_about(struct evidence *e, uint64_t incident, struct evidence_brief *out, char why[CAPTURE_WHY]);

struct evidence_stats {
	bool enabled;
	char off[WHY_TEXT];       /* why not, or "" */
	char error[WHY_TEXT];     /* the last one, or "" */
	uint64_t files, bytes, max_files, max_bytes;
	uint64_t waiting;         /* incidents that are to be gathered */
	uint64_t written, removed;
	uint64_t failed;          /* could not be read from the log, or written */
	uint64_t empty;           /* the log had no packet for it (any more) */
	uint64_t lost;            /* found no room among those that wait */
	uint64_t strange;         /* files in the folder that are none of ours */
};

void evidence_stats(struct evidence *e, struct evidence_stats *out);

#endif
