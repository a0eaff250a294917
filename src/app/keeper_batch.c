/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One transaction of the keeper: events are taken, the engine is asked what became of
 * those they were about, and all of it is written. What cannot be written stays in the
 * batch and is tried again; meanwhile events wait in the ring, and are counted where it
 * runs over.
 */
#include <stdlib.h>
#include <string.h>

#include "app/keeper_state.h"
#include "base/err.h"
#include "codec/ctl_json.h"
#include "codec/event_json.h"
#include "codec/json_put.h"
#include "edge/clock.h"

#define MOMENT_NS (60 * NS_PER_S)   /* how old a moment a power cut may find */
#define SIZE_NS (2 * NS_PER_S)      /* rows are counted no more often */
#define WALK_NS (3600 * NS_PER_S)
#define CLOSED_NS (3600 * NS_PER_S) /* an incident without news for so long */

/* ---- what is concerned ---- */

static void touch(struct keeper_batch *b, const struct measure *m)
{
	for (size_t i = 0; i < b->n_rows; i++)
		if (b->rows[i].who.scope == m->scope &&
			subject_equal(&b->rows[i].who.subject, &m->subject) &&
			b->rows[i].who.subject.proto == m->subject.proto &&
			b->rows[i].who.subject.port == m->subject.port)
			return;
	b->rows[b->n_rows++].who = (struct keeper_who){ .subject = m->subject,
		.scope = m->scope };
}

static void touch_incident(struct keeper_batch *b, uint64_t id)
{
	for (size_t i = 0; i < b->n_ids; i++)
		if (b->ids[i] == id)
			return;
	b->ids[b->n_ids++] = id;
}

static void sort_out(struct keeper_batch *b)
{
	b->n_rows = b->n_ids = b->n_incidents = 0;
	b->sweep = false;
	for (size_t i = 0; i < b->n_events; i++) {
		const struct event *e = &b->events[i];

		if (e->measure.subject.kind != SUBJECT_NONE)
			touch(b, &e->measure);
		if (e->incident)
			touch_incident(b, e->incident);
	}
}

struct asking {
	struct keeper *k;
	size_t rows, ids; /* asked so far */
};

static void look_at_row(struct keeper_row *r, struct engine *e, mono_t now)
{
	const struct measure *m = ledger_find(engine_ledger(e), &r->who.subject, r->who.scope);

	r->keep = false;
	if (m)
		keeper_row_of(r, m, engine_rules(e)->policy.forget_ns, now);
}

static void look_at_excuses(struct keeper *k, const struct engine *e)
{
	uint64_t n = engine_counters(e)->false_positives;

	if (n == k->false_positives)
		return;
	k->false_positives = n;
	k->excuses = *engine_excuses(e);
	k->excuses_new = true;
}

static void ask_slice(void *ctx, struct engine *e, mono_t now)
{
	struct asking *a = ctx;
	struct keeper_batch *b = a->k->batch;

	look_at_excuses(a->k, e);
	if (!a->k->follows && engine_enforces(e))
		a->k->follows = a->k->walk_wanted = true;
	for (size_t n = 0; n < DOOR_SLICE && a->rows < b->n_rows; n++)
		look_at_row(&b->rows[a->rows++], e, now);
	for (size_t n = 0; n < KEEPER_INCIDENTS && a->ids < b->n_ids; n++) {
		const struct incident *i = incidents_by_id(engine_incidents(e),
			b->ids[a->ids++]);

		if (i)
			b->incidents[b->n_incidents++] = *i;
	}
}

/* What the packet thread does not answer in time, a walk catches up with. */
static void ask(struct keeper *k)
{
	struct keeper_batch *b = k->batch;
	struct asking a = { .k = k };

	sort_out(b);
	if (!b->n_events)
		return;
	do {
		if (keeper_visit(k, ask_slice, &a)) {
			b->n_rows = b->n_incidents = 0;
			k->walk_wanted = k->walk_all = true;
			return;
		}
	} while (a.rows < b->n_rows || a.ids < b->n_ids);
}

/* ---- writing ---- */

static int write_event(struct keeper *k, const struct event *e, const struct stamp *now)
{
	struct event_world w = { .stamp = *now, .host = k->host };
	char line[EVENT_LINE];
	int n = event_json(e, &w, line, sizeof(line));

	if (n <= 0)
		return 0; /* no memory, or longer than any event is: the others go on */
	line[n - 1] = '\0';
	return store_put_event(k->store, stamp_wall(now, e->at), event_word(e), line);
}

static int write_incident(struct keeper *k, const struct incident *i, const struct stamp *now)
{
	json_t *value = ctl_json_incident(i, now);
	char *text = value ? json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(10)) : NULL;
	char subject[SUBJECT_TEXT];
	int err = 0;

	subject_format(&i->subject, subject);
	if (text)
		err = store_put_incident(k->store, i->id, subject, stamp_wall(now, i->last),
			text);
	free(text);
	json_decref(value);
	return err;
}

static int write_row(struct keeper *k, const struct keeper_row *r)
{
	if (r->keep)
		return store_put_measure(k->store, &r->measure);
	return store_forget_measure(k->store, &r->who.subject, r->who.scope);
}

static int write_allowed(struct keeper *k, uint64_t *version)
{
	struct keeper_allowed a;
	int err;

	pthread_mutex_lock(&k->lock);
	a = k->allowed;
	pthread_mutex_unlock(&k->lock);
	*version = a.version;
	if (a.version == a.written)
		return 0;
	err = store_clear_allowed(k->store);
	for (size_t i = 0; i < a.n && !err; i++)
		err = store_put_allowed(k->store, &a.list[i]);
	return err;
}

static int write_excuses(struct keeper *k, const struct stamp *now)
{
	int err = k->excuses_new ? store_clear_excuses(k->store) : 0;

	for (size_t i = 0; i < k->excuses.n && k->excuses_new && !err; i++)
		err = store_put_excuse(k->store, &k->excuses.list[i].prefix,
			k->excuses.list[i].count, stamp_wall(now, k->excuses.list[i].at));
	return err;
}

static char *take_note(struct keeper *k)
{
	char *note;

	pthread_mutex_lock(&k->lock);
	note = k->note;
	k->note = NULL;
	pthread_mutex_unlock(&k->lock);
	return note;
}

/* Where it was not written it waits again, but for a newer one. */
static void give_note_back(struct keeper *k, char *note)
{
	pthread_mutex_lock(&k->lock);
	if (!k->note) {
		k->note = note;
		note = NULL;
	}
	pthread_mutex_unlock(&k->lock);
	free(note);
}

static int write_all(struct keeper *k, const struct lease_moment *m, uint64_t *version)
{
	struct keeper_batch *b = k->batch;
	struct stamp now = { .mono = m->mono, .wall = m->wall };
	int err = store_put_moment(k->store, m);

	if (!err)
		err = write_allowed(k, version);
	if (!err)
		err = write_excuses(k, &now);
	for (size_t i = 0; i < b->n_events && !err; i++)
		err = write_event(k, &b->events[i], &now);
	for (size_t i = 0; i < b->n_rows && k->follows && !err; i++)
		err = write_row(k, &b->rows[i]);
	for (size_t i = 0; i < b->n_incidents && !err; i++)
		err = write_incident(k, &b->incidents[i], &now);
	if (b->sweep && !err)
		err = store_sweep(k->store);
	return err;
}

/* All of it or nothing. */
static int write_once(struct keeper *k)
{
	struct lease_moment now = keeper_now();
	uint64_t version = 0;
	char *note = take_note(k);
	int err = store_begin(k->store);

	if (!err)
		err = write_all(k, &now, &version);
	if (!err && note)
		err = store_put_event(k->store, now.wall, KEEPER_NOTE, note);
	if (!err)
		err = store_commit(k->store);
	if (err) {
		store_rollback(k->store);
		give_note_back(k, note);
		return err;
	}
	free(note);
	k->moment_at = mono_add(now.mono, MOMENT_NS);
	k->excuses_new = false;
	pthread_mutex_lock(&k->lock);
	k->allowed.written = version;
	k->stats.batches++;
	k->stats.events += k->batch->n_events;
	pthread_mutex_unlock(&k->lock);
	k->batch->n_events = 0;
	return 0;
}

static int trim(struct keeper *k)
{
	wall_t closed = { .ns = clock_wall().ns - CLOSED_NS };
	uint64_t removed;
	int err = store_trim(k->store, closed, &removed);

	pthread_mutex_lock(&k->lock);
	k->stats.trimmed += removed;
	pthread_mutex_unlock(&k->lock);
	return err;
}

static void measure_size(struct keeper *k)
{
	struct store_size size;
	mono_t now = clock_mono();

	if (mono_since(now, k->size_at) < 0 || store_measure_size(k->store, &size))
		return;
	k->size_at = mono_add(now, SIZE_NS);
	k->size_old = false;
	pthread_mutex_lock(&k->lock);
	k->stats.size = size;
	pthread_mutex_unlock(&k->lock);
}

static int write_batch(struct keeper *k, char why[WHY_TEXT])
{
	int err;

	pthread_mutex_lock(&k->store_lock);
	err = store_look(k->store);
	if (!err)
		err = write_once(k);
	/* Full by the cap: room can be made. By the disk: this too fails. */
	if (err == ERR_FULL && !trim(k))
		err = write_once(k);
	if (!err)
		err = trim(k);
	k->size_old = true;
	if (!err)
		measure_size(k);
	log_why(why, err, "%s", store_error(k->store));
	pthread_mutex_unlock(&k->store_lock);
	return err;
}

/* The whole file, once, when what matters is done. */
static void verify(struct keeper *k)
{
	char why[WHY_TEXT];
	int err;

	pthread_mutex_lock(&k->store_lock);
	err = store_verify(k->store);
	log_why(why, err, "%s", store_error(k->store));
	pthread_mutex_unlock(&k->store_lock);
	k->verified = true;
	if (err == ERR_INVALID)
		keeper_replace(k, why);
}

/* Nothing is to be written. */
static void rest(struct keeper *k)
{
	if (!k->verified && !atomic_load(&k->stop))
		verify(k);
	if (!k->size_old || !k->store)
		return;
	pthread_mutex_lock(&k->store_lock);
	measure_size(k);
	pthread_mutex_unlock(&k->store_lock);
}

/* ---- a turn ---- */

static void take_events(struct keeper *k)
{
	struct keeper_batch *b = k->batch;
	uint64_t lost = ring_lost(k->ring);

	while (b->n_events < KEEPER_BATCH && ring_take(k->ring, &b->events[b->n_events]))
		b->n_events++;
	if (lost == k->lost_seen)
		return;
	k->lost_seen = lost;
	k->walk_wanted = k->walk_all = true;
}

static bool lists_new(struct keeper *k)
{
	bool is;

	pthread_mutex_lock(&k->lock);
	is = k->allowed.version != k->allowed.written || k->note;
	pthread_mutex_unlock(&k->lock);
	return is || k->excuses_new;
}

static void fill(struct keeper *k, mono_t now)
{
	take_events(k);
	ask(k);
	if (mono_since(now, k->walk_at) >= 0 && !atomic_load(&k->stop)) {
		k->walk_wanted = true;
		k->walk_at = mono_add(now, WALK_NS);
	}
	if (k->batch->n_events > KEEPER_BATCH / 2)
		return; /* the walk goes on when less waits that is newer */
	if (k->walk == WALK_NONE && k->walk_wanted)
		keeper_walk_begin(k);
	if (k->walk != WALK_NONE && keeper_walk_fill(k)) {
		k->walk = WALK_NONE;
		k->walk_wanted = true;
		k->batch->sweep = false;
	}
}

/* What a walk had in hand is walked for again. */
static void failed(struct keeper *k, int err, const char *why)
{
	if (k->walk != WALK_NONE || k->batch->sweep || k->batch->n_incidents)
		k->walk_wanted = k->walk_all = true;
	k->walk = WALK_NONE;
	if (err == ERR_INVALID)
		keeper_replace(k, why);
	else
		keeper_fail(k, err, why);
}

/* A few events wait for others; but not at the end. */
static bool more_to_do(const struct keeper *k)
{
	size_t enough = atomic_load(&k->stop) ? 1 : KEEPER_BATCH;

	return k->walk != WALK_NONE || ring_count(k->ring) >= enough ||
		(k->walk_wanted && !k->failing);
}

bool keeper_turn(struct keeper *k)
{
	mono_t now = clock_mono();
	char why[WHY_TEXT];
	int err;

	if (mono_since(now, k->retry_at) < 0 && !atomic_load(&k->stop))
		return false;
	if (!k->store && keeper_open(k))
		return false;
	if (!k->restored)
		keeper_restore(k);
	/* What the file has is not written over before the engine has it. */
	if (!k->store || !k->restored)
		return false;
	fill(k, now);
	const struct keeper_batch *b = k->batch;
	if (!b->n_events && !b->n_rows && !b->n_incidents && !b->sweep && !lists_new(k) &&
		mono_since(now, k->moment_at) < 0 && !k->failing) {
		rest(k);
		return false;
	}
	err = write_batch(k, why);
	if (err) {
		failed(k, err, why);
		return false;
	}
	keeper_recover(k);
	return more_to_do(k);
}
