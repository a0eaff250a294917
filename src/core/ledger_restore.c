/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an earlier run remembered comes back: as a new want, as what is known of a measure
 * that was found in the kernel, or as the memory of offences alone.
 */
#include "base/err.h"
#include "core/ledger_state.h"

static struct decision decision_of(const struct measure *m, mono_t now)
{
	struct decision d = { .response = m->response, .scope = m->scope,
		.subject = m->subject, .ttl_ns = mono_since(m->until, now),
		.limit_rate = m->limit_rate, .limit_burst = m->limit_burst, .limit_kib = m->limit_kib,
		.rung = m->rung, .rungs = m->rungs, .base_ttl_ns = m->base_ttl_ns };

	for (size_t i = 0; i < POLICY_RUNGS; i++)
		d.ladder[i] = m->ladder[i];
	return d;
}

static bool sound(const struct measure *m)
{
	return m->rungs <= POLICY_RUNGS && (!m->rungs || m->rung < m->rungs) &&
		(m->origin == ORIGIN_DETECTOR || m->origin == ORIGIN_MANUAL ||
			m->origin == ORIGIN_ADOPTED);
}

/* The kernel knew who, what and how long; why, and what comes after it, it did not. */
static void tell(struct slot *s, const struct measure *m)
{
	if (s->m.offences < m->offences)
		s->m.offences = m->offences;
	if (s->m.state == MEASURE_FREE || s->m.response != m->response)
		return;
	s->m.origin = m->origin;
	s->m.incident = m->incident;
	s->m.base_ttl_ns = m->base_ttl_ns;
	s->m.rung = m->rung;
	s->m.rungs = m->rungs;
	for (size_t i = 0; i < POLICY_RUNGS; i++)
		s->m.ladder[i] = m->ladder[i];
	if (m->since.ns < s->m.since.ns)
		s->m.since = m->since;
}

static int remember(struct ledger *l, const struct measure *m, int64_t forget_ns,
	mono_t now)
{
	struct slot *s;
	int err;

	if (!m->offences || m->forget_at.ns <= now.ns)
		return ERR_RANGE;
	err = ledger_slot_admit(l, &m->subject, m->scope, false, &s);
	if (err)
		return err;
	s->m.offences = m->offences;
	s->quiet = mono_add(m->forget_at, -forget_ns);
	if (s->quiet.ns > now.ns)
		s->quiet = now;
	l->forget_ns = forget_ns;
	ledger_slot_close(l, s);
	return 0;
}

int ledger_restore(struct ledger *l, const struct measure *m, int64_t forget_ns,
	mono_t now)
{
	struct slot *s = ledger_slot_find(l, &m->subject, m->scope);
	enum measure_origin origin = m->origin == ORIGIN_MANUAL ? ORIGIN_MANUAL :
		ORIGIN_DETECTOR;
	const struct measure *out;
	struct decision d;
	int err;

	if (!sound(m))
		return ERR_INVALID;
	if (s && (s->m.state != MEASURE_FREE || m->state == MEASURE_FREE)) {
		ledger_slot_open(l, s);
		tell(s, m);
		ledger_slot_close(l, s);
		return ERR_EXISTS;
	}
	if (m->state == MEASURE_FREE)
		return remember(l, m, forget_ns, now);
	if (m->until.ns <= now.ns)
		return ERR_RANGE;
	d = decision_of(m, now);
	err = ledger_want(l, &d, origin, m->incident, false, (mono_t){ 0 }, now, &out);
	if (err)
		return err;
	s = &l->slots[out->id];
	s->m.offences = m->offences;
	s->m.since = m->since;
	s->m.again = true;
	return 0;
}
