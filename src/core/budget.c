/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bounds on what detectors may do in all. Both memories are exact: a sketch that erred
 * low would let one more innocent be hit, and one that erred high would switch a host to
 * detect mode for nothing.
 */
#include "core/budget.h"

#include <string.h>

#define SLOT_NS (5 * NS_PER_S)
#define HOUR_NS (INT64_C(3600) * NS_PER_S)

void budget_reset(struct budget *b)
{
	memset(b, 0, sizeof(*b));
}

static int64_t slot_of(mono_t at)
{
	return at.ns / SLOT_NS;
}

static uint64_t in_a_minute(const struct budget *b, mono_t now)
{
	uint64_t n = 0;

	for (size_t i = 0; i < BUDGET_SLOTS; i++)
		if (slot_of(now) - b->minute[i].slot < BUDGET_SLOTS)
			n += b->minute[i].n;
	return n;
}

/* Of the last charges, so a minute of more than these errs to the network's favour. */
static uint64_t by_network(const struct budget *b, uint64_t network, mono_t now)
{
	uint64_t n = 0;

	for (size_t i = 0; i < BUDGET_CHARGES && i < b->n_charges; i++)
		n += b->charges[i].network == network &&
			slot_of(now) - b->charges[i].slot < BUDGET_SLOTS;
	return n;
}

static uint64_t network_bound(const struct budget_opts *o)
{
	uint32_t part = o->per_minute / BUDGET_NETWORK_PART;

	return part ? part : 1;
}

static bool is_fresh(const struct budget *b, size_t i, mono_t now)
{
	return mono_since(now, b->good[i].at) < HOUR_NS;
}

/* Known-good sources hit within the hour, this one apart. */
static uint64_t others_hit(const struct budget *b, uint64_t source, mono_t now)
{
	uint64_t n = 0;

	for (size_t i = 0; i < b->n_good; i++)
		n += is_fresh(b, i, now) && b->good[i].source != source;
	return n;
}

/* A percentage rounds down: one in a hundred of 99 sources is none. */
static uint64_t known_good_bound(const struct budget_opts *o, uint64_t total)
{
	uint64_t share = total / 100 * o->known_good_percent +
		total % 100 * o->known_good_percent / 100;
	uint64_t bound = share > o->known_good_least ? share : o->known_good_least;

	return bound < BUDGET_KNOWN_GOOD_MOST ? bound : BUDGET_KNOWN_GOOD_MOST;
}

enum budget_word budget_ask(const struct budget_opts *o, const struct budget *b,
	const struct budget_case *c, mono_t now)
{
	if (c->network && by_network(b, c->network, now) >= network_bound(o))
		return BUDGET_NETWORK;
	if (c->known_good && others_hit(b, c->source, now) >=
	    known_good_bound(o, c->known_good_total))
		return BUDGET_KNOWN_GOOD;
	if (c->standing >= o->total)
		return BUDGET_TOTAL;
	if (in_a_minute(b, now) >= o->per_minute)
		return BUDGET_PER_MINUTE;
	return BUDGET_FINE;
}

/* Where this source goes: its own place, one that is stale, a new one, or the oldest. */
static size_t place_of(const struct budget *b, uint64_t source, mono_t now)
{
	size_t place = b->n_good, oldest = 0;

	for (size_t i = 0; i < b->n_good; i++) {
		if (b->good[i].source == source)
			return i;
		if (!is_fresh(b, i, now))
			place = i;
		if (mono_since(b->good[i].at, b->good[oldest].at) < 0)
			oldest = i;
	}
	return place < BUDGET_KNOWN_GOOD_MOST ? place : oldest;
}

void budget_charge(struct budget *b, const struct budget_case *c, mono_t now)
{
	int64_t slot = slot_of(now);
	size_t at = (size_t)slot % BUDGET_SLOTS, place;

	if (b->minute[at].slot != slot)
		b->minute[at].n = 0;
	b->minute[at].slot = slot;
	b->minute[at].n++;
	if (c->network) {
		place = b->n_charges++ % BUDGET_CHARGES;
		b->charges[place].network = c->network;
		b->charges[place].slot = slot;
	}
	if (!c->known_good)
		return;
	place = place_of(b, c->source, now);
	b->good[place].source = c->source;
	b->good[place].at = now;
	if (place == b->n_good)
		b->n_good++;
}

uint64_t budget_used(const struct budget *b, enum budget_word w, mono_t now)
{
	uint64_t n = 0;

	if (w == BUDGET_PER_MINUTE)
		return in_a_minute(b, now);
	for (size_t i = 0; w == BUDGET_KNOWN_GOOD && i < b->n_good; i++)
		n += is_fresh(b, i, now);
	return n;
}

const char *budget_word_text(enum budget_word w)
{
	switch (w) {
	case BUDGET_FINE:
		return "within bounds";
	case BUDGET_PER_MINUTE:
		return "measures in a minute";
	case BUDGET_TOTAL:
		return "measures at once";
	case BUDGET_KNOWN_GOOD:
		return "known-good sources in an hour";
	case BUDGET_NETWORK:
		return "measures in a minute against one network";
	}
	return "unknown";
}

uint64_t budget_bound(const struct budget_opts *o, enum budget_word w,
	uint64_t known_good_total)
{
	switch (w) {
	case BUDGET_FINE:
		break;
	case BUDGET_PER_MINUTE:
		return o->per_minute;
	case BUDGET_TOTAL:
		return o->total;
	case BUDGET_KNOWN_GOOD:
		return known_good_bound(o, known_good_total);
	case BUDGET_NETWORK:
		return network_bound(o);
	}
	return 0;
}
