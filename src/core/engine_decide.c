/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a finding to a measure: incident, policy, guard, ledger, event, in this order and always all of it. Detect mode
 * differs in one word: the measure is a shadow.
 */
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "core/engine_state.h"

/* The offences of whom the policy acts on, who may be wider than whom the finding is about: so it is asked twice. */
static void answer_of_policy(const struct engine *e, const struct finding *f, struct decision *d)
{
	uint16_t offences;

	policy_decide(&e->rules.policy, f, 0, d);
	offences = ledger_offences(e->ledger, &d->subject, f->at);
	if (offences)
		policy_decide(&e->rules.policy, f, offences, d);
}

/* Whether a guard forbids; services, actors and the host have no address to guard. */
const struct guard *engine_guard_of(const struct engine *e, const struct subject *s)
{
	bool address = s->kind == SUBJECT_SOURCE || s->kind == SUBJECT_DESTINATION;

	return address ? guards_overlap(&e->guards, &s->source) : NULL;
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

static struct source *source_of(const struct engine *e, const struct finding *f)
{
	uint64_t key = source_key(&f->src);

	return f->subject.kind == SUBJECT_SOURCE ? table_find(e->sources, key, table_prefetch(e->sources, key)) : NULL;
}

/* A proven offence: whatever was good about it is history. */
static void forget_good(struct engine *e, const struct finding *f)
{
	struct source *s = source_of(e, f);

	if (f->proof != PROOF_ANSWERED || !s)
		return;
	if (source_is_good(s) && e->known_good)
		e->known_good--;
	s->good = 0;
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

		if (!r)
			continue;
		r->flags = 0;
		r->answered /= 2;
	}
}

/* After a measure has ended, the same behaviour shall be found again, and soon: scores fall to half a threshold. */
void engine_rearm(struct engine *e, const struct subject *s, mono_t now)
{
	const uint16_t marks = SOURCE_RAISED_FAST | SOURCE_RAISED_SLOW | SOURCE_RAISED_ODD |
		SOURCE_RAISED_PROVEN | SOURCE_MEASURED;
	uint64_t key = source_key(&s->source.addr), hash = table_prefetch(e->sources, key);
	struct source *src = s->kind == SUBJECT_SOURCE ? table_find(e->sources, key, hash) : NULL;

	engine_rearm_egress(e, s);
	if (s->kind == SUBJECT_SOURCE || s->kind == SUBJECT_DESTINATION)
		reported_rearm(e->reported, key);
	rearm_rates(e, s);
	hold_rearm(e->hold, s);
	if (s->kind == SUBJECT_SOURCE)
		brute_rearm(e->brute, key);
	if (!src)
		return;
	src->flags &= (uint16_t)~marks;
	src->seen_now = src->seen_before = 0; /* full bitmaps would call everything known */
	src->odd /= 2;
	if (src->fast > e->rules.scan.fast_threshold / 2)
		src->fast = e->rules.scan.fast_threshold / 2;
	if (src->slow > e->rules.scan.slow_threshold / 2)
		src->slow = e->rules.scan.slow_threshold / 2;
	if (src->proven > e->rules.scan.proven_threshold / 2)
		src->proven = e->rules.scan.proven_threshold / 2;
	engine_rate_source(e, src, hash, now);
}

static enum incident_effect enact(struct engine *e, struct decision *d, const struct finding *f,
	uint64_t incident, struct measure *wanted)
{
	const struct measure *m = NULL;
	bool held = !engine_within_budget(e, d, f);
	bool shadow = !e->enforce || e->panic || held;
	int err = ERR_FULL;

	if (shadow || d->response != RESPONSE_EGRESS_ALLOWLIST || engine_allow_has_room(e, &d->subject.actor))
		err = ledger_want(e->ledger, d, ORIGIN_DETECTOR, incident, shadow, f->at, f->at, &m);
	if (m)
		*wanted = *m;
	if (err == ERR_EXISTS && !held) {
		decision_note(d, STEP_DUPLICATE, 0);
		return EFFECT_NONE;
	}
	if (err && !held) {
		decision_note(d, STEP_FULL, 0);
		return EFFECT_REFUSED;
	}
	if (held) {
		engine_rearm(e, &f->subject, f->at); /* found again, when there may be room */
		return EFFECT_SHADOW;
	}
	pin(e, f, f->at);
	forget_good(e, f);
	if (!shadow && d->response == RESPONSE_EGRESS_ALLOWLIST)
		engine_allow_shut_in(e, &d->subject.actor, f->at);
	if (shadow) {
		decision_note(d, STEP_DETECT, 0);
		return EFFECT_SHADOW;
	}
	return EFFECT_SENT;
}

void engine_decide(struct engine *e, struct finding *f)
{
	struct event v = { .kind = EVENT_FINDING, .at = f->at, .enforce = e->enforce };
	struct incident *i = incidents_open(e->incidents, &f->subject, f->at);
	const struct source *s = source_of(e, f);
	enum incident_effect effect = EFFECT_NONE;
	const struct guard *g;

	if (e->egress.facts.any)
		v.egress = i->egress = e->egress.facts;
	else
		service_names_tell(&e->names, f);
	v.known_good = s && source_is_good(s);
	e->counters.findings[f->kind][f->proof]++;
	incident_add_finding(i, f);
	answer_of_policy(e, f, &v.decision);
	engine_cap_shared(e, f, &v.decision);
	e->counters.decisions[v.decision.response]++;
	g = engine_guard_of(e, &v.decision.subject);
	if (v.decision.response != RESPONSE_OBSERVE && g) {
		decision_note(&v.decision, STEP_GUARDED, g->kind);
		v.guard = i->guard = (uint8_t)g->kind;
		e->counters.guarded++;
		effect = EFFECT_GUARDED;
	} else if (v.decision.response != RESPONSE_OBSERVE) {
		effect = enact(e, &v.decision, f, i->id, &v.measure);
	}
	if (effect != EFFECT_NONE && effect != EFFECT_SENT)
		e->counters.unput[v.decision.response]++;
	/* A repeated finding that changes nothing must not hide what stands. */
	if (effect != EFFECT_NONE || i->effect == EFFECT_NONE) {
		i->decision = v.decision;
		i->effect = effect;
		i->effect_at = f->at;
	}
	engine_freeze(e, f, &v.decision);
	v.incident = i->id;
	v.finding = *f;
	engine_emit_event(e, &v);
}

void engine_raise(void *ctx, const struct finding *f)
{
	struct finding copy = *f;

	engine_decide(ctx, &copy);
}
