/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * New connections over time, one record for each (source, rule) and (service, rule).
 * Called by the engine for each new flow that a rule watches, and for each proven
 * connection.
 */
#include "core/detect_rate.h"

#include <string.h>

#include "core/fixed.h"

#define ONE 256 /* a connection, Q8 */
#define LN2_Q16 45426
#define TICKS_A_SECOND 16
#define KEPT_TICKS (120 * TICKS_A_SECOND)

enum {
	RAISED_CLAIMED = 1 << 0,
	RAISED_ANSWERED = 1 << 1,
};

enum {
	WEAK_NONE = 0,
	WEAK_ONE,    /* one waits for a second */
	WEAK_PROVEN, /* two have come: each counts */
};

bool rate_rule_matches(const struct rate_rule *r, uint8_t proto, uint16_t dport)
{
	if (r->proto ? proto != r->proto : proto != PROTO_TCP && proto != PROTO_UDP)
		return false;
	for (size_t i = 0; i < r->n_ports; i++)
		if (r->ports[i] == dport)
			return true;
	return !r->n_ports;
}

static void watch_ports(uint32_t *ports, const struct rate_rule *r, uint32_t bit)
{
	for (size_t i = 0; i < r->n_ports; i++)
		ports[r->ports[i]] |= bit;
	for (size_t port = 0; !r->n_ports && port < 65536; port++)
		ports[port] |= bit;
}

void rate_watch_set(struct rate_watch *w, const struct rate_opts *o)
{
	memset(w, 0, sizeof(*w));
	for (size_t i = 0; i < o->n_rules && i < RATE_RULES; i++) {
		const struct rate_rule *r = &o->rules[i];

		if (!r->rule.enabled)
			continue;
		if (!r->proto || r->proto == PROTO_TCP)
			watch_ports(w->tcp, r, UINT32_C(1) << i);
		if (!r->proto || r->proto == PROTO_UDP)
			watch_ports(w->udp, r, UINT32_C(1) << i);
	}
}

/*
 * Source keys may fill all 64 bits, so the rule is mixed in (splitmix64's finalizer,
 * which is one-to-one: two sources never share a record of one rule). The table hashes
 * the result with its secret.
 */
static uint64_t key_of(uint64_t what, uint32_t sid)
{
	uint64_t x = what ^ ((uint64_t)sid + 1) * UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

uint64_t rate_key_source(uint64_t source_key, uint32_t sid)
{
	return key_of(source_key, sid);
}

/* Bit 40 is clear in the key of any IPv4 source, bit 63 set in that of any IPv6 one. */
uint64_t rate_key_service(uint8_t proto, uint16_t port, uint32_t sid)
{
	return key_of(UINT64_C(1) << 40 | (uint64_t)proto << 16 | port, sid);
}

static uint64_t limit_q8(const struct rate_rule *r)
{
	return (uint64_t)r->limit * ONE;
}

/*
 * A steady rate r reads r * half-life / ln 2: with half-life = window * ln 2, r *
 * window.
 */
static struct half_life half_life_for(const struct rate_rule *r)
{
	return half_life_of(r->window_ns / 65536 * LN2_Q16);
}

/* What falls below half of the limit may be found anew. */
static void touch(const struct rate_rule *r, struct rate_record *rec, mono_t now)
{
	uint32_t tick = mono_tick(now);
	uint32_t steps;

	if (!rec->first && !rec->last)
		rec->first = rec->last = tick;
	if ((int32_t)(tick - rec->last) > 0) {
		steps = half_life_steps(half_life_for(r), rec->last, tick);
		rec->claimed = fade(rec->claimed, steps);
		rec->answered = fade(rec->answered, steps);
		rec->last = tick;
	}
	if (rec->claimed < limit_q8(r) / 2)
		rec->flags &= (uint16_t)~RAISED_CLAIMED;
	if (rec->answered < limit_q8(r) / 2)
		rec->flags &= (uint16_t)~RAISED_ANSWERED;
}

static void fill(const struct rate_rule *r, const struct rate_record *rec,
	enum proof proof, uint32_t score, mono_t now, struct finding *out)
{
	*out = (struct finding){
		.kind = r->per == RATE_PER_SERVICE ? FINDING_SERVICE_RATE : FINDING_RATE,
		.proof = proof,
		.rule = r->rule,
		.score = hundredths(score, 8),
		.threshold = hundredths(limit_q8(r), 8),
		.count = (uint32_t)(((uint64_t)score + ONE / 2) / ONE),
		.window_ns = r->window_ns,
		.first = tick_time(rec->first, now),
		.at = now,
	};
}

static bool crosses(const struct rate_rule *r, struct rate_record *rec, uint32_t score,
	uint16_t flag)
{
	uint64_t times = flag == RAISED_ANSWERED && rec->patience ? rec->patience : 1;

	if (!r->rule.enabled || !r->limit || rec->flags & flag || score < times * limit_q8(r))
		return false;
	rec->flags |= flag;
	return true;
}

bool rate_claimed(const struct rate_rule *r, struct rate_record *rec, mono_t now,
	bool *ask, struct finding *out)
{
	touch(r, rec, now);
	if (rec->claimed < ONE) {
		rec->first = rec->last;
		rec->peak = 0;
	}
	rec->claimed = add_sat_u32(rec->claimed, ONE);
	if (rec->claimed / ONE > rec->peak)
		rec->peak = rec->claimed / ONE;
	/* Once it is proven, further answers would prove it again. */
	*ask = r->per == RATE_PER_SOURCE && !(rec->flags & RAISED_ANSWERED) &&
		(uint64_t)rec->claimed * 100 >= limit_q8(r) * r->ask_share;
	if (!crosses(r, rec, rec->claimed, RAISED_CLAIMED))
		return false;
	fill(r, rec, PROOF_CLAIMED, rec->claimed, now, out);
	return true;
}

/*
 * On a router, the FIN that makes conntrack a witness could be forged, too, by somebody
 * who guesses two numbers within 66000 of the right ones. So one word of it is none; two
 * in a window are, and each after.
 */
static uint32_t weak_worth(struct rate_record *rec)
{
	if (rec->weak == WEAK_PROVEN)
		return ONE;
	if (rec->weak == WEAK_ONE) {
		rec->weak = WEAK_PROVEN;
		return 2 * ONE;
	}
	rec->weak = WEAK_ONE;
	return 0;
}

/* Two words that are a window apart have nothing to do with each other. */
static void turn_window(const struct rate_rule *r, struct rate_record *rec, mono_t now)
{
	uint32_t tick = mono_tick(now);

	if ((int64_t)(tick - rec->answered_at) * (NS_PER_S / TICKS_A_SECOND) > r->window_ns)
		rec->weak = WEAK_NONE;
	rec->answered_at = tick;
}

bool rate_answered(const struct rate_rule *r, struct rate_record *rec,
	enum answer_grade grade, mono_t now, struct finding *out)
{
	uint32_t worth = ONE;

	touch(r, rec, now);
	turn_window(r, rec, now);
	if (grade == ANSWER_WEAK)
		worth = weak_worth(rec);
	rec->answered = add_sat_u32(rec->answered, worth);
	if (rec->answered > rec->claimed)
		rec->answered = rec->claimed;
	if (!worth || !crosses(r, rec, rec->answered, RAISED_ANSWERED))
		return false;
	fill(r, rec, PROOF_ANSWERED, rec->answered, now, out);
	if (rec->patience)
		out->threshold *= rec->patience;
	return true;
}

bool rate_is_news(struct rate_answers *a, uint64_t tuple, mono_t now)
{
	size_t i = tuple & (RATE_TUPLES - 1);
	uint32_t tick = mono_tick(now);
	bool known = a->at[i].tick && a->at[i].tuple == tuple &&
		tick - a->at[i].tick < KEPT_TICKS;

	a->at[i].tuple = tuple;
	a->at[i].tick = tick ? tick : 1;
	return !known;
}

void rate_near(const struct rate_rule *r, const struct rate_record *rec, mono_t now, struct nears *out)
{
	struct rate_record at = *rec;
	struct near n = { .rule = r->rule, .kind = r->per == RATE_PER_SERVICE ? FINDING_SERVICE_RATE : FINDING_RATE,
		.threshold = hundredths(limit_q8(r), 8) };

	touch(r, &at, now);
	n.proof = PROOF_CLAIMED;
	n.score = hundredths(at.claimed, 8);
	near_add(out, &n);
	n.proof = PROOF_ANSWERED;
	n.score = hundredths(at.answered, 8);
	if (at.patience)
		n.threshold *= at.patience;
	near_add(out, &n);
}
