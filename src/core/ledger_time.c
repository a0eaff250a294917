/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What time does to the ledger: measures end, subjects go down their ladder rung by rung,
 * offences are forgotten.
 */
#include "core/ledger_state.h"

/* The next rung down that does no more than the one that has ended; until 0 at the foot
 * of the ladder. */
static struct standing rung_below(const struct measure *m)
{
	struct standing n = ledger_standing_of_measure(m);

	while (n.rung > 0 && n.rung < POLICY_RUNGS) {
		enum response r = (enum response)n.ladder[--n.rung];

		if (r == RESPONSE_OBSERVE)
			break;
		if (r > m->response || !ledger_fits(r, m->subject.kind))
			continue;
		n.response = (uint8_t)r;
		n.until = mono_add(m->until, m->base_ttl_ns);
		if (m->base_ttl_ns > 0)
			return n;
	}
	return ledger_nothing;
}

/* Which of the two ways on comes first, and whether the other still follows it. */
static struct standing successor(const struct slot *s, struct standing *rest)
{
	struct standing down = rung_below(&s->m), first = s->rest, second = down;

	if (ledger_standing_strength(&down) >= ledger_standing_strength(&first)) {
		first = down;
		second = s->rest;
	}
	*rest = second.until.ns > first.until.ns ? second : ledger_nothing;
	return first;
}

/*
 * Times follow from the end that was set, not from when the tick came by: what the kernel
 * times out by itself and what the ledger says stay together, and a late tick lengthens
 * nothing.
 */
static void expire(struct ledger *l, struct slot *s, mono_t now, ledger_ended ended,
	void *ctx)
{
	enum measure_state state = s->m.state == MEASURE_SHADOW ?
		MEASURE_SHADOW : MEASURE_WANTED;
	mono_t at = s->m.until;
	struct standing rest, next = successor(s, &rest);
	bool goes_on = next.until.ns > at.ns;

	if (ended)
		ended(ctx, &s->m, goes_on ?
			(enum response)next.response : RESPONSE_OBSERVE);
	ledger_slot_open(l, s);
	ledger_lapse(s, now);
	s->rest = rest;
	if (goes_on) {
		ledger_standing_put(s, &next, state, at);
		s->descended = true;
	} else {
		s->m.version++;
		s->m.state = MEASURE_FREE;
		s->quiet = at;
	}
	ledger_slot_close(l, s);
	ledger_prefix_review(l, s);
}

/* Memories of a measure that ended at 'quiet'. */
static void catch_up_memory(struct measure *m, mono_t quiet, int64_t forget_ns, mono_t now)
{
	if (!m->forget_at.ns)
		m->forget_at = mono_add(quiet, forget_ns);
	for (; m->offences && m->forget_at.ns <= now.ns && forget_ns > 0; m->offences--)
		m->forget_at = mono_add(m->forget_at, forget_ns);
}

void ledger_catch_up(struct measure *m, int64_t forget_ns, mono_t now)
{
	if (m->state == MEASURE_FREE) {
		catch_up_memory(m, now, forget_ns, now);
		return;
	}
	while (m->until.ns <= now.ns) {
		struct standing n = rung_below(m);

		/* Not by its end: that of nothing is later than one before this boot. */
		if (n.response == RESPONSE_OBSERVE) {
			m->state = MEASURE_FREE;
			m->forget_at = (mono_t){ 0 };
			catch_up_memory(m, m->until, forget_ns, now);
			return;
		}
		m->response = (enum response)n.response;
		m->rung = n.rung;
		m->since = m->until;
		m->until = n.until;
	}
}

static void forget(struct ledger *l, struct slot *s, int64_t forget_ns)
{
	ledger_slot_open(l, s);
	s->m.offences--;
	s->quiet = mono_add(s->quiet, forget_ns);
	ledger_slot_close(l, s);
}

bool ledger_is_due(const struct ledger *l, mono_t now, int64_t forget_ns)
{
	return l->forget_ns != forget_ns || ledger_slot_due(l, &l->ends, now) ||
		ledger_slot_due(l, &l->memories, mono_add(now, -forget_ns));
}

void ledger_tick(struct ledger *l, mono_t now, size_t most, int64_t forget_ns,
	ledger_ended ended, void *ctx)
{
	mono_t quiet_since = mono_add(now, -forget_ns);
	struct slot *s;

	l->forget_ns = forget_ns;
	ledger_queue_later(l);
	for (; most && (s = ledger_slot_due(l, &l->ends, now)); most--)
		expire(l, s, now, ended, ctx);
	for (; most && (s = ledger_slot_due(l, &l->memories, quiet_since)); most--)
		forget(l, s, forget_ns);
	ledger_retry(l, now);
}
