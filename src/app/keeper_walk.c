/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the store into the ledger at start, and from the ledger into the store later on,
 * a slice at a time: the packet thread is never held for longer than DOOR_SLICE values.
 */
#include <string.h>
#include <time.h>

#include "app/keeper_state.h"
#include "base/err.h"
#include "edge/clock.h"

#define VISITS 1024 /* memories and measures that one visit may pass */

/* What is new waits in the kernel's queue behind what comes back: some 10 us for each. */
#define BACKLOG 512
#define NAP_NS NS_PER_MS
#define STALLED_NS (NS_PER_S / 4) /* nothing is taken (panic, no table): nothing is held up */

/* ---- restoring ---- */

struct restoring {
	struct measure list[DOOR_SLICE];
	size_t n;
	uint64_t restored, refused, full;
	uint64_t waiting;  /* for the kernel, as seen last */
	bool detect;
	bool crowded;      /* too many waited, and nothing was given */
	bool heedless;     /* however many wait */
};

static void take(void *ctx, const struct measure *m)
{
	struct restoring *s = ctx;

	s->list[s->n++] = *m;
}

static bool crowded(struct restoring *s, struct engine *e)
{
	struct ledger_stats l;

	ledger_stats(engine_ledger(e), &l);
	s->waiting = l.by_state[MEASURE_WANTED] + l.by_state[MEASURE_SENT];
	return s->waiting > BACKLOG && !s->heedless;
}

static void give(void *ctx, struct engine *e, mono_t now)
{
	struct restoring *s = ctx;
	int64_t forget_ns = engine_rules(e)->policy.forget_ns;

	s->detect = !engine_enforces(e);
	s->crowded = crowded(s, e);
	for (size_t i = 0; i < s->n && !s->detect && !s->crowded; i++) {
		struct measure *m = &s->list[i];
		int err;

		ledger_catch_up(m, forget_ns, now);
		err = engine_restore(e, m, now);
		if (err == ERR_FULL)
			s->full++;
		else if (err == 0 || err == ERR_EXISTS)
			s->restored += m->state != MEASURE_FREE;
		else if (err != ERR_RANGE)
			s->refused++;
	}
}

struct lists {
	struct keeper *k;
	bool guards_new;
};

/* Waits for the kernel while that gets on. */
static int give_in_time(struct keeper *k, struct restoring *s)
{
	struct timespec nap = { .tv_nsec = NAP_NS };
	mono_t since = clock_mono();
	uint64_t least = UINT64_MAX;

	while (!atomic_load(&k->stop)) {
		int err = keeper_visit(k, give, s);

		if (err && err != ERR_AGAIN)
			return err;
		if (!err && !s->crowded)
			return 0;
		if (err || s->waiting < least)
			since = clock_mono();
		if (!err && s->waiting < least)
			least = s->waiting;
		s->heedless = mono_since(clock_mono(), since) > STALLED_NS;
		nanosleep(&nap, NULL); /* a door that is shut says so at once */
	}
	return ERR_AGAIN;
}

/* 0, the rows that were read, or an error. */
static int restore_slice(struct keeper *k, struct restoring *s, int64_t *at, uint64_t *odd)
{
	struct lease_moment now = keeper_now();
	int n, err;

	s->n = 0;
	pthread_mutex_lock(&k->store_lock);
	n = store_measures(k->store, at, DOOR_SLICE, &now, take, s, odd);
	pthread_mutex_unlock(&k->store_lock);
	if (n <= 0)
		return n;
	err = give_in_time(k, s);
	return err ? err : n;
}

/* What is no measure: who is excused, and who was allowed before the file could be read. */
static void restore_lists(void *ctx, struct engine *e, mono_t now)
{
	struct lists *l = ctx;
	struct keeper *k = l->k;

	for (size_t i = 0; i < k->excuses.n; i++) {
		const struct excuse *x = &k->excuses.list[i];

		engine_remember_false_positive(e, &x->prefix, x->count,
			x->at.ns < now.ns ? x->at : now);
	}
	for (size_t i = 0; i < k->late.n; i++)
		l->guards_new |= guards_add(engine_guards(e), &k->late.list[i],
			GUARD_ALLOWED) == 0;
	if (l->guards_new)
		engine_guards_changed(e, now);
	/* Some may have been told before there was a file to write them to. */
	k->excuses_new |= engine_counters(e)->false_positives != k->false_positives;
	k->false_positives = engine_counters(e)->false_positives;
	k->excuses = *engine_excuses(e);
	k->follows = engine_enforces(e);
}

static int bring_lists(struct keeper *k)
{
	struct lists l = { .k = k };
	int err = keeper_visit(k, restore_lists, &l);

	if (!err && l.guards_new)
		keeper_tell_guards(k);
	return err;
}

static void tell_restored(struct keeper *k, const struct restoring *s, int64_t ns, uint64_t odd)
{
	pthread_mutex_lock(&k->lock);
	k->stats.restored = s->restored;
	k->stats.refused = s->refused + s->full;
	k->stats.restore_ns = ns;
	k->stats.odd = odd;
	pthread_mutex_unlock(&k->lock);
	if (s->restored)
		log_at(LOG_LEVEL_NOTICE, "%llu measures of an earlier run are back after %lld ms",
			(unsigned long long)s->restored, (long long)(ns / NS_PER_MS));
	if (s->full || odd)
		log_at(LOG_LEVEL_WARNING, "of an earlier run, %llu measures found no room and "
			"%llu made no sense", (unsigned long long)s->full,
			(unsigned long long)odd);
}

void keeper_restore(struct keeper *k)
{
	struct restoring s = { .n = 0 };
	int64_t at = INT64_MAX;
	mono_t begin = clock_mono();
	uint64_t odd = 0;
	int n = 1;

	if (bring_lists(k))
		return; /* with the next turn */
	k->restored = k->walk_wanted = true; /* rows get times of today's boot */
	if (!k->follows)
		return;
	while (n > 0 && !s.detect && !atomic_load(&k->stop))
		n = restore_slice(k, &s, &at, &odd);
	k->keep_rows = s.full > 0 || n != 0; /* what is not in the ledger is not over */
	tell_restored(k, &s, mono_since(clock_mono(), begin), odd);
	if (n == ERR_INVALID)
		keeper_replace(k, "a page of measures cannot be read");
}

/* ---- walking ---- */

void keeper_row_of(struct keeper_row *r, const struct measure *m, int64_t forget_ns,
	mono_t now)
{
	r->who = (struct keeper_who){ .subject = m->subject, .scope = m->scope };
	r->measure = *m;
	r->keep = m->state == MEASURE_FREE ? m->offences > 0 : m->state != MEASURE_SHADOW;
	/* The kernel has still to say that it is gone; the clock of forgetting stands. */
	if (m->state == MEASURE_FREE && !m->forget_at.ns)
		r->measure.forget_at = mono_add(now, forget_ns);
}

void keeper_walk_begin(struct keeper *k)
{
	k->walk = k->follows ? WALK_MEASURES : WALK_INCIDENTS;
	if (!k->follows && !k->walk_all)
		k->walk = WALK_NONE;
	k->walk_at_slot = 0;
	k->walk_wanted = false;
	if (k->walk != WALK_MEASURES)
		return;
	pthread_mutex_lock(&k->store_lock);
	store_mark(k->store);
	pthread_mutex_unlock(&k->store_lock);
}

struct page {
	struct keeper *k;
	size_t most;
	bool end;
};

static void copy_measures(void *ctx, struct engine *e, mono_t now)
{
	struct page *p = ctx;
	struct keeper_batch *b = p->k->batch;
	int64_t forget_ns = engine_rules(e)->policy.forget_ns;
	size_t n = 0;

	for (int i = 0; i < VISITS && n < DOOR_SLICE && b->n_rows < KEEPER_BATCH; i++) {
		const struct measure *m = ledger_next(engine_ledger(e), &p->k->walk_at_slot);

		if (!m) {
			p->end = true;
			return;
		}
		keeper_row_of(&b->rows[b->n_rows], m, forget_ns, now);
		n += b->rows[b->n_rows].keep;
		b->n_rows += b->rows[b->n_rows].keep;
	}
}

static void copy_incidents(void *ctx, struct engine *e, mono_t now)
{
	struct page *p = ctx;
	struct keeper_batch *b = p->k->batch;

	(void)now;
	for (size_t i = 0; i < KEEPER_INCIDENTS && b->n_incidents < KEEPER_BATCH; i++) {
		const struct incident *x = incidents_next(engine_incidents(e),
			&p->k->walk_at_slot);

		if (!x) {
			p->end = true;
			return;
		}
		b->incidents[b->n_incidents++] = *x;
	}
}

static void after(struct keeper *k)
{
	k->walk_at_slot = 0;
	if (k->walk == WALK_MEASURES) {
		k->batch->sweep = !k->keep_rows;
		k->walk = k->walk_all ? WALK_INCIDENTS : WALK_NONE;
	} else {
		k->walk = WALK_NONE;
		k->walk_all = false;
	}
}

int keeper_walk_fill(struct keeper *k)
{
	struct keeper_batch *b = k->batch;
	struct page p = { .k = k };
	bool measures = k->walk == WALK_MEASURES;
	int err = 0;

	while (!p.end && !err && b->n_rows < KEEPER_BATCH && b->n_incidents < KEEPER_BATCH)
		err = keeper_visit(k, measures ? copy_measures : copy_incidents, &p);
	if (p.end)
		after(k);
	return err;
}
