/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What may have been wrong. None of these is proof: each is a reason to look, and two are a better one. What a guard has kept
 * from harm counts too, for the decision about it was wrong all the same.
 */
#include <stdlib.h>
#include <string.h>

#include "app/report_state.h"
#include "base/err.h"
#include "base/text.h"
#include "core/flow_end.h"
#include "core/period.h"

#define WEEKS_DAYS 28
#define SERVED_BYTES 4096 /* both ways: what no scan and no refused connection comes to */
#define NARROW_PERCENT 110

/* ---- false positives ---- */

static void take_excuse(void *ctx, const struct prefix *p, unsigned count, wall_t at)
{
	struct report_work *w = ctx;
	char name[PREFIX_TEXT];
	struct report_subject *s;

	if (at.ns / NS_PER_S < w->r->about.from_s || at.ns / NS_PER_S >= w->r->about.until_s)
		return;
	prefix_format(p, name, sizeof(name));
	s = report_table_at(w->subjects, name);
	s->wronged = true;
	s->times = count;
	if (!s->at_s)
		s->at_s = at.ns / NS_PER_S;
}

void report_read_excuses(struct report_work *w, struct store *s)
{
	if (store_each_excuse(s, take_excuse, w))
		report_trouble(w->r, "false positives cannot be read: %s", store_error(s));
}

/* ---- what was served before ---- */

struct served {
	uint64_t connections, in, out;
};

static void add_peer(void *ctx, const struct history_peer *x)
{
	struct served *s = ctx;

	if (x->peer.direction == FLOW_OUT)
		return;
	s->connections += x->peer.connections;
	s->in += x->peer.bytes[HOST_IN];
	s->out += x->peer.bytes[HOST_OUT];
}

static bool look_up(const struct report_work *w, struct history *h, const char *name, struct served *out)
{
	const struct report_about *a = &w->r->about;
	const int64_t day = period_begin(PERIOD_DAY, a->from_s + a->utc_offset_s);
	struct prefix p;

	*out = (struct served){ 0 };
	if (!h || prefix_parse(name, &p) || history_peer(h, PERIOD_DAY, period_move(PERIOD_DAY, day, -WEEKS_DAYS), day, &p.addr,
		add_peer, out))
		return false;
	return out->in >= SERVED_BYTES && out->out >= SERVED_BYTES;
}

/* ---- doubts ---- */

static uint32_t doubts_of(const struct report_subject *s, bool served)
{
	const bool narrow = s->decided && s->findings == 1 && !s->many_rules && s->threshold > 0 &&
		(int64_t)s->score * 100 <= (int64_t)s->threshold * NARROW_PERCENT &&
		strncmp(s->rule, "egress.", 7) != 0; /* their scores are no measure */
	const bool hit = s->decided || s->measures;

	return (uint32_t)s->wronged << REPORT_WRONGED | (uint32_t)(hit && s->known_good) << REPORT_KNOWN_GOOD |
		(uint32_t)(hit && served) << REPORT_SERVED | (uint32_t)s->guarded << REPORT_GUARDED |
		(uint32_t)narrow << REPORT_NARROW;
}

/* A false positive by an administrator's word, then as many reasons as there are, then the latest. */
static int64_t rank(const struct report_suspect *s)
{
	return (int64_t)(s->doubts & 1U << REPORT_WRONGED ? 100 : 0) + __builtin_popcount(s->doubts) * 10 -
		(s->doubts == 1U << REPORT_NARROW ? 5 : 0);
}

static int by_rank(const void *a, const void *b)
{
	const struct report_suspect *x = a, *y = b;

	if (rank(x) != rank(y))
		return rank(x) < rank(y) ? 1 : -1;
	if (x->at_s != y->at_s)
		return x->at_s < y->at_s ? 1 : -1;
	return strcmp(x->subject, y->subject);
}

/* Into a list that is in order; where it is full the least goes. */
static void put(struct report_suspects *out, const struct report_suspect *s)
{
	if (out->n == REPORT_SUSPECTS) {
		out->more++;
		if (by_rank(s, &out->list[out->n - 1]) >= 0)
			return;
		out->n--;
	}
	out->list[out->n++] = *s;
	qsort(out->list, out->n, sizeof(out->list[0]), by_rank);
}

static void judge(struct report_work *w, struct history *h, const struct report_subject *s)
{
	struct report_suspect x = { .at_s = s->at_s, .score = s->score, .threshold = s->threshold, .findings = s->findings,
		.dropped = s->dropped, .times = s->times };
	struct served served;
	bool known = (s->decided || s->measures) && look_up(w, h, s->name, &served);

	x.doubts = doubts_of(s, known);
	if (!x.doubts)
		return;
	if (known) {
		x.served_bytes = served.in + served.out;
		x.served_connections = served.connections;
	}
	text_copy(x.subject, sizeof(x.subject), s->name);
	text_copy(x.rule, sizeof(x.rule), s->rule);
	text_copy(x.decision, sizeof(x.decision), s->decision);
	text_copy(x.incident, sizeof(x.incident), s->incident);
	put(&w->r->suspects, &x);
}

static void mark_wronged(struct report_work *w)
{
	struct report_measures *m = &w->r->measures;

	for (size_t i = 0; i < m->n; i++) {
		const struct report_subject *s;
		char name[REPORT_NAME];
		struct prefix p;

		report_address_of(m->list[i].subject, name, &p);
		s = report_table_find(w->subjects, name);
		m->list[i].wronged = s && s->wronged;
	}
}

void report_tell_doubts(struct report_work *w, struct history *h)
{
	for (size_t i = 0; i < report_table_count(w->subjects); i++)
		judge(w, h, report_table_row(w->subjects, i));
	mark_wronged(w);
}
