/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fast half of a baseline: additive Holt-Winters on square roots with a season of one local day.
 *
 *   expected  y^ = a + b + c[slot]
 *   level     a' = a + b + alpha (y - y^)          alpha 1/10: follows within an hour
 *   trend     b' = b + beta (y - y^), fading       beta 1/2000: a slope of hours, not of a burst
 *   season    c' = c + gamma (y - a' - c)          gamma 1/10: of the last ten days; the plain mean until then
 *   width     d' = d + gamma (|y - y^| - d)        as Brutlag, one for each slot of the day
 *
 * with y winsorised to y^ +- deviations * 1.25 d; who is beyond does not widen the band at all: else a surge a day at
 * the same hour would make room for itself within two weeks. The first day has no season yet: it is kept as it came,
 * and its mean becomes the level when it is over.
 */
#include "core/baseline_parts.h"

#include "core/fixed.h"

#define ALPHA 10
#define BEYOND_ALPHA 20  /* the limit must not run away from a surge before it has had its three slots */
#define GAMMA 10
#define BETA 2000
#define FADE 64          /* of the trend, a slot: what is not seen again is forgotten within hours */
#define MOST_ROOT ((INT64_C(1) << 39) - 1)
#define TRUSTED 3        /* days of a slot, before its width may hold learning back */
#define NEIGHBOURS 4     /* slots to each side that a width is the mean of: one alone is a guess from ten samples */

/*
 * The root of a Poisson count varies by a half whatever its mean (Anscombe 1948): less is luck. And with a deviation of
 * a twelfth of the middle, four are 1.8 times the usual: of less, nobody wants to hear of a series that is steady to a
 * hair.
 */
#define LEAST_WIDTH (INT64_C(1) << 15)
#define LEAST_SHARE 12

int64_t root_q16(uint64_t value)
{
	uint64_t root;

	if (value >> 32 == 0)
		root = root_u64(value << 32);
	else if (value >> 48 == 0)
		root = (uint64_t)root_u64(value << 16) << 8;
	else
		root = (uint64_t)root_u64(value) << 16;
	return root > (uint64_t)MOST_ROOT ? MOST_ROOT : (int64_t)root;
}

uint64_t square_q16(int64_t root)
{
	uint64_t r = root > 0 ? (uint64_t)root >> 8 : 0; /* Q8: up to 2^31 */

	if (root > MOST_ROOT)
		r = (uint64_t)MOST_ROOT >> 8;
	return (r * r + (1U << 15)) >> 16;
}

uint64_t percent_of(uint64_t value, unsigned percent)
{
	if (value > UINT64_MAX / 1000000)
		return value / 100 * percent;
	return value * percent / 100;
}

static int64_t divided(int64_t value, int64_t by)
{
	return value >= 0 ? (value + by / 2) / by : -((by / 2 - value) / by);
}

static int32_t kept(int64_t q16)
{
	int64_t q8 = divided(q16, 256);

	return q8 > INT32_MAX ? INT32_MAX : q8 < -INT32_MAX ? -INT32_MAX : (int32_t)q8;
}

/* The mean over the slot and its neighbours that were met on two days at least. */
static int64_t width_of(const struct season *s, unsigned slot)
{
	uint64_t sum = 0;
	unsigned n = 0;

	for (unsigned i = 0; i <= 2 * NEIGHBOURS; i++) {
		unsigned at = (slot + SLOTS_A_DAY - NEIGHBOURS + i) % SLOTS_A_DAY;

		if (s->seen[at] < 2)
			continue;
		sum += s->width[at];
		n++;
	}
	return n ? (int64_t)(sum / n) * 256 : 0;
}

void season_look(const struct season *s, unsigned slot, struct season_view *out)
{
	int64_t middle = s->level + s->trend + (int64_t)s->middle[slot] * 256;
	int64_t width = width_of(s, slot) * 5 / 4; /* of a normal law, the mean deviation is 0.8 of the standard one */

	if (middle < 0)
		middle = 0;
	if (width < LEAST_WIDTH)
		width = LEAST_WIDTH;
	if (width < middle / LEAST_SHARE)
		width = middle / LEAST_SHARE;
	*out = (struct season_view){ .middle = middle, .width = width, .seen = s->seen[slot] };
	if (s->first_day < SLOTS_A_DAY)
		out->seen = 0;
}

static void learn_first_day(struct season *s, unsigned slot, int64_t root)
{
	int64_t sum = 0, n = 0;

	s->middle[slot] = kept(root);
	s->seen[slot] = 1;
	if (++s->first_day < SLOTS_A_DAY)
		return;
	for (unsigned i = 0; i < SLOTS_A_DAY; i++) {
		sum += s->middle[i];
		n += s->seen[i];
	}
	for (unsigned i = 0; i < SLOTS_A_DAY; i++)
		if (s->seen[i])
			s->middle[i] -= (int32_t)(sum / n);
	s->level = sum / n * 256;
}

static int64_t winsorised(int64_t root, const struct season_view *v, unsigned deviations)
{
	int64_t edge = v->width * (int64_t)deviations;

	if (v->seen < TRUSTED)
		return root;
	if (root > v->middle + edge)
		return v->middle + edge;
	return root < v->middle - edge ? v->middle - edge : root;
}

static void learn_width(struct season *s, unsigned slot, const struct season_view *v, int64_t away, unsigned deviations)
{
	int64_t own = (int64_t)s->width[slot] * 256, gamma = v->seen < GAMMA ? v->seen : GAMMA;

	if (v->seen >= TRUSTED && away >= v->width * (int64_t)deviations)
		return;
	s->width[slot] = (uint32_t)kept(own + divided(away - own, gamma));
}

void season_learn(struct season *s, unsigned slot, int64_t root, unsigned deviations, bool beyond)
{
	struct season_view v;
	int64_t error, own, gamma;

	if (s->first_day < SLOTS_A_DAY) {
		learn_first_day(s, slot, root);
		return;
	}
	season_look(s, slot, &v);
	if (!v.seen) {
		s->middle[slot] = kept(root - s->level);
		s->seen[slot] = 1;
		return;
	}
	error = winsorised(root, &v, deviations) - v.middle;
	gamma = v.seen < GAMMA ? v.seen + 1 : GAMMA;
	own = (int64_t)s->middle[slot] * 256;
	s->level += s->trend + divided(error, beyond ? BEYOND_ALPHA : ALPHA);
	s->trend += divided(error, BETA) - divided(s->trend, FADE);
	if (beyond)
		return;
	s->middle[slot] = kept(own + divided(v.middle + error - s->level - own, gamma));
	learn_width(s, slot, &v, error < 0 ? -error : error, deviations);
	if (s->seen[slot] < UINT8_MAX)
		s->seen[slot]++;
}
