/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All there can be of a report, and every string of it hostile. */
#include "support/report_sample.h"

#include <stdlib.h>
#include <string.h>

#define DAY INT64_C(86400)
#define BEGIN INT64_C(1789941600)

static void fill_text(char *out, size_t size, const char *hostile)
{
	const size_t len = strlen(hostile);

	for (size_t i = 0; i + 1 < size; i++)
		out[i] = hostile[i % len];
	out[size - 1] = '\0';
}

#define FILL(array) fill_text(array, sizeof(array), hostile)

static void full_top(struct report_top *t, const char *hostile)
{
	t->n = REPORT_TOP;
	t->more = t->crowded = UINT64_MAX;
	for (size_t i = 0; i < t->n; i++) {
		struct report_row *row = &t->list[i];

		FILL(row->name);
		FILL(row->about);
		row->findings = row->measures = row->dropped = UINT64_MAX;
		row->connections = row->bytes_in = row->bytes_out = UINT64_MAX;
	}
}

static void full_about(struct report_data *r, const char *hostile)
{
	FILL(r->about.host);
	FILL(r->about.version);
	FILL(r->about.zone);
	FILL(r->about.config);
	FILL(r->about.digest);
	FILL(r->about.policy);
	FILL(r->about.ran_digest);
	r->about.configured = REPORT_MODE_DETECT;
	r->about.unknown_s = r->about.detect_s = r->about.enforce_s = DAY;
}

static void full_time(struct report_data *r, const char *hostile)
{
	memset(&r->totals, 0xff, sizeof(r->totals));
	r->totals.bytes_known = true;
	r->n_buckets = REPORT_BUCKETS;
	for (size_t i = 0; i < REPORT_BUCKETS; i++)
		r->buckets[i] = (struct report_bucket){ .begin_s = BEGIN + (int64_t)i * 900, .utc_offset_s = 7200,
			.findings = UINT64_MAX - i, .decided = UINT64_MAX / 3 * (i % 3), .begun = UINT64_MAX, .traffic = true,
			.bytes_in = UINT64_MAX >> i % 64, .bytes_out = i, .connections = UINT64_MAX, .unsure = i % 2 };
	r->n_life = REPORT_LIFE;
	r->more_life = UINT64_MAX;
	for (size_t i = 0; i < REPORT_LIFE; i++) {
		FILL(r->life[i].word);
		FILL(r->life[i].text);
		r->life[i].at_s = BEGIN + (int64_t)i;
	}
}

static void full_baseline(struct report_baseline *b, const char *hostile)
{
	b->n = REPORT_SERIES;
	b->n_departures = REPORT_DEPARTURES;
	b->more_departures = UINT64_MAX;
	b->slots = b->series = b->judged = UINT64_MAX;
	for (size_t k = 0; k < REPORT_SERIES; k++) {
		FILL(b->list[k].name);
		b->list[k].learned = true;
		b->list[k].departures = UINT64_MAX;
		b->list[k].measure = (enum measure_of)k;
		for (size_t i = 0; i < REPORT_BUCKETS; i++)
			b->list[k].at[i] = (struct report_point){ .known = i % 7 != 0, .banded = true, .value = UINT64_MAX - i,
				.expected = UINT64_MAX / (i + 1), .limit = UINT64_MAX, .above = true };
	}
	for (size_t i = 0; i < REPORT_DEPARTURES; i++) {
		memset(&b->departures[i], 0xff, sizeof(b->departures[i]));
		b->departures[i].slow = false;
		b->departures[i].measure = OF_HALF_OPEN;
		b->departures[i].at_s = BEGIN;
		FILL(b->departures[i].name);
	}
}

static void full_measures(struct report_data *r, const char *hostile)
{
	r->measures.n = REPORT_MEASURES;
	r->measures.more = UINT64_MAX / 2;
	for (size_t i = 0; i < REPORT_MEASURES; i++) {
		struct report_measure *m = &r->measures.list[i];

		FILL(m->subject);
		FILL(m->response);
		FILL(m->scope);
		FILL(m->rule);
		FILL(m->policy);
		FILL(m->incident);
		m->begun_s = BEGIN;
		m->ended_s = BEGIN + 1;
		m->ttl_s = 3155760000;
		m->end = REPORT_UNBLOCKED;
		m->packets = m->bytes = UINT64_MAX;
		m->counted = m->wronged = true;
	}
}

static void full_judged(struct report_data *r, const char *hostile)
{
	r->suspects.n = REPORT_SUSPECTS;
	r->suspects.more = UINT64_MAX / 2;
	for (size_t i = 0; i < REPORT_SUSPECTS; i++) {
		struct report_suspect *s = &r->suspects.list[i];

		s->doubts = (1U << REPORT_DOUBTS) - 1;
		s->score = s->threshold = INT32_MAX;
		s->served_bytes = UINT64_MAX;
		s->at_s = BEGIN;
		FILL(s->subject);
		FILL(s->rule);
		FILL(s->decision);
		FILL(s->incident);
	}
	r->detect.n = REPORT_WOULD;
	r->detect.decisions = r->detect.subjects = r->detect.more = UINT64_MAX;
	for (size_t i = 0; i < REPORT_WOULD; i++) {
		FILL(r->detect.list[i].rule);
		FILL(r->detect.list[i].response);
		r->detect.list[i].decisions = r->detect.list[i].subjects = UINT64_MAX;
		r->detect.list[i].longest_s = INT64_MAX;
	}
}

static void full_rest(struct report_data *r, const char *hostile)
{
	struct report_losses *l = &r->losses;

	r->egress.signals = r->egress.confirmed = r->egress.measures = UINT64_MAX;
	r->egress.n_lists = REPORT_LISTS;
	for (size_t i = 0; i < REPORT_LISTS; i++) {
		FILL(r->egress.lists[i].title);
		r->egress.lists[i].outside = r->egress.lists[i].refused = UINT64_MAX;
	}
	for (size_t i = 0; i < REPORT_LOSSES; i++)
		l->lost[i] = UINT64_MAX;
	l->odd_rows = l->unwatched_s = l->budget_alarms = UINT64_MAX;
	l->n_troubles = REPORT_TROUBLES;
	for (size_t i = 0; i < REPORT_TROUBLES; i++)
		FILL(l->troubles[i]);
}

struct report_data *report_sample_full(const char *hostile)
{
	struct report_data *r = report_sample_quiet();
	struct report_top *const tops[] = { &r->sources, &r->ports, &r->destinations, &r->rules, &r->processes, &r->users,
		&r->units, &r->egress.rules };

	full_about(r, hostile);
	full_time(r, hostile);
	full_baseline(&r->baseline, hostile);
	full_measures(r, hostile);
	full_judged(r, hostile);
	full_rest(r, hostile);
	for (size_t i = 0; i < sizeof(tops) / sizeof(tops[0]); i++)
		full_top(tops[i], hostile);
	return r;
}
