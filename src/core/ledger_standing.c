/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Measures without the kernel: what a decision or a slot says is to be in force, which of
 * two is the stronger, and what makes sense for whom.
 */
#include "core/ledger_state.h"

const struct standing ledger_nothing = { .until = { 0 } };

struct standing ledger_standing_of_decision(const struct decision *d,
	enum measure_origin origin, uint64_t incident,
	mono_t now)
{
	struct standing n = { .until = mono_add(now, d->ttl_ns),
		.base_ttl_ns = d->base_ttl_ns,
		.incident = incident, .limit_rate = d->limit_rate,
			.limit_burst = d->limit_burst, .limit_kib = d->limit_kib,
		.response = (uint8_t)d->response, .origin = (uint8_t)origin,
		.rung = d->rung, .rungs = d->rungs };

	for (size_t i = 0; i < POLICY_RUNGS; i++)
		n.ladder[i] = (uint8_t)d->ladder[i];
	return n;
}

struct standing ledger_standing_of_measure(const struct measure *m)
{
	struct standing n = { .until = m->until, .base_ttl_ns = m->base_ttl_ns,
		.incident = m->incident, .limit_rate = m->limit_rate,
			.limit_burst = m->limit_burst, .limit_kib = m->limit_kib,
		.response = (uint8_t)m->response, .origin = (uint8_t)m->origin,
		.rung = m->rung, .rungs = m->rungs };

	for (size_t i = 0; i < POLICY_RUNGS; i++)
		n.ladder[i] = (uint8_t)m->ladder[i];
	return n;
}

/* Of two limits the lower rate is the stronger. */
uint64_t ledger_standing_strength(const struct standing *n)
{
	bool rated = n->response == RESPONSE_LIMIT || n->response == RESPONSE_SERVICE_LIMIT ||
		n->response == RESPONSE_EGRESS_LIMIT;

	return (uint64_t)n->response << 32 | (rated ? UINT32_MAX - n->limit_rate : 0);
}

/* Puts it in force in an opened slot. */
void ledger_standing_put(struct slot *s, const struct standing *n,
	enum measure_state state, mono_t since)
{
	struct measure *m = &s->m;

	m->version++;
	m->state = state;
	m->response = (enum response)n->response;
	m->origin = (enum measure_origin)n->origin;
	m->since = since;
	m->until = n->until;
	m->trigger = m->applied = m->forget_at = (mono_t){ 0 };
	m->base_ttl_ns = n->base_ttl_ns;
	m->limit_rate = n->limit_rate;
	m->limit_burst = n->limit_burst;
	m->limit_kib = n->limit_kib;
	for (size_t i = 0; i < POLICY_RUNGS; i++)
		m->ladder[i] = (enum response)n->ladder[i];
	m->rungs = n->rungs;
	m->rung = n->rung;
	m->incident = n->incident;
	m->error = 0;
	m->kernel_packets = m->kernel_bytes = 0;
	m->looked = (mono_t){ 0 };
	m->bite = m->leak = 0;
	m->again = false;
	s->descended = s->retried = false;
}

bool ledger_fits(enum response r, enum subject_kind kind)
{
	switch (kind) {
	case SUBJECT_SOURCE:
		return r >= RESPONSE_SHIELD && r <= RESPONSE_DROP;
	case SUBJECT_SERVICE:
		return r == RESPONSE_SERVICE_LIMIT;
	case SUBJECT_HOST:
		return r == RESPONSE_SHIELD;
	case SUBJECT_DESTINATION:
		return r == RESPONSE_EGRESS_LIMIT || r == RESPONSE_EGRESS_REFUSE;
	case SUBJECT_ACTOR:
		return r == RESPONSE_EGRESS_LIMIT || r == RESPONSE_EGRESS_ALLOWLIST;
	case SUBJECT_NONE:
		break;
	}
	return false;
}
