/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The world's answers, and the passing of time: fates of single connections, listening ports, half-open census, the
 * kernel's word on a change, expiry.
 */
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "core/engine_state.h"

#define EXPIRE_A_TICK 1024 /* ends handled in one call; the rest waits for the next tick, a fraction of a second */

static bool take_due(struct ask_queue *q, mono_t now, struct ask *out)
{
	if (!q->n || mono_since(now, q->at[q->head].due) < 0)
		return false;
	*out = q->at[q->head];
	q->head = (q->head + 1) % q->size;
	q->n--;
	return true;
}

bool engine_take_ask(struct engine *e, mono_t now, struct ask *out)
{
	if (!take_due(&e->soon, now, out) && !take_due(&e->later, now, out))
		return false;
	e->counters.asks_made++;
	return true;
}

static void fill_tuple(struct finding *f, const struct tuple *t)
{
	f->src = t->src;
	f->dst = t->dst;
	f->sport = t->sport;
	f->dport = t->dport;
	f->proto = t->proto;
	f->if_in = 0;
	f->n_ports = 0;
}

static enum contact_outcome end_of(const struct ask_answer *a)
{
	if (a->fate != FATE_SOCKET && a->fate != FATE_TRACKED)
		return CONTACT_UNFINISHED;
	return a->silent ? CONTACT_SILENT : CONTACT_COMPLETED;
}

/*
 * Whether this answer is proof: the socket's word is, conntrack's from the second time on (as in detect_rate.h). Only
 * of what was for this host: for whom we forward, silence may be a balancer that looks after its own.
 */
static bool is_proof(struct source *s, const struct ask_answer *a)
{
	bool tracked_before = s->flags & SOURCE_TRACKED;

	if (a->fate == FATE_TRACKED)
		s->flags |= SOURCE_TRACKED;
	return a->ask.hook == HOOK_INPUT &&
		(a->fate == FATE_SOCKET || (a->fate == FATE_TRACKED && tracked_before));
}

/* The late end of a first contact with an open port. */
static void answer_scan(struct engine *e, struct source *s, uint64_t hash,
	const struct ask_answer *a, mono_t now)
{
	struct scan_contact c = { .revisit = true,
		.neighbour = engine_is_neighbour(e, &a->ask.tuple.src),
		.patience = (uint8_t)engine_patience(e, &a->ask.tuple.src),
		.proof = source_is_good(s) ? 2 : 1,
		.proven = is_proof(s, a),
		.outcome = end_of(a) };
	struct finding f;
	bool fresh;

	if (scan_count(&e->rules.scan, s, &c, now, &fresh, &f)) {
		fill_tuple(&f, &a->ask.tuple);
		engine_finding_of_source(e, &f, s->key);
		return; /* the measure has pinned the record */
	}
	engine_rate_source(e, s, hash, now);
}

static void answer_rate(struct engine *e, const struct source *s, size_t rule,
	const struct ask_answer *a, mono_t now)
{
	uint64_t key = source_key(&a->ask.tuple.src);
	bool good = s && source_is_good(s);
	const struct tuple *t = &a->ask.tuple;
	enum answer_grade grade = a->fate == FATE_SOCKET ? ANSWER_SOCKET : ANSWER_WEAK;
	struct rate_record *rec;
	struct finding f;
	uint64_t k;

	if (rule >= e->rules.rate.n_rules)
		return; /* a reload has taken it away meanwhile */
	k = rate_key_source(key, e->rules.rate.rules[rule].rule.sid);
	rec = table_find(e->rates, k, table_prefetch(e->rates, k));
	if (!rec)
		return;
	rec->patience = (uint8_t)(engine_patience(e, &t->src) * (good ? 2 : 1));
	if (!rate_answered(&e->rules.rate.rules[rule], rec, grade, now, &f))
		return;
	fill_tuple(&f, t);
	engine_finding_of_source(e, &f, key);
}

/* What a proven connection says of its source's past and of who is behind it. */
static void remember(struct engine *e, struct source *s, uint64_t hash, const struct ask_answer *a,
	mono_t now)
{
	s->flags |= SOURCE_PROVEN;
	source_stack(s, a->ask.stack);
	if (a->fate == FATE_SOCKET && !a->silent && a->ask.rules & (ASK_SCAN | ASK_HISTORY) &&
		source_served(s, now))
		e->known_good++;
	engine_rate_source(e, s, hash, now);
}

/* A source that a spray kept out of the table gets its place by proving itself. */
static struct source *find_or_welcome(struct engine *e, uint64_t key, uint64_t hash, bool proven,
	mono_t now)
{
	struct source *s = table_find(e->sources, key, hash);
	bool fresh;
	uint8_t ghost;

	if (!s && proven)
		s = table_admit_proven(e->sources, key, hash, now, &fresh, &ghost);
	if (s)
		engine_touch(e, s, now);
	return s;
}

void engine_answer(struct engine *e, const struct ask_answer *a, mono_t now)
{
	uint64_t key = source_key(&a->ask.tuple.src), hash = table_prefetch(e->sources, key);
	bool proven = a->fate == FATE_SOCKET || a->fate == FATE_TRACKED;
	struct source *s;

	engine_tell_input(e, &(struct observation){ .kind = OBSERVATION_ANSWER, .at = now, .answer = a });
	e->counters.asks_answered++;
	if (a->ask.rules & ASK_EGRESS) {
		engine_egress_answer(e, a, now);
		return;
	}
	if (a->fate == FATE_UNKNOWN)
		return;
	s = find_or_welcome(e, key, hash, proven, now);
	if (s && proven)
		remember(e, s, hash, a, now);
	if (s && a->ask.rules & ASK_SCAN)
		answer_scan(e, s, hash, a, now);
	if (!proven || !rate_is_news(e->answers, tuple_hash(&e->key, &a->ask.tuple), now))
		return;
	for (size_t i = 0; i < RATE_RULES; i++)
		if (a->ask.rules >> i & 1)
			answer_rate(e, s, i, a, now);
}

bool engine_take_change(struct engine *e, struct change *out)
{
	return !e->panic && ledger_take_change(e->ledger, out);
}

void engine_applied(struct engine *e, const struct change *c, int result, mono_t now)
{
	struct incident *i = incidents_by_id(e->incidents, c->measure.incident);
	bool news = !result || result != c->measure.error; /* a refusal is said once */
	const struct measure *m;

	ledger_answer(e->ledger, c, result, now);
	if (!c->add || result == ERR_AGAIN || !news)
		return;
	m = ledger_find(e->ledger, &c->measure.subject, c->measure.scope);
	if (!m || m->version != c->measure.version)
		return; /* another change has overtaken it */
	if (i) {
		i->effect = result ? EFFECT_REFUSED : EFFECT_APPLIED;
		i->error = result;
		i->effect_at = now;
	}
	if (!result && m->again)
		return;
	(result ? e->counters.unput : e->counters.put)[m->response]++;
	engine_emit_measure(e, result ? EVENT_REFUSED : EVENT_APPLIED, m, now);
}

/* A measure has ended or gone down a rung. */
static void ended(void *ctx, const struct measure *m, enum response next)
{
	struct engine *e = ctx;
	struct incident *i = incidents_by_id(e->incidents, m->incident);
	struct event v = { .kind = EVENT_ENDED, .at = m->until, .incident = m->incident,
		.enforce = e->enforce, .measure = *m, .next = next };

	if (i) {
		i->packets_dropped = m->hits;
		i->effect = next == RESPONSE_OBSERVE ? EFFECT_ENDED : i->effect;
		i->effect_at = m->until;
	}
	if (next == RESPONSE_OBSERVE)
		engine_rearm(e, &m->subject, m->until);
	engine_emit_event(e, &v);
}

/* By what stands now: as long as nothing comes in, a tick that is not due was not due before either. */
static bool is_idle(const struct engine *e, mono_t now)
{
	bool goes_back = e->trial.kind != TRIAL_NONE && now.ns >= e->trial.until.ns;

	return !goes_back && !ledger_is_due(e->ledger, now, e->rules.policy.forget_ns) &&
		!spray_is_due(e->spray, &e->rules.spray, now) && !brute_due(e->brute, now);
}

void engine_tick(struct engine *e, mono_t now)
{
	struct finding f;

	if (e->observe)
		engine_tell_input(e, &(struct observation){ .kind = OBSERVATION_TICK, .at = now,
			.idle = is_idle(e, now) });
	engine_trial_tick(e, now);
	ledger_tick(e->ledger, now, EXPIRE_A_TICK, e->rules.policy.forget_ns, ended, e);
	if (spray_tick(e->spray, &e->rules.spray, now, &f))
		engine_decide(e, &f);
	engine_egress_tick(e, now);
	engine_allow_tick(e, now);
	engine_tick_host(e, now);
}

void engine_lost(struct engine *e, const struct measure *m, const char *who, mono_t now)
{
	const struct measure *is = ledger_find(e->ledger, &m->subject, m->scope);
	char subject[PREFIX_TEXT] = "the host or a service", said[sizeof(((struct event *)0)->text)];
	struct text t = text_over(said, sizeof(said));

	if (!is || is->response != m->response || !ledger_lost(e->ledger, is))
		return;
	if (is->subject.kind == SUBJECT_SOURCE)
		prefix_format(&is->subject.source, subject, sizeof(subject));
	text_addf(&t, "%s of %s was taken out of the kernel (%s); it is put back",
		response_name(is->response), subject, who);
	engine_note(e, EVENT_NOTICE, false, said, now);
}

void engine_looked(struct engine *e, const struct measure *m, const struct ledger_look *k, mono_t now)
{
	ledger_looked(e->ledger, m, k, now);
}

void engine_table_lost(struct engine *e, const char *what, mono_t now)
{
	ledger_rewant(e->ledger);
	allow_want_lost(e->egress.want, now);
	if (what)
		engine_note(e, EVENT_NOTICE, false, what, now);
}
