/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One engine of what-if and its inputs. Under the rules that were in force it gets all as it was recorded; else it gets
 * its own answers (whatif_answers.h), its own guards and its own mode.
 */
#include <stdlib.h>

#include "app/whatif_state.h"

#define TICK_NS (NS_PER_S / 10)      /* as the daemon's */
#define QUIET_NS (10 * NS_PER_S)     /* after so long without an input nobody waits for anything any more: */
#define QUIET_TICK_NS NS_PER_S       /* the next ticks come so far apart */
#define LONGEST_NS (86400 * NS_PER_S) /* no longer time is made of ticks: nothing but ends is left in it by then */

void whatif_side_drop(struct whatif_engine *s)
{
	stage_destroy(s->stage);
	whatif_answers_destroy(s->answers);
	s->stage = NULL;
	s->answers = NULL;
}

/* ---- what a side is told ---- */

static void on_event(void *ctx, const struct event *e)
{
	struct whatif_engine *s = ctx;
	struct whatif *w = s->w;

	whatif_rows_event(w->rows, s->which, e, &w->stamp);
	if (s->which == WHATIF_PRESENT && w->counting && w->o.emit)
		w->o.emit(w->o.emit_ctx, e);
}

static bool on_ask(void *ctx, const struct ask *a, mono_t now, enum ask_fate *fate, bool *silent)
{
	struct whatif_engine *s = ctx;
	struct ask_answer known;

	if (s->exact || !whatif_answers_ask(s->answers, a, now, &known))
		return false;
	*fate = known.fate;
	*silent = known.silent;
	return true;
}

static void put_answer(struct whatif_engine *s, const struct ask_answer *a, mono_t at)
{
	stage_observe(s->stage, &(struct observation){ .kind = OBSERVATION_ANSWER, .at = at, .answer = a });
}

static void put_tick(struct whatif_engine *s, mono_t at)
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
static void put_ticks(struct whatif_engine *s, const struct observation *o, mono_t at)
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
static void put_guards(struct whatif_engine *s, const struct guards *g, mono_t at)
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

/*
 * Where the daemon was only given copies, it could hold nothing up; but the kernel would have dropped what it decided. So
 * that what is stopped is not weighed any more, they count as held.
 */
static bool holds_copies(const struct whatif_engine *s)
{
	const struct conf_divert *d = &s->w->sides[WHATIF_PRESENT].conf->divert;

	return s->which == WHATIF_NEW && (d->input == CONF_TAKE_COPY || d->forward == CONF_TAKE_COPY);
}

static void put_packets(struct whatif_engine *s, const struct observation *o)
{
	struct observation held = *o;

	for (size_t i = 0; i < o->packets.n && i < ENGINE_BURST; i++) {
		s->held[i] = o->packets.in[i];
		s->held[i].meta.held |= s->held[i].meta.hook != HOOK_OUTPUT;
	}
	held.packets.in = s->held;
	stage_observe(s->stage, &held);
}

static void put_changed(struct whatif_engine *s, const struct observation *o)
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
	case OBSERVATION_PACKETS:
		if (holds_copies(s))
			put_packets(s, o);
		else
			stage_observe(s->stage, o);
		break;
	case OBSERVATION_MODE:
		if (s->which == WHATIF_PRESENT)
			stage_observe(s->stage, o);
		break;
	case OBSERVATION_NONE:
	case OBSERVATION_LISTENING:
	case OBSERVATION_CENSUS:
	case OBSERVATION_NEIGHBOURS:
	case OBSERVATION_PANIC:
	case OBSERVATION_BAN:
	case OBSERVATION_UNBAN:
	case OBSERVATION_WRONGED:
	case OBSERVATION_SAMPLE:
	case OBSERVATION_FLOW_END:
	case OBSERVATION_HOLDERS:
	case OBSERVATION_OWNER:
	case OBSERVATION_DNS:
	case OBSERVATION_RESOLVERS:
	case OBSERVATION_LISTED:
	case OBSERVATION_REPORTED:
	case OBSERVATION_NAMES:
	case OBSERVATION_KINDS:
		stage_observe(s->stage, o);
		break;
	}
}

void whatif_side_put(struct whatif_engine *s, const struct observation *o)
{
	if (s->exact && s->which == WHATIF_PRESENT)
		stage_observe(s->stage, o);
	else
		put_changed(s, o);
}

/* ---- a run begins and ends ---- */

/* What the daemon would have kept: of a shadow nothing but its offences. */
static void keep_all(struct whatif_engine *s, mono_t now)
{
	struct engine *e = stage_engine(s->stage);
	int64_t forget_ns = engine_rules(e)->policy.forget_ns;
	const struct measure *m;

	s->kept.n = 0;
	s->excuses = *engine_excuses(e);
	for (size_t at = 0; (m = ledger_next(engine_ledger(e), &at));) {
		struct measure kept = *m;

		if (kept.state == MEASURE_SHADOW)
			continue;
		if (kept.state == MEASURE_FREE && !kept.forget_at.ns)
			kept.forget_at = mono_add(now, forget_ns);
		kept_add(&s->kept, &kept);
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

void whatif_side_end(struct whatif_engine *s, bool last)
{
	struct whatif *w = s->w;
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
	whatif_side_drop(s);
}

/* A time of the run before, in this one's. */
static mono_t carried(mono_t t, const struct lease_moment *then, bool same_boot, const struct lease_moment *now)
{
	return mono_add(now->mono, lease_left_ns(t, then, same_boot, now));
}

void whatif_side_restore(struct whatif_engine *s, const struct lease_moment *then, bool same_boot)
{
	struct whatif *w = s->w;
	const struct lease_moment now = { .mono = w->run.start,
		.wall = { w->run.start.ns + w->run.wall_ns } };
	struct engine *e = stage_engine(s->stage);
	int64_t forget_ns = engine_rules(e)->policy.forget_ns;

	for (size_t i = 0; i < s->kept.n; i++) {
		struct measure m = s->kept.list[i];

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

int whatif_side_begin(struct whatif_engine *s)
{
	struct whatif *w = s->w;
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
