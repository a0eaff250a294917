/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two records for each first contact, in one bounded table: of the user and the port (a horizontal scan), of the user and
 * the destination (a vertical one). Called by the engine for each contact, and once more when its fate is known.
 */
#include "core/detect_sweep.h"

#include <string.h>

#include "base/text.h"
#include "core/fixed.h"

#define WAYS 8
#define BUCKETS 184
#define WORDS 32 /* 2048 bits: of 254 targets twelve are taken for one already met */
#define BITS (WORDS * 64)
#define NAT 65536 /* scores are Q16 */
/*
 * A contact fails with .15 where all is well (the dead exchanges of a large mail queue) and with .5 where somebody searches:
 * ln(.5/.15) and ln(.5/.85). The chance that an honest queue ever comes to n nats is below e^-n for each new start.
 */
#define SILENT 78905
#define ANSWERED (-34774)
/*
 * One new target a minute is usual, ten are a search: ln 10 for each, less .15 a second. So whoever takes longer than 15 s
 * from one to the next gains nothing by it.
 */
#define HURRY 150902
#define PAUSE_A_SECOND 9830
#define PAUSE_MOST (120 * NS_PER_S)
#define SHARE 3 /* of the threshold that hurry may come to: one in so many parts */

/* What a generation knows; the last two are looked at. */
struct met {
	uint64_t bits[WORDS];
	uint32_t since; /* tick */
	uint32_t n;     /* bits that are set: distinct targets, as far as bits tell */
	uint32_t targets, silent;
};

struct track {
	uint64_t key;    /* 0: none */
	uint32_t touched; /* tick */
	uint32_t outcomes, hurry; /* Q16 nats */
	mono_t last;     /* the newest first contact */
	struct actor suspect; /* who made most of the silent contacts (Boyer and Moore's vote) */
	uint32_t votes;
	struct actor found;   /* of the last finding */
	bool raised;
	uint8_t n_ports;
	uint16_t ports[FINDING_PORTS];
	struct met now, before;
};

struct sweep {
	struct hash_key key;
	uint64_t evicted;
	struct track tracks[BUCKETS][WAYS];
};

_Static_assert(sizeof(struct sweep) <= 1 << 20, "sweep_bytes promises 1 MiB at most");

size_t sweep_bytes(void)
{
	return sizeof(struct sweep);
}

void sweep_create(struct sweep **out, void *memory, const struct hash_key *key)
{
	struct sweep *s = memory;

	memset(s, 0, sizeof(*s));
	s->key = *key;
	*out = s;
}

/* What a record is of, and what it counts. */
struct place {
	uint64_t key, target;
};

static uint64_t hash_of(const struct sweep *s, const struct contact *c, bool vertical, bool target)
{
	uint8_t bytes[32] = { (uint8_t)vertical, (uint8_t)target, c->tuple.proto };

	memcpy(bytes + 4, &c->owner.uid, sizeof(c->owner.uid));
	if (vertical == target)
		memcpy(bytes + 8, &c->tuple.dport, sizeof(c->tuple.dport));
	else
		memcpy(bytes + 8, &c->tuple.dst, sizeof(c->tuple.dst));
	return hash_bytes(&s->key, bytes, sizeof(bytes)) | 1;
}

static struct place place_of(const struct sweep *s, const struct contact *c, bool vertical)
{
	return (struct place){
		.key = hash_of(s, c, vertical, false),
		.target = hash_of(s, c, vertical, true),
	};
}

static struct track *bucket_of(struct sweep *s, uint64_t key)
{
	return s->tracks[(key >> 32) * BUCKETS >> 32];
}

static struct track *find(struct sweep *s, uint64_t key)
{
	struct track *t = bucket_of(s, key);

	for (size_t i = 0; i < WAYS; i++)
		if (t[i].key == key)
			return &t[i];
	return NULL;
}

/* Scans of thousands of ports or targets fill the table with records of one contact each: these go first, oldest first. */
static uint64_t worth(const struct track *t, const struct sweep_opts *o, mono_t now)
{
	uint32_t age = mono_tick(now) - t->touched;
	uint64_t targets = add_sat_u32(t->now.targets, t->before.targets);

	if (!t->key)
		return 0;
	if (age > INT32_MAX)
		age = 0;
	if ((int64_t)age * (NS_PER_S / 16) > 2 * o->window_ns)
		targets = 0;
	return (targets + t->outcomes / NAT) << 32 | (UINT32_MAX - age);
}

static struct track *make(struct sweep *s, const struct sweep_opts *o, uint64_t key, mono_t now)
{
	struct track *t = bucket_of(s, key), *least = t;

	for (size_t i = 1; i < WAYS; i++)
		if (worth(&t[i], o, now) < worth(least, o, now))
			least = &t[i];
	s->evicted += worth(least, o, now) >> 32 > 1;
	*least = (struct track){ .key = key, .touched = mono_tick(now), .now.since = mono_tick(now),
		.before.since = mono_tick(now), .last = mono_add(now, -PAUSE_MOST) };
	return least;
}

/* By time, and where it is half full: who has met thousands must not be blind to the next hundred. */
static void turn(struct track *t, const struct sweep_opts *o, uint32_t tick)
{
	int64_t age = (int64_t)(tick - t->now.since) * (NS_PER_S / 16);

	if (age < o->window_ns && t->now.n < BITS / 2)
		return;
	t->before = t->now;
	t->now = (struct met){ .since = tick };
	if (age >= 2 * o->window_ns)
		t->before = t->now;
}

static void touch(struct track *t, const struct sweep_opts *o, mono_t now)
{
	uint32_t tick = mono_tick(now);

	if ((int32_t)(tick - t->touched) < 0)
		tick = t->touched;
	turn(t, o, tick);
	t->outcomes = fade_between(half_life_of(o->window_ns), t->outcomes, t->touched, tick);
	t->touched = tick;
	if (t->outcomes < (uint32_t)o->threshold << 9)
		t->raised = false;
}

/* A target that is met again becomes younger: what is polled all day is never new. */
static bool meets(struct track *t, uint64_t target)
{
	uint64_t bit = UINT64_C(1) << (target >> 58);
	size_t word = (target >> 8) % WORDS;
	bool old = t->before.bits[word] & bit;

	if (t->now.bits[word] & bit)
		return false;
	t->now.bits[word] |= bit;
	t->now.n++;
	return !old;
}

/* Floor 0: who was good for long has no credit to scan with. */
static uint32_t add(uint32_t score, int64_t change, uint32_t most)
{
	int64_t sum = score + change;

	if (sum < 0)
		return 0;
	return sum > most ? most : (uint32_t)sum;
}

static uint32_t threshold_of(const struct sweep_opts *o)
{
	return (uint32_t)o->threshold << 10;
}

static void hurries(struct track *t, const struct sweep_opts *o, mono_t at)
{
	int64_t pause = mono_since(at, t->last);

	if (pause > PAUSE_MOST)
		pause = PAUSE_MOST;
	t->hurry = add(t->hurry, HURRY - pause / (NS_PER_S / 1000) * PAUSE_A_SECOND / 1000, threshold_of(o) / SHARE);
	if (mono_since(at, t->last) > 0)
		t->last = at;
}

static void sample(struct track *t, uint16_t port)
{
	for (size_t i = 0; i < t->n_ports; i++)
		if (t->ports[i] == port)
			return;
	if (t->n_ports < FINDING_PORTS)
		t->ports[t->n_ports++] = port;
}

static void accuse(struct track *t, const struct actor *a)
{
	if (!t->votes)
		t->suspect = *a;
	if (actor_equal(&t->suspect, a))
		t->votes = add_sat_u32(t->votes, 1);
	else
		t->votes--;
}

/*
 * Who hops from one control group to another, or shares a user with the one who scans: three of four silent contacts, or
 * else it is the user's.
 */
static struct actor culprit(const struct track *t, const struct contact *c, uint32_t silent)
{
	if (t->votes >= silent / 2 && t->votes)
		return t->suspect;
	return actor_of(&(struct socket_owner){ .uid = c->owner.uid }, 0);
}

static void describe(char *out, size_t size, const struct contact *c, bool vertical, uint32_t targets, uint32_t silent)
{
	const char *proto = c->tuple.proto == PROTO_TCP ? "tcp" : "sctp";
	struct text t = text_over(out, size);

	if (vertical)
		text_addf(&t, "one destination: %u %s ports, %u silent", (unsigned)targets, proto, (unsigned)silent);
	else
		text_addf(&t, "%s/%u: %u destinations, %u silent", proto, c->tuple.dport, (unsigned)targets, (unsigned)silent);
}

static void judge(struct track *t, const struct sweep_opts *o, const struct contact *c, bool vertical, mono_t now,
	sweep_raise_fn raise, void *ctx)
{
	uint32_t threshold = threshold_of(o), score = add_sat_u32(t->outcomes, t->hurry);
	uint32_t targets = add_sat_u32(t->now.targets, t->before.targets);
	uint32_t silent = add_sat_u32(t->now.silent, t->before.silent);
	struct actor actor = culprit(t, c, silent);
	struct finding f = {
		.kind = FINDING_SWEEP, .proof = PROOF_LOCAL, .rule = o->rule,
		.subject = { .kind = SUBJECT_ACTOR, .actor = actor }, .actor = actor,
		.score = hundredths(score, 16), .threshold = hundredths(threshold, 16), .count = targets,
		.first = tick_time(t->before.since, now), .at = now,
		.src = c->tuple.src, .dst = c->tuple.dst, .sport = c->tuple.sport, .dport = c->tuple.dport,
		.proto = c->tuple.proto, .n_ports = t->n_ports,
	};

	if (t->raised || !o->rule.enabled || score < threshold || targets < o->least_targets)
		return;
	t->raised = true;
	t->found = actor;
	f.window_ns = mono_since(now, f.first);
	memcpy(f.ports, t->ports, sizeof(f.ports));
	describe(f.about, sizeof(f.about), c, vertical, targets, silent);
	raise(ctx, &f);
}

static bool counts(const struct contact *c)
{
	return c->tuple.proto == PROTO_TCP || c->tuple.proto == PROTO_SCTP;
}

static bool contact(struct sweep *s, const struct sweep_opts *o, const struct contact *c, bool vertical,
	sweep_raise_fn raise, void *ctx)
{
	const struct place p = place_of(s, c, vertical);
	struct track *t = find(s, p.key);

	if (!t)
		t = make(s, o, p.key, c->at);
	touch(t, o, c->at);
	if (!meets(t, p.target))
		return false;
	t->now.targets = add_sat_u32(t->now.targets, 1);
	sample(t, c->tuple.dport);
	hurries(t, o, c->at);
	judge(t, o, c, vertical, c->at, raise, ctx);
	return true;
}

bool sweep_contact(struct sweep *s, const struct sweep_opts *o, const struct contact *c, sweep_raise_fn raise, void *ctx)
{
	bool wide, deep;

	if (!counts(c))
		return false;
	wide = contact(s, o, c, false, raise, ctx);
	deep = contact(s, o, c, true, raise, ctx);
	return wide || deep;
}

static void outcome(struct sweep *s, const struct sweep_opts *o, const struct contact *c, bool silent, mono_t now,
	bool vertical, sweep_raise_fn raise, void *ctx)
{
	struct track *t = find(s, place_of(s, c, vertical).key);

	if (!t)
		return;
	touch(t, o, now);
	if (!t->outcomes)
		t->votes = 0; /* what was before is paid for */
	t->outcomes = add(t->outcomes, silent ? SILENT : ANSWERED, 2 * threshold_of(o));
	if (!silent)
		return;
	t->now.silent = add_sat_u32(t->now.silent, 1);
	accuse(t, &c->actor);
	judge(t, o, c, vertical, now, raise, ctx);
}

void sweep_outcome(struct sweep *s, const struct sweep_opts *o, const struct contact *c, enum ask_fate fate, mono_t now,
	sweep_raise_fn raise, void *ctx)
{
	bool silent = fate == FATE_GONE || fate == FATE_HALF_OPEN;

	if (fate == FATE_UNKNOWN || !counts(c))
		return;
	outcome(s, o, c, silent, now, false, raise, ctx);
	outcome(s, o, c, silent, now, true, raise, ctx);
}

void sweep_rearm(struct sweep *s, const struct sweep_opts *o, const struct actor *a)
{
	const uint32_t half = threshold_of(o) / 2; /* with all the hurry there is, it is still below */
	struct track *t = &s->tracks[0][0];

	for (size_t i = 0; i < (size_t)BUCKETS * WAYS; i++) {
		if (!t[i].raised || !actor_equal(&t[i].found, a))
			continue;
		t[i].raised = false;
		if (t[i].outcomes > half)
			t[i].outcomes = half;
	}
}

uint64_t sweep_evicted(const struct sweep *s)
{
	return s->evicted;
}

void sweep_stats(const struct sweep *s, struct sweep_stats *out)
{
	const struct track *t = &s->tracks[0][0];

	*out = (struct sweep_stats){ .evicted = s->evicted };
	for (size_t i = 0; i < (size_t)BUCKETS * WAYS; i++)
		out->records += t[i].key != 0;
}
