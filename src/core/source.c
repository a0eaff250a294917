/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The record of a source: its decay, and its rates. The scores are detect_scan's and
 * detect_odd's to raise.
 */
#include "core/source.h"

#define ONE 256 /* an event, Q8 */
#define TICKS_A_SLOT (600 * 16)
#define TICKS_A_WEEK (7 * 24 * 3600 * 16)

void source_half_lives_set(struct source_half_lives *h, int64_t fast_ns, int64_t slow_ns,
	int64_t odd_ns)
{
	*h = (struct source_half_lives){
		.fast = half_life_of(fast_ns),
		.slow = half_life_of(slow_ns),
		.proven = half_life_of(3600 * NS_PER_S),
		.odd = half_life_of(odd_ns),
		.rate_5s = half_life_of(5 * NS_PER_S),
		.rate_60s = half_life_of(60 * NS_PER_S),
		.rate_1h = half_life_of(3600 * NS_PER_S),
	};
}

static int16_t fade_score(struct half_life h, int16_t score, uint32_t from, uint32_t to)
{
	return score > 0 ? (int16_t)fade_between(h, (uint32_t)score, from, to) : 0;
}

void source_touch(const struct source_half_lives *h, struct source *s, mono_t now)
{
	uint32_t from = s->last, to = mono_tick(now);

	if (!s->first && !from) {
		s->first = s->last = to;
		return;
	}
	if ((int32_t)(to - from) <= 0)
		return;
	s->rate_5s = fade_between(h->rate_5s, s->rate_5s, from, to);
	s->rate_60s = fade_between(h->rate_60s, s->rate_60s, from, to);
	s->rate_1h = fade_between(h->rate_1h, s->rate_1h, from, to);
	s->fast = fade_score(h->fast, s->fast, from, to);
	s->slow = fade_score(h->slow, s->slow, from, to);
	s->proven = fade_score(h->proven, s->proven, from, to);
	s->odd = (uint16_t)fade_between(h->odd, s->odd, from, to);
	if (s->good && to - from >= TICKS_A_WEEK)
		s->good = to - from < 8 * TICKS_A_WEEK ? (uint8_t)(s->good >> ((to - from) / TICKS_A_WEEK)) : 0;
	s->last = to;
}

void source_new_flow(struct source *s)
{
	s->rate_5s = add_sat_u32(s->rate_5s, ONE);
	s->rate_60s = add_sat_u32(s->rate_60s, ONE);
	s->rate_1h = add_sat_u32(s->rate_1h, ONE);
}

static uint8_t slot_of(mono_t now)
{
	return (uint8_t)(mono_tick(now) / TICKS_A_SLOT);
}

bool source_owes_history(const struct source *s, mono_t now)
{
	return !s->good || s->good_slot != slot_of(now);
}

bool source_served(struct source *s, mono_t now)
{
	if (!source_owes_history(s, now) || s->good == UINT8_MAX)
		return false;
	s->good_slot = slot_of(now);
	return ++s->good == SOURCE_GOOD;
}

void source_stack(struct source *s, uint8_t stack)
{
	s->stacks |= (uint16_t)(1u << (stack & 15));
	if (__builtin_popcount(s->stacks) >= SOURCE_STACKS)
		s->flags |= SOURCE_SHARED;
}
