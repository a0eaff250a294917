/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine on a stage: everything that the daemon does around it (ticks, questions and their answers, the census, the
 * kernel's word on each change), under a time that is handed in, without a kernel and without a clock. Replay of captures
 * and of observation logs, and every test that wants decisions, stand on this one.
 *
 * The kernel is modelled: each change is in force at once.
 */
#ifndef TIDEGATE_APP_STAGE_H
#define TIDEGATE_APP_STAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "codec/stamp.h"
#include "conf/conf.h"
#include "core/engine.h"

struct stage;

/* What became of a connection, at the moment when the daemon would have asked. False: it cannot be said now; the
 * question is dropped, and stage_answer may answer it later. */
typedef bool (*stage_fate_fn)(void *ctx, const struct ask *a, mono_t now, enum ask_fate *fate, bool *silent);

/* The half-open connections of that second, once a second; pressure is zeroed. Returns how many services. */
typedef size_t (*stage_census_fn)(void *ctx, mono_t now, struct service_census *out, size_t most,
	struct pressure *pressure);

struct stage_opts {
	const struct conf *conf; /* rules, mode, sizes, never_block; copied */
	struct hash_key key;
	mono_t start;
	engine_emit emit;
	void *emit_ctx;
	observe_fn observe;      /* NULL: nobody */
	void *observe_ctx;
	stage_fate_fn fate;      /* NULL: no question is answered */
	stage_census_fn census;  /* NULL: none is held */
	void *world_ctx;         /* of the last two */
	const struct stamp *clock; /* the host tells its time, at the start and once a second, and nothing else of itself; NULL:
			      it does not. Copied */
	bool ticks_given;        /* observations bring the ticks (and censuses): stage_until makes none */
};

/* ERR_MEMORY, ERR_RANGE. The tables' sizes are the configuration's. */
int stage_create(struct stage **out, const struct stage_opts *o);
void stage_destroy(struct stage *s); /* NULL does nothing */

/* Lets time pass: ticks every 100 ms, questions that are due, a census every second; in longer steps where more than ten
 * minutes are quiet. Never back: an earlier time does nothing. */
void stage_until(struct stage *s, mono_t now);

/*
 * One packet at its time, after stage_until of it. Packets are collected to bursts; what they decide is told at the
 * burst's end, which comes with the next tick at the latest. The bytes are copied. stage_flush ends a burst.
 */
void stage_packet(struct stage *s, const struct engine_input *in);
void stage_flush(struct stage *s);

/* An observation out of a log, at its time. */
void stage_observe(struct stage *s, const struct observation *o);

struct engine *stage_engine(struct stage *s);

/* "verdicts" as the engine gave them: accepted, dropped. */
void stage_verdicts(const struct stage *s, uint64_t out[2]);

#endif
