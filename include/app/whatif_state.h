/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The inside of what-if, shared by whatif.c (runs and items) and whatif_side.c (what one engine is told) alone. */
#ifndef TIDEGATE_APP_WHATIF_STATE_H
#define TIDEGATE_APP_WHATIF_STATE_H

#include "app/kept.h"
#include "app/stage.h"
#include "app/whatif.h"
#include "core/lease.h"

struct whatif_engine {
	struct whatif *w;
	enum whatif_side which;
	const struct conf *conf;
	bool exact; /* the rules that were in force: it gets what was recorded, as it is */
	struct stage *stage;
	struct whatif_answers *answers;
	struct whatif_asked asked; /* of earlier runs */
	uint64_t verdicts[2], verdicts_before[2]; /* of earlier runs; of this one before the period */
	struct guards guards;      /* as the changed configuration has them */
	struct engine_input held[ENGINE_BURST]; /* copies, as if they had waited for a verdict */
	mono_t ticked;             /* the last tick, of the log or of our own */
	/* What the daemon would have kept in its store. */
	struct kept kept;
	struct excuses excuses;
};

struct whatif {
	struct whatif_opts o;
	struct whatif_rows *rows;
	struct whatif_engine sides[WHATIF_SIDES];
	size_t n_sides;
	struct conf *conf; /* to make a stage of */
	struct observation_run run;
	bool running;      /* there is a run, and its stages could be made */
	bool counting;     /* the period has begun */
	bool begun;        /* an observation was taken */
	struct stamp stamp;
	struct whatif_stats stats;
};

/* Before the first input of w->run. ERR_MEMORY, ERR_RANGE. */
int whatif_side_begin(struct whatif_engine *s);

/* What stood at the end of the run before, at 'then', comes back. */
void whatif_side_restore(struct whatif_engine *s, const struct lease_moment *then, bool same_boot);

void whatif_side_put(struct whatif_engine *s, const struct observation *o);

/* The run is over, or the log is; what stands is kept for the next run. */
void whatif_side_end(struct whatif_engine *s, bool last);

void whatif_side_drop(struct whatif_engine *s);

#endif
