/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What goes back by itself: a mode or rules that nobody has confirmed in time. Its clock is the engine's own tick, so
 * that an administrator who has locked himself out need not be able to do anything.
 */
#include <stdio.h>

#include "base/err.h"
#include "core/engine_state.h"

static void begin(struct engine *e, enum trial_kind kind, int64_t for_ns, mono_t now)
{
	struct event v = { .kind = EVENT_NOTICE, .at = now, .enforce = e->enforce, .ok = true };

	e->trial = (struct trial){ .kind = kind, .since = now, .until = mono_add(now, for_ns) };
	snprintf(v.text, sizeof(v.text), "%s on trial: back in %lld s unless it is confirmed",
		kind == TRIAL_MODE ? "enforcing" : "new rules", (long long)(for_ns / NS_PER_S));
	engine_emit_event(e, &v);
}

int engine_try_mode(struct engine *e, bool enforce, int64_t for_ns, mono_t now)
{
	if (e->trial.kind != TRIAL_NONE)
		return ERR_BUSY;
	if (e->enforce == enforce)
		return ERR_EXISTS;
	engine_set_mode(e, enforce, now);
	begin(e, TRIAL_MODE, for_ns, now);
	return 0;
}

int engine_try_rules(struct engine *e, const struct engine_rules *r, int64_t for_ns, mono_t now)
{
	if (e->trial.kind != TRIAL_NONE)
		return ERR_BUSY;
	e->before = e->rules;
	engine_put_rules(e, r);
	begin(e, TRIAL_RULES, for_ns, now);
	return 0;
}

int engine_confirm(struct engine *e, mono_t now)
{
	if (e->trial.kind == TRIAL_NONE)
		return ERR_ABSENT;
	e->trial = (struct trial){ .kind = TRIAL_NONE };
	engine_note(e, EVENT_NOTICE, true, "the trial is confirmed", now);
	return 0;
}

void engine_trial_forget(struct engine *e, enum trial_kind kind)
{
	if (e->trial.kind == kind)
		e->trial = (struct trial){ .kind = TRIAL_NONE };
}

/* What detectors began under rules that nobody wanted to keep. */
static void end_fruits(struct engine *e, mono_t since, mono_t now)
{
	const struct measure *m;

	for (size_t at = 0; (m = ledger_next(e->ledger, &at));) {
		struct subject s = m->subject;

		if (m->state == MEASURE_FREE || m->origin != ORIGIN_DETECTOR || m->since.ns < since.ns)
			continue;
		engine_release(e, m, now);
		ledger_end(e->ledger, &s, m->scope, true, now);
	}
}

void engine_trial_tick(struct engine *e, mono_t now)
{
	struct trial t = e->trial;

	if (t.kind == TRIAL_NONE || now.ns < t.until.ns)
		return;
	e->trial = (struct trial){ .kind = TRIAL_NONE };
	if (t.kind == TRIAL_MODE) {
		engine_set_mode(e, !e->enforce, now);
	} else {
		engine_put_rules(e, &e->before);
		end_fruits(e, t.since, now);
	}
	engine_note(e, EVENT_NOTICE, false, t.kind == TRIAL_MODE ?
		"nobody has confirmed: the mode before is back" :
		"nobody has confirmed: the rules before are back", now);
}
