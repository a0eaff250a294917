/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guessing by one source: a record each, in a bounded table. The engine hands in each session to a login service that has
 * ended. What all sources together do is detect_brute_wave.c's.
 */
#include "core/detect_brute_parts.h"

#include <string.h>

#define LONG_NS (150 * NS_PER_S) /* sshd ends a login that takes two minutes (LoginGraceTime) */
#define LARGE 4                  /* times short_bytes */
#define TIME_WAIT_NS (120 * NS_PER_S)
#define HEADER_V4 52             /* IP 20, TCP 20, time stamps 12: what nearly every stack sends */
#define HEADER_V6 72
#define FAST_NS (600 * NS_PER_S)
#define SLOW_NS (86400 * NS_PER_S)
#define GOOD_NS (7 * SLOW_NS)
#define GOOD_EVERY UINT32_C(9600) /* ticks: ten minutes between good sessions that count, so that none are had in a hurry */
#define GOOD_LEAST (3 * BRUTE_ONE + BRUTE_ONE / 2) /* four of them, a little faded */
#define SERVED_WORTH BRUTE_ONE
#define LONG_WORTH (4 * BRUTE_ONE)

size_t brute_bytes(void)
{
	return BRUTE_ALIGNED(sizeof(struct brute)) + table_bytes(BRUTE_SOURCES);
}

void brute_create(struct brute **out, void *memory, const struct hash_key *key)
{
	struct brute *b = memory;

	memset(b, 0, sizeof(*b));
	b->key = *key;
	/* It fails for a misaligned or small memory alone, which is its caller's mistake and ours. */
	(void)table_create(&b->sources, (uint8_t *)memory + BRUTE_ALIGNED(sizeof(*b)), table_bytes(BRUTE_SOURCES),
		BRUTE_SOURCES, key);
	b->fast = half_life_of(FAST_NS);
	b->slow = half_life_of(SLOW_NS);
	b->good = half_life_of(GOOD_NS);
	*out = b;
}

bool brute_watches(const struct brute_opts *o, uint8_t proto, uint16_t port)
{
	for (size_t i = 0; proto == PROTO_TCP && i < o->n_ports; i++)
		if (o->ports[i] == port)
			return true;
	return false;
}

static uint64_t written(const struct flow_end *f, enum flow_way way)
{
	uint64_t header = f->tuple.src.family == FAMILY_V6 ? HEADER_V6 : HEADER_V4;
	uint64_t headers = f->teller == TELLER_SOCKET ? 0 : f->packets[way] * header;

	return f->bytes[way] > headers ? f->bytes[way] - headers : 0;
}

/* conntrack's entry outlives what it counts by TIME_WAIT, where the end was in good order. */
static int64_t lasted(const struct flow_end *f)
{
	if (f->teller != TELLER_CONNTRACK || f->lasted_ns < 0)
		return f->lasted_ns;
	return f->lasted_ns > TIME_WAIT_NS ? f->lasted_ns - TIME_WAIT_NS : 0;
}

enum brute_word brute_word_of(const struct brute_opts *o, const struct flow_end *f)
{
	uint64_t there = written(f, FLOW_THERE), back = written(f, FLOW_BACK), sum = there + back;

	if (there < o->least_bytes)
		return BRUTE_NOTHING;
	if (lasted(f) >= LONG_NS || sum / LARGE >= o->short_bytes)
		return BRUTE_LONG;
	if (back >= there / 2 + o->answer_bytes)
		return BRUTE_SERVED;
	if (sum >= o->short_bytes || lasted(f) > o->short_ns)
		return BRUTE_NOTHING;
	return BRUTE_ATTEMPT;
}

static void touch(const struct brute *b, struct guesser *g, mono_t now)
{
	uint32_t tick = mono_tick(now);

	if (!g->first && !g->last)
		g->first = g->last = tick;
	if ((int32_t)(tick - g->last) <= 0)
		return;
	g->fast = fade_between(b->fast, g->fast, g->last, tick);
	g->slow = fade_between(b->slow, g->slow, g->last, tick);
	g->good = fade_between(b->good, g->good, g->last, tick);
	g->last = tick;
}

static bool is_known(const struct guesser *g)
{
	return g->good >= GOOD_LEAST;
}

/* Half of a session less: at the pace that people and tools have, the eighth attempt reads little more than seven. */
static uint32_t limit_of(const struct brute *b, const struct guesser *g, uint32_t limit)
{
	uint32_t jitter = (uint32_t)(hash_u64(&b->key, ~g->key) % 3);

	limit += jitter;
	return limit > 2 ? (limit - 1) * BRUTE_ONE - BRUTE_ONE / 2 : BRUTE_ONE;
}

static uint32_t less(uint32_t value, uint32_t worth)
{
	return value > worth ? value - worth : 0;
}

static void served(struct guesser *g, uint32_t worth)
{
	bool counts = !g->good || g->last - g->good_at >= GOOD_EVERY;

	g->fast = less(g->fast, worth);
	g->slow = less(g->slow, worth);
	g->flags |= GUESSER_SERVED;
	if (!counts)
		return;
	g->good = add_sat_u32(g->good, BRUTE_ONE);
	g->good_at = g->last;
}

/* Which memory is the fuller one, of its limit; times: the patience that the source has. */
struct reading {
	uint32_t score, limit;
	int64_t window_ns;
};

static bool is_over(const struct brute *b, const struct brute_opts *o, const struct guesser *g, uint32_t times,
	struct reading *out)
{
	uint32_t fast = times * limit_of(b, g, o->fast_limit), slow = times * limit_of(b, g, o->slow_limit);

	*out = (struct reading){ g->fast, fast, FAST_NS };
	if (g->fast >= fast)
		return true;
	*out = (struct reading){ g->slow, slow, SLOW_NS };
	return g->slow >= slow;
}

static void say(const struct rule *rule, const struct reading *r, const struct guesser *g, const struct flow_end *f,
	mono_t now, struct finding *out)
{
	*out = (struct finding){
		.kind = FINDING_BRUTE,
		.proof = PROOF_ANSWERED,
		.rule = *rule,
		.subject = { .kind = SUBJECT_SOURCE, .source = source_prefix(g->key) },
		.score = hundredths(r->score, BRUTE_BITS),
		.threshold = hundredths(r->limit, BRUTE_BITS),
		.count = (r->score + BRUTE_ONE / 2) / BRUTE_ONE,
		.window_ns = r->window_ns,
		.first = tick_time(g->first, now),
		.at = now,
		.src = f->tuple.src,
		.dst = f->tuple.dst,
		.sport = f->tuple.sport,
		.dport = f->tuple.dport,
		.proto = f->tuple.proto,
		.ports = { f->tuple.dport },
		.n_ports = 1,
	};
}

/* Without a history: its limits. With one: twice as much, and more mildly, up to where no automation goes. */
static bool judge(const struct brute *b, const struct brute_opts *o, struct guesser *g, const struct flow_end *f,
	mono_t now, struct finding *out)
{
	bool known = is_known(g), robot = g->fast >= o->robot_limit * BRUTE_ONE;
	const struct rule *rule = known && !robot ? &o->known_rule : &o->login_rule;
	uint8_t flag = known && !robot ? GUESSER_RAISED_KNOWN : GUESSER_RAISED_LOGIN;
	struct reading r;

	if (!is_over(b, o, g, known ? 2 : 1, &r) || g->flags & (flag | GUESSER_RAISED_LOGIN) || !rule->enabled)
		return false;
	g->flags |= flag;
	say(rule, &r, g, f, now, out);
	return true;
}

static void rate(struct brute *b, const struct guesser *g, uint64_t hash, mono_t now)
{
	uint32_t worth = add_sat_u32(g->slow, g->good) / (BRUTE_ONE / 4);

	table_rate(b->sources, g->key, hash, TABLE_PROVEN, (uint8_t)(worth > 255 ? 255 : worth), now);
}

/* However many a sampled one stands for: nobody knows whose the others were. */
static void attempted(struct guesser *g, const struct flow_end *f)
{
	g->fast = add_sat_u32(g->fast, BRUTE_ONE);
	g->slow = add_sat_u32(g->slow, BRUTE_ONE);
	g->port = f->tuple.dport;
	g->attempt_at = g->last;
	if (g->attempts < UINT8_MAX)
		g->attempts++;
}

/* What has faded to half of what would be found may be found anew. */
static void rearm_faded(const struct brute *b, const struct brute_opts *o, struct guesser *g)
{
	if (g->fast < limit_of(b, g, o->fast_limit) / 2 && g->slow < limit_of(b, g, o->slow_limit) / 2)
		g->flags &= (uint8_t)~(GUESSER_RAISED_KNOWN | GUESSER_RAISED_LOGIN);
}

void brute_flow(struct brute *b, const struct brute_opts *o, const struct flow_end *f, mono_t now,
	brute_raise_fn raise, void *ctx)
{
	uint64_t key = source_key(&f->tuple.src), hash;
	enum brute_word word;
	struct guesser *g;
	struct finding found;
	uint8_t ghost;
	bool fresh;

	if (f->proof != PROOF_ANSWERED || f->direction != FLOW_IN ||
	    !brute_watches(o, f->tuple.proto, f->tuple.dport))
		return;
	word = brute_word_of(o, f);
	if (word == BRUTE_NOTHING)
		return;
	hash = table_prefetch(b->sources, key);
	g = table_admit_proven(b->sources, key, hash, now, &fresh, &ghost);
	if (!g) {
		b->untracked++;
		return;
	}
	/* The ghost is not believed: it does not tell attempts from good sessions. */
	touch(b, g, now);
	rearm_faded(b, o, g);
	if (word == BRUTE_ATTEMPT) {
		attempted(g, f);
		wave_attempt(b, g, f, now);
		if (judge(b, o, g, f, now, &found))
			raise(ctx, &found);
	} else {
		served(g, word == BRUTE_LONG ? LONG_WORTH : SERVED_WORTH);
	}
	rate(b, g, hash, now);
}

void brute_rearm(struct brute *b, uint64_t source_key)
{
	struct guesser *g = table_find(b->sources, source_key, table_prefetch(b->sources, source_key));

	if (!g)
		return;
	g->flags &= GUESSER_SERVED;
	g->fast /= 2;
	g->slow /= 2;
	g->attempts = 0;
}

uint64_t brute_untracked(const struct brute *b)
{
	return b->untracked;
}

void brute_near(const struct brute *b, const struct brute_opts *o, uint64_t source_key, mono_t now, struct nears *out)
{
	const struct guesser *known = table_find(b->sources, source_key, table_prefetch(b->sources, source_key));
	struct guesser g;
	struct reading fast, slow;

	if (!known)
		return;
	g = *known;
	touch(b, &g, now);
	const uint32_t times = is_known(&g) ? 2 : 1;
	const struct rule *rule = is_known(&g) ? &o->known_rule : &o->login_rule;
	fast = (struct reading){ g.fast, times * limit_of(b, &g, o->fast_limit), FAST_NS };
	slow = (struct reading){ g.slow, times * limit_of(b, &g, o->slow_limit), SLOW_NS };
	if ((uint64_t)slow.score * fast.limit > (uint64_t)fast.score * slow.limit)
		fast = slow;
	near_add(out, &(struct near){ .rule = *rule, .kind = FINDING_BRUTE, .proof = PROOF_ANSWERED,
		.score = hundredths(fast.score, BRUTE_BITS), .threshold = hundredths(fast.limit, BRUTE_BITS) });
}
