/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The administrator's hand, and what an earlier run left: bans and their ends, guards, the mode, panic, adoption and
 * restoration. Called through the door, between two bursts.
 */
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "core/engine_state.h"

/* The administrator's ban has an incident like any other, so that explain knows its reason. */
static uint64_t record_ban(struct engine *e, const struct ban *b, const struct decision *d, mono_t now)
{
	struct finding f = { .kind = FINDING_NONE, .subject = d->subject, .first = now, .at = now };
	struct incident *i = incidents_open(e->incidents, &d->subject, now);

	text_copy(f.rule.name, sizeof(f.rule.name), "manual.ban");
	text_copy(f.rule.why, sizeof(f.rule.why), b->reason);
	incident_add_finding(i, &f);
	i->decision = *d;
	i->effect = e->enforce ? EFFECT_SENT : EFFECT_SHADOW;
	i->effect_at = now;
	return i->id;
}

int engine_ban(struct engine *e, const struct ban *b, mono_t now, const struct guard **guard,
	const struct measure **out)
{
	struct decision d = { .response = b->response, .ttl_ns = b->ttl_ns, .base_ttl_ns = b->ttl_ns,
		.limit_rate = b->limit_rate, .limit_burst = b->limit_burst, .rungs = 1,
		.ladder = { b->response },
		.subject = { .kind = SUBJECT_SOURCE, .source = b->prefix } };

	engine_tell_input(e, &(struct observation){ .kind = OBSERVATION_BAN, .at = now, .ban = b });
	*guard = guards_overlap(&e->guards, &b->prefix);
	if (*guard)
		return ERR_GUARDED;
	text_copy(d.policy, sizeof(d.policy), "manual");
	return ledger_want(e->ledger, &d, ORIGIN_MANUAL, record_ban(e, b, &d, now), !e->enforce,
		(mono_t){ 0 }, now, out);
}

/* Said before it is done: afterwards the measure is not there to be told of. */
void engine_release(struct engine *e, const struct measure *m, mono_t now)
{
	struct incident *i = incidents_by_id(e->incidents, m->incident);

	if (m->state == MEASURE_FREE)
		return;
	if (i) {
		i->packets_dropped = m->hits;
		i->effect = EFFECT_ENDED;
		i->effect_at = now;
	}
	engine_rearm(e, &m->subject, now);
	engine_emit_measure(e, EVENT_ENDED, m, now);
}

static int unban(struct engine *e, const struct prefix *p, bool forgive, mono_t now)
{
	struct subject s = { .kind = SUBJECT_SOURCE, .source = *p };
	const struct measure *m = ledger_find(e->ledger, &s, SCOPE_SOURCE);

	if (m)
		engine_release(e, m, now);
	return ledger_end_source(e->ledger, &s, forgive, now);
}

/* A destination, an actor: whatever stands against it. */
static int end_subject(struct engine *e, const struct subject *s, bool forgive, mono_t now)
{
	const struct measure *m;

	for (size_t at = 0; (m = ledger_next(e->ledger, &at));)
		if (m->state != MEASURE_FREE && subject_equal(&m->subject, s))
			engine_release(e, m, now);
	return ledger_end_source(e->ledger, s, forgive, now);
}

int engine_unban(struct engine *e, const struct prefix *p, bool forgive, mono_t now)
{
	int in, out;

	engine_tell_input(e, &(struct observation){ .kind = OBSERVATION_UNBAN, .at = now, .unban = { *p, forgive } });
	in = unban(e, p, forgive, now);
	out = end_subject(e, &(struct subject){ .kind = SUBJECT_DESTINATION, .source = *p }, forgive, now);
	return in == ERR_ABSENT ? out : in;
}

int engine_end_subject(struct engine *e, const struct subject *s, mono_t now)
{
	return end_subject(e, s, true, now);
}

static void unban_all(struct engine *e, mono_t now)
{
	const struct measure *m;

	for (size_t at = 0; (m = ledger_next(e->ledger, &at));)
		engine_release(e, m, now);
	ledger_end_all(e->ledger, now);
}

void engine_unban_all(struct engine *e, mono_t now)
{
	engine_tell_input(e, &(struct observation){ .kind = OBSERVATION_UNBAN, .at = now });
	unban_all(e, now);
}

void engine_guards_changed(struct engine *e, mono_t now)
{
	const struct measure *m;
	struct guard_index x; /* a full ledger times a full list would be a third of a second */

	engine_tell_input(e, &(struct observation){ .kind = OBSERVATION_GUARDS, .at = now, .guards = &e->guards });
	guard_index_build(&x, &e->guards);
	for (size_t at = 0; (m = ledger_next(e->ledger, &at));)
		if (m->state != MEASURE_FREE && (m->subject.kind == SUBJECT_SOURCE || m->subject.kind == SUBJECT_DESTINATION) &&
			guard_index_overlaps(&x, &m->subject.source)) {
			struct subject s = m->subject;

			engine_release(e, m, now);
			ledger_end(e->ledger, &s, m->scope, true, now);
		}
}

int engine_adopt(struct engine *e, const struct measure *m, mono_t now)
{
	struct decision d = { .response = m->response, .scope = m->scope, .subject = m->subject,
		.ttl_ns = mono_since(m->until, now), .base_ttl_ns = m->base_ttl_ns,
		.limit_rate = m->limit_rate, .limit_burst = m->limit_burst, .limit_kib = m->limit_kib, .rungs = 1,
		.ladder = { m->response } };
	const struct measure *out;

	if (m->response == RESPONSE_EGRESS_ALLOWLIST)
		return ERR_UNSUPPORTED; /* where it may go is not known any more */
	if (engine_guard_of(e, &m->subject))
		return ERR_GUARDED;
	text_copy(d.policy, sizeof(d.policy), "adopted");
	return ledger_want(e->ledger, &d, ORIGIN_ADOPTED, 0, false, (mono_t){ 0 }, now, &out);
}

static void change_mode(struct engine *e, bool enforce, mono_t now)
{
	struct event v = { .kind = EVENT_MODE, .at = now, .enforce = enforce, .ok = true };

	if (enforce == e->enforce)
		return;
	unban_all(e, now);
	e->enforce = enforce;
	e->egress.rules_new = true;
	e->alarmed = (mono_t){ 0 };
	budget_reset(&e->budget); /* nothing of what was spent stands any more */
	engine_emit_event(e, &v);
}

void engine_put_mode(struct engine *e, bool enforce, mono_t now)
{
	engine_trial_forget(e, TRIAL_MODE);
	change_mode(e, enforce, now);
}

void engine_set_mode(struct engine *e, bool enforce, mono_t now)
{
	engine_tell_input(e, &(struct observation){ .kind = OBSERVATION_MODE, .at = now, .on = enforce });
	engine_put_mode(e, enforce, now);
}

/* Wronged: not half a threshold is left against it, and more proof is asked from now on. */
int engine_false_positive(struct engine *e, const struct prefix *p, mono_t now)
{
	const struct subject subject = { .kind = SUBJECT_SOURCE, .source = *p };
	uint64_t key = source_key(&p->addr), hash = table_prefetch(e->sources, key);
	struct source *s = table_find(e->sources, key, hash);

	engine_tell_input(e, &(struct observation){ .kind = OBSERVATION_WRONGED, .at = now, .unban = { .prefix = *p } });
	if (unban(e, p, true, now) && !incidents_by_subject(e->incidents, &subject))
		return ERR_ABSENT;
	excuses_add(&e->excuses, p, 1, now);
	e->counters.false_positives++;
	if (s)
		s->fast = s->slow = s->proven = 0;
	return 0;
}

void engine_remember_false_positive(struct engine *e, const struct prefix *p, unsigned count,
	mono_t now)
{
	excuses_add(&e->excuses, p, count, now);
}

int engine_restore(struct engine *e, const struct measure *m, mono_t now)
{
	if (!e->enforce || m->response == RESPONSE_EGRESS_ALLOWLIST)
		return ERR_UNSUPPORTED;
	if (engine_guard_of(e, &m->subject))
		return ERR_GUARDED;
	return ledger_restore(e->ledger, m, e->rules.policy.forget_ns, now);
}

/* The kernel's table is gone while it lasts, so at its end all that stands is to be told anew. */
void engine_panic(struct engine *e, bool on, mono_t now)
{
	engine_tell_input(e, &(struct observation){ .kind = OBSERVATION_PANIC, .at = now, .on = on });
	if (on == e->panic)
		return;
	e->panic = on;
	e->egress.rules_new = true;
	allow_want_lost(e->egress.want, now);
	if (!on)
		ledger_rewant(e->ledger);
	engine_note(e, EVENT_NOTICE, !on, on ? "panic: nothing is done to anybody" :
		"panic is over: what has not ended is in force again", now);
}
