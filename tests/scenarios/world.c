/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the daemon does around the engine, without a kernel and without a clock. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

#define TICK_NS (NS_PER_S / 10)
#define WALL_NS (1700000000 * NS_PER_S)
#define START_NS (1000 * NS_PER_S) /* a host that has been up for a while */

bool world_load(struct world *w, const char *config, const char *policy)
{
	static struct conf_report report;
	struct conf_source src = { .file = config, .policy = policy };

	memset(&report, 0, sizeof(report));
	if (conf_load(&src, &w->conf, &report) == 0)
		return true;
	conf_check_print(&report, stderr);
	return false;
}

static void keep_event(void *ctx, const struct event *e)
{
	struct world *w = ctx;

	if (w->n_events < WORLD_EVENTS)
		w->events[w->n_events++] = *e;
}

void world_again(struct world *w)
{
	struct engine_opts o = { .sizes = w->sizes, .rules = w->conf.rules, .enforce = w->enforce,
		.start = w->now, .emit = keep_event, .emit_ctx = w };
	size_t bytes = engine_bytes(&o.sizes);

	hash_key_from_seed(&o.key, w->seed);
	w->memory = aligned_alloc(64, (bytes + 63) / 64 * 64);
	if (!w->memory || engine_create(&w->engine, w->memory, bytes, &o)) {
		fprintf(stderr, "the engine cannot be made\n");
		exit(2);
	}
}

void world_start(struct world *w, size_t sources, size_t subjects)
{
	w->sizes = (struct engine_sizes){ .sources = sources ? sources : 4096,
		.subjects = subjects ? subjects : 1024, .rates = 4096, .incidents = 256,
		.asks = 4096 };
	w->now = w->next_tick = w->next_census = (mono_t){ START_NS };
	w->events = calloc(WORLD_EVENTS, sizeof(*w->events));
	if (!w->events)
		exit(2);
	world_again(w);
}

void world_stop(struct world *w)
{
	free(w->memory);
	free(w->events);
	w->memory = w->events = NULL;
	w->engine = NULL;
}

static bool same_subject(const struct subject *a, const struct subject *b)
{
	return subject_equal(a, b);
}

/* A rule of the real sets: one element a subject, response and scope. */
static size_t find_element(const struct world *w, const struct measure *m)
{
	size_t i = 0;

	while (i < w->n_elements && !(same_subject(&w->elements[i].subject, &m->subject) &&
		w->elements[i].response == m->response && w->elements[i].scope == m->scope))
		i++;
	return i;
}

static void apply(struct world *w, const struct change *c)
{
	size_t i = find_element(w, &c->measure);

	if (!c->add) {
		if (i < w->n_elements)
			w->elements[i] = w->elements[--w->n_elements];
		return;
	}
	if (i == w->n_elements && w->n_elements < WORLD_ELEMENTS)
		w->n_elements++;
	w->elements[i] = (struct element){ .subject = c->measure.subject,
		.response = c->measure.response, .scope = c->measure.scope,
		.until = c->measure.until };
}

void world_settle(struct world *w)
{
	struct change c;

	/* Bounded: a kernel that always says "again" must not hang the scenario. */
	for (int i = 0; i < 10000 && engine_take_change(w->engine, &c); i++) {
		if (w->kernel_late)
			continue;
		if (w->kernel_result == 0 || !c.add)
			apply(w, &c);
		engine_applied(w->engine, &c, c.add ? w->kernel_result : 0, w->now);
		if (w->kernel_result == ERR_AGAIN)
			break;
	}
}

static void expire(struct world *w)
{
	for (size_t i = 0; i < w->n_elements;)
		if (w->elements[i].until.ns <= w->now.ns)
			w->elements[i] = w->elements[--w->n_elements];
		else
			i++;
}

static void fate_of(const struct world *w, const struct addr *a, struct ask_answer *out)
{
	out->fate = FATE_GONE;
	out->silent = false;
	for (size_t i = w->n_fates; i-- > 0;)
		if (prefix_holds(&w->fates[i].who, a)) {
			out->fate = w->fates[i].fate;
			out->silent = w->fates[i].silent;
			return;
		}
}

static void answer(struct world *w)
{
	struct ask_answer a;

	while (engine_take_ask(w->engine, w->now, &a.ask)) {
		fate_of(w, a.ask.hook == HOOK_OUTPUT ? &a.ask.tuple.dst : &a.ask.tuple.src, &a);
		engine_answer(w->engine, &a, w->now);
	}
}

static void tell_owners(struct world *w)
{
	struct owner_answer a;

	while (engine_take_owner_question(w->engine, &a.tuple)) {
		a.blame = w->blame;
		if (w->owned)
			engine_owner(w->engine, &a, w->now);
	}
}

static void tell_time(struct world *w)
{
	struct host_sample s = { .wall = { w->now.ns + WALL_NS } };

	if (w->clock_on)
		engine_sample(w->engine, &s, w->now);
}

static void tick(struct world *w)
{
	expire(w);
	engine_tick(w->engine, w->now);
	tell_owners(w);
	answer(w);
	if (w->now.ns >= w->next_census.ns) {
		engine_listening(w->engine, &w->listening, w->now);
		engine_census(w->engine, w->census, w->n_census, &w->pressure, w->now);
		if (engine_wants_holders(w->engine))
			engine_holders(w->engine, w->holders, w->n_holders, w->now);
		tell_time(w);
		w->next_census = mono_add(w->now, NS_PER_S);
	}
	world_settle(w);
}

/* Long quiet times go in growing steps, or a scenario of a week would take minutes. */
static int64_t step_of(const struct world *w, int64_t left)
{
	int64_t step = w->next_tick.ns - w->now.ns;

	if (left > 2 * 3600 * NS_PER_S)
		step = 60 * NS_PER_S;
	else if (left > 600 * NS_PER_S)
		step = 5 * NS_PER_S;
	return step < left ? step : left;
}

void world_advance(struct world *w, int64_t ns)
{
	while (ns > 0) {
		int64_t step;

		if (w->now.ns >= w->next_tick.ns) {
			tick(w);
			w->next_tick = mono_add(w->now, TICK_NS);
		}
		step = step_of(w, ns);
		w->now = mono_add(w->now, step);
		ns -= step;
	}
	if (w->now.ns >= w->next_tick.ns) {
		tick(w);
		w->next_tick = mono_add(w->now, TICK_NS);
	}
}

void world_packet(struct world *w, const uint8_t *bytes, size_t len, enum hook hook, bool held)
{
	struct engine_input in = {
		.meta = { .at = w->now, .wire_len = (uint32_t)len, .if_in = 2,
			.hook = (uint8_t)hook, .held = held, .state_known = true },
		.bytes = { bytes, len },
	};

	engine_packets(w->engine, &in, 1, &w->verdict);
	w->verdicts[w->verdict]++;
	tell_owners(w);
	world_settle(w);
}

const struct element *world_element(const struct world *w, const struct subject *s)
{
	for (size_t i = 0; i < w->n_elements; i++)
		if (same_subject(&w->elements[i].subject, s))
			return &w->elements[i];
	return NULL;
}
