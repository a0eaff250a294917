/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who has called three times becomes a record with his fourth call. Sizes are known when flows end, which may be minutes
 * after the next call: flows that are open stand in a small table of their own until then. Called by the engine.
 */
#include "core/detect_beacon.h"

#include <string.h>

#include "base/text.h"
#include "core/fixed.h"
#include "core/rhythm.h"

#define WAYS 8
#define RECORDS (1088 * WAYS)
#define CANDIDATES (1280 * WAYS)
#define FLOWS (512 * WAYS)
#define TOLD 256
#define CALLS_FIRST 3     /* calls that a candidate remembers */
#define UNIT_BITS 23      /* times are kept in units of 8.4 ms: they wrap after 417 days */
#define UNITS(s) ((uint32_t)((uint64_t)(s) * (uint64_t)NS_PER_S >> UNIT_BITS))
#define SAME_CALL UNITS(1) /* what comes so soon after the last one belongs to it */
#define FULL_SLACK 30     /* thousandths less are asked for of 32 intervals than of 16: two more times as sure */
#define SIZES_LEAST 8     /* fewer known sizes say nothing */
#define DAY UNITS(86400)
#define HOUR_S 3600
/* Of a quiet connection: packets of either end a minute and the times that one may send more of them than the other. */
#define QUIET_A_MINUTE 4
#define QUIET_LEAST_A_DAY 96
#define LOPSIDED 4

struct candidate {
	uint64_t key;
	uint32_t last;
	uint32_t calls[CALLS_FIRST];
	uint8_t n;
};

struct record {
	uint64_t key;         /* 0: none */
	struct rhythm gaps, sizes;
	uint32_t last, call;  /* of the last contact, and of the call that it belongs to */
	uint32_t first_s;
	uint32_t calls;
	uint32_t raised_at;
	bool raised;
	uint16_t evenness;
	struct addr to;       /* lately */
};

struct open_flow {
	uint64_t tuple, key;
};

/* A long connection that was told. */
struct told {
	uint64_t key;
	uint32_t at;
};

struct beacon {
	struct hash_key key;
	struct beacon_stats stats;
	struct record records[RECORDS];
	struct candidate candidates[CANDIDATES];
	struct open_flow flows[FLOWS];
	struct told told[TOLD];
};

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

static uint32_t units_of(mono_t t)
{
	return (uint32_t)((uint64_t)t.ns >> UNIT_BITS);
}

/* To the nearest. */
static uint32_t seconds_in(uint32_t units)
{
	return (uint32_t)((((uint64_t)units << UNIT_BITS) + NS_PER_S / 2) / NS_PER_S);
}

static uint32_t seconds_of(mono_t t)
{
	return (uint32_t)((uint64_t)t.ns / NS_PER_S);
}

/* A clock may step back: then no time has passed. */
static uint32_t passed(uint32_t now, uint32_t then)
{
	return now - then > INT32_MAX ? 0 : now - then;
}

/* name: "" for none. */
static uint64_t key_of(const struct beacon *b, const struct tuple *t, const struct actor *a, const char *name)
{
	struct {
		uint64_t cgroup, who;
		uint32_t uid;
		uint16_t port;
		uint8_t proto, kind, named;
		uint8_t rest[7];
	} k = { .port = t->dport, .proto = t->proto, .kind = a->kind, .named = name[0] != '\0' };

	k.cgroup = a->kind == ACTOR_GROUP ? a->cgroup : 0;
	k.uid = a->kind == ACTOR_USER ? a->uid : 0;
	k.who = k.named ? hash_bytes(&b->key, name, strlen(name)) : source_key(&t->dst);
	return hash_bytes(&b->key, &k, sizeof(k)) | 1;
}

static size_t set_of(uint64_t key, size_t places)
{
	return (size_t)((key >> 32) * (places / WAYS) >> 32) * WAYS;
}

static struct record *find(struct beacon *b, uint64_t key)
{
	struct record *r = &b->records[set_of(key, RECORDS)];

	for (size_t i = 0; i < WAYS; i++)
		if (r[i].key == key)
			return &r[i];
	return NULL;
}

/* How long it is missed already, for what it is worth: the even ones are waited for, be it hours; the others are not. */
static uint64_t staleness(const struct record *r, uint32_t now)
{
	uint64_t worth = r->gaps.n + r->evenness / 16;

	if (!r->key)
		return UINT64_MAX;
	return ((uint64_t)passed(now, r->last) << 8) / (1 + worth * worth);
}

static struct record *room(struct beacon *b, uint64_t key, uint32_t now)
{
	struct record *r = &b->records[set_of(key, RECORDS)], *stalest = r;

	for (size_t i = 1; i < WAYS; i++)
		if (staleness(&r[i], now) > staleness(stalest, now))
			stalest = &r[i];
	b->stats.records += !stalest->key;
	b->stats.evicted += stalest->key && passed(now, stalest->last) < DAY;
	return stalest;
}

static void admit(struct beacon *b, const struct candidate *k, mono_t at)
{
	struct record *r = room(b, k->key, units_of(at));

	*r = (struct record){ .key = k->key, .last = k->calls[CALLS_FIRST - 1], .call = k->calls[CALLS_FIRST - 1], .calls = CALLS_FIRST,
		.first_s = seconds_of(at) - seconds_in(passed(units_of(at), k->calls[0])) };
	for (size_t i = 1; i < CALLS_FIRST; i++)
		rhythm_add(&r->gaps, k->calls[i] - k->calls[i - 1]);
}

/* Those who have called before are waited for longer. */
static struct candidate *candidate_of(struct beacon *b, uint64_t key, uint32_t now)
{
	struct candidate *c = &b->candidates[set_of(key, CANDIDATES)], *stalest = c;
	uint32_t most = 0;

	for (size_t i = 0; i < WAYS; i++) {
		uint32_t missed = c[i].key ? passed(now, c[i].last) / (uint32_t)(c[i].n * c[i].n) : UINT32_MAX;

		if (c[i].key == key)
			return &c[i];
		if (missed >= most) {
			most = missed;
			stalest = &c[i];
		}
	}
	*stalest = (struct candidate){ .key = key, .last = now, .calls = { now }, .n = 1 };
	return stalest;
}

/* True with the call that makes it a record. */
static bool court(struct beacon *b, uint64_t key, mono_t at)
{
	uint32_t now = units_of(at);
	struct candidate *c = candidate_of(b, key, now);
	bool same = passed(now, c->last) < SAME_CALL;

	c->last = now;
	if (same)
		return false;
	if (c->n < CALLS_FIRST) {
		c->calls[c->n++] = now;
		return false;
	}
	admit(b, c, at);
	*c = (struct candidate){ 0 };
	return true;
}

static void call(struct record *r, mono_t at)
{
	uint32_t now = units_of(at);
	bool same = passed(now, r->last) < SAME_CALL;

	r->last = now;
	if (same)
		return;
	rhythm_add(&r->gaps, passed(now, r->call));
	r->call = now;
	r->calls = add_sat_u32(r->calls, 1);
	r->evenness = (uint16_t)rhythm_evenness(&r->gaps);
}

/* What is asked for of 16 intervals is more than what is asked for of 32. */
static uint32_t asked_for(const struct record *r, const struct beacon_opts *o)
{
	uint32_t more = r->gaps.n > 16 ? r->gaps.n - 16U : 0, slack = FULL_SLACK * more / 16;

	return o->timing > slack ? o->timing - slack : 0;
}

static bool is_beacon(const struct record *r, const struct beacon_opts *o)
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

static void describe(char *out, size_t size, const struct record *r, int64_t span_s)
{
	int64_t median = (int64_t)(rhythm_median(&r->gaps) << UNIT_BITS);
	char every[24], span[24];
	struct text t = text_over(out, size);

	duration_format(readable((median + NS_PER_S / 2) / NS_PER_S), every, sizeof(every));
	duration_format(readable(span_s), span, sizeof(span));
	text_addf(&t, "every %s within %u %%, %u calls in %s", every, (1000U - r->evenness + 5) / 10, (unsigned)r->calls, span);
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

static void judge(struct record *r, const struct beacon_opts *o, const struct tuple *t, const struct actor *a, mono_t now,
	beacon_raise_fn raise, void *ctx)
{
	struct finding f;
	int64_t span_s;

	if (r->raised && passed(units_of(now), r->raised_at) < DAY)
		return;
	r->raised = false;
	if (!o->rule.enabled || !is_beacon(r, o))
		return;
	r->raised = true;
	r->raised_at = units_of(now);
	span_s = passed(seconds_of(now), r->first_s);
	f = finding_of(o, t, a, now);
	f.score = r->evenness / 10;
	f.threshold = (int32_t)asked_for(r, o) / 10;
	f.count = r->calls;
	f.window_ns = span_s * NS_PER_S;
	f.first = mono_add(now, -f.window_ns);
	describe(f.about, sizeof(f.about), r, span_s);
	raise(ctx, &f);
}

static struct open_flow *flow_of(struct beacon *b, uint64_t tuple)
{
	struct open_flow *f = &b->flows[set_of(tuple, FLOWS)];

	for (size_t i = 0; i < WAYS; i++)
		if (f[i].tuple == tuple)
			return &f[i];
	return NULL;
}

/* The newest stands first; the oldest falls out, and its size is not known then. */
static void open_flow(struct beacon *b, const struct tuple *t, uint64_t key)
{
	uint64_t tuple = tuple_hash(&b->key, t);
	struct open_flow *f = &b->flows[set_of(tuple, FLOWS)], *known = flow_of(b, tuple);
	size_t last = 0;

	if (known) {
		known->key = key;
		return;
	}
	while (last < WAYS - 1 && f[last].tuple)
		last++;
	memmove(f + 1, f, last * sizeof(*f));
	*f = (struct open_flow){ tuple, key };
}

void beacon_contact(struct beacon *b, const struct beacon_opts *o, const struct contact *c, beacon_raise_fn raise, void *ctx)
{
	uint64_t key = key_of(b, &c->tuple, &c->actor, c->name);
	struct record *r = find(b, key);

	if (!r && !court(b, key, c->at))
		return;
	if (!r)
		r = find(b, key);
	call(r, c->at);
	r->to = c->tuple.dst;
	open_flow(b, &c->tuple, key);
	judge(r, o, &c->tuple, &c->actor, c->at, raise, ctx);
}

/* Few packets of either end, but some the whole time; about as many there as back. */
static bool is_quiet(const struct flow_end *f)
{
	uint64_t minutes = (uint64_t)f->lasted_ns / (60 * NS_PER_S), there = f->packets[FLOW_THERE], back = f->packets[FLOW_BACK];
	uint64_t most = there > back ? there : back, least = there > back ? back : there;

	return most <= QUIET_A_MINUTE * minutes && least >= minutes * QUIET_LEAST_A_DAY / 1440 && most <= LOPSIDED * least;
}

/* Once a day, as a pool of them ends together. */
static bool told_before(struct beacon *b, const struct flow_end *f, const struct actor *a, mono_t now)
{
	uint64_t key = key_of(b, &f->tuple, a, "");
	struct told *t = &b->told[(key >> 32) % TOLD];
	bool before = t->key == key && passed(units_of(now), t->at) < DAY;

	if (!before)
		*t = (struct told){ key, units_of(now) };
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
	struct open_flow *open;
	struct record *r;

	if (f->direction != FLOW_OUT)
		return;
	end_of_long(b, o, f, a, now, raise, ctx);
	open = flow_of(b, tuple_hash(&b->key, &f->tuple));
	r = open ? find(b, open->key) : NULL;
	if (open)
		*open = (struct open_flow){ 0 };
	if (!r)
		return;
	rhythm_add(&r->sizes, f->bytes[FLOW_THERE]);
	judge(r, o, &f->tuple, a, now, raise, ctx);
}

void beacon_rearm(struct beacon *b, const struct prefix *destination)
{
	memset(b->told, 0, sizeof(b->told));
	for (size_t i = 0; i < RECORDS; i++)
		if (b->records[i].raised && prefix_holds(destination, &b->records[i].to))
			b->records[i].raised = false;
}

void beacon_stats(const struct beacon *b, struct beacon_stats *out)
{
	*out = b->stats;
}
