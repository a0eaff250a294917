/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a finding to a decision, in the order in which the steps are numbered: which
 * reaction, which rung, whom it is about, what proof allows, for how long. Guards, the
 * mode and the ledger come after it, in the engine.
 */
#include "core/policy.h"

#include <string.h>

#include "base/text.h"

void decision_note(struct decision *d, enum decision_step step, uint32_t value)
{
	if (d->n_steps == DECISION_STEPS)
		return;
	d->steps[d->n_steps].step = (uint8_t)step;
	d->steps[d->n_steps++].value = value;
}

const char *decision_step_text(enum decision_step s)
{
	switch (s) {
	case STEP_MATCHED:
		return "a reaction of the policy matched";
	case STEP_NO_MATCH:
		return "no reaction of the policy matched";
	case STEP_RUNG:
		return "earlier offences chose the rung";
	case STEP_TTL_GROWN:
		return "the time was multiplied for returning";
	case STEP_CAPPED:
		return "more was wanted than the proof or the subject allows";
	case STEP_FORGERY:
		return "the policy accepts evidence that can be forged";
	case STEP_GUARDED:
		return "a guard forbids it";
	case STEP_DETECT:
		return "detect mode: recorded, not done";
	case STEP_DUPLICATE:
		return "a measure at least as strong stands already";
	case STEP_FULL:
		return "the ledger has no room";
	case STEP_SHARED:
		return "several hosts share this address: limited at most";
	case STEP_GOOD:
		return "it has been served for long: limited at most, for once";
	case STEP_BUDGET:
		return "our own power is at its bounds: recorded, not done";
	}
	return "unknown step";
}

static const struct reaction *match(const struct policy *p, const struct finding *f,
	size_t *index)
{
	for (size_t i = 0; i < p->n_reactions; i++) {
		const struct reaction *r = &p->reactions[i];

		if (r->rungs && proof_reaches(f->proof, r->proof) && text_glob(r->on, f->rule.name)) {
			*index = i;
			return r;
		}
	}
	return NULL;
}

static bool names_service(const struct finding *f)
{
	return f->dport != 0 && (f->proto == PROTO_TCP || f->proto == PROTO_UDP ||
		f->proto == PROTO_SCTP);
}

/* Never narrower than the evidence, and a length that nobody wrote is the family's own:
 * no slip may mean 0.0.0.0/0. */
static struct prefix widened(const struct reaction *r, const struct prefix *p)
{
	bool v4 = p->addr.family == FAMILY_V4;
	unsigned len = v4 ? r->v4_len : r->v6_len;

	if (len == 0 || len > p->len)
		len = p->len;
	return prefix_of(&p->addr, len);
}

/* Whom the response is about: service-limit upon a source's finding is about the service
 * that it went for, egress-allowlist upon a destination's about whoever went there: where
 * nobody knows who, all others are not shut in for him. */
static struct subject subject_of(const struct reaction *r, const struct finding *f,
	enum response wanted)
{
	struct subject s = f->subject;

	if (s.kind == SUBJECT_DESTINATION && wanted == RESPONSE_EGRESS_ALLOWLIST && actor_valid(&f->actor) &&
		f->actor.kind != ACTOR_HOST)
		return (struct subject){ .kind = SUBJECT_ACTOR, .actor = f->actor };
	if (s.kind != SUBJECT_SOURCE)
		return s;
	if (wanted == RESPONSE_SERVICE_LIMIT && names_service(f))
		return (struct subject){ .kind = SUBJECT_SERVICE, .proto = f->proto,
			.port = f->dport };
	return (struct subject){ .kind = SUBJECT_SOURCE, .source = widened(r,
		&s.source) };
}

/* What a response comes to for this kind of subject: what makes no sense for it is not
 * done in another form. */
static enum response fitted(enum response r, enum subject_kind kind)
{
	switch (kind) {
	case SUBJECT_SOURCE:
		return r < RESPONSE_SERVICE_LIMIT ? r : RESPONSE_OBSERVE;
	case SUBJECT_DESTINATION:
		if (r == RESPONSE_EGRESS_ALLOWLIST)
			return RESPONSE_EGRESS_REFUSE; /* by somebody: see subject_of */
		return r == RESPONSE_EGRESS_LIMIT || r == RESPONSE_EGRESS_REFUSE ? r : RESPONSE_OBSERVE;
	case SUBJECT_ACTOR:
		return r == RESPONSE_EGRESS_LIMIT || r == RESPONSE_EGRESS_ALLOWLIST ? r : RESPONSE_OBSERVE;
	case SUBJECT_SERVICE:
		return r == RESPONSE_SERVICE_LIMIT ? r : RESPONSE_OBSERVE;
	case SUBJECT_HOST:
		return r == RESPONSE_OBSERVE || r >= RESPONSE_SERVICE_LIMIT ?
			RESPONSE_OBSERVE : RESPONSE_SHIELD;
	case SUBJECT_NONE:
		break;
	}
	return RESPONSE_OBSERVE;
}

static enum response allowed(const struct reaction *r, const struct finding *f,
	enum response wanted,
	enum subject_kind kind)
{
	enum response fit = fitted(wanted, kind), cap = response_cap(f->proof, kind);

	if (finding_is_news(f->kind))
		return RESPONSE_OBSERVE; /* also where forgery is accepted: it is not about forgery */
	return fit > cap && !r->accept_forgery ? cap : fit;
}

/*
 * The ladder as it will be climbed down. Rungs that the cap has made equal become one: a
 * ladder that may only shield shields once, it does not go down from shield to shield.
 */
static void lay_ladder(const struct reaction *r, const struct finding *f, uint8_t rung,
	struct decision *out)
{
	for (uint8_t i = 0; i < r->rungs && i < POLICY_RUNGS; i++) {
		enum response got = allowed(r, f, r->ladder[i], out->subject.kind);
		bool same = out->rungs && got != r->ladder[i] &&
			out->ladder[out->rungs - 1] == got;

		if (!same)
			out->ladder[out->rungs++] = got;
		if (i == rung)
			out->rung = (uint8_t)(out->rungs - 1);
	}
	out->response = out->ladder[out->rung];
}

static void note_cap(const struct reaction *r, const struct finding *f,
	enum response wanted, struct decision *out)
{
	enum subject_kind kind = out->subject.kind;

	if (out->response != wanted)
		decision_note(out, STEP_CAPPED, wanted);
	else if (r->accept_forgery && wanted > response_cap(f->proof, kind))
		decision_note(out, STEP_FORGERY, wanted);
}

/* Doubling (or whatever the factor is) for each return, without overflow on the way to
 * the longest. */
static void set_time(const struct reaction *r, uint16_t offences, struct decision *out)
{
	int64_t max = r->max_ns > 0 ? r->max_ns : r->ttl_ns;
	int64_t ttl = r->ttl_ns < max ? r->ttl_ns : max;

	out->base_ttl_ns = ttl;
	for (uint16_t i = 0; r->factor > 1 && ttl > 0 && ttl < max && i < offences; i++)
		ttl = ttl > max / (int64_t)r->factor ? max : ttl * (int64_t)r->factor;
	out->ttl_ns = ttl;
	if (ttl > out->base_ttl_ns) {
		int64_t times = ttl / out->base_ttl_ns;

		decision_note(out, STEP_TTL_GROWN, times > UINT32_MAX ?
			UINT32_MAX : (uint32_t)times);
	}
}

/* One service of the source alone: only where a new connection is what is held back, and
 * where a port is known. */
static void set_scope(const struct reaction *r, const struct finding *f,
	struct decision *out)
{
	bool narrow = out->response == RESPONSE_LIMIT || out->response == RESPONSE_REFUSE;

	if (r->scope != SCOPE_SERVICE || !narrow || out->subject.kind != SUBJECT_SOURCE ||
		!names_service(f))
		return;
	out->scope = SCOPE_SERVICE;
	out->subject.proto = f->proto;
	out->subject.port = f->dport;
}

void policy_decide(const struct policy *p, const struct finding *f, uint16_t offences,
	struct decision *out)
{
	size_t index = 0;
	const struct reaction *r = match(p, f, &index);
	enum response wanted;
	uint8_t rung = 0;

	*out = (struct decision){ .subject = f->subject, .offence = offences };
	text_copy(out->policy, sizeof(out->policy), p->name);
	if (!r) {
		decision_note(out, STEP_NO_MATCH, 0);
		return;
	}
	text_copy(out->origin, sizeof(out->origin), r->origin);
	decision_note(out, STEP_MATCHED, (uint32_t)index);
	decision_note(out, STEP_RUNG, offences);
	while (rung < offences && rung + 1 < r->rungs && rung + 1 < POLICY_RUNGS)
		rung++;
	wanted = r->ladder[rung];
	out->subject = subject_of(r, f, wanted);
	lay_ladder(r, f, rung, out);
	note_cap(r, f, wanted, out);
	set_scope(r, f, out);
	if (out->response == RESPONSE_OBSERVE)
		return;
	set_time(r, offences, out);
	out->limit_rate = r->limit_rate;
	out->limit_burst = r->limit_burst;
	out->limit_kib = r->limit_kib;
}
