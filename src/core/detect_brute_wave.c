/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guessing by many sources of one service, a few attempts each: their sum against its own level, minute by minute, and
 * then those that came with it. Who is found by himself (detect_brute.c) is not counted here.
 */
#include "core/detect_brute_parts.h"

#define MINUTE_NS (60 * NS_PER_S)
#define LEVEL_NS (21600 * NS_PER_S) /* half-life of the usual level: a night and a day differ, an hour's wave does not count */
#define HEIGHT 2                    /* limits at which the sum stops, so that it ends */
#define QUIET 10                    /* minutes without anything unusual, after which it is over */
#define WAIT_TICKS UINT32_C(1920)   /* two minutes */
#define LEAST_ATTEMPTS 2
#define Q16(x) ((int64_t)(x) << 16)

static struct wave *wave_of(struct brute *b, uint16_t port, mono_t now)
{
	for (size_t i = 0; i < b->n_waves; i++)
		if (b->waves[i].port == port)
			return &b->waves[i];
	if (b->n_waves == BRUTE_SERVICES)
		return NULL;
	/* Minutes begin with the first attempt of all, so that ticks before it change nothing. */
	if (!b->n_waves)
		b->minute = now;
	b->waves[b->n_waves] = (struct wave){ .port = port, .number = 1, .since = b->minute };
	return &b->waves[b->n_waves++];
}

void wave_attempt(struct brute *b, struct guesser *g, const struct flow_end *f, mono_t now)
{
	struct wave *w = wave_of(b, f->tuple.dport, now);

	/* No room: the administrator changed the ports more often than there are places. */
	if (!w || g->flags & (GUESSER_RAISED_LOGIN | GUESSER_RAISED_KNOWN))
		return;
	w->attempts = add_sat_u32(w->attempts, f->weight ? f->weight : 1U);
	if (g->wave == w->number)
		return;
	g->wave = w->number;
	w->sources = add_sat_u32(w->sources, 1);
}

static void end_wave(struct wave *w, mono_t now)
{
	w->sum = 0;
	w->since = now;
	w->quiet = 0;
	w->sources = 0;
	w->raised = false;
	w->number = w->number == UINT16_MAX ? 1 : (uint16_t)(w->number + 1);
}

/* Noise of what is counted is as wide as its root. */
static int64_t allowance(const struct wave *w, const struct brute_opts *o)
{
	int64_t noise = root_u64((uint64_t)w->usual << 16);

	return noise > Q16(o->spread_allowance) ? noise : Q16(o->spread_allowance);
}

/* How much was beyond the usual this minute. Of a wave no more is learned than what would have been borne. */
static int64_t add_up(struct wave *w, const struct brute_opts *o, int64_t minutes)
{
	int64_t seen = Q16(w->attempts) / minutes, borne = w->usual + allowance(w, o);
	int64_t most = HEIGHT * Q16(o->spread_limit);

	w->usual = level_learn(w->usual, seen < borne ? seen : borne, minutes * MINUTE_NS, LEVEL_NS);
	w->attempts = 0;
	w->sum += (seen - borne) * minutes;
	if (w->sum < 0)
		w->sum = 0;
	if (w->sum > most)
		w->sum = most;
	return seen - borne;
}

static void say_service(const struct brute_opts *o, const struct wave *w, mono_t now, struct finding *out)
{
	*out = (struct finding){
		.kind = FINDING_BRUTE_SPREAD,
		.proof = PROOF_CLAIMED,
		.rule = o->spread_rule,
		.subject = { .kind = SUBJECT_SERVICE, .proto = PROTO_TCP, .port = w->port },
		.score = hundredths((uint64_t)w->sum, 16),
		.threshold = hundredths((uint64_t)Q16(o->spread_limit), 16),
		.count = w->sources,
		.window_ns = mono_since(now, w->since),
		.first = w->since,
		.at = now,
		.dport = w->port,
		.proto = PROTO_TCP,
		.ports = { w->port },
		.n_ports = 1,
	};
}

static void say_source(const struct brute_opts *o, const struct guesser *g, mono_t now, struct finding *out)
{
	*out = (struct finding){
		.kind = FINDING_BRUTE_SPREAD,
		.proof = PROOF_ANSWERED,
		.rule = o->spread_rule,
		.subject = { .kind = SUBJECT_SOURCE, .source = source_prefix(g->key) },
		.score = g->attempts * 100,
		.threshold = LEAST_ATTEMPTS * 100,
		.count = g->attempts,
		.window_ns = mono_since(now, tick_time(g->first, now)),
		.first = tick_time(g->first, now),
		.at = now,
		.src = source_prefix(g->key).addr,
		.dport = g->port,
		.proto = PROTO_TCP,
		.ports = { g->port },
		.n_ports = 1,
	};
}

static bool came_with(const struct guesser *g, const struct wave *w, mono_t now)
{
	uint32_t tick = mono_tick(now);

	return g->port == w->port && g->wave == w->number && !g->flags && g->attempts >= LEAST_ATTEMPTS &&
		(int32_t)(g->first - mono_tick(w->since)) >= 0 && (int32_t)(tick - g->attempt_at) >= (int32_t)WAIT_TICKS;
}

static void name_sources(struct brute *b, const struct brute_opts *o, const struct wave *w, mono_t now,
	brute_raise_fn raise, void *ctx)
{
	struct guesser *g;
	struct finding found;
	size_t at = 0;
	unsigned named = 0;

	while (named < BRUTE_NAMED && (g = table_next(b->sources, &at)) != NULL) {
		if (!came_with(g, w, now))
			continue;
		g->flags |= GUESSER_RAISED_WAVE;
		named++;
		say_source(o, g, now, &found);
		raise(ctx, &found);
	}
}

static void judge(struct brute *b, const struct brute_opts *o, struct wave *w, int64_t minutes, mono_t now,
	brute_raise_fn raise, void *ctx)
{
	int64_t beyond = add_up(w, o, minutes);
	struct finding found;

	w->quiet = beyond > 0 ? 0 : (uint8_t)(w->quiet + (w->quiet < QUIET));
	if (!w->sum || w->quiet == QUIET) {
		if (w->raised)
			name_sources(b, o, w, now, raise, ctx);
		end_wave(w, now);
		return;
	}
	if (!w->raised && w->sum >= Q16(o->spread_limit) && w->sources >= BRUTE_WAVE &&
	    o->spread_rule.enabled) {
		w->raised = true;
		say_service(o, w, now, &found);
		raise(ctx, &found);
	}
	if (w->raised)
		name_sources(b, o, w, now, raise, ctx);
}

bool brute_due(const struct brute *b, mono_t now)
{
	return b->n_waves && mono_since(now, b->minute) >= MINUTE_NS;
}

void brute_tick(struct brute *b, const struct brute_opts *o, mono_t now, brute_raise_fn raise, void *ctx)
{
	int64_t minutes = mono_since(now, b->minute) / MINUTE_NS;

	if (!brute_due(b, now))
		return;
	b->minute = mono_add(b->minute, minutes * MINUTE_NS);
	for (size_t i = 0; i < b->n_waves; i++)
		judge(b, o, &b->waves[i], minutes, now, raise, ctx);
}
