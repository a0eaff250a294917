/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Judges the intervals and sizes of one who calls, with each call and each end, and connections that stay. Called by the
 * engine.
 */
#include "core/detect_beacon_parts.h"

#include <string.h>

#include "base/text.h"
#include "core/fixed.h"

#define FULL_SLACK 30     /* thousandths less are asked for of 32 intervals than of 16, which chance makes even more often */
#define SIZES_LEAST 8     /* fewer known sizes say nothing */
#define HOUR_S 3600
/* Of a quiet connection: packets of either end a minute and the times that one may send more of them than the other. */
#define QUIET_A_MINUTE 4
#define QUIET_LEAST_A_DAY 96
#define LOPSIDED 4

_Static_assert(sizeof(struct beacon) <= 2 << 20, "beacon_bytes promises 2 MiB at most");

size_t beacon_bytes(void)
{
	return sizeof(struct beacon);
}

void beacon_create(struct beacon **out, void *memory, const struct hash_key *key)
{
	struct beacon *b = memory;

	memset(b, 0, sizeof(*b));
	b->key = *key;
	*out = b;
}

static uint32_t asked_for(const struct beacon_record *r, const struct beacon_opts *o)
{
	uint32_t more = r->gaps.n > 16 ? r->gaps.n - 16U : 0, slack = FULL_SLACK * more / 16;

	return o->timing > slack ? o->timing - slack : 0;
}

static bool is_beacon(const struct beacon_record *r, const struct beacon_opts *o)
{
	uint32_t timing = asked_for(r, o);

	if (r->gaps.n + 1U < o->least || r->evenness < timing)
		return false;
	/* Padding is cheap, and not all that ends is measured: who comes like a clock needs no like sizes. */
	if (r->evenness >= (timing + 1000) / 2)
		return true;
	return r->sizes.n >= SIZES_LEAST && rhythm_evenness(&r->sizes) >= o->size;
}

/* In no finer unit than is worth reading. */
static int64_t readable(int64_t seconds)
{
	int64_t unit = seconds < HOUR_S ? 1 : seconds < 24 * HOUR_S ? 60 : HOUR_S;

	return seconds / unit * unit * NS_PER_S;
}

static void describe(char *out, size_t size, const struct beacon_record *r, int64_t span_s)
{
	int64_t median = (int64_t)(rhythm_median(&r->gaps) << BEACON_UNIT_BITS);
	char every[24], span[24];
	struct text t = text_over(out, size);

	duration_format(readable((median + NS_PER_S / 2) / NS_PER_S), every, sizeof(every));
	duration_format(readable(span_s), span, sizeof(span));
	text_addf(&t, "every %s within %u %%, %u calls in %s", every, (1000U - r->evenness + 5) / 10, (unsigned)r->calls,
		span);
}

static struct finding finding_of(const struct beacon_opts *o, const struct tuple *t, const struct actor *a, mono_t at)
{
	return (struct finding){
		.kind = FINDING_BEACON, .proof = PROOF_LOCAL, .rule = o->rule,
		.subject = { .kind = SUBJECT_DESTINATION, .source = source_prefix(source_key(&t->dst)) },
		.at = at, .src = t->src, .dst = t->dst, .sport = t->sport, .dport = t->dport, .proto = t->proto,
		.ports = { t->dport }, .n_ports = 1, .actor = *a,
	};
}

static void judge(struct beacon_record *r, const struct beacon_opts *o, const struct tuple *t, const struct actor *a,
	mono_t now, beacon_raise_fn raise, void *ctx)
{
	struct finding f;
	int64_t span_s;

	if (r->raised && beacon_passed(beacon_units(now), r->raised_at) < BEACON_DAY)
		return;
	r->raised = false;
	if (!o->rule.enabled || !is_beacon(r, o))
		return;
	r->raised = true;
	r->raised_at = beacon_units(now);
	span_s = beacon_passed(beacon_seconds(now), r->first_s);
	f = finding_of(o, t, a, now);
	f.score = r->evenness / 10;
	f.threshold = (int32_t)asked_for(r, o) / 10;
	f.count = r->calls;
	f.window_ns = span_s * NS_PER_S;
	f.first = mono_add(now, -f.window_ns);
	describe(f.about, sizeof(f.about), r, span_s);
	raise(ctx, &f);
}

void beacon_contact(struct beacon *b, const struct beacon_opts *o, const struct contact *c, beacon_raise_fn raise,
	void *ctx)
{
	uint64_t key = beacon_key(b, &c->tuple, &c->actor, c->name);
	struct beacon_record *r = beacon_meet(b, key, c->at);

	if (!r)
		return;
	r->to = c->tuple.dst;
	beacon_flow_opens(b, &c->tuple, key);
	judge(r, o, &c->tuple, &c->actor, c->at, raise, ctx);
}

/* Few packets of either end, but some the whole time; about as many there as back. */
static bool is_quiet(const struct flow_end *f)
{
	uint64_t minutes = (uint64_t)f->lasted_ns / (60 * NS_PER_S);
	uint64_t there = f->packets[FLOW_THERE], back = f->packets[FLOW_BACK];
	uint64_t most = there > back ? there : back, least = there > back ? back : there;

	return most <= QUIET_A_MINUTE * minutes && least >= minutes * QUIET_LEAST_A_DAY / 1440 &&
		most <= LOPSIDED * least;
}

/* Once a day, as a pool of them ends together. */
static bool told_before(struct beacon *b, const struct flow_end *f, const struct actor *a, mono_t now)
{
	uint64_t key = beacon_key(b, &f->tuple, a, "");
	struct beacon_told *t = &b->told[(key >> 32) % BEACON_TOLD];
	bool before = t->key == key && beacon_passed(beacon_units(now), t->at) < BEACON_DAY;

	if (!before)
		*t = (struct beacon_told){ key, beacon_units(now) };
	return before;
}

/* Told when it ends: nobody counts the packets of a flow while it lives. */
static void end_of_long(struct beacon *b, const struct beacon_opts *o, const struct flow_end *f, const struct actor *a,
	mono_t now, beacon_raise_fn raise, void *ctx)
{
	struct finding found = finding_of(o, &f->tuple, a, now);
	struct text t = text_over(found.about, sizeof(found.about));
	char span[24];

	if (!o->rule.enabled || f->lasted_ns < o->long_ns || !is_quiet(f) || told_before(b, f, a, now))
		return;
	duration_format(readable(f->lasted_ns / NS_PER_S), span, sizeof(span));
	text_addf(&t, "one connection for %s, %u packets there, %u back", span, (unsigned)f->packets[FLOW_THERE],
		(unsigned)f->packets[FLOW_BACK]);
	found.score = hundredths((uint64_t)(f->lasted_ns / NS_PER_S / HOUR_S), 0);
	found.threshold = hundredths((uint64_t)(o->long_ns / NS_PER_S / HOUR_S), 0);
	found.count = 1;
	found.window_ns = f->lasted_ns;
	found.first = mono_add(now, -f->lasted_ns);
	raise(ctx, &found);
}

void beacon_end(struct beacon *b, const struct beacon_opts *o, const struct flow_end *f, const struct actor *a, mono_t now,
	beacon_raise_fn raise, void *ctx)
{
	struct beacon_record *r;

	if (f->direction != FLOW_OUT)
		return;
	end_of_long(b, o, f, a, now, raise, ctx);
	r = beacon_flow_ends(b, &f->tuple);
	if (!r)
		return;
	rhythm_add(&r->sizes, f->bytes[FLOW_THERE]);
	judge(r, o, &f->tuple, a, now, raise, ctx);
}

void beacon_rearm(struct beacon *b, const struct prefix *destination)
{
	memset(b->told, 0, sizeof(b->told));
	for (size_t i = 0; i < BEACON_RECORDS; i++)
		if (b->records[i].raised && prefix_holds(destination, &b->records[i].to))
			b->records[i].raised = false;
}

void beacon_stats(const struct beacon *b, struct beacon_stats *out)
{
	*out = b->stats;
}
