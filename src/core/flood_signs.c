/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signs that agree with piled-up handshakes, or do not. Called by detect_flood alone.
 */
#include "core/flood_signs.h"

#include "core/detect_flood.h"
#include "core/fixed.h"

#define LATELY 8  /* seconds that are compared at most */
#define BEFORE 24 /* with those before them, */
#define SHORTLY 8 /* or with these, where the service woke up a moment ago */
#define LEAST 2   /* one second alone may be a burst */
#define LIFE 63   /* of an unfinished handshake, in seconds: five repeats of the SYN-ACK */
#define KNOWN 4   /* seconds before, under which nothing is known of a service: it was idle */

/* The last seconds, all together, and how much of each is more than the seconds before would have brought. */
struct sums {
	int64_t seconds;
	int64_t syns, grown;           /* all */
	int64_t more, strange, piled;  /* beyond: SYNs, of newcomers, unfinished */
	bool begins;                   /* the pile, with the first of these seconds and not before */
	int64_t noise, unrest;         /* of SYNs, of the pile: what chance alone may bring */
};

void flood_signs_add(struct flood_signs *g, const struct flood_second *s, uint32_t pile)
{
	g->pile = pile;
	g->ring[g->at] = *s;
	g->at = (uint8_t)((g->at + 1) % FLOOD_SIGNS);
	if (g->n < FLOOD_SIGNS)
		g->n++;
}

static const struct flood_second *back(const struct flood_signs *g, unsigned seconds)
{
	return &g->ring[(g->at + 2 * FLOOD_SIGNS - 1 - seconds) % FLOOD_SIGNS];
}

/* Twice as much as numbers of independent events vary. */
static int64_t uneven(int64_t events)
{
	return 2 * (int64_t)root_u64((uint64_t)events);
}

/* The second in the middle of those before: a service that began among them, or a burst, shifts a mean. */
struct middle {
	uint32_t sorted[BEFORE];
	uint8_t n;
};

static void middle_add(struct middle *m, uint32_t value)
{
	uint8_t at = m->n++;

	for (; at > 0 && m->sorted[at - 1] > value; at--)
		m->sorted[at] = m->sorted[at - 1];
	m->sorted[at] = value;
}

static int64_t middle_of(const struct middle *m)
{
	return m->sorted[m->n / 2];
}

static struct sums sums_of(const struct flood_signs *g, unsigned lately, unsigned before)
{
	struct sums s = { .seconds = lately };
	struct middle syns = { 0 }, newcomers = { 0 };
	int64_t grown = 0, known, expected;

	for (unsigned i = 0; i < lately; i++) {
		s.syns += back(g, i)->syns;
		s.strange += back(g, i)->newcomers;
		s.grown += back(g, i)->grown;
	}
	for (unsigned i = lately; i < g->n && i < lately + before; i++) {
		middle_add(&syns, back(g, i)->syns);
		middle_add(&newcomers, back(g, i)->newcomers);
		grown += back(g, i)->grown;
	}
	known = syns.n;
	s.more = s.syns;
	s.piled = s.grown;
	s.begins = true;
	if (known < KNOWN)
		return s;
	expected = middle_of(&syns) * lately;
	s.more -= expected;
	s.strange -= middle_of(&newcomers) * lately;
	s.piled -= grown * lately / known;
	s.begins = grown * lately * 8 <= s.grown * known && (int64_t)back(g, lately - 1)->grown * lately * 2 > s.grown;
	s.noise = uneven(expected + expected * lately / known);
	/* Of a pile, some are given up while as many come; and it is looked at again each second, for hours. */
	s.unrest = 2 * uneven(2 * (int64_t)g->pile * lately / LIFE);
	return s;
}

static bool rises(const struct sums *s, const struct flood_opts *o)
{
	return s->more >= s->seconds * o->min_syns && s->more > s->noise;
}

/*
 * Both have risen at the same time, and by as many: far more unfinished ones are of usual clients, whose way back breaks
 * just now.
 */
static bool together(const struct sums *s, const struct flood_opts *o)
{
	return rises(s, o) && s->begins && s->piled > s->unrest && s->piled * 5 > s->more * 3 &&
		s->piled * 5 < s->more * 8;
}

static bool unfinished(const struct sums *s, const struct flood_opts *o)
{
	return (s->syns >= s->seconds * o->min_syns && s->grown * 2 > s->syns) || together(s, o);
}

static bool strangers(const struct sums *s, const struct flood_opts *o)
{
	return together(s, o) && s->strange * 100 > s->more * o->newcomer_percent;
}

typedef bool (*sign_fn)(const struct sums *s, const struct flood_opts *o);

static bool any(const struct flood_signs *g, const struct flood_opts *o, sign_fn is_sign)
{
	for (unsigned lately = LEAST; lately <= LATELY && lately <= g->n; lately++) {
		struct sums longer = sums_of(g, lately, BEFORE), shorter = sums_of(g, lately, SHORTLY);

		if (is_sign(&longer, o) || is_sign(&shorter, o))
			return true;
	}
	return false;
}

bool flood_signs_unfinished(const struct flood_signs *g, const struct flood_opts *o)
{
	return any(g, o, unfinished);
}

bool flood_signs_strangers(const struct flood_signs *g, const struct flood_opts *o)
{
	return any(g, o, strangers);
}
