/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "world.h"

#include <math.h>
#include <string.h>

#include "base/hash.h"

#define PI 3.14159265358979323846
#define FORWARD (3 * WEEK - 22 * 12) /* Sunday 02:00 local, in slots since the start */
#define BACK (6 * WEEK - 22 * 12)

const struct kind_of_series kinds[SERIES] = {
	{ "service 443/tcp in", OF_CONNECTIONS, 600, 1, 30, 0 },
	{ "service 22/tcp in", OF_SOURCES, 30, 1, 20, 0 },
	{ "link eth0", OF_PACKETS_IN, 300000, 1, 25, 1 },
	{ "link eth0", OF_BYTES_OUT, 1.5e9, 1000, 15, 1 },
	{ "host", OF_ESTABLISHED, 20000, 100, 40, 0 },
};

double world_uniform(uint64_t *state)
{
	return (double)(random_next(state) >> 11) / 9007199254740992.0;
}

static double normal(uint64_t *state)
{
	double u = 1 - world_uniform(state), v = world_uniform(state);

	return sqrt(-2 * log(u)) * cos(2 * PI * v);
}

/* Marsaglia and Tsang 2000, for shapes of 1 and more. */
static double gamma_of(double shape, uint64_t *state)
{
	double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);

	for (;;) {
		double x = normal(state), v = 1 + c * x, u = 1 - world_uniform(state);

		v = v * v * v;
		if (v > 0 && log(u) < x * x / 2 + d - d * v + d * log(v))
			return d * v;
	}
}

static double poisson(double mean, uint64_t *state)
{
	double left = exp(-mean), n = 0;

	if (mean > 60) {
		n = floor(mean + sqrt(mean) * normal(state) + 0.5);
		return n > 0 ? n : 0;
	}
	for (double p = world_uniform(state); p > left; p *= world_uniform(state))
		n++;
	return n;
}

double world_noise(const struct kind_of_series *k, double mean, uint64_t *state)
{
	double units = mean / k->unit;

	return units <= 0 ? 0 : poisson(units * gamma_of(k->dispersion, state) / k->dispersion, state) * k->unit;
}

/* Half-way round the year and back: the second change returns to the first offset. */
int32_t world_offset(unsigned slot)
{
	return slot >= FORWARD && slot < BACK ? 7200 : 3600;
}

int64_t world_start(const struct world *w, unsigned slot)
{
	return w->start_s + (int64_t)slot * SLOT_S;
}

static double day_shape(unsigned of_day, unsigned day)
{
	static const double of_week[] = { 1, 1, 1, 1, 1, 0.6, 0.55 };

	return (1 + 0.7 * sin(2 * PI * ((double)of_day / DAY - 9.0 / 24))) * of_week[day];
}

struct level {
	double wander, shift;
	unsigned shift_at[2];
	unsigned job_day, job_at; /* local */
	unsigned burst_slots, pause;
	double burst;
};

static double burst(struct level *l, uint64_t *state)
{
	if (l->burst_slots) {
		l->burst_slots--;
		return l->burst;
	}
	if (l->pause) {
		l->pause--;
		return 0;
	}
	if (world_uniform(state) >= 1.0 / 288)
		return 0;
	l->pause = 12;
	l->burst = fmin(50, 0.5 * pow(1 - world_uniform(state), -1 / 1.5));
	l->burst_slots = world_uniform(state) < 0.5;
	return l->burst;
}

static void move(struct level *l, unsigned slot, uint64_t *state)
{
	const double keep = exp2(-1.0 / 48); /* half of it in 48 slots */

	l->wander = l->wander * keep + 0.15 * sqrt(1 - keep * keep) * normal(state);
	for (unsigned i = 0; i < 2; i++)
		if (slot == l->shift_at[i])
			l->shift *= world_uniform(state) < 0.5 ? 1.5 : 1 / 1.5;
}

static void make_series(struct world *w, unsigned which, uint64_t *state)
{
	const struct kind_of_series *k = &kinds[which];
	struct level l = { .wander = 0.15 * normal(state), .shift = 1, .job_day = UINT32_MAX };

	for (unsigned i = 0; i < 2; i++)
		l.shift_at[i] = WEEK + (unsigned)(world_uniform(state) * 6 * WEEK);
	for (unsigned t = 0; t < w->slots; t++) {
		int64_t start = world_start(w, t);
		unsigned of_day = slot_of_day(start, world_offset(t)), day = hour_of_week(start, world_offset(t)) / 24;
		double mean;

		move(&l, t, state);
		if (day != l.job_day) {
			l.job_day = day;
			l.job_at = 29 + (unsigned)(world_uniform(state) * 3);
		}
		mean = k->mean * day_shape(of_day, day) * exp(l.wander) * l.shift;
		if (k->nightly && of_day >= l.job_at && of_day < l.job_at + 5)
			mean += 2 * k->mean;
		mean += k->mean * burst(&l, state);
		w->value[which][t] = world_noise(k, mean, state);
	}
}

void world_make(struct world *w, uint64_t seed, unsigned slots)
{
	w->slots = slots;
	w->start_s = 1772406000; /* 2026-03-02 00:00 +0100 */
	for (unsigned i = 0; i < SERIES; i++) {
		uint64_t state = seed * SERIES + i;

		make_series(w, i, &state);
	}
}
