/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a scenario may demand. Events before the last "clear" are over. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "scenario.h"

static bool same_source(const struct subject *a, const struct subject *b)
{
	return subject_equal(a, b);
}

static const struct event *last_event(const struct story *s, enum event_kind kind,
	const char *rule, const struct subject *who)
{
	for (size_t i = s->world.n_events; i-- > s->mark;) {
		const struct event *e = &s->world.events[i];
		const struct subject *about = kind == EVENT_FINDING ? &e->finding.subject :
			&e->measure.subject;

		if (e->kind == kind && (!rule || text_glob(rule, e->finding.rule.name)) &&
			(!who || same_source(about, who)))
			return e;
	}
	return NULL;
}

static size_t count_findings(const struct story *s, const char *rule, const struct subject *who)
{
	size_t n = 0;

	for (size_t i = s->mark; i < s->world.n_events; i++) {
		const struct event *e = &s->world.events[i];

		n += e->kind == EVENT_FINDING && text_glob(rule, e->finding.rule.name) &&
			(!who || same_source(&e->finding.subject, who));
	}
	return n;
}

static bool finding_details(const struct story *s, const struct event *e)
{
	const char *proof = story_after(s, "proof"), *count = story_after(s, "count");
	const char *response = story_after(s, "response");

	if (proof && strcmp(proof, proof_name(e->finding.proof)))
		return story_fail(s, "proof is %s", proof_name(e->finding.proof));
	if (count && strtoul(count, NULL, 10) != e->finding.count)
		return story_fail(s, "count is %u", e->finding.count);
	if (response && strcmp(response, response_name(e->decision.response)))
		return story_fail(s, "response is %s", response_name(e->decision.response));
	return true;
}

/* expect finding RULE [SUBJECT] [proof P] [count N] [times N] */
static bool expect_finding(struct story *s)
{
	const char *rule = s->n_words > 2 ? s->words[2] : "*", *times = story_after(s, "times");
	const struct event *e;
	struct subject who;
	bool named = s->n_words > 3 && (strpbrk(s->words[3], ".:/") || !strcmp(s->words[3], "host"));

	if (named && !story_subject(s, s->words[3], &who))
		return false;
	e = last_event(s, EVENT_FINDING, rule, named ? &who : NULL);
	if (!e)
		return story_fail(s, "nothing found that is called %s", rule);
	if (times && strtoul(times, NULL, 10) != count_findings(s, rule, named ? &who : NULL))
		return story_fail(s, "found %zu times", count_findings(s, rule, named ? &who : NULL));
	return finding_details(s, e);
}

/* expect nothing [RULE] [SUBJECT]: no such finding */
static bool expect_nothing(struct story *s)
{
	const char *rule = s->n_words > 2 ? s->words[2] : "*";
	const struct event *e;
	struct subject who;

	if (s->n_words > 3 && !story_subject(s, s->words[3], &who))
		return false;
	e = last_event(s, EVENT_FINDING, rule, s->n_words > 3 ? &who : NULL);
	return !e || story_fail(s, "found %s (%s)", e->finding.rule.name, e->finding.rule.origin);
}

static const struct measure *measure_of(const struct story *s, const struct subject *who)
{
	const struct ledger *l = engine_ledger(s->world.engine);
	const struct measure *m;

	for (size_t at = 0; (m = ledger_next(l, &at));)
		if (m->state != MEASURE_FREE && same_source(&m->subject, who))
			return m;
	return NULL;
}

/* About as long: time passes in steps. */
static bool near(int64_t a, int64_t b)
{
	int64_t slack = b / 50 + 2 * NS_PER_S;

	return a > b - slack && a < b + slack;
}

/* expect measure RESPONSE SUBJECT [for D] [state S] [scope service] */
static bool expect_measure(struct story *s)
{
	const char *left = story_after(s, "for"), *state = story_after(s, "state");
	const char *scope = story_after(s, "scope");
	const struct measure *m;
	struct subject who;
	int64_t ns;

	if (s->n_words < 4 || !story_subject(s, s->words[3], &who))
		return story_fail(s, "expect measure RESPONSE SUBJECT");
	m = measure_of(s, &who);
	if (!m)
		return story_fail(s, "no measure stands against %s", s->words[3]);
	if (strcmp(s->words[2], response_name(m->response)))
		return story_fail(s, "it is %s", response_name(m->response));
	if (state && strcmp(state, measure_state_name(m->state)))
		return story_fail(s, "its state is %s", measure_state_name(m->state));
	if (scope && strcmp(scope, scope_name(m->scope)))
		return story_fail(s, "its scope is %s", scope_name(m->scope));
	if (!left)
		return true;
	if (!story_duration(s, left, &ns))
		return false;
	return near(mono_since(m->until, s->world.now), ns) || story_fail(s, "%lld s are left",
		(long long)(mono_since(m->until, s->world.now) / NS_PER_S));
}

static bool expect_free(struct story *s)
{
	const struct measure *m;
	struct subject who;

	if (s->n_words != 3 || !story_subject(s, s->words[2], &who))
		return story_fail(s, "expect free SUBJECT");
	m = measure_of(s, &who);
	return !m || story_fail(s, "%s stands against it", response_name(m->response));
}

/* expect kernel RESPONSE|nothing SUBJECT; expect kernel empty; expect kernel holds N */
static bool expect_kernel(struct story *s)
{
	const struct element *el;
	struct subject who;
	const char *holds = story_after(s, "holds");

	if (holds)
		return s->world.n_elements == strtoul(holds, NULL, 10) ||
			story_fail(s, "it holds %zu", s->world.n_elements);
	if (s->n_words == 3 && !strcmp(s->words[2], "empty"))
		return !s->world.n_elements || story_fail(s, "it holds %zu", s->world.n_elements);
	if (s->n_words != 4 || !story_subject(s, s->words[3], &who))
		return story_fail(s, "expect kernel RESPONSE SUBJECT");
	el = world_element(&s->world, &who);
	if (!strcmp(s->words[2], "nothing"))
		return !el || story_fail(s, "it holds %s", response_name(el->response));
	if (!el)
		return story_fail(s, "it holds nothing");
	return !strcmp(s->words[2], response_name(el->response)) ||
		story_fail(s, "it holds %s", response_name(el->response));
}

/* expect verdict accept|drop: the last one; expect verdicts accepted N dropped M: of the last send */
static bool expect_verdict(struct story *s)
{
	const char *word = s->n_words == 3 ? s->words[2] : "";
	bool drop = s->world.verdict == VERDICT_DROP;

	return strcmp(word, drop ? "drop" : "accept") == 0 ||
		story_fail(s, "it was %s", drop ? "drop" : "accept");
}

static bool expect_verdicts(struct story *s)
{
	const unsigned *v = s->world.verdicts;
	const char *a = story_after(s, "accepted"), *d = story_after(s, "dropped");

	if ((a && strtoul(a, NULL, 10) != v[VERDICT_ACCEPT]) ||
		(d && strtoul(d, NULL, 10) != v[VERDICT_DROP]))
		return story_fail(s, "%u accepted, %u dropped", v[VERDICT_ACCEPT], v[VERDICT_DROP]);
	return a || d || story_fail(s, "expect verdicts accepted N dropped N");
}

static const struct {
	const char *word;
	enum decision_step step;
} steps[] = {
	{ "matched", STEP_MATCHED }, { "unmatched", STEP_NO_MATCH }, { "rung", STEP_RUNG },
	{ "grown", STEP_TTL_GROWN }, { "capped", STEP_CAPPED }, { "forgery", STEP_FORGERY },
	{ "guarded", STEP_GUARDED }, { "detect", STEP_DETECT }, { "duplicate", STEP_DUPLICATE },
	{ "full", STEP_FULL },
	{ "shared", STEP_SHARED },
	{ "good", STEP_GOOD },
	{ "budget", STEP_BUDGET },
};

/* expect step WORD: the last decision went that way */
static bool expect_step(struct story *s)
{
	const struct event *e = last_event(s, EVENT_FINDING, NULL, NULL);

	for (size_t i = 0; e && s->n_words == 3 && i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (strcmp(steps[i].word, s->words[2]))
			continue;
		for (size_t k = 0; k < e->decision.n_steps; k++)
			if (e->decision.steps[k].step == steps[i].step)
				return true;
		return story_fail(s, "it did not go that way");
	}
	return story_fail(s, "no decision, or no such step");
}

static bool expect_event(struct story *s)
{
	static const struct {
		const char *word;
		enum event_kind kind;
	} kinds[] = { { "applied", EVENT_APPLIED }, { "refused", EVENT_REFUSED },
		{ "ended", EVENT_ENDED }, { "mode", EVENT_MODE }, { "notice", EVENT_NOTICE },
		{ "alarm", EVENT_ALARM } };
	struct subject who;
	bool named = s->n_words > 3;

	if (s->n_words < 3 || (named && !story_subject(s, s->words[3], &who)))
		return story_fail(s, "expect event KIND [SUBJECT]");
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i].word, s->words[2]))
			return last_event(s, kinds[i].kind, NULL, named ? &who : NULL) ||
				story_fail(s, "no such event");
	return story_fail(s, "no such kind of event");
}

static bool expect_counter(struct story *s)
{
	const struct engine_counters *c = engine_counters(s->world.engine);
	struct table_stats t;
	uint64_t n, want = s->n_words == 4 ? strtoull(s->words[3], NULL, 10) : 0;

	engine_source_stats(s->world.engine, &t);
	if (s->n_words != 4)
		return story_fail(s, "expect counter NAME N");
	if (!strcmp(s->words[2], "late_answers"))
		n = c->late_answers;
	else if (!strcmp(s->words[2], "late_grace"))
		n = c->late_grace;
	else if (!strcmp(s->words[2], "backscatter"))
		n = c->backscatter;
	else if (!strcmp(s->words[2], "guarded"))
		n = c->guarded;
	else if (!strcmp(s->words[2], "sources"))
		n = t.records;
	else
		return story_fail(s, "no such counter");
	return n == want || story_fail(s, "it is %llu", (unsigned long long)n);
}

static const struct {
	const char *name;
	bool (*run)(struct story *s);
} kinds[] = {
	{ "finding", expect_finding }, { "nothing", expect_nothing },
	{ "measure", expect_measure }, { "free", expect_free }, { "kernel", expect_kernel },
	{ "verdict", expect_verdict }, { "verdicts", expect_verdicts }, { "step", expect_step },
	{ "event", expect_event }, { "counter", expect_counter },
};

bool verb_expect(struct story *s)
{
	for (size_t i = 0; s->n_words > 1 && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i].name, s->words[1]))
			return kinds[i].run(s);
	return story_fail(s, "expect what?");
}
