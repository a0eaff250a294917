/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The administrator's words, and what befalls the daemon itself. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "scenario.h"

bool verb_ban(struct story *s)
{
	struct ban b = { .ttl_ns = 3600 * NS_PER_S, .response = RESPONSE_DROP };
	const struct guard *g = NULL;
	const struct measure *m = NULL;
	struct subject who;
	int err;

	if (s->n_words < 2 || !story_subject(s, s->words[1], &who))
		return false;
	if (story_after(s, "for") && !story_duration(s, story_after(s, "for"), &b.ttl_ns))
		return false;
	if (story_after(s, "response"))
		response_parse(story_after(s, "response"), &b.response);
	b.prefix = who.source;
	text_copy(b.reason, sizeof(b.reason), "a scenario wants it");
	err = engine_ban(s->world.engine, &b, s->world.now, &g, &m);
	world_settle(&s->world);
	if (story_has(s, "guarded"))
		return err == ERR_GUARDED || story_fail(s, "the guard let it pass");
	return err == 0 || story_fail(s, "ban: %s", err_text(err));
}

bool verb_unban(struct story *s)
{
	struct subject who;
	int err;

	if (s->n_words < 2)
		return story_fail(s, "unban PREFIX|all");
	if (!strcmp(s->words[1], "all")) {
		engine_unban_all(s->world.engine, s->world.now);
		world_settle(&s->world);
		return true;
	}
	if (!story_subject(s, s->words[1], &who))
		return false;
	if (who.kind == SUBJECT_ACTOR)
		err = engine_end_subject(s->world.engine, &who, s->world.now);
	else if (story_has(s, "false-positive"))
		err = engine_false_positive(s->world.engine, &who.source, s->world.now);
	else
		err = engine_unban(s->world.engine, &who.source, story_has(s, "forgive"), s->world.now);
	world_settle(&s->world);
	return err == 0 || story_fail(s, "unban: %s", err_text(err));
}

/* try mode enforce|detect for D; try policy NAME for D; "busy": a trial runs already */
bool verb_try(struct story *s)
{
	struct world *w = &s->world;
	int64_t ns = 0;
	int err;

	if (s->n_words < 5 || !story_duration(s, story_after(s, "for"), &ns))
		return story_fail(s, "try mode WORD|policy NAME for D");
	if (!strcmp(s->words[1], "mode")) {
		err = engine_try_mode(w->engine, !strcmp(s->words[2], "enforce"), ns, w->now);
	} else {
		if (!world_load(w, "policies/tidegate.conf", s->words[2]))
			return false;
		err = engine_try_rules(w->engine, &w->conf.rules, ns, w->now);
	}
	world_settle(w);
	if (story_has(s, "busy"))
		return err == ERR_BUSY || story_fail(s, "a second trial was let in");
	return err == 0 || story_fail(s, "try: %s", err_text(err));
}

bool verb_confirm(struct story *s)
{
	int err = engine_confirm(s->world.engine, s->world.now);

	return err == 0 || story_fail(s, "confirm: %s", err_text(err));
}

/* The daemon takes the table away, and puts it back. */
bool verb_panic(struct story *s)
{
	bool on = !story_has(s, "off");

	engine_panic(s->world.engine, on, s->world.now);
	if (on)
		s->world.n_elements = 0;
	world_settle(&s->world);
	return true;
}

/* Somebody takes that one element out of the kernel. */
bool verb_lost(struct story *s)
{
	struct world *w = &s->world;
	struct subject who;

	if (s->n_words != 2 || !story_subject(s, s->words[1], &who))
		return story_fail(s, "lost SUBJECT");
	for (size_t i = 0; i < w->n_elements; i++) {
		struct measure m = { .subject = w->elements[i].subject,
			.response = w->elements[i].response, .scope = w->elements[i].scope };

		if (!prefix_equal(&m.subject.source, &who.source))
			continue;
		w->elements[i] = w->elements[--w->n_elements];
		engine_lost(w->engine, &m, "nft, process 4711", w->now);
		world_settle(w);
		return true;
	}
	return story_fail(s, "the kernel holds nothing of that subject");
}

/* A new engine, with what a store would have kept; "kernel kept": its elements are adopted first (kill -9), else they
 * are gone (a clean end). */
bool verb_restart(struct story *s)
{
	struct world *w = &s->world;
	const struct ledger *l = engine_ledger(w->engine);
	struct measure *kept = calloc(WORLD_ELEMENTS, sizeof(*kept));
	size_t n = 0;
	const struct measure *m;

	for (size_t at = 0; kept && n < WORLD_ELEMENTS && (m = ledger_next(l, &at));)
		kept[n++] = *m;
	free(w->memory);
	w->memory = NULL;
	world_again(w);
	for (size_t i = 0; i < n && story_has(s, "kept"); i++)
		if (kept[i].state == MEASURE_APPLIED)
			engine_adopt(w->engine, &kept[i], w->now);
	if (!story_has(s, "kept"))
		w->n_elements = 0;
	for (size_t i = 0; i < n; i++)
		engine_restore(w->engine, &kept[i], w->now);
	free(kept);
	world_settle(w);
	return true;
}

/* budget [hold] [minute N] [total N] [good N]: what is not named stays as configured. */
bool verb_budget(struct story *s)
{
	struct budget_opts *o = &s->world.conf.rules.budget;

	if (story_has(s, "hold"))
		o->over = BUDGET_OVER_HOLD;
	if (story_after(s, "minute"))
		o->per_minute = (uint32_t)strtoul(story_after(s, "minute"), NULL, 10);
	if (story_after(s, "total"))
		o->total = (uint32_t)strtoul(story_after(s, "total"), NULL, 10);
	if (story_after(s, "good"))
		o->known_good_least = (uint32_t)strtoul(story_after(s, "good"), NULL, 10);
	engine_swap_rules(s->world.engine, &s->world.conf.rules);
	return true;
}
