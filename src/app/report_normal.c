/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Traffic, and what is normal of it. The baseline is learned again from the slots of the weeks before, as the daemon learns it
 * at its start, so bands and departures are what its own eyes saw.
 */
#include <stdlib.h>
#include <string.h>

#include "app/known.h"
#include "app/report_state.h"
#include "base/err.h"
#include "base/text.h"
#include "conf/conf.h"
#include "core/baseline.h"
#include "core/period.h"

#define TEACH_S (35 * INT64_C(86400)) /* as app/chronicle.c */
#define DAY_S INT64_C(86400)

struct pair {
	struct series_id id;
	enum measure_of measure;
	uint64_t departures, sum;
	struct { uint64_t value, expected, limit; unsigned slots, banded; bool above; } at[REPORT_BUCKETS];
};

struct normal {
	struct report_work *w;
	struct baseline_opts opts;
	void *memory;
	struct baseline *model;
	struct pair *pairs; /* BASELINE_MODELS */
	size_t n;
	const struct slot *slot;
	struct report_baseline *out;
};

static uint64_t added(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* ---- traffic ---- */

static void add_traffic(struct report_data *r, struct report_bucket *b, const struct slot *s)
{
	struct report_totals *t = &r->totals;

	b->traffic = true;
	b->watched_s += s->watched_s;
	t->watched_s += s->watched_s;
	for (size_t i = 0; i < s->n; i++) {
		const struct slot_series *x = &s->series[i];
		const bool lo = strcmp(x->id.link, "lo") == 0;

		if (x->id.kind == SERIES_HOST) {
			b->connections = added(b->connections, x->value[OF_CONNECTIONS]);
			t->connections = added(t->connections, x->value[OF_CONNECTIONS]);
		}
		if (x->id.kind != SERIES_LINK || lo)
			continue;
		b->packets_in = added(b->packets_in, x->value[OF_PACKETS_IN]);
		b->packets_out = added(b->packets_out, x->value[OF_PACKETS_OUT]);
		b->bytes_in = added(b->bytes_in, x->value[OF_BYTES_IN]);
		b->bytes_out = added(b->bytes_out, x->value[OF_BYTES_OUT]);
		t->bytes_in = added(t->bytes_in, x->value[OF_BYTES_IN]);
		t->bytes_out = added(t->bytes_out, x->value[OF_BYTES_OUT]);
	}
}

/* ---- what is normal ---- */

static struct pair *pair_of(struct normal *n, const struct series_id *id, enum measure_of m)
{
	for (size_t i = 0; i < n->n; i++)
		if (n->pairs[i].measure == m && series_equal(&n->pairs[i].id, id))
			return &n->pairs[i];
	if (n->n == BASELINE_MODELS)
		return NULL;
	n->pairs[n->n] = (struct pair){ .id = *id, .measure = m };
	return &n->pairs[n->n++];
}

static void note_point(struct normal *n, struct pair *p, size_t bucket, uint64_t value)
{
	struct band band;

	p->at[bucket].value = added(p->at[bucket].value, value);
	p->at[bucket].slots++;
	p->sum = added(p->sum, value);
	if (!baseline_band(n->model, &n->opts, &p->id, p->measure, n->slot->start_s, n->slot->utc_offset_s, &band) || !band.known)
		return;
	p->at[bucket].expected = added(p->at[bucket].expected, band.expected);
	p->at[bucket].limit = added(p->at[bucket].limit, band.limit);
	p->at[bucket].banded++;
	p->at[bucket].above |= value > band.limit;
}

static void note_slot(struct normal *n, size_t bucket)
{
	for (size_t i = 0; i < n->slot->n; i++) {
		const struct slot_series *x = &n->slot->series[i];

		for (int m = 0; m < OF_MEASURES; m++) {
			struct pair *p;

			if (!(x->known & 1U << m) || !baseline_learns(&x->id, (enum measure_of)m))
				continue;
			p = pair_of(n, &x->id, (enum measure_of)m);
			if (p)
				note_point(n, p, bucket, x->value[m]);
		}
	}
}

/* That it lasts is told slot by slot: the latest one of that series grows. */
static void lengthen(struct report_baseline *b, const struct departure *d, const char *name)
{
	for (size_t i = b->n_departures; i-- > 0;)
		if (b->departures[i].measure == d->measure && strcmp(b->departures[i].name, name) == 0) {
			b->departures[i].slots = d->slots;
			return;
		}
}

static void take_departure(void *ctx, const struct departure *d)
{
	struct normal *n = ctx;
	struct report_baseline *b = n->out;
	struct pair *p = pair_of(n, &d->id, d->measure);
	struct report_departure *x;
	char name[SERIES_TEXT];

	series_format(&d->id, name, sizeof(name));
	if (!d->rising) {
		lengthen(b, d, name);
		return;
	}
	if (p)
		p->departures++;
	if (b->n_departures == REPORT_DEPARTURES) {
		memmove(&b->departures[0], &b->departures[1], (REPORT_DEPARTURES - 1) * sizeof(b->departures[0]));
		b->n_departures--;
		b->more_departures++;
	}
	x = &b->departures[b->n_departures++];
	*x = (struct report_departure){ .at_s = n->slot->start_s, .measure = d->measure, .value = d->value,
		.expected = d->expected, .limit = d->limit, .deviations = d->deviations, .slow = d->slow, .slots = d->slots };
	text_copy(x->name, sizeof(x->name), name);
}

static bool take_slot(void *ctx, enum known_origin origin, const struct slot *s)
{
	struct normal *n = ctx;
	struct report_data *r = n->w->r;
	struct report_bucket *b = origin == KNOWN_OWN ? report_bucket_at(r, s->start_s) : NULL;

	n->w->rows++;
	report_say_progress(n->w);
	n->slot = s;
	if (s->start_s >= r->about.until_s)
		return false;
	n->out->slots += !s->frozen;
	if (!n->out->since_s)
		n->out->since_s = s->start_s;
	if (b)
		note_slot(n, (size_t)(b - r->buckets));
	baseline_slot(n->model, &n->opts, s, b ? take_departure : NULL, n);
	return true;
}

/* ---- telling ---- */

/* What left its band first; then the whole host and its links, which say most at a glance. */
static uint64_t interest(const struct pair *p)
{
	uint64_t kind = p->id.kind == SERIES_HOST && p->measure == OF_CONNECTIONS ? 4 :
		p->id.kind == SERIES_LINK && (p->measure == OF_BYTES_IN || p->measure == OF_BYTES_OUT) ? 3 :
		p->id.kind == SERIES_SERVICE && p->measure == OF_CONNECTIONS ? 2 : 1;
	uint64_t departures = p->departures < 255 ? p->departures : 255;

	if (!p->sum)
		return departures << 56;
	return departures << 56 | kind << 48 | (p->sum >> 16);
}

struct ranked {
	const struct pair *pair;
};

static int by_interest(const void *a, const void *b)
{
	const struct pair *x = ((const struct ranked *)a)->pair, *y = ((const struct ranked *)b)->pair;
	uint64_t left = interest(x), right = interest(y);
	int order = series_compare(&x->id, &y->id);

	if (left != right)
		return left < right ? 1 : -1;
	return order ? order : (int)x->measure - (int)y->measure;
}

static void tell_series(const struct normal *n, const struct pair *p, struct report_series *out)
{
	*out = (struct report_series){ .id = p->id, .measure = p->measure, .departures = p->departures };
	series_format(&p->id, out->name, sizeof(out->name));
	for (size_t i = 0; i < n->w->r->n_buckets; i++) {
		const unsigned slots = p->at[i].slots, banded = p->at[i].banded;
		struct report_point *x = &out->at[i];

		*x = (struct report_point){ .known = slots > 0, .banded = banded > 0, .above = p->at[i].above };
		x->value = slots ? p->at[i].value / slots : 0;
		x->expected = banded ? p->at[i].expected / banded : 0;
		x->limit = banded ? p->at[i].limit / banded : 0;
		if (slots)
			out->learned = banded > 0;
	}
}

static int tell(struct normal *n)
{
	struct ranked *order = calloc(BASELINE_MODELS, sizeof(*order));
	struct report_baseline *b = n->out;

	if (!order)
		return ERR_MEMORY;
	for (size_t i = 0; i < n->n; i++) {
		bool judged = false;

		order[i].pair = &n->pairs[i];
		for (size_t k = 0; k < n->w->r->n_buckets; k++)
			judged |= n->pairs[i].at[k].banded > 0;
		b->judged += judged;
	}
	qsort(order, n->n, sizeof(*order), by_interest);
	b->series = n->n;
	b->n = n->n < REPORT_SERIES ? n->n : REPORT_SERIES;
	for (size_t i = 0; i < b->n; i++)
		tell_series(n, order[i].pair, &b->list[i]);
	b->known = b->slots > 0;
	b->learning_days = n->opts.learning_days;
	free(order);
	return 0;
}

/* Days are of local time, and hold all of those that the span touches. */
struct peers {
	struct report_work *w;
};

static void take_peer(void *ctx, const struct history_peer *x)
{
	struct peers *p = ctx;
	char name[PREFIX_TEXT];
	struct prefix prefix;
	struct report_row *row;

	if (x->peer.addr.family == FAMILY_NONE)
		return;
	prefix = prefix_of(&x->peer.addr, x->peer.addr.family == FAMILY_V6 ? 64 : 32);
	prefix_format(&prefix, name, sizeof(name));
	row = report_table_at(x->peer.direction == FLOW_OUT ? p->w->destinations : p->w->sources, name);
	row->connections = added(row->connections, x->peer.connections);
	row->bytes_in = added(row->bytes_in, x->peer.bytes[HOST_IN]);
	row->bytes_out = added(row->bytes_out, x->peer.bytes[HOST_OUT]);
}

static int read_peers(struct report_work *w, struct history *h)
{
	const struct report_about *a = &w->r->about;
	struct peers p = { .w = w };

	return history_peers(h, PERIOD_DAY, period_begin(PERIOD_DAY, a->from_s + w->r->buckets[0].utc_offset_s),
		a->until_s + a->utc_offset_s, take_peer, &p);
}

static void add_slot_traffic(struct report_work *w, struct history *h, int *err)
{
	struct slot s;

	for (int64_t at_s = w->r->buckets[0].begin_s;; at_s = s.start_s + 1) {
		struct report_bucket *b;

		*err = history_next_slot(h, HISTORY_OWN, at_s, &s);
		if (*err || s.start_s >= w->r->about.until_s)
			break;
		b = report_bucket_at(w->r, s.start_s);
		if (b)
			add_traffic(w->r, b, &s);
	}
	if (*err == ERR_ABSENT)
		*err = 0;
}

int report_read_normal(struct report_work *w, struct history *h)
{
	const struct known k = { .history = h };
	struct normal n = { .w = w, .out = &w->r->baseline };
	enum known_origin failed;
	int err = 0;

	n.opts = w->o->conf ? w->o->conf->rules.baseline :
		(struct baseline_opts){ .rule = { .enabled = true }, .deviations = 4, .windows = 3, .learning_days = KNOWN_LEARNING_DAYS, .slow_windows = 12,
			.growth_percent = 300 };
	n.memory = aligned_alloc(64, (baseline_bytes() + 63) / 64 * 64);
	n.pairs = calloc(BASELINE_MODELS, sizeof(*n.pairs));
	if (!n.memory || !n.pairs)
		err = ERR_MEMORY;
	if (!err) {
		baseline_create(&n.model, n.memory);
		add_slot_traffic(w, h, &err);
	}
	if (!err)
		err = known_each_slot(&k, w->r->about.from_s - TEACH_S, take_slot, &n, &failed);
	if (!err)
		err = tell(&n);
	if (!err)
		err = read_peers(w, h);
	free(n.memory);
	free(n.pairs);
	return err;
}
