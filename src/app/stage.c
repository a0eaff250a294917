/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What app/packets.c and app/worker.c do with descriptors and a clock is done here with arguments. The order is theirs:
 * a burst, its changes; at a tick the engine's own time, then the questions that are due; once a second the census.
 */
#include "app/stage.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/err.h"

#define TICK_NS (NS_PER_S / 10)  /* as the packet thread's */
#define ASKS_A_TICK 256          /* likewise */
#define QUIET_NS (10 * NS_PER_S) /* more than any question waits */
#define DAY_NS (86400 * NS_PER_S)
#define SNAP 128                 /* as much of a packet as the kernel copies to the daemon */
#define SERVICES 1024            /* of a census */

struct stage {
	struct stage_opts o;
	struct engine *engine;
	void *memory;
	size_t memory_bytes;
	mono_t now, next_tick, next_census, last_packet;
	struct engine_input burst[ENGINE_BURST];
	uint8_t bytes[ENGINE_BURST][SNAP];
	size_t n;
	uint64_t verdicts[2];
	struct service_census census[SERVICES];
	struct stamp clock;
	bool clocked;
};

static int make_engine(struct stage *s, const struct stage_opts *o)
{
	struct engine_opts e = { .sizes = o->conf->sizes, .rules = o->conf->rules, .key = o->key,
		.enforce = o->conf->enforce, .start = o->start, .emit = o->emit, .emit_ctx = o->emit_ctx,
		.observe = o->observe, .observe_ctx = o->observe_ctx };

	s->memory_bytes = engine_bytes(&e.sizes);
	s->memory = mmap(NULL, s->memory_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (s->memory == MAP_FAILED) {
		s->memory = NULL;
		return ERR_MEMORY;
	}
	madvise(s->memory, s->memory_bytes, MADV_HUGEPAGE); /* a wish */
	return engine_create(&s->engine, s->memory, s->memory_bytes, &e);
}

static void tell_time(struct stage *s, mono_t now)
{
	const struct host_sample sample = { .wall = stamp_wall(&s->clock, now) };

	if (s->clocked)
		engine_sample(s->engine, &sample, now);
}

int stage_create(struct stage **out, const struct stage_opts *o)
{
	struct stage *s = calloc(1, sizeof(*s));
	const struct conf_guards *g = &o->conf->guards;
	int err;

	if (!s)
		return ERR_MEMORY;
	err = make_engine(s, o);
	if (err) {
		stage_destroy(s);
		return err;
	}
	s->o = *o;
	s->o.conf = NULL; /* it may go now */
	s->now = s->last_packet = o->start;
	s->next_tick = mono_add(o->start, TICK_NS);
	s->next_census = mono_add(o->start, NS_PER_S);
	for (size_t i = 0; i < g->n_never_block; i++)
		guards_add(engine_guards(s->engine), &g->never_block[i], GUARD_NEVER_BLOCK);
	s->clocked = o->clock != NULL;
	if (s->clocked)
		s->clock = *o->clock;
	s->o.clock = NULL;
	tell_time(s, o->start);
	*out = s;
	return 0;
}

void stage_destroy(struct stage *s)
{
	if (!s)
		return;
	if (s->memory)
		munmap(s->memory, s->memory_bytes);
	free(s);
}

/* The kernel's side, and whose each new flow is, which here nobody knows: a second later it is the host's. */
static void settle(struct stage *s, mono_t now)
{
	struct allow_change a;
	struct change c;
	struct tuple t;

	while (engine_take_owner_question(s->engine, &t))
		;
	while (engine_take_allowance(s->engine, now, &a))
		engine_allowed(s->engine, &a, 0, now);
	while (engine_take_change(s->engine, &c))
		engine_applied(s->engine, &c, 0, now);
}

void stage_flush(struct stage *s)
{
	uint8_t verdicts[ENGINE_BURST];
	mono_t last;

	if (!s->n)
		return;
	last = s->burst[s->n - 1].meta.at;
	engine_packets(s->engine, s->burst, s->n, verdicts);
	for (size_t i = 0; i < s->n; i++)
		if (s->burst[i].meta.held)
			s->verdicts[verdicts[i]]++;
	s->n = 0;
	settle(s, last);
}

void stage_packet(struct stage *s, const struct engine_input *in)
{
	struct engine_input *to = &s->burst[s->n];
	size_t len = in->bytes.len < SNAP ? in->bytes.len : SNAP;

	if (len)
		memcpy(s->bytes[s->n], in->bytes.at, len);
	*to = *in;
	s->last_packet = in->meta.at;
	to->bytes = (struct slice){ s->bytes[s->n], len };
	if (++s->n == ENGINE_BURST)
		stage_flush(s);
}

static void answer(struct stage *s, mono_t now)
{
	struct ask_answer a;

	for (int i = 0; i < ASKS_A_TICK && engine_take_ask(s->engine, now, &a.ask); i++)
		if (s->o.fate && s->o.fate(s->o.world_ctx, &a.ask, now, &a.fate, &a.silent))
			engine_answer(s->engine, &a, now);
}

static void second(struct stage *s, mono_t now)
{
	struct pressure p = { 0 };
	size_t n = 0;

	if (now.ns < s->next_census.ns)
		return;
	s->next_census = mono_add(now, NS_PER_S);
	if (s->o.census) {
		n = s->o.census(s->o.world_ctx, now, s->census, SERVICES, &p);
		engine_census(s->engine, s->census, n, &p, now);
	}
	tell_time(s, now);
}

static void tick(struct stage *s, mono_t now)
{
	stage_flush(s);
	engine_tick(s->engine, now);
	answer(s, now);
	second(s, now);
	settle(s, now);
}

/* Long quiet times go in longer steps, or a capture with one false time would take hours; but not before the last
 * questions have had their answers. */
static int64_t step_after(const struct stage *s, mono_t at, mono_t end)
{
	int64_t left = mono_since(end, at);

	if (mono_since(at, s->last_packet) < QUIET_NS)
		return TICK_NS;
	if (left > 31 * DAY_NS)
		return DAY_NS;
	if (left > DAY_NS / 12)
		return 60 * NS_PER_S;
	return left > 600 * NS_PER_S ? 5 * NS_PER_S : TICK_NS;
}

void stage_until(struct stage *s, mono_t now)
{
	if (now.ns <= s->now.ns)
		return;
	while (!s->o.ticks_given && s->next_tick.ns <= now.ns) {
		mono_t at = s->next_tick;

		tick(s, at);
		s->next_tick = mono_add(at, step_after(s, at, now));
	}
	s->now = now;
}

void stage_observe(struct stage *s, const struct observation *o)
{
	uint8_t verdicts[ENGINE_BURST];

	stage_flush(s);
	engine_observe(s->engine, o, verdicts);
	for (size_t i = 0; o->kind == OBSERVATION_PACKETS && i < o->packets.n; i++)
		if (o->packets.in[i].meta.held)
			s->verdicts[verdicts[i]]++;
	if (o->kind == OBSERVATION_TICK)
		answer(s, o->at);
	settle(s, o->at);
}

struct engine *stage_engine(struct stage *s)
{
	return s->engine;
}

void stage_verdicts(const struct stage *s, uint64_t out[2])
{
	out[VERDICT_ACCEPT] = s->verdicts[VERDICT_ACCEPT];
	out[VERDICT_DROP] = s->verdicts[VERDICT_DROP];
}
