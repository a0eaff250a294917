/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a finding to a measure: incident, policy, guard, ledger, event, in this order and always all of it. Detect mode
 * differs in one word: the measure is a shadow.
 */
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "core/engine_state.h"

void engine_emit_event(struct engine *e, const struct event *v)
{
	e->counters.events++;
	if (e->emit)
		e->emit(e->emit_ctx, v);
}

void engine_emit_measure(struct engine *e, enum event_kind kind, const struct measure *m, mono_t now)
{
	struct event v = { .kind = kind, .at = now, .incident = m->incident,
		.enforce = e->enforce, .measure = *m };

	engine_emit_event(e, &v);
}

/* The offences of whom the policy acts on, who may be wider than whom the finding is about: so it is asked twice. */
static void answer_of_policy(const struct engine *e, const struct finding *f, struct decision *d)
{
	uint16_t offences;

	policy_decide(&e->rules.policy, f, 0, d);
	offences = ledger_offences(e->ledger, &d->subject, f->at);
	if (offences)
		policy_decide(&e->rules.policy, f, offences, d);
}

/* Whether a guard forbids; services and the host have no address to guard. */
static const struct guard *guard_of(const struct engine *e, const struct subject *s)
{
	return s->kind == SUBJECT_SOURCE ? guards_overlap(&e->guards, &s->source) : NULL;
}

/* A record that a measure stands on is not to be evicted: its offences would be forgotten. */
static void pin(struct engine *e, const struct finding *f, mono_t now)
{
	uint64_t key = source_key(&f->src), hash = table_prefetch(e->sources, key);
	struct source *s = table_find(e->sources, key, hash);

	if (f->subject.kind != SUBJECT_SOURCE || !s)
		return;
	s->flags |= SOURCE_MEASURED;
	engine_rate_source(e, s, hash, now);
}

static enum incident_effect enact(struct engine *e, struct decision *d, const struct finding *f,
	uint64_t incident, struct measure *wanted)
{
	const struct measure *m = NULL;
	int err = ledger_want(e->ledger, d, ORIGIN_DETECTOR, incident, !e->enforce, f->at, f->at, &m);

	if (m)
		*wanted = *m;
	if (err == ERR_EXISTS) {
		decision_note(d, STEP_DUPLICATE, 0);
		return EFFECT_NONE;
	}
	if (err) {
		decision_note(d, STEP_FULL, 0);
		return EFFECT_REFUSED;
	}
	pin(e, f, f->at);
	if (!e->enforce) {
		decision_note(d, STEP_DETECT, 0);
		return EFFECT_SHADOW;
	}
	return EFFECT_SENT;
}

void engine_decide(struct engine *e, struct finding *f)
{
	struct event v = { .kind = EVENT_FINDING, .at = f->at, .enforce = e->enforce };
	struct incident *i = incidents_open(e->incidents, &f->subject, f->at);
	enum incident_effect effect = EFFECT_NONE;
	const struct guard *g;

	e->counters.findings[f->kind]++;
	incident_add_finding(i, f);
	answer_of_policy(e, f, &v.decision);
	e->counters.decisions[v.decision.response]++;
	g = guard_of(e, &v.decision.subject);
	if (v.decision.response != RESPONSE_OBSERVE && g) {
		decision_note(&v.decision, STEP_GUARDED, g->kind);
		v.guard = i->guard = (uint8_t)g->kind;
		e->counters.guarded++;
		effect = EFFECT_GUARDED;
	} else if (v.decision.response != RESPONSE_OBSERVE) {
		effect = enact(e, &v.decision, f, i->id, &v.measure);
	}
	/* A repeated finding that changes nothing must not hide what stands. */
	if (effect != EFFECT_NONE || i->effect == EFFECT_NONE) {
		i->decision = v.decision;
		i->effect = effect;
		i->effect_at = f->at;
	}
	v.incident = i->id;
	v.finding = *f;
	engine_emit_event(e, &v);
}

/* Ports that this source knocked at lately, newest first, each once. */
static void sample_ports(const struct engine *e, struct finding *f, uint64_t key)
{
	size_t n = e->trail_at < TRAIL ? e->trail_at : TRAIL;

	for (size_t back = 1; back <= n && f->n_ports < FINDING_PORTS; back++) {
		const struct trail_step *t = &e->trail[(e->trail_at - back) % TRAIL];
		size_t k = 0;

		while (k < f->n_ports && f->ports[k] != t->port)
			k++;
		if (t->key == key && k == f->n_ports)
			f->ports[f->n_ports++] = t->port;
	}
}

void engine_finding_of_source(struct engine *e, struct finding *f, uint64_t key)
{
	f->subject = (struct subject){ .kind = SUBJECT_SOURCE, .source = source_prefix(key) };
	if (f->kind == FINDING_SCAN)
		sample_ports(e, f, key);
	engine_decide(e, f);
}

static void rearm_rates(struct engine *e, const struct subject *s)
{
	for (size_t i = 0; i < e->rules.rate.n_rules; i++) {
		uint32_t sid = e->rules.rate.rules[i].rule.sid;
		uint64_t key = s->kind == SUBJECT_SOURCE ?
			rate_key_source(source_key(&s->source.addr), sid) :
			rate_key_service(s->proto, s->port, sid);
		struct rate_record *r = table_find(e->rates, key, table_prefetch(e->rates, key));

		if (r)
			r->flags = 0;
	}
}

/* After a measure has ended, the same behaviour shall be found again, and soon: scores fall to half a threshold. */
void engine_rearm(struct engine *e, const struct subject *s, mono_t now)
{
	const uint16_t marks = SOURCE_RAISED_FAST | SOURCE_RAISED_SLOW | SOURCE_RAISED_ODD |
		SOURCE_RAISED_PROVEN | SOURCE_MEASURED;
	uint64_t key = source_key(&s->source.addr), hash = table_prefetch(e->sources, key);
	struct source *src = s->kind == SUBJECT_SOURCE ? table_find(e->sources, key, hash) : NULL;

	rearm_rates(e, s);
	if (!src)
		return;
	src->flags &= (uint16_t)~marks;
	src->seen_now = src->seen_before = 0; /* full bitmaps would call everything known */
	src->odd /= 2;
	if (src->fast > e->rules.scan.fast_threshold / 2)
		src->fast = e->rules.scan.fast_threshold / 2;
	if (src->slow > e->rules.scan.slow_threshold / 2)
		src->slow = e->rules.scan.slow_threshold / 2;
	engine_rate_source(e, src, hash, now);
}

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

	*guard = guards_overlap(&e->guards, &b->prefix);
	if (*guard)
		return ERR_GUARDED;
	text_copy(d.policy, sizeof(d.policy), "manual");
	return ledger_want(e->ledger, &d, ORIGIN_MANUAL, record_ban(e, b, &d, now), !e->enforce,
		(mono_t){ 0 }, now, out);
}

/* Said before it is done: afterwards the measure is not there to be told of. */
static void release(struct engine *e, const struct measure *m, mono_t now)
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

int engine_unban(struct engine *e, const struct prefix *p, bool forgive, mono_t now)
{
	struct subject s = { .kind = SUBJECT_SOURCE, .source = *p };
	const struct measure *m = ledger_find(e->ledger, &s, SCOPE_SOURCE);

	if (m)
		release(e, m, now);
	return ledger_end_source(e->ledger, &s, forgive, now);
}

void engine_unban_all(struct engine *e, mono_t now)
{
	const struct measure *m;

	for (size_t at = 0; (m = ledger_next(e->ledger, &at));)
		release(e, m, now);
	ledger_end_all(e->ledger, now);
}

void engine_guards_changed(struct engine *e, mono_t now)
{
	const struct measure *m;

	for (size_t at = 0; (m = ledger_next(e->ledger, &at));)
		if (m->state != MEASURE_FREE && guard_of(e, &m->subject)) {
			struct subject s = m->subject;

			release(e, m, now);
			ledger_end(e->ledger, &s, m->scope, true, now);
		}
}

int engine_adopt(struct engine *e, const struct measure *m, mono_t now)
{
	struct decision d = { .response = m->response, .scope = m->scope, .subject = m->subject,
		.ttl_ns = mono_since(m->until, now), .base_ttl_ns = m->base_ttl_ns,
		.limit_rate = m->limit_rate, .limit_burst = m->limit_burst, .rungs = 1,
		.ladder = { m->response } };
	const struct measure *out;

	if (guard_of(e, &m->subject))
		return ERR_GUARDED;
	text_copy(d.policy, sizeof(d.policy), "adopted");
	return ledger_want(e->ledger, &d, ORIGIN_ADOPTED, 0, false, (mono_t){ 0 }, now, &out);
}

void engine_set_mode(struct engine *e, bool enforce, mono_t now)
{
	struct event v = { .kind = EVENT_MODE, .at = now, .enforce = enforce, .ok = true };

	if (enforce == e->enforce)
		return;
	engine_unban_all(e, now);
	e->enforce = enforce;
	engine_emit_event(e, &v);
}
