/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trials.h"

#include <math.h>
#include <string.h>

#define LEARNED WEEK
#define TAUGHT (TAUGHT_WEEKS * WEEK)
#define SURGE_EACH (3 * DAY) /* never a day apart, nor a week: what came then at that hour is no news */
#define SURGE_LASTS 6

const double surge_sizes[SURGES] = { 1, 2, 3, 5, 10 };
const struct ramp ramps[RAMPS] = {
	{ "3 hours", 36 },
	{ "12 hours", 144 },
	{ "3 days", 3 * DAY },
	{ "3 weeks", 3 * WEEK },
	{ "78 days (3 % a day)", 78 * DAY },
};

static struct world world;

static struct world *world_of(uint64_t seed, unsigned slots)
{
	static uint64_t made;

	if (made != seed * MOST_SLOTS * 2 + slots)
		world_make(&world, seed, slots);
	made = seed * MOST_SLOTS * 2 + slots;
	return &world;
}

/* One slot of the world, with something on top of it. */
static void step(const struct judge *j, const struct world *w, unsigned t, const double *more, bool frozen,
	enum alarm alarm[SERIES])
{
	double value[SERIES];
	struct moment m = { world_start(w, t), world_offset(t), frozen, value };

	for (unsigned i = 0; i < SERIES; i++)
		value[i] = floor(w->value[i][t] + (more ? more[i] : 0));
	j->slot(&m, alarm);
}

void trial_calm(const struct judge *j, uint64_t seed, struct calm_figures *out)
{
	const struct world *w = world_of(seed, WEEKS * WEEK);
	enum alarm alarm[SERIES];

	j->begin();
	for (unsigned t = 0; t < w->slots; t++) {
		step(j, w, t, NULL, false, alarm);
		for (unsigned i = 0; i < SERIES && t >= LEARNED; i++) {
			out->alarms += alarm[i] == RISES;
			out->by_series[i] += alarm[i] == RISES;
		}
	}
	out->weeks += (double)(w->slots - LEARNED) / WEEK;
}

/* Half an hour that begins within a slot: how much of that slot it has. */
struct surge {
	unsigned at;
	double into;
	double mean; /* of its series, in the week before */
	bool found;
};

static struct surge surge_at(unsigned i, uint64_t *state)
{
	double at = TAUGHT + i * SURGE_EACH + world_uniform(state) * (DAY - SURGE_LASTS - 1);

	return (struct surge){ .at = (unsigned)at, .into = at - floor(at) };
}

static double mean_before(const struct world *w, unsigned series, unsigned t)
{
	double sum = 0;

	for (unsigned i = t - WEEK; i < t; i++)
		sum += w->value[series][i];
	return sum / WEEK;
}

static double share_of(const struct surge *s, unsigned t)
{
	if (t < s->at || t > s->at + SURGE_LASTS)
		return 0;
	if (t == s->at)
		return 1 - s->into;
	return t == s->at + SURGE_LASTS ? s->into : 1;
}

static void score(struct surge *s, unsigned t, enum alarm alarm, struct surge_figures *out)
{
	if (t < s->at || t > s->at + SURGE_LASTS + 1 || alarm == CALM || s->found)
		return;
	s->found = true;
	out->found++;
	out->slots += t - s->at;
}

void trial_surges(const struct judge *j, uint64_t seed, double size, struct surge_figures *out)
{
	const struct world *w = world_of(seed, WEEKS * WEEK);
	uint64_t state = seed + 1000;
	struct surge s[SERIES];

	memset(s, 0, sizeof(s));
	j->begin();
	for (unsigned t = 0; t < w->slots; t++) {
		double more[SERIES];
		enum alarm alarm[SERIES];

		for (unsigned i = 0; i < SERIES; i++) {
			if (t >= TAUGHT && (t - TAUGHT) % SURGE_EACH == 0 && t + SURGE_EACH < w->slots) {
				s[i] = surge_at((t - TAUGHT) / SURGE_EACH, &state);
				out->n++;
			}
			if (t && t == s[i].at)
				s[i].mean = mean_before(w, i, t);
			more[i] = world_noise(&kinds[i], s[i].mean * size * share_of(&s[i], t), &state);
		}
		step(j, w, t, more, false, alarm);
		for (unsigned i = 0; i < SERIES; i++)
			if (s[i].at)
				score(&s[i], t, alarm[i], out);
	}
}

static double median_of(double *v, unsigned n)
{
	for (unsigned i = 1; i < n; i++)
		for (unsigned k = i; k && v[k - 1] > v[k]; k--) {
			double swap = v[k];

			v[k] = v[k - 1];
			v[k - 1] = swap;
		}
	return n ? v[n / 2] : 0;
}

static double factor_at(const struct ramp *r, unsigned t)
{
	double grown = t < TAUGHT ? 0 : fmin(1, (t - TAUGHT) / r->slots);

	return pow(10, grown);
}

void trial_ramp(const struct judge *j, uint64_t seed, const struct ramp *r, struct ramp_figures *out)
{
	const struct world *w = world_of(seed, TAUGHT + 80 * DAY);
	bool found[SERIES] = { false };
	unsigned end = TAUGHT + (unsigned)r->slots + DAY;

	j->begin();
	for (unsigned t = 0; t < end && t < w->slots; t++) {
		double more[SERIES], factor = factor_at(r, t);
		enum alarm alarm[SERIES];

		for (unsigned i = 0; i < SERIES; i++)
			more[i] = w->value[i][t] * (factor - 1);
		step(j, w, t, more, false, alarm);
		for (unsigned i = 0; i < SERIES; i++) {
			if (t < TAUGHT || !alarm[i] || found[i])
				continue;
			found[i] = true;
			out->found++;
			out->factor += log(factor);
			out->days += (double)(t - TAUGHT) / DAY;
		}
	}
	out->n += SERIES;
}

/* Frozen from an alarm on until an hour after the last, as an incident does. */
void trial_lesson(const struct judge *j, uint64_t seed, bool freeze, struct lesson_figures *out)
{
	const struct world *w = world_of(seed, WEEKS * WEEK);
	unsigned until = 0;
	bool first[SERIES] = { false }, last[SERIES] = { false };

	j->begin();
	for (unsigned t = 0; t < TAUGHT + 15 * DAY; t++) {
		unsigned of_day = slot_of_day(world_start(w, t), world_offset(t)), day = t < TAUGHT ? 0 : (t - TAUGHT) / DAY;
		bool on = t >= TAUGHT && of_day >= 168 && of_day < 168 + SURGE_LASTS;
		enum alarm alarm[SERIES];
		double more[SERIES];

		for (unsigned i = 0; i < SERIES; i++)
			more[i] = on ? 5 * kinds[i].mean : 0;
		step(j, w, t, more, t < until, alarm);
		for (unsigned i = 0; i < SERIES; i++) {
			if (alarm[i] && freeze)
				until = t + 1 + 12;
			first[i] = first[i] || (on && day == 0 && alarm[i]);
			last[i] = last[i] || (on && day == 14 && alarm[i]);
		}
	}
	for (unsigned i = 0; i < SERIES; i++) {
		out->n++;
		out->first += first[i];
		out->last += last[i];
	}
}

void trial_creep(uint64_t seed, struct creep_figures *out)
{
	const struct world *w = world_of(seed, WEEKS * WEEK);
	double factors[SERIES] = { 0 }, days[SERIES] = { 0 }, clean[SERIES] = { 0 }, sent[SERIES] = { 0 };

	judge_ours.begin();
	for (unsigned t = 0; t < w->slots; t++) {
		double more[SERIES] = { 0 };
		enum alarm alarm[SERIES];

		for (unsigned i = 0; i < SERIES && t >= TAUGHT; i++) {
			uint64_t limit;

			if (ours_limit(i, world_start(w, t), world_offset(t), &limit))
				more[i] = fmax(0, 0.97 * (double)limit - w->value[i][t]);
			/* over a day, so that noise does not count as his */
			clean[i] += (w->value[i][t] - clean[i]) / DAY;
			sent[i] += (w->value[i][t] + more[i] - sent[i]) / DAY;
		}
		step(&judge_ours, w, t, more, false, alarm);
		for (unsigned i = 0; i < SERIES && t >= TAUGHT; i++)
			if (alarm[i] && days[i] <= 0) {
				days[i] = (double)(t + 1 - TAUGHT) / DAY;
				factors[i] = sent[i] / clean[i];
			}
	}
	for (unsigned i = 0; i < SERIES; i++) {
		out->n++;
		out->found += days[i] > 0;
	}
	out->factor += median_of(factors, SERIES);
	out->days += median_of(days, SERIES);
}
