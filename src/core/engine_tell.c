/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the engine tells the outside, and who that is. Called by all its other files; calls none of them. */
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

void engine_note(struct engine *e, enum event_kind kind, bool ok, const char *text, mono_t now)
{
	struct event v = { .kind = kind, .at = now, .enforce = e->enforce, .ok = ok };

	text_copy(v.text, sizeof(v.text), text);
	engine_emit_event(e, &v);
}
