/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Items of a log into two stages. A side that is exact gets all as it was recorded; the other gets its own answers
 * (whatif_answers.h), its own guards and its own mode.
 */
#include "app/whatif.h"

#include <stdlib.h>
#include <string.h>

#include "app/stage.h"
#include "base/err.h"
#include "core/lease.h"

#define TICK_NS (NS_PER_S / 10)      /* as the daemon's */
#define QUIET_NS (10 * NS_PER_S)     /* after so long without an input nobody waits for anything any more: */
#define QUIET_TICK_NS NS_PER_S       /* the next ticks come so far apart */
#define LONGEST_NS (86400 * NS_PER_S) /* no longer time is made of ticks: nothing but ends is left in it by then */
#define START_NS (10 * NS_PER_S) /* a run of which the log has less than this not is known from its beginning */

struct side {
	struct whatif *w;
	enum whatif_side which;
	const struct conf *conf;
	bool exact; /* the rules that were in force: it gets what was recorded, as it is */
	struct stage *stage;
	struct whatif_answers *answers;
	struct whatif_asked asked; /* of earlier runs */
	uint64_t verdicts[2], verdicts_before[2]; /* of earlier runs; of this one before the period */
	struct guards guards;
	mono_t ticked;
	/* What the daemon would have kept in its store. */
	struct measure *kept;
	size_t n_kept, room_kept;
	struct excuses excuses;
};

struct whatif {
	struct whatif_opts o;
	struct whatif_rows *rows;
	struct side sides[WHATIF_SIDES];
	size_t n_sides;
	struct conf *conf; /* to make a stage of */
	struct observation_run run;
	bool running;      /* there is a run, and its stages could be made */
	bool counting;     /* the period has begun */
	bool begun;        /* an observation was taken */
	struct stamp stamp;
	struct whatif_stats stats;
};

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

static void drop_stage(struct side *s)
{
	stage_destroy(s->stage);
	whatif_answers_destroy(s->answers);
	s->stage = NULL;
	s->answers = NULL;
}

void whatif_destroy(struct whatif *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < WHATIF_SIDES; i++) {
		drop_stage(&w->sides[i]);
		free(w->sides[i].kept);
	}
	whatif_rows_destroy(w->rows);
	free(w->conf);
	free(w);
}

/* ---- what a side is told ---- */

static void on_event(void *ctx, const struct event *e)
{
	struct side *s = ctx;
	struct whatif *w = s->w;

	whatif_rows_event(w->rows, s->which, e, &w->stamp);
	if (s->which == WHATIF_PRESENT && w->counting && w->o.emit)
		w->o.emit(w->o.emit_ctx, e);
}

static bool on_ask(void *ctx, const struct ask *a, mono_t now, enum ask_fate *fate, bool *silent)
{
	struct side *s = ctx;
	struct ask_answer known;

	if (s->exact || !whatif_answers_ask(s->answers, a, now, &known))
		return false;
	*fate = known.fate;
	*silent = known.silent;
	return true;
}

static void put_answer(struct side *s, const struct ask_answer *a, mono_t at)
{
	stage_observe(s->stage, &(struct observation){ .kind = OBSERVATION_ANSWER, .at = at, .answer = a });
}

static void put_tick(struct side *s, mono_t at)
{
	struct ask_answer a;

	s->ticked = at;
	stage_observe(s->stage, &(struct observation){ .kind = OBSERVATION_TICK, .at = at });
	while (whatif_answers_late(s->answers, at, &a))
		put_answer(s, &a, at);
}

/*
 * A log may leave out ticks that did nothing, but under other rules they would have: so they are made here. What was
 * asked at a tick is answered soon after it, so there was one before an answer, too.
 */
static void put_ticks(struct side *s, const struct observation *o, mono_t at)
{
	mono_t begin;

	if (mono_since(at, s->ticked) > LONGEST_NS)
		s->ticked = mono_add(at, -LONGEST_NS);
	begin = s->ticked;
	for (;;) {
		int64_t step = mono_since(s->ticked, begin) < QUIET_NS ? TICK_NS : QUIET_TICK_NS;
		mono_t next = mono_add(s->ticked, step);

		if (next.ns > at.ns)
			break;
		put_tick(s, next);
	}
	if (o->kind == OBSERVATION_ANSWER && s->ticked.ns < at.ns)
		put_tick(s, at);
}

/* Whom the configuration guards, on this host as it was. */
static void put_guards(struct side *s, const struct guards *g, mono_t at)
{
	const struct conf_guards *c = &s->conf->guards;

	s->guards = *g;
	guards_clear(&s->guards, GUARD_NEVER_BLOCK);
	for (size_t i = 0; i < c->n_never_block; i++)
		guards_add(&s->guards, &c->never_block[i], GUARD_NEVER_BLOCK);
	if (!c->own_addresses)
		guards_clear(&s->guards, GUARD_OWN);
	if (!c->gateways)
		guards_clear(&s->guards, GUARD_GATEWAY);
	if (!c->resolvers)
		guards_clear(&s->guards, GUARD_RESOLVER);
	if (!c->time_servers)
		guards_clear(&s->guards, GUARD_TIME);
	if (!c->dhcp)
		guards_clear(&s->guards, GUARD_DHCP);
	if (!c->admin_session)
		guards_clear(&s->guards, GUARD_ADMIN);
	stage_observe(s->stage, &(struct observation){ .kind = OBSERVATION_GUARDS, .at = at, .guards = &s->guards });
}

static void put_changed(struct side *s, const struct observation *o)
{
	struct ask_answer a[2];
	size_t n;

	put_ticks(s, o, s->w->stamp.mono);
	switch (o->kind) {
	case OBSERVATION_ANSWER:
		n = whatif_answers_told(s->answers, o->answer, o->at, a);
		for (size_t i = 0; i < n; i++)
			put_answer(s, &a[i], o->at);
		break;
	case OBSERVATION_TICK:
		if (o->at.ns > s->ticked.ns)
			put_tick(s, o->at);
		break;
	case OBSERVATION_GUARDS:
		put_guards(s, o->guards, o->at);
		break;
	case OBSERVATION_MODE:
		if (s->which == WHATIF_PRESENT)
			stage_observe(s->stage, o);
		break;
	case OBSERVATION_NONE:
	case OBSERVATION_PACKETS:
	case OBSERVATION_LISTENING:
	case OBSERVATION_CENSUS:
	case OBSERVATION_NEIGHBOURS:
	case OBSERVATION_PANIC:
	case OBSERVATION_BAN:
	case OBSERVATION_UNBAN:
	case OBSERVATION_WRONGED:
	case OBSERVATION_KINDS:
		stage_observe(s->stage, o);
		break;
	}
}

/* ---- a run begins and ends ---- */

/* Without memory, it is as if the store had lost it. */
static void keep(struct side *s, const struct measure *m)
{
	if (s->n_kept == s->room_kept) {
		size_t room = s->room_kept ? 2 * s->room_kept : 64;
		struct measure *more = realloc(s->kept, room * sizeof(*more));

		if (!more)
			return;
		s->kept = more;
		s->room_kept = room;
	}
	s->kept[s->n_kept++] = *m;
}

/* What the daemon would have kept: of a shadow nothing but its offences. */
static void keep_all(struct side *s, mono_t now)
{
	struct engine *e = stage_engine(s->stage);
	int64_t forget_ns = engine_rules(e)->policy.forget_ns;
	const struct measure *m;

	s->n_kept = 0;
	s->excuses = *engine_excuses(e);
	for (size_t at = 0; (m = ledger_next(engine_ledger(e), &at));) {
		struct measure kept = *m;

		if (kept.state == MEASURE_SHADOW)
			continue;
		if (kept.state == MEASURE_FREE && !kept.forget_at.ns)
			kept.forget_at = mono_add(now, forget_ns);
		keep(s, &kept);
	}
}

static void add_asked(struct whatif_asked *sum, const struct whatif_answers *a)
{
	struct whatif_asked s;

	if (!a)
		return;
	whatif_answers_stats(a, &s);
	sum->asked += s.asked;
	sum->answered += s.answered;
	sum->unknown += s.unknown;
	sum->waiting += s.waiting;
}

static void end_side(struct whatif *w, struct side *s, bool last)
{
	uint64_t verdicts[2];

	if (!s->stage)
		return;
	stage_flush(s->stage);
	stage_verdicts(s->stage, verdicts);
	for (size_t i = 0; i < 2; i++) {
		s->verdicts[i] += verdicts[i] - s->verdicts_before[i];
		s->verdicts_before[i] = 0;
	}
	add_asked(&s->asked, s->answers);
	whatif_rows_close(w->rows, s->which, engine_ledger(stage_engine(s->stage)), w->stamp.mono, last);
	keep_all(s, w->stamp.mono);
	drop_stage(s);
}

static void end_run(struct whatif *w, bool last)
{
	for (size_t i = 0; i < w->n_sides; i++)
		end_side(w, &w->sides[i], last);
	w->running = false;
}

/* A time of the run before, in this one's. */
static mono_t carried(mono_t t, const struct lease_moment *then, bool same_boot, const struct lease_moment *now)
{
	return mono_add(now->mono, lease_left_ns(t, then, same_boot, now));
}

static void restore(struct whatif *w, struct side *s, const struct lease_moment *then, bool same_boot)
{
	const struct lease_moment now = { .mono = w->run.start,
		.wall = { w->run.start.ns + w->run.wall_ns } };
	struct engine *e = stage_engine(s->stage);
	int64_t forget_ns = engine_rules(e)->policy.forget_ns;

	for (size_t i = 0; i < s->n_kept; i++) {
		struct measure m = s->kept[i];

		m.until = carried(m.until, then, same_boot, &now);
		m.since = carried(m.since, then, same_boot, &now);
		if (m.forget_at.ns)
			m.forget_at = carried(m.forget_at, then, same_boot, &now);
		ledger_catch_up(&m, forget_ns, now.mono);
		if (!engine_restore(e, &m, now.mono) && m.state != MEASURE_FREE)
			whatif_rows_resume(w->rows, s->which, &m, now.mono);
	}
	for (size_t i = 0; i < s->excuses.n; i++)
		engine_remember_false_positive(e, &s->excuses.list[i].prefix, s->excuses.list[i].count, now.mono);
}

static int make_stage(struct whatif *w, struct side *s)
{
	struct stage_opts o = { .conf = w->conf, .key = w->run.key, .start = w->run.start, .emit = on_event,
		.emit_ctx = s, .fate = on_ask, .world_ctx = s, .ticks_given = true };
	int err = whatif_answers_create(&s->answers, &w->run.key, &s->conf->rules);

	if (err)
		return err;
	s->ticked = w->run.start;
	*w->conf = *s->conf;
	w->conf->sizes = w->run.sizes;
	w->conf->enforce = s->which == WHATIF_NEW ? w->o.changed_enforce : w->run.enforce;
	return stage_create(&s->stage, &o);
}

static void find_rules(struct whatif *w, uint64_t digest, const char *policy)
{
	struct side *present = &w->sides[WHATIF_PRESENT], *changed = &w->sides[WHATIF_NEW];
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
		err = make_stage(w, &w->sides[i]);
		if (!err && !first)
			restore(w, &w->sides[i], &then, same_boot);
	}
	w->stamp = (struct stamp){ .mono = run->start, .wall = { run->start.ns + run->wall_ns } };
	w->running = !err;
	if (err) {
		for (size_t i = 0; i < w->n_sides; i++)
			drop_stage(&w->sides[i]);
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
		struct side *s = &w->sides[i];

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
	for (size_t i = 0; i < w->n_sides; i++) {
		struct side *s = &w->sides[i];

		if (s->exact && s->which == WHATIF_PRESENT)
			stage_observe(s->stage, o);
		else
			put_changed(s, o);
	}
}

/* The daemon has read its configuration again. */
static void swap_rules(struct whatif *w, uint64_t digest, const char *policy)
{
	find_rules(w, digest, policy);
	for (size_t i = 0; i < w->n_sides; i++) {
		struct side *s = &w->sides[i];

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
		const struct side *s = &w->sides[i];

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
