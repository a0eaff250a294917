/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Three lists that are each in order, read as one. */
#include "app/known.h"

#include <string.h>

#include "base/err.h"

#define DAY_S 86400
#define WEEK_S (7 * DAY_S)
#define MONDAY_S (4 * DAY_S) /* 1970-01-05 */

const char *known_origin_name(enum known_origin o)
{
	static const char *const names[KNOWN_ORIGINS] = { "own", "imported", "capture" };

	return names[o];
}

struct heads {
	const struct known *k;
	struct slot at[KNOWN_ORIGINS];
	bool there[KNOWN_ORIGINS];
};

static int read_head(const struct known *k, enum known_origin o, int64_t from_s, struct slot *out)
{
	switch (o) {
	case KNOWN_OWN:
		return k->history ? history_next_slot(k->history, HISTORY_OWN, from_s, out) : ERR_ABSENT;
	case KNOWN_IMPORTED:
		return k->history ? history_next_slot(k->history, HISTORY_IMPORTED, from_s, out) : ERR_ABSENT;
	case KNOWN_CAPTURED:
		return k->lessons ? lessons_next_slot(k->lessons, from_s, out) : ERR_ABSENT;
	case KNOWN_ORIGINS:
		break;
	}
	return ERR_ABSENT;
}

static int move_on(struct heads *h, enum known_origin o, int64_t from_s)
{
	int err = read_head(h->k, o, from_s, &h->at[o]);

	h->there[o] = err == 0;
	return err == ERR_ABSENT ? 0 : err;
}

/* The earliest; of equals the first origin. KNOWN_ORIGINS: they are all at their end. */
static enum known_origin foremost(const struct heads *h)
{
	int best = KNOWN_ORIGINS;

	for (int o = 0; o < KNOWN_ORIGINS; o++)
		if (h->there[o] && (best == KNOWN_ORIGINS || h->at[o].start_s < h->at[best].start_s))
			best = o;
	return (enum known_origin)best;
}

/* All that stand at that slot pass it. */
static int pass(struct heads *h, int64_t start_s, enum known_origin *failed)
{
	for (int o = 0; o < KNOWN_ORIGINS; o++) {
		int err = h->there[o] && h->at[o].start_s <= start_s ? move_on(h, (enum known_origin)o, start_s + 1) : 0;

		*failed = (enum known_origin)o;
		if (err)
			return err;
	}
	return 0;
}

int known_each_slot(const struct known *k, int64_t from_s, known_slot_fn fn, void *ctx, enum known_origin *failed)
{
	struct heads h = { .k = k };
	int64_t learn_from = 0;
	enum known_origin o;
	int err = k->history ? history_learn_from(k->history, &learn_from) : 0;

	*failed = KNOWN_OWN;
	for (int i = 0; i < KNOWN_ORIGINS && !err; i++) {
		*failed = (enum known_origin)i;
		err = move_on(&h, *failed, i == KNOWN_OWN && learn_from > from_s ? learn_from : from_s);
	}
	while (!err && (o = foremost(&h)) != KNOWN_ORIGINS) {
		const int64_t start_s = h.at[o].start_s;

		if (!fn(ctx, o, &h.at[o]))
			break;
		err = pass(&h, start_s, failed);
	}
	return err;
}

/* ---- how much it is ---- */

static void add_series(struct known_sum *sum, const struct series_id *id, int64_t start_s)
{
	size_t from = 0, until = sum->n_series;
	struct known_series *at;

	while (from < until) {
		const size_t middle = from + (until - from) / 2;

		if (series_compare(&sum->series[middle].id, id) < 0)
			from = middle + 1;
		else
			until = middle;
	}
	at = &sum->series[from];
	if (from < sum->n_series && series_equal(&at->id, id)) {
		at->slots++;
		return;
	}
	if (sum->n_series == KNOWN_SERIES) {
		sum->crowded++;
		return;
	}
	memmove(at + 1, at, (sum->n_series - from) * sizeof(*at));
	*at = (struct known_series){ .id = *id, .slots = 1, .since_s = start_s };
	sum->n_series++;
}

static bool add_slot(void *ctx, enum known_origin origin, const struct slot *s)
{
	const int64_t local = s->start_s + s->utc_offset_s - MONDAY_S, week = local / WEEK_S - (local % WEEK_S < 0);
	const unsigned hour = hour_of_week(s->start_s, s->utc_offset_s);
	struct known_sum *sum = ctx;

	if (s->frozen) {
		sum->frozen++;
		return true;
	}
	if (!known_slots(sum))
		sum->since_s = s->start_s;
	sum->until_s = s->start_s + SLOT_S;
	sum->slots[origin]++;
	sum->seconds += s->watched_s;
	sum->hour_s[hour] += s->watched_s;
	sum->hour_weeks[hour] += sum->last_week[hour] != week;
	sum->last_week[hour] = week;
	for (size_t i = 0; i < s->n; i++)
		add_series(sum, &s->series[i].id, s->start_s);
	return true;
}

int known_add_up(const struct known *k, struct known_sum *out, enum known_origin *failed)
{
	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < LESSONS_HOURS; i++)
		out->last_week[i] = INT64_MIN;
	return known_each_slot(k, INT64_MIN / 2, add_slot, out, failed);
}

uint64_t known_slots(const struct known_sum *s)
{
	return s->slots[KNOWN_OWN] + s->slots[KNOWN_IMPORTED] + s->slots[KNOWN_CAPTURED];
}

unsigned known_days_left(const struct known_series *s, int64_t now_s, unsigned learning_days)
{
	const int64_t passed = now_s > s->since_s ? (now_s - s->since_s) / DAY_S : 0;
	const uint64_t wanted = (uint64_t)learning_days * SLOTS_A_DAY / 2;
	const unsigned days = passed < learning_days ? learning_days - (unsigned)passed : 0;
	const unsigned by_slots = s->slots < wanted ? (unsigned)((wanted - s->slots + SLOTS_A_DAY - 1) / SLOTS_A_DAY) : 0;

	return days > by_slots ? days : by_slots;
}
