/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The level of one counter and what rises above it.
 */
#include "core/surge.h"

#include "core/fixed.h"

#define HALF_LIFE (300 * NS_PER_S)
#define MOST_NS (3600 * NS_PER_S)
#define HUSH_NS (1800 * NS_PER_S)
#define ROOT_ONE (INT64_C(1) << 16)
#define MOST_RATE (UINT64_C(1) << 46) /* a second: 64 TiB/s; its root fits the averages */

uint64_t surge_since(uint64_t *before, uint64_t now)
{
	uint64_t d = now >= *before ? now - *before : now;

	*before = now;
	return d;
}

static uint64_t rate_of(uint64_t got, int64_t elapsed_ns)
{
	uint64_t ms = (uint64_t)(elapsed_ns / NS_PER_MS);
	uint64_t rate = got < MOST_RATE ? got * 1000 / (ms ? ms : 1) : MOST_RATE;

	return rate < MOST_RATE ? rate : MOST_RATE;
}

/* A count has its own noise: half a root. */
static int64_t width_of(const struct surge *s)
{
	int64_t d = s->deviation > ROOT_ONE / 2 ? s->deviation : ROOT_ONE / 2;

	return d > s->level / 16 ? d : s->level / 16;
}

/* The younger, the quicker: what the first step held is not how things are. */
static void learn(struct surge *s, const struct surge_step *t, int64_t root)
{
	int64_t half = t->age_ns / 2 < HALF_LIFE ? t->age_ns / 2 : HALF_LIFE, off;

	half = half > NS_PER_S ? half : NS_PER_S;
	off = root > s->level ? root - s->level : s->level - root;
	s->level = level_learn(s->level, root, t->elapsed_ns, half);
	s->deviation = level_learn(s->deviation, off, t->elapsed_ns, half);
}

void surge_end(struct surge *s, mono_t now)
{
	s->raised = false;
	s->above = s->quiet = 0;
	s->ended = now;
}

static void keep_up(struct surge *s, bool above, mono_t now)
{
	s->quiet = above ? 0 : (uint8_t)(s->quiet + 1);
	if (s->root > s->told)
		s->told = s->root;
	if (mono_since(now, s->since) >= MOST_NS) {
		s->level = s->root;
		s->deviation = s->root / 8;
		surge_end(s, now);
	} else if (s->quiet >= SURGE_QUIET_STEPS) {
		surge_end(s, now);
	}
}

bool surge_step(struct surge *s, const struct surge_step *t, uint64_t counter)
{
	int64_t limit = s->level + t->deviations * width_of(s);
	bool above;

	s->rate = rate_of(surge_since(&s->before, counter), t->elapsed_ns);
	s->root = (int64_t)root_u64(s->rate << 16) << 8;
	above = !t->learning && s->root > limit && s->rate >= t->least;
	if (s->raised) {
		keep_up(s, above, t->now);
		return false;
	}
	s->above = above ? (uint8_t)(s->above + 1) : 0;
	if (s->above && s->above >= t->steps) {
		s->raised = true;
		s->since = t->now;
		s->quiet = 0;
		return true;
	}
	learn(s, t, !t->learning && s->root > limit ? limit : s->root);
	return false;
}

/* Twice the rate is 1.41 times the root. */
bool surge_is_news(const struct surge *s, mono_t now)
{
	return !s->told || mono_since(now, s->ended) > HUSH_NS || s->root * 100 > s->told * 141;
}

int32_t surge_deviations(const struct surge *s)
{
	int64_t d = s->root > s->level ? (s->root - s->level) * 100 / width_of(s) : 0;

	return (int32_t)(d < INT32_MAX ? d : INT32_MAX);
}

uint64_t surge_usual(const struct surge *s)
{
	uint64_t root = (uint64_t)s->level >> 8;

	return root * root >> 16;
}
