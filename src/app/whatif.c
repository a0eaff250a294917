/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The runs and items of a log, for two engines (whatif_side.c), and what was counted. */
#include "app/whatif.h"

#include <stdlib.h>
#include <string.h>

#include "app/whatif_state.h"
#include "base/err.h"

#define START_NS (10 * NS_PER_S) /* a run of which the log has less than this not is known from its beginning */

int whatif_create(struct whatif **out, const struct whatif_opts *o)
{
	struct whatif *w = calloc(1, sizeof(*w));

	if (!w)
		return ERR_MEMORY;
	w->o = *o;
	w->n_sides = o->compare ? 2 : 1;
	for (size_t i = 0; i < WHATIF_SIDES; i++) {
		w->sides[i].w = w;
		w->sides[i].which = (enum whatif_side)i;
	}
	w->conf = malloc(sizeof(*w->conf));
	if (!w->conf || whatif_rows_create(&w->rows, &o->key)) {
		whatif_destroy(w);
		return ERR_MEMORY;
	}
	*out = w;
	return 0;
}

void whatif_destroy(struct whatif *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < WHATIF_SIDES; i++) {
		whatif_side_drop(&w->sides[i]);
		kept_free(&w->sides[i].kept);
	}
	whatif_rows_destroy(w->rows);
	free(w->conf);
	free(w);
}

static void end_run(struct whatif *w, bool last)
{
	for (size_t i = 0; i < w->n_sides; i++)
		whatif_side_end(&w->sides[i], last);
	w->running = false;
}

static void find_rules(struct whatif *w, uint64_t digest, const char *policy)
{
	struct whatif_engine *present = &w->sides[WHATIF_PRESENT], *changed = &w->sides[WHATIF_NEW];
	bool same = false;

	present->conf = w->o.rules(w->o.rules_ctx, digest, policy, &same);
	present->exact = same;
	changed->conf = w->o.changed ? w->o.changed : present->conf;
	w->stats.other_rules += !same;
}

static int begin_run(struct whatif *w, const struct observation_run *run)
{
	bool first = !w->stats.runs, same_boot = strcmp(run->boot, w->run.boot) == 0;
	const struct lease_moment then = { .mono = w->stamp.mono, .wall = w->stamp.wall };
	int err = 0;

	end_run(w, false);
	w->run = *run;
	w->stats.runs++;
	find_rules(w, run->rules, run->policy);
	for (size_t i = 0; i < w->n_sides && !err; i++) {
		err = whatif_side_begin(&w->sides[i]);
		if (!err && !first)
			whatif_side_restore(&w->sides[i], &then, same_boot);
	}
	w->stamp = (struct stamp){ .mono = run->start, .wall = { run->start.ns + run->wall_ns } };
	w->running = !err;
	if (err) {
		for (size_t i = 0; i < w->n_sides; i++)
			whatif_side_drop(&w->sides[i]);
		w->stats.runs_unread++;
	}
	*(run->enforce ? &w->stats.enforced : &w->stats.detected) = true;
	return err;
}

/* ---- items ---- */

static void begin_period(struct whatif *w)
{
	const struct ledger *ledgers[WHATIF_SIDES] = { NULL };

	for (size_t i = 0; i < w->n_sides; i++) {
		struct whatif_engine *s = &w->sides[i];

		ledgers[i] = engine_ledger(stage_engine(s->stage));
		stage_verdicts(s->stage, s->verdicts_before);
		s->verdicts[0] = s->verdicts[1] = 0;
		s->asked = (struct whatif_asked){ .asked = 0 };
	}
	whatif_rows_begin(w->rows, ledgers, &w->stamp);
	w->stats.runs = 1;
	w->stats.gaps = w->stats.lost = w->stats.entries = w->stats.packets = 0;
	w->stats.first = w->stamp.wall;
	w->stats.enforced = engine_enforces(stage_engine(w->sides[WHATIF_PRESENT].stage));
	w->stats.detected = !w->stats.enforced;
	w->counting = true;
}

static void put(struct whatif *w, const struct observation *o)
{
	w->stats.entries++;
	if (o->kind == OBSERVATION_PACKETS)
		w->stats.packets += o->packets.n;
	if (!w->begun) {
		w->begun = true;
		w->stats.from_start = mono_since(w->stamp.mono, w->run.start) < START_NS &&
			w->run.start.ns + w->run.wall_ns >= w->o.read_from.ns;
	}
	if (o->kind == OBSERVATION_MODE)
		*(o->on ? &w->stats.enforced : &w->stats.detected) = true;
	for (size_t i = 0; i < w->n_sides; i++)
		whatif_side_put(&w->sides[i], o);
}

/* The daemon has read its configuration again. */
static void swap_rules(struct whatif *w, uint64_t digest, const char *policy)
{
	find_rules(w, digest, policy);
	for (size_t i = 0; i < w->n_sides; i++) {
		struct whatif_engine *s = &w->sides[i];

		if (s->which == WHATIF_PRESENT || !w->o.changed)
			engine_swap_rules(stage_engine(s->stage), &s->conf->rules);
	}
}

static void take_entry(struct whatif *w, const struct log_entry *e)
{
	switch (e->kind) {
	case LOG_OBSERVATION:
		put(w, &e->observation);
		break;
	case LOG_LOSS:
		w->stats.lost += e->lost;
		break;
	case LOG_RULES:
		swap_rules(w, e->rules.digest, e->rules.policy);
		break;
	case LOG_NOTHING:
	case LOG_SNAPSHOT:
	case LOG_CLOCK:
	case LOG_LINK:
		break;
	}
}

int whatif_take(struct whatif *w, const struct obslog_item *item)
{
	mono_t at = item->entry.at;

	if (item->kind == OBSLOG_RUN)
		return begin_run(w, item->run);
	if (!w->running || item->kind == OBSLOG_END)
		return 0;
	w->stats.gaps += item->kind == OBSLOG_GAP;
	if (item->kind != OBSLOG_ENTRY)
		return 0;
	if (at.ns < w->stamp.mono.ns)
		at = w->stamp.mono; /* a snapshot may be older than what was missing before it */
	w->stamp = (struct stamp){ .mono = at, .wall = stamp_wall(&item->stamp, at) };
	if (!w->counting && w->stamp.wall.ns >= w->o.from.ns)
		begin_period(w);
	if (w->counting)
		w->stats.last = w->stamp.wall;
	take_entry(w, &item->entry);
	return 0;
}

void whatif_end(struct whatif *w)
{
	end_run(w, true);
}

void whatif_stats(const struct whatif *w, struct whatif_stats *out)
{
	*out = w->stats;
	for (size_t i = 0; i < w->n_sides; i++) {
		const struct whatif_engine *s = &w->sides[i];

		out->accepted[i] = s->verdicts[VERDICT_ACCEPT];
		out->dropped[i] = s->verdicts[VERDICT_DROP];
		out->asked[i] = s->asked;
	}
}

const struct whatif_rows *whatif_get_rows(const struct whatif *w)
{
	return w->rows;
}

const struct stamp *whatif_stamp(const struct whatif *w)
{
	return &w->stamp;
}
