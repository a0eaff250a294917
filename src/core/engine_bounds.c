/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What holds our own hand back beside proof and guards: those who share an address with an offender, those whom the
 * administrator has called wronged, and the budgets of all that we do. Called by engine_decide, and by those who
 * weigh evidence.
 */
#include <stdio.h>

#include "core/engine_state.h"

#define SHARED_RATE 20  /* connections a second, where the reaction that is capped names none: some browsers' worth */
#define SHARED_BURST 40
#define ALARM_NS (60 * NS_PER_S)

static const struct source *source_of(const struct engine *e, const struct addr *a)
{
	uint64_t key = source_key(a);

	return table_find(e->sources, key, table_prefetch(e->sources, key));
}

/*
 * A proxy or a balancer holds what its clients hold, and all of it when the program behind stalls. Who was served for
 * hours is limited at first; it costs him his history, so that the next time he is anybody.
 */
static bool holds_as_a_peer(const struct source *s, const struct finding *f)
{
	return (f->kind == FINDING_HOLD || f->kind == FINDING_SLOW) && source_is_good(s);
}

/* Ladder and all, or its next rung would do what this one must not. */
void engine_cap_shared(const struct engine *e, const struct finding *f, struct decision *d)
{
	const struct source *s;
	bool shared;

	if (d->subject.kind != SUBJECT_SOURCE || d->response <= RESPONSE_LIMIT)
		return;
	s = source_of(e, &f->src);
	shared = s && s->flags & SOURCE_SHARED;
	if (!shared && !(s && holds_as_a_peer(s, f)))
		return;
	decision_note(d, shared ? STEP_SHARED : STEP_GOOD, d->response);
	d->response = RESPONSE_LIMIT;
	for (size_t i = 0; i < d->rungs; i++)
		if (d->ladder[i] > RESPONSE_LIMIT)
			d->ladder[i] = RESPONSE_LIMIT;
	if (!d->limit_rate) {
		d->limit_rate = SHARED_RATE;
		d->limit_burst = SHARED_BURST;
	}
}

unsigned engine_patience(const struct engine *e, const struct addr *a)
{
	return e->excuses.n ? excuses_patience(&e->excuses, a) : 1;
}

/*
 * Whoever has an IPv6 /48, as a home or a rented server may, has 65,536 of our sources, all real. He must not be able to
 * use up what is meant to notice our own mistakes, for that would switch us off.
 */
static uint64_t network_of(const struct addr *a)
{
	return a->family == FAMILY_V6 ? source_key(a) >> 16 : 0;
}

/* Who would feel it is who sends to us, or whom we send to. */
static const struct addr *whom(const struct decision *d, const struct finding *f)
{
	return d->subject.kind == SUBJECT_SOURCE ? &f->src : &f->dst;
}

static struct budget_case case_of(const struct engine *e, const struct addr *who)
{
	const struct source *s = source_of(e, who);
	struct ledger_stats l;

	ledger_stats(e->ledger, &l);
	return (struct budget_case){
		.source = who->family == FAMILY_V6 ? network_of(who) : source_key(who),
		.network = network_of(who),
		.known_good = s && source_is_good(s),
		.known_good_total = e->known_good,
		.standing = l.costly,
	};
}

static void alarm_of(struct engine *e, enum budget_word w, const struct budget_case *c, mono_t now)
{
	const struct budget_opts *o = &e->rules.budget;
	struct event v = { .kind = EVENT_ALARM, .at = now };

	if (e->alarmed.ns && mono_since(now, e->alarmed) < ALARM_NS)
		return;
	e->alarmed = now;
	e->counters.alarms++;
	if (o->over == BUDGET_OVER_DETECT) {
		engine_put_mode(e, false, now); /* of itself: no input */
		e->counters.fallbacks++;
	}
	v.enforce = e->enforce;
	snprintf(v.text, sizeof(v.text), "more than %llu %s: %s",
		(unsigned long long)budget_bound(o, w, c->known_good_total), budget_word_text(w),
		e->enforce ? "what stands stays, nothing new is done" : "back to detect mode, all are free");
	engine_emit_event(e, &v);
}

/* Said, with a gate of its own: what one network does must not silence the alarm of all. */
static void alarm_of_network(struct engine *e, const struct finding *f, mono_t now)
{
	struct event v = { .kind = EVENT_ALARM, .at = now, .enforce = e->enforce };
	struct prefix p = prefix_of(&f->src, 48);
	char network[PREFIX_TEXT];

	if (e->alarmed_network.ns && mono_since(now, e->alarmed_network) < ALARM_NS)
		return;
	e->alarmed_network = now;
	e->counters.alarms++;
	prefix_format(&p, network, sizeof(network));
	snprintf(v.text, sizeof(v.text), "more than %llu %s: nothing new is done to %s for a while",
		(unsigned long long)budget_bound(&e->rules.budget, BUDGET_NETWORK, 0),
		budget_word_text(BUDGET_NETWORK), network);
	engine_emit_event(e, &v);
}

static bool stands_already(const struct engine *e, const struct decision *d)
{
	const struct measure *m = ledger_find(e->ledger, &d->subject, d->scope);

	return m && m->state != MEASURE_FREE && m->response >= RESPONSE_LIMIT;
}

/* In detect mode, where nothing is done, nothing is spent. */
bool engine_within_budget(struct engine *e, struct decision *d, const struct finding *f)
{
	struct budget_case c;
	enum budget_word w;

	if (!e->enforce || e->panic || d->response < RESPONSE_LIMIT || d->response == RESPONSE_SERVICE_LIMIT || stands_already(e, d))
		return true;
	c = case_of(e, whom(d, f));
	w = budget_ask(&e->rules.budget, &e->budget, &c, f->at);
	if (w == BUDGET_FINE) {
		budget_charge(&e->budget, &c, f->at);
		return true;
	}
	decision_note(d, STEP_BUDGET, w);
	if (w == BUDGET_NETWORK)
		alarm_of_network(e, f, f->at);
	else
		alarm_of(e, w, &c, f->at);
	return false;
}
