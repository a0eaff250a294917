/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What others do with the same series: z of an exponential average, Holt-Winters as Brutlag gave it, a robust z within
 * the hour of the week. Each is allowed the same week of learning.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "judge.h"

#define LEARNING WEEK
#define APART 12 /* slots: alarms of one series closer than that are one */

static unsigned quiet[SERIES]; /* slots since the last alarm */

static void begin(void)
{
	for (unsigned i = 0; i < SERIES; i++)
		quiet[i] = APART;
}

static enum alarm say(unsigned series, bool beyond)
{
	bool rises = quiet[series] >= APART;

	if (!beyond) {
		quiet[series]++;
		return CALM;
	}
	quiet[series] = 0;
	return rises ? RISES : LASTS;
}

/* ---- z of an exponential average -- */

static struct ewma {
	double mean, var;
	unsigned n;
} ewma[SERIES];

static void ewma_begin(void)
{
	begin();
	memset(ewma, 0, sizeof(ewma));
}

static void ewma_slot(const struct moment *m, double cut, enum alarm alarm[SERIES])
{
	for (unsigned i = 0; i < SERIES; i++) {
		struct ewma *e = &ewma[i];
		double d = m->value[i] - e->mean, alpha = e->n < 20 ? 1.0 / (e->n + 1) : 0.05;

		alarm[i] = say(i, e->n > LEARNING && d > cut * sqrt(e->var));
		e->mean += alpha * d;
		e->var = (1 - alpha) * (e->var + alpha * d * d);
		e->n++;
	}
}

static void ewma3_slot(const struct moment *m, enum alarm alarm[SERIES])
{
	ewma_slot(m, 3, alarm);
}

static void ewma6_slot(const struct moment *m, enum alarm alarm[SERIES])
{
	ewma_slot(m, 6, alarm);
}

/* ---- Holt-Winters on what was measured: alpha 0.1, beta 0.0035, gamma 0.1, season of a day -- */

static struct raw {
	double a, b, c[DAY], d[DAY];
	unsigned n, recent; /* bits: the last slots that were beyond */
} raw[SERIES];

static void raw_begin(void)
{
	begin();
	memset(raw, 0, sizeof(raw));
}

static bool raw_step(struct raw *r, unsigned slot, double y, double cut)
{
	double expected = r->a + r->b + r->c[slot], error = y - expected, a = r->a;
	bool beyond = r->n > LEARNING && error > cut * r->d[slot];

	if (r->n++ < DAY) { /* the first day: its mean, and what was on top of it */
		r->a += (y - r->a) / r->n;
		r->c[slot] = y - r->a;
		return false;
	}
	r->a += r->b + 0.1 * error;
	r->b += 0.0035 * (r->a - a - r->b);
	r->c[slot] += 0.1 * (y - r->a - r->c[slot]);
	r->d[slot] = r->n < 2 * DAY ? fabs(error) : r->d[slot] + 0.1 * (fabs(error) - r->d[slot]);
	return beyond;
}

static void raw3_slot(const struct moment *m, enum alarm alarm[SERIES])
{
	for (unsigned i = 0; i < SERIES; i++)
		alarm[i] = say(i, raw_step(&raw[i], slot_of_day(m->start_s, m->utc_offset_s), m->value[i], 3));
}

static void raw6_slot(const struct moment *m, enum alarm alarm[SERIES])
{
	for (unsigned i = 0; i < SERIES; i++) {
		struct raw *r = &raw[i];

		r->recent = (r->recent << 1 | raw_step(r, slot_of_day(m->start_s, m->utc_offset_s), m->value[i], 6)) & 511;
		alarm[i] = say(i, __builtin_popcount(r->recent) >= 3);
	}
}

/* ---- median and MAD of logarithms in the same hour of the last four weeks, 2 of 3 -- */

#define KEPT 48

static struct hours {
	double past[168][KEPT]; /* a ring */
	unsigned n[168], slots, recent;
	int64_t hour;
	double median, mad;
} hours[SERIES];

static void hours_begin(void)
{
	begin();
	memset(hours, 0, sizeof(hours));
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double middle(double *v, unsigned n)
{
	qsort(v, n, sizeof(*v), by_value);
	return (v[n / 2] + v[(n - 1) / 2]) / 2;
}

static void take_hour(struct hours *h, unsigned of_week)
{
	unsigned n = h->n[of_week] < KEPT ? h->n[of_week] : KEPT;
	double sorted[KEPT];

	if (!n)
		return;
	memcpy(sorted, h->past[of_week], n * sizeof(sorted[0]));
	h->median = middle(sorted, n);
	for (unsigned i = 0; i < n; i++)
		sorted[i] = fabs(sorted[i] - h->median);
	h->mad = fmax(1.4826 * middle(sorted, n), 0.05);
}

static void hours_slot(const struct moment *m, enum alarm alarm[SERIES])
{
	unsigned of_week = hour_of_week(m->start_s, m->utc_offset_s);
	int64_t hour = m->start_s / 3600;

	for (unsigned i = 0; i < SERIES; i++) {
		struct hours *h = &hours[i];
		double y = log(m->value[i] + 1);

		if (hour != h->hour)
			take_hour(h, of_week);
		h->hour = hour;
		h->recent = (h->recent << 1 | (h->slots > LEARNING && (y - h->median) / h->mad > 6)) & 7;
		alarm[i] = say(i, __builtin_popcount(h->recent) >= 2);
		h->past[of_week][h->n[of_week]++ % KEPT] = y;
		h->slots++;
	}
}

static const struct judge ewma3 = { "EWMA, z > 3", ewma_begin, ewma3_slot };
static const struct judge ewma6 = { "EWMA, z > 6", ewma_begin, ewma6_slot };
static const struct judge raw3 = { "Holt-Winters, 3 deviations", raw_begin, raw3_slot };
static const struct judge raw6 = { "Holt-Winters, 6 dev., 3 of 9", raw_begin, raw6_slot };
static const struct judge robust = { "hour of week, median/MAD, z > 6", hours_begin, hours_slot };

const struct judge *const judges[JUDGES] = { &judge_ours, &ewma3, &ewma6, &raw3, &raw6, &robust };
