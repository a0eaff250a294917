/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * baselines: the baseline and what others do with the same eight weeks of five series (world.h), as tables.
 *
 *   baselines              prints them, and fails where what is said of ours does not hold
 *   baselines --seed N     of other worlds (1); --seeds N of as many (20)
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trials.h"

struct row {
	struct calm_figures calm;
	struct surge_figures surge[SURGES];
	struct ramp_figures ramp[RAMPS];
};

struct range {
	uint64_t first;
	unsigned n;
};

static void measure(const struct judge *j, struct range seeds, struct row *out)
{
	for (uint64_t s = seeds.first; s < seeds.first + seeds.n; s++) {
		trial_calm(j, s, &out->calm);
		for (unsigned k = 0; k < SURGES; k++)
			trial_surges(j, s, surge_sizes[k], &out->surge[k]);
		for (unsigned k = 0; k < RAMPS && s < seeds.first + RAMP_SEEDS; k++)
			trial_ramp(j, s, &ramps[k], &out->ramp[k]);
	}
}

static double percent(unsigned part, unsigned of)
{
	return of ? 100.0 * part / of : 0;
}

static double a_week(const struct calm_figures *c)
{
	return c->alarms / c->weeks;
}

/* The upper end of what the true rate may be, of 95 % (one-sided): exact for none (-ln 0.05), else by Wilson-Hilferty. */
static double at_most_a_week(const struct calm_figures *c)
{
	double n = c->alarms + 1.0, root = 1 - 1 / (9 * n) + 1.645 / (3 * sqrt(n));

	return (c->alarms ? n * root * root * root : 2.9957) / c->weeks;
}

static void print_surges(const struct row rows[JUDGES])
{
	printf("%-33s %14s %9s", "eight weeks of five series", "false alarms", "at most");
	for (unsigned k = 0; k < SURGES; k++)
		printf("   +%2.0fx ", surge_sizes[k]);
	printf("  slots\n%-33s %14s %9s%s\n", "", "a week", "(95 %)", "   surges of half an hour, found");
	for (unsigned j = 0; j < JUDGES; j++) {
		const struct row *r = &rows[j];
		const struct surge_figures *of5 = &r->surge[SURGE_5X];

		printf("%-33s %14.3f %9.3f", judges[j]->name, a_week(&r->calm), at_most_a_week(&r->calm));
		for (unsigned k = 0; k < SURGES; k++)
			printf(" %5.1f %%", percent(r->surge[k].found, r->surge[k].n));
		printf(" %6.1f\n", of5->found ? of5->slots / of5->found : 0);
	}
	printf("slots: of five minutes, until a surge to +5x is found (the mean)\n\n");
}

/* How far a ramp had come when it was found, for rules that one may leave switched on. */
static void print_ramps(const struct row rows[JUDGES])
{
	printf("%-33s", "a ramp to ten times, found at");
	for (unsigned k = 0; k < RAMPS; k++)
		printf(" %20s", ramps[k].name);
	printf("\n");
	for (unsigned j = 0; j < JUDGES; j++) {
		printf("%-33s", judges[j]->name);
		for (unsigned k = 0; k < RAMPS; k++) {
			const struct ramp_figures *f = &rows[j].ramp[k];
			char text[32];

			snprintf(text, sizeof(text), "%.0f %%, %.1fx, %.1f d", percent(f->found, f->n),
				f->found ? exp(f->factor / f->found) : 0, f->found ? f->days / f->found : 0);
			printf(" %20s", text);
		}
		printf("%s\n", a_week(&rows[j].calm) > 1 ? "  (alarms all the time)" : "");
	}
	printf("\n");
}

static void print_teachers(const struct lesson_figures lesson[2], const struct creep_figures *c, unsigned worlds)
{
	static const char *const names[] = { "learned all the same", "frozen while it lasts" };

	for (unsigned i = 0; i < 2; i++)
		printf("+5x, half an hour at one time of day, %-22s found on day 1: %3.0f %%, on day 15: %3.0f %%\n", names[i],
			percent(lesson[i].first, lesson[i].n), percent(lesson[i].last, lesson[i].n));
	printf("always 3 %% under the limit: found %.0f %%, after %.1f h, when the day's traffic was at %.1fx\n\n",
		percent(c->found, c->n), 24 * c->days / worlds, c->factor / worlds);
}

struct count {
	unsigned passed, failed;
};

static void claim(struct count *n, bool holds, const char *what)
{
	n->passed += holds;
	n->failed += !holds;
	if (!holds)
		printf("baselines: does not hold: %s\n", what);
}

static bool claims_hold(const struct row rows[JUDGES], const struct lesson_figures lesson[2],
	const struct creep_figures *creep)
{
	const struct row *own = &rows[0];
	struct count n = { 0, 0 };
	char text[80];

	claim(&n, a_week(&own->calm) < 0.05, "0.0 false alarms a week");
	claim(&n, percent(own->surge[SURGE_5X].found, own->surge[SURGE_5X].n) >= 94, "94 % of surges to +5x are found");
	claim(&n, percent(own->surge[SURGE_10X].found, own->surge[SURGE_10X].n) >= 99.5, "100 % of surges to +10x are found (to the whole percent)");
	for (unsigned k = 0; k < RAMPS; k++) {
		snprintf(text, sizeof(text), "each ramp of %s is found", ramps[k].name);
		claim(&n, own->ramp[k].found == own->ramp[k].n, text);
	}
	claim(&n, lesson[1].last > lesson[0].last, "freezing keeps an attacker from teaching");
	claim(&n, creep->found == creep->n, "who stays under the limit is found by the weeks");
	for (unsigned j = 1; j < JUDGES; j++) {
		snprintf(text, sizeof(text), "%s is worse in one of both", judges[j]->name);
		claim(&n, a_week(&rows[j].calm) > a_week(&own->calm) || rows[j].surge[SURGE_5X].found <
			own->surge[SURGE_5X].found, text);
	}
	printf("baselines: %u passed, %u failed\n", n.passed, n.failed);
	return n.failed == 0;
}

int main(int argc, char **argv)
{
	static struct row rows[JUDGES];
	struct lesson_figures lesson[2] = { 0 };
	struct creep_figures creep = { 0 };
	struct range seeds = { 1, SEEDS };

	for (int i = 1; i < argc; i += 2) {
		if (i + 1 < argc && !strcmp(argv[i], "--seed"))
			seeds.first = strtoull(argv[i + 1], NULL, 10);
		else if (i + 1 < argc && !strcmp(argv[i], "--seeds") && atoi(argv[i + 1]) > 0)
			seeds.n = (unsigned)atoi(argv[i + 1]);
		else {
			fprintf(stderr, "usage: baselines [--seed N] [--seeds N]\n");
			return 64;
		}
	}
	for (unsigned j = 0; j < JUDGES; j++)
		measure(judges[j], seeds, &rows[j]);
	for (uint64_t s = seeds.first; s < seeds.first + seeds.n; s++) {
		trial_lesson(judges[0], s, false, &lesson[0]);
		trial_lesson(judges[0], s, true, &lesson[1]);
		trial_creep(s, &creep);
	}
	print_surges(rows);
	print_ramps(rows);
	print_teachers(lesson, &creep, seeds.n);
	return claims_hold(rows, lesson, &creep) ? 0 : 1;
}
