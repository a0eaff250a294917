/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sequential test on one source's first contacts. Called by the engine for each
 * packet that opens a flow, and once more when the fate of an open contact is known.
 */
#include "core/detect_scan.h"

#include "base/sketch.h"

#define TICKS_AN_HOUR (3600 * 16)
#define FEW 8 /* targets: what it takes the slow memory to find a scan */
/*
 * Bits a target. With one, a scan in five would be found a probe late because two of its
 * first six ports share a bit; with two, one in nineteen. From CROWD bits on a target
 * gets one, or who visits many open ports would soon have none left for closed ones.
 */
#define BITS 2
#define CROWD 24
#define CROWD_COUNTS 30 /* bitmap64_count of so many */
#define HOURS_FEW 24

static bool few(uint64_t bitmap)
{
	return __builtin_popcountll(bitmap) <= FEW * BITS;
}

/*
 * Targets are forgotten by the hour, lest a busy source fill its 64 bits and hide
 * behind them. But who has only a few is remembered by them for a day: a mail client
 * with four dead ports that wakes up every three hours must not become a slow scanner
 * by repetition.
 */
static void turn_generations(struct source *s, mono_t now)
{
	uint16_t hour = (uint16_t)(mono_tick(now) / TICKS_AN_HOUR);
	uint16_t passed = (uint16_t)(hour - s->generation);

	if (!passed)
		return;
	s->generation = hour;
	if (__builtin_popcount(s->stacks) < SOURCE_STACKS)
		s->flags &= (uint16_t)~SOURCE_SHARED;
	s->stacks = 0;
	if (few(s->seen_now | s->seen_before) && passed < HOURS_FEW)
		s->seen_before |= s->seen_now;
	else
		s->seen_before = passed == 1 ? s->seen_now : 0;
	s->seen_now = 0;
}

void scan_touch(const struct scan_opts *o, struct source *s, mono_t now)
{
	turn_generations(s, now);
	if (s->fast < o->fast_threshold / 2)
		s->flags &= (uint16_t)~SOURCE_RAISED_FAST;
	if (s->slow < o->slow_threshold / 2)
		s->flags &= (uint16_t)~SOURCE_RAISED_SLOW;
	if (s->proven < o->proven_threshold / 2)
		s->flags &= (uint16_t)~SOURCE_RAISED_PROVEN;
}

/* A target that is seen again becomes younger: what is visited all day is never new. */
static bool target_add(struct source *s, uint64_t target)
{
	const uint64_t seen = s->seen_now | s->seen_before, second = target << 6;
	uint64_t all = seen;
	bool fresh = bitmap64_add(&all, target);

	bitmap64_add(&s->seen_now, target);
	/* Nearly all have been seen, and need no count of bits. */
	if (bitmap64_add(&all, second)) {
		if (__builtin_popcountll(seen) >= CROWD)
			return fresh;
		fresh = true;
	}
	bitmap64_add(&s->seen_now, second);
	return fresh;
}

static int32_t weight_of(const struct scan_opts *o, enum contact_outcome outcome)
{
	switch (outcome) {
	case CONTACT_CLOSED:
	case CONTACT_STEALTH:
		return o->weight_closed;
	case CONTACT_STRAY_ACK:
	case CONTACT_UNFINISHED:
	case CONTACT_SILENT:
		return o->weight_weak;
	case CONTACT_COMPLETED:
		return o->weight_completed;
	case CONTACT_NEUTRAL:
	case CONTACT_OPEN:
		break;
	}
	return 0;
}

/* Floor 0: good behaviour pays for what was, never for what is to come. */
static int16_t score_add(int16_t score, int32_t weight)
{
	int32_t sum = score + weight;

	if (sum < 0)
		return 0;
	return sum > INT16_MAX ? INT16_MAX : (int16_t)sum;
}

static int16_t threshold_for(int16_t threshold, const struct scan_opts *o, const struct scan_contact *c)
{
	int32_t raised = threshold;

	if (c->neighbour && o->neighbour_factor)
		raised *= o->neighbour_factor;
	if (c->patience)
		raised *= c->patience;
	return raised > INT16_MAX ? INT16_MAX : (int16_t)raised;
}

/* 'closed' may be months old; the bitmaps know about how many targets were of late. */
static uint32_t recent_targets(const struct source *s)
{
	uint32_t bits = bitmap64_count(s->seen_now | s->seen_before);
	uint32_t targets = bits < CROWD_COUNTS ? (bits + BITS - 1) / BITS :
		bits - CROWD_COUNTS / BITS;

	return targets < s->closed ? targets : s->closed;
}

static void fill(struct finding *out, const struct rule *rule, const struct source *s,
	int16_t score, int16_t threshold, mono_t now)
{
	*out = (struct finding){
		.kind = FINDING_SCAN,
		.proof = PROOF_CLAIMED,
		.rule = *rule,
		.score = hundredths((uint64_t)score, 6),
		.threshold = hundredths((uint64_t)threshold, 6),
		.count = s->closed,
		.first = tick_time(s->first, now),
		.at = now,
	};
}

/* Over how long it was counted: the memory is no longer than its half-life, people count from a second up. */
static int64_t span(const struct finding *f, int64_t half_life_ns)
{
	int64_t ns = mono_since(f->at, f->first);

	if (ns < NS_PER_S)
		return NS_PER_S;
	return ns < half_life_ns ? ns - ns % NS_PER_S : half_life_ns;
}

/*
 * The slow memory holds the fast one's evidence too. While the fast finding stands it
 * would say the same again; once that is over, the next contact of the same source is
 * news.
 */
static bool judge(const struct scan_opts *o, struct source *s, const struct scan_contact *c, mono_t now,
	struct finding *out)
{
	int16_t fast = threshold_for(o->fast_threshold, o, c);
	int16_t slow = threshold_for(o->slow_threshold, o, c);

	if (s->flags & SOURCE_RAISED_FAST)
		return false;
	if (o->fast_rule.enabled && s->fast >= fast) {
		s->flags |= SOURCE_RAISED_FAST;
		fill(out, &o->fast_rule, s, s->fast, fast, now);
		out->window_ns = span(out, o->fast_half_life_ns);
		out->count = recent_targets(s);
		return true;
	}
	if (!o->slow_rule.enabled || s->flags & SOURCE_RAISED_SLOW || s->slow < slow)
		return false;
	s->flags |= SOURCE_RAISED_SLOW;
	fill(out, &o->slow_rule, s, s->slow, slow, now);
	out->window_ns = span(out, o->slow_half_life_ns);
	return true;
}

/* On evidence that nobody can have forged: the only scan that may cost its source a service. */
static bool judge_proven(const struct scan_opts *o, struct source *s, const struct scan_contact *c,
	mono_t now, struct finding *out)
{
	int32_t threshold = threshold_for(o->proven_threshold, o, c) * (c->proof ? c->proof : 1);

	if (!c->proven || !o->proven_rule.enabled || s->flags & SOURCE_RAISED_PROVEN || s->proven < threshold)
		return false;
	s->flags |= SOURCE_RAISED_PROVEN;
	fill(out, &o->proven_rule, s, s->proven, (int16_t)threshold, now);
	out->window_ns = span(out, 3600 * NS_PER_S);
	out->proof = PROOF_ANSWERED;
	return true;
}

bool scan_count(const struct scan_opts *o, struct source *s, const struct scan_contact *c,
	mono_t now, bool *fresh, struct finding *out)
{
	int32_t weight = weight_of(o, c->outcome);

	*fresh = false;
	scan_touch(o, s, now);
	if (c->outcome == CONTACT_NEUTRAL)
		return false;
	if (c->outcome == CONTACT_STEALTH)
		s->flags |= SOURCE_STEALTH;
	if (!c->revisit) {
		*fresh = target_add(s, c->target);
		if (!*fresh)
			return false;
	}
	if (c->outcome == CONTACT_OPEN)
		s->open = add_sat_u16(s->open, 1);
	s->fast = score_add(s->fast, weight);
	s->slow = score_add(s->slow, weight);
	if (c->proven)
		s->proven = score_add(s->proven, weight);
	if (weight <= 0)
		return false;
	s->closed = add_sat_u16(s->closed, 1);
	return judge_proven(o, s, c, now, out) || judge(o, s, c, now, out);
}

static void near_by(struct nears *out, const struct rule *rule, enum proof proof, int16_t score, int32_t threshold)
{
	near_add(out, &(struct near){ .rule = *rule, .kind = FINDING_SCAN, .proof = proof,
		.score = score > 0 ? hundredths((uint64_t)score, 6) : 0,
		.threshold = threshold > 0 ? hundredths((uint64_t)threshold, 6) : 0 });
}

void scan_near(const struct scan_opts *o, const struct source *s, const struct scan_contact *as, struct nears *out)
{
	const int32_t times = as->proof ? as->proof : 1;

	near_by(out, &o->fast_rule, PROOF_CLAIMED, s->fast, threshold_for(o->fast_threshold, o, as));
	near_by(out, &o->slow_rule, PROOF_CLAIMED, s->slow, threshold_for(o->slow_threshold, o, as));
	near_by(out, &o->proven_rule, PROOF_ANSWERED, s->proven, threshold_for(o->proven_threshold, o, as) * times);
}
