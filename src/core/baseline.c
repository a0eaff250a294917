/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of models: which there are, in which order, and who must go. What a model is stands in baseline_season.c
 * (fast), baseline_weeks.c (slow) and baseline_watch.c (when it says something).
 */
#include "core/baseline.h"

#include <string.h>

#include "core/baseline_parts.h"

#define DAY_S (SLOTS_A_DAY * SLOT_S)
#define LAST_S (INT64_C(1) << 40) /* no clock is later, and sums with it stay whole */
#define LEAST_WATCHED_S 240 /* of a slot: of less, its sums are not those of five minutes */

struct model {
	struct series_id id;
	uint8_t measure;
	int64_t since_s;  /* the first slot that was learned */
	int64_t last_s;   /* the last one that was judged */
	int64_t some_s;   /* the last one that had anything */
	uint32_t slots;   /* learned */
	struct watch watch;
	struct season season;
	struct weeks weeks;
};

struct baseline {
	int64_t last_s; /* slot */
	bool begun;
	struct baseline_stats stats;
	uint16_t n;
	uint16_t order[BASELINE_MODELS]; /* places in list, by series, then measure */
	struct model list[BASELINE_MODELS];
};

/* What goes along with one slot. */
struct pass {
	struct baseline *b;
	const struct baseline_opts *o;
	const struct slot *slot;
	departure_fn fn;
	void *ctx;
};

size_t baseline_bytes(void)
{
	return sizeof(struct baseline);
}

void baseline_forget(struct baseline *b)
{
	memset(b, 0, sizeof(*b));
}

void baseline_create(struct baseline **out, void *memory)
{
	baseline_forget(memory);
	*out = memory;
}

static int compare(const struct model *m, const struct series_id *id, unsigned measure)
{
	int series = series_compare(&m->id, id);

	return series ? series : (m->measure > measure) - (m->measure < measure);
}

/* Where it stands in the order, or would. */
static unsigned place_of(const struct baseline *b, const struct series_id *id, unsigned measure, bool *found)
{
	unsigned low = 0, high = b->n;

	*found = false;
	while (low < high) {
		unsigned middle = (low + high) / 2;
		int way = compare(&b->list[b->order[middle]], id, measure);

		if (way == 0)
			*found = true;
		if (way < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The one that has been silent longest; BASELINE_MODELS where none has been for a day. */
static unsigned silent_longest(const struct baseline *b, int64_t now_s)
{
	unsigned at = BASELINE_MODELS;
	int64_t oldest = now_s - DAY_S;

	for (unsigned i = 0; i < b->n; i++)
		if (b->list[i].some_s <= oldest) {
			oldest = b->list[i].some_s - 1;
			at = i;
		}
	return at;
}

static void take_out(struct baseline *b, unsigned at)
{
	bool found;
	unsigned place = place_of(b, &b->list[at].id, b->list[at].measure, &found);

	b->n--;
	memmove(&b->order[place], &b->order[place + 1], (b->n - place) * sizeof(b->order[0]));
	b->stats.replaced++;
}

/* Room for one more in list, or BASELINE_MODELS. Where all is taken, a series that is 0 does not push another out. */
static unsigned room_for(const struct pass *p, uint64_t value)
{
	unsigned at;

	if (p->b->n < BASELINE_MODELS)
		return p->b->n;
	at = value ? silent_longest(p->b, p->slot->start_s) : BASELINE_MODELS;
	if (at < BASELINE_MODELS)
		take_out(p->b, at);
	else
		p->b->stats.crowded++;
	return at;
}

/* NULL: there is no room, or nothing to be learned of it now. */
static struct model *model_for(const struct pass *p, const struct series_id *id, unsigned measure, uint64_t value)
{
	struct baseline *b = p->b;
	bool found;
	unsigned place = place_of(b, id, measure, &found), at;
	struct model *m;

	if (found)
		return &b->list[b->order[place]];
	if (p->slot->frozen)
		return NULL;
	at = room_for(p, value);
	if (at == BASELINE_MODELS)
		return NULL;
	place = place_of(b, id, measure, &found); /* somebody may have gone */
	memmove(&b->order[place + 1], &b->order[place], (b->n - place) * sizeof(b->order[0]));
	b->order[place] = (uint16_t)at;
	b->n++;
	m = &b->list[at];
	memset(m, 0, sizeof(*m));
	m->id = *id;
	m->measure = (uint8_t)measure;
	m->since_s = m->some_s = p->slot->start_s;
	return m;
}

/* Half of the days' slots are asked for: a host that is off at night learns its days. */
static bool learning_over(const struct model *m, const struct baseline_opts *o, int64_t start_s)
{
	return start_s - m->since_s >= (int64_t)o->learning_days * DAY_S &&
		m->slots >= (uint32_t)o->learning_days * SLOTS_A_DAY / 2;
}

struct look {
	struct season_view season;
	struct weeks_view weeks;
	struct gates gates;
};

static void look_at(const struct model *m, const struct baseline_opts *o, int64_t start_s, int32_t utc_offset_s,
	struct look *out)
{
	struct gates_input in = { &out->season, &out->weeks, m->measure, learning_over(m, o, start_s) };

	season_look(&m->season, slot_of_day(start_s, utc_offset_s), &out->season);
	weeks_look(&m->weeks, start_s, utc_offset_s, &out->weeks);
	gates_set(o, &in, &out->gates);
}

static void tell(const struct pass *p, const struct model *m, const struct look *l, uint64_t value,
	enum watch_says says, bool rising)
{
	int64_t above = (root_q16(value) - l->season.middle) * 100 / l->season.width;
	struct departure d = {
		.id = m->id,
		.measure = m->measure,
		.value = value,
		.expected = square_q16(l->season.middle),
		.limit = says == WATCH_SLOW ? l->gates.slow_limit : l->gates.limit,
		.usual = l->weeks.median,
		.deviations = above < 0 ? 0 : above > INT32_MAX ? INT32_MAX : (uint32_t)above,
		.slots = says == WATCH_SLOW ? m->watch.slow_above : m->watch.above,
		.slow = says == WATCH_SLOW,
		.rising = rising,
	};

	p->fn(p->ctx, &d);
}

/* True where the slot is beyond what is known. */
static bool judge(const struct pass *p, struct model *m, uint64_t value)
{
	enum watch_says says;
	struct look l;
	bool rising = false;

	if (m->slots && p->slot->start_s - m->last_s != SLOT_S)
		watch_gap(&m->watch);
	m->last_s = p->slot->start_s;
	look_at(m, p->o, p->slot->start_s, p->slot->utc_offset_s, &l);
	says = watch_slot(&m->watch, p->o, &l.gates, value, &rising);
	if (says != WATCH_QUIET && p->fn && p->o->rule.enabled)
		tell(p, m, &l, value, says, rising);
	return l.gates.known && value > l.gates.limit;
}

static void learn(const struct pass *p, struct model *m, uint64_t value, bool beyond)
{
	const struct slot *s = p->slot;

	season_learn(&m->season, slot_of_day(s->start_s, s->utc_offset_s), root_q16(value), p->o->deviations, beyond);
	weeks_learn(&m->weeks, s->start_s, s->utc_offset_s, value, baseline_least(m->measure));
	m->slots += m->slots < UINT32_MAX;
}

static void take(const struct pass *p, struct model *m, uint64_t value)
{
	bool beyond;

	if (value > VALUE_MOST)
		value = VALUE_MOST;
	beyond = judge(p, m, value);
	if (value)
		m->some_s = p->slot->start_s;
	if (!p->slot->frozen)
		learn(p, m, value, beyond);
}

static void take_series(const struct pass *p, const struct slot_series *s)
{
	for (unsigned i = 0; i < OF_MEASURES; i++) {
		struct model *m;

		if (!(s->known >> i & 1) || !baseline_learns(&s->id, i))
			continue;
		m = model_for(p, &s->id, i, s->value[i]);
		if (m && !(m->slots && m->last_s == p->slot->start_s))
			take(p, m, s->value[i]);
	}
}

/* Services that the slot does not name had nothing in it; of other series nothing is known. */
static void take_silent(const struct pass *p)
{
	for (unsigned i = 0; i < p->b->n; i++) {
		struct model *m = &p->b->list[i];
		bool named = false;

		if (m->id.kind != SERIES_SERVICE || m->last_s == p->slot->start_s)
			continue;
		for (size_t k = 0; k < p->slot->n && !named; k++)
			named = series_equal(&p->slot->series[k].id, &m->id);
		if (!named)
			take(p, m, 0);
	}
}

/* The clock had been ahead, or older slots are taught: nothing that is remembered lies in the future. */
static void go_back(struct baseline *b, int64_t to_s)
{
	for (unsigned i = 0; i < b->n; i++) {
		struct model *m = &b->list[i];

		m->since_s = m->since_s < to_s ? m->since_s : to_s;
		m->some_s = m->some_s < to_s ? m->some_s : to_s;
	}
	b->begun = false;
}

/* False where nothing can be said of the slot. */
static bool whole(struct baseline *b, const struct slot *s)
{
	if (b->begun && s->start_s >= 0 && s->start_s < b->last_s - DAY_S && s->watched_s >= LEAST_WATCHED_S)
		go_back(b, s->start_s);
	if ((b->begun && s->start_s <= b->last_s) || s->start_s < 0 || s->start_s > LAST_S ||
	    s->watched_s < LEAST_WATCHED_S) {
		b->stats.gaps++;
		return false;
	}
	if (b->begun && s->start_s - b->last_s > SLOT_S)
		b->stats.gaps += (uint64_t)(s->start_s - b->last_s) / SLOT_S - 1;
	return true;
}

void baseline_slot(struct baseline *b, const struct baseline_opts *o, const struct slot *s, departure_fn fn, void *ctx)
{
	struct pass p = { b, o, s, fn, ctx };

	if (!whole(b, s))
		return;
	b->begun = true;
	b->last_s = s->start_s;
	b->stats.slots++;
	b->stats.frozen += s->frozen;
	for (size_t i = 0; i < s->n; i++)
		take_series(&p, &s->series[i]);
	take_silent(&p);
}

bool baseline_band(const struct baseline *b, const struct baseline_opts *o, const struct series_id *id,
	enum measure_of m, int64_t start_s, int32_t utc_offset_s, struct band *out)
{
	const struct model *model;
	struct look l;
	bool found;
	unsigned place = place_of(b, id, m, &found);

	if (!found || start_s < 0 || start_s > LAST_S)
		return false;
	model = &b->list[b->order[place]];
	look_at(model, o, start_s, utc_offset_s, &l);
	*out = (struct band){
		.known = l.gates.known,
		.expected = square_q16(l.season.middle),
		.limit = l.gates.limit,
		.median = l.weeks.median,
		.weeks = l.weeks.weeks,
		.yesterday = l.weeks.yesterday,
		.slots = model->slots,
		.since_s = model->since_s,
		.above = model->watch.above || model->watch.slow_above,
	};
	return true;
}

void baseline_each(const struct baseline *b, baseline_each_fn fn, void *ctx)
{
	for (unsigned i = 0; i < b->n; i++) {
		const struct model *m = &b->list[b->order[i]];

		fn(ctx, &m->id, m->measure);
	}
}

void baseline_stats(const struct baseline *b, struct baseline_stats *out)
{
	*out = b->stats;
	out->models = b->n;
}
