/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Filters, slots, and the two clocks of messages: between two, and of an hour. */
#include "core/notify.h"

#include <string.h>

#define HOUR_NS (3600 * NS_PER_S)
#define BACKOFF_NS (10 * NS_PER_S)
#define BACKOFF_MOST_NS (600 * NS_PER_S)

void notify_begin(struct notify *n, const struct notify_opts *o)
{
	memset(n, 0, sizeof(*n));
	notify_set(n, o);
}

void notify_set(struct notify *n, const struct notify_opts *o)
{
	n->opts = *o;
	if (n->opts.per_hour == 0)
		n->opts.per_hour = 1;
	if (n->opts.per_hour > NOTIFY_PER_HOUR)
		n->opts.per_hour = NOTIFY_PER_HOUR;
}

/* 1 is the gravest; what has none is never graver. */
static bool graver(uint8_t a, uint8_t b)
{
	return a != 0 && (b == 0 || a < b);
}

/* How long ago; a time that lies ahead is of a clock that was wrong, and says nothing. */
static int64_t since(wall_t now, wall_t then)
{
	return then.ns > now.ns ? INT64_MAX : now.ns - then.ns;
}

static struct notify_told *find_told(struct notify *n, uint64_t key)
{
	for (size_t i = 0; i < NOTIFY_TOLD; i++)
		if (n->told[i].key == key)
			return &n->told[i];
	return NULL;
}

static bool told_lately(struct notify *n, const struct notify_event *e, wall_t now)
{
	const struct notify_told *t = find_told(n, e->key);

	return t && since(now, t->at) < n->opts.repeat_ns && !graver(e->severity, t->severity);
}

static void note_gravest(struct notify *n, uint8_t severity)
{
	if (graver(severity, n->counts.severity))
		n->counts.severity = severity;
}

/* True where one of its key waits: that one tells of both, as grave as the graver one. */
static bool waits(struct notify *n, const struct notify_event *e)
{
	for (size_t i = 0; i < n->counts.events; i++) {
		struct notify_event *w = &n->waiting[i];

		if (w->key != e->key)
			continue;
		if (graver(e->severity, w->severity))
			w->severity = e->severity;
		note_gravest(n, e->severity);
		return true;
	}
	return false;
}

enum notify_fate notify_take(struct notify *n, const struct notify_event *e, wall_t now)
{
	if (!(n->opts.kinds & e->kind) || (e->kind == NOTIFY_FINDING && e->severity > n->opts.severity))
		return NOTIFY_UNWANTED;
	if (e->key && (waits(n, e) || told_lately(n, e, now))) {
		n->counts.repeated++;
		return NOTIFY_REPEATED;
	}
	if (n->counts.events == NOTIFY_WAITING) {
		n->counts.left_out++;
		return NOTIFY_LEFT_OUT;
	}
	n->waiting[n->counts.events++] = *e;
	note_gravest(n, e->severity);
	return NOTIFY_WAITS;
}

/* Of the message that was sent so many before the next one, 1 for the last; ns 0 where there was none. */
static wall_t sent_before(const struct notify *n, uint32_t back)
{
	return n->sent[(n->n_sent + NOTIFY_PER_HOUR - back) % NOTIFY_PER_HOUR];
}

static int64_t left_of(int64_t most, wall_t then, wall_t now)
{
	const int64_t gone = then.ns ? since(now, then) : INT64_MAX;

	return gone < most ? most - gone : 0;
}

int64_t notify_wait(const struct notify *n, wall_t now)
{
	int64_t batch, hour;

	if (n->counts.events == 0)
		return INT64_MAX;
	batch = left_of(n->opts.batch_ns, sent_before(n, 1), now);
	hour = left_of(HOUR_NS, sent_before(n, n->opts.per_hour), now);
	return batch > hour ? batch : hour;
}

void notify_restore_told(struct notify *n, const struct notify_told *t)
{
	struct notify_told *place = find_told(n, t->key);

	for (size_t i = 0; !place && i < NOTIFY_TOLD; i++)
		if (n->told[i].key == 0)
			place = &n->told[i];
	if (!place) {
		place = &n->told[0];
		for (size_t i = 1; i < NOTIFY_TOLD; i++)
			if (n->told[i].at.ns < place->at.ns)
				place = &n->told[i];
	}
	if (t->key)
		*place = *t;
}

void notify_restore_sent(struct notify *n, wall_t at)
{
	n->sent[n->n_sent] = at;
	n->n_sent = (n->n_sent + 1) % NOTIFY_PER_HOUR;
}

struct notify_counts notify_send(struct notify *n, wall_t now)
{
	const struct notify_counts counts = n->counts;

	for (size_t i = 0; i < counts.events; i++) {
		struct notify_told t = { .key = n->waiting[i].key, .severity = n->waiting[i].severity, .at = now };

		notify_restore_told(n, &t);
	}
	notify_restore_sent(n, now);
	n->counts = (struct notify_counts){ .events = 0 };
	return counts;
}

int64_t notify_backoff_ns(unsigned failures)
{
	int64_t ns = BACKOFF_NS;

	for (unsigned i = 1; i < failures && ns < BACKOFF_MOST_NS; i++)
		ns *= 2;
	return ns < BACKOFF_MOST_NS ? ns : BACKOFF_MOST_NS;
}
