/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which measures are learned, what a slot of them is held against, and when enough slots in a row make a series
 * unusual.
 *
 *               rises after                      falls after
 *   by band     windows slots above              as many that are not
 *   slow        slow_windows slots above         a day of slots that are not: what was added to a level stands out at
 *                                                night and not at noon, and is one thing all the same
 */
#include "core/baseline_parts.h"

#include "core/fixed.h"
#include "core/flow_end.h"

#define FEWEST_DAYS 3      /* of a slot of the day, before its band is one; or learning_days, if less */
#define FEWEST_WEEKS 3     /* that a slow gate goes over */
#define MORE_PERCENT 150   /* of this hour's median, yesterday's and last week's: what must be passed beside the band */

#define BIT(m) (1U << (m))
#define STATES (BIT(OF_ESTABLISHED) | BIT(OF_HALF_OPEN) | BIT(OF_CLOSE_WAIT))
#define VOLUME (BIT(OF_PACKETS_IN) | BIT(OF_PACKETS_OUT) | BIT(OF_BYTES_IN) | BIT(OF_BYTES_OUT))

/*
 * What each kind is asked about; 512 models hold a host of 8 links and 40 services. TIME_WAIT follows from connections
 * and says nothing more; ports only mean something of the whole host. A protocol's bytes are not counted by the kernel.
 */
static uint32_t learned_of(const struct series_id *id)
{
	switch (id->kind) {
	case SERIES_HOST:
		return BIT(OF_CONNECTIONS) | BIT(OF_SOURCES) | BIT(OF_NEWCOMERS) | BIT(OF_PORTS) | STATES;
	case SERIES_LINK:
		return VOLUME;
	case SERIES_PROTO:
		return BIT(OF_CONNECTIONS) | BIT(OF_PACKETS_IN) | BIT(OF_PACKETS_OUT);
	case SERIES_SERVICE:
		if (id->direction == FLOW_IN)
			return BIT(OF_CONNECTIONS) | BIT(OF_SOURCES) | BIT(OF_NEWCOMERS) | BIT(OF_BYTES_IN) |
				BIT(OF_BYTES_OUT) | STATES;
		return BIT(OF_CONNECTIONS) | BIT(OF_SOURCES) | BIT(OF_BYTES_OUT);
	default:
		return 0;
	}
}

bool baseline_learns(const struct series_id *id, enum measure_of m)
{
	return (unsigned)m < OF_MEASURES && learned_of(id) & BIT(m);
}

/*
 * So that a series that is nearly always 0 does not make news of three packets. Counts: about one in six seconds for
 * connections, the rest as many as a small office has. Volume: a hundred packets and 100 kB a second, a hundredth of
 * the slowest link that is sold. States (in hundredths): 50 connections, and 16 half-open or left unclosed, an eighth
 * of the smallest backlog that programs ask for.
 */
uint64_t baseline_least(enum measure_of m)
{
	static const uint64_t least[OF_MEASURES] = {
		[OF_CONNECTIONS] = 50,
		[OF_SOURCES] = 20,
		[OF_NEWCOMERS] = 20,
		[OF_PORTS] = 20,
		[OF_PACKETS_IN] = 100 * SLOT_S,
		[OF_PACKETS_OUT] = 100 * SLOT_S,
		[OF_BYTES_IN] = 100000 * SLOT_S,
		[OF_BYTES_OUT] = 100000 * SLOT_S,
		[OF_ESTABLISHED] = 50 * 100,
		[OF_HALF_OPEN] = 16 * 100,
		[OF_TIME_WAIT] = 100 * 100,
		[OF_CLOSE_WAIT] = 16 * 100,
	};

	return (unsigned)m < OF_MEASURES ? least[m] : 0;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

void gates_set(const struct baseline_opts *o, const struct gates_input *in, struct gates *out)
{
	const struct season_view *s = in->season;
	const struct weeks_view *w = in->weeks;
	uint64_t least = baseline_least(in->measure);
	unsigned days = o->learning_days < FEWEST_DAYS ? o->learning_days : FEWEST_DAYS;
	uint64_t known = larger(w->median, larger(w->yesterday, w->last_week));
	uint64_t edge = square_q16(s->middle + s->width * o->deviations);

	*out = (struct gates){
		.known = in->learned && s->seen >= days && s->seen,
		.slow_known = in->learned && w->weeks >= FEWEST_WEEKS,
		.limit = larger(larger(edge, least), percent_of(known, MORE_PERCENT)),
		.slow_limit = larger(percent_of(w->median, o->growth_percent), least),
	};
}

static void count(bool above, uint8_t *in_a_row, uint8_t *not)
{
	*in_a_row = (uint8_t)(above ? *in_a_row + (*in_a_row < UINT8_MAX) : 0);
	*not = (uint8_t)(above ? 0 : *not + (*not < UINT8_MAX));
}

static void count_slow(bool above, uint16_t *in_a_row, uint16_t *not)
{
	*in_a_row = (uint16_t)(above ? *in_a_row + (*in_a_row < UINT16_MAX) : 0);
	*not = (uint16_t)(above ? 0 : *not + (*not < UINT16_MAX));
}

enum watch_says watch_slot(struct watch *w, const struct baseline_opts *o, const struct gates *g, uint64_t value,
	bool *rising)
{
	bool fast = g->known && value > g->limit, slow = g->slow_known && value > g->slow_limit;
	bool was = w->raised, slow_was = w->slow_raised;

	count(fast, &w->above, &w->inside);
	count_slow(slow, &w->slow_above, &w->slow_inside);
	w->raised = was ? w->inside < o->windows : w->above >= o->windows;
	w->slow_raised = slow_was ? w->slow_inside < SLOTS_A_DAY : w->slow_above >= o->slow_windows;
	if (w->raised && fast) {
		*rising = !was;
		return WATCH_FAST;
	}
	if (w->slow_raised && slow) {
		*rising = !slow_was && !was; /* what the band has told, and has got used to since, is told already */
		return WATCH_SLOW;
	}
	return WATCH_QUIET;
}

void watch_gap(struct watch *w)
{
	w->above = 0;
	w->slow_above = 0;
}
